"""The clock: what a projection starts from when an edition is added or a figure is missing.

Every edition here is made up from the shipped figures, so that what must follow is
arithmetic: a block half as large again, a balance of −£60.0m, a January like the last.
"""

import dataclasses
import itertools
from functools import cache

import numpy as np
import pandas as pd
import pytest

import highneeds as hn
from highneeds.answers.needs import plans_by_need
from highneeds.errors import ModelError
from highneeds.model.funding import carried_years
from highneeds.model.nation import MONEY_SERIES, PLAN_SERIES
from highneeds.panel.reorganisation import Reorganisation
from highneeds.panel.vintage import vintage
from highneeds.periods import Census, FinancialYear
from highneeds.record.combined import opening_record
from highneeds.record.opening import area_record
from highneeds.record.spread import spreads
from highneeds.report.answers import Report
from highneeds.report.wording import STATUS_WORDS
from highneeds.status import Status
from tests.added import (
    BALANCE,
    BLOCK,
    OUTTURN,
    PLANS,
    earlier,
    figures,
    following,
    next_block,
    next_census,
    with_rows,
)

KENT, CODE = "Kent", "886"
DRAWS = 40
# The block of the base year half as large again as that of the year before.
HALF_MORE = 1.5
# Headings of columns that say which figure a row of a report's table is.
KEYS = (
    "Age band",
    "At",
    "Financial year",
    "Framework",
    "January",
    "Measure",
    "Placement",
    "Primary need",
    "Year",
)
EDITIONS = {
    "census": lambda: next_census(),
    "block": lambda: next_block("2024-25", "2023-24", HALF_MORE),
    "balance": lambda: figures(BALANCE, "2024-25", {CODE: -60e6}),
    "outturn": lambda: following(OUTTURN, after="2024-25", year="2025-26", factor=1.1),
}


@cache
def edition(*names):
    return with_rows("+".join(names), *(EDITIONS[name]() for name in names))


def projected(panel, area=KENT, **how):
    return hn.project(panel, area, draws=DRAWS, seed=3, **how)


def years_of(table):
    return table["year"].tolist()


@pytest.fixture(scope="module")
def shipped():
    return projected(earlier())


def test_a_new_census_is_shown_once_and_becomes_the_base(shipped):
    result = projected(edition("census"))
    now = result.vintage
    assert (now.census, now.before, now.flows.end) == (Census(2026), Census(2025), 2025)
    # Money keeps a clock of its own: no outturn was added.
    assert now.year == shipped.vintage.year == FinancialYear(2025)
    plans = result.plans().set_index("year")
    assert plans.index.is_unique
    # The same plans again, whatever the model had thought.
    before = shipped.plans().set_index("year").loc["2025", "central"]
    assert plans.loc["2026", "central"] == before
    assert plans.loc["2026", "status"] == "observed"
    assert plans.loc["2027", "status"] == "projected"
    assert result.futures.stock.shape[0] == 2030 - 2026 + 1


def test_new_plans_of_a_published_year_are_the_published_ones():
    # Twice the new plans of 2024 are published for 2025, of every age and placement.
    new = following("new_ehc_plans", after="2024", year="2025", factor=2.0)
    result = projected(with_rows("new", next_census(), new))
    found = result.results().query("measure == 'new_ehc_plans'")
    assert "2025" not in set(found["year"])
    twice = 2 * result.panel.figure("new_ehc_plans", KENT, "2024").value
    assert result.record.counted_new.tolist() == [twice]


def test_the_years_between_are_priced_on_published_plans(shipped):
    result = projected(edition("census"))
    money = result.money().set_index("year")
    assert money.loc["2025-26", "spending_status"] == "estimated"
    assert money.loc["2026-27", "spending_status"] == "projected"
    # Central prices, no swing: 5/12 of January 2025's plans and 7/12 of January 2026's.
    calm = calmed(result)
    unit = np.array(
        [
            calm.scenario.assumptions[f"unit_cost_{name}_gbp"].central
            for name in hn_placements()
        ]
    )
    price = np.full(7, 1.03)
    price[2] = 1.043
    a, b, c = (
        calm.record.stock_before[0],
        calm.record.stock_before[1],
        calm.record.stock.sum(axis=0),
    )
    services = calm.record.money.services_share * calm.record.money.spending["2024-25"]
    base = calm.futures.spending[0, 0]
    level = (base - services) / ((a * 5 + b * 7) / 12 @ unit)
    expected = level * ((b * 5 + c * 7) / 12 @ (unit * price)) + services * 1.03
    assert calm.futures.spending[1, 0] == pytest.approx(expected)
    assert any("Spending of 2025-26 is estimated" in said for said in result.cautions)
    # The January before the base year's own still counts in it.
    np.testing.assert_allclose(a, shipped.record.stock_before[0])


def hn_placements():
    from highneeds.record.cells import MODEL_PLACEMENTS

    return MODEL_PLACEMENTS


def calmed(result):
    """The same with the central case alone, and no appeals beyond today's."""
    none = {"appeal_growth": {"low": 0.0, "central": 0.0, "high": 0.0}}
    scenario = dataclasses.replace(
        result.scenario, assumptions=result.scenario.assumptions.replaced(none, "calm")
    )
    quiet = dataclasses.replace(result, scenario=scenario)
    return dataclasses.replace(quiet, futures=quiet.central)


def test_levers_index_from_the_base_year_whatever_the_census():
    # The lever of 2026-27 meets the plans of calendar 2026, on the old base and the new.
    scenario = hn.Scenario.load("mitigated_example")
    calm = {}
    for name, panel in (
        ("old", earlier()),
        ("new", with_rows("still", next_census())),
    ):
        result, without = (
            hn.project(panel, KENT, chosen, draws=1)
            for chosen in (scenario, dataclasses.replace(scenario, measures=()))
        )
        requests = result.central.requests / without.central.requests
        first = result.vintage.census.end
        calm[name] = {first + step: float(row[0]) for step, row in enumerate(requests)}
    assert 2025 not in calm["new"]
    for year, factor in calm["new"].items():
        assert factor == pytest.approx(calm["old"][year])
    assert min(calm["new"].values()) < 1


def test_a_newly_held_block_is_used_shown_as_published_and_grown_from(shipped):
    result = projected(edition("block"))
    block = result.panel.figure(BLOCK, KENT, "2023-24").value
    money = result.money().set_index("year")
    assert money.loc["2024-25", "block_gbp"] == pytest.approx(HALF_MORE * block)
    assert money.loc["2024-25", "block_status"] == "observed"
    assert money.loc["2025-26", "block_status"] == "projected"
    # Growth of 2025-26 is 7.1% in the middle.
    calm = calmed(result)
    assert calm.futures.block[1, 0] == pytest.approx(HALF_MORE * block * 1.071)
    assert "a published block" in result.sentences()["gap"]
    assert "an estimated block" in shipped.sentences()["gap"]
    assert any(said.startswith("From 2025-26 the block is") for said in result.cautions)
    assert any(said.startswith("From 2024-25 the block is") for said in shipped.cautions)
    assert not any("block by authority" in gap.what for gap in result.gaps)
    assert any("block by authority after 2023-24" in gap.what for gap in shipped.gaps)


def test_a_block_beyond_the_base_year_leaves_the_year_between_estimated():
    result = projected(with_rows("later-block", next_block("2025-26", "2023-24", 2.0)))
    money = result.money().set_index("year")
    assert money["block_status"].tolist()[:3] == ["estimated", "observed", "projected"]
    block = result.panel.figure(BLOCK, KENT, "2023-24").value
    assert money.loc["2025-26", "block_gbp"] == pytest.approx(2 * block)
    assert calmed(result).futures.block[0, 0] == pytest.approx(1.047 * block)
    assert any(gap.what.endswith("block of Kent for 2024-25.") for gap in result.gaps)


def test_a_balance_of_the_base_year_is_shown_once_and_counted_once():
    result = projected(edition("balance"))
    balance = result.balance().set_index("year")
    assert balance.index.is_unique
    assert balance.loc["2024-25", ["central", "p10", "p50", "p90"]].tolist() == [-60e6] * 4
    assert balance.loc["2024-25", "status"] == "observed"
    futures = result.futures
    change = futures.in_year[1] + futures.unexplained[1]
    np.testing.assert_allclose(futures.balance[1], -60e6 + change)
    bridge = result.bridge()
    assert bridge["value_gbp"].iloc[0] == -60e6
    assert bridge["label"].iloc[0] == "At 31 March 2025"
    assert bridge["value_gbp"].iloc[:-1].sum() == pytest.approx(
        bridge["value_gbp"].iloc[-1]
    )
    assert "31 March 2025, was a deficit of £60.0m" in result.sentences()["record"]


def test_a_balance_beyond_the_base_year_stands_and_the_projection_goes_on_from_it():
    panel = with_rows("later-balance", figures(BALANCE, "2025-26", {CODE: 9e6}))
    result = projected(panel)
    balance = result.balance().set_index("year")
    assert balance.index.is_unique
    assert balance["status"].tolist()[-6:-3] == ["estimated", "observed", "projected"]
    assert balance.loc["2025-26", "central"] == 9e6
    futures = result.futures
    np.testing.assert_allclose(
        futures.balance[2], 9e6 + futures.in_year[2] + futures.unexplained[2]
    )
    bridge = result.bridge()
    assert bridge["value_gbp"].iloc[:-1].sum() == pytest.approx(
        bridge["value_gbp"].iloc[-1]
    )
    with pytest.raises(ModelError, match="expected 2026-27"):
        projected(panel, until="2025-26")


def test_a_first_balance_is_worked_back_from(shipped):
    # Cumberland has none; one of March 2026 says what March 2025 would have been.
    panel = with_rows("first-balance", figures(BALANCE, "2025-26", {"942": -20e6}))
    result = projected(panel, "Cumberland")
    assert result.balance_is_level
    futures = result.futures
    np.testing.assert_allclose(futures.balance[1], -20e6)
    change = futures.in_year[1] + futures.unexplained[1]
    np.testing.assert_allclose(futures.balance[0] + change, -20e6)


def test_a_new_outturn_becomes_the_base_once_its_january_is_published():
    result = projected(edition("census", "outturn"))
    assert result.vintage.year == FinancialYear(2026)
    assert result.until == FinancialYear(2031)
    money = result.record.money
    spent = result.panel.figure(OUTTURN, KENT, "2024-25").value * 1.1
    assert money.spending["2025-26"] == pytest.approx(spent)
    assert years_of(result.money()) == [
        FinancialYear(end).label for end in range(2026, 2032)
    ]
    assert result.record.stock_before.shape == (1, 7)


def test_an_outturn_ahead_of_its_january_sets_every_futures_spending():
    result = projected(edition("outturn"))
    assert result.vintage.year == FinancialYear(2025)
    assert (OUTTURN, FinancialYear(2026)) in result.vintage.newer
    calm = calmed(result)
    money = calm.record.money
    direct = (money.block_before["2023-24"] - money.block_after["2023-24"]) * 1.047 * 1.071
    expected = money.spending["2025-26"] + money.places_gbp + direct
    assert calm.futures.spending[1, 0] == pytest.approx(expected)
    # In futures with more plans each costs less: all spend what was spent but for places.
    assert np.ptp(result.futures.stock[1].sum(axis=(0, 1))) > 0
    parts = ("volume", "mix", "price", "services", "other", "rolled_cost")
    change = sum(getattr(result.futures, name)[2] for name in parts)
    np.testing.assert_allclose(
        change, result.futures.spending[2] - result.futures.spending[0]
    )
    assert any("outturn of 2025-26 is published" in said for said in result.cautions)


def test_an_older_outturn_is_priced_forward_on_its_own_plans_and_said():
    missing = figures(OUTTURN, "2024-25", {CODE: None})
    result = projected(with_rows("no-outturn", missing))
    record = result.record
    assert record.money.outturn_year == FinancialYear(2024)
    # January 2023, for the year it opens, and January 2024.
    assert record.stock_before.shape == (2, 7)
    calm = calmed(result)
    unit = np.array(
        [
            calm.scenario.assumptions[f"unit_cost_{name}_gbp"].central
            for name in hn_placements()
        ]
    )
    a, b, c = *record.stock_before, record.stock.sum(axis=0)
    money = record.money
    direct = money.block_before["2023-24"] - money.block_after["2023-24"]
    spent = money.spending["2023-24"] + money.places_gbp + direct
    services = money.services_share * money.spending["2023-24"]
    level = (spent - services) / ((a * 5 + b * 7) / 12 @ unit)
    price = np.full(7, 1.03)
    price[2] = 1.043
    expected = level * ((b * 5 + c * 7) / 12 @ (unit * price)) + services * 1.03
    assert calm.futures.spending[0, 0] == pytest.approx(expected)
    assert np.ptp(result.futures.spending[0]) > np.ptp(
        projected(earlier()).futures.spending[0]
    )
    [gap] = [gap for gap in result.gaps if "no section 251 outturn" in gap.what]
    assert gap.what.endswith("Kent after 2023-24.")
    assert "carried to 2024-25" in gap.done


def test_a_january_total_alone_is_used_shown_once_and_gone_on_from():
    panel = with_rows("total", figures(PLANS, "2026", {CODE: 25_000.0}))
    result = projected(panel)
    assert result.vintage.census == Census(2025)
    plans = result.plans().set_index("year")
    assert plans.index.is_unique
    assert plans.loc["2026", ["central", "p10", "p50", "p90"]].tolist() == [25_000.0] * 4
    assert plans.loc["2026", "status"] == "observed"
    np.testing.assert_allclose(result.futures.stock[1].sum(axis=(0, 1)), 25_000)
    mix = result.plan_mix()
    assert set(mix.loc[mix["year"] == "2026", "status"]) == {"estimated"}
    usual = projected(earlier()).plans().set_index("year").loc["2030", "central"]
    assert plans.loc["2030", "central"] > usual
    assert any("January 2026 are published in total only" in s for s in result.cautions)


def test_flows_published_alone_stand_in_place_of_projected_ones():
    flows = [
        figures(name, "2025", {CODE: value})
        for name, value in (
            ("new_ehc_plans", 4_001.0),
            ("ceased_ehc_plans", 1_002.0),
            ("ehc_assessment_requests", 5_003.0),
        )
    ]
    result = projected(with_rows("flows", *flows))
    found = result.futures
    assert (found.new[0] == 4_001).all()
    assert (found.ended[0] == 1_002).all()
    assert (found.requests[0] == 5_003).all()
    assert np.ptp(found.requests[1]) > 0
    assert (
        "Published totals of 2025 stand in place of projected ones: requests, new plans, "
        "ended plans."
    ) in result.cautions


@pytest.mark.slow
def test_editions_give_the_same_whatever_the_order_they_are_added_in():
    orders = list(itertools.permutations(EDITIONS))
    first, last = (projected(edition(*orders[at])) for at in (0, -1))
    pd.testing.assert_frame_equal(first.results(), last.results())
    assert first.cautions == last.cautions


# The others are within these.
@pytest.mark.parametrize(
    "names",
    [
        ("census",),
        ("block", "balance"),
        ("outturn",),
        ("census", "block", "balance", "outturn"),
    ],
    ids="+".join,
)
def test_no_year_is_twice_in_any_table_of_a_report(names):
    result = projected(edition(*names))
    tables = {
        "plans": (result.plans(), ["year"]),
        "balance": (result.balance(), ["year"]),
        "money": (result.money(), ["year"]),
        "closure": (result.closure(), ["year"]),
        "mix": (result.plan_mix(), ["year", "placement"]),
        "needs": (plans_by_need(result), ["year", "need"]),
        "results": (result.results(), ["measure", "year", "age_band", "placement"]),
    }
    for name, (table, key) in tables.items():
        assert not table.duplicated(key).any(), name
        assert table["year"].is_monotonic_increasing or name == "results", name
    for table in Report(result).tables():
        headings = [column.heading for column in table.on("sheet")]
        key = [column.key for column in table.on("sheet") if column.heading in KEYS]
        assert not (key and table.frame.duplicated(key).any()), table.name
        counted = [heading for heading in headings if heading[:2] == "20"]
        assert len(set(counted)) == len(counted), table.name


def test_every_status_has_words_and_says_whose_a_figure_is():
    assert set(STATUS_WORDS) == set(Status)
    result = projected(edition("census", "block", "balance"))
    for table, columns in (
        (result.plans(), ["status"]),
        (result.balance(), ["status"]),
        (result.plan_mix(), ["status"]),
        (result.money(), ["block_status", "spending_status"]),
    ):
        for column in columns:
            assert set(table[column]) <= set(Status)


def test_the_year_so_far_counts_the_plans_published_for_it():
    calm = calmed(projected(edition("census")))
    found = hn.year_so_far(calm, 150e6, "August", "2025-26").table.set_index("what")
    # To August a year pays for the plans of the January before it, of which it is 5/12.
    unit = np.array(
        [
            calm.scenario.assumptions[f"unit_cost_{name}_gbp"].central
            for name in hn_placements()
        ]
    )
    before, inside = (
        calm.record.stock_before[1] @ unit,
        calm.record.stock.sum(axis=0) @ unit,
    )
    share = before * 5 / (before * 5 + inside * 7)
    spent = share * calm.futures.spending[1, 0]
    assert found.loc["Forecast to the end of August", "central_gbp"] == pytest.approx(spent)


def test_a_reported_figure_keeps_its_status():
    reported = figures(BALANCE, "2024-25", {CODE: -60e6}).assign(status="reported")
    result = projected(with_rows("reported", reported))
    assert result.balance().set_index("year").loc["2024-25", "status"] == "reported"
    assert "The last reported DSG balance" in result.sentences()["record"]
    assert "from the one reported for 2024-25" in result.balance_basis


# The range of a carried balance.


def test_what_carries_missed_is_measured_on_every_pair_of_published_balances():
    panel = earlier()
    found = spreads(panel)
    assert [years for years, _, _ in found.carries] == [1, 2, 3, 4]
    # By hand for three years: from March 2021 to March 2024.
    balance, before = panel.matrix(BALANCE), panel.matrix(BLOCK)
    after = panel.matrix("high_needs_block_after_deductions_gbp")
    spend = panel.matrix(OUTTURN)
    place = panel.matrix("s251_outturn_line_gbp", "line/place_funding_total")["2021-22"]
    misses = []
    for code in balance.index:
        parts = [
            after[year].get(code, np.nan) - spend[year].get(code, np.nan)
            for year in ("2021-22", "2022-23", "2023-24")
        ]
        carried = balance.loc[code, "2020-21"] + sum(parts) - 3 * place.get(code, np.nan)
        missed = balance.loc[code, "2023-24"] - carried
        share = missed / before["2023-24"].get(code, np.nan)
        if len(code) == 3 and np.isfinite(share):
            misses.append(share)
    level = float(np.median(misses))
    sd = 1.4826 * float(np.median(np.abs(np.array(misses) - level)))
    assert found.carried(3) == pytest.approx((level, sd))
    # Longer than the record can measure: in a straight line through one year and four.
    (low, narrow), (high, wide) = found.carried(1), found.carried(4)
    assert found.carried(7) == pytest.approx((2 * high - low, 2 * wide - narrow))


def test_a_carried_balance_has_the_range_that_carries_missed():
    result = hn.project(earlier(), "Buckinghamshire", draws=4000, seed=3)
    level, sd = result.spread.carried(2)
    money = result.record.money
    block = money.block_before["2023-24"]
    places = money.places_gbp
    carried = money.balance["2021-22"] + sum(
        money.block_after[year] - money.spending[year] - places
        for year in ("2022-23", "2023-24")
    )
    opening = result.futures.opening
    assert np.median(opening) == pytest.approx(carried + level * block, abs=0.02 * block)
    low, high = np.quantile(opening, [0.1, 0.9])
    # Place funding moves it a little too.
    assert high - low == pytest.approx(2 * 1.2816 * sd * block, rel=0.1)
    names = set(result.assumptions()["name"])
    assert {"carried_balance_level", "carried_balance_local"} <= names
    assert not any("carried" in name for name in projected(earlier()).assumptions()["name"])


def test_a_balance_is_carried_over_the_years_between_it_and_the_base_year():
    panel = earlier()
    record = area_record(panel, panel.area("Buckinghamshire"))
    base, money = record.vintage.year, record.money
    # It closed 2021-22: 2022-23 and 2023-24 lie between it and a base year of 2024-25.
    assert (base.label, max(money.balance)) == ("2024-25", "2021-22")
    assert carried_years(record) == 2
    for without in (
        {"balance": {}},
        {"balance": {base.label: -1.0}},  # only later than the start of the base year
        {"block_before": {}, "block_after": {}},
    ):
        bare = dataclasses.replace(record, money=dataclasses.replace(money, **without))
        assert carried_years(bare) == 0


# All of England.

PROPOSAL = """\
name = "Two in the south"
effective = "2027-04-01"

[[areas]]
name = "Garden of England"
made_of = ["Kent", "Medway"]
"""


def test_the_nation_is_the_sum_of_the_projections_of_the_panel_given(tmp_path):
    path = tmp_path / "proposal.toml"
    path.write_text(PROPOSAL, "utf-8")
    panel = edition("census", "block", "balance").reorganised(Reorganisation.load(path))
    areas = [
        panel.area(name) for name in ("Garden of England", "Camden", "Buckinghamshire")
    ]
    nation = hn.project_nation(panel, areas=areas, draws=DRAWS, seed=3)
    alone = [projected(panel, area) for area in areas]
    totals = nation["E92000001"]
    for name in (*PLAN_SERIES, *MONEY_SERIES):
        if name == "plans":
            each = [result.futures.stock.sum(axis=(1, 2)) for result in alone]
        else:
            each = [getattr(result.futures, name) for result in alone]
        np.testing.assert_allclose(totals.series[name], np.sum(each, axis=0))
    assert totals.table().duplicated(["measure", "year"]).sum() == 0
    shipped = hn.project_nation(earlier(), areas=areas[1:], draws=DRAWS, seed=3)
    assert shipped["E92000001"].vintage.census == Census(2025)


def test_workers_are_given_the_records_and_open_no_panel(tmp_path):
    panel = edition("block", "balance")
    areas = [panel.area(name) for name in (KENT, "Camden", "Leeds")]
    one, two = (
        hn.project_nation(panel, areas=areas, draws=DRAWS, seed=3, workers=workers)
        for workers in (1, 2)
    )
    pd.testing.assert_frame_equal(one["E92000001"].table(), two["E92000001"].table())


def test_one_authority_withheld_leaves_every_other_a_number():
    rows = earlier().rows(PLANS)
    mine = rows[(rows["la_code"] == "921") & (rows["year"] == "2025")]
    panel = with_rows("withheld", mine.assign(value=np.nan, status="suppressed"))
    with pytest.raises(ModelError, match=r"Isle of Wight .* for January 2025"):
        projected(panel, "Isle of Wight")
    for area in ("Somerset", "Kent"):
        result = projected(panel, area)
        assert np.isfinite(result.futures.stock).all()
        assert np.isfinite(result.futures.balance).all()


def test_a_record_says_what_it_started_from():
    panel = edition("census", "block")
    record = area_record(panel, panel.area(KENT))
    assert record.vintage == vintage(panel)
    assert opening_record(panel, panel.area(KENT)).vintage == record.vintage
