"""Whole plans of a projection as the lines of a form: by placement, age and need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from highneeds.answers.crosswalk import NOTES
from highneeds.answers.needs import NEEDS
from highneeds.answers.plan_cells import need_cells, summed
from highneeds.errors import ModelError
from highneeds.forms.layout import Line, Part
from highneeds.report.wording import NEED_NAMES, STATUS_WORDS

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection

AGE_NAMES = ("Under 5", "5 to 10", "11 to 15", "16 to 19", "20 to 25")
TOTAL, ON_PAGE, CHECK = "Total", "As in the report", "Check: nought"
_ESTIMATED = "estimated, then projected"
_NOT_ASKED = "Not available"


@dataclass(frozen=True, eq=False)
class Counts:
    """The plans of one projection under the labels that a form gives its years.

    ``first`` is the January that the first column is of: 0 the base census.
    """

    result: Projection
    years: tuple[str, ...]

    @cached_property
    def needs(self) -> np.ndarray | str:
        """Plans by setting and need, or why they cannot be told."""
        try:
            return need_cells(self.result)
        except ModelError as error:
            return f"Not available: {error}"

    def whole(self) -> tuple[float, ...]:
        """All plans each January, as the report prints them."""
        table = self.result.plans().set_index("year")["central"].round()
        return tuple(float(table[year]) for year in self.result.plan_cells.years)

    def basis(self) -> str:
        """Whose the counts are: the base census's, then the central case's."""
        table = self.result.plans().set_index("year")["status"]
        first = str(table[self.result.plan_cells.years[0]])
        return f"{STATUS_WORDS[first]}, then projected"

    def _settings(self) -> str:
        """Whose the counts by placement are."""
        published = self.result.plan_cells.by_setting
        return "published or derived, then projected" if published else _ESTIMATED

    def by_placement(self, heading: str, column: str, categories: tuple[str, ...]) -> Part:
        """Plans by placement, their total, and the report's own beside it."""
        cells = self.result.plan_cells
        found = cells.by(column, categories).sum(axis=2)
        lines = []
        for place, name in enumerate(categories):
            note = NOTES.get(name, "")
            asked = not note.startswith(_NOT_ASKED)
            values = _values(found[:, place]) if asked else self._none()
            basis = self._settings() if asked else ""
            lines.append(Line(name, values, note=note, basis=basis))
        return Part(heading, self.years, (*lines, *self._closing(categories)))

    def by_age(self, heading: str, column: str = "", only: Sequence[str] = ()) -> Part:
        """Plans by age; of some categories alone where a column of them is named."""
        cells = self.result.plan_cells.cells
        ages = summed(cells, column, tuple(only)).sum(axis=1) if only else cells.sum(axis=1)
        lines = [
            Line(name, _values(ages[:, band]), basis=_ESTIMATED if only else self.basis())
            for band, name in enumerate(AGE_NAMES)
        ]
        total = () if only else self._closing(AGE_NAMES)
        part = Line(TOTAL, adds=AGE_NAMES) if only else None
        return Part(heading, self.years, (*lines, *total, *((part,) if part else ())))

    def by_need(self, heading: str, column: str = "", only: Sequence[str] = ()) -> Part:
        """Plans by primary need likewise; none are invented where none are published."""
        names = [NEED_NAMES[need] for need in NEEDS]
        if isinstance(self.needs, str):
            lines = [Line(name, self._none(), note=self.needs) for name in names]
            return Part(heading, self.years, tuple(lines))
        found = (
            summed(self.needs, column, tuple(only)).sum(axis=1)
            if only
            else self.needs.sum(axis=1)
        )
        lines = [
            Line(name, _values(found[:, place]), basis=_ESTIMATED)
            for place, name in enumerate(names)
        ]
        total = (Line(TOTAL, adds=tuple(names)),) if only else self._closing(names)
        return Part(heading, self.years, (*lines, *total))

    def _closing(self, names: Sequence[str]) -> tuple[Line, ...]:
        return (
            Line(TOTAL, adds=tuple(names)),
            Line(ON_PAGE, self.whole(), note="All plans, as the report and its page say."),
            Line(CHECK, adds=(TOTAL, f"-{ON_PAGE}")),
        )

    def _none(self) -> tuple[None, ...]:
        return (None,) * len(self.years)


def _values(found: np.ndarray) -> tuple[float, ...]:
    return tuple(float(value) for value in found)
