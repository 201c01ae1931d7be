"""Growth of the block that cannot be right is refused: in the defaults, in a scenario."""

import pytest

from highneeds.errors import AssumptionError
from highneeds.scenario.scenario import Scenario

HEAD = """
name = "mine"
title = "Mine"
extends = "trend"
author = "A"
date = "2026-11-30"

[assumptions."block_growth.2025-26"]
"""


def load(tmp_path, lines):
    path = tmp_path / "mine.toml"
    path.write_text(HEAD + lines, encoding="utf-8")
    return Scenario.load(path)


def test_a_low_value_at_or_above_the_published_cap_is_refused(tmp_path):
    # The rates used before: all high needs money over the DSG block.
    with pytest.raises(AssumptionError, match=r"low 10\.0% is at or above .* cap of 10%"):
        load(tmp_path, "low = 0.10\ncentral = 0.11\nhigh = 0.115\n")
    load(tmp_path, "low = 0.099\ncentral = 0.11\nhigh = 0.115\n")


def test_a_new_source_says_what_its_two_totals_count(tmp_path):
    values = 'low = 0.06\ncentral = 0.07\nhigh = 0.08\nsource = "Two totals"\n'
    with pytest.raises(AssumptionError, match="Give covers and covers_before"):
        load(tmp_path, values + 'evidence = "S"\n')
    load(tmp_path, values + 'evidence = "M"\n')
    named = 'covers = "All high needs money"\ncovers_before = "High needs block"\n'
    assert load(tmp_path, values + 'evidence = "S"\n' + named)


def test_every_growth_with_a_source_names_both_its_totals():
    assumed = Scenario.load("trend").assumptions
    growth = [one for name, one in assumed.items() if name.startswith("block_growth.")]
    assert len(growth) == 4
    for one in growth:
        assert not one.sourced or (one.covers and one.covers_before)
