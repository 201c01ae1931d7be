"""All of England at once, from the record: which areas are added up, and their mix."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from highneeds.geography import Area
from highneeds.model.nation import Totals, project_records
from highneeds.model.origin import assumed_then
from highneeds.own.figures import OwnFigures
from highneeds.panel.panel import Panel
from highneeds.panel.question import several
from highneeds.panel.unbroken import unbroken_areas, with_sums
from highneeds.panel.vintage import horizon, vintage
from highneeds.record.area import AreaRecord
from highneeds.record.cells import MODEL_PLACEMENTS
from highneeds.record.combined import opening_record
from highneeds.record.own_costs import all_stated, with_own_unit_costs
from highneeds.record.spread import spreads
from highneeds.scenario.scenario import Scenario


def project_nation(
    panel: Panel,
    scenario: Scenario | str | Path | None = None,
    *,
    areas: str | Area | Iterable[str | Area] | None = None,
    until: str | None = None,
    draws: int = 1000,
    seed: int = 20250901,
    workers: int = 1,
    progress: Callable[[str], None] = lambda _: None,
    own: Mapping[str, OwnFigures] | None = None,
) -> dict[str, Totals]:
    """Project every authority and add them up, for England and each region.

    Parameters
    ----------
    scenario : Scenario, str or Path, optional
        As in `project`.
    areas : one or several, optional
        Areas of `panel` to add up, proposed ones among them; all authorities when left out,
        or with `Panel.at` the areas of `unbroken.unbroken_areas`.
    until : str, optional
        Last financial year; five years after the base year when left out.
    workers : int
        Processes; the numbers do not depend on it.
    own : mapping of str to OwnFigures, optional
        What authorities state themselves, by DfE code, in place of what is published.

    Returns
    -------
    dict
        `Totals` by area code: England (all that were added up) and each region met.
    """
    chosen = assumed_then(panel, Scenario.of(scenario))
    last, now = horizon(panel, until), vintage(panel)
    if now.by_band:
        panel = with_sums(panel)
    if areas is None:
        areas = _everyone(panel)
    members = [panel.area(area) for area in several(areas)]
    stated = all_stated(own, now)

    def start(area: Area) -> tuple[AreaRecord, Scenario]:
        given = with_own_unit_costs(chosen, stated.get(area.la_code), now.year)
        return opening_record(panel, area, stated), given

    def say(number: int) -> None:
        if number % 51 == 0:
            progress(f"{number} of {len(members)} authorities")

    return project_records(
        map(start, members),
        spreads(panel.published),
        chosen,
        panel.geography,
        until=last,
        now=now,
        draws=draws,
        seed=seed,
        workers=workers,
        progress=say,
    )


def _everyone(panel: Panel) -> Sequence[Area]:
    """Areas that together are England: authorities, or from a January those unbroken."""
    now = vintage(panel)
    if now.by_band:
        return unbroken_areas(panel).areas
    return panel.geography.authorities(now.census.end)


def mix_table(totals: Totals) -> pd.DataFrame:
    """Plans by placement each January in the central case of summed authorities."""
    return pd.DataFrame(
        totals.placements,
        columns=list(MODEL_PLACEMENTS),
        index=[totals.vintage.census.end + s for s in range(len(totals.placements))],
    ).rename_axis("january")
