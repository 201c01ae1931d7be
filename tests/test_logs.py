"""The logs and the national page say what the files they are written from say.

These are checks of pages, not of the model: a change of the model makes them red until the
tool named in the message is run, and its diff is then there to be reviewed.
"""

import re

import pandas as pd
import pytest

import highneeds as hn
from highneeds.answers.nation import project_nation
from highneeds.model.quantiles import FIGURES
from tests.test_packaging import ROOT
from tools import (
    assumptions_log,
    backtest_page,
    data_log,
    decisions_log,
    forecasts_page,
    monitor_page,
    national_page,
)

DOCS = ROOT / "docs"


def read(name: str) -> pd.DataFrame:
    return pd.read_csv(DOCS / name, dtype=str, keep_default_na=False)


def as_text(table: pd.DataFrame) -> pd.DataFrame:
    return table.astype(object).where(table.notna(), "").astype(str)


# Assumptions -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def assumptions():
    return assumptions_log.assumptions_log()


def differences(kept: pd.DataFrame, now: pd.DataFrame) -> set[str]:
    """Assumptions whose row is not that of the files; effects to the last figure shown."""
    settled = [name for name in kept.columns if name not in assumptions_log.effects()]
    old, new = kept.set_index("name"), now.set_index("name")
    if set(old.index) != set(new.index):
        return set(old.index) ^ set(new.index)
    new = new.loc[old.index]
    wrong = (old[settled[1:]] != as_text(new)[settled[1:]]).any(axis=1)
    for name in assumptions_log.effects():
        gone = pd.to_numeric(old[name]) - pd.to_numeric(new[name])
        wrong |= gone.abs() > 0.15
    return set(old.index[wrong])


def test_the_assumptions_log_is_up_to_date(assumptions):
    kept = read("assumptions_log.csv")
    message = "run python tools/assumptions_log.py and look at what changed"
    assert differences(kept, assumptions) == set(), message


@pytest.mark.parametrize(
    ("column", "value"), [("central", 9.0), ("source", "hearsay"), ("used_in", "")]
)
def test_a_changed_assumption_is_noticed(assumptions, column, value):
    changed = assumptions.copy()
    changed.loc[3, column] = value
    name = changed.loc[3, "name"]
    assert differences(read("assumptions_log.csv"), changed) == {name}


def test_a_moved_effect_is_noticed(assumptions):
    changed = assumptions.copy()
    changed.loc[8, assumptions_log.effects()[0]] += 0.5
    assert differences(read("assumptions_log.csv"), changed) == {changed.loc[8, "name"]}


def test_every_assumption_has_a_row_and_a_place_in_the_model(assumptions):
    assert list(assumptions["name"]) == list(hn.load_assumptions())
    assert (assumptions["used_in"] != "").all()


# Data --------------------------------------------------------------------------------


def test_the_data_log_is_up_to_date():
    message = "run python tools/data_log.py"
    assert (DOCS / "data_log.csv").read_text("utf-8") == data_log.log_text(), message


def test_figures_that_passed_through_other_hands_are_the_riskier_ones():
    log = data_log.data_log().set_index("source_id")
    # SOURCES.md: grouped by a public budget project; retyped; the department's own file.
    assert log.loc["s251_net_2024_25", "risk"] == "higher"
    assert log.loc["s251_selected_lines_2023_24", "risk"] == "higher"
    assert log.loc["dsg_summaries", "risk"] == "lower"
    # Fourteen regional totals printed as authorities' own in 2022, and one estimated.
    assert log.loc["sen2_2025_new_plans", "figures_not_as_published"] == 15


# Decisions ---------------------------------------------------------------------------


def test_the_decisions_log_is_up_to_date():
    message = "run python tools/decisions_log.py"
    kept = (DOCS / "decisions_log.csv").read_text("utf-8")
    assert kept == decisions_log.log_text(), message


def test_every_decision_has_a_number_of_its_own_and_says_what_and_why():
    log = decisions_log.decisions_log()
    assert list(log["number"]) == list(range(1, len(log) + 1))
    assert (log["decided"] != "").all()
    assert (log["why"] != "").all()


def test_a_page_without_a_title_is_refused(tmp_path, monkeypatch):
    (tmp_path / "0001-nothing.md").write_text("Decided nothing.\n", "utf-8")
    monkeypatch.setattr(decisions_log, "PAGES", tmp_path)
    with pytest.raises(ValueError, match=r"0001-nothing\.md does not begin"):
        decisions_log.decisions_log()


# England -----------------------------------------------------------------------------


def test_the_national_run_shown_is_the_one_the_model_makes():
    now = project_nation(hn.load_panel())["E92000001"].table()
    kept = national_page.kept("totals")
    message = "see tools/national_page.py for the three commands to run"
    assert list(kept["measure"] + kept["year"]) == list(now["measure"] + now["year"])
    pd.testing.assert_frame_equal(
        kept[list(FIGURES)], now[list(FIGURES)], rtol=1e-6, obj=message
    )


def test_the_forecasts_are_set_beside_the_same_run():
    # A published deficit is set beside the balance, whoever carries it after the override.
    totals = national_page.kept("totals").replace("cumulative_shortfall", "balance")
    totals = totals.set_index(["measure", "year"])
    for row in national_page.kept("forecasts").to_dict("records"):
        shown = totals.loc[(row["measure"], str(row["year"]))]
        assert row["central"] == pytest.approx(shown["central"], rel=1e-6)


@pytest.mark.slow
def test_the_parts_of_the_difference_are_those_the_model_gives():
    pd.testing.assert_frame_equal(
        national_page.kept("parts"), national_page.parts(), rtol=1e-3
    )


def test_the_tables_of_the_national_page_are_those_of_its_files():
    page = (DOCS / "national.md").read_text("utf-8")
    assert page == national_page.page_text(page), "run python tools/national_page.py"


def test_a_changed_table_of_the_national_page_is_noticed():
    page = (DOCS / "national.md").read_text("utf-8")
    altered = page.replace("| Spending | 2024-25 | £12", "| Spending | 2024-25 | £13", 1)
    assert altered != page
    assert national_page.page_text(altered) == page
    with pytest.raises(ValueError, match="0 tables marked totals"):
        national_page.page_text(page.replace("<!-- table: totals -->", ""))


# Checklists --------------------------------------------------------------------------


def without_evidence(page: str) -> list[str]:
    """Rows of tables that neither link to evidence nor say that nothing was done."""
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    return [
        row
        for row in rows
        if "](" not in row
        and "not done" not in row.casefold()
        and not re.search(r"\| evidence \|$", row)
    ]


def test_every_item_of_the_checklists_has_evidence_or_says_it_is_not_done():
    assert without_evidence((DOCS / "checklists.md").read_text("utf-8")) == []


def test_an_item_without_evidence_is_noticed():
    page = "| item | evidence |\n|---|---|\n| Peer review | yes |\n| Tests | [x](y) |\n"
    assert without_evidence(page) == ["| Peer review | yes |"]


# The backtest ------------------------------------------------------------------------


def test_the_page_of_the_backtest_is_written_from_its_file():
    text = backtest_page.PAGE.read_text("utf-8")
    assert backtest_page.page_text(text) == text, "run python tools/backtest_page.py"


@pytest.mark.slow
def test_the_backtest_kept_is_what_the_program_gives():
    found = hn.backtest(until=2025, workers=2)
    numbers = found.select_dtypes("number").columns
    kept = backtest_page.kept()
    again = "run python3 start.py backtest --until 2025 --out docs/backtest.csv --replace"
    assert list(kept["method"]) == list(found["method"]), again
    pd.testing.assert_frame_equal(
        kept[numbers], found[numbers], check_dtype=False, rtol=0, atol=0.005, obj=again
    )


@pytest.mark.slow
def test_the_money_kept_is_what_the_program_gives():
    again = "see tools/backtest_page.py"
    for path, found in (
        (backtest_page.SPENDING, hn.backtest(measure="spending", by_origin=True)),
        (backtest_page.BALANCE, hn.balance_pairs()),
    ):
        numbers = found.select_dtypes("number").columns
        # Reports read the balances, so that table says which edition it marks.
        kept = pd.read_csv(path).drop(columns="edition", errors="ignore")
        assert list(kept.columns) == list(found.columns), again
        pd.testing.assert_frame_equal(
            kept[numbers], found[numbers], check_dtype=False, rtol=1e-6, atol=0.005
        )


# Published forecasts -----------------------------------------------------------------


def test_the_page_of_published_forecasts_is_what_the_program_gives():
    text = forecasts_page.PAGE.read_text("utf-8")
    assert forecasts_page.page_text(text) == text, "run python tools/forecasts_page.py"


def test_a_changed_forecast_or_outcome_is_noticed():
    text = forecasts_page.PAGE.read_text("utf-8")
    assert "−£483.9m" in text
    assert forecasts_page.page_text(text.replace("−£483.9m", "−£484.9m")) == text
    with pytest.raises(ValueError, match="0 tables marked register"):
        forecasts_page.page_text(text.replace("table: register", "table"))


# The monitor ---------------------------------------------------------------------------


def test_the_page_on_the_monitor_says_what_its_trials_found():
    kept = pd.read_csv(monitor_page.KEPT, dtype=str, keep_default_na=False)
    page = (DOCS / "monitor.md").read_text("utf-8")
    assert page == monitor_page.page_text(kept), "run python tools/monitor_page.py"
    kept.loc[kept["case"] == "none", "alert_12"] = "0.5"
    assert "50.0% | **missed**" in monitor_page.page_text(kept)
