"""Published files cut small: a few authorities whose regions and England add up again.

What is cut is as published but for the sums, so that a reader finds nothing wrong in it;
the readers are then given an England of these authorities alone.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import pandas as pd

from highneeds import home
from highneeds.geography import ENGLAND_CODE, Geography
from highneeds.sources import placements
from highneeds.sources.releases import layouts
from highneeds.sources.workbook_child import Sheets

# Authorities of two regions.
FEW = {"E12000001": ("840", "390", "391"), "E12000006": ("881", "926", "935")}
CODES = tuple(one for few in FEW.values() for one in few)
# What tells rows of an area and period apart.
_LABELS = (
    *("phase_type_grouping", "ethnicity", "language", "characteristic_age", "age_group"),
    *("estab", "laestab", "academy_type", "academy_open_date"),
    *("establishment_type", "establishment_group", "ehcp_or_statement", "school_type"),
    *("category_of_expenditure", "main_category"),
)
_AREAS = {
    *("geographic_level", "region_code", "region_name"),
    *("new_la_code", "old_la_code", "la_name"),
}
Cut = Callable[[pd.DataFrame], pd.DataFrame]


@cache
def few() -> Geography:
    """England as if it were of a few authorities."""
    tables = home.shipped_tables_dir()
    codes = {ENGLAND_CODE, *FEW, *CODES}
    kept = []
    for name in ("authorities", "aliases", "code_changes", "neighbours"):
        frame = home.read_table(tables / f"{name}.csv")
        named = [one for one in map(str, frame) if one.endswith("la_code")]
        kept.append(frame[frame[named].isin(codes).all(axis=1)])
    return Geography(*kept)


def table_in(data: bytes) -> pd.DataFrame:
    """A table of text."""
    return pd.read_csv(
        io.BytesIO(data), dtype=str, keep_default_na=False, encoding="utf-8-sig"
    )


def of_few(table: pd.DataFrame) -> pd.DataFrame:
    """The rows of a few authorities, their regions and England adding up to them."""
    local = table[table["old_la_code"].isin(CODES)]
    before = [
        one
        for one in map(str, table)
        if one.startswith(("time_", "breakdown", "country_")) or one in _LABELS
    ]
    figures = [name for name in table if name not in {*before, *_AREAS}]
    wide = []
    for level, by in (
        ("Regional", [*before, "region_code", "region_name"]),
        ("National", before),
    ):
        summed = local.groupby(by, sort=False, as_index=False)[figures].agg(_total)
        made = _percentages_made(_rates_made(summed))
        wide.append(made.assign(geographic_level=level))
    whole = pd.concat([*wide[::-1], local], ignore_index=True).fillna("")
    return whole[list(table.columns)]


def _rates_made(table: pd.DataFrame) -> pd.DataFrame:
    """Rates per hundred pupils as the sums make them."""
    counts = [one for one in map(str, table) if f"{one}_rate" in table]
    if not counts:
        return table
    pupils = pd.to_numeric(table["headcount"], errors="coerce")
    made = {
        f"{one}_rate": (100 * pd.to_numeric(table[one], errors="coerce") / pupils).map(
            "{:.2f}".format
        )
        for one in counts
    }
    return table.assign(**{name: one.replace("nan", "x") for name, one in made.items()})


def _percentages_made(table: pd.DataFrame) -> pd.DataFrame:
    """Percentages as the sums make them, of a table in whose rows they follow."""
    found = {}
    for layout in layouts().values():
        for share, (part, *wholes) in layout.percentages.items():
            if {share, part, *wholes} <= set(table):
                numbers = table[[part, *wholes]].apply(pd.to_numeric, errors="coerce")
                made = 100 * numbers[part] / numbers[wholes].sum(axis=1, skipna=False)
                told = made.round(1).map("{:.10g}".format)
                found[share] = told.mask(made.isna(), table[share])
    return table.assign(**found)


def _total(cells: pd.Series) -> str:
    """The sum of counts; of percentages, and where one is a symbol, the first of them."""
    numbers = pd.to_numeric(cells, errors="coerce")
    if numbers.isna().any() or not (numbers % 1 == 0).all():
        return str(cells.iloc[0])
    return str(int(numbers.sum()))


def copied_areas(table: pd.DataFrame) -> pd.DataFrame:
    """The copy of authorities: the few, and their regions adding up to them."""
    local = table[table["old_la_code"].isin(CODES)]
    figures = list(table.columns)[4:]
    kept = []
    for code, few_ in FEW.items():
        row = table[(table["new_la_code"] == code) & (table["breakdown"] == "total")]
        mine = local[local["old_la_code"].isin(few_) & (local["breakdown"] == "total")]
        kept.append(row.assign(**{name: _total(mine[name]) for name in figures}))
    return pd.concat([*kept, local], ignore_index=True)


def copied_england(areas: pd.DataFrame) -> Cut:
    """The copy of England beside those: its settings are fewer in proportion.

    An authority that is in both copies is one of the few.
    """

    def cut(table: pd.DataFrame) -> pd.DataFrame:
        local = areas[areas["old_la_code"].isin(CODES)]
        rows = []
        for row in table.to_dict("records"):
            part = "total" if row["breakdown"].startswith("All") else row["breakdown"]
            mine = local[local["breakdown"] == part]
            if row["geographic_level"] != "National":
                mine = mine.iloc[:1]
                names = {"region_code": next(iter(FEW)), "region_name": "North East"}
                row |= names | {one: mine[one].iloc[0] for one in ("la_name", *_CODED)}
            if len(mine):
                rows.append(_fewer(row, mine))
        return pd.DataFrame(rows, columns=table.columns)

    return cut


_CODED = ("new_la_code", "old_la_code")


def _fewer(row: dict[Any, str], parts: pd.DataFrame) -> dict[Any, str]:
    """A row whose figures are the sums of its parts, or fewer in proportion."""
    plans = int(_total(parts["ehcplans"])) / int(row["ehcplans"])
    summed = set(map(str, parts)) - {"breakdown", "la_name", *_CODED}
    found = {
        name: _total(parts[name])
        if name in summed
        else str(int(int(cell) * plans))
        if cell.isdigit() and not name.startswith(("time", "old", "region"))
        else cell
        for name, cell in row.items()
    }
    # Settings that the copy of authorities sums: all of the sum in the first of them.
    for own in placements._GROUPED_BY.values():
        for group, settings in own.items():
            if settings != (group,) and _total(parts[group]).isdigit():
                zeros = dict.fromkeys(settings[1:], "0")
                found |= {settings[0]: _total(parts[group])} | zeros
    return _as_printed(found, summed)


def _as_printed(row: dict[Any, str], summed: set[str]) -> dict[Any, str]:
    """The row, the largest setting of each placement such that all of them are it."""
    for whole, settings in placements._SETTINGS_OF.items():
        there = [name for name in settings if row.get(name, "").isdigit()]
        gap = sum(int(row[name]) for name in there) - int(row[whole])
        free = [name for name in there if name not in summed and not _grouped(name)]
        largest = max(free, key=lambda name: int(row[name]))
        row[largest] = str(int(row[largest]) - gap)
    return row


def _grouped(name: str) -> bool:
    """Whether a setting is one of several that the copy of authorities sums."""
    own = [group for one in placements._GROUPED_BY.values() for group in one.values()]
    return any(name in settings for settings in own if settings != (name,))


def rows_of(column: str, marks: Sequence[str]) -> Cut:
    """Keeps the rows that have one of these in a column."""
    return lambda table: table[table[column].isin(list(marks))]


def ons_codes() -> list[str]:
    """Every ONS code that the few have had, or have."""
    geography = Geography.load()
    aliases = home.read_table(home.shipped_tables_dir() / "aliases.csv")
    mine = aliases[(aliases["kind"] == "code") & aliases["la_code"].isin(CODES)]
    return [*mine["alias"], *(geography.areas[code].ons_code for code in CODES)]


def single_years(table: pd.DataFrame) -> pd.DataFrame:
    """Estimates by single year of age, of the few, their regions and England."""
    geography = Geography.load()
    codes = {code: geography.from_ons(code).la_code for code in table["Code"].unique()}
    here = table["Code"].map(codes)
    ages = [one for one in map(str, table) if one.isdigit() or one == "All ages"]
    local = table[here.isin(CODES)]
    parents = here[here.isin(CODES)].map(lambda code: geography[code].region_code)
    kept = [local]
    for code in (*FEW, ENGLAND_CODE):
        mine = local if code == ENGLAND_CODE else local[parents == code]
        sums = mine.groupby("mid_year")[ages].agg(_total)
        whole = table[here == code].set_index("mid_year")
        whole[ages] = sums.reindex(whole.index)
        kept.append(whole.reset_index())
    return pd.concat(kept, ignore_index=True)[list(table.columns)]


def allocations(sheets: Sheets, wanted: Sequence[str]) -> Sheets:
    """Sheets of a workbook of the grant, of the few, their regions and England."""
    return {
        name: _area_sheet(sheets[name]) if _start(sheets[name]) else sheets[name]
        for name in wanted
    }


def _start(rows: Sequence[Sequence[object]]) -> int:
    labels = [str(row[0]).strip() if row else "" for row in rows]
    return labels.index("ENGLAND") if "ENGLAND" in labels else 0


def _area_sheet(rows: list[list[object]]) -> list[list[object]]:
    geography, at = Geography.load(), _start(rows)
    regions = {geography[code].name.lower(): code for code in FEW}
    local: dict[str, list[object]] = {}
    wide: dict[str, list[object]] = {ENGLAND_CODE: rows[at]}
    for row in rows[at + 1 :]:
        label = str(row[0]).strip().removesuffix(".0")
        if label in CODES:
            local[label] = row
        elif label.lower() in regions:
            wide[regions[label.lower()]] = row
    for code, row in wide.items():
        mine = [local[one] for one in (CODES if code == ENGLAND_CODE else FEW[code])]
        row[2:] = [
            sum(float(str(one[place])) for one in mine) if isinstance(cell, float) else cell
            for place, cell in enumerate(row[2:], 2)
        ]
    england = wide.pop(ENGLAND_CODE)
    return [*rows[:at], england, *local.values(), *wide.values()]


def base_sheet(sheets: Sheets, first: int) -> Sheets:
    """The sheet of section 251 lines: its headings and the few."""
    (name, rows), *_ = sheets.items()
    local = [row for row in rows[first:] if str(row[2]).removesuffix(".0") in CODES]
    return {name: [*rows[:first], *local]}


def tool(table: pd.DataFrame, measures: Sequence[str], wide: Sequence[str]) -> pd.DataFrame:
    """Rows of the interactive tool: of some measures, of the few and of wider areas."""
    numbers = pd.to_numeric(table["LA Number"], errors="coerce").astype("Int64").astype(str)
    kept = table["Short Desc"].isin(list(measures)) & numbers.isin([*CODES, *wide])
    return table[kept].assign(**{"LA Number": numbers})
