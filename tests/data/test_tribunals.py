"""Tribunal appeals and appealable decisions as embedded."""

import pytest

from highneeds import home
from highneeds.panel.panel import load_panel

ENGLAND = "E92000001"
APPEALED, DECISIONS = "tribunal_appeals", "tribunal_appealable_decisions"


@pytest.mark.parametrize(
    ("year", "appeals"),
    [
        ("2014", 4_108),
        ("2019", 7_385),
        ("2023", 15_615),
        ("2024", 22_276),
        ("2025", 26_977),
    ],
)
def test_appeals_of_england(year, appeals):
    assert load_panel().figure(APPEALED, ENGLAND, year).value == appeals


@pytest.mark.parametrize("measure", [APPEALED, DECISIONS])
def test_authorities_add_up_to_england_every_year(measure):
    wide = load_panel().matrix(measure)
    own = wide[wide.index.str.isdigit()].sum()
    assert own.to_dict() == wide.loc[ENGLAND].to_dict()
    last = 2026 if measure == APPEALED else 2025
    assert list(wide.columns) == [str(year) for year in range(2014, last)]


@pytest.mark.parametrize(("code", "decisions"), [("873", 8_246), ("823", 4_410)])
def test_exchanged_decisions_are_put_back_and_marked(code, decisions):
    found = load_panel().figure(DECISIONS, code, "2024")
    assert (found.value, found.status) == (decisions, "repaired")


@pytest.mark.parametrize("code", ["928", "892", "891", "873", "823", "836", "837"])
def test_figures_printed_under_a_wrong_code_are_marked(code):
    assert load_panel().figure(APPEALED, code, "2016").status == "repaired"


def test_every_repair_is_listed():
    listed = home.read_table(home.tables_dir() / "issues.csv")
    tribunals = listed[listed["issue_id"].str.startswith("tribunals-")]
    assert tribunals["issue_id"].value_counts().to_dict() == {
        "tribunals-wrong-code": 10,  # five wrong, two blank, Dorset; two in 2025
        # Two areas, decisions and rate, by both methods.
        "tribunals-exchanged-decisions": 8,
        "tribunals-part-year": 1,
        "tribunals-blank-appeals": 1,
        "tribunals-development-rate": 1,
    }
    for column in ("published", "used", "why", "status"):
        assert (tribunals[column] != "").all()
