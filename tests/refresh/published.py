"""Published files made for the tests: from the tables held, or from the real 2025 release."""

import pandas as pd

from highneeds import embedded
from highneeds.geography import Geography
from highneeds.panel.one_file import stored_table

LEVELS = {"england": "National", "region": "Regional", "la": "Local authority"}
LABELS = """time_period time_identifier geographic_level country_code country_name region_code
region_name new_la_code old_la_code la_name breakdown_topic breakdown""".split()
TOPIC = "All residential placements"


def residential(to: int = 2025, factor: int = 2) -> pd.DataFrame:
    """Residential placements as published, from the figures held.

    Each year after 2025 is 2025 again, times `factor` for each year: so it adds up.
    """
    rows = stored_table(embedded.shipped_tables_dir() / "plans.csv.gz")
    mine = rows[rows["measure"] == "residential_placements"]
    wide = mine.pivot(index=["la_code", "year"], columns="breakdown", values="value")
    wide = wide.rename(columns={"38_to_51_weeks": "Res_3851", "52_weeks": "Res_52"})
    held = wide.reset_index().assign(Res_tot=lambda table: table["Res_3851"] + table["Res_52"])
    newest = held[held["year"] == "2025"]
    later = []
    for year in range(2026, to + 1):
        counts = newest[["Res_3851", "Res_52", "Res_tot"]] * factor ** (year - 2025)
        later.append(newest.assign(year=str(year), **counts))
    figures = pd.concat([held, *later], ignore_index=True)
    areas = Geography.load().areas
    table = pd.DataFrame(index=figures.index, columns=LABELS, data="")
    end = figures["year"].astype(int)
    table["time_period"] = (end - 1).astype(str) + (end % 100).map("{:02d}".format)
    table["time_identifier"] = "Academic year"
    level = figures["la_code"].map(lambda code: areas[code].level)
    table["geographic_level"] = level.map(LEVELS)
    table["country_code"], table["country_name"] = "E92000001", "England"
    region = figures["la_code"].map(lambda code: areas[code].region_code)
    table["region_code"] = region.where(level != "england", "")
    table["old_la_code"] = figures["la_code"].where(level == "la", "")
    table["la_name"] = figures["la_code"].map(lambda code: areas[code].name).where(
        level == "la", ""
    )
    table["breakdown_topic"] = table["breakdown"] = TOPIC
    for column in ("Res_3851", "Res_52", "Res_tot"):
        table[column] = figures[column].map("{:.0f}".format).replace("nan", "x")
    return table


def as_csv(table: pd.DataFrame) -> bytes:
    """A table as the publisher sends it: with a byte-order mark."""
    return table.to_csv(index=False).encode("utf-8-sig")


def caseload_2026(published: pd.DataFrame) -> pd.DataFrame:
    """The real 2025 caseload in the layout of 2026, with a year in which all doubled.

    2026 has `special_academy` and `special_free_school` for `special_academy_free`, and
    `pc` in small letters.
    """
    labels = [*LABELS, *(name for name in published if name.lower().endswith("_pc"))]
    newest = published[published["time_period"] == "202425"]
    later = newest.apply(lambda column: column if column.name in labels else _doubled(column))
    table = pd.concat([published, later.assign(time_period="202526")], ignore_index=True)
    both = pd.to_numeric(table["special_academy_free"], errors="coerce")
    free = both // 3
    place = table.columns.get_loc("special_academy_free")
    table.insert(place, "special_academy", _text(both - free))
    table.insert(place + 1, "special_free_school", _text(free))
    table = table.drop(columns="special_academy_free")
    return table.rename(columns={name: name.replace("PC", "pc") for name in table})


def _doubled(column: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce")
    return column.where(numbers.isna(), _text(2 * numbers))


def _text(numbers: pd.Series) -> pd.Series:
    return numbers.map("{:.0f}".format).replace("nan", "x")
