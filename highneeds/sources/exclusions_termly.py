"""Termly suspension and permanent exclusion rates by SEN provision, and their annual sum.

Rates are per 100 pupils of the SEN group itself. Suspensions and permanent exclusions are
events, so the three terms of a year add up; a pupil suspended in two terms would be
counted twice, so the share of pupils suspended is never summed.
"""

from __future__ import annotations

import pandas as pd

from highneeds.errors import SourceError, UsageError, some
from highneeds.geography import Geography
from highneeds.sources.contract import (
    OBSERVATION_COLUMNS,
    SYMBOLS,
    Reading,
    SourceFile,
    Status,
    observations,
    require_columns,
    require_unique,
    split_symbols,
)
from highneeds.sources.exclusions import academic_years
from highneeds.sources.files import RawFiles
from highneeds.sources.matching import require_one_area
from highneeds.sources.series import Series

TERMLY = SourceFile(
    "exclusions_sen_termly_2024_25",
    "education/dfe-exclusions-sen-termly-2019-2025/"
    "exclusions_la_by_sen_provision_termly.csv.gz",
    "Suspensions and permanent exclusions in England: by characteristic, termly",
    "Department for Education",
    "Spring term 2024/25",
    note="Extract, reshaped: authorities and SEN provision only. No row means no pupils.",
    marks=(
        "send_category",
        "susp_rate",
        "perm_excl_rate",
    ),
)
FILES = (TERMLY,)
# Of one edition, or read together with others: added with a build alone.
SERIES: tuple[Series, ...] = ()

_COLUMNS = {
    "susp_rate": "suspensions_per_100",
    "perm_excl_rate": "permanent_exclusions_per_100",
    "one_plus_susp_rate": "pupils_suspended_per_100",
}
_SUMMABLE = ("suspensions_per_100", "permanent_exclusions_per_100")
_TERMS = {"Autumn term": "autumn", "Spring term": "spring", "Summer term": "summer"}
_PROVISION = {"EHC plan": "ehc_plan", "SEN support": "sen_support", "No SEN": "no_sen"}
_PHASES = {
    "Total": "total",
    "State-funded primary": "primary",
    "State-funded secondary": "secondary",
    "State-funded special": "special",
}
_BY_TERM = {
    "sen_provision": "sen_provision_by_term",
    "sen_provision_by_phase": "sen_provision_by_phase_and_term",
}
_YEARS = range(2020, 2026)
_DECIMALS = 3


def read(raw: RawFiles, geography: Geography) -> Reading:
    """Read termly rates of 2019/20 to spring 2024/25 and sum those of complete years.

    Returns
    -------
    Reading
        ``sen_provision_by_term`` (``ehc_plan|autumn``) and
        ``sen_provision_by_phase_and_term`` (``ehc_plan|primary|autumn``), observed;
        ``sen_provision`` and ``sen_provision_by_phase``, derived: the sum of three terms,
        only where all three are published.

    Raises
    ------
    SourceError
        A column, code, term, group or symbol is not known, or more pupils were suspended
        than there were suspensions.
    """
    published = raw.read_csv(TERMLY)
    labels = {
        "time_identifier": _TERMS,
        "send_category": _PROVISION,
        "education_phase": _PHASES,
    }
    require_columns(
        published,
        ["time_period", "new_la_code", "la_name", *labels, *_COLUMNS],
        TERMLY.path,
    )
    term, provision, phase = (
        _named(published[column], names) for column, names in labels.items()
    )
    keys = pd.DataFrame(
        {
            "la_code": _la_codes(published["new_la_code"], geography),
            "year": academic_years(published["time_period"], _YEARS, TERMLY.path),
        }
    )
    require_one_area(keys.assign(name=published["la_name"]), geography, TERMLY.path)
    every = phase == "total"
    kind = every.map({True: "sen_provision", False: "sen_provision_by_phase"})
    group = provision.where(every, provision + "|" + phase)
    parts = [
        observations(
            keys,
            measure=measure,
            figures=split_symbols(published[column], f"{TERMLY.path}, {column}", SYMBOLS),
            source_id=TERMLY.source_id,
            breakdown_type=kind,
            breakdown=group,
        ).assign(term=term)
        for column, measure in _COLUMNS.items()
    ]
    termly = pd.concat(parts, ignore_index=True)
    by_term = termly.assign(
        breakdown_type=termly["breakdown_type"].map(_BY_TERM),
        breakdown=termly["breakdown"] + "|" + termly["term"],
    )[list(OBSERVATION_COLUMNS)]
    require_unique(by_term, TERMLY.path)
    _require_possible(by_term)
    return Reading(pd.concat([by_term, _complete_years(termly)], ignore_index=True))


def _la_codes(ons_codes: pd.Series, geography: Geography) -> pd.Series:
    """Three-digit codes; the file has only the ONS codes in force each year."""
    try:
        known = {code: geography.from_ons(code).la_code for code in ons_codes.unique()}
    except UsageError as error:
        msg = f"{TERMLY.path}: {error}"
        raise SourceError(msg) from None
    return ons_codes.map(known)


def _named(published: pd.Series, names: dict[str, str]) -> pd.Series:
    strange = sorted(set(published) - set(names))
    if strange:
        msg = (
            f"{TERMLY.path} has unknown labels in {published.name}: {some(strange)}. "
            f"Expected {', '.join(names)}."
        )
        raise SourceError(msg)
    return published.map(names)


def _require_possible(termly: pd.DataFrame) -> None:
    """Each pupil suspended has at least one suspension."""
    keys = ["la_code", "year", "breakdown"]
    wide = termly.pivot(index=keys, columns="measure", values="value")
    over = wide[wide["pupils_suspended_per_100"] > wide["suspensions_per_100"]]
    if len(over):
        msg = (
            f"{TERMLY.path} has more pupils suspended than suspensions for "
            f"{some(over.index.map(' / '.join))}. The two columns may be exchanged."
        )
        raise SourceError(msg)


def _complete_years(termly: pd.DataFrame) -> pd.DataFrame:
    """Sum the three terms of a year, where all three have a figure."""
    events = termly[termly["measure"].isin(_SUMMABLE)]
    keys = ["la_code", "year", "measure", "breakdown_type", "breakdown"]
    summed = events.groupby(keys)["value"].agg(["sum", "count"]).reset_index()
    complete = summed[summed["count"] == len(_TERMS)]
    return complete.assign(
        value=complete["sum"].round(_DECIMALS),
        status=str(Status.DERIVED),
        source_id=TERMLY.source_id,
    )[list(OBSERVATION_COLUMNS)]
