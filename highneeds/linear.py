"""Linear: the best mix within bounds and given sums, as HiGHS finds it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Ends = tuple[np.ndarray | float, np.ndarray | float]


@dataclass(frozen=True)
class Mix:
    """A best mix of columns: at a corner, so that a network's whole sums leave it whole.

    ``values`` (columns,) and what they cost together; ``multipliers`` (rows,) say by how
    much the cost rises for each more that a row is to come to.
    """

    values: np.ndarray
    cost: float
    multipliers: np.ndarray


def cheapest(
    cost: np.ndarray,
    rows: np.ndarray,
    sums: Ends,
    bounds: Ends,
    *,
    presolve: bool = True,
) -> Mix | None:
    """The mix of columns that costs least; None where there is none, or no least.

    Parameters
    ----------
    cost : ndarray, shape (columns,)
    rows : ndarray, shape (rows, columns)
        What one of each column adds to each row.
    sums, bounds : pair of ndarray or float
        The least and the most of each row, and of each column.
    presolve : bool
        Look first for what can be taken out.
    """
    import highspy

    count, wide = rows.shape
    of_column, of_row = np.nonzero(rows.T)
    asked = highspy.HighsLp()
    asked.num_row_, asked.num_col_ = count, wide
    asked.col_cost_ = np.asarray(cost, float)
    asked.row_lower_, asked.row_upper_ = (np.broadcast_to(end, count) for end in sums)
    asked.col_lower_, asked.col_upper_ = (np.broadcast_to(end, wide) for end in bounds)
    table = asked.a_matrix_
    table.format_ = highspy.MatrixFormat.kColwise
    table.num_row_, table.num_col_ = count, wide
    table.start_ = np.searchsorted(of_column, np.arange(wide + 1))
    table.index_, table.value_ = of_row, rows[of_row, of_column].astype(float)
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    # One thread: with more, this process could not be forked afterwards.
    solver.setOptionValue("threads", 1)
    solver.setOptionValue("solver", "simplex")
    solver.setOptionValue("presolve", "on" if presolve else "off")
    solver.passModel(asked)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return None
    found = solver.getSolution()
    return Mix(
        np.array(found.col_value), solver.getObjectiveValue(), np.array(found.row_dual)
    )
