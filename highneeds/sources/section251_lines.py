"""Section 251 lines of high needs, budget and outturn, 2021-22.

From the base sheet of DfE's benchmarking tool. Its headings repeat, so columns are found by
position and each heading is checked. The sheet also counts plans of January 2021 (not of
2022); they are in the SEN2 tables and are not read here.
"""

from __future__ import annotations

import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.geography import Geography
from highneeds.periods import FinancialYear
from highneeds.sources.contract import (
    Issue,
    Reading,
    SourceFile,
    Status,
    area_observations,
)
from highneeds.sources.files import RawFiles
from highneeds.sources.matching import in_being, require_names_agree
from highneeds.sources.money import numbers, require_unit

BASE_SHEET = SourceFile(
    "s251_benchmarking_2021_22",
    "finance/Outturn_data_202122.xlsx",
    "High needs benchmarking tool: base sheet, 2021-22",
    "Department for Education",
    "2021-22",
    note="Its place funding total covers special schools and AP only, not every phase.",
    marks=(
        "cell Section 251 budget",
        "cell 2021-22",
        "cell Place funding",
    ),
)
FILES = (BASE_SHEET,)

YEAR = FinancialYear.parse("2021-22")
_MID_YEAR = "2021"
_CODE, _NAME, _POPULATION = 2, 3, 4
_GROUP_ROW, _HEADING_ROW, _FIRST_ROW = 2, 3, 7
_BLOCKS = {
    "s251_budget_line_gbp": (15, "Section 251 budget"),
    "s251_outturn_line_gbp": (60, "Section 251 outturn"),
}
_PHASES = {
    "early_years": "Early Years",
    "primary": "Primary",
    "secondary": "Secondary",
    "special": "Special schools and academies",
    "ap": "PRUs and AP academies",
    "post_school": "Post School",
}
_PLACES, _MAINTAINED, _INDEPENDENT = (
    "place_funding",
    "top_up_maintained",
    "top_up_independent",
)
_MAINTAINED_HEADING = (
    "Top up funding (maintained schools, academies, free schools and colleges)"
)
_INDEPENDENT_HEADING = (
    "Top up funding (non-maintained and independent schools and colleges)"
)


def _lines() -> dict[str, str]:
    """The 27 lines of a block in order, each with its heading."""
    lines = {f"{_PLACES}_special_and_ap": "Place funding"}
    lines |= {f"{_PLACES}_{phase}": words for phase, words in _PHASES.items()}
    for group, words, suffix in (
        (_MAINTAINED, _MAINTAINED_HEADING, "(1)"),
        (_INDEPENDENT, _INDEPENDENT_HEADING, "(2)"),
    ):
        lines[f"{group}_total"] = words
        lines |= {f"{group}_{phase}": f"{text} {suffix}" for phase, text in _PHASES.items()}
        lines[f"{group}_income"] = f"Income {suffix}"
    return lines | {
        "sen_support": "SEN support and inclusion services",
        "alternative_provision": "Alternative provision services",
        "hospital_education": "Hospital education services",
        "therapies": "Therapies and other health related services",
    }


LINES = _lines()


def read(raw: RawFiles, geography: Geography) -> Reading:
    """Read the budget and outturn lines and the population aged 2 to 18.

    Returns
    -------
    Reading
        Lines in cash pounds, top-up totals net of the income beside them; people at
        mid-2021 as projected, which are not whole numbers.

    Raises
    ------
    SourceError
        A heading has moved, a code and name disagree, or parts do not make a total.
    """
    last = max(first for first, _ in _BLOCKS.values()) + len(LINES)
    rows = raw.read_sheet(BASE_SHEET, "Sheet1", (_FIRST_ROW + 1, last))
    where = BASE_SHEET.path
    _require_headings(rows, where)
    table = pd.DataFrame(rows[_FIRST_ROW:], index=range(_FIRST_ROW + 1, len(rows) + 1))
    codes = numbers(table[[_CODE]], where)[_CODE].map("{:.0f}".format)
    living = in_being(geography, YEAR)
    exists = codes.isin(living)
    names = table[_NAME].str.strip()
    require_names_agree(codes[exists], names[exists], geography, YEAR, where)
    if set(codes[exists]) != living - _NEVER_HERE or codes.duplicated().any():
        odd = sorted((living - _NEVER_HERE) ^ set(codes[exists])) or sorted(
            codes[codes.duplicated()]
        )
        msg = (
            f"{where} lacks or repeats authorities of {YEAR}: {some(odd)}. Expected each "
            "once. Check the edition."
        )
        raise SourceError(msg)

    issues = _abolished(table[~exists].set_axis(codes[~exists]))
    table, codes = table[exists], codes[exists]
    people = numbers(table[[_POPULATION]], where)[_POPULATION].set_axis(codes)
    tables = [
        area_observations(
            people,
            _MID_YEAR,
            "population_2_18",
            BASE_SHEET.source_id,
            status=Status.PROJECTED,
        )
    ]
    for measure, (first, _) in _BLOCKS.items():
        cells = table[[*range(first, first + len(LINES))]]
        block = numbers(cells, f"{where}, {measure}").set_axis(codes)
        tables += _lines_of(block.set_axis(list(LINES), axis=1), measure)
    return Reading(pd.concat(tables, ignore_index=True), issues)


def _lines_of(block: pd.DataFrame, measure: str) -> list[pd.DataFrame]:
    where = f"{BASE_SHEET.path}, {measure}"
    _require_totals(block, where)
    require_unit(block[f"{_MAINTAINED}_total"], "£", (2e6, 1e9), where)
    all_places = block[[f"{_PLACES}_{phase}" for phase in _PHASES]].sum(axis=1)
    lines = [(f"{_PLACES}_total", all_places, Status.DERIVED)]
    lines += [(line, block[line], Status.OBSERVED) for line in LINES]
    return [
        area_observations(
            figures,
            YEAR.label,
            measure,
            BASE_SHEET.source_id,
            breakdown_type="line",
            breakdown=line,
            status=status,
        )
        for line, figures, status in lines
    ]


# City of London and Isles of Scilly are left out of the benchmarking tool.
_NEVER_HERE = {"201", "420"}


def _require_headings(rows: list[list[object]], where: str) -> None:
    expected = {
        (1, _CODE): YEAR.label,
        (4, _CODE): "LA code",
        (4, _NAME): "LA name",
        (4, _POPULATION): "2-18 Population (ONS mid-2021 projection)",
    }
    for first, group in _BLOCKS.values():
        expected[(_GROUP_ROW, first)] = group
        for offset, heading in enumerate(LINES.values()):
            expected[(_HEADING_ROW, first + offset)] = heading
    wrong = []
    for (row, column), heading in expected.items():
        found = " ".join(str(rows[row][column]).split()) if column < len(rows[row]) else ""
        if found != heading:
            wrong.append(f"column {column + 1} is {found!r} (expected {heading!r})")
    if wrong:
        msg = (
            f"Headings of {where} have moved: {some(wrong)}. Names repeat in this sheet, "
            "so columns are read by position: compare the sheet with the reader's list of "
            "lines."
        )
        raise SourceError(msg)


def _require_totals(block: pd.DataFrame, where: str) -> None:
    """Totals are of special and AP (places), or of the phases less income (top-ups)."""
    made = {
        f"{_PLACES}_special_and_ap": block[f"{_PLACES}_special"] + block[f"{_PLACES}_ap"]
    }
    for group in (_MAINTAINED, _INDEPENDENT):
        phases = block[[f"{group}_{phase}" for phase in _PHASES]].sum(axis=1)
        made[f"{group}_total"] = phases - block[f"{group}_income"]
    for line, parts in made.items():
        wrong = (parts - block[line]).abs() > 1  # £1, for rounding
        if wrong.any():
            found = [
                f"{code} by {parts[code] - block[line][code]:,.0f}"
                for code in wrong[wrong].index
            ]
            msg = (
                f"The parts of {line} do not make it in {where}: {some(found)}. Expected "
                "the published sum. A column may have moved, or a figure been altered."
            )
            raise SourceError(msg)


def _abolished(table: pd.DataFrame) -> list[Issue]:
    """Rows of authorities that no longer existed: blank, but for a stray population."""
    spent = table.loc[:, min(first for first, _ in _BLOCKS.values()) :]
    if spent.map(lambda cell: isinstance(cell, float) and cell != 0).to_numpy().any():
        msg = (
            f"{BASE_SHEET.path} has spending in {YEAR} for an authority abolished before "
            f"it ({some(spent.index)}). Expected blanks. Check the codes."
        )
        raise SourceError(msg)
    return [
        Issue(
            issue_id=f"population-2-18-{_MID_YEAR}-{code}",
            measure="population_2_18",
            la_code=str(code),
            year=_MID_YEAR,
            published=f"{people:.2f}",
            used="",
            why="The authority had been abolished; its successors have rows of their own.",
            status=str(Status.NOT_APPLICABLE),
            source_id=BASE_SHEET.source_id,
        )
        for code, people in table[_POPULATION].items()
        if people
    ]
