"""What a projection says, in sentences generated from its numbers."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from highneeds.answers import series
from highneeds.answers.bridge import bridge_table
from highneeds.answers.claim import ARTICLES, WHOEVER, opening_kind
from highneeds.answers.middle import figures_of, off_centre
from highneeds.answers.warnings import warnings_for
from highneeds.model.run import Run
from highneeds.periods import FinancialYear
from highneeds.record.closing import closure_table
from highneeds.status import Status
from highneeds.words import change, count, futures, millions, percent

# Seen over 60 seeds and three authorities: 0.05 to 0.07 at the end with the larger deficit.
_THOUSAND_DRAWS_END_ERROR_SD = 0.07
_SMALL_PLANS = 500
# Of fewer plans than this no percentage is worked out: one child moves it by 3% and more.
FEW_PLANS = 30
# Of the outturn from one year to the next: 4 of 151 authorities moved further in 2024-25.
_LEAST_MOVE, _MOST_MOVE = -0.1, 0.4
_FLOWS = {"requests": "requests", "new": "new plans", "ended": "ended plans"}


def paragraphs(result: Run) -> dict[str, str]:
    """Short paragraphs by topic: record, gap, plans, bridge, trust."""
    found = {"record": _record(result), "plans": _plans(result)}
    if result.has_money:
        found["gap"] = _gap(result)
        found["bridge"] = _bridge(result)
    found["trust"] = _trust(result)
    return found


def cautions(result: Run) -> tuple[str, ...]:
    """What a reader must not forget, most important first."""
    found = [f"{gap.what} {gap.done}" for gap in result.gaps]
    found += map(str, result.approximations)
    held = result.record.money.block_year
    if result.has_money and held and held < result.until:
        # A year up to the base year without a block of its own is estimated too.
        first = max(held, result.base_year.shift(-1)).shift(1)
        found.append(
            f"From {first} the block is an estimate from national growth, whatever the "
            "authority was really allocated."
        )
    found += _beyond_base(result)
    found += _unlike_the_year_before(result)
    if beside := _beside_the_middle(result):
        found.append(beside)
    if parts := result.panel.parts(result.area):
        found.append(
            f"{result.area.name} is {result.area.kind}: its figures are those of "
            f"{', '.join(part.name for part in parts)} added together, and nothing is "
            "assumed to change by joining them."
        )
    found += warnings_for(result.record, result.scenario, result)
    programme = _programme(result)
    if programme:
        found.append(programme)
    if result.record.stock.sum() < _SMALL_PLANS:
        found.append(
            f"{result.area.name} maintains {result.record.stock.sum():,.0f} plans: a few "
            "children more or fewer move every figure here."
        )
    unsourced = [e for e in result.scenario.assumptions.values() if not e.sourced]
    found.append(
        f"{len(unsourced)} of {len(result.scenario.assumptions)} assumptions have no "
        "verified source; they are marked wherever they are shown."
    )
    found.append(_steadiness(result))
    return tuple(found)


def _beside_the_middle(result: Run) -> str:
    """Which way the middle future lies from the central case, where they are far apart."""
    plans = ("plans in January", figures_of(series.plans(result)), "{:,.0f}".format)
    if not result.has_money:
        return off_centre([plans], result.scenario)
    balance = "the balance" if result.balance_is_level else "the change in the balance"
    own = series.balance(result)
    own = own[own["year"] <= result.deficit_until.label]
    money = (
        (f"{balance} of", figures_of(own), millions),
        (
            "the in-year position of",
            figures_of(series.money(result), "in_year_gbp_"),
            millions,
        ),
    )
    return off_centre([*money, plans], result.scenario)


def _beyond_base(result: Run) -> list[str]:
    """What is published of the authority beyond the base, and how it is used."""
    money, now = result.record.money, result.vintage
    own = result.record.own.stated
    found = []
    januaries = [
        year
        for year in sorted(result.record.newer.get("plans", {}))
        if ("plans", year) not in own
    ]
    if januaries:
        years = " and ".join(map(str, januaries))
        found.append(
            f"Plans of January {years} are published in total only: the total stands as "
            "published, its ages and placements are projected, and later years go on from "
            "it."
        )
    flows = {
        name: [
            year for year in result.record.newer.get(name, {}) if (name, year) not in own
        ]
        for name in _FLOWS
    }
    if any(flows.values()):
        named = [words for name, words in _FLOWS.items() if flows[name]]
        years = " and ".join(map(str, sorted({y for each in flows.values() for y in each})))
        found.append(
            f"Published totals of {years} stand in place of projected ones: "
            f"{', '.join(named)}."
        )
    stated = {*money.own.spent, *money.own.forecast}
    spent = sorted(
        year
        for year in map(FinancialYear.parse, {*money.spending, *stated})
        if year > now.year
    )
    if published := [year for year in spent if year.label not in stated]:
        years = " and ".join(map(str, published))
        found.append(
            f"The section 251 outturn of {years} is published, and plans by placement only "
            f"to January {now.census}: prices are set so that every future spends what was "
            "spent."
        )
    counted = [now.year.shift(step + 1) for step in range(now.counted_years)]
    if lacking := [year for year in counted if year not in spent]:
        years = " and ".join(map(str, lacking))
        found.append(
            f"Spending of {years} is estimated: its plans are published, its outturn is "
            "not, so prices are projected."
        )
    return found


def _unlike_the_year_before(result: Run) -> Iterator[str]:
    """That the outturn every later year starts from is far from the one before it."""
    base, spent = result.base_year, result.record.money.spending
    years = (base.shift(-1).label, base.label)
    if not all(spent.get(year, 0.0) > 0 for year in years):
        return
    moved = spent[years[1]] / spent[years[0]] - 1.0
    if _LEAST_MOVE <= moved <= _MOST_MOVE:
        return
    yield (
        f"Net high needs outturn of {base} is {percent(abs(moved))} "
        f"{'above' if moved > 0 else 'below'} that of {years[0]}, and spending of every "
        "later year starts from it. If one of the two holds a correction, or money that "
        "will not be spent again, give the authority's own figure (--inputs)."
    )


def _steadiness(result: Run) -> str:
    """How far another seed could move the ends of the last range, in its own unit."""
    share = _THOUSAND_DRAWS_END_ERROR_SD * np.sqrt(1000 / result.draws)
    if result.has_money:
        last = result.deficit_until
        balance = result.futures.balance[max(last.end - result.base_year.end, 0)]
        change = millions(share * float(balance.std()))
        what = f"the range of the balance at {last.closes_on()}"
    else:
        plans = share * float(result.futures.stock[-1].sum(axis=(0, 1)).std())
        change = f"{plans:,.1f} plans"
        what = f"the range of plans in January {result.until.end}"
    return (
        f"With another seed and as many futures, {result.draws:,}, an end of {what} could "
        f"lie about {change} higher or lower; more futures make it steadier."
    )


def _record(result: Run) -> str:
    plans = series.plans(result)
    known = plans[plans["status"] != Status.PROJECTED]
    first, last = known.iloc[0], known.iloc[-1]
    words = (
        f"{result.area.name} maintained {last.central:,.0f} plans in January {last.year}, "
        f"against {first.central:,.0f} in January {first.year}."
    )
    if result.balance_is_level:
        level = result.record.money.balance[result.opening_year.label]
        kind = "deficit" if level < 0 else "surplus"
        words += (
            f" The last {opening_kind(result)} DSG balance, at "
            f"{result.opening_year.closes_on()}, was a {kind} of {millions(abs(level))}."
        )
    return words


def _plans(result: Run) -> str:
    last = series.plans(result).iloc[-1]
    now, census = result.record.stock.sum(), result.vintage.census
    against = (
        f"{change(last.central / now - 1)} on January {census}"
        if now >= FEW_PLANS
        else f"against {now:,.0f} in January {census}"
    )
    return (
        f"EHC plans could number {last.central:,.0f} in January {last.year} "
        f"({futures(count(last.p10), count(last.p90))}), {against}."
    )


def _gap(result: Run) -> str:
    first, last = (series.money(result).iloc[place] for place in (0, -1))
    after = f", {WHOEVER}" if result.until > result.deficit_until else ""
    return (
        f"In {first.year} spending was about {millions(first.spending_gbp)} against "
        f"{ARTICLES[str(first.block_status)]} block of {millions(first.block_gbp)}, an "
        "in-year position of "
        f"{millions(first.in_year_gbp_central)}. "
        f"By {last.year} it could be {millions(last.in_year_gbp_central)} "
        f"({futures(millions(last.in_year_gbp_p10), millions(last.in_year_gbp_p90))})"
        f"{after}."
    )


def _bridge(result: Run) -> str:
    steps = bridge_table(result)
    changes = steps[steps["kind"] == "change"]
    largest = changes.iloc[int(changes["value_gbp"].abs().to_numpy().argmax())]
    where = (
        "from the opening to the closing balance"
        if result.balance_is_level
        else "in the change of the balance"
    )
    return f"The largest step {where} is “{largest.label}”, {millions(largest.value_gbp)}."


def _trust(result: Run) -> str:
    table = closure_table(result.panel, result.area, result.vintage).dropna(
        subset=["residual_gbp"]
    )
    if table.empty:
        return (
            "The published figures needed to check the record against itself are missing."
        )
    parts = [
        f"{year} {millions(residual)} ({change(share, 1)} of the block)"
        for year, residual, share in zip(
            table["year"],
            table["residual_gbp"].to_numpy(dtype=float),
            table["residual_share_of_block"].to_numpy(dtype=float),
            strict=True,
        )
    ]
    return (
        "The published change in the DSG balance differs from the in-year position that "
        f"the published block and spending give, by: {'; '.join(parts)}."
    )


def _programme(result: Run) -> str:
    found = result.panel.programmes(result.area)
    if not found:
        return ""
    words = f"{result.area.name} is or was in {' and '.join(found)}."
    if result.central.payments.any():
        return words
    return (
        f"{words} Payments under such agreements reduce the balance in single years and "
        "are not projected."
    )
