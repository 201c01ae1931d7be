"""What the blocks stated one by one say of growth, and of a level nobody was told."""

from statistics import median

import pytest

import highneeds as hn
from highneeds import home
from highneeds.panel.reported import reported_blocks
from highneeds.scenario.assumptions import load_assumptions

BEFORE = "high_needs_block_before_deductions_gbp"


@pytest.fixture(scope="module")
def stated():
    table = home.read_table(home.tables_dir() / "reported_blocks.csv")
    return table[table["measure"] == BEFORE]


@pytest.fixture(scope="module")
def published():
    return hn.load_panel().matrix(BEFORE)["2023-24"]


@pytest.fixture(scope="module")
def levels(stated):
    near = stated[stated["nearness"] != "floor"]
    keys = zip(near["la_code"], near["year"], strict=True)
    return dict(zip(keys, near["value"].astype(float), strict=True))


@pytest.fixture(scope="module")
def first(levels, published):
    """Growth from the last published block to the one stated for 2024-25."""
    return {
        code: value / published[code] - 1
        for (code, year), value in levels.items()
        if year == "2024-25"
    }


@pytest.fixture(scope="module")
def second(levels, stated):
    """Growth in 2025-26: of two levels where both are stated, else as said beside one."""
    found = {}
    for row in stated[stated["year"] == "2025-26"].itertuples():
        before = levels.get((row.la_code, "2024-25"))
        now = float(row.value)
        if before:
            found[row.la_code] = now / before - 1
        elif row.growth_share:
            found[row.la_code] = float(row.growth_share)
        elif row.growth_gbp:
            found[row.la_code] = float(row.growth_gbp) / (now - float(row.growth_gbp))
    return found


def test_growth_is_what_the_sources_page_says_of_the_same_figures(first, second):
    # shared finance/SOURCES.md: 3.4-4.9%, median 4.7% (n = 5); 5.9-10.8%, median 7.1%
    # (n = 11).
    for growth, expected in (
        (first, (5, 0.034, 0.047, 0.049)),
        (second, (11, 0.059, 0.071, 0.108)),
    ):
        found = sorted(growth.values())
        rounded = tuple(round(value, 3) for value in (found[0], median(found), found[-1]))
        assert (len(found), *rounded) == expected


@pytest.mark.parametrize(("year", "pairs"), [("2024-25", "first"), ("2025-26", "second")])
def test_the_assumed_growth_is_that_of_the_stated_blocks(year, pairs, request):
    found = sorted(request.getfixturevalue(pairs).values())
    assumed = load_assumptions()[f"block_growth.{year}"]
    assert (assumed.low, assumed.central, assumed.high) == pytest.approx(
        (found[0], median(found), found[-1]), abs=0.0005
    )


def test_a_block_left_out_is_foretold_within_two_per_cent_and_not_one_sidedly(
    levels, first, second, published
):
    errors = []
    for (code, year), value in levels.items():
        if year != "2025-26":
            continue
        growth = [
            median(v for other, v in pairs.items() if other != code)
            for pairs in (first, second)
        ]
        foretold = published[code] * (1 + growth[0]) * (1 + growth[1])
        errors.append(foretold / value - 1)
    assert len(errors) == 10
    assert abs(median(errors)) < 0.02
    assert sum(error > 0 for error in errors) in range(3, 8)


def test_a_stated_block_stands_for_the_authority_and_says_so():
    money = hn.project(hn.load_panel(), "Halton", draws=20).money().set_index("year")
    # Schools forum papers: £27.079m, £29.267m and £31.877m.
    for year, gbp in (("2024-25", 27.079e6), ("2025-26", 29.267e6), ("2026-27", 31.877e6)):
        assert money.loc[year, "block_gbp"] == pytest.approx(gbp)
        assert money.loc[year, "block_status"] == "reported"


def test_a_block_stated_after_deductions_has_the_last_deductions_added(published):
    panel = hn.load_panel()
    result = hn.project(panel, "Torbay", draws=20)
    after = panel.matrix("high_needs_block_after_deductions_gbp")["2023-24"]["880"]
    money = result.money().set_index("year")
    # £23,369,349 after deductions in 2025-26, and the deductions of 2023-24.
    expected = 23_369_349 + published["880"] - after
    assert money.loc["2025-26", "block_gbp"] == pytest.approx(expected)
    assert any("after deductions only" in gap.what for gap in result.gaps)


def test_press_floors_and_rounded_levels_stand_for_nobody():
    panel = hn.load_panel()
    # Buckinghamshire (press), Liverpool (floor), Lambeth (rounded).
    for name in ("Buckinghamshire", "Liverpool", "Lambeth"):
        found = reported_blocks(panel, panel.area(name))
        assert not any(found.values()), name


def test_grants_rolled_in_enter_block_and_spending_alike(published):
    result = hn.project(hn.load_panel(), "Somerset", draws=50)
    futures, step = result.futures, 2
    assert result.years[step].label == "2026-27"
    assert (futures.rolled_in[:step] == 0).all()
    assert futures.rolled_cost[step] == pytest.approx(futures.rolled_in[step])
    share = futures.rolled_in[step] / (futures.block[step] - futures.rolled_in[step])
    assert 0.03 < share.mean() < 0.07
    table = result.money()
    alike = table["block_gbp"] - table["block_like_for_like_gbp"]
    assert (alike[:step] == 0).all()
    assert (alike[step:] > 0).all()
