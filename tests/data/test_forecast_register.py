"""Published forecasts with what happened since, and our own marked.

Expected balances are the publisher's, as the finance files' description sums them; marks of
our own forecast of January 2026 are worked out here from the frozen file and the release.
"""

import dataclasses
import shutil

import pandas as pd
import pytest

from highneeds import atomic, home
from highneeds.answers.forecast_register import (
    COLUMNS,
    MARKS,
    forecast_register,
    mark_frozen,
)
from highneeds.answers.forecasts import (
    Forecast,
    Outcome,
    published_forecasts,
    registered_forecasts,
)
from highneeds.cli import main
from highneeds.geography import Geography
from highneeds.panel.panel import Panel, load_panel

RELEASE = "education/dfe-ehcp-2026/caseload_202526_areas_age_placement.csv"


@pytest.fixture(scope="module")
def register():
    return forecast_register(load_panel())


def outcomes(register, forecast_id):
    return register[register["forecast_id"] == forecast_id].set_index("came_from")


def test_every_forecast_is_cited_and_every_outcome_of_a_known_kind():
    forecasts = registered_forecasts()
    ids = [one.forecast_id for one in forecasts]
    assert len(set(ids)) == len(ids)
    for one in forecasts:
        assert all((one.made, one.source, one.cited, one.statement)), one.forecast_id
        for outcome in one.outcome:
            assert outcome.kind in ("published", "later estimate"), one.forecast_id
            assert outcome.said
            assert outcome.source
        if one.low is not None:
            assert one.low <= one.value <= one.high, one.forecast_id


def test_the_register_has_its_columns_and_a_row_for_every_forecast(register):
    assert tuple(register.columns) == COLUMNS
    named = {one.forecast_id for one in registered_forecasts()}
    assert named < set(register["forecast_id"])
    assert list(register["made"]) == sorted(register["made"])
    awaited = register["kind"].isin(["to come", "no figure"])
    assert (register["came"].isna() == awaited).all()


@pytest.mark.parametrize(
    ("forecast_id", "net", "alone"),
    [
        ("isos-2018-march-2020", 483.9, 675.4),
        ("isos-2018-march-2021", 801.6, 1048.7),
        ("sct-2022-march-2022", 1153.8, 1442.6),
    ],
)
def test_balances_that_came_are_those_on_record(register, forecast_id, net, alone):
    rows = outcomes(register, forecast_id)
    assert set(rows["kind"]) == {"record"}
    came = -rows["came"] / 1e6
    assert came[came.index.str.startswith("balance")].item() == pytest.approx(net, abs=0.06)
    assert came[came.index.str.startswith("deficits")].item() == pytest.approx(
        alone, abs=0.06
    )
    assert (rows["difference"] == rows["came"] - rows["value"]).all()


def test_only_the_deficits_alone_of_2021_lay_in_the_range_forecast_in_2018(register):
    rows = register[register["forecast_id"].str.startswith("isos-2018")]
    assert list(rows["beside"]) == ["smaller", "smaller", "smaller", "as forecast"]


def test_a_year_the_record_passes_over_is_not_said_to_be_to_come(register):
    kinds = register.set_index("forecast_id")["kind"]
    assert kinds["ccn-2022-march-2023"] == "no figure"
    assert kinds["obr-2025-deficit"] == "to come"


def test_what_a_path_of_plans_needs_is_worked_out(register):
    # From 638,745 plans to 840,000 in four years: (840,000 / 638,745)^(1/4) = 1.0709.
    [remark] = outcomes(register, "ccn-2025-plans")["remark"]
    needed = 638_745 * 1.0709**4
    assert needed == pytest.approx(840_000, rel=1e-3)
    assert remark.startswith("Needs 7.1% a year from January 2025.")


def row_of(**given):
    return Forecast(
        *("x", "2020", "cited", "source", "said", "spending", "2024-25", -10.0), **given
    )


@pytest.mark.parametrize(
    ("forecast", "came", "beside"),
    [
        ({"low": -12.0, "high": -8.0}, (-9.0, False), "as forecast"),
        ({"low": -12.0, "high": -8.0}, (-7.0, False), "smaller"),
        ({"low": -12.0, "high": -8.0}, (-13.0, False), "larger"),
        ({}, (-10.2, False), "as forecast"),
        ({}, (-10.3, False), "larger"),
        ({"at_least": True}, (-30.0, False), "as forecast"),
        ({"at_least": True}, (-9.0, False), "smaller"),
        # "Over 9" may yet be more than 10; "over 11" is more already.
        ({}, (-9.0, True), ""),
        ({}, (-11.0, True), "larger"),
    ],
)
def test_what_came_lies_beside_the_forecast_by_its_size(
    monkeypatch, forecast, came, beside
):
    value, at_least = came
    outcome = Outcome("published", value, "said", "source", at_least)
    one = dataclasses.replace(row_of(**forecast), outcome=(outcome,))
    monkeypatch.setattr(
        "highneeds.answers.forecast_register.registered_forecasts", lambda: (one,)
    )
    register = forecast_register(load_panel())
    mine = register[register["forecast_id"] == "x"].iloc[0]
    assert (mine["came"], mine["beside"]) == (value, beside)
    assert mine["difference"] == value + 10


def test_the_forecasts_set_beside_a_run_are_those_with_an_assumption():
    beside = published_forecasts()
    assert [one.forecast_id for one in beside] == [
        *("ccn-2025-plans", "dfe-2026-pupils", "ccn-2025-spending", "ccn-2025-gap"),
        *("obr-2025-gap", "obr-2025-deficit", "nao-2024-deficit", "nao-2024-mismatch"),
        *("ifs-2025-spending", "ccn-2025-deficit"),
    ]
    assert {one.area for one in beside} == {"England"}


@pytest.fixture(scope="module")
def with_2026(raw_dir, tmp_path_factory):
    """The embedded record with the plans of January 2026, and those plans by code."""
    release = pd.read_csv(raw_dir / RELEASE, dtype=str)
    totals = release[release["breakdown"] == "total"]
    own = totals[totals["old_la_code"].notna()].set_index("old_la_code")["ehcplans"]
    own = pd.to_numeric(own, errors="coerce").dropna()
    folder = tmp_path_factory.mktemp("tables") / "tables"
    shutil.copytree(home.tables_dir(), folder)
    plans = home.read_table(folder / "plans.csv.gz")
    plans = plans[(plans["year"] != "2026") | (plans["measure"] != "ehc_plans")]
    last = plans[
        (plans["measure"] == "ehc_plans")
        & (plans["breakdown"] == "total")
        & (plans["year"] == "2025")
    ]
    figures = {**own.to_dict(), "E92000001": 718_838}
    added = last[last["la_code"].isin(figures)].assign(
        year="2026",
        value=lambda table: table["la_code"].map(figures).astype(int).astype(str),
    )
    table = pd.concat([plans, added], ignore_index=True)
    atomic.replace_file(folder / "plans.csv.gz", atomic.table_bytes(table, compress=True))
    return Panel(folder, Geography.load()), own


def test_our_own_forecast_of_january_2026_is_marked(with_2026):
    panel, came = with_2026
    marks = mark_frozen(panel)
    assert tuple(marks.columns) == MARKS
    mine = marks[marks["census"] == "2026"].set_index("sample")
    frozen = pd.read_csv(
        home.data_dir() / "frozen" / "plans_from_january_2025.csv",
        dtype={"la_code": str, "census": str},
    ).set_index("la_code")
    both = frozen.join(came.rename("came"), how="inner")
    off = 100 * (both["central"] / both["came"] - 1)
    assert mine.loc["all", "n"] == len(both) == 152  # the Isle of Wight is withheld
    assert mine.loc["all", "mape"] == pytest.approx(off.abs().mean())
    assert mine.loc["all", "bias"] == pytest.approx(off.mean())
    inside = (both["came"] >= both["p10"]) & (both["came"] <= both["p90"])
    assert mine.loc["all", "cover80"] == pytest.approx(inside.mean())
    # The founding page of the forecasts: 4.5% out, bias −0.3, 60% in the 80% band, of 145
    # authorities and with other draws.
    assert mine.loc["scored", "n"] == 144
    assert mine.loc["scored", "mape"] == pytest.approx(4.5, abs=0.1)
    assert mine.loc["scored", "bias"] == pytest.approx(-0.3, abs=0.1)
    assert mine.loc["scored", "cover80"] == pytest.approx(0.60, abs=0.03)


def test_january_2026_is_told_in_the_register_once_it_is_on_record(with_2026):
    panel, _ = with_2026
    register = forecast_register(panel)
    # A row for each account of what came to a forecast.
    assert not register.duplicated(["forecast_id", "came_from"]).any()
    row = register.set_index("forecast_id").loc["own-2025-2026"]
    assert (row["came"], row["kind"]) == (718_838, "record")
    frozen = pd.read_csv(home.data_dir() / "frozen" / "plans_from_january_2025.csv")
    assert row["value"] == pytest.approx(frozen["central"].sum())
    assert "144 authorities: mean error 4.5%" in row["remark"]
    [path] = outcomes(register, "ccn-2025-plans")["remark"]
    # 718,838 / 638,745 is 12.5% more in the first year.
    assert path.endswith("To January 2026 plans grew by 12.5% a year.")


def test_the_verb_prints_what_the_library_gives(capsys, register):
    assert main(["forecasts", "--format", "csv"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == ",".join(COLUMNS)
    assert len(lines) == 1 + len(register)
    assert main(["forecasts"]) == 0
    assert "Isos for Local Government Association" in capsys.readouterr().out
    assert main(["forecasts", "--marks", "--format", "csv"]) == 0
    assert capsys.readouterr().out.startswith(",".join(MARKS))
