"""Least absolute deviations, solved exactly as a linear programme."""

from __future__ import annotations

import numpy as np

from highneeds.errors import ModelError


def least_absolute(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Coefficients b that make the sum of |y − x·b| least; no constant is added.

    The dual is solved: of all weights between −1 and 1 that are orthogonal to every column
    of `x`, those that weigh `y` most. It has a row a coefficient and not one an
    observation, and b are its multipliers.

    Parameters
    ----------
    x : ndarray, shape (observations, coefficients)
    y : ndarray, shape (observations,)

    Raises
    ------
    ModelError
        The solver found no solution: a figure is missing or not finite.
    """
    if not x.shape[1]:
        return np.zeros(0)
    if not (np.isfinite(x).all() and np.isfinite(y).all()):
        msg = (
            "A regression on shares of plans was given a figure that is missing. Expected "
            "finite covariates and changes for every area."
        )
        raise ModelError(msg)
    from scipy.optimize import linprog

    solved = linprog(
        -y, A_eq=x.T, b_eq=np.zeros(x.shape[1]), bounds=(-1.0, 1.0), method="highs"
    )
    if not solved.success:
        msg = f"A regression on shares of plans has no solution: {solved.message}"
        raise ModelError(msg)
    return -np.asarray(solved.eqlin.marginals)
