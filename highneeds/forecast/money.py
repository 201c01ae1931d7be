"""How far spending strayed from foretold plans at growing prices, and spreads from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from highneeds.forecast.record import Record, Series
from highneeds.forecast.shares import HORIZONS, Regression, Set

# Half of all draws of a standard normal lie within this of 0. Of SciPy's statistics this is
# all that is needed here, and they take half a second to load.
_MEDIAN_OF_NORMAL = 0.6744897501960817


@dataclass(frozen=True, eq=False)
class SpendingErrors:
    """Errors of log spending at earlier origins, as of one origin.

    ``spending`` and ``plans`` hold, by years ahead, what areas' spending and the plans it
    rests on were off by, with England's own error taken out; only years ahead that had been
    seen are there. ``england`` is the yearly log growth of its spending per plan less that
    of the rule.
    """

    spending: Mapping[int, np.ndarray]
    plans: Mapping[int, np.ndarray]
    england: np.ndarray

    @cached_property
    def price_by_years(self) -> dict[int, float]:
        """Standard deviation of price, by years ahead, in logarithms.

        What, drawn apart from the plans, makes up the spread of spending: the errors of
        both go together, so the spread of spending per plan would count some of it twice.
        """
        return {
            years: float(np.sqrt(max(_sd(own) ** 2 - _sd(self.plans[years]) ** 2, 0.0)))
            for years, own in self.spending.items()
        }

    @property
    def price_local(self) -> float:
        """Yearly standard deviation of price, an area against England; 0 with none seen."""
        return yearly_spread(self.price_by_years)

    @property
    def price_national(self) -> float:
        """Yearly standard deviation of price, all of England, about the rule."""
        return float(np.sqrt(np.mean(self.england**2))) if self.england.size else 0.0


def spending_errors(
    regression: Regression,
    spending: Series,
    origin: int,
    chosen: Set,
    *,
    price_growth: float,
    september_share: float,
) -> SpendingErrors:
    """What spending, foretold by plans and a growth of prices, was off by before an origin.

    Parameters
    ----------
    spending : Series
        £ by financial year, the areas those of the regression's record.
    origin : int
        A January; nothing after it, and no year that closes after its March, is looked at.
    chosen : tuple of str
        Covariates that foretell the shares of plans, refitted at each earlier origin.
    price_growth : float
        The rule: growth a year of spending per plan; 0.03 is 3 per cent.
    september_share : float
        Share of a financial year paid on the plans of the January inside it.
    """
    record, earlier = regression.record, range(spending.first, origin)
    spent: dict[int, np.ndarray] = {}
    paid: dict[int, np.ndarray] = {}
    for years in range(1, HORIZONS + 1):
        own, plans = [], []
        for start in earlier:
            if start + years > origin:
                break
            before, after = spending.of(start), spending.of(start + years)
            now, came = (
                _paid(record, end, september_share) for end in (start, start + years)
            )
            known = record.fitted & np.isfinite(before * after * now * came)
            if not known.any():
                continue
            ahead = _foretold(regression, start, years, chosen, september_share)
            foretold = _own(ahead, now, known)
            own.append(_own(after, before, known) - foretold)
            plans.append(_own(came, now, known) - foretold)
        if any(each.size for each in own):
            spent[years], paid[years] = np.concatenate(own), np.concatenate(plans)
    england = [_per_plan(record, spending, end, september_share) for end in earlier]
    growth = np.array([each for each in england if np.isfinite(each)])
    return SpendingErrors(spent, paid, growth - np.log1p(price_growth))


def yearly_spread(by_years: Mapping[int, float]) -> float:
    """The yearly spread whose steps, each apart, come nearest to spreads by years ahead.

    Variances of such steps add up: the yearly one is the sum of variances over the sum of
    years. 0 where nothing is given.
    """
    if not by_years:
        return 0.0
    return float(np.sqrt(sum(sd**2 for sd in by_years.values()) / sum(by_years)))


def _sd(errors: np.ndarray) -> float:
    """Standard deviation, by the median absolute deviation: an odd return counts once."""
    away = np.median(np.abs(errors - np.median(errors)))
    return float(away / _MEDIAN_OF_NORMAL)


def _paid(record: Record, end: int, september_share: float) -> np.ndarray:
    """Plans that the financial year ending then pays for, of each area."""
    before, inside = record.plans.of(end - 1), record.plans.of(end)
    return np.asarray((1.0 - september_share) * before + september_share * inside)


def _foretold(
    regression: Regression, start: int, years: int, chosen: Set, september_share: float
) -> np.ndarray:
    """Plans a later year pays for, foretold from `start` up to England's growth."""
    share = regression.record.share(start)
    deviations = regression.deviations(start, chosen)
    inside = np.exp(share + deviations[years - 1])
    before = np.exp(share + deviations[years - 2]) if years > 1 else np.exp(share)
    return np.asarray((1.0 - september_share) * before + september_share * inside)


def _own(later: np.ndarray, now: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Log growth of the known areas less that of their sum."""
    later, now = later[known], now[known]
    return np.asarray(np.log(later / now) - np.log(later.sum() / now.sum()))


def _per_plan(record: Record, spending: Series, end: int, september_share: float) -> float:
    """Log growth of spending per plan into the next year, over the areas with both."""
    now, next_one = (_paid(record, year, september_share) for year in (end, end + 1))
    before, after = spending.of(end), spending.of(end + 1)
    known = record.fitted & np.isfinite(before * after * now * next_one)
    if not known.any():
        return float("nan")
    growth = after[known].sum() / before[known].sum()
    return float(np.log(growth / (next_one[known].sum() / now[known].sum())))
