"""The shipped record moved some years on: every year said moves, but those of law.

The figures stay the same and only the periods they are of are later, so each text must be
that of the shipped record with its years moved as far. What stays is listed here.
"""

import dataclasses
import re
from dataclasses import dataclass
from datetime import date
from functools import cache, lru_cache

import pandas as pd
import pytest

import highneeds as hn
from highneeds.answers.beside_others import growth
from highneeds.answers.comparison import comparisons
from highneeds.answers.nation import project_nation
from highneeds.evidence import (
    exclusions as evidence_exclusions,
)
from highneeds.evidence import (
    limits as evidence_limits,
)
from highneeds.evidence import (
    money as evidence_money,
)
from highneeds.evidence import (
    need as evidence_need,
)
from highneeds.evidence.exhibit import Exhibit
from highneeds.evidence.record import Question
from highneeds.notebook import parameters
from highneeds.panel.panel import Panel, load_panel
from highneeds.panel.schema import MEASURES
from highneeds.panel.stored import stored_rows
from highneeds.panel.vintage import vintage
from highneeds.periods import FinancialYear, parse_period
from highneeds.report import (
    contents,
    drivers,
    figures_money,
    figures_plans,
    outputs,
    totals,
)
from highneeds.report.answers import Report
from highneeds.report.headline import headline

YEAR = re.compile(r"(?<![\d,.£])20[1-4]\d(?:([-/])\d\d)?(?![\d,])")
OFF_CENTRE = "The middle future is not the central case"
# What law has set, or how a series is made: said so whatever the record holds.
STAYING = re.compile(
    "|".join(
        (
            # The first year that the government has said it will meet.
            "balance 2028-29",
            *("since September 2014", "(January|since) 2015", "included to 2018"),
            *("with plans to 2018", "(From|from) 2023", "changed in 2019 and 2023"),
            *("To 2021-22 balances", "parts of 2019/20 and 2020/21"),
            *(r"Safety Valve \(2022-23\)", "reform plan of 2026"),
            "From 2028-29 the government",
            " in this scenario, and not on 31 March 2028 as announced",
            # What others have published of England.
            "England under this model's default scenario.*",
            # Other swings, other measures: which year differs most is chance.
            f"{OFF_CENTRE}.*",
        )
    )
)
# No more: the children of mid-2014, by which plans of January 2015 are divided, must stay.
YEARS_ON = (1, 2)
AREA, DRAWS = "Kent", 20


@dataclass(frozen=True)
class LaterPanel(Panel):
    """The shipped record with every figure some years later."""

    years: int

    def rows(self, measure: str) -> pd.DataFrame:
        return _later(self, measure)


@lru_cache(maxsize=128)
def _later(panel, measure):
    rows = stored_rows(panel.folder, measure)
    kind = MEASURES[measure].period_type
    later = {
        label: parse_period(label, kind).shift(panel.years).label
        for label in rows["year"].unique()
    }
    return rows.assign(year=rows["year"].astype(str).map(later))


@cache
def panel_of(years):
    shipped = load_panel()
    if not years:
        return shipped
    return LaterPanel(shipped.folder, shipped.geography, years)


@cache
def scenario(years):
    """The trend with its dated policies as much later, or fewer years would follow them."""
    trend = hn.Scenario.load()
    old, grant = trend.policies, trend.policies.stability_grant
    moved = {
        name: FinancialYear.parse(getattr(grant, name)).shift(years).label
        for name in ("deficit_at", "paid_in")
    }
    ends = FinancialYear.parse(old.override_ends).shift(years).label
    policies = old.model_copy(
        update={"override_ends": ends, "stability_grant": grant.model_copy(update=moved)}
    )
    return dataclasses.replace(trend, policies=policies)


@cache
def projected(years):
    return hn.project(panel_of(years), AREA, scenario(years), draws=DRAWS, seed=3)


def texts_of(table):
    yield from (table.caption, *table.notes)
    yield from (column.heading for column in table.columns)


def report(years):
    result = projected(years)
    yield "title", outputs.report_title(result)
    tables = [
        # Inspections of others stay where they are when the record moves on.
        *(one for one in Report(result).tables() if one.name != "similar_areas"),
        drivers.plan_growth_table(result),
        drivers.spending_growth_table(result),
    ]
    for table in tables:
        for number, text in enumerate(texts_of(table)):
            yield f"{table.name} {number}", text
    yield "headline", "; ".join(f"{c.label} {c.detail}" for c in headline(result).cards)
    yield from result.sentences().items()
    for number, gap in enumerate(result.gaps):
        yield f"gap {number}", f"{gap.what} {gap.done}"
    for plot in (
        *(figures_money.plot_balance, figures_money.plot_money, figures_money.plot_bridge),
        *(figures_plans.plot_plans, figures_plans.plot_mix),
    ):
        chart = plot(result)
        yield chart.name, f"{chart.title} {chart.caption} {chart.alt}"
    chart = figures_plans.plot_growth(growth(result.panel, result.area))
    yield chart.name, f"{chart.title} {chart.caption}"


def cautions(years):
    """By what they say apart from numbers: other swings add a caution of their own."""
    for text in projected(years).cautions:
        if text.startswith(OFF_CENTRE):
            continue
        yield re.sub(r"[\d.,/-]+", "#", text), text


def nation(years):
    panel = panel_of(years)
    areas = [panel.geography.find(name) for name in (AREA, "Cumberland")]
    found = project_nation(panel, scenario(years), areas=areas, draws=DRAWS)["E92000001"]
    shown = totals.totals_headline(found)
    yield "headline", shown.sentence
    yield "cards", "; ".join(f"{card.label} {card.detail}" for card in shown.cards)
    for number, text in enumerate(texts_of(totals.totals_table(found))):
        yield f"totals {number}", text
    yield "chart", totals.plot_totals(found).title


def compared(years):
    return ((one.name, one.title) for one in comparisons(panel_of(years)))


def pack(years):
    panel = panel_of(years)
    asked = Question(panel, panel.geography.england, date(2026 + years, 6, 26))
    for made in (
        *(evidence_need.plans, evidence_need.groups, evidence_need.assessments),
        *(evidence_exclusions.england, evidence_exclusions.authorities),
        *(evidence_money.money, evidence_limits.gaps),
    ):
        for number, one in enumerate(made(asked, "cell")):
            name = f"{made.__name__} {number}"
            if isinstance(one, Exhibit):
                yield name, " ".join([one.title, one.n, one.interval, one.caveat])
            else:
                yield name, " ".join(one.sentences)


def later(token, years):
    """A year as written, some years on; ``2024-25`` stays a pair."""
    mark = token[4:5]
    begins = int(token[:4]) + years
    return f"{begins}{mark}{(begins + 1) % 100:02d}" if mark else str(begins)


def stale(before, after, years):
    """Years that a text says otherwise than the record moved on would have it."""
    said = [
        [found[0] for found in YEAR.finditer(STAYING.sub("", text))]
        for text in (before, after)
    ]
    if len(said[0]) != len(said[1]):
        return [f"{said[0]} against {said[1]}"]
    return [
        f"{now}, before {then}"
        for then, now in zip(*said, strict=True)
        if now != later(then, years)
    ]


@pytest.mark.parametrize("years", YEARS_ON)
@pytest.mark.parametrize("said", [report, cautions, nation, compared, pack])
def test_every_year_said_moves_with_the_record(said, years):
    before, after = dict(said(0)), dict(said(years))
    assert set(before) <= set(after)
    wrong = {
        name: (found, after[name])
        for name, text in before.items()
        if (found := stale(text, after[name], years))
    }
    assert wrong == {}
    held = sum(len(YEAR.findall(text)) for text in before.values())
    assert held > 5


def test_a_year_that_stays_is_noticed():
    assert stale("In January 2025", "In January 2025", 1) == ["2025, before 2025"]
    assert stale("From 2024-25", "From 2025-26", 1) == []
    begins = "From 2028-29 the government has said"
    assert stale(begins, begins, 1) == []
    assert stale("To March 2028", "To March 2028", 1) == ["2028, before 2028"]
    assert stale("To March 2028", "To March", 1) == ["['2028'] against []"]
    assert stale("£2,025m in 2024", "£2,026m in 2025", 1) == []


@pytest.mark.parametrize("years", YEARS_ON)
def test_what_a_run_may_ask_for_moves_with_the_record(monkeypatch, years):
    monkeypatch.setattr(parameters, "load_panel", lambda: panel_of(years))
    now = vintage(panel_of(years))
    assert now.year == vintage(load_panel()).year.shift(years)
    given = parameters.OverspendParameters(authority=AREA, scenario="trend")
    assert given.until == now.year.shift(5).label


def test_the_goal_year_is_the_first_met_centrally_while_it_is_projected():
    assert drivers.goal_year(projected(0)).label == "2028-29"
    assert drivers.goal_year(projected(3)).label == "2028-29"
    near = hn.project(load_panel(), AREA, until="2026-27", draws=DRAWS)
    assert drivers.goal_year(near).label == "2026-27"
    assert "What would balance 2026-27" in drivers.goals_table(near).caption
    far = hn.project(panel_of(6), AREA, draws=DRAWS)
    assert drivers.goal_year(far).label == "2031-32"
    assert contents.balance_table(far).caption
