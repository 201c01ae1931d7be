"""One thing has one number: every authority's outputs beside its results.csv.

Page, workbook, index and the record of a headline are read as their readers read them. How
an amount is written is said here, apart from the package.
"""

import json
import re

import pytest

import highneeds as hn
from highneeds.batch.index import index_page
from highneeds.panel.vintage import vintage
from highneeds.report.contents import balance_table, money_table, plans_table
from highneeds.report.figures_money import plot_balance, plot_money
from highneeds.report.headline import headline
from highneeds.report.headline_record import headline_bytes, headline_of
from highneeds.report.plan_returns import plan_return_table
from highneeds.report.tables import csv_bytes
from highneeds.words import MINUS
from tests.batches import manifest, report
from tests.data.test_central_case import DRAWS, plain, rows_of, sheet_of

# Half a penny, and what two roundings of it leave.
PENNY = 0.0051
AMOUNT = re.compile(rf"{MINUS}?£[\d,]+\.\dm")
AGREED = re.compile(r"Safety Valve agreement, of (£[\d,]+\.\dm) in all as published")
CARD = re.compile(
    r'<th scope="row">(.*?)</th><td class="figure">(.*?)</td><td class="text">(.*?)</td>'
)
RANGE = re.compile(r"8 in 10 futures: (\S+) to (\S+?)(?:;|$)")
# What a card is of, by how its label begins, and how its period is read.
IN_YEAR = re.compile(r"In-year (?:deficit|surplus), (\d{4}-\d\d)")
BALANCE = re.compile(
    r"(?:Cumulative DSG (?:deficit|surplus) at|Change in the DSG balance to) "
    r"31 March (\d{4})(?:, (with|without) the announced grant)?"
)
PLANS = re.compile(r"EHC plans in January (\d{4})")
REGIONS = [one.la_code for one in hn.load_panel().geography.regions()]


class Series:
    """The whole of each measure by year, as a reader finds it in results.csv."""

    def __init__(self, result):
        self.rows = {
            (row["measure"], row["year"]): row
            for row in rows_of(csv_bytes(result.results()))
            if row["age_band"] == row["placement"] == "all"
        }

    def of(self, measure):
        """Rows of a measure, by year."""
        return ((year, row) for (name, year), row in self.rows.items() if name == measure)

    def at(self, measure, year, column="central"):
        found = self.rows[measure, year][column]
        return float(found) if found else None

    def balance(self, year, column="central", *, grant=False):
        """After the override ends it is called a shortfall, and is the same sum."""
        ending = "_with_grant_gbp" if grant else "_gbp"
        for name in ("dsg_balance", "cumulative_shortfall"):
            if (name + ending, year) in self.rows:
                return self.at(name + ending, year, column)
        return None


def financial(end):
    return f"{int(end) - 1}-{int(end) % 100:02d}"


def said(pounds):
    """Pounds as the page has them; what rounds to nothing has no sign."""
    sign = MINUS if round(pounds / 1e6, 1) < 0 else ""
    return f"{sign}£{abs(pounds) / 1e6:,.1f}m"


def people(number):
    return f"{round(number):,}"


def of_card(label, series):
    """What a card is to print, and how: a function of the column of results.csv."""
    if found := IN_YEAR.match(label):
        return said, lambda column: series.at("in_year_balance_gbp", found[1], column)
    if found := BALANCE.match(label):
        year, grant = financial(found[1]), found[2] == "with"
        return said, lambda column: series.balance(year, column, grant=grant)
    if found := PLANS.match(label):
        return people, lambda column: series.at("ehc_plans", found[1], column)
    return None


def cards_agree(result, series):
    """Every card is its number of results.csv, and no sentence has another."""
    page = plain(headline(result).html())
    cards = CARD.findall(page)
    known = 0
    for label, figure, how in cards:
        if of := of_card(label, series):
            write, number = of
            assert figure == write(number("central")), label
            for low, high in RANGE.findall(how):
                assert (low, high) == (write(number("p10")), write(number("p90"))), label
            known += 1
    assert known >= (6 if result.has_money else 1)
    amounts = set(AMOUNT.findall(" ".join(" ".join(card) for card in cards)))
    lead = re.search(r'<p class="hn-lead">(.*?)</p>', page)[1]
    agreed = AGREED.findall(lead)  # published, of all its years, and on no card
    assert set(AMOUNT.findall(lead)) <= amounts | set(agreed), lead
    assert lead == result.sentence()
    return dict(card[:2] for card in cards)


def rows_shown(table):
    """Rows of a table on the page: the first cell, then each cell by its heading."""
    for row in plain(table.html()).split("<tr>")[2:]:
        first = re.search(r'<th scope="row">(.*?)</th>', row)[1]
        yield first, dict(re.findall(r'data-label="([^"]*)">(.*?)</td>', row))


def beside(table, period):
    """Rows of a table, by period: as the page shows them, and as the workbook has them."""
    for (first, cells), sheet in zip(rows_shown(table), sheet_of(table), strict=True):
        yield re.match(period, first)[1], cells, sheet


def balances_agree(result, series):
    """The table of balances, row by row; the chances that it shows, by year."""
    chances, compared = {}, 0
    for march, cells, sheet in beside(balance_table(result), r"31 March (\d{4})"):
        year = financial(march)
        chances[march] = cells.get("Chance of a deficit")
        central = series.balance(year)
        # Of two authorities only changes of the balance are known.
        (column,) = (one for one in cells if "entral" in one and "grant" not in one)
        if central is None or not cells[column]:
            continue
        assert cells[column] == said(central), march
        assert sheet[f"{column} (£)"] == pytest.approx(central, abs=PENNY)
        if cells["8 in 10 futures"]:
            ends = [series.balance(year, one) for one in ("p10", "p90")]
            assert cells["8 in 10 futures"] == " to ".join(map(said, ends))
            printed = [sheet["Low (£)"], sheet["High (£)"]]
            assert printed == pytest.approx(ends, abs=PENNY)
        compared += 1
    assert compared >= 4
    return chances


def money_agrees(result, series):
    """The table of block, spending and in-year position, row by row."""
    for year, cells, sheet in beside(money_table(result), r"(\d{4}-\d\d)"):
        for heading, measure in (
            ("Block", "high_needs_block_before_deductions_gbp"),
            ("Spending", "high_needs_spending_gbp"),
            ("In-year position, central", "in_year_balance_gbp"),
        ):
            central = series.at(measure, year)
            assert cells[heading] == said(central), (year, heading)
            assert sheet[f"{heading} (£)"] == pytest.approx(central, abs=PENNY)


def plans_agree(result, series):
    """The table of plans, and the totals of both government returns."""
    known, column = dict(series.of("ehc_plans")), "Published or central"
    for year, cells, sheet in beside(plans_table(result), r"(\d{4})"):
        if year in known:
            central = float(known.pop(year)["central"])
            assert cells[column] == people(central)
            assert round(sheet[column]) == round(central)
    assert not known
    for name in ("dsg7", "lsrp14"):
        frame = plan_return_table(result, name).frame
        total = frame[frame["placement"] == "Total"]
        for year, plans in zip(total["year"], total["plans"], strict=True):
            whole = round(series.at("ehc_plans", str(year)))
            assert plans == pytest.approx(whole), (name, year)


def titles_agree(result, series):
    """Charts' titles have no amount that results.csv has not."""
    known = {
        said(abs(float(row[column])))
        for row in series.rows.values()
        for column in ("central", "p10", "p90")
        if row["unit"] == "£" and row[column]
    }
    for chart in (plot_balance(result), plot_money(result)):
        shown = {one.removeprefix(MINUS) for one in AMOUNT.findall(chart.title)}
        assert shown, chart.title
        assert shown <= known, chart.title


def records_agree(result, series):
    """The record of the headline, and the index of a batch, which is made from it."""
    kept = json.loads(headline_bytes(headline_of(result, result.results())))
    plans = [series.at("ehc_plans", year) for year in kept["plans_years"]]
    assert kept["plans"] == pytest.approx(plans)
    job = report(result.area.la_code, result.area.name, headline=kept)
    index = index_page(manifest(job))
    assert people(plans[-1]) in index
    if not result.has_money:
        return
    year = kept["balance_year"]
    for column in ("central", "p10", "p90"):
        assert kept["balance"][column] == pytest.approx(series.balance(year, column))
    if kept["balance_with_grant"] is not None:
        with_grant = series.balance(year, grant=True)
        assert kept["balance_with_grant"] == pytest.approx(with_grant)
    assert kept["gap"] == pytest.approx(series.at("in_year_balance_gbp", kept["until"]))
    assert said(series.balance(year)) in index
    assert said(kept["gap"]) in index


@pytest.mark.slow
@pytest.mark.parametrize("region", REGIONS)
def test_every_authority_prints_one_number_for_one_thing(region):
    panel = hn.load_panel()
    areas = panel.geography.members(region, vintage(panel).census.end)
    assert areas
    for area in areas:
        result = hn.project(panel, area, draws=DRAWS)
        series = Series(result)
        cards = cards_agree(result, series)
        plans_agree(result, series)
        records_agree(result, series)
        if result.has_money:
            chances = balances_agree(result, series)
            money_agrees(result, series)
            titles_agree(result, series)
            for label, shown in cards.items():
                if label.startswith("Chance of a deficit"):
                    assert chances[label[-4:]] == shown, area
