"""Measures, one-off costs and dated paths, with every sum shown."""

import numpy as np
import pytest
from pydantic import ValidationError

from highneeds.periods import FinancialYear
from highneeds.scenario.assumptions import Assumptions
from highneeds.scenario.draws import CentralDraws, Draws
from highneeds.scenario.levers import (
    KINDS,
    DatedPath,
    Measure,
    OneOff,
    effects,
    neutral,
)

BASE = FinancialYear(2025)
# The effect that each kind moves.
EFFECT = {
    "early_support": "requests",
    "mainstream_places": "to_mainstream",
    "special_places": "places",
    "independent_prices": "independent_price",
    "post_16_pathways": "exits_16_plus",
    "block_transfer": "transfer",
    "service_savings": "cost_gbp",
}


def measure(kind="early_support", most=0.1, **given):
    fields = {
        "name": f"{kind} {most}",
        "kind": kind,
        "most": most,
        "starts": "2026-27",
        "full": "2028-29",
        "delivery_chance": 1.0,
    }
    return Measure.model_validate(fields | given)


def path(kind="requests", name="reform", **values):
    by_year = {
        key: values.get(key, values["central"]) for key in ("low", "central", "high")
    }
    return DatedPath(name=name, kind=kind, unit="ratio", **by_year)


def compiled(*measures, one_offs=(), paths=(), years=6, draws=4, seed=1):
    return effects(
        measures,
        one_offs,
        base=BASE,
        years=years,
        draws=Draws(Assumptions({}), "933", seed, 0, draws),
        paths=paths,
    )


def test_a_measure_is_phased_in_equal_steps():
    # 2026-27 to 2028-29 are three years: a third, two thirds, all; nothing before.
    found = [measure().ramp(BASE.shift(step)) for step in range(6)]
    assert found == pytest.approx([0, 0, 1 / 3, 2 / 3, 1, 1])


def test_a_measure_that_starts_in_full_has_no_ramp():
    sudden = measure(full="2026-27")
    assert [sudden.ramp(BASE.shift(step)) for step in range(4)] == [0, 0, 1, 1]


def test_no_lever_changes_nothing():
    still = neutral(3, 2)
    found = compiled(years=3, draws=2)
    for name in vars(still):
        np.testing.assert_array_equal(getattr(found, name), getattr(still, name))


@pytest.mark.parametrize(
    ("kind", "most", "in_full"),
    [
        ("early_support", 0.1, 0.9),
        ("mainstream_places", 0.1, 0.1),
        ("special_places", 120.0, 120.0),
        ("independent_prices", 0.05, 0.95),
        ("post_16_pathways", 0.1, 1.1),
        ("block_transfer", 0.005, 0.005),
        ("service_savings", 300_000.0, -300_000.0),
    ],
)
def test_each_kind_moves_its_own_effect_and_no_other(kind, most, in_full):
    found, still = compiled(measure(kind, most)), neutral(6, 4)
    assert getattr(found, EFFECT[kind])[-1] == pytest.approx(in_full)
    for name in set(vars(still)) - {EFFECT[kind]}:
        np.testing.assert_array_equal(getattr(found, name), getattr(still, name))


def test_every_kind_is_tried_and_a_slider_stays_within_what_it_may_be():
    assert KINDS.keys() == EFFECT.keys()
    for name, kind in KINDS.items():
        factor = 100 if kind.unit.startswith("share") else 1
        assert 0 < kind.step < kind.reach <= kind.most * factor, name
        assert measure(name, kind.reach / factor).unit == kind.unit


def test_measures_act_on_what_the_others_leave():
    # Two that avoid a half each leave a quarter, not nothing.
    two = compiled(measure(most=0.5, name="a"), measure(most=0.5, name="b"))
    assert two.requests[-1] == pytest.approx(0.25)
    # A fifth kept in mainstream, then a tenth of the rest: 1 - 0.8 x 0.9 = 0.28.
    kept = compiled(
        measure("mainstream_places", 0.2), measure("mainstream_places", 0.1)
    ).to_mainstream
    assert kept[-1] == pytest.approx(0.28)


def test_the_order_of_measures_does_not_matter():
    some = [measure(most=most, name=str(most)) for most in (0.1, 0.2, 0.3)]
    forth, back = compiled(*some), compiled(*reversed(some))
    np.testing.assert_allclose(forth.requests, back.requests)


def test_cost_to_achieve_falls_on_the_years_of_phasing():
    # £900 over three years of phasing: £300 in each of 2026-27, 2027-28, 2028-29.
    cost = compiled(measure(cost_to_achieve_gbp=900.0)).cost_gbp[:, 0]
    np.testing.assert_allclose(cost, [0, 0, 300, 300, 300, 0])


def test_savings_of_pounds_add_up_beside_what_it_costs_to_achieve_them():
    # £600 in thirds from 2026-27, £100 at once, and £90 over the three years of phasing.
    found = compiled(
        measure("service_savings", 600.0, cost_to_achieve_gbp=90.0),
        measure("service_savings", 100.0, full="2026-27"),
    ).cost_gbp[:, 0]
    np.testing.assert_allclose(found, [0, 0, -270, -470, -670, -700])


def test_delivery_follows_its_chance_and_costs_nothing_where_it_fails():
    found = compiled(measure(delivery_chance=0.7, cost_to_achieve_gbp=900.0), draws=20_000)
    delivered = found.requests[-1] < 1
    assert delivered.mean() == pytest.approx(0.7, abs=0.015)
    assert set(np.unique(found.requests[-1])) == {0.9, 1.0}
    np.testing.assert_array_equal(found.cost_gbp[:, ~delivered], 0)


@pytest.mark.parametrize(("chance", "left"), [(0.0, 1.0), (1.0, 0.9)])
def test_a_certain_chance_is_certain(chance, left):
    found = compiled(measure(delivery_chance=chance), draws=500)
    assert (found.requests[-1] == left).all()


def test_in_the_central_case_all_is_delivered_and_a_path_is_at_its_centre():
    way = path(central={"2027": 0.9}, low={"2027": 0.1}, high={"2027": 0.95})
    found = effects(
        [measure(most=0.1, delivery_chance=0.05), measure(name="no", delivery_chance=0.0)],
        (),
        base=BASE,
        years=6,
        draws=CentralDraws(Assumptions({}), "933"),
        paths=[way],
    )
    # Calendar 2024 to 2029: a tenth in full from 2028-29, and the path from 2027.
    by_hand = [1, 1, 1 - 0.1 / 3, (1 - 0.2 / 3) * 0.9, 0.9 * 0.9, 0.9 * 0.9]
    assert found.requests[:, 0] == pytest.approx(by_hand)


def test_another_measure_does_not_change_who_delivers_the_first():
    first = measure(name="first", delivery_chance=0.5)
    alone = compiled(first, draws=200)
    both = compiled(first, measure("special_places", 50.0, delivery_chance=0.5), draws=200)
    np.testing.assert_array_equal(alone.requests, both.requests)


def test_a_one_off_cost_falls_in_its_year_and_one_beyond_the_run_is_left_out():
    costs = [
        OneOff(name="appeals backlog", year="2025-26", gbp=500.0),
        OneOff(name="receipt", year="2025-26", gbp=-200.0),
        OneOff(name="too late", year="2039-40", gbp=1.0),
        OneOff(name="too early", year="2020-21", gbp=1.0),
    ]
    np.testing.assert_allclose(
        compiled(one_offs=costs).cost_gbp[:, 0], [0, 300, 0, 0, 0, 0]
    )


def test_a_path_holds_from_one_named_year_to_the_next():
    # Levers are by the calendar year in which a financial year opens: 2024 to 2029.
    found = compiled(paths=[path(central={"2026": 0.8, "2028": 0.5})])
    np.testing.assert_allclose(found.requests[:, 0], [1, 1, 0.8, 0.8, 0.5, 0.5])


def test_further_exits_leave_what_the_others_leave():
    found = compiled(
        paths=[
            path("further_exits", "a", central={"2027": 0.1, "2028": 0.0}),
            path("further_exits", "b", central={"2026": 0.2}),
        ]
    )
    # In 2027: 1 - 0.9 x 0.8 = 0.28.
    np.testing.assert_allclose(found.further_exits[:, 0], [0, 0, 0.2, 0.28, 0.2, 0.2])


def test_one_draw_serves_every_year_of_a_path():
    wide = path(
        low={"2026": 0.6, "2028": 0.2},
        central={"2026": 0.8, "2028": 0.5},
        high={"2026": 1.0, "2028": 0.8},
    )
    found = compiled(paths=[wide], draws=5000)
    # As far from 0.8 on a width of 0.2 as from 0.5 on a width of 0.3, save at the limits.
    inside = (found.requests[4] > 0) & (found.requests[4] < 2)
    first, later = found.requests[2, inside] - 0.8, found.requests[4, inside] - 0.5
    np.testing.assert_allclose(later, 1.5 * first, atol=1e-12)
    # One future in ten lies beyond either end.
    assert np.quantile(found.requests[2], [0.1, 0.5, 0.9]) == pytest.approx(
        [0.6, 0.8, 1.0], abs=0.02
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"most": 0.6}, "above 0.5, the highest for early_support"),
        ({"most": -0.1}, "greater than or equal to 0"),
        ({"delivery_chance": 1.2}, "less than or equal to 1"),
        ({"cost_to_achieve_gbp": -1.0}, "greater than or equal to 0"),
        ({"full": "2025-26"}, "full 2025-26 is before starts 2026-27"),
        ({"starts": "2026"}, "2026"),
        ({"kind": "magic"}, "no such kind; expected early_support, "),
        ({"kind": "early_suport"}, r"the nearest is early_support\)"),
        ({"kind": "special_places", "most": 5001.0}, "5,001 is above 5,000"),
    ],
)
def test_a_measure_out_of_range_is_refused(change, words):
    with pytest.raises(ValidationError, match=words):
        measure(**change)


def test_more_than_the_forum_may_approve_needs_the_secretary_of_state():
    with pytest.raises(ValidationError, match=r"0\.60% .* above the 0\.5%"):
        measure("block_transfer", 0.006)
    assert measure("block_transfer", 0.006, disapplied=True).most == 0.006
    with pytest.raises(ValidationError, match=r"above 0\.015"):
        measure("block_transfer", 0.02, disapplied=True)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"central": {}}, "at least one"),
        ({"central": {"2026": 0.5}, "low": {"2027": 0.5}}, "the same years"),
        ({"central": {"2026": 0.5}, "low": {"2026": 0.6}}, "not in order"),
        ({"central": {"2026": 2.5}}, "not in order between 0 and 2"),
        ({"central": {"2026-27": 0.5}}, "2026-27"),
    ],
)
def test_a_faulty_path_is_refused(values, words):
    with pytest.raises(ValidationError, match=words):
        path(**values)


def test_further_exits_above_one_are_refused():
    with pytest.raises(ValidationError, match="between 0 and 1"):
        path("further_exits", central={"2030": 1.1})
