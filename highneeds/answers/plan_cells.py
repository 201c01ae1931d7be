"""Whole plans by setting and age each January: every table of a return is a sum of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from highneeds.answers.crosswalk import CROSSWALK, placement_groups, split_of
from highneeds.answers.needs import shares_of
from highneeds.answers.whole import whole_parts, whole_tables
from highneeds.record.cells import MODEL_PLACEMENTS
from highneeds.record.raking import raked

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection

GROUPS = tuple(CROSSWALK.index)


@dataclass(frozen=True, eq=False)
class PlanCells:
    """Plans in whole numbers, (Januaries, groups of settings, age bands).

    ``years`` are the labels of the Januaries, the base census first. Where the groups of
    the base census are not published ``by_setting`` is False, and its settings are those
    of the model's own placements; ``borrowed`` names groups split as in England.
    """

    years: tuple[str, ...]
    cells: np.ndarray
    by_setting: bool
    borrowed: frozenset[str]

    def by(self, column: str, categories: tuple[str, ...]) -> np.ndarray:
        """Plans by category of `CROSSWALK` and age band, (Januaries, categories, bands)."""
        return summed(self.cells, column, categories)


def plan_cells(result: Projection) -> PlanCells:
    """The central case's plans as whole numbers; the groups of the base census published.

    Each January adds up to all plans, rounded. Ages within a setting are those of the
    model's placement that it belongs to.
    """
    split, borrowed = split_of(result, "setting", GROUPS)
    central = result.central.stock[..., 0]
    cells = np.einsum("jbp,pg->jgb", central, split.to_numpy(dtype=float))
    groups = [_whole_groups(by_band, split) for by_band in central]
    published = placement_groups(result.panel, result.area, result.vintage.census)
    whole = round(float(central[0].sum()))
    by_setting = round(sum(published.values())) == whole
    if by_setting:
        groups[0] = np.array([published.get(name, 0.0) for name in GROUPS])
        pattern = _with_unknown(cells[0], groups[0])
        cells[0] = raked(pattern, groups[0], central[0].sum(axis=1))
    bands = [_whole(by_band.sum(axis=1)) for by_band in central]
    census = result.vintage.census
    return PlanCells(
        tuple(census.shift(step).label for step in range(len(central))),
        whole_tables(cells, np.stack(groups), np.stack(bands)),
        by_setting,
        frozenset(borrowed),
    )


def need_cells(result: Projection) -> np.ndarray:
    """Whole plans by setting and primary need, (Januaries, groups, needs).

    Settings add up to those of `plan_cells` and needs to all plans. Needs within a setting
    are those of the model's placement that it belongs to.

    Raises
    ------
    ModelError
        The authority's plans by need are not published.
    """
    shares = shares_of(result)
    split, _ = split_of(result, "setting", GROUPS)
    stock = result.central.stock[..., 0].sum(axis=1)
    groups = result.plan_cells.cells.sum(axis=2)
    cells = np.einsum("jp,pg,np->jgn", stock, split.to_numpy(dtype=float), shares)
    needs = stock @ shares.T
    if result.plan_cells.by_setting:
        pattern = _with_unknown(cells[0], groups[0])
        cells[0] = raked(pattern, groups[0], needs[0])
    return whole_tables(cells, groups, np.stack([_whole(each) for each in needs]))


def summed(cells: np.ndarray, column: str, categories: tuple[str, ...]) -> np.ndarray:
    """Cells by setting, the second axis, as sums by category of `CROSSWALK`."""
    found = np.zeros((cells.shape[0], len(categories), cells.shape[2]))
    for group, name in enumerate(CROSSWALK[column]):
        if name in categories:
            found[:, categories.index(name)] += cells[:, group]
    return found


def _whole_groups(by_band: np.ndarray, split: pd.DataFrame) -> np.ndarray:
    """Groups that add up to each of the model's placements, and those to all plans."""
    by_placement = by_band.sum(axis=0)
    found = np.zeros(len(GROUPS))
    placed = zip(MODEL_PLACEMENTS, by_placement, _whole(by_placement), strict=True)
    for name, plans, whole in placed:
        parts = split.loc[name].to_numpy(dtype=float)
        # Within the placement shares are as they are, so its whole plans are shared out.
        found += whole_parts(parts * whole, int(whole)) if plans else 0.0
    return found


def _whole(parts: np.ndarray) -> np.ndarray:
    return whole_parts(parts, round(float(parts.sum())))


def _with_unknown(cells: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Cells brought to the groups published; of an unknown setting the ages are of all."""
    of_all = cells.sum(axis=0) / cells.sum()
    sums = cells.sum(axis=1, keepdims=True)
    ages = np.where(sums > 0, cells / np.where(sums > 0, sums, 1.0), of_all)
    return groups[:, None] * ages
