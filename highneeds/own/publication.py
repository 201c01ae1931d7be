"""What of an authority's own figures may stand in anything that is published."""

from __future__ import annotations

from dataclasses import dataclass, replace

from highneeds.own.disclosure import LARGEST, SMALLEST, withheld_of
from highneeds.own.figures import OwnFigures
from highneeds.words import plural

NO_OWN_FIGURES = "Prepared for publication: it holds no figure that is not published."


@dataclass(frozen=True)
class ForPublication:
    """Own figures without small counts, how many were withheld, and how many with them.

    A figure withheld is not there for the projection either, so that it cannot be worked
    back from what follows of it. It is never taken as 0.
    """

    own: OwnFigures
    withheld: int
    others: int = 0

    @property
    def sentence(self) -> str:
        """What a reader is told."""
        if not self.withheld:
            return "Prepared for publication: none of the own figures had to be withheld."
        more = f", and {plural(self.others, 'other')} that would tell what they are"
        return (
            "Prepared for publication, without some of the own figures, which are not used "
            f"either: {plural(self.withheld, 'count')} from {SMALLEST} to {LARGEST}"
            f"{more if self.others else ''}."
        )


def for_publication(own: OwnFigures) -> ForPublication:
    """Own figures as they may be published.

    Counts from 1 to 5 are left out, and with them those by which they could be worked back.
    """
    small, others = withheld_of(own.figures)
    kept = tuple(one for one in own.figures if one not in small | others)
    return ForPublication(replace(own, figures=kept), len(small), len(others))
