"""Reading one published file by itself, as the build reads the edition it follows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from highneeds import home
from highneeds.errors import SourceError, UsageError, some
from highneeds.geography import Geography
from highneeds.panel.complete import completed
from highneeds.panel.schema import MEASURES, STORED_COLUMNS
from highneeds.periods import FinancialYear
from highneeds.refresh.recognition import NET_SPENDING, Recognised, noted, recognise
from highneeds.sources import (
    assessments,
    block,
    ceased_plans,
    exclusions,
    needs,
    outturn_balances,
    plan_flows,
    plans,
    population,
    pupils,
    registry,
    residential,
    section251,
    tribunals,
)
from highneeds.sources.contract import Reading, SourceFile, require_unique
from highneeds.sources.files import RawFiles
from highneeds.sources.sen2 import sum_figures

Reader = Callable[[RawFiles, Geography, pd.DataFrame], Reading]


def read_file(
    found: Recognised, file: Path, geography: Geography, held: pd.DataFrame
) -> Reading:
    """Read a recognised file, checked exactly as in a build.

    Parameters
    ----------
    held : DataFrame
        Rows of the same measure that are held, for a repair that needs one of them.

    Returns
    -------
    Reading
        Citing the source of the edition the file follows.

    Raises
    ------
    SourceError
        As the reader: a column, symbol, area or sum is not as it should be.
    """
    source = registry.known_files()[found.layout.source_id]
    raw = found.as_raw(file, source)
    try:
        return completed(_READERS[found.layout.key](raw, geography, held), geography)
    except SourceError as error:
        # Readers name the file by its place in the build, or by what it holds.
        said = str(error).replace(source.path, file.name)
        msg = said if file.name in said else f"{file.name}: {said}"
        raise SourceError(noted(msg, found.notes)) from None


def figures_of(path: Path, geography: Geography) -> tuple[pd.DataFrame, list[str]]:
    """The figures of a release: a folder of tables, of published files, or one such file.

    Returns
    -------
    DataFrame, list of str
        Observations or stored rows; and for each file left out, which and why.

    Raises
    ------
    SourceError
        Nothing there is a table this package knows, or a file is not as released.
    UsageError
        There is nothing at `path`.
    """
    if path.is_file():
        return _figures_of_file(path, geography), []
    if not path.is_dir():
        msg = f"There is no {path}. Give a folder of tables, a folder of files, or a file."
        raise UsageError(msg)
    if (path / "sources.csv").is_file():
        names = sorted(path.glob("*.csv.gz"))
        return pd.concat([stored_table(one) for one in names], ignore_index=True), []
    frames, left_out = [], []
    for file in sorted(one for one in path.iterdir() if one.is_file()):
        try:
            found = recognise(file)
        except SourceError as error:
            left_out.append(f"{file.name}: {str(error).split('. ')[0]}")
            continue
        frames.append(_observations(found, file, geography))
    if not frames:
        msg = (
            f"No file in {path} is a table this package follows: "
            f"{some(left_out) or 'it is empty'}. Give a folder with the files of a release."
        )
        raise SourceError(msg)
    together = pd.concat(frames, ignore_index=True)
    require_unique(together, str(path))
    return together, left_out


def stored_table(path: Path) -> pd.DataFrame:
    """One stored table, values as numbers."""
    table = home.read_table(path)
    lacking = set(STORED_COLUMNS) - set(table.columns)
    if lacking:
        msg = (
            f"{path} lacks the column(s) {some(sorted(lacking))}. Expected a table written "
            "by `highneeds data build`. Give such a folder, or published files."
        )
        raise SourceError(msg)
    return table.assign(value=pd.to_numeric(table["value"]))


def _figures_of_file(file: Path, geography: Geography) -> pd.DataFrame:
    if file.name.endswith(".csv.gz") and (file.parent / "sources.csv").is_file():
        return stored_table(file)
    return _observations(recognise(file), file, geography)


def _observations(found: Recognised, file: Path, geography: Geography) -> pd.DataFrame:
    table = MEASURES[found.layout.measure].table
    held = stored_table(home.shipped_tables_dir() / f"{table}.csv.gz")
    return read_file(found, file, geography, held).observations


def _alone(read: Callable[[RawFiles, Geography], Reading]) -> Reader:
    return lambda raw, geography, held: read(raw, geography)


def _step(source: SourceFile) -> Reader:
    return lambda raw, geography, held: assessments.read_step(raw, geography, source)


def _past(read: Callable[[RawFiles, Geography], Sequence[pd.DataFrame]]) -> Reader:
    """A table no longer published: its figures as they are, to compare others with."""
    return lambda raw, geography, held: Reading(
        pd.concat(list(read(raw, geography)), ignore_index=True)
    )


def _first_published_2023(raw: RawFiles, geography: Geography) -> list[pd.DataFrame]:
    bands = plans.ages_2023(raw, geography)
    total = sum_figures(bands, ["la_code", "year", "measure", "source_id"])
    total = total.assign(breakdown_type="total", breakdown="total")
    return [bands, total[list(bands.columns)]]


def _workbook(raw: RawFiles, geography: Geography, held: pd.DataFrame) -> Reading:
    year = FinancialYear(raw.years(block.SUMMARIES, range(0)).start)
    return block.read_workbook(raw, block.SUMMARIES, geography, year)


def _net_spending(raw: RawFiles, geography: Geography, held: pd.DataFrame) -> Reading:
    source = registry.source_files()[NET_SPENDING.source_id]
    year = FinancialYear(raw.years(source, range(0)).start)
    before = held[
        (held["measure"] == NET_SPENDING.measure)
        & (held["year"] == year.shift(-1).label)
        & (held["geography_level"] == "la")
    ].set_index("la_code")["value"]
    previous = before if len(before) else None
    return section251.read_net_of_year(raw, source, geography, year, previous)


def _appeals(raw: RawFiles, geography: Geography, held: pd.DataFrame) -> Reading:
    """Appeals, with the plans of the tables in use in the place of the tool's."""
    plans_held = stored_table(home.tables_dir() / "plans.csv.gz")
    totals = plans_held[
        (plans_held["measure"] == "ehc_plans") & (plans_held["breakdown"] == "total")
    ]
    januaries = totals.assign(january=totals["year"].astype(int))
    plans = januaries[["la_code", "january", "value"]]
    return tribunals.read_appeals(raw, geography, plans, held)


_READERS: dict[str, Reader] = {
    "caseload": _alone(plans.read_caseload),
    "needs": _alone(needs.read),
    "new_plans": plan_flows.read_new_plans,
    "ceased_plans": _alone(ceased_plans.read_edition),
    "requests": _step(assessments.REQUESTS_2025),
    "assessments": _step(assessments.ASSESSMENTS_2025),
    "timeliness": _step(assessments.TIMELINESS_2025),
    "annual_reviews": _step(assessments.REVIEWS_2025),
    "residential": _alone(residential.read),
    "exclusions": _alone(exclusions.read),
    "dsg": _workbook,
    "children": _alone(lambda raw, at: Reading(population.children(raw, at))),
    "headcount": _alone(pupils.on_roll),
    "lait": _alone(lambda raw, at: Reading(pupils.shares(raw, at))),
    "s251_net": _net_spending,
    "balances": outturn_balances.read,
    "tribunals": _appeals,
    "age_caseload_2022": _past(plans.ages_2022),
    "establishment_caseload_2022": _past(
        lambda raw, at: list(plans.establishments_2022(raw, at))
    ),
    "age_new_plans_2022": _past(plan_flows.ages_2022),
    "establishment_new_plans_2022": _past(
        lambda raw, at: [plan_flows.establishments_2022(raw, at)]
    ),
    "age_caseload_2023": _past(_first_published_2023),
    "process_2023": _past(lambda raw, at: [assessments.read_process(raw, at)]),
}
