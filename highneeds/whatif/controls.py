"""Controls: the assumptions, measures and own figures that a reader can move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from highneeds.own.measures import NET_OF_DIRECT_PLACES
from highneeds.periods import FinancialYear
from highneeds.scenario.levers import KINDS

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection
    from highneeds.panel.vintage import Vintage

# Those that take a coverage state what is charged to the block after deductions.
COVERAGE = NET_OF_DIRECT_PLACES
_BALANCE, _HIGH_NEEDS, _BLOCK, _OUTTURN, _FORECAST = (
    "dsg_balance_gbp",
    "high_needs_balance_gbp",
    "high_needs_block_before_deductions_gbp",
    "high_needs_spending_gbp",
    "high_needs_forecast_outturn_gbp",
)


@dataclass(frozen=True)
class Slider:
    """One number of a scenario.

    ``name`` is that of an assumption or the kind of a measure; ``least``, ``most`` and
    ``step`` are of the slider, in the unit shown, which is ``factor`` times the model's.
    """

    name: str
    title: str
    group: str
    unit: str
    least: float
    most: float
    step: float
    note: str = ""

    @property
    def factor(self) -> float:
        """What a value of the model is multiplied by to be shown."""
        return 100.0 if self.unit == "%" else 1.0


def _unit_shown(unit: str) -> str:
    """The unit of a measure as a slider has it: a share in per cent, ``£ a year`` as £."""
    word, _, _ = unit.partition(" ")
    return "%" if word == "share" else word


PLANS, PRICES, FUNDING = "Plans", "Prices and places", "Funding"
# Those that move the balance most (`answers.sensitivity.tornado`), and what is asked about.
ASSUMPTIONS = (
    Slider(
        "request_growth",
        "Growth of requests for assessment in the first year",
        PLANS,
        "%",
        -30,
        15,
        0.1,
        "Eases to nothing over five years; the marked path has the default.",
    ),
    Slider("request_surge", "Extra requests before a reform", PLANS, "%", -10, 20, 0.5),
    Slider(
        "issue_ratio",
        "New EHC plans for each request, against the last year published",
        PLANS,
        "%",
        70,
        120,
        0.5,
    ),
    Slider(
        "moves_to_independent",
        "Moves into independent and non-maintained special schools (INMSS), "
        "against the last year published",
        PLANS,
        "%",
        0,
        200,
        1,
    ),
    Slider(
        "price_growth_independent_special",
        "Growth of INMSS prices a year",
        PRICES,
        "%",
        -2,
        15,
        0.1,
    ),
    Slider(
        "price_growth_other",
        "Growth of all other prices a year",
        PRICES,
        "%",
        -2,
        10,
        0.1,
    ),
    Slider(
        "unit_cost_independent_special_gbp",
        "Cost of an INMSS plan a year, against the others",
        PRICES,
        "£",
        40_000,
        100_000,
        500,
        "The common level of costs is set by what the authority spent.",
    ),
    Slider(
        "unit_cost_state_special_gbp",
        "Cost of a state special school plan a year, against the others",
        PRICES,
        "£",
        15_000,
        45_000,
        250,
    ),
    Slider(
        "maintained_place_funding_level",
        "Place funding of maintained providers, against the last year published",
        PRICES,
        "%",
        50,
        150,
        1,
    ),
    Slider(
        "appeal_growth",
        "Growth of tribunal appeals for each new plan a year",
        PRICES,
        "%",
        -5,
        15,
        0.5,
    ),
    Slider(
        "special_place_growth",
        "Growth of state special school places a year",
        PRICES,
        "%",
        0,
        15,
        0.5,
        "Moves spending only where pupils are turned away for want of a place.",
    ),
    Slider(
        "block_growth.later",
        "Growth of the high needs block in later years",
        FUNDING,
        "%",
        -2,
        15,
        0.1,
        "Later than the last year for which anything is published.",
    ),
)
MEASURES = tuple(
    Slider(name, kind.title, "", _unit_shown(kind.unit), 0, kind.reach, kind.step)
    for name, kind in KINDS.items()
)


@dataclass(frozen=True)
class OwnField:
    """One figure that an authority can state of itself, by measure and financial year."""

    measure: str
    year: FinancialYear
    title: str
    note: str = ""

    @property
    def covers(self) -> bool:
        """Whether it says what it covers."""
        return self.measure in (_OUTTURN, _FORECAST)

    @property
    def is_flow(self) -> bool:
        """Whether it is about as large as the block."""
        return self.covers or self.measure == _BLOCK

    @property
    def pins(self) -> bool:
        """Whether futures agree on it, so that what lies ahead is surer."""
        return self.measure in (_BALANCE, _BLOCK, _OUTTURN)


def own_fields(result: Projection) -> tuple[OwnField, ...]:
    """Those that move this authority's projection, of the year closed and the one running.

    Without a high needs block no balance is worked out, so only spending can be stated.
    Of an area put together none can: own figures are of one authority.
    """
    if result.panel.parts(result.area):
        return ()
    closed, running = _years(result.vintage)
    fields = [
        OwnField(
            _BALANCE,
            closed,
            f"DSG balance at {closed.closes_on()}, all blocks",
            "Later balances start from it.",
        ),
        OwnField(
            _HIGH_NEEDS,
            closed,
            f"High needs balance at {closed.closes_on()}",
            "Moves the announced grant alone: no balance starts from it.",
        ),
        OwnField(_BLOCK, closed, f"High needs block {closed}, before deductions"),
        OwnField(_BLOCK, running, f"High needs block {running}, before deductions"),
        OwnField(_OUTTURN, closed, f"High needs outturn {closed}"),
        OwnField(_FORECAST, running, f"Forecast outturn {running}"),
        OwnField("usable_reserves_gbp", closed, f"Usable reserves at {closed.closes_on()}"),
    ]
    money, years = result.record.money, result.years[1:]
    return tuple(
        one
        for one in fields
        if one.year in years and (result.has_money or one.covers)
        # Stated after deductions, or with a deduction of its own: not one figure any more.
        if not (one.measure == _BLOCK and _with_deduction(result, one.year))
        if not (one.covers and one.year.label in money.spending and not _own(result, one))
    )


def _years(now: Vintage) -> tuple[FinancialYear, FinancialYear]:
    """The last financial year that has closed, and the one under way."""
    closed = FinancialYear(now.census.end)
    return closed, closed.shift(1)


def _own(result: Projection, one: OwnField) -> bool:
    return bool(result.own and one.year.label in result.own.of(one.measure))


def _with_deduction(result: Projection, year: FinancialYear) -> bool:
    names = ("high_needs_block_after_deductions_gbp", "high_needs_places_deduction_gbp")
    return bool(result.own and any(year.label in result.own.of(name) for name in names))
