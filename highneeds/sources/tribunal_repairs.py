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
_RATES = {DECISIONS: RATE, NEW_DECISIONS: NEW_RATE}
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
    with their figures exchanged, were exchanged: all decisions the publisher joined to
    them by that code, those in development too. Any other that breaks it is not used.

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
    printed, issues = table, []
    table = table.copy()
    for _, group in odd.groupby("year"):
        # Each with the figure of the other, where there are just two.
        partners = group.iloc[::-1] if len(group) == _PAIR else group
        swapped = (partners["value"].to_numpy() / group["plans"]).between(
            _LEAST_PER_PLAN, _MOST_PER_PLAN
        )
        for row, partner in zip(
            group.to_dict("records"), partners.to_dict("records"), strict=True
        ):
            reason = (
                f"Decisions include every plan of the following January "
                f"({row['plans']:.0f}) and are elsewhere 0.9 to 1.2 times those; "
                f"{row['value']:.0f} is not."
            )
            if swapped.all():
                issues += _exchange(printed, table, row, partner, reason, geography)
            else:
                why = f"{reason} No exchange with another area explains it."
                issues += _replace(
                    table, row, DECISIONS, float("nan"), Status.SET_ASIDE, why
                )
    return table, issues


def exchanged_as_before(
    table: pd.DataFrame, held: pd.DataFrame, geography: Geography
) -> tuple[pd.DataFrame, list[Issue]]:
    """Put back decisions in development that are printed exchanged once more.

    They are where two areas of a year each print the figure held of the other, which the
    table before printed so too.

    Parameters
    ----------
    held : DataFrame
        Rows of the tables before.
    """
    keys = ["la_code", "year"]
    mine = table[table["measure"] == NEW_DECISIONS]
    before = held[(held["measure"] == NEW_DECISIONS) & (held["status"] == Status.REPAIRED)]
    before = before[[*keys, "value"]].rename(columns={"value": "held"})
    both = mine.merge(before, on=keys)
    odd = both[both["value"] != both["held"]]
    pairs = odd.merge(odd, on="year", suffixes=("", "_partner"))
    pairs = pairs[
        (pairs["value"] == pairs["held_partner"])
        & (pairs["held"] == pairs["value_partner"])
    ]
    printed, issues = table, []
    table = table.copy()
    for row in pairs.to_dict("records"):
        why = (
            f"It was exchanged with that of {geography[row['la_code_partner']]}, as before."
        )
        status = Status.REPAIRED
        issues += _replace(table, row, NEW_DECISIONS, row["held"], status, why)
    return (table, issues) if issues else (printed, issues)


def _exchange(
    printed: pd.DataFrame,
    table: pd.DataFrame,
    row: Mapping[Any, Any],
    partner: Mapping[Any, Any],
    reason: str,
    geography: Geography,
) -> list[Issue]:
    """Give an area every kind of decision printed in its partner's row that year."""
    swapped = f"It was exchanged with that of {geography[partner['la_code']]}"
    why = {
        DECISIONS: f"{reason} {swapped}.",
        NEW_DECISIONS: f"{swapped}, as the appealable decisions printed beside it were.",
    }
    theirs = printed[(printed["la_code"] == partner["la_code"])]
    theirs = theirs[theirs["year"] == row["year"]].set_index("measure")
    issues = []
    for decisions in _RATES:
        if decisions in theirs.index:
            used, status = theirs.loc[decisions, ["value", "status"]]
            status = status if math.isnan(used) else Status.REPAIRED
            issues += _replace(table, row, decisions, used, status, why[decisions])
    return issues


def _replace(
    table: pd.DataFrame,
    row: Mapping[Any, Any],
    decisions: str,
    used: float,
    status: Status,
    why: str,
) -> list[Issue]:
    """Put `used` in place of an area's decisions, and the rate that follows from it."""
    same = table[(table["la_code"] == row["la_code"]) & (table["year"] == row["year"])]
    at = {measure: index for index, measure in same["measure"].items()}
    appeals = same.loc[at[APPEALED], "value"]
    issues = []
    for measure, value in (
        (decisions, used),
        (_RATES[decisions], round(100 * appeals / used, 1)),
    ):
        if measure not in at:
            continue
        issues.append(
            issue(
                "tribunals-exchanged-decisions",
                same.loc[at[measure]].to_dict(),
                value,
                why,
                status,
            )
        )
        table.loc[[at[measure]], "value"] = value
        table.loc[[at[measure]], "status"] = str(status)
    return issues


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
