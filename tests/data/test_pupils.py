"""Shares of pupils with SEN and headcounts as embedded."""

import pytest

from highneeds.panel.panel import load_panel

ENGLAND = "E92000001"


@pytest.mark.parametrize(("year", "share"), [("2016", 2.8), ("2023", 4.3), ("2025", 5.3)])
def test_share_of_pupils_with_a_plan_in_england(year, share):
    assert load_panel().figure("pupils_with_ehc_plan_pct", ENGLAND, year).value == share


def test_shares_stand_by_phase_for_ten_januaries():
    for measure in ("pupils_with_ehc_plan_pct", "pupils_on_sen_support_pct"):
        rows = load_panel().table(measure, breakdowns="all")
        assert sorted(rows["year"].unique()) == [str(year) for year in range(2016, 2026)]
        assert set(rows["breakdown"]) == {"total", "primary", "secondary"}
        assert rows["value"].dropna().between(0, 100).all()


def test_headcount_of_january_2022_is_as_published():
    panel = load_panel()
    assert panel.figure("pupils_on_roll", ENGLAND, "2022").value == 8_418_013
    assert panel.figure("pupils_on_roll", ENGLAND, "2017").status == "set_aside"
