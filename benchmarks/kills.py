"""Kills at random moments: no finished report lost or changed, nothing left running.

``python3 start.py bench --kills 100``, or ``python -m benchmarks.kills [KILLS [SEED]]``,
kills small batches and prints what it found: a quarter of an hour for a hundred. It needs
Linux, whose /proc shows what still runs.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

from benchmarks.measure import ROOT
from benchmarks.small import AREAS, small_notebook
from highneeds.batch.journal import WORK

# The fields of a report's own manifest that tell the time, and the log that does.
_CLOCKS = ("began", "seconds")
_LOG = "run.log"
# Enough small reports for their making to take as long as the start.
MORE_AREAS = (*AREAS, "Barnet", "Brent", "Derby", "Devon", "Leeds", "Luton", "York")
_GONE_SECONDS = 60.0


@dataclass
class Survival:
    """How many kills there were, what was at fault after them, and where the run is."""

    folder: Path
    kills: int = 0
    finished: int = 0
    faults: list[str] = field(default_factory=list)


def contents(folder: Path) -> dict[str, str]:
    """Hash of every file of a run, or of a report, but for what may tell the time."""
    found = {}
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.name != _LOG):
        held = path.read_bytes()
        if path.name == "manifest.json":
            record = json.loads(held)
            for name in _CLOCKS:
                record.pop(name, None)
            held = json.dumps(record).encode()
        found[path.relative_to(folder).as_posix()] = hashlib.sha256(held).hexdigest()
    return found


def left_over(folder: Path) -> list[int]:
    """Processes that still work for a run: all have its scratch folder as their own."""
    mark = f"TMPDIR={folder / WORK}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            stopped = (process / "stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
            if not stopped and mark in (process / "environ").read_bytes().split(b"\0"):
                found.append(int(process.name))
    return found


def outliving(folder: Path) -> list[int]:
    """Processes that still work for a run when all that were killed have had time to go."""
    given_up = time.monotonic() + _GONE_SECONDS
    while (alive := left_over(folder)) and time.monotonic() < given_up:
        time.sleep(0.05)
    return alive


def start_batch(
    notebook: Path, out: Path, areas: Sequence[str], *, resume: bool
) -> subprocess.Popen[bytes]:
    """Begin a batch, or go on with one."""
    command = [sys.executable, "-m", "highneeds", "batch", "--areas", *areas]
    command += ["--notebook", str(notebook), "--out", str(out), "--workers", "2"]
    return subprocess.Popen(
        command + ["--resume"] * resume,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def kill(
    running: subprocess.Popen[bytes], folder: Path, chosen: random.Random
) -> list[str]:
    """Kill the batch, or all of its processes, or first one of those and then it."""
    workers = left_over(folder)
    kind = chosen.choice(["batch", "batch", "all", "worker"])
    if kind == "worker" and workers:
        _end(chosen.choice(workers))
        time.sleep(chosen.uniform(0, 1))
    _end(running.pid)
    if kind == "all":
        for process in workers:
            _end(process)
    running.wait()
    return []


Start: TypeAlias = Callable[..., subprocess.Popen[bytes]]
Harm: TypeAlias = Callable[..., list[str]]


def survive(
    kills: int,
    *,
    notebook: Path,
    out: Path,
    areas: Sequence[str] = AREAS,
    seed: int = 0,
    say: Callable[[str], None] = lambda _: None,
    start: Start = start_batch,
    harm: Harm = kill,
) -> Survival:
    """Kill a batch `kills` times, at random moments and places, and resume it each time.

    A batch that comes to its end is begun again over the finished one. `start` begins one
    and `harm` is done to it, in the place of a kill: benchmarks/faults.py.
    """
    chosen = random.Random(seed)
    reference = out / "reference"
    began = time.monotonic()
    if start_batch(notebook, reference, areas, resume=False).wait():
        sys.exit("The batch fails without being killed; nothing was tried.")
    usual = time.monotonic() - began
    run = next(reference.iterdir())
    expected = contents(run)
    found = Survival(out / "killed" / run.name)
    resume = False
    while found.kills < kills:
        running = start(notebook, found.folder.parent, areas, resume=resume)
        # Late rather than early: at first a batch only imports.
        moment = usual * chosen.betavariate(3, 1)
        resume = True
        try:
            running.wait(moment)
        except subprocess.TimeoutExpired:
            found.faults += harm(running, found.folder, chosen)
            found.kills += 1
            found.faults += _check(found.folder, expected)
            resume = running.returncode != 0
            if not resume:  # it came to its end in spite of it
                found.faults += _complete(found.folder, expected, 0)
            done = len(_recorded(found.folder))
            say(f"kill {found.kills}: {done} done, {len(found.faults)} faults so far")
        else:
            found.finished += 1
            found.faults += _complete(found.folder, expected, running.returncode)
            resume = False
    running = start_batch(notebook, found.folder.parent, areas, resume=True)
    found.faults += _complete(found.folder, expected, running.wait())
    return found


def _end(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def _check(folder: Path, expected: dict[str, str]) -> list[str]:
    """What is wrong just after a kill."""
    alive = outliving(folder)
    faults = [f"still running: {alive}"] if alive else []
    for name in _recorded(folder):
        held = {k: v for k, v in expected.items() if k.startswith(f"{name}/")}
        now = {f"{name}/{k}": v for k, v in contents(folder / name).items()}
        if now != held:
            faults.append(f"{name} was done, and is lost or changed")
    return faults


def _recorded(folder: Path) -> list[str]:
    """Reports that are written down as done."""
    try:
        lines = (folder / "journal.jsonl").read_text("utf-8").splitlines(keepends=True)
        records = [json.loads(line) for line in lines if line.endswith("\n")]
    except OSError:
        # Before the run's folder is made, or after its end.
        manifest = folder / "manifest.json"
        records = (
            json.loads(manifest.read_text("utf-8"))["reports"] if manifest.is_file() else []
        )
    return [one["folder"] for one in records if one["state"] == "done"]


def _complete(folder: Path, expected: dict[str, str], code: int) -> list[str]:
    """What is wrong with a run that came to its end."""
    now = contents(folder)
    differing = sorted(k for k in {*now, *expected} if now.get(k) != expected.get(k))
    faults = [f"differs from an uninterrupted run: {name}" for name in differing]
    faults += [f"left behind: {path.name}" for path in folder.rglob(".*")]
    return faults + ([f"exit code {code}"] if code else [])


def measure(kills: int, seed: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Kill small batches so many times; how many came to their end, and what was wrong."""
    with tempfile.TemporaryDirectory() as scratch:
        survived = survive(
            kills,
            notebook=small_notebook(Path(scratch)),
            out=Path(scratch),
            areas=MORE_AREAS,
            seed=seed,
            say=say,
        )
    say(f"{survived.kills} kills, {survived.finished} runs came to their end between")
    for fault in survived.faults or ["no fault"]:
        say(fault)
    return {
        "seed": seed,
        "kills": survived.kills,
        "finished": survived.finished,
        "faults": survived.faults,
    }


def run(kills: int, seed: int, say: Callable[[str], None]) -> int:
    """As `measure`; gives 1 after a fault."""
    return int(bool(measure(kills, seed, say)["faults"]))


if __name__ == "__main__":
    words = sys.argv[1:]
    asked = int(words[0]) if words else 100
    sys.exit(run(asked, int(words[1]) if words[1:] else 0, partial(print, flush=True)))
