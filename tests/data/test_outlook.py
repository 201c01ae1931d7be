"""England's default beside published forecasts: the direction, the words, the kept run."""

import dataclasses

import pandas as pd
import pytest

from highneeds import home
from highneeds.answers.forecasts import (
    BEYOND,
    MILDER,
    STEEPER,
    WITHIN,
    direction,
    england_table,
    lies,
    outlook,
    published_forecasts,
)
from highneeds.report import outlook as words
from tools.national_page import ENGLAND, ROOT, england_bytes

BY_ID = {one.forecast_id: one for one in published_forecasts()}


@pytest.mark.parametrize(
    ("name", "here", "found"),
    [
        # About 840,000 plans: 2% of it is 16,800.
        ("ccn-2025-plans", 942_000, STEEPER),
        ("ccn-2025-plans", 850_000, WITHIN),
        ("ccn-2025-plans", 800_000, MILDER),
        # Deficits of £14bn: deeper is steeper, a surplus is milder.
        ("obr-2025-deficit", -17.3e9, STEEPER),
        ("obr-2025-deficit", -14.2e9, WITHIN),
        ("obr-2025-deficit", -11e9, MILDER),
        ("obr-2025-deficit", 14e9, MILDER),
        # £4.3bn to £4.9bn.
        ("nao-2024-deficit", -4.85e9, WITHIN),
        ("nao-2024-deficit", -4.95e9, STEEPER),
        ("nao-2024-deficit", -4.2e9, MILDER),
        # Above £15bn: more was not ruled out, and how much more was not said.
        ("ifs-2025-spending", 21e9, BEYOND),
        ("ifs-2025-spending", 15.2e9, WITHIN),
        ("ifs-2025-spending", 14e9, MILDER),
    ],
)
def test_larger_plans_spending_and_deficits_are_steeper(name, here, found):
    assert direction(BY_ID[name], here) == found


@pytest.mark.parametrize(
    ("name", "low", "high", "found"),
    [
        ("ccn-2025-plans", 830_000, 850_000, "inside"),
        ("ccn-2025-plans", 900_000, 950_000, "outside"),
        ("obr-2025-deficit", -20e9, -15e9, "outside"),
        ("ifs-2025-spending", 14e9, 21e9, "inside"),
        # All of the range is above what was said to be the least.
        ("ifs-2025-spending", 19e9, 24e9, "lower end"),
        ("ifs-2025-spending", 12e9, 14e9, "outside"),
    ],
)
def test_a_table_says_of_a_lower_end_that_it_is_one(name, low, high, found):
    assert lies(BY_ID[name], low, high) == found


def test_sentence_and_table_count_alike():
    kept = pd.read_csv(ROOT / "docs" / "national_forecasts.csv")
    beside = outlook().beside
    ends = sum(one.direction == BEYOND for one in beside)
    assert len(beside) == len(kept)
    assert ends == (kept["lies"] == "lower end").sum() == 1


def test_the_sentence_counts_the_directions_and_names_plans_and_balance():
    found, said = outlook(), words.outlook_words()
    counts = {
        way: sum(one.direction == way for one in found.beside)
        for way in (STEEPER, WITHIN, MILDER, BEYOND)
    }
    assert sum(counts.values()) == len(published_forecasts())
    for way, many in counts.items():
        assert (f"{way} {many}" in said) == bool(many)
    plans = found.first("plans")
    assert f"{round(plans.here, -3):,.0f} plans in January 2029" in said
    assert "has 840,000" in said
    assert "has −£14.0bn" in said
    assert "edition" not in said


def test_with_another_record_the_sentence_says_which_edition_it_is_of(monkeypatch):
    other = dataclasses.replace(outlook(), edition="0123456789abcdef", current=False)
    monkeypatch.setattr(words, "outlook", lambda: other)
    assert words.outlook_words().endswith(
        "England's figures are of edition 0123456789ab of the record, not of the one used "
        "here."
    )


def test_the_kept_figures_are_those_of_the_national_run():
    # After a change that moves England: see tools/national_page.py.
    assert ENGLAND.read_bytes() == england_bytes()


def test_a_balance_after_the_override_is_kept_for_the_forecasts_of_its_year():
    table = pd.DataFrame(
        {
            "scenario": "trend",
            "measure": ["balance", "cumulative_shortfall", "balance", "plans"],
            "year": ["2027-28", "2028-29", "2023-24", 2029],
            "central": [-17e9, -25e9, -3e9, 9e5],
        }
    )
    kept = england_table(table, "abc").set_index(["measure", "year"])["value"]
    # 2023-24 is forecast by nobody in the register.
    assert kept.to_dict() == {
        ("balance", "2027-28"): -17e9,
        ("balance", "2028-29"): -25e9,
        ("plans", "2029"): 9e5,
    }


def test_the_kept_run_is_part_of_what_a_report_is_made_from():
    assert ENGLAND in home.stated_files()
