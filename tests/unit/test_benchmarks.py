"""The sides of the benchmark give the same numbers, and a difference stops it."""

import os
import subprocess
import sys

import numpy as np
import pytest

from benchmarks import inputs, kills, pandas_loop, reduced, reports, spreadsheet
from benchmarks.measure import Result, exponent, ratio, require_equal
from highneeds.batch.plan import Plan
from highneeds.cli import bench, main


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
