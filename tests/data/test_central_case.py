"""One figure in the middle: it adds up, and every output of a report prints the same one.

Outputs are read as a reader would: CSV and workbook as files, page and index as HTML.
"""

import csv
import dataclasses
import io
import re
from functools import cache
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

import highneeds as hn
from highneeds.answers.goal_seek import goal_seek
from highneeds.answers.middle import off_centre
from highneeds.answers.nation import project_nation
from highneeds.batch.index import index_page
from highneeds.panel.schema import AGE_BANDS
from highneeds.report.contents import balance_table, bridge_table, money_table, plans_table
from highneeds.report.headline import headline
from highneeds.report.headline_record import headline_of, headline_of_totals
from highneeds.report.plan_returns import plan_return_table
from highneeds.report.scenarios import scenarios_table
from highneeds.report.tables import csv_bytes
from highneeds.report.totals import totals_headline, totals_table
from highneeds.report.workbook import workbook_bytes
from highneeds.words import MINUS
from tests.batches import manifest, report

# A county; one whose balance is carried over years; one of which only the change is known.
AREAS = ("Somerset", "Buckinghamshire", "Westmorland and Furness")
DRAWS, PENNY = 100, 0.005


@cache
def scenario():
    """Every lever at once, each with a chance, and the grant; the override goes on."""
    found = hn.Scenario.load("mitigated_example")
    grant = found.policies.stability_grant.model_copy(update={"switched_on": True})
    return going_on(found, stability_grant=grant)


def going_on(found, **policies):
    """A scenario in which every balance of a run is called the authority's own."""
    later = {"override_ends": "2034-35", **policies}
    return dataclasses.replace(found, policies=found.policies.model_copy(update=later))


@cache
def projected(area):
    return hn.project(hn.load_panel(), area, scenario(), draws=DRAWS)


@cache
def results_csv(area):
    return csv_bytes(projected(area).results())


@cache
def series(area):
    """The whole of each measure by year, as a reader finds it in results.csv."""
    found = {}
    for row in rows_of(results_csv(area)):
        if row["age_band"] == row["placement"] == "all":
            found.setdefault(row["measure"], {})[row["year"]] = float(row["central"])
    return found


def rows_of(content):
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))


def sheet_of(table):
    """The rows of a table in a workbook, by heading."""
    book = workbook_bytes("A test", [], [], [table])
    sheets = CalamineWorkbook.from_filelike(io.BytesIO(book))
    rows = sheets.get_sheet_by_name(sheets.sheet_names[-1]).to_python()
    # The headings come after the title, the notes and a blank row.
    start = max(place for place, row in enumerate(rows) if not any(row)) + 1
    return [dict(zip(rows[start], row, strict=True)) for row in rows[start + 1 :]]


def cards_of(html):
    """Figures of a headline by their label, from the page."""
    return dict(
        re.findall(r'<th scope="row">(.*?)</th><td class="figure">(.*?)</td>', plain(html))
    )


def plain(html):
    """HTML without the spans in which figures are set."""
    return re.sub(r"</?span[^>]*>", "", html)


def said(pounds):
    """Pounds as the page has them, written here apart from the package."""
    return f"{MINUS if pounds < 0 else ''}£{abs(pounds) / 1e6:,.1f}m"


def published(area):
    return projected(area).record.money.balance


@pytest.mark.parametrize("area", AREAS)
def test_in_year_balances_add_up_to_the_cumulative_one(area):
    found = series(area)
    for year, gap in found["in_year_balance_gbp"].items():
        parts = (
            found["high_needs_block_before_deductions_gbp"][year]
            + found["schools_block_transfer_gbp"][year]
            - found["high_needs_spending_gbp"][year]
        )
        assert gap == pytest.approx(parts, abs=PENNY)
    added = 0
    for (_, before), (year, after) in pairwise(found["dsg_balance_gbp"].items()):
        if year in published(area):
            continue
        moved = (
            found["in_year_balance_gbp"][year]
            + found["unexplained_movement_gbp"][year]
            + found["stability_grant_gbp"][year]
        )
        assert after - before == pytest.approx(moved, abs=PENNY), year
        added += 1
    assert added >= 4
    # Every part is at work: a transfer, and a grant where there is a deficit to pay.
    assert found["schools_block_transfer_gbp"]["2028-29"] > 0
    owed = projected(area).balance_is_level and found["dsg_balance_gbp"]["2025-26"] < 0
    assert (found["stability_grant_gbp"]["2026-27"] > 0) == owed


@pytest.mark.parametrize("area", AREAS)
def test_the_bridge_adds_up_to_the_balance_that_every_other_table_prints(area):
    rows = sheet_of(bridge_table(projected(area)))
    amounts = [row["Amount (£)"] for row in rows]
    # Each of a dozen steps is written to the penny.
    assert sum(amounts[:-1]) == pytest.approx(amounts[-1], abs=PENNY * len(rows))
    exact = projected(area).bridge()
    ends = exact["kind"] == "end"
    steps, end = exact["value_gbp"][~ends].sum(), exact["value_gbp"][ends].item()
    assert steps == pytest.approx(end, abs=PENNY)
    last = list(series(area)["dsg_balance_gbp"].values())[-1]
    assert amounts[-1] == pytest.approx(last, abs=PENNY)
    assert said(last) in plain(balance_table(projected(area)).html())


@pytest.mark.parametrize("area", AREAS)
def test_plans_by_age_placement_need_and_return_add_up_to_all_plans(area):
    result, whole = projected(area), series(area)["ehc_plans"]
    parts = dict.fromkeys(whole, 0.0)
    for row in rows_of(results_csv(area)):
        if row["measure"] == "ehc_plans" and row["age_band"] in AGE_BANDS:
            parts[row["year"]] += float(row["central"])
    assert parts == pytest.approx(whole)
    mix = result.plan_mix()
    last = str(result.until.end)
    assert mix.loc[mix["year"] == last, "plans"].sum() == pytest.approx(whole[last])
    for name in ("dsg7", "lsrp14"):
        table = plan_return_table(result, name).frame
        year = table[table["year"].astype(str) == last]
        total = year.loc[year["placement"] == "Total", "plans"].item()
        assert total == round(whole[last])
        assert year.loc[year["placement"] != "Total", "plans"].sum() == total


@pytest.mark.parametrize("area", AREAS)
def test_page_workbook_csv_index_and_python_print_one_headline(area):
    result, found = projected(area), series(area)
    last = result.until.label
    balance = found["dsg_balance_gbp"][last]
    gap = found["in_year_balance_gbp"][last]
    plans = found["ehc_plans"][str(result.until.end)]
    # Python.
    assert result.central.balance[-1, 0] == pytest.approx(balance, abs=PENNY)
    assert result.balance()["central"].iloc[-1] == pytest.approx(balance, abs=PENNY)
    assert result.money()["in_year_gbp_central"].iloc[-1] == pytest.approx(gap, abs=PENNY)
    assert said(balance) in result.sentence()
    assert said(gap) in result.sentences()["gap"]
    # Page: the cards, and the last row of each table.
    closes = result.until.closes_on()
    level = result.balance_is_level
    kind = "deficit" if balance < 0 else "surplus"
    name = f"Cumulative DSG {kind} at {closes}"
    if not level:
        name = f"Change in the DSG balance to {closes}"
    cards = cards_of(headline(result).html())
    assert cards[name] == said(balance)
    assert cards[f"In-year {'deficit' if gap < 0 else 'surplus'}, {last}"] == said(gap)
    assert cards[f"EHC plans in January {result.until.end}"] == f"{plans:,.0f}"
    tables = {table.name: table for table in map(_of(result), (balance_table, money_table))}
    assert said(balance) in plain(tables["balance"].html()).split("<tr>")[-1]
    assert said(gap) in plain(tables["money"].html()).split("<tr>")[-1]
    assert f"{plans:,.0f}" in plain(plans_table(result).html()).split("<tr>")[-1]
    # Workbook.
    (row,) = (one for one in sheet_of(headline(result).table()) if one["What"] == name)
    assert row["Value"] == pytest.approx(balance, abs=PENNY)
    (central,) = (key for key in sheet_of(tables["balance"])[-1] if "entral" in key)
    assert sheet_of(tables["balance"])[-1][central] == pytest.approx(balance, abs=PENNY)
    assert sheet_of(tables["money"])[-1]["In-year position, central (£)"] == pytest.approx(
        gap, abs=PENNY
    )
    # Index.
    kept = headline_of(result, result.results())
    assert kept["balance"]["central"] == pytest.approx(balance, abs=PENNY)
    page = index_page(manifest(report(result.area.la_code, area, headline=kept)))
    shown = said(balance) if level else f"change {said(balance)}"
    assert level or balance < 0
    assert shown in page
    assert said(gap) in page


def _of(result):
    return lambda table: table(result)


def test_a_sum_is_the_sum_of_its_authorities():
    panel = hn.load_panel()
    chosen = [panel.area(name) for name in AREAS]
    nation = project_nation(panel, scenario(), areas=chosen, draws=DRAWS)
    england = nation["E92000001"]
    names = {
        "balance": "dsg_balance_gbp",
        "in_year": "in_year_balance_gbp",
        "spending": "high_needs_spending_gbp",
        "block": "high_needs_block_before_deductions_gbp",
        "grants": "stability_grant_gbp",
        "plans": "ehc_plans",
        "new": "new_ehc_plans",
    }
    table = csv_bytes(england.table())
    found = {(row["measure"], row["year"]): row for row in rows_of(table)}
    for ours, theirs in names.items():
        for year in series(AREAS[0])[theirs]:
            together = sum(series(area)[theirs][year] for area in AREAS)
            central = float(found[ours, year]["central"])
            assert central == pytest.approx(together, abs=PENNY), (ours, year)
    regions = [totals for code, totals in nation.items() if code != "E92000001"]
    assert len(regions) == 3
    for name, values in england.central.items():
        held = [one.central[name] for one in regions if name in one.central]
        np.testing.assert_allclose(values, np.sum(held, axis=0), atol=PENNY)
    assert england.placements.sum(axis=1) == pytest.approx(england.central["plans"])
    closing = england.central["balance"][-1]
    cards = cards_of(totals_headline(england).html())
    assert cards[f"Balance at {england.until.closes_on()}"] == said(closing)
    rows = [row for row in sheet_of(totals_table(england)) if "Balance" in row["What"]]
    assert rows[-1]["Central"] == pytest.approx(closing, abs=PENNY)


def test_the_index_takes_a_regions_central_case_from_its_results():
    panel = hn.load_panel()
    whole = project_nation(panel, scenario(), areas=[panel.area("Somerset")], draws=DRAWS)
    totals = whole["E12000009"]
    found = headline_of_totals(totals, totals.table())
    own = series("Somerset")["dsg_balance_gbp"]
    assert found["balance"]["central"] == pytest.approx(
        own[found["balance_year"]], abs=PENNY
    )


def test_scenarios_are_apart_by_the_difference_of_their_central_cases():
    trend = hn.project(
        hn.load_panel(), "Somerset", going_on(hn.Scenario.load()), draws=DRAWS
    )
    table = sheet_of(scenarios_table([trend, projected("Somerset")]))
    here = series("Somerset")["dsg_balance_gbp"][trend.until.label]
    there = float(trend.balance()["central"].iloc[-1])
    assert table[1]["Balance at 31 March 2030 (£)"] == pytest.approx(here, abs=PENNY)
    apart = table[1]["Difference from the first (£)"]
    assert apart == pytest.approx(here - there, abs=PENNY)


def test_what_it_would_take_balances_the_central_case():
    result = hn.project(hn.load_panel(), "Camden", draws=DRAWS)
    goal = goal_seek(result, "block_growth.later", "2028-29")
    fixed = dict.fromkeys(("low", "central", "high"), goal.value)
    assumptions = result.scenario.assumptions.replaced({goal.name: fixed}, "a test")
    changed = dataclasses.replace(result.scenario, assumptions=assumptions)
    again = hn.project(hn.load_panel(), "Camden", changed, draws=DRAWS)
    row = again.money().set_index("year").loc["2028-29"]
    assert abs(row["in_year_gbp_central"]) < 1e-4 * row["spending_gbp"]


def test_no_seed_and_no_number_of_futures_moves_the_central_case():
    other = hn.project(hn.load_panel(), "Somerset", scenario(), draws=3, seed=77)
    for field in dataclasses.fields(other.central):
        np.testing.assert_array_equal(
            getattr(other.central, field.name),
            getattr(projected("Somerset").central, field.name),
        )


def figures(*rows):
    return pd.DataFrame(rows, columns=["year", "central", "p10", "p50", "p90"])


def test_the_middle_future_is_told_where_it_is_far_from_the_central_case():
    # Of a range of 200, 15 lower is 8%; 30 lower is 15%; 24 higher is 12%.
    near = ("near", figures(("2027", 0.0, -100.0, -15.0, 100.0)), str)
    assert off_centre([near]) == ""
    far = figures(("2027", 0.0, -100.0, -15.0, 100.0), ("2028", 0.0, -100.0, -30.0, 100.0))
    high = figures(("2029", 0.0, -100.0, 24.0, 100.0))
    words = off_centre([near, ("the balance of", far, str), ("plans in", high, str)])
    assert "near" not in words
    assert "for the balance of 2028 it is lower, -30.0, by 15% of the range" in words
    assert "for plans in 2029 it is higher, 24.0, by 12% of the range" in words
    assert "multiply" in words
    # A published year has no range.
    assert off_centre([("x", figures(("2025", 5.0, 5.0, 5.0, 5.0)), str)]) == ""


def test_the_reason_counts_the_longer_sides_of_ranges_and_the_chances():
    chosen = scenario()
    longer = [
        (one.high - one.central) - (one.central - one.low)
        for one in chosen.assumptions.values()
    ]
    above, below = (sum(side * x > 1e-9 for x in longer) for side in (1, -1))
    far = figures(("2028", 0.0, -100.0, -30.0, 100.0))
    words = off_centre([("x", far, str)], chosen)
    assert f"{above} ranges of assumptions reach further above" in words
    assert f"{below} further below" in words
    assert "every measure delivered" in words
    assert "delivered" not in off_centre([("x", far, str)], hn.Scenario.load())
    # On the page among what a reader must bear in mind.
    trend = hn.project(hn.load_panel(), "Somerset", draws=DRAWS)
    wide = dataclasses.replace(
        trend,
        futures=dataclasses.replace(trend.futures, balance=trend.futures.balance - 1e9),
    )
    assert any("The middle future is not the central case" in c for c in wide.cautions)
