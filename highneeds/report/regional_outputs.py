"""The files a regional or national run leaves: three CSVs, the workbook and the figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from highneeds.model.nation import Totals
from highneeds.panel.panel import load_panel
from highneeds.report import regional, totals_last_year
from highneeds.report.headline_record import (
    HEADLINE_FILE,
    headline_bytes,
    headline_of_totals,
)
from highneeds.report.outputs import about, files_written, picture_files
from highneeds.report.provenance import sources_table
from highneeds.report.tables import Table, Words, csv_bytes
from highneeds.report.totals import (
    forecasts_table,
    plot_totals,
    totals_headline,
    totals_mix_table,
    totals_table,
)
from highneeds.report.totals_last_year import Run
from highneeds.report.trust import trust_tables
from highneeds.report.workbook import workbook_bytes
from highneeds.words import NO_FIGURE


def write_totals(
    runs: Sequence[Run],
    found: Sequence[regional.Compared],
    out: str | Path,
    nation: Mapping[str, Totals] | None = None,
) -> Words:
    """Write results.csv, comparison.csv, workbook.xlsx and figures/ into `out`.

    Parameters
    ----------
    runs : sequence of (Scenario, Totals)
        What the authorities add up to under each scenario; the report is on the first.
    found : sequence of (Comparison, DataFrame)
        The authorities side by side, as `regional.compare_each` gives them.
    out : str or Path
        Nothing is written when it is empty.
    nation : mapping, optional
        All of England: totals by area code, which gives a table of regions.

    Raises
    ------
    OutputError
        The folder cannot be written. Each file is whole or absent.
    """
    return files_written(lambda: totals_files(runs, found, nation), out)


def totals_files(
    runs: Sequence[Run],
    found: Sequence[regional.Compared],
    nation: Mapping[str, Totals] | None = None,
) -> dict[str, bytes]:
    """The files by name, as bytes; the same totals always give the same bytes."""
    (scenario, totals), *_ = runs
    place = totals.area.name
    draws = totals.series["plans"].shape[-1]
    results = totals.table()
    headline = headline_of_totals(totals, results)
    results.insert(0, "area_code", totals.area.la_code)
    charts = [
        plot_totals(totals),
        totals_last_year.plot_gaps(totals),
        *([totals_last_year.plot_regions(nation)] if nation else []),
        regional.plot_comparison(found, place),
    ]
    return {
        "results.csv": csv_bytes(results),
        HEADLINE_FILE: headline_bytes(headline),
        "comparison.csv": csv_bytes(side_by_side(found)),
        "authorities.csv": csv_bytes(totals.authorities),
        "workbook.xlsx": workbook_bytes(
            f"High needs deficits of {place} to {totals.deficit_until.closes_on()}",
            about(totals.area, scenario, draws, totals.seed),
            _notes(totals),
            _tables(runs, found, nation),
        ),
        **picture_files(charts),
    }


def side_by_side(found: Sequence[regional.Compared]) -> pd.DataFrame:
    """Every comparison as one long table: the measure and its unit before each row."""
    return pd.concat(
        [
            table.assign(measure=comparison.name, unit=comparison.unit)
            for comparison, table in found
        ],
        ignore_index=True,
    )[["measure", "unit", *found[0][1].columns]]


def _tables(
    runs: Sequence[Run],
    found: Sequence[regional.Compared],
    nation: Mapping[str, Totals] | None,
) -> list[Table]:
    (_, totals), *_ = runs
    panel, place = load_panel(), totals.area.name
    members = [panel.geography[str(code)] for code in found[0][1]["la_code"]]
    return [
        totals_headline(totals).table(),
        totals_table(totals),
        totals_mix_table(totals),
        *([totals_last_year.regions_table(nation)] if nation else []),
        totals_last_year.authorities_table(totals, totals.members),
        totals_last_year.totals_scenarios_table(runs),
        *(
            regional.comparison_table(comparison, table, place, len(table))
            for comparison, table in found
        ),
        regional.inspections_table(panel, members),
        *([forecasts_table(totals)] if nation else []),
        *trust_tables(totals.area),
        sources_table(),
    ]


def _notes(totals: Totals) -> list[str]:
    return [
        totals_headline(totals).sentence,
        "Futures are added up draw by draw, so what all authorities share is shared.",
        "Order is not quality: areas differ in need, in record and in how they count.",
        f"{NO_FIGURE} stands where there is no figure: the files used hold none and none "
        "can be derived. It is not 0.",
    ]
