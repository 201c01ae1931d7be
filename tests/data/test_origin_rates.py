"""What a projection from an earlier January takes from the record: worked out by hand."""

from statistics import mean

import numpy as np
import pytest

from highneeds.geography import ENGLAND_CODE
from highneeds.panel.panel import load_panel
from highneeds.panel.stand_ins import PLACES, SERVICES, stand_ins
from highneeds.panel.unbroken import unbroken_areas, with_sums
from highneeds.periods import Census, FinancialYear
from highneeds.record.cells import MODEL_PLACEMENTS
from highneeds.record.look_ahead import block_growth, look_ahead
from highneeds.record.origin import origin_rates

ORIGINS = range(2016, 2025)
BANDS = {"0-4": (0, 4), "5-10": (5, 10), "11-15": (11, 15), "16-19": (16, 19)}
SOMERSET = "933"


@pytest.fixture(scope="module")
def panel():
    return load_panel()


@pytest.fixture(scope="module")
def ahead(panel):
    return look_ahead(with_sums(panel))


@pytest.fixture(scope="module")
def at(panel, ahead):
    found = {}

    def rates(year):
        if year not in found:
            then = panel.at(year)
            found[year] = origin_rates(with_sums(then), Census(year), ahead)
        return found[year]

    return rates


def published(panel, measure, area, year, breakdown="total/total"):
    return panel.figure(measure, area, year, breakdown).value


def test_the_later_figures_are_the_first_of_their_kind(panel, ahead):
    assert (ahead.ages.label, ahead.ended.label) == ("2024", "2024")
    assert (ahead.mid_year.label, ahead.asked.label) == ("2022", "2016")
    requests = published(panel, "ehc_assessment_requests", "England", "2016")
    new = published(panel, "new_ehc_plans", "England", "2016")
    assert ahead.request_ratio == pytest.approx(requests / new)
    for age in range(26):
        people = published(
            panel, "population_by_age", "Somerset", "2022", f"age_year/{age}"
        )
        assert ahead.people.loc[SOMERSET, age] == people


def test_the_shape_of_exits_is_ended_plans_over_plans_by_age(panel, ahead):
    rows = panel.table(
        "ehc_plans", areas=["England"], years=["2024"], breakdowns=["age_year_by_placement"]
    )
    plans = {}
    for name, value in zip(rows["breakdown"], rows["value"], strict=True):
        plans[name.split("|")[0]] = plans.get(name.split("|")[0], 0.0) + value

    def ended(label):
        return published(panel, "ceased_ehc_plans", "England", "2024", f"age_year/{label}")

    assert ahead.exits[10] == pytest.approx(ended("10") / plans["10"])
    assert ahead.exits[18] == pytest.approx(ended("18") / plans["18"])
    # One count for 20 to 25: all of 25, the rest alike from 20 to 24.
    younger = sum(plans[str(age)] for age in range(20, 25))
    assert ahead.exits[20:25] == pytest.approx(
        np.full(5, (ended("20-25") - plans["25"]) / younger)
    )
    assert ahead.exits[25] == 1.0


def test_the_growth_of_the_block_is_englands_for_two_years(panel):
    block = {
        year: published(panel, "high_needs_block_before_deductions_gbp", "England", year)
        for year in ("2020-21", "2021-22", "2022-23", "2023-24")
    }
    assert block_growth(panel, FinancialYear(2021)) == pytest.approx(
        {
            FinancialYear(2022): block["2021-22"] / block["2020-21"] - 1,
            FinancialYear(2023): block["2022-23"] / block["2021-22"] - 1,
        }
    )
    assert list(block_growth(panel, FinancialYear(2023))) == [FinancialYear(2024)]
    assert block_growth(panel, FinancialYear(2024)) == {}


@pytest.mark.parametrize("origin", ORIGINS)
def test_plans_have_the_published_bands_placements_and_total(panel, at, origin):
    stock = at(origin).stock[SOMERSET]
    total = published(panel, "ehc_plans", "Somerset", str(origin))
    assert stock.sum() == pytest.approx(total)
    for band, (low, high) in BANDS.items():
        count = published(panel, "ehc_plans", "Somerset", str(origin), f"age/{band}")
        unknown = published(panel, "ehc_plans", "Somerset", str(origin), "age/unknown")
        known = total - (unknown or 0.0)
        assert stock[low : high + 1].sum() == pytest.approx(count * total / known)
    # Not all are placed, and in some years the placements do not add up to the total.
    placed = [
        published(panel, "ehc_plans", "Somerset", str(origin), f"placement/{name}")
        for name in MODEL_PLACEMENTS
    ]
    assert stock.sum(axis=0) == pytest.approx(np.array(placed) * total / sum(placed))


@pytest.mark.parametrize("origin", ORIGINS)
def test_the_net_loss_of_england_is_the_mean_of_three_years(panel, at, origin):
    shares = []
    for year in range(origin - 3, origin):
        opening = published(panel, "ehc_plans", "England", str(year))
        closing = published(panel, "ehc_plans", "England", str(year + 1))
        new = published(panel, "new_ehc_plans", "England", str(year))
        shares.append((opening + new - closing) / opening)
    found = at(origin)
    plans = found.stock[ENGLAND_CODE].sum(axis=1)
    lost = (found.rates.exit_rate * plans).sum() / plans.sum()
    assert lost == pytest.approx(mean(shares))


@pytest.mark.parametrize("origin", ORIGINS)
def test_the_levels_of_all_areas_add_up_to_england(panel, at, origin):
    found = at(origin)
    lost = whole = new = 0.0
    for area in unbroken_areas(panel.at(origin)).areas:
        ages = found.stock[area.la_code].sum(axis=1)
        level = found.levels.loc[area.la_code]
        rates = found.rates.exit_rate[:-1] * level.exit_level
        lost += (rates * ages[:-1]).sum() + ages[-1] - level.balancing_share * ages.sum()
        whole += ages.sum()
        new += level.new_plans
    england = found.stock[ENGLAND_CODE].sum(axis=1)
    assert whole == pytest.approx(england.sum())
    assert lost == pytest.approx((found.rates.exit_rate * england).sum())
    year = str(origin - 1)
    assert new == pytest.approx(published(panel, "new_ehc_plans", "England", year))


def test_new_plans_are_the_mean_share_of_three_years(panel, at):
    shares = {
        area.la_code: [
            with_sums(panel).figure("new_ehc_plans", area, year).value
            / published(panel, "new_ehc_plans", "England", year)
            for year in ("2018", "2019", "2020")
        ]
        for area in unbroken_areas(panel).areas
    }
    one = sum(mean(share) for share in shares.values())
    last = published(panel, "new_ehc_plans", "England", "2020")
    found = at(2021).levels.loc[SOMERSET, "new_plans"]
    assert found == pytest.approx(mean(shares[SOMERSET]) / one * last)


def test_requests_not_asked_for_are_new_plans_at_the_first_ratio(panel, at, ahead):
    whole = {
        year: published(panel, "new_ehc_plans", "England", year) * ahead.request_ratio
        for year in ("2014", "2015")
    }
    first = at(2016)
    assert first.request_years == ()
    assert first.levels["requests_before"].to_numpy() == pytest.approx(
        (first.levels["requests"] * whole["2014"] / whole["2015"]).to_numpy()
    )
    second = at(2017)
    assert second.request_years == ("2016",)
    asked = published(panel, "ehc_assessment_requests", "England", "2016")
    ratio = second.levels["requests_before"] / second.levels["requests"]
    assert ratio.to_numpy() == pytest.approx(np.full(len(ratio), whole["2015"] / asked))


def test_people_are_the_cohorts_of_mid_2022_moved_back_and_scaled(panel, at):
    def counted(age):
        return published(panel, "population_by_age", "Somerset", "2022", f"age_year/{age}")

    # Mid-2018 is four years before: aged 10 then, 14 in 2022.
    children = sum(counted(age + 4) for age in range(18))
    scale = published(panel, "population_0_17", "Somerset", "2018") / children
    people = at(2019).people.loc[SOMERSET]
    assert people[10] == pytest.approx(counted(14) * scale)
    assert people[24] == pytest.approx(counted(25) * scale)
    assert people[list(range(18))].sum() == pytest.approx(
        published(panel, "population_0_17", "Somerset", "2018")
    )
    # From mid-2022 on they are published.
    assert at(2023).people.loc[SOMERSET, 10] == counted(10)


@pytest.mark.parametrize("origin", ORIGINS)
def test_moves_and_mixes_are_shares(at, origin):
    rates = at(origin).rates
    assert rates.moves.sum(axis=2) == pytest.approx(np.ones((26, 7)))
    assert rates.joining_mix.sum(axis=1) == pytest.approx(np.ones(26))
    assert (rates.moves >= 0).all()
    assert (rates.joining_mix >= 0).all()
    assert (rates.exit_rate >= 0).all()
    assert (rates.exit_rate <= 1).all()


def test_the_shares_that_stand_for_the_lines_are_those_of_the_record(panel):
    def lines(name):
        return panel.matrix("s251_outturn_line_gbp", f"line/{name}")["2021-22"]

    net = panel.matrix("s251_high_needs_net_gbp")["2021-22"]
    services = sum(
        lines(name)
        for name in (
            "sen_support",
            "alternative_provision",
            "hospital_education",
            "therapies",
        )
    )
    for name, spent in ((PLACES, lines("place_funding_total")), (SERVICES, services)):
        both = spent.notna() & net.reindex(spent.index).notna()
        share = spent[both].sum() / net.reindex(spent.index)[both].sum()
        assert stand_ins()[name].central == pytest.approx(share, abs=5e-5)
        assert stand_ins()[name].year == FinancialYear(2022)
