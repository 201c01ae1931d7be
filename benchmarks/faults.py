"""Faults at random moments: a full or closed folder, a process that dies or hangs.

``python3 start.py bench --faults 20`` does each of the four to small batches, resumes them,
and sees that no finished report is lost or torn and that no message is a traceback. It
needs Linux; the full disk is a small one of memory, in a space of this process's own.
"""

from __future__ import annotations

import ctypes
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
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.kills import Survival, left_over, survive
from benchmarks.measure import ROOT
from benchmarks.small import AREAS, small_notebook

# A report that failed, a folder or a disk that refused.
_CODES = {0, 1, 3}
_SECONDS = 600.0
_DISK_BYTES = 400_000_000
_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE = 24, 1
_BATCH = """
import sys
from highneeds.batch import run
from highneeds.cli import main
run.run_batch.__kwdefaults__["deadline"] = float(sys.argv[1])
sys.exit(main(sys.argv[2:]))
"""


@dataclass
class Faults:
    """One kind of fault, done to batches whose messages go to `said`."""

    said: Path
    do: Callable[[Path, random.Random], Callable[[], None]]
    deadline: float = 300.0

    def start(
        self, notebook: Path, out: Path, areas: Sequence[str], *, resume: bool
    ) -> subprocess.Popen[bytes]:
        """Begin a batch that keeps to the permissions of files, as root does not."""
        command = [sys.executable, "-c", _BATCH, str(self.deadline), "batch"]
        command += ["--areas", *areas, "--notebook", str(notebook), "--out", str(out)]
        with self.said.open("wb") as said:
            return subprocess.Popen(
                [*command, "--workers", "2"] + ["--resume"] * resume,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
                stdout=subprocess.DEVNULL,
                stderr=said,
                preexec_fn=_as_anyone,
            )

    def harm(
        self, running: subprocess.Popen[bytes], folder: Path, chosen: random.Random
    ) -> list[str]:
        """Do it, wait for the batch to end by itself, and undo it."""
        undo = self.do(folder, chosen)
        try:
            code = running.wait(_SECONDS)
        except subprocess.TimeoutExpired:
            running.kill()
            running.wait()
            return [f"did not end in {_SECONDS:.0f} seconds"]
        finally:
            undo()
        told = self.said.read_text("utf-8", errors="replace")
        faults = [] if code in _CODES else [f"exit code {code}: {told[-300:]}"]
        return faults + ([f"a traceback: {told[-300:]}"] if "Traceback" in told else [])


def _as_anyone() -> None:
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE, 0, 0, 0)


def _full(folder: Path, chosen: random.Random) -> Callable[[], None]:
    """Leave so little room that a report, or a line about one, does not fit."""
    folder.parent.mkdir(exist_ok=True)
    filler, left = folder.parent / "filler", chosen.choice([0, 0, 4096, 40_960, 409_600])
    with filler.open("wb") as stream, suppress(OSError):
        while True:
            stream.write(bytes(1 << 20))
            stream.flush()
    os.truncate(filler, max(0, filler.stat().st_size - left))
    return filler.unlink


def _read_only(folder: Path, chosen: random.Random) -> Callable[[], None]:
    """Let nothing be written in the run, or in the folder of all runs."""
    there = folder if folder.exists() and chosen.choice([True, False]) else folder.parent
    there.parent.mkdir(exist_ok=True)
    there.mkdir(exist_ok=True)
    there.chmod(0o555)
    return partial(there.chmod, 0o755)


def _worker(folder: Path, chosen: random.Random) -> int | None:
    """A process that works for the run, or None once it has ended before one did."""
    given_up = time.monotonic() + _SECONDS
    while time.monotonic() < given_up:
        if workers := left_over(folder):
            return chosen.choice(workers)
        if (folder / "manifest.json").exists():
            return None
        time.sleep(0.02)
    return None


def _signalled(
    kind: signal.Signals, folder: Path, chosen: random.Random
) -> Callable[[], None]:
    if process := _worker(folder, chosen):
        with suppress(ProcessLookupError):
            os.kill(process, kind)
    return lambda: None


KINDS: dict[str, Callable[[Path, random.Random], Callable[[], None]]] = {
    "a full disk": _full,
    "a folder that cannot be written": _read_only,
    "a process that dies": partial(_signalled, signal.SIGKILL),
    "a process that hangs": partial(_signalled, signal.SIGSTOP),
}


def measure(each: int, seed: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Do each kind of fault so many times; what was wrong afterwards, by kind."""
    found: dict[str, Any] = {}
    for kind, do in KINDS.items():
        say(f"{kind}:")
        with tempfile.TemporaryDirectory() as scratch:
            survived = _survived(Path(scratch), do, each, seed, say)
        found[kind] = {"tried": survived.kills, "faults": survived.faults}
        for fault in survived.faults:
            say(fault)
    return {"seed": seed, "kinds": found}


def _survived(
    scratch: Path, do: Any, each: int, seed: int, say: Callable[[str], None]
) -> Survival:
    out = scratch / "out"
    out.mkdir()
    small = do is _full
    if small:
        size = f"size={_DISK_BYTES}"
        subprocess.run(["mount", "-t", "tmpfs", "-o", size, "none", str(out)], check=True)
    # A report is late, where one hangs, long after any other is done.
    hangs = getattr(do, "args", ()) == (signal.SIGSTOP,)
    faults = Faults(scratch / "said.txt", do, deadline=30.0 if hangs else 300.0)
    try:
        return survive(
            each,
            notebook=small_notebook(scratch),
            out=out,
            areas=AREAS,
            seed=seed,
            say=say,
            start=faults.start,
            harm=faults.harm,
        )
    finally:
        if small:
            subprocess.run(["umount", "-l", str(out)], check=True)


def measured(each: int, seed: int, say: Callable[[str], None]) -> dict[str, Any]:
    """As `measure`, in a space of its own, in which a small disk may be mounted."""
    with tempfile.TemporaryDirectory() as place:
        told = Path(place) / "found.json"
        command = ["unshare", "--user", "--map-root-user", "--mount", sys.executable]
        command += ["-m", "benchmarks.faults", str(each), str(seed), str(told)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
            assert run.stdout
            for line in run.stdout:
                say(line.rstrip())
        if run.returncode or not told.is_file():
            sys.exit("No space of its own could be made, or the batch fails unharmed.")
        found: dict[str, Any] = json.loads(told.read_text("utf-8"))
    return found


def run(each: int, seed: int, say: Callable[[str], None]) -> int:
    """As `measured`; gives 1 after a fault."""
    kinds = measured(each, seed, say)["kinds"]
    for kind, one in kinds.items():
        say(f"{kind}: {one['tried']} tried, {len(one['faults'])} faults")
    return int(any(one["faults"] for one in kinds.values()))


if __name__ == "__main__":
    # By `measured`, in the space of its own.
    given = sys.argv[1:]
    asked, drawn = int(given[0]), int(given[1])
    done = measure(asked, drawn, partial(print, flush=True))
    Path(given[2]).write_text(json.dumps(done), "utf-8")
