"""Temporary folders are cleared with their run or by the next, and nobody else's is."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from highneeds.errors import OutputError
from highneeds.scratch import scratch_folder
from highneeds.stopping import stoppable

ROOT = Path(__file__).resolve().parents[2]
HOLDS = """
import sys
from highneeds.scratch import scratch_folder
with scratch_folder() as folder:
    (folder / "figures.csv").write_text("half")
    print("made", flush=True)
    sys.stdin.read()
"""
POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_is_gone_with_its_run_whatever_ends_it(place):
    def interrupted():
        with scratch_folder() as folder:
            assert list(folder.iterdir()) == []
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(place.iterdir()) == []


@POSIX
def test_the_next_run_clears_a_killed_ones_and_not_a_live_ones(place):
    owner = subprocess.Popen(
        [sys.executable, "-c", HOLDS],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(place)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert owner.stdout.readline() == b"made\n"
    (left,) = place.iterdir()
    with scratch_folder():
        assert (left / "work" / "figures.csv").exists()
    owner.kill()
    owner.communicate()
    assert left.exists()
    with scratch_folder():
        assert not left.exists()


def test_folders_of_others_stay_whatever_they_are_called(place):
    for name in ("highneeds-12345678", "highneeds-notes", "other"):
        (place / name).mkdir()
        (place / name / "mine.txt").write_text("mine")
    (place / "highneeds-87654321").write_text("a file")
    with scratch_folder():
        pass
    assert len(list(place.rglob("mine.txt"))) == 3
    assert (place / "highneeds-87654321").exists()


def test_no_place_for_temporary_files_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(OutputError, match=r"temporary files.*TMPDIR"), scratch_folder():
        pytest.fail("made")


@POSIX
@pytest.mark.parametrize("kind", ["SIGTERM", "SIGHUP"])
def test_a_request_to_end_is_taken_like_a_key_press_once(kind):
    number = getattr(signal, kind)

    def asked_to_end():
        with stoppable():
            try:
                signal.raise_signal(number)
            finally:
                signal.raise_signal(number)  # while what was begun is tidied away

    with pytest.raises(KeyboardInterrupt):
        asked_to_end()
    assert signal.getsignal(number) is signal.SIG_DFL


@POSIX
def test_a_closed_window_that_is_to_be_ignored_is_ignored():
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with stoppable():
            signal.raise_signal(signal.SIGHUP)
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
