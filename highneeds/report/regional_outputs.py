"""The files a regional or national run leaves: two CSVs, the workbook and the figures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from highneeds.analysis.comparison import COMPARISONS
from highneeds.model.nation import Totals
from highneeds.panel.panel import load_panel
from highneeds.report import regional
from highneeds.report.amounts import NO_FIGURE
from highneeds.report.outputs import about, files_written, picture_files
from highneeds.report.provenance import sources_table
from highneeds.report.tables import Table, Words, csv_bytes
from highneeds.report.workbook import workbook_bytes

if TYPE_CHECKING:
    from highneeds.model.scenario import Scenario


def write_totals(
    totals: Totals, scenario: Scenario, found: Sequence[pd.DataFrame], out: str | Path
) -> Words:
    """Write results.csv, comparison.csv, workbook.xlsx and figures/ into `out`.

    Parameters
    ----------
    totals : Totals
        What the authorities add up to.
    scenario : Scenario
        The one they were projected with.
    found : sequence of DataFrame
        The authorities side by side, as `regional.compare_each` gives them.
    out : str or Path
        Nothing is written when it is empty.

    Raises
    ------
    OutputError
        The folder cannot be written. Each file is whole or absent.
    """
    return files_written(lambda: totals_files(totals, scenario, found), out)


def totals_files(
    totals: Totals, scenario: Scenario, found: Sequence[pd.DataFrame]
) -> dict[str, bytes]:
    """The files by name, as bytes; the same totals always give the same bytes."""
    place = totals.area.name
    draws = totals.series["plans"].shape[-1]
    results = totals.table()
    results.insert(0, "area_code", totals.area.la_code)
    charts = [regional.plot_totals(totals), regional.plot_comparison(found, place)]
    return {
        "results.csv": csv_bytes(results),
        "comparison.csv": csv_bytes(side_by_side(found)),
        "workbook.xlsx": workbook_bytes(
            f"High needs deficits of {place} to {totals.until.closes_on()}",
            about(totals.area, scenario, draws, totals.seed),
            _notes(totals),
            _tables(totals, found),
        ),
        **picture_files(charts),
    }


def side_by_side(found: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """Every comparison as one long table: the measure and its unit before each row."""
    return pd.concat(
        [
            table.assign(measure=comparison.name, unit=comparison.unit)
            for comparison, table in zip(COMPARISONS, found, strict=True)
        ],
        ignore_index=True,
    )[["measure", "unit", *found[0].columns]]


def _tables(totals: Totals, found: Sequence[pd.DataFrame]) -> list[Table]:
    panel, place = load_panel(), totals.area.name
    members = [panel.geography[str(code)] for code in found[0]["la_code"]]
    national = totals.area == panel.geography.england
    return [
        regional.totals_table(totals),
        regional.totals_mix_table(totals),
        *(
            regional.comparison_table(comparison, table, place, len(table))
            for comparison, table in zip(COMPARISONS, found, strict=True)
        ),
        regional.inspections_table(panel, members),
        *([regional.forecasts_table(totals)] if national else []),
        sources_table(),
    ]


def _notes(totals: Totals) -> list[str]:
    return [
        *regional.totals_sentence(totals).sentences,
        "Futures are added up draw by draw, so what all authorities share is shared.",
        "Order is not quality: areas differ in need, in record and in how they count.",
        f"{NO_FIGURE} stands where there is no figure: none is published and none can be "
        "derived. It is not 0.",
    ]
