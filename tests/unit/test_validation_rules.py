"""Every rule of the model's validation: refused or warned, naming the file and the key."""

import dataclasses

import numpy as np
import pytest

import highneeds as hn
from highneeds.answers.warnings import typed_warnings, warnings_for
from highneeds.errors import (
    AssumptionError,
    ModelError,
    NotApprovedWarning,
    UnusualWarning,
    UsageError,
)
from highneeds.model.plans import step_plans
from highneeds.record.area import check_record
from highneeds.record.opening import area_record
from highneeds.scenario.scenario import Scenario
from tests.test_packaging import ROOT

MEASURE = """
[[measures]]
name = "{name}"
kind = "{kind}"
most = {most}
starts = "2026-27"
full = "2026-27"
delivery_chance = 1.0
"""


@pytest.fixture(scope="module")
def panel():
    return hn.load_panel()


@pytest.fixture(scope="module")
def record(panel):
    return area_record(panel, panel.area("Somerset"))


@pytest.fixture
def load(tmp_path):
    """Load a scenario file called mine.toml that says what the test gives it."""

    def _load(text, signed='author = "A"\ndate = "2026-11-21"\napproved_by = "B"\n'):
        path = tmp_path / "mine.toml"
        head = f'name = "mine"\ntitle = "Mine"\nextends = "trend"\n{signed}'
        path.write_text(head + text, encoding="utf-8")
        return Scenario.load(path)

    return _load


def warned(panel, scenario, until="2029-30"):
    result = hn.project(panel, "Somerset", scenario, until=until, draws=64)
    return typed_warnings(result.record, result.scenario, result)


# Refused: the file cannot be loaded.


@pytest.mark.parametrize(
    ("text", "key"),
    [
        # shares
        ("[assumptions.overflow_to_independent]\nhigh = 0.9", "overflow_to_independent"),
        ("[assumptions.september_share]\nhigh = 1.1", "september_share"),
        ("[assumptions.late_share]\nlow = -0.1", "late_share"),
        # costs and places
        ("[assumptions.unit_cost_mainstream_gbp]\nlow = -1.0", "unit_cost_mainstream_gbp"),
        ("[assumptions.special_place_growth]\nlow = -0.5", "special_place_growth"),
        (MEASURE.format(name="x", kind="special_places", most=-5), "measures.0.most"),
        # limits and units belong to the defaults
        ("[assumptions.late_share]\nmaximum = 2.0", "assumptions.late_share.maximum"),
        ("[assumptions.late_share]\nminimum = -2.0", "assumptions.late_share.minimum"),
        ('[assumptions.late_share]\nunit = "%"', "assumptions.late_share.unit"),
        # reserves are what there is to use, never a negative balance
        ("[policies]\nusable_reserves_gbp = -1.0", "policies.usable_reserves_gbp"),
        # dates are text, and of the right calendar
        ("[policies]\noverride_ends = 2028", "policies.override_ends"),
        ('[policies]\noverride_ends = "2028"', "policies.override_ends"),
        ('[policies.stability_grant]\npaid_in = "2026-28"', "stability_grant.paid_in"),
        ('[policies.stability_grant]\npaid_in = "2026"', "stability_grant.paid_in"),
        ('[[one_offs]]\nname = "x"\nyear = "2027"\ngbp = 1.0', "one_offs.0.year"),
        ("[policies.later_deficits]\nshare = 1.1", "policies.later_deficits.share"),
        (
            '[policies.later_deficits]\nstarts = "2027-28"\nends = "2026-27"',
            "ends 2026-27 is before starts 2027-28",
        ),
        # transfers from the schools block
        (MEASURE.format(name="x", kind="block_transfer", most=0.006), "disapplied = true"),
        (
            MEASURE.format(name="x", kind="block_transfer", most=0.004)
            + MEASURE.format(name="y", kind="block_transfer", most=0.004),
            "measures: x, y move 0.80% of the schools block",
        ),
        # places that would change nothing; the same thing twice
        (
            MEASURE.format(name="x", kind="special_places", most=5),
            "policies.limit_special_places = true",
        ),
        (
            2 * MEASURE.format(name="x", kind="early_support", most=0.1),
            "measures: x is given",
        ),
        # levers: each key there, in range, in order
        (
            MEASURE.format(name="x", kind="early_support", most=0.6),
            "measures.0: most 0.6 is above 0.5, the highest for early_support",
        ),
        (
            MEASURE.format(name="x", kind="early_support", most=0.1).replace(
                'full = "2026-27"', 'full = "2025-26"'
            ),
            "measures.0: full 2025-26 is before starts 2026-27",
        ),
        ('[[one_offs]]\nname = "x"\nyear = "2027-28"', "one_offs.0.gbp is missing"),
        (
            '[[paths]]\nname = "x"\nkind = "requests"\nunit = "ratio"\n'
            'low = { "2029" = 1 }\ncentral = { "2030" = 1 }\nhigh = { "2030" = 1 }',
            "paths.0: low, central and high must name the same years",
        ),
        (
            '[[paths]]\nname = "x"\nkind = "requests"\nunit = "ratio"\n'
            'low = { "2030" = 1 }\ncentral = { "2030" = 3 }\nhigh = { "2030" = 3 }',
            "paths.0: 2030",
        ),
    ],
)
def test_an_impossible_scenario_is_refused_by_file_and_key(load, text, key):
    with pytest.raises(AssumptionError) as found:
        load(text)
    assert "mine.toml: " in str(found.value)
    assert key in str(found.value)


@pytest.mark.parametrize("day", ['"21 November 2026"', '"2026-13-01"', "09:00:00"])
def test_a_date_that_is_no_day_is_refused(load, day):
    with pytest.raises(AssumptionError, match=r"mine.toml: date"):
        load("", signed=f"date = {day}\n")


def test_overflow_shares_together_above_one_are_refused(monkeypatch):
    from highneeds.scenario import scenario as module
    from highneeds.scenario.assumptions import Assumptions, load_assumptions

    defaults = load_assumptions()
    wider = {"maximum": 0.5}
    loose = Assumptions(
        {
            **defaults,
            "overflow_to_mainstream": defaults["overflow_to_mainstream"].model_copy(
                update=wider
            ),
        }
    )
    monkeypatch.setattr(module, "load_assumptions", lambda: loose)
    with pytest.raises(
        AssumptionError, match=r"trend.toml: assumptions.overflow_to.* 1\.3"
    ):
        Scenario.load("trend")


def test_every_fault_is_named_at_once(load):
    with pytest.raises(AssumptionError) as found:
        load(
            "[assumptions.late_share]\nhigh = 2.0\n[assumptions.issue_ratio]\nlow = -1.0\n"
        )
    assert "late_share" in str(found.value)
    assert "issue_ratio" in str(found.value)


# Refused: the record cannot be projected.


def impossible(record, **change):
    money = {key[6:]: change.pop(key) for key in list(change) if key.startswith("money_")}
    changed = dataclasses.replace(record, **change)
    return dataclasses.replace(
        changed,
        money=dataclasses.replace(changed.money, **money) if money else record.money,
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda r: {"stock": -r.stock}, "plans below 0"),
        (lambda r: {"stock": r.stock * 1.00007}, "not whole"),
        (lambda r: {"unknown": r.stock.sum(axis=1) + 1}, "outside 0 to all of their age"),
        (lambda r: {"unknown": r.unknown - 1}, "plans of unknown placement outside 0"),
        (lambda r: {"exit_rate": r.exit_rate + 1}, "an exit rate outside 0 to 1"),
        (lambda r: {"joining_mix": r.joining_mix * 1.1}, "shares that do not sum to 1"),
        (lambda r: {"population": -r.population}, "people of some age below 0"),
        (lambda r: {"population": r.population * np.nan}, "or missing"),
        (lambda _: {"requests": -1.0}, "requests or new plans below 0"),
        (lambda _: {"money_places_gbp": -1.0}, "place funding below £0"),
        (lambda _: {"money_services_share": 1.0}, "a share of services outside 0 to 1"),
        (lambda _: {"money_spending": {"2024-25": -1.0}}, "spending below £0"),
        (lambda _: {"money_block_before": {"2023-24": -1.0}}, "a block below £0"),
    ],
)
def test_an_impossible_record_is_refused_by_name(record, change, words):
    with pytest.raises(ModelError, match=rf"Somerset.*{words}"):
        check_record(impossible(record, **change(record)))


def test_every_authority_can_be_projected(panel):
    for area in panel.geography.authorities(2025):
        check_record(area_record(panel, area))


def one_year(**change):
    given = {
        "exit_rate": np.full((26, 1), 0.1),
        "moves": np.tile(np.eye(7), (26, 1, 1)),
        "joining": np.ones((26, 7, 1)),
    }
    return step_plans(np.ones((26, 7, 1)), **{**given, **change})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"exit_rate": np.full((26, 1), 1.1)}, "outside 0 to 1 at age 0"),
        ({"exit_rate": np.full((26, 1), -0.1)}, "outside 0 to 1 at age 0"),
        ({"moves": np.tile(np.eye(7), (26, 1, 1)) * 0.99}, "do not sum to 1 at age 0"),
        ({"joining": np.full((26, 7, 1), -1.0)}, "A negative number of plans"),
    ],
)
def test_an_impossible_year_is_refused(change, words):
    one_year()
    with pytest.raises(ModelError, match=words):
        one_year(**change)


def test_an_authority_not_in_being_at_the_date_is_refused(panel):
    with pytest.raises(ModelError, match="abolished"):
        area_record(panel, panel.area("Cumbria"))
    with pytest.raises(UsageError, match="Atlantis"):
        panel.area("Atlantis")


def test_calendars_are_never_mixed(panel):
    with pytest.raises(UsageError):
        panel.figure("ehc_plans", "Somerset", "2024-25")
    with pytest.raises(UsageError):
        panel.figure("dsg_balance_gbp", "Somerset", "2024")


def test_the_model_rests_on_outturns_and_never_joins_them_with_budgets():
    # Budgets count academies' places and outturns do not: no module of the model reads one,
    # nor of the record that it starts from.
    rooms = [ROOT / "highneeds" / room for room in ("model", "record")]
    read = "".join(path.read_text("utf-8") for room in rooms for path in room.glob("*.py"))
    assert "s251_outturn_line_gbp" in read
    assert "s251_budget" not in read


def test_a_figure_withheld_or_withdrawn_is_no_figure(panel):
    found = panel.table("ehc_plans", years=["2025"], breakdowns=["placement"])
    missing = found[~found["status"].isin(["observed", "derived", "rounds_to_zero"])]
    assert len(missing) > 0
    assert missing["value"].isna().all()


def test_mitigated_plans_are_never_negative(panel):
    scenario = Scenario.load("mitigated_example")
    result = hn.project(panel, "Somerset", scenario, until="2034-35", draws=256)
    assert (result.futures.stock >= 0).all()


@pytest.mark.parametrize("pounds", [1e9, 60e6])
def test_receipts_of_more_than_is_spent_are_refused_and_of_much_warned_about(
    panel, load, pounds
):
    # £60m is more than Somerset's services that follow no plan, and less than it spends.
    receipt = f'[[one_offs]]\nname = "x"\nyear = "2027-28"\ngbp = -{pounds}'
    if pounds < 1e9:
        told = " ".join(map(str, warned(panel, load(receipt))))
        assert "mine.toml: measures, one_offs: in 2027-28 they take £" in told
        return
    with pytest.raises(ModelError, match=r"Somerset.* 2027-28 .*one-off receipts of mine"):
        warned(panel, load(receipt))


def test_an_unrecorded_placement_above_a_twentieth_is_said_and_drawn(panel):
    record = area_record(panel, panel.area("Stockport"))
    (said,) = (
        gap for gap in record.gaps if "8% of plans in January 2026 was not" in gap.what
    )
    assert said.done.endswith("so ranges are wider.")
    # 316 plans as published; tests/data/test_unknown_placements.py sees the ranges.
    assert record.unknown.sum() == pytest.approx(316, rel=0.01)
    assert not area_record(panel, panel.area("Somerset")).unknown.any()


# Warned: the figures stand, and the reader is told.


def test_a_signed_and_usual_scenario_is_not_warned_about(panel, load):
    assert warned(panel, load("")) == ()


@pytest.mark.parametrize(
    ("signed", "words"),
    [
        (
            'author = "A"\ndate = "2026-11-21"\n',
            ["Nobody has approved this scenario yet"],
        ),
        ('author = "A"\napproved_by = "B"\n', ["it has no date (mine.toml: date)"]),
        (
            "",
            [
                "it has no author and no date (mine.toml: author, date)",
                "a draft for discussion (mine.toml: approved_by)",
            ],
        ),
    ],
)
def test_a_scenario_nobody_signed_is_marked(panel, load, signed, words):
    found = warned(panel, load("", signed=signed))
    assert [type(one) for one in found] == [NotApprovedWarning] * len(words)
    for one, expected in zip(found, words, strict=True):
        assert str(one).startswith("Nobody ")
        assert expected in str(one)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "[assumptions.unit_cost_independent_special_gbp]\nlow = 20000\ncentral = 21000",
            "unit_cost_independent_special_gbp £21,000 is below "
            "unit_cost_state_special_gbp £26,000",
        ),
        (
            "[assumptions.request_growth]\nlow = 0.2\ncentral = 0.3\nhigh = 0.4",
            "assumptions.request_growth +30% a year is outside −10% to +25%",
        ),
        (
            '[assumptions."block_growth.later"]\nlow = -0.2\ncentral = -0.15\nhigh = 0.0',
            "assumptions.block_growth.later −15% a year",
        ),
        (
            '[[paths]]\nname = "x"\nkind = "requests"\nunit = "ratio"\n'
            'low = { "2027" = 0.5 }\ncentral = { "2027" = 0.5 }\nhigh = { "2027" = 0.5 }',
            "requests change by −",
        ),
        (
            MEASURE.format(name="big", kind="block_transfer", most=0.01)
            + "disapplied = true\n",
            "'big' moves 1.00% of the schools block",
        ),
        (
            MEASURE.format(name="x", kind="early_support", most=0.5)
            + MEASURE.format(name="y", kind="independent_prices", most=0.3),
            "of the in-year deficit of 20",
        ),
        # what lies outside the run, 2024-25 to 2029-30, changes nothing in it
        (
            MEASURE.format(name="x", kind="early_support", most=0.1).replace(
                "2026-27", "2030-31"
            ),
            "measures: 'x' starts in 2030-31, outside this run (2024-25 to 2029-30)",
        ),
        (
            '[[one_offs]]\nname = "x"\nyear = "2023-24"\ngbp = 1.0',
            "one_offs: 'x' falls in 2023-24, outside this run",
        ),
        (
            '[[paths]]\nname = "x"\nkind = "further_exits"\nunit = "share"\n'
            'low = { "2030" = 0.1 }\ncentral = { "2030" = 0.1 }\n'
            'high = { "2030" = 0.1 }',
            "paths: 'x' begins in 2030, outside this run",
        ),
    ],
)
def test_what_is_unusual_is_warned_about_by_file_and_key(panel, load, text, words):
    found = warned(panel, load(text))
    told = [one for one in found if words in str(one)]
    assert len(told) == 1, [str(one) for one in found]
    assert type(told[0]) is UnusualWarning
    assert str(told[0]).startswith("mine.toml: ")


def test_growth_of_plans_spending_and_block_is_watched(panel, load):
    steep = {
        "request_growth": 0.5,
        "request_growth_years": 20,
        '"block_growth.later"': 0.28,
        "price_growth_other": 0.2,
    }
    text = "".join(
        f"[assumptions.{name}]\nlow = {value}\ncentral = {value}\nhigh = {value}\n"
        for name, value in steep.items()
    )
    found = " ".join(map(str, warned(panel, load(text))))
    for series, year in (
        ("plans change by", "January 20"),
        ("requests change by", " in 2025"),
        ("spending change by", "2026-27"),
        ("block change by", "2027-28"),
    ):
        assert series in found
        assert year in found


def test_the_texts_are_those_of_the_warnings(panel):
    result = hn.project(panel, "Somerset", draws=32)
    texts = warnings_for(result.record, result.scenario, result)
    assert texts == (
        "Nobody has approved this scenario yet; its figures are a draft for discussion "
        "(trend.toml: approved_by).",
    )
