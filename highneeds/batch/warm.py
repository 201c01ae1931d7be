"""Warm: one process that has imported everything, and forks a worker when asked for one.

``python -m highneeds.batch.warm`` is that process. What it has paid for once, imports,
fonts and estimates, no worker of the same batch pays for again.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

_LONGEST_PATH = 4096
_NUMBER_BYTES = 8
_GOODBYE_SECONDS = 5.0
_WHOLE = "whole"


def may_be_used() -> bool:
    """Whether this system can fork safely and watch a process that is not its child."""
    if sys.platform != "linux":
        return False
    try:
        os.close(os.pidfd_open(os.getpid()))
    except OSError:  # a kernel older than 5.3
        return False
    return True


class Forked:
    """A worker that the warm process has forked, as the batch sees it."""

    def __init__(self, process_id: int, channel: socket.socket) -> None:
        self._id = process_id
        # Its number may be given to another process once it has ended; this is it alone.
        self._handle = os.pidfd_open(process_id)
        with channel:
            self.requests, self.answers = channel.makefile("wb"), channel.makefile("rb")

    def kill(self) -> None:
        """Kill it and all that it started; nothing if it has ended."""
        with suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._handle, 0)
            os.killpg(self._id, signal.SIGKILL)

    def end(self) -> None:
        """Wait for its end and let go of it."""
        ended = select.poll()
        ended.register(self._handle, select.POLLIN)
        ended.poll()
        os.close(self._handle)


@dataclass
class Warm:
    """The warm process; `scratch` is a folder for its temporary files and its log.

    With ``whole`` it makes a whole report to get warm: seconds that many reports repay.
    """

    scratch: Path
    environment: Mapping[str, str]
    whole: bool = False
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _control: socket.socket | None = field(default=None, init=False)
    _asking: threading.Lock = field(default_factory=threading.Lock, init=False)

    def start(self) -> None:
        """Start it; it makes itself warm while the caller goes on."""
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs, (self.scratch / "warm.log").open("wb") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "highneeds.batch.warm", *[_WHOLE] * self.whole],
                stdin=theirs.fileno(),
                stdout=log,
                stderr=log,
                env=dict(self.environment),
                start_new_session=True,
            )

    def worker(self, log: Path) -> Forked | None:
        """A new worker, which writes what goes wrong to `log`; None if it can give none."""
        with self._asking:
            if self._control is None:
                return None
            ours, theirs = socket.socketpair()
            try:
                with theirs:
                    socket.send_fds(self._control, [os.fsencode(log)], [theirs.fileno()])
                number = int.from_bytes(self._control.recv(_NUMBER_BYTES), "big")
                if number:
                    return Forked(number, ours)
            except OSError:  # it has ended, or its worker has
                pass
            ours.close()
            return None

    def stop(self) -> None:
        """Kill it; its workers end with it."""
        if self._process:
            self._process.kill()

    def end(self) -> None:
        """Have it end, once its workers have, and let go of it."""
        if self._process and self._control:
            self._control.close()
            try:
                self._process.wait(_GOODBYE_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = self._control = None


def main() -> None:
    """Get warm, then fork a worker for each request until the batch closes its side."""
    from highneeds.batch.worker import read_nothing, warm_up
    from highneeds.forks import die_with_parent

    control = socket.socket(fileno=os.dup(0))
    read_nothing()
    die_with_parent()
    warm_up(whole=_WHOLE in sys.argv)
    # Not before papermill, which imports that module half-way through its own import.
    from highneeds.forks import fork_is_safe

    # Waited for and not ignored: else nobody could tell what processor time they took.
    signal.signal(signal.SIGCHLD, _let_go)
    own = os.getpid()
    while True:
        log, descriptors, _, _ = socket.recv_fds(control, _LONGEST_PATH, 1)
        if not descriptors:
            _let_go()
            return
        child = 0
        if fork_is_safe():
            child = os.fork()
            if child == 0:
                _serve(own, control, descriptors[0], os.fsdecode(log))
            with suppress(OSError):  # the child has done so itself, or ended
                os.setpgid(child, child)
        os.close(descriptors[0])
        control.send(child.to_bytes(_NUMBER_BYTES, "big"))


def _let_go(*_: object) -> None:
    """Let workers go that have ended."""
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _serve(parent: int, control: socket.socket, descriptor: int, log: str) -> NoReturn:
    """Be a worker, in the forked process, which ends here whatever happens."""
    from highneeds.batch.worker import serve
    from highneeds.forks import die_with_parent

    try:
        os.setpgid(0, 0)
        die_with_parent()
        if os.getppid() == parent:
            control.close()
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            for stream in (1, 2):
                os.dup2(said, stream)
            os.close(said)
            with socket.socket(fileno=descriptor) as channel:
                serve(channel.makefile("rb"), channel.makefile("wb"), warm=True)
    finally:
        os._exit(0)


if __name__ == "__main__":
    # So that what is pickled here is known by the same name on the other side.
    from highneeds.batch.warm import main as begin

    begin()
