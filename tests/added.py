"""A record with an edition added, or with figures taken away.

It is the shipped one before January 2026 was published, so that a later release leaves the
arithmetic of the tests as it is.

The figures added are made up, by arithmetic that the test shows; what is under test is
which of them a projection starts from and what it says of each.
"""

from dataclasses import dataclass, field
from functools import lru_cache

import pandas as pd

import highneeds as hn
from highneeds.panel.panel import Panel
from highneeds.panel.stored import stored_rows
from tests.made_panel import figure

PLANS, BLOCK, BLOCK_AFTER = (
    "ehc_plans",
    "high_needs_block_before_deductions_gbp",
    "high_needs_block_after_deductions_gbp",
)
OUTTURN, BALANCE = "s251_high_needs_net_gbp", "dsg_balance_gbp"
# What sources of the release of January 2026 are called.
_RELEASE_2026 = ("sen2_2026_", "tribunal_decisions_2026_")
FLOWS = ("new_ehc_plans", "ceased_ehc_plans", "ehc_assessment_requests")


@dataclass(frozen=True)
class AddedPanel(Panel):
    """A panel whose rows are another's with some replaced, added or left out.

    ``name`` tells one from another; what answers are kept for is told by it.
    """

    name: str
    added: pd.DataFrame = field(repr=False, compare=False)

    def rows(self, measure: str) -> pd.DataFrame:
        """Every row of a measure, those added in place of those they have the keys of."""
        return _rows(self, measure)


@lru_cache(maxsize=128)
def _rows(panel: AddedPanel, measure: str) -> pd.DataFrame:
    mine = panel.added[panel.added["measure"] == measure]
    found = stored_rows(panel.folder, measure)
    found = found[~found["source_id"].str.startswith(_RELEASE_2026)]
    if mine.empty:
        return found
    key = ["la_code", "year", "breakdown_type", "breakdown"]
    mine = mine.astype({"value": float})
    both = pd.concat([found, mine]).drop_duplicates(key, keep="last")
    return both.sort_values(
        ["breakdown_type", "breakdown", "la_code", "year"], ignore_index=True
    )


def earlier() -> AddedPanel:
    """The record before January 2026 was published."""
    return with_rows("earlier")


def with_rows(name: str, *parts: pd.DataFrame) -> AddedPanel:
    """The earlier record with these rows, one edition after another."""
    panel = hn.load_panel()
    nothing = pd.DataFrame(columns=panel.rows(PLANS).columns)
    return AddedPanel(
        panel.folder, panel.geography, name, pd.concat([nothing, *parts], ignore_index=True)
    )


def figures(measure: str, year: str, values: dict[str, float | None], **more: str):
    """Rows of one measure in one year, by authority; None for a figure not published."""
    rows = [
        figure(measure, code, year, value, **{"source": "edition", **more})
        if value is not None
        else figure(measure, code, year, None, "unavailable")
        for code, value in values.items()
    ]
    return pd.DataFrame(rows)


def following(measure: str, *, after: str, year: str, factor: float = 1.0) -> pd.DataFrame:
    """All rows of a measure's year, `factor` times larger, as those of the next year."""
    rows = hn.load_panel().rows(measure)
    chosen = rows[rows["year"] == after]
    moved = chosen.assign(year=year, source_id="edition")
    if factor != 1.0:
        moved["value"] = chosen["value"] * factor
    return moved


def next_census(factor: float = 1.0) -> pd.DataFrame:
    """January 2026 with every breakdown of January 2025, and the flows of 2025."""
    return pd.concat(
        [
            following(PLANS, after="2025", year="2026", factor=factor),
            *(following(name, after="2024", year="2025") for name in FLOWS),
        ]
    )


def next_block(year: str, after: str, factor: float) -> pd.DataFrame:
    """A year's allocation, before and after deductions, so many times another year's."""
    return pd.concat(
        [
            following(name, after=after, year=year, factor=factor)
            for name in (BLOCK, BLOCK_AFTER)
        ]
    )
