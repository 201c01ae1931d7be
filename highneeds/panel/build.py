"""From the folder of published files to the embedded tables, all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, fields
from pathlib import Path

import numpy as np
import pandas as pd

from highneeds import atomic, home
from highneeds.errors import SourceError, some
from highneeds.geography import Geography
from highneeds.panel.complete import completed
from highneeds.panel.counts import require_whole_counts
from highneeds.panel.parts import require_parts_within
from highneeds.panel.rates import require_rates
from highneeds.panel.schema import (
    GEOGRAPHY_LEVELS,
    MEASURES,
    STORED_COLUMNS,
    TABLES,
)
from highneeds.periods import parse_period
from highneeds.sources import areas, registry
from highneeds.sources.contract import (
    KEY,
    OBSERVATION_COLUMNS,
    WITH_VALUE,
    Issue,
    Reading,
    Status,
    require_unique,
)
from highneeds.sources.files import RawFiles
from highneeds.words import plural

Progress = Callable[[str], None]
SORT_ORDER = ["measure", "breakdown_type", "breakdown", "la_code", "year"]


def build(
    raw_root: Path, data_root: Path, progress: Progress = lambda _: None
) -> list[str]:
    """Compile every embedded table from the published files under `raw_root`.

    Returns
    -------
    list of str
        The published files whose hash differs from the one recorded by the last build.

    Raises
    ------
    SourceError
        A published file is not as expected; the tables already there are left as they are.
    OutputError
        `data_root` cannot be written.
    """
    raw = RawFiles(raw_root)
    compiled = areas.read(raw)
    geography = Geography(
        compiled["authorities"],
        compiled["aliases"],
        compiled["code_changes"],
        compiled["neighbours"],
    )
    observed: list[pd.DataFrame] = []
    issues: list[Issue] = []
    readers = list(registry.readers())
    for number, reader in enumerate(readers, start=1):
        progress(f"[{number}/{len(readers)}] reading {reader.__name__.rsplit('.', 1)[-1]}")
        reading = reader.read(raw, geography)
        observed.append(reading.observations)
        issues += reading.issues
        compiled |= reading.companions
    for note in raw.notes:
        progress(note)
    progress("checking keys, units, statuses and parts")
    whole = completed(Reading(pd.concat(observed, ignore_index=True), issues), geography)
    stored = to_stored(whole.observations, geography)
    faults = issue_table(whole.issues)
    validate(stored, geography, faults)
    files = {
        f"{name}.csv": atomic.table_bytes(table, compress=False)
        for name, table in compiled.items()
    }
    for name in TABLES:
        mine = stored[stored["measure"].map(_table_of) == name]
        files[f"{name}.csv.gz"] = atomic.table_bytes(as_text(mine), compress=True)
    files["issues.csv"] = atomic.table_bytes(faults, compress=False)
    sources = _source_table(raw, stored)
    files["sources.csv"] = atomic.table_bytes(sources, compress=False)
    tables = data_root / "tables"
    changed = _changed_hashes(tables / "sources.csv", sources)
    atomic.replace_folder(tables, files)
    page = _sources_page(sources).encode("utf-8")
    atomic.replace_file(data_root / "SOURCES.md", page)
    progress(f"wrote {len(files)} tables, {sum(map(len, files.values())) / 1e6:.1f} MB")
    return changed


def validate(stored: pd.DataFrame, geography: Geography, faults: pd.DataFrame) -> None:
    """Check stored observations against the schema, reporting every fault at once.

    Parameters
    ----------
    faults : DataFrame
        The record of faults (`issue_table`): a part it names may be above its whole.

    Raises
    ------
    SourceError
        A repeated key, an unknown area, status or unit, a value that its status bars, a
        count with a fraction, a part above its whole, or a rate that does not follow from
        its figures.
    """
    require_unique(stored, "the compiled tables")
    may_be_negative = [name for name, one in MEASURES.items() if one.may_be_negative]
    with_value = stored["status"].isin([str(status) for status in WITH_VALUE])
    rules = {
        "an area that data/geography has": stored["la_code"].isin(list(geography.areas)),
        "a level of geography": stored["geography_level"].isin(list(GEOGRAPHY_LEVELS)),
        "a measure of data/measures.toml": stored["measure"].isin(list(MEASURES)),
        "a status": stored["status"].isin([str(status) for status in Status]),
        "a value exactly where the status says there is one": (
            stored["value"].notna() == with_value
        ),
        "no value below 0 of a measure that cannot be negative": (
            stored["measure"].isin(may_be_negative) | ~(stored["value"] < 0)
        ),
        "a breakdown that the schema gives this measure": _known_breakdowns(stored),
    }
    broken = {rule: ~kept for rule, kept in rules.items() if not kept.all()}
    if broken:
        rows = stored.loc[np.logical_or.reduce(list(broken.values())), KEY]
        where = some(rows.astype(str).agg(" / ".join, axis=1).tolist())
        msg = (
            f"The compiled tables break {plural(len(broken), 'rule')}. Expected in every "
            f"row: {some(list(broken))}. Rows: {where}. Correct the reader of that "
            "measure; nothing was written."
        )
        raise SourceError(msg)
    require_whole_counts(stored)
    require_parts_within(stored, faults)
    require_rates(stored)


def _known_breakdowns(table: pd.DataFrame) -> pd.Series:
    known = {
        (name, kind)
        for name, measure in MEASURES.items()
        for kind in measure.breakdown_types
    }
    pairs = pd.MultiIndex.from_frame(table[["measure", "breakdown_type"]])
    return pd.Series(pairs.isin(list(known)), index=table.index)


def _table_of(measure: str) -> str:
    return MEASURES[measure].table


def to_stored(observed: pd.DataFrame, geography: Geography) -> pd.DataFrame:
    """Observations as rows of the stored tables: with unit, calendar and level, sorted.

    Raises
    ------
    SourceError
        A measure or area nobody has described, or a year of another calendar.
    """
    unknown = set(observed["measure"]) - set(MEASURES)
    if unknown:
        names = some(sorted(unknown))
        msg = f"Measures with no record in data/measures.toml: {names}. Add them."
        raise SourceError(msg)
    strangers = set(observed["la_code"]) - set(geography.areas)
    if strangers:
        msg = (
            f"Areas with no entry in the geography: {some(sorted(strangers))}. "
            "Add the code and its change to the look-up first."
        )
        raise SourceError(msg)
    periods = {name: measure.period_type for name, measure in MEASURES.items()}
    units = {name: measure.unit for name, measure in MEASURES.items()}
    stored = observed[list(OBSERVATION_COLUMNS)].copy()
    stored["period_type"] = stored["measure"].map(periods)
    stored["unit"] = stored["measure"].map(units)
    levels = {code: area.level for code, area in geography.areas.items()}
    stored["geography_level"] = stored["la_code"].map(levels)
    for label, kind in (
        stored[["year", "period_type"]].drop_duplicates().itertuples(index=False)
    ):
        if parse_period(label, kind).label != label:
            msg = (
                f"Year {label!r} is not written as a {kind} period is. Correct the reader."
            )
            raise SourceError(msg)
    return stored.sort_values(SORT_ORDER, ignore_index=True)[list(STORED_COLUMNS)]


def as_text(stored: pd.DataFrame) -> pd.DataFrame:
    """Values as the shortest text that reads back to the same number."""
    values = stored["value"].map(lambda value: "" if pd.isna(value) else _shortest(value))
    return stored.assign(value=values)


def _shortest(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else repr(float(value))


def issue_table(issues: Iterable[Issue]) -> pd.DataFrame:
    """Issues as the stored table of faults, all text, sorted."""
    columns = [field.name for field in fields(Issue)]
    table = pd.DataFrame([asdict(issue) for issue in issues], columns=columns)
    return table.sort_values(columns, ignore_index=True)


def _source_table(raw: RawFiles, stored: pd.DataFrame) -> pd.DataFrame:
    """One row per published file opened, with the tables its figures went to."""
    tables = (
        stored[["source_id"]]
        .assign(table=stored["measure"].map(_table_of))
        .drop_duplicates()
        .groupby("source_id")["table"]
        .agg(lambda names: "; ".join(sorted(names)))
    )
    rows = []
    known = registry.source_files()
    for source_id in sorted(raw.hashes):
        source = asdict(known[source_id])
        source["file"] = Path(source.pop("path")).name
        del source["marks"]
        source["tables"] = tables.get(source_id, "companion tables")
        source["sha256"] = raw.hashes[source_id]
        rows.append(source)
    strangers = set(stored["source_id"]) - set(raw.hashes)
    if strangers:
        msg = f"Figures cite sources that were not opened: {some(sorted(strangers))}."
        raise SourceError(msg)
    return pd.DataFrame(rows)


def _changed_hashes(recorded: Path, now: pd.DataFrame) -> list[str]:
    if not recorded.is_file():
        return []
    old = home.read_table(recorded)
    before: Mapping[str, str] = dict(zip(old["source_id"], old["sha256"], strict=True))
    hashes: Mapping[str, str] = dict(zip(now["source_id"], now["sha256"], strict=True))
    return [
        f"{source_id}: {before[source_id][:12]}… is now {digest[:12]}…"
        for source_id, digest in hashes.items()
        if before.get(source_id, digest) != digest
    ]


def _sources_page(sources: pd.DataFrame) -> str:
    lines = [
        "# Where the figures come from",
        "",
        "Generated by `highneeds data build`; do not edit. The tables in `tables/` hold",
        "figures compiled by this project's own code from the official releases below.",
        "The published files themselves are not stored here. Contains public sector",
        "information licensed under the Open Government Licence v3.0.",
        "",
    ]
    for row in sources.to_dict("records"):
        lines += [
            f"## {row['source_id']}",
            "",
            f"- Publication: {row['publication']}",
            f"- Publisher: {row['publisher']}",
            f"- Edition: {row['edition']}",
            f"- File: `{row['file']}`",
            f"- SHA-256: `{row['sha256']}`",
            f"- Licence: {row['licence']}",
            f"- Goes to: {row['tables']}",
            *([f"- Note: {row['note']}"] if row["note"] else []),
            "",
        ]
    return "\n".join(lines)
