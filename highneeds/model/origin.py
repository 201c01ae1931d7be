"""Projections from an earlier January: what is seen, assumed and said, and all areas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from highneeds.errors import UsageError
from highneeds.forecast.record import record_of
from highneeds.geography import Area
from highneeds.model.simulate import Futures, central_case, simulate
from highneeds.panel.at import PanelAt
from highneeds.panel.panel import Panel
from highneeds.panel.unbroken import unbroken_areas, with_sums
from highneeds.panel.vintage import vintage
from highneeds.periods import Census, FinancialYear
from highneeds.record.combined import opening_record
from highneeds.record.look_ahead import BLOCK_YEARS, block_growth
from highneeds.record.spread import spreads
from highneeds.scenario.assumptions import Assumptions
from highneeds.scenario.scenario import Scenario

_GROWTH, _LATER = "block_growth.", "block_growth.later"


def stand_at(panel: Panel, origin: Census | str | int) -> Panel:
    """The record as it stood at a January from which a projection can start.

    Raises
    ------
    UsageError
        The origin is not a January, or not such a one.
    """
    then = panel.at(origin)
    january = _origin(then)
    first = record_of(whole_of(panel)).earliest_origin
    last = vintage(panel).census.end
    if not first <= january.end <= last:
        msg = (
            f"No projection starts from January {january}. Expected January {first}, the "
            f"first year of requests, to January {last}, the last whose plans are held by "
            "age and placement."
        )
        raise UsageError(msg)
    return then


def area_in(then: Panel, area: str | Area) -> tuple[Panel, Area]:
    """An area meant in a record as it stood, and the record that has it.

    Besides the authorities it may be one of the sums of `unbroken.with_sums`.

    Raises
    ------
    UsageError
        The area is not known.
    """
    found = with_sums(then).area(area)
    summed = found in unbroken_areas(then).summed
    return (with_sums(then) if summed else then), found


def _origin(then: Panel) -> Census:
    published = then.published
    assert isinstance(published, PanelAt)
    return published.origin


def whole_of(panel: Panel) -> Panel:
    """The record with its later figures, of a panel as it stood or not."""
    published = panel.published
    return published.whole if isinstance(published, PanelAt) else published


def assumed_then(panel: Panel, scenario: Scenario) -> Scenario:
    """A scenario as used with a record as it stood: two years' block growth as published.

    Years further on follow ``block_growth.later``. With the whole record nothing changes.
    """
    if not isinstance(panel.published, PanelAt):
        return scenario
    base = vintage(panel).year
    last = base.shift(BLOCK_YEARS)
    kept = {
        name: estimate
        for name, estimate in scenario.assumptions.items()
        if not _is_year(name) or FinancialYear.parse(name.removeprefix(_GROWTH)) <= last
    }
    later = scenario.assumptions[_LATER]
    for year, growth in block_growth(whole_of(panel), base).items():
        kept[f"{_GROWTH}{year}"] = later.model_copy(
            update={
                "title": f"Growth of the high needs block in {year}, England",
                "low": growth,
                "central": growth,
                "high": growth,
                "source": "DSG allocations, as published since",
                "evidence": "D",
                "note": "",
            }
        )
    return replace(scenario, assumptions=Assumptions(kept))


def _is_year(name: str) -> bool:
    return name.startswith(_GROWTH) and name != _LATER


def project_all(
    panel: Panel,
    origin: Census | str | int,
    areas: Sequence[Area] | None = None,
    *,
    scenario: Scenario | None = None,
    until: FinancialYear | None = None,
    draws: int = 1000,
    seed: int = 20250901,
) -> Iterator[tuple[Area, Futures, Futures]]:
    """Project many areas from one January, to be scored.

    Parameters
    ----------
    panel : Panel
        The whole record; only what had ended by `origin` is used, and the closed list of
        `record.look_ahead`.
    areas : sequence of Area, optional
        Of `unbroken.unbroken_areas`; its ``fitted`` areas when left out.
    until : FinancialYear, optional
        The last year; five years after the January's own when left out.

    Yields
    ------
    area, futures, central
        In the order of `areas`, futures last in every array; of the central case, whose
        figures are the points to be scored, there is one.
        ``futures.stock.sum(axis=(1, 2))`` is plans each January from the origin's on,
        shape (years + 1, draws), and the first row is published.
        ``futures.spending``, ``futures.block`` and ``futures.balance`` are £ by financial
        year from the one the January falls in, NaN where the record then held none. Draws
        of one number are one future of all areas, so England is their sum.
    """
    then = stand_at(panel, origin)
    chosen = assumed_then(then, scenario or Scenario.load())
    spread = spreads(then.published)
    last = until or vintage(then).until
    for area in areas or unbroken_areas(then).fitted:
        record = opening_record(*area_in(then, area))
        yield (
            area,
            simulate(record, chosen, spread, until=last, draws=draws, seed=seed),
            central_case(record, chosen, spread, until=last),
        )
