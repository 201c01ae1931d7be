"""Reading of a file in a process of its own, with limits, which may die of it alone.

What opens workbooks and Parquet tables is compiled code, and a few hundred bytes can make
it ask for all the memory there is, or end the process that called it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

# Some forty times what the largest published workbook takes, on a busy machine.
MOST_MEMORY, MOST_SECONDS, LONGEST_WAIT = 1024**3, 30, 120
# What a module that is run so answers with: what it found, or why it opened nothing.
FOUND, REFUSED = "found", "refused"


def answer_of(module: str, words: Sequence[str], data: bytes) -> Mapping[str, Any]:
    """What a module makes of some bytes, run as a process that takes them on its input.

    Returns
    -------
    mapping
        `FOUND`, or `REFUSED` with words; empty where it died, or took more memory or time
        than `limit` leaves it.
    """
    root = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")]))
    # One thread: each of more would have memory of its own.
    threads = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", module, *words],
            input=data,
            capture_output=True,
            timeout=LONGEST_WAIT,
            env={**os.environ, **threads, "PYTHONPATH": path},
            check=False,
        )
        answer = json.loads(done.stdout) if not done.returncode else {}
    except (subprocess.TimeoutExpired, ValueError):
        answer = {}
    return answer if isinstance(answer, dict) else {}


def limit(most_memory: int = MOST_MEMORY) -> None:
    """Hold this process to a memory and a time, where the system can."""
    try:
        import resource
    except ImportError:  # Windows: the parent's clock is the only limit
        return
    for kind, most in (
        (resource.RLIMIT_AS, most_memory),
        (resource.RLIMIT_CPU, MOST_SECONDS),
        (resource.RLIMIT_CORE, 0),
    ):
        try:
            hard = resource.getrlimit(kind)[1]
            most = most if hard == resource.RLIM_INFINITY else min(most, hard)
            resource.setrlimit(kind, (most, hard))
        except (OSError, ValueError):  # a system that does not know this limit
            continue
