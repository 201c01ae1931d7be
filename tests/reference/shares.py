"""England's path and every area's share of it, in plain Python (section 8).

Least absolute deviations are found by walking the edges of the problem from one exact fit
through as many points as there are coefficients to a better one, until none is better.
"""

import csv
from functools import cache
from math import exp, log
from statistics import mean, median

from tests.reference.published import ENGLAND, Figures, totals
from tests.reference.scenario_files import DATA

HORIZONS = 5
SMALLEST = ("201", "420")
# By key, the codes that covered an area, one generation after another.
GENERATIONS = {
    "838+839": (("835", "836", "837"), ("838", "839")),
    "940+941": (("928",), ("940", "941")),
    "942+943": (("909",), ("942", "943")),
}


@cache
def foretold(panel, origin: int) -> dict[str, list[float]]:
    """Plans of the five Januaries after `origin`, by area and by authority then."""
    known = _Known(panel, origin)
    chosen = _chosen(origin)
    path = england_path(panel, origin)
    moved = {
        one: _deviations(known, origin, chosen, one) for one in known.areas(fitted=False)
    }
    found = {}
    sizes = {
        one: [exp(known.log_share(one, origin) + d) for d in deviations]
        for one, deviations in moved.items()
    }
    for one, size in sizes.items():
        found[one] = [
            path[h] * size[h] / sum(s[h] for s in sizes.values()) for h in range(HORIZONS)
        ]
    plans = totals(panel, "ehc_plans")
    for key, generations in GENERATIONS.items():
        for code in (code for codes in generations for code in codes):
            if str(origin) in plans.get(code, {}):
                part = plans[code][str(origin)] / known.of("ehc_plans", key, origin)
                found[code] = [part * value for value in found[key]]
    return found


def england_path(panel, origin: int) -> list[float]:
    """The mean of last year's growth and of the stock and its flows."""
    plans, new = (
        totals(panel, "ehc_plans")[ENGLAND],
        totals(panel, "new_ehc_plans")[ENGLAND],
    )
    now = plans[str(origin)]
    growth = now / plans[str(origin - 1)]
    lost = mean(
        1 - (plans[str(s + 1)] - new[str(s)]) / plans[str(s)]
        for s in range(origin - 3, origin)
    )
    found, stock = [], now
    for h in range(1, HORIZONS + 1):
        stock = stock * (1 - lost) + new[str(origin - 1)]
        found.append((now * growth**h + stock) / 2)
    return found


def _chosen(origin: int) -> tuple[str, ...]:
    with (DATA / "chosen_shares.csv").open(encoding="utf-8", newline="") as text:
        rows = {row["january"]: row["covariates"] for row in csv.DictReader(text)}
    return tuple(rows[str(origin)].split())


class _Known:
    """Figures of areas without a break, and covariates at a January, made once."""

    def __init__(self, panel, origin: int) -> None:
        self.panel, self.origin = panel, origin
        members = {c for gens in GENERATIONS.values() for codes in gens for c in codes}
        alone = [one.la_code for one in panel.geography.authorities(origin)]
        self.codes = sorted([*(c for c in alone if c not in members), *GENERATIONS])
        self._covariates: dict[int, dict[str, dict[str, float]]] = {}
        self._fits: dict[tuple, list[float]] = {}

    def areas(self, *, fitted: bool = True) -> list[str]:
        return [one for one in self.codes if not (fitted and one in SMALLEST)]

    def of(self, measure: str, area: str, year: int) -> float | None:
        figures = _totals(self.panel, measure)
        for codes in GENERATIONS.get(area, ((area,),)):
            found = [figures.get(code, {}).get(str(year)) for code in codes]
            if None not in found:
                return sum(found)
        return None

    def log_share(self, area: str, january: int) -> float | None:
        own = self.of("ehc_plans", area, january)
        whole = self.of("ehc_plans", ENGLAND, january)
        return log(own / whole) if own else None

    def covariates(self, s: int) -> dict[str, dict[str, float]]:
        """Name → area → value, clipped, a missing one at the median."""
        if s not in self._covariates:
            formed = {
                "rate": self._beside("ehc_plans", s, "population_0_17", max(s - 2, 2012)),
                "new": self._beside("new_ehc_plans", s - 1, "ehc_plans", s - 1),
                "req": self._beside("ehc_assessment_requests", s - 1, "ehc_plans", s - 1),
                "d1": self._change(s, 1),
                "d3": self._change(s, 3),
            }
            self._covariates[s] = {
                name: clipped
                for name, values in formed.items()
                if (clipped := self._clipped(values))
            }
        return self._covariates[s]

    def _beside(self, above: str, year: int, below: str, base: int):
        def ratio(area: str) -> float | None:
            top, bottom = self.of(above, area, year), self.of(below, area, base)
            return log(top / bottom) if top and bottom else None

        whole = ratio(ENGLAND)
        found = {one: ratio(one) for one in self.codes}
        return {
            one: None if value is None or whole is None else value - whole
            for one, value in found.items()
        }

    def _change(self, s: int, years: int):
        pairs = {
            one: (self.log_share(one, s), self.log_share(one, s - years))
            for one in self.codes
        }
        return {
            one: None if None in pair else pair[0] - pair[1] for one, pair in pairs.items()
        }

    def _clipped(self, values):
        held = [values[one] for one in self.areas() if values[one] is not None]
        if len(held) <= len(self.areas()) / 2:
            return None
        low, high = _percentile(held, 0.02), _percentile(held, 0.98)
        clipped = {
            one: None if value is None else min(max(value, low), high)
            for one, value in values.items()
        }
        middle = median(clipped[one] for one in self.areas() if clipped[one] is not None)
        return {one: middle if v is None else v for one, v in clipped.items()}

    def coefficients(self, t: int, names: tuple[str, ...], lead: int) -> list[float]:
        key = (t, names, lead)
        if key not in self._fits:
            self._fits[key] = self._fit(t, names, lead)
        return self._fits[key]

    def _fit(self, t: int, names: tuple[str, ...], lead: int) -> list[float]:
        if not names:
            return []
        first = 2017 if "req" in names else 2013
        x, y = [], []
        for s in range(first, t - lead + 1):
            held = self.covariates(s)
            for one in self.areas():
                ends = self.log_share(one, s + lead), self.log_share(one, s + lead - 1)
                if None not in ends:
                    x.append([held[name][one] for name in names])
                    y.append(ends[0] - ends[1])
        if x:
            return least_absolute(x, y)
        if "req" in names:
            others = tuple(name for name in names if name != "req")
            without = dict(zip(others, self.coefficients(t, others, lead), strict=True))
            return [without.get(name, 0.0) for name in names]
        return [0.0] * len(names) if lead == 1 else self.coefficients(t, names, lead - 1)


def _deviations(known: _Known, t: int, names, area: str) -> list[float]:
    held = known.covariates(t)
    found, moved = [], 0.0
    for lead in range(1, HORIZONS + 1):
        b = known.coefficients(t, names, lead)
        moved += sum(b_j * held[name][area] for b_j, name in zip(b, names, strict=True))
        found.append(moved)
    return found


@cache
def _totals(panel, measure: str) -> Figures:
    return totals(panel, measure)


def _percentile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])


def least_absolute(x: list[list[float]], y: list[float]) -> list[float]:
    """Coefficients b that make the sum of |y − x·b| least."""
    size = len(x[0])
    through: list[int] = []
    while len(through) < size:
        for place in range(len(x)):
            tried = [*through, place]
            if _independent([x[one] for one in tried]):
                through = tried
                break
    while True:
        b = _solved([x[one] for one in through], [y[one] for one in through])
        left = [
            y_i - sum(b_j * x_ij for b_j, x_ij in zip(b, x_i, strict=True))
            for x_i, y_i in zip(x, y, strict=True)
        ]
        for one in through:
            left[one] = 0.0
        best = (sum(map(abs, left)) * (1 - 1e-13), None, None)
        for edge in range(size):
            unit = [1.0 if j == edge else 0.0 for j in range(size)]
            along = _solved([x[one] for one in through], unit)
            slopes = [
                sum(a * x_ij for a, x_ij in zip(along, x_i, strict=True)) for x_i in x
            ]
            others = set(through) - {through[edge]}
            at = _weighted_median(left, slopes, others)
            step = left[at] / slopes[at]
            cost = sum(abs(r - step * g) for r, g in zip(left, slopes, strict=True))
            if cost < best[0]:
                best = (cost, edge, at)
        if best[1] is None:
            return b
        through[best[1]] = best[2]


def _weighted_median(left: list[float], slopes: list[float], but: set[int]) -> int:
    """The point at which Σ|left − step × slope| is least, on the way along a step."""
    points = sorted(
        (left[i] / slopes[i], i)
        for i in range(len(left))
        if i not in but and abs(slopes[i]) > 1e-12
    )
    half = sum(abs(slopes[i]) for _, i in points) / 2
    passed = 0.0
    for _, i in points:
        passed += abs(slopes[i])
        if passed >= half:
            return i
    return points[-1][1]


def _independent(rows: list[list[float]]) -> bool:
    reduced: list[list[float]] = []
    for row in rows:
        rest = list(row)
        for other in reduced:
            lead = max(range(len(other)), key=lambda j: abs(other[j]))
            ratio = rest[lead] / other[lead]
            rest = [a - ratio * b for a, b in zip(rest, other, strict=True)]
        if max(map(abs, rest)) < 1e-6:
            return False
        reduced.append(rest)
    return True


def _solved(rows: list[list[float]], wanted: list[float]) -> list[float]:
    """Gauss's elimination with the largest pivot of each column."""
    size = len(rows)
    table = [[*row, value] for row, value in zip(rows, wanted, strict=True)]
    for column in range(size):
        pivot = max(range(column, size), key=lambda i: abs(table[i][column]))
        table[column], table[pivot] = table[pivot], table[column]
        for i in range(column + 1, size):
            ratio = table[i][column] / table[column][column]
            table[i] = [a - ratio * b for a, b in zip(table[i], table[column], strict=True)]
    found = [0.0] * size
    for i in reversed(range(size)):
        known = sum(table[i][j] * found[j] for j in range(i + 1, size))
        found[i] = (table[i][size] - known) / table[i][i]
    return found
