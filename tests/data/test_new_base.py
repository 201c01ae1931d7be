"""The base of January 2026: what the release prints, and values worked out elsewhere.

The values were worked out on a prototype of these rules, by other code. Two details of its
pooling are not known, so plans are compared within the differences stated here.
"""

import dataclasses

import numpy as np
import pytest

import highneeds as hn
from highneeds.geography import ENGLAND_CODE
from highneeds.model.flows import flows_of
from highneeds.panel.vintage import vintage
from highneeds.record.england import share_out_unknown, stock_by_age
from highneeds.record.entrants import entrants
from highneeds.record.opening import area_record
from highneeds.scenario.draws import CentralDraws
from highneeds.scenario.levers import neutral

JANUARIES = range(2026, 2031)
# Central case with requests growing by 6.3% at first and the ratio of new plans held at 1.
PROTOTYPE = {
    "England": (718838, 798089, 878132, 956575, 1031619),
    "Somerset": (6350, 6877.3, 7456.5, 8057.5, 8660.3),
    "Newham": (3639, 4128.3, 4658.3, 5215.9, 5787.4),
    "Suffolk": (11598, 13328.9, 15123.1, 16900.5, 18627.7),
    "Leicester": (4175, 4630.4, 5087.4, 5545.9, 5996.0),
    "Isle of Wight": (2000, 2122.7, 2279.1, 2448.4, 2623.5),
}
# Somerset's net loss was 4.9% there and is 4.6% here; which rule made it so is not known.
NEAR = {"Somerset": 0.011}
OTHERS_NEAR = 0.0015


@pytest.fixture(scope="module")
def panel():
    return hn.load_panel()


@pytest.fixture(scope="module")
def now(panel):
    return vintage(panel)


@pytest.fixture(scope="module")
def carried(panel):
    trend = hn.Scenario.load("trend")
    changes = {
        "request_growth": {"low": 0.0, "central": 0.063, "high": 0.126},
        "issue_ratio": {"low": 0.95, "central": 1.0, "high": 1.05},
    }
    held = dataclasses.replace(
        trend, assumptions=trend.assumptions.replaced(changes, "the prototype")
    )
    found = {}
    for area in panel.geography.authorities(2026):
        record = area_record(panel, area)
        steps = len(JANUARIES) - 1
        # The flows alone, which the marked path has taken the place of since.
        flows = flows_of(
            record, CentralDraws(held.assumptions, area.la_code), neutral(steps, 1), 0
        )
        after = entrants(
            record.stock.sum(axis=1)[:, None],
            flows.exit_rate,
            flows.profile,
            record.balancing_share,
            np.full((steps, 1), np.nan),
            flows.new,
        ).plans
        found[area.name] = np.concatenate([[record.stock.sum()], after[:, 0]])
    found["England"] = np.sum(list(found.values()), axis=0)
    return found


@pytest.mark.parametrize("name", PROTOTYPE)
def test_plans_are_those_of_the_prototype(carried, name):
    near = NEAR.get(name, OTHERS_NEAR)
    assert carried[name] == pytest.approx(PROTOTYPE[name], rel=near)


def test_the_record_holds_what_the_release_prints(panel, now):
    assert (now.census.end, now.flows.end, now.year.label) == (2026, 2025, "2024-25")
    figures = [
        panel.figure(measure, ENGLAND_CODE, year).value
        for measure, year in (
            ("ehc_plans", "2026"),
            ("new_ehc_plans", "2025"),
            ("ceased_ehc_plans", "2025"),
            ("ehc_assessment_requests", "2025"),
        )
    ]
    assert figures == [718838, 110708, 50346, 162702]


def test_growth_by_placement_is_quoted_after_unknown_placements_are_shared_out(panel):
    # 7.1% and 18.2% as printed; 5.0% and 15.8% with unknown placements shared out.
    shares = {}
    for year in ("2025", "2026"):
        found = share_out_unknown(stock_by_age(panel, "ehc_plans", year)[ENGLAND_CODE])
        shares[year] = found.sum(axis=0)
    growth = shares["2026"] / shares["2025"] - 1
    assert round(growth[1], 3) == 0.050
    assert round(growth[2], 3) == 0.158
