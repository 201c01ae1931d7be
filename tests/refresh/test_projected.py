"""Editions added by `data add`, and the projection that starts from them."""

import json

import pandas as pd
import pytest

import highneeds as hn
from highneeds import embedded
from highneeds.geography import Geography
from highneeds.panel import refresh
from highneeds.panel.panel import Panel
from highneeds.periods import Census, FinancialYear
from highneeds.sources import registry
from highneeds.sources.releases import layouts
from tests.raw.sen2_copies import plain
from tests.refresh.published import as_csv, caseload_2026, in_form_of_2026

FLOWS = ("new_plans", "ceased_plans", "requests")


@pytest.fixture(scope="module")
def files(raw_dir, tmp_path_factory):
    """Tables of plans in the form of 2026, plans doubled, and an outturn a year later."""
    folder, found = tmp_path_factory.mktemp("added"), {}
    for key in ("caseload", *FLOWS):
        layout = layouts()[key]
        table = plain(raw_dir, registry.source_files()[layout.source_id])
        table = table[table["breakdown_topic"].isin([*layout.topics.values(), "Sex"])]
        made = caseload_2026(table) if key == "caseload" else in_form_of_2026(key, table)
        found[key] = folder / f"{key}.csv"
        found[key].write_bytes(as_csv(made))
    name = "s251_outturn_net_groups_json/s251_lookup_2024.json"
    net = json.loads((raw_dir / "finance" / name).read_text("utf-8"))
    found["outturn"] = folder / "spending.json"
    found["outturn"].write_text(
        json.dumps({code: {**entry, "year": 2025} for code, entry in net.items()})
    )
    return found


def added(files, user_dir, names):
    for name in names:
        refresh.add(files[name])
    panel = Panel(embedded.tables_dir(), Geography.load())
    assert panel.folder == user_dir / "tables"
    return hn.project(panel, "Kent", draws=20, seed=3)


def test_an_outturn_added_alone_is_used_and_the_census_stays(files, user_dir):
    result = added(files, user_dir, ["outturn"])
    assert result.vintage.census == Census(2025)
    assert result.vintage.year == FinancialYear(2025)
    # The same £ again, for which plans of January 2026 are only projected.
    money = result.record.money
    assert money.spending["2025-26"] == money.spending["2024-25"]
    assert any("outturn of 2025-26 is published" in said for said in result.cautions)
    assert not result.money().duplicated("year").any()


def test_a_whole_edition_becomes_the_base_in_either_order(files, tmp_path, monkeypatch):
    found = []
    for names in (
        ("caseload", *FLOWS, "outturn"),
        ("outturn", *reversed(FLOWS), "caseload"),
    ):
        user_dir = tmp_path / names[0]
        monkeypatch.setenv(embedded.USER_DIR_VARIABLE, str(user_dir))
        result = added(files, user_dir, names)
        assert result.vintage.census == Census(2026)
        assert result.vintage.year == FinancialYear(2026)
        plans = result.plans().set_index("year")
        assert plans.index.is_unique
        assert plans.loc["2026", "p50"] == 2 * plans.loc["2025", "p50"]
        assert plans.loc["2026", "status"] != "projected"
        for table in (result.balance(), result.money()):
            assert not table.duplicated("year").any()
        found.append(result.results())
    pd.testing.assert_frame_equal(*found)


def test_a_census_without_its_flows_is_used_for_its_total_alone(files, user_dir):
    result = added(files, user_dir, ["caseload"])
    assert result.vintage.census == Census(2025)
    plans = result.plans().set_index("year")
    assert plans.index.is_unique
    assert plans.loc["2026", "p50"] == 2 * plans.loc["2025", "p50"]
    assert not result.plan_mix().duplicated(["year", "placement"]).any()
