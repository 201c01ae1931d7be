"""One authority's plans by age and placement: at the base census, and the Januaries before.

Where placements were withdrawn, or not recorded for more than a few, the authority's own
neighbouring Januaries show them before England's ages do.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from highneeds.errors import ModelError
from highneeds.geography import ENGLAND_CODE, Area
from highneeds.panel.panel import Panel
from highneeds.panel.schema import PLACEMENTS
from highneeds.panel.vintage import Vintage
from highneeds.periods import Census
from highneeds.record.cells import AGES
from highneeds.record.england import age_of, share_out_unknown, stock_by_age
from highneeds.record.gap import EXTRACT, Gap
from highneeds.record.money import MoneyRecord
from highneeds.record.returns import false_januaries

# Above this share of unknown placements nobody can say that they are like the rest.
MOST_UNKNOWN = 0.05


def base_stock(
    panel: Panel, area: Area, now: Vintage, gaps: list[Gap]
) -> tuple[np.ndarray, np.ndarray]:
    """Plans by age and placement, and how many by age are of a placement to be drawn."""
    published = _arrays(panel, now.census.label)
    mine = published.get(area.la_code)
    total = panel.figure("ehc_plans", area, now.census).value
    if mine is None or not total:
        msg = (
            f"{EXTRACT} holds no education, health and care plans of {area} for January "
            f"{now.census}. No projection is made."
        )
        raise ModelError(msg)
    if np.isfinite(mine[:, :-1]).any():
        placed, basis = neighbouring(panel, area, now.census)
        unknown = many_unknown(mine, now.census, basis, gaps)
        many = placed if unknown.any() else None
        stock = share_out_unknown(np.nan_to_num(mine), many)
        return stock * total / stock.sum(), unknown * total / stock.sum()
    by_age = _by_age(panel, area, now.census, total)
    earlier, basis = neighbouring(panel, area, now.census)
    if earlier is not None:
        mix = earlier
    else:
        mix = share_out_unknown(np.nan_to_num(published[ENGLAND_CODE]))
        basis = f"England in January {now.census}"
    gaps.append(
        Gap(
            f"Plans by placement in January {now.census} are not published for "
            f"{area.name}, or were withdrawn.",
            f"The placements of {basis}, age by age, were applied to the published plans.",
        )
    )
    overall = mix.sum(axis=0) / mix.sum()
    totals = mix.sum(axis=1, keepdims=True)
    share = np.where(totals > 0, mix / np.where(totals > 0, totals, 1.0), overall)
    return share * by_age[:, None], np.zeros(len(AGES))


@lru_cache(maxsize=8)
def _arrays(panel: Panel, label: str) -> dict[str, np.ndarray]:
    return stock_by_age(panel, "ehc_plans", label)


def _by_age(panel: Panel, area: Area, census: Census, total: float) -> np.ndarray:
    table = panel.table(
        "ehc_plans", areas=[area], years=[census.label], breakdowns=["age_year"]
    ).dropna(subset=["value"])
    ages = np.zeros(len(AGES))
    for label, count in zip(table["breakdown"], table["value"], strict=True):
        if age_of(str(label)) >= 0:
            ages[age_of(str(label))] += count
    return ages * total / ages.sum()


def neighbouring(panel: Panel, area: Area, census: Census) -> tuple[np.ndarray | None, str]:
    """Its own plans by age and placement in the Januaries beside one, and which they are.

    Only Januaries whose placements were nearly all recorded; none where there is none.
    """
    found, named = [], []
    for beside in (census.shift(-1), census.shift(1)):
        other = _arrays(panel, beside.label).get(area.la_code)
        if other is None or not np.isfinite(other[:, :-1]).any():
            continue
        counts = np.nan_to_num(other)
        if counts[:, -1].sum() <= MOST_UNKNOWN * counts.sum():
            found.append(share_out_unknown(counts) / counts.sum())
            named.append(f"January {beside}")
    return (np.sum(found, axis=0) if found else None), " and ".join(named)


def many_unknown(
    mine: np.ndarray, census: Census, basis: str, gaps: list[Gap]
) -> np.ndarray:
    """Plans of unknown placement by age; none where they are too few to be drawn."""
    unknown = np.nan_to_num(mine[:, -1])
    share = float(unknown.sum() / np.nansum(mine))
    if share <= MOST_UNKNOWN:
        return np.zeros_like(unknown)
    like = f"like the placements of {basis}" if basis else "like the recorded placements"
    gaps.append(
        Gap(
            f"The placement of {share:.0%} of plans in January {census} was not recorded.",
            f"They were shared out {like} of the same age, in each future with more or "
            "fewer of them in special schools, so ranges are wider.",
        )
    )
    return unknown


def placements_before(
    panel: Panel,
    area: Area,
    now: Vintage,
    money: MoneyRecord,
    stock: np.ndarray,
    gaps: list[Gap],
) -> tuple[np.ndarray, np.ndarray]:
    """Placements of the Januaries before the base census, and how many were unknown.

    From the January before the authority's own outturn's year; each stands in for one
    before it that is not published.
    """
    first = money.outturn_year.end - 1
    following, found = stock.sum(axis=0), []
    for end in reversed(range(first, now.census.end)):
        placed, unknown = _placements(panel, area, now, Census(end), following, gaps)
        found.append((placed, unknown))
        following = placed
    found.reverse()
    return np.stack([placed for placed, _ in found]), np.array([many for _, many in found])


def _placements(
    panel: Panel,
    area: Area,
    now: Vintage,
    census: Census,
    following: np.ndarray,
    gaps: list[Gap],
) -> tuple[np.ndarray, float]:
    """Plans by placement in one January, and how many of them were unknown."""
    total = panel.figure("ehc_plans", area, census).value
    found = np.array(
        [
            panel.figure("ehc_plans", area, census, f"placement/{name}").value or np.nan
            for name in PLACEMENTS
        ]
    )
    known, unknown = np.nan_to_num(found[:-1]), float(np.nan_to_num(found[-1]))
    after = census.shift(1)
    if not total:
        gaps.append(
            Gap(
                f"Plans of January {census} are not published for {area.name}.",
                f"January {after} was used for the whole year between.",
                f"Plans of January {census} are not published for {area.name}; those of "
                f"January {after} were used.",
            )
        )
        return following, 0.0
    beside, basis = neighbouring(panel, area, census)
    estimate = _estimate(panel, area, now, census)
    if estimate:
        of = basis or f"January {census} itself"
        gaps.append(
            Gap(
                f"The {total:,.0f} plans published for {area.name} in January {census} "
                "cannot be right: plans appear or vanish in the year before it, and as "
                "many do the opposite in the year after.",
                f"An estimate of {estimate:,.0f} was used, with the placements of {of}.",
                f"Plans of {area.name} in January {census}, published as {total:,.0f}, "
                f"were estimated: {estimate:,.0f}.",
            )
        )
        total = estimate
        if beside is not None:
            known, unknown = beside.sum(axis=0), 0.0
    if known.sum() == 0:
        own = beside is not None
        gaps.append(
            Gap(
                f"Plans by placement in January {census} are not published for "
                f"{area.name}.",
                f"The placements of {basis if own else f'January {after}'} were applied to "
                "the published total.",
            )
        )
        known, unknown = (beside.sum(axis=0) if beside is not None else following), 0.0
    whole = known.sum() + unknown
    if beside is not None and unknown > MOST_UNKNOWN * whole:
        known = known + unknown * beside.sum(axis=0) / beside.sum()
    return known * total / known.sum(), total * unknown / whole


def _estimate(panel: Panel, area: Area, now: Vintage, census: Census) -> float:
    """What stands in for a false count of a January; 0 where the count stands."""
    for one in false_januaries(panel, now):
        if (one.la_code, one.census) == (area.la_code, census):
            return one.estimate
    return 0.0
