"""How inspections ended where pressure was like an authority's: counts, and no more.

Pressure rises everywhere with the years, so areas are alike when they stood in the same
third of authorities in the period of the figure, not when the figure itself is the same.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd

from highneeds.errors import UsageError
from highneeds.geography import Area
from highneeds.inspections.covariates import (
    Figures,
    covariate,
    read_figures,
    read_inspected,
)
from highneeds.inspections.preregistration import load_preregistration
from highneeds.inspections.state import FRAMEWORKS, OUTCOMES
from highneeds.inspections.tables import wilson
from highneeds.inspections.words import guarded
from highneeds.panel.panel import Panel

MEASURES = (
    *("plan_growth", "timeliness", "suspension_rate", "sen_suspension_rate"),
    *("appeal_rate", "dsg_balance", "spending_per_head"),
)
THIRDS = ("lowest third", "middle third", "highest third")
COLUMNS = (
    *("framework", "measure", "unit", "year", "figure", "third", "inspections", "outcome"),
    *("count", "share_pct", "low", "high"),
)
# What the overspend report speaks of first, where the authority has the figure.
_SPOKEN_OF = ("dsg_balance", "spending_per_head", "plan_growth", "timeliness")
_FEW = 10


@dataclass(frozen=True, eq=False)
class SimilarAreas:
    """Outcomes of other areas that stood where this one stands now.

    ``table`` has a row for each framework, measure and outcome: the authority's latest
    ``figure`` and its ``year``, the third of authorities it stands in, how many other
    areas' inspections
    were of areas in that third when they began, and how many had the outcome, with
    Wilson's 95% interval of the share, in per cent.
    """

    area: Area
    table: pd.DataFrame
    cautions: tuple[str, ...]

    def sentence(self) -> str:
        """The counts of the current framework for one measure, in words."""
        framework = FRAMEWORKS[-1]
        worst = OUTCOMES[framework][-1]
        mine = self.table[
            (self.table["framework"] == framework) & (self.table["outcome"] == worst)
        ].set_index("measure")
        spoken_of = [covariate(name).label for name in _SPOKEN_OF]
        label = next((one for one in spoken_of if one in mine.index), None)
        if label is None:
            return (
                f"No figure places {self.area.name} among areas inspected since "
                f"{framework}."
            )
        row = mine.loc[label]
        words = (
            f"{self.area.name} stands in the {row['third']} of authorities for {label} "
            f"({row['year']}). Of {row['inspections']} inspections under the {framework} "
            f"framework of other areas that stood there when they began, {row['count']} "
            f"ended in {worst} ({row['share_pct']:.0f}%, 95% interval {row['low']:.0f}% "
            f"to {row['high']:.0f}%). This counts what happened elsewhere; it gives no "
            f"chance of an outcome for {self.area.name}."
        )
        return guarded(words, skill=False)


def similar_areas(panel: Panel, area: str | Area) -> SimilarAreas:
    """Historical outcomes of inspections of areas under similar pressure.

    Returns
    -------
    SimilarAreas
        Counts of past outcomes with their intervals; never a prediction for `area`.

    Raises
    ------
    UsageError
        The area is not known, or is a region or England.
    """
    where = panel.area(area)
    if where.level != "la":
        msg = f"{where} is not an authority. Name one: inspections are of local areas."
        raise UsageError(msg)
    inspected, stood = _stood(panel)
    others = inspected["la_code"] != where.la_code
    rows, absent = [], []
    for name, (figures, standing, then) in stood.items():
        place = _latest(figures, where)
        if place is None:
            absent.append(covariate(name).label)
            continue
        third = str(_third(standing.numbers[place][None])[0])
        shown = (figures.labels[place[1]], figures.numbers[place], third)
        for framework in FRAMEWORKS:
            alike = inspected[
                others & (then == third) & (inspected["framework"] == framework)
            ]
            rows += _counted(alike, framework, name, shown)
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return SimilarAreas(where, table, _cautions(where, table, absent))


@lru_cache(maxsize=4)
def _stood(
    panel: Panel,
) -> tuple[pd.DataFrame, dict[str, tuple[Figures, Figures, np.ndarray]]]:
    """Inspections, and by measure: figures, places, and the third each inspected was in.

    The same for every authority that is asked about.
    """
    plan = load_preregistration()
    every = read_inspected(panel, plan)
    inspected = every[~every["left_out"]]
    found = {}
    for name in MEASURES:
        figures = read_figures(panel, plan, name)
        standing = _standing(figures)
        then = _third(standing.before(list(inspected["la_code"]), inspected["day"]))
        found[name] = (figures, standing, then)
    return inspected, found


def _standing(figures: Figures) -> Figures:
    """Each figure as its place among authorities in its period, above 0 and up to 1."""
    authorities = [row for code, row in figures.codes.items() if len(code) == 3]  # noqa: PLR2004
    places = pd.DataFrame(figures.numbers[authorities]).rank(pct=True).to_numpy()
    ranked = np.full(figures.numbers.shape, np.nan)
    ranked[authorities] = places
    return replace(figures, numbers=ranked)


def _latest(figures: Figures, area: Area) -> tuple[int, int] | None:
    """Row and column of the authority's last figure."""
    row = figures.codes.get(area.la_code)
    if row is None or np.isnan(figures.numbers[row]).all():
        return None
    return row, int(np.flatnonzero(~np.isnan(figures.numbers[row]))[-1])


def _third(places: np.ndarray) -> np.ndarray:
    """The third of authorities a place falls in; blank where there is no figure."""
    number = np.ceil(np.nan_to_num(places, nan=0.0) * len(THIRDS)).astype(int)
    return np.array(["", *THIRDS])[number]


def _counted(
    alike: pd.DataFrame, framework: str, name: str, shown: tuple[str, float, str]
) -> list[tuple[object, ...]]:
    total = len(alike)
    if total == 0:
        return []
    what = covariate(name)
    rows: list[tuple[object, ...]] = []
    for outcome in OUTCOMES[framework]:
        count = int((alike["outcome"] == outcome).sum())
        interval = wilson(count, total)
        key = (framework, what.label, what.unit, *shown, total, outcome)
        rows.append((*key, count, 100 * count / total, *interval))
    return rows


def _cautions(area: Area, table: pd.DataFrame, absent: list[str]) -> tuple[str, ...]:
    said = [
        "Counts of past inspections elsewhere. Whether such figures go with outcomes at "
        "all is what the inspection link tests; this table takes nothing else into "
        "account.",
        "The frameworks ask different questions and are counted apart. One inspection "
        "stands in several rows.",
    ]
    if absent:
        said.append(f"No figure for {area.name}: {'; '.join(absent)}.")
    thin = table.loc[table["inspections"] < _FEW, "measure"].unique()
    if len(thin):
        said.append(f"Fewer than {_FEW} inspections: {'; '.join(thin)}.")
    return tuple(guarded(one, skill=False) for one in said)
