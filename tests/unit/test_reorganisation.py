"""Proposed reorganisations: what a file may say, and what the new areas' figures are."""

import math
from datetime import date

import pytest

from highneeds.cli import main
from highneeds.errors import AssumptionError
from highneeds.panel.reorganisation import Reorganisation
from tests.made_panel import figure, made_panel

PLANS = "ehc_plans"
GOOD = """\
name = "Two councils in the west"
effective = "2027-04-01"

[[areas]]
name = "Somerset and Devon"
made_of = ["Somerset", "878"]

[[areas]]
name = "New Northamptonshire and Rutland"
made_of = ["North Northamptonshire", "West Northants", "Rutland"]
"""


@pytest.fixture
def load(tmp_path):
    def loaded(text):
        path = tmp_path / "proposal.toml"
        path.write_text(text, "utf-8")
        return Reorganisation.load(path)

    return loaded


@pytest.fixture
def panel(tmp_path):
    figures = [
        figure(PLANS, "933", "2025", 4_000),
        figure(PLANS, "878", "2025", 6_000),
        figure(PLANS, "933", "2024", 3_900),
        figure(PLANS, "878", "2024", None, "suppressed"),
        figure(PLANS, "928", "2021", 4_847),
        figure(PLANS, "857", "2021", 300),
        figure(PLANS, "940", "2025", 4_500),
        figure(PLANS, "941", "2025", 4_100),
        figure(PLANS, "857", "2025", 400),
        figure("pupils_with_ehc_plan_pct", "933", "2025", 4.0),
        figure("pupils_with_ehc_plan_pct", "878", "2025", 5.0),
    ]
    return made_panel(tmp_path / "tables", figures)


def test_a_file_gives_new_areas_and_the_day(load):
    found = load(GOOD)
    assert (found.name, found.effective) == ("Two councils in the west", date(2027, 4, 1))
    west, middle = found.areas
    assert [area.la_code for area in west.made_of] == ["933", "878"]
    assert (west.key, middle.key) == ("new-878+933", "new-857+940+941")


def test_a_day_may_be_written_as_toml_writes_days(load):
    assert load(GOOD.replace('"2027-04-01"', "2027-04-01")).effective == date(2027, 4, 1)


def test_the_new_areas_stand_beside_the_authorities(load, panel):
    found = panel.reorganised(load(GOOD)).table(PLANS, years=["2025"])
    values = found.set_index("la_code")["value"]
    assert values["new-878+933"] == 4_000 + 6_000
    assert values["new-857+940+941"] == 4_500 + 4_100 + 400
    assert values["933"] == 4_000
    # A sum over "la" rows does not count anything twice.
    levels = found.set_index("la_code")["geography_level"]
    assert levels["new-878+933"] == "proposed"
    assert set(levels.drop(["new-878+933", "new-857+940+941"])) == {"la"}


def test_a_new_area_is_found_by_name_and_an_old_one_still_is(load, panel):
    record = panel.reorganised(load(GOOD))
    assert record.figure(PLANS, "Somerset and Devon", "2025").value == 10_000
    assert record.figure(PLANS, "Somerset", "2025").value == 4_000
    assert [a.name for a in record.parts(record.area("somerset and devon"))] == [
        "Devon",
        "Somerset",
    ]
    assert record.area("Somerset and Devon").region_name == "South West"
    assert record.parts(record.area("Devon")) == ()
    assert panel.parts(panel.area("Devon")) == ()


def test_a_part_without_a_figure_leaves_the_new_area_without_one(load, panel):
    found = panel.reorganised(load(GOOD)).figure(PLANS, "Somerset and Devon", "2024")
    assert (found.value, found.status) == (None, "incomplete")


def test_an_area_that_takes_in_every_heir_has_its_predecessors_past(load, panel):
    record = panel.reorganised(load(GOOD))
    name = "New Northamptonshire and Rutland"
    assert record.figure(PLANS, name, "2021").value == 4_847 + 300
    # From 5,147 to 9,000 plans.
    assert record.growth(PLANS, name, "2021", "2025").value == pytest.approx(
        9_000 / 5_147 - 1
    )


def test_an_area_with_one_of_two_heirs_has_no_past_before_the_split(load, panel):
    half = GOOD.replace('"West Northants", ', "")
    found = panel.reorganised(load(half)).table(
        PLANS, areas=["New Northamptonshire and Rutland"]
    )
    by_year = found.set_index("year")
    assert by_year.loc["2025", "value"] == 4_500 + 400
    assert math.isnan(by_year.loc["2021", "value"])
    assert by_year.loc["2021", "status"] == "incomplete"


def test_a_percentage_is_not_summed(load, panel):
    record = panel.reorganised(load(GOOD))
    status = record.figure("pupils_with_ehc_plan_pct", "Somerset and Devon", "2025").status
    assert status == "not_additive"


def test_a_reorganised_record_can_be_harmonised_in_either_order(load, panel):
    proposal = load(GOOD)
    for record in (
        panel.reorganised(proposal).harmonised(),
        panel.harmonised().reorganised(proposal),
    ):
        values = record.table(PLANS, years=["2025"]).set_index("la_code")["value"]
        assert values["940+941"] == 4_500 + 4_100
        assert values["new-857+940+941"] == 4_500 + 4_100 + 400
        assert "940" not in values.index


FAULTS = {
    "an authority in two areas is split": (
        ('"Rutland"]', '"Rutland", "Somerset"]'),
        ["areas.1.made_of.3", "Somerset (933)", "'Somerset and Devon'", "cannot be split"],
    ),
    "an authority twice in one area": (
        ('"878"]', '"878", "Devon"]'),
        ["areas.0.made_of.2", "Devon (878) is already in"],
    ),
    "an unknown authority": (
        ('"Rutland"', '"Ruttland"'),
        ["areas.1.made_of.2", "Nearest: Rutland (857)", "whole authorities"],
    ),
    "a district": (
        ('"Rutland"', '"Elmbridge"'),
        ["areas.1.made_of.2", "No area is called 'Elmbridge'", "children's services"],
    ),
    "an abolished authority": (
        ('"Rutland"', '"Cumbria"'),
        [
            "areas.1.made_of.2",
            "Cumbria (909) was abolished on 2023-03-31",
            "Cumberland (942), Westmorland and Furness (943)",
        ],
    ),
    "a region": (
        ('"Rutland"', '"East Midlands"'),
        ["areas.1.made_of.2", "East Midlands (E12000004) is not an authority"],
    ),
    "one authority alone": (
        ('["Somerset", "878"]', '["Somerset"]'),
        ["areas.0.made_of", "at least 2 whole authorities", "['Somerset']"],
    ),
    "no list": (
        ('["Somerset", "878"]', '"Somerset"'),
        ["areas.0.made_of", "expected a list"],
    ),
    "the name of an authority in being": (
        ('name = "Somerset and Devon"', 'name = "Dorset"'),
        ["areas.0.name", "'Dorset' already means Dorset (838)", "'Dorset (proposed)'"],
    ),
    "one name for two areas": (
        ('"New Northamptonshire and Rutland"', '"Somerset and Devon"'),
        ["areas.1.name", "is the name of two areas"],
    ),
    "no name": (
        ('name = "Two councils in the west"\n', ""),
        ["proposal.toml: name", "expected a name in quotes, found None"],
    ),
    "an unknown key": (
        ("effective =", "effect ="),
        ["proposal.toml: effect", "nearest is effective"],
    ),
    "an unknown key of an area": (
        ('made_of = ["Som', 'share = 0.5\nmade_of = ["Som'),
        ["areas.0.share", "there is no such key"],
    ),
    "no such day": (
        ("2027-04-01", "2027-04-31"),
        ["effective", 'a day like "2027-04-01"', "'2027-04-31'"],
    ),
    "not TOML": (("[[areas]]", "[[areas]"), ["proposal.toml is not valid TOML", "line"]),
}


@pytest.mark.parametrize(("change", "words"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_file_is_refused_with_the_file_and_the_key(load, change, words):
    before, after = change
    assert before in GOOD
    with pytest.raises(AssumptionError) as refused:
        load(GOOD.replace(before, after, 1))
    for word in ["proposal.toml", *words]:
        assert word in str(refused.value)


def test_every_fault_is_reported_at_once(load):
    text = GOOD.replace("Rutland", "Ruttland").replace("2027-04-01", "soon")
    with pytest.raises(AssumptionError, match=r"2 faults\..*made_of\.2.*effective"):
        load(text)


def test_a_file_without_areas_is_refused(load):
    with pytest.raises(AssumptionError, match="at least one"):
        load('name = "Nothing"\neffective = "2027-04-01"\n')


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(AssumptionError, match=r"Cannot read .*none\.toml: No such file"):
        Reorganisation.load(tmp_path / "none.toml")


def test_the_command_line_shows_a_new_area(tmp_path, capsys):
    path = tmp_path / "proposal.toml"
    path.write_text(GOOD, "utf-8")
    question = ["data", "show", PLANS, "--year", "2025", "--format", "csv"]
    assert (
        main([*question, "--reorganisation", str(path), "--area", "Somerset and Devon"])
        == 0
    )
    (row,) = capsys.readouterr().out.splitlines()[1:]
    assert row.startswith("new-878+933,Somerset and Devon,proposed,2025,january,ehc_plans,")


def test_the_command_line_refuses_a_faulty_file(tmp_path, capsys):
    path = tmp_path / "proposal.toml"
    path.write_text(GOOD.replace("Rutland", "Ruttland"), "utf-8")
    assert main(["data", "show", PLANS, "--reorganisation", str(path)]) == 12
    said = capsys.readouterr()
    assert said.out == ""
    assert "proposal.toml: areas.1.made_of.2" in said.err
