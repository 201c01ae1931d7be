"""What changed between two runs is blamed on what differs, and on nothing else."""

import json
from pathlib import Path

import pandas as pd
import pytest

from highneeds.batch import compare as module
from highneeds.batch.compare import compare_page, compare_runs
from highneeds.cli import main
from highneeds.cli.printing import print_table
from highneeds.errors import OutputError, UsageError
from tests.batches import headline, manifest, report


@pytest.fixture
def compared(tmp_path):
    def both(old, new):
        for name, made in (("a", old), ("b", new)):
            (tmp_path / name).mkdir(exist_ok=True)
            (tmp_path / name / "manifest.json").write_text(json.dumps(made), "utf-8")
        return compare_runs(tmp_path / "a", tmp_path / "b")

    return both


def camden(mean, **more):
    return report("202", "Camden", headline=headline(mean), **more)


def test_a_region_is_compared_with_itself_and_not_added_to_its_authorities(compared):
    def london(mean, **more):
        return report("E12000007", "London", level="region", headline=headline(mean))

    old = manifest(camden(-20e6), london(-900e6))
    new = manifest(camden(-25e6), london(-990e6), run="b", data={"neighbours.csv": "b"})
    found = compared(old, new)
    assert found.places[["area", "change_gbp", "note"]].to_numpy().tolist() == [
        ["London", -90e6, ""]
    ]
    assert found.table["area"].tolist() == ["Camden"]
    assert "for 1 of them, by −£5.0m in total" in found.sentences[0]
    assert found.rows["area"].tolist() == ["London", "Camden"]
    assert compare_page(found).count("<table") == 2
    alone = compared(manifest(london(-900e6)), manifest(london(-990e6), run="b"))
    assert "Authorities" not in " ".join(alone.sentences)
    assert alone.rows["change_gbp"].tolist() == [-90e6]


def test_a_run_beside_itself_is_said_to_be_one(compared, tmp_path, capsys):
    run = manifest(camden(-20e6))
    assert compared(run, run).sentences == (
        f"Both are the run {run['run']}: there is nothing to compare.",
    )
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "a")]) == 0
    said = capsys.readouterr().out
    assert said.splitlines() == [
        f"Both are the run {run['run']}: there is nothing to compare."
    ]
    # For another program there is a table all the same.
    given = ["compare", str(tmp_path / "a"), str(tmp_path / "a"), "--format", "csv"]
    assert main(given) == 0
    assert capsys.readouterr().out.startswith("la_code,area,")


def test_runs_without_a_headline_are_said_to_have_none(compared, tmp_path, capsys):
    bare = report("202", "Camden", headline=None)
    found = compared(manifest(bare), manifest(bare, run="b"))
    assert found.rows.empty
    assert "Neither run has a report with a closing balance" in found.sentences[0]
    assert main(["compare", str(tmp_path / "a"), str(tmp_path / "b")]) == 0
    said = capsys.readouterr().out
    assert said.splitlines() == [*found.sentences]
    assert "DataFrame" not in said


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_no_verb_prints_an_empty_table_in_pandas_words(form, capsys):
    print_table(pd.DataFrame(columns=["a", "b"]), form)
    said = capsys.readouterr().out
    assert "DataFrame" not in said
    assert said.strip()


@pytest.mark.parametrize(
    ("inputs", "cause", "what"),
    [
        (
            {"years": {"plans 2024": "a", "plans 2025": "b"}},
            "revised figures",
            "plans 2025",
        ),
        (
            {"years": {"plans 2024": "a", "plans 2025": "a", "plans 2026": "a"}},
            "new figures",
            "plans 2026",
        ),
        ({"years": {"plans 2024": "a"}}, "revised figures", "plans 2025"),  # withdrawn
        ({"data": {"neighbours.csv": "b"}}, "revised figures", "neighbours.csv"),
        ({"assumptions": {"costs.toml": "b"}}, "assumptions", "costs.toml"),
        ({"scenario": {"mine.toml": "a"}}, "assumptions", "mine.toml"),
        (
            {"code": {"version": "0.2.0", "sha256": "b"}},
            "code",
            "version 0.1.0 then 0.2.0",
        ),
        ({"packages": {"numpy": "2.5.0"}}, "package versions", "numpy 2.4.6 then 2.5.0"),
    ],
)
def test_the_one_thing_that_differs_explains_the_change(compared, inputs, cause, what):
    found = compared(manifest(camden(-20e6)), manifest(camden(-25e6), run="b", **inputs))
    assert list(found.causes) == [cause]
    assert what in found.causes[cause]
    assert found.table.loc[0, "change_gbp"] == -5e6
    assert found.table.loc[0, "cause"] == cause
    assert "explain it all" in found.sentences[-1]


def test_settings_are_a_cause_too(compared):
    other = manifest(camden(-21e6))
    other["settings"]["seed"] = 2
    found = compared(manifest(camden(-20e6)), other)
    assert found.causes == {"settings": "seed 1 then 2"}


def under(chosen, *reports, **inputs):
    """A run of another scenario, as a batch writes its manifest."""
    hashes = {"trend.toml": "a", f"{Path(chosen).stem}.toml": "a"}
    made = manifest(*reports, run=chosen, **{"scenario": hashes, **inputs})
    made["settings"]["scenario"] = chosen
    made["scenarios"][0]["name"] = Path(chosen).stem
    return made


def test_a_scenario_and_its_files_are_one_choice(compared):
    found = compared(manifest(camden(-20e6)), under("reform_path", camden(-25e6)))
    assert found.causes == {"assumptions": "scenario trend then reform_path"}
    assert found.table.loc[0, "cause"] == "assumptions"
    assert "explain it all" in found.sentences[-1]
    # A file that both scenarios rest on and that changed is a difference of its own.
    revised = {"scenario": {"trend.toml": "b", "reform_path.toml": "a"}}
    also = compared(manifest(camden(-20e6)), under("reform_path", camden(-25e6), **revised))
    assert also.causes == {"assumptions": "trend.toml, scenario trend then reform_path"}


def test_where_a_scenario_file_lies_is_no_difference(compared):
    found = compared(
        under("here/mine.toml", camden(-20e6)), under("there/mine.toml", camden(-20e6))
    )
    assert found.causes == {}


def test_central_cases_are_compared_and_a_run_without_them_is_refused(compared):
    shifted = headline(-20e6)
    shifted["balance"] |= {"p50": -21e6, "mean": -22e6}
    old = manifest(report("202", "Camden", headline=shifted))
    found = compared(old, manifest(camden(-25e6)))
    assert found.table["change_gbp"].tolist() == [-5e6]
    del shifted["balance"]["central"]
    with pytest.raises(OutputError, match=r"a was made by a version whose .* Run that"):
        compared(old, manifest(camden(-25e6)))


@pytest.mark.parametrize("kind", ["alone", "in_a_run"])
def test_a_single_report_is_told_from_a_run(tmp_path, kind):
    single = tmp_path / "run" / "202-camden"
    single.mkdir(parents=True)
    made = {"notebook": "01", "outputs": {}, "parameters": {}}
    (single / "manifest.json").write_text(json.dumps(made), "utf-8")
    if kind == "in_a_run":
        text = json.dumps(manifest(camden(-20e6)))
        (tmp_path / "run" / "manifest.json").write_text(text, "utf-8")
    with pytest.raises(OutputError, match="is a single report") as refused:
        compare_runs(single, single)
    assert (f"Give {tmp_path / 'run'}" in str(refused.value)) == (kind == "in_a_run")


def test_a_folder_without_a_run_is_refused(tmp_path):
    with pytest.raises(OutputError, match=r"holds no manifest\.json"):
        compare_runs(tmp_path, tmp_path)


def test_several_differences_are_not_parted(compared):
    found = compared(
        manifest(camden(-20e6)),
        manifest(
            camden(-25e6),
            assumptions={"costs.toml": "b"},
            code={"version": "0.1.0", "sha256": "b"},
        ),
    )
    assert found.table.loc[0, "cause"] == "assumptions and code, jointly"
    assert "cannot be made again" in found.sentences[-1]


def test_a_change_that_nothing_recorded_explains_is_called_that(compared):
    found = compared(manifest(camden(-20e6)), manifest(camden(-20.5e6)))
    assert found.table.loc[0, "cause"] == module.UNEXPLAINED


def test_the_same_runs_do_not_differ(compared):
    found = compared(manifest(camden(-20e6)), manifest(camden(-20e6), run="b"))
    assert found.causes == {}
    assert found.table.loc[0, "cause"] == module.NOTHING
    assert found.sentences == (
        "Authorities in both runs with a balance: 1. The central balance at 31 March 2030 "
        "changed for 0 of them, by £0.0m in total.",
        "The two runs were made from the same data, assumptions and code.",
    )


def test_an_authority_is_told_whether_its_own_figures_changed(compared):
    old = manifest(camden(-20e6), report("203", "Greenwich"))
    new = manifest(
        camden(-21e6),
        report("203", "Greenwich", headline=headline(-23e6)),
        years={"plans 2024": "a", "plans 2025": "b"},
        areas={"202": "b", "203": "a"},
    )
    notes = dict(compared(old, new).table[["la_code", "note"]].itertuples(index=False))
    assert notes["202"] == "its own figures changed"
    assert notes["203"].startswith("its own figures did not change")


def test_the_largest_change_stands_first_and_missing_ones_last(compared):
    failed = report("205", "Hounslow", state="failed", headline=None)
    old = manifest(
        camden(-20e6), report("203", "Greenwich"), report("204", "Hackney"), failed
    )
    none = {**headline(0), "balance": None}
    new = manifest(
        camden(-21e6),
        report("203", "Greenwich", headline=headline(-17e6)),
        report("204", "Hackney", headline=none),
        report("205", "Hounslow"),
        report("206", "Islington"),
        run="b",
    )
    table = compared(old, new).table
    # -20m to -17m is 3m, -20m to -21m is 1m; the rest have nothing to compare.
    assert list(table["la_code"]) == ["203", "202", "204", "205", "206"]
    assert list(table["note"][2:]) == [
        "no balance after",
        "report failed before",
        "not in the run before",
    ]
    assert table["change_gbp"][2:].isna().all()


def test_a_balance_is_not_compared_with_a_change(compared):
    found = compared(
        manifest(report("202", "Camden", headline=headline(-20e6, level=False))),
        manifest(camden(-50e6)),
    )
    assert pd.isna(found.table.loc[0, "change_gbp"])
    assert "only its change" in found.table.loc[0, "note"]


def test_runs_to_different_years_are_refused(compared):
    other = manifest(camden(-20e6))
    other["settings"]["until"] = "2027-28"
    with pytest.raises(UsageError, match="2029-30 and 2027-28"):
        compared(manifest(camden(-20e6)), other)


def test_the_page_holds_the_table_and_nothing_hostile(compared):
    hostile = "<script>alert(1)</script>"
    old = manifest(report("202", hostile), run=hostile)
    html = compare_page(compared(old, manifest(report("202", hostile), run="b")))
    assert hostile not in html
    assert "−£20.0m" in html
    assert html.count("<table>") == 1
    assert "default-src &#39;none&#39;" in html


def test_runs_that_quote_other_days_are_not_compared(compared):
    early = headline(-5e6) | {"balance_year": "2027-28"}
    before = manifest(report("202", "Camden", headline=early))
    with pytest.raises(UsageError, match="31 March 2028 and 31 March 2030"):
        compared(before, manifest(camden(-6e6)))


def test_two_equal_versions_are_never_printed_as_a_difference(compared):
    changed = {"code": {"version": "0.1.0", "sha256": "b"}}
    for notebooks in ({}, {"notebooks": {"01_x.ipynb": "a"}}):
        old = manifest(camden(-20e6), **notebooks)
        found = compared(old, manifest(camden(-25e6), run="b", **changed, **notebooks))
        assert list(found.causes) == ["code"]
        assert "0.1.0 then 0.1.0" not in found.causes["code"]
        assert ("notebooks" in found.causes["code"]) is (not notebooks)


def test_another_choice_of_notebooks_is_no_other_package(compared):
    """With 04 beside 01: neither its notebook nor its scenarios reach the headline."""
    other = report("202", "Camden", notebook="04_scenario_comparison", headline=None)
    alone = manifest(camden(-20e6), notebooks={"01_overspend_scenario.ipynb": "a"})
    both = manifest(camden(-20e6), other, run="b")
    both["inputs"]["notebooks"] = {
        "01_overspend_scenario.ipynb": "a",
        "04_scenario_comparison.ipynb": "c",
    }
    both["inputs"]["scenario"] = {"trend.toml": "a", "surge.toml": "a"}
    both["scenarios"] = [
        {"name": "trend", "files": ["trend.toml"], "notebooks": ["01_overspend_scenario"]},
        {"name": "surge", "files": ["surge.toml"], "notebooks": ["04_scenario_comparison"]},
    ]
    assert compared(alone, both).causes == {}
    both["inputs"]["notebooks"]["01_overspend_scenario.ipynb"] = "b"
    assert compared(alone, both).causes == {"notebooks": "01_overspend_scenario.ipynb"}
