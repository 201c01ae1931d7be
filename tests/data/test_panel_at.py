"""The record as it stood at a January: what is in it, what is not, what is refused."""

import pandas as pd
import pytest

from highneeds.errors import UsageError
from highneeds.panel.panel import load_panel
from highneeds.panel.schema import MEASURES
from highneeds.panel.unbroken import unbroken_areas
from highneeds.periods import Census

# The last period of each calendar that had ended by January 2022 (money: by March 2022).
LAST = {
    "january": "2022",
    "calendar": "2021",
    "mid_year": "2021",
    "academic": "2020/21",
    "financial": "2021-22",
}


@pytest.fixture(scope="module")
def panel():
    return load_panel()


@pytest.fixture(scope="module")
def then(panel):
    return panel.at(2022)


@pytest.mark.parametrize("measure", MEASURES)
def test_every_period_that_had_ended_is_there_as_published_and_no_other(
    panel, then, measure
):
    whole, found = panel.rows(measure), then.rows(measure)
    kept = whole[whole["year"] <= LAST[MEASURES[measure].period_type]]
    assert set(found["year"]) == set(kept["year"])
    pd.testing.assert_frame_equal(found, kept.reset_index(drop=True))


def test_a_later_figure_is_unavailable_and_an_earlier_one_as_published(panel, then):
    assert then.figure("ehc_plans", "Somerset", "2023").status == "unavailable"
    assert then.latest("dsg_balance_gbp", "Somerset").label == "2021-22"
    assert then.latest("new_ehc_plans", "Somerset").label == "2021"
    for period in ("2021", "2022"):
        mine = then.figure("ehc_plans", "Somerset", period)
        assert mine == panel.figure("ehc_plans", "Somerset", period)


@pytest.mark.parametrize(
    "origin", [2022, "2022", " 2022 ", "January 2022", "jan 2022", Census(2022)]
)
def test_a_january_is_a_number_a_text_or_a_census(panel, then, origin):
    assert panel.at(origin) is then


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        ("2021-22", "'2021-22' is not written as a january period"),
        ("soon", "'soon' is not written"),
        (True, "'True' is not written"),
        (2022.5, "'2022.5' is not written"),
        (2031, "holds no January 2031 to start from. Expected one from 2010 to"),
        (2009, "holds no January 2009"),
        (12, "'12' is not written"),
    ],
)
def test_anything_else_is_refused_in_words(panel, origin, words):
    with pytest.raises(UsageError) as refused:
        panel.at(origin)
    assert words in str(refused.value)


def test_a_record_of_the_past_has_a_past_but_no_future(then):
    assert then.at(2020).matrix("ehc_plans").columns[-1] == "2020"
    with pytest.raises(UsageError, match="to 2022"):
        then.at(2023)


def test_areas_put_together_here_stay_so(panel, then):
    joined = unbroken_areas(panel).panel.at(2018)
    plans = joined.matrix("ehc_plans")
    assert plans.columns[-1] == "2018"
    assert plans.loc["838+839", "2018"] == 1_871 + 748 + 962
    assert "835" not in plans.index
    assert joined.published is panel.at(2018)
    assert len(unbroken_areas(then).areas) == len(unbroken_areas(panel).areas)
