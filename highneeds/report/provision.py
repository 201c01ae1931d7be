"""Spending by provision as a table: what each costs, and what a plan costs on average."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from highneeds.answers.provision import NOTES, PLACED, spending_by_provision
from highneeds.answers.whole import pence_parts
from highneeds.own.measures import PROVISIONS
from highneeds.report.tables import Column, Table, Words
from highneeds.words import NOT_APPLICABLE

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection

ALL = "All high needs spending"


def provision_name(provision: str) -> str:
    """A provision as the tables name it: its placement of the DSG management plan."""
    return PLACED.get(provision) or PROVISIONS[provision]


def spending_to_the_penny(result: Projection) -> pd.DataFrame:
    """The central case's spending by provision (rows) and year, £, to the penny.

    The provisions of a year add up to its spending. Empty without an outturn.
    """
    found = spending_by_provision(result)
    if found.empty:
        return pd.DataFrame(index=list(PROVISIONS))
    by_year = found["spending_gbp"].to_numpy(dtype=float).reshape(len(result.years), -1)
    whole = result.central.spending[:, 0]
    return pd.DataFrame(
        {
            year.label: pence_parts(parts, total)
            for year, parts, total in zip(result.years, by_year, whole, strict=True)
        },
        index=list(PROVISIONS),
    )


def provision_table(result: Projection) -> Table | Words:
    """Spending by provision in the base year and the last, and every year on the sheet."""
    found = spending_by_provision(result)
    if found.empty:
        return Words(("No outturn is held, so no spending by provision can be shown.",))
    first, last = result.years[0].label, result.years[-1].label
    spent = spending_to_the_penny(result)
    plain = spending_to_the_penny(result.unmitigated)
    each = found.pivot_table(index="provision", columns="year", values="per_plan_gbp")
    frame = pd.DataFrame({"name": [*map(provision_name, PROVISIONS), ALL]})
    years = [year.label for year in result.years]
    for year in years:
        frame[year] = [*spent[year], spent[year].sum()]
        frame[f"unmitigated {year}"] = [*plain[year], plain[year].sum()]
        plan = each[year].reindex(list(PROVISIONS)).to_numpy(dtype=float)
        frame[f"plan {year}"] = [
            *(NOT_APPLICABLE if np.isnan(value) else float(value) for value in plan),
            NOT_APPLICABLE,
        ]
    measures = bool(result.scenario.measures)
    between = [year for year in years if year not in (first, last)]
    return Table(
        "provision",
        f"Spending of {result.area.name} by provision: central case",
        (
            Column("name", "Provision"),
            Column(first, first, "millions"),
            *(Column(year, year, "millions", "sheet") for year in between),
            Column(last, last, "millions"),
            *(
                Column(
                    f"unmitigated {year}",
                    f"{year} without measures",
                    "millions",
                    "both" if year == last else "sheet",
                )
                for year in years
                if measures
            ),
            Column(f"plan {first}", f"£ a plan, {first}", "count"),
            *(
                Column(f"plan {year}", f"£ a plan, {year}", "count", "sheet")
                for year in between
            ),
            Column(f"plan {last}", f"£ a plan, {last}", "count"),
        ),
        frame,
        (
            "All of it estimated or projected, the base year too: its outturn is published "
            "in total, and each authority's unit costs are scaled so that they meet it.",
            "The placements are those of the DSG management plan, as the plans of the base "
            "census split them; a plan is paid for from the two Januaries of its year.",
            f"{NOT_APPLICABLE} = not applicable: spending that follows no plans.",
            *(f"{provision_name(name)}: {note}" for name, note in NOTES.items()),
        ),
    )
