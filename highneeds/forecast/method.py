"""Forecasts of plans from one January: shares, England's path, bands, put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from highneeds.errors import UsageError
from highneeds.forecast.authorities import Authorities
from highneeds.forecast.bands import earlier_errors
from highneeds.forecast.covariates import CHILDREN, MORE, Definition
from highneeds.forecast.england import PATHS, SIMPLE, chosen_path, truth
from highneeds.forecast.shares import Regression, Set, foretold_shares

DRAWS = 2000
SEED = 20250901


@dataclass(frozen=True)
class Method:
    """How a forecast is put together.

    ``covariates`` are a set, or None for the one chosen on earlier origins. ``path`` is one
    of `PATHS`, ``true`` for England as it came to be, or a choice on earlier origins among
    the ``simple`` ones or ``any``. Without ``scaled`` areas are not brought to add up to
    England, and there are no bands.
    """

    title: str
    definition: Definition = CHILDREN
    covariates: Set | None = None
    path: str = "simple"
    scaled: bool = True

    @property
    def banded(self) -> bool:
        """Whether futures are drawn around its points."""
        return self.scaled and self.path != "true"


_PUPILS = Definition(base="pupils")
_OLDER = Definition(base="pupils", flows_lag=2)
METHODS: Mapping[str, Method] = {
    "a": Method("A: shares by regression, England's path from the short list"),
    "a_pupils": Method("A with pupils in place of children", _PUPILS),
    "a_flows_older": Method("A with pupils, and flows a year older", _OLDER),
    "a_england_true": Method("A's split of England as it came", path="true"),
    "a_not_scaled": Method("A, not brought to add up", scaled=False),
    "rate": Method("Plans per child alone", covariates=("rate",)),
    "rate_not_scaled": Method(
        "Plans per child alone, not brought to add up", covariates=("rate",), scaled=False
    ),
    "d": Method("A's split, England between growth and flows", path="half"),
    "a_any_path": Method("A's split, England's path from the long list", path="any"),
    "b": Method("B: more covariates, England's path from the long list", MORE, path="any"),
    "b_simple_path": Method("B's split, England's path from the short list", MORE),
    "b_england_true": Method("B's split of England as it came", MORE, path="true"),
    "b_half": Method("B's split, England between growth and flows", MORE, path="half"),
}


@dataclass(frozen=True, eq=False)
class Forecast:
    """Plans of authorities in the years after one January.

    ``points`` (horizons, authorities), ``england`` (horizons,), ``draws`` (horizons, draws,
    authorities) or None; ``selected`` says in words what was chosen.
    """

    points: np.ndarray
    england: np.ndarray
    draws: np.ndarray | None
    selected: str

    def england_draws(self) -> np.ndarray | None:
        """Futures of England, (horizons, draws, 1).

        An authority without plans at the origin is in England and in no sum.
        """
        if self.draws is None:
            return None
        whole = self.england / self.points.sum(axis=1)
        return (self.draws.sum(axis=2) * whole[:, None])[..., None]


def forecast(
    method: Method,
    regression: Regression,
    authorities: Authorities,
    origin: int,
    chosen: Set,
    *,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Forecast:
    """One method's forecast from one January, for every authority then in being.

    Parameters
    ----------
    chosen : tuple of str
        Covariates chosen at the origin, for a method that has none of its own.
    """
    record = regression.record
    covariates = chosen if method.covariates is None else method.covariates
    name, england = _england(method, regression, origin)
    areas = foretold_shares(regression, origin, covariates)
    if not method.scaled:
        areas = np.exp(record.share(origin) + regression.deviations(origin, covariates))
    points = authorities.of_areas(england[:, None] * areas)
    if not method.scaled:
        england = points.sum(axis=1)
    futures = None
    if method.banded:
        bands = earlier_errors(regression, origin, covariates)
        rng = np.random.default_rng([seed, origin])
        futures = bands.draw(points, authorities.plans, draws, rng)
    selected = " + ".join(covariates) or "none"
    return Forecast(points, england, futures, f"{selected}, England {name}")


def _england(method: Method, regression: Regression, origin: int) -> tuple[str, np.ndarray]:
    record = regression.record
    if method.path == "true":
        return "as it came", truth(record, origin)
    choices = {"simple": SIMPLE, "any": PATHS}
    name = method.path
    if name in choices:
        name = chosen_path(record, origin, choices[name])
    if name not in PATHS:
        msg = f"No path is called {name!r}. Expected one of {', '.join(PATHS)}."
        raise UsageError(msg)
    return name, PATHS[name](record, origin)
