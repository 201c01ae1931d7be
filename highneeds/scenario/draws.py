"""Numbers for one block of futures of one area: assumptions and shocks, each by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from statistics import NormalDist

import numpy as np

from highneeds.scenario.assumptions import Assumptions, Estimate, defaults_beside
from highneeds.scenario.streams import NATIONAL, normals


@dataclass(frozen=True)
class Draws:
    """The draws of futures ``first`` to ``first + count`` of one area.

    ``seeds`` gives single streams another seed, to ask what part of the uncertainty is
    theirs; every other stream keeps its numbers. Everything drawn comes from `normals`.
    """

    assumptions: Assumptions
    area: str
    seed: int
    first: int
    count: int
    seeds: Mapping[str, int] = field(default_factory=dict)

    def by_default(self) -> Draws:
        """The same futures with the defaults, to set a scenario against."""
        return replace(self, assumptions=defaults_beside(self.assumptions))

    def are_default(self, names: Iterable[str]) -> bool:
        """Whether each of these assumptions is the default's, in every future."""
        usual = self.by_default().assumptions
        return all(self.assumptions[name] == usual[name] for name in names)

    def normals(self, name: str, rows: int, *, national: bool = False) -> np.ndarray:
        """Standard normal numbers of a named stream: shape (rows, count)."""
        return normals(
            name,
            NATIONAL if national else self.area,
            seed=self.seeds.get(name, self.seed),
            rows=rows,
            draws=self.count,
            first=self.first,
        )

    def assumed(self, name: str) -> np.ndarray:
        """One assumption, once per future: shape (count,)."""
        return self.estimated(name, self.assumptions[name])

    def estimated(self, name: str, estimate: Estimate) -> np.ndarray:
        """An estimate with a stream of its own, once per future: shape (count,)."""
        national = estimate.scope == "national"
        return estimate.at(self.normals(name, 1, national=national)[0])

    def shock(
        self, name: str, rows: int, sd: float, *, national: bool = False
    ) -> np.ndarray:
        """A yearly shock with standard deviation `sd`: shape (rows, count)."""
        return sd * self.normals(name, rows, national=national)

    def delivered(self, name: str, chance: float) -> np.ndarray:
        """1 in futures in which something with a chance happens, else 0: shape (count,)."""
        if chance in (0.0, 1.0):
            return np.full(self.count, chance)
        below = self.normals(name, 1)[0] < NormalDist().inv_cdf(chance)
        return below.astype(float)


@dataclass(frozen=True)
class CentralDraws(Draws):
    """The central case in place of draws: every number at its middle, no shock.

    A measure is delivered in full, whatever its chance, unless it has none. ``moved`` makes
    a case of each pair in it: of an assumption, which alone stands elsewhere, and its value
    there.
    """

    seed: int = 0
    first: int = 0
    count: int = 1
    moved: tuple[tuple[str, float], ...] = ()

    def by_default(self) -> Draws:
        """As many central cases of the defaults."""
        return replace(super().by_default(), moved=())  # type: ignore[call-arg]

    def are_default(self, names: Iterable[str]) -> bool:
        """Whether each of these assumptions is the default's, in every case."""
        wanted = set(names)
        return wanted.isdisjoint(dict(self.moved)) and super().are_default(wanted)

    def normals(self, name: str, rows: int, *, national: bool = False) -> np.ndarray:
        """Nothing but 0: shape (rows, count)."""
        return np.zeros((rows, self.count))

    def assumed(self, name: str) -> np.ndarray:
        """One assumption, once per case: shape (count,)."""
        value = super().assumed(name)
        for case, (moved, to) in enumerate(self.moved):
            if moved == name:
                value[case] = to
        return value

    def delivered(self, name: str, chance: float) -> np.ndarray:
        """Whether it is to be delivered at all: shape (count,)."""
        return np.full(self.count, float(chance > 0.0))
