"""Januaries that cannot be right, and yearly returns that are partial (section 2)."""

from functools import cache
from math import inf, log
from statistics import mean, median

from tests.reference.published import ENGLAND, Figures, totals

NORMAL = 1.4826
FAR, FEWEST, TURN = 5.0, 30, 0.10


@cache
def years_of_ended(panel, last: int) -> list[str]:
    """Years since ended plans are returned, up to the last of the flows."""
    found = {year for years in totals(panel, "ceased_ehc_plans").values() for year in years}
    return sorted(year for year in found if int(year) <= last)


def whole(panel, measure: str, everyone, last: int) -> Figures:
    """A yearly flow without its partial returns."""
    figures = {area: dict(years) for area, years in totals(panel, measure).items()}
    years = [y for y in years_of_ended(panel, last) if y in figures[ENGLAND]]
    areas = [area for area in figures if len(area) == 3]
    while True:
        below = _below(figures, areas, years)
        centre = median(v for v in below.values() if v > -inf)
        spread = NORMAL * median(abs(v - centre) for v in below.values() if v > -inf)
        partial = [key for key, value in below.items() if value < -FAR * spread]
        if not partial:
            return figures
        for area, year in partial:
            del figures[area][year]


def _below(figures: Figures, areas, years) -> dict[tuple[str, str], float]:
    """Log of each return over what its other years would lead one to expect."""
    england, found = figures[ENGLAND], {}
    for year in years:
        usual_england = median(england[y] for y in years if y != year)
        for area in areas:
            own = figures[area]
            others = [own[y] for y in years if y != year and y in own]
            if year not in own or not others or median(others) < FEWEST:
                continue
            expected = median(others) / usual_england * england[year]
            found[area, year] = log(own[year] / expected) if own[year] > 0 else -inf
    return found


def false_januaries(panel, everyone, last: int) -> dict[tuple[str, str], float]:
    """Area and January of each false count, with the estimate in its place."""
    return _false_januaries(panel, tuple(everyone), last)


@cache
def _false_januaries(panel, everyone, last: int) -> dict[tuple[str, str], float]:
    plans, new = totals(panel, "ehc_plans"), totals(panel, "new_ehc_plans")
    ended = totals(panel, "ceased_ehc_plans")

    def loose(area: str, year: int) -> float:
        gained = new[area][str(year)] - ended[area][str(year)]
        grew = plans[area][str(year + 1)] - plans[area][str(year)]
        return (grew - gained) / plans[area][str(year)]

    found = {}
    years = years_of_ended(panel, last)
    for year in map(int, years):
        if str(year - 1) not in years or str(year + 1) not in plans[ENGLAND]:
            continue
        england = [loose(ENGLAND, year - 1), loose(ENGLAND, year)]
        for area in everyone:
            try:
                turns = [loose(area, year - 1) - england[0], loose(area, year) - england[1]]
            except KeyError:
                continue
            if plans[area][str(year)] < FEWEST:
                continue
            if turns[0] * turns[1] < 0 and min(map(abs, turns)) > TURN:
                before, after = str(year - 1), str(year + 1)
                forward = plans[area][before] * (1 + england[0])
                forward += new[area][before] - ended[area][before]
                back = plans[area][after] - new[area][str(year)] + ended[area][str(year)]
                found[area, str(year)] = mean([forward, back / (1 + england[1])])
    return found


def mended(panel, everyone, last: int) -> Figures:
    """Plans of every January, estimates in place of false counts, England's with them."""
    plans = {area: dict(years) for area, years in totals(panel, "ehc_plans").items()}
    for (area, year), estimate in false_januaries(panel, everyone, last).items():
        plans[ENGLAND][year] += estimate - plans[area][year]
        plans[area][year] = estimate
    return plans
