"""What was known of area SEND inspections on any day, under both frameworks.

A count of inspections depends on the day and on the basis: inspections begun by a day, or
reports published by it. Both are kept, and every count says which it is. Areas abolished
since stay in, because the counts of the time held them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from highneeds.errors import UsageError
from highneeds.geography import Area, Geography
from highneeds.panel.panel import Panel
from highneeds.policy import policy

BASES = ("published", "start")
# Outcomes as they were known on the day, or with hindsight as they are known now.
OUTCOMES_OF = ("then", "now")
# Named, as in the record, by the year each began.
FIRST_DAY = policy("inspection_frameworks").day
FRAMEWORKS = tuple(str(day.year) for day in policy("inspection_frameworks").days)
EARLIER, LATER = FRAMEWORKS
WRITTEN_STATEMENT = "written statement required"
NO_WRITTEN_STATEMENT = "no written statement required"
POSITIVE, INCONSISTENT, FAILINGS = "typically positive", "inconsistent", "systemic failings"
# Worst last, so that a grade is a place in the list.
OUTCOMES = {
    EARLIER: (NO_WRITTEN_STATEMENT, WRITTEN_STATEMENT),
    LATER: (POSITIVE, INCONSISTENT, FAILINGS),
}
SUFFICIENT, NOT_REVISITED = "sufficient on all", "not revisited"
COLUMNS = (
    *("la_code", "la_name", "region", "framework", "start_date", "publication_date"),
    *("outcome", "weaknesses", "priority_areas", "revisit_start_date"),
    *("revisit_publication_date", "revisit_outcome", "next_due", "status", "abolished"),
)
_DATES = (
    *("start_date", "publication_date", "revisit_start_date"),
    *("revisit_publication_date", "next_due"),
)
_COUNTS = ("weaknesses", "priority_areas")
_PUBLISHED, _AWAITED = "report published", "report not published by then"
_REVISIT_AWAITED = "report published; that of the revisit not by then"


def read_inspections(panel: Panel) -> pd.DataFrame:
    """Every inspection on record, one row each, with dates as dates and counts as numbers.

    Source: Ofsted and the Care Quality Commission; see ``data/SOURCES.md``.
    """
    table = panel.companion("inspections")
    for name in _DATES:
        table[name] = pd.to_datetime(table[name].replace("", None))
    for name in _COUNTS:
        table[name] = pd.to_numeric(table[name].replace("", None)).astype("Int64")
    for name in ("outcome", "revisit_outcome"):
        table[name] = table[name].replace("", None)
    return table


def parse_day(text: str) -> date:
    """A day written as 2019-05-10.

    Raises
    ------
    UsageError
        It is written otherwise.
    """
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        msg = f"{text!r} is not a day. Write year, month and day: {FIRST_DAY}."
        raise UsageError(msg) from None


@dataclass(frozen=True, eq=False)
class InspectionState:
    """Inspections as they stood on a day, or those begun by it as they ended.

    ``table`` has one row an inspection and the columns `COLUMNS`; what was not known by
    ``known_by`` is blank and ``status`` says so. That is the day itself, or with hindsight
    the last day on record. ``begun`` holds every inspection begun by the day, whatever the
    basis of ``table``. ``authorities`` counts those in being on the day.
    """

    as_of: date
    known_by: date
    basis: str
    table: pd.DataFrame
    begun: pd.DataFrame = field(repr=False)
    authorities: int
    never_inspected: dict[str, int]
    cautions: tuple[str, ...]

    @property
    def hindsight(self) -> bool:
        """Whether outcomes are those known now, not those known on the day."""
        return self.known_by > self.as_of

    @property
    def title(self) -> str:
        """What is listed, by which day and as known when."""
        if self.hindsight:
            return (
                f"Area SEND inspections begun by {self.as_of}, with outcomes as published "
                f"by {self.known_by}"
            )
        if self.basis == "start":
            return f"Area SEND inspections begun by {self.as_of}, as known then"
        return f"Area SEND inspections with a report out by {self.as_of}, as known then"

    def summary(self) -> pd.DataFrame:
        """Counts: ``framework``, ``count``, ``value``, ``unit`` and ``basis``."""
        rows = [row for framework in FRAMEWORKS for row in self._counts(framework)]
        return pd.DataFrame(rows, columns=["framework", "count", "value", "unit", "basis"])

    def count(self, framework: str, name: str) -> float:
        """One figure of `summary`.

        Raises
        ------
        UsageError
            No such count under that framework by the day.
        """
        found = self.summary().set_index(["framework", "count"])["value"]
        if (framework, name) not in found.index:
            msg = (
                f"No count {name!r} for the {framework} framework by {self.as_of}. Known: "
                f"{', '.join(sorted(set(found.index.get_level_values('count'))))}."
            )
            raise UsageError(msg)
        return float(found[framework, name])

    def _counts(self, framework: str) -> list[tuple[str, str, float, str, str]]:
        begun = self.begun[self.begun["framework"] == framework]
        if begun.empty:
            return []
        reported = begun[begun["outcome"].notna()]
        start = f"started by {self.as_of}"
        published = f"published by {self.known_by}"
        if self.hindsight:
            published = f"{start}, {published}"
        rows: list[tuple[str, float, str, str]] = [
            ("inspected", len(begun), "inspections", start),
            ("areas inspected", begun["la_code"].nunique(), "areas", start),
            ("reports published", len(reported), "reports", published),
        ]
        for outcome in OUTCOMES[framework]:
            found = int((reported["outcome"] == outcome).sum())
            rows.append((outcome, found, "reports", published))
            if len(reported):
                rows.append((f"{outcome}, %", 100 * found / len(reported), "%", published))
        if framework == EARLIER:
            again = int(begun["revisit_publication_date"].notna().sum())
            passed = int((begun["revisit_outcome"] == SUFFICIENT).sum())
            revisits = int(begun["revisit_start_date"].notna().sum())
            again_started = f"started by {self.known_by}"
            rows += [
                ("revisits started", revisits, "revisits", again_started),
                ("revisits published", again, "revisits", published),
                ("revisits sufficient on all", passed, "revisits", published),
            ]
        else:
            due = _due(begun, self.known_by)
            when = f"next due by {self.known_by}"
            rows.append(("next inspection due by then", due, "areas", when))
        waiting = self.never_inspected[framework]
        rows.append(("not yet inspected", waiting, "authorities in being", start))
        return [(framework, *row) for row in rows]


def inspection_state(
    panel: Panel,
    as_of: date | str | None = None,
    *,
    basis: str | None = None,
    outcomes: str = "then",
    region: str | None = None,
    area: str | None = None,
    in_being: bool = False,
) -> InspectionState:
    """Inspections as they stood at the end of a day, or those begun by it as they ended.

    Parameters
    ----------
    panel : Panel
    as_of : date or text, optional
        The last day on record when left out.
    basis : {"published", "start"}, optional
        ``published`` lists reports published by the day; ``start`` adds inspections begun
        by then whose report was still to come. Two reports give no start date and count
        as begun on publication. With hindsight only ``start`` has a meaning.
    outcomes : {"then", "now"}
        ``then``: as known on the day. ``now``, with hindsight: inspections begun by the
        day, with what was published of them since, as Ofsted counts a year's inspections.
    region, area : str, optional
        A region, or an authority, as people write them.
    in_being : bool
        Leave out areas abolished by the day, as Ofsted's own later counts do.

    Returns
    -------
    InspectionState

    Raises
    ------
    UsageError
        Unknown basis, outcomes, day, region or authority; or outcomes as known now of
        reports published by the day, which are those known then.
    """
    basis = _basis(basis, outcomes)
    every = read_inspections(panel)
    last = every["publication_date"].max().date()
    day = parse_day(as_of) if isinstance(as_of, str) else as_of or last
    known_by = max(day, last) if outcomes == "now" else day
    chosen = _chosen_areas(panel.geography, region, area)
    known = _known_by(every, day, known_by)
    if in_being:
        known = known[[panel.geography[code].existed_on(day) for code in known["la_code"]]]
    if chosen is not None:
        known = known[known["la_code"].isin([one.la_code for one in chosen])]
    shown = known[known["outcome"].notna()] if basis == "published" else known
    present = [
        one for one in chosen or panel.geography.authorities() if one.existed_on(day)
    ]
    inspected = {
        name: set(known.loc[known["framework"] == name, "la_code"]) for name in FRAMEWORKS
    }
    return InspectionState(
        as_of=day,
        known_by=known_by,
        basis=basis,
        table=shown.reset_index(drop=True)[list(COLUMNS)],
        begun=known.reset_index(drop=True)[list(COLUMNS)],
        authorities=len(present),
        never_inspected={
            name: sum(one.la_code not in codes for one in present)
            for name, codes in inspected.items()
        },
        cautions=tuple(_cautions(panel.geography, known, day, last, area)),
    )


def started_between(
    panel: Panel, first: date, last: date, known_by: date | None = None
) -> pd.DataFrame:
    """Inspections begun from `first` to `last`, both days included, as known by a day.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`; outcomes as later published when `known_by` is left out.
    """
    every = read_inspections(panel)
    day = known_by or every["publication_date"].max().date()
    known = _known_by(every, day, day)
    inside = known["start_date"].between(str(first), str(last))
    return known.loc[inside, list(COLUMNS)].reset_index(drop=True)


def _basis(basis: str | None, outcomes: str) -> str:
    if outcomes not in OUTCOMES_OF:
        msg = f"Unknown outcomes {outcomes!r}. Choose one of: {', '.join(OUTCOMES_OF)}."
        raise UsageError(msg)
    if basis is None:
        return "start" if outcomes == "now" else "published"
    if basis not in BASES:
        msg = f"Unknown basis {basis!r}. Choose one of: {', '.join(BASES)}."
        raise UsageError(msg)
    if outcomes == "now" and basis == "published":
        msg = (
            "Outcomes as known now are of inspections begun by the day: leave the basis "
            "out, or give start. The outcome of a report out by the day was known then."
        )
        raise UsageError(msg)
    return basis


def _known_by(every: pd.DataFrame, day: date, known_by: date) -> pd.DataFrame:
    """Rows begun by the day, with all that came after `known_by` taken out."""
    begun = every["start_date"].fillna(every["publication_date"]) <= pd.Timestamp(day)
    known, moment = every[begun].copy(), pd.Timestamp(known_by)
    published = known["publication_date"] <= moment
    again = known["revisit_start_date"] <= moment
    again_published = known["revisit_publication_date"] <= moment
    for name in ("publication_date", "outcome", *_COUNTS, "next_due"):
        known[name] = known[name].where(published)
    known["revisit_start_date"] = known["revisit_start_date"].where(again)
    for name in ("revisit_publication_date", "revisit_outcome"):
        known[name] = known[name].where(again_published)
    waiting = (known["outcome"] == WRITTEN_STATEMENT) & ~again
    known.loc[waiting, "revisit_outcome"] = NOT_REVISITED
    known["status"] = np.where(published, _PUBLISHED, _AWAITED)
    known.loc[again & ~again_published, "status"] = _REVISIT_AWAITED
    known["abolished"] = known["abolished"].where(known["abolished"] != "")
    return known.sort_values(["framework", "start_date", "la_code"], na_position="last")


def _due(begun: pd.DataFrame, day: date) -> int:
    """Areas whose last report asked for another inspection by the day."""
    last = begun.sort_values("publication_date").groupby("la_code").tail(1)
    return int((last["next_due"] <= pd.Timestamp(day)).sum())


def _chosen_areas(
    geography: Geography, region: str | None, area: str | None
) -> Sequence[Area] | None:
    if region is not None and area is not None:
        msg = "Give a region or an authority, not both."
        raise UsageError(msg)
    text = region if region is not None else area
    if text is None:
        return None
    found = geography.find(text)
    wanted = "la" if area is not None else "region"
    if found.level == "england":
        return None
    if found.level != wanted:
        asked = "--area" if found.level == "la" else "--region"
        kind = "an authority" if wanted == "la" else "a region"
        msg = f"{found} is not {kind}. Use {asked}."
        raise UsageError(msg)
    if wanted == "la":
        return [found]
    members = geography.members(found.la_code)
    if not members:
        msg = (
            f"No inspections are kept for {found}. Choose one of the nine regions: "
            f"{', '.join(sorted(one.name for one in geography.regions()))}."
        )
        raise UsageError(msg)
    return members


def _cautions(
    geography: Geography, known: pd.DataFrame, day: date, last: date, area: str | None
) -> list[str]:
    said = []
    if day > last:
        said.append(
            f"The record ends with reports published on {last}; later ones are not in it."
        )
    if known.empty:
        said.append(f"No inspection asked for had begun by {day}.")
    gone = known[known["abolished"].notna() & (known["framework"] == EARLIER)]
    if len(gone):
        names = ", ".join(f"{row.la_name} ({row.la_code})" for row in gone.itertuples())
        said.append(f"Areas abolished since are counted: {names}.")
    if area is not None:
        said += _said_of_area(geography, geography.find(area))
    return said


def _said_of_area(geography: Geography, area: Area) -> list[str]:
    linked = [*geography.predecessors(area.la_code), *geography.successors(area.la_code)]
    if not linked:
        return []
    others = ", ".join(str(other) for other in linked)
    return [f"The area of {area} passed to or from {others}: ask for them by code."]


def as_text(table: pd.DataFrame) -> pd.DataFrame:
    """The table with its days written as 2019-05-10, for a file or a screen."""
    days = {name: table[name].dt.strftime("%Y-%m-%d") for name in _DATES if name in table}
    return table.assign(**days)
