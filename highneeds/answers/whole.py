"""Whole plans and whole pence that add up, in a row of parts or in a table both ways."""

from __future__ import annotations

import numpy as np
import pandas as pd

from highneeds.linear import cheapest

PENCE = 100


def whole_parts(parts: np.ndarray, total: int) -> np.ndarray:
    """Parts rounded up or down so that they add up to `total`: nearest to it go up first.

    The parts must add up to within a half of the total.
    """
    down = np.floor(parts)
    short = int(total - down.sum())
    up = np.argsort(down - parts, kind="stable")[:short]
    down[up] += 1
    return down


def whole_by_year(table: pd.DataFrame, column: str) -> pd.Series:
    """A column of parts as whole numbers that add up, each year, to their rounded sum."""
    found = table[column].astype(float).copy()
    for _, values in table.groupby("year")[column]:
        parts = values.to_numpy(dtype=float)
        found[values.index] = whole_parts(parts, round(float(parts.sum())))
    return found


def pence_parts(parts: np.ndarray, total: float) -> np.ndarray:
    """Pounds rounded to the penny so that they add up to `total` rounded to the penny."""
    return whole_parts(parts * PENCE, round(total * PENCE)) / PENCE


def whole_tables(cells: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Tables of whole numbers near to `cells` with the sums asked for, both ways.

    A cell goes up or down to a neighbouring whole number, and nought stays nought, unless
    the sums leave no such table.

    Parameters
    ----------
    cells : ndarray, shape (tables, rows, columns)
        At least 0.
    rows, columns : ndarray, shape (tables, rows) and (tables, columns)
        Whole sums, of each table alike in total.
    """
    count, high, wide = cells.shape
    down = np.floor(cells)
    rest = cells - down
    # Whole: the sums of a table form a network, whose corners are whole numbers.
    across = np.kron(np.eye(high), np.ones((1, wide)))
    along = np.kron(np.ones((1, high)), np.eye(wide))
    sums = np.kron(np.eye(count), np.vstack([across, along]))
    wanted = np.concatenate([rows - down.sum(axis=2), columns - down.sum(axis=1)], axis=1)
    usual = 0.0, (rest > 0).ravel().astype(float)
    wider = -np.minimum(down, 1.0).ravel(), 2.0
    for bounds in (usual, wider):
        found = cheapest(-rest.ravel(), sums, (wanted.ravel(),) * 2, bounds)
        if found is not None:
            return down + np.round(found.values).reshape(cells.shape)
    msg = "No table of whole numbers has these sums."
    raise ArithmeticError(msg)
