"""The series of a projection as tables: each year once, as published or simulated."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import pandas as pd

from highneeds.answers.provision import provision_futures
from highneeds.model.override import measure_in
from highneeds.model.quantiles import FIGURES, certain, summary
from highneeds.model.run import Run
from highneeds.own.measures import PROVISIONS
from highneeds.panel.schema import AGE_BANDS, PLACEMENTS
from highneeds.periods import Census, FinancialYear
from highneeds.record.cells import MODEL_PLACEMENTS
from highneeds.status import BY_STRENGTH, Status

RESULT_COLUMNS = (
    "scenario",
    "year",
    "measure",
    "age_band",
    "placement",
    *FIGURES,
    "unit",
    "status",
)
_BALANCES = ("dsg_balance_gbp", "dsg_balance_with_grant_gbp")
# Flows by what they are called in a record, and the futures' own name.
_FLOWS = {
    "ehc_assessment_requests": "requests",
    "new_ehc_plans": "new",
    "ceased_ehc_plans": "ended",
    "state_special_place_shortfall": "shortfall",
}
# Money likewise. A balance is the one before it, the in-year one, the movement that the
# record does not explain, the grant and what else is paid against a deficit, added up.
_MONEY = {
    "high_needs_spending_gbp": "spending",
    "high_needs_block_before_deductions_gbp": "block",
    "schools_block_transfer_gbp": "transfer",
    "in_year_balance_gbp": "in_year",
    "unexplained_movement_gbp": "unexplained",
    "stability_grant_gbp": "grants",
    "safety_valve_payment_gbp": "payments",
    "council_contribution_gbp": "contributions",
    "later_deficits_covered_gbp": "covered",
    "dsg_balance_gbp": "balance",
    "dsg_balance_with_grant_gbp": "balance_with_grant",
    "interest_on_deficit_gbp": "interest",
}
# Of each provision, named where others name a placement.
_PROVISION = {
    "spending": "provision_spending_gbp",
    "per_plan": "provision_cost_per_plan_gbp",
}
# Of these no year is published.
_NEVER_PUBLISHED = (
    "unexplained_movement_gbp",
    "stability_grant_gbp",
    "interest_on_deficit_gbp",
    "later_deficits_covered_gbp",
)
# Shown where there is any, and what an authority states of each.
_OWN_SERIES = {
    "schools_block_transfer_gbp": "transfer",
    "safety_valve_payment_gbp": "payments",
    "council_contribution_gbp": "contributions",
}
_WHERE_ANY = (*_OWN_SERIES, "later_deficits_covered_gbp")[1:]


def plans(result: Run) -> pd.DataFrame:
    """Plans each January: year, status, central, p10, p50, p90, mean."""
    return _plans(result).copy()


# What is said of a run asks for both again and again.
@lru_cache(maxsize=4)
def _plans(result: Run) -> pd.DataFrame:
    published = (
        result.panel.table("ehc_plans", areas=[result.area], breakdowns=["total/total"])
        .dropna(subset=["value"])
        .sort_values("year")
    )
    rows = [
        {"year": year, "status": status, **certain(value)}
        for year, status, value in zip(
            *(published[name] for name in ("year", "status", "value")), strict=True
        )
    ]
    known = set(published["year"])
    totals, central = (
        each.stock.sum(axis=(1, 2)) for each in (result.futures, result.central)
    )
    rows += [
        {
            "year": census.label,
            "status": Status.PROJECTED,
            **summary(totals[step], central[step, 0]),
        }
        for step, census in _censuses(result)
        if step and census.label not in known
    ]
    return _with_own(result, pd.DataFrame(rows).sort_values("year", ignore_index=True))


def _with_own(result: Run, table: pd.DataFrame) -> pd.DataFrame:
    """Plans each January, with the authority's own count where it states one."""
    own = {year for name, year in result.record.own.stated if name == "plans"}
    now = result.vintage.census.end
    for year in sorted(own & {now + step for step, _ in _censuses(result)}):
        value = result.central.stock[year - now].sum()
        row = table["year"] == str(year)
        table.loc[row, list(FIGURES)] = list(certain(float(value)).values())
        table.loc[row, "status"] = str(Status.OWN)
    return table


def plan_mix(result: Run) -> pd.DataFrame:
    """Plans by placement each January and their share, published then projected."""
    return _plan_mix(result).copy()


@lru_cache(maxsize=4)
def _plan_mix(result: Run) -> pd.DataFrame:
    published = result.panel.table(
        "ehc_plans", areas=[result.area], breakdowns=["placement"]
    ).dropna(subset=["value"])
    shown = published[["year", "breakdown", "value", "status"]].set_axis(
        ["year", "placement", "plans", "status"], axis=1
    )
    central = result.central.stock.sum(axis=1)[..., 0]
    known = set(shown["year"])
    projected = pd.DataFrame(
        [
            (census.label, name, central[step, column], _of_cells(result, census))
            for step, census in _censuses(result)
            for column, name in enumerate(MODEL_PLACEMENTS)
            if step and census.label not in known
        ],
        columns=["year", "placement", "plans", "status"],
    )
    table = pd.concat([shown, projected], ignore_index=True)
    order = {name: place for place, name in enumerate(PLACEMENTS)}
    table = table.sort_values(
        ["year", "placement"],
        key=lambda column: (
            column.map(order).fillna(column) if column.name == "placement" else column
        ),
    )
    total = table.groupby("year")["plans"].transform("sum")
    return table.assign(share=table["plans"] / total).reset_index(drop=True)


def balance(result: Run) -> pd.DataFrame:
    """Balance at 31 March: year, status, `FIGURES`, chance_of_deficit."""
    if not result.has_money:
        return pd.DataFrame(columns=["year", "status", *FIGURES, "chance_of_deficit"])
    held = result.record.money.balance
    rows = [
        {
            "year": label,
            "status": result.record.money.balance_status[label],
            **certain(held[label]),
            "chance_of_deficit": float(held[label] < 0),
        }
        for label in sorted(held)
    ]
    futures, central = result.futures, result.central
    ahead = [
        (year, futures.balance[step], central.balance[step, 0])
        for step, year in enumerate(result.years)
    ]
    before = result.base_year.shift(-1)
    if result.opening_year < before:
        ahead.insert(0, (before, futures.opening, central.opening[0]))
    for year, values, middle in ahead:
        if year.label in held:
            continue
        chance = float((values < 0).mean()) if result.balance_is_level else np.nan
        rows.append(
            {
                "year": year.label,
                "status": _ahead(result, year),
                **summary(values, middle),
                "chance_of_deficit": chance,
            }
        )
    return pd.DataFrame(rows).sort_values("year", ignore_index=True)


def balance_with_grant(result: Run) -> pd.DataFrame:
    """The balance with the announced grant as well; see `Projection.balance_with_grant`."""
    columns = ["year", "status", *FIGURES]
    _, paid = result.scenario.policies.stability_grant.years()
    if not result.has_money or paid not in result.years:
        return pd.DataFrame(columns=columns)
    first = result.years.index(paid)
    if result.central.announced[first, 0] <= 0:
        return pd.DataFrame(columns=columns)
    values, central = (each.balance_with_grant for each in (result.futures, result.central))
    rows = [
        {
            "year": year.label,
            "status": str(_ahead(result, year)),
            **summary(values[step], central[step, 0]),
        }
        for step, year in enumerate(result.years)
        if step >= first
    ]
    return pd.DataFrame(rows, columns=columns)


def money(result: Run) -> pd.DataFrame:
    """Block, spending and in-year gap by financial year, £; see `Projection.money`."""
    central = result.central
    rows = []
    for step, year in enumerate(result.years):
        gap = summary(result.futures.in_year[step], central.in_year[step, 0])
        granted = central.in_year[step, 0] + central.announced[step, 0]
        rows.append(
            {
                "year": year.label,
                "block_gbp": float(central.block[step, 0]),
                "block_like_for_like_gbp": float(
                    central.block[step, 0] - central.rolled_in[step, 0]
                ),
                "block_status": _block_status(result, year),
                "transfer_gbp": float(central.transfer[step, 0]),
                "spending_gbp": float(central.spending[step, 0]),
                "spending_status": _spending_status(result, year),
                **{f"in_year_gbp_{name}": value for name, value in gap.items()},
                "in_year_with_grant_gbp": float(granted),
            }
        )
    return pd.DataFrame(rows)


def results(result: Run) -> pd.DataFrame:
    """Every simulated series as one long table (columns of `RESULT_COLUMNS`)."""
    rows = [*_plan_rows(result), *_money_rows(result), *_provision_rows(result)]
    table = pd.DataFrame(rows).assign(scenario=result.scenario.name)
    return table[list(RESULT_COLUMNS)]


def _plan_rows(result: Run) -> Iterator[dict[str, object]]:
    stock, central = result.futures.stock, result.central.stock
    total_status = plans(result).set_index("year")["status"]
    for step, census in _censuses(result):
        for band, age_band in enumerate(AGE_BANDS):
            for column, placement in enumerate(MODEL_PLACEMENTS):
                yield _row(
                    census.label,
                    "ehc_plans",
                    stock[step, band, column],
                    central[step, band, column],
                    "plans",
                    _of_cells(result, census),
                    age_band=age_band,
                    placement=placement,
                )
        whole, middle = (each[step].sum(axis=(0, 1)) for each in (stock, central))
        status = str(total_status[census.label])
        yield _row(census.label, "ehc_plans", whole, middle, "plans", status)
    first = result.vintage.census.end
    for measure, name in _FLOWS.items():
        flows = zip(
            getattr(result.futures, name), getattr(result.central, name), strict=True
        )
        for step, (values, middle) in enumerate(flows):
            year = first + step
            status = flow_status(result, name, year)
            yield _row(str(year), measure, values, middle, "plans", status)


def flow_status(result: Run, name: str, year: int) -> Status:
    """Whose a flow of a simulated year is, by its name in the futures."""
    if (name, year) in result.record.own.stated:
        return Status.OWN
    published = year in result.record.newer.get(name, {})
    return Status.OBSERVED if published else Status.PROJECTED


def _money_rows(result: Run) -> Iterator[dict[str, object]]:
    for name, series in _MONEY.items():
        values, middle = (
            getattr(each, series) for each in (result.futures, result.central)
        )
        owed = name != "interest_on_deficit_gbp" or result.balance_is_level
        if not owed or not np.isfinite(values).all():
            continue
        if name == "dsg_balance_with_grant_gbp" and balance_with_grant(result).empty:
            continue
        if name in _WHERE_ANY and not values.any():
            continue
        for step, year in enumerate(result.years):
            status = _status(result, name, year)
            named = measure_in(name, year, result.deficit_until)
            yield _row(year.label, named, values[step], middle[step], "£", status)


def _provision_rows(result: Run) -> Iterator[dict[str, object]]:
    """Spending by provision, and what a plan costs; without the measures too, if any.

    None from a January that has plans by age band alone, without the groups of placements.
    """
    if not result.record.money.has_spending or result.vintage.by_band:
        return
    plain = result.unmitigated
    for words, case in (
        ("", result),
        *((("unmitigated_", plain),) if plain is not result else ()),
    ):
        futures, central = (
            provision_futures(one, case) for one in (case.futures, case.central)
        )
        for name, measure in _PROVISION.items():
            values, middle = getattr(futures, name), getattr(central, name)
            for step, year in enumerate(case.years):
                for column, provision in enumerate(PROVISIONS):
                    if np.isnan(middle[step, column, 0]):
                        continue
                    yield _row(
                        year.label,
                        words + measure,
                        values[step, column],
                        middle[step, column],
                        "£",
                        _spending_status(case, year),
                        placement=provision,
                    )


def _status(result: Run, name: str, year: FinancialYear) -> str:
    """Whose one figure of money in the long table is."""
    if name in _BALANCES:
        held = result.record.money.balance_status
        return held.get(year.label, _ahead(result, year))
    if name in _OWN_SERIES:
        stated = getattr(result.record.money.own, _OWN_SERIES[name])
        return Status.OWN if year.label in stated else _ahead(result, year)
    if name in _NEVER_PUBLISHED:
        return _ahead(result, year)
    spent = _spending_status(result, year)
    if name == "high_needs_spending_gbp":
        return spent
    block = Status(_block_status(result, year))
    if name == "high_needs_block_before_deductions_gbp":
        return block
    return max(spent, block, key=BY_STRENGTH.index)


def _row(
    year: str,
    measure: str,
    values: np.ndarray,
    central: np.ndarray,
    unit: str,
    status: str,
    *,
    age_band: str = "all",
    placement: str = "all",
) -> dict[str, object]:
    return {
        "year": year,
        "measure": measure,
        "age_band": age_band,
        "placement": placement,
        **summary(values, central[0]),
        "unit": unit,
        "status": str(status),
    }


def _censuses(result: Run) -> Iterator[tuple[int, Census]]:
    """Every January simulated, from the base census, which is place 0."""
    for step in range(result.futures.stock.shape[0]):
        yield step, result.vintage.census.shift(step)


def _of_cells(result: Run, census: Census) -> Status:
    """Whose plans by age and placement are: with unknown ones shared out, an estimate.

    Of a January published in total only, ages and placements are ours as well.
    """
    newer = result.record.newer.get("plans", {})
    known = census <= result.vintage.census or census.end in newer
    return Status.ESTIMATED if known else Status.PROJECTED


def _ahead(result: Run, year: FinancialYear) -> Status:
    """What an unpublished figure is: estimated in a year whose plans are counted."""
    counted = result.base_year.shift(result.vintage.counted_years)
    return Status.ESTIMATED if year <= counted else Status.PROJECTED


def _block_status(result: Run, year: FinancialYear) -> str:
    if not result.has_money:
        return Status.UNAVAILABLE
    return result.record.money.block_status.get(year.label, _ahead(result, year))


def _spending_status(result: Run, year: FinancialYear) -> Status:
    """Spending counts place funding, so with an outturn too it is an estimate."""
    own = result.record.money.own
    if year.label in own.spent or (year.label in own.forecast and year > result.base_year):
        return Status.OWN
    if year.label in result.record.money.spending:
        return Status.ESTIMATED
    return _ahead(result, year)
