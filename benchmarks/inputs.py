"""One authority and its futures, as every side of a comparison is given them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from highneeds.model.origin import area_in, stand_at
from highneeds.model.simulate import Futures, simulate
from highneeds.panel.panel import Panel, load_panel
from highneeds.panel.vintage import vintage
from highneeds.periods import FinancialYear
from highneeds.record.area import AreaRecord
from highneeds.record.combined import opening_record
from highneeds.record.spread import Spreads, spreads
from highneeds.scenario.draws import Draws
from highneeds.scenario.scenario import Scenario

AREA = "Somerset"
UNTIL = FinancialYear(2030)
# Financial years simulated, the base year among them; plans are carried through one fewer.
YEARS = 6
STEPS = YEARS - 1
CELLS = 26 * 7
SEED = 20250901


@dataclass(frozen=True)
class Setting:
    """What the engine needs besides the number of futures."""

    panel: Panel
    record: AreaRecord
    scenario: Scenario
    spread: Spreads

    def run(self, draws: int) -> Futures:
        """Simulate with our engine."""
        return simulate(
            self.record,
            self.scenario,
            self.spread,
            until=UNTIL,
            draws=draws,
            seed=SEED,
        )

    def draws(self, count: int) -> Draws:
        """The numbers of the first futures, by name."""
        return Draws(self.scenario.assumptions, self.record.area.la_code, SEED, 0, count)


def setting() -> Setting:
    """The shipped trend for one authority, from the January inside the base year.

    So plans and pounds start together, and no side needs to know that they may not.
    """
    panel = load_panel()
    then = stand_at(panel, vintage(panel).year.end)
    record = opening_record(*area_in(then, AREA))
    return Setting(then, record, Scenario.load(), spreads(then.published))


def certain(given: Setting) -> Setting:
    """The same with every assumption at its central value; only yearly shocks remain.

    A spreadsheet and a system-dynamics model are given the shocks as tables.
    """
    assumptions = given.scenario.assumptions
    fixed = {
        name: {"low": one.central, "high": one.central} for name, one in assumptions.items()
    }
    scenario = replace(
        given.scenario, assumptions=assumptions.replaced(fixed, "the benchmark")
    )
    return replace(given, scenario=scenario)


def answers(futures: Futures, count: int) -> dict[str, np.ndarray]:
    """What is compared: plans by placement, plans ended, spending, balance."""
    return {
        "placements": futures.stock.sum(axis=1)[..., :count],
        "ended": futures.ended[:, :count],
        "shortfall": futures.shortfall[:, :count],
        "spending": futures.spending[:, :count],
        "balance": futures.balance[:, :count],
    }
