"""The words of the trade that a report uses, each explained on the page."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from highneeds.report.tables import Column, Table

TERMS: Mapping[str, str] = {
    "EHC plan": "An education, health and care plan (EHCP): the legal document that says "
    "what a child or young person needs and what will be provided, from birth to 25.",
    "High needs block": "The part of the dedicated schools grant for children and young "
    "people with high needs. Before deductions (before recoupment) it includes the places "
    "that the department pays for directly; after them it is what the authority receives.",
    "Dedicated schools grant (DSG)": "The grant for schools, early years, high needs and "
    "central services.",
    "In-year deficit or surplus": "What one financial year adds: block, with transfers, "
    "less spending. Below nought is a deficit.",
    "Cumulative DSG deficit": "What the years have added up to at 31 March, of every block "
    "of the grant, held in an unusable reserve of the council.",
    "Statutory override": "The rule of accounting that holds a cumulative DSG deficit in "
    "an unusable reserve, so that it does not fall on usable ones, until the day it ends.",
    "High Needs Stability Grant": "The announced grant on the high needs part of the "
    "cumulative deficit, paid on an approved local SEND reform plan.",
    "Whoever carries it": "A cumulative figure after the statutory override ends: the "
    "government has said that the cost of those years will be met within central budgets, "
    "so it is called no council's deficit.",
    "Safety Valve agreement": "An agreement between the department and an authority with a "
    "very high deficit, which pays it in steps; Delivering Better Value is the programme "
    "for others.",
    "DSG management plan": "The plan for its deficit that an authority brings to its "
    "schools forum; a table of it gives placements (DSG-7).",
    "Local SEND reform plan": "The plan on which the stability grant is paid; it asks for "
    "placements of its own (LSRP-14).",
    "Schools block transfer": "Money moved to high needs from the schools block, with the "
    "consent of the schools forum.",
    "Section 251": "The yearly return of planned and actual spending on education; its "
    "outturn is what was spent. A forecast outturn is what an authority expects to spend.",
    "Place funding and top-up": "What a place is paid for whoever fills it, and what is "
    "paid for one child above it.",
    "INMSS (NMSS or independent)": "Independent and non-maintained special schools.",
    "EOTAS, EHE": "Education otherwise than at school, arranged by the authority; elective "
    "home education, chosen by parents.",
    "AP": "Alternative provision: pupil referral units and the like.",
    "Usable reserves": "Money of the council's own that a deficit would fall on without "
    "the statutory override.",
    "Central case": "The one course of events with every assumption at its central value, "
    "every measure delivered and no yearly swing. It adds up over years and placements.",
    "8 in 10 futures": "What lies between low and high: of the simulated futures 1 in 10 "
    "lies below and 1 in 10 above.",
    "Statistical neighbours": "Ten authorities that the department finds most like "
    "another.",
    "Estimated, projected": "Estimated: the year has ended, and its figure is not in the "
    "files used. Projected: the year lies ahead.",
}


def glossary_table() -> Table:
    """Every term with what it means, in the order in which a reader meets them."""
    return Table(
        "glossary",
        "Words used here",
        (Column("term", "Word"), Column("meaning", "What it means", "words")),
        pd.DataFrame(list(TERMS.items()), columns=["term", "meaning"]),
    )
