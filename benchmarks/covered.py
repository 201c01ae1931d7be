"""Covered: which lines and branches of the package its tests run, by package.

The tests are run in one process, folder by folder, and what they start is measured too.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
# In per cent; the rooms that figures come out of are held to more.
LEAST, MORE = 95, dict.fromkeys(("model", "record", "sources"), 98)
_SETTINGS = """\
[run]
branch = True
source_pkgs = highneeds
parallel = True
data_file = {data}
patch = subprocess,_exit,fork
[paths]
# Tests install the package elsewhere too, in folders that are gone when they end.
package =
    {root}/highneeds
    */highneeds
"""


def measure(
    say: Callable[[str], None], tests: Sequence[str] = (), kept: Path | None = None
) -> dict[str, Any]:
    """Run the tests given, or all, and say what share they run and what they do not.

    With `kept`, a folder of what was measured before, nothing is run.
    """
    place = Path(tempfile.mkdtemp())
    data = (kept or place) / "data"
    settings = place / "settings"
    settings.write_text(_SETTINGS.format(data=data, root=ROOT), "utf-8")
    if not kept:
        say(f"measured in {place}, which stays where this does not come to its end")
        run = ("run", f"--rcfile={settings}", "-m", "pytest", "-q", "-n", "0")
        for part in tests or _all_tests():
            say(f"{part}: exit code {_coverage(*run, '-o', 'timeout=3000', part)}")
    found = sorted(map(str, data.parent.glob("data.*")))
    asked = f"--rcfile={settings}", f"--data-file={place / 'one'}"
    _coverage("combine", *asked, "--keep", *found)
    report = place / "report.json"
    _coverage("json", *asked, "--ignore-errors", "-o", str(report))
    files = json.loads(report.read_text("utf-8"))["files"]
    shutil.rmtree(place)
    rooms = _rooms(files)
    for name, room in rooms.items():
        say(f"{name}: {room['per_cent']}% of {room['of']:,} lines and branches")
        for file, missing in room.pop("missing").items():
            say(f"    {file}: {', '.join(missing)}")
    return {"tests": list(tests), "rooms": rooms}


def _all_tests() -> list[str]:
    """The folders of tests; the notebooks' cells run in kernels, and are no tests of it."""
    folders = {path.parent for path in (ROOT / "tests").rglob("test_*.py")}
    nested = sorted(str(path.relative_to(ROOT)) for path in folders - {ROOT / "tests"})
    return [*nested, *sorted(f"tests/{p.name}" for p in ROOT.glob("tests/test_*.py"))]


def _coverage(*words: str) -> int:
    return subprocess.run(
        [sys.executable, "-m", "coverage", *words],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=False,
    ).returncode


def _rooms(files: dict[str, Any]) -> dict[str, Any]:
    """By package: the share run, of how many, and what is not run, as file and lines."""
    by_room: dict[str, list[tuple[str, Any]]] = {}
    for name, one in files.items():
        parts = name.split("highneeds/", 1)[1].split("/")
        by_room.setdefault(parts[0] if len(parts) > 1 else "highneeds", []).append(
            ("/".join(parts), one)
        )
    found = {}
    for room, mine in sorted(by_room.items()):
        sums = [one["summary"] for _, one in mine]
        held = sum(one["covered_lines"] + one["covered_branches"] for one in sums)
        of = sum(one["num_statements"] + one["num_branches"] for one in sums)
        missing = {
            name: _spans(one["missing_lines"])
            + [f"{a} to {b if b > 0 else 'end'}" for a, b in one["missing_branches"]]
            for name, one in mine
            if one["missing_lines"] or one["missing_branches"]
        }
        found[room] = {
            "per_cent": round(100 * held / of, 1) if of else 100.0,
            "of": of,
            "missing": missing,
        }
    return found


def _spans(lines: Sequence[int]) -> list[str]:
    """Lines one after another, as one: 3, 4, 5 and 9 are 3-5 and 9."""
    spans: list[list[int]] = []
    for line in lines:
        if spans and line == spans[-1][1] + 1:
            spans[-1][1] = line
        else:
            spans.append([line, line])
    return [str(a) if a == b else f"{a}-{b}" for a, b in spans]
