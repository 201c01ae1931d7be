"""What the forecast is made of: counts of areas without a break, and England's, by year."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property, lru_cache, partial

import numpy as np

from highneeds.errors import ModelError
from highneeds.geography import ENGLAND_CODE, Area
from highneeds.panel.held import TOTAL
from highneeds.panel.panel import Panel
from highneeds.panel.unbroken import unbroken_areas
from highneeds.periods import parse_period

# Three years of growth are the longest that any rule or covariate looks back.
LOOK_BACK = 3
# As the publisher's headline of timeliness counts.
_WITHOUT_EXCEPTIONS = "basis/excluding_exceptions"


@dataclass(frozen=True, eq=False)
class Series:
    """One measure: ``areas`` (areas, years) and ``england`` (years,), from year ``first``.

    A year is the one its period ends in; NaN where there is no figure.
    """

    first: int
    areas: np.ndarray
    england: np.ndarray

    @property
    def last(self) -> int:
        """The last year held."""
        return self.first + len(self.england) - 1

    def of(self, year: int) -> np.ndarray:
        """Figures of every area in a year; NaN outside the years held."""
        if not self.first <= year <= self.last:
            return np.full(len(self.areas), np.nan)
        return self.areas[:, year - self.first]

    def whole(self, year: int) -> float:
        """England's figure in a year, as published; NaN outside the years held."""
        if not self.first <= year <= self.last:
            return float("nan")
        return float(self.england[year - self.first])

    def until(self, year: int) -> Series:
        """The series as far as a year."""
        years = max(0, year - self.first + 1)
        return Series(self.first, self.areas[:, :years], self.england[:years])


@dataclass(frozen=True, eq=False)
class Record:
    """Plans, flows, children and pupils of the areas every January counts alike.

    ``areas`` add up to England; ``fitted`` and ``scored`` mark those to estimate from and
    to score. ``plans`` are of January. Of a calendar year are ``new`` plans, ``requests``
    and those ``refused``, plans ``issued`` and those ``in_time`` (within 20 weeks),
    exceptions left out. ``children`` (aged 0 to 17) are of mid-year, ``pupils`` of January.
    """

    areas: tuple[Area, ...]
    fitted: np.ndarray
    scored: np.ndarray
    plans: Series
    new: Series
    requests: Series
    refused: Series
    issued: Series
    in_time: Series
    children: Series
    pupils: Series

    @cached_property
    def log_share(self) -> np.ndarray:
        """Log of each area's share of England's plans, (areas, Januaries)."""
        with np.errstate(divide="ignore"):
            found = np.log(self.plans.areas / self.plans.england)
        return np.where(np.isfinite(found), found, np.nan)

    def share(self, january: int) -> np.ndarray:
        """Log of each area's share of England's plans in one January."""
        return self.log_share[:, january - self.plans.first]

    @property
    def first_fitted(self) -> int:
        """The first January whose plans can be set beside the children of a year before."""
        return self.children.first + 1

    @property
    def first_origin(self) -> int:
        """The first January with every covariate, requests of the year before among them.

        Origins are scored from here on.
        """
        asked = np.flatnonzero(np.isfinite(self.requests.england))
        if not asked.size:
            msg = (
                "The record holds England's requests for an assessment in no year, so no "
                "forecast can be marked. Expected ehc_assessment_requests for England."
            )
            raise ModelError(msg)
        return self.requests.first + int(asked[0]) + 1

    @property
    def earliest_origin(self) -> int:
        """The January in the first year of requests: foretold without any, never scored.

        As it stood then the record held none yet.
        """
        asked = np.isfinite(self.requests.england).any()
        return self.first_origin - 1 if asked else self.plans.last

    def known(self, january: int) -> Record:
        """The record as it was published with one January's census.

        Plans to that January, flows of the year before it, children and pupils of two years
        before it: the last that the fit looks at.
        """
        flows = ("new", "requests", "refused", "issued", "in_time")
        ends = dict.fromkeys(flows, january - 1)
        ends |= {"plans": january, "children": january - 2, "pupils": january - 2}
        cut: dict[str, Series] = {
            name: getattr(self, name).until(end) for name, end in ends.items()
        }
        return replace(self, **cut)  # type: ignore[arg-type]

    @cached_property
    def fingerprint(self) -> str:
        """Hash of every figure, area and mark."""
        series = [each.name for each in fields(self) if each.type == "Series"]
        return self.digest(series, ("fitted", "scored"))

    def digest(self, series: Sequence[str], marks: Sequence[str]) -> str:
        """Hash of the areas, and of some series and marks by name."""
        digest = hashlib.sha256(repr([area.la_code for area in self.areas]).encode())
        for name in marks:
            digest.update(np.packbits(getattr(self, name)).tobytes())
        for name in series:
            each: Series = getattr(self, name)
            digest.update(f"{name} {each.first}".encode())
            digest.update(np.ascontiguousarray(each.areas).tobytes())
            digest.update(np.ascontiguousarray(each.england).tobytes())
        return digest.hexdigest()


@lru_cache(maxsize=8)
def record_of(panel: Panel) -> Record:
    """The forecast's record of a panel; a figure that is not published is NaN."""
    unbroken = unbroken_areas(panel)
    fitted, scored = (
        {area.la_code for area in areas} for areas in (unbroken.fitted, unbroken.scored)
    )
    series = partial(series_of, panel)
    return Record(
        areas=unbroken.areas,
        fitted=np.array([area.la_code in fitted for area in unbroken.areas]),
        scored=np.array([area.la_code in scored for area in unbroken.areas]),
        plans=series("ehc_plans"),
        new=series("new_ehc_plans"),
        requests=series("ehc_assessment_requests"),
        refused=series("ehc_assessment_requests_refused"),
        issued=series("ehc_plans_issued", _WITHOUT_EXCEPTIONS),
        in_time=series("ehc_plans_issued_within_20_weeks", _WITHOUT_EXCEPTIONS),
        children=series("population_0_17"),
        pupils=series("pupils"),
    )


def series_of(panel: Panel, measure: str, breakdown: str = TOTAL) -> Series:
    """One measure of the areas without a break; a figure that is not published is NaN."""
    unbroken = unbroken_areas(panel)
    matrix = unbroken.panel.matrix(measure, breakdown)
    kind = panel.measure(measure).period_type
    ends = [parse_period(label, kind).end for label in matrix.columns]
    matrix.columns = ends
    matrix = matrix.reindex(columns=range(min(ends), max(ends) + 1))
    return Series(
        min(ends),
        matrix.reindex([area.la_code for area in unbroken.areas]).to_numpy(float),
        matrix.loc[ENGLAND_CODE].to_numpy(float),
    )
