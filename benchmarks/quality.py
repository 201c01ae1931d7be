"""Quality: measured, kept in quality.json, and written into docs/quality.md.

``python3 start.py quality`` tries the inputs again and writes the page; ``coverage`` and
``mutants N`` behind it measure those too, which takes much longer. What is not measured
anew stays as it was, with its day.
"""

from __future__ import annotations

import ast
import json
import random
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks import tried_page
from benchmarks.failure_inputs import tried

ROOT = Path(__file__).resolve().parent.parent
KEPT, PAGE = ROOT / "benchmarks" / "quality.json", ROOT / "docs" / "quality.md"
# Rooms held to more than the rest, in per cent of branches.
ROOMS = {"highneeds/model": 98, "highneeds/record": 98, "highneeds/sources": 98}
_ALL = 95
# Tests of the model that take seconds.
_FAST = (
    "tests/property",
    "tests/unit/test_levers.py",
    "tests/unit/test_capacity.py",
    "tests/unit/test_finance.py",
    "tests/unit/test_step_plans.py",
    "tests/unit/test_streams.py",
    "tests/unit/test_validation_rules.py",
    "tests/unit/test_blocks.py",
    "tests/unit/test_parts.py",
)
_SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.And: ast.Or,
    ast.Or: ast.And,
}
_SECONDS = 600


def measure_coverage(
    say: Callable[[str], None], tests: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Lines and branches run by the tests given, or by all, in the tests' own process."""
    with tempfile.TemporaryDirectory() as place:
        data = f"--data-file={place}/data"
        run = [
            "run",
            "--branch",
            "--source=highneeds",
            data,
            "-m",
            "pytest",
            "-q",
            "-n",
            "0",
        ]
        _python("-m", "coverage", *run, *tests)
        report = Path(place) / "report.json"
        _python("-m", "coverage", "json", data, "-o", str(report))
        files = json.loads(report.read_text("utf-8"))["files"]
    rooms = {"highneeds": _ALL, **ROOMS}
    found = {}
    for room in rooms:
        mine = [
            one["summary"] for name, one in files.items() if name.startswith(f"{room}/")
        ]
        held = sum(one["covered_lines"] + one["covered_branches"] for one in mine)
        of = sum(one["num_statements"] + one["num_branches"] for one in mine)
        found[room] = round(100 * held / of, 1) if of else None
        say(f"{room}: {found[room]}% of lines and branches")
    return {"day": str(date.today()), "tests": list(tests), "rooms": found}


def measure_mutants(many: int, seed: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Change one sign of the model at a time; how many changes the fast tests see."""
    places = [
        (path, number)
        for path in sorted((ROOT / "highneeds" / "model").glob("*.py"))
        for number, _ in enumerate(_changeable(ast.parse(path.read_text("utf-8"))))
    ]
    seen, missed = 0, []
    for path, number in random.Random(seed).sample(places, min(many, len(places))):
        kept = path.read_text("utf-8")
        changed, what = _changed(kept, number)
        try:
            path.write_text(changed, "utf-8")
            failed = _python("-m", "pytest", "-q", "-x", "-n", "0", *_FAST) != 0
        finally:
            path.write_text(kept, "utf-8")
        seen += failed
        if not failed:
            missed.append(f"{path.relative_to(ROOT).as_posix()}: {what}")
        say(f"{path.name}: {what}: {'seen' if failed else 'MISSED'}")
    return {
        "day": str(date.today()),
        "seed": seed,
        "places": len(places),
        "tried": seen + len(missed),
        "seen": seen,
        "missed": missed,
    }


def _changeable(tree: ast.AST) -> Iterator[tuple[ast.AST, str, int]]:
    """Every sign that can be swapped: its node, the field it is in, its place in a list."""
    for node in ast.walk(tree):
        if (
            isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign)
            and type(node.op) in _SWAPS
        ):
            yield node, "op", -1
        if isinstance(node, ast.Compare):
            for place, sign in enumerate(node.ops):
                if type(sign) in _SWAPS:
                    yield node, "ops", place


def _changed(text: str, number: int) -> tuple[str, str]:
    tree = ast.parse(text)
    node, name, place = list(_changeable(tree))[number]
    before = getattr(node, name) if place < 0 else getattr(node, name)[place]
    after = _SWAPS[type(before)]()
    if place < 0:
        setattr(node, name, after)
    else:
        getattr(node, name)[place] = after
    signs = f"{type(before).__name__} for {type(after).__name__}"
    what = f"line {getattr(node, 'lineno', 0)}, {signs}"
    return ast.unparse(ast.fix_missing_locations(tree)), what


def _python(*words: str) -> int:
    try:
        return subprocess.run(
            [sys.executable, *words],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=None if "coverage" in words else _SECONDS,
            check=False,
        ).returncode
    except subprocess.TimeoutExpired:
        return 1  # a change that never ends is seen


def page_text(kept: dict[str, Any]) -> str:
    """The page, from what is kept of the last measurements."""
    lines = [_HEAD]
    cover, mutants = kept.get("coverage"), kept.get("mutants")
    lines.append("## Coverage and mutants\n")
    if cover:
        said = "; ".join(f"{room} {share}%" for room, share in cover["rooms"].items())
        lines.append(f"Lines and branches run by the tests, {cover['day']}: {said}.\n")
    else:
        lines.append(
            "Coverage: not yet measured over the whole suite; the command below does.\n"
        )
    if mutants:
        share = 100 * mutants["seen"] / mutants["tried"]
        lines.append(
            f"Of {mutants['tried']} changes of one sign in the model, drawn with seed "
            f"{mutants['seed']} from {mutants['places']:,}, the model's fast tests saw "
            f"{mutants['seen']} ({share:.0f}%), {mutants['day']}. Missed:\n"
        )
        lines += [f"- {one}" for one in mutants["missed"]]
    else:
        lines.append("Mutants: not yet measured; the command below does.\n")
    lines += tried_page.lines()
    lines.append(_TRIED.format(many=len(kept["tried"]), day=kept["day"]))
    for one in kept["tried"]:
        said = re.sub(r"([|<>`*_])", r"\\\1", str(one["said"]))[:260]
        lines.append(f"| {one['row']} | {one['what']} | {one['code']} | {said} |")
    return "\n".join(lines) + "\n"


_HEAD = """\
# Quality, measured

Written by `python3 start.py quality`, which tries the inputs below again; `start.py quality
coverage` measures coverage over the whole suite and `start.py quality mutants 100` changes
the model a hundred times. Kills, full disks and dying kernels: `start.py bench --kills 200`
and the tests of [failure-modes.md](failure-modes.md). Known weaknesses in packages:
[SECURITY.md](../SECURITY.md).
"""
_TRIED = """
## New inputs

{many} inputs that stand in no test, {day}: the row of
[failure-modes.md](failure-modes.md), what was given, the exit code and the first line said.
Rows 31 and 34, fits and newer packages, have their tests alone.

| # | Input | Exit code | Said |
|---|---|---|---|
"""[:-1]


def main(words: list[str]) -> int:
    """Measure what was asked for and write the page."""
    kept = json.loads(KEPT.read_text("utf-8")) if KEPT.is_file() else {}
    say = print
    if "coverage" in words:
        tests = tuple(word for word in words if word.startswith("tests"))
        kept["coverage"] = measure_coverage(say, tests)
    if "mutants" in words:
        many = int(words[words.index("mutants") + 1])
        kept["mutants"] = measure_mutants(many, 20261130, say)
    with tempfile.TemporaryDirectory() as place:
        kept |= {"tried": tried(Path(place), say), "day": str(date.today())}
    KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")
    PAGE.write_text(page_text(kept), "utf-8")
    wrong = [one for one in kept["tried"] if "Traceback" in str(one["said"])]
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
