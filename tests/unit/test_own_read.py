"""Own figures as CSV and TOML: what is taken, whose it is, and what is refused."""

from datetime import date

import pytest

from highneeds.errors import OwnFiguresError
from highneeds.own.amounts import number_of
from highneeds.own.dated import label_of
from highneeds.own.measures import MEASURES
from highneeds.own.read import check_own, read_many, read_own
from highneeds.panel.panel import load_panel
from tests.test_packaging import ROOT

SOMERSET = """area = "Somerset County Council"

[[figures]]
measure = "high_needs_balance_gbp"
at = "2025-26"
value = -116_000_000
source = "Outturn report"
date = 2026-07-01
owner = "Director of Finance"

[[figures]]
measure = "ehc_plans"
at = 2026-11-14
age_band = "Under 5"
placement = "Mainstream schools"
value = 410
"""


@pytest.fixture(scope="module")
def panel():
    return load_panel()


@pytest.fixture
def written(tmp_path):
    def write(name, text):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_a_toml_file_is_read_figure_by_figure(panel, written):
    own = read_own(written("own.toml", SOMERSET), panel)
    balance, plans = own.figures
    assert own.area.la_code == "933"
    assert (balance.at, balance.value) == ("2025-26", -116e6)
    assert (balance.source, balance.date) == ("Outturn report", "2026-07-01")
    assert balance.owner == "Director of Finance"
    assert plans.breakdown == "age_band_by_placement/0-4|mainstream"
    assert own.of("high_needs_balance_gbp")["2025-26"] is balance


def test_the_same_figures_in_csv_are_the_same_figures(panel, written):
    text = (
        "measure,at,value,breakdown,source,date,owner\n"
        'high_needs_balance_gbp,31/03/2026,"(116,000,000)",,Outturn report,1 July 2026,'
        "Director of Finance\n"
        ",,,,,,\n"
        "ehc_plans,2026-11-14,410,age_band_by_placement/0-4|mainstream,,,\n"
    )
    own = read_own(written("own.csv", text), panel, "Somerset")
    assert [(f.measure, f.at, f.value, f.breakdown, f.date) for f in own.figures] == [
        ("high_needs_balance_gbp", "2025-26", -116e6, "total/total", "2026-07-01"),
        ("ehc_plans", "2026-11-14", 410, "age_band_by_placement/0-4|mainstream", ""),
    ]


def test_one_file_may_have_many_authorities(panel, written):
    rows = "area,measure,at,value\nKent,dsg_balance_gbp,2025-26,-1e8\n886,ehc_plans,"
    rows += "2026-10-01,20000\nHull City Council,dsg_balance_gbp,2025-26,-9000000\n"
    path = written("many.csv", rows)
    owns = read_many(path, panel)
    assert {code: len(own.figures) for code, own in owns.items()} == {"886": 2, "810": 1}
    assert read_own(path, panel, "Hull").figures == owns["810"].figures
    with pytest.raises(OwnFiguresError, match="has figures of 2 authorities, Kent"):
        read_own(path, panel)


def test_a_folder_has_a_file_an_authority_and_never_two(panel, written, tmp_path):
    written("a.toml", SOMERSET)
    written("b.csv", "area,measure,at,value\nKent,dsg_balance_gbp,2025-26,-1e8\n")
    written("notes.md", "not read")
    assert set(read_many(tmp_path, panel)) == {"886", "933"}
    written("c.csv", "area,measure,at,value\nKent,dsg_balance_gbp,2024-25,-1e8\n")
    with pytest.raises(OwnFiguresError, match=r"Kent \(886\) is in two files, b.csv and c"):
        read_many(tmp_path, panel)


@pytest.mark.parametrize(
    ("written", "calendar", "label"),
    [
        ("2025-26", "closing", "2025-26"),
        ("2025/26", "closing", "2025-26"),
        ("2026-03-31", "closing", "2025-26"),
        (date(2026, 3, 31), "closing", "2025-26"),
        ("31 March 2026", "closing", "2025-26"),
        ("FY 26/27", "financial", "2026-27"),
        (2025.0, "calendar", "2025"),
        ("14/11/2026", "day", "2026-11-14"),
        ("October 2026", "month", "2026-10"),
        (date(2026, 10, 1), "month", "2026-10"),
    ],
)
def test_periods_are_taken_as_people_write_them(written, calendar, label):
    assert label_of(written, calendar) == label


@pytest.mark.parametrize(
    "written", ["2026-10-01T25:00", "2026-10-01 1", "\u0662\u0660\u0662\u0666-10-01"]
)
def test_a_day_holds_a_time_there_is_and_digits_anyone_reads(written):
    with pytest.raises(ValueError, match="is no day"):
        label_of(written, "day")


@pytest.mark.parametrize(
    ("row", "says"),
    [
        ("ehc_plans,2026-10-01", "2 fields for 3 columns; every row has as many"),
        ("ehc_plans,2026-10-01,21,900", "4 fields for 3 columns; a comma inside"),
        # Kent's block of 2023-24 is £312m: neither is within five times of it.
        ("high_needs_spending_gbp,2024-25,3015000000", "fits no unit"),
        ("high_needs_spending_gbp,2024-25,30150000", "fits no unit"),
        # What a spreadsheet leaves of 301,534,210 in a narrow column.
        ("high_needs_spending_gbp,2024-25,3.02E+08", "is shortened"),
    ],
)
def test_a_row_that_is_not_whole_too_large_or_shortened_is_refused(
    panel, written, row, says
):
    checked = check_own(written("own.csv", f"measure,at,value\n{row}\n"), panel, "Kent")
    (fault,) = checked.faults
    assert fault.where.startswith("line 2")
    assert says in fault.what


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ("(1,234)", -1234),
        ("−£116,000,000.50", -116_000_000.5),
        ("£ -5", -5),
        (" 60500000 ", 60_500_000),
        ("1e6", 1e6),
        (-0.0, 0),
    ],
)
def test_amounts_are_taken_as_people_write_them(given, number):
    assert number_of(given) == number
    assert str(number_of(given)) != "-0.0"


def test_the_page_lists_every_measure_as_it_is_taken():
    page = (ROOT / "docs" / "own-figures.md").read_text("utf-8")
    rows = [line.strip("| ").split(" | ") for line in page.splitlines()]
    listed = {row[0].strip("`"): row for row in rows if len(row) == 6}
    for one in MEASURES:
        kinds = ", ".join(f"`{kind}`" for kind in one.kinds) or "–"
        below = "yes" if one.may_be_negative else "no"
        row = listed.pop(one.name)
        assert (row[1], row[2], row[4], row[5]) == (one.title, one.unit, kinds, below)
    assert set(listed) == {"measure"}


@pytest.mark.parametrize(
    ("measure", "value", "warned"),
    [
        # Of a block of £83.7m: £25m, and a transfer of £1.2m, in thousands and in pounds.
        ("usable_reserves_gbp", 25_000, True),
        ("usable_reserves_gbp", 25_000_000, False),
        ("schools_block_transfer_gbp", 1_200_000, False),
        ("schools_block_transfer_gbp", 1_200, True),
    ],
)
def test_pounds_that_look_like_thousands_beside_the_others_are_warned_of(
    written, measure, value, warned
):
    path = written(
        "a.csv",
        "measure,at,value\ndsg_balance_gbp,2025-26,-104000000\n"
        f"{measure},2025-26,{value}\n",
    )
    found = check_own(path, load_panel(), "Somerset")
    assert not found.faults
    assert [
        f"{measure} at 2025-26 is {value:,}, which looks like £ thousand" in one
        for one in found.notes
    ] == ([True] if warned else [])


def test_a_day_of_two_digits_is_answered_with_its_own_year(written):
    path = written("a.csv", "measure,at,value\ndsg_balance_gbp,31/03/26,-104000000\n")
    (fault,) = check_own(path, load_panel(), "Somerset").faults
    assert "Write it as 2025-26. Expected" in str(fault)
