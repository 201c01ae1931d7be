"""Section 251 files altered in one place each: every one is refused, and says why."""

import pandas as pd
import pytest

from highneeds.errors import SourceError
from highneeds.sources import section251
from tests.raw.finance_copies import changed, geography

ENGLAND = "E92000001"
NET = "s251_high_needs_net_gbp"
BASE_SHEET = "Outturn_data_202122.xlsx"
NET_2022 = "s251_outturn_net_groups_json/s251_lookup_2022.json"
NET_2023 = "s251_outturn_net_groups_json/s251_lookup_2023.json"
KENT = "E10000016"


def groups_of(entries, code):
    return entries[code]["education_breakdown"]


def every_group(change):
    def edit(entries):
        for entry in entries.values():
            for group in entry["education_breakdown"]:
                change(group)
            entry["total"] = sum(g["value"] for g in entry["education_breakdown"])

    return edit


def one_entry(code, change):
    def edit(entries):
        change(entries[code])
        entries[code]["total"] = sum(g["value"] for g in groups_of(entries, code))

    return edit


def in_thousands(group):
    group["value"] = round(group["value"] / 1000)


def one_year_early(entries):
    for entry in entries.values():
        entry["year"] = "2021"


def kent_in_millions(entry):
    for group in entry["education_breakdown"]:
        group["value"] = round(group["value"] / 1e6)


def rename_group(group):
    if group["name"] == "High needs (SEND)":
        group["name"] = "High needs"


def cell(row, column, value):
    def edit(sheets):
        sheets["Sheet1"][row][column] = value

    return edit


def insert_column(at):
    def edit(sheets):
        for row in sheets["Sheet1"]:
            row.insert(at, "")

    return edit


def base_sheet_in_thousands(sheets):
    for row in sheets["Sheet1"][7:]:
        row[15:87] = [c / 1000 if isinstance(c, float) else c for c in row[15:87]]


def blank_derby(sheets):
    sheets["Sheet1"][7][60] = ""


def without_derby(sheets):
    del sheets["Sheet1"][7]


def spending_for_the_old_dorset(sheets):
    row = next(r for r in sheets["Sheet1"][7:] if r[2] == 835.0)
    row[60] = 1000.0


def in_csv(old, new):
    def edit(text):
        assert old in text
        return text.replace(old, new)

    return edit


SELECTED_FILE = "s251_outturn_selected_lines_2023-24.csv"
TOP_UP_FILE = "hn_benchmarking_special_ap_topups_2018-19_to_2021-22.csv"
WEEKLY_FILE = "lait_sen_weekly_unit_cost_2016-17_to_2024-25.csv"
ALTERED = {
    "another year in the file": (
        NET_2022,
        one_year_early,
        ["entries of 2021", "expected 2022", "2022-23"],
    ),
    "net in thousands": (NET_2023, every_group(in_thousands), ["looks like £ thousand"]),
    "one authority in millions": (
        NET_2023,
        one_entry(KENT, kent_in_millions),
        ["leaps a hundredfold", "886"],
    ),
    "a group renamed": (
        NET_2023,
        every_group(rename_group),
        ["Unknown group", "High needs", "no spending"],
    ),
    "a total that is not the sum": (
        NET_2023,
        lambda e: e[KENT].update(total=1),
        ["groups of Kent", "its total says 1"],
    ),
    "a field lost": (
        NET_2023,
        lambda e: e[KENT].pop("total") and None,
        ["total: Field required"],
    ),
    "a list instead": (NET_2023, lambda e: list(e.values()), ["not the expected list"]),
    "an unknown code": (
        NET_2023,
        lambda e: e[KENT].update(la_code="E10000099"),
        ["'E10000099'"],
    ),
    "a code beside another name": (
        NET_2023,
        lambda e: e[KENT].update(la_name="Essex"),
        ["886 beside Essex (881)"],
    ),
    "an authority before its time": (
        NET_2022,
        lambda e: e["E10000006"].update(la_code="E06000063", la_name="Cumberland"),
        ["Cumberland", "in being in that period"],
    ),
    "a column inserted": (
        BASE_SHEET,
        insert_column(60),
        ["Headings", "column 61 is ''", "Section 251 outturn"],
    ),
    "a heading exchanged": (
        BASE_SHEET,
        cell(3, 83, "Alternative provision services"),
        ["column 84", "SEN support and inclusion services"],
    ),
    "another year of the tool": (
        BASE_SHEET,
        cell(1, 2, "2020-21"),
        ["'2020-21'", "'2021-22'"],
    ),
    "lines in thousands": (BASE_SHEET, base_sheet_in_thousands, ["looks like £ thousand"]),
    "a part altered": (
        BASE_SHEET,
        cell(7, 71, 1.0),
        ["top_up_maintained_total", "831 by", "published sum"],
    ),
    "a blank in being": (
        BASE_SHEET,
        blank_derby,
        ["Not a number", "''", "row 8, column 61"],
    ),
    "an authority lost": (BASE_SHEET, without_derby, ["lacks or repeats", "831"]),
    "a code beside another's name": (
        BASE_SHEET,
        cell(7, 3, "Derbyshire"),
        ["831 beside Derbyshire (830)"],
    ),
    "spending of the abolished": (
        BASE_SHEET,
        spending_for_the_old_dorset,
        ["abolished", "835"],
    ),
    "a column renamed": (
        SELECTED_FILE,
        in_csv("sen_transport_pre16_2_1_4_gross_gbp", "sen_transport_gross_gbp"),
        ["lacks 1 expected column", "the nearest is sen_transport_gross_gbp"],
    ),
    "an extract of another year": (
        SELECTED_FILE,
        in_csv(",2023-24,", ",2022-23,"),
        ["2022-23"],
    ),
    "a symbol in the extract": (
        SELECTED_FILE,
        in_csv("91263988", "c"),
        ["'c'", "topup_independent", "Expected a number"],
    ),
    "an authority twice in the extract": (
        SELECTED_FILE,
        in_csv("E08000024,Sunderland", "E10000016,Kent"),
        ["repeats", "886"],
    ),
    "a blank made a figure": (
        TOP_UP_FILE,
        in_csv(
            "West Northamptonshire,State,2018-19,", "West Northamptonshire,State,2018-19,5"
        ),
        ["not in being", "941"],
    ),
    "parts that do not make the total": (
        TOP_UP_FILE,
        in_csv(
            "Barking and Dagenham,State,2018-19,142876.0",
            "Barking and Dagenham,State,2018-19,242876.0",
        ),
        ["do not make the total", "301"],
    ),
    "the end of the file lost": (
        TOP_UP_FILE,
        lambda text: "".join(
            line for line in text.splitlines(keepends=True) if ",Total,2018-19" not in line
        ),
        ["2018-19 has no rows of Total", "download it again"],
    ),
    "an unknown provider": (
        TOP_UP_FILE,
        in_csv(",State,2018-19", ",Academies,2018-19"),
        ["Academies"],
    ),
    "a symbol among top-ups": (
        TOP_UP_FILE,
        in_csv("State,2018-19,142876.0", "State,2018-19,~"),
        ["'~'"],
    ),
    "a cost before its time": (
        WEEKLY_FILE,
        in_csv(
            "2016-17 (OT),Cumberland,942,North West,-",
            "2016-17 (OT),Cumberland,942,North West,95",
        ),
        ["not in being", "942", "2016-17"],
    ),
    "weekly costs in thousands": (
        WEEKLY_FILE,
        lambda text: "\n".join(
            line + "000"
            if line.startswith("SENFinance,2021-22") and line[-1] != "-"
            else line
            for line in text.splitlines()
        ),
        ["declared in £", "2021-22"],
    ),
    "a calendar year": (
        WEEKLY_FILE,
        in_csv("2016-17 (OT)", "2016"),
        ["'2016'", "financial"],
    ),
    "a number that is none": (
        WEEKLY_FILE,
        in_csv(",970,", ",Eng,"),
        ["Eng", "whole numbers"],
    ),
}


@pytest.mark.parametrize(("name", "edit", "words"), ALTERED.values(), ids=ALTERED)
def test_an_altered_copy_is_refused(raw_dir, tmp_path, name, edit, words):
    raw = changed(raw_dir, tmp_path, name, edit)
    with pytest.raises(SourceError) as refused:
        section251.read(raw, geography(raw_dir))
    for word in words:
        assert word in str(refused.value)


def test_a_group_that_is_absent_is_unavailable_and_england_with_it(raw_dir, tmp_path):
    def edit(entries):
        kept = [g for g in groups_of(entries, KENT) if g["name"] != "High needs (SEND)"]
        entries[KENT].update(
            education_breakdown=kept, total=sum(group["value"] for group in kept)
        )

    raw = changed(raw_dir, tmp_path, NET_2022, edit)
    reading = section251.read(raw, geography(raw_dir))
    table = reading.observations
    rows = table[(table["measure"] == NET) & (table["year"] == "2022-23")]
    rows = rows.set_index("la_code")
    for code in ("886", ENGLAND):
        assert rows.loc[code, "status"] == "unavailable"
        assert pd.isna(rows.loc[code, "value"])
    issues = [i for i in reading.issues if i.measure == NET and i.year == "2022-23"]
    without = [i.la_code for i in issues if i.status == "unavailable"]
    assert without == ["886", ENGLAND]


def test_a_damaged_file_is_refused(raw_dir, tmp_path):
    raw = changed(raw_dir, tmp_path, NET_2022, lambda entries: entries)
    path = tmp_path / "finance" / NET_2022
    path.write_text(path.read_text(encoding="utf-8")[:5000], encoding="utf-8")
    with pytest.raises(SourceError, match=r"is not a table \(JSON\)"):
        section251.read(raw, geography(raw_dir))
