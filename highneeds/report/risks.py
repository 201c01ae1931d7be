"""The register of risks on the page and in the workbook: in words, chances and pounds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from highneeds.answers.risks import Risks, risk_register
from highneeds.report.tables import Column, Table, Words
from highneeds.words import NOT_APPLICABLE, millions, missing

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection


def risks_table(result: Projection, risks: Risks | None) -> Table | Words:
    """Each risk with its expected and worst-case pounds; no words where none is given."""
    if risks is None:
        return Words(())
    found = risk_register(result, risks)
    if not result.has_money:
        return Words(
            (
                f"{len(risks.risks)} risks were given, but no balance of "
                f"{result.area.name} is projected that they could move: the files used "
                "hold no high needs block.",
            )
        )
    day = result.deficit_until.closes_on()
    whole = found.iloc[-1]
    texts = found.fillna(
        dict.fromkeys(("cause", "kind", "owner", "review_date"), NOT_APPLICABLE)
    )
    shares = [NOT_APPLICABLE if missing(share) else share for share in found["likelihood"]]
    return Table(
        "risks",
        f"Risks to the balance of {result.area.name} on {day}: expected "
        f"{millions(whole['expected_gbp'])}, with all of them at the worst "
        f"{millions(whole['worst_gbp'])}",
        (
            Column("name", "Risk"),
            Column("cause", "Cause"),
            Column("kind", "Assumption or years"),
            Column("likelihood", "Likelihood", "percent"),
            Column("effect_gbp", "If it comes true", "millions"),
            Column("expected_gbp", "Expected", "millions"),
            Column("worst_gbp", "Worst case", "millions"),
            Column("owner", "Owner"),
            Column("review_date", "To be reviewed"),
        ),
        texts.assign(likelihood=shares),
        (
            f"What each takes from the central case's balance on {day}; below 0 it adds to "
            "it. Expected: times the likelihood, as the authority gives it.",
            "All risks: expected is their sum; the others are a run with all of them at "
            "once, opportunities left out, so what overlaps is counted once.",
            f"From {risks.file_name}. None of these is in the balance or its range above.",
        ),
    )
