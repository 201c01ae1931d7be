"""Editions a user adds beside those shipped, compiled into tables of the user's own.

The shipped tables are never changed. A user's folder holds the added files and a whole copy
of the tables, in which the newest edition's figures stand for the periods it covers.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

import pandas as pd

from highneeds import atomic, home
from highneeds.errors import SourceError
from highneeds.files import kept_json
from highneeds.geography import Geography
from highneeds.panel.build import SORT_ORDER, as_text, to_stored, validate
from highneeds.panel.complete import NO_ROW
from highneeds.panel.schema import MEASURES
from highneeds.periods import Period, parse_period
from highneeds.refresh.one_file import stored_table
from highneeds.refresh.recognition import Recognised
from highneeds.sources import registry
from highneeds.sources.contract import (
    KEY,
    WITH_VALUE,
    Issue,
    Reading,
    SourceFile,
    Status,
)
from highneeds.sources.copies import is_copy
from highneeds.sources.releases import Layout, layouts

RECORD = "edition.json"
_PERIOD = ["measure", "breakdown_type", "year"]
# These tables are for one computer, not for a package: quick rather than small.
_QUICK = 3
_YEAR = re.compile(r"20\d\d(_\d\d)?")


@dataclass(frozen=True)
class Edition:
    """One added file: what it is, where it came from, and what it hashes to."""

    source_id: str
    key: str
    file: str
    sha256: str
    release: int
    first: str
    last: str
    url: str = ""
    without: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """The file, as kept in the user's folder."""
        return editions_dir() / self.source_id / self.file

    def record(self) -> bytes:
        """The edition as JSON."""
        return (json.dumps(asdict(self), indent=1) + "\n").encode("utf-8")


def editions_dir() -> Path:
    """Where added files are kept, each in a folder of its own."""
    return home.user_dir() / "editions"


def own_tables() -> Path:
    """Where the tables with added editions are."""
    return home.user_dir() / "tables"


def added() -> list[Edition]:
    """The editions compiled into the user's tables, oldest first.

    Raises
    ------
    SourceError
        The record of them is damaged.
    """
    atomic.recover_folder(own_tables())
    record = own_tables() / home.EDITIONS_FILE
    if not record.is_file():
        return []
    try:
        entries = kept_json(record)["editions"]
        return [
            Edition(**{**entry, "without": tuple(entry["without"])}) for entry in entries
        ]
    except (ValueError, KeyError, TypeError) as error:
        msg = (
            f"{record} cannot be read: {error}. Expected the record this package wrote. "
            f"Remove {own_tables()} and add the files in {editions_dir()} again."
        )
        raise SourceError(msg) from None


def held_rows(folder: Path, tables: Iterable[str]) -> pd.DataFrame:
    """Rows of some stored tables, values as numbers."""
    frames = [stored_table(folder / f"{name}.csv.gz") for name in sorted(tables)]
    return pd.concat(frames, ignore_index=True)


def last_held(layout: Layout, held: pd.DataFrame) -> Period | None:
    """The last period of a publication among rows held."""
    mine = (held["measure"] == layout.measure) & (
        held["breakdown_type"] == layout.breakdown_type
    )
    labels = held.loc[mine & held["value"].notna(), "year"].unique()
    return max((parse_period(label, layout.period_type) for label in labels), default=None)


def held_as_copy(layout: Layout, held: pd.DataFrame) -> bool:
    """Whether the last period of a publication is held as figures copied from it."""
    last = last_held(layout, held)
    mine = (held["measure"] == layout.measure) & (
        held["year"] == getattr(last, "label", "")
    )
    return any(is_copy(source_id) for source_id in held.loc[mine, "source_id"].unique())


def worked_out(changes: pd.DataFrame, tables: Path) -> pd.Series:
    """Which changes are a figure worked out here that the publisher does not print.

    It was never published, so that a symbol beside it takes nothing away.
    """
    issues = home.read_table(tables / "issues.csv")
    issues = issues[issues["status"] == Status.DERIVED.value]
    cells = pd.MultiIndex.from_frame(issues[["measure", "la_code", "year"]])
    there = pd.MultiIndex.from_frame(changes[["measure", "la_code", "year"]]).isin(cells)
    return pd.Series(there, changes.index) & changes["new"].isna()


def expected_hash(layout: Layout, release: int, tables: Path) -> str:
    """SHA-256 of the file held of a publication's release, shipped or added."""
    for edition in reversed(added()):
        if edition.key == layout.key and edition.release == release:
            return edition.sha256
    sources = home.read_table(tables / "sources.csv").set_index("source_id")["sha256"]
    return str(sources.get(layout.source_id, ""))


def built_from(file: Path, *, copied: bool = False) -> str:
    """What the tables in use call this very file; nothing where it is none of theirs.

    Parameters
    ----------
    copied : bool
        Whether only figures copied from a release are meant.
    """
    sources = home.read_table(home.tables_dir() / "sources.csv")
    same = sources[sources["sha256"] == atomic.sha256(file)]
    same = same[same["source_id"].map(is_copy)] if copied else same
    return " and ".join(f"{row.publication} ({row.edition})" for row in same.itertuples())


def source_of(found: Recognised, digest: str, tables: Path) -> SourceFile:
    """What to call a file to be added, so that figures can cite it."""
    base = registry.known_files()[found.layout.source_id]
    release = str(found.release)
    name = _YEAR.sub(release, base.source_id)
    if not _YEAR.search(base.source_id):
        name = f"{name}_{release}"
    if name in set(home.read_table(tables / "sources.csv")["source_id"]):
        name = f"{name}_revised_{digest[:8]}"
    publication = re.sub(r"20\d\d$", release, base.publication)
    if found.layout.yearly:
        publication = publication.replace(base.edition, str(found.periods[0]))
    return replace(
        base,
        source_id=name,
        publication=publication,
        edition=f"{release} release, added by the user",
        note="; ".join([f"{found.periods[0]} to {found.periods[-1]}", *found.notes]),
    )


def citing(reading: Reading, layout: Layout, source_id: str) -> Reading:
    """The same reading, its figures and issues citing the added file."""
    observed = reading.observations
    cited = observed["source_id"].replace({layout.source_id: source_id})
    issues = [
        replace(issue, source_id=source_id)
        if issue.source_id == layout.source_id
        else issue
        for issue in reading.issues
    ]
    return Reading(observed.assign(source_id=cited), issues)


def silent_on(
    key: str, held: pd.DataFrame, rows: pd.DataFrame, geography: Geography
) -> pd.Series:
    """Which rows held an edition says nothing of, so that they stay as they were published.

    It no longer has their column, or it has no row of their area in a year although the
    area was not reorganised. A figure it withholds has a row, and is not among these.

    Parameters
    ----------
    key : str
        The layout of the edition.
    held, rows : DataFrame
        Rows held, and those of the edition.
    """
    layout = layouts().get(key)
    gone = filter(None, layout.dropped.values()) if layout else ()
    there = set(rows["breakdown_type"] + "/" + rows["breakdown"])
    named = held["breakdown_type"] + "/" + held["breakdown"]
    no_column = named.isin([kind for kind in gone if kind not in there])
    no_column &= held["measure"] == (layout.measure if layout else "")
    area_years = held[[*_PERIOD, "la_code"]].drop_duplicates()
    spoken_of = rows[[*_PERIOD, "la_code"]].drop_duplicates().assign(there=True)
    no_row = area_years.merge(spoken_of, how="left")["there"].isna()
    steady = {
        code
        for code in held["la_code"].unique()
        if not (geography.predecessors(code) or geography.successors(code))
    }
    left = area_years[no_row.to_numpy() & area_years["la_code"].isin(steady).to_numpy()]
    unspoken = held[[*_PERIOD, "la_code"]].merge(left.assign(left=True), how="left")["left"]
    return no_column | unspoken.notna().to_numpy()


def spoken(rows: pd.DataFrame, held: pd.DataFrame, issues: Iterable[Issue]) -> pd.DataFrame:
    """Rows of an edition without those made for areas it has no row of.

    Where a figure of such an area is held, the edition is silent on it.
    """
    absent = {
        (measure, issue.la_code, issue.year)
        for issue in issues
        if issue.issue_id.startswith(f"{NO_ROW}-")
        for measure in issue.measure.split("; ")
    }
    made = pd.MultiIndex.from_frame(rows[["measure", "la_code", "year"]]).isin(absent)
    figures = held[held["status"].isin({str(status) for status in WITH_VALUE})]
    there = pd.MultiIndex.from_frame(rows[KEY]).isin(pd.MultiIndex.from_frame(figures[KEY]))
    return rows[~(made & there & rows["value"].isna().to_numpy())]


def with_edition(
    files: dict[str, bytes],
    edition: Edition,
    source: SourceFile,
    reading: Reading,
    geography: Geography,
) -> dict[str, bytes]:
    """A folder of tables with one edition's figures for the periods it covers.

    Parameters
    ----------
    files : dict
        The folder as it is, by file name.

    Returns
    -------
    dict
        The folder, the affected tables compiled again and checked as in a build.

    Raises
    ------
    SourceError
        The tables would break a rule of the schema.
    """
    rows = to_stored(reading.observations, geography)
    covered = pd.MultiIndex.from_frame(rows[_PERIOD]).unique()
    files = {**files, "issues.csv": _with_issues(files["issues.csv"], reading, covered)}
    faults = _parsed(files["issues.csv"])
    homes = rows["measure"].map(lambda measure: MEASURES[measure].table)
    for table in sorted(homes.unique()):
        name = f"{table}.csv.gz"
        before = _parsed(files[name], packed=True)
        mine = spoken(rows[homes == table], before, reading.issues)
        replaced = pd.MultiIndex.from_frame(before[_PERIOD]).isin(covered)
        kept = before[~replaced | silent_on(edition.key, before, mine, geography)]
        stored = pd.concat([kept, as_text(mine)], ignore_index=True)
        stored = stored.sort_values(SORT_ORDER, ignore_index=True)
        figures = stored.assign(value=pd.to_numeric(stored["value"]))
        validate(figures, geography, faults)
        packed = atomic.table_bytes(stored, compress=True, level=_QUICK)
        files[name] = packed
    tables = "; ".join(sorted(homes.unique()))
    files["sources.csv"] = _with_source(files["sources.csv"], edition, source, tables)
    return files


def _with_issues(content: bytes, reading: Reading, covered: pd.MultiIndex) -> bytes:
    """Issues, those of figures now replaced told again by the new edition."""
    before = _parsed(content)
    replaced = pd.MultiIndex.from_frame(before[_PERIOD]).isin(covered)
    columns = [field.name for field in fields(Issue)]
    mine = pd.DataFrame([asdict(issue) for issue in reading.issues], columns=columns)
    table = pd.concat([before[~replaced], mine.astype(str)], ignore_index=True)
    table = table.drop_duplicates().sort_values(columns, ignore_index=True)
    return atomic.table_bytes(table, compress=False)


def _with_source(
    content: bytes, edition: Edition, source: SourceFile, tables: str
) -> bytes:
    before = _parsed(content)
    row = {
        **asdict(source),
        "file": edition.file,
        "tables": tables,
        "sha256": edition.sha256,
    }
    mine = pd.DataFrame([row])[list(before.columns)]
    others = before[before["source_id"] != source.source_id]
    table = pd.concat([others, mine], ignore_index=True)
    table = table.sort_values("source_id", ignore_index=True)
    return atomic.table_bytes(table, compress=False)


def _parsed(content: bytes, *, packed: bool = False) -> pd.DataFrame:
    return pd.read_csv(
        io.BytesIO(content),
        dtype=str,
        keep_default_na=False,
        compression="gzip" if packed else None,
    )


def folder_bytes(folder: Path) -> dict[str, bytes]:
    """Every file of a folder of tables, by name; not the record of added editions."""
    return {
        path.name: path.read_bytes()
        for path in sorted(folder.iterdir())
        if path.is_file() and path.name != home.EDITIONS_FILE
    }


def write_tables(files: dict[str, bytes], editions: Sequence[Edition]) -> None:
    """Replace the user's tables, and the record of what is in them, in one step.

    Raises
    ------
    OutputError
        The user's folder cannot be written.
    """
    record = {
        "built_on": home.edition_of(home.shipped_tables_dir()),
        "editions": [asdict(edition) for edition in editions],
    }
    content = (json.dumps(record, indent=1) + "\n").encode("utf-8")
    atomic.replace_folder(own_tables(), {**files, home.EDITIONS_FILE: content})
