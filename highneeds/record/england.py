"""What England's record says of rates by age: exits, joining, moves between placements.

Each rate is chosen so that the plans of the January before the base census, carried one
year, become the published plans of the base census exactly. The rates are England's; an
authority's own level is applied to them in `record.opening`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from highneeds.errors import ModelError, some
from highneeds.geography import ENGLAND_CODE
from highneeds.panel.panel import Panel
from highneeds.panel.schema import PLACEMENTS
from highneeds.panel.vintage import Vintage, vintage
from highneeds.periods import CalendarYear, Census, MidYear
from highneeds.record.cells import AGES, MODEL_PLACEMENTS
from highneeds.record.returns import plans

# From this age a plan that ends is the main reason a cohort shrinks, so the cohort itself
# shows the exit rate; below it the published count of ceased plans by age does.
_FIRST_COHORT_AGE = 16
_UNKNOWN = PLACEMENTS.index("unknown")
_AGE_OF = {str(age): age for age in AGES} | {"0-2": 2, "20-25": 20, "unknown": -1}


@dataclass(frozen=True)
class NationalRates:
    """England's rates by single year of age (first axis, 26).

    ``exit_rate`` is the share of plans at each age that end within the year;
    ``joining_per_person`` is new plans and the balancing item per person of that age;
    ``joining_mix`` is their placement; ``moves`` is row-stochastic, by the age reached.
    """

    exit_rate: np.ndarray
    joining_per_person: np.ndarray
    joining_mix: np.ndarray
    moves: np.ndarray
    population: np.ndarray


def age_of(label: str) -> int:
    """The single age at which a published age stands; -1 where it was not recorded.

    Open-ended ages are published as one row and stand at the age nearest the rest.

    Raises
    ------
    ModelError
        A label that is no published age.
    """
    if label not in _AGE_OF:
        msg = f"{label!r} is no age of plans. Expected one of {some(_AGE_OF)}."
        raise ModelError(msg)
    return _AGE_OF[label]


def stock_by_age(panel: Panel, measure: str, year: str) -> dict[str, np.ndarray]:
    """A measure by single age × placement (26 × 8, unknown placement last), by area.

    Areas whose placements are not published have rows of NaN; ages not recorded are shared
    out in proportion to those that are.
    """
    table = _cells_by_year(panel, measure).get(str(year))
    if table is None:
        return {}
    age, column = table["age"].to_numpy(), table["placement"].to_numpy()
    area, codes = pd.factorize(table["la_code"])
    known = age >= 0
    stock = np.full((len(codes), len(AGES), len(PLACEMENTS)), np.nan)
    stock[area[known], age[known], column[known]] = table["value"].to_numpy()[known]
    # An age with no row has no plans; a placement never printed stays missing.
    never = np.isnan(stock).all(axis=1, keepdims=True)
    stock = np.where(never, np.nan, np.nan_to_num(stock))
    return {str(code): stock[place] for place, code in enumerate(codes)}


@lru_cache(maxsize=8)
def _cells_by_year(panel: Panel, measure: str) -> dict[str, pd.DataFrame]:
    """Its rows by single age and placement, both as places in a stock, by year."""
    table = panel.one_kind(measure, "age_year_by_placement")
    places = {name: place for place, name in enumerate(PLACEMENTS)}
    # There are few texts and many rows: each text is read once.
    read = {text: text.split("|", 1) for text in table["breakdown"].unique()}
    table = table.assign(
        age=table["breakdown"].map({text: age_of(age) for text, (age, _) in read.items()}),
        placement=table["breakdown"].map(
            {text: places[name] for text, (_, name) in read.items()}
        ),
    )
    return {str(year): found for year, found in table.groupby("year", sort=False)}


def share_out_unknown(by_age: np.ndarray, like: np.ndarray | None = None) -> np.ndarray:
    """Move plans of unknown placement to the known placements of the same age.

    Parameters
    ----------
    by_age : ndarray, shape (26, 8)
    like : ndarray, shape (26, 7), optional
        Plans whose placements show where the unknown ones are; the known ones of
        `by_age` when left out.

    Returns
    -------
    ndarray, shape (26, 7), with the same total at every age that has a known placement.
    """
    known = np.delete(by_age, _UNKNOWN, axis=1)
    shown = known if like is None else like
    totals = shown.sum(axis=1, keepdims=True)
    overall = shown.sum(axis=0) / shown.sum()
    share = np.where(totals > 0, shown / np.where(totals > 0, totals, 1.0), overall)
    return known + share * by_age[:, [_UNKNOWN]]


def national_rates(panel: Panel, now: Vintage | None = None) -> NationalRates:
    """England's rates, from the last two Januaries and the flows between them.

    Parameters
    ----------
    now : Vintage, optional
        Which Januaries and year those are; the panel's own when left out.

    Raises
    ------
    ModelError
        The national single-age figures are not in the panel.
    """
    return _national_rates(panel, now or vintage(panel))


@lru_cache(maxsize=4)
def _national_rates(panel: Panel, now: Vintage) -> NationalRates:
    opening = _england_stock(panel, now, now.before)
    closing = _england_stock(panel, now, now.census)
    new = _england_new(panel, now.flows)
    exit_rate = _exit_rates(
        panel, now.flows, opening.sum(axis=1), closing.sum(axis=1), new.sum(axis=1)
    )
    staying = np.zeros_like(opening)
    staying[1:] = (opening * (1.0 - exit_rate[:, None]))[:-1]
    joining = np.maximum(closing.sum(axis=1) - staying.sum(axis=1), 0.0)
    joined, mix = joining_by_placement(joining, new, closing)
    population = population_by_age(panel, ENGLAND_CODE, now.population)
    return NationalRates(
        exit_rate=exit_rate,
        joining_per_person=joining / aged(population, now.flows.end - now.population.end),
        joining_mix=mix,
        moves=least_moves(staying, closing - joined),
        population=population,
    )


def joining_by_placement(
    joining: np.ndarray, new: np.ndarray, closing: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Those joining by age and placement, and the shares of each age they are.

    At an age where nobody joins, the shares are those of its new plans; where there are
    none of these, of all plans at the close.

    Parameters
    ----------
    joining : ndarray, shape (ages,)
    new, closing : ndarray, shape (ages, placements)
        New plans of the year, and plans at its close.
    """
    mix = new / np.maximum(new.sum(axis=1, keepdims=True), 1.0)
    mix[new.sum(axis=1) == 0] = closing.sum(axis=0) / closing.sum()
    joined = _within(joining[:, None] * mix, closing)
    some_join = joining[:, None] > 0
    return joined, np.divide(joined, joining[:, None], out=mix, where=some_join)


def _within(joined: np.ndarray, closing: np.ndarray) -> np.ndarray:
    """Those joining, by age and placement, nowhere more than are there at the close.

    Ages of new plans are counted otherwise than ages of the census, so a placement may be
    given more than it holds; the rest go where there is room.
    """
    kept = np.minimum(joined, closing)
    over = (joined - kept).sum(axis=1, keepdims=True)
    room = closing - kept
    whole = room.sum(axis=1, keepdims=True)
    share = np.divide(room, whole, out=np.zeros_like(room), where=whole > 0)
    return np.asarray(kept + over * share)


def aged(people: np.ndarray, years: int) -> np.ndarray:
    """People by single year of age some years on, with as many born each year."""
    for _ in range(years):
        people = np.concatenate([people[:1], people[:-1]])
    return people


def population_by_age(panel: Panel, la_code: str, year: MidYear) -> np.ndarray:
    """People by single year of age 0 to 25; NaN where not published."""
    return _population(panel, year).get(la_code, np.full(len(AGES), np.nan)).copy()


@lru_cache(maxsize=4)
def _population(panel: Panel, year: MidYear) -> dict[str, np.ndarray]:
    table = people_by_age(panel, year)
    return dict(zip(table.index, table.to_numpy(dtype=float), strict=True))


def people_by_age(panel: Panel, mid_year: MidYear) -> pd.DataFrame:
    """People by area (rows) and single year of age 0 to 25 (columns)."""
    rows = panel.one_kind("population_by_age", "age_year")
    mine = rows[rows["year"] == mid_year.label]
    table = mine.pivot(index="la_code", columns="breakdown", values="value")
    table.columns = table.columns.astype(int)
    return table.reindex(columns=list(AGES))


def _england_stock(panel: Panel, now: Vintage, census: Census) -> np.ndarray:
    found = stock_by_age(panel, "ehc_plans", census.label).get(ENGLAND_CODE)
    if found is None:
        msg = (
            f"England's plans by single year of age for January {census} are not embedded."
        )
        raise ModelError(msg)
    stock = share_out_unknown(np.nan_to_num(found))
    total = plans(panel, now)[census.label][ENGLAND_CODE]
    # Plans whose age was not recorded are spread like the rest.
    return stock * (total or stock.sum()) / stock.sum()


def _england_new(panel: Panel, year: CalendarYear) -> np.ndarray:
    found = stock_by_age(panel, "new_ehc_plans", year.label)[ENGLAND_CODE]
    return share_out_unknown(np.nan_to_num(found))


def _exit_rates(
    panel: Panel,
    year: CalendarYear,
    opening: np.ndarray,
    closing: np.ndarray,
    new: np.ndarray,
) -> np.ndarray:
    """Ended plans by age below 16, shrinking cohorts above, at the published total."""
    ended = panel.table(
        "ceased_ehc_plans",
        areas=[ENGLAND_CODE],
        years=[year.label],
        breakdowns=["age_year"],
    ).set_index("breakdown")["value"]
    counted = np.zeros(len(AGES))
    for label, count in ended.items():
        age = age_of(str(label))
        if 0 <= age < _FIRST_COHORT_AGE:
            counted[age] += count
    rate = np.divide(counted, opening, out=np.zeros(len(AGES)), where=opening > 0)
    for age in AGES[_FIRST_COHORT_AGE:-1]:
        rate[age] = 1.0 - (closing[age + 1] - new[age + 1]) / opening[age]
    rate[-1] = 1.0
    rate = np.clip(rate, 0.0, 1.0)
    published = panel.figure("ceased_ehc_plans", ENGLAND_CODE, year).value
    if published is None:
        msg = f"England's ceased plans of {year} are not embedded."
        raise ModelError(msg)
    # Counts below sixteen are published; only the cohorts' rates are brought to the total.
    young, older = slice(_FIRST_COHORT_AGE), slice(_FIRST_COHORT_AGE, -1)
    expected = rate * opening
    level = (published - expected[-1] - expected[young].sum()) / expected[older].sum()
    rate[older] = np.clip(rate[older] * level, 0.0, 1.0)
    return rate


def least_moves(staying: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The fewest moves that turn the placements of those staying into those wanted.

    A placement with too many plans loses the surplus; the surplus goes to the placements
    with too few, in proportion to what each lacks. Nobody else moves.
    """
    count = len(MODEL_PLACEMENTS)
    moves = np.tile(np.eye(count), (len(AGES), 1, 1))
    for age in AGES:
        total = staying[age].sum()
        target = np.maximum(wanted[age], 0.0)
        if total <= 0 or target.sum() <= 0:
            continue
        target = target * total / target.sum()
        surplus = np.maximum(staying[age] - target, 0.0)
        lacking = np.maximum(target - staying[age], 0.0)
        if lacking.sum() == 0:
            continue
        leave = np.divide(
            surplus, staying[age], out=np.zeros(count), where=staying[age] > 0
        )
        moves[age] = np.diag(1.0 - leave) + np.outer(leave, lacking / lacking.sum())
    return moves
