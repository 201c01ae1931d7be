"""A batch and a national sweep on a Dask cluster: the same bytes, whatever it loses."""

import csv
import shutil
import signal
import socket
import subprocess
import sys
import time
from importlib.util import find_spec

import numpy as np
import pytest

import highneeds as hn
from benchmarks import kills
from benchmarks.cluster import DaskCluster
from benchmarks.measure import ROOT
from benchmarks.small import AREAS, RESULTS, small_notebook
from highneeds.answers.nation import project_nation
from highneeds.batch import cluster_worker
from highneeds.batch.cluster_worker import require_same, versions
from highneeds.errors import ClusterError, ModelError

CLUSTER = pytest.mark.skipif(
    find_spec("distributed") is None,
    reason="needs a Dask cluster: install highneeds[cluster]",
)
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
COMMAND = [sys.executable, "-m", "highneeds"]
# For the tests that break in: each report tells that it has begun, then waits. What it
# shows is the same whether or not it does.
PAUSE = """\
import os, time
from pathlib import Path
if "PAUSE_MARKS" in os.environ:
    Path(os.environ["PAUSE_MARKS"], params.area.la_code).touch()
    time.sleep(2)"""
OWN = """\
name = "own"
title = "One's own"
extends = "{base}"
[assumptions.price_growth_other]
low = 0.01
central = 0.02
high = 0.03
"""


@pytest.fixture
def dask(tmp_path):
    cluster = DaskCluster(tmp_path / "dask")
    yield cluster
    cluster.close()


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory):
    cluster = DaskCluster(tmp_path_factory.mktemp("dask"))
    for name in ("one", "two"):
        cluster.worker(name)
    yield cluster
    cluster.close()


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return small_notebook(tmp_path_factory.mktemp("notebook"), PAUSE, RESULTS)


@pytest.fixture(scope="module")
def own_scenario(tmp_path_factory):
    """A scenario file that extends another one beside it."""
    folder = tmp_path_factory.mktemp("scenario")
    (folder / "first.toml").write_text(OWN.format(base="trend"), "utf-8")
    text = OWN.format(base="first.toml").replace("0.02", "0.025")
    (folder / "second.toml").write_text(text, "utf-8")
    return folder / "second.toml"


@pytest.fixture(scope="module")
def made_here(small, own_scenario, tmp_path_factory):
    """What the same batch makes on this machine."""
    out = tmp_path_factory.mktemp("here")
    done = batch(out, small, "--scenario", str(own_scenario), "--workers", "2")
    assert done.returncode == 0, done.stderr
    return contents(out)


def batch(out, notebook, *words, areas=AREAS, **more):
    command = ["batch", "--areas", *areas, "--notebook", str(notebook), "--out", str(out)]
    return run(*command, *words, **more)


def run(*words, start=subprocess.run, **more):
    return start(
        [*COMMAND, *words],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **more,
    )


def contents(out):
    (folder,) = out.iterdir()
    return kills.contents(folder)


def refused(done, *words):
    """A batch that ended with one line which holds the words."""
    assert done.returncode == 3, done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    for word in words:
        assert word in done.stderr
    return True


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@CLUSTER
@pytest.mark.slow
def test_a_batch_on_a_cluster_makes_the_bytes_that_one_here_makes(
    two_workers, small, own_scenario, made_here, tmp_path
):
    words = ["--scenario", str(own_scenario), "--scheduler", two_workers.address]
    done = batch(tmp_path, small, *words)
    assert done.returncode == 0, done.stderr
    assert f"{two_workers.address}: 2 workers, 2 tasks at a time" in done.stdout
    assert "a minute, about" in done.stdout
    assert contents(tmp_path) == made_here
    # Both worked, and neither keeps a process or a file of it.
    for name in ("one", "two"):
        scratch = two_workers.folder / name / "tmp"
        assert list(scratch.rglob("highneeds-*.log"))
        assert list(scratch.rglob("report-*")) == []
        assert sys.platform != "linux" or two_workers.children(name) == []


@CLUSTER
@pytest.mark.slow
def test_a_worker_killed_half_way_loses_no_report(
    dask, small, own_scenario, made_here, tmp_path
):
    marks, out = tmp_path / "marks", tmp_path / "out"
    marks.mkdir()
    for name in ("one", "two"):
        dask.worker(name, PAUSE_MARKS=str(marks))
    words = ["--scenario", str(own_scenario), "--scheduler", dask.address]
    with batch(out, small, *words, start=subprocess.Popen) as running:
        wait_for(lambda: len(list(marks.iterdir())) > 1, running)
        dask.kill("one")
        output, errors = running.communicate(timeout=200)
    assert running.returncode == 0, errors
    assert "4 made, 0 failed" in output
    assert contents(out) == made_here


@CLUSTER
@LINUX
@pytest.mark.slow
def test_an_interrupted_batch_stops_the_cluster_and_can_go_on(
    dask, small, own_scenario, made_here, tmp_path
):
    marks, out = tmp_path / "marks", tmp_path / "out"
    marks.mkdir()
    dask.worker("one", PAUSE_MARKS=str(marks))
    words = ["--scenario", str(own_scenario), "--scheduler", dask.address]
    with batch(out, small, *words, start=subprocess.Popen) as running:
        wait_for(lambda: len(list(marks.iterdir())) > 1, running)
        running.send_signal(signal.SIGINT)
        output, errors = running.communicate(timeout=60)
    assert running.returncode == 130, errors
    assert "the same command and --resume go on" in output
    assert "Traceback" not in errors
    assert dask.children("one") == []
    done = batch(out, small, *words, "--resume")
    assert done.returncode == 0, done.stderr
    assert "0 done before" not in done.stdout
    assert contents(out) == made_here


@CLUSTER
@pytest.mark.slow
def test_a_lost_scheduler_ends_the_batch_in_one_line(dask, small, tmp_path):
    marks, out = tmp_path / "marks", tmp_path / "out"
    marks.mkdir()
    dask.worker("one", PAUSE_MARKS=str(marks))
    words = ["--scheduler", dask.address]
    with batch(out, small, *words, start=subprocess.Popen) as running:
        wait_for(lambda: any(marks.iterdir()), running)
        dask.kill("scheduler")
        output, errors = running.communicate(timeout=120)
    assert "the same command and --resume go on" in output
    done = subprocess.CompletedProcess((), running.returncode, output, errors)
    assert refused(done, f"The connection to the scheduler at {dask.address} was lost.")


def wait_for(reached, running):
    until = time.monotonic() + 200
    while not reached():
        assert running.poll() is None, running.stderr.read()
        assert time.monotonic() < until
        time.sleep(0.02)


@CLUSTER
@pytest.mark.slow
def test_a_report_that_fails_or_dies_on_the_cluster_stops_no_other(two_workers, tmp_path):
    faults = (
        "import os\n"
        "if params.area.la_code == '202': raise KeyError('no such figure')\n"
        "if params.area.la_code == '886': os._exit(3)"
    )
    notebook = small_notebook(tmp_path, faults, RESULTS)
    words = ["--scheduler", two_workers.address]
    areas = ("Camden", "Kent", "Somerset")
    done = batch(tmp_path / "out", notebook, *words, areas=areas)
    assert done.returncode == 1, done.stderr
    assert "2 of 3 reports failed" in done.stderr
    (folder,) = (tmp_path / "out").iterdir()
    with (folder / "failed.csv").open(encoding="utf-8") as lines:
        failed = {row["area"]: row for row in csv.DictReader(lines)}
    assert set(failed) == {"Camden", "Kent"}
    assert failed["Camden"]["cell"] == "5"
    assert "no such figure" in failed["Camden"]["error"]


@CLUSTER
def test_a_national_sweep_is_the_same_to_the_last_bit(two_workers):
    """Of more futures than a block and more authorities than a task takes."""
    from highneeds.batch.cluster import connected
    from highneeds.batch.sweep import AREAS_TOGETHER, project_nation_on

    panel = hn.load_panel()
    areas = panel.geography.authorities(2025)[: AREAS_TOGETHER + 4]
    scenarios = [hn.Scenario.load(name) for name in ("trend", "price_bands")]
    how = {"areas": areas, "until": "2026-27", "draws": 1100, "seed": 8}
    with connected(two_workers.address) as cluster:
        found = list(project_nation_on(cluster, panel, scenarios, **how))
        with pytest.raises(ModelError, match="draws 0 is out of range"):
            next(project_nation_on(cluster, panel, scenarios, draws=0, areas=areas[:1]))
    for scenario, ours in zip(scenarios, found, strict=True):
        here = project_nation(panel, scenario, **how)
        assert list(ours) == list(here)
        for code, totals in here.items():
            assert list(ours[code].series) == list(totals.series)
            for name, values in totals.series.items():
                np.testing.assert_array_equal(ours[code].series[name], values)
            np.testing.assert_array_equal(ours[code].placements, totals.placements)
            # An authority's quantiles cannot be had from parts of its futures.
            assert ours[code].authorities.empty
            for name, values in totals.central.items():
                np.testing.assert_array_equal(ours[code].central[name], values)
            tables = dict.fromkeys(("series", "placements", "authorities", "central"))
            assert {**vars(ours[code]), **tables} == {**vars(totals), **tables}


@CLUSTER
@pytest.mark.slow
def test_the_national_command_writes_the_same_table(two_workers, tmp_path):
    words = ["national", "--region", "North East", "--draws", "100", "--out"]
    both = ["--scenario", "trend", "price_bands"]
    elsewhere = ["--scheduler", two_workers.address]
    for name, more in (("here.csv", []), ("there.csv", elsewhere)):
        done = run(*words, str(tmp_path / name), *both, *more)
        assert done.returncode == 0, done.stderr
    here = (tmp_path / "here.csv").read_text()
    assert here == (tmp_path / "there.csv").read_text()
    assert {line.split(",")[1] for line in here.splitlines()[1:]} == {
        "trend",
        "price_bands",
    }


# What is refused, each in one line ------------------------------------------------------


def package_copy(folder):
    """The package in a folder of its own, with the same tables."""
    shutil.copytree(
        ROOT / "highneeds",
        folder / "highneeds",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    shutil.copytree(ROOT / "data", folder / "data", ignore=shutil.ignore_patterns("user"))
    shutil.copytree(ROOT / "notebooks", folder / "notebooks")
    return folder


@CLUSTER
def test_another_version_on_a_worker_is_refused(dask, small, tmp_path):
    other = package_copy(tmp_path / "other")
    init = other / "highneeds" / "__init__.py"
    text = init.read_text("utf-8")
    assert text.count(f'"{hn.__version__}"') == 1
    init.write_text(text.replace(f'"{hn.__version__}"', '"0.0.9"'), "utf-8")
    dask.worker("same")
    dask.worker("other", package=other)
    done = batch(tmp_path / "out", small, "--scheduler", dask.address)
    assert refused(done, "highneeds is 0.1.0 (code", "here but 0.0.9 (code", "tcp://127")
    assert not list(tmp_path.glob("out/*"))


def test_code_that_changed_under_a_running_worker_is_told(monkeypatch):
    found = versions()["highneeds"]
    assert found.startswith(f"{hn.__version__} (code ")
    monkeypatch.setattr(cluster_worker, "_CODE_AT_START", {"version": "", "sha256": ""})
    assert versions()["highneeds"] == f"{found}, changed since it was started"


def test_each_thing_that_must_be_the_same_is_named_with_its_place():
    ours = versions()
    packages = {"highspy", "matplotlib", "mistune", "numpy", "pandas", "seaborn"}
    assert packages | {"highneeds", "data", "python", "distributed"} < set(ours)
    require_same({"tcp://a:1": ours, "tcp://b:2": dict(ours)}, ours)
    for name in ours:
        with pytest.raises(ClusterError, match=f"^{name} is .* but 9.9 on tcp://b:2. "):
            require_same({"tcp://a:1": ours, "tcp://b:2": {**ours, name: "9.9"}}, ours)


def test_a_worker_that_cannot_tell_its_version_is_named():
    error = ModuleNotFoundError("No module named 'highneeds'")
    with pytest.raises(ClusterError, match=r"not known \(No module named 'highneeds'\)"):
        require_same({"tcp://a:1": error}, versions())


@CLUSTER
def test_a_worker_that_joins_later_with_another_version_makes_nothing(two_workers):
    from highneeds.batch.cluster import connected
    from highneeds.batch.cluster_worker import require_same_here

    with connected(two_workers.address) as cluster:
        older = {**cluster.versions, "pandas": "1.5.3"}
        future = cluster.client.submit(require_same_here, older, pure=False)
        with pytest.raises(ClusterError, match=r"pandas is 1.5.3 here but .* on tcp://"):
            cluster.result(future)


@CLUSTER
@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("tcp://127.0.0.1:{port}", "No Dask scheduler answers at tcp://127.0.0.1:"),
        ("127.0.0.1", "'127.0.0.1' is no scheduler's address. Expected tcp://HOST:PORT."),
        ("tcp://127.0.0.1:port", "is no scheduler's address"),
    ],
)
def test_an_address_without_a_scheduler_is_refused(address, message, small, tmp_path):
    words = ["--scheduler", address.format(port=free_port())]
    assert refused(batch(tmp_path, small, *words), message)
    assert refused(run("national", "--draws", "100", *words), message)


@CLUSTER
def test_a_scheduler_without_workers_is_refused(dask, small, tmp_path):
    done = batch(tmp_path / "out", small, "--scheduler", dask.address)
    assert refused(done, f"The scheduler at {dask.address} has no workers")


def test_without_dask_the_extra_is_named(small, tmp_path):
    code = (
        "import sys\nsys.modules['distributed'] = None\n"
        "from highneeds.cli import main\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    words = ["batch", "--areas", "Kent", "--notebook", str(small), "--out", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-c", code, *words, "--scheduler", "tcp://127.0.0.1:8786"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert refused(done, "needs the package distributed", "highneeds[cluster]")


def test_processes_here_and_a_cluster_exclude_each_other(tmp_path):
    words = ["--scheduler", "tcp://127.0.0.1:8786", "--workers", "2"]
    for verb in ("batch", "national"):
        done = run(verb, *words)
        assert done.returncode == 2
        assert "not allowed with argument" in done.stderr


@CLUSTER
def test_scenario_files_in_several_folders_are_refused(two_workers, small, tmp_path):
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "first.toml").write_text(OWN.format(base="trend"), "utf-8")
    second = tmp_path / "second.toml"
    second.write_text(OWN.format(base="below/first.toml"), "utf-8")
    words = ["--scenario", str(second), "--scheduler", two_workers.address]
    assert refused(batch(tmp_path / "out", small, *words), "in several folders")
