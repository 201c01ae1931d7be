"""Pressure on an area before its inspection, on figures published by then.

A covariate is a figure by authority and period. For an inspection the last period is taken
that was over, published and not stale on the day it began; the months allowed are those of
the pre-registration. What is missing stays missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import pandas as pd

from highneeds.errors import UsageError
from highneeds.inspections.preregistration import Preregistration
from highneeds.inspections.state import FRAMEWORKS, WRITTEN_STATEMENT, read_inspections
from highneeds.panel.panel import TOTAL, Panel
from highneeds.periods import parse_period

# Month and day on which a period of each calendar ends, in the year that names it.
_ENDS = {"january": "01-15", "calendar": "12-31", "academic": "08-31", "financial": "03-31"}
_MONTHS_LONG = {"january": 0, "calendar": 12, "academic": 12, "financial": 12}
_GROWTH_YEARS = 3


@dataclass(frozen=True)
class Covariate:
    """One measure of pressure: what it is called, its unit and how it is made."""

    name: str
    label: str
    unit: str
    calendar: str
    figures: Callable[[Panel], pd.DataFrame]
    known_after: str = ""


@dataclass(frozen=True, eq=False)
class Figures:
    """Figures by authority and period, with the days on which each was over and known."""

    codes: dict[str, int]
    labels: tuple[str, ...]
    numbers: np.ndarray
    begins: np.ndarray
    ends: np.ndarray
    known: np.ndarray
    stale_months: int

    def before(
        self, codes: Sequence[str], days: pd.Series, years_older: int = 0
    ) -> np.ndarray:
        """The last figure known on each day, or NaN.

        `years_older` asks for the figure known that many years before the day.
        """
        day = days.to_numpy(dtype="datetime64[D]")[:, None]
        moved = _add_months(day, -12 * years_older)
        fresh = self.ends >= _add_months(moved, -self.stale_months)
        return self._last(codes, (self.known <= moved) & fresh)

    def after(self, codes: Sequence[str], days: pd.Series) -> np.ndarray:
        """The first figure of a period that began after each day, or NaN."""
        day = days.to_numpy(dtype="datetime64[D]")[:, None]
        wanted = self.begins > day
        return self._last(codes, wanted, first=True)

    def _last(
        self, codes: Sequence[str], wanted: np.ndarray, *, first: bool = False
    ) -> np.ndarray:
        rows = np.array([self.codes.get(code, -1) for code in codes])
        found = np.where((rows >= 0)[:, None], self.numbers[rows], np.nan)
        usable = wanted & ~np.isnan(found)
        ordered = usable if first else usable[:, ::-1]
        place = ordered.argmax(axis=1)
        place = place if first else usable.shape[1] - 1 - place
        value = found[np.arange(len(rows)), place]
        return np.where(usable.any(axis=1), value, np.nan)


def covariate(name: str) -> Covariate:
    """A covariate by name.

    Raises
    ------
    UsageError
        No such covariate.
    """
    if name not in COVARIATES:
        msg = f"No covariate is called {name!r}. Known: {', '.join(COVARIATES)}."
        raise UsageError(msg)
    return COVARIATES[name]


def read_figures(panel: Panel, plan: Preregistration, name: str) -> Figures:
    """A covariate for every authority and period, with the registered lags."""
    what = covariate(name)
    table = what.figures(panel)
    years = [parse_period(label, what.calendar).end for label in table.columns]
    ends = np.array(
        [f"{year}-{_ENDS[what.calendar]}" for year in years], dtype="datetime64[D]"
    )
    months = plan.terms["known_after_months"][what.known_after or what.calendar]
    return Figures(
        codes={str(code): row for row, code in enumerate(table.index)},
        labels=tuple(map(str, table.columns)),
        numbers=table.to_numpy(dtype=float),
        begins=_add_months(ends, -_MONTHS_LONG[what.calendar]),
        ends=ends,
        known=_add_months(ends, months),
        stale_months=plan.terms["stale_after_months"]["all"],
    )


def read_inspected(panel: Panel, plan: Preregistration) -> pd.DataFrame:
    """Inspections with what the models need to know of each.

    Returns
    -------
    DataFrame
        The columns of `read_inspections` and ``day`` (the start, or where no start is
        published the earliest it can have been), ``bounded`` (whether it is such a
        bound) and ``left_out`` (whether the pre-registration leaves the area out).
    """
    table = read_inspections(panel)
    gap = table["publication_date"] - table["start_date"]
    longest = gap.groupby(table["framework"]).transform("max")
    return table.assign(
        day=table["start_date"].fillna(table["publication_date"] - longest),
        bounded=table["start_date"].isna(),
        left_out=table["la_code"].isin(plan.rule("left_out")),
    )


def values_before(
    panel: Panel,
    plan: Preregistration,
    inspected: pd.DataFrame,
    names: Sequence[str],
    years_older: int = 0,
) -> pd.DataFrame:
    """Covariates known when each inspection began, one column a covariate."""
    codes = list(inspected["la_code"])
    columns = {
        name: _earlier_statement(panel, codes)
        if name == EARLIER
        else read_figures(panel, plan, name).before(codes, inspected["day"], years_older)
        for name in names
    }
    return pd.DataFrame(columns, index=inspected.index)


def values_after(
    panel: Panel, plan: Preregistration, inspected: pd.DataFrame, names: Sequence[str]
) -> pd.DataFrame:
    """Covariates of the first period that began after each report was published."""
    codes, days = list(inspected["la_code"]), inspected["publication_date"]
    columns = {name: read_figures(panel, plan, name).after(codes, days) for name in names}
    return pd.DataFrame(columns, index=inspected.index)


def _earlier_statement(panel: Panel, codes: Sequence[str]) -> np.ndarray:
    """Whether the area, or one it was formed from, had to write a statement before."""
    table = read_inspections(panel)
    earlier = table[table["framework"] == FRAMEWORKS[0]]
    required = dict(
        zip(earlier["la_code"], earlier["outcome"] == WRITTEN_STATEMENT, strict=True)
    )
    found = []
    for code in codes:
        own = [code, *(one.la_code for one in panel.geography.predecessors(code))]
        # Its own inspection first; that of a predecessor only where it had none.
        known = [float(required[one]) for one in own if one in required]
        found.append(known[0] if known else np.nan)
    return np.array(found)


def _growth(panel: Panel, years: int) -> pd.DataFrame:
    plans = panel.matrix("ehc_plans")
    earlier = plans.shift(years, axis="columns")
    return 100 * ((plans / earlier.where(earlier > 0)) ** (1 / years) - 1)


def _published(panel: Panel, measure: str, breakdown: str = TOTAL) -> pd.DataFrame:
    return panel.matrix(measure, breakdown)


def _sen_suspensions(panel: Panel) -> pd.DataFrame:
    """Suspensions per 100 pupils with SEN: two published rates weighted by their pupils."""
    groups = {
        "ehc_plan": panel.matrix("pupils_with_ehc_plan_pct"),
        "sen_support": panel.matrix("pupils_on_sen_support_pct"),
    }
    weighted, weights = [], []
    for group, share in groups.items():
        rate = panel.matrix("suspensions_per_100", f"sen_provision/{group}")
        # The January census of a school year is written as the year it falls in.
        januaries = [parse_period(label, "academic").end for label in rate.columns]
        share = share.reindex(index=rate.index, columns=[str(year) for year in januaries])
        share.columns = rate.columns
        weighted.append(rate * share)
        weights.append(share)
    return sum(weighted[1:], start=weighted[0]) / sum(weights[1:], start=weights[0])


def _balance(panel: Panel) -> pd.DataFrame:
    return 100 * panel.matrix("dsg_balance_gbp") / panel.matrix("dsg_before_deductions_gbp")


def _spending(panel: Panel) -> pd.DataFrame:
    spent = panel.matrix("s251_high_needs_net_gbp")
    # The mid-year estimate falls in the financial year that starts in the same April.
    children = panel.matrix("population_0_17").rename(
        columns=lambda year: f"{year}-{(int(year) + 1) % 100:02d}"
    )
    return spent / children.reindex(index=spent.index, columns=spent.columns)


def _refusals(panel: Panel) -> pd.DataFrame:
    requests = panel.matrix("ehc_assessment_requests")
    return (
        100 * panel.matrix("ehc_assessment_requests_refused") / requests.where(requests > 0)
    )


def _not_by_period(panel: Panel) -> pd.DataFrame:
    msg = f"{EARLIER} is not a figure by period. Use values_before."
    raise UsageError(msg)


def _add_months(days: np.ndarray, months: int) -> np.ndarray:
    """The same day of another month; beyond its end, the days carry over."""
    month = days.astype("datetime64[M]")
    into = days - month.astype("datetime64[D]")
    return (month + months).astype("datetime64[D]") + into


EARLIER = "earlier_written_statement"
_PER_100 = "per 100 pupils"
COVARIATES: dict[str, Covariate] = {
    one.name: one
    for one in (
        Covariate(
            "plan_growth",
            "growth of plans over three years",
            "% a year",
            "january",
            partial(_growth, years=_GROWTH_YEARS),
        ),
        Covariate(
            "plans", "plans", "plans", "january", partial(_published, measure="ehc_plans")
        ),
        Covariate(
            "plan_growth_1y",
            "growth of plans over one year",
            "% a year",
            "january",
            partial(_growth, years=1),
        ),
        Covariate(
            "timeliness",
            "plans issued within 20 weeks",
            "%",
            "calendar",
            partial(_published, measure="ehc_plans_issued_within_20_weeks_pct"),
        ),
        Covariate(
            "suspension_rate",
            "suspensions of all pupils",
            _PER_100,
            "academic",
            partial(_published, measure="suspensions_per_100"),
        ),
        Covariate(
            "secondary_suspension_rate",
            "suspensions in secondary schools",
            _PER_100,
            "academic",
            partial(_published, measure="suspensions_per_100", breakdown="phase/secondary"),
        ),
        Covariate(
            "permanent_exclusion_rate",
            "permanent exclusions of all pupils",
            _PER_100,
            "academic",
            partial(_published, measure="permanent_exclusions_per_100"),
        ),
        Covariate(
            "sen_suspension_rate",
            "suspensions of pupils with SEN",
            _PER_100,
            "academic",
            _sen_suspensions,
        ),
        Covariate(
            "appeal_rate",
            "tribunal appeals, as a share of appealable decisions",
            "%",
            "calendar",
            partial(_published, measure="tribunal_appeal_rate_pct"),
            known_after="tribunals",
        ),
        Covariate(
            "dsg_balance",
            "balance of the dedicated schools grant (a deficit is negative)",
            "% of the grant",
            "financial",
            _balance,
        ),
        Covariate(
            "spending_per_head",
            "net high needs spending per child aged 0 to 17",
            "£",
            "financial",
            _spending,
        ),
        Covariate(
            "refusal_rate",
            "requests for assessment refused",
            "%",
            "calendar",
            _refusals,
        ),
        Covariate(
            EARLIER,
            f"a written statement required under the {FRAMEWORKS[0]} framework",
            "0 or 1",
            "calendar",
            _not_by_period,
        ),
    )
}
