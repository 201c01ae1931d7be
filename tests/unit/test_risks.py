"""Risks: pounds by arithmetic, shocks by a run without them, faults by name."""

from types import SimpleNamespace

import pytest

import highneeds as hn
from highneeds.answers.risks import load_risks, risk_register, shocked
from highneeds.errors import AssumptionError
from highneeds.own.figures import OwnFigure, OwnFigures
from highneeds.own.publication import for_publication
from highneeds.report.risks import risks_table
from highneeds.report.tables import Table
from highneeds.scenario.scenario import Scenario

AMOUNT = """
[[risks]]
name = "Appeals"
cause = "More appeals upheld"
likelihood = 0.4
effect_gbp = 2_500_000
worst_gbp = 4_000_000
year = "2026-27"
until = "2027-28"
owner = "Head of SEND"
review_date = 2027-01-31
"""
SHOCK = """
[[risks]]
name = "Fees"
cause = "Uplifts beyond the assumed growth"
likelihood = 0.5
assumption = "price_growth_independent_special"
shock = 0.01
worst_shock = 0.03
owner = "Commissioning"
review_date = 2027-03-31
"""
CHANCE = """
[[risks]]
name = "A school opens early"
cause = "Building ahead of plan"
likelihood = 0.3
effect_gbp = -1_000_000
year = "2027-28"
owner = "Place planning"
review_date = 2027-02-28
"""


@pytest.fixture(scope="module")
def kent():
    return hn.project(hn.load_panel(), "Kent", draws=100)


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "risks.toml"
        path.write_text(text, "utf-8")
        return path

    return write


def register(result, path):
    return risk_register(result, load_risks(path, result.scenario)).set_index("name")


def test_pounds_come_off_the_balance_year_by_year(kent, written):
    # Two years of £2.5m by March 2028, at the worst of £4m; two chances in five.
    found = register(kent, written(AMOUNT)).loc["Appeals"]
    assert found["effect_gbp"] == pytest.approx(5.0e6)
    assert found["expected_gbp"] == pytest.approx(2.0e6)
    assert found["worst_gbp"] == pytest.approx(8.0e6)


def test_a_shock_is_what_the_scenario_with_it_projects(kent, written):
    found = register(kent, written(SHOCK)).loc["Fees"]
    growth = kent.scenario.assumptions["price_growth_independent_special"]
    moved = {end: getattr(growth, end) + 0.01 for end in ("low", "central", "high")}
    changed = kent.scenario.assumptions.replaced(
        {"price_growth_independent_special": moved}, "test"
    )
    scenario = Scenario("x", "x", changed, kent.scenario.policies)
    other = hn.project(hn.load_panel(), "Kent", scenario, draws=100)
    step = kent.years.index(kent.deficit_until)
    gap = kent.central.balance[step, 0] - other.central.balance[step, 0]
    assert found["effect_gbp"] == pytest.approx(float(gap)) != 0
    assert found["worst_gbp"] > 2.5 * found["effect_gbp"]


def test_all_risks_are_a_run_and_leave_opportunities_out(kent, written):
    found = register(kent, written(AMOUNT + SHOCK + CHANCE))
    whole, each = found.loc["All risks"], found.drop("All risks")
    assert whole["expected_gbp"] == pytest.approx(each["expected_gbp"].sum())
    assert each.loc["A school opens early", "expected_gbp"] == pytest.approx(-0.3e6)
    adverse = each.loc[["Appeals", "Fees"]]
    assert whole["effect_gbp"] == pytest.approx(adverse["effect_gbp"].sum())
    assert whole["worst_gbp"] == pytest.approx(adverse["worst_gbp"].sum())


def test_two_shocks_to_one_assumption_add_up_and_are_counted_once(kent, written):
    twice = SHOCK + SHOCK.replace('"Fees"', '"Fees again"')
    risks = load_risks(written(twice), kent.scenario)
    growth = shocked(kent.scenario, risks.risks).assumptions
    before = kent.scenario.assumptions["price_growth_independent_special"]
    now = growth["price_growth_independent_special"]
    assert now.central == pytest.approx(before.central + 0.02)
    assert now.high - now.low == pytest.approx(before.high - before.low)
    found = risk_register(kent, risks).set_index("name")
    assert found.loc["All risks", "effect_gbp"] > 2 * found.loc["Fees", "effect_gbp"]


def test_the_scenario_with_the_risks_can_be_kept_as_a_file(kent, written, tmp_path):
    risks = load_risks(written(AMOUNT + SHOCK), kent.scenario)
    path = tmp_path / "with_risks.toml"
    path.write_text(shocked(kent.scenario, risks.risks).to_toml(), "utf-8")
    again = Scenario.load(path)
    assert [one.gbp for one in again.one_offs] == [2.5e6, 2.5e6]


def test_the_caption_of_the_register_has_its_sums(kent, written):
    risks = load_risks(written(AMOUNT + CHANCE), kent.scenario)
    table = risks_table(kent, risks)
    assert isinstance(table, Table)
    assert "expected £1.7m, with all of them at the worst £8.0m" in table.caption
    assert repr(risks_table(kent, None)) == ""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("likelihood = 0.4", "likelihood = 40"), "likelihood: Input should be less"),
        (('owner = "Head of SEND"\n', ""), "owner is missing"),
        (("review_date = 2027-01-31", 'review_date = "soon"'), "'soon' is not a day"),
        (('year = "2026-27"\n', ""), "an effect_gbp needs a year"),
        (('until = "2027-28"', 'until = "2025-26"'), "until 2025-26 is before year"),
        (("worst_gbp = 4_000_000", "worst_gbp = 1"), "nearer to 0 than the effect"),
        (("effect_gbp = 2_500_000\nworst_gbp = 4_000_000\n", ""), "give either effect_gbp"),
        (("cause =", "causes ="), "unknown key 'causes'"),
    ],
)
def test_a_fault_is_named_with_its_risk(kent, written, change, said):
    with pytest.raises(AssumptionError, match=said) as refused:
        load_risks(written(AMOUNT.replace(*change)), kent.scenario)
    assert "risks.toml: risk 1 (Appeals)" in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (SHOCK.replace("price_growth_independent_special", "price_growth"), "nearest is"),
        (SHOCK.replace("worst_shock = 0.03", "worst_shock = 9.0"), "would be 9.043 with"),
        (AMOUNT + AMOUNT, "Appeals is given twice"),
        ("risk = 1", "risks"),
    ],
)
def test_what_a_scenario_cannot_take_is_refused(kent, written, text, said):
    with pytest.raises(AssumptionError, match=said):
        load_risks(written(text), kent.scenario)


def test_without_a_balance_the_register_says_so(written):
    result = hn.project(hn.load_panel(), "City of London", draws=100)
    risks = load_risks(written(AMOUNT), result.scenario)
    assert "no balance of City of London" in repr(risks_table(result, risks))


# For publication -------------------------------------------------------------------------


def test_counts_of_one_to_five_are_left_out_and_never_nought():
    counts = [0.0, 1.0, 5.0, 5.4, 5.6, 6.0, -3.0]
    figures = [
        OwnFigure("ehc_plans", f"2026-11-{n + 1:02d}", v) for n, v in enumerate(counts)
    ]
    figures += [
        OwnFigure("ledger_gbp", "2026-10", 3.0),
        OwnFigure("commissioned_places", "2026-27", 4.0),
    ]
    area = SimpleNamespace(name="Kent")
    found = for_publication(OwnFigures(area, tuple(figures), "own.csv", "0" * 64))
    assert [one.value for one in found.own.figures] == [0.0, 5.6, 6.0, 3.0, 4.0]
    assert found.withheld == 4
    assert "4 counts from 1 to 5" in found.sentence
