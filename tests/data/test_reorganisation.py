"""A proposed reorganisation of real authorities, in the record and in a projection."""

import dataclasses

import numpy as np
import pytest

import highneeds as hn
from highneeds.panel.panel import load_panel
from highneeds.record.area import AreaRecord
from highneeds.record.combined import combined_record, opening_record
from highneeds.record.money import MoneyRecord
from highneeds.record.opening import area_record

PROPOSAL = """\
name = "For the test"
effective = "2027-04-01"

[[areas]]
name = "Royal Vale"
made_of = ["Reading", "West Berkshire", "Wokingham"]

[[areas]]
name = "Sussex by the sea"
made_of = ["Brighton and Hove", "East Sussex"]

[[areas]]
name = "London and the City"
made_of = ["City of London", "Camden"]
"""
NAMES = {
    "Royal Vale": ("Reading", "West Berkshire", "Wokingham"),
    "Sussex by the sea": ("Brighton and Hove", "East Sussex"),
}


@pytest.fixture(scope="module")
def panel():
    return load_panel()


@pytest.fixture(scope="module")
def record(panel, tmp_path_factory):
    path = tmp_path_factory.mktemp("proposal") / "proposal.toml"
    path.write_text(PROPOSAL, "utf-8")
    return panel.reorganised(hn.Reorganisation.load(path))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("measure", "period"),
    [
        ("ehc_plans", "2025"),
        ("new_ehc_plans", "2024"),
        ("s251_high_needs_net_gbp", "2024-25"),
        ("high_needs_block_after_deductions_gbp", "2023-24"),
        ("dsg_balance_gbp", "2023-24"),
        ("population_0_17", "2024"),
        ("suspensions", "2023/24"),
    ],
)
def test_the_series_of_a_new_area_are_the_sums_of_its_parts(
    panel, record, name, measure, period
):
    parts = [panel.figure(measure, part, period).value for part in NAMES[name]]
    found = record.figure(measure, name, period)
    assert found.value == pytest.approx(sum(parts), abs=0.005)
    assert found.status == "derived"


def test_a_withdrawn_part_leaves_the_placements_of_the_new_area_incomplete(record):
    found = record.table(
        "ehc_plans", areas=["Sussex by the sea"], years=["2025"], breakdowns=["placement"]
    )
    assert set(found["status"]) == {"incomplete"}
    assert found["value"].isna().all()


@pytest.mark.parametrize("name", NAMES)
def test_the_base_year_of_a_projection_is_the_sum_of_the_parts_outturns(
    panel, record, name
):
    parts = [area_record(panel, panel.area(part)) for part in NAMES[name]]
    found = hn.project(record, name, draws=50, seed=1).record
    year = "2024-25"
    outturns = [
        panel.figure("s251_high_needs_net_gbp", part, year).value for part in NAMES[name]
    ]
    assert found.money.spending[year] == pytest.approx(sum(outturns), abs=0.005)
    plans = [panel.figure("ehc_plans", part, "2026").value for part in NAMES[name]]
    assert found.stock.sum() == pytest.approx(sum(plans))
    np.testing.assert_allclose(found.stock, sum(part.stock for part in parts))
    assert found.money.places_gbp == pytest.approx(sum(p.money.places_gbp for p in parts))
    assert found.new_plans == pytest.approx(sum(part.new_plans for part in parts))
    for year in ("2019-20", "2021-22", "2023-24"):
        balances = [
            panel.figure("dsg_balance_gbp", part, year).value for part in NAMES[name]
        ]
        assert found.money.balance[year] == pytest.approx(sum(balances), abs=0.005)


def test_rates_of_a_new_area_lie_between_those_of_its_parts(panel, record):
    parts = [area_record(panel, panel.area(part)) for part in NAMES["Royal Vale"]]
    found = opening_record(record, record.area("Royal Vale"))
    for name in ("exit_rate", "joining_mix", "balancing_share"):
        each = np.stack([np.asarray(getattr(part, name)) for part in parts])
        mine = np.asarray(getattr(found, name))
        assert (mine >= each.min(axis=0) - 1e-12).all()
        assert (mine <= each.max(axis=0) + 1e-12).all()
    np.testing.assert_allclose(found.joining_mix.sum(axis=1), 1)


def test_services_of_a_new_area_are_the_pounds_of_its_parts(panel, record):
    parts = [area_record(panel, panel.area(part)).money for part in NAMES["Royal Vale"]]
    found = opening_record(record, record.area("Royal Vale")).money
    year = "2024-25"
    pounds = sum(part.services_share * part.spending[year] for part in parts)
    assert found.services_share * found.spending[year] == pytest.approx(pounds)


def test_a_projection_of_a_new_area_is_near_the_sum_of_its_parts(panel, record):
    whole = hn.project(record, "Royal Vale", draws=200, seed=1)
    parts = [hn.project(panel, part, draws=200, seed=1) for part in NAMES["Royal Vale"]]
    together = sum(part.money()["spending_gbp"].iloc[0] for part in parts)
    # Not equal: each is the middle of its own futures.
    assert whole.money()["spending_gbp"].iloc[0] == pytest.approx(together, rel=0.01)
    assert "Royal Vale" in whole.sentence()
    published = whole.plans()
    now = published[published["year"] == "2026"].iloc[0]
    assert now["central"] == whole.record.stock.sum()


def test_what_a_part_lacks_is_said_of_the_part_by_name(record):
    gaps = opening_record(record, record.area("Sussex by the sea")).gaps
    assert any(gap.what.startswith("Brighton and Hove: Plans by placement") for gap in gaps)


def test_a_part_without_a_block_leaves_the_new_area_without_one(record):
    found = opening_record(record, record.area("London and the City"))
    assert not found.money.has_block
    assert any("Not every authority has a high needs block" in g.what for g in found.gaps)


def test_an_authority_alone_is_unchanged_field_by_field(panel):
    """So a field added to the record is not forgotten in the sum."""
    alone = area_record(panel, panel.area("Reading"))
    found = combined_record(alone.area, [alone])
    others = {"area", "vintage", "rates", "money", "gaps", "newer", "own"}
    for name in ("vintage", "newer", "own"):
        assert getattr(found, name) == getattr(alone, name)
    for name in _names(AreaRecord) - others:
        np.testing.assert_allclose(getattr(found, name), getattr(alone, name), rtol=1e-12)
    assert found.money.outturn_year == alone.money.outturn_year
    # The status of a figure says that it is summed.
    for name in _names(MoneyRecord) - {"balance_status", "block_status", "outturn_year"}:
        assert getattr(found.money, name) == pytest.approx(getattr(alone.money, name))


def _names(record):
    return {field.name for field in dataclasses.fields(record)}


def test_a_comparable_area_can_be_projected(panel):
    found = hn.project(panel.harmonised(), "West Northants", draws=50, seed=1)
    parts = [panel.figure("ehc_plans", code, "2026").value for code in ("940", "941")]
    assert found.area.name == "Northamptonshire area"
    assert found.record.stock.sum() == pytest.approx(sum(parts))
