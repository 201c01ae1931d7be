"""What written statements had to address, as coded from two public accounts of them.

A theme is coded only where the account mentions it. Where it does not, the cell is missing,
never "no": inspectors name what is most serious, not all that is weak.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

import pandas as pd

from highneeds import home
from highneeds.errors import SourceError, some
from highneeds.files import read_shipped
from highneeds.geography import Geography

MENTIONED = "mentioned"
# What each theme is, in our words; the order is that of the columns.
THEMES = {
    "parent_communication": "communication with parents and carers",
    "local_offer_promotion": "making the local offer known",
    "local_offer_awareness": "families knowing of the local offer",
    "local_offer_quality": "what the local offer holds",
    "co_production": "shaping services with families",
    "strategic_leadership": "leadership and governance of the reforms",
    "leadership_capacity": "time and posts to lead, medical officers included",
    "leaders_awareness": "leaders' knowledge of their area and its figures",
    "joint_commissioning": "commissioning by council and NHS together",
    "statement_conversion": "moving statements to plans in time",
    "plan_quality_and_delivery": "quality of plans and delivery of what they promise",
    "health_input_to_plans": "what health and other professionals add to plans",
    "autism_diagnosis": "assessment and diagnosis of autism",
}
PARENTS_AND_LOCAL_OFFER = tuple(THEMES)[:5]
# What the account says nearly every area had: all themes but one area's special one.
BROAD = tuple(name for name in THEMES if name != "autism_diagnosis")


@dataclass(frozen=True)
class Account:
    """The public account that a table was coded from, and the day it appeared."""

    file: str
    day: date
    citation: str


@cache
def account() -> Account:
    """What the themes of written statements were coded from: ``coded/accounts.toml``.

    Raises
    ------
    SourceError
        The file is missing.
    """
    path = home.data_dir() / "coded" / "accounts.toml"
    entry = read_shipped(path)["written_statements"]
    return Account(**{**entry, "day": date.fromisoformat(entry["day"])})


def read_themes() -> pd.DataFrame:
    """The areas told to write a statement by the day of the account, by theme.

    Returns
    -------
    DataFrame
        ``la_code``, ``la_name`` and a column for each of `THEMES`: "mentioned" or missing.
        An area of which the account names no theme has a row with nothing in it.

    Raises
    ------
    SourceError
        The coded table has a column, area or code that is not known.
    """
    file = account().file
    table = _read(file)
    if list(table.columns) != ["la_code", "la_name", *THEMES]:
        strangers = sorted(set(table.columns) ^ {"la_code", "la_name", *THEMES})
        msg = f"{file} has other columns than the themes: {some(strangers)}."
        raise SourceError(msg)
    codes = table[list(THEMES)]
    wrong = ~codes.isin([MENTIONED, ""])
    if wrong.any(axis=None):
        found = sorted(set(codes.to_numpy()[wrong.to_numpy()]))
        msg = (
            f"{file} holds {some(found)}. Expected {MENTIONED!r} or "
            "nothing: a theme that is not mentioned is missing, never a no."
        )
        raise SourceError(msg)
    return table.assign(**codes.where(codes == MENTIONED))


def count_themes() -> pd.DataFrame:
    """How many of the areas each theme is mentioned of.

    Returns
    -------
    DataFrame
        ``theme``, ``meaning``, ``mentioned``, ``areas`` (all told to write a statement) and
        ``not_mentioned``, which is not the number without the weakness.
    """
    themes = read_themes()
    rows = [
        (name, meaning, int(themes[name].notna().sum()), len(themes))
        for name, meaning in THEMES.items()
    ]
    table = pd.DataFrame(rows, columns=["theme", "meaning", "mentioned", "areas"])
    return table.assign(not_mentioned=table["areas"] - table["mentioned"])


def areas_mentioned(themes: tuple[str, ...] = PARENTS_AND_LOCAL_OFFER) -> list[str]:
    """Names of the areas of which at least one of the themes is mentioned."""
    table = read_themes()
    return list(table.loc[table[list(themes)].notna().any(axis=1), "la_name"])


def read_named_weaknesses() -> pd.DataFrame:
    """The significant weaknesses of Oxfordshire (2017) and Somerset (2020), one a row.

    Returns
    -------
    DataFrame
        ``la_code``, ``la_name``, ``number``, ``code``, ``theme``, ``meaning`` (in our
        words) and ``source``.

    Raises
    ------
    SourceError
        An area's numbers do not run from 1, or its code is not known.
    """
    table = _read("named_weaknesses.csv")
    table["number"] = table["number"].astype(int)
    for name, rows in table.groupby("la_name"):
        if list(rows["number"]) != list(range(1, len(rows) + 1)):
            msg = f"named_weaknesses.csv: the numbers of {name} do not run from 1."
            raise SourceError(msg)
    return table


def _read(name: str) -> pd.DataFrame:
    table = home.read_table(home.data_dir() / "coded" / name)
    areas = Geography.load().areas
    pairs = table[["la_code", "la_name"]].drop_duplicates().itertuples(index=False)
    wrong = [
        row.la_name
        for row in pairs
        if getattr(areas.get(str(row.la_code)), "name", "") != row.la_name
    ]
    if wrong:
        msg = f"{name}: {some(wrong)} and the code beside it are not one authority."
        raise SourceError(msg)
    return table
