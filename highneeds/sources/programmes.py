"""Deficit programmes and framework facts: tables that are not figures by area and year.

Membership of the Safety Valve and Delivering Better Value programmes goes to the table
``programmes``; rates, limits and dates of the funding system to ``framework_facts``.
"""

from __future__ import annotations

from collections import Counter

import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.geography import Geography
from highneeds.periods import FinancialYear
from highneeds.sources import framework_facts
from highneeds.sources.contract import (
    OBSERVATION_COLUMNS,
    Reading,
    SourceFile,
    require_columns,
    split_symbols,
)
from highneeds.sources.files import RawFiles
from highneeds.sources.matching import codes_of_ons, financial_year, require_names_agree
from highneeds.sources.series import Series

MEMBERSHIP = SourceFile(
    "deficit_programmes",
    "finance/deficit_programme_membership.csv",
    "Very high deficit intervention agreements; Delivering Better Value grant "
    "determination",
    "Compiled from Department for Education publications and press reports",
    "agreements to March 2024; letter of 28 November 2023",
    note="Tranche 3 of Delivering Better Value (12 areas) was not found.",
    marks=(
        "programme",
        "cohort",
        "agreed_dfe_funding_gbp_m",
    ),
)
FILES = (MEMBERSHIP, framework_facts.FACTS)
# Of one edition, or read together with others: added with a build alone.
SERIES: tuple[Series, ...] = ()

SAFETY_VALVE, BETTER_VALUE = "Safety Valve", "Delivering Better Value"
# Agreements by year and grant recipients by tranche, as the publisher counts them.
_MEMBERS = {
    (SAFETY_VALVE, "2020-21"): 5,
    (SAFETY_VALVE, "2021-22"): 9,
    (SAFETY_VALVE, "2022-23"): 20,
    (SAFETY_VALVE, "2023-24"): 4,
    (BETTER_VALUE, "tranche 1"): 21,
    (BETTER_VALUE, "tranche 2"): 22,
}
# How the file words its evidence, and what that amounts to.
_EVIDENCE = {
    "named in the official agreements list": "official list",
    "annex A of the grant determination letter": "grant letter",
    "named in press as a Safety Valve council": "press, and the official count",
    "completes the official count": "the official count only",
}
_NOTES = {
    "": "",
    "extended to nine years March 2024": "Lengthened to nine years in March 2024.",
    "suspended, under review March 2024": "Suspended and under review in March 2024.",
    "press: agreed to balance by 2025, not on track": (
        "In the press: was to balance by 2025, and was not on track."
    ),
    "£56.8m initial payment due by April 2023; the council page says £140m": (
        "First payment £56.8m by April 2023. The council's own page gives £140m."
    ),
    "later also Safety Valve (2023-24)": "Moved to a Safety Valve agreement in 2023-24.",
}
_MILLION = 1_000_000
_AGREED_GBP_M = (1.0, 500.0)
# The letter was written after April 2023, when Cumbria's successors had taken over.
_NAMED_IN = FinancialYear.parse("2023-24")


def read(raw: RawFiles, geography: Geography) -> Reading:
    """Read the two companion tables.

    Returns
    -------
    Reading
        No observations. ``programmes``: la_code, programme, cohort, agreed_gbp (cash
        pounds, blank where none is known), target_year, note, evidence, source_id.
        ``framework_facts``: see `framework_facts.read`.

    Raises
    ------
    SourceError
        A code, name, count, amount or wording is not as expected.
    """
    none = pd.DataFrame(columns=list(OBSERVATION_COLUMNS)).astype({"value": float})
    return Reading(
        none,
        companions={
            "programmes": _programmes(raw, geography),
            "framework_facts": framework_facts.read(raw),
        },
    )


def _programmes(raw: RawFiles, geography: Geography) -> pd.DataFrame:
    published = raw.read_csv(MEMBERSHIP)
    where = MEMBERSHIP.path
    amount, target = "agreed_dfe_funding_gbp_m", "target_year"
    require_columns(
        published,
        [
            "la_code_dfe",
            "la_code_ons",
            "la_name",
            "programme",
            "cohort",
            amount,
            target,
            "status_note",
            "evidence",
        ],
        where,
    )
    codes = list(published["la_code_dfe"])
    require_names_agree(codes, published["la_name"], geography, _NAMED_IN, where)
    from_ons = codes_of_ons(published["la_code_ons"], geography, where)
    wrong = [f"{a} beside {b}" for a, b in zip(codes, from_ons, strict=True) if a != b]
    if wrong:
        msg = (
            f"DfE and ONS codes disagree in {where}: {some(wrong)}. Expected one authority."
        )
        raise SourceError(msg)
    _require_counts(published, where)
    for year in published.loc[published[target] != "", target]:
        financial_year(year, where)
    given = published[amount] != ""
    agreed = split_symbols(published.loc[given, amount], f"{where}, {amount}")["value"]
    if not agreed.between(*_AGREED_GBP_M).all():
        msg = (
            f"{where} has amounts outside £{_AGREED_GBP_M[0]:.0f}m to "
            f"£{_AGREED_GBP_M[1]:.0f}m: {some(agreed[~agreed.between(*_AGREED_GBP_M)])}. "
            f"Expected {amount} in £ million."
        )
        raise SourceError(msg)
    pounds = pd.Series("", index=published.index)
    # Rounded, because 53.8 x 1,000,000 is not a whole number in binary.
    pounds[given] = (agreed * _MILLION).round().astype(int).astype(str)
    return pd.DataFrame(
        {
            "la_code": codes,
            "programme": published["programme"],
            "cohort": published["cohort"],
            "agreed_gbp": pounds,
            "target_year": published[target],
            "note": [_note(text, where) for text in published["status_note"]],
            "evidence": [_evidence(text, where) for text in published["evidence"]],
            "source_id": MEMBERSHIP.source_id,
        }
    )


def _require_counts(published: pd.DataFrame, where: str) -> None:
    keys = ["la_code_dfe", "programme"]
    twice = published.loc[published.duplicated(keys), keys].agg(" / ".join, axis=1)
    found = Counter(zip(published["programme"], published["cohort"], strict=True))
    if dict(found) != _MEMBERS or len(twice):
        counts = [
            f"{programme} {cohort}: {found[programme, cohort]} "
            f"(expected {_MEMBERS.get((programme, cohort), 0)})"
            for programme, cohort in sorted({*found, *_MEMBERS})
            if found[programme, cohort] != _MEMBERS.get((programme, cohort), 0)
        ]
        msg = (
            f"Members of {where} are not as many as the publisher counts: "
            f"{some(counts) or 'none'}; repeated: {some(twice) or 'none'}. Check the list "
            "against the agreements, then the reader's counts."
        )
        raise SourceError(msg)


def _note(text: str, where: str) -> str:
    if text not in _NOTES:
        msg = f"New note {text!r} in {where}. Put it in our own words in the reader's list."
        raise SourceError(msg)
    return _NOTES[text]


def _evidence(text: str, where: str) -> str:
    for start, kind in _EVIDENCE.items():
        if text.startswith(start):
            return kind
    msg = (
        f"New kind of evidence {text!r} in {where}. Expected one that begins with "
        f"{', '.join(repr(start) for start in _EVIDENCE)}."
    )
    raise SourceError(msg)
