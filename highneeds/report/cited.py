"""Which published figures each part of a report shows, by the file each was read from.

What a part shows is said in `_OF_CHARTS` and `_OF_TABLES`, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from highneeds import home
from highneeds.answers.beside_others import growth
from highneeds.answers.crosswalk import placement_groups
from highneeds.answers.decomposition import plan_span, spending_span
from highneeds.answers.needs import januaries_with_needs
from highneeds.answers.past import past_positions
from highneeds.answers.trust import trust
from highneeds.inspections.covariates import covariate
from highneeds.inspections.state import read_inspections
from highneeds.own.measures import BY_NAME
from highneeds.own.published import RECORD_NAMES, published_beside
from highneeds.panel.held import TOTAL
from highneeds.periods import Census, FinancialYear, MidYear
from highneeds.report.chart import Chart
from highneeds.report.figures_money import PAST_YEARS
from highneeds.report.headline import Headline
from highneeds.report.own_figures import counts_between
from highneeds.report.sources_line import Cited, Sources
from highneeds.report.tables import Folded, Table
from highneeds.report.wording import HELD, basis
from highneeds.sources.areas import NEIGHBOURS
from highneeds.status import Status
from highneeds.words import between, day_words

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection
    from highneeds.geography import Area

_BALANCE, _PLANS, _OUTTURN = "dsg_balance_gbp", "ehc_plans", "s251_high_needs_net_gbp"
_BEFORE, _AFTER = (
    f"high_needs_block_{side}_deductions_gbp" for side in ("before", "after")
)
_LINES, _PLACES = "s251_outturn_line_gbp", "line/place_funding_total"
_CHILDREN = "population_0_17"
# What a reader calls each.
_WORDS = {
    _BALANCE: "DSG balance",
    _PLANS: "EHC plans",
    _BEFORE: "high needs block",
    _AFTER: "high needs block",
    _OUTTURN: "section 251 outturn",
    _LINES: "maintained place funding",
    _CHILDREN: "children aged 0 to 17",
    "ehc_assessment_requests": "requests for an assessment",
    "new_ehc_plans": "new EHC plans",
}
# What each measure of pressure on an area is made of, besides its children.
_PRESSURE = {
    "plan_growth": (_PLANS,),
    "timeliness": ("ehc_plans_issued_within_20_weeks_pct",),
    "suspension_rate": ("suspensions_per_100",),
    "sen_suspension_rate": (
        "suspensions_per_100",
        *(f"sen_provision/{group}" for group in ("ehc_plan", "sen_support")),
    ),
    "appeal_rate": ("tribunal_appeal_rate_pct",),
    "dsg_balance": (_BALANCE,),
    "spending_per_head": (_OUTTURN,),
}
# Blocks that a council or the department stated one by one stand in a table of their own.
_REPORTED = "council_reported_blocks"


@dataclass(frozen=True)
class _Figure:
    """One figure: what it is and of when, and its file, or none of an own figure.

    ``place`` counts periods, so that those which follow each other read as one span.
    """

    what: str
    when: str
    place: float
    source_id: str


_Shown = Iterator[_Figure]


def with_sources(part: Any, result: Projection) -> Any:
    """A part of a report with the line of its sources, where it shows known figures."""
    if isinstance(part, Folded):
        return replace(part, table=with_sources(part.table, result))
    if isinstance(part, Headline):
        found = _sources(result, _of_headline(result))
        return replace(part, sources=found and replace(found, brief=True))
    if isinstance(part, (Chart, Table)):
        shown = (_OF_CHARTS if isinstance(part, Chart) else _OF_TABLES).get(part.name)
        found = _sources(result, shown(result, part)) if shown else None
        if found and part.name in _WORKED_OUT:
            found = replace(found, lead="Worked out from published figures")
        return replace(part, sources=found)
    return part


def _sources(result: Projection, shown: Iterable[_Figure]) -> Sources | None:
    """The line, each kind's newest figures first; nothing where none is known."""
    figures = list(dict.fromkeys(shown))
    files = _publications(home.tables_dir())
    cited, own = [], []
    for (what, source), places in _grouped(figures).items():
        if source:
            name = files.get(source, source)
            cited.append(Cited(what, _spans(places), source, name))
        else:
            own.append(f"{what} of {_spans(places)}")
    if not cited and not own:
        return None
    file = result.own.file_name if result.own else ""
    return Sources(tuple(cited), tuple(own), file)


@lru_cache(maxsize=8)
def _publications(tables: Path) -> dict[str, str]:
    """The publication of each file that a folder of tables was compiled from."""
    files = home.read_table(tables / "sources.csv")
    return dict(zip(files["source_id"], files["publication"], strict=True))


def _grouped(figures: Sequence[_Figure]) -> dict[tuple[str, str], list[_Figure]]:
    """Figures by kind, as first named, and by file; the newest of each kind first."""
    kinds = [*dict.fromkeys(one.what for one in figures)]
    found: dict[tuple[str, str], list[_Figure]] = {}
    for one in sorted(figures, key=lambda one: (kinds.index(one.what), -one.place)):
        found.setdefault((one.what, one.source_id), []).append(one)
    return found


def _spans(newest: Sequence[_Figure]) -> str:
    """Periods in words, newest first; those that follow each other as one span."""
    spans: list[list[_Figure]] = []
    for one in newest:
        if spans and spans[-1][-1].place - one.place == 1:
            spans[-1].append(one)
        else:
            spans.append([one])
    return ", ".join(between(span[-1].when, span[0].when) for span in spans)


def _held(
    result: Projection,
    measure: str,
    years: Iterable[str],
    *breakdowns: str,
    area: str | Area | None = None,
    what: str = "",
) -> _Shown:
    """What the record holds of a measure in some years; nothing where it holds none."""
    panel, where = result.panel, area or result.area
    for year in years:
        period = panel.period(panel.measure(measure), year)
        for breakdown in breakdowns or (TOTAL,):
            figure = panel.figure(measure, where, period, breakdown)
            # Of an area put together here, every file of its parts.
            for source in figure.source_id.split("; ") if figure.value is not None else ():
                when = _when(measure, period.label)
                yield _Figure(what or _WORDS[measure], when, period.end, source)


def _when(measure: str, year: str) -> str:
    if measure == _BALANCE:
        return FinancialYear.parse(year).closes_on()
    before = {_PLANS: "January ", _CHILDREN: "mid-"}.get(measure, "")
    return f"{before}{year}"


def _own(result: Projection, measure: str, year: str, what: str = "") -> _Figure:
    end = result.panel.period(result.panel.measure(measure), year).end
    return _Figure(what or _WORDS[measure], _when(measure, year), end, "")


def _stated(result: Projection, measure: str, table: pd.DataFrame) -> _Shown:
    """What is known of a measure in a table of the run, as the status of each year says.

    The newest first; a figure that the file does not print as it stands is said to be so.
    """
    newest = table.iloc[::-1]
    for year, status in zip(newest["year"].astype(str), newest["status"], strict=True):
        if status == Status.OWN:
            yield _own(result, measure, year)
        elif basis(str(status)) in HELD:
            derived = " (derived)" if status == Status.DERIVED else ""
            yield from _held(result, measure, [year], what=f"{_WORDS[measure]}{derived}")


def _balances(result: Projection, _: object) -> _Shown:
    yield from _stated(result, _BALANCE, result.balance().dropna(subset=["central"]))


def _plans(result: Projection, _: object) -> _Shown:
    yield from _stated(result, _PLANS, result.plans())


def _plans_and_counts(result: Projection, part: object) -> _Shown:
    """Plans each January, and the authority's own counts between, which a chart draws."""
    yield from _plans(result, part)
    for day in counts_between(result):
        yield _Figure(_WORDS[_PLANS], day_words(day), day.year + day.month / 13, "")


def _of_headline(result: Projection) -> _Shown:
    """The last balance and the last plans known, which the first screen shows."""
    for name, measure in (("balance", _BALANCE), ("plans", _PLANS)):
        table = getattr(result, name)().dropna(subset=["central"])
        known = table[table["status"].map(basis).isin(HELD)]
        yield from _stated(result, measure, known.tail(1))


def _money(result: Projection, years: Iterable[str]) -> _Shown:
    """Block and spending that in-year positions of some years are worked out from."""
    money, places = result.record.money, False
    for year in years:
        status = money.block_status.get(year)
        if status == Status.OWN:
            yield _own(result, _BEFORE, year)
        elif status == Status.REPORTED:
            end = FinancialYear.parse(year).end
            yield _Figure(_WORDS[_BEFORE], year, end, _REPORTED)
        elif status and basis(status) in HELD:
            yield from _held(result, _BEFORE, [year])
            yield from _held(result, _AFTER, [year])
        foretold = year in money.own.forecast and year not in money.spending
        if year in money.own.spent or foretold:
            yield _own(result, _OUTTURN, year, "high needs spending")
        elif year in money.spending:
            places = True
            yield from _held(result, _OUTTURN, [year])
    if places:
        yield from _held(result, _LINES, [result.vintage.lines.label], _PLACES)


def _in_year(result: Projection, _: object) -> _Shown:
    """The chart's past years and those of the run."""
    past = past_positions(result).tail(PAST_YEARS)
    yield from _money(result, [*past["year"], *result.money()["year"]])


def _of_frame(result: Projection, part: Table) -> _Shown:
    yield from _money(result, part.frame["year"])


def _bridge(result: Projection, _: object) -> _Shown:
    table = result.balance()
    opening, base = result.opening_year, result.base_year
    yield from _stated(result, _BALANCE, table[table["year"] == opening.label])
    # From an older balance, the years between are carried.
    ends = range(min(opening.end + 1, base.end), base.end + 1)
    yield from _money(result, [FinancialYear(end).label for end in ends])


def _flows(result: Projection, part: Table) -> _Shown:
    for name, measure in (
        ("requests", "ehc_assessment_requests"),
        ("new", "new_ehc_plans"),
    ):
        table = part.frame.assign(status=part.frame[f"{name}_status"])
        yield from _stated(result, measure, table)
    years = {str(int(year) + 1) for year in part.frame["year"]}
    plans = result.plans()
    yield from _stated(result, _PLANS, plans[plans["year"].astype(str).isin(years)])


def _mix(result: Projection, _: object) -> _Shown:
    table = result.plan_mix()
    known = table[table["status"].map(basis).isin(HELD)]
    for year, rows in known[known["year"] == known["year"].max()].groupby("year"):
        names = [f"placement/{name}" for name in rows["placement"]]
        what = f"{_WORDS[_PLANS]} by placement"
        yield from _held(result, _PLANS, [str(year)], *names, what=what)


def _returned(result: Projection, part: Table) -> _Shown:
    """Plans by group of settings in the base census, of which a return's are sums."""
    january = result.vintage.census
    groups = placement_groups(result.panel, result.area, january)
    names = [f"placement_group/{name}" for name in groups]
    what = f"{_WORDS[_PLANS]} by type of school or setting"
    yield from _held(result, _PLANS, [january.label], *names, what=what)


def _needs(result: Projection, _: object) -> _Shown:
    january = januaries_with_needs(result.panel, result.vintage.census)[-1]
    what = f"{_WORDS[_PLANS]} by primary need"
    names = result.panel.chosen(_PLANS, "need")["breakdown"].unique()
    needs = [f"need/{name}" for name in names]
    yield from _held(result, _PLANS, [january.label], *needs, what=what)


def _growth(result: Projection, part: Chart | Table) -> _Shown:
    """Plans of the area and those beside it: of every year drawn, or of both ends."""
    found = growth(result.panel, result.area)
    years = sorted({int(year) for year in found.table["year"]})
    if isinstance(part, Table):
        years = [*years[:1], *years[-1:]]
    labels = [Census(year).label for year in years]
    yield from _held(result, _PLANS, labels)
    series = set(found.table["series"])
    if "region" in series:
        region = result.panel.geography[result.area.region_code]
        yield from _held(result, _PLANS, labels, area=region)
    if "neighbours" in series:
        for near in result.panel.geography.neighbours(result.area.la_code):
            yield from _held(result, _PLANS, labels, area=near)
        yield _Figure("statistical neighbours", "", 0.0, NEIGHBOURS.source_id)
    if "england" in series:
        england = result.panel.geography.england
        yield from _held(result, _PLANS, labels, area=england, what="England's EHC plans")


def _plan_growth(result: Projection, _: object) -> _Shown:
    ends = plan_span(result.panel)
    yield from _held(result, _PLANS, [one.label for one in ends])
    yield from _held(result, _CHILDREN, [MidYear(one.end - 1).label for one in ends])


def _spending_growth(result: Projection, _: object) -> _Shown:
    ends = spending_span(result.panel)
    yield from _held(result, _OUTTURN, [one.label for one in ends])
    yield from _held(result, _CHILDREN, [MidYear(one.end - 1).label for one in ends])
    januaries = [census.label for one in ends for census in one.censuses()]
    yield from _held(result, _PLANS, januaries)


def _closure(result: Projection, part: Table) -> _Shown:
    years = [str(year) for year in part.frame["year"]]
    before = [FinancialYear.parse(year).shift(-1).label for year in years]
    yield from _held(result, _BALANCE, dict.fromkeys([*before, *years]))
    yield from _held(result, _AFTER, years)
    yield from _held(result, _OUTTURN, years)
    yield from _held(result, _LINES, [result.vintage.lines.label], _PLACES)


def _foretold(result: Projection, _: object) -> _Shown:
    """Plans of each January that was forecast from, and those that came."""
    found = trust(result.area)
    if found is not None:
        past = found.past
        ends = {*past["origin"], *(past["origin"] + past["horizon"])}
        yield from _held(result, _PLANS, [Census(int(end)).label for end in sorted(ends)])


def _results(result: Projection, part: Table) -> _Shown:
    """Every series of the run."""
    yield from _balances(result, part)
    yield from _money(result, result.money()["year"])
    yield from _plans(result, part)
    yield from _mix(result, part)


def _similar(result: Projection, part: Table) -> _Shown:
    """Inspections of each framework, and the area's last figure of each measure."""
    begun = read_inspections(result.panel)
    for framework, rows in begun.groupby("framework"):
        for source in rows["source_id"].unique():
            yield _Figure(f"inspections ({framework} framework)", "", 0.0, source)
    for name, (measure, *breakdowns) in _PRESSURE.items():
        mine = part.frame[part.frame["measure"] == covariate(name).label]
        years = mine["year"].unique()
        what = covariate(name).label.partition(" (")[0]
        yield from _held(result, measure, years, *breakdowns, what=what)


def _beside_own(result: Projection, _: object) -> _Shown:
    """Published totals beside the authority's own figures."""
    for one in result.own.figures if result.own else ():
        named = (one.measure, one.at, one.breakdown, one.coverage)
        beside = published_beside(result.panel, result.area, *named)
        if beside.period and beside.value is not None and one.breakdown == TOTAL:
            name = RECORD_NAMES.get(one.measure, one.measure)
            what = _WORDS.get(name) or BY_NAME[one.measure].title
            yield from _held(result, name, [beside.period.label], what=what)


_OF_CHARTS: Mapping[str, Callable[[Projection, Any], _Shown]] = {
    "balance": _balances,
    "in_year": _in_year,
    "growth": _growth,
    "plans": _plans_and_counts,
    "mix": _mix,
    "bridge": _bridge,
    "mitigated": _balances,
    "scenarios": _balances,
}
_OF_TABLES: Mapping[str, Callable[[Projection, Any], _Shown]] = {
    "balance": _balances,
    "money": _of_frame,
    "past": _of_frame,
    "growth": _growth,
    "plan_growth": _plan_growth,
    "spending_growth": _spending_growth,
    "plans": _plans,
    "plan_flows": _flows,
    "placements": _mix,
    "needs": _needs,
    "bridge": _bridge,
    "mitigated": _balances,
    "results": _results,
    "dsg7": _returned,
    "lsrp14": _returned,
    "trust_past": _foretold,
    "closure": _closure,
    "similar_areas": _similar,
    "own_figures": _beside_own,
}
# Shown is not what was published, but what follows from it.
_WORKED_OUT = frozenset(
    (
        "in_year",
        "money",
        "past",
        "plan_growth",
        "spending_growth",
        "bridge",
        "closure",
        "similar_areas",
    )
)
