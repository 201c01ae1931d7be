"""The record behind a call for evidence: one place, on figures out by one day.

Every function gives a plain frame of figures as published or summed from them. A figure
that is not published stays missing; a sum says over how many authorities it is taken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd

from highneeds.answers.beside_others import first_january
from highneeds.geography import ENGLAND_CODE, Area
from highneeds.inspections.models import NINETY_FIVE
from highneeds.inspections.preregistration import load_preregistration
from highneeds.inspections.state import inspection_state, read_inspections
from highneeds.inspections.tables import wilson
from highneeds.panel.held import TOTAL
from highneeds.panel.panel import Panel
from highneeds.panel.vintage import held_by_most
from highneeds.periods import AcademicYear, Census, FinancialYear, parse_period

PROVISIONS = ("ehc_plan", "sen_support", "no_sen")
# Month and day on which a period of each calendar ends, in the year that names it.
_ENDS = {
    "january": "01-15",
    "calendar": "12-31",
    "mid_year": "06-30",
    "academic": "08-31",
    "financial": "03-31",
}
# Years of assessments that are shown: enough to see the step of the new collection.
_ASSESSED_YEARS = 6
# Growth on fewer plans than this is a large number that says little.
_FEWEST = 100
_TWENTY_WEEKS = "basis/excluding_exceptions"
_QUARTILES = [0.25, 0.5, 0.75]
# What a pack cannot do without.
_SERIES = (
    ("ehc_plans", TOTAL),
    ("ehc_assessment_requests", TOTAL),
    ("suspensions_per_100", "sen_provision/ehc_plan"),
    ("permanent_exclusions_per_100", "sen_provision/ehc_plan"),
    ("s251_high_needs_net_gbp", TOTAL),
    ("dsg_balance_gbp", TOTAL),
)
# What else it shows, where it is held.
_SHOWN = (
    ("new_ehc_plans", TOTAL),
    ("population_0_17", TOTAL),
    ("ehc_assessment_requests_refused", TOTAL),
    ("ehc_plans_issued", _TWENTY_WEEKS),
    ("ehc_plans_issued_within_20_weeks", _TWENTY_WEEKS),
    ("tribunal_appeals", TOTAL),
    ("tribunal_appeal_rate_pct", TOTAL),
    ("dsg_before_deductions_gbp", TOTAL),
)

Of = Literal["place", "authorities", "england"]


@dataclass(frozen=True)
class Question:
    """What is asked of the record: the place, and the day by which figures were out."""

    panel: Panel
    place: Area
    as_of: date

    @property
    def national(self) -> bool:
        """Whether the place is England."""
        return self.place.la_code == ENGLAND_CODE

    @property
    def inspected_to(self) -> date:
        """The day up to which inspections are known: the record of them may end sooner."""
        return min(self.as_of, _last_inspected(self.panel))

    @property
    def codes(self) -> list[str]:
        """Authorities of the place, those abolished since among them."""
        return [
            code
            for code, area in self.panel.geography.areas.items()
            if area.level == "la"
            and (self.national or area.region_code == self.place.la_code)
        ]

    def in_being(self, january: int) -> int:
        """How many authorities the place had in a January."""
        return len(self.panel.geography.members(self.place.la_code, january))

    def periods(self, measure: str, breakdown: str = TOTAL) -> list[str]:
        """Periods of a measure that were over and published by the day, oldest first.

        The months from a period's end to its publication are those of the registered
        inspection link: how long the publisher usually takes, not the day of one release.
        """
        days = _out_on(self.panel, measure, breakdown)
        return [label for label, day in days.items() if day <= self.as_of]

    def own(self, measure: str, breakdown: str = TOTAL) -> pd.Series:
        """The place's own published figures, by period."""
        found = self.panel.matrix(measure, breakdown)
        periods = self.periods(measure, breakdown)
        if self.place.la_code not in found.index:
            return pd.Series(np.nan, index=periods)
        return found.loc[[self.place.la_code]].iloc[0].reindex(periods)

    def each(self, measure: str, breakdown: str = TOTAL) -> pd.DataFrame:
        """The figures of the place's authorities, by period."""
        found = self.panel.matrix(measure, breakdown)
        codes = [code for code in self.codes if code in found.index]
        return found.loc[codes, self.periods(measure, breakdown)]

    def sources(
        self, measures: Sequence[str], kind: str = "total", of: Of = "place"
    ) -> list[str]:
        """Ids of the files that one breakdown of some measures was read from.

        `of` says whose figures: the place's own, its authorities' or England's.
        """
        found: set[str] = set()
        wanted = {
            "place": [self.place.la_code],
            "authorities": self.codes,
            "england": [ENGLAND_CODE],
        }[of]
        for measure in measures:
            rows = self.panel.rows(measure)
            mine = rows[rows["la_code"].isin(wanted) & rows["value"].notna()]
            mine = mine[mine["breakdown_type"] == kind]
            found |= set(mine["source_id"].astype(str)) - {""}
        return sorted(found)


def _out_on(panel: Panel, measure: str, breakdown: str = TOTAL) -> dict[str, date]:
    """The day from which each period of a measure counts as out, oldest first."""
    calendar = panel.measure(measure).period_type
    months = load_preregistration().terms["known_after_months"][calendar]
    ends = {
        label: parse_period(label, calendar).end
        for label in panel.matrix(measure, breakdown).columns
    }
    return {
        label: (
            pd.Timestamp(f"{year}-{_ENDS[calendar]}") + pd.DateOffset(months=months)
        ).date()
        for label, year in sorted(ends.items(), key=lambda pair: pair[1])
    }


def _last_inspected(panel: Panel) -> date:
    last: date = read_inspections(panel)["publication_date"].max().date()
    return last


def latest_day(panel: Panel) -> date:
    """The first day by which all that is held counts as out."""
    last = (max(_out_on(panel, *one).values()) for one in (*_SERIES, *_SHOWN))
    return max(_last_inspected(panel), *last)


def earliest_day(panel: Panel) -> date:
    """The first day by which every series of a pack has a period out, of most places."""
    return max(
        _out_on(panel, *one)[min(held_by_most(panel, *one)).label] for one in _SERIES
    )


def plans_by_january(asked: Question) -> pd.DataFrame:
    """Plans each January since plans began, and for every 1,000 children aged 0 to 17.

    Returns
    -------
    DataFrame
        ``january``, ``plans``, ``growth`` (share of the first January's), ``new_plans``
        (calendar year before), ``children`` (mid-year before), ``per_1000`` with its 95%
        interval for chance in counts ``low``, ``high``, and ``england_per_1000``.
    """
    plans = asked.own("ehc_plans")
    years = [Census.parse(label).end for label in plans.index]
    table = pd.DataFrame({"january": years, "plans": plans.to_numpy()})
    table = table[table["january"] >= first_january().end].reset_index(drop=True)
    before = [str(year - 1) for year in table["january"]]
    new, children = asked.own("new_ehc_plans"), asked.own("population_0_17")
    national = Question(asked.panel, asked.panel.geography.england, asked.as_of)
    england = per_1000(national)
    rate = per_1000(asked).reindex(before).to_numpy()
    error = np.exp(NINETY_FIVE / np.sqrt(table["plans"].to_numpy(dtype=float)))
    return table.assign(
        growth=table["plans"] / table["plans"].iloc[0] - 1,
        new_plans=new.reindex(before).to_numpy(),
        children=children.reindex(before).to_numpy(),
        per_1000=rate,
        low=rate / error,
        high=rate * error,
        england_per_1000=england.reindex(before).to_numpy(),
    )


def per_1000(asked: Question) -> pd.Series:
    """Plans each January for 1,000 children at the mid-year before, by that mid-year."""
    plans = asked.own("ehc_plans")
    plans.index = pd.Index([str(Census.parse(label).end - 1) for label in plans.index])
    return 1000 * plans / asked.own("population_0_17").reindex(plans.index)


def plans_by_group(asked: Question, kind: str, groups: Sequence[str]) -> pd.DataFrame:
    """Plans of each age band or placement, in the first and last January.

    Returns
    -------
    DataFrame
        ``group``, ``first``, ``last`` (plans), ``growth`` (none on fewer than 100) and
        ``share_of_growth``; ``first_january`` and ``last_january`` are in ``attrs``.
    """
    first = first_january()
    labels = [one for one in asked.periods("ehc_plans") if Census.parse(one) >= first]
    ends = (labels[0], labels[-1])
    parts = {
        group: asked.own("ehc_plans", f"{kind}/{group}").reindex(ends) for group in groups
    }
    table = pd.DataFrame(parts).T.set_axis(["first", "last"], axis=1)
    table = table.rename_axis("group").reset_index()
    risen = table["last"] - table["first"]
    growth = risen / table["first"].where(table["first"] >= _FEWEST)
    table = table.assign(growth=growth, share_of_growth=risen / risen.sum(min_count=1))
    table.attrs = {"first_january": ends[0], "last_january": ends[1]}
    return table


def assessments_by_year(asked: Question) -> pd.DataFrame:
    """Requests, refusals, timeliness and appeals in the last six calendar years out.

    Returns
    -------
    DataFrame
        ``year``, ``requests``, ``refused`` (share of requests), ``issued`` (plans,
        exceptions left out), ``in_time`` (share of them within 20 weeks) with its Wilson
        interval ``low``, ``high``, ``appeals`` and ``appeal_rate`` (share of decisions
        that could be appealed).
    """
    requests = asked.own("ehc_assessment_requests").iloc[-_ASSESSED_YEARS:]
    years = list(requests.index)
    refused = asked.own("ehc_assessment_requests_refused").reindex(years)
    issued = asked.own("ehc_plans_issued", _TWENTY_WEEKS).reindex(years)
    quick = asked.own("ehc_plans_issued_within_20_weeks", _TWENTY_WEEKS).reindex(years)
    bounds = [
        wilson(*pair) if np.isfinite(pair).all() else (np.nan, np.nan)
        for pair in zip(quick, issued, strict=True)
    ]
    return pd.DataFrame(
        {
            "year": years,
            "requests": requests.to_numpy(),
            "refused": (refused / requests).to_numpy(),
            "issued": issued.to_numpy(),
            "in_time": (quick / issued).to_numpy(),
            "low": [low / 100 for low, _ in bounds],
            "high": [high / 100 for _, high in bounds],
            "appeals": asked.own("tribunal_appeals").reindex(years).to_numpy(),
            "appeal_rate": asked.own("tribunal_appeal_rate_pct").reindex(years).to_numpy()
            / 100,
        }
    )


def exclusions_of_england(asked: Question) -> pd.DataFrame:
    """Rates of England by SEN provision from its published counts, which end in 2016/17.

    Returns
    -------
    DataFrame
        ``measure``, ``year``, ``provision``, ``events``, ``pupils``, ``rate`` (per 100
        pupils), and ``ratio`` to pupils without SEN with its 95% interval ``low``,
        ``high`` for chance in counts, taken on the logarithm.
    """
    rows = []
    england = Question(asked.panel, asked.panel.geography.england, asked.as_of)
    for measure in ("suspensions", "permanent_exclusions"):
        counts = {p: england.own(measure, f"sen_provision/{p}") for p in PROVISIONS}
        pupils = {p: england.own("pupils", f"sen_provision/{p}") for p in PROVISIONS}
        years = list(counts["no_sen"].dropna().index)
        year = str(max(years)) if years else ""
        for provision in PROVISIONS if years else ():
            events, base = counts[provision][year], pupils[provision][year]
            other = counts["no_sen"][year] / pupils["no_sen"][year]
            ratio = events / base / other
            error = np.exp(NINETY_FIVE * np.sqrt(1 / events + 1 / counts["no_sen"][year]))
            itself = provision == "no_sen"
            interval = (np.nan, np.nan) if itself else (ratio / error, ratio * error)
            rows.append(
                (measure, year, provision, events, base, 100 * events / base)
                + ((np.nan, *interval) if itself else (ratio, *interval))
            )
    columns = ["measure", "year", "provision", "events", "pupils", "rate"]
    return pd.DataFrame(rows, columns=[*columns, "ratio", "low", "high"])


def exclusions_by_authority(asked: Question, measure: str) -> pd.DataFrame:
    """Rates of the place's authorities by SEN provision, each year they are published.

    Returns
    -------
    DataFrame
        ``year``, ``provision``, ``authorities`` with a rate, and of their rates per 100
        pupils ``lower``, ``median`` and ``upper`` quartile.
    """
    rows = []
    for provision in PROVISIONS:
        rates = asked.each(measure, f"sen_provision/{provision}")
        for year in rates.columns:
            known = rates[year].dropna()
            if len(known):
                rows.append((year, provision, len(known), *known.quantile(_QUARTILES)))
    columns = ["year", "provision", "authorities", "lower", "median", "upper"]
    table = pd.DataFrame(rows, columns=columns)
    order = table["year"].map(lambda year: AcademicYear.parse(str(year)).end)
    return table.iloc[np.lexsort((table.index, order))].reset_index(drop=True)


def money_by_year(asked: Question) -> pd.DataFrame:
    """Block, net spending and balances, each summed over the authorities with a figure.

    Returns
    -------
    DataFrame
        ``year``, ``authorities`` in being, and for ``block`` (before deductions),
        ``spending`` (net, section 251) and ``balance``: the sum in cash pounds and ``_n``,
        the authorities it is over; ``in_deficit`` counts negative balances, and
        ``lower``, ``median``, ``upper`` are quartiles of balances as shares of the grant.
    """
    named = {
        "block": "high_needs_block_before_deductions_gbp",
        "spending": "s251_high_needs_net_gbp",
        "balance": "dsg_balance_gbp",
    }
    figures = {name: asked.each(measure) for name, measure in named.items()}
    grant = asked.each("dsg_before_deductions_gbp")
    labels = {label for table in figures.values() for label in table.columns}
    rows = []
    for year in sorted(map(FinancialYear.parse, labels)):
        row: dict[str, object] = {
            "year": year.label,
            "authorities": asked.in_being(year.end),
        }
        for name, table in figures.items():
            known = table.get(year.label, pd.Series(dtype=float)).dropna()
            row |= {name: known.sum() if len(known) else np.nan, f"{name}_n": len(known)}
        balance = figures["balance"].get(year.label, pd.Series(dtype=float)).dropna()
        shares = (balance / grant.get(year.label, pd.Series(dtype=float))).dropna()
        quartiles = shares.quantile(_QUARTILES).to_numpy()
        row["in_deficit"] = float((balance < 0).sum()) if len(balance) else np.nan
        row |= dict(zip(("lower", "median", "upper"), quartiles, strict=True))
        rows.append(row)
    return pd.DataFrame(rows)


def outcomes_in_programmes(asked: Question) -> pd.DataFrame:
    """Outcomes of areas in a deficit programme at any time, and of those in none.

    Returns
    -------
    DataFrame
        ``framework``, ``group``, ``outcome``, ``start_date`` of each report published by
        the day; England whatever the place, as counts of one region are too small.
    """
    state = inspection_state(asked.panel, asked.inspected_to).table
    table = asked.panel.companion("programmes")
    member = {
        name: set(table.loc[table["programme"] == name, "la_code"])
        for name in ("Safety Valve", "Delivering Better Value")
    }
    group = [
        next((name for name, codes in member.items() if code in codes), "neither")
        for code in state["la_code"]
    ]
    return state.assign(group=group)[["framework", "group", "outcome", "start_date"]]


def figures_missing(asked: Question, measures: Sequence[str]) -> pd.DataFrame:
    """For each measure: the last period out by the day, and who has no figure in it.

    Returns
    -------
    DataFrame
        ``measure``, ``title``, ``first``, ``last`` (periods in which any authority of the
        place has a figure), ``authorities`` in being and ``with_figure`` in the last one.
    """
    rows = []
    for measure in measures:
        known = asked.panel.measure(measure)
        breakdown = TOTAL if "total" in known.breakdown_types else "sen_provision/ehc_plan"
        table = asked.each(measure, breakdown)
        held = [label for label in table.columns if table[label].notna().any()]
        if not held:
            rows.append((measure, known.title, "", "", 0, 0))
            continue
        last = parse_period(held[-1], known.period_type)
        rows.append(
            (
                measure,
                known.title,
                held[0],
                held[-1],
                asked.in_being(last.end),
                int(table[held[-1]].notna().sum()),
            )
        )
    columns = ["measure", "title", "first", "last", "authorities", "with_figure"]
    return pd.DataFrame(rows, columns=columns)
