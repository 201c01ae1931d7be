"""The files a run leaves: results.csv, the workbook and the figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from highneeds import atomic
from highneeds.forks import Files, abreast
from highneeds.report import contents
from highneeds.report.chart import Chart
from highneeds.report.headline_record import HEADLINE_FILE, headline_bytes, headline_of
from highneeds.report.provenance import own_file
from highneeds.report.tables import Words, csv_bytes
from highneeds.report.workbook import workbook_bytes
from highneeds.words import NO_FIGURE, NOT_APPLICABLE, count

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection
    from highneeds.geography import Area
    from highneeds.report.answers import Report
    from highneeds.scenario.scenario import Scenario

FIGURES = "figures/"
# Drawn for a telephone: the page takes them in, and the folder of a report leaves them out.
NARROW = f"{FIGURES}narrow/"


def write_outputs(report: Report, out: str | Path) -> Words:
    """Write results.csv, workbook.xlsx and figures/ into `out`; nothing when it is empty.

    Raises
    ------
    OutputError
        The folder cannot be written. Each file is whole or absent.
    """
    return files_written(lambda: output_files(report), out)


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
    named = [name for name in files if not name.startswith(FIGURES)]
    pictures = sum(name.startswith(FIGURES) for name in files)
    return Words((f"Wrote {', '.join(named)} and {pictures} pictures of figures.",))


def output_files(report: Report) -> Files:
    """The files by name, as bytes; the same report always gives the same bytes."""
    charts = report.charts()
    # What is drawn in a fork takes about as long as the workbook and the others.
    drawn_here = len(charts) * 2 // 5

    def here() -> Files:
        return _tables(report) | picture_files(charts[:drawn_here])

    return abreast(here, lambda: picture_files(charts[drawn_here:]))


def _tables(report: Report) -> Files:
    result, notes = report.result, report.notes
    results = result.results()
    return {
        "results.csv": csv_bytes(results),
        HEADLINE_FILE: headline_bytes(headline_of(result, results)),
        "workbook.xlsx": workbook_bytes(
            report_title(result),
            [
                *about(result.area, result.scenario, result.draws, result.seed),
                *own_file(result),
            ],
            [*(notes.sentences if notes else ()), *_notes(result)],
            report.tables(),
        ),
    }


def picture_files(charts: Iterable[Chart]) -> Files:
    """Each chart as SVG, narrow too, and PNG, by file name."""
    files = {}
    for chart in charts:
        files[f"{FIGURES}{chart.name}.svg"] = chart.svg()
        files[f"{NARROW}{chart.name}.svg"] = chart.narrow_svg()
        files[f"{FIGURES}{chart.name}.png"] = chart.png()
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
        *(f"Missing: {gap.what} {gap.done}" for gap in result.gaps),
        *contents.cautions(result).sentences,
        "Figures whose basis is “estimated” or “projected” are not published figures.",
        f"{NO_FIGURE} stands where there is no figure: the files used hold none and none "
        f"can be derived. {NOT_APPLICABLE} stands where a figure does not apply. Neither "
        "is 0.",
    ]
