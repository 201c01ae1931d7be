"""Compare: what changed between two runs in each authority's headline, and why.

The headline is the central closing balance, which adds up over authorities. A cause is
what differs between the manifests of the runs. Where only one thing differs, it explains
every change. Where several do, a manifest cannot tell them apart and neither does this
module.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from highneeds.batch.headline import closing_year
from highneeds.batch.index import render
from highneeds.batch.journal import DONE, read_manifest
from highneeds.errors import OutputError, UsageError, some
from highneeds.files import kept_json
from highneeds.notebook.folder import MANIFEST
from highneeds.report.tables import Column, Table
from highneeds.words import count, millions

REVISED, NEW, ASSUMED = "revised figures", "new figures", "assumptions"
OWN = "own figures"
SETTINGS, CODE, PACKAGES = "settings", "code", "package versions"
NOTEBOOKS = "notebooks"
NOTHING, UNEXPLAINED = "nothing changed", "not explained: nothing that is recorded differs"
# Told among the assumptions, by name: the setting may be the path of a file.
_TOLD_APART = dict.fromkeys(("scenario", "scenarios"), "")
COLUMNS = ("la_code", "area", "old_gbp", "new_gbp", "change_gbp", "cause", "note")


@dataclass(frozen=True, eq=False)
class Comparison:
    """Two runs side by side.

    ``causes`` says, for each kind of difference between them, what differs. ``table`` has
    a row for each authority, the largest change first (`COLUMNS`; pounds), and ``places``
    the same for England and the regions where both runs have reports on them.
    """

    old: str
    new: str
    closes: str
    causes: Mapping[str, str]
    table: pd.DataFrame
    places: pd.DataFrame
    # Whether both are one run, or copies of it.
    same: bool = False

    @property
    def sentences(self) -> tuple[str, ...]:
        """What there is to know before reading the table."""
        if self.same:
            return (f"Both are the run {self.old}: there is nothing to compare.",)
        if self.rows.empty:
            return (
                "Neither run has a report with a closing balance, which is what is "
                "compared. Run a batch of notebook 01, 09 or 10, whose reports have one.",
            )
        said = [self._moved()] if len(self.table) else []
        said += [f"{kind.capitalize()}: {what}." for kind, what in self.causes.items()]
        if not self.causes:
            said.append("The two runs were made from the same data, assumptions and code.")
        elif len(self.causes) == 1:
            said.append(
                f"Nothing else differs, so {next(iter(self.causes))} explain it all."
            )
        else:
            said.append(
                "More than one thing differs, and a finished run cannot be made again with "
                "only one of them: the change is theirs jointly. To part them, run the "
                "batch with one difference at a time."
            )
        return tuple(said)

    @property
    def rows(self) -> pd.DataFrame:
        """England and regions, then authorities, as one table."""
        found = [one for one in (self.places, self.table) if len(one)]
        return pd.concat(found, ignore_index=True) if found else self.table

    def _moved(self) -> str:
        both = self.table.dropna(subset=["change_gbp"])
        moved = both[both["change_gbp"] != 0]
        total = millions(both["change_gbp"].sum(), signed=True)
        return (
            f"Authorities in both runs with a balance: {count(len(both))}. The central "
            f"balance at {self.closes} changed for {count(len(moved))} of them, by {total} "
            "in total."
        )


def compare_runs(old: Path, new: Path) -> Comparison:
    """Compare two finished runs of the overspend report, by their manifests.

    Raises
    ------
    OutputError
        A folder holds no finished run, or a single report; or a run was made when the
        figure in the middle was another one.
    UsageError
        The runs end in different years, so that their headlines are not comparable.
    """
    for folder in (old, new):
        _refuse_single(folder)
    before, after = read_manifest(old), read_manifest(new)
    for folder, run in ((old, before), (new, after)):
        _refuse_without_central(folder, run)
    ends = [run["settings"]["until"] for run in (before, after)]
    if ends[0] != ends[1]:
        msg = (
            f"The runs end in different years, {ends[0]} and {ends[1]}, so their closing "
            "balances are not comparable. Run one of them again with the other's --until."
        )
        raise UsageError(msg)
    causes = _causes(before, after)
    days = [closing_year(run).closes_on() for run in (before, after)]
    if days[0] != days[1]:
        msg = (
            f"The runs give balances of different days, {days[0]} and {days[1]}, because "
            "they do not put the end of the statutory override in the same year. Run one "
            "of them again with the other's policies.override_ends, or with this version."
        )
        raise UsageError(msg)
    closes = days[0]
    table, places = (
        _changes(before, after, causes, local=local) for local in (True, False)
    )
    same = before == after
    return Comparison(before["run"], after["run"], closes, causes, table, places, same)


def _refuse_single(folder: Path) -> None:
    """Tell a report's folder from a run's; both hold a manifest of the same name."""
    found = _record(folder)
    if "notebook" not in found or "reports" in found:
        return
    run = folder.resolve().parent
    named = f"{run}, the folder" if "reports" in _record(run) else "a folder"
    msg = (
        f"{folder} is a single report. Expected the folder of a finished batch. Give "
        f"{named} that `highneeds batch` named."
    )
    raise OutputError(msg)


def _refuse_without_central(folder: Path, run: Mapping[str, Any]) -> None:
    """Refuse a run whose middle figure is the middle future's, which is no central case."""
    balances = [one["headline"]["balance"] for one in run["reports"] if one.get("headline")]
    if any(found and "central" not in found for found in balances):
        msg = (
            f"{folder} was made by a version whose middle figure was the middle future, "
            "and holds no central case to compare. Expected two runs of this version or "
            "later. Run that batch again."
        )
        raise OutputError(msg)


def _record(folder: Path) -> Mapping[str, Any]:
    try:
        found = kept_json(folder / MANIFEST)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _changes(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    causes: Mapping[str, str],
    *,
    local: bool,
) -> pd.DataFrame:
    """The rows of authorities, or of wider areas, the largest change first."""
    rows = _rows(before, after, causes, local=local)
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    table = table.astype(dict.fromkeys(COLUMNS[2:5], float))
    order = table["change_gbp"].abs().fillna(-1.0)
    table = table.loc[order.sort_values(ascending=False, kind="stable").index]
    return table.reset_index(drop=True)


def compare_page(found: Comparison) -> str:
    """A comparison as one self-contained page."""
    runs = f"The run {found.old} beside the run {found.new}."
    text = "".join(f"<p>{escape(said)}</p>" for said in (runs, *found.sentences))
    tables = [
        _shown(found, name, heading, rows).html()
        for name, heading, rows in (
            ("places", "Area", found.places),
            ("changes", "Authority", found.table),
        )
        if len(rows)
    ]
    return render(
        "compare.html.j2",
        title="What changed between two runs",
        body=text + "".join(tables),
    )


def _shown(found: Comparison, name: str, heading: str, rows: pd.DataFrame) -> Table:
    return Table(
        name,
        f"Central balance at {found.closes}, the largest change first",
        (
            Column("area", heading),
            Column("old_gbp", "Before", "millions"),
            Column("new_gbp", "After", "millions"),
            Column("change_gbp", "Change", "millions"),
            Column("cause", "Explained by"),
            Column("note", "Note"),
        ),
        rows,
        ("A negative balance is a deficit; a negative change is a larger one.",),
    )


def _causes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, str]:
    """What differs between two runs, by kind."""
    old, new = before["inputs"], after["inputs"]
    years = old["years"], new["years"]
    revised = [name for name in years[0] if years[0][name] != years[1].get(name)]
    added = [name for name in years[1] if name not in years[0]]
    if not revised and not added:
        # Tables that hold no figures of a year: names, neighbours, programmes.
        revised = _differing(old["data"], new["data"], besides=("sources.csv",))
    assumed = [
        *_differing(old["assumptions"], new["assumptions"]),
        *_chosen(before, after),
    ]
    found = {
        REVISED: some(revised),
        NEW: some(added),
        ASSUMED: some(assumed),
        # Runs made before own figures were taken name none.
        OWN: some(_differing(old.get("own", {}), new.get("own", {}))),
        SETTINGS: some(
            _told(*({**run["settings"], **_TOLD_APART} for run in (before, after)))
        ),
        CODE: _code(before, after),
        NOTEBOOKS: some(_revised(_notebooks(before), _notebooks(after))),
        PACKAGES: some(_told(old["packages"], new["packages"])),
    }
    return {kind: what for kind, what in found.items() if what}


def _differing(
    old: Mapping[str, str], new: Mapping[str, str], besides: tuple[str, ...] = ()
) -> list[str]:
    names = dict.fromkeys([*old, *new])
    return [one for one in names if old.get(one) != new.get(one) and one not in besides]


def _chosen(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What differs between the scenarios: the choice itself, its files being part of it."""
    chosen = [_scenarios(run) for run in (before, after)]
    files = [
        {
            name: sha256
            for name, sha256 in run["inputs"]["scenario"].items()
            if any(name in one.get("files", [name]) for one in of_run)
        }
        for run, of_run in zip((before, after), chosen, strict=True)
    ]
    names = [", ".join(one["name"] for one in of_run) for of_run in chosen]
    if names[0] == names[1]:
        return _differing(files[0], files[1])
    # Files that both rest on may have changed too; the rest came with the choice.
    revised = [one for one in files[0] if files[1].get(one, files[0][one]) != files[0][one]]
    return [*revised, f"scenario {names[0]} then {names[1]}"]


def _scenarios(run: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Scenarios of the reports that are compared, and of no other notebook's."""
    compared = {one["notebook"] for one in run["reports"] if one["headline"]}
    return [
        one
        for one in run["scenarios"]
        # Runs made before the notebooks were told name none.
        if not one.get("notebooks") or compared & set(one["notebooks"])
    ]


def _told(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    names = dict.fromkeys([*old, *new])
    return [
        f"{name} {old.get(name)} then {new.get(name)}"
        for name in names
        if old.get(name) != new.get(name)
    ]


def _code(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """How the package differs; two equal versions are never told as a difference."""
    old, new = before["inputs"]["code"], after["inputs"]["code"]
    if old["sha256"] == new["sha256"]:
        return ""
    if old["version"] != new["version"]:
        return f"version {old['version']} then {new['version']}"
    if all("notebooks" in run["inputs"] for run in (before, after)):
        return f"the package was changed within version {new['version']}"
    # Runs made before the two were hashed apart.
    return f"the package or its notebooks, both of version {new['version']}"


def _notebooks(run: Mapping[str, Any]) -> Mapping[str, str]:
    """Hashes of the notebooks whose reports have a headline, which is what is compared."""
    compared = {f"{one['notebook']}.ipynb" for one in run["reports"] if one["headline"]}
    found = run["inputs"].get("notebooks", {})
    return {name: sha256 for name, sha256 in found.items() if name in compared}


def _revised(old: Mapping[str, str], new: Mapping[str, str]) -> list[str]:
    """Names that both have, of which the hashes differ."""
    return [name for name in old if name in new and old[name] != new[name]]


def _rows(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    causes: Mapping[str, str],
    *,
    local: bool,
) -> list[tuple[Any, ...]]:
    sides = [_by_code(run, local=local) for run in (before, after)]
    own = before["inputs"]["areas"], after["inputs"]["areas"]
    rows = []
    for code in sorted({*sides[0], *sides[1]}):
        found = [side.get(code) for side in sides]
        balances = [_central(one) for one in found]
        notes = [
            f"{_why_none(one)} {when}"
            for one, value, when in zip(found, balances, ("before", "after"), strict=True)
            if value is None
        ]
        change, cause = None, ""
        if not notes and len({one["headline"]["level"] for one in found if one}) > 1:
            notes.append("a balance in one run, only its change in the other")
        if not notes:
            assert balances[0] is not None
            assert balances[1] is not None
            change = balances[1] - balances[0]
            cause = _cause(change, causes)
            if {REVISED, NEW} & set(causes) and change and local:
                same = own[0].get(code) == own[1].get(code)
                notes.append(
                    "its own figures did not change, those it is estimated with did"
                    if same
                    else "its own figures changed"
                )
        area = next(one["area"] for one in found if one)
        rows.append((code, area, *balances, change, cause, "; ".join(notes)))
    return rows


def _by_code(run: Mapping[str, Any], *, local: bool) -> dict[str, Mapping[str, Any]]:
    """The reports that have a headline, or should have had one."""
    found: dict[str, Mapping[str, Any]] = {}
    for one in run["reports"]:
        if (one["level"] == "la") == local and (one["headline"] or one["state"] != DONE):
            found.setdefault(one["la_code"], one)
    return found


def _central(report: Mapping[str, Any] | None) -> float | None:
    headline = report["headline"] if report else None
    if not headline or not headline["balance"]:
        return None
    return float(headline["balance"]["central"])


def _why_none(report: Mapping[str, Any] | None) -> str:
    if report is None:
        return "not in the run"
    return "no balance" if report["headline"] else "report failed"


def _cause(change: float, causes: Mapping[str, str]) -> str:
    if not change:
        return NOTHING
    if not causes:
        return UNEXPLAINED
    return " and ".join(causes) + (", jointly" if len(causes) > 1 else "")
