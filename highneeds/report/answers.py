"""REPORT: the answers of a report, in the one order of page, workbook and figures."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from highneeds.answers.beside_others import growth
from highneeds.answers.plan_flows import flows_sentence, plan_flows
from highneeds.answers.sensitivity import tornado
from highneeds.report import contents, drivers, record_tables
from highneeds.report.assumptions import (
    MOST,
    assumptions_table,
    five_table,
    spreads_table,
)
from highneeds.report.chart import Chart
from highneeds.report.cited import with_sources
from highneeds.report.figures_drivers import plot_scenarios, plot_tornado
from highneeds.report.figures_money import plot_balance, plot_bridge, plot_money
from highneeds.report.figures_plans import plot_growth, plot_mix, plot_plans
from highneeds.report.glossary import glossary_table
from highneeds.report.headline import Headline, headline
from highneeds.report.mitigation import mitigated_table, plot_mitigated
from highneeds.report.next_steps import next_steps
from highneeds.report.own_figures import own_figures_sheet, own_figures_table
from highneeds.report.past_position import past_table
from highneeds.report.plan_flows import plan_flows_table
from highneeds.report.plan_returns import plan_return_table
from highneeds.report.provenance import cite_words, run_details, sources_table
from highneeds.report.provision import provision_table
from highneeds.report.risks import risks_table
from highneeds.report.scenarios import (
    changes_table,
    compared_scenarios,
    project_each,
    scenarios_table,
)
from highneeds.report.similar_areas import similar_areas_sentence, similar_areas_table
from highneeds.report.tables import Folded, Opening, Table, Words
from highneeds.report.trust import trust_panel, trust_tables

if TYPE_CHECKING:
    import pandas as pd

    from highneeds.answers.projection import Projection
    from highneeds.answers.risks import Risks

Part = Chart | Folded | Headline | Opening | Table | Words


@dataclass(frozen=True)
class Parts:
    """What one answer shows: sentences, charts and tables, each as an output of its own."""

    parts: tuple[Part, ...]

    def __iter__(self) -> Iterator[Part]:
        return iter(self.parts)

    def __repr__(self) -> str:
        return "\n\n".join(map(repr, self.parts))

    def _ipython_display_(self) -> None:
        from IPython.display import display

        for part in self.parts:
            # Of what does not apply, such as measures of a scenario without any, nothing.
            if not (isinstance(part, Words) and not part.sentences):
                display(part)  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Answer:
    """One question of a report: its name in the notebook, and what answers it.

    ``sheets`` are tables of the workbook beside those of the page, or in place of the one
    of the same name.
    """

    name: str
    shown: Callable[[Report], Iterable[Part]]
    sheets: Callable[[Report], Iterable[Part]] = lambda _: ()


@dataclass(frozen=True)
class Report:
    """One projection with every answer of `REPORT` by name, each worked out once.

    ``report.balance`` shows sentence, chart and table; ``for`` goes through them.
    """

    result: Projection
    risks: Risks | None = None
    notes: Words | None = None
    _made: dict[str, Parts] = field(default_factory=dict, repr=False)

    def __getattr__(self, name: str) -> Parts:
        if name not in ANSWERS:
            # What copy and display ask for is refused as any object refuses it.
            raise AttributeError(name)
        if name not in self._made:
            shown = ANSWERS[name].shown(self)
            self._made[name] = Parts(
                tuple(with_sources(part, self.result) for part in shown)
            )
        return self._made[name]

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *ANSWERS]

    @cached_property
    def moved(self) -> pd.DataFrame:
        """What the last balance changes by when one assumption moves."""
        return tornado(self.result)

    @cached_property
    def cases(self) -> list[Projection]:
        """The scenario and those it is set beside, on the same futures."""
        result = self.result
        others = project_each(
            result.panel,
            result.area,
            compared_scenarios(result),
            until=result.until.label,
            draws=result.draws,
            seed=result.seed,
            own=result.own,
        )
        return [result, *others]

    def tables(self) -> list[Table]:
        """Every table of the workbook, in the order of the page."""
        found: dict[str, Table] = {}
        for answer in REPORT:
            page = [_table(part) for part in getattr(self, answer.name)]
            more = (with_sources(part, self.result) for part in answer.sheets(self))
            for table in filter(None, (*page, *map(_table, more))):
                found[table.name] = table
        return list(found.values())

    def charts(self) -> list[Chart]:
        """Every chart, in the order of the page."""
        parts = [part for answer in REPORT for part in getattr(self, answer.name)]
        return [part for part in parts if isinstance(part, Chart)]


def _table(part: Part) -> Table | None:
    if isinstance(part, Headline):
        return part.table()
    if isinstance(part, Folded):
        return part.table
    return part if isinstance(part, Table) else None


def _balance(report: Report) -> Iterator[Part]:
    result = report.result
    yield plot_balance(result)
    yield contents.balance_table(result)
    yield contents.in_words(result, "policy")


def _in_year(report: Report) -> Iterator[Part]:
    result = report.result
    yield plot_money(result)
    yield contents.in_words(result, "gap")
    yield contents.money_table(result)
    yield past_table(result)
    yield _fold("Spending by provision, first and last year", provision_table(result))


def _drivers(report: Report) -> Iterator[Part]:
    result = report.result
    grown = growth(result.panel, result.area)
    yield Opening("How fast EHC plans have grown", "Published counts, here and elsewhere.")
    yield contents.in_words(result, "record")
    yield plot_growth(grown)
    yield record_tables.growth_table(grown)
    yield Opening(
        "What past growth is made of",
        "Prevalence is EHC plans for each child; the mix is what the placements would cost "
        "at the assumed unit costs; price is the cost of the same mix, and takes in need "
        "and services beside EHC plans.",
    )
    yield drivers.plan_growth_table(result)
    yield drivers.spending_growth_table(result)
    yield Opening(
        "EHC plans and placements ahead",
        "Two things move spending before any price does: how many EHC plans there are, and "
        "where the children are placed.",
    )
    yield plot_plans(result)
    yield contents.in_words(result, "plans")
    yield _fold("EHC plans of every January", contents.plans_table(result))
    flows = plan_flows(result)
    yield Words((flows_sentence(result, flows),))
    yield _fold("Requests and new EHC plans, year by year", plan_flows_table(result, flows))
    yield plot_mix(result)
    yield _fold("EHC plans by placement", contents.mix_table(result))
    yield _fold("EHC plans by primary need", contents.needs_table(result))
    yield Opening(
        "From the opening to the closing balance",
        "The steps are those of the central case and add up exactly.",
    )
    yield plot_bridge(result)
    yield contents.in_words(result, "bridge")
    yield contents.bridge_table(result)


def _returns(report: Report) -> Iterator[Part]:
    for name in ("dsg7", "lsrp14"):
        yield plan_return_table(report.result, name)


def _would_take(report: Report) -> Iterator[Part]:
    result = report.result
    yield drivers.goals_table(result)
    if result.has_money:
        yield Opening(
            "What each measure adds",
            "Where measures overlap, each gets its share of what they do together.",
        )
        yield drivers.measures_table(result)
    yield plot_mitigated(result)
    yield mitigated_table(result)
    yield risks_table(result, report.risks)


def _matters(report: Report) -> Iterator[Part]:
    result = report.result
    if not result.has_money:
        yield Words((result.balance_basis,))
        return
    yield plot_tornado(result, report.moved)
    yield five_table(result, report.moved)
    yield _fold("Every assumption, moved one at a time", _tornado(report))
    yield Opening(
        "Where the uncertainty comes from",
        "Some of what moves the balance can be known better with an authority's own "
        "figures, and some cannot be known at all.",
    )
    yield drivers.variance_table(result)


def _tornado(report: Report) -> Table:
    return drivers.tornado_table(report.result, report.moved)


def _scenarios(report: Report) -> Iterator[Part]:
    yield plot_scenarios(report.cases)
    yield scenarios_table(report.cases)
    yield _fold("What each scenario changes", changes_table(report.cases))


def _trust(report: Report) -> Iterator[Part]:
    result = report.result
    yield Opening("Cautions", "Read these before quoting a figure from this report.")
    yield contents.cautions(result)
    yield report.notes or Words(())
    yield Opening(
        "What is missing, and your own figures",
        "Where the files used hold no figure, this is said here, with what stands in its "
        "place. A missing figure is never taken as nought.",
    )
    yield contents.missing_figures(result)
    yield own_figures_table(result)
    yield Opening(
        "How past projections did",
        "What the method behind the projection of EHC plans would have said from each "
        "earlier January, and what came; and how far balances would have been out.",
    )
    for part in trust_panel(result.area, _agreed(result)):
        folded = isinstance(part, Table) and part.name == "trust_past"
        yield _fold("Each January's forecast and what came", part) if folded else part
    yield Opening(
        "Does the record close?",
        "The change in the balance that block and spending imply is compared with the "
        "change that was published. What is left over is part of the ranges above.",
    )
    yield contents.in_words(result, "trust")
    yield record_tables.closure_table(result)
    yield Opening(
        "Inspection outcomes of areas with similar pressure",
        "How inspections ended in other areas that stood where this one stands now: counts "
        "of the past with their intervals, and no chance of an outcome here.",
    )
    yield similar_areas_sentence(result)
    yield _fold("The counts by measure of pressure", similar_areas_table(result))


def _agreed(result: Projection) -> bool:
    return bool(result.record.money.agreements)


def _more_trust(report: Report) -> Iterator[Part]:
    result = report.result
    if result.own and result.own.figures:
        yield own_figures_sheet(result)
    yield from trust_tables(result.area, _agreed(result))


def _next_steps(report: Report) -> Iterator[Part]:
    moving = ()
    if report.result.has_money:
        moving = tuple(report.moved["title"].head(MOST))
    yield next_steps(report.result, moving)


def _assumptions(report: Report) -> Iterator[Part]:
    found = assumptions_table(report.result)
    yield _fold(f"All {len(found.frame)} assumptions, each with its source", found)
    yield _fold("How far years and authorities differ", spreads_table(report.result))


def _details(report: Report) -> Iterator[Part]:
    yield cite_words(report.result)
    yield run_details(report.result)
    yield _fold("The published files behind the figures", sources_table(linked=True))


def _results(report: Report) -> Iterator[Part]:
    yield contents.results_table(report.result)


def _fold(summary: str, part: Table | Words) -> Part:
    """A table behind one line; words, which say why there is none, as they stand."""
    return Folded(summary, part) if isinstance(part, Table) else part


REPORT: tuple[Answer, ...] = (
    Answer("headline", lambda report: (headline(report.result),)),
    Answer("balance", _balance),
    Answer("in_year", _in_year),
    Answer("drivers", _drivers, _returns),
    Answer("would_take", _would_take),
    Answer("matters", _matters),
    Answer("scenarios", _scenarios),
    Answer("trust", _trust, _more_trust),
    Answer("next_steps", _next_steps),
    Answer("assumptions", _assumptions),
    Answer("glossary", lambda _: (glossary_table(),)),
    Answer("details", _details, _results),
)
ANSWERS = {answer.name: answer for answer in REPORT}
