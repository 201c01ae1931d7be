"""Repairs of the tribunal table, on hand-made tables."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from highneeds.sources.tribunal_repairs import exchanged_decisions
from highneeds.sources.tribunal_table import (
    APPEALED,
    DECISIONS,
    NEW_DECISIONS,
    NEW_RATE,
    RATE,
)

NAMES = {"001": "Anyshire", "002": "Otherton", "003": "Thirdham"}


def repaired(decisions, plans, in_development=None):
    """Decisions of 2024 beside plans of January 2025; ten appeals everywhere."""
    rows = [
        (code, measure, value)
        for code, number in decisions.items()
        for measure, value in (
            (APPEALED, 10.0),
            (DECISIONS, float(number)),
            (RATE, round(1000 / number, 1)),
        )
    ]
    for code, number in (in_development or {}).items():
        rate = round(1000 / number, 1) if number else np.nan
        rows += [(code, NEW_DECISIONS, number or np.nan), (code, NEW_RATE, rate)]
    table = pd.DataFrame(rows, columns=["la_code", "measure", "value"])
    table = table.assign(
        year="2024",
        status=table["value"].isna().map({True: "suppressed", False: "observed"}),
        published=table["value"].astype(str),
    )
    after = pd.DataFrame(
        [{"la_code": code, "january": 2025, "value": plans[code]} for code in plans]
    )
    areas = {code: SimpleNamespace(name=name) for code, name in NAMES.items()}
    found, issues = exchanged_decisions(table, after, areas)
    return found.set_index(["la_code", "measure"]), issues


def test_two_figures_in_each_others_row_are_put_back_with_their_rates():
    found, issues = repaired({"001": 400, "002": 1000}, {"001": 950, "002": 380})
    assert found.loc[("001", DECISIONS), "value"] == 1000
    assert found.loc[("002", DECISIONS), "value"] == 400
    assert found.loc[("001", RATE), "value"] == 1.0  # 10 of 1,000
    assert found.loc[("002", RATE), "value"] == 2.5  # 10 of 400
    changed = found[found["status"] == "repaired"]
    assert len(changed) == len(issues) == 4
    assert {issue.published for issue in issues} == {"400.0", "1000.0", "2.5", "1.0"}


def test_decisions_in_development_go_with_the_figures_they_were_joined_to():
    found, issues = repaired(
        {"001": 400, "002": 1000}, {"001": 950, "002": 380}, {"001": 300, "002": 250}
    )
    assert found.loc[("001", NEW_DECISIONS), "value"] == 250
    assert found.loc[("002", NEW_DECISIONS), "value"] == 300
    assert found.loc[("001", NEW_RATE), "value"] == 4.0  # 10 of 250
    assert found.loc[("002", NEW_RATE), "value"] == 3.3  # 10 of 300
    assert len(issues) == 8


def test_a_partner_with_no_figure_in_development_leaves_none():
    found, _ = repaired(
        {"001": 400, "002": 1000}, {"001": 950, "002": 380}, {"001": 300, "002": None}
    )
    assert found.loc[("001", NEW_DECISIONS), "status"] == "suppressed"
    assert np.isnan(found.loc[("001", NEW_DECISIONS), "value"])
    assert found.loc[("002", NEW_DECISIONS), "value"] == 300


def test_figures_that_fit_are_left_alone():
    found, issues = repaired({"001": 400, "002": 1000}, {"001": 380, "002": 950})
    assert set(found["status"]) == {"observed"}
    assert not issues


@pytest.mark.parametrize(
    ("decisions", "plans", "odd"),
    [
        # One alone, two that do not fit each other either, three at once.
        ({"001": 400, "002": 1000}, {"001": 950, "002": 950}, {"001"}),
        ({"001": 400, "002": 5000}, {"001": 950, "002": 950}, {"001", "002"}),
        (
            {"001": 400, "002": 1000, "003": 2000},
            {"001": 950, "002": 1900, "003": 380},
            {"001", "002", "003"},
        ),
    ],
)
def test_what_no_exchange_explains_is_set_aside_and_never_guessed(decisions, plans, odd):
    found, issues = repaired(decisions, plans)
    for code in decisions:
        expected = "set_aside" if code in odd else "observed"
        for measure in (DECISIONS, RATE):
            assert found.loc[(code, measure), "status"] == expected
            assert np.isnan(found.loc[(code, measure), "value"]) == (code in odd)
        assert found.loc[(code, APPEALED), "value"] == 10
    assert {issue.la_code for issue in issues} == odd
    assert {issue.used for issue in issues} == {"no figure"}


def test_areas_of_a_few_plans_are_not_judged():
    # Isles of Scilly 2024: 57 decisions beside 17 plans.
    found, issues = repaired({"001": 57}, {"001": 17})
    assert found.loc[("001", DECISIONS), "value"] == 57
    assert not issues
