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

from highneeds import errors
from highneeds.batch.worker import Answer, Request, receive, send
from highneeds.notebook.execute import ONE_THREAD

# A hundred times what a report takes; the first one also waits for cold imports.
DEADLINE_SECONDS = 300.0
_LAST_WORDS = 300


@dataclass
class Worker:
    """One worker process, started when first needed and again after it was killed.

    ``scratch`` is a folder for its temporary files and for what it says when it fails.
    """

    scratch: Path
    name: str
    seconds: float = DEADLINE_SECONDS
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    stopped: bool = field(default=False, init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def make(self, request: Request) -> Answer:
        """Have one report made; a worker that dies or takes too long is an answer too."""
        late = threading.Event()

        def give_up() -> None:
            late.set()
            self._kill()

        timer = threading.Timer(self.seconds, give_up)
        try:
            process = self._started()
            timer.start()
            assert process.stdin
            assert process.stdout
            send(process.stdin, request)
            answer = receive(process.stdout)
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
            process.wait()
            for pipe in (process.stdin, process.stdout):
                assert pipe
                with suppress(OSError):  # what was left in it has nobody to go to
                    pipe.close()

    def stop(self) -> None:
        """Kill the process, as `restart` does; no other is started."""
        self.stopped = True
        self._kill()

    def _started(self) -> subprocess.Popen[bytes]:
        with self._lock:
            if self.stopped:
                raise EOFError
            if self._process:
                return self._process
            with self._log.open("wb") as log:
                self._process = process = subprocess.Popen(
                    [sys.executable, "-m", "highneeds.batch.worker"],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    env=_environment(self.scratch),
                    # Its own group: killed as a whole, and out of reach of a Ctrl-C.
                    start_new_session=True,
                )
            return process

    def _kill(self) -> None:
        with self._lock:
            if self._process is None:
                return
            if sys.platform == "win32":
                self._process.kill()
                return
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    @property
    def _log(self) -> Path:
        return self.scratch / f"{self.name}.log"

    def _last_words(self) -> str:
        try:
            said = self._log.read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            said = ""
        return f": {said.splitlines()[-1][:_LAST_WORDS]}" if said else ""


def _environment(scratch: Path) -> dict[str, str]:
    found = [str(Path(errors.__file__).parents[1]), os.environ.get("PYTHONPATH", "")]
    return {
        # As a kernel sets it: figures are shown in the cell that draws them.
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        **os.environ,
        **ONE_THREAD,
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch)),
        "PYTHONPATH": os.pathsep.join(filter(None, found)),
    }
