"""Parameters are refused by name, with what was expected, before any kernel starts."""

import re

import pytest

from highneeds.cli import main
from highneeds.errors import AssumptionError, ModelError, OutputError, UsageError
from highneeds.notebook import execute as executing
from highneeds.notebook import run
from highneeds.notebook.evidence_parameters import EvidenceParameters
from highneeds.notebook.execute import execute, read_notebook, refuse_strangers
from highneeds.notebook.parameters import (
    AuditParameters,
    NationalParameters,
    OverspendParameters,
    RegionParameters,
)
from highneeds.notebook.run import OVERSPEND, run_report


@pytest.fixture
def no_kernel(monkeypatch):
    """Fail if anything reaches the kernel."""

    def started(_):
        pytest.fail("a kernel was started")

    monkeypatch.setattr(executing, "_kernel_manager", started)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"drwas": 10}, "'drwas' (the nearest is draws)"),
        ({"draws": 99}, "draws: Input should be greater than or equal to 100 (found 99)"),
        ({"draws": 20_001}, "less than or equal to 20000"),
        ({"draws": "1000"}, "valid integer (found '1000')"),
        ({"draws": True}, "valid integer (found True)"),
        ({"draws": 1000.0}, "valid integer"),
        ({"seed": -1}, "seed: Input should be greater than or equal to 0"),
        ({"authority": "Somerst"}, "Nearest: Somerset (933)"),
        ({"authority": ""}, "No area is called ''"),
        ({"authority": True}, "authority: Input should be a valid string"),
        ({"authority": 933.5}, "authority: Input should be a valid string"),
        ({"authority": 999}, "No area is called '999'"),
        ({"until": "2024-25"}, "give a financial year from 2025-26 to 2039-40"),
        ({"until": "2045-46"}, "out of range"),
        ({"until": "2030"}, "Write it as 2029-30 or 2030-31"),
        ({"until": 2030}, "Write it as 2029-30 or 2030-31"),
        ({"until": "FY30"}, "Write it as 2029-30 or 2030-31"),
        ({"until": "2029/31"}, "Write it as 2029-30"),
    ],
)
def test_a_wrong_parameter_is_refused_by_name(given, said):
    with pytest.raises(UsageError) as refused:
        OverspendParameters(**{"authority": "Somerset", **given})
    assert said in str(refused.value)


@pytest.mark.parametrize("code", [886, 886.0, "886"])
def test_a_code_that_papermill_made_a_number_of_is_a_code(code):
    assert OverspendParameters(authority=code).area.name == "Kent"


@pytest.mark.parametrize(
    "until", ["29/30", "2029/30", "2029-2030", "FY2029-30", "2029–30", 202930, " 2029-30 "]
)
def test_a_year_is_taken_as_people_write_it_and_kept_as_it_is_printed(until):
    assert OverspendParameters(authority="Kent", until=until).until == "2029-30"


def test_every_text_of_every_notebook_may_be_a_number_to_papermill():
    # No region has such a code: what is refused is the code, not its type.
    with pytest.raises(UsageError, match=r"Kent \(886\) is not a region"):
        RegionParameters(region=886)
    with pytest.raises(UsageError, match="'2026'"):
        EvidenceParameters(as_of=2026)
    with pytest.raises(AssumptionError, match="No scenario is called '7'"):
        OverspendParameters(authority="Kent", scenario=7)


def test_every_wrong_parameter_is_named_at_once():
    with pytest.raises(UsageError) as refused:
        OverspendParameters(authority="Somerset", draws=1, seed=-1, sed=2)
    for name in ("draws", "seed", "sed"):
        assert name in str(refused.value)


@pytest.mark.parametrize(
    ("model", "given", "said"),
    [
        (RegionParameters, {"region": "Kent"}, "Kent (886) is not a region"),
        (RegionParameters, {"region": "Inner London"}, "is not a region"),
        (RegionParameters, {"region": ""}, "No area is called ''"),
        (RegionParameters, {"region": "London", "draws": 99}, "draws: Input should be"),
        (RegionParameters, {}, "region"),
        (NationalParameters, {"until": "2024-25"}, "from 2025-26 to 2039-40"),
        (NationalParameters, {"authority": "Kent"}, "authority"),
        (AuditParameters, {"measur": "ehc_plans"}, "measur"),
    ],
)
def test_every_notebooks_parameters_are_refused_alike(model, given, said):
    with pytest.raises(UsageError) as refused:
        model(**given)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("parameters", "level", "name"),
    [
        (OverspendParameters(authority="Kent"), "la", "Kent"),
        (RegionParameters(region="london"), "region", "London"),
        (NationalParameters(), "england", "England"),
        (EvidenceParameters(), "region", "England"),
        (EvidenceParameters(region="South East"), "region", "South East"),
    ],
)
def test_parameters_say_what_area_they_mean(parameters, level, name):
    assert (parameters.level, parameters.area.name) == (level, name)


def test_an_unknown_scenario_is_refused():
    with pytest.raises(AssumptionError, match="trend"):
        OverspendParameters(authority="Somerset", scenario="trnd")


def test_the_parameters_show_what_they_mean():
    shown = repr(OverspendParameters(authority="E10000027", until="2027-28").table())
    assert "Somerset (933)" in shown
    assert "31 March 2028" in shown


def test_a_name_the_notebook_does_not_declare_is_refused(no_kernel, tmp_path):
    with pytest.raises(UsageError, match=r"'drwas' \(the nearest is draws\)"):
        execute(read_notebook(OVERSPEND), OVERSPEND, {"drwas": 10}, folder=tmp_path)


@pytest.mark.parametrize("name", ["zz", "9", "12"])
def test_a_notebook_that_does_not_exist_is_not_run(no_kernel, capsys, name):
    assert main(["notebooks", name]) == 2
    said = capsys.readouterr().err
    assert f"begins with {name!r}" in said
    assert "01_overspend_scenario, 02_data_audit" in said


def test_a_name_cannot_carry_code(no_kernel, tmp_path):
    # Papermill pastes names into the notebook as they stand.
    hostile = "x = __import__('os')\ny"
    with pytest.raises(UsageError, match="has no parameter"):
        execute(read_notebook(OVERSPEND), OVERSPEND, {hostile: 1}, folder=tmp_path)


def test_strangers_are_listed_with_what_there_is():
    with pytest.raises(UsageError, match="It has: draws, seed"):
        refuse_strangers(["x", "draws"], ["draws", "seed"], "A notebook")


@pytest.mark.usefixtures("no_kernel")
class TestRunReport:
    """`run_report` refuses before it starts, and leaves nothing behind."""

    @pytest.mark.parametrize(
        "given",
        [{"area": "Nowhere"}, {"draws": 1}, {"until": "2020-21"}, {"seed": -5}],
    )
    def test_wrong_input_is_refused(self, given, tmp_path):
        with pytest.raises(UsageError):
            run_report(**{"area": "Somerset", "out": tmp_path / "out", **given})
        assert not (tmp_path / "out").exists()

    @pytest.mark.parametrize(
        ("area", "said"),
        [("Inner London", "not a local authority"), ("Cumbria", "Cumberland (942)")],
    )
    def test_an_area_that_is_no_authority_in_being_is_refused(self, area, said, tmp_path):
        with pytest.raises(ModelError, match=re.escape(said)):
            run_report(area, out=tmp_path / "out")
        assert not (tmp_path / "out").exists()

    @pytest.mark.parametrize("area", ["South east", "England"])
    @pytest.mark.parametrize("option", ["inputs", "risks", "for_publication"])
    def test_what_is_of_one_authority_is_refused_of_a_wider_area(
        self, area, option, tmp_path
    ):
        said = f"--{option.replace('_', '-')}"
        with pytest.raises(UsageError, match=f"^{said}: .* is not a local authority"):
            run_report(area, **{option: True}, out=tmp_path / "out")
        assert not (tmp_path / "out").exists()

    def test_a_scenario_with_a_fault_is_refused(self, tmp_path):
        faulty = tmp_path / "faulty.toml"
        faulty.write_text('name = "x"\ntitle = "x"\n[assumptions.no_such_thing]\nlow = 1\n')
        with pytest.raises(AssumptionError, match="no_such_thing"):
            run_report("Somerset", scenario=str(faulty), out=tmp_path / "out")
        assert not (tmp_path / "out").exists()

    def test_a_place_that_is_no_folder_is_refused(self, tmp_path):
        (tmp_path / "file").touch()
        with pytest.raises(OutputError, match="Nothing was run"):
            run_report("Somerset", out=tmp_path / "file")

    def test_a_full_disk_is_refused(self, tmp_path, monkeypatch):
        class Full:
            free = 1_000_000

        monkeypatch.setattr(run.shutil, "disk_usage", lambda _: Full)
        with pytest.raises(OutputError, match=r"Only 1 MB are free .* needs 20 MB"):
            run_report("Somerset", out=tmp_path)
        assert list(tmp_path.iterdir()) == []
