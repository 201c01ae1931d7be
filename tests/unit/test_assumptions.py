"""Assumption and scenario files: every fault named with its file and key."""

import pytest

from highneeds.errors import AssumptionError
from highneeds.scenario.assumptions import load_assumptions
from highneeds.scenario.scenario import Scenario

GOOD = """
[price]
title = "Price"
low = 1
central = 2.0
high = 3.0
unit = "£"
minimum = 0
maximum = 10
evidence = "M"
"""


def write(folder, text, name="x.toml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_whole_numbers_are_read_as_decimals(tmp_path):
    write(tmp_path, GOOD)
    assert load_assumptions(tmp_path)["price"].low == 1.0


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("central = 2.0", "central = 5.0", "low 1, central 5, high 3 are not in order"),
        ("high = 3.0", "high = 30.0", "outside the allowed range 0 to 10"),
        ("central = 2.0", "central = nan", "price.central"),
        ("central = 2.0", "central = true", "price.central"),
        ("central = 2.0", 'central = "2"', "price.central"),
        (
            "central = 2.0",
            "centrl = 2.0",
            "unknown key 'price.centrl' (the nearest is central",
        ),
        ('unit = "£"\n', "", "price.unit is missing"),
        ('evidence = "M"', 'evidence = "S"', "evidence S needs a source"),
        ("low = 1", "low = 1\nlow = 2", "not valid TOML"),
    ],
)
def test_a_faulty_assumption_is_refused_by_name(tmp_path, old, new, words):
    assert old in GOOD
    write(tmp_path, GOOD.replace(old, new))
    with pytest.raises(AssumptionError, match=words.replace("(", r"\(")) as found:
        load_assumptions(tmp_path)
    assert "x.toml" in str(found.value)


def test_the_same_name_in_two_files_is_refused(tmp_path):
    write(tmp_path, GOOD, "a.toml")
    write(tmp_path, GOOD, "b.toml")
    with pytest.raises(AssumptionError, match=r"b.toml: price is already given"):
        load_assumptions(tmp_path)


def test_a_scenario_changes_only_what_it_names(tmp_path):
    path = write(
        tmp_path,
        'name = "mine"\ntitle = "Mine"\nextends = "trend"\n'
        "[assumptions.price_growth_other]\nlow = 0.01\n"
        "[policies.stability_grant]\nswitched_on = true\n",
    )
    mine, trend = Scenario.load(path), Scenario.load("trend")
    assert mine.assumptions["price_growth_other"].low == 0.01
    assert mine.policies.stability_grant.switched_on
    assert mine.policies.stability_grant.share == trend.policies.stability_grant.share
    for name in set(trend.assumptions) - {"price_growth_other"}:
        assert mine.assumptions[name] == trend.assumptions[name]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('titel = "x"', r"unknown key 'titel' \(the nearest is title\)"),
        ("[assumptions.price_growth_othr]\nlow = 0", "the nearest is price_growth_other"),
        ("[assumptions.price_growth_other]\nhigh = 9.0", "outside the allowed range"),
        ("[policies.stability_grant]\nshare = 1.5", "policies.stability_grant.share"),
        ('[policies.stability_grant]\npaid_in = "2024-25"', "is not after deficit_at"),
        ('extends = "mine.toml"', "extends itself"),
        ('extends = "nowhere"', "No scenario is called 'nowhere'"),
    ],
)
def test_a_faulty_scenario_is_refused_by_file_and_key(tmp_path, text, words):
    path = write(tmp_path, f'name = "mine"\ntitle = "Mine"\n{text}\n', "mine.toml")
    with pytest.raises(AssumptionError, match=words):
        Scenario.load(path)


def test_an_empty_or_missing_file_is_refused(tmp_path):
    with pytest.raises(AssumptionError, match="is empty"):
        Scenario.load(write(tmp_path, ""))
    with pytest.raises(AssumptionError, match="no scenario file"):
        Scenario.load(tmp_path / "none.toml")


def test_every_default_without_a_source_is_marked_as_one():
    for name, estimate in load_assumptions().items():
        assert estimate.sourced == bool(estimate.source), name
