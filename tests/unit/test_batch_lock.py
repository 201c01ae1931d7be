"""Two batches cannot write to one place, and one that was killed gives way."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from highneeds.batch.lock import LOCK_FILE, run_lock
from highneeds.errors import OutputError

ROOT = Path(__file__).resolve().parents[2]
HOLD = """
import sys, time
from pathlib import Path
from highneeds.batch.lock import run_lock
with run_lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, env=env
    ) as running:
        assert running.stdout.readline() == b"held\n"
        yield running
        running.kill()


def test_a_second_is_refused_and_told_who_holds_it(holder, tmp_path):
    with pytest.raises(OutputError) as refused, run_lock(tmp_path):
        pass
    assert f"process {holder.pid} on {socket.gethostname()}" in str(refused.value)
    assert refused.value.exit_code == 3
    assert (tmp_path / LOCK_FILE).exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_a_killed_holder_gives_way_at_once(holder, tmp_path):
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    began = time.monotonic()
    with run_lock(tmp_path) as before:
        assert before == f"process {holder.pid}"
    assert time.monotonic() - began < 5


def test_nothing_is_left_when_it_is_let_go(tmp_path):
    for _ in range(2):
        with run_lock(tmp_path) as before:
            assert before == ""
        assert list(tmp_path.iterdir()) == []


def test_a_holder_on_another_machine_is_not_overruled(tmp_path):
    (tmp_path / LOCK_FILE).write_text("\n4711\nanother-machine\n")
    refused = pytest.raises(OutputError, match=r"4711 on another-machine.*delete")
    with refused, run_lock(tmp_path):
        pass
    assert "another-machine" in (tmp_path / LOCK_FILE).read_text()


def test_a_folder_that_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(OutputError, match="Cannot write"), run_lock(tmp_path / "gone"):
        pass
