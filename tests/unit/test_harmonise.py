"""Areas made of whole authorities: what is summed, divided again or refused."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from highneeds.errors import JoinError, UsageError
from highneeds.geography import Area
from highneeds.panel.harmonise import Whole, combined
from highneeds.panel.schema import MEASURES
from highneeds.sources.contract import WITH_VALUE
from tests.made_panel import figure, made_panel

# Northamptonshire (928) became North (940) and West Northamptonshire (941) in April 2021.
NORTHANTS = "940+941"
PLANS, SPENDING = "ehc_plans", "s251_high_needs_net_gbp"


def merged(tmp_path, figures, measure, issues=None, **question):
    panel = made_panel(tmp_path, figures, issues)
    question = {"breakdowns": "all", **question}
    table = panel.table(measure, harmonise="merge", **question)
    return table.set_index(["la_code", "year"])


def test_successors_are_summed_and_the_predecessor_is_kept_as_published(tmp_path):
    figures = [
        figure(PLANS, "928", "2021", 4_000, source="a"),
        figure(PLANS, "940", "2022", 2_800, source="b"),
        figure(PLANS, "941", "2022", 1_700, source="c"),
        figure(PLANS, "933", "2022", 50, source="b"),
    ]
    found = merged(tmp_path, figures, PLANS)
    assert found.loc[NORTHANTS, "2022"][["value", "status", "source_id"]].tolist() == [
        2_800 + 1_700,
        "derived",
        "b; c",
    ]
    before = found.loc[NORTHANTS, "2021"][["value", "status", "source_id"]].tolist()
    assert before == [4_000, "observed", "a"]
    assert set(found["la_name"]) == {"Northamptonshire area", "Somerset"}
    assert set(found.index.get_level_values("la_code")) == {NORTHANTS, "933"}
    assert set(found["geography_level"]) == {"la"}


def test_as_published_is_the_default_and_another_word_is_refused(tmp_path):
    panel = made_panel(tmp_path, [figure(PLANS, "940", "2022", 1)])
    assert panel.table(PLANS)["la_code"].tolist() == ["940"]
    assert panel.harmonised("as_published") is panel
    with pytest.raises(UsageError, match=r"'merged' \(the nearest is merge\) is neither"):
        panel.table(PLANS, harmonise="merged")


@pytest.mark.parametrize("area", ["West Northants", "941", "928", NORTHANTS, "Northants"])
def test_any_of_its_authorities_means_the_comparable_area(tmp_path, area):
    figures = [figure(PLANS, code, "2022", 1) for code in ("940", "941")]
    found = merged(tmp_path, figures, PLANS, areas=[area])
    assert found["value"].to_dict() == {(NORTHANTS, "2022"): 2}


@pytest.mark.parametrize(
    ("parts", "status"),
    [
        ((("940", 1, "observed"), ("941", None, "suppressed")), "incomplete"),
        ((("940", 1, "observed"), ("941", None, "unavailable")), "incomplete"),
        ((("940", 1, "observed"),), "incomplete"),
        ((("941", None, "withdrawn"),), "withdrawn"),
        ((("940", None, "suppressed"), ("941", None, "suppressed")), "suppressed"),
        ((("940", None, "suppressed"), ("941", None, "withdrawn")), "incomplete"),
        ((("928", None, "not_applicable"),), "not_applicable"),
    ],
)
def test_a_sum_with_a_part_missing_is_no_figure(tmp_path, parts, status):
    figures = [figure(PLANS, code, "2022", value, why) for code, value, why in parts]
    found = merged(tmp_path, figures, PLANS).loc[NORTHANTS, "2022"]
    assert math.isnan(found["value"])
    assert found["status"] == status


@pytest.mark.parametrize(
    ("statuses", "of_the_sum"),
    [
        (("observed", "observed"), "derived"),
        (("observed", "derived"), "derived"),
        (("derived", "repaired"), "repaired"),
        (("repaired", "estimated"), "estimated"),
        (("projected", "estimated"), "projected"),
    ],
)
def test_a_sum_is_as_good_as_its_weakest_part(tmp_path, statuses, of_the_sum):
    figures = [
        figure(PLANS, code, "2022", 1, status)
        for code, status in zip(("940", "941"), statuses, strict=True)
    ]
    assert merged(tmp_path, figures, PLANS)["status"].tolist() == [of_the_sum]


def test_every_status_with_a_value_has_a_strength(tmp_path):
    for number, status in enumerate(sorted(WITH_VALUE)):
        figures = [figure(PLANS, code, "2022", 1, str(status)) for code in ("940", "941")]
        found = merged(tmp_path / str(number), figures, PLANS)
        assert found["value"].tolist() == [2]
        assert set(found["status"]) <= {str(known) for known in WITH_VALUE}


def test_zero_is_a_figure(tmp_path):
    figures = [figure(PLANS, code, "2022", 0) for code in ("940", "941")]
    assert merged(tmp_path, figures, PLANS)["value"].tolist() == [0]


def test_in_the_year_of_a_change_both_return_their_part_of_it(tmp_path):
    # Appeals of 2021: Northamptonshire to March, its successors from April.
    figures = [
        figure("tribunal_appeals", code, "2021", value)
        for code, value in (("928", 85), ("940", 50), ("941", 54))
    ]
    assert merged(tmp_path, figures, "tribunal_appeals")["value"].tolist() == [85 + 50 + 54]


def test_a_part_of_both_generations_is_not_the_whole(tmp_path):
    figures = [figure("tribunal_appeals", code, "2021", 1) for code in ("928", "940")]
    assert merged(tmp_path, figures, "tribunal_appeals")["status"].tolist() == [
        "incomplete"
    ]


def split_year(measure, la_code):
    return {
        "issue_id": "exclusions-split-year",
        "measure": measure,
        "la_code": la_code,
        "year": "2008/09",
        "status": "unavailable",
    }


def test_a_rate_is_divided_again_where_old_codes_counted_pupils_and_new_ones_the_rest(
    tmp_path,
):
    # Bedfordshire (820) returned the census of January 2009, Bedford (822) and Central
    # Bedfordshire (823) the suspensions of the year.
    year = "2008/09"
    figures = [
        figure("pupils", "820", year, 60_000),
        *(figure("pupils", code, year, None, "unavailable") for code in ("822", "823")),
        figure("suspensions", "820", year, None, "unavailable"),
        figure("suspensions", "822", year, 1_200),
        figure("suspensions", "823", year, 900),
        *(
            figure("suspensions_per_100", code, year, None, "unavailable")
            for code in ("820", "822", "823")
        ),
    ]
    issues = [
        *(split_year("pupils", code) for code in ("822", "823")),
        split_year("suspensions", "820"),
        split_year("suspensions_per_100", "820"),
    ]
    rate = merged(tmp_path, figures, "suspensions_per_100", issues)
    assert rate["value"].tolist() == pytest.approx([100 * (1_200 + 900) / 60_000])
    assert rate["status"].tolist() == ["derived"]


def timeliness(code, issued, within, breakdown):
    year = "2024"
    return [
        figure("ehc_plans_issued", code, year, issued, breakdown=breakdown),
        figure("ehc_plans_issued_within_20_weeks", code, year, within, breakdown=breakdown),
    ]


def test_the_headline_share_in_20_weeks_leaves_out_exceptions(tmp_path):
    pct = "ehc_plans_issued_within_20_weeks_pct"
    without = "basis/excluding_exceptions"
    figures = [
        *timeliness("942", 500, 200, "total/total"),
        *timeliness("943", 300, 200, "total/total"),
        *timeliness("942", 400, 200, without),
        *timeliness("943", 240, 120, without),
        figure(pct, "942", "2024", 50.0),
        figure(pct, "943", "2024", 50.0),
        figure(pct, "942", "2024", 40.0, breakdown="basis/including_exceptions"),
        figure(pct, "943", "2024", 66.7, breakdown="basis/including_exceptions"),
    ]
    found = merged(tmp_path, figures, pct).set_index("breakdown")["value"]
    # Without exceptions 200 + 120 of 400 + 240; with them 200 + 200 of 500 + 300.
    assert found["total"] == pytest.approx(50.0)
    assert found["including_exceptions"] == pytest.approx(50.0)


@pytest.mark.parametrize(
    ("above", "below", "value", "status"),
    [
        ((10, 20), (100, 200), 10.0, "derived"),
        ((0, 0), (100, 200), 0.0, "derived"),
        ((0, 0), (0, 0), None, "not_applicable"),
        ((10, None), (100, 200), None, "incomplete"),
        ((None, None), (100, 200), None, "incomplete"),
        ((None, None), (None, None), None, "suppressed"),
    ],
)
def test_a_rate_has_a_value_only_where_both_its_parts_have(
    tmp_path, above, below, value, status
):
    figures = []
    for place, code in enumerate(("940", "941")):
        for name, values in (
            ("tribunal_appeals", above),
            ("tribunal_appealable_decisions", below),
        ):
            known = "suppressed" if values[place] is None else "observed"
            figures.append(figure(name, code, "2023", values[place], known))
        figures.append(figure("tribunal_appeal_rate_pct", code, "2023", 1.0))
    found = merged(tmp_path, figures, "tribunal_appeal_rate_pct").loc[NORTHANTS, "2023"]
    assert found["status"] == status
    assert math.isnan(found["value"]) if value is None else found["value"] == value


def test_the_basic_entitlement_is_its_money_over_its_pupils(tmp_path):
    year, money = "2021-22", "component/basic_entitlement"
    figures = [
        figure("high_needs_block_build_up_gbp", "940", year, 4_700_000, breakdown=money),
        figure("high_needs_block_build_up_gbp", "941", year, 4_800_000, breakdown=money),
        figure("basic_entitlement_pupils", "940", year, 1_000),
        figure("basic_entitlement_pupils", "941", year, 1_000),
        figure("basic_entitlement_unit_gbp", "940", year, 4_700),
        figure("basic_entitlement_unit_gbp", "941", year, 4_800),
    ]
    found = merged(tmp_path, figures, "basic_entitlement_unit_gbp")
    # (4.7 + 4.8) million / 2,000 pupils
    assert found["value"].tolist() == [4_750]


def percentages():
    name = "pupils_with_ehc_plan_pct"
    return [
        figure(name, "928", "2021", 4.0),
        figure(name, "940", "2022", 4.0),
        figure(name, "941", "2022", 5.0),
        figure(name, "933", "2022", 6.0),
    ]


def test_a_rate_without_published_parts_has_no_value_and_says_so(tmp_path):
    found = merged(tmp_path, percentages(), "pupils_with_ehc_plan_pct")
    assert math.isnan(found.loc[(NORTHANTS, "2022"), "value"])
    assert found["status"].to_dict() == {
        (NORTHANTS, "2021"): "observed",
        (NORTHANTS, "2022"): "not_additive",
        ("933", "2022"): "observed",
    }


def test_a_question_only_for_such_a_rate_is_refused_with_the_reason(tmp_path):
    panel = made_panel(tmp_path, percentages())
    with pytest.raises(JoinError) as refused:
        panel.table(
            "pupils_with_ehc_plan_pct", areas=["940"], years=["2022"], harmonise="merge"
        )
    said = str(refused.value)
    assert "pupils_with_ehc_plan_pct cannot be combined" in said
    assert "Northamptonshire area (940+941)" in said
    assert "in % cannot be summed" in said
    assert "Ask for it as published" in said


def test_a_lone_authority_keeps_its_rate(tmp_path):
    figures = [figure("tribunal_appeal_rate_pct", "909", "2020", 0.6)]
    found = merged(tmp_path, figures, "tribunal_appeal_rate_pct")
    assert found[["value", "status"]].to_numpy().tolist() == [[0.6, "observed"]]


def test_matrix_figure_and_latest_of_a_harmonised_record(tmp_path):
    figures = [
        figure(PLANS, "928", "2021", 4_000),
        figure(PLANS, "940", "2022", 2_800),
        figure(PLANS, "941", "2022", 1_700),
    ]
    panel = made_panel(tmp_path, figures).harmonised()
    assert panel.matrix(PLANS).to_dict("index") == {
        NORTHANTS: {"2021": 4_000, "2022": 4_500}
    }
    assert panel.figure(PLANS, "West Northants", "2022").value == 4_500
    assert str(panel.latest(PLANS, "928")) == "2022"
    assert panel.harmonised() is panel


def test_only_rates_and_prices_are_not_additive():
    rates = {name for name, measure in MEASURES.items() if not measure.additive}
    by_name = {n for n in MEASURES if n.endswith(("_pct", "_per_100", "_unit_gbp"))}
    # A price and an average whose names do not end so.
    assert rates == {*by_name, "sen_weekly_unit_cost_gbp", "attainment_8_points"}
    ratios = {name: one.ratio for name, one in MEASURES.items() if one.ratio}
    assert set(ratios) < rates
    assert all(MEASURES[r.above].additive for r in ratios.values())
    assert all(MEASURES[r.below].additive for r in ratios.values())


@pytest.mark.parametrize(
    ("codes", "covers"),
    [
        ("928 933", True),
        ("940 941 933", True),
        ("928 940 941 933", True),
        ("940 933", False),
        ("940 941", False),
        ("928 941 933", False),
        ("933", False),
    ],
)
def test_what_covers_an_area_of_two_parts(codes, covers):
    whole = Whole(Area("new", "New", "proposed"), ((("928",), ("940", "941")), (("933",),)))
    assert whole.covers(frozenset(codes.split())) is covers
    assert set(whole.la_codes) == {"928", "940", "941", "933"}


pennies = st.integers(-(10**11), 10**11)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(amounts=st.lists(pennies, min_size=2, max_size=6), data=st.data())
def test_sums_keep_every_penny_and_do_not_depend_on_order(amounts, data):
    codes = ["933", "878", "879", "880", "908", "916"][: len(amounts)]
    rows = pd.DataFrame(
        figure("dsg_balance_gbp", code, "2023-24", amount / 100)
        for code, amount in zip(codes, amounts, strict=True)
    )
    whole = Whole(Area("new", "New", "proposed"), tuple(((code,),) for code in codes))
    order = data.draw(st.permutations(range(len(rows))))
    for table in (rows, rows.iloc[order]):
        found = combined(
            MEASURES["dsg_balance_gbp"], lambda _, t=table: t, [whole], frozenset()
        )
        assert round(found["value"].item() * 100) == sum(amounts)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(values=st.lists(st.one_of(st.none(), st.integers(0, 10**6)), min_size=6, max_size=6))
def test_nothing_is_lost_or_made_in_merging(values):
    """Two areas of two and one left alone: a total is the same or openly incomplete."""
    codes = ["940", "941", "942", "943", "933", "878"]
    rows = pd.DataFrame(
        figure(
            PLANS, code, "2025", value, "observed" if value is not None else "unavailable"
        )
        for code, value in zip(codes, values, strict=True)
    ).astype({"value": float})
    wholes = [
        Whole(Area("a", "A", "la"), ((("940", "941"),),)),
        Whole(Area("b", "B", "la"), ((("942", "943"),),)),
    ]
    found = combined(MEASURES[PLANS], lambda _: rows, wholes, frozenset())
    found = found.set_index("la_code")
    for key, mine in (("a", values[:2]), ("b", values[2:4])):
        if None in mine:
            assert np.isnan(found.loc[key, "value"])
            assert found.loc[key, "status"] in ("incomplete", "unavailable")
        else:
            assert found.loc[key, "value"] == sum(mine)
