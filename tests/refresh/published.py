"""Published files made for the tests: from the tables held, or the real 2025 release."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from highneeds import home
from highneeds.geography import Geography
from highneeds.refresh.one_file import stored_table
from tests.raw.finance_copies import Sheets, read_workbook

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
# What each rate is printed beside: numerator and denominator.
RATES_OF = {
    "PC_plans_issued_20_weeks_ex": ("plans_issued_20_weeks_ex", "plans_issued_den_ex"),
    "pc_plans_issued_within_20_weeks": (
        "plans_issued_within_20_weeks",
        "plans_issued_den",
    ),
}
LAST = 2024


def timeliness(to: int) -> pd.DataFrame:
    """Timeliness of plans as published, calendar 2019 on, from the figures held.

    Each year after 2024 is 2024 again with counts twice those of the year before, so that
    it adds up.
    """
    rows = stored_table(home.shipped_tables_dir() / "assessments.csv.gz")
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


def next_workbook(raw_dir: Path) -> Sheets:
    """The allocations workbook of 2023-24 with the title of the year after."""
    sheets = read_workbook(raw_dir / "finance/dedicated-schools-grant_2024_07_20.ods")
    sheets["Information_2024_to_2025"] = sheets.pop("Information_2023_to_2024")
    summary = sheets["Allocations_summary"]
    summary[0] = [str(cell).replace("2023 to 2024", "2024 to 2025") for cell in summary[0]]
    return sheets


def outturn_lines(year: str, factor: float) -> pd.DataFrame:
    """Section 251 outturn by line as published, with balances of a year more.

    Those of the last year held, `factor` times larger; a deficit of £1m where none is held.
    """
    rows = stored_table(home.shipped_tables_dir() / "balances.csv.gz")
    rows = rows[rows["geography_level"] == "la"]
    held = rows[rows["value"].notna()][["la_code", "year", "value"]]
    last = held[held["year"] == held["year"].max()]
    absent = set(rows.loc[rows["year"] == held["year"].max(), "la_code"]) - set(
        last["la_code"]
    )
    more = pd.DataFrame({"la_code": sorted(absent - {"201", "420"}), "value": -1e6})
    later = pd.concat([last.assign(value=last["value"] * factor), more])
    held = pd.concat([held, later.assign(year=year)], ignore_index=True)
    parts = [_of_year(mine, label) for label, mine in held.groupby("year", sort=True)]
    return pd.concat(parts, ignore_index=True)


def _of_year(balances: pd.DataFrame, year: str) -> pd.DataFrame:
    """Two lines of England, the regions (London in halves) and every authority."""
    areas = balances[["la_code", "value"]].reset_index(drop=True)
    table = _areas(areas["la_code"]).drop(columns=["breakdown_topic", "breakdown"])
    # A deficit is above zero there.
    table["gross_expenditure"] = -areas["value"]
    table["region_code"] = [
        Geography.load().areas[code].region_code for code in areas["la_code"]
    ]
    wider = table.groupby("region_code", as_index=False)["gross_expenditure"].sum()
    london = wider[wider["region_code"] == "E12000007"]
    halves = [
        london.assign(region_code=code, gross_expenditure=london["gross_expenditure"] / 2)
        for code in ("E13000001", "E13000002")
    ]
    wider = pd.concat([wider.drop(index=london.index), *halves])
    england = pd.DataFrame({"gross_expenditure": [table["gross_expenditure"].sum()]})
    table = pd.concat(
        [
            england.assign(geographic_level="National"),
            wider.assign(geographic_level="Regional"),
            table,
        ],
        ignore_index=True,
    ).fillna("")
    table["time_period"], table["time_identifier"] = year.replace("-", ""), "Financial year"
    table["main_category"] = "Section A: Schools"
    table["income"] = "0"
    table["gross_expenditure"] = table["gross_expenditure"].map("{:.0f}".format)
    table["net_expenditure"] = table["gross_expenditure"]
    lines = (
        "1.2.1 Top-up funding – maintained schools",
        "1.9.3 Dedicated Schools Grant carried forward to next year",
    )
    return pd.concat([table.assign(category_of_expenditure=line) for line in lines])


def in_2026(table: pd.DataFrame) -> pd.DataFrame:
    """The same table with small `pc` in its names, as in 2026."""
    return table.rename(columns={name: name.replace("PC", "pc") for name in table})


def as_csv(table: pd.DataFrame) -> bytes:
    """A table as the publisher sends it: with a byte-order mark."""
    return table.to_csv(index=False).encode("utf-8-sig")


def caseload_2026(published: pd.DataFrame) -> pd.DataFrame:
    """The real 2025 caseload in the layout of 2026, with a year in which all doubled.

    2026 has `special_academy` and `special_free_school` for `special_academy_free`; to
    January 2022 the first has the figure of both and the second `x`. Ages have a new name.
    """
    labels = [*LABELS, *(name for name in published if name.lower().endswith("_pc"))]
    newest = published[published["time_period"] == "202425"]
    later = newest.apply(
        lambda column: column if column.name in labels else _doubled(column)
    )
    table = pd.concat([published, later.assign(time_period="202526")], ignore_index=True)
    return in_2026(_caseload(table))


def _split(table: pd.DataFrame) -> pd.DataFrame:
    """State special academies and free schools told apart from 2023 on."""
    both = pd.to_numeric(table["special_academy_free"], errors="coerce")
    free = both // 3
    # Of calendar years the first to tell them apart is 2022.
    before = table["time_period"].str[:4] < "2022"
    place = table.columns.get_loc("special_academy_free")
    table.insert(place, "special_academy", _text((both - free).mask(before, both)))
    table.insert(place + 1, "special_free_school", _text(free.mask(before)))
    return table.drop(columns="special_academy_free")


def in_form_of_2026(
    key: str, published: pd.DataFrame, newest: pd.DataFrame | None = None
) -> pd.DataFrame:
    """A real table of the 2025 release in the form of 2026, and a year more.

    `newest` are its rows, in the form of 2026; without them the last year's, again.
    """
    last = published["time_period"].max()
    if newest is not None:
        before = in_2026(_FORMS[key](published))
        return pd.concat([before, newest], ignore_index=True)[list(before.columns)]
    year = "2025" if len(last) == len("2024") else "202526"
    again = published[published["time_period"] == last].assign(time_period=year)
    table = pd.concat([published, again], ignore_index=True)
    return in_2026(_FORMS[key](table))


def _renamed_topic(old: str, new: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def change(table: pd.DataFrame) -> pd.DataFrame:
        both = {"breakdown_topic": {old: new}, "breakdown": {old: new}}
        return table.replace(both)

    return change


def _requests(table: pd.DataFrame) -> pd.DataFrame:
    sources = table[table["breakdown_topic"] == "Sex"].assign(
        breakdown_topic="Source of request", breakdown="Parent or young person"
    )
    sources = sources.drop_duplicates(["time_period", "region_code", "old_la_code"])
    old = "All requests for EHC needs assessments"
    table = _renamed_topic(old, "All requests for an EHC needs assessment")(table)
    return pd.concat([table, sources], ignore_index=True)


def _timeliness(table: pd.DataFrame) -> pd.DataFrame:
    table = _renamed_topic(TOPIC, "All EHC plans")(table)
    return table.assign(avg_weeks_issue_plan="26.1", avg_weeks_issue_plan_exc="25.9")


def _new_plans(table: pd.DataFrame) -> pd.DataFrame:
    table = _renamed_topic("New EHC plans", "All new EHC plans")(_split(table))
    return table.rename(
        columns={"await_prov_2022": "await_prov", "perm_ex_2022": "perm_ex"}
    )


def _annual_reviews(table: pd.DataFrame) -> pd.DataFrame:
    """One year only, every column renamed, and no percentages."""
    table = _renamed_topic("All annual reviews", "All reviews of EHC plans")(table)
    names = {
        "total_ehc_plans": "total_ehc_plans",
        "review_expected": "review_expected_2025",
        "review_not_expected": "review_not_expected_2025",
        "no_review_meeting": "review_not_completed",
        "outcome_amend": "outcome_amended",
        "outcome_cease": "outcome_ceased",
        "outcome_maintan": "outcome_maintained",
        "no_outcome": "no_outcome_recorded",
        "number_decsion_4weeks": "decision_4_weeks",
        "number_decision_gt_4weeks": "decision_over_4_weeks",
    }
    held = pd.to_numeric(table["total_review_meeting"], errors="coerce")
    prior = pd.to_numeric(table["review_meeting_prior_24"], errors="coerce")
    completed = {
        "review_completed_2025": _text(held - prior),
        "review_completed_prior_2025": _text(prior),
    }
    found = table[[*LABELS, *names]].rename(columns=names).assign(**completed)
    # Brighton and Hove maintained a plan more than it met on, a known fault of 2024 alone.
    brighton = (found["old_la_code"] == "846") & (found["outcome_maintained"] == "2173")
    taken_off = brighton.copy()
    for area in ("E12000008", ""):
        whole = (found["region_code"] == area) & (found["old_la_code"] == "")
        taken_off |= whole & found["breakdown"].str.startswith("All") & brighton.any()
    for name, change in (("outcome_maintained", -1), ("no_outcome_recorded", 1)):
        moved = pd.to_numeric(found.loc[taken_off, name]) + change
        found.loc[taken_off, name] = _text(moved)
    return found[found["time_period"] == "2025"]


def _caseload(table: pd.DataFrame) -> pd.DataFrame:
    ages = {"Child or young persons age": "Age at start of academic year"}
    return _split(table.replace({"breakdown_topic": ages}))


_FORMS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "caseload": _caseload,
    "requests": _requests,
    "timeliness": _timeliness,
    "ceased_plans": lambda table: table.drop(columns="not_rec"),
    "new_plans": _new_plans,
    "annual_reviews": _annual_reviews,
    "assessments": lambda table: table,
    "residential": lambda table: table.rename(columns=str.lower),
    "needs": lambda table: table.assign(
        number_ds=table["time_period"].map({"202425": "x", "202526": "0"}), ds_pc="x"
    ),
}


def _doubled(column: pd.Series) -> pd.Series:
    numbers = pd.to_numeric(column, errors="coerce")
    return column.where(numbers.isna(), _text(2 * numbers))


def _text(numbers: pd.Series) -> pd.Series:
    return numbers.map("{:.0f}".format).replace("nan", "x")
