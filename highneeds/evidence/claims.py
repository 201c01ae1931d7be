"""The claims register: public figures set against the record, those that differ too.

Statements are in our own words. A claim is reproduced when the record gives the quantity it
names, to the precision it was stated with. One whose publisher's very file the record was
compiled from is counted apart, for it checks the compilation and nothing else. A claim that
differs stays, with the day or basis that would make it right.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from highneeds import home
from highneeds.errors import AssumptionError, some
from highneeds.evidence import claims_figures
from highneeds.files import read_toml
from highneeds.inspections import claims as claims_inspections
from highneeds.panel.panel import Panel
from highneeds.words import minus

COLUMNS = (
    *("claim_id", "source", "statement", "as_of", "basis", "published", "computed"),
    *("verdict", "reason"),
)
REPRODUCED, OWN_FILE = "reproduced", "agrees with its own file"
DIFFERS, NOT_CHECKABLE = "differs", "not checkable"
VERDICTS = (REPRODUCED, OWN_FILE, DIFFERS, NOT_CHECKABLE)
_CHECKS = claims_inspections.CHECKS | claims_figures.CHECKS
# Half a unit in the last place and a hair, because 23.45 is not a whole binary number.
_HAIR = 1e-9


@dataclass(frozen=True)
class Claim:
    """One public figure.

    ``published`` is how it was stated; ``value`` the number, ``within`` half its last
    place (for a text, equality). ``own_file`` says that the record was compiled from the
    very file or page the figure stands in. ``cannot`` says why the record does not hold it.
    """

    claim_id: str
    source: str
    statement: str
    as_of: str
    basis: str
    published: str
    value: float | str | None = None
    within: float = 0.0
    at_least: bool = False
    own_file: bool = False
    show: str = "{:,.0f}"
    check: str = ""
    arguments: dict[str, Any] = field(default_factory=dict)
    reason: str = ""
    cannot: str = ""


def read_claims(folder: Path | None = None) -> list[Claim]:
    """Every claim of ``data/claims``, in file and then in written order.

    Raises
    ------
    AssumptionError
        A claim is incomplete, has an unknown entry or check, or an id twice.
    """
    where = folder or home.data_dir() / "claims"
    claims = [
        _claim(entry, source, path.name)
        for path in sorted(where.glob("*.toml"))
        for source in read_toml(path, "claims", AssumptionError).tables["source"]
        for entry in source["claim"]
    ]
    ids = [claim.claim_id for claim in claims]
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        msg = f"Claims with the same claim_id: {some(twice)}. Give each its own."
        raise AssumptionError(msg)
    return claims


def claims_register(panel: Panel, claims: Iterable[Claim] | None = None) -> pd.DataFrame:
    """Every claim with what the record gives and the verdict.

    Returns
    -------
    DataFrame of text
        `COLUMNS`; ``verdict`` is one of `VERDICTS`.
    """
    chosen = read_claims() if claims is None else claims
    rows = [_row(panel, claim) for claim in chosen]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def count_verdicts(register: pd.DataFrame) -> pd.DataFrame:
    """Claims by verdict and source."""
    counted = pd.crosstab(register["source"], register["verdict"])
    return counted.reindex(columns=list(VERDICTS), fill_value=0).reset_index()


def _row(panel: Panel, claim: Claim) -> tuple[str, ...]:
    first = (claim.claim_id, claim.source, claim.statement, claim.as_of, claim.basis)
    if claim.cannot:
        return (*first, claim.published, "", NOT_CHECKABLE, claim.cannot)
    found = _CHECKS[claim.check](panel, **claim.arguments)
    computed = found if isinstance(found, str) else _shown(claim, found)
    fits = _fits(claim, found)
    reason = claim.reason if fits else _why_not(panel, claim, computed)
    agrees = OWN_FILE if claim.own_file else REPRODUCED
    return (*first, claim.published, computed, agrees if fits else DIFFERS, reason)


def _shown(claim: Claim, found: float) -> str:
    return minus(claim.show.format(found))


def _fits(claim: Claim, found: float | str) -> bool:
    if isinstance(found, str) or isinstance(claim.value, str):
        return found == claim.value
    assert claim.value is not None, "checked when the claim was read"
    if claim.at_least:
        return found >= claim.value
    return abs(found - claim.value) <= claim.within + _HAIR


def _why_not(panel: Panel, claim: Claim, computed: str) -> str:
    said = [f"The record gives {computed} on that date and basis."]
    arguments = claim.arguments
    # The days that would fit are looked for among outcomes as known then, of 2016's.
    searched = claim.check == "state" and not {"framework", "outcomes"} & set(arguments)
    if searched and not isinstance(claim.value, str) and claim.value is not None:
        said.append(
            claims_inspections.days_that_fit(
                panel,
                arguments["count"],
                claim.value,
                claim.within,
                arguments.get("region"),
                arguments["as_of"],
            )
        )
    return " ".join([*said, *([claim.reason] if claim.reason else [])])


def _claim(entry: dict[str, Any], source: dict[str, Any], where: str) -> Claim:
    given = {"source": source["name"], "as_of": source["as_of"]} | entry
    known = set(Claim.__dataclass_fields__)
    strangers = sorted(set(given) - known)
    required = ("claim_id", "statement", "basis", "published")
    absent = [name for name in required if not given.get(name)]
    checked = given.get("check") in _CHECKS and "value" in given
    if strangers or absent or checked == bool(given.get("cannot")):
        faults = [f"unknown {name}" for name in strangers] + [
            f"no {name}" for name in absent
        ]
        faults += (
            [] if checked or given.get("cannot") else ["neither a known check nor a cannot"]
        )
        faults += ["both a check and a cannot"] if checked and given.get("cannot") else []
        msg = (
            f"{where}, claim {given.get('claim_id', '?')!r}: {some(faults)}. A claim has "
            f"{', '.join(required)} and either check and value, or cannot. Checks: "
            f"{', '.join(sorted(_CHECKS))}."
        )
        raise AssumptionError(msg)
    return Claim(**given)
