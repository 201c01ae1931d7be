"""Given: what the workbook of one authority is built from, collected once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from highneeds.answers.projection import Projection, project
from highneeds.errors import ModelError
from highneeds.geography import Area
from highneeds.own.figures import OwnFigures
from highneeds.panel.panel import Panel
from highneeds.panel.vintage import Vintage
from highneeds.periods import FinancialYear
from highneeds.record.area import AreaRecord
from highneeds.scenario.assumptions import Assumptions, default_assumptions
from highneeds.scenario.draws import CentralDraws
from highneeds.scenario.scenario import Scenario


@dataclass(frozen=True)
class Given:
    """One authority with every scenario that its workbook can choose.

    ``results`` has the projection of each by the name of its scenario, central case alone;
    ``chosen`` is the one chosen when the workbook opens.
    """

    panel: Panel
    results: dict[str, Projection]
    chosen: str
    own: OwnFigures | None = None

    @property
    def first(self) -> Projection:
        """Any of the projections, for what they have in common."""
        return next(iter(self.results.values()))

    @property
    def area(self) -> Area:
        """The authority."""
        return self.first.area

    @property
    def record(self) -> AreaRecord:
        """Where the projections start from."""
        return self.first.record

    @property
    def vintage(self) -> Vintage:
        """What the record held last."""
        return self.first.vintage

    @property
    def scenarios(self) -> tuple[Scenario, ...]:
        """Every scenario, in the order of the selector."""
        return tuple(result.scenario for result in self.results.values())

    @property
    def years(self) -> tuple[FinancialYear, ...]:
        """Financial years, from the base year."""
        return self.first.years

    @property
    def januaries(self) -> tuple[int, ...]:
        """Januaries, from the base census."""
        return tuple(range(self.vintage.census.end, self.years[-1].end + 1))

    @property
    def ahead(self) -> tuple[int, ...]:
        """Calendar years whose plans are projected."""
        return self.januaries[:-1]

    @property
    def defaults(self) -> Assumptions:
        """The assumptions that a scenario's requests are set against."""
        return default_assumptions()

    @cached_property
    def path_years(self) -> tuple[dict[str, tuple[str, list[float]]], ...]:
        """Of each scenario its dated paths: kind and value by financial year, by name."""
        return tuple(
            {
                path.name: (
                    path.kind,
                    path.draw(
                        range(self.years[0].end - 1, self.years[-1].end),
                        CentralDraws(one.assumptions, self.area.la_code),
                    )[:, 0].tolist(),
                )
                for path in one.paths
            }
            for one in self.scenarios
        )


def collect(
    panel: Panel,
    area: str | Area,
    *,
    chosen: str = "trend",
    until: str | None = None,
    own: OwnFigures | None = None,
) -> Given:
    """Collect an authority and the shipped scenarios.

    Raises
    ------
    UsageError, ModelError
        No such authority; a region or England; or one whose costs are set in an older year.
    """
    where = panel.area(area)
    if where.level != "la" or panel.parts(where):
        msg = (
            f"{where} is not one local authority. A what-if workbook holds one "
            "authority's plans and pounds, and a sum of several has no equations of its "
            "own. Give the name or code of an authority, or use: highneeds report."
        )
        raise ModelError(msg)
    names = ["trend", *(name for name in Scenario.shipped() if name != "trend")]
    if chosen not in names:
        # Refused in the words of whoever reads scenarios.
        chosen = Scenario.load(chosen).name
    results = {
        name: project(panel, where, name, until=until, draws=1, own=own) for name in names
    }
    record = results[chosen].record
    if not record.money.has_spending or record.money.outturn_year != record.vintage.year:
        msg = (
            f"{where}: its spending per plan is set in {record.money.outturn_year}, not in "
            f"{record.vintage.year}, which the workbook does not work out. Use: highneeds "
            "report."
        )
        raise ModelError(msg)
    return Given(panel, results, chosen, own)
