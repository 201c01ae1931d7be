"""Shipped scenarios: each beside its expected result, which is the reference engine's."""

import ast
import dataclasses
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import highneeds as hn
from highneeds.errors import AssumptionError
from highneeds.model.simulate import central_case
from highneeds.periods import FinancialYear
from highneeds.record.cells import MODEL_PLACEMENTS
from highneeds.record.opening import area_record
from highneeds.record.spread import spreads
from highneeds.report.scenarios import changes_table
from highneeds.scenario.levers import KINDS, DatedPath, Measure, OneOff
from highneeds.scenario.scenario import Scenario
from tests.reference.expected import (
    AREA,
    LAST,
    SCENARIOS,
    expected,
    expected_csv,
    read_expected,
)
from tests.reference.flows import project_plans
from tests.reference.local import england_opening
from tests.reference.published import by_age_and_placement, scaled, totals
from tests.reference.returns import mended
from tests.reference.scenario_files import read

SHIPPED = Scenario.shipped()
# Share of pupils with a plan in January 2025, per cent (DfE).
PUPILS_2025 = 5.3
# Both engines work in double precision; the files hold pence and millionths of a pupil.
CLOSE = {"rel": 1e-6, "abs": 1e-5}


@pytest.fixture(scope="module")
def panel():
    return hn.load_panel()


def without_ranges(scenario):
    """Every assumption and path held at its central value, every measure delivered."""
    central = {
        name: {"low": estimate.central, "high": estimate.central}
        for name, estimate in scenario.assumptions.items()
    }
    return dataclasses.replace(
        scenario,
        assumptions=scenario.assumptions.replaced(central, "a test"),
        measures=tuple(
            m.model_copy(update={"delivery_chance": 1.0}) for m in scenario.measures
        ),
        paths=tuple(
            p.model_copy(update={"low": p.central, "high": p.central})
            for p in scenario.paths
        ),
    )


def central_futures(panel, scenario, record):
    """The central case of an authority to the last year of the expected results."""
    return central_case(record, scenario, spreads(panel), until=FinancialYear(LAST))


def modelled(panel, scenario, area=AREA):
    """Year, measure → value, from highneeds.model."""
    record = area_record(panel, panel.area(area))
    now = record.vintage
    futures = central_futures(panel, scenario, record)
    series = {
        "ehc_plans": futures.stock.sum(axis=(1, 2)),
        "ehc_assessment_requests": futures.requests,
        "new_ehc_plans": futures.new,
        "ceased_ehc_plans": futures.ended,
        "state_special_place_shortfall": futures.shortfall,
    }
    for column, placement in enumerate(MODEL_PLACEMENTS):
        series[f"ehc_plans/{placement}"] = futures.stock.sum(axis=1)[:, column]
    values = {
        (str(now.census.end + step), name): float(row[0])
        for name, rows in series.items()
        for step, row in enumerate(rows)
    }
    for name, rows in {
        "high_needs_spending_gbp": futures.spending,
        "high_needs_block_before_deductions_gbp": futures.block,
        "in_year_balance_gbp": futures.in_year,
        "dsg_balance_gbp": futures.balance,
    }.items():
        for step, row in enumerate(rows):
            values[now.year.shift(step).label, name] = float(row[0])
    return values


def test_the_reference_engine_is_plain_python_and_takes_only_published_figures():
    folder = Path(__file__).resolve().parents[1] / "reference"
    roots = set()
    for path in folder.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                roots.add(node.module)
            elif isinstance(node, ast.Import):
                roots |= {name.name for name in node.names}
    others = {name for name in roots if not name.startswith("tests.reference")}
    assert others - set(sys.stdlib_module_names) == {"highneeds.panel.panel"}


def test_each_shipped_scenario_has_its_expected_result():
    assert len(SHIPPED) > 10
    assert "trend" in SHIPPED
    assert sorted(path.name for path in SCENARIOS.iterdir()) == sorted(
        [f"{name}.toml" for name in SHIPPED] + [f"{name}.expected.csv" for name in SHIPPED]
    )


@pytest.mark.parametrize("name", SHIPPED)
def test_an_expected_file_is_what_the_reference_engine_says(name):
    # To write them anew: python -m tests.reference
    written = (SCENARIOS / f"{name}.expected.csv").read_text("utf-8")
    lines = zip(written.splitlines(), expected_csv(name).splitlines(), strict=True)
    for old, new in lines:
        if old != new:
            assert old.split(",")[:2] == new.split(",")[:2]
            # Another platform's power function may move the last digit.
            assert float(old.split(",")[2]) == pytest.approx(
                float(new.split(",")[2]), abs=0.011
            )


@pytest.mark.parametrize("name", SHIPPED)
def test_a_scenario_gives_its_expected_result(panel, name):
    wanted, found = read_expected(name), modelled(panel, Scenario.load(name))
    assert found.keys() == wanted.keys()
    for key, value in wanted.items():
        assert found[key] == pytest.approx(value, **CLOSE), key


# Of every kind: a county, an inner London borough, the largest, the smallest with a block,
# one whose balance is carried two years.
# In the last two a January cannot be right; only one has placements beside it.
OTHERS = ["Kent", "Camden", "Surrey", "Rutland", "Buckinghamshire", "Newham", "Nottingham"]


@pytest.mark.parametrize("area", OTHERS)
@pytest.mark.parametrize("name", ["trend", "mitigated_example"])
def test_the_engines_agree_on_other_authorities(panel, name, area):
    wanted, found = expected(name, area), modelled(panel, Scenario.load(name), area)
    for key, value in wanted.items():
        assert found[key] == pytest.approx(value, rel=1e-9, abs=1e-6), key


share = st.floats(0, 1)


def _measure(kind):
    whole = 100 if KINDS[kind].unit.startswith("share") else 1
    # No more pounds than any of these authorities spends.
    most = min(KINDS[kind].reach / whole, 1e6)
    return st.builds(
        lambda part, first, span, cost: Measure(
            name=kind,
            kind=kind,
            most=most * part,
            starts=FinancialYear(first).label,
            full=FinancialYear(first + span).label,
            delivery_chance=0.5,
            cost_to_achieve_gbp=1e6 * cost,
        ),
        share,
        st.integers(2025, 2032),
        st.integers(0, 4),
        share,
    )


def _path(kind):
    return st.dictionaries(
        st.integers(2025, 2034).map(str), st.floats(0, 1), min_size=1, max_size=3
    ).map(
        lambda years: DatedPath(
            name=kind, kind=kind, unit="ratio", low=years, central=years, high=years
        )
    )


@settings(max_examples=25)
@given(st.data())
def test_the_engines_agree_on_any_scenario_that_can_be_written(
    panel, tmp_path_factory, data
):
    trend = Scenario.load("trend")
    area = data.draw(st.sampled_from([AREA, *OTHERS]), label="area")
    changes = {}
    for name, estimate in trend.assumptions.items():
        # Wider than any shipped range, within what is allowed and near what is likely.
        width = max(estimate.high - estimate.low, 0.1 * abs(estimate.central), 0.02)
        middle = estimate.central + (2 * data.draw(share, label=name) - 1) * width
        value = min(max(middle, estimate.minimum), estimate.maximum)
        if name == "block_growth.2025-26":
            value = min(value, 0.099)  # the published cap is 10%
        changes[name] = {"low": value, "central": value, "high": value}
    scenario = dataclasses.replace(
        trend,
        name="any",
        assumptions=trend.assumptions.replaced(changes, "a test"),
        policies=trend.policies.model_copy(
            update={
                "limit_special_places": True,
                "stability_grant": trend.policies.stability_grant.model_copy(
                    update={"switched_on": True, "share": data.draw(share)}
                ),
            }
        ),
        measures=tuple(data.draw(_measure(kind)) for kind in KINDS),
        one_offs=(OneOff(name="one", year="2027-28", gbp=1e6 * data.draw(share)),),
        paths=tuple(data.draw(_path(kind)) for kind in ("requests", "further_exits")),
    )
    path = tmp_path_factory.mktemp("any") / "any.toml"
    path.write_text(scenario.to_toml(), encoding="utf-8")
    assert Scenario.load(path) == scenario
    wanted, found = expected(path, area), modelled(panel, scenario, area)
    for key, value in wanted.items():
        assert found[key] == pytest.approx(value, rel=1e-9, abs=1e-4), key


@pytest.mark.parametrize("name", SHIPPED)
def test_a_scenario_written_and_read_again_is_the_same(tmp_path, name):
    scenario = Scenario.load(name)
    path = tmp_path / "again.toml"
    path.write_text(scenario.to_toml(), encoding="utf-8")
    again = Scenario.load(path)
    assert again == scenario
    assert again.to_toml() == scenario.to_toml()


def test_awkward_text_is_written_and_read_again(tmp_path):
    text = 'Quote " and \\ and\ttab\nline, £ and —'
    scenario = dataclasses.replace(Scenario.load(), description=text)
    path = tmp_path / "again.toml"
    path.write_text(scenario.to_toml(), encoding="utf-8")
    assert Scenario.load(path).description == text


@pytest.mark.parametrize(
    "name", ["new_specialist_places", "new specialist places", "New-Specialist-Places "]
)
def test_a_scenario_is_found_however_its_name_is_written(name):
    assert Scenario.load(name).name == "new_specialist_places"


def test_a_name_no_scenario_has_lists_those_there_are():
    with pytest.raises(AssumptionError, match=r"reform_path, .*trend\. Give one of these"):
        Scenario.load("reform")


@pytest.mark.parametrize("name", SHIPPED)
def test_every_value_a_scenario_changes_says_how_sure_where_from_and_whose(name):
    scenario, trend = Scenario.load(name), Scenario.load("trend")
    assert scenario.name == name
    assert scenario.title != name
    assert scenario.description
    assert scenario.author
    assert scenario.date
    for key, estimate in scenario.assumptions.items():
        if estimate != trend.assumptions[key]:
            assert estimate.low < estimate.central < estimate.high
            assert estimate.unit
            assert estimate.source
            assert estimate.owner
    for lever in (*scenario.measures, *scenario.paths):
        assert lever.unit
        assert lever.source
        assert lever.owner
    for measure in scenario.measures:
        assert measure.delivery_chance < 1
        assert measure.legal_note
    for path in scenario.paths:
        assert any(path.low[year] < path.high[year] for year in path.central)


def test_every_kind_of_measure_is_in_some_shipped_scenario():
    used = {one.kind for name in SHIPPED for one in Scenario.load(name).measures}
    assert used == KINDS.keys()
    kinds = [measure.kind for measure in Scenario.load("mitigated_example").measures]
    assert len(kinds) == len(set(kinds)) == 6


# What each scenario is for.


def change(name, year, measure):
    one, trend = read_expected(name), read_expected("trend")
    return one[year, measure] / trend[year, measure] - 1


def test_the_surge_adds_a_twentieth_to_requests_in_its_four_years():
    found = [
        change("pre_reform_surge", str(year), "ehc_assessment_requests")
        for year in range(2026, 2032)
    ]
    assert found == pytest.approx([0.05, 0.05, 0.05, 0.05, 0, 0], abs=1e-6)


def test_the_surge_adds_a_twentieth_to_new_plans_once_late_ones_have_come():
    # 42% of a year's requests lead to a plan in the next.
    found = [
        change("pre_reform_surge", str(year), "new_ehc_plans") for year in range(2026, 2032)
    ]
    assert found[0] == pytest.approx(0.05 * 0.58, abs=2e-3)
    assert found[1:4] == pytest.approx([0.05, 0.05, 0.05], abs=1e-6)
    assert found[5] == pytest.approx(0.0, abs=1e-6)
    assert change("pre_reform_surge", "2030", "ehc_plans") > 0.015


def test_requests_that_stop_growing_are_below_the_default_by_its_growth_and_theirs():
    # Growth of the first year, then a fifth of it less each year: 1 + 0.8 + ... of it.
    found = [
        change("entrants_stop_growing", str(year), "ehc_assessment_requests")
        for year in range(2026, 2032)
    ]
    done = [1.0, 1.8, 2.4, 2.8, 3.0, 3.0]
    assert found == pytest.approx([(0.91 / 1.053) ** part - 1 for part in done], abs=1e-6)


def test_entrants_that_stop_growing_are_level_at_englands_rates(england):
    plans = project_plans(england, read(SCENARIOS / "entrants_stop_growing.toml"), LAST)
    people, each = list(england.residents), []
    for _ in range(2023, 2031):
        rates = england.england.joining_per_person
        each.append(sum(a * b for a, b in zip(rates, people, strict=True)))
        people = [people[0], *people[:-1]]
    level = [
        new / england.new_plans / (per / each[2])
        for new, per in zip(plans.new[:5], each[3:], strict=True)
    ]
    assert level == pytest.approx([1.0] * 5, abs=0.07)
    assert level[-1] == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("name", SHIPPED)
def test_a_scenario_moves_each_future_by_its_documented_amount(panel, name):
    """Not the central one alone: requests and new plans against the default's own."""
    one, trend = (
        hn.project(panel, "Camden", Scenario.load(which), draws=50)
        for which in (name, "trend")
    )
    asked, usual = one.futures.requests, trend.futures.requests
    # None are asked for in a future whose path is below those who stay.
    ratio = np.divide(asked, usual, out=np.full_like(usual, np.nan), where=usual > 0)
    assert np.isfinite(ratio).mean() > 0.95
    if name == "pre_reform_surge":
        surge = one.scenario.assumptions["request_surge"].draw(
            "request_surge", seed=one.seed, draws=50, area=one.area.la_code
        )
        wanted = np.where(usual > 0, 1 + surge, np.nan)
        np.testing.assert_allclose(ratio, wanted, rtol=1e-9)
        # The late ones of a surge year start in the next, so new plans have it from then.
        new, without = one.futures.new[1:], trend.futures.new[1:]
        np.testing.assert_allclose(new, without * (1 + surge), rtol=1e-9)
        more = one.futures.stock.sum(axis=(1, 2)) - trend.futures.stock.sum(axis=(1, 2))
        assert (more[-1][surge > 0.01] > 0).all()
    elif name in {"entrants_stop_growing", "reform_path", "published_outlook"}:
        assert (ratio[usual > 0] < 1).mean() > 0.9
    elif name == "mitigated_example":
        assert (ratio[usual > 0] <= 1 + 1e-12).all()
        assert (ratio < 1 - 1e-6).any()
    else:
        np.testing.assert_allclose(asked, usual, rtol=1e-12)
        np.testing.assert_allclose(
            one.futures.stock.sum(axis=(1, 2)), trend.futures.stock.sum(axis=(1, 2))
        )


def test_the_block_scenarios_differ_by_their_growth_from_2027_28():
    # The trend grows by 3% a year.
    for name, growth in (
        ("grant_plus_2", 1.02),
        ("grant_minus_2", 0.98),
        ("frozen_block", 1.0),
    ):
        block = "high_needs_block_before_deductions_gbp"
        assert change(name, "2026-27", block) == pytest.approx(0)
        assert change(name, "2029-30", block) == pytest.approx((growth / 1.03) ** 3 - 1)
        assert change(name, "2029-30", "high_needs_spending_gbp") == 0


def test_price_bands_change_no_plan_and_hold_prices_for_three_years():
    assert change("price_bands", "2030", "ehc_plans") == 0
    assert change("price_bands", "2026-27", "high_needs_spending_gbp") == 0
    assert change("price_bands", "2029-30", "high_needs_spending_gbp") < 0
    # Three years at 4.3% undone: 1.043 ** 3 x (1 - 0.1187) = 1 to within a thousandth.
    held = 1 - Scenario.load("price_bands").measures[0].most
    assert held * 1.043**3 == pytest.approx(1, abs=1e-3)


def test_savings_stated_in_pounds_take_those_pounds_off_and_move_no_plan():
    spent = "high_needs_spending_gbp"
    one, trend = read_expected("stated_savings"), read_expected("trend")
    off = {
        year: one[year, spent] - trend[year, spent] for year, name in trend if name == spent
    }
    # Half of £300,000 and all of £120,000, with half of £60,000 to achieve it; then all.
    assert off["2026-27"] == 0
    assert off["2027-28"] == pytest.approx(-150_000 - 120_000 + 30_000, abs=0.02)
    assert off["2028-29"] == pytest.approx(-300_000 - 120_000 + 30_000, abs=0.02)
    assert off["2034-35"] == pytest.approx(-420_000, abs=0.02)
    assert change("stated_savings", "2030", "ehc_plans") == 0


def test_a_table_of_what_is_changed_writes_savings_as_money(panel):
    one, trend = (
        hn.project(panel, AREA, name, draws=1) for name in ("stated_savings", "trend")
    )
    said = list(changes_table([trend, one]).frame["after"])
    assert said == ["£300,000 a year from 2028-29", "£120,000 a year from 2027-28"]


def test_new_places_leave_fewer_pupils_without_one(panel):
    scenario = Scenario.load("new specialist places")
    without = modelled(panel, dataclasses.replace(scenario, measures=()))
    shortfall = ("2029", "state_special_place_shortfall")
    assert read_expected("new_specialist_places")[shortfall] < without[shortfall]


@pytest.fixture(scope="module")
def england(panel):
    return england_opening(panel, AREA)


def shares_of_pupils(england, name):
    """Share of pupils with a plan each January: 5.3% in 2025, then as plans at 5 to 15 go.

    Plans of those aged 5 to 15 over people of that age half a year before, at England's
    own rates, scaled to the published share of January 2025.
    """
    stocks = project_plans(england, read(SCENARIOS / f"{name}.toml"), LAST).stocks
    people, rates = england.residents, []
    for stock in (england_before(), *stocks):
        people = [people[0], *people[:-1]]  # mid-2024 for January 2025
        plans = sum(sum(stock[age].values()) for age in range(5, 16))
        rates.append(plans / sum(people[5:16]))
    return {2025 + step: PUPILS_2025 * rate / rates[0] for step, rate in enumerate(rates)}


def england_before():
    """England's plans of January 2025 by age, the false count of one authority mended."""
    panel = hn.load_panel()
    everyone = [one.la_code for one in panel.geography.authorities(2026)]
    total = mended(panel, everyone, 2025)["E92000001"]["2025"]
    found = by_age_and_placement(panel, "ehc_plans", "E92000001", "2025")
    return scaled(found, total)


def test_the_reform_path_is_the_governments_at_englands_rates(panel, england):
    found = shares_of_pupils(england, "reform_path")
    # DfE, February 2026, as reported: 5.3% in 2024-25, 7.7% in 2029-30, 4.7% in 2034-35.
    published = totals(panel, "pupils_with_ehc_plan_pct")["E92000001"]["2025"]
    assert found[2025] == PUPILS_2025 == published
    assert found[2030] == pytest.approx(7.7, abs=0.02)
    assert found[2035] == pytest.approx(4.7, abs=0.02)
    # One in eight over five years, of those who would have gone on.
    kept_on = 1 - Scenario.load("reform_path").paths[0].central["2030"]
    assert kept_on**5 == pytest.approx(7 / 8, abs=3e-4)


def test_the_trend_passes_the_governments_share_well_before_the_reform(england):
    # As docs/scenarios.md says: 9.5% in January 2030, and 8.3% if entrants stop growing.
    assert shares_of_pupils(england, "trend")[2030] == pytest.approx(9.5, abs=0.05)
    flat = shares_of_pupils(england, "entrants_stop_growing")
    assert flat[2030] == pytest.approx(8.35, abs=0.05)


def test_the_authorities_added_up_come_near_the_governments_path(panel):
    scenario, plans, people = Scenario.load("reform_path"), 0.0, 0.0
    for area in panel.geography.authorities(2026):
        record = area_record(panel, area)
        plans = plans + central_futures(panel, scenario, record).stock[:, 1:3].sum(
            (1, 2, 3)
        )
        people = people + record.population
    rates = []
    before = sum(sum(row.values()) for row in england_before()[5:16])
    for total in (before, *plans):  # those aged 5 to 10 and 11 to 15
        people = [people[0], *people[:-1]]
        rates.append(total / sum(people[5:16]))
    found = [PUPILS_2025 * rate / rates[0] for rate in rates]
    assert found[5] == pytest.approx(7.7, abs=0.15)
    assert found[10] == pytest.approx(4.7, abs=0.15)


def test_the_published_outlook_is_what_others_have_published_of_england(panel):
    # Isos for County Councils Network: about 840,000 plans in January 2029; Office for
    # Budget Responsibility: deficits of £14bn by March 2028 (both November 2025).
    scenario, plans, balance = Scenario.load("published_outlook"), 0.0, 0.0
    for area in panel.geography.authorities(2026):
        record = area_record(panel, area)
        futures = central_futures(panel, scenario, record)
        now = record.vintage
        plans += futures.stock[2029 - now.census.end].sum()
        if record.money.has_block:
            balance += futures.balance[2028 - now.year.end].sum()
    assert plans == pytest.approx(840_000, rel=0.01)
    assert balance == pytest.approx(-14e9, rel=0.03)


def test_the_published_outlook_moves_requests_and_the_later_block_alone():
    trend, other = Scenario.load("trend"), Scenario.load("published_outlook")
    moved = [
        name
        for name, estimate in other.assumptions.items()
        if estimate.central != trend.assumptions[name].central
    ]
    assert sorted(moved) == ["block_growth.later", "request_growth"]
    assert (other.policies, other.measures, other.paths) == (trend.policies, (), ())


PAGE = SCENARIOS.parents[1] / "docs" / "scenarios.md"


def table(heading):
    """Rows of a table of docs/scenarios.md, by scenario: the numbers after its name."""
    text = PAGE.read_text("utf-8").split(heading)[1].split("\n\n")[1]
    rows = {}
    for line in text.splitlines()[2:]:
        name, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        numbers = [cell.strip("%").replace(",", "").replace("−", "-") for cell in cells]
        rows[name.strip("`")] = [float(number) for number in numbers]
    return rows


def test_the_page_shows_the_expected_results():
    rows = table("Somerset, the central case")
    assert sorted(rows) == SHIPPED
    for name, (plans, *pounds) in rows.items():
        found = read_expected(name)
        assert found["2030", "ehc_plans"] == pytest.approx(plans, abs=0.5)
        for key, value in zip(
            (
                ("2029-30", "high_needs_spending_gbp"),
                ("2029-30", "in_year_balance_gbp"),
                # The last day to which a balance is called the authority's own.
                ("2027-28", "dsg_balance_gbp"),
            ),
            pounds,
            strict=True,
        ):
            assert found[key] / 1e6 == pytest.approx(value, abs=0.05)


def test_the_page_says_what_limiting_places_costs_the_example(panel):
    scenario = Scenario.load("mitigated_example")
    without = modelled(panel, dataclasses.replace(scenario, measures=()))
    assert "to −243.0; its six measures bring it to −235.4" in PAGE.read_text("utf-8")
    assert without["2027-28", "dsg_balance_gbp"] / 1e6 == pytest.approx(-243.0, abs=0.05)


def test_the_page_shows_englands_plans(england):
    for name, row in table("moves as plans at ages 5 to 15").items():
        assumed = read(SCENARIOS / f"{name}.toml")
        plans = project_plans(england, assumed, LAST).placements
        shares = shares_of_pupils(england, name)
        found = [sum(plans[year - 2026].values()) for year in (2029, 2030, 2035)]
        assert found == pytest.approx(row[:3], abs=0.5)
        assert [shares[2030], shares[2035]] == pytest.approx(row[3:], abs=0.005)
