"""How things are timed: sides in turn, several times, medians; and what is kept of it."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
Clock = Callable[[], float]
# CPU seconds of this process: other work on the machine counts for less in them.
CPU: Clock = time.process_time
WALL: Clock = time.perf_counter


def _of_children() -> float:
    """CPU seconds of the processes started and ended; the wall clock on Windows."""
    try:
        import resource
    except ModuleNotFoundError:
        return WALL()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


CHILDREN: Clock = _of_children


@dataclass(frozen=True)
class Result:
    """One line of the table.

    ``target`` is None where there is none. ``at_most`` says that lower is better. ``low``
    and ``high`` are the extremes over the repeats. A ``value`` of None was not measured;
    ``note`` says why.
    """

    name: str
    value: float | None
    unit: str
    target: float | None = None
    at_most: bool = False
    low: float | None = None
    high: float | None = None
    repeats: int = 1
    note: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target was met; None where there is none or no measurement."""
        if self.value is None or self.target is None:
            return None
        return self.value <= self.target if self.at_most else self.value >= self.target


def skipped(name: str, why: str) -> Result:
    """A line for what could not be measured here."""
    return Result(name, None, "", note=f"skipped: {why}", repeats=0)


def in_turn(
    sides: Mapping[str, Callable[[], object]], repeats: int, clock: Clock = CPU
) -> dict[str, list[float]]:
    """Seconds of each side, taken one after the other, `repeats` times, after one to warm.

    Sides alternate so that a machine that slows down does so for all of them.
    """
    for side in sides.values():
        side()
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(repeats):
        for name, side in sides.items():
            began = clock()
            side()
            seconds[name].append(clock() - began)
    return seconds


def cpu_of(work: Callable[[], object]) -> tuple[float, float]:
    """CPU seconds of this process, and of those it started and that ended."""
    own, children = CPU(), CHILDREN()
    work()
    return CPU() - own, CHILDREN() - children


def ratio(
    name: str,
    slower: Sequence[float],
    faster: Sequence[float],
    *,
    scale: float = 1.0,
    target: float | None = None,
    at_most: bool = False,
    note: str = "",
) -> Result:
    """The ratio of medians of two sides, times `scale` where the work differs in size."""
    pairs = [scale * a / b for a, b in zip(slower, faster, strict=True)]
    value = scale * statistics.median(slower) / statistics.median(faster)
    return Result(
        name, value, "×", target, at_most, min(pairs), max(pairs), len(pairs), note
    )


def seconds(
    name: str, taken: Sequence[float], *, target: float | None = None, note: str = ""
) -> Result:
    """A time, the median of several."""
    value = statistics.median(taken)
    low, high = min(taken), max(taken)
    return Result(
        name,
        value,
        "s",
        target,
        at_most=True,
        low=low,
        high=high,
        repeats=len(taken),
        note=note,
    )


def exponent(sizes: Sequence[float], taken: Sequence[float]) -> float:
    """The power of size that time grows with, by a line through the logarithms."""
    return float(np.polyfit(np.log(sizes), np.log(taken), 1)[0])


def largest_difference(found: np.ndarray, expected: np.ndarray) -> float:
    """Largest difference against the largest expected number, both finite."""
    if found.shape != expected.shape or not np.isfinite(found).all():
        return float("inf")
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def require_equal(
    name: str, found: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]
) -> str:
    """Refuse to time two sides whose answers differ; say how near they are.

    Raises
    ------
    SystemExit
        An answer is missing or differs by more than one part in 10⁹.
    """
    worst = max(largest_difference(found[part], expected[part]) for part in expected)
    if not worst <= 1e-9:  # noqa: PLR2004
        sys.exit(
            f"{name}: answers differ by {worst:.2g} of the largest; nothing was timed."
        )
    return f"answers equal to {worst:.0e}"


def child(code: str, *arguments: object) -> str:
    """Run Python code in a process of its own and give what it prints."""
    command = [sys.executable, "-c", code, *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"A measured process failed:\n{done.stderr.strip()}")
    return done.stdout.strip()


# Printed by a child at its end. Linux first: there, getrusage counts what the parent held
# when the child was started. Windows has neither, and gives 0.
PEAK_MEMORY = """
def peak_memory():
    import pathlib, re, sys
    status = pathlib.Path("/proc/self/status")
    if status.is_file():
        return int(re.search(r"VmHWM:\\s+(\\d+) kB", status.read_text())[1]) * 1024
    try:
        import resource
    except ModuleNotFoundError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
"""
