"""The same bytes as papermill's own kernel, and wherever and however they are made."""

import json
import locale
import random
import subprocess
import sys

import pytest
from nbformat import read

from benchmarks import kills
from benchmarks.small import AREAS, small_notebook
from highneeds.batch.plan import Plan
from highneeds.batch.run import run_batch
from highneeds.batch.worker import FORK, Request
from tests.batches import BATCH, environment

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="forks are for Linux")

# What an in-process kernel has been known to lose: figures of pyplot, the order of what is
# printed and shown, later changes to earlier outputs, warnings, widths of tables.
TRAPS = (
    "import matplotlib.pyplot as plt, numpy as np, pandas as pd, seaborn as sns, warnings\n"
    "from IPython.display import HTML, clear_output, display",
    "_ = plt.plot([1, 2, 3])",
    "fig, ax = plt.subplots()\nsns.lineplot(x=[1, 2, 3], y=[1, 4, 9], ax=ax)\n"
    "ax.set_title('squares');",
    "pd.DataFrame(np.arange(60).reshape(2, 30))",
    "print('one')\ndisplay(HTML('<b>two</b>'))\nprint('three')\n'four'",
    "import sys\nprint('out')\nprint('err', file=sys.stderr)\n_ = sys.stdout.write('out')",
    "shown = display('first', display_id='k')",
    "shown.update('second')",
    "display('gone')\nclear_output()\n'kept'",
    "warnings.warn_explicit('careful', UserWarning, 'a place', 1)",
    "plt.get_backend(), plt.isinteractive(), pd.get_option('display.max_columns')",
    "import matplotlib as mpl\nsorted(k for k in mpl.rcParams "
    "if mpl.rcParams[k] != mpl.rcParamsDefault[k])",
    "__name__, len(Out), In[1][:6], _8",
    "import asyncio\nawait asyncio.sleep(0)\n5",
    "!echo from a shell",
    "class Both:\n    _repr_html_ = lambda _: '<i>b</i>'\n"
    "    __repr__ = lambda _: 'b'\nBoth()",
    "float('nan'), {1, 2}, b'x', None",
)


def both_ways(worker, notebook, area, **more):
    """A report's files by a fork of a warm process, and by papermill's own kernel."""
    plan = Plan.make(areas=[area], notebooks=[str(notebook)], **more)
    given = plan.jobs[0].parameters.model_dump()
    answers = [
        worker().make(Request(plan.jobs[0].notebook.path, given, engine))
        for engine in (FORK, None)
    ]
    for answer in answers:
        assert answer.error == ""
    return [dict(answer.files) for answer in answers]


def assert_same(ours, theirs):
    for cell, other in zip(
        json.loads(ours["notebook.ipynb"])["cells"],
        json.loads(theirs["notebook.ipynb"])["cells"],
        strict=True,
    ):
        assert cell == other
    assert set(ours) == set(theirs)
    differing = [name for name in ours if ours[name] != theirs[name]]
    assert differing in ([], ["manifest.json"])  # which alone tells the time


@LINUX
def test_a_fork_shows_all_that_a_kernel_shows(worker, tmp_path):
    ours, theirs = both_ways(worker, small_notebook(tmp_path, *TRAPS), "Camden")
    assert_same(ours, theirs)
    # The check itself must not be empty: the figures are there, as PNG.
    cells = json.loads(ours["notebook.ipynb"])["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 2


@LINUX
@pytest.mark.slow
@pytest.mark.parametrize(
    # One without money, and one of which only a change of the balance is known.
    "area",
    ["City of London", "Cumberland"],
)
def test_a_report_is_the_same_by_fork_and_by_kernel(worker, area):
    ours, theirs = both_ways(worker, "01", area, draws=100)
    assert_same(ours, theirs)
    assert [name for name in ours if name.endswith((".png", ".svg"))]


@LINUX
@pytest.mark.slow
@pytest.mark.parametrize(
    ("number", "area"),
    # England's is the regions' with more authorities.
    [("04", "Kent"), ("09", "North East")],
)
def test_every_notebook_is_the_same_by_fork_and_by_kernel(worker, number, area):
    assert_same(*both_ways(worker, number, area, draws=100))


@LINUX
def test_papermill_finds_the_engine_by_its_name(tmp_path):
    notebook = small_notebook(tmp_path)
    command = [sys.executable, "-m", "papermill", str(notebook), "done.ipynb"]
    done = subprocess.run(
        [*command, "--engine", "highneeds", "-p", "out", ".", "--no-progress-bar"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
    )
    if "No engine named" in done.stderr:
        pytest.skip("the package was installed before it had this engine: install it again")
    assert done.returncode == 0, done.stderr
    cells = read(tmp_path / "done.ipynb", as_version=4).cells
    assert "Balance of Somerset" in str(cells[-1].outputs)


# Two time zones, two locales, two orders of hashing, one worker and two.
SURROUNDINGS = [
    ({"TZ": "Pacific/Auckland", "PYTHONHASHSEED": "0", "LC_ALL": "tr_TR.UTF-8"}, "1"),
    ({"TZ": "UTC", "PYTHONHASHSEED": "1", "LC_ALL": "C", "PYTHONUTF8": "0"}, "2"),
]


@pytest.mark.parametrize(("variables", "workers"), SURROUNDINGS)
def test_small_reports_do_not_depend_on_where_and_how_they_are_made(
    made, small, tmp_path, variables, workers
):
    assert in_surroundings(tmp_path, small, variables, workers) == kills.contents(
        made[0].folder
    )
    say_if_without(variables["LC_ALL"])


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Whole reports, made as `made` is: two workers, in the order of codes."""
    plan = Plan.make(areas=list(AREAS), draws=100, until="2026-27")
    outcome = run_batch(plan, out=tmp_path_factory.mktemp("whole"), workers=2)
    return kills.contents(outcome.folder)


@pytest.mark.slow
@pytest.mark.parametrize(("variables", "workers"), SURROUNDINGS)
def test_whole_reports_do_not_depend_on_where_and_how_they_are_made(
    whole, tmp_path, variables, workers
):
    asked = ["--draws", "100", "--until", "2026-27"]
    assert in_surroundings(tmp_path, "01", variables, workers, *asked) == whole
    say_if_without(variables["LC_ALL"])


def in_surroundings(folder, notebook, variables, workers, *words):
    """Hashes of a batch by the command line, its areas in no order."""
    areas = random.Random(workers).sample(AREAS, len(AREAS))
    assert areas != list(AREAS)
    words = ["--areas", *areas, "--notebook", str(notebook), "--workers", workers, *words]
    done = subprocess.run(
        [*BATCH, *words, "--out", str(folder)],
        env=environment(**variables),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return kills.contents(next(folder.iterdir()))


def say_if_without(name):
    try:
        before = locale.setlocale(locale.LC_ALL)
        locale.setlocale(locale.LC_ALL, name)
        locale.setlocale(locale.LC_ALL, before)
    except locale.Error:
        pytest.skip(f"all bytes agree, but {name} is not installed: LC_ALL only named it")
