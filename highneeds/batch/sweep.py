"""Sweep: England under several scenarios, added draw by draw on a cluster.

The work is cut where the engine's own blocks of futures end, and authorities are added in
the same order as on one machine, so every bit is the same for any number of workers. Only
sums come back; an authority's own futures never leave the cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from highneeds.batch.cluster import Cluster
from highneeds.batch.cluster_worker import Versions, require_same_here
from highneeds.errors import ClusterError, HighNeedsError
from highneeds.geography import Area
from highneeds.model.nation import AreaSeries, Sum, Totals, add_area, area_series
from highneeds.panel.panel import Panel
from highneeds.panel.vintage import horizon, vintage
from highneeds.periods import FinancialYear
from highneeds.record.area import AreaRecord
from highneeds.record.opening import area_record
from highneeds.record.spread import Spreads, spreads
from highneeds.scenario.scenario import Scenario
from highneeds.scenario.streams import BLOCK_DRAWS

if TYPE_CHECKING:
    from distributed import Future

# A task of a quarter of a second: a hundred times what the scheduler spends on it.
AREAS_TOGETHER = 16


def project_nation_on(
    cluster: Cluster,
    panel: Panel,
    scenarios: Sequence[Scenario],
    *,
    areas: Sequence[Area] | None = None,
    until: str | None = None,
    draws: int = 1000,
    seed: int = 20250901,
    progress: Callable[[str], None] = lambda _: None,
) -> Iterator[dict[str, Totals]]:
    """Project every authority on a cluster and add them up; see `nation.project_nation`.

    Yields
    ------
    dict
        `Totals` by area code, for each scenario in turn.

    Raises
    ------
    ClusterError
        The cluster was lost.
    """
    last = horizon(panel, until)
    areas = list(areas or panel.geography.authorities(vintage(panel).census.end))
    submit, spread = cluster.client.submit, spreads(panel)
    records = [area_record(panel, area) for area in areas]
    # By a task and not scattered: what a lost worker held can then be had again.
    groups = [
        submit(_given, records[start : start + AREAS_TOGETHER], pure=False)
        for start in range(0, len(areas), AREAS_TOGETHER)
    ]

    def block(scenario: Scenario, first: int) -> Future:
        how = (scenario, spread, last, first, min(first + BLOCK_DRAWS, draws), seed)
        parts = [
            submit(_block_series, group, *how, cluster.versions, pure=False)
            for group in groups
        ]
        return submit(_added, areas, parts, pure=False)

    asked = [
        [block(scenario, first) for first in range(0, max(draws, 1), BLOCK_DRAWS)]
        for scenario in scenarios
    ]
    for number, scenario in enumerate(scenarios, start=1):
        blocks = [_result(cluster, future) for future in asked.pop(0)]
        progress(f"[{number}/{len(scenarios)}] {scenario.name}")
        yield {
            code: Sum.joined([sums[code] for sums in blocks]).totals(
                panel.geography[code], last, scenario, seed, vintage(panel)
            )
            for code in blocks[0]
        }


def _result(cluster: Cluster, future: Future) -> dict[str, Sum]:
    try:
        return cluster.result(future)
    except HighNeedsError:
        raise
    except Exception as error:
        msg = f"The cluster could not do its part: {type(error).__name__}: {error}"
        raise ClusterError(msg) from None


def _given(records: list[AreaRecord]) -> list[AreaRecord]:
    return records


def _block_series(
    records: Sequence[AreaRecord],
    scenario: Scenario,
    spread: Spreads,
    until: FinancialYear,
    first: int,
    draws: int,
    seed: int,
    versions: Versions,
) -> list[AreaSeries]:
    """Some authorities' series in one block of futures; runs on a worker."""
    require_same_here(versions)
    how = {"first": first, "draws": draws, "seed": seed}
    return [area_series(record, scenario, spread, until=until, **how) for record in records]


def _added(areas: Sequence[Area], parts: Sequence[Sequence[AreaSeries]]) -> dict[str, Sum]:
    """One block of futures of every authority, added; runs on a worker."""
    sums: dict[str, Sum] = {}
    found = (series for part in parts for series in part)
    for area, series in zip(areas, found, strict=True):
        add_area(sums, area, series)
    return sums
