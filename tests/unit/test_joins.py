"""Joining two calendars by a stated rule, and growth that refuses to cross a change."""

import math

import pytest

from highneeds.errors import JoinError, UsageError
from highneeds.panel.joins import JOINED_COLUMNS, join, rule_between
from highneeds.periods import PERIOD_TYPES
from tests.made_panel import figure, made_panel

PLANS, NEW, SPENDING = "ehc_plans", "new_ehc_plans", "s251_high_needs_net_gbp"


@pytest.mark.parametrize(
    ("left", "right", "end", "sentence"),
    [
        (
            *("january", "financial", 2025),
            "January 2025 census is inside financial year 2024-25",
        ),
        (
            *("financial", "january", 2025),
            "January 2025 census is inside financial year 2024-25",
        ),
        ("academic", "january", 2024, "academic year 2023/24 contains January 2024"),
        (
            *("academic", "financial", 2024),
            "academic year 2023/24 and financial year 2023-24 contain the same January",
        ),
        (
            *("calendar", "january", 2024),
            "calendar year 2024 flows lie between January 2024 and January 2025: joined to "
            "January 2025",
        ),
        (
            *("january", "calendar", 2025),
            "calendar year 2024 flows lie between January 2024 and January 2025: joined to "
            "January 2025",
        ),
        (
            *("mid_year", "january", 2024),
            "30 June 2024 is the last estimate before January 2025",
        ),
        (
            *("mid_year", "financial", 2024),
            "30 June 2024 is inside financial year 2024-25",
        ),
        ("mid_year", "academic", 2024, "30 June 2024 is inside academic year 2023/24"),
        ("calendar", "mid_year", 2024, "30 June 2024 is inside calendar year 2024"),
        ("financial", "financial", 2025, "both are of financial year 2024-25"),
    ],
)
def test_each_rule_says_which_periods_belong_together(left, right, end, sentence):
    assert rule_between(left, right).say(end) == sentence


def test_flows_may_be_joined_to_the_january_before_if_that_is_asked_for():
    rule = rule_between("calendar", "january", census="opening")
    assert rule.say(2024) == (
        "calendar year 2024 flows follow January 2024: joined to January 2024"
    )


@pytest.mark.parametrize("other", ["academic", "financial"])
def test_a_calendar_year_overlaps_two_and_is_not_joined_to_either(other):
    for pair in (("calendar", other), (other, "calendar")):
        with pytest.raises(JoinError, match="each overlaps two of the other"):
            rule_between(*pair)


def test_every_other_pair_of_calendars_has_a_rule_that_is_the_same_from_both_sides():
    barred = {frozenset(("calendar", other)) for other in ("academic", "financial")}
    for left in PERIOD_TYPES:
        for right in PERIOD_TYPES:
            if frozenset((left, right)) in barred:
                continue
            rule, back = rule_between(left, right), rule_between(right, left)
            assert rule.shift == -back.shift
            assert rule.say(2024) == back.say(2024 + rule.shift)


def two_authorities():
    return [
        figure(PLANS, "933", "2024", 4_000),
        figure(PLANS, "933", "2025", 4_400),
        figure(PLANS, "878", "2025", 6_000),
        figure(SPENDING, "933", "2024-25", 80e6),
        figure(SPENDING, "878", "2024-25", None, "suppressed"),
        figure(PLANS, "E12000009", "2025", 10_400),
    ]


def test_a_joined_row_holds_both_figures_their_statuses_and_the_rule(tmp_path):
    found = join(made_panel(tmp_path, two_authorities()), PLANS, SPENDING)
    assert tuple(found.columns) == JOINED_COLUMNS
    # January 2024 is inside 2023-24, for which no spending is published; regions stay out.
    assert found["left_year"].tolist() == ["2025", "2025"]
    assert found["right_year"].tolist() == ["2024-25", "2024-25"]
    assert found["la_name"].tolist() == ["Devon", "Somerset"]
    assert found["left_value"].tolist() == [6_000, 4_400]
    assert math.isnan(found["right_value"][0])
    assert found["right_value"][1] == 80e6
    assert found["right_status"].tolist() == ["suppressed", "observed"]
    assert set(found["rule"]) == {"January 2025 census is inside financial year 2024-25"}


def test_the_sides_of_a_join_can_be_exchanged(tmp_path):
    panel = made_panel(tmp_path, two_authorities())
    one, other = join(panel, PLANS, SPENDING), join(panel, SPENDING, PLANS)
    for side, same in (("left", "right"), ("right", "left")):
        for name in ("year", "status"):
            assert one[f"{side}_{name}"].tolist() == other[f"{same}_{name}"].tolist()
    assert one["rule"].tolist() == other["rule"].tolist()


def flows_and_stock():
    return [
        figure(NEW, "933", "2024", 700),
        figure(PLANS, "933", "2024", 4_000),
        figure(PLANS, "933", "2025", 4_400),
    ]


@pytest.mark.parametrize(
    ("census", "year", "plans"), [("closing", "2025", 4_400), ("opening", "2024", 4_000)]
)
def test_flows_are_joined_to_the_census_asked_for(tmp_path, census, year, plans):
    found = join(made_panel(tmp_path, flows_and_stock()), NEW, PLANS, census=census)
    assert found[
        ["left_year", "left_value", "right_year", "right_value"]
    ].to_numpy().tolist() == [["2024", 700, year, plans]]


def test_a_stranger_is_refused_by_name(tmp_path):
    figures = [*two_authorities(), figure(PLANS, "201", "2025", 20)]
    panel = made_panel(tmp_path, figures)
    with pytest.raises(JoinError) as refused:
        join(panel, PLANS, SPENDING)
    said = str(refused.value)
    assert f"1 area has {PLANS} but no {SPENDING}" in said
    assert "City of London (201)" in said
    assert 'strangers="keep"' in said
    assert "harmonise" not in said


def test_strangers_of_a_change_of_codes_are_sent_to_harmonise(tmp_path):
    figures = [
        figure(PLANS, "940", "2022", 2_800),
        figure(PLANS, "941", "2022", 1_700),
        figure(SPENDING, "928", "2021-22", 70e6),
    ]
    panel = made_panel(tmp_path, figures)
    with pytest.raises(JoinError) as refused:
        join(panel, PLANS, SPENDING)
    said = str(refused.value)
    assert f"2 areas have {PLANS} but no {SPENDING}" in said
    assert f"1 area has {SPENDING} but no {PLANS}" in said
    assert 'try harmonise="merge"' in said
    (row,) = join(panel, PLANS, SPENDING, harmonise="merge").to_dict("records")
    assert (row["la_code"], row["left_value"], row["right_value"]) == (
        *("940+941", 2_800 + 1_700),
        70e6,
    )


def test_a_stranger_may_be_kept_without_a_value(tmp_path):
    figures = [*two_authorities(), figure(PLANS, "201", "2025", 20)]
    found = join(made_panel(tmp_path, figures), PLANS, SPENDING, strangers="keep")
    london = found.set_index("la_code").loc["201"]
    assert (london["left_value"], london["right_status"]) == (20, "unavailable")
    assert math.isnan(london["right_value"])
    assert london["right_year"] == "2024-25"


def test_a_join_can_be_of_a_region(tmp_path):
    figures = [*two_authorities(), figure(SPENDING, "E12000009", "2024-25", 700e6)]
    found = join(made_panel(tmp_path, figures), PLANS, SPENDING, areas=["South West"])
    assert found["la_name"].tolist() == ["South West"]


def test_measures_without_a_shared_period_are_refused(tmp_path):
    figures = [figure(PLANS, "933", "2025", 1), figure(SPENDING, "933", "2017-18", 1)]
    with pytest.raises(JoinError, match="no period in common, joined so: January 2025"):
        join(made_panel(tmp_path, figures), PLANS, SPENDING)


def test_several_breakdowns_at_once_are_refused(tmp_path):
    figures = [
        figure(PLANS, "933", "2025", 1, breakdown="age/5-10"),
        figure(PLANS, "933", "2025", 1, breakdown="age/11-15"),
    ]
    with pytest.raises(JoinError, match="'age' is several breakdowns"):
        join(made_panel(tmp_path, figures), PLANS, SPENDING, left_breakdown="age")


@pytest.mark.parametrize(
    ("option", "words"),
    [
        ({"census": "next"}, "census='next' is neither 'closing' nor 'opening'"),
        ({"strangers": "drop"}, "strangers='drop' is neither 'refuse' nor 'keep'"),
        ({"harmonise": "split"}, r"harmonise='split' .*is neither"),
    ],
)
def test_an_unknown_option_is_refused(tmp_path, option, words):
    with pytest.raises(UsageError, match=words):
        join(made_panel(tmp_path, flows_and_stock()), NEW, PLANS, **option)


def northamptonshire():
    return [
        figure(PLANS, "928", "2021", 4_000),
        figure(PLANS, "940", "2022", 2_800),
        figure(PLANS, "941", "2022", 1_700),
        figure(PLANS, "940", "2025", 3_500, source="later"),
        figure(PLANS, "941", "2025", None, "withdrawn"),
        figure(PLANS, "933", "2021", 2_000),
        figure(PLANS, "933", "2022", 2_500),
        figure(PLANS, "933", "2025", 0),
    ]


@pytest.mark.parametrize(
    ("area", "from_", "to", "value"),
    [
        # 2,500 / 2,000 - 1; 3,500 / 2,800 - 1; nothing left is a fall of 100 per cent
        ("Somerset", "2021", "2022", 0.25),
        ("North Northamptonshire", "2022", "2025", 0.25),
        ("Somerset", "2021", "2025", -1.0),
    ],
)
def test_growth_between_two_figures_of_one_area(tmp_path, area, from_, to, value):
    found = made_panel(tmp_path, northamptonshire()).growth(PLANS, area, from_, to)
    assert found.value == pytest.approx(value)
    assert (found.unit, found.status) == ("ratio", "derived")
    assert found.source_id.startswith("made_up")


@pytest.mark.parametrize(
    ("area", "from_", "to"),
    [
        ("Northamptonshire", "2021", "2022"),
        ("West Northamptonshire", "2021", "2022"),
        ("941", "2021", "2025"),
    ],
)
def test_growth_over_a_change_of_codes_is_refused_with_the_reason(
    tmp_path, area, from_, to
):
    panel = made_panel(tmp_path, northamptonshire())
    with pytest.raises(JoinError) as refused:
        panel.growth(PLANS, area, from_, to)
    said = str(refused.value)
    assert f"No growth of {PLANS} from {from_} to {to}" in said
    assert "2021-04-01 Northamptonshire (928, abolished 2021) → " in said
    assert 'harmonise="merge"' in said
    assert "940+941 (Northamptonshire area)" in said


def test_growth_of_the_comparable_area(tmp_path):
    panel = made_panel(tmp_path, northamptonshire())
    found = panel.growth(PLANS, "West Northants", "2021", "2022", harmonise="merge")
    assert found.value == pytest.approx((2_800 + 1_700) / 4_000 - 1)


def test_growth_is_refused_from_a_year_in_which_old_and_new_codes_each_have_a_part(
    tmp_path,
):
    figures = [
        figure("tribunal_appeals", "928", "2021", 85),
        figure("tribunal_appeals", "940", "2021", 50),
        figure("tribunal_appeals", "941", "2021", 54),
        figure("tribunal_appeals", "940", "2022", 127),
        figure("tribunal_appeals", "941", "2022", 142),
    ]
    panel = made_panel(tmp_path, figures)
    with pytest.raises(JoinError, match="part of a year"):
        panel.growth("tribunal_appeals", "940", "2021", "2022")
    whole = panel.growth("tribunal_appeals", "940", "2021", "2022", harmonise="merge")
    assert whole.value == pytest.approx((127 + 142) / (85 + 50 + 54) - 1)


@pytest.mark.parametrize(
    ("area", "harmonise", "from_", "to", "status"),
    [
        ("941", "as_published", "2022", "2025", "withdrawn"),
        ("940", "merge", "2022", "2025", "incomplete"),
        ("Devon", "as_published", "2022", "2025", "unavailable"),
    ],
)
def test_growth_of_a_missing_figure_has_no_value_and_its_status(
    tmp_path, area, harmonise, from_, to, status
):
    panel = made_panel(tmp_path, northamptonshire())
    found = panel.growth(PLANS, area, from_, to, harmonise=harmonise)
    assert (found.value, found.status) == (None, status)


def test_growth_from_nothing_or_from_a_deficit_is_not_applicable(tmp_path):
    figures = [
        figure("dsg_balance_gbp", "933", "2021-22", -5e6),
        figure("dsg_balance_gbp", "933", "2023-24", -9e6),
        figure(PLANS, "933", "2024", 0),
        figure(PLANS, "933", "2025", 3),
    ]
    panel = made_panel(tmp_path, figures)
    for question in (
        ("dsg_balance_gbp", "Somerset", "2021-22", "2023-24"),
        (PLANS, "Somerset", "2024", "2025"),
    ):
        found = panel.growth(*question)
        assert (found.value, found.status) == (None, "not_applicable")


def test_growth_backwards_or_in_another_calendar_is_refused(tmp_path):
    panel = made_panel(tmp_path, northamptonshire())
    with pytest.raises(UsageError, match="earlier period first"):
        panel.growth(PLANS, "Somerset", "2022", "2021")
    with pytest.raises(UsageError, match="january period"):
        panel.growth(PLANS, "Somerset", "2020-21", "2022")
