"""What a batch would make, and everything that is refused before a kernel starts."""

import gzip
import json
import tomllib
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks.small import small_notebook
from highneeds import home
from highneeds.batch import inputs
from highneeds.batch.plan import Notebook, Plan, _Request
from highneeds.cli import main
from highneeds.errors import AssumptionError, UsageError
from highneeds.geography import Geography

LONDON = 33  # 32 boroughs and the City of London


def codes(plan):
    return [job.area.la_code for job in plan.jobs]


def test_every_authority_when_none_is_named():
    plan = Plan.make()
    # 153 authorities since April 2023 (SOURCES.md: authorities of 2025).
    assert len(set(codes(plan))) == len(plan.jobs) == 153
    assert {job.notebook.name for job in plan.jobs} == {"01_overspend_scenario"}


def test_a_report_is_named_as_a_person_would_name_the_area():
    for job in Plan.make().jobs:
        assert Geography.load().find(job.parameters.authority) == job.area


def test_a_region_means_its_authorities_and_an_area_named_twice_is_made_once():
    assert len(Plan.make(areas=["London"]).jobs) == LONDON
    assert codes(Plan.make(areas=["Camden", "202", "London"])) == codes(
        Plan.make(areas=["London"])
    )
    assert codes(Plan.make(areas=["England"])) == codes(Plan.make(areas=["all"]))


def test_every_wrong_name_is_said_at_once():
    with pytest.raises(UsageError) as refused:
        Plan.make(areas=["Camdn", "Surey", "Cumbria", "Camden"], draws=5)
    said = str(refused.value)
    assert said.startswith("Nothing was run. 4 things to correct first:")
    for part in ("'Camdn'. Nearest: Camden (202)", "Surrey", "abolished in 2023", "draws"):
        assert part in said


def test_the_first_five_faults_are_shown_then_a_count():
    with pytest.raises(UsageError, match="and 2 more"):
        Plan.make(areas=[f"Nowhere {number}" for number in range(7)])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"areas": ["regions"], "notebooks": ["01"]}, "needs a notebook about regions"),
        ({"areas": ["regions"], "notebooks": ["09", "10"]}, "10_england is about all of"),
        ({"areas": ["Inner London"]}, "Inner London .* 01_overspend_scenario is about an"),
        ({"areas": ["Kent"], "notebooks": ["09"]}, "Kent .* is about a region"),
        ({"areas": ["London"], "notebooks": ["10"]}, "London .* is about all of England"),
        ({"areas": ["London"], "notebooks": ["09"], "draws": 5}, "draws"),
        ({"notebooks": ["99"]}, "There is no notebook '99'. A batch can make: 01_"),
        ({"notebooks": ["nowhere.ipynb"]}, "There is no notebook 'nowhere.ipynb'"),
        ({"areas": ["Camden"], "until": "2019-20"}, "until: 2019-20 is out of range"),
        ({"areas": ["Camden"], "draws": True}, "draws"),
        ({"areas": ["Camden"], "seed": -1}, "seed"),
        ({"notebooks": ["04"], "scenario": "trend"}, "has no such parameter"),
    ],
)
def test_what_cannot_be_meant_is_refused(given, message):
    with pytest.raises(UsageError, match=message):
        Plan.make(**given)


def test_an_unknown_or_faulty_scenario_is_refused_once(tmp_path):
    with pytest.raises(AssumptionError, match="'trnd'"):
        Plan.make(scenario="trnd")
    faulty = tmp_path / "faulty.toml"
    faulty.write_text('name = "faulty"\ntitle = "t"\nextends = "trend"\nyears = 3\n')
    with pytest.raises(AssumptionError, match=r"faulty\.toml.*years"):
        Plan.make(scenario=str(faulty))


def test_a_batch_file_and_what_is_given_beside_it(tmp_path):
    file = tmp_path / "south_east.toml"
    file.write_text('areas = ["South East"]\ndraws = 500\nuntil = "2027-28"\n')
    plan = Plan.make(file=file, draws=200)
    assert {job.area.region_name for job in plan.jobs} == {"South East"}
    assert {(job.parameters.draws, job.parameters.until) for job in plan.jobs} == {
        (200, "2027-28")
    }


def test_a_code_or_a_year_in_a_batch_file_needs_no_quotes(tmp_path):
    file = tmp_path / "b.toml"
    file.write_text("areas = [886, 'Medway Council']\nnotebooks = [1]\nuntil = 202728\n")
    plan = Plan.make(file=file)
    assert [job.area.la_code for job in plan.jobs] == ["886", "887"]
    assert {job.parameters.until for job in plan.jobs} == {"2027-28"}


def test_a_year_in_other_words_is_the_same_run():
    asked = [Plan.make(areas=["Kent"], until=year) for year in ("27/28", "2027-28")]
    assert asked[0].run_id == asked[1].run_id


def test_the_batch_file_in_the_documents_has_every_key_and_is_taken(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("own figures").mkdir()
    own = "area,measure,at,value\nKent,dsg_balance_gbp,2025-26,-90000000\n"
    Path("own figures", "kent.csv").write_text(own, "utf-8")
    text = (Path(__file__).parents[2] / "docs" / "scaling.md").read_text("utf-8")
    example = text.split("```toml\n")[1].split("```")[0]
    assert set(tomllib.loads(example)) == set(_Request.model_fields)
    file = tmp_path / "b.toml"
    file.write_text(example, "utf-8")
    notebooks = {job.notebook.name for job in Plan.make(file=file).jobs}
    assert notebooks == {"01_overspend_scenario", "09_regional_report"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("area = ['Kent']", "area"),
        ("areas = 'Kent'", "areas"),
        (f"scenario = '{'a' * 300}'", "No scenario is called"),
        (f"notebooks = ['{'a' * 300}.ipynb']", "There is no notebook"),
        # Not every authority there is, as where nothing is said of them.
        ("areas = []", "areas"),
        ("draws = true", "draws"),
        ("areas = [", "not valid TOML"),
        ("draws = 200\ndraws = 300", "not valid TOML"),
    ],
)
def test_a_faulty_batch_file_is_refused(tmp_path, text, message):
    file = tmp_path / "b.toml"
    file.write_text(text)
    with pytest.raises((UsageError, AssumptionError), match=message):
        Plan.make(file=file)


def test_a_missing_batch_file_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"Cannot read .*Give the path of a batch file"):
        Plan.make(file=tmp_path / "none.toml")


def test_the_run_is_named_after_what_is_asked_and_read(tmp_path):
    asked = {"areas": ["Camden", "Kent"], "draws": 200}
    run_id = Plan.make(**asked).run_id
    edition, scenario, short = run_id.split("-")
    assert (len(edition), scenario, len(short)) == (12, "trend", 8)
    assert Plan.make(areas=["Kent", "Camden"], draws=200).run_id == run_id
    others = [
        Plan.make(areas=["Camden"], draws=200),
        Plan.make(**{**asked, "draws": 300}),
        Plan.make(**asked, seed=1),
        Plan.make(**asked, scenario="price_bands"),
        Plan.make(**asked, notebooks=[str(small_notebook(tmp_path))]),
    ]
    assert len({run_id, *(plan.run_id for plan in others)}) == 1 + len(others)


def test_where_a_scenario_file_lies_does_not_name_the_run(tmp_path):
    runs = set()
    for folder in (tmp_path / "a", tmp_path / "b"):
        folder.mkdir()
        file = folder / "mine.toml"
        file.write_text('name = "mine"\ntitle = "Mine"\nextends = "trend"\n')
        runs.add(Plan.make(areas=["Kent"], scenario=str(file)).run_id)
    assert len(runs) == 1
    assert "-mine-" in runs.pop()


# The Office for National Statistics' codes of the nine regions of England.
REGIONS = [f"E1200000{number}" for number in range(1, 10)]


def test_regions_and_england_have_notebooks_of_their_own():
    for areas in ("regions", "all", "England"):
        plan = Plan.make(areas=[areas], notebooks=["09"])
        assert codes(plan) == REGIONS
    assert codes(Plan.make(areas=["regions"])) == REGIONS
    assert codes(Plan.make(areas=["London", "south east"], notebooks=["09"])) == [
        "E12000007",
        "E12000008",
    ]
    for areas in ("all", "England"):
        (job,) = Plan.make(areas=[areas], notebooks=["10"]).jobs
        assert (job.area.la_code, job.folder) == ("E92000001", "e92000001-england")


def test_everything_at_once():
    plan = Plan.make(areas=["all"], notebooks=["01", "09", "10"])
    # 153 authorities, 9 regions and England.
    assert len(plan.jobs) == len({job.folder for job in plan.jobs}) == 163
    assert [job.folder for job in plan.jobs if job.area.level != "la"] == [
        "e12000001-north-east",
        "e12000002-north-west",
        "e12000003-yorkshire-and-the-humber",
        "e12000004-east-midlands",
        "e12000005-west-midlands",
        "e12000006-east-of-england",
        "e12000007-london",
        "e12000008-south-east",
        "e12000009-south-west",
        "e92000001-england",
    ]
    for job in plan.jobs:
        assert (job.parameters.area, job.parameters.level) == (job.area, job.area.level)


def test_what_is_not_given_is_each_notebooks_own_default(tmp_path):
    asked = {"areas": ["Camden"], "notebooks": ["01", str(small_notebook(tmp_path))]}
    assert {job.parameters.draws for job in Plan.make(**asked).jobs} == {100, 1000}
    plan = Plan.make(**asked, draws=250)
    assert {job.parameters.draws for job in plan.jobs} == {250}


def test_a_setting_reaches_only_the_notebooks_that_have_it():
    plan = Plan.make(areas=["Kent"], notebooks=["01", "04"], scenario="price_bands")
    first, second = plan.jobs
    assert first.parameters.scenario == "price_bands"
    assert "scenario" not in type(second.parameters).model_fields


def test_every_fault_of_a_mixed_batch_is_said_at_once():
    with pytest.raises(UsageError) as refused:
        Plan.make(areas=["Camdn", "Kent", "Cumbria"], notebooks=["01", "09"])
    said = str(refused.value)
    # The wrong name once; Cumbria, which no notebook takes; 09, which has no area.
    assert said.startswith("Nothing was run. 3 things to correct first:")
    assert said.count("'Camdn'") == 1
    with pytest.raises(UsageError, match=r"^Nothing was run. 1 thing to correct first:"):
        Plan.make(areas=["Camdn"])


def test_each_notebook_takes_the_areas_of_its_level():
    plan = Plan.make(areas=["Kirklees", "South West"], notebooks=["01", "09"])
    south_west = {job.area for job in Plan.make(areas=["South West"]).jobs}
    made = {name: set() for name in ("01_overspend_scenario", "09_regional_report")}
    for job in plan.jobs:
        made[job.notebook.name].add(job.area)
    kirklees, region = (Geography.load().find(name) for name in ("Kirklees", "South West"))
    assert made["01_overspend_scenario"] == south_west | {kirklees}
    assert made["09_regional_report"] == {region}


def test_a_notebook_that_would_make_no_report_is_refused():
    with pytest.raises(UsageError, match=r"10_england is about all of England"):
        Plan.make(areas=["Kirklees", "London"], notebooks=["01", "10"])


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (["Kirklees, Leeds"], ["382", "383"]),
        (["Kirklees,Leeds", "Camden"], ["202", "382", "383"]),
        (["Kirklees,", "Leeds"], ["382", "383"]),
        # A comma inside a name is no separator.
        (["Bristol, City of"], ["801"]),
        (["Kingston upon Hull, City of,Leeds , Bristol, City of"], ["383", "801", "810"]),
        (["Kirklees, South West"], None),
    ],
)
def test_areas_may_be_separated_by_commas(asked, found):
    if found is None:
        found = sorted(["382", *codes(Plan.make(areas=["South West"]))])
    assert codes(Plan.make(areas=asked)) == found


@pytest.mark.parametrize("word", ["ALL", "All", "regions", "Regions"])
def test_all_and_regions_are_known_in_any_case(word):
    assert len(Plan.make(areas=[word]).jobs) == (9 if word.lower() == "regions" else 153)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (["south", "west"], 'in quotes: "south west"'),
        (["Kent", "Tower", "Hamlets", "Leeds"], 'in quotes: "Tower Hamlets"'),
        (["Kirklees, Leds"], r"called 'Leds'. Nearest: Leeds \(383\)"),
        (["Kirklees;Leeds"], 'spaces or commas, .*: --areas Leeds "South West"'),
    ],
)
def test_it_is_said_how_to_separate_and_quote_areas(asked, said):
    with pytest.raises(UsageError, match=said) as refused:
        Plan.make(areas=asked)
    assert "1 thing to correct" in str(refused.value)


def dry_run(out, *more):
    return main(["batch", "--areas", "Camden", "--dry-run", "--out", str(out), *more])


def test_a_dry_run_lists_the_reports_and_writes_nothing(tmp_path, capsys):
    assert dry_run(tmp_path / "new" / "out") == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "202-camden: Camden (202), 01_overspend_scenario"
    assert said[1].startswith(f"1 report would go to {tmp_path / 'new' / 'out'}")
    assert list(tmp_path.iterdir()) == []


def test_a_dry_run_refuses_the_folder_that_the_run_would_refuse(
    tmp_path, capsys, monkeypatch
):
    (tmp_path / "file").write_bytes(b"mine")
    for out in (tmp_path / "file", tmp_path / "file" / "below"):
        assert dry_run(out) == 3
        assert "Nothing was run" in capsys.readouterr().err
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=1_000_000))
    assert dry_run(tmp_path / "new") == 3
    assert "Only 1 MB are free" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_the_verb_that_makes_another_notebook_is_named():
    for number, verb in (
        ("02", "highneeds data show"),
        ("07", "highneeds evidence"),
        ("08", "highneeds notebooks --run 08"),
    ):
        with pytest.raises(UsageError, match=f"`{verb}") as refused:
            Plan.make(notebooks=[number])
        assert "01_overspend_scenario, 03_" in str(refused.value)
    with pytest.raises(UsageError) as refused:
        Plan.make(notebooks=["99"])
    assert "02_data_audit" not in str(refused.value)


def test_notebooks_that_would_share_folders_are_refused(tmp_path):
    (tmp_path / "b").mkdir()
    paths = [small_notebook(tmp_path), small_notebook(tmp_path / "b")]
    with pytest.raises(UsageError, match="small and small would write to the same"):
        Plan.make(areas=["Kent"], notebooks=["01", *map(str, paths)])


def test_a_second_notebook_goes_to_a_folder_of_its_own():
    plan = Plan.make(areas=["Camden"], notebooks=["1", "03"])
    assert [(job.folder, job.notebook.name) for job in plan.jobs] == [
        ("202-camden", "01_overspend_scenario"),
        ("202-camden-03", "03_drivers_and_decomposition"),
    ]


def test_a_notebook_keeps_its_own_defaults(tmp_path):
    job = Plan.make(areas=["Kent"], notebooks=[str(small_notebook(tmp_path))]).jobs[0]
    assert (job.parameters.draws, job.parameters.seed) == (100, 1)


def test_a_notebook_that_checks_nothing_is_refused(tmp_path):
    path = small_notebook(tmp_path)
    path.write_text(path.read_text().replace("hn.notebook.OverspendParameters", "dict"))
    with pytest.raises(UsageError, match="does not check its parameters"):
        Notebook.find(str(path))


def test_a_notebook_that_lacks_a_parameter_is_refused(tmp_path):
    path = small_notebook(tmp_path)
    path.write_text(path.read_text().replace("draws = 100  # type: int\\n", ""))
    with pytest.raises(UsageError, match="has no parameter draws"):
        Notebook.find(str(path))


@pytest.mark.parametrize("content", ["", "{}", json.dumps({"cells": [{}]}), "[1]"])
def test_what_is_no_notebook_is_refused(tmp_path, content):
    path = tmp_path / "broken.ipynb"
    path.write_text(content)
    with pytest.raises(UsageError, match=r"broken\.ipynb"):
        Notebook.find(str(path))


def test_a_revised_figure_tells_its_year_and_its_area_from_the_rest(tmp_path, monkeypatch):
    rows = ["year,la_code,value", "2024,202,10", "2024,203,11", "2025,202,12"]
    (tmp_path / "sources.csv").write_text("source_id,sha256\nplans,abc\n")
    monkeypatch.setattr(home, "tables_dir", lambda: tmp_path)

    def digests(lines):
        packed = gzip.compress("\n".join(lines).encode("utf-8"))
        (tmp_path / "plans.csv.gz").write_bytes(packed)
        return inputs.data_digests()

    before = digests(rows)
    assert before["sources"] == {"plans": "abc"}
    assert list(before["years"]) == ["plans 2024", "plans 2025"]
    assert list(before["areas"]) == ["202", "203"]
    after = digests([*rows[:2], "2024,203,13", rows[3]])
    assert before["years"]["plans 2024"] != after["years"]["plans 2024"]
    assert before["areas"]["203"] != after["areas"]["203"]
    assert before["years"]["plans 2025"] == after["years"]["plans 2025"]
    assert before["areas"]["202"] == after["areas"]["202"]
    # What moves from one column to the next is another figure.
    moved = digests([*rows[:3], "2025,202,,12"])
    assert before["areas"]["202"] != moved["areas"]["202"]


def test_a_runs_folder_says_whom_it_is_about_under_what_and_of_which_day(tmp_path):
    day = date(2026, 11, 30)
    for asked, begins in (
        (["Kent"], "kent-trend-2026-11-30-"),
        (["South West"], "south-west-15-areas-trend-2026-11-30-"),
        (["Kent", "Camden"], "2-areas-trend-2026-11-30-"),
    ):
        plan = Plan.make(areas=asked)
        name = plan.folder_in(tmp_path, day=day).name
        assert name.startswith(begins)
        assert name.endswith(plan.run_id[-8:])


def test_a_run_to_be_resumed_is_found_whatever_its_day(tmp_path):
    plan, other = Plan.make(areas=["Kent"]), Plan.make(areas=["Kent"], seed=2)
    days = [date(2026, 11, day) for day in (28, 29, 30)]
    first, *_ = folders = [plan.folder_in(tmp_path, day=day) for day in days]
    assert plan.folder_in(tmp_path, day=days[1], resume=True) == folders[1]
    for folder in (first, tmp_path / other.run_id):
        folder.mkdir()
        (folder / "run.log").touch()
    # The old way of naming a run, by edition and hash alone, is found too.
    assert plan.folder_in(tmp_path, day=days[1], resume=True) == first
    assert other.folder_in(tmp_path, day=days[1], resume=True).name == other.run_id
    # Without it an earlier day's reports stay as they are.
    assert plan.folder_in(tmp_path, day=days[1]) == folders[1]
