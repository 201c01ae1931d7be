"""The template filled by a script and read back; forty planted errors, each by its cell."""

from collections import defaultdict
from datetime import date, datetime
from types import SimpleNamespace

import openpyxl
import pytest

from highneeds.cli import main
from highneeds.errors import OwnFiguresError
from highneeds.own.differences import differences, differing
from highneeds.own.read import check_own, read_own
from highneeds.own.template import template_bytes
from highneeds.panel.panel import load_panel

COLUMNS = ("Own figure", "Covers", "Source", "Date stated", "Owner", "Measure", "At")
# With a Safety Valve agreement, without a published block, created in 2023.
AUTHORITIES = ("Kent", "City of London", "Cumberland")
FIRST_MORE = 5


class Filling:
    """A template being filled: cells found by what their row is."""

    def __init__(self, path, content):
        path.write_bytes(content)
        self.path, self.book = path, openpyxl.load_workbook(path)
        self.rows, self.columns, self.more = {}, {}, FIRST_MORE
        for sheet in self.book:
            heads = {}
            for row in sheet.iter_rows():
                texts = [cell.value for cell in row]
                if "Own figure" in texts and not heads:
                    heads = {text: place for place, text in enumerate(texts) if text}
                    self.columns[sheet.title] = heads
                elif heads and sheet.title != "More figures":
                    key = [texts[heads[x]] for x in ("Measure", "At", "Breakdown")]
                    if key[0]:
                        self.rows[tuple(text or "" for text in key)] = row

    def cell(self, measure, at="", breakdown="total/total", column="Own figure"):
        row = self.rows[measure, at, breakdown]
        return row[self.columns[row[0].parent.title][column]]

    def put(self, value, measure, at="", breakdown="total/total", column="Own figure"):
        cell = self.cell(measure, at, breakdown, column)
        cell.value = value
        return f"{cell.parent.title}!{cell.coordinate}"

    def put_more(self, column, **given):
        sheet = self.book["More figures"]
        heads = self.columns["More figures"]
        for name, value in given.items():
            sheet.cell(self.more, heads[name.replace("_", " ")] + 1).value = value
        named = sheet.cell(self.more, heads[column] + 1)
        self.more += 1
        return f"{sheet.title}!{named.coordinate}"

    def save(self):
        self.book.save(self.path)
        return self.path


@pytest.fixture(scope="module")
def panel():
    return load_panel()


@pytest.fixture(scope="module")
def templates(panel):
    return {name: template_bytes(panel, panel.area(name)) for name in AUTHORITIES}


@pytest.mark.parametrize("name", AUTHORITIES)
def test_a_template_returned_unfilled_has_no_figures(panel, templates, tmp_path, name):
    path = tmp_path / "unfilled.xlsx"
    path.write_bytes(templates[name])
    own = read_own(path, panel)
    assert own.area == panel.area(name)
    assert own.figures == ()
    # Nor after a spreadsheet has saved it, or with words for figures that are not there.
    filling = Filling(path, templates[name])
    filling.book["Start"]["B4"] = "Outturn report"
    assert read_own(filling.save(), panel).figures == ()


def test_the_balance_that_starts_the_report_comes_first(templates, tmp_path):
    filling = Filling(tmp_path / "filled.xlsx", templates["Kent"])
    first, second = (
        filling.cell(name, "2025-26", column="Figure")
        for name in ("dsg_balance_gbp", "high_needs_balance_gbp")
    )
    assert first.row < second.row
    assert first.value.endswith("(the projection starts from the last one)")
    assert second.value.endswith("(moves the announced grant alone, no balance)")


@pytest.mark.parametrize("name", AUTHORITIES)
def test_a_filled_template_is_read_back_to_the_last_figure(
    panel, templates, tmp_path, name
):
    """Every cell that asks for a figure gets one that might be so."""
    area = panel.area(name)
    spent = panel.figure("s251_high_needs_net_gbp", area, "2024-25").value
    plans = panel.figure("ehc_plans", area, "2026").value
    filling = Filling(tmp_path / "filled.xlsx", templates[name])
    start = filling.book["Start"]
    start["B4"], start["B5"], start["B6"] = "Budget report", date(2029, 4, 30), "S151"
    # Of 40 parts by age and placement and of 14 needs, each alike: 280 = 40 × 7 = 14 × 20.
    unit = round(plans / 280)
    tenth = round(spent / 10)
    total = {"total": 280 * unit, "need": 20 * unit, "age_band_by_placement": 7 * unit}
    values = {
        "ehc_plans": total if unit else {"total": round(plans)},
        "high_needs_spending_gbp": {"total": 10 * tenth, "provision": tenth},
        "high_needs_forecast_outturn_gbp": {"total": 10 * tenth, "provision": tenth},
        "dsg_balance_gbp": {"total": -3 * tenth},
        "high_needs_balance_gbp": {"total": -4 * tenth},
        "high_needs_block_before_deductions_gbp": {"total": 11 * tenth},
        "high_needs_block_after_deductions_gbp": {"total": 9 * tenth},
        "commissioned_places": {"total": 900},
        "special_school_places": {"total": 800},
        "unit_cost_gbp": {"placement": 21_500},
    }
    for name_of in ("new_ehc_plans", "ceased_ehc_plans", "ehc_assessment_requests"):
        last = panel.figure(name_of, area, "2025").value or 10
        values[name_of] = {"total": round(last)}
    given = {}
    for key in filling.rows:
        known = values.get(key[0], {"total": tenth})
        value = known.get(key[2].partition("/")[0])
        if value is not None:
            given[key] = value
            filling.put(value, *key)
    filling.book["Plans"]["D3"] = date(2026, 11, 14)
    given = {
        (measure, at or "2026-11-14", breakdown): value
        for (measure, at, breakdown), value in given.items()
    }
    path = filling.save()
    checked = check_own(path, panel)
    assert [str(fault) for fault in checked.faults] == []
    own = read_own(path, panel)
    assert {(f.measure, f.at, f.breakdown): f.value for f in own.figures} == given
    assert {(f.source, f.date, f.owner) for f in own.figures} == {
        ("Budget report", "2029-04-30", "S151")
    }
    # Beside the published: the total of plans, by hand.
    row = differences(own, panel).set_index(["figure", "at"]).loc["ehc_plans", "2026-11-14"]
    assert row["difference"] == given["ehc_plans", "2026-11-14", "total/total"] - plans
    beside = differing(differences(own, panel))
    assert ((beside["own"] - beside["published"]) == beside["difference"]).all()


def planted(filling):
    """Forty-six errors of different kinds in one file: where each is, and what it says."""
    put, more = filling.put, filling.put_more
    balance, dsg = "high_needs_balance_gbp", "dsg_balance_gbp"
    block = "high_needs_block_before_deductions_gbp"
    spending, forecast = "high_needs_spending_gbp", "high_needs_forecast_outturn_gbp"
    own_forecast, transfer = "published_forecast_gbp", "schools_block_transfer_gbp"
    inmss = "provision/inmss"
    put(330_000_000, block, "2024-25")
    put(-150_000_000, own_forecast, "2029-30")
    put(160_000_000, spending, "2024-25", "provision/mainstream_top_up")
    put(150_000_000, spending, "2024-25", inmss)
    for one in filling.rows:
        if one[:2] == (spending, "2025-26"):
            put(31_000_000, *one)
    put(2_400, "new_ehc_plans", "2025")
    put(2_000, "ceased_ehc_plans", "2026")
    for name in ("2026-27", "2027-28"):
        put(2_000_000, transfer, name)
        put(2_000_000, "grants_rolled_in_gbp", name)
    put(30_000_000, forecast, "2026-27", inmss)
    put(30_000_000, forecast, "2027-28", inmss)
    put(340_000_000, forecast, "2026-27")
    put(16_000_000, "safety_valve_payment_gbp", "2025-26")
    put(16_000_000, "safety_valve_payment_gbp", "2026-27")
    put(60_000_000, "ledger_gbp", "2026-04")
    put(60_000_000, "ledger_gbp", "2026-08")
    filling.book["Plans"]["D3"] = date(2026, 11, 14)
    joint = "age_band_by_placement/5-10|mainstream"
    hidden = "Outturn\u200b report"
    yield put("£116m", balance, "2023-24"), "'£116m' is not in full. Write 116000000"
    yield put("n/a", balance, "2024-25"), "'n/a' is no number. Expected pounds in full"
    put("x", balance, "2025-26")  # a text, or openpyxl would write a formula
    formula = filling.cell(balance, "2025-26")
    formula.value, formula.data_type = "=1+1", "s"
    yield f"Balances!{formula.coordinate}", "'=1+1' is a formula in text; nothing is worked"
    yield put(-67_167.405, dsg, "2023-24"), "looks like £ thousand beside its published"
    yield put(-97.5, dsg, "2024-25"), "looks like £ million beside its published block"
    yield put(True, dsg, "2025-26"), "true is no number"
    yield put(-5e6, "usable_reserves_gbp", "2023-24"), "below 0, which usable_reserves_gbp"
    yield put("inf", "usable_reserves_gbp", "2024-25"), "is not a finite number"
    yield put("1e400", "usable_reserves_gbp", "2025-26"), "'1e400' is not a finite number"
    yield put("c", own_forecast, "2026-27"), "'c' stands for no figure. Leave the value"
    yield put("12%", own_forecast, "2027-28"), "'12%' is a percentage"
    yield put(datetime(2026, 3, 31), own_forecast, "2028-29"), "is no number"
    at = (own_forecast, "2029-30")
    yield put("soon", *at, column="Date stated"), "'soon' is no day. Expected the day"
    yield put(345, block, "2025-26"), "is 345, which looks like £ million"
    yield put(345_000, block, "2026-27"), "is 345,000, which looks like £ thousand"
    yield put(34_500_000_000, block, "2027-28"), "looks like pence"
    after = "high_needs_block_after_deductions_gbp"
    yield put(340_000_000, after, "2024-25"), f"is more than {block}, 330,000,000 at Block!"
    error = filling.cell("high_needs_places_deduction_gbp", "2025-26")
    error.value, error.data_type = "#DIV/0!", "e"
    yield f"Block!{error.coordinate}", "#DIV/0!"
    yield put("=5*1000000", transfer, "2025-26"), "a formula that no program has worked out"
    at = (transfer, "2026-27")
    wrong = put("schools_block_transfers", *at, column="Measure")
    yield wrong, "no measure 'schools_block_transfers' (the nearest"
    at = ("grants_rolled_in_gbp", "2026-27")
    yield put("2025-27", *at, column="At"), "'2025-27' is not written as a financial"
    at = ("grants_rolled_in_gbp", "2027-28")
    yield put("2026-11-14", *at, column="At"), "is a day, not a financial year; 2026-27 has"
    yield put(300_000_000, spending, "2024-25"), "2 parts given by provision make 310,000"
    yield (
        put(311_000_000, spending, "2025-26"),
        "make 310,000,000, 1,000,000 less than that",
    )
    at = (forecast, "2026-27")
    yield (
        put("everything", *at, column="Covers"),
        "does not cover 'everything'. Expected net",
    )
    at = (forecast, "2026-27", inmss)
    yield (
        put("provision/inms", *at, column="Breakdown"),
        "no provision 'inms' (the nearest: inmss",
    )
    at = (forecast, "2027-28", inmss)
    yield put("need/asd", *at, column="Breakdown"), "is not broken down by 'need'. It is"
    yield put(2_174, "ehc_plans"), "is 2,174, and 21,742 are published for 2026"
    yield put(12.5, "ehc_plans", "", joint), "12.5 is no whole number of plans"
    yield put(-3, "ehc_plans", "", "need/asd"), "-3 is below 0, which ehc_plans cannot be"
    yield put(4_603_000, "ehc_assessment_requests", "2024"), "are published for 2025"
    at = ("ceased_ehc_plans", "2026")
    late = date(2026, 6, 30)
    yield put(late, *at, column="Date stated"), "2026 was not over on 2026-06-30"
    yield put("about 900", "commissioned_places", "2025-26"), "a number of places"
    at = ("unit_cost_gbp", "2025-26", "placement/independent_special")
    yield put(62, *at), "looks like £ thousand beside a year of a plan"
    at = ("unit_cost_gbp", "2026-27", "placement/mainstream")
    yield put(7_000_000, *at), "looks like pence beside a year of a plan"
    yield put(142, "safety_valve_payment_gbp", "2024-25"), "looks like £ million"
    at = ("safety_valve_payment_gbp", "2025-26")
    yield put("x" * 600, *at, column="Owner"), "600 letters; at most 500 are kept"
    at = ("safety_valve_payment_gbp", "2026-27")
    yield put(hidden, *at, column="Source"), "a character that cannot be seen, U+200B"
    yield put(20_000_000, "ledger_gbp", "2026-05"), "less than half of the year to 2026-04"
    at = ("ledger_gbp", "2026-08")
    yield put("2026-13", *at, column="At"), "'2026-13' is no month of a year"
    own = "Own_figure"
    yield more("Own figure", Measure="new_ehc_plans", At="2025", **{own: 9}), "given twice"
    yield more("Measure", At="2025-26", **{own: 9}), "the measure is missing. Expected"
    yield (
        more("At", Measure=dsg, **{own: 9}),
        "the period is missing. Expected the financial",
    )
    bands = {"Measure": "ehc_plans", "At": "2026-10-01", own: 9}
    yield (
        more("Breakdown", Breakdown="age_band/5-12", **bands),
        "no age_band '5-12' (the nearest",
    )
    yield (
        more("At", Measure=dsg, At="2045-46", **{own: -1e8}),
        "is beyond 2039-40, the last",
    )
    odd = date(2026, 3, 30)
    yield more("At", Measure=dsg, At=odd, **{own: -1e8}), "closes no financial year; the"


ERRORS = 46


@pytest.fixture(scope="module")
def checked(panel, templates, tmp_path_factory):
    """One file with all of them, checked once."""
    path = tmp_path_factory.mktemp("planted") / "planted.xlsx"
    filling = Filling(path, templates["Kent"])
    errors = list(planted(filling))
    faults = defaultdict(list)
    for fault in check_own(filling.save(), panel).faults:
        faults[fault.where].append(fault.what)
    return SimpleNamespace(errors=errors, faults=faults, path=path)


@pytest.mark.parametrize("number", range(ERRORS))
def test_a_planted_error_is_named_with_its_cell(checked, number):
    place, words = checked.errors[number]
    assert any(words in what for what in checked.faults[place]), checked.faults[place]


def test_every_planted_error_is_named_at_once_and_nothing_else(checked):
    assert len(checked.errors) == ERRORS
    assert {place for place, _ in checked.errors} == set(checked.faults)


def test_the_command_lists_all_of_them_and_says_so_by_its_code(checked, capsys):
    assert main(["inputs", "check", str(checked.path)]) == OwnFiguresError.exit_code
    said = capsys.readouterr().out
    for place, words in checked.errors:
        assert any(
            line.startswith(f"{place}: ") and words in line for line in said.splitlines()
        )
    assert "Traceback" not in said


def test_a_reader_is_told_the_first_five_and_a_count(checked, panel):
    with pytest.raises(OwnFiguresError, match=r"faults in own figures.* And \d+ more"):
        read_own(checked.path, panel)
