"""Section 251 extracts: selected lines, special school and AP top-ups, weekly unit cost."""

from __future__ import annotations

import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.geography import ENGLAND_CODE, Geography
from highneeds.periods import FinancialYear
from highneeds.sources.contract import (
    Issue,
    Reading,
    SourceFile,
    Status,
    area_observations,
    observations,
    require_columns,
    require_unique,
    split_symbols,
)
from highneeds.sources.files import RawFiles
from highneeds.sources.matching import (
    codes_of_names,
    codes_of_ons,
    financial_year,
    in_being,
    require_names_agree,
)
from highneeds.sources.money import require_unit

SELECTED = SourceFile(
    "s251_selected_lines_2023_24",
    "finance/s251_outturn_selected_lines_2023-24.csv",
    "Section 251 outturn 2023-24: selected lines",
    "Department for Education; retyped from tables in a public analysis",
    "2023-24",
    note="Gross: income is not deducted. Five authorities are missing.",
    marks=(
        "la_code_ons",
        "dsg_carried_forward_1_9_3_gbp",
    ),
)
TOP_UPS = SourceFile(
    "special_ap_top_ups",
    "finance/hn_benchmarking_special_ap_topups_2018-19_to_2021-22.csv",
    "High needs benchmarking tool: top-up funding of special schools and AP",
    "Department for Education",
    "2018-19 to 2021-22",
    note="Gross of income; no mainstream or post-school top-ups.",
    marks=(
        "category",
        "total_spend",
        "pop_est",
    ),
)
WEEKLY = SourceFile(
    "lait_sen_weekly_unit_cost",
    "finance/lait_sen_weekly_unit_cost_2016-17_to_2024-25.csv",
    "Local Authority Interactive Tool: SEN weekly unit costs from section 251 outturn",
    "Department for Education",
    "2016-17 to 2024-25",
    note="Support services, direct payments, transport and administration only; to £5.",
    marks=(
        "Short Desc",
        "Years",
        "LA Number",
        "Values",
    ),
)
FILES = (SELECTED, TOP_UPS, WEEKLY)

SELECTED_YEAR = FinancialYear.parse("2023-24")
# The file's topups_sum is not read: it also holds 1.2.10 to 1.2.13, an upper bound only.
_SELECTED_LINES = {
    "topup_independent_1_2_3_gross_gbp": ("top_up_independent", (1e6, 5e8)),
    "educational_psychology_2_1_1_gross_gbp": ("educational_psychology", (1e5, 5e7)),
    "sen_administration_2_1_2_gross_gbp": ("sen_administration", (1e5, 5e7)),
    "sen_transport_pre16_2_1_4_gross_gbp": ("sen_transport_pre16", (5e5, 2e8)),
}
BALANCE_COLUMN = "dsg_carried_forward_1_9_3_gbp"
_PROVIDERS = {
    "State": ("provider", "state"),
    "Independent or non-maintained": ("provider", "independent"),
    "Total": ("total", "total"),
}
_LAIT_ENGLAND, _LAIT_FIRST_REGION, _LAIT_LAST_REGION = 970, 980, 990
# London is published whole; its halves would double it.
_LAIT_LONDON_PARTS = {987, 988}


def read(raw: RawFiles, geography: Geography) -> Reading:
    """Read the three extracts.

    Raises
    ------
    SourceError
        A column, symbol, name, unit or sum is not as described.
    """
    parts = [
        _read_selected(raw, geography),
        _read_top_ups(raw, geography),
        Reading(_read_weekly(raw, geography)),
    ]
    tables = pd.concat([part.observations for part in parts], ignore_index=True)
    return Reading(tables, [issue for part in parts for issue in part.issues])


def read_selected_lines(raw: RawFiles, geography: Geography) -> pd.DataFrame:
    """The 2023-24 extract as numbers by DfE code, absent authorities as NaN.

    Raises
    ------
    SourceError
        A column is missing, a figure is not a number, or a code repeats or misfits.
    """
    published = raw.read_csv(SELECTED)
    columns = [BALANCE_COLUMN, *_SELECTED_LINES]
    require_columns(
        published, ["la_code_ons", "la_name", "financial_year", *columns], SELECTED.path
    )
    years = sorted(set(published["financial_year"]) - {SELECTED_YEAR.label})
    if years:
        msg = f"{SELECTED.path} has years {some(years)}; expected only {SELECTED_YEAR}."
        raise SourceError(msg)
    codes = codes_of_ons(published["la_code_ons"], geography, SELECTED.path)
    require_names_agree(
        codes, published["la_name"], geography, SELECTED_YEAR, SELECTED.path
    )
    living = in_being(geography, SELECTED_YEAR)
    if len(set(codes)) != len(codes) or not set(codes) <= living:
        odd = sorted(
            {code for code in codes if codes.count(code) > 1} | set(codes) - living
        )
        msg = (
            f"{SELECTED.path} repeats an authority or has one that did not exist in "
            f"{SELECTED_YEAR}: {some(odd)}. Expected each authority of the year once."
        )
        raise SourceError(msg)
    # The extract has no symbols; one that appears must be given a meaning first.
    figures = {
        column: split_symbols(published[column], f"{SELECTED.path}, {column}", {})["value"]
        for column in columns
    }
    return pd.DataFrame(figures).set_axis(codes).reindex(sorted(living))


def _read_selected(raw: RawFiles, geography: Geography) -> Reading:
    table = read_selected_lines(raw, geography)
    measure, label = "s251_outturn_gross_line_gbp", SELECTED_YEAR.label
    tables = []
    for column, (line, typical) in _SELECTED_LINES.items():
        require_unit(table[column].dropna(), "£", typical, f"{SELECTED.path}, {column}")
        tables.append(
            area_observations(
                table[column],
                label,
                measure,
                SELECTED.source_id,
                breakdown_type="line",
                breakdown=line,
            )
        )
    issues = [
        Issue(
            issue_id=f"s251-selected-{label}-{code}",
            measure=measure,
            la_code=str(code),
            year=label,
            published="",
            used="",
            why="The authority is not in the extract.",
            status=str(Status.UNAVAILABLE),
            source_id=SELECTED.source_id,
            breakdown_type="line",
            breakdown="all",
        )
        for code in table.index[table.isna().any(axis=1)]
    ]
    return Reading(pd.concat(tables, ignore_index=True), issues)


def _read_top_ups(raw: RawFiles, geography: Geography) -> Reading:
    published = raw.read_csv(TOP_UPS)
    keys = ["la_name", "category", "year"]
    require_columns(published, [*keys, "total_spend"], TOP_UPS.path)
    unknown = sorted(set(published["category"]) - set(_PROVIDERS))
    twice = published.loc[published.duplicated(keys), keys].agg(" / ".join, axis=1)
    if unknown or len(twice):
        msg = (
            f"{TOP_UPS.path} has unknown categories ({some(unknown) or 'none'}) or "
            f"repeated rows ({some(twice) or 'none'}). Expected {', '.join(_PROVIDERS)}, "
            "each once a year for an authority."
        )
        raise SourceError(msg)
    tables, issues = [], []
    for label, rows in published.groupby("year"):
        year = financial_year(str(label), TOP_UPS.path)
        figures = _top_ups_of_year(rows, geography, year)
        no_return = figures["Total"] == 0
        figures[no_return] = float("nan")
        require_unit(figures["Total"].dropna(), "£", (1e6, 5e8), f"{TOP_UPS.path}, {label}")
        for category, (breakdown_type, breakdown) in _PROVIDERS.items():
            table = area_observations(
                figures[category],
                year.label,
                _TOP_UP_MEASURE,
                TOP_UPS.source_id,
                breakdown_type=breakdown_type,
                breakdown=breakdown,
            )
            aside = table["la_code"].isin(no_return.index[no_return])
            table["status"] = table["status"].mask(aside, str(Status.SET_ASIDE))
            tables.append(table)
            for code in figures.index[figures[category] == 0]:
                zero = _top_up_issue(code, year, Status.OBSERVED, _ZERO_PART, breakdown)
                issues.append(zero)
        for code in figures.index[figures["Total"].isna()]:
            absent = (Status.UNAVAILABLE, _BLANK)
            why = (Status.SET_ASIDE, _ZERO_TOTAL) if no_return[code] else absent
            issues.append(_top_up_issue(code, year, *why))
    return Reading(pd.concat(tables, ignore_index=True), issues)


def _top_ups_of_year(
    rows: pd.DataFrame, geography: Geography, year: FinancialYear
) -> pd.DataFrame:
    """Pounds by authority in being and category; NaN where the file is blank."""
    where = f"{TOP_UPS.path}, {year}"
    wide = rows.pivot(index="la_name", columns="category", values="total_spend")
    lacking = [name for name in _PROVIDERS if name not in wide]
    if lacking:
        msg = (
            f"{where} has no rows of {some(lacking)}. Expected "
            f"{', '.join(_PROVIDERS)} of every authority. The end of the file may be lost: "
            "download it again."
        )
        raise SourceError(msg)
    blank = {"": Status.UNAVAILABLE}
    figures = pd.DataFrame(
        {name: split_symbols(wide[name], where, blank)["value"] for name in _PROVIDERS}
    )
    figures.index = pd.Index(codes_of_names(figures.index, geography, year, where))
    gone = ~figures.index.isin(list(in_being(geography, year)))
    if (figures[gone].fillna(0) != 0).to_numpy().any():
        msg = (
            f"{where} has spending for authorities not in being: "
            f"{some(figures.index[gone])}. Expected blanks or zeros there. Check how the "
            "names were matched."
        )
        raise SourceError(msg)
    figures = figures[~gone]
    gap = figures["State"] + figures["Independent or non-maintained"] - figures["Total"]
    wrong = gap.abs() > _TOP_UP_ROUNDING
    if wrong.any():
        msg = (
            f"State and independent do not make the total in {where}: "
            f"{some(wrong[wrong].index)}. Expected their sum, to £1. Download it again."
        )
        raise SourceError(msg)
    return figures


_TOP_UP_MEASURE = "special_and_ap_top_up_gross_gbp"
_TOP_UP_ROUNDING = 1.5  # three figures, each rounded to £1
_ZERO_TOTAL = "A total of zero is no return: line detail or other years show millions."
_ZERO_PART = "Zero as returned; the authority may have put this spending on another line."
_BLANK = "Blank although the authority existed."


def _top_up_issue(
    la_code: object, year: FinancialYear, status: Status, why: str, part: str = ""
) -> Issue:
    printed = "" if status == Status.UNAVAILABLE else "0"
    return Issue(
        issue_id=f"special-ap-top-ups-{year}-{la_code}{'-' if part else ''}{part}",
        measure=_TOP_UP_MEASURE,
        la_code=str(la_code),
        year=year.label,
        published=printed,
        used=printed if part else "",
        why=why,
        status=str(status),
        source_id=TOP_UPS.source_id,
        breakdown_type="provider" if part else "total",
        breakdown=part or "total",
    )


def _read_weekly(raw: RawFiles, geography: Geography) -> pd.DataFrame:
    published = raw.read_csv(WEEKLY)
    require_columns(
        published,
        ["Short Desc", "Years", "LA and Regions", "LA Number", "Values"],
        WEEKLY.path,
    )
    odd = sorted(set(published["Short Desc"]) - {"SENFinance"})
    numbered = published["LA Number"].str.fullmatch("[0-9]{1,9}")
    odd += sorted(set(published.loc[~numbered, "LA Number"]))
    if odd:
        msg = (
            f"{WEEKLY.path} has unexpected measures or authority numbers: {some(odd)}. "
            "Expected measure SENFinance and whole numbers."
        )
        raise SourceError(msg)
    published["number"] = published["LA Number"].astype(int)
    published = published[~published["number"].isin(_LAIT_LONDON_PARTS)]
    where = f"{WEEKLY.path}, Values"
    figures = split_symbols(published["Values"], where, {"-": Status.UNAVAILABLE})
    wider = [ENGLAND_CODE, *(region.la_code for region in geography.regions())]
    tables = []
    for text, rows in published.groupby("Years", sort=False):
        year = financial_year(str(text).removesuffix(" (OT)"), WEEKLY.path)
        of_year = figures.loc[rows.index].assign(
            la_code=_lait_codes(rows, geography, year), year=year.label
        )
        gone = ~of_year["la_code"].isin([*in_being(geography, year), *wider])
        stray = of_year.loc[gone & of_year["value"].notna(), "la_code"]
        if len(stray):
            msg = (
                f"{WEEKLY.path} has a cost in {year} for authorities not in being: "
                f"{some(stray)}. Expected '-'. Check the year labels."
            )
            raise SourceError(msg)
        of_year = of_year[~gone]
        require_unit(of_year["value"].dropna(), "£", (10, 2000), f"{where}, {text}")
        tables.append(
            observations(
                of_year,
                measure="sen_weekly_unit_cost_gbp",
                figures=of_year,
                source_id=WEEKLY.source_id,
            )
        )
    weekly = pd.concat(tables, ignore_index=True)
    require_unique(weekly, WEEKLY.path)
    return weekly


def _lait_codes(rows: pd.DataFrame, geography: Geography, year: FinancialYear) -> pd.Series:
    """LAIT numbers England 970 and regions 980 to 990; authorities keep their DfE code."""
    number, names = rows["number"], rows["LA and Regions"]
    where = f"{WEEKLY.path}, {year}"
    wide = (number == _LAIT_ENGLAND) | number.between(_LAIT_FIRST_REGION, _LAIT_LAST_REGION)
    codes = number.astype(str)
    found = codes_of_names(names[wide], geography, year, where)
    codes = codes.mask(wide, pd.Series(found, index=names[wide].index))
    here = codes.isin(list(in_being(geography, year)))
    require_names_agree(codes[here], names[here], geography, year, where)
    return codes
