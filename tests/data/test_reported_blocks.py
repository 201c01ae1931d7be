"""What the blocks stated one by one say of growth, and of a level nobody was told."""

from statistics import median

import pytest

import highneeds as hn
from highneeds import embedded

BEFORE = "high_needs_block_before_deductions_gbp"


@pytest.fixture(scope="module")
def stated():
    table = embedded.read_table(embedded.tables_dir() / "reported_blocks.csv")
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
