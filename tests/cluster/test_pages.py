"""What docs/scaling.md and docs/schedule.md say can be typed can be, and adds up."""

import json
import re
import subprocess
import sys

import pytest

from benchmarks.measure import ROOT
from benchmarks.scaling import scaling
from benchmarks.small import RESULTS, small_notebook
from tests.test_commands import in_page


def page(name):
    return (ROOT / "docs" / name).read_text("utf-8")


def commands(text):
    return [asked.strip() for _, asked in in_page(text)]


def test_the_recipes_run_the_same_commands():
    text = page("schedule.md")
    lines = [recipe(text, name) for name in ("cron", "windows", "ci")]
    for line in lines:
        *_, first, second = commands(f"    {line}\n")
        assert first == "data update --accept"
        assert second.startswith("batch --areas all --notebook 01 09 10")
    assert "%" not in lines[0]
    (told,) = re.findall(r'/TR "(.*)"', lines[1])
    assert len(told) <= 261


def recipe(text, name):
    return re.search(rf"<!-- {name} -->\n\n    (.+)\n", text)[1]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="cron has a POSIX shell")
def test_the_line_for_cron_publishes_although_the_update_fails(tmp_path):
    """As cron runs it but for its day: another area, and a proxy that is not there."""
    home = tmp_path / "highneeds"
    python = home / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    (home / "public").mkdir()
    notebook = small_notebook(home, RESULTS)
    line = recipe(page("schedule.md"), "cron")
    when, line = line.split("  ", 1)
    assert re.fullmatch(r"[\d*]+( [\d*]+){4}", when)
    asked = "--areas all --notebook 01 09 10"
    assert asked in line
    done = subprocess.run(
        ["sh", "-c", line.replace(asked, f"--areas Camden --notebook {notebook.name}")],
        cwd=tmp_path,
        env={
            "HOME": str(tmp_path),
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": str(ROOT),
            "HIGHNEEDS_DATA_DIR": str(tmp_path / "own"),
            "https_proxy": "http://127.0.0.1:9",
        },
        capture_output=True,
        text=True,
    )
    log = (home / "highneeds.log").read_text("utf-8")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", ""), log
    assert "0 of " in log  # of the releases: none could be had
    assert "1 made, 0 failed" in log
    (made,) = (home / "reports").iterdir()
    assert {path.name for path in (home / "public").iterdir()} == {
        path.name for path in made.iterdir()
    }


def test_the_arithmetic_of_the_page_is_right():
    """Worked out here as the page says it, from its own numbers."""
    kept = json.loads((ROOT / "benchmarks" / "results.json").read_text("utf-8"))["results"]
    cost = {row["name"]: row["value"] for row in kept}
    nanoseconds = cost["ours, an authority-year-future"]
    steps = 153 * 20 * 10_000 * 6
    assert steps == 183_600_000
    assert scaling("steps") == "183.6 million"
    assert scaling("reports") == "3,060"
    assert scaling("report-hours") == f"{3060 * 2.2 / 3600:.1f}" == "1.9"
    assert scaling("tasks") == f"{20 * 10 * 11:,}"
    sweep = steps * nanoseconds * 1e-9 * 1.3
    assert scaling("sweep-minutes") == f"{sweep / 60:.1f}"
    # ceil(153 / 2) = 77. The disk takes 153 × 0.17 = 26 s, more than 10 × 2.2 on 16 cores.
    disk = 153 * 0.17
    assert 10 * 2.2 < disk < 77 * 2.2
    batches = [20 * (10 + 77 * 2.2), 20 * (10 + disk), 20 * (10 + disk)]
    rows = [
        line for line in page("scaling.md").splitlines() if line.startswith("| reports")
    ]
    assert rows == [f"| reports | {' | '.join(f'{s / 60:.0f} min' for s in batches)} |"]
