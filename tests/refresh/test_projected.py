"""Editions added by `data add`, and the projection that starts from them."""

import itertools
import json
import shutil

import pandas as pd
import pytest

import highneeds as hn
from highneeds import embedded
from highneeds.geography import Geography
from highneeds.panel import editions, refresh
from highneeds.panel.panel import Panel
from highneeds.panel.vintage import vintage
from highneeds.periods import Census, FinancialYear
from highneeds.sources import registry
from highneeds.sources.releases import layouts
from tests.raw.finance_copies import _write_ods as write_ods
from tests.raw.finance_copies import scale
from tests.raw.sen2_copies import plain
from tests.refresh.published import (
    as_csv,
    caseload_2026,
    in_form_of_2026,
    next_workbook,
    outturn_lines,
)

FLOWS = ("new_plans", "ceased_plans", "requests")
BLOCK, BALANCE = "high_needs_block_before_deductions_gbp", "dsg_balance_gbp"
BLOCK_FACTOR, BALANCE_FACTOR = 1.25, 2.0
# The files of each edition.
EDITIONS = {
    "census": ("caseload", *FLOWS),
    "outturn": ("outturn",),
    "block": ("block",),
    "balance": ("balance",),
}


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
    workbook = next_workbook(raw_dir)
    scale(workbook["Allocations_summary"], BLOCK_FACTOR)
    found["block"] = folder / "allocations.ods"
    write_ods(found["block"], workbook)
    found["balance"] = folder / "expenditure.csv"
    found["balance"].write_bytes(as_csv(outturn_lines("2024-25", BALANCE_FACTOR)))
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


def test_every_edition_together_is_used_in_either_order(files, tmp_path, monkeypatch):
    found, tables = [], []
    names = [name for edition in EDITIONS.values() for name in edition]
    for number, order in enumerate((names, names[::-1])):
        user_dir = tmp_path / str(number)
        monkeypatch.setenv(embedded.USER_DIR_VARIABLE, str(user_dir))
        result = added(files, user_dir, order)
        assert result.vintage.census == Census(2026)
        assert result.vintage.year == FinancialYear(2026)
        plans = result.plans().set_index("year")
        assert plans.index.is_unique
        assert plans.loc["2026", "p50"] == 2 * plans.loc["2025", "p50"]
        assert plans.loc["2026", "status"] != "projected"
        for table in (result.balance(), result.money()):
            assert not table.duplicated("year").any()
        found.append(result.results())
        tables.append(editions.folder_bytes(user_dir / "tables"))
    pd.testing.assert_frame_equal(*found)
    assert tables[0] == tables[1]
    held = Panel(embedded.shipped_tables_dir(), Geography.load())
    money = result.record.money
    last = held.figure(BALANCE, "Kent", "2023-24").value
    assert money.balance["2024-25"] == BALANCE_FACTOR * last
    # The workbook's own 2023-24, of July 2023, is within 1% of the update held.
    block = held.figure(BLOCK, "Kent", "2023-24").value
    assert money.block_before["2024-25"] == pytest.approx(BLOCK_FACTOR * block, rel=0.01)


def test_a_block_and_a_balance_added_alone_are_each_gone_on_from(
    files, tmp_path, monkeypatch
):
    for name, measure in (("block", BLOCK), ("balance", BALANCE)):
        user_dir = tmp_path / name
        monkeypatch.setenv(embedded.USER_DIR_VARIABLE, str(user_dir))
        result = added(files, user_dir, [name])
        record = vintage(Panel(embedded.shipped_tables_dir(), Geography.load()))
        assert (result.vintage.census, result.vintage.year) == (record.census, record.year)
        money = result.money().set_index("year").loc["2024-25"]
        balance = result.balance().set_index("year")
        assert balance.index.is_unique
        held = result.panel.figure(measure, "Kent", "2023-24").value
        if name == "block":
            # The workbook's own 2023-24 is within 1% of the update held.
            assert money["block_gbp"] == pytest.approx(BLOCK_FACTOR * held, rel=0.01)
            assert money["block_status"] == "observed"
            assert balance.loc["2024-25", "status"] != "observed"
        else:
            assert balance.loc["2024-25", "p50"] == BALANCE_FACTOR * held
            assert balance.loc["2024-25", "status"] == "observed"
            assert money["block_status"] == "estimated"


# A census is four files: every order of them takes minutes, and one stands for them.
@pytest.mark.parametrize(
    "census",
    [
        ("requests",),
        pytest.param(
            EDITIONS["census"], marks=[pytest.mark.slow, pytest.mark.timeout(1800)]
        ),
    ],
    ids=["of requests", "of four files"],
)
def test_editions_give_one_record_in_every_order(files, tmp_path, monkeypatch, census):
    """Every set of them, whichever came last, is the same bytes.

    So every one of the 24 orders is: two that share their last edition differ in how they
    reached the three before, and those are the same whichever came last, and so on.
    """
    ordered = {**EDITIONS, "census": census}
    reached = {frozenset(): None}
    for size in range(1, len(ordered) + 1):
        for names in map(frozenset, itertools.combinations(ordered, size)):
            for last in sorted(names):
                folder = tmp_path / f"{'+'.join(sorted(names))} after {last}"
                monkeypatch.setenv(embedded.USER_DIR_VARIABLE, str(folder))
                if before := reached[names - {last}]:
                    shutil.copytree(before, folder)
                for name in ordered[last]:
                    refresh.add(files[name])
                first = reached.setdefault(names, folder)
                found, same = (
                    editions.folder_bytes(one / "tables") for one in (folder, first)
                )
                assert found == same, folder.name


def test_a_census_without_its_flows_is_used_for_its_total_alone(files, user_dir):
    result = added(files, user_dir, ["caseload"])
    assert result.vintage.census == Census(2025)
    plans = result.plans().set_index("year")
    assert plans.index.is_unique
    assert plans.loc["2026", "p50"] == 2 * plans.loc["2025", "p50"]
    assert not result.plan_mix().duplicated(["year", "placement"]).any()
