"""Published files made for the tests: from the tables held, or the real 2025 release."""

import pandas as pd

from highneeds import embedded
from highneeds.geography import Geography
from highneeds.panel.one_file import stored_table

LEVELS = {"england": "National", "region": "Regional", "la": "Local authority"}
LABELS = """time_period time_identifier geographic_level country_code country_name
region_code region_name new_la_code old_la_code la_name breakdown_topic breakdown""".split()
TOPIC = "All EHC plans issued"
_ISSUED, _IN_TIME = "ehc_plans_issued", "ehc_plans_issued_within_20_weeks"
COUNTS = {
    "plans_issued_den": (_ISSUED, "total"),
    "plans_issued_den_ex": (_ISSUED, "excluding_exceptions"),
    "plans_issued_within_20_weeks": (_IN_TIME, "total"),
    "plans_issued_20_weeks_ex": (_IN_TIME, "excluding_exceptions"),
}
RATES = {
    "PC_plans_issued_20_weeks_ex": (f"{_IN_TIME}_pct", "total"),
    "pc_plans_issued_within_20_weeks": (f"{_IN_TIME}_pct", "including_exceptions"),
}
LAST = 2024


def timeliness(to: int) -> pd.DataFrame:
    """Timeliness of plans as published, calendar 2019 on, from the figures held.

    Each year after 2024 is 2024 again with counts twice those of the year before, so that
    it adds up.
    """
    rows = stored_table(embedded.shipped_tables_dir() / "assessments.csv.gz")
    rows = rows[rows["measure"].str.startswith(_ISSUED) & (rows["year"] >= "2019")]
    wide = rows.pivot(
        index=["la_code", "year"], columns=["measure", "breakdown"], values="value"
    )
    columns = {**COUNTS, **RATES}
    held = pd.DataFrame({name: wide[key] for name, key in columns.items()}).reset_index()
    newest = held[held["year"] == str(LAST)]
    later = [
        newest.assign(
            year=str(year), **newest[list(COUNTS)].mul(2 ** (year - LAST)).to_dict("series")
        )
        for year in range(LAST + 1, to + 1)
    ]
    figures = pd.concat([held, *later], ignore_index=True)
    table = _areas(figures["la_code"])
    table["time_period"], table["time_identifier"] = figures["year"], "Calendar year"
    table["breakdown_topic"] = table["breakdown"] = TOPIC
    for name in columns:
        table[name] = figures[name].map("{:.15g}".format).replace("nan", "x")
    return table


def _areas(codes: pd.Series) -> pd.DataFrame:
    areas = [Geography.load().areas[code] for code in codes]
    table = pd.DataFrame(index=codes.index, columns=LABELS, data="")
    table["geographic_level"] = [LEVELS[area.level] for area in areas]
    table["country_code"], table["country_name"] = "E92000001", "England"
    table["region_code"] = [
        "" if area.level == "england" else area.region_code for area in areas
    ]
    for column, name in (("old_la_code", "la_code"), ("la_name", "name")):
        table[column] = [
            getattr(area, name) if area.level == "la" else "" for area in areas
        ]
    return table


def in_2026(table: pd.DataFrame) -> pd.DataFrame:
    """The same table with small `pc` in its names, as in 2026."""
    return table.rename(columns={name: name.replace("PC", "pc") for name in table})


def as_csv(table: pd.DataFrame) -> bytes:
    """A table as the publisher sends it: with a byte-order mark."""
    return table.to_csv(index=False).encode("utf-8-sig")


def caseload_2026(published: pd.DataFrame) -> pd.DataFrame:
    """The real 2025 caseload in the layout of 2026, with a year in which all doubled.

    2026 has `special_academy` and `special_free_school` for `special_academy_free`.
    """
    labels = [*LABELS, *(name for name in published if name.lower().endswith("_pc"))]
    newest = published[published["time_period"] == "202425"]
    later = newest.apply(
        lambda column: column if column.name in labels else _doubled(column)
    )
    table = pd.concat([published, later.assign(time_period="202526")], ignore_index=True)
    both = pd.to_numeric(table["special_academy_free"], errors="coerce")
    free = both // 3
    place = table.columns.get_loc("special_academy_free")
    table.insert(place, "special_academy", _text(both - free))
    table.insert(place + 1, "special_free_school", _text(free))
    return in_2026(table.drop(columns="special_academy_free"))


def _doubled(column: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce")
    return column.where(numbers.isna(), _text(2 * numbers))


def _text(numbers: pd.Series) -> pd.Series:
    return numbers.map("{:.0f}".format).replace("nan", "x")
