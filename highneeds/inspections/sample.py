"""The inspections a model is fitted to: who is in, who is left out and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from highneeds.errors import ModelError
from highneeds.inspections.covariates import (
    covariate,
    read_inspected,
    values_after,
    values_before,
)
from highneeds.inspections.models import FirthLogit, Model, OrderedLogit
from highneeds.inspections.preregistration import Preregistration
from highneeds.inspections.resampling import Design
from highneeds.inspections.state import LATER, OUTCOMES
from highneeds.panel.panel import Panel

BOTH = "both"
_DAYS_A_YEAR = 365.25
_FEWEST = 20


@dataclass(frozen=True, eq=False)
class Sample:
    """Inspections with every covariate, in a fixed order.

    ``rows`` has ``la_code``, ``region``, ``framework``, ``day`` and ``grade`` (0 is the
    best outcome); ``pressure`` the covariates in their own units, row for row. ``left_out``
    names who is not there and why. ``grades`` counts the outcomes told apart.
    """

    framework: str
    names: tuple[str, ...]
    rows: pd.DataFrame
    pressure: pd.DataFrame
    left_out: pd.DataFrame
    grades: int

    @property
    def model(self) -> Model:
        """The registered model for that many outcomes."""
        return FirthLogit() if self.grades == 2 else OrderedLogit(self.grades)  # noqa: PLR2004

    @property
    def labels(self) -> list[str]:
        """The outcomes, best first."""
        return outcome_labels(self.framework, self.grades)

    @property
    def adverse(self) -> np.ndarray:
        """Whether each inspection had the worst outcome."""
        return (self.rows["grade"] == self.grades - 1).to_numpy()

    def began_in(self, years: Sequence[int]) -> pd.Series:
        """Whether each inspection began in one of some years."""
        return self.rows["day"].dt.year.isin(years)

    def keep(self, wanted: pd.Series | np.ndarray) -> Sample:
        """The same sample without some inspections."""
        where = np.asarray(wanted)
        return Sample(
            self.framework,
            self.names,
            self.rows[where].reset_index(drop=True),
            self.pressure[where].reset_index(drop=True),
            self.left_out,
            self.grades,
        )

    def spread(self) -> pd.Series:
        """One standard deviation of each covariate, in its unit."""
        return self.pressure.std(ddof=0)

    def standardised(self) -> np.ndarray:
        """Covariates less their mean, in standard deviations.

        Raises
        ------
        ModelError
            A covariate is the same everywhere, so it has no slope.
        """
        flat = [name for name, spread in self.spread().items() if not spread > 0]
        if flat:
            msg = (
                f"{', '.join(map(str, flat))} is the same in all {len(self.rows)} "
                "inspections, so it can have no slope. Leave it out."
            )
            raise ModelError(msg)
        return ((self.pressure - self.pressure.mean()) / self.spread()).to_numpy()

    def design(self, *, region: bool = True) -> Design:
        """What the model is fitted to: slopes, year as a trend, region as a category."""
        day = self.rows["day"]
        year = (day - day.mean()).dt.days.to_numpy() / _DAYS_A_YEAR
        parts = [self.standardised(), (year / max(year.std(), 1e-9))[:, None]]
        if region:
            parts.append(_dummies(self.rows["region"]))
        if self.framework == BOTH:
            parts.append(_dummies(self.rows["framework"]))
        return Design(
            x=np.hstack(parts),
            y=self.rows["grade"].to_numpy(dtype=float),
            slopes=len(self.names),
            clusters=pd.factorize(self.rows["la_code"])[0],
            strata=pd.factorize(self.rows["region"], sort=True)[0],
        )


def outcome_labels(framework: str, grades: int) -> list[str]:
    """Names of the outcomes told apart, best first."""
    if framework == BOTH:
        return ["other outcomes", "written statement required or systemic failings"]
    every = OUTCOMES[framework]
    return list(every) if grades == len(every) else [f"not {every[-1]}", every[-1]]


def build_sample(
    panel: Panel,
    plan: Preregistration,
    framework: str,
    names: Sequence[str],
    *,
    years_older: int = 0,
    adverse_only: bool = False,
    future: bool = False,
) -> Sample:
    """Inspections of a framework with all the covariates named.

    Parameters
    ----------
    framework : str
        One of `inspection_state.FRAMEWORKS`, or `BOTH`, which tells only the worst
        outcome from the rest.
    years_older : int
        Take figures known so many years before the inspection.
    adverse_only : bool
        Tell only the worst outcome from the rest under the later framework too.
    future : bool
        Take the first figures of periods after the report: a negative control.

    Raises
    ------
    ModelError
        Fewer than twenty inspections have every figure.
    """
    inspected = read_inspected(panel, plan)
    if framework != BOTH:
        inspected = inspected[inspected["framework"] == framework]
    if future:
        found = values_after(panel, plan, inspected, names)
    else:
        found = values_before(panel, plan, inspected, names, years_older)
    whole = found.notna().all(axis=1)
    used = whole & ~inspected["left_out"]
    if used.sum() < _FEWEST:
        msg = (
            f"Only {int(used.sum())} inspections of the {framework} framework have "
            f"{', '.join(names)}; at least {_FEWEST} are needed. Name fewer covariates."
        )
        raise ModelError(msg)
    binary = adverse_only or framework != LATER
    rows = inspected.loc[used, ["la_code", "region", "framework", "day", "bounded"]].assign(
        published=inspected["publication_date"], grade=_grades(inspected, binary=binary)
    )
    return Sample(
        framework,
        tuple(names),
        rows.reset_index(drop=True),
        found[used].reset_index(drop=True),
        _left_out(inspected[~used], found[~used]),
        2 if binary else len(OUTCOMES[LATER]),
    )


def _grades(inspected: pd.DataFrame, *, binary: bool) -> pd.Series:
    places = {
        name: place for known in OUTCOMES.values() for place, name in enumerate(known)
    }
    worst = {known[-1] for known in OUTCOMES.values()}
    outcome = inspected["outcome"]
    return outcome.isin(worst).astype(int) if binary else outcome.map(places)


def _left_out(inspected: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    labels = [covariate(str(name)).label for name in found.columns]
    rows = []
    for row, absent in zip(inspected.itertuples(), found.isna().to_numpy(), strict=True):
        reasons = ["too few pupils for a rate"] if row.left_out else []
        reasons += [
            f"no figure in time for {label}"
            for label, missing in zip(labels, absent, strict=True)
            if missing
        ]
        rows.append((row.la_code, row.la_name, row.framework, "; ".join(reasons)))
    return pd.DataFrame(rows, columns=["la_code", "la_name", "framework", "reason"])


def _dummies(kind: pd.Series) -> np.ndarray:
    """A column for every kind but the first in the alphabet."""
    return pd.get_dummies(kind, drop_first=True).to_numpy(dtype=float)
