"""Own figures in tables, tiles and charts: whose each is, and no text of them runs."""

import csv
import io
from dataclasses import dataclass

import openpyxl
import pytest

import highneeds as hn
from highneeds.own.figures import OwnFigure, OwnFigures
from highneeds.panel.panel import Panel
from highneeds.report import contents
from highneeds.report.figures_money import plot_balance
from highneeds.report.headline import headline
from highneeds.report.own_figures import own_figures_sheet, own_figures_table
from highneeds.report.tables import Words, csv_bytes
from highneeds.report.workbook import workbook_bytes
from tests.handmade import AREA, HandMade

# What a spreadsheet, a browser or a notebook might run, in a cell that should hold words.
HOSTILE = (
    '=HYPERLINK("http://example.org","x")',
    "+cmd|' /C calc'!A0",
    "@SUM(1)",
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</td></table><h1>mine</h1>",
    "[click](javascript:alert(1))",
    "{{ 7 * 7 }} {% raw %}",
    "`__import__('os').system('x')`",
)


def own(*figures, file_name="anyshire.xlsx"):
    return OwnFigures(AREA, figures, file_name, "0" * 64)


def balance(value, at="2024-25", **words):
    return OwnFigure("dsg_balance_gbp", at, value, **words)


class Starting(HandMade):
    """A projection that starts from the authority's own balance of March 2025."""

    def balance(self):
        table = super().balance()
        mine = table["year"] == "2024-25"
        table.loc[mine, "status"] = "own"
        table.loc[mine, ["p10", "p50", "p90", "mean", "central"]] = -31e6
        return table


@pytest.fixture
def starting():
    return Starting(own=own(balance(-31e6)))


def test_the_last_balance_held_is_the_councils_own_figure(starting):
    label = "Last DSG balance held, 31 March 2025"
    (card,) = (one for one in headline(starting).cards if one.label == label)
    assert card.figure == "\N{MINUS SIGN}£31.0m"
    assert card.detail == "The authority's own figure"
    assert card.numbers == (-31e6,)


def test_an_own_balance_has_no_range_and_no_chance(starting):
    table = contents.balance_table(starting)
    row = table.frame.set_index("year").loc["2024-25"]
    assert row["basis"] == "the authority's own figure"
    assert {row["low"], row["high"], row["range"], row["chance"]} == {"[z]"}
    assert "Published, own or central" in table.html()
    assert "Published, own or central" not in contents.balance_table(HandMade()).html()


def test_the_chart_marks_own_points_and_says_so(starting):
    chart = plot_balance(starting)
    assert "diamonds are the authority's own figures" in chart.caption
    assert (
        "The authority's own balance is \N{MINUS SIGN}£31.0m (31 March 2025)" in chart.alt
    )
    markers = {line.get_marker() for line in chart.figure.axes[0].lines}
    assert "D" in markers
    named = {text.get_text() for text in chart.figure.axes[0].texts}
    assert {"Published", "Own", "Projected"} <= named
    plain = plot_balance(HandMade())
    assert "D" not in {line.get_marker() for line in plain.figure.axes[0].lines}
    assert "diamonds" not in plain.caption


def test_where_no_file_is_given_it_is_said_how_to_give_one():
    said = own_figures_table(HandMade())
    assert isinstance(said, Words)
    assert "highneeds inputs template" in repr(said)
    assert repr(own_figures_table(HandMade(own=own()))) == repr(said)


@dataclass(frozen=True)
class Beside(HandMade):
    """Figures that stand beside what is published of Kent."""

    panel: Panel | None = None

    def own_uses(self):
        return [(one, "Shown beside") for one in self.own.figures]


@pytest.fixture(scope="module")
def panel():
    return hn.load_panel()


def beside(panel, *figures, file_name="kent.csv"):
    area = panel.area("Kent")
    given = OwnFigures(area, figures, file_name, "0" * 64)
    return Beside(area=area, own=given, panel=panel)


def test_each_figure_stands_beside_the_published_one(panel):
    published = panel.figure("dsg_balance_gbp", "Kent", "2023-24").value
    found = own_figures_sheet(
        beside(
            panel,
            balance(published - 2e6, "2023-24", source="Outturn report", owner="A. Nyone"),
            OwnFigure("usable_reserves_gbp", "2024-25", 80e6, date="2025-06-12"),
            OwnFigure("unit_cost_gbp", "2024-25", 61_234, "placement/independent_special"),
            OwnFigure("ledger_gbp", "2026-10", 150e6, where="Ledger!C9"),
        )
    )
    assert found.caption == "Your own figures beside the published ones"
    rows = found.frame.set_index("period")
    first = rows.loc["31 March 2024"]
    assert first["published"] == published
    assert first["difference"] == pytest.approx(-2e6)
    assert (first["source"], first["owner"], first["date"]) == (
        *("Outturn report", "A. Nyone"),
        "not stated",
    )
    reserves = rows.loc["31 March 2025"]
    assert reserves["published"] == reserves["difference"] == "[x]"
    assert reserves["date"] == "12 June 2025"
    cells = {cell for row in found.cells() for cell in row}
    assert {"£61,234", "£80.0m", "October 2026"} <= cells
    assert any("Independent and non-maintained" in cell for cell in cells)


def test_only_what_section_251_counts_is_set_beside_its_outturn(panel):
    spent = panel.figure("s251_high_needs_net_gbp", "Kent", "2024-25").value
    figures = [
        OwnFigure("high_needs_spending_gbp", "2024-25", spent + 1e6, coverage=coverage)
        for coverage in ("net_of_direct_places", "section_251_net")
    ]
    rows = own_figures_sheet(beside(panel, *figures)).frame.set_index("measure")
    (printed,) = (row for name, row in rows.iterrows() if "as section 251" in name)
    (charged,) = (row for name, row in rows.iterrows() if "without places" in name)
    assert printed["difference"] == pytest.approx(1e6)
    assert charged["published"] == "[x]"


def test_a_page_has_totals_and_the_workbook_every_part(panel):
    parts = [
        OwnFigure("ehc_plans", "2026-11-14", 100, f"age_band_by_placement/{band}|{where}")
        for band in ("0-4", "5-10", "11-15", "16-19", "20-25", "0-4")
        for where in ("mainstream", "state_special", "elsewhere", "early_years")
        for _ in range(2)
    ]
    result = beside(panel, OwnFigure("ehc_plans", "2026-11-14", 21_000), *parts)
    page = own_figures_table(result)
    assert len(page.frame) == 1
    assert any(f"{len(parts)} figures of parts" in note for note in page.notes)
    assert len(own_figures_sheet(result).frame) == 1 + len(parts)


@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_of_a_file_runs_anywhere(panel, text):
    words = {"source": text, "owner": text, "where": text}
    result = beside(panel, balance(-1e6, **words), file_name=text)
    found = own_figures_table(result)
    for html in (found.html(), contents.cautions(result).html()):
        assert "<script" not in html
        assert "<img" not in html
        assert "<h1" not in html
        assert "<a " not in html
    book = openpyxl.load_workbook(
        io.BytesIO(workbook_bytes("A title", [("Own", text)], [text], [found]))
    )
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]
    held = [cell for cell in cells if cell.value == text]
    assert [cell.parent.title for cell in held] == ["Notes", *["Own figures"] * 2]
    assert not any(cell.hyperlink for cell in held)
    (_, row) = csv.reader(io.StringIO(csv_bytes(found.frame[["source"]]).decode()))
    assert row == [f"'{text}" if text[0] in "=+@" else text]
