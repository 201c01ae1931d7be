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
from typing import Any, TypeAlias

from benchmarks.kills import left_over, survive
from benchmarks.measure import ROOT
from benchmarks.small import AREAS, small_notebook

# A report that failed, a folder or a disk that refused.
_CODES = {0, 1, 3}
_SECONDS = 600.0
_DISK_BYTES = 400_000_000
# Of a report, in seconds: ten times what the slowest of these takes alone.
_DEADLINE = "60"
_PR_CAPBSET_DROP, _CAP_DAC_OVERRIDE = 24, 1
_BATCH = """
import sys
from highneeds.batch import run
from highneeds.cli import main
run.run_batch.__kwdefaults__["deadline"] = float(sys.argv[1])
sys.exit(main(sys.argv[2:]))
"""


# Does its fault to a batch and its folder; what it gives back undoes it.
Do: TypeAlias = Callable[[subprocess.Popen[bytes], Path, random.Random], Callable[[], None]]


@dataclass
class Faults:
    """One kind of fault, done to batches whose messages go to `said`."""

    said: Path
    do: Do
    done: int = 0

    def start(
        self, notebook: Path, out: Path, areas: Sequence[str], *, resume: bool
    ) -> subprocess.Popen[bytes]:
        """Begin a batch that keeps to the permissions of files, as root does not."""
        command = [sys.executable, "-c", _BATCH, _DEADLINE, "batch"]
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
        undo = self.do(running, folder, chosen)
        self.done += 1
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


def _full(
    _: subprocess.Popen[bytes], folder: Path, chosen: random.Random
) -> Callable[[], None]:
    """Leave so little room that a report, or a line about one, does not fit."""
    folder.parent.mkdir(exist_ok=True)
    filler, left = folder.parent / "filler", chosen.choice([0, 0, 4096, 40_960, 409_600])
    with filler.open("wb", buffering=0) as stream, suppress(OSError):
        while stream.write(bytes(1 << 20)):
            pass
    os.truncate(filler, max(0, filler.stat().st_size - left))
    return filler.unlink


def _read_only(
    _: subprocess.Popen[bytes], folder: Path, chosen: random.Random
) -> Callable[[], None]:
    """Let nothing be written in the run, or in the folder of all runs."""
    there = folder if folder.exists() and chosen.choice([True, False]) else folder.parent
    there.parent.mkdir(exist_ok=True)
    there.mkdir(exist_ok=True)
    there.chmod(0o555)
    return partial(there.chmod, 0o755)


def _signalled(
    kind: str,
    running: subprocess.Popen[bytes],
    folder: Path,
    chosen: random.Random,
) -> Callable[[], None]:
    """Send a signal to one of the processes that work for the run, once there is one."""
    while running.poll() is None:
        if workers := left_over(folder):
            with suppress(ProcessLookupError):
                os.kill(chosen.choice(workers), signal.Signals[kind])
            break
        time.sleep(0.02)
    return lambda: None


KINDS: dict[str, Do] = {
    "a full disk": _full,
    "a folder that cannot be written": _read_only,
    "a process that dies": partial(_signalled, "SIGKILL"),
    "a process that hangs": partial(_signalled, "SIGSTOP"),
}


def measure(each: int, seed: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Do each kind of fault so many times; what was wrong afterwards, by kind."""
    found: dict[str, Any] = {}
    for kind, do in KINDS.items():
        say(f"{kind}:")
        with tempfile.TemporaryDirectory() as scratch:
            found[kind] = _tried(Path(scratch), do, each, seed, say)
        for fault in found[kind]["faults"]:
            say(fault)
    return {"seed": seed, "kinds": found}


def _tried(
    scratch: Path, do: Do, each: int, seed: int, say: Callable[[str], None]
) -> dict[str, Any]:
    out = scratch / "out"
    out.mkdir()
    small = do is _full
    if small:
        size = f"size={_DISK_BYTES}"
        subprocess.run(["mount", "-t", "tmpfs", "-o", size, "none", str(out)], check=True)
    faults = Faults(scratch / "said.txt", do)
    try:
        survived = survive(
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
    return {"tried": faults.done, "faults": survived.faults}


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
