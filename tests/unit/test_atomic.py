"""One lock: who comes second waits or is told, and nobody where none can be had."""

import os

import pytest

from highneeds.atomic import one_at_a_time, sha256, try_lock


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
