"""One number a thing: what every output of a report says, beside its results.csv."""

from __future__ import annotations

import csv
import io
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from python_calamine import CalamineWorkbook

from highneeds.answers.projection import Projection, project
from highneeds.batch.index import index_page
from highneeds.batch.index_table import index_table
from highneeds.geography import Area
from highneeds.panel.panel import Panel, load_panel
from highneeds.panel.vintage import vintage
from highneeds.report import contents
from highneeds.report.chart import Chart
from highneeds.report.figures_money import plot_balance, plot_money
from highneeds.report.figures_plans import plot_plans
from highneeds.report.headline import Headline, headline
from highneeds.report.headline_record import headline_of
from highneeds.report.plan_returns import plan_return_table
from highneeds.report.provision import provision_table
from highneeds.report.tables import Table, csv_bytes
from highneeds.report.workbook import workbook_bytes

_DRAWS, _TOLD = 100, 25
_PENNY, _PLAN = 0.006, 0.5
_MINUS = "\N{MINUS SIGN}"
BALANCE, SHORTFALL = "dsg_balance_gbp", "cumulative_shortfall_gbp"
IN_YEAR, PLANS = "in_year_balance_gbp", "ehc_plans"
_WHOLE = {"age_band": "all", "placement": "all"}

# A sheet's rows by heading, as Excel would read them.
Rows = list[dict[str, Any]]
Series = Mapping[str, Mapping[str, Mapping[str, float]]]


@dataclass
class Beside:
    """What was set beside results.csv, by output, and where the two differ."""

    area: str
    report: dict[str, Any] = field(default_factory=dict)
    shown: list[str] = field(default_factory=list)
    compared: Counter[str] = field(default_factory=Counter)
    differ: list[str] = field(default_factory=list)

    def same(self, output: str, what: str, *, found: object, expected: object) -> None:
        """Count one comparison; numbers are the same to the penny, texts to the letter."""
        self.compared[output] += 1
        near = (
            abs(found - expected) <= _PENNY
            if isinstance(found, float) and isinstance(expected, float)
            else found == expected
        )
        if not near:
            self.differ.append(f"{self.area}, {output}, {what}: {found}, not {expected}")

    def says(self, output: str, what: str, *, text: str, expected: str) -> None:
        """Count one comparison of a figure that a text must hold."""
        held = expected if expected in text else text[:200]
        self.same(output, what, found=held, expected=expected)


def run(count: int, *, say: Callable[[str], None]) -> int:
    """Set every output of some authorities' reports beside each other, or of all.

    Parameters
    ----------
    count : int
        How many, in the order of their codes; 0 for all.

    Returns
    -------
    int
        0 where none differs.
    """
    panel, began = load_panel(), time.monotonic()
    areas = panel.geography.authorities(vintage(panel).census.end)
    every = []
    for area in areas[: count or len(areas)]:
        every.append(outputs_of(panel, area))
        if len(every) % 10 == 0:
            say(f"{len(every)} authorities, {time.monotonic() - began:.0f} s")
    beside_index(every)
    compared = sum((one.compared for one in every), Counter[str]())
    differ = [line for one in every for line in one.differ]
    for line in differ[:_TOLD]:
        say(line)
    each = "; ".join(f"{output} {many:,}" for output, many in sorted(compared.items()))
    say(
        f"{len(every)} authorities, {compared.total():,} figures in "
        f"{len(compared)} outputs ({each}): {len(differ)} differ; "
        f"{time.monotonic() - began:.0f} s"
    )
    return 1 if differ else 0


def outputs_of(panel: Panel, area: Area) -> Beside:
    """Every output of one authority's report beside its results.csv."""
    result = project(panel, area, draws=_DRAWS)
    series, beside = _read(csv_bytes(result.results())), Beside(area.name)
    first = headline(result)
    tables = [contents.balance_table(result), contents.money_table(result)]
    tables += [contents.plans_table(result), first.table()]
    spent = provision_table(result)
    tables += [spent] if isinstance(spent, Table) else []
    tables += [plan_return_table(result, name) for name in ("dsg7", "lsrp14")]
    sheets = _sheets(tables)
    _python(beside, result, series)
    if result.has_money:
        _balances(beside, result, series, tables[0], sheets["balance"])
        _positions(beside, result, series, tables[1], sheets["money"])
        _spending(beside, series, sheets["provision"])
    _plans(beside, result, series, tables[2], sheets)
    _first_screen(beside, result, series, first, sheets["headline"])
    _index(beside, result, series)
    return beside


def _read(content: bytes) -> Series:
    """The whole of each measure by year, as a reader finds it in results.csv."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for row in csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")):
        if all(row[name] == whole for name, whole in _WHOLE.items()):
            ends = {name: float(row[name]) for name in ("central", "p10", "p90")}
            found.setdefault(row["measure"], {})[row["year"]] = ends
    return found


def _sheets(tables: list[Table]) -> dict[str, Rows]:
    """The rows of each table in one workbook, by heading, as Excel would read them."""
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(workbook_bytes("One number a thing", [], [], tables))
    )
    found: dict[str, Rows] = {}
    for table, name in zip(tables, book.sheet_names[-len(tables) :], strict=True):
        rows = book.get_sheet_by_name(name).to_python()
        blank = [at for at, row in enumerate(rows) if not any(row)]
        if not blank:  # only the words that say why there are none
            found[table.name] = []
            continue
        start = max(blank) + 1
        found[table.name] = [
            dict(zip(map(str, rows[start]), row, strict=True)) for row in rows[start + 1 :]
        ]
    return found


def _page(table: Table | Headline) -> list[list[str]]:
    """The rows of a table as a reader of the page sees them."""
    rows = re.findall(r"<tr[^>]*>(.*?)</tr>", table.html(), re.DOTALL)[1:]
    return [
        [
            unescape(re.sub(r"<[^>]+>", "", cell))
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        ]
        for row in rows
    ]


def money(pounds: float) -> str:
    """Pounds as the page has them, written here apart from the package."""
    shown = f"{abs(pounds) / 1e6:,.1f}"
    return f"{_MINUS if pounds < 0 and float(shown.replace(',', '')) else ''}£{shown}m"


def plans(number: float) -> str:
    """A count as the page has it."""
    return f"{number:,.0f}"


def _range(ends: Mapping[str, float], shown: Callable[[float], str]) -> str:
    low, high = shown(ends["p10"]), shown(ends["p90"])
    return low if low == high else f"{low} to {high}"


def _held(series: Series) -> Mapping[str, Mapping[str, float]]:
    """Balances of every year, whatever those after the override are called."""
    return {**series.get(BALANCE, {}), **series.get(SHORTFALL, {})}


def _python(beside: Beside, result: Projection, series: Series) -> None:
    """What `project` gives in Python."""
    for table, column, measure in (
        (result.balance(), "central", _held(series)),
        (result.money(), "in_year_gbp_central", series.get(IN_YEAR, {})),
        (result.plans(), "central", series[PLANS]),
    ):
        held = table.dropna(subset=[column]).set_index("year")[column]
        for year, ends in measure.items():
            if year in held.index:
                found = float(held[year])
                beside.same("Python", year, found=found, expected=ends["central"])


def _balances(
    beside: Beside,
    result: Projection,
    series: Series,
    table: Table,
    sheet: Rows,
) -> None:
    middle = next(name for name in sheet[0] if "entral" in name or "Published" in name)
    held = _held(series)
    for year, page, row in zip(table.frame["year"], _page(table), sheet, strict=True):
        ends = held.get(str(year))
        if ends is None:
            continue
        beside.same("page", year, found=page[2], expected=money(ends["central"]))
        beside.same("workbook", year, found=row[middle], expected=ends["central"])
        if page[3]:
            beside.same("page", year, found=page[3], expected=_range(ends, money))
    end = held[result.deficit_until.label]
    _drawn(beside, plot_balance(result), money(end["central"]), _range(end, money))


def _positions(
    beside: Beside,
    result: Projection,
    series: Series,
    table: Table,
    sheet: Rows,
) -> None:
    headings = [column.heading for column in table.on("page")]
    at = headings.index("In-year position, central")
    for year, page, row in zip(table.frame["year"], _page(table), sheet, strict=True):
        ends = series[IN_YEAR][str(year)]
        beside.same("page", year, found=page[at], expected=money(ends["central"]))
        beside.same("page", year, found=page[at + 1], expected=_range(ends, money))
        for name, key in (("central", "central"), ("low", "p10"), ("high", "p90")):
            found = row[f"In-year position, {name} (£)"]
            beside.same("workbook", year, found=found, expected=ends[key])
    end = series[IN_YEAR][result.until.label]
    _drawn(beside, plot_money(result), money(end["central"]), _range(end, money))


def _spending(beside: Beside, series: Series, sheet: Rows) -> None:
    """Spending by provision adds up to the spending of the year."""
    for year, ends in series["high_needs_spending_gbp"].items():
        found = sheet[-1][f"{year} (£)"]
        beside.same("provision", year, found=found, expected=ends["central"])


def _plans(
    beside: Beside,
    result: Projection,
    series: Series,
    table: Table,
    sheets: Mapping[str, Rows],
) -> None:
    middle = next(name for name in sheets["plans"][0] if "entral" in name)
    for page, row in zip(_page(table), sheets["plans"], strict=True):
        ends = series[PLANS].get(page[0])
        if ends is None:
            continue
        beside.same("page", page[0], found=page[2], expected=plans(ends["central"]))
        beside.same(
            "workbook", page[0], found=row[middle], expected=float(round(ends["central"]))
        )
        if page[3]:
            beside.same("page", page[0], found=page[3], expected=_range(ends, plans))
    for name in ("dsg7", "lsrp14"):
        for row in sheets[name]:
            ends = series[PLANS].get(str(row["January"]).removesuffix(".0"))
            if row["Placement"] == "Total" and ends:
                expected = float(round(ends["central"]))
                beside.same("returns", name, found=row["Plans"], expected=expected)
    end = series[PLANS][str(result.until.end)]
    _drawn(beside, plot_plans(result), plans(end["central"]), _range(end, plans))


def _drawn(beside: Beside, chart: object, *figures: str) -> None:
    """A chart's words in place of the picture hold the last figure and its range."""
    if isinstance(chart, Chart):
        for figure in figures:
            beside.says("chart", chart.name, text=chart.alt, expected=figure)


def _first_screen(
    beside: Beside,
    result: Projection,
    series: Series,
    first: Headline,
    sheet: Rows,
) -> None:
    """Each row of the first screen that names a year, on the page and in the workbook."""
    held = _held(series)
    for (label, figure, sure), row in zip(_page(first), sheet, strict=True):
        ends: Mapping[str, float] | None = None
        shown: Callable[[float], str] = money
        if found := re.match(r"In-year \w+, (\d{4}-\d\d)", label):
            ends = series[IN_YEAR][found[1]]
        elif found := re.search(r"(?:at|to) 31 March (\d{4})(?:, without|$)", label):
            year = f"{int(found[1]) - 1}-{found[1][2:]}"
            whose = label.startswith(("Cumulative", "Change"))
            ends = held.get(year) if whose else None
        elif found := re.match(r"EHC plans in January (\d{4})", label):
            ends, shown = series[PLANS][found[1]], plans
        if ends is None:
            continue
        beside.same("first screen", label, found=figure, expected=shown(ends["central"]))
        beside.says("first screen", label, text=sure, expected=_range(ends, shown))
        tolerance = float(round(ends["central"])) if shown is plans else ends["central"]
        beside.same("workbook", label, found=row["Value"], expected=tolerance)
    if result.has_money:
        year = result.deficit_until.label
        expected = money(held[year]["central"])
        beside.says("sentence", year, text=first.sentence, expected=expected)


def _index(beside: Beside, result: Projection, series: Series) -> None:
    """headline.json, and what the CSV of an index makes of it."""
    kept = headline_of(result, result.results())
    beside.report |= {
        "la_code": result.area.la_code,
        "area": result.area.name,
        "level": "la",
        "region": result.area.region_name,
        "notebook": "01_overspend_scenario",
        "folder": result.area.slug,
        "state": "done",
        "headline": kept,
        "outputs": {},
    }
    row = index_table({"reports": [beside.report]}).iloc[0]
    last = series[PLANS][str(result.until.end)]["central"]
    beside.shown.append(plans(last))
    numbers = [("plans", kept["plans"][1], row["plans_last"], last)]
    if result.has_money:
        end = _held(series)[result.deficit_until.label]
        gap = series[IN_YEAR][result.until.label]["central"]
        name = "balance_gbp" if result.balance_is_level else "balance_change_gbp"
        numbers += [
            (name, kept["balance"]["central"], row[name], end["central"]),
            ("position", kept["gap"], row["block_less_spending_gbp"], gap),
        ]
        beside.shown += [money(end["central"]), money(gap), _range(end, money)]
    for what, held, listed, expected in numbers:
        beside.same("headline.json", what, found=float(held), expected=expected)
        beside.same("index.csv", what, found=float(listed), expected=expected)


def beside_index(every: Sequence[Beside]) -> None:
    """The index of a run of all, each row beside results.csv."""
    made = {
        "run": "equal",
        "edition": "",
        "settings": {
            "draws": _DRAWS,
            "seed": 0,
            "until": every[0].report["headline"]["until"],
        },
        "scenarios": [],
        "reports": [one.report for one in every],
    }
    page = re.sub(r"</?span[^>]*>", "", index_page(made))
    for one in every:
        link = f'<a href="{one.report["folder"]}/report.html">'
        (row,) = (part for part in page.split("<tr") if link in part and "<th" in part)
        for expected in one.shown:
            beside_text = unescape(row.split("</tr>")[0])
            one.says("index", one.area, text=beside_text, expected=expected)
