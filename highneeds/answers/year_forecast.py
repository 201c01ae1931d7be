"""The forecast of one year under way: spending by provision, and its phasing by month."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from highneeds.answers.monitor import MONTHS, cost_of_plans, phased_share
from highneeds.answers.projection import Projection
from highneeds.answers.provision import provision_futures
from highneeds.errors import ModelError, UsageError
from highneeds.geography import ENGLAND_CODE
from highneeds.model.funding import direct_places
from highneeds.own.measures import NET_OF_DIRECT_PLACES, PROVISIONS
from highneeds.periods import FinancialYear
from highneeds.record.cells import MODEL_PLACEMENTS
from highneeds.scenario.draws import CentralDraws, Draws

# Where the places that the department funds directly are counted.
_PLACES = "high_needs_places_deduction_gbp"
_PROVIDERS = {
    "mainstream_academies": "resourced_provision",
    "special_academies": "maintained_special",
    "special_free_schools": "maintained_special",
    "ap_academies": "alternative_provision",
    "hospital_academies": "alternative_provision",
    "academies_16_to_19": "post_16",
    "further_education": "post_16",
}
# No provision is left without anything to spend by places counted there.
_MOST_TAKEN = 0.9
# What a year's spending can follow; every other assumption is about income or balances.
_NOT_SPENDING = ("block_growth", "interest", "schools_block")


@dataclass(frozen=True)
class Driver:
    """An assumption or shock of the forecast: title, unit, central value, (draws,)."""

    title: str
    unit: str
    central: float
    values: np.ndarray


@dataclass(frozen=True)
class YearForecast:
    """A year's spending by provision, £, with or without places funded directly.

    ``central`` (provisions,), ``futures`` (provisions, draws), ``share`` (12,) the part of
    the year by the end of each month. ``direct_gbp`` is what places funded directly add
    where they are not counted; ``block_gbp`` the block and transfer of the year, NaN
    without a block.
    """

    year: FinancialYear
    provisions: tuple[str, ...]
    central: np.ndarray
    futures: np.ndarray
    share: np.ndarray
    coverage: str
    direct_gbp: float
    block_gbp: float
    drivers: Mapping[str, Driver]

    @property
    def total(self) -> float:
        """Central spending of the year in the ledger's coverage, £."""
        return float(self.central.sum())


def year_forecast(
    result: Projection, year: FinancialYear, coverage: str = NET_OF_DIRECT_PLACES
) -> YearForecast:
    """The forecast of one projected year.

    Parameters
    ----------
    coverage : str
        Whether places that the department funds directly are counted, as a ledger has it.

    Raises
    ------
    UsageError
        The year is not projected.
    ModelError
        No spending is projected for want of an outturn.
    """
    if year not in result.years[1:]:
        msg = (
            f"{year} is not a projected year. Expected {result.years[1]} to "
            f"{result.years[-1]}."
        )
        raise UsageError(msg)
    if not result.record.money.has_spending:
        msg = (
            f"No spending of {result.area.name} is projected: no outturn is held. There is "
            "no forecast to set a ledger beside."
        )
        raise ModelError(msg)
    step = result.years.index(year)
    central = provision_futures(result.central, result).spending[step, :, 0]
    futures = provision_futures(result.futures, result).spending[step]
    numbers = CentralDraws(result.scenario.assumptions, result.area.la_code)
    direct = float(np.max(direct_places(result.record.money, numbers, year)))
    if coverage == NET_OF_DIRECT_PLACES:
        less = direct * _direct_shares(result, central, direct)
        kept = np.divide(
            central - less, central, out=np.ones_like(central), where=central > 0
        )
        central, futures = central - less, futures * kept[:, None]
    else:
        direct = 0.0
    own = result.central
    return YearForecast(
        year=year,
        provisions=tuple(PROVISIONS),
        central=central,
        futures=futures,
        share=_phasing(result, year),
        coverage=coverage,
        direct_gbp=direct,
        block_gbp=float((own.block[step] + own.transfer[step])[0]),
        drivers=_drivers(result, step),
    )


def _direct_shares(result: Projection, central: np.ndarray, direct: float) -> np.ndarray:
    """Share of places funded directly in each provision, (provisions,); sums to 1.

    As last published for the authority, or for England; none takes more than most of a
    provision's spending, and what is over falls on the others.
    """
    names = list(PROVISIONS)
    found = np.zeros(len(names))
    for code in (result.area.la_code, ENGLAND_CODE):
        for provider, provision in _PROVIDERS.items():
            table = result.panel.matrix(_PLACES, f"provider/{provider}")
            held = table[table.index == code].to_numpy(dtype=float).ravel()
            held = held[np.isfinite(held)]
            found[names.index(provision)] += held[-1] if held.size else 0.0
        if found.sum() > 0:
            break
    if not found.sum() > 0:
        found = np.maximum(central, 0.0)
    less = np.minimum(direct * found / found.sum(), _MOST_TAKEN * np.maximum(central, 0.0))
    room = np.maximum(central, 0.0) - less
    over = direct - less.sum()
    less = less + over * room / max(room.sum(), 1.0)
    return less / direct if direct else np.zeros(len(names))


def _phasing(result: Projection, year: FinancialYear) -> np.ndarray:
    """Part of a year's spending by the end of each month, in the central case."""
    september = result.scenario.assumptions["september_share"].central
    before, inside = (
        cost_of_plans(result, result.central, end) for end in (year.end - 1, year.end)
    )
    return np.array(
        [
            float(phased_share(before, inside, months, september)[0])
            for months in range(1, len(MONTHS) + 1)
        ]
    )


def _drivers(result: Projection, step: int) -> dict[str, Driver]:
    """What the year's spending follows: assumptions, plans, and the swing of prices."""
    numbers = Draws(
        result.scenario.assumptions, result.area.la_code, result.seed, 0, result.draws
    )
    found = {
        name: Driver(one.title, one.unit, one.central, numbers.assumed(name))
        for name, one in result.scenario.assumptions.items()
        if one.low < one.high and not name.startswith(_NOT_SPENDING)
    }
    central, futures = result.central.paid_plans[step], result.futures.paid_plans[step]
    independent = MODEL_PLACEMENTS.index("independent_special")
    drift = sum(
        numbers.shock(f"price.{whose}", step, sd, national=whose == "national")
        for whose, sd in (
            ("national", result.spread.price_national),
            ("local", result.spread.price_local),
        )
    )
    return found | {
        "plans": Driver(
            "Plans paid for in the year",
            "plans",
            float(central.sum()),
            futures.sum(axis=0),
        ),
        "independent_share": Driver(
            "Share of those plans in independent special schools",
            "share",
            float(central[independent, 0] / central.sum()),
            futures[independent] / futures.sum(axis=0),
        ),
        "price_swing": Driver(
            "Prices beyond their assumed growth",
            "share",
            0.0,
            np.expm1(np.sum(drift, axis=0)),
        ),
    }
