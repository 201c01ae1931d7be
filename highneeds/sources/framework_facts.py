"""Rates, limits and dates of the high needs funding system, each with its document."""

from __future__ import annotations

import re

import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.sources.contract import SourceFile, require_columns
from highneeds.sources.files import RawFiles

FACTS = SourceFile(
    "high_needs_framework_facts",
    "finance/high_needs_framework_facts.csv",
    "Facts of the high needs funding framework",
    "Compiled from Department for Education guidance, regulations and answers in "
    "Parliament",
    "to February 2026",
    note="Facts marked unverified were not checked against a document.",
    marks=(
        "fact",
        "value",
        "applies_from",
        "evidence",
    ),
)

_ENTITLEMENT = "Entitlement for each pupil of a special school or academy"
_FLOOR = "Smallest and largest rise of the formula allocation, per head aged 2 to 18"
_OVERRIDE = "End of the rule that keeps DSG deficits apart from councils' reserves"
# What each fact is, in our words: the file's wording follows its documents.
_DESCRIPTIONS = {
    "place_funding_special": "Yearly rate of a special school place and most AP places",
    "place_funding_unit_filled": (
        "Yearly rate of a filled SEN unit or resourced provision place; 10,000 if unfilled"
    ),
    "notional_sen_threshold": (
        "Extra SEN cost a school bears for a pupil before top-up funding begins"
    ),
    "block_transfer_limit": (
        "Largest part of the schools block that may move with the schools forum's consent; "
        "a larger one needs the Secretary of State's"
    ),
    "statutory_override_end_original": f"{_OVERRIDE}, as first set",
    "statutory_override_end_extended": f"{_OVERRIDE}, as first extended",
    "statutory_override_end_current": f"{_OVERRIDE}, in force",
    "high_needs_stability_grant_share": (
        "Part of an eligible deficit met by the grant of autumn 2026, given an approved "
        "reform plan; it only lowers the deficit"
    ),
    "stability_grant_deficit_rule": (
        "Which figure counts where returns, notes and accounts differ without explanation; "
        "overspends outside high needs are taken off"
    ),
    "send_costs_central_from": "When SEND costs pass to central government's budget",
    "hn_nff_basic_entitlement_2020_21": _ENTITLEMENT,
    "hn_nff_basic_entitlement_2021_22_on": f"{_ENTITLEMENT}; 660 is for pay and pensions",
    "hn_nff_basic_entitlement_max_2023_24": f"{_ENTITLEMENT}, where costs are highest",
    "additional_high_needs_2022_23": "Sum added that year, 4.1246% of the formula amount",
    "additional_high_needs_2023_24": "Sum added that year, 4.5913% of the formula amount",
    "hn_nff_import_export_unit": "Rate for each pupil placed across a boundary, net",
    "hn_nff_historic_spend_share": "Part of 2017-18 planned spending the formula keeps",
    "hn_nff_proxy_weights": "How the rest of the formula is shared between its indicators",
    "hn_nff_floor_gains_2020_21": _FLOOR,
    "hn_nff_floor_gains_2021_22": _FLOOR,
    "hn_nff_floor_gains_2022_23": _FLOOR,
    "hn_nff_floor_gains_2023_24": _FLOOR,
    "hn_nff_floor_gains_2024_25": _FLOOR,
    "hn_nff_floor_gains_2025_26": _FLOOR,
    "ehc_plan_time_limit": "Time from request to final plan",
    "wsoa_deadline": "Time allowed for a written statement of action after an inspection",
    "priority_action_plan_monitoring": "Time to a monitoring visit after systemic failings",
    "reinspection_inconsistent": "Time to the next inspection after inconsistent outcomes",
    "reinspection_positive": "Time to the next inspection after mostly positive outcomes",
}
_VALUES = {"lowest of the differing sources": "lowest"}
_COLUMNS = [
    "fact",
    "value",
    "unit",
    "applies_from",
    "applies_to",
    "description",
    "official_document",
    "evidence",
]
_PART = re.compile(r"(?P<part>.+) (?P<value>[\d.]+)")


def read(raw: RawFiles) -> pd.DataFrame:
    """Read the facts.

    Returns
    -------
    DataFrame of text
        ``fact, part, value, unit, applies_from, applies_to, description, document, status,
        source_id``. A fact of several figures has a row for each, named by ``part``.
        ``status`` is "evidenced" or "unverified".

    Raises
    ------
    SourceError
        A column is missing, or a fact is unknown or absent.
    """
    published = raw.read_csv(FACTS)
    require_columns(published, _COLUMNS, FACTS.path)
    odd = sorted(set(published["fact"]) ^ set(_DESCRIPTIONS))
    if odd or published["fact"].duplicated().any():
        msg = (
            f"{FACTS.path} has unknown, missing or repeated facts: {some(odd)}. Expected "
            f"the {len(_DESCRIPTIONS)} of the reader's list. Describe a new one there "
            "first."
        )
        raise SourceError(msg)
    rows = []
    for fact in published.itertuples(index=False):
        unverified = str(fact.evidence).startswith("general knowledge")
        for part, value in _parts(str(fact.value)):
            rows.append(
                {
                    "fact": fact.fact,
                    "part": part,
                    "value": value,
                    "unit": str(fact.unit).replace("GBP", "£"),
                    "applies_from": fact.applies_from,
                    "applies_to": fact.applies_to,
                    "description": _DESCRIPTIONS[str(fact.fact)],
                    "document": fact.official_document,
                    "status": "unverified" if unverified else "evidenced",
                    "source_id": FACTS.source_id,
                }
            )
    return pd.DataFrame(rows)


def _parts(text: str) -> list[tuple[str, str]]:
    """Split ``floor 8; gains limit 17`` into named figures; leave a single value whole."""
    found = [_PART.fullmatch(piece.strip()) for piece in text.split(";")]
    if all(found):
        return [(match["part"], match["value"]) for match in found if match]
    return [("", _VALUES.get(text, text))]
