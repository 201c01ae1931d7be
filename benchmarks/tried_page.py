"""What came of the inputs tried, as a part of docs/quality.md: from tried.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

KEPT = Path(__file__).with_name("tried.json")
# Inputs that each target is to get.
WANTED = 5_000
_COUNTS = (
    "tried",
    "near",
    "refused",
    "named",
    "same",
    "plain",
    "taken",
    "faults",
    "mended",
)
_HEAD = """\
## Inputs tried

`start.py bench --inputs-tried N` tries generated inputs with a seed, half of them one edit
away from a valid file, and goes on where the last run ended: what is short of a goal comes
first, and it may be stopped at any time. `start.py bench --inputs-tried 0` tries those made
by hand. Valid files are published ones, cut to a few authorities that add up where the
whole takes long. A *figure* is one that the valid file gives otherwise.

- **Refused**: nothing is taken, and what is wrong is said.
- **Named**: taken only with `--accept`, after what looks wrong is listed.
- **Same**: taken, and every figure is that of the valid file, or missing as it says.
- **Plain**: taken; the file prints another plain number in one cell, and nothing in it,
  nor the years before, contradicts that number. Nobody could tell. What is shown is that
  the period is new and how many figures it has; every figure is kept with the file it is
  from, and `highneeds data diff` lists it when the publisher prints another.
- **Faults**: a traceback, more than 60 s, a crash, or another figure **taken** without a
  word. **Mended**: at fault when it was first tried, and no longer.
"""


def lines(path: Path = KEPT) -> list[str]:
    """The part as lines of Markdown; none where nothing has been kept."""
    if not path.is_file():
        return []
    kept = json.loads(path.read_text("utf-8"))
    return [_HEAD, *_by_hand(kept.get("hand")), *_generated(kept)]


def _by_hand(hand: Mapping[str, Any] | None) -> list[str]:
    if not hand:
        return []
    wrong = [f"- {one}" for one in hand["wrong"]]
    return [
        f"Made by hand, each with the exit code and a word it must be answered with: "
        f"{hand['tried']:,}, {hand['day']}; otherwise than expected: {len(wrong)}.",
        *wrong,
        "",
    ]


def _generated(kept: Mapping[str, Any]) -> list[str]:
    targets = kept.get("targets", {})
    if not targets:
        return []
    sums = {name: sum(one[name] for one in targets.values()) for name in _COUNTS}
    head = " | ".join(name.capitalize() for name in _COUNTS)
    rows = [
        f"| {name} | {' | '.join(f'{one[count]:,}' for count in _COUNTS)} "
        f"| {1000 * one['seconds'] / max(1, one['tried']):,.0f} | {one['slowest']:.1f} |"
        for name, one in [*targets.items(), ("**All**", sums | _times(targets))]
    ]
    return [
        f"Generated, seed {kept['seed']}, to {kept['day']}: {sums['tried']:,} inputs, "
        f"{sums['near']:,} of them one edit away from a valid file. "
        f"{_reached(targets)}",
        "",
        "Times are as they passed on a machine that had other work.",
        "",
        f"| Of | {head} | Each, ms | Slowest, s |",
        f"|---|{'---:|' * (len(_COUNTS) + 2)}",
        *rows,
        "",
        *(f"- {one}" for target in targets.values() for one in target["shown"]),
    ]


def _reached(targets: Mapping[str, Any]) -> str:
    """How many targets have had as many inputs as each is to get."""
    there = sum(one["tried"] >= WANTED for one in targets.values())
    return f"{there} of {len(targets)} targets have had {WANTED:,} or more."


def _times(targets: Mapping[str, Any]) -> dict[str, float]:
    """Seconds that all took together, and the slowest input of any."""
    return {
        "seconds": sum(float(one["seconds"]) for one in targets.values()),
        "slowest": max(float(one["slowest"]) for one in targets.values()),
    }
