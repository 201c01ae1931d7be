"""Tried: two new inputs on each failure of docs/failure-modes.md, and what a user got.

None of them stands in a test. Each is a command line with the files it is given; what came
of it is its exit code and the first line it said.
"""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Mapping
from contextlib import chdir, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
_OWN = ("inputs", "check", "own.csv", "--area", "Kent")
_HEAD = "measure,at,value\n"
_SCENARIO = 'name = "mine"\ntitle = "Mine"\nextends = "trend"\n'


@dataclass(frozen=True)
class Tried:
    """One input: the row it is about, what it is, the words of the command, its files.

    Where `alone` holds variables of its surroundings, or `code` is given in the place of
    words, it runs in a process of its own.
    """

    row: int
    what: str
    words: tuple[str, ...]
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    alone: Mapping[str, str] = field(default_factory=dict)
    code: str = ""

    def run(self, place: Path) -> tuple[int, str]:
        """The exit code, and what was said first."""
        for name, content in self.files.items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            held = content.encode("utf-8") if isinstance(content, str) else content
            path.write_bytes(held)
        apart = self.alone or self.code
        code, heard, warned = self._apart(place) if apart else self._here(place)
        # A check's answer is its list of faults, whatever it warns of besides.
        answers = self.words[:2] == ("inputs", "check") and heard
        first = heard if answers else warned or heard
        lines = [one for one in first.splitlines() if one.strip()]
        said = lines[0] if lines else "nothing"
        return code, said.replace(str(place), "…").replace(str(ROOT), "…")

    def _here(self, place: Path) -> tuple[int, str, str]:
        from highneeds.cli import main

        heard, warned, code = io.StringIO(), io.StringIO(), 0
        with chdir(place), redirect_stdout(heard), redirect_stderr(warned):
            try:
                code = main(list(self.words))
            except SystemExit as end:
                code = int(end.code or 0)
        return code, heard.getvalue(), warned.getvalue()

    def _apart(self, place: Path) -> tuple[int, str, str]:
        what = ("-c", self.code) if self.code else ("-m", "highneeds", *self.words)
        done = subprocess.run(
            [sys.executable, *what],
            cwd=place,
            env={**os.environ, "PYTHONPATH": str(ROOT), **self.alone},
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
        )
        return done.returncode, done.stdout, done.stderr


def _own(row: int, what: str, lines: str | bytes) -> Tried:
    """A file of own figures."""
    return Tried(row, what, _OWN, {"own.csv": lines})


def _figure(row: int, what: str, line: str) -> Tried:
    return _own(row, what, f"{_HEAD}{line}\n")


def _scenario(row: int, what: str, lines: str) -> Tried:
    words = ("report", "Kent", "--scenario", "mine.toml")
    return Tried(row, what, words, {"mine.toml": _SCENARIO + lines})


def _command(row: int, what: str, *words: str) -> Tried:
    return Tried(row, what, words)


def _zipped(name: str, content: bytes) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return held.getvalue()


def _manifest(**more: object) -> str:
    return json.dumps({"outputs": {}, "notebook": "01_overspend_scenario"} | more)


def inputs() -> list[Tried]:
    """Every input, by row."""
    rutland, year = ("report", "Rutland"), "2026-10-01"
    return [
        _own(
            1,
            "the column `value` called `figure`",
            f"measure,at,figure\nehc_plans,{year},4",
        ),
        _own(1, "the column `at` missing", "measure,value\nehc_plans,400"),
        _own(
            2, "the column `value` twice", f"measure,at,value,value\nehc_plans,{year},4,5"
        ),
        _own(2, "a column `colour`", f"measure,at,value,colour\nehc_plans,{year},400,red"),
        _figure(3, "a row of two fields", f"ehc_plans,{year}"),
        _figure(3, "a row of five fields", f"ehc_plans,{year},400,31,7"),
        _figure(4, "`c` for a value", f"ehc_plans,{year},c"),
        _figure(4, "`[x]` for a value", f"ehc_plans,{year},[x]"),
        _figure(
            5,
            "one figure twice, otherwise",
            f"ehc_plans,{year},22100\nehc_plans,{year},22150",
        ),
        _figure(
            5, "one figure twice, alike", f"ehc_plans,{year},22100\nehc_plans,{year},22100"
        ),
        _command(6, "a report on Cumbria", "report", "Cumbria"),
        _command(6, "a report on Northamptonshire", "report", "Northamptonshire"),
        _figure(7, "spending in thousands", "high_needs_spending_gbp,2024-25,301500"),
        _figure(7, "a balance in millions", "dsg_balance_gbp,2024-25,-97.4"),
        _figure(8, "a bracket left open", f'ehc_plans,{year},"(1,234"'),
        _figure(8, "a share for a count", f"ehc_plans,{year},12%"),
        _own(9, "Latin-1 with é", f"{_HEAD}ehc_plans,{year},400é\n".encode("latin-1")),
        _own(
            9, "UTF-16 without its mark", f"{_HEAD}ehc_plans,{year},4\n".encode("utf-16-le")
        ),
        _own(10, "three rows of titles", f"Kent\n\nDraft\n{_HEAD}ehc_plans,{year},400\n"),
        _own(10, "the header below its figures", f"ehc_plans,{year},400\n{_HEAD}"),
        Tried(
            11, "RTF named .xlsx", ("inputs", "check", "a.xlsx"), {"a.xlsx": "{\\rtf1 a}"}
        ),
        Tried(
            11, "a picture named .csv", _OWN, {"own.csv": b"\x89PNG\r\n\x1a\n" + bytes(40)}
        ),
        _own(
            12,
            "an outturn stated in its year",
            "measure,at,value,date\nhigh_needs_spending_gbp,2025-26,3e8,2025-12-01",
        ),
        _figure(12, "a month of the ledger that is none", "ledger_gbp,2026-13,1000000"),
        _figure(13, "1e400", f"ehc_plans,{year},1e400"),
        _figure(13, "minus infinity", "dsg_balance_gbp,2024-25,-inf"),
        _command(14, "Lancashre", "report", "Lancashre"),
        _command(14, "Bournmouth and Pool", "report", "Bournmouth and Pool"),
        _command(
            15,
            "figures of the Isles of Scilly",
            *("data", "show", "ehc_plans"),
            *("--area", "Isles of Scilly"),
        ),
        _command(
            15,
            "the City of London's balance",
            *("data", "show", "dsg_balance_gbp"),
            *("--area", "City of London"),
        ),
        _scenario(16, "an unknown key", "no_such_key = 1\n"),
        _command(16, "no draws", *rutland, "--draws", "0"),
        _command(17, "a path for an area", "report", "../../etc/passwd"),
        _command(
            17, "a path for a scenario", *rutland, "--scenario", "../../../etc/passwd"
        ),
        Tried(
            18,
            "a notebook without parameters",
            ("batch", "--areas", "Kent", "--notebook", "n.ipynb"),
            {
                "n.ipynb": '{"cells": [], "metadata": {}, "nbformat": 4, '
                '"nbformat_minor": 5}'
            },
        ),
        Tried(
            18,
            "a notebook cut off",
            ("batch", "--areas", "Kent", "--notebook", "n.ipynb"),
            {"n.ipynb": '{"cells": ['},
        ),
        Tried(
            19,
            "a run whose manifest was cut off",
            ("verify", "run"),
            {"run/manifest.json": '{"outputs": {'},
        ),
        Tried(
            19,
            "two runs that did not finish",
            ("compare", "a", "b"),
            {"a/journal.jsonl": "{", "b/journal.jsonl": ""},
        ),
        Tried(
            21, "a file where the folder would be", (*rutland, "--out", "x"), {"x": "mine"}
        ),
        _command(21, "a folder that cannot be", *rutland, "--out", "/proc/none"),
        _figure(23, "a formula for a measure", f"=1+1,{year},400"),
        _figure(23, "a command for a value", f"ehc_plans,{year},@SUM(1)"),
        _command(24, "markup for an area", "report", "<img src=x onerror=alert(1)>"),
        _scenario(24, "markup for a key", '"<script>" = 1\n'),
        Tried(
            25,
            "zeros packed a thousandfold",
            ("data", "add", "b.zip"),
            {"b.zip": _zipped("b.csv", bytes(40_000_000))},
        ),
        Tried(
            25,
            "a ZIP in a ZIP in a ZIP",
            ("data", "add", "b.zip"),
            {"b.zip": _zipped("c.zip", _zipped("d.zip", _zipped("e.csv", b"a")))},
        ),
        _command(
            26,
            "an address where nobody answers",
            "data",
            "update",
            "--base-url",
            "http://127.0.0.1:9",
        ),
        _command(26, "an address that is none", "data", "update", "--base-url", "ftp://x"),
        Tried(
            27, "a file of no release", ("data", "add", "a.csv"), {"a.csv": "a,b\n1,2\n"}
        ),
        Tried(
            27,
            "a release cut short",
            ("data", "add", "a.csv"),
            {"a.csv": "time_period,time_identifier,geographic_level\n2026,Calendar"},
        ),
        _command(29, "a seed below 0", *rutland, "--seed", "-1"),
        _command(29, "a seed that is no number", *rutland, "--seed", "1.5"),
        Tried(
            30,
            "no home, Turkish letters, no display",
            ("data", "issues", "--area", "Leeds"),
            alone={"HOME": "/none", "LC_ALL": "tr_TR", "MPLBACKEND": "TkAgg"},
        ),
        Tried(
            30,
            "output in ASCII",
            ("data", "issues", "--area", "Kent"),
            alone={"PYTHONIOENCODING": "ascii", "HOME": "/none"},
        ),
        _command(31, "plans marked with no January before", "backtest", "--until", "2014"),
        _command(32, "a year beyond the model", *rutland, "--until", "2060-61"),
        _command(32, "a day before any record", "evidence", "--as-of", "1999-01-01"),
        *_by_code(),
    ]


_ENDS = """
import os, signal, sys, threading
from highneeds.cli import main
threading.Timer(3, lambda: os.kill(os.getpid(), signal.{kind})).start()
sys.exit(main(["{verb}"]))
"""
_REFUSED = """
import sys
from pathlib import Path
from highneeds import atomic
from highneeds.batch.lock import run_lock
from highneeds.errors import HighNeedsError
from highneeds.own.figures import OwnFigure, OwnFigures
from highneeds.own.publication import for_publication

def shown(*counts):
    figures = [
        OwnFigure("ehc_plans", "2026-10-01", float(count), f"placement/{{place}}")
        for place, count in zip(sorted(required("placement")), counts)
    ]
    print(for_publication(OwnFigures(None, tuple(figures), "own.csv", "")).sentence)

try:
    {what}
except HighNeedsError as error:
    print(error, file=sys.stderr)
    sys.exit(error.exit_code)
"""
_OLD = """
import runpy, sys
sys.version_info = (3, {minor}, 0, "final", 0)
runpy.run_path({start!r})
"""


_SORTED = """
import numpy as np
from highneeds.inspections.models import FirthLogit, is_separated
x, event = np.arange(10.0)[:, None], np.repeat([0.0, 1.0], 5)
said = "sorted without a mistake" if is_separated(x, event) else "not seen"
slope = FirthLogit().fit(x, event).slopes[0, 0]
print(f"{said}; the slope is {slope:.2f}, finite by the penalty alone")
"""
_NEWER = """
import re, runpy, sys
start = runpy.run_path({start!r}, run_name="start")
lock = start["LOCK"].read_text("utf-8")
open("lock", "w").write(re.sub(r"(?m)^pandas==\\S+", "pandas==9.0.0", lock))
sys.argv = ["", "lock"]
exec(start["PROBE"])
"""
_WARNS = f"""
import subprocess, sys
from pathlib import Path
Path("test_it.py").write_text(
    "import warnings\\ndef test_it(): warnings.warn('gone in pandas 4', FutureWarning)"
)
command = [sys.executable, "-m", "pytest", "-q", "-c", {str(ROOT / "pyproject.toml")!r}]
command += ["-p", "no:cacheprovider", "--rootdir", ".", "--tb=no", "test_it.py"]
done = subprocess.run(command, capture_output=True, text=True)
print(next(line for line in done.stdout.splitlines() if line.startswith("FAILED")))
sys.exit(done.returncode)
"""


def _by_code() -> list[Tried]:
    """What no words of a command bring about: signals, locks, counts, fits, packages."""

    def refused(row: int, what: str, code: str) -> Tried:
        made = _REFUSED.format(what=code)
        made = made.replace(
            "from highneeds.own.figures",
            "from highneeds.own.breakdowns import required\nfrom highneeds.own.figures",
            1,
        )
        return Tried(row, what, (), code=made)

    one_writer = "atomic.one_writer(Path().resolve(), wait=0.2)"
    elsewhere = "Path('.batch-lock').write_text('\\n7\\nanother-machine\\n')"
    start = str(ROOT / "start.py")
    return [
        Tried(
            20,
            "a scheduler ends England's sum",
            (),
            code=_ENDS.format(kind="SIGTERM", verb="national"),
        ),
        Tried(
            20,
            "the window of a backtest is closed",
            (),
            code=_ENDS.format(kind="SIGHUP", verb="backtest"),
        ),
        refused(
            22, "a second writer of a folder", f"with {one_writer}, {one_writer}: pass"
        ),
        refused(
            22,
            "a run held by another machine",
            f"{elsewhere}\n    with run_lock(Path().resolve()): pass",
        ),
        refused(28, "one count of 4 among its parts", "shown(4, 30, 25, 60, 70, 80)"),
        refused(28, "two counts of 1 among its parts", "shown(1, 1, 25, 60, 70, 80)"),
        Tried(31, "an outcome sorted without a mistake", (), code=_SORTED),
        Tried(33, "Python 3.9", (), code=_OLD.format(minor=9, start=start)),
        Tried(33, "Python 3.15", (), code=_OLD.format(minor=15, start=start)),
        Tried(34, "a newer pandas locked", (), code=_NEWER.format(start=start)),
        Tried(34, "a package that warns of its next release", (), code=_WARNS),
    ]


def tried(place: Path, say: Callable[[str], None]) -> list[dict[str, object]]:
    """Run every input in a folder of its own; what came of each."""
    found: list[dict[str, object]] = []
    for number, one in enumerate(sorted(inputs(), key=lambda one: one.row)):
        folder = place / f"{number}"
        folder.mkdir()
        with suppress(FileNotFoundError):
            code, said = one.run(folder)
        say(f"{one.row}: {one.what}: {code}: {said[:100]}")
        found.append({"row": one.row, "what": one.what, "code": code, "said": said})
    return found
