"""One lock, and files put in place whole; what a killed writer left is cleared later."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

from highneeds.atomic import (
    clear_left_over,
    one_at_a_time,
    replace_file,
    replace_folder,
    sha256,
    try_lock,
)
from highneeds.errors import OutputError


@pytest.fixture
def other(tmp_path):
    """The same lock file, opened by another."""
    handle = os.open(tmp_path / "run.lock", os.O_RDWR | os.O_CREAT)
    yield handle
    os.close(handle)


def test_the_lock_is_held_by_one_and_free_afterwards(tmp_path, other):
    with one_at_a_time(tmp_path / "run.lock"):
        assert not try_lock(other)
    assert try_lock(other)


def test_without_a_folder_to_write_in_nobody_waits(tmp_path):
    (tmp_path / "file").write_text("no folder")
    with one_at_a_time(tmp_path / "file" / "run.lock"):
        pass


def test_what_cannot_be_locked_is_up_to_the_user():
    reading, writing = os.pipe()
    os.close(reading)
    os.close(writing)
    assert try_lock(writing)


def test_a_file_and_its_bytes_have_one_hash(tmp_path):
    (tmp_path / "abc").write_bytes(b"abc")
    # FIPS 180-2, appendix B.1.
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert sha256(b"abc") == sha256(tmp_path / "abc") == expected


KILLED = """
import os, sys
from pathlib import Path
from highneeds.atomic import replace_file
os.fsync = lambda _: os.kill(os.getpid(), 9)
replace_file(Path(sys.argv[1]), b"half")
"""


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_the_next_writer_clears_what_a_killed_one_left_and_nothing_else(tmp_path):
    target = tmp_path / "form.xlsx"
    replace_file(target, b"whole")
    theirs = tmp_path / ".form.xlsx.mine"
    theirs.write_bytes(b"theirs")
    command = [sys.executable, "-c", KILLED, str(target)]
    assert subprocess.run(command, env=found()).returncode == -9
    assert target.read_bytes() == b"whole"
    assert len(list(tmp_path.glob(".form.xlsx.*.highneeds-part"))) == 1
    replace_file(target, b"new")
    assert {path.name for path in tmp_path.iterdir()} == {"form.xlsx", ".form.xlsx.mine"}


def found():
    root = Path(__file__).resolve().parents[2]
    return {**os.environ, "PYTHONPATH": str(root)}


@pytest.mark.skipif(os.name == "nt", reason="Windows closes a file before it is renamed")
def test_what_a_live_writer_is_writing_is_not_cleared(tmp_path, monkeypatch):
    def meanwhile(_):
        clear_left_over(tmp_path)

    monkeypatch.setattr("os.fsync", meanwhile)
    replace_file(tmp_path / "form.xlsx", b"whole")
    assert (tmp_path / "form.xlsx").read_bytes() == b"whole"


@pytest.mark.parametrize(
    "write",
    [
        lambda folder: replace_file(folder / "workbook.xlsx", b"new"),
        lambda folder: replace_folder(folder, {"workbook.xlsx": b"new"}),
    ],
)
def test_a_target_held_open_by_another_program_keeps_its_old_content(
    tmp_path, monkeypatch, write
):
    """As Windows answers while a workbook is open in Excel."""
    folder = tmp_path / "886-kent"
    replace_folder(folder, {"workbook.xlsx": b"old"})

    def held(*_):
        raise PermissionError(errno.EACCES, "The file is used by another process")

    for name in ("rename", "replace"):
        monkeypatch.setattr(Path, name, held)
    with pytest.raises(OutputError, match=r"used by another process.*close the file"):
        write(folder)
    assert (folder / "workbook.xlsx").read_bytes() == b"old"
    assert [path.name for path in tmp_path.rglob("*")] == ["886-kent", "workbook.xlsx"]
