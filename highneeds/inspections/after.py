"""The reverse question: what changed after an area was told to write a statement.

Two ways side by side. The first compares each area with those inspected in the same year
and not told to; the second has an effect for every authority and year, as is usual, and
is known to mislead where areas are treated at different times.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from highneeds.inspections.covariates import read_figures, read_inspected
from highneeds.inspections.preregistration import Preregistration
from highneeds.inspections.resampling import (
    Sampling,
    in_blocks,
    times_drawn,
    uniforms,
)
from highneeds.inspections.state import EARLIER, WRITTEN_STATEMENT
from highneeds.panel.panel import Panel

SAME_YEAR = "areas inspected in the same year"
BOTH_EFFECTS = "authority and year effects"
# Covariate, what the change is called, its unit, whether it is measured in logs.
MEASURES = (
    ("plans", "plans", "%", True),
    ("timeliness", "plans issued within 20 weeks", "percentage points", False),
    ("spending_per_head", "net high needs spending per child aged 0 to 17", "%", True),
)
COLUMNS = (
    *("measure", "compared_with", "year", "change", "low", "high", "unit"),
    *("required", "not_required"),
)
_BEFORE = -1
_INTERVAL = (2.5, 97.5)
_RIDGE = 1e-9


@dataclass(frozen=True, eq=False)
class _Around:
    """A measure around each report: rows are areas, columns years from the report.

    ``levels`` are in logs where the change is a share, ``changes`` are since the column
    ``base``; ``calendar`` numbers the periods.
    """

    base: int
    changes: np.ndarray
    required: np.ndarray
    cohort: np.ndarray
    levels: np.ndarray
    calendar: np.ndarray


def after_written_statement(
    panel: Panel, plan: Preregistration, sampling: Sampling
) -> pd.DataFrame:
    """Change since the last period before the report, over that of areas compared with.

    Returns
    -------
    DataFrame
        `COLUMNS`: ``year`` 0 is the first period that ended after the report and so, for
        flows and money, began before it; ``year`` −1 is the base and left out.
        ``required`` and ``not_required`` count the areas behind the estimate.
    """
    first, last = plan.terms["after_a_written_statement"]["years"]
    years = list(range(first, last + 1))
    tables = []
    for name, label, unit, in_logs in MEASURES:
        around = _around(panel, plan, name, years, in_logs=in_logs)
        for how, estimate in ((SAME_YEAR, _same_year), (BOTH_EFFECTS, _both_effects)):
            found = _with_interval(
                around, years, estimate, plan, sampling, f"{name}, {how}"
            )
            tables.append(_table(found, around, years, label, how, unit, in_logs=in_logs))
    return pd.concat(tables, ignore_index=True)[list(COLUMNS)]


def _around(
    panel: Panel, plan: Preregistration, name: str, years: Sequence[int], *, in_logs: bool
) -> _Around:
    inspected = read_inspected(panel, plan)
    mine = inspected[(inspected["framework"] == EARLIER) & ~inspected["left_out"]]
    figures = read_figures(panel, plan, name)
    published = mine["publication_date"].to_numpy(dtype="datetime64[D]")
    rows = np.array([figures.codes.get(code, -1) for code in mine["la_code"]])
    place = np.searchsorted(figures.ends, published, side="right")[:, None] + np.array(
        years
    )
    inside = (rows >= 0)[:, None] & (place >= 0) & (place < len(figures.ends))
    levels = figures.numbers[rows[:, None], place.clip(0, len(figures.ends) - 1)]
    levels = np.where(inside, levels, np.nan)
    if in_logs:
        levels = np.log(np.where(levels > 0, levels, np.nan))
    base = list(years).index(_BEFORE)
    return _Around(
        base=base,
        changes=levels - levels[:, [base]],
        required=(mine["outcome"] == WRITTEN_STATEMENT).to_numpy(),
        cohort=mine["day"].dt.year.to_numpy(),
        levels=levels,
        calendar=place,
    )


def _same_year(around: _Around, times: np.ndarray) -> np.ndarray:
    """Mean over inspection years of required less not required, weighted by the required.

    `times` has a row a replicate and a column an area.
    """
    known = ~np.isnan(around.changes)
    changes = np.where(known, around.changes, 0.0)
    summed = counted = np.zeros((len(times), around.changes.shape[1]))
    for cohort in np.unique(around.cohort):
        treated = times * (around.required & (around.cohort == cohort))
        compared = times * (~around.required & (around.cohort == cohort))
        n_treated, n_compared = treated @ known, compared @ known
        with np.errstate(invalid="ignore", divide="ignore"):
            gap = (treated @ changes) / n_treated - (compared @ changes) / n_compared
        usable = (n_treated > 0) & (n_compared > 0)
        summed = summed + np.where(usable, gap * n_treated, 0.0)
        counted = counted + np.where(usable, n_treated, 0.0)
    return np.where(counted > 0, summed / np.maximum(counted, 1), np.nan)


def _both_effects(around: _Around, times: np.ndarray) -> np.ndarray:
    """Least squares with an effect for each authority, period and year after the report."""
    areas, width = around.levels.shape
    known = ~np.isnan(around.levels)
    periods, period = np.unique(around.calendar, return_inverse=True)
    period = period.reshape(areas, width)
    shifts = [place for place in range(width) if place != around.base]
    x = np.zeros((areas, width, len(periods) - 1 + len(shifts)))
    for column in range(1, len(periods)):
        x[:, :, column - 1] = period == column
    for column, place in enumerate(shifts):
        x[:, place, len(periods) - 1 + column] = around.required
    x, y = _within(x, known), _within(around.levels[:, :, None], known)
    squares = np.einsum("atj,atk->ajk", x, x).reshape(areas, -1)
    crossed = np.einsum("atj,at->aj", x, y[:, :, 0])
    size = x.shape[2]
    left = (times @ squares).reshape(-1, size, size) + _RIDGE * np.eye(size)
    solved = np.linalg.solve(left, (times @ crossed)[..., None])[..., 0]
    found = np.full((len(times), width), 0.0)
    found[:, shifts] = solved[:, len(periods) - 1 :]
    seen = (known & around.required[:, None]).any(axis=0)
    return np.where(seen, found, np.nan)


def _within(values: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Values less the authority's mean over its known periods; 0 where not known."""
    shown = np.where(known[:, :, None], values, 0.0)
    count = np.maximum(known.sum(axis=1), 1)[:, None, None]
    return np.where(
        known[:, :, None], shown - shown.sum(axis=1, keepdims=True) / count, 0.0
    )


def _with_interval(
    around: _Around,
    years: Sequence[int],
    estimate: Callable[[_Around, np.ndarray], np.ndarray],
    plan: Preregistration,
    sampling: Sampling,
    name: str,
) -> np.ndarray:
    """Estimate, lower and upper end by year; areas drawn again by year and outcome."""
    stratum = around.cohort * 2 + around.required

    def redraw(block: range) -> np.ndarray:
        drawn = uniforms(sampling.seed, f"after, {name}", block, len(stratum))
        return estimate(around, times_drawn(drawn, stratum))

    drawn = in_blocks(
        f"after a statement, {name}", plan.rule("bootstrap_replicates"), redraw, sampling
    )
    point = estimate(around, np.ones((1, len(stratum))))[0]
    known = ~np.isnan(point)
    ends = np.full((2, len(years)), np.nan)
    ends[:, known] = np.nanpercentile(drawn[:, known], _INTERVAL, axis=0)
    return np.vstack([point, ends])


def _table(
    found: np.ndarray,
    around: _Around,
    years: Sequence[int],
    label: str,
    how: str,
    unit: str,
    *,
    in_logs: bool,
) -> pd.DataFrame:
    shown = 100 * np.expm1(found) if in_logs else found
    known = ~np.isnan(around.changes)
    table = pd.DataFrame(
        {
            "measure": label,
            "compared_with": how,
            "year": years,
            "change": shown[0],
            "low": shown[1],
            "high": shown[2],
            "unit": unit,
            "required": (known & around.required[:, None]).sum(axis=0),
            "not_required": (known & ~around.required[:, None]).sum(axis=0),
        }
    )
    return table[(table["year"] != _BEFORE) & table["change"].notna()]
