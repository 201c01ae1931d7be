"""The marked path: what it says of each authority, and futures that lie as errors did."""

import csv
import dataclasses

import numpy as np
import pytest

import highneeds as hn
from highneeds.errors import ModelError
from highneeds.forecast.bands import SIZE_POWER, earlier_errors
from highneeds.forecast.chosen import chosen_set, kept_file, kept_fits, what_is_read
from highneeds.forecast.england import parts_of_half
from highneeds.forecast.record import record_of
from highneeds.forecast.shares import HORIZONS, Regression, regression_of
from highneeds.model.simulate import simulate
from highneeds.panel.vintage import vintage
from highneeds.periods import FinancialYear
from highneeds.record.combined import combined_record
from highneeds.record.marked import marked_path, path_errors
from highneeds.record.opening import area_record
from highneeds.record.spread import spreads
from highneeds.scenario.assumptions import default_assumptions, defaults_beside
from tests.reference.shares import foretold

# Issued with the method, before it drove anything: thousands, January 2027 to 2031.
ISSUED = [800.4, 885.6, 975.4, 1070.6, 1172.3]
DRAWS = 20_000


@pytest.fixture(scope="module")
def panel():
    return hn.load_panel()


def test_england_is_on_the_path_that_was_issued_and_every_authority_in_it(panel):
    everyone = panel.geography.authorities(2026)
    total = sum(marked_path(panel, area) for area in everyone)
    assert total / 1000 == pytest.approx(ISSUED, abs=0.05)
    parts = parts_of_half(record_of(panel), 2026)
    assert list(parts["january"]) == [2027, 2028, 2029, 2030, 2031]
    assert list(parts["mean"] / 1000) == pytest.approx(ISSUED, abs=0.05)
    halves = parts[["last_growth", "stock_flow"]].mean(axis=1)
    assert list(parts["mean"]) == pytest.approx(list(halves))
    # As many more, each year, as from 638,745 to 718,838 plans.
    assert parts["last_growth"][4] == pytest.approx(718_838 * (718_838 / 638_745) ** 5)


def test_every_authority_has_the_path_of_a_second_implementation(panel):
    expected = foretold(panel, 2026)
    for area in panel.geography.authorities(2026):
        found = marked_path(panel, area)
        assert found == pytest.approx(expected[area.la_code], rel=1e-9), area


def test_in_the_central_case_plans_are_the_path_then_as_many_start_for_each(panel):
    scenario, record = hn.Scenario.load(), area_record(panel, panel.area("Kent"))
    central = {
        name: {"low": one.central, "high": one.central}
        for name, one in scenario.assumptions.items()
    }
    held = dataclasses.replace(
        scenario, assumptions=scenario.assumptions.replaced(central, "a test")
    )
    futures = simulate(
        record, held, spreads(panel).still(), until=FinancialYear(2035), draws=1, seed=1
    )
    plans = futures.stock.sum(axis=(1, 2))[1:, 0]
    assert plans[:HORIZONS] == pytest.approx(marked_path(panel, record.area), rel=1e-12)
    assert plans == pytest.approx(record.path[: len(plans)], rel=1e-12)
    # From the sixth year on, as many for each person: people of the years are the model's.
    people, each = record.population, []
    for _ in range(2023, 2035):
        each.append((record.rates.joining_per_person * people).sum())
        people = np.concatenate([people[:1], people[:-1]])
    ratio = futures.new[:, 0] / each[3:]
    assert ratio[4:] == pytest.approx(np.full(len(ratio) - 4, ratio[4]), rel=1e-9)


def test_the_range_of_plans_is_the_one_that_held_before_at_every_horizon(panel):
    record = area_record(panel, panel.area("Leeds"))
    spread = spreads(panel)
    alone = dataclasses.replace(
        spread,
        path=dataclasses.replace(spread.path, england=np.zeros_like(spread.path.england)),
    )
    futures = simulate(
        record,
        hn.Scenario.load(),
        alone,
        until=FinancialYear(2031),
        draws=DRAWS,
        seed=7,
    )
    plans = futures.stock.sum(axis=(1, 2))[1:]
    regression = regression_of(panel)
    errors = earlier_errors(regression, 2026, chosen_set(regression, 2026))
    for h in range(HORIZONS):
        off = np.log(plans[h] / record.path[h]) + spread.path.centre[h]
        found = np.quantile(off, [0.1, 0.5, 0.9])
        wanted = np.quantile(errors.scaled[h], [0.1, 0.5, 0.9])
        wanted *= float(record.stock.sum()) ** -SIZE_POWER
        # Ends from so many futures have a standard error of half a hundredth of the range.
        assert found == pytest.approx(wanted, abs=0.025 * (wanted[2] - wanted[0])), h


def test_what_requests_may_do_moves_no_future_of_the_default(panel):
    usual = hn.project(panel, "Leeds", draws=40)
    other = simulate(
        usual.record,
        usual.scenario,
        usual.spread,
        until=usual.until,
        draws=40,
        seed=usual.seed,
        seeds={"request_growth": 5, "issue_ratio": 5, "late_share": 5},
    )
    before, after = (one.stock.sum(axis=(1, 2)) for one in (usual.futures, other))
    np.testing.assert_allclose(after, before, rtol=1e-12)
    assert (usual.futures.requests != other.requests).any()


def test_errors_grow_beyond_the_years_marked_and_leave_englands_sum_alone(panel):
    errors = path_errors(panel)
    widths = [errors.half_width(years, 4000.0) for years in range(1, 11)]
    assert widths == sorted(widths)
    assert widths[9] / widths[4] == pytest.approx(2.0**errors.growth, rel=1e-9)
    # England's: growth changes each year, and stays changed.
    assert errors.england[4] / errors.england[0] == pytest.approx(
        np.sqrt(1 + 4 + 9 + 16 + 25)
    )
    everyone = panel.geography.authorities(2026)
    z = np.random.default_rng(3)
    total = sum(
        marked_path(panel, area)[4]
        * np.exp(
            errors.of_share(
                z.standard_normal((5, 400)), float(area_record(panel, area).stock.sum())
            )
        )[4]
        for area in everyone
    )
    assert total.mean() / 1000 == pytest.approx(ISSUED[4], rel=2e-3)


def test_what_was_chosen_is_kept_beside_what_it_was_chosen_from(panel):
    record = record_of(panel)
    with kept_file().open(encoding="utf-8", newline="") as text:
        kept = {int(row["january"]): row for row in csv.DictReader(text)}
    # To write them anew: python tools/chosen_shares.py
    assert list(kept) == list(range(record.earliest_origin, record.plans.last + 1))
    for january, row in kept.items():
        assert row["record"] == what_is_read(record, january), january
    for january in (2017, 2019):
        chosen = Regression(record.known(january)).chosen(january)
        assert " ".join(chosen) == kept[january]["covariates"]


def test_a_kept_fit_is_the_one_that_would_be_made(panel):
    record = record_of(panel)
    for january in (2018, record.plans.last):
        chosen, kept = chosen_set(Regression(record), january), kept_fits(record, january)
        fresh = Regression(record.known(january))
        origins = range(record.first_fitted + 1, january + 1)
        # What a projection from that January asks for: two Januaries are fitted here.
        assert {(one, chosen, h + 1) for one in origins for h in range(HORIZONS)} <= set(
            kept
        )
        for origin in (january - 1, january):
            for h in range(1, HORIZONS + 1):
                made = fresh.coefficients(origin, chosen, h)
                assert kept[origin, chosen, h] == pytest.approx(made, rel=1e-9, abs=1e-12)


def test_from_another_record_the_covariates_are_chosen_anew(panel):
    record = record_of(panel)
    plans = record.plans
    other = dataclasses.replace(
        record, plans=dataclasses.replace(plans, areas=plans.areas[::-1].copy())
    )
    assert what_is_read(other, 2017) != what_is_read(record, 2017)
    assert kept_fits(record, 2017)
    assert not kept_fits(other, 2017)
    regression = Regression(other.known(2017))
    assert chosen_set(regression, 2017) == regression.chosen(2017)


def test_an_area_put_together_has_the_sum_of_its_authorities_paths(panel):
    parts = [area_record(panel, panel.area(name)) for name in ("Kent", "Medway")]
    found = combined_record(panel.area("Kent"), parts)
    assert found.path == pytest.approx(parts[0].path + parts[1].path)


def test_an_area_of_which_nothing_can_be_foretold_is_refused_by_name(panel):
    with pytest.raises(ModelError, match=r"foretold for Dorset .*2018 are not held"):
        marked_path(panel.at(2018), panel.area("Dorset"))


def test_an_assumption_held_is_set_against_the_default_held():
    default = default_assumptions()
    one = default["request_growth"]
    held = default.replaced(
        {"request_growth": {"low": 0.0, "central": 0.0, "high": 0.0}}, "a test"
    )
    beside = defaults_beside(held)["request_growth"]
    assert beside.low == beside.central == beside.high == one.central
    assert defaults_beside(default)["request_growth"] == one


def test_the_default_scenario_leaves_every_default_as_it_is():
    trend, default = hn.Scenario.load(), default_assumptions()
    assert dict(trend.assumptions) == dict(default)
    assert not trend.measures
    assert not trend.paths


@pytest.mark.parametrize("origin", [2017, 2020, 2024])
def test_an_earlier_path_is_that_of_a_second_implementation(panel, origin):
    then = panel.at(origin)
    expected = foretold(panel, origin)
    assert vintage(then).census.end == origin
    for code in ("933", "886", "838+839", "940+941"):
        area = panel.geography[code] if len(code) == 3 else None
        key = area or hn.project(panel, code, origin=origin, draws=1).area
        assert marked_path(then, key) == pytest.approx(expected[code], rel=1e-9)
