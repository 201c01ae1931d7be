"""Vintage: the last census, flows, outturn, block, balance, lines and people held.

The projection's "now". It is read from the record and from nowhere else, so that adding a
release moves it; plans and money keep a clock of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from highneeds.errors import ModelError
from highneeds.geography import ENGLAND_CODE
from highneeds.panel.held import Held
from highneeds.panel.stand_ins import PLACES, stand_ins
from highneeds.periods import (
    CalendarYear,
    Census,
    FinancialYear,
    MidYear,
    Period,
    parse_period,
)

# A money series is held for a year once more authorities than not have a figure.
_MOST = 0.5
_LINES = ("s251_outturn_line_gbp", "line/place_funding_total")
_FLOWS = ("new_ehc_plans", "ceased_ehc_plans", "ehc_assessment_requests")


@dataclass(frozen=True)
class Vintage:
    """What the record holds last.

    ``census`` is the last January with England's plans by age and placement for it and for
    the January before, and new, ended and requested plans of the calendar year between
    (``flows``). ``year`` is the last financial year with an outturn whose closing January
    is published: the cost level is set in it. ``block``, ``balance`` and ``lines`` are the
    last years of the allocation, the closing balance and the section 251 lines;
    ``population`` is the last estimate by single year of age, no later than the flows.
    ``newer`` is what is
    published beyond ``census`` or ``year``, as (measure, last period) pairs.

    ``by_band`` says that this is the record as it stood at a January which has no single
    years of age before it (`Panel.at`). ``census`` is then that January, ``year`` the one
    it falls in, with an outturn or not, ``population`` the last mid-year ended; ``block``
    and ``balance`` are ``year`` where none is held, and ``lines`` is later than ``year``
    where none are.
    """

    census: Census
    flows: CalendarYear
    year: FinancialYear
    block: FinancialYear
    balance: FinancialYear
    lines: FinancialYear
    population: MidYear
    newer: tuple[tuple[str, Period], ...]
    by_band: bool = False

    @property
    def before(self) -> Census:
        """The January before the base census."""
        return self.census.shift(-1)

    @property
    def counted_years(self) -> int:
        """Financial years after the base year whose both Januaries are published."""
        return self.census.end - self.year.end

    @property
    def until(self) -> FinancialYear:
        """The default horizon: five years after the base year."""
        return self.year.shift(5)

    @property
    def furthest(self) -> FinancialYear:
        """The last year that a projection may be asked for: fifteen after the base year."""
        return self.year.shift(15)


def vintage(panel: Held) -> Vintage:
    """Read the vintage of a panel; areas put together here change nothing of it.

    Raises
    ------
    ModelError
        The record holds no January, or no outturn, from which a projection can start.
    """
    return _vintage(panel.published)


@lru_cache(maxsize=32)
def _vintage(panel: Held) -> Vintage:
    if panel.stood_at and not _whole_januaries(panel):
        return _by_band(panel, panel.stood_at)
    census = _census(panel)
    outturns = held_by_most(panel, "s251_high_needs_net_gbp")
    years = [year for year in outturns if year.end <= census.end]
    if not years:
        msg = (
            f"The record holds no section 251 outturn up to January {census}, so no "
            "spending can be set. Expected s251_high_needs_net_gbp for most authorities."
        )
        raise ModelError(msg)
    year = max(years)
    return Vintage(
        census=census,
        flows=CalendarYear(census.end - 1),
        year=FinancialYear(year.end),
        block=_last_year(panel, "high_needs_block_before_deductions_gbp"),
        balance=_last_year(panel, "dsg_balance_gbp"),
        lines=_last_year(panel, *_LINES),
        population=_population(panel, census),
        newer=tuple(_newer(panel, census, outturns, year)),
    )


def _by_band(panel: Held, origin: Census) -> Vintage:
    """The vintage of a January from which plans are known by age band only."""
    year = FinancialYear(origin.end)

    def last(measure: str, breakdown: str = "total/total") -> FinancialYear | None:
        held = held_by_most(panel, measure, breakdown)
        return FinancialYear(max(held).end) if held else None

    return Vintage(
        census=origin,
        flows=CalendarYear(origin.end - 1),
        year=year,
        block=last("high_needs_block_before_deductions_gbp") or year,
        balance=last("dsg_balance_gbp") or year,
        lines=last(*_LINES) or stand_ins()[PLACES].year,
        population=MidYear(origin.end - 1),
        newer=(),
        by_band=True,
    )


def horizon(panel: Held, until: str | None = None) -> FinancialYear:
    """The last year of a projection: the one asked for, or the default of the record.

    Raises
    ------
    UsageError
        `until` is not written as a financial year.
    """
    return FinancialYear.asked(until) if until else vintage(panel).until


def _census(panel: Held) -> Census:
    whole = _whole_januaries(panel)
    if not whole:
        msg = (
            "The record holds no January with England's plans by age and placement for it "
            "and the January before and new, ended and requested plans between. Expected "
            "at least one; build or add the plans and flows of the same release."
        )
        raise ModelError(msg)
    return Census(max(whole))


def _whole_januaries(panel: Held) -> list[int]:
    """Januaries with all that a projection takes by single year of age."""
    stocks = _england(panel, "ehc_plans", "age_year_by_placement")
    new = _england(panel, "new_ehc_plans", "age_year_by_placement")
    ended = _england(panel, "ceased_ehc_plans", "age_year")
    asked = _england(panel, "ehc_assessment_requests", "total")
    flows = new & ended & asked
    return [end for end in stocks if end - 1 in stocks and end - 1 in flows]


def _population(panel: Held, census: Census) -> MidYear:
    """The last estimate up to the year of the flows; the first, where all are later."""
    held = _england(panel, "population_by_age", "age_year")
    return MidYear(max((end for end in held if end < census.end), default=min(held)))


def _newer(
    panel: Held, census: Census, outturns: Sequence[Period], year: Period
) -> list[tuple[str, Period]]:
    """What is published beyond the base census or year."""
    found: list[tuple[str, Period]] = []
    totals = [Census(end) for end in _england(panel, "ehc_plans", "total")]
    if max(totals) > census:
        found.append(("ehc_plans", max(totals)))
    for measure in _FLOWS:
        flow = CalendarYear(max(_england(panel, measure, "total")))
        if flow.end >= census.end:
            found.append((measure, flow))
    if outturns and max(outturns) > year:
        found.append(("s251_high_needs_net_gbp", max(outturns)))
    for measure in ("high_needs_block_before_deductions_gbp", "dsg_balance_gbp"):
        last = _last_year(panel, measure)
        if last.end > year.end:
            found.append((measure, last))
    return found


def _england(panel: Held, measure: str, kind: str) -> set[int]:
    """Years in which England has a figure of one kind of breakdown."""
    rows = panel.one_kind(measure, kind, ENGLAND_CODE)
    return {int(label) for label in rows.loc[rows["value"].notna(), "year"].unique()}


def held_by_most(panel: Held, measure: str, breakdown: str = "total/total") -> list[Period]:
    """Years in which more than half of the authorities then in being have a figure."""
    matrix = panel.matrix(measure, breakdown)
    found = []
    for label in matrix.columns:
        period = parse_period(label, panel.measure(measure).period_type)
        codes = [area.la_code for area in panel.geography.authorities(period.end)]
        held = matrix[label].reindex(codes).notna().mean()
        if held > _MOST:
            found.append(period)
    return found


def _last_year(panel: Held, measure: str, breakdown: str = "total/total") -> FinancialYear:
    years = held_by_most(panel, measure, breakdown)
    if not years:
        msg = f"The record holds {measure} for no year. Expected at least one."
        raise ModelError(msg)
    return FinancialYear(max(years).end)
