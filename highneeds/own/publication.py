"""What of an authority's own figures may stand in anything that is published."""

from __future__ import annotations

from dataclasses import dataclass, replace

from highneeds.own.figures import OwnFigures
from highneeds.own.measures import BY_NAME

# Counts of children so small that one of them could be known: 0 tells of nobody.
SMALLEST, LARGEST = 1, 5
# Of these a small number tells nothing of a child.
_NOT_PEOPLE = frozenset({"£", "places"})
NO_OWN_FIGURES = "Prepared for publication: it holds no figure that is not published."


@dataclass(frozen=True)
class ForPublication:
    """Own figures without small counts, and how many were withheld.

    A figure withheld is not there for the projection either, so that it cannot be worked
    back from what follows of it. It is never taken as 0.
    """

    own: OwnFigures
    withheld: int

    @property
    def sentence(self) -> str:
        """What a reader is told."""
        if not self.withheld:
            return "Prepared for publication: none of the own figures had to be withheld."
        counts = "1 count" if self.withheld == 1 else f"{self.withheld} counts"
        return (
            f"Prepared for publication: {counts} from {SMALLEST} to {LARGEST} among the "
            "own figures are withheld and not used. Totals that they could be worked out "
            "from are not looked at."
        )


def for_publication(own: OwnFigures) -> ForPublication:
    """Own figures as they may be published: counts from 1 to 5 left out."""
    kept = tuple(one for one in own.figures if not _small(one.measure, one.value))
    return ForPublication(replace(own, figures=kept), len(own.figures) - len(kept))


def _small(measure: str, value: float) -> bool:
    counts = BY_NAME[measure].unit not in _NOT_PEOPLE
    # 5.4 would be printed as 5.
    return counts and SMALLEST <= round(abs(value)) <= LARGEST
