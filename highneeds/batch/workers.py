"""Workers: processes that make reports, each watched and killed when its time is up."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from highneeds import errors
from highneeds.batch.warm import Forked, Warm
from highneeds.batch.worker import FORK, Answer, Request, receive, send
from highneeds.notebook.environment import INLINE, ONE_THREAD

# A hundred times what a report takes; the first one also waits for cold imports.
DEADLINE_SECONDS = 300.0
_LAST_WORDS = 300


class _Own:
    """A worker started by this process."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin
        assert process.stdout
        self._process = process
        self.requests: IO[bytes] = process.stdin
        self.answers: IO[bytes] = process.stdout

    def kill(self) -> None:
        """Kill it and all that it started."""
        if sys.platform == "win32":
            self._process.kill()
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def end(self) -> None:
        """Wait for its end."""
        self._process.wait()


@dataclass
class Worker:
    """One worker process, started when first needed and again after it was killed.

    ``scratch`` is a folder for its temporary files and for what it says when it fails.
    With ``warm``, its processes are forks of that one.
    """

    scratch: Path
    name: str
    seconds: float = DEADLINE_SECONDS
    warm: Warm | None = None
    _process: _Own | Forked | None = field(default=None, init=False)
    stopped: bool = field(default=False, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def make(self, request: Request) -> Answer:
        """Have one report made; a worker that dies or takes too long is an answer too."""
        late = threading.Event()

        def give_up() -> None:
            late.set()
            if not self._kill() and self.warm:
                self.warm.stop()  # it is what the worker waits for

        timer = threading.Timer(self.seconds, give_up)
        timer.start()
        try:
            process = self._started(request.engine)
            if late.is_set():
                raise EOFError
            send(process.requests, request)
            answer = receive(process.answers)
        except (EOFError, OSError):
            self.restart()
            if late.is_set():
                error = f"It took more than {self.seconds:.0f} seconds and was stopped."
            else:
                error = f"Its process ended unexpectedly{self._last_words()}."
            return Answer(error=error, again=True)
        finally:
            timer.cancel()
        assert isinstance(answer, Answer)
        return answer

    def restart(self) -> None:
        """Kill the process and all that it started; the next report starts another."""
        self._kill()
        with self._lock:
            process, self._process = self._process, None
        if process:
            process.end()
            for pipe in (process.requests, process.answers):
                with suppress(OSError):  # what was left in it has nobody to go to
                    pipe.close()

    def stop(self) -> None:
        """Kill the process, as `restart` does; no other is started."""
        self.stopped = True
        self._kill()

    def _started(self, engine: str | None) -> _Own | Forked:
        with self._lock:
            if self.stopped:
                raise EOFError
            if self._process:
                return self._process
        # Not under the lock: the warm process may not be warm yet, and a worker must be
        # stoppable meanwhile. A second try is in a process that shares nothing.
        forked = self.warm.worker(self._log) if self.warm and engine == FORK else None
        with self._lock:
            self._process = forked or self._own()
            if not self.stopped:
                return self._process
        raise EOFError

    def _own(self) -> _Own:
        with self._log.open("wb") as log:
            return _Own(
                subprocess.Popen(
                    [sys.executable, "-m", "highneeds.batch.worker"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env=environment(self.scratch),
                    # Its own group: killed as a whole, and out of reach of a Ctrl-C.
                    start_new_session=True,
                )
            )

    def _kill(self) -> bool:
        """Kill the process; whether there was one."""
        with self._lock:
            if self._process:
                self._process.kill()
            return self._process is not None

    @property
    def _log(self) -> Path:
        return self.scratch / f"{self.name}.log"

    def _last_words(self) -> str:
        try:
            said = self._log.read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            said = ""
        return f": {said.splitlines()[-1][:_LAST_WORDS]}" if said else ""


def environment(scratch: Path) -> dict[str, str]:
    """What a process that makes reports is started with."""
    found = [str(Path(errors.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    return {
        **INLINE,
        **os.environ,
        **ONE_THREAD,
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch)),
        "PYTHONPATH": os.pathsep.join(filter(None, found)),
    }
