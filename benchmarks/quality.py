"""Quality: measured, kept in quality.json, and written into docs/quality.md.

``python3 start.py quality`` tries the inputs again and writes the page; ``coverage``,
``mutants N``, ``kills N`` and ``faults N`` behind it measure those too, which takes much
longer. What is not measured anew stays as it was, with its day.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks import covered, faults, kills, mutants, tried_page
from benchmarks.failure_inputs import tried

ROOT = Path(__file__).resolve().parent.parent
KEPT, PAGE = ROOT / "benchmarks" / "quality.json", ROOT / "docs" / "quality.md"
_SEED = 20261130


def page_text(kept: dict[str, Any]) -> str:
    """The page, from what is kept of the last measurements."""
    lines = [_HEAD]
    lines += [*_covered(kept.get("coverage")), *_mutants(kept.get("mutants"))]
    lines += _harmed(kept.get("kills"), kept.get("faults"))
    lines += tried_page.lines()
    lines.append(_TRIED.format(many=len(kept["tried"]), day=kept["day"]))
    for one in kept["tried"]:
        said = re.sub(r"([|<>`*_])", r"\\\1", str(one["said"]))[:260]
        lines.append(f"| {one['row']} | {one['what']} | {one['code']} | {said} |")
    return "\n".join(lines) + "\n"


def _covered(found: dict[str, Any] | None) -> list[str]:
    lines = ["## Coverage\n"]
    if not found:
        return [*lines, "Not yet measured; `start.py quality coverage` does.\n"]
    usual = "every test but the slow ones and the notebooks' cells"
    which = " ".join(found["tests"]) or usual
    lines.append(f"Lines and branches run by {which}, {found['day']}, by package.\n")
    lines += ["| Package | Run | Of | Held to |", "|---|---:|---:|---:|"]
    rooms = found["rooms"]
    for name, room in rooms.items():
        held = f"{covered.MORE[name]}%" if name in covered.MORE else ""
        lines.append(f"| {name} | {room['per_cent']}% | {room['of']:,} | {held} |")
    of = sum(room["of"] for room in rooms.values())
    run = sum(room["of"] * room["per_cent"] for room in rooms.values()) / of
    lines.append(f"| **All** | {run:.1f}% | {of:,} | {covered.LEAST}% |")
    return [*lines, ""]


def _mutants(found: dict[str, Any] | None) -> list[str]:
    lines = ["## Mutants\n"]
    if not found:
        return [*lines, "Not yet measured; `start.py quality mutants 100` does.\n"]
    share = 100 * found["seen"] / found["tried"]
    lines.append(
        f"Of {found['tried']} changes of one sign or number in the model and the record, "
        f"drawn with seed {found['seed']} from {found['places']:,}, the tests that guard "
        f"them saw {found['seen']} ({share:.0f}%), {found['day']}. Missed:\n"
    )
    return [*lines, *(f"- {one}" for one in found["missed"] or ["none"]), ""]


def _harmed(killed: dict[str, Any] | None, faulted: dict[str, Any] | None) -> list[str]:
    lines = ["## Kills and faults\n"]
    if killed:
        lines.append(
            f"{killed['kills']} kills of a batch at random moments (seed "
            f"{killed['seed']}), {killed['day']}: {len(killed['faults'])} finished reports "
            "lost or torn, processes left or bytes that differ.\n"
        )
    else:
        lines.append("Kills: not yet measured; `start.py quality kills 200` does.\n")
    if not faulted:
        return [*lines, "Faults: not yet measured; `start.py quality faults 20` does.\n"]
    lines.append(f"Faults at random moments (seed {faulted['seed']}), {faulted['day']}:\n")
    lines += ["| Fault | Tried | Lost, torn or said wrongly |", "|---|---|---|"]
    for kind, one in faulted["kinds"].items():
        lines.append(f"| {kind} | {one['tried']} | {len(one['faults'])} |")
    return [*lines, ""]


_HEAD = """\
# Quality, measured

Written by `python3 start.py quality`, which tries the inputs below again. The rest is
measured where it is named behind it, which takes hours: `start.py quality coverage mutants
100 kills 200 faults 20`. What is not measured anew stays, with its day. What each failure
gives is in [failure-modes.md](failure-modes.md), known weaknesses in packages in
[SECURITY.md](../SECURITY.md).
"""
_TRIED = """
## New inputs

{many} inputs that stand in no test, {day}: the row of
[failure-modes.md](failure-modes.md), what was given, the exit code and the first line said.

| # | Input | Exit code | Said |
|---|---|---|---|
"""[:-1]


_COUNTED = {"mutants": mutants.measure, "kills": kills.measure, "faults": faults.measured}


def main(words: list[str]) -> int:
    """Measure what was asked for and write the page."""
    kept = json.loads(KEPT.read_text("utf-8")) if KEPT.is_file() else {}
    say = print
    day = {"day": str(date.today())}
    if "coverage" in words:
        tests = [word for word in words if word.startswith("tests")]
        before = words[words.index("kept") + 1] if "kept" in words else None
        found = covered.measure(say, tests, Path(before) if before else None)
        kept["coverage"] = day | found
    for name, measure in _COUNTED.items():
        if name in words:
            many = int(words[words.index(name) + 1])
            kept[name] = day | measure(many, _SEED, say)
    with tempfile.TemporaryDirectory() as place:
        kept |= {"tried": tried(Path(place), say), "day": str(date.today())}
    KEPT.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", "utf-8")
    PAGE.write_text(page_text(kept), "utf-8")
    wrong = [one for one in kept["tried"] if "Traceback" in str(one["said"])]
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
