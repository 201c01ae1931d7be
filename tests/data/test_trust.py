"""The stored table of past forecasts, and the panel that every report prints from it."""

import dataclasses
import subprocess
import sys

import numpy as np
import pytest

import highneeds as hn
from highneeds import home
from highneeds.answers.backtest_run import Choice, MethodRun
from highneeds.answers.trust import METHOD, balance_trust, trust
from highneeds.forecast.method import METHODS
from highneeds.geography import ENGLAND_CODE
from highneeds.report import trust as report
from highneeds.report.tables import Table, Words

ORIGIN = 2018


@pytest.fixture(scope="module")
def panel():
    return hn.load_panel()


@pytest.fixture(scope="module")
def whole(panel):
    """Past forecasts of every authority, with what its panel is made from."""
    found = [trust(area) for area in panel.geography.authorities(2026)]
    return [one for one in found if one]


def test_the_table_marks_the_record_in_use():
    # After the record or the method changes: python tools/past_forecasts.py
    found = trust(hn.load_panel().geography.england)
    assert found.edition == home.edition_of(home.tables_dir())
    assert found.current


def test_what_was_known_and_what_came_are_the_published_plans(panel, whole):
    plans = panel.matrix("ehc_plans")
    for found in whole:
        for row in found.past.to_dict("records"):
            then, later = (str(row["origin"] + n) for n in (0, row["horizon"]))
            if found.area.la_code in plans.index and row["scored"]:
                own = plans.loc[found.area.la_code]
                assert (row["plans"], row["came"]) == (own[then], own[later])


def test_it_is_made_by_the_method_from_each_january(panel):
    until = 2026
    chosen = Choice(METHODS[METHOD].definition, (ORIGIN,)).done(panel)[ORIGIN]
    made = MethodRun(METHOD, ORIGIN, until, chosen).done(panel)
    for code in ("933", "E12000009", ENGLAND_CODE):
        past = trust(panel.geography[code]).past
        mine = past[past["origin"] == ORIGIN].set_index("horizon")
        wanted = made[made["la_code"] == code].set_index("horizon")
        for name in ("point", "low80", "high80", "came"):
            np.testing.assert_allclose(mine[name], wanted[name], atol=0.051)


def test_errors_and_cover_are_those_that_another_implementation_found(whole):
    # Row D of the measured reference: 145 authorities, Januaries 2017 to 2024 and outcomes
    # to 2025, by years ahead; within a tenth of a point and, for other draws, .03 of cover.
    error = {1: 3.66, 2: 5.89, 3: 7.65, 4: 9.04, 5: 10.12}
    cover = {1: 0.84, 2: 0.80, 3: 0.80, 4: 0.82, 5: 0.84}
    off = {h: [] for h in error}
    held = {h: [] for h in error}
    for found in whole:
        for row in found.past.to_dict("records"):
            if not row["scored"] or row["origin"] + row["horizon"] > 2025:
                continue
            off[row["horizon"]].append(abs(row["point"] / row["came"] - 1))
            held[row["horizon"]].append(row["low80"] <= row["came"] <= row["high80"])
    for h in error:
        assert len(off[h]) == 145 * (9 - h)
        assert 100 * np.mean(off[h]) == pytest.approx(error[h], abs=0.1)
        assert np.mean(held[h]) == pytest.approx(cover[h], abs=0.03)


def test_the_summary_is_the_arithmetic_of_its_rows(panel):
    found = trust(panel.area("Somerset"))
    (row,) = found.by_horizon[found.by_horizon["horizon"] == 5].to_dict("records")
    past = found.past[found.past["horizon"] == 5]
    england = trust(panel.geography.england).past.query("horizon == 5")
    off = [100 * (p / c - 1) for p, c in zip(past["point"], past["came"], strict=True)]
    same = [100 * (p / c - 1) for p, c in zip(past["plans"], past["came"], strict=True)]
    assert row["n"] == len(off) == 2026 - 2017 - 5 + 1
    assert row["error"] == pytest.approx(np.mean(np.abs(off)))
    assert row["bias"] == pytest.approx(np.mean(off))
    assert row["no_change"] == pytest.approx(np.mean(np.abs(same)))
    assert row["england"] == pytest.approx(
        np.mean(np.abs(100 * (england["point"] / england["came"] - 1)))
    )
    assert row["inside"] == sum(past["came"].between(past["low80"], past["high80"]))


@pytest.mark.parametrize("name", ["Somerset", "Cumberland", "South West", "England"])
def test_the_panel_says_errors_beside_no_change_and_outcomes_inside(panel, name):
    words, errors, past, *_ = report.trust_panel(panel.area(name))
    found = trust(panel.area(name))
    inside, n = found.by_horizon["inside"].sum(), found.by_horizon["n"].sum()
    assert f"Of {n} outcomes {inside} fell inside such 80% bands" in words.sentences[0]
    assert "no change" in words.sentences[0]
    assert ("England's own" in words.sentences[0]) == (name != "England")
    assert "edition" not in repr(words)
    assert len(errors.cells()) == len(found.by_horizon)
    verdicts = [row[-1] for row in past.cells()]
    assert set(verdicts) <= {"inside", "above", "below"}


def test_every_authority_and_region_has_a_panel_or_is_told_why_not(panel):
    areas = [*panel.geography.authorities(2026), *panel.geography.regions()]
    for area in areas:
        first, *tables, balances, _ = report.trust_panel(area)
        assert isinstance(first, Words)
        assert isinstance(balances, Words)
        assert all(isinstance(one, Table) for one in tables)
        assert len(tables) in (0, 2)
        if not tables:
            assert "can be marked" in first.sentences[0]


def test_with_another_record_the_panel_says_which_edition_it_marks(panel, monkeypatch):
    found = dataclasses.replace(
        trust(panel.area("Somerset")), edition="0123456789abcdef", current=False
    )
    monkeypatch.setattr(report, "trust", lambda _: found)
    said = report.trust_panel(panel.area("Somerset"))[0].sentences[-1]
    assert "of edition 0123456789ab of the record, not of the one used here" in said


def test_a_page_reads_the_table_and_forecasts_nothing_again():
    asked = (
        "import sys, highneeds as hn\n"
        "from highneeds.geography import Geography\n"
        "hn.report.trust_panel(Geography.load().find('Somerset'))\n"
        "print([m for m in sys.modules if m.startswith('highneeds.forecast.')])"
    )
    found = subprocess.run(
        [sys.executable, "-c", asked], capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"


def test_balances_are_marked_on_authorities_that_are_alike():
    # docs/backtest.md, without an agreement: 2020 to 2021 and 2021 to 2022, 108 each.
    near = balance_trust(False).by_years.set_index("years").loc[1]
    assert near["n"] == 108 + 108
    assert near["error"] == pytest.approx((9.5 + 9.8) / 2, abs=0.05)
    assert near["no_change"] == pytest.approx((5.6 + 6.3) / 2, abs=0.05)
    # All of them: 2020 to 2022 of 145, 2022 to 2024 of 144.
    middle = balance_trust().by_years.set_index("years").loc[2]
    assert middle["error"] == pytest.approx((145 * 24.9 + 144 * 20.1) / 289, abs=0.05)
    assert middle["inside"] == pytest.approx((145 * 0.66 + 144 * 0.74) / 289, abs=0.005)
    assert balance_trust(True).by_years["pairs"].sum() == 6
    assert balance_trust().edition == home.edition_of(home.tables_dir())


def test_every_report_says_how_balances_were_foretold(panel):
    kent = hn.report.Report(hn.project(panel, "Kent", draws=100))
    said = repr(kent.trust)
    assert "balances of authorities with a Safety Valve agreement" in said
    assert "A balance is the least sure figure" in said
    whole = " ".join(map(repr, report.trust_panel(panel.geography.england)))
    # 47.2 and 24.8 three years ahead, of all authorities.
    assert "balances of all authorities" in whole
    assert "to say that nothing changes would have erred less" in whole
