"""Front: what comes out, beside the scenario as shipped, with charts; and how to use it."""

from __future__ import annotations

from typing import Any

from xlsxwriter.utility import xl_range_abs

from highneeds.forms.live.cells import Cell, either, formula, joined, total
from highneeds.forms.live.checks import CHECKS, Shipped
from highneeds.forms.live.costs import NAMES
from highneeds.forms.live.given import Given
from highneeds.forms.live.inputs import RESULTS_AT, Inputs
from highneeds.forms.live.record import Record
from highneeds.forms.live.scenarios import YES, Lists
from highneeds.forms.live.sheets import MILLIONS, PEOPLE, Page
from highneeds.forms.live.stages import Built, Stage

FRONT = "What if"
_HEAD, _FIRST = 7, 1
_COLOURS = ("#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1", "#2073BC")
_WIDE, _HIGH = 560, 290


class Front:
    """The rows of the front sheet, and where each stands, for the charts."""

    def __init__(
        self, page: Page, given: Given, built: Built, found: dict[str, Stage], failed: Cell
    ) -> None:
        self.page, self.given, self.built, self.found = page, given, built, found
        self.failed, self.row = failed, _HEAD + 1
        self.at: dict[str, int] = {}

    def write(self, inputs: Inputs, record: Record, lists: Lists, shipped: Shipped) -> None:
        """Write what comes out by year, then the charts."""
        page, given = self.page, self.given
        page.widths(56, 15)
        page.sheet.set_row(0, 26)
        page.sheet.set_row(1, 18)
        page.put(0, 0, f"What if: {given.area.name}", bold=True, font_size=18)
        page.put(1, 0, inputs.used["title"], bold=True, font_size=12)
        self._state(inputs)
        heads = [year.label for year in given.years]
        page.head(_HEAD, 0, ["Financial year (pounds, cash)", *heads])
        page.sheet.freeze_panes(_HEAD + 1, 1)
        januaries = plans_by_year(record, self.built)
        self.line("plans", "EHC plans in the January inside the year", januaries, PEOPLE)
        self.money(inputs, lists, shipped)
        self._charts(shipped)

    def _state(self, inputs: Inputs) -> None:
        """Say whether anything is typed, whether checks agree, and where to go."""
        page = self.page
        names = page.book.names
        typed = names["own_values"]
        page.put(
            2,
            0,
            either(
                typed.same(0),
                "As the scenario is shipped: nothing of your own is typed yet.",
                joined("Values of your own in use: ", typed, "."),
            ),
        )
        page.put(
            3,
            0,
            either(
                self.failed.same(0),
                "All checks agree.",
                joined("Checks that need a look: ", self.failed, f". See {CHECKS}."),
            ),
            bold=True,
        )
        page.put(
            4,
            0,
            "Choose a scenario and type your own values in the yellow cells of the sheet "
            "Inputs; everything here follows. One central future, without a range: reports "
            "give ranges and chances.",
        )
        page.sheet.write_url(
            5,
            0,
            "internal:'Inputs'!B4",
            page.book.style(underline=1, font_color="#1D4F7C"),
            "Go to Inputs",
        )
        page.put(
            6,
            0,
            either(
                inputs.used["example"].same(YES),
                "The measures of this scenario are invented, to show how they are written: "
                "put the authority's own in their place.",
                "",
            ),
            bold=True,
        )

    def line(self, key: str, label: str, cells: list[Cell], form: str, **how: Any) -> None:
        """A row by year."""
        self.page.put(self.row, 0, label, text_wrap=True, **how)
        for column, one in enumerate(cells, start=_FIRST):
            self.page.put(self.row, column, one, form, **how)
        self.at[key] = self.row
        self.row += 1

    def money(self, inputs: Inputs, lists: Lists, shipped: Shipped) -> None:
        """Rows of pounds, as far as a block and a balance are held."""
        found, given = self.found, self.given
        self.line("spending", "High needs spending", found["spending"].cells, MILLIONS)
        if self.built.balance is None:
            label = "Spending as shipped"
            self.line("shipped", label, shipped.of["spending"], MILLIONS)
            return
        level = given.first.balance_is_level
        self.line("block", "High needs block", found["block"].cells, MILLIONS)
        if any(one.number for one in found["transfer"].cells):
            label = "Transfer from the schools block"
            self.line("transfer", label, found["transfer"].cells, MILLIONS)
        label = "In-year position (deficit negative)"
        self.line("in_year", label, found["in_year"].cells, MILLIONS, bold=True)
        self.line(
            "in_year_shipped",
            "In-year position as shipped",
            shipped.of["in_year"],
            MILLIONS,
        )
        ends = lists.at(inputs["override_ends"])
        places = [
            lists.at(self.page.at(_HEAD, _FIRST + s)) for s in range(len(given.years))
        ]
        balance = found["balance"].cells
        what = "DSG balance, 31 March" if level else f"Change since {self._since()}"
        what = f"{what} (deficit negative)"
        parts = (
            ("balance", what, balance),
            (
                "with_grant",
                "With the stability grant beside it",
                found["with_grant"].cells,
            ),
            (
                "balance_shipped",
                "DSG balance as shipped" if level else "As shipped",
                shipped.of["balance"],
            ),
        )
        for key, label, cells in parts:
            until = [
                either(place <= ends, one, "")
                for place, one in zip(places, cells, strict=True)
            ]
            self.line(key, label, until, MILLIONS, bold=key == "balance")
        after = [
            either(place > ends, one, "")
            for place, one in zip(places, balance, strict=True)
        ]
        label = "Cumulative shortfall after the override: no council's balance"
        self.line("shortfall", label, after, MILLIONS)
        same = self.page.book.names["own_values"].same(0)
        gap = [
            either(same, 0, a - b)
            for a, b in zip(balance, shipped.of["balance"], strict=True)
        ]
        label = "What your values change: cumulative, against as shipped"
        self.line("gap", label, gap, MILLIONS, bold=True)

    def _since(self) -> str:
        return self.given.first.opening_year.closes_on()

    def _charts(self, shipped: Shipped) -> None:
        """Native charts, two in a row, of the cells above and of other sheets."""
        top = self.row + 2
        if self.built.balance is not None:
            self._lines(
                top,
                0,
                "Balance at 31 March; after the override the shortfall",
                [("What if", self.found["balance"]), ("As shipped", "balance")],
                shipped,
            )
            self._columns(top, 3, "High needs block and spending")
        else:
            self._lines(
                *(top, 0, "High needs spending"),
                [("What if", self.found["spending"]), ("As shipped", "spending")],
                shipped,
            )
        self._placements(top + 16, 0)
        self._lines(
            *(top + 16, 3, "New EHC plans a year"),
            [("What if", self.found["new"]), ("As shipped", "new")],
            shipped,
        )

    def _insert(
        self, chart: Any, row: int, column: int, title: str, form: str, says: str
    ) -> None:
        chart.set_title({"name": title, "name_font": {"size": 12, "bold": True}})
        chart.set_size({"width": _WIDE, "height": _HIGH})
        chart.set_legend({"position": "bottom"})
        chart.set_y_axis(
            {
                "num_format": form,
                "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9"}},
            }
        )
        # Labels stand under the chart, not across it where figures are negative.
        chart.set_x_axis({"label_position": "low"})
        place = {"description": f"{title}: {says}."}
        self.page.sheet.insert_chart(row, column, chart, place)

    def _heads(self, key: str) -> str:
        count = len(self.given.years)
        if key in ("new", "requests"):
            first, count = 2, len(self.given.ahead)
            return f"='Starts'!{_span(3, first, count)}"
        return f"='{self.page.name}'!{_span(_HEAD, _FIRST, count)}"

    def _lines(
        self, row: int, column: int, title: str, series: list[Any], shipped: Shipped
    ) -> None:
        chart = self.page.book.book.add_chart({"type": "line"})
        form = PEOPLE
        for at, (name, what) in enumerate(series):
            cells = shipped.of[what] if isinstance(what, str) else what.cells
            key = what if isinstance(what, str) else what.key
            form = PEOPLE if key == "new" else MILLIONS
            chart.add_series(
                {
                    "name": name,
                    "categories": self._heads(key),
                    "values": _reference(cells),
                    "line": {
                        "color": _COLOURS[at * 3],
                        "width": 2.5,
                        "dash_type": "dash" if at else "solid",
                    },
                    "marker": {"type": "diamond" if at else "circle", "size": 6},
                }
            )
        says = "lines by year for the scenario in use and as shipped; figures on "
        says += "the sheet Starts" if form == PEOPLE else "this sheet, above the charts"
        self._insert(chart, row, column, title, form, says)

    def _columns(self, row: int, column: int, title: str) -> None:
        chart = self.page.book.book.add_chart({"type": "column"})
        for at, (name, key) in enumerate((("Block", "block"), ("Spending", "spending"))):
            chart.add_series(
                {
                    "name": name,
                    "categories": self._heads(key),
                    "values": _reference(self.found[key].cells),
                    "fill": {"color": _COLOURS[at * 3]},
                }
            )
        says = "two columns a year, block and spending; figures on this sheet, above"
        self._insert(chart, row, column, title, MILLIONS, says)

    def _placements(self, row: int, column: int) -> None:
        chart = self.page.book.book.add_chart({"type": "column", "subtype": "stacked"})
        plans = self.built.plans
        count = len(self.given.januaries)
        for at, name in enumerate(NAMES):
            chart.add_series(
                {
                    "name": name,
                    "categories": f"='Plans by age'!{_span(3, 2, count)}",
                    "values": _reference([january[at] for january in plans.placements]),
                    "fill": {"color": _COLOURS[at]},
                }
            )
        title = "EHC plans each January by placement"
        says = f"a stack of {len(NAMES)} placements a January; figures on Plans by age"
        self._insert(chart, row, column, title, PEOPLE, says)


def plans_by_year(record: Record, built: Built) -> list[Cell]:
    """Plans of the January inside each financial year."""
    return [*(total(*row) for row in record.before[1:]), *built.plans.whole]


def results_on_inputs(
    inputs: Inputs, record: Record, built: Built, found: dict[str, Stage], failed: Cell
) -> None:
    """Show what comes out on the sheet of inputs, so that a change is seen beside it."""
    page, row = inputs.page, RESULTS_AT
    page.heading(row, "What comes out")
    page.head(row + 1, 0, ["", *(year.label for year in built.given.years)])
    rows = [("High needs spending", found["spending"].cells, MILLIONS)]
    if built.balance is not None:
        rows += [
            ("In-year position (deficit negative)", found["in_year"].cells, MILLIONS),
            ("Closing balance (deficit negative)", found["balance"].cells, MILLIONS),
        ]
    for at, (label, cells, form) in enumerate(rows, start=row + 2):
        page.put(at, 0, label)
        for column, one in enumerate(cells, start=1):
            page.put(at, column, one, form)
    at = row + 2 + len(rows)
    page.put(at, 0, "EHC plans in the January inside the year")
    for column, one in enumerate(plans_by_year(record, built), start=1):
        page.put(at, column, one, PEOPLE)
    good = either(failed.same(0), "All checks agree", joined("Checks to look at: ", failed))
    page.put(at + 1, 0, good, bold=True)


def _span(row: int, first: int, count: int) -> str:
    return xl_range_abs(row, first, row, first + count - 1)


def _reference(cells: list[Cell]) -> str:
    """The row of cells as a chart names it."""
    first, last = (formula(one, "") for one in (cells[0], cells[-1]))
    return f"{first}:{last.partition('!')[2]}"
