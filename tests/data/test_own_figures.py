"""Own figures in a projection: what each moves, by how much, and what it leaves alone."""

import dataclasses
import re
from datetime import date

import numpy as np
import pytest

import highneeds as hn
from highneeds.answers.own_use import BESIDE
from highneeds.answers.sensitivity import central_with, tornado
from highneeds.errors import UsageError
from highneeds.model.grant import Ground
from highneeds.own.figures import OwnFigure, OwnFigures
from highneeds.own.measures import ALL_PLACES, NET_OF_DIRECT_PLACES, SECTION_251
from highneeds.own.read import read_own
from highneeds.periods import FinancialYear
from highneeds.report.headline import headline
from highneeds.scenario.scenario import LaterDeficits, StabilityGrant
from highneeds.status import Status
from highneeds.whatif.controls import own_fields
from highneeds.words import millions
from tests.reference.expected import DATA
from tests.reference.flows import project_plans
from tests.reference.local import opening
from tests.reference.money import project_pounds
from tests.reference.scenario_files import read

RUN = {"draws": 100, "seed": 5}
# With a Safety Valve agreement; no published block; created in 2023, no balance held.
KENT, CITY, CUMBERLAND, SOMERSET = "Kent", "City of London", "Cumberland", "Somerset"
BALANCE, HIGH_NEEDS = "dsg_balance_gbp", "high_needs_balance_gbp"
BEFORE = "high_needs_block_before_deductions_gbp"
AFTER = "high_needs_block_after_deductions_gbp"
DEDUCTION = "high_needs_places_deduction_gbp"
OUTTURN, FORECAST = "high_needs_spending_gbp", "high_needs_forecast_outturn_gbp"
PAYMENT = "safety_valve_payment_gbp"
# All that a council could give, of one kind each, with figures that are no one's.
EVERYTHING = (
    (BALANCE, "2025-26", -88.8e6), (HIGH_NEEDS, "2025-26", -116e6),
    (BEFORE, "2025-26", 101.5e6), (DEDUCTION, "2025-26", 8e6),
    (BEFORE, "2026-27", 108.2e6), (DEDUCTION, "2026-27", 8.4e6),
    ("grants_rolled_in_gbp", "2026-27", 4e6),
    (OUTTURN, "2025-26", 126.5e6, {"coverage": NET_OF_DIRECT_PLACES}),
    (FORECAST, "2026-27", 139e6, {"coverage": NET_OF_DIRECT_PLACES}),
    ("schools_block_transfer_gbp", "2026-27", 1.1e6),
    ("council_contribution_gbp", "2026-27", 2e6),
    ("usable_reserves_gbp", "2025-26", 60e6),
    ("ehc_plans", "2026-01-15", 6100.0), ("ehc_plans", "2026-10-31", 6450.0),
    ("ehc_assessment_requests", "2025", 1500.0), ("new_ehc_plans", "2025", 900.0),
    ("special_school_places", "2025-26", 1200.0),
    ("unit_cost_gbp", "2025-26", 70e3, {"breakdown": "placement/independent_special"}),
    ("commissioned_places", "2026-27", 1300.0),
    ("published_forecast_gbp", "2027-28", -190e6), ("ledger_gbp", "2026-10", 70e6),
)  # fmt: skip
MONEY = {
    *(BALANCE, BEFORE, DEDUCTION, OUTTURN, FORECAST, "grants_rolled_in_gbp"),
    *("schools_block_transfer_gbp", "council_contribution_gbp"),
}
WEST = """
name = "One council for two counties"
effective = "2027-04-01"

[[areas]]
name = "West"
made_of = ["Somerset", "Devon"]
"""


@pytest.fixture(scope="module")
def panel():
    return hn.load_panel()


@pytest.fixture(scope="module")
def published(panel):
    found = {}

    def of(name):
        if name not in found:
            found[name] = hn.project(panel, name, **RUN)
        return found[name]

    return of


@pytest.fixture(scope="module")
def owned(panel):
    """A run with own figures, each given as (measure, period, value, further keys)."""

    def run(name, *figures, scenario=None, **how):
        return hn.project(panel, name, scenario, own=stated(panel, name, *figures), **RUN)

    return run


def stated(panel, name, *figures):
    made = tuple(OwnFigure(*one[:3], **(one[3] if one[3:] else {})) for one in figures)
    return OwnFigures(panel.area(name), made, "own.csv", "0" * 64)


def with_policies(**changed):
    trend = hn.Scenario.load()
    policies = trend.policies.model_copy(update=changed)
    return dataclasses.replace(trend, policies=policies)


def granted():
    """The marked path with the stability grant counted in the balance."""
    return with_policies(stability_grant=StabilityGrant(switched_on=True))


def covered(share):
    return with_policies(later_deficits=LaterDeficits(share=share))


def at(result, year):
    return result.years.index(FinancialYear.parse(year))


def of_year(result, measure, year):
    rows = result.results()
    row = rows[(rows["measure"] == measure) & (rows["year"] == year)]
    return row[row["age_band"] == "all"].iloc[0]


@pytest.mark.parametrize("name", [KENT, CITY, CUMBERLAND, SOMERSET])
def test_no_figures_at_all_give_the_published_run_to_the_byte(owned, published, name):
    assert owned(name).results().to_csv() == published(name).results().to_csv()
    assert owned(name).cautions == published(name).cautions


@pytest.mark.parametrize("name", [KENT, SOMERSET])
def test_a_balance_alone_moves_every_later_one_by_its_difference(owned, published, name):
    usual = published(name)
    march = at(usual, "2025-26")
    own = float(usual.central.balance[march, 0]) - 31.7e6
    result = owned(name, (BALANCE, "2025-26", own))
    moved = result.central.balance[:, 0] - usual.central.balance[:, 0]
    np.testing.assert_allclose(moved[march:], -31.7e6, rtol=0, atol=0.01)
    assert not moved[:march].any()
    # All futures are one on the day it is known, and nearer one another ever after.
    width, before = (
        np.ptp(np.quantile(each.futures.balance, [0.1, 0.9], axis=1), axis=0)
        for each in (result, usual)
    )
    assert width[march] == 0
    assert (width[march + 1 :] < before[march + 1 :]).all()
    # Interest follows the deficit, at the rate assumed.
    rate = result.scenario.assumptions["interest_rate"].central
    interest = result.central.interest[:, 0] - usual.central.interest[:, 0]
    np.testing.assert_allclose(interest[march:], rate * 31.7e6, rtol=0, atol=0.01)
    for series in ("stock", "requests", "new", "ended", "block", "spending", "transfer"):
        assert np.array_equal(
            getattr(result.futures, series), getattr(usual.futures, series)
        ), series
    row = of_year(result, BALANCE, "2025-26")
    assert (row["status"], row["central"], row["p10"]) == (Status.OWN, own, own)
    assert result.opening_year.label == "2025-26"


def test_where_the_grant_is_counted_a_tenth_of_the_difference_is_left(panel, owned):
    usual = hn.project(panel, SOMERSET, granted(), **RUN)
    march = at(usual, "2025-26")
    own = float(usual.central.balance[march, 0]) - 20e6
    result = owned(SOMERSET, (BALANCE, "2025-26", own), scenario=granted())
    moved = result.central.balance[:, 0] - usual.central.balance[:, 0]
    np.testing.assert_allclose(moved[march], -20e6, rtol=0, atol=0.01)
    # 90% of twenty million more is paid in 2026-27.
    np.testing.assert_allclose(moved[march + 1 :], -2e6, rtol=0, atol=0.01)


def test_the_bridge_from_an_own_balance_adds_up(owned):
    result = owned(
        SOMERSET,
        (BALANCE, "2025-26", -80e6),
        (PAYMENT, "2026-27", 12e6),
        ("council_contribution_gbp", "2027-28", 3e6),
        ("schools_block_transfer_gbp", "2026-27", 2e6),
    )
    steps = result.bridge().set_index("step")
    assert steps.loc["start", "value_gbp"] == -80e6
    assert steps.loc["payments", "value_gbp"] == 12e6
    assert steps.loc["contributions", "value_gbp"] == 3e6
    assert steps.loc["transfer", "value_gbp"] == 2e6
    changes = steps.loc[steps["kind"] != "end", "value_gbp"].sum()
    assert changes == pytest.approx(steps.loc["end", "value_gbp"], abs=0.01)
    central = result.central
    each = central.in_year + central.unexplained + central.payments + central.contributions
    since = at(result, "2025-26") + 1
    np.testing.assert_allclose(
        np.diff(central.balance, axis=0)[since - 1 :, 0], each[since:, 0], atol=0.01
    )


def test_somerset_of_116m_is_granted_104_4m_and_keeps_11_6m(owned):
    result = owned(SOMERSET, (HIGH_NEEDS, "2025-26", -116e6))
    assert result.grant_ground is Ground.OWN
    np.testing.assert_allclose(result.futures.announced.sum(axis=0), 0.9 * 116e6)
    words = result.sentences()["policy"]
    assert "own high needs balance of that day, −£116.0m: £104.4m" in words
    assert "which leaves £11.6m (10%) of that deficit" in words


def test_north_yorkshire_is_granted_22m_on_its_own_high_needs_balance(owned, published):
    result = owned("North Yorkshire", (HIGH_NEEDS, "2025-26", -24e6))
    assert float(result.central.announced.sum()) == pytest.approx(0.9 * 24e6)
    # On the balance of all blocks the rule gives a small part of that.
    assert float(published("North Yorkshire").central.announced.sum()) < 0.5 * 0.9 * 24e6
    assert "£21.6m" in result.sentences()["policy"]


def test_a_high_needs_balance_alone_does_not_start_the_report_and_says_so(owned, published):
    """Found by one who typed it for Suffolk: 90% of another number, with no word why."""
    usual, own = published("Suffolk"), -150e6
    result = owned("Suffolk", (HIGH_NEEDS, "2025-26", own))
    march = at(usual, "2025-26")
    whole = float(result.central.balance[march, 0])
    assert whole == float(usual.central.balance[march, 0])
    said = headline(result)
    assert (
        "The high needs balance given for 31 March 2026, −£150.0m, moves the announced "
        f"grant alone. The DSG balance of that day is still estimated, at {millions(whole)}"
        f", {millions(abs(whole - own))} {'below' if whole < own else 'above'} it: a DSG "
        "balance of the same day (dsg_balance_gbp) would start the report."
    ) in said.sentence
    granted = "90% of the authority's own high needs deficit of £150.0m at 31 March 2026"
    assert f"Announced grant: {granted}" in [card.label for card in said.cards]
    # A balance of the same day starts the report, and there is nothing to warn of.
    both = headline(
        owned("Suffolk", (HIGH_NEEDS, "2025-26", own), (BALANCE, "2025-26", own))
    )
    assert "was −£150.0m on 31 March 2026, as the authority states it" in both.sentence
    assert "grant alone" not in both.sentence
    assert (
        "DSG balance" in headline(owned(CUMBERLAND, (HIGH_NEEDS, "2025-26", own))).sentence
    )


def test_the_field_of_a_what_if_page_says_that_it_moves_the_grant_alone(published):
    fields = {one.measure: one.note for one in own_fields(published(SOMERSET))}
    assert fields[HIGH_NEEDS] == (
        "Moves the announced grant alone: no balance starts from it."
    )
    assert fields[BALANCE] == "Later balances start from it."


def test_the_grant_names_the_deficit_that_it_is_worked_out_on(published):
    result = published(SOMERSET)
    owed = -float(result.central.balance[at(result, "2025-26"), 0])
    labels = [card.label for card in headline(result).cards]
    assert (
        f"Announced grant: 90% of the DSG deficit of {millions(owed)} at 31 March 2026"
        in (labels)
    )


def test_the_balance_of_the_tutorial_starts_the_report(panel, tmp_path):
    page = (DATA.parent / "docs" / "tutorials" / "finance-officer.md").read_text("utf-8")
    path = tmp_path / "own.csv"
    path.write_text(re.findall(r"```csv own.csv\n(.*?)```", page, re.DOTALL)[-1], "utf-8")
    own = read_own(path, panel, area=SOMERSET)
    result = hn.project(panel, SOMERSET, own=own, **RUN)
    assert result.opening_year.label == own.figures[0].at
    assert "as the authority states it" in result.sentence()


def test_an_older_high_needs_balance_is_carried_to_the_day_that_counts(owned):
    result = owned(SOMERSET, (HIGH_NEEDS, "2024-25", -60e6))
    march = at(result, "2025-26")
    carried = -60e6 + float(result.central.in_year[march, 0])
    assert float(result.central.announced.sum()) == pytest.approx(0.9 * -carried)
    assert "of 31 March 2025, carried" in result.sentences()["policy"]


def test_own_blocks_stand_and_later_ones_grow_on_from_them(owned, published):
    usual = published(SOMERSET).central
    base, march = (at(published(SOMERSET), year) for year in ("2024-25", "2025-26"))
    result = owned(
        SOMERSET, (BEFORE, "2024-25", 100e6), (AFTER, "2024-25", 88e6),
        (BEFORE, "2025-26", 110e6), (DEDUCTION, "2025-26", 13e6),
    )  # fmt: skip
    block = result.futures.block
    assert set(block[base]) == {100e6}
    assert set(block[march]) == {110e6}
    money = result.record.money
    assert money.block_after["2025-26"] == 110e6 - 13e6
    growth = usual.block[march + 1 :, 0] / usual.block[march:-1, 0]
    found = result.central.block[march + 1 :, 0] / result.central.block[march:-1, 0]
    np.testing.assert_allclose(found, growth)
    assert of_year(result, BEFORE, "2025-26")["status"] == Status.OWN


def test_a_block_stated_one_way_only_says_how_the_other_was_found(owned):
    result = owned(SOMERSET, (AFTER, "2025-26", 95e6))
    money = result.record.money
    lost = money.block_before["2023-24"] - money.block_after["2023-24"]
    assert money.block_before["2025-26"] == pytest.approx(95e6 + lost)
    assert any("after deductions only" in words for words in result.cautions)


@pytest.mark.parametrize(
    ("coverage", "added"),
    [
        (NET_OF_DIRECT_PLACES, lambda _, direct: direct),
        (ALL_PLACES, lambda *_: 0.0),
        (SECTION_251, lambda maintained, direct: maintained + direct),
    ],
)
def test_an_own_outturn_is_what_every_future_spends(owned, coverage, added):
    result = owned(
        SOMERSET,
        (BEFORE, "2025-26", 110e6), (DEDUCTION, "2025-26", 9e6),
        (OUTTURN, "2025-26", 130e6, {"coverage": coverage}),
    )  # fmt: skip
    march = at(result, "2025-26")
    level = result.scenario.assumptions["maintained_place_funding_level"].central
    maintained = result.record.money.places_gbp * level
    central = float(result.central.spending[march, 0])
    assert central == pytest.approx(130e6 + added(maintained, 9e6))
    if coverage != SECTION_251:
        np.testing.assert_allclose(result.futures.spending[march], central)
    assert of_year(result, OUTTURN, "2025-26")["status"] == Status.OWN
    assert any("The own outturn of Somerset in 2025-26" in c for c in result.cautions)


def test_an_own_outturn_of_the_base_year_sets_the_level_of_cost(owned, published):
    base = at(published(SOMERSET), "2024-25")
    usual = published(SOMERSET).central.spending[:, 0]
    own = (OUTTURN, "2024-25", 1.1 * float(usual[base]), {"coverage": ALL_PLACES})
    found = owned(SOMERSET, own).central
    assert float(found.spending[base, 0]) == pytest.approx(1.1 * usual[base])
    assert float(found.level[0]) > float(published(SOMERSET).central.level[0])


def test_a_forecast_outturn_is_met_in_the_middle_and_not_in_every_future(owned, published):
    usual = published(SOMERSET)
    year = at(usual, "2026-27")
    wanted = 1.05 * float(usual.central.spending[year, 0])
    result = owned(SOMERSET, (FORECAST, "2026-27", wanted, {"coverage": ALL_PLACES}))
    assert float(result.central.spending[year, 0]) == pytest.approx(wanted)
    assert np.ptp(result.futures.spending[year]) > 0.1 * wanted
    assert of_year(result, OUTTURN, "2026-27")["status"] == Status.OWN
    # Its level of cost goes on; the years before are as they were.
    later = result.central.spending[year + 1 :, 0] / usual.central.spending[year + 1 :, 0]
    assert (later > 1.03).all()
    np.testing.assert_array_equal(
        result.futures.spending[:year], usual.futures.spending[:year]
    )


def test_with_own_figures_too_assumptions_move_together_as_one_at_a_time(owned):
    result = owned(SOMERSET, *EVERYTHING)
    table = tornado(result).set_index("name")["low_gbp"]
    for name in ("price_growth_other", "request_growth", "block_growth.later"):
        low = result.scenario.assumptions[name].low
        alone = central_with(result, {name: low}).balance[-1, 0]
        change = alone - result.central.balance[-1, 0]
        assert table[name] == pytest.approx(change, abs=0.001), name
        assert change != 0


def test_a_forecast_of_a_year_with_an_outturn_changes_nothing(owned, published):
    one = owned(SOMERSET, (FORECAST, "2024-25", 1e6))
    assert one.results().to_csv() == published(SOMERSET).results().to_csv()


def test_the_path_of_plans_passes_through_a_count_by_days(owned, published):
    usual = published(SOMERSET)
    first, second = (float(usual.central.stock[step].sum()) for step in (0, 1))
    # 15 January 2026 and 21 January 2027, the third Thursdays, are 371 days apart.
    assert date(2026, 1, 15).weekday() == date(2027, 1, 21).weekday() == 3
    day, passed = date(2026, 10, 31), 289
    assert (day - date(2026, 1, 15)).days == passed
    expected = first + (second - first) * passed / 371
    result = owned(SOMERSET, ("ehc_plans", day.isoformat(), round(1.02 * expected)))
    ratio = round(1.02 * expected) / expected
    found = result.central.stock.sum(axis=(1, 2))[:, 0]
    np.testing.assert_allclose(
        found[1:], ratio * usual.central.stock.sum(axis=(1, 2))[1:, 0], rtol=1e-6
    )
    assert found[0] == first
    # Every future passes through it, and they part again only from there on.
    width, before = (
        np.ptp(np.quantile(each.futures.stock[1].sum(axis=(0, 1)), [0.1, 0.9]))
        for each in (result, usual)
    )
    assert width < 0.5 * before
    assert result.plans_on(day)["central"] == round(1.02 * expected)


def test_a_count_on_the_day_of_the_census_is_where_plans_start_from(owned, published):
    usual = published(SOMERSET).central.stock.sum(axis=(1, 2))[:, 0]
    result = owned(SOMERSET, ("ehc_plans", "2026-01-15", round(usual[0]) + 100))
    found = result.central.stock.sum(axis=(1, 2))[:, 0]
    assert found[0] == pytest.approx(usual[0] + 100)
    np.testing.assert_allclose(found / usual, found[0] / usual[0], rtol=1e-6)
    row = result.plans().set_index("year").loc["2026"]
    assert (row["status"], round(row["central"])) == (Status.OWN, round(usual[0]) + 100)


def test_a_count_on_the_day_of_a_later_census_is_that_januarys_total(owned):
    result = owned(SOMERSET, ("ehc_plans", "2027-01-21", 7000.0))
    np.testing.assert_allclose(result.futures.stock[1].sum(axis=(0, 1)), 7000.0)
    row = of_year(result, "ehc_plans", "2027")
    assert (row["status"], round(row["p90"])) == (Status.OWN, 7000)
    assert result.plans().set_index("year").loc["2027", "status"] == Status.OWN


def test_own_flows_places_and_unit_costs_stand(owned, published):
    usual = published(SOMERSET)
    result = owned(
        SOMERSET,
        ("ehc_assessment_requests", "2026", 2222.0),
        ("new_ehc_plans", "2026", 1111.0),
        ("ceased_ehc_plans", "2026", 333.0),
        ("special_school_places", "2025-26", 5.0),
        ("unit_cost_gbp", "2024-25", 90e3, {"breakdown": "placement/independent_special"}),
    )
    for name, value in (("requests", 2222.0), ("new", 1111.0), ("ended", 333.0)):
        assert set(getattr(result.futures, name)[0]) == {value}
    assert of_year(result, "new_ehc_plans", "2026")["status"] == Status.OWN
    # Five places are fewer than there are pupils: everyone arriving is without one.
    more = result.central.shortfall - usual.central.shortfall
    assert (more >= 0).all()
    assert (more[:2] > 10).all()
    cost = result.scenario.assumptions["unit_cost_independent_special_gbp"]
    assert (cost.low, cost.central, cost.high) == (90e3, 90e3, 90e3)
    assert float(result.central.spending[0, 0]) == pytest.approx(
        float(usual.central.spending[0, 0])
    )


def test_payments_are_counted_in_every_future_and_said_first(owned, published):
    usual, first = published(KENT), published(KENT).sentence()
    assert first.startswith("Kent has a Safety Valve agreement, of £142.0m in all")
    assert "not counted" in first.split(". ")[0]
    result = owned(KENT, (PAYMENT, "2025-26", 10e6), (PAYMENT, "2026-27", 15e6))
    since = at(usual, "2025-26")
    for found, before in (
        (result.futures, usual.futures),
        (result.central, usual.central),
    ):
        moved = found.balance - before.balance
        np.testing.assert_allclose(moved[since], 10e6, atol=0.01)
        np.testing.assert_allclose(moved[since + 1 :], 25e6, atol=0.01)
    assert "are counted: £25.0m" in result.sentence().split(". ")[0]
    rows = of_year(result, PAYMENT, "2026-27")
    assert (rows["central"], rows["status"]) == (15e6, Status.OWN)


def test_an_agreement_is_said_first_and_only_where_there_is_one(published):
    assert published(KENT).sentence().startswith("Kent has a Safety Valve agreement")
    assert "Safety Valve" not in published(SOMERSET).sentence()


def test_reserves_are_passed_in_a_year_and_with_a_chance(owned, published):
    result = owned(
        SOMERSET, (BALANCE, "2025-26", -80e6), ("usable_reserves_gbp", "2025-26", 100e6)
    )
    table = result.reserves().set_index("year")
    central = result.central.balance[:, 0]
    for step, year in enumerate(result.years):
        if year.label >= "2025-26":
            row = table.loc[year.label]
            beyond = result.futures.balance[step] < -100e6
            assert row["chance_exceeded"] == pytest.approx(beyond.mean())
            assert row["central_left_gbp"] == pytest.approx(100e6 + central[step])
    passed = result.reserves_passed
    assert passed == min(
        year for year, balance in zip(result.years, central, strict=True)
        if balance < -100e6 and year.label >= "2025-26"
    )  # fmt: skip
    assert f"{passed.closes_on()}" in result.sentences()["policy"]
    assert published(SOMERSET).reserves().empty


def test_a_city_without_a_published_block_is_projected_from_its_own(owned, published):
    assert not published(CITY).has_money
    result = owned(
        CITY,
        (BEFORE, "2025-26", 2.2e6), (DEDUCTION, "2025-26", 0.2e6),
        (BALANCE, "2025-26", -0.4e6),
    )  # fmt: skip
    assert result.has_money
    assert result.balance_is_level
    march = at(result, "2025-26")
    assert set(result.futures.block[march]) == {2.2e6}
    assert set(result.futures.balance[march]) == {-0.4e6}
    assert result.bridge()["value_gbp"].notna().all()


def test_one_created_in_2023_has_a_level_once_it_states_a_balance(owned, published):
    assert not published(CUMBERLAND).balance_is_level
    result = owned(CUMBERLAND, (BALANCE, "2025-26", -30e6))
    assert result.balance_is_level
    assert float(result.central.balance[at(result, "2025-26"), 0]) == -30e6
    steps = result.bridge().set_index("step")["value_gbp"]
    assert steps["start"] == -30e6
    assert steps.drop("end").sum() == pytest.approx(steps["end"], abs=0.01)


def test_figures_of_another_area_or_from_an_earlier_january_are_refused(panel, owned):
    figures = stated(panel, KENT, (BALANCE, "2025-26", -1e6))
    with pytest.raises(UsageError, match=r"own figures are of .*Kent"):
        hn.project(panel, SOMERSET, own=figures, **RUN)
    with pytest.raises(UsageError, match="earlier January"):
        hn.project(panel, KENT, own=figures, origin=2024, **RUN)


def test_a_share_of_later_deficits_may_be_covered(panel, published):
    usual = published(SOMERSET)
    central = usual.central
    first, last = at(usual, "2026-27"), at(usual, "2027-28")
    adds = -np.diff(central.balance, axis=0)[first - 1 : last, 0]
    assert (adds > 0).all()
    for share in (0.0, 0.5, 0.9):
        result = hn.project(panel, SOMERSET, covered(share), **RUN)
        moved = result.central.balance[:, 0] - central.balance[:, 0]
        assert not moved[:first].any()
        np.testing.assert_allclose(moved[first : last + 1], share * np.cumsum(adds))
        np.testing.assert_allclose(moved[last + 1 :], share * adds.sum())
        assert (f"{share:.0%} of what each year" in result.sentences()["policy"]) == (
            share > 0
        )


def test_an_agreement_is_spread_only_where_asked_and_labelled(panel, published):
    asked = with_policies(spread_agreement=True)
    result, usual = hn.project(panel, KENT, asked, **RUN), published(KENT)
    # £142m over the six years 2022-23 to 2027-28; the balance of March 2024 has two in it.
    moved = result.central.balance[:, 0] - usual.central.balance[:, 0]
    yearly = 142e6 / 6
    expected = yearly * np.minimum(np.arange(1, len(moved) + 1), 4)
    np.testing.assert_allclose(moved, expected, atol=0.01)
    assert "as if they were even" in result.sentence().split(". ")[0]
    # Of others the total or the years are not published: nothing is spread.
    same = hn.project(panel, "Bristol", asked, **RUN).central.balance
    np.testing.assert_array_equal(same, published("Bristol").central.balance)


def test_own_figures_of_some_are_added_up_with_the_published_of_others(panel):
    names = (SOMERSET, CUMBERLAND)
    areas = [panel.area(name) for name in names]
    own = {
        areas[0].la_code: stated(panel, SOMERSET, (BALANCE, "2025-26", -90e6)),
        areas[1].la_code: stated(panel, CUMBERLAND, (BALANCE, "2025-26", -30e6)),
    }
    totals = hn.project_nation(panel, areas=areas, own=own, **RUN)["E92000001"]
    march = [totals.year_of("balance", s) for s in range(2)].index("2025-26")
    assert float(totals.central["balance"][march]) == pytest.approx(-120e6)
    assert totals.change_only == ()


def test_own_figures_of_a_part_are_in_an_area_made_of_several(panel, tmp_path):
    file = tmp_path / "west.toml"
    file.write_text(WEST, encoding="utf-8")
    west = panel.reorganised(hn.Reorganisation.load(file))
    own = {panel.area(SOMERSET).la_code: stated(panel, SOMERSET, (PAYMENT, "2026-27", 7e6))}
    moved = (
        hn.project(west, "West", own=own, **RUN).central.balance
        - hn.project(west, "West", **RUN).central.balance
    )[:, 0]
    np.testing.assert_allclose(moved[-3:], 7e6, atol=0.01)


def test_a_count_of_a_part_moves_the_path_of_an_area_made_of_several(
    panel, owned, tmp_path
):
    """West is Somerset and Devon: it has as many plans more as Somerset has."""
    file = tmp_path / "west.toml"
    file.write_text(WEST, encoding="utf-8")
    west = panel.reorganised(hn.Reorganisation.load(file))
    count = ("ehc_plans", "2026-10-31", 7100.0)
    own = {panel.area(SOMERSET).la_code: stated(panel, SOMERSET, count)}

    def more(counted, usual):
        return (counted.central.stock - usual.central.stock).sum(axis=(1, 2))[:, 0]

    together = more(
        hn.project(west, "West", own=own, **RUN), hn.project(west, "West", **RUN)
    )
    alone = more(owned(SOMERSET, count), owned(SOMERSET))
    assert alone[1] > 100
    np.testing.assert_allclose(together, alone, atol=0.5)


def test_own_figures_of_many_are_of_no_earlier_january(panel):
    own = {panel.area(KENT).la_code: stated(panel, KENT, (BALANCE, "2025-26", -1e6))}
    with pytest.raises(UsageError, match="earlier January"):
        hn.project_nation(panel.at(2024), areas=[panel.area(KENT)], own=own, **RUN)


def test_everything_known_makes_the_first_figures_the_councils_own(owned):
    """A council gives all it has; what is shown first is what it gave."""
    result = owned(SOMERSET, *EVERYTHING)
    march = at(result, "2025-26")
    assert float(result.central.balance[march, 0]) == -88.8e6
    assert f"{result.opening_year}" == "2025-26"
    assert float(result.central.block[march, 0]) == 101.5e6
    assert float(result.central.spending[march, 0]) == pytest.approx(126.5e6 + 8e6)
    assert float(result.central.block[march + 1, 0]) == 108.2e6
    assert float(result.central.spending[march + 1, 0]) == pytest.approx(139e6 + 8.4e6)
    # The balance of March 2027 is what the council's own ledger would carry to it.
    central = result.central
    carried = -88.8e6 + 108.2e6 + 1.1e6 - (139e6 + 8.4e6) + 2e6
    open_item = float(central.unexplained[march + 1, 0])
    assert float(central.balance[march + 1, 0]) == pytest.approx(carried + open_item)
    assert float(central.announced.sum()) == pytest.approx(0.9 * 116e6)
    uses = {(one.measure, one.at): use for one, use in result.own_uses()}
    assert len(uses) == len(EVERYTHING)
    assert uses[BALANCE, "2025-26"] == "The projection starts from it"
    assert {measure for (measure, _), use in uses.items() if use == BESIDE} == {
        *("published_forecast_gbp", "ledger_gbp", "commissioned_places"),
    }
    assert not any("its outturn is not" in words for words in result.cautions)
    assert (
        "Its cumulative DSG balance was −£88.8m on 31 March 2026, as the authority states "
        "it, the day that the announced grant is worked out on: 90% of the authority's own "
        "high needs deficit is £104.4m, which leaves £11.6m. On 31 March 2028"
    ) in result.sentence()
    # What is known has no range that the middle could be beside.
    assert not any("in-year position of 2025-26" in words for words in result.cautions)


@pytest.mark.parametrize("granted_too", [False, True])
def test_the_second_engine_says_the_same_of_own_figures(panel, owned, granted_too):
    """Money only: written apart from the model, from docs/method.md."""
    start = dataclasses.replace(opening(panel, SOMERSET))
    assumed = read(DATA / "scenarios" / "trend.toml")
    if granted_too:
        grant = {"switched_on": True, "share": 0.9, "deficit_at": "2025-26"}
        assumed.policies["stability_grant"] = grant | {"paid_in": "2026-27"}
        start.high_needs["2025-26"] = -116e6
    for year, block, lost in (("2025-26", 101.5e6, 8e6), ("2026-27", 108.2e6, 8.4e6)):
        start.block_before[year], start.block_after[year] = block, block - lost
    start.balance["2025-26"] = -88.8e6
    start.spent |= {"2025-26": 126.5e6 + 8e6, "2026-27": 139e6 + 8.4e6}
    start.rolled_in["2026-27"] = 4e6
    start.transfers["2026-27"] = 1.1e6
    start.payments |= {"2026-27": 2e6, "2027-28": 5e6}
    expected = project_pounds(start, project_plans(start, assumed, 2030), assumed, 2030)
    result = owned(
        SOMERSET,
        *(one for one in EVERYTHING if one[0] in MONEY),
        *([EVERYTHING[1]] if granted_too else []),
        (PAYMENT, "2027-28", 5e6),
        scenario=granted() if granted_too else None,
    )
    for name in ("block", "spending", "in_year", "balance"):
        np.testing.assert_allclose(
            getattr(result.central, name)[:, 0], getattr(expected, name), rtol=1e-9
        )


def test_own_figures_leave_nothing_behind(panel, owned, published):
    before = published(SOMERSET).results().to_csv()
    owned(SOMERSET, *EVERYTHING)
    assert hn.project(panel, SOMERSET, **RUN).results().to_csv() == before
