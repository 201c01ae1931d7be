"""The files a run leaves: results.csv, the workbook and the figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from highneeds import atomic
from highneeds.answers.beside_others import growth
from highneeds.report import contents, record_tables
from highneeds.report.assumptions import assumptions_table, spreads_table
from highneeds.report.chart import Chart
from highneeds.report.figures_money import plot_balance, plot_bridge, plot_money
from highneeds.report.figures_plans import plot_growth, plot_mix, plot_plans
from highneeds.report.headline import headline
from highneeds.report.headline_record import HEADLINE_FILE, headline_bytes, headline_of
from highneeds.report.mitigation import mitigated_table, plot_mitigated
from highneeds.report.own_figures import own_figures_sheet
from highneeds.report.plan_returns import plan_return_table
from highneeds.report.provenance import own_file, sources_table
from highneeds.report.provision import provision_table
from highneeds.report.risks import risks_table
from highneeds.report.tables import Table, Words, csv_bytes
from highneeds.report.trust import trust_tables
from highneeds.report.workbook import workbook_bytes
from highneeds.words import NO_FIGURE, NOT_APPLICABLE, count

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection
    from highneeds.answers.risks import Risks
    from highneeds.geography import Area
    from highneeds.scenario.scenario import Scenario

_FIGURES = "figures/"


def write_outputs(
    result: Projection,
    out: str | Path,
    risks: Risks | None = None,
    notes: Words | None = None,
) -> Words:
    """Write results.csv, workbook.xlsx and figures/ into `out`; nothing when it is empty.

    A register of `risks` has a sheet of its own; `notes` stand with the workbook's notes.

    Raises
    ------
    OutputError
        The folder cannot be written. Each file is whole or absent.
    """
    return files_written(lambda: output_files(result, risks, notes), out)


def files_written(make: Callable[[], Mapping[str, bytes]], out: str | Path) -> Words:
    """Make files and write them into `out`; nothing when it is empty.

    Raises
    ------
    OutputError
        The folder cannot be written. Each file is whole or absent.
    """
    if not str(out):
        return Words(("No folder was asked for (out is empty), so no files were written.",))
    files = make()
    for name, content in files.items():
        atomic.replace_file(Path(out) / name, content)
    named = [name for name in files if not name.startswith(_FIGURES)]
    pictures = len(files) - len(named)
    return Words((f"Wrote {', '.join(named)} and {pictures} pictures of figures.",))


def output_files(
    result: Projection, risks: Risks | None = None, notes: Words | None = None
) -> dict[str, bytes]:
    """The files by name, as bytes; the same result always gives the same bytes."""
    found = growth(result.panel, result.area)
    tables = report_tables(result)
    register = risks_table(result, risks)
    if isinstance(register, Table):
        # After what the report itself foresees, before where its figures come from.
        tables.insert(len(tables) - 1, register)
    charts = [
        plot_balance(result),
        plot_money(result),
        plot_mitigated(result),
        plot_plans(result),
        plot_mix(result),
        plot_growth(found),
        plot_bridge(result),
    ]
    results = result.results()
    files = {
        "results.csv": csv_bytes(results),
        HEADLINE_FILE: headline_bytes(headline_of(result, results)),
        "workbook.xlsx": workbook_bytes(
            report_title(result),
            [
                *about(result.area, result.scenario, result.draws, result.seed),
                *own_file(result),
            ],
            [*(notes.sentences if notes else ()), *_notes(result)],
            tables,
        ),
    }
    return files | picture_files(chart for chart in charts if isinstance(chart, Chart))


def picture_files(charts: Iterable[Chart]) -> dict[str, bytes]:
    """Each chart as SVG and PNG, by file name."""
    files = {}
    for chart in charts:
        files[f"{_FIGURES}{chart.name}.svg"] = chart.svg()
        files[f"{_FIGURES}{chart.name}.png"] = chart.png()
    return files


def report_title(result: Projection) -> str:
    """What the report is called."""
    if not result.has_money:
        return f"Plans of {result.area.name} to January {result.until.end}"
    what = (
        "High needs deficit"
        if result.balance_is_level
        else "Change in the high needs balance"
    )
    title = f"{what} of {result.area.name} to {result.deficit_until.closes_on()}"
    if result.until > result.deficit_until:
        title += f", and its yearly cost to {result.until}"
    return title


def report_tables(result: Projection) -> list[Table]:
    """Every table of the report, in the order of the page."""
    found = growth(result.panel, result.area)
    needs = contents.needs_table(result)
    own = [own_figures_sheet(result)] if result.own and result.own.figures else []
    return [
        headline(result).table(),
        *own,
        contents.balance_table(result),
        contents.money_table(result),
        *_if_tables(provision_table(result), mitigated_table(result)),
        contents.plans_table(result),
        contents.mix_table(result),
        *_if_tables(needs),
        plan_return_table(result, "dsg7"),
        plan_return_table(result, "lsrp14"),
        record_tables.growth_table(found),
        contents.bridge_table(result),
        assumptions_table(result),
        spreads_table(result),
        record_tables.closure_table(result),
        *trust_tables(result.area),
        contents.results_table(result),
        sources_table(),
    ]


def _if_tables(*found: Table | Words) -> list[Table]:
    """Those that are tables; words say on the page why one is not."""
    return [one for one in found if isinstance(one, Table)]


def about(area: Area, scenario: Scenario, draws: int, seed: int) -> list[tuple[str, str]]:
    """Lines of a workbook's cover: what was run, and what to know of its figures."""
    approved = scenario.approved_by or "nobody yet: a draft for discussion"
    return [
        ("Area", str(area)),
        ("Scenario", f"{scenario.title} ({scenario.name})"),
        ("What the scenario says", scenario.description or "not described"),
        ("Written by", scenario.author or "not stated"),
        ("Dated", scenario.date or "not stated"),
        ("Approved by", approved),
        ("Simulated futures", count(draws)),
        ("Seed", str(seed)),
        ("Money", "Pounds, cash. A negative balance is a deficit."),
        (
            "Licence of the figures",
            "Contains public sector information licensed under the Open Government Licence "
            "v3.0; see the sheet Sources.",
        ),
    ]


def _notes(result: Projection) -> list[str]:
    return [
        result.sentence(),
        *(f"Missing: {gap.what} What was done: {gap.done}" for gap in result.gaps),
        *contents.cautions(result).sentences,
        "Figures whose basis is “estimated” or “projected” are not published figures.",
        f"{NO_FIGURE} stands where there is no figure: the files used hold none and none "
        f"can be derived. {NOT_APPLICABLE} stands where a figure does not apply. Neither "
        "is 0.",
    ]
