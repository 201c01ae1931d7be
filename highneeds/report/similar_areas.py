"""How inspections of other areas under similar pressure ended: counts, never a chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from highneeds.answers.sentences import FEW_PLANS
from highneeds.answers.similar_areas import SimilarAreas, similar_areas
from highneeds.errors import HighNeedsError
from highneeds.inspections.covariates import covariate
from highneeds.inspections.state import FRAMEWORKS, OUTCOMES
from highneeds.report.tables import Column, Table, Words
from highneeds.words import fixed, whole_pounds

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection


def similar_areas_sentence(result: Projection) -> Words:
    """The counts for one measure in words, or why there are none."""
    found = _found(result)
    return found if isinstance(found, Words) else Words((found.sentence(),))


def similar_areas_table(result: Projection) -> Table | Words:
    """Past outcomes of areas in the same third of each measure, with Wilson intervals."""
    found = _found(result)
    if isinstance(found, Words):
        return found
    worst = {OUTCOMES[framework][-1] for framework in FRAMEWORKS}
    rows = found.table[found.table["outcome"].isin(worst)].copy()
    for name in ("share_pct", "low", "high"):
        rows[name] = rows[name] / 100
    growth = covariate("plan_growth").label
    enough = result.record.stock.sum() >= FEW_PLANS
    rows["stands"] = [
        f"{row['third']}: {_figure(row['figure'], row['unit'])} ({row['year']})"
        if enough or row["measure"] != growth
        else f"{row['third']} ({row['year']}; a percentage of too few plans)"
        for row in rows.to_dict("records")
    ]
    return Table(
        "similar_areas",
        f"How inspections ended where pressure was like that of {found.area.name}",
        (
            Column("framework", "Framework"),
            Column("measure", "Measure"),
            Column("stands", f"Where {found.area.name} stands"),
            Column("inspections", "Inspections of others there", "count"),
            Column("outcome", "Outcome counted"),
            Column("count", "Ended so", "count"),
            Column("share_pct", "Share", "percent"),
            Column("low", "Low", "percent"),
            Column("high", "High", "percent"),
        ),
        rows,
        ("Low and high are Wilson's 95% interval of the share.", *found.cautions),
    )


def _figure(value: float, unit: str) -> str:
    """A measure with its unit, to the decimals it is published with at the most."""
    if unit == "£":
        return whole_pounds(value)
    return f"{fixed(value, 1)}{'' if unit.startswith('%') else ' '}{unit}"


def _found(result: Projection) -> SimilarAreas | Words:
    try:
        return similar_areas(result.panel, result.area)
    except HighNeedsError as error:
        return Words((f"Inspections of similar areas are not shown: {error}",))
