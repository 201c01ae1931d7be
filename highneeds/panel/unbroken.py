"""Areas that every January held counts alike, so that their growth can be scored.

Authorities whose codes changed since then are joined: the sum stands in their place in
every year, and a sum with a part missing has no value. Unlike ``harmonise="merge"`` nothing
is joined that changed before the plans are held.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from highneeds.geography import Area
from highneeds.panel.harmonise import Whole, comparable_whole
from highneeds.panel.panel import Panel, combined_panel
from highneeds.periods import parse_period

# City of London and Isles of Scilly count their plans in tens and receive no high needs
# block: one child more moves them by a tenth.
SMALLEST = ("201", "420")


@dataclass(frozen=True)
class Unbroken:
    """The record over areas without a break, and which of them serve what.

    ``panel`` has the sums in the place of their authorities; ``Panel.matrix`` then gives a
    series over any years. ``areas`` is every area, by code or key, so that they add up to
    England; ``summed`` those put together here.
    """

    panel: Panel
    areas: tuple[Area, ...]
    summed: tuple[Area, ...]

    @property
    def fitted(self) -> tuple[Area, ...]:
        """Areas to estimate from: all but the two smallest authorities."""
        return tuple(area for area in self.areas if area.la_code not in SMALLEST)

    @property
    def scored(self) -> tuple[Area, ...]:
        """Areas to score: those fitted that are one authority throughout."""
        return tuple(area for area in self.fitted if area not in self.summed)


def unbroken_areas(panel: Panel) -> Unbroken:
    """The areas of a record that can be followed through every January held.

    Parameters
    ----------
    panel : Panel
        The published record, or one of authorities alone.

    Returns
    -------
    Unbroken
        Of the embedded record: 150 areas, 148 fitted, 145 scored.
    """
    return _unbroken(panel.published)


@lru_cache(maxsize=16)
def with_sums(panel: Panel) -> Panel:
    """The record with the areas put together here beside its authorities."""
    return combined_panel(panel, _wholes(panel.published), replacing=False)


@lru_cache(maxsize=16)
def _unbroken(panel: Panel) -> Unbroken:
    geography = panel.geography
    wholes = _wholes(panel)
    joined = combined_panel(panel, wholes, replacing=True)
    members = {code for whole in wholes for code in whole.la_codes}
    last = parse_period(max(panel.matrix("ehc_plans").columns), "january")
    kept = [a for a in geography.authorities(last.end) if a.la_code not in members]
    summed = tuple(whole.area for whole in wholes)
    areas = tuple(sorted((*kept, *summed), key=lambda area: area.la_code))
    return Unbroken(joined, areas, summed)


@lru_cache(maxsize=16)
def _wholes(panel: Panel) -> tuple[Whole, ...]:
    """Comparable areas of which an authority began after the first January held."""
    geography = panel.geography
    first = parse_period(min(panel.matrix("ehc_plans").columns), "january")
    then = {area.la_code for area in geography.authorities(first.end)}
    return tuple(
        comparable_whole(geography, area)
        for area in geography.comparable_areas
        if not then.issuperset(area.generations[-1])
    )
