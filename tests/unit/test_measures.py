"""The record of measures: what it names is there, and a faulty one is refused."""

import pytest

from highneeds import home
from highneeds.errors import SourceError
from highneeds.panel.measure import read_measures
from highneeds.panel.schema import MEASURES
from highneeds.periods import PERIOD_TYPES

GOOD = """
[ehc_plans]
title = "Plans (and statements to {statements_to})"
unit = "plans"
calendar = "january"
table = "plans"

[ehc_plans.changes]
statements_to = 2018
"""


def dangling(measures):
    """What a record names that is not there."""
    found = []
    for one in measures.values():
        parts = {f"{one.name}: {kind}" for kind in one.parts_of_total}
        held = {f"{one.name}: {kind}" for kind in one.breakdown_types}
        found += sorted(parts - held)
        named = [one.part_of] if one.part_of else []
        if one.ratio:
            named += [one.ratio.above, one.ratio.below]
        found += [f"{one.name}: {name}" for name in named if name not in measures]
        for name, at in (
            (
                (one.ratio.above, one.ratio.above_at),
                (one.ratio.below, one.ratio.below_at),
            )
            if one.ratio
            else ()
        ):
            kinds = {place.partition("/")[0] for place in at.values()}
            found += sorted(kinds - set(measures[name].breakdown_types))
        if one.period_type not in PERIOD_TYPES:
            found.append(f"{one.name}: {one.period_type}")
        if "{" in one.title + one.note:
            found.append(f"{one.name}: {{")
    return found


def test_everything_that_the_record_names_is_there():
    assert read_measures(home.data_dir() / "measures.toml") == MEASURES
    assert dangling(MEASURES) == []


def test_what_is_not_there_is_noticed(tmp_path):
    path = tmp_path / "measures.toml"
    more = 'part_of = "population"\nbreakdowns = ["total"]\nparts_of_total = ["age"]\n'
    path.write_text(GOOD.replace("[ehc_plans.changes]", f"{more}[ehc_plans.changes]"))
    assert dangling(read_measures(path)) == ["ehc_plans: age", "ehc_plans: population"]


def test_the_years_of_a_change_are_written_once(tmp_path):
    path = tmp_path / "measures.toml"
    path.write_text(GOOD)
    assert read_measures(path)["ehc_plans"].title == "Plans (and statements to 2018)"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("table =", "tables =", r"unknown key tables \(the nearest is table\), table is"),
        ('unit = "plans"\n', "", "ehc_plans: unit is missing"),
    ],
)
def test_a_faulty_record_is_refused_by_name(tmp_path, old, new, said):
    path = tmp_path / "measures.toml"
    path.write_text(GOOD.replace(old, new))
    with pytest.raises(SourceError, match=said):
        read_measures(path)
