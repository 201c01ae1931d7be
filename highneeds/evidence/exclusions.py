"""Exclusions of pupils with special educational needs, as numbered tables and a figure."""

from __future__ import annotations

import numpy as np
import pandas as pd

from highneeds.evidence.claims_figures import exclusion_ratio
from highneeds.evidence.exhibit import Exhibit
from highneeds.evidence.record import (
    PROVISIONS,
    Question,
    exclusions_by_authority,
    exclusions_of_england,
)
from highneeds.periods import AcademicYear
from highneeds.policy import policy
from highneeds.report import chart as draw
from highneeds.report import marks
from highneeds.report.chart import Chart
from highneeds.report.tables import Column, Table, Words
from highneeds.words import NOT_APPLICABLE, fixed

_PROVISION_NAMES = {
    "ehc_plan": "With a plan",
    "sen_support": "On SEN support",
    "no_sen": "No SEN",
}
_MEASURE_NAMES = {
    "suspensions": "Suspensions",
    "permanent_exclusions": "Permanent exclusions",
}
_QUARTILES = (
    "none: rates of authorities with their quartiles, which show spread and not chance"
)
_CLOSED = " and ".join(AcademicYear.of(day).label for day in policy("schools_closed").days)
_RATES_CAVEAT = (
    "Schools exclude, not authorities. Schools were closed to most pupils for parts of "
    f"{_CLOSED}. Counts by SEN provision are not in the record for these years, "
    "so these are medians of authorities and not rates of the place."
)


def england(asked: Question, cell: str) -> list[Words | Exhibit]:
    """T5: England's counts by SEN provision, with ratios and their intervals."""
    table = exclusions_of_england(asked)
    year = str(table["year"].iloc[-1])
    support = table[
        (table["measure"] == "permanent_exclusions") & (table["provision"] == "sen_support")
    ].iloc[0]
    last = _last_year(asked)
    ratio = exclusion_ratio(asked.panel, period=last)
    said = (
        f"In {year} pupils on SEN support were permanently excluded at "
        f"{support['ratio']:.1f} times the rate of pupils without SEN (95% interval "
        f"{support['low']:.1f} to {support['high']:.1f}). In {last}, on authorities' rates "
        f"weighted by their pupils, it was {ratio:.1f} times. Both are for England. The "
        "ratio compares groups of pupils; it does not say why."
    )
    compared = table[["ratio", "low", "high"]]
    frame = table.assign(
        measure=table["measure"].map(_MEASURE_NAMES),
        provision=table["provision"].map(_PROVISION_NAMES),
        **compared.astype(object).where(compared.notna(), NOT_APPLICABLE),
    )
    shown = Table(
        "exclusions_england",
        f"Suspensions and permanent exclusions by SEN provision, England, {year}",
        (
            Column("measure", "What"),
            Column("provision", "Pupils"),
            Column("events", "Counted", "count"),
            Column("pupils", "Pupils in the group", "count"),
            Column("rate", "Per 100 pupils", "hundredths"),
            Column("ratio", "Times the rate of pupils without SEN", "tenths"),
            Column("low", "Low", "tenths"),
            Column("high", "High", "tenths"),
        ),
        frame,
    )
    sources = {
        *asked.sources(["suspensions"], "sen_provision", "england"),
        *asked.sources(["permanent_exclusions", "pupils"], "sen_provision", "england"),
    }
    exhibit = Exhibit(
        "T5",
        cell,
        shown,
        tuple(sorted(sources)),
        f"{table['pupils'].sum() / 2:,.0f} pupils of England",
        "95% of the ratio, for chance in counts (logarithmic)",
        "Counts are rounded to 5. A pupil may be suspended more than once, so intervals of "
        "suspensions are too narrow. England whatever the place of the pack.",
    )
    return [Words((said,)), exhibit]


def authorities(asked: Question, cell: str) -> list[Words | Exhibit]:
    """F2 and T6: rates of authorities since 2019/20."""
    found = {
        name: exclusions_by_authority(asked, f"{name}_per_100") for name in _MEASURE_NAMES
    }
    last = str(found["suspensions"]["year"].iloc[-1])
    table = pd.concat(
        [part.assign(measure=_MEASURE_NAMES[name]) for name, part in found.items()],
        ignore_index=True,
    )
    frame = table.assign(
        provision=table["provision"].map(_PROVISION_NAMES),
    )
    shown = Table(
        "exclusions_authorities",
        f"Rates per 100 pupils by SEN provision, authorities of {asked.place.name}",
        (
            Column("measure", "What"),
            Column("year", "School year", "figure"),
            Column("provision", "Pupils"),
            Column("authorities", "Authorities", "count"),
            Column("lower", "Lower quartile", "hundredths"),
            Column("median", "Median", "hundredths"),
            Column("upper", "Upper quartile", "hundredths"),
        ),
        frame,
    )
    sources = tuple(
        asked.sources(
            [f"{name}_per_100" for name in _MEASURE_NAMES], "sen_provision", "authorities"
        )
    )
    n = f"{table['authorities'].max()} authorities of {asked.place.name} at most"
    chart = _medians(asked, found["suspensions"], last)
    return [
        Exhibit("F2", cell, chart, sources, n, _QUARTILES, _RATES_CAVEAT),
        Exhibit("T6", cell, shown, sources, n, _QUARTILES, _RATES_CAVEAT),
    ]


def _medians(asked: Question, table: pd.DataFrame, last: str) -> Chart:
    ends = {
        str(row["provision"]): float(row["median"])
        for row in table[table["year"] == last].to_dict("records")
    }
    title = (
        f"Suspensions in {last}: {fixed(ends['ehc_plan'], 1)} for every 100 pupils with a "
        f"plan in the middle authority, {fixed(ends['no_sen'], 1)} for those without SEN"
    )
    colours = (draw.BLUE, draw.RUST, draw.SLATE)
    with draw.drawing():
        figure, axes = draw.canvas(
            title,
            f"Suspensions per 100 pupils in a school year, authorities of "
            f"{asked.place.name}. Bands hold the middle half of authorities.",
            height=4.2,
        )
        years = list(dict.fromkeys(table["year"]))
        for provision, colour in zip(PROVISIONS, colours, strict=True):
            part = table[table["provision"] == provision].set_index("year").reindex(years)
            at = np.arange(len(years))
            axes.fill_between(at, part["lower"], part["upper"], color=colour, alpha=0.13)
            axes.plot(at, part["median"], "o-", color=colour, lw=2.2, ms=5)
        axes.set_xticks(np.arange(len(years)), [str(year) for year in years])
        marks.margin(axes, table[["lower", "upper"]].to_numpy(float).ravel())
        axes.set_ylim(bottom=0)
        labels = [f"{_PROVISION_NAMES[p]}\n{fixed(ends[p], 1)}" for p in PROVISIONS]
        marks.end_labels(axes, [ends[p] for p in PROVISIONS], labels, colours)
    said = "; ".join(f"{_PROVISION_NAMES[p]} {fixed(ends[p], 1)}" for p in PROVISIONS)
    alt = (
        f"Line chart of the median authority's suspensions per 100 pupils by SEN provision "
        f"from {years[0]} to {last}, with the middle half of authorities shaded. In "
        f"{last}: {said}."
    )
    caption = "A pupil may be suspended more than once in a year."
    return Chart("suspensions", title, caption, alt, figure)


def _last_year(asked: Question) -> str:
    table = exclusions_by_authority(asked, "permanent_exclusions_per_100")
    return str(table["year"].iloc[-1])
