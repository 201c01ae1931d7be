"""Plans whose placement was not recorded: drawn where they are many, and nowhere else."""

import dataclasses
from math import exp, log
from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import highneeds as hn
from highneeds.model.simulate import simulate
from highneeds.model.unknown_placements import STREAM, placed_at_odds
from highneeds.periods import Census, FinancialYear
from highneeds.record.cells import MODEL_PLACEMENTS
from highneeds.record.combined import combined_record
from highneeds.record.opening import area_record
from highneeds.record.origin import origin_record
from highneeds.record.spread import spreads
from highneeds.record.stock import many_unknown
from highneeds.scenario.streams import normals
from tests.data.test_scenarios import without_ranges
from tests.reference.expected import LAST, SCENARIOS
from tests.reference.flows import project_plans
from tests.reference.local import opening
from tests.reference.money import project_pounds
from tests.reference.published import parts
from tests.reference.scenario_files import read

# Plans of unknown placement and all plans in January 2026, as the department publishes
# them: above one in twenty.
MANY = {
    "Sandwell": (270, 4780),
    "Stockport": (316, 3930),
    "North Lincolnshire": (115, 1941),
    "Plymouth": (759, 3646),
    "Suffolk": (828, 11598),
}
STATE, INDEPENDENT = (
    MODEL_PLACEMENTS.index(f"{kind}_special") for kind in ("state", "independent")
)


@pytest.fixture(scope="module")
def panel():
    return hn.load_panel()


def robust(values):
    middle = median(values)
    return 1.4826 * median(abs(value - middle) for value in values)


def test_the_spreads_are_how_authorities_differ(panel):
    special, independent = [], []
    for area in panel.geography.authorities(2026):
        plans = parts(panel, "ehc_plans", area.la_code, "2026", "placement")
        plans.pop("unknown", None)
        state, dear = (plans.pop(f"{kind}_special", 0) for kind in ("state", "independent"))
        if state + dear > 0 and plans:
            special.append(log((state + dear) / sum(plans.values())))
        if state > 0 and dear > 0:
            independent.append(log(dear / state))
    found = spreads(panel)
    assert found.special_local == pytest.approx(robust(special))
    assert found.independent_local == pytest.approx(robust(independent))


def run(panel, area, spread=None, draws=200):
    return simulate(
        area_record(panel, panel.area(area)),
        hn.Scenario.load(),
        spread or spreads(panel),
        until=FinancialYear(2028),
        draws=draws,
        seed=5,
    )


def still(panel):
    """No draw of where the plans of unknown placement are."""
    return dataclasses.replace(spreads(panel), special_local=0.0, independent_local=0.0)


def test_they_are_drawn_in_the_five_authorities_with_more_than_a_twentieth(panel):
    found = {}
    for area in panel.geography.authorities(2026):
        record = area_record(panel, area)
        if record.unknown.any():
            found[area.name] = record.unknown.sum() / record.stock.sum()
    assert found.keys() == MANY.keys()
    for name, (unknown, plans) in MANY.items():
        # By age a few plans are missing, whose age was not recorded.
        assert found[name] == pytest.approx(unknown / plans, rel=0.02)
        assert unknown / plans > 0.05


def test_they_are_many_above_a_twentieth_and_not_at_one():
    # 40 plans in all, of which 2 unknown are 5%; 3 of 41 are 7%.
    for unknown, drawn in (([2.0, 0.0], [0.0, 0.0]), ([2.0, 1.0], [2.0, 1.0])):
        gaps = []
        mine = np.column_stack([[18.0, 20.0], unknown])
        assert many_unknown(mine, Census(2026), "", gaps).tolist() == drawn
        assert [gap.what.split(" of plans")[0] for gap in gaps] == (
            ["The placement of 7%"] if any(drawn) else []
        )


# As above, of January 2023: the share that a projection from that January says.
@pytest.mark.parametrize(
    ("area", "unknown", "plans", "said"),
    [("Bristol", 1657, 3709, "45%"), ("Oxfordshire", 286, 5427, "5%")],
)
def test_from_an_earlier_january_the_share_said_is_the_published_one(
    panel, area, unknown, plans, said
):
    then = panel.at(2023)
    assert panel.figure("ehc_plans", area, "2023", "placement/unknown").value == unknown
    assert panel.figure("ehc_plans", area, "2023").value == plans
    assert said == f"{unknown / plans:.0%}"
    record = origin_record(then, then.area(area))
    assert record.unknown.sum() / record.stock.sum() == pytest.approx(unknown / plans)
    assert any(
        f"The placement of {said} of plans in January 2023 was not recorded." in gap.what
        for gap in record.gaps
    )


def test_ten_plans_at_twice_the_odds():
    # 6 mainstream, 3 state, 1 independent: odds of a special school 4 to 6, doubled 8 to 6,
    # so 8/14 of ten plans. Of independent among these 1 to 3, tripled 3 to 3: half of them.
    plans = np.zeros((1, 7, 1))
    plans[0, 0], plans[0, STATE], plans[0, INDEPENDENT] = 6, 3, 1
    found = placed_at_odds(plans, np.array([2.0]), np.array([3.0]))[0, :, 0]
    assert found[0] == pytest.approx(10 * 6 / 14)
    assert found[STATE] == pytest.approx(10 * 8 / 14 / 2)
    assert found[INDEPENDENT] == pytest.approx(10 * 8 / 14 / 2)


factors = hnp.arrays(float, 3, elements=st.floats(0.05, 20))


@settings(max_examples=50)
@given(hnp.arrays(float, (26, 7, 1), elements=st.floats(0, 1e4)), factors, factors)
def test_no_plan_is_lost_and_none_is_negative(plans, special, independent):
    found = placed_at_odds(plans, special, independent)
    assert (found >= 0).all()
    total = np.repeat(plans.sum(axis=1), 3, axis=1)
    np.testing.assert_allclose(found.sum(axis=1), total, rtol=1e-9, atol=1e-9)


def test_only_placements_are_drawn_and_only_where_they_are_many(panel):
    for area in ("Stockport", "Somerset"):
        with_draw, without = run(panel, area), run(panel, area, still(panel))
        for name in ("requests", "new", "block"):
            # Ages are added up over other placements: the same but for the last digit.
            np.testing.assert_allclose(
                getattr(with_draw, name), getattr(without, name), rtol=1e-12, err_msg=name
            )
        np.testing.assert_allclose(with_draw.stock.sum((1, 2)), without.stock.sum((1, 2)))
        same = np.array_equal(with_draw.stock, without.stock)
        assert same == (area == "Somerset")


def test_placements_range_about_what_sharing_out_gives(panel):
    found = run(panel, "Stockport", draws=4000).stock[0].sum(axis=0)
    shared = run(panel, "Stockport", still(panel), draws=1).stock[0].sum(axis=0)[:, 0]
    for placement in (STATE, INDEPENDENT):
        low, middle, high = np.quantile(found[placement], [0.1, 0.5, 0.9])
        assert low < shared[placement] < high
        assert middle == pytest.approx(shared[placement], rel=0.01)
    # What is spent in the base year is known whatever the placements are.
    spent = [run(panel, "Stockport", s).spending[0] for s in (None, still(panel))]
    np.testing.assert_allclose(*spent)


def test_both_engines_place_them_alike(panel):
    # One future after another: at the odds drawn, the reference must give the same result.
    found = spreads(panel)
    record = area_record(panel, panel.area("Stockport"))
    placed = {name: getattr(found, name) for name in ("special_local", "independent_local")}
    futures = simulate(
        record,
        without_ranges(hn.Scenario.load()),
        dataclasses.replace(found.still(), **placed),
        until=FinancialYear(LAST),
        draws=3,
        seed=9,
    )
    z = normals(STREAM, "356", seed=9, rows=2, draws=3)
    assumed = read(SCENARIOS / "trend.toml")
    for draw in range(3):
        odds = (
            exp(found.special_local * z[0, draw]),
            exp(found.independent_local * z[1, draw]),
        )
        start = opening(panel, "Stockport", odds)
        plans = project_plans(start, assumed, LAST)
        pounds = project_pounds(start, plans, assumed, LAST)
        by_placement = [[row[p] for p in MODEL_PLACEMENTS] for row in plans.placements]
        np.testing.assert_allclose(
            futures.stock.sum(axis=1)[..., draw], by_placement, rtol=1e-9
        )
        np.testing.assert_allclose(futures.spending[:, draw], pounds.spending, rtol=1e-9)
        np.testing.assert_allclose(futures.balance[:, draw], pounds.balance, rtol=1e-9)


def test_a_report_lists_these_spreads_only_where_they_are_used(panel):
    listed = {
        name: set(hn.project(panel, name, draws=1).assumptions()["name"])
        for name in ("Stockport", "Somerset")
    }
    assert listed["Stockport"] - listed["Somerset"] == {
        "special_local",
        "independent_local",
    }


def test_an_area_put_together_draws_the_unknown_of_its_parts(panel):
    record = area_record(panel, panel.area("Suffolk"))
    other = area_record(panel, panel.area("Rutland"))
    both = combined_record(record.area, [record, other])
    np.testing.assert_allclose(both.unknown, record.unknown)
    np.testing.assert_array_equal(both.unknown_before, record.unknown_before)
    # Of Essex the placements of two earlier Januaries were not recorded, and are drawn too.
    essex = area_record(panel, panel.area("Essex"))
    both = combined_record(essex.area, [essex, other])
    assert not both.unknown.any()
    np.testing.assert_array_equal(both.unknown_before, essex.unknown_before)
    assert (both.unknown_before > 0).all()
