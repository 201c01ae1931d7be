"""Known errors of the tribunal table: what was printed, what is used and why."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from highneeds.geography import Geography
from highneeds.sources.contract import ENGLAND, Issue, Status
from highneeds.sources.tribunal_table import (
    APPEALED,
    APPEALS,
    DECISIONS,
    HALF_UNIT,
    NEW_DECISIONS,
    NEW_RATE,
    RATE,
    wide,
)

# Decisions include every plan in being at the following January. Elsewhere they are 0.90 to
# 1.21 times those plans (2018 to 2024, areas of 100 plans or more).
_FEWEST_PLANS, _PAIR = 100, 2
_LEAST_PER_PLAN, _MOST_PER_PLAN = 0.8, 1.5


def development_rate(table: pd.DataFrame) -> tuple[pd.DataFrame, list[Issue]]:
    """England's rate in development: divide only the appeals of the areas it covers."""
    figures = wide(table)
    if NEW_DECISIONS not in figures:
        return table, []
    covered = figures[figures[NEW_DECISIONS].notna()].drop(index=ENGLAND)
    appeals = covered[APPEALED].groupby("year").sum()
    table, issues = table.copy(), []
    below = (
        "the row printed below it, excluding suppressed, has the rate used."
        if DECISIONS in figures
        else "the rate used divides the appeals of the areas that have decisions."
    )
    rows = table[(table["la_code"] == ENGLAND) & (table["measure"] == NEW_RATE)]
    for at, row in rows.to_dict("index").items():
        decisions = figures.loc[(ENGLAND, row["year"]), NEW_DECISIONS]
        used = round(100 * appeals[row["year"]] / decisions, 1)
        if abs(used - row["value"]) <= HALF_UNIT:
            continue
        table.loc[[at], "value"] = used
        table.loc[[at], "status"] = str(Status.REPAIRED)
        issues.append(
            issue(
                "tribunals-development-rate",
                row,
                used,
                "It divides all appeals by decisions that leave out the suppressed areas; "
                + below,
            )
        )
    return table, issues


def exchanged_decisions(
    table: pd.DataFrame, plans: pd.DataFrame, geography: Geography
) -> tuple[pd.DataFrame, list[Issue]]:
    """Put back decisions printed in each other's row; set aside others that cannot be.

    Appealable decisions include every plan in being at the following January, so they
    cannot be far from that number. Two areas of a year that both break this, and keep it
    with their figures exchanged, were exchanged. Any other that breaks it is not used.

    Parameters
    ----------
    table : DataFrame
        Observations with ``measure``, one row per area and year.
    plans : DataFrame
        Plans each January: ``la_code``, ``january``, ``value``.
    """
    after = plans.assign(year=(plans["january"] - 1).astype(str), plans=plans["value"])
    rows = table[table["measure"] == DECISIONS].reset_index(names="at")
    rows = rows.merge(after[["la_code", "year", "plans"]], on=["la_code", "year"])
    per_plan = rows["value"] / rows["plans"]
    fits = per_plan.between(_LEAST_PER_PLAN, _MOST_PER_PLAN)
    odd = rows[~fits & (rows["plans"] >= _FEWEST_PLANS)]
    table, issues = table.copy(), []
    for _, group in odd.groupby("year"):
        # Each with the figure of the other, where there are just two.
        partners = group.iloc[::-1] if len(group) == _PAIR else group
        swapped = (partners["value"].to_numpy() / group["plans"]).between(
            _LEAST_PER_PLAN, _MOST_PER_PLAN
        )
        for row, partner in zip(
            group.to_dict("records"), partners.to_dict("records"), strict=True
        ):
            if swapped.all():
                used, status = partner["value"], Status.REPAIRED
                why = f"It was exchanged with that of {geography[partner['la_code']]}."
            else:
                used, status = float("nan"), Status.LOW_RELIABILITY
                why = "No exchange with another area explains it."
            issues += _replace(table, row, used, status, why)
    return table, issues


def _replace(
    table: pd.DataFrame, row: Mapping[Any, Any], used: float, status: Status, why: str
) -> list[Issue]:
    """Put `used` in place of an area's decisions, and the rate that follows from it."""
    same = table[(table["la_code"] == row["la_code"]) & (table["year"] == row["year"])]
    appeals = same.loc[same["measure"] == APPEALED, "value"].iloc[0]
    rates = same[same["measure"] == RATE]
    new_rate = round(100 * appeals / used, 1)
    reason = (
        f"Decisions include every plan of the following January ({row['plans']:.0f}) and "
        f"are elsewhere 0.9 to 1.2 times those; {row['value']:.0f} is not. {why}"
    )
    table.loc[[row["at"]], "value"] = used
    table.loc[rates.index, "value"] = new_rate
    table.loc[[row["at"], *rates.index], "status"] = str(status)
    issue_id = "tribunals-exchanged-decisions"
    return [
        issue(issue_id, row, used, reason, status),
        issue(issue_id, rates.to_dict("records")[0], new_rate, reason, status),
    ]


def issue(
    issue_id: str,
    row: Mapping[Any, Any],
    used: float,
    why: str,
    status: str = Status.REPAIRED,
) -> Issue:
    """An issue of one figure of the table."""
    return Issue(
        issue_id=issue_id,
        measure=row["measure"],
        la_code=row["la_code"],
        year=row["year"],
        published=row["published"],
        used="no figure" if math.isnan(used) else f"{used:g}",
        why=why,
        status=status,
        source_id=APPEALS.source_id,
    )


def code_issues(table: pd.DataFrame) -> list[Issue]:
    """One issue per area whose printed code is not its own, over all its years."""
    printed = table[(table["measure"] == APPEALED) & table["expected"].fillna("").ne("")]
    wrong = printed[printed["code"] != printed["expected"]]
    return [
        Issue(
            issue_id="tribunals-wrong-code",
            measure="; ".join(table.loc[table["la_code"] == la_code, "measure"].unique()),
            la_code=str(la_code),
            year=f"{rows['year'].min()} to {rows['year'].max()}",
            published=f"{rows['name'].iloc[0]} with code {rows['code'].iloc[0] or 'blank'}",
            used=f"code {la_code}",
            why=(
                "The names are right and the codes are not: authorities add up to England, "
                "and series are continuous, only when rows are joined on names."
            ),
            status=Status.REPAIRED,
            source_id=APPEALS.source_id,
        )
        for la_code, rows in wrong.groupby("la_code")
    ]


def part_years(table: pd.DataFrame, geography: Geography) -> list[Issue]:
    """Appeals of an area in the year it ended: a year neither of it nor its successors."""
    appeals = table[(table["measure"] == APPEALED) & (table["la_code"] != ENGLAND)]
    return [
        issue(
            "tribunals-part-year",
            row,
            row["value"],
            f"{geography[row['la_code']].name} ended during {row['year']}; its appeals are "
            "those registered before, and its successors' are those registered after.",
            row["status"],
        )
        for row in appeals.to_dict("records")
        if not geography[row["la_code"]].existed_on(date(int(row["year"]), 12, 31))
    ]
