"""The sides of the benchmark give the same numbers, and a difference stops it."""

import os
import random
import subprocess
import sys
import time
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import (
    cluster,
    covered,
    equal,
    faults,
    figures,
    inputs,
    kills,
    link,
    mutants,
    pandas_loop,
    quality,
    reduced,
    reports,
    spreadsheet,
)
from benchmarks.measure import Result, exponent, ratio, require_equal
from highneeds.batch.journal import WORK
from highneeds.batch.plan import Plan
from highneeds.cli import bench, main
from highneeds.inspections import models as link_models
from highneeds.inspections.preregistration import load_preregistration
from highneeds.inspections.sample import build_sample
from highneeds.panel.panel import load_panel
from highneeds.report import chart, headline_record

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="faults are done on Linux")


def test_the_pandas_loop_gives_the_engines_numbers():
    given = inputs.setting()
    found = pandas_loop.run(pandas_loop.tables(given, 2))
    require_equal("pandas", found, inputs.answers(given.run(2), 2))


def test_a_workbook_that_was_not_recalculated_is_refused(tmp_path):
    _, ours, given = reduced.reduced(inputs.setting(), 1)
    spreadsheet.write_book(given, tmp_path / "book.xlsx")
    echoed = spreadsheet.read_book(tmp_path / "book.xlsx", 1)
    expected = {name: inputs.answers(ours, 1)[name] for name in echoed}
    with pytest.raises(SystemExit, match="nothing was timed"):
        require_equal("spreadsheet", echoed, expected)


def test_a_missing_number_is_a_difference():
    with pytest.raises(SystemExit, match="answers differ by inf"):
        require_equal("side", {"a": np.array([1.0, np.nan])}, {"a": np.ones(2)})


def test_a_ratio_is_of_medians_and_scaled_by_the_size_of_the_work():
    # Medians 6 s and 2 s; the faster side did 10 times the work: 6 / 2 × 10.
    found = ratio("a / b", [5, 6, 9], [2, 1, 4], scale=10, target=20)
    assert found.value == pytest.approx(30)
    assert found.met
    assert (found.low, found.high) == (pytest.approx(9 / 4 * 10), pytest.approx(60))


def test_a_lower_figure_meets_a_target_at_most():
    assert Result("share", 20.0, "%", 30, at_most=True).met
    assert Result("share", 40.0, "%", 30, at_most=True).met is False
    assert Result("not measured", None, "", 30).met is None


def test_time_that_grows_with_the_square_has_exponent_two():
    assert exponent([1, 2, 4], [3, 12, 48]) == pytest.approx(2)


def test_no_kills_at_all_are_refused(capsys):
    assert main(["bench", "--kills", "0"]) == 2
    assert "--kills takes a number from 1" in capsys.readouterr().err


def test_without_a_clone_the_verb_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(bench, "_CLONE", tmp_path)
    assert main(["bench"]) == 2
    message = capsys.readouterr().err
    assert "run it in a clone" in message
    assert message.count("\n") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_memory_of_a_tree_is_that_of_its_children_too():
    held = 100_000_000
    code = f"held = bytearray(b'x' * {held}); print('ready', flush=True); input()"
    before = reports.tree_memory(os.getpid())
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as running:
        assert running.stdout.readline() == b"ready\n"
        during = reports.tree_memory(os.getpid())
        running.kill()
    assert during - before > 0.9 * held


def test_an_output_that_differs_stops_the_benchmark(tmp_path):
    plan = Plan.make(areas=["Kent"])
    cells = '{"cells": [{"cell_type": "code", "source": "1", "outputs": [], %s}]}'
    for side, cell in (("ours/" + plan.run_id, 1), ("papermill", 1)):
        folder = tmp_path / side / "886-kent"
        folder.mkdir(parents=True)
        (folder / "notebook.ipynb").write_text(cells % f'"execution_count": {cell}')
        (folder / "figure.png").write_bytes(b"picture")
    same = kills.contents(folder)
    same.pop("notebook.ipynb")
    assert reports._require_same(plan, tmp_path, {"886-kent": same}) == 2
    (folder / "figure.png").write_bytes(b"another")
    with pytest.raises(SystemExit, match="outputs differ; nothing was timed"):
        reports._require_same(plan, tmp_path, {"886-kent": same})


def test_plain_python_runs_a_notebooks_cells(capsys):
    reports._run_plainly(["a = 1", "display(a)\nb = a + 1", "print(b)\nb"], {"a": 5})
    assert capsys.readouterr().out == "6\n"


def test_runs_whose_files_differ_are_not_timed(tmp_path):
    for side in ("cluster", "here"):
        (tmp_path / side / "886-kent").mkdir(parents=True)
        (tmp_path / side / "886-kent" / "results.csv").write_text("year,balance")
    assert cluster.require_same(tmp_path / "cluster", tmp_path / "here") == 1
    (tmp_path / "here" / "886-kent" / "results.csv").write_text("year,spending")
    with pytest.raises(SystemExit, match=r"886-kent/results\.csv.* nothing was timed"):
        cluster.require_same(tmp_path / "cluster", tmp_path / "here")
    (tmp_path / "empty").mkdir()
    with pytest.raises(SystemExit, match="nothing was timed"):
        cluster.require_same(tmp_path / "empty", tmp_path / "empty")


def test_without_dask_its_row_says_so(monkeypatch):
    monkeypatch.setattr(cluster, "find_spec", lambda _: None)
    (found,) = cluster.on_a_cluster()
    assert found.value is None
    assert found.note.startswith("skipped: ")


def test_seaborn_plots_the_numbers_of_a_reports_six_figures():
    pairs = figures.pairs(load_panel())
    assert len(pairs) == 6
    assert all(figures.require_same(pair) for pair in pairs)


def pair_of(plotted, given):
    """A line through figures of two years, and the table for seaborn."""

    def ours():
        with chart.drawing():
            figure, axes = chart.canvas("A title", "What is measured")
            axes.plot([2024, 2025, 2025][: len(plotted)], plotted)
            axes.axhline(7)  # a reference, not a figure
        return chart.Chart("line", "A title", "", "", figure)

    columns = ["year", "value", "quantile"]
    table = pd.DataFrame(given, columns=columns)
    return figures.Pair("line", ours, lambda: table, *columns, bars=False)


def test_a_figure_that_shows_another_number_is_not_timed():
    table = [("2023-24", 1.0, "p50"), ("2024-25", 2.5, "p50")]
    assert figures.require_same(pair_of([1.0, 2.5], table)) == 2
    with pytest.raises(SystemExit, match=r"line, ours: .* nothing was timed"):
        figures.require_same(pair_of([1.0, 2.4], table))
    # Of two figures for a year seaborn shows the mean without a word.
    twice = [*table, ("2024-25", 4.5, "p50")]
    with pytest.raises(SystemExit, match=r"line, seaborn: .*3\.5"):
        figures.require_same(pair_of([1.0, 2.5, 4.5], twice))


def test_bars_are_read_with_the_upright_lines_on_them():
    with chart.drawing():
        _, axes = chart.canvas("A title", "What is measured")
        axes.axvspan(0.5, 1.5)  # shading, not a figure
        axes.bar([0, 1], [3.0, -4.0])
        axes.vlines([1], [-5.0], [-2.0])
    assert figures.plotted(axes) == {(0, 3.0), (1, -4.0), (1, -5.0), (1, -2.0)}


@pytest.fixture(scope="module")
def design():
    plan = load_preregistration()
    return build_sample(load_panel(), plan, "2016", plan.covariates("2016")).design()


def test_statsmodels_refits_have_the_same_slopes(design):
    for row in (link.plain, link.penalised):
        assert "slopes equal to" in row(design, 1, count=5).note


def test_refits_that_differ_are_not_timed(design, monkeypatch):
    """As a ridge makes them, which the ordered model has and a plain logit has not."""
    ridge = link_models._RIDGE
    with link.without_ridge():
        assert link_models._RIDGE == 0
    assert link_models._RIDGE == ridge > 0
    monkeypatch.setattr(link, "without_ridge", nullcontext)
    with pytest.raises(SystemExit, match=r"slopes differ by .* nothing was timed"):
        link.plain(design, 1, count=5)


@pytest.mark.parametrize("name", ["Somerset", "Westmorland and Furness", "City of London"])
def test_every_output_of_a_report_says_one_figure(name):
    """A balance known, a change alone, no money; `bench --equal` takes all authorities."""
    panel = load_panel()
    found = equal.outputs_of(panel, panel.area(name))
    equal.beside_index([found])
    assert found.differ == []
    outputs = {"Python", "page", "workbook", "returns", "first screen", "chart", "index"}
    assert set(found.compared) >= outputs | {"headline.json", "index.csv"}


def test_an_output_that_says_another_figure_is_noticed(monkeypatch):
    panel = load_panel()

    def headline_of(*given):
        kept = headline_record.headline_of(*given)
        return {**kept, "gap": kept["gap"] + 60_000}

    monkeypatch.setattr(equal, "headline_of", headline_of)
    found = equal.outputs_of(panel, panel.area("Somerset"))
    equal.beside_index([found])
    outputs = [line.split(", ")[1] for line in found.differ]
    assert outputs == ["headline.json", "index.csv", "index"]


@LINUX
@pytest.mark.parametrize(
    ("kind", "state"),
    [("a process that dies", "Z"), ("a process that hangs", "T")],
)
def test_a_fault_meets_one_that_works_for_the_run(tmp_path, kind, state):
    mine = {**os.environ, "TMPDIR": str(tmp_path / WORK)}
    with (
        subprocess.Popen(["sleep", "60"]) as running,
        subprocess.Popen(["sleep", "60"], env=mine) as worker,
    ):
        faults.KINDS[kind](running, tmp_path, random.Random(0))
        found = Path(f"/proc/{worker.pid}/stat")
        while (now := found.read_text().rsplit(")", 1)[1].split()[0]) != state:
            time.sleep(0.01)
        assert now == state
        assert running.poll() is None
        running.kill()
        worker.kill()


WRITES = "import sys; from pathlib import Path; Path(sys.argv[1], 'a').write_text('a')"


@LINUX
def test_a_folder_that_is_closed_is_closed_to_root_too_and_is_opened_again(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    undo = faults.KINDS["a folder that cannot be written"](None, folder, random.Random(1))
    closed = next(one for one in (tmp_path, folder) if one.stat().st_mode & 0o777 == 0o555)
    command = [sys.executable, "-c", WRITES, str(closed)]
    as_a_batch = {"preexec_fn": faults._as_anyone, "stderr": subprocess.DEVNULL}
    assert subprocess.run(command, **as_a_batch).returncode == 1
    undo()
    assert subprocess.run(command, **as_a_batch).returncode == 0


@LINUX
@pytest.mark.parametrize(
    ("code", "said", "wrong"),
    [(0, "", 0), (3, "Cannot write", 0), (70, "a fault", 1), (1, "Traceback", 1)],
)
def test_how_a_batch_ends_after_a_fault_is_looked_at(tmp_path, code, said, wrong):
    told = tmp_path / "said"
    told.write_text(said)
    one = faults.Faults(told, lambda *_: lambda: None)
    running = subprocess.Popen([sys.executable, "-S", "-c", f"raise SystemExit({code})"])
    assert len(one.harm(running, tmp_path, random.Random(0))) == wrong
    assert one.done == 1


def test_a_mutant_is_the_function_with_one_sign_or_number_changed():
    # max(0, x - y) of two numbers, by its qualified name, changed in each of its places.
    places = [one for one in mutants.mutants() if one.function == "grant_on_deficit"]
    said = [one.changed()[1].split(": ")[1] for one in places]
    assert said
    assert len(set(places)) == len(places)
    live = mutants._live("highneeds.model.finance", "grant_on_deficit")
    for one in places:
        code, _ = one.changed()
        assert code.co_name == "grant_on_deficit"
        assert (code.co_code, code.co_consts) != (
            live.__code__.co_code,
            live.__code__.co_consts,
        )


def test_spans_of_lines_that_no_test_runs():
    assert covered._spans([3, 4, 5, 9]) == ["3-5", "9"]
    one = {"covered_lines": 9, "covered_branches": 3, "num_statements": 10}
    found = covered._rooms(
        {
            "highneeds/model/a.py": {
                "summary": {**one, "num_branches": 6},
                "missing_lines": [4],
                "missing_branches": [[3, 4], [7, -1], [8, 9]],
            }
        }
    )
    assert found["model"]["per_cent"] == 75.0  # (9 + 3) of (10 + 6)
    assert found["model"]["of"] == 16
    page = "\n".join(quality._covered({"tests": [], "day": "a day", "rooms": found}))
    assert "| model | 75.0% | 16 | 98% |" in page
    assert "| **All** | 75.0% | 16 | 95% |" in page
    assert found["model"]["missing"] == {
        "model/a.py": ["4", "3 to 4", "7 to end", "8 to 9"]
    }
