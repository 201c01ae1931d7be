"""Outcomes counted before anything is fitted: by region, year and thirds of pressure."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from highneeds.inspections.covariates import covariate
from highneeds.inspections.models import NINETY_FIVE
from highneeds.inspections.sample import Sample
from highneeds.inspections.state import OUTCOMES, read_inspections
from highneeds.panel.panel import Panel

_THIRDS = ("lowest third", "middle third", "highest third")


def wilson(count: float, total: float) -> tuple[float, float]:
    """95% interval of a share, in per cent; (0, 100) where nothing was counted.

    Source: Wilson (1927), JASA 22, 209-212.
    """
    if total == 0:
        return 0.0, 100.0
    share = count / total
    middle = share + NINETY_FIVE**2 / (2 * total)
    half = NINETY_FIVE * np.sqrt(
        share * (1 - share) / total + NINETY_FIVE**2 / (4 * total**2)
    )
    scale = 1 + NINETY_FIVE**2 / total
    low, high = (middle - half) / scale, (middle + half) / scale
    return float(100 * max(0.0, low)), float(100 * min(1.0, high))


def count_outcomes(
    rows: pd.DataFrame, by: str, outcomes: Sequence[str], outcome: str = "outcome"
) -> pd.DataFrame:
    """Outcomes by group: ``inspections``, one column an outcome, share of the worst.

    Returns
    -------
    DataFrame
        ``{by}``, ``inspections``, a count for each of `outcomes` (best first),
        ``worst_pct`` and its 95% interval ``low``, ``high``.
    """
    counted = []
    for group, members in rows.groupby(by, sort=False, observed=True):
        found = [int((members[outcome] == one).sum()) for one in outcomes]
        total = sum(found)
        low, high = wilson(found[-1], total)
        worst = 100 * found[-1] / total if total else np.nan
        counted.append((group, total, *found, worst, low, high))
    return pd.DataFrame(
        counted, columns=[by, "inspections", *outcomes, "worst_pct", "low", "high"]
    )


def outcomes_by(panel: Panel, framework: str, by: str) -> pd.DataFrame:
    """Published outcomes of a framework by ``region`` or ``year``, and in all."""
    table = read_inspections(panel)
    mine = table[table["framework"] == framework]
    year = mine["start_date"].dt.year.fillna(mine["publication_date"].dt.year)
    mine = mine.assign(year=year.astype(int).astype(str)).sort_values(by)
    total = mine.assign(**{by: "all"})
    parts = [count_outcomes(part, by, OUTCOMES[framework]) for part in (mine, total)]
    return pd.concat(parts, ignore_index=True)


def outcomes_by_third(sample: Sample) -> pd.DataFrame:
    """Outcomes in the thirds of each covariate, lowest first, with the bounds of each."""
    tables = []
    labels = sample.labels
    outcome = sample.rows["grade"].map(dict(enumerate(labels)))
    for name in sample.names:
        values = sample.pressure[name]
        third = pd.qcut(values.rank(method="first"), 3, labels=_THIRDS)
        rows = pd.DataFrame({"third": third, "outcome": outcome, "value": values})
        table = count_outcomes(rows.sort_values("value"), "third", labels)
        bounds = rows.groupby("third", observed=True)["value"].agg(["min", "max"])
        table.insert(0, "covariate", covariate(name).label)
        table.insert(2, "from", bounds["min"].to_numpy())
        table.insert(3, "to", bounds["max"].to_numpy())
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def pressure_by_outcome(sample: Sample) -> pd.DataFrame:
    """Median and quartiles of each covariate among inspections of each outcome."""
    rows = []
    for name in sample.names:
        for grade, label in enumerate(sample.labels):
            values = sample.pressure.loc[sample.rows["grade"] == grade, name]
            lower, middle, upper = values.quantile([0.25, 0.5, 0.75])
            unit = covariate(name).unit
            rows.append(
                (covariate(name).label, unit, label, len(values), lower, middle, upper)
            )
    columns = ["covariate", "unit", "outcome", "inspections"]
    return pd.DataFrame(
        rows, columns=[*columns, "lower_quartile", "median", "upper_quartile"]
    )
