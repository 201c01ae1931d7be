"""Parameters of the scenario comparison: one authority, two to six scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from highneeds.errors import UsageError
from highneeds.notebook.parameters import RunParameters
from highneeds.scenario.scenario import Scenario, for_a_report

FEWEST, MOST = 2, 6


class ComparisonParameters(RunParameters):
    """Parameters of ``04_scenario_comparison``; shown with the scenarios they mean.

    ``scenarios`` is names or files with commas between: papermill passes text safely, and
    a list only sometimes.

    Raises
    ------
    UsageError
        As `RunParameters`; or fewer than two or more than six scenarios, or one twice.
    AssumptionError
        A scenario is neither a shipped name nor a file, or its measures are invented.
    """

    scenarios: str

    def model_post_init(self, context: Any) -> None:
        """Check what a type cannot: how many scenarios there are, and that they exist."""
        super().model_post_init(context)
        names = self._names()
        if not FEWEST <= len(names) <= MOST or len(set(names)) < len(names):
            msg = (
                f"Parameters: scenarios: {self.scenarios!r} names {len(names)}, "
                f"{len(set(names))} different. Give {FEWEST} to {MOST} different ones."
            )
            raise UsageError(msg)
        self.load_scenarios()

    def load_scenarios(self) -> list[Scenario]:
        """The scenarios in the order given; the rest are compared with the first."""
        return [for_a_report(Scenario.load(name)) for name in self._names()]

    def chosen_scenarios(self) -> Sequence[Scenario]:
        """The scenarios, read and checked."""
        return self.load_scenarios()

    def _names(self) -> list[str]:
        return [name.strip() for name in self.scenarios.split(",") if name.strip()]
