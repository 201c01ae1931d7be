"""What the published record says of one authority: where its projection starts from.

Every figure that is missing or stands in for another is kept as a `Gap`, which the report
prints: what is not published, and what was done instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from highneeds.errors import ModelError
from highneeds.geography import ENGLAND_CODE, Area
from highneeds.model.money_record import EXTRACT, Gap, MoneyRecord, money_record
from highneeds.model.national import (
    BASE,
    BEFORE,
    NationalRates,
    national_rates,
    population_by_age,
    share_out_unknown,
    stock_by_age,
)
from highneeds.model.plans import AGES, MODEL_PLACEMENTS
from highneeds.model.spread import balancing_shares, pooled_level
from highneeds.model.validation import check_record
from highneeds.panel.panel import Panel
from highneeds.panel.schema import PLACEMENTS
from highneeds.panel.vintage import Vintage, vintage

# New plans in the placement mix count as much as this many of England's.
_PRIOR_PLANS = 200.0
_MOST_UNKNOWN = 0.05


@dataclass(frozen=True)
class AreaRecord:
    """The opening position and rates of one authority.

    ``stock`` is (26 ages, 7 placements) plans in January 2025; ``stock_before`` the
    placements of January 2024; ``requests``, ``requests_before`` and ``new_plans`` the
    level of requests in 2024 and 2023 and of new plans in 2024. ``unknown`` (26,) and
    ``unknown_before`` count the plans among those whose placement was not recorded, where
    they are so many that it matters; else 0.
    """

    area: Area
    stock: np.ndarray
    stock_before: np.ndarray
    unknown: np.ndarray
    unknown_before: float
    exit_rate: np.ndarray
    requests: float
    requests_before: float
    new_plans: float
    balancing_share: float
    joining_mix: np.ndarray
    population: np.ndarray
    rates: NationalRates
    money: MoneyRecord
    gaps: tuple[Gap, ...]
    vintage: Vintage


def area_record(panel: Panel, area: Area) -> AreaRecord:
    """Collect one authority's opening position from the panel.

    Raises
    ------
    ModelError
        The area is not an authority in being in January 2025, or publishes no plans.
    """
    if area.level != "la":
        msg = (
            f"{area} is not a local authority. A report is for one authority; "
            "give the name or code of one."
        )
        raise ModelError(msg)
    if area.abolished:
        heirs = ", ".join(str(heir) for heir in panel.geography.successors(area.la_code))
        msg = (
            f"{area} was abolished on {area.last_date}. Its area passed to: {heirs}. "
            "Ask for one."
        )
        raise ModelError(msg)
    gaps: list[Gap] = []
    rates = national_rates(panel)
    levels = _levels(panel)[area.la_code]
    stock, unknown = _stock(panel, area, gaps)
    before, unknown_before = _placements(panel, area, stock, gaps)
    exit_rate = rates.exit_rate.copy()
    exit_rate[:-1] = np.clip(exit_rate[:-1] * levels["exit_level"], 0.0, 1.0)
    found = AreaRecord(
        area=area,
        stock=stock,
        stock_before=before,
        unknown=unknown,
        unknown_before=unknown_before if unknown.any() else 0.0,
        exit_rate=exit_rate,
        requests=levels["requests"],
        requests_before=levels["requests_before"],
        new_plans=levels["new_plans"],
        balancing_share=levels["balancing_share"],
        joining_mix=_joining_mix(panel, area, rates),
        population=population_by_age(panel, area.la_code),
        rates=rates,
        money=money_record(panel, area, gaps),
        gaps=tuple(gaps),
        vintage=vintage(panel),
    )
    check_record(found)
    return found


@lru_cache(maxsize=4)
def _levels(panel: Panel) -> dict[str, dict[str, float]]:
    """Each authority's own level of exits, new plans and balancing item, pooled."""
    stock, new = panel.matrix("ehc_plans"), panel.matrix("new_ehc_plans")
    ceased = panel.matrix("ceased_ehc_plans")
    las = [area.la_code for area in panel.geography.authorities(BASE.end)]
    years = [label for label in ceased.columns if label in stock.columns]
    rate = ceased[years] / stock.reindex(columns=years)
    relative = (rate / rate.loc[ENGLAND_CODE]).reindex(las)
    logs = np.log(relative.where(relative > 0).to_numpy(dtype=float))
    exits = np.exp(pooled_level(logs, 0.0)[0])
    balancing = balancing_shares(panel)
    england = float(balancing.loc[ENGLAND_CODE].to_numpy(dtype=float).mean())
    shares, _ = pooled_level(balancing.reindex(las).to_numpy(dtype=float), england)
    # Pooling draws levels together but not to England's: added up, they must be England.
    expected = _expected_exits(panel, las)
    exits *= expected.sum() / (exits * expected).sum()
    weight = stock[BASE.label].reindex(las).to_numpy(dtype=float)
    shares += england - (shares * weight).sum() / weight.sum()
    recent = new[["2022", "2023", "2024"]]
    # Three years' share of England: a cleared backlog in one year is not a new level.
    share = _to_one((recent / recent.loc[ENGLAND_CODE]).reindex(las).mean(axis=1))
    asked = panel.matrix("ehc_assessment_requests")[["2022", "2023", "2024"]]
    asked_share = _to_one((asked / asked.loc[ENGLAND_CODE]).reindex(las).mean(axis=1))
    england_asked = asked.loc[ENGLAND_CODE]
    table = pd.DataFrame(
        {
            "exit_level": exits,
            "balancing_share": shares,
            "new_plans": share * recent.loc[ENGLAND_CODE].to_numpy(dtype=float)[-1],
            "requests": asked_share * england_asked["2024"],
            "requests_before": asked_share * england_asked["2023"],
        },
        index=las,
    )
    levels: dict[str, dict[str, float]] = table.to_dict("index")  # type: ignore[assignment]
    return levels


def _expected_exits(panel: Panel, las: list[str]) -> np.ndarray:
    """Plans of January 2025 that would end in a year at England's rates by age."""
    rate = national_rates(panel).exit_rate
    by_age = {
        label: panel.matrix("ehc_plans", f"age_year/{label}")[BASE.label]
        for label in ["0-2", *map(str, range(3, 25))]
    }
    ended = [
        counted.reindex(las).fillna(0.0) * rate[2 if label == "0-2" else int(label)]
        for label, counted in by_age.items()
    ]
    return np.sum([each.to_numpy(dtype=float) for each in ended], axis=0)


def _to_one(shares: pd.Series) -> pd.Series:
    """Shares of England brought to a sum of one."""
    return shares / shares.sum()


def _stock(panel: Panel, area: Area, gaps: list[Gap]) -> tuple[np.ndarray, np.ndarray]:
    """Plans by age and placement, and how many by age are of a placement to be drawn."""
    published = _arrays(panel, BASE.label)
    mine = published.get(area.la_code)
    total = panel.figure("ehc_plans", area, BASE).value
    if mine is None or not total:
        msg = (
            f"{EXTRACT} holds no education, health and care plans of {area} for January "
            f"{BASE}. No projection is made."
        )
        raise ModelError(msg)
    if np.isfinite(mine[:, :-1]).any():
        stock = share_out_unknown(np.nan_to_num(mine))
        unknown = _many_unknown(mine, gaps)
        return stock * total / stock.sum(), unknown * total / stock.sum()
    earlier = _arrays(panel, BEFORE.label).get(area.la_code)
    by_age = _by_age(panel, area, total)
    if earlier is not None and np.isfinite(earlier[:, :-1]).any():
        mix, basis = share_out_unknown(np.nan_to_num(earlier)), f"January {BEFORE}"
    else:
        mix = share_out_unknown(np.nan_to_num(published[ENGLAND_CODE]))
        basis = f"England in January {BASE}"
    gaps.append(
        Gap(
            f"Plans by placement in January {BASE} are not published for {area.name}, "
            "or were withdrawn.",
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


def _by_age(panel: Panel, area: Area, total: float) -> np.ndarray:
    table = panel.table(
        "ehc_plans", areas=[area], years=[BASE.label], breakdowns=["age_year"]
    ).set_index("breakdown")["value"]
    ages = np.array([table.get(str(age), 0.0) for age in range(26)], dtype=float)
    ages = np.nan_to_num(ages)
    return ages * total / ages.sum()


def _many_unknown(mine: np.ndarray, gaps: list[Gap]) -> np.ndarray:
    """Plans of unknown placement by age; none where they are too few to be drawn."""
    unknown = np.nan_to_num(mine[:, -1])
    share = float(unknown.sum() / np.nansum(mine))
    if share <= _MOST_UNKNOWN:
        return np.zeros_like(unknown)
    gaps.append(
        Gap(
            f"The placement of {share:.0%} of plans in January {BASE} was not recorded.",
            "They were shared out like the recorded placements of the same age, in each "
            "future with more or fewer of them in special schools, so ranges are wider.",
        )
    )
    return unknown


def _placements(
    panel: Panel, area: Area, stock: np.ndarray, gaps: list[Gap]
) -> tuple[np.ndarray, float]:
    """Plans by placement in the January before, and how many of them were unknown."""
    total = panel.figure("ehc_plans", area, BEFORE).value
    found = np.array(
        [
            panel.figure("ehc_plans", area, BEFORE, f"placement/{name}").value or np.nan
            for name in PLACEMENTS
        ]
    )
    known, unknown = np.nan_to_num(found[:-1]), float(np.nan_to_num(found[-1]))
    if not total:
        gaps.append(
            Gap(
                f"Plans of January {BEFORE} are not published for {area.name}.",
                f"January {BASE} was used for the whole base year.",
            )
        )
        return stock.sum(axis=0), 0.0
    if known.sum() == 0:
        gaps.append(
            Gap(
                f"Plans by placement in January {BEFORE} are not published for "
                f"{area.name}.",
                f"The placements of January {BASE} were applied to the published total.",
            )
        )
        known = stock.sum(axis=0)
        unknown = 0.0
    return known * total / known.sum(), total * unknown / (known.sum() + unknown)


def _joining_mix(panel: Panel, area: Area, rates: NationalRates) -> np.ndarray:
    """England's placement of new plans by age, tilted to the authority's own record."""
    counts = _new_by_placement(panel)
    england = counts.loc[ENGLAND_CODE].to_numpy()
    mine = np.zeros_like(england)
    if area.la_code in counts.index:
        mine = counts.loc[area.la_code].to_numpy()
    national = england / england.sum()
    pooled = (mine + _PRIOR_PLANS * national) / (mine.sum() + _PRIOR_PLANS)
    tilt = np.divide(pooled, national, out=np.ones_like(pooled), where=national > 0)
    mix = rates.joining_mix * tilt
    return mix / mix.sum(axis=1, keepdims=True)


@lru_cache(maxsize=4)
def _new_by_placement(panel: Panel) -> pd.DataFrame:
    """New plans of 2022 to 2024 by placement, every area."""
    years = ["2022", "2023", "2024"]
    return pd.DataFrame(
        {
            name: panel.matrix("new_ehc_plans", f"placement/{name}")[years].sum(axis=1)
            for name in MODEL_PLACEMENTS
        }
    ).fillna(0.0)
