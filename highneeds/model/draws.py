"""Numbers for one block of futures of one area: assumptions and shocks, each by name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from highneeds.model.assumptions import Assumptions
from highneeds.model.streams import NATIONAL, normals


@dataclass(frozen=True)
class Draws:
    """The draws of futures ``first`` to ``first + count`` of one area.

    ``seeds`` gives single streams another seed, to ask what part of the uncertainty is
    theirs; every other stream keeps its numbers.
    """

    assumptions: Assumptions
    area: str
    seed: int
    first: int
    count: int
    seeds: Mapping[str, int] = field(default_factory=dict)

    def assumed(self, name: str) -> np.ndarray:
        """One assumption, once per future: shape (count,)."""
        return self.assumptions[name].draw(
            name,
            seed=self.seeds.get(name, self.seed),
            draws=self.count,
            area=self.area,
            first=self.first,
        )

    def shock(
        self, name: str, rows: int, sd: float, *, national: bool = False
    ) -> np.ndarray:
        """A yearly shock with standard deviation `sd`: shape (rows, count)."""
        return sd * normals(
            name,
            NATIONAL if national else self.area,
            seed=self.seeds.get(name, self.seed),
            rows=rows,
            draws=self.count,
            first=self.first,
        )
