"""Whether pressure tells the outcome of inspections the model has not seen.

No table here names an area: a chance for one inspection is a step on the way to a score of
the model, never a finding about the area.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd

from highneeds.errors import ModelError
from highneeds.inspections.models import FirthLogit
from highneeds.inspections.preregistration import Preregistration
from highneeds.inspections.resampling import Sampling, in_blocks, uniforms
from highneeds.inspections.sample import Sample

REGIONS, FORWARD = "leaving one region out", "going forward in time"
SCHEMES = (REGIONS, FORWARD)
_FEWEST_TRAINED = 20
_EDGE = 1e-6
_INTERVAL = (2.5, 97.5)
COLUMNS = (
    *("framework", "scheme", "inspections", "adverse", "auc", "auc_low", "auc_high"),
    *("brier_skill", "brier_skill_low", "brier_skill_high"),
    *("calibration_slope", "calibration_slope_low", "calibration_slope_high"),
    *("calibration_intercept", "calibration_intercept_low", "calibration_intercept_high"),
)


@dataclass(frozen=True, eq=False)
class Validation:
    """Scores of inspections held out, with 95% intervals; no area is named.

    ``auc`` is the share of pairs (worst outcome, other) ranked rightly. ``brier_skill`` is
    1 less the squared error over that of the base rate; below 0 it is worse than knowing
    nothing of the area. ``has_skill`` is the registered rule.
    """

    framework: str
    table: pd.DataFrame
    folds: dict[str, int] = field(repr=False)

    @property
    def has_skill(self) -> bool:
        """Both schemes beat the base rate and chance, intervals and all."""
        above = (self.table["brier_skill_low"] > 0) & (self.table["auc_low"] > 0.5)  # noqa: PLR2004
        return bool(above.all()) and set(self.table["scheme"]) == set(SCHEMES)


def validate_sample(
    sample: Sample, plan: Preregistration, sampling: Sampling
) -> Validation:
    """Score a sample's model on inspections held out, by both registered schemes.

    Raises
    ------
    ModelError
        No inspection can be held out with enough left to fit.
    """
    rows, folds = [], {}
    for scheme in SCHEMES:
        held = _by_region(sample) if scheme == REGIONS else _forward(sample, plan)
        if not held:
            msg = f"No fold of {scheme!r} leaves {_FEWEST_TRAINED} inspections to fit."
            raise ModelError(msg)
        observed, chance, base = (
            np.concatenate(parts) for parts in zip(*held, strict=True)
        )
        folds[scheme] = len(held)
        name = f"{scheme}, {sample.framework} framework"
        rows.append(
            {"framework": sample.framework, "scheme": scheme}
            | score(
                observed, chance, base, plan.rule("bootstrap_replicates"), sampling, name
            )
        )
    table = pd.DataFrame(rows)[list(COLUMNS)]
    return Validation(sample.framework, table, folds)


def score(
    observed: np.ndarray,
    chance: np.ndarray,
    base: np.ndarray,
    replicates: int,
    sampling: Sampling,
    name: str,
) -> dict[str, float]:
    """Scores of chances given to inspections held out, with intervals from redrawing them.

    Parameters
    ----------
    observed : ndarray of bool
        Whether each had the worst outcome.
    chance, base : ndarray
        Chance given by the model, and the rate where it was fitted.
    """

    def redraw(block: range) -> np.ndarray:
        drawn = uniforms(sampling.seed, f"validation, {name}", block, len(observed))
        times = _counts((drawn * len(observed)).astype(int), len(observed))
        return _scores(observed, chance, base, times)

    measures = ("auc", "brier_skill", "calibration_slope", "calibration_intercept")
    point = _scores(observed, chance, base, np.ones((1, len(observed))))[0]
    drawn = in_blocks(f"validation, {name}", replicates, redraw, sampling)
    low, high = np.nanpercentile(drawn, _INTERVAL, axis=0)
    found: dict[str, float] = {"inspections": len(observed), "adverse": int(observed.sum())}
    for place, measure in enumerate(measures):
        found[measure] = float(point[place])
        found[f"{measure}_low"], found[f"{measure}_high"] = (
            float(low[place]),
            float(high[place]),
        )
    return found


def area_under_curve(
    observed: np.ndarray, chance: np.ndarray, times: np.ndarray
) -> np.ndarray:
    """Share of pairs ranked rightly, ties counted half, for each row of weights `times`."""
    worse, better = chance[observed][:, None], chance[~observed][None, :]
    right = (worse > better) + 0.5 * (worse == better)
    pairs = times[:, observed].sum(axis=1) * times[:, ~observed].sum(axis=1)
    ranked = ((times[:, observed] @ right) * times[:, ~observed]).sum(axis=1)
    return np.where(pairs > 0, ranked / np.maximum(pairs, 1), np.nan)


def brier_skill(
    observed: np.ndarray, chance: np.ndarray, base: np.ndarray, times: np.ndarray
) -> np.ndarray:
    """1 less the squared error over that of the base rate, for each row of weights."""
    return 1 - (times @ (observed - chance) ** 2) / (times @ (observed - base) ** 2)


def _scores(
    observed: np.ndarray, chance: np.ndarray, base: np.ndarray, times: np.ndarray
) -> np.ndarray:
    safe = np.clip(chance, _EDGE, 1 - _EDGE)
    logit = np.log(safe / (1 - safe))[:, None]
    fitted = FirthLogit().fit(logit, observed.astype(float), times)
    return np.column_stack(
        [
            area_under_curve(observed, chance, times),
            brier_skill(observed, chance, base, times),
            fitted.slopes[:, 0],
            fitted.constants[:, 0],
        ]
    )


_Fold = tuple[np.ndarray, np.ndarray, np.ndarray]


def _by_region(sample: Sample) -> list[_Fold]:
    regions = sample.rows["region"]
    folds = [
        _held_out(
            sample, (regions != region).to_numpy(), (regions == region).to_numpy(), True
        )
        for region in sorted(regions.unique())
    ]
    return [fold for fold in folds if fold is not None]


def _forward(sample: Sample, plan: Preregistration) -> list[_Fold]:
    """Each year's inspections, from reports published before that year."""
    folds = []
    for year in plan.terms["validation"]["forward_years"][sample.framework]:
        known = (sample.rows["published"] < str(date(year, 1, 1))).to_numpy()
        now = (sample.rows["day"].dt.year == year).to_numpy()
        folds.append(_held_out(sample, known, now, False))
    return [fold for fold in folds if fold is not None]


def _held_out(
    sample: Sample, trained: np.ndarray, held: np.ndarray, with_year: bool
) -> _Fold | None:
    """Outcome, chance and base rate of inspections held out; scaled on the trained ones."""
    y = sample.rows["grade"].to_numpy(dtype=float)
    if (
        trained.sum() < _FEWEST_TRAINED
        or not held.any()
        or len(set(y[trained])) < sample.grades
    ):
        return None
    columns = sample.pressure.to_numpy()
    if with_year:
        columns = np.column_stack([columns, sample.rows["day"].astype("int64")])
    middle, spread = columns[trained].mean(axis=0), columns[trained].std(axis=0)
    x = (columns - middle) / np.where(spread > 0, spread, 1.0)
    fitted = sample.model.fit(x[trained], y[trained])
    adverse = sample.adverse
    base = np.full(int(held.sum()), adverse[trained].mean())
    return adverse[held], sample.model.chance_of_worst(x[held], fitted), base


def _counts(chosen: np.ndarray, size: int) -> np.ndarray:
    """How often each inspection was drawn, one row a replicate."""
    times = np.zeros((len(chosen), size))
    np.add.at(times, (np.arange(len(chosen))[:, None], chosen), 1.0)
    return times
