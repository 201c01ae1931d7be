"""What the goldens keep: one projection of each kind in words and numbers."""

import gzip
import io
from functools import cache
from pathlib import Path

import openpyxl

import highneeds as hn
from highneeds.report import contents, outputs
from highneeds.report.answers import Report
from highneeds.report.chart import Chart
from highneeds.report.figures_money import plot_balance, plot_bridge, plot_money
from highneeds.report.figures_plans import plot_mix, plot_plans
from highneeds.report.tables import csv_bytes
from highneeds.report.totals import plot_totals, totals_headline, totals_mix_table
from highneeds.report.workbook import workbook_bytes

KEPT = Path(__file__).resolve().parent / "kept"
# A Safety Valve agreement; a balance two years older than the block; created in 2023, with
# no balance; 9% of placements unknown; placements withheld; no block at all.
AREAS = (
    "Kent",
    "Buckinghamshire",
    "Cumberland",
    "Liverpool",
    "Cambridgeshire",
    "City of London",
)
SCENARIOS = ("trend", "mitigated_example", "reform_path")
ENGLAND = "England"
NAMES = tuple(
    f"{area.lower().replace(' ', '_')}.{scenario}"
    for area in (*AREAS, ENGLAND)
    for scenario in SCENARIOS
)
_DRAWS, _NATION_DRAWS = 200, 64
# Results are kept whole in results.csv; the others hold assumptions and editions.
_LEFT_OUT = ("Results", "Sources", "Assumptions", "Spreads")


def paths(name: str) -> tuple[Path, Path]:
    """The text and the results kept of one golden."""
    return KEPT / f"{name}.txt", KEPT / f"{name}.csv.gz"


def packed(content: bytes) -> bytes:
    """Compressed; the same content always gives the same bytes."""
    return gzip.compress(content, mtime=0)


def unpacked(content: bytes) -> bytes:
    """What was packed."""
    return gzip.decompress(content)


def answer(name: str) -> tuple[str, bytes]:
    """The text and results.csv of one golden, from today's code."""
    area, scenario = name.split(".")
    chosen = hn.Scenario.load(scenario)
    if area == ENGLAND.lower():
        return _england(chosen)
    result = hn.project(_panel(), area.replace("_", " "), chosen, draws=_DRAWS)
    charts = [
        plot(result)
        for plot in (plot_balance, plot_money, plot_plans, plot_mix, plot_bridge)
    ]
    book = workbook_bytes(
        outputs.report_title(result),
        outputs.about(result.area, chosen, result.draws, result.seed),
        [result.sentence(), *result.sentences().values(), *notes(result)],
        Report(result).tables(),
    )
    return _written(charts, book), csv_bytes(result.results())


def notes(result: hn.Projection) -> list[str]:
    """What is missing and what a reader must not forget."""
    missing = [f"{gap.what} {gap.done}" for gap in result.gaps]
    return [*missing, *contents.cautions(result).sentences]


def _england(scenario: hn.Scenario) -> tuple[str, bytes]:
    nation = hn.project_nation(_panel(), scenario, draws=_NATION_DRAWS)
    totals = nation["E92000001"]
    book = workbook_bytes(
        ENGLAND,
        outputs.about(totals.area, scenario, _NATION_DRAWS, totals.seed),
        [totals_headline(totals).sentence],
        [totals_mix_table(totals)],
    )
    return _written([plot_totals(totals)], book), csv_bytes(totals.table())


@cache
def _panel() -> hn.Panel:
    return hn.load_panel()


def _written(charts: list[object], book: bytes) -> str:
    lines = ["FIGURES"]
    lines += [
        f"{chart.name}: {chart.title}. {chart.alt}"
        for chart in charts
        if isinstance(chart, Chart)
    ]
    found = openpyxl.load_workbook(io.BytesIO(book), read_only=True)
    for sheet in found.worksheets:
        if sheet.title in _LEFT_OUT:
            continue
        lines += ["", f"SHEET {sheet.title}"]
        for row in sheet.iter_rows(values_only=True):
            cells = [_cell(value) for value in row if value is not None]
            if cells:
                lines.append(" | ".join(cells).rstrip())
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    return f"{value:.10g}" if isinstance(value, float) else str(value)
