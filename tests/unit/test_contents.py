"""What a report's tables and charts say: of few plans, of a change, on page and sheet."""

import dataclasses
import io
from types import SimpleNamespace

import numpy as np
import openpyxl
import pandas as pd
import pytest

from highneeds.answers.beside_others import Growth
from highneeds.panel.vintage import Vintage
from highneeds.periods import CalendarYear, Census, FinancialYear, MidYear
from highneeds.record.money import MoneyRecord, years_lacking
from highneeds.report import contents, record_tables
from highneeds.report.assumptions import spreads_table
from highneeds.report.figures_money import plot_balance, plot_bridge, plot_money
from highneeds.report.figures_plans import plot_growth, plot_mix
from highneeds.report.headline import headline
from highneeds.report.similar_areas import _figure
from highneeds.report.tables import Table, Words
from highneeds.report.workbook import sheet_name, workbook_bytes
from highneeds.words import possessive
from tests.handmade import HandMade, handmade_growth


@dataclasses.dataclass(frozen=True)
class ChangeOnly(HandMade):
    """No balance is known: only what it changes by from 31 March 2024."""

    balance_basis: str = "Change since 31 March 2024."

    def balance(self):
        table = super().balance()
        return table[table["status"] != "observed"].assign(chance_of_deficit=np.nan)

    def bridge(self):
        # -8 - 24 + 12 - 20 - 10 = -50
        table = super().bridge().iloc[1:]
        last = table.index[-1]
        table.loc[last, ["label", "value_gbp"]] = [
            "Change from 31 March 2024 to 31 March 2028",
            -50e6,
        ]
        return table.reset_index(drop=True)


@dataclasses.dataclass(frozen=True)
class Few(HandMade):
    """A hundredth of the plans, and a half of those: 21 in January 2025."""

    def plan_mix(self):
        table = super().plan_mix()
        return table.assign(plans=table["plans"] / 200)

    def plans(self):
        table = super().plans()
        numbers = ["central", "p10", "p50", "p90", "mean"]
        return table.assign(**{name: table[name] / 200 for name in numbers})


def rows_of(table):
    """The table's own rows on its sheet, the heading first."""
    content = workbook_bytes("T", [], [], [table])
    sheet = openpyxl.load_workbook(io.BytesIO(content))[sheet_name(table)]
    return [list(row) for row in sheet[next(iter(sheet.tables.values())).ref]]


def values_of(table):
    return [[cell.value for cell in row] for row in rows_of(table)]


@pytest.mark.parametrize("made", [contents.balance_table, contents.plans_table])
def test_a_published_year_has_no_range_on_the_sheet_either(made):
    heading, *rows = values_of(made(HandMade()))
    low, high = (
        next(place for place, text in enumerate(heading) if text.startswith(name))
        for name in ("Low", "High")
    )
    for row in rows:
        if row[1] == "published":
            assert [row[low], row[high]] == ["[z]", "[z]"]
        else:
            assert row[low] < row[high]


def test_the_chance_on_the_sheet_is_that_of_the_page():
    table = contents.balance_table(HandMade())
    page = [cells[-1] for cells in table.cells()]
    sheet = [row[-1] for row in values_of(table)[1:]]
    assert page == sheet == ["[z]"] * 3 + ["more than 99%"] * 4


def test_a_chance_that_the_draws_can_tell_is_a_number_on_the_sheet():
    @dataclasses.dataclass(frozen=True)
    class Unsure(HandMade):
        def balance(self):
            return super().balance().assign(chance_of_deficit=0.56)

    table = contents.balance_table(Unsure())
    assert table.cells()[-1][-1] == "56%"
    assert values_of(table)[-1][-1] == pytest.approx(0.56)


def test_a_step_up_carries_its_plus_in_the_table_as_in_the_chart():
    table = contents.bridge_table(HandMade())
    amounts = {label: amount for label, amount, _ in table.cells()}
    assert amounts["Growth of the block"] == "+£12.0m"
    assert amounts["At 31 March 2024"] == "−£20.0m"
    assert "Growth of the block +£12.0m" in plot_bridge(HandMade()).alt
    assert {row[0]: row[1] for row in values_of(table)}["Growth of the block"] == 12_000_000


def test_a_change_has_no_opening_balance_that_could_be_quoted():
    result = ChangeOnly()
    chart, table = plot_bridge(result), contents.bridge_table(result)
    said = " ".join([chart.title, chart.alt, chart.caption, repr(table)])
    assert "£0.0m" not in said
    assert "from 31 March 2024 to 31 March 2028" in chart.title
    assert "falls by £50.0m" in chart.title
    assert "Grey bars are balances" not in chart.caption
    assert table.cells()[0][0] == "Gap in 2024-25"
    assert "opening" not in table.caption
    assert "A negative balance is a deficit." not in table.notes


def test_bars_of_a_change_start_from_nothing_and_end_at_the_whole():
    axes = plot_bridge(ChangeOnly()).figure.axes[0]
    bars = [(bar.get_x(), bar.get_width()) for bar in axes.patches]
    # Each from where the last ended: -8, -24, +12, -20, -10; then the whole, from 0.
    assert bars == [(0, -8), (-8, -24), (-32, 12), (-20, -20), (-40, -10), (0, -50)]


def test_a_change_is_called_one_in_the_table_of_balances():
    table = contents.balance_table(ChangeOnly())
    assert table.caption.startswith("Change in the balance of Anyshire")
    assert "Chance of a deficit" not in repr(table)
    assert "Line chart of the change in the balance" in plot_balance(ChangeOnly()).alt


def test_the_central_gap_stands_under_its_year_and_at_no_end_of_its_line():
    axes = plot_money(HandMade()).figure.axes[0]
    # Blocks 80, 82, 84, 86 less spending 88, 92, 96, 100.
    assert [label.get_text() for label in axes.get_xticklabels()] == [
        "2024-25\n−£8.0m",
        "2025-26\n−£10.0m",
        "2026-27\n−£12.0m",
        "2027-28\n−£14.0m",
    ]
    assert not [text for text in axes.texts if "£" in text.get_text()]


def test_of_few_plans_no_share_and_no_largest_rise_is_said():
    chart, table = plot_mix(Few()), contents.mix_table(Few())
    assert "largest rise" not in chart.title
    assert "%" not in chart.title + chart.alt + " ".join(
        text.get_text() for text in chart.figure.axes[0].texts
    )
    assert {cells[-1] for cells in table.cells()} == {"too few"}
    assert any("fewer than 30 plans" in note for note in table.notes)
    assert "largest rise" in plot_mix(HandMade()).title


def test_modelled_plans_are_whole_on_the_sheet():
    for table in (contents.plans_table(Few()), contents.mix_table(Few())):
        numbers = [
            value
            for row in values_of(table)[1:]
            for value in row
            if not isinstance(value, str)
        ]
        assert numbers
        assert all(value == round(value) for value in numbers)


def test_growth_of_few_plans_is_neither_drawn_nor_worked_out():
    found = handmade_growth()
    mine = found.table["series"] == "area"
    table = found.table.assign(
        plans=found.table["plans"].where(~mine, found.table["plans"] / 50)
    )
    few = Growth(found.area, found.base, table)  # 20 plans in January 2015
    assert isinstance(plot_growth(few), Words)
    assert "20 plans in January 2015" in repr(plot_growth(few))
    own, region, *_ = record_tables.growth_table(few).cells()
    assert own == ["Anyshire", "20", "40", "too few"]
    assert region[-1] == "75.0%"


def test_log_odds_are_not_shown_as_a_percentage():
    found = pd.DataFrame(
        [
            ("Spread of plans ending", np.nan, 0.306, "share, standard deviation", "R"),
            ("Special schools or not, log odds", np.nan, 0.3142, "log odds", "R"),
            ("An assumption", 1.0, 2.0, "ratio", "R"),
        ],
        columns=["title", "low", "central", "unit", "source"],
    )
    table = spreads_table(SimpleNamespace(assumptions=lambda: found))
    assert table.cells() == [
        ["Spread of plans ending", "30.6%"],
        ["Special schools or not, log odds", "0.31"],
    ]
    assert any("log odds" in note for note in table.notes)
    heading, *rows = rows_of(table)
    assert [cell.value for cell in heading] == ["Spread", "Estimate", "Unit", "Source"]
    assert [cell.value for cell in rows[1]][1:3] == [pytest.approx(0.3142), "log odds"]
    assert "%" not in rows[1][1].number_format


def test_the_headline_sheet_holds_numbers():
    heading, *rows = rows_of(headline(HandMade()).table())
    assert [cell.value for cell in heading][:4] == ["What", "Value", "Low", "High"]
    by_name = {row[0].value: row[1:4] for row in rows}
    money = by_name["Cumulative DSG deficit at 31 March 2028"]
    assert [cell.value for cell in money] == [-70_000_000, -79_000_000, -61_000_000]
    assert all("£" in cell.number_format for cell in money)
    plans = by_name["EHC plans in January 2028"]
    assert [cell.value for cell in plans] == [5_100, 4_950, 5_250]
    assert [cell.value for cell in by_name["Last DSG balance held, 31 March 2024"]] == [
        *(-20_000_000, "[z]", "[z]")
    ]
    chance = by_name["Chance of a deficit at 31 March 2028"]
    assert chance[0].value == "more than 99%"


def test_a_headline_without_numbers_has_no_empty_columns():
    found = headline(HandMade())
    bare = [dataclasses.replace(card, numbers=()) for card in found.cards]
    table = dataclasses.replace(found, cards=tuple(bare)).table()
    assert [column.heading for column in table.columns] == [
        *("What", "As the page says it", "How sure")
    ]


def test_the_headline_says_how_the_last_balance_is_known():
    @dataclasses.dataclass(frozen=True)
    class Derived(HandMade):
        def balance(self):
            table = super().balance()
            return table.assign(status=table["status"].replace("observed", "derived"))

    for result, said in (
        (HandMade(), "Published"),
        (Derived(), "Derived from published figures"),
    ):
        cards = {card.label: card.detail for card in headline(result).cards}
        assert cards["Last DSG balance held, 31 March 2024"] == said


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (9.556168, "% a year", "9.6% a year"),
        (-3.852421, "% of the grant", "−3.9% of the grant"),
        (1230.051, "£", "£1,230"),
        (720.1, "£", "£720"),
        (3.45993, "per 100 pupils", "3.5 per 100 pupils"),
    ],
)
def test_a_measure_of_pressure_has_a_sensible_number_of_decimals(value, unit, said):
    assert _figure(value, unit) == said


def test_an_owner_that_ends_in_s_takes_an_apostrophe_alone():
    assert possessive("Tower Hamlets") == "Tower Hamlets'"
    assert possessive("Kent") == "Kent's"


def test_sheets_of_returns_have_names_a_finance_officer_knows():
    names = {
        name: sheet_name(Table(name, "", (), pd.DataFrame())) for name in ("dsg7", "lsrp14")
    }
    assert names == {"dsg7": "DSG plan placements", "lsrp14": "SEND reform plan placements"}
    assert all(len(name) <= 31 for name in names.values())  # Excel's limit


NOW = Vintage(
    census=Census(2025),
    flows=CalendarYear(2024),
    year=FinancialYear(2025),
    block=FinancialYear(2024),
    balance=FinancialYear(2024),
    lines=FinancialYear(2022),
    population=MidYear(2023),
    newer=(),
)


def money(balance, block=("2022-23", "2023-24")):
    return MoneyRecord(
        block_before=dict.fromkeys(block, 1.0),
        block_after=dict.fromkeys(block, 1.0),
        spending={"2024-25": 1.0},
        balance=dict.fromkeys(balance, -1.0),
        balance_status=dict.fromkeys(balance, "observed"),
        outturn_year=FinancialYear(2025),
        places_gbp=1.0,
        services_share=0.1,
    )


BLOCK_GAP = "holds no high needs block by authority after 2023-24"


@pytest.mark.parametrize(
    ("balance", "said"),
    [
        (["2021-22", "2022-23", "2023-24"], []),
        (["2020-21", "2021-22", "2023-24"], ["no DSG balance of Kent at 31 March 2023"]),
        (["2020-21", "2021-22"], ["no DSG balance of Kent after 31 March 2022"]),
        (
            ["2019-20", "2021-22"],
            [
                "no DSG balance of Kent at 31 March 2021",
                "no DSG balance of Kent after 31 March 2022",
            ],
        ),
        # That none is held at all is said by `money_record`.
        ([], []),
    ],
)
def test_years_that_the_record_lacks_are_named(balance, said):
    found = [gap.what for gap in years_lacking("Kent", money(balance), NOW)]
    assert len(found) == len(said) + 1
    for words, expected in zip(found, [*said, BLOCK_GAP], strict=True):
        assert expected in words


def test_a_stale_balance_says_which_years_were_carried():
    stale, _ = years_lacking("Kent", money(["2021-22"]), NOW)
    assert "2022-23 and 2023-24 were worked out" in stale.done


def test_a_record_up_to_the_base_year_lacks_nothing():
    assert years_lacking("Kent", money(["2023-24"], ["2023-24", "2024-25"]), NOW) == []
    none = contents.missing_figures(SimpleNamespace(gaps=()))
    assert none.sentences == ("No published figure that this report needs is missing.",)
