"""Killed at any moment, a build, an update or an add loses nothing; the next one ends."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time

import pytest

from highneeds import atomic, home
from highneeds.errors import OutputError
from highneeds.refresh import editions
from tests.refresh.service import API, Service, serving

# Fixed, so that a failure can be had again.
MOMENTS = random.Random(20250101)
# A longer campaign is asked for in the environment.
KILLS = int(os.environ.get("HIGHNEEDS_KILLS", "2"))
COMMAND = "import sys; from highneeds.cli import main; sys.exit(main(sys.argv[1:]))"
# What a build does when its tables are compiled, over and over with two sets of tables.
REPLACE = """
import sys
from pathlib import Path
from highneeds import atomic, home
from highneeds.errors import OutputError
folder, tables = Path(sys.argv[1]), []
for source in sys.argv[2:]:
    tables.append({path.name: path.read_bytes() for path in Path(source).iterdir()})
print("ready", flush=True)
for turn in range(10_000):
    atomic.replace_folder(folder, tables[turn % 2])
"""


def content(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def killed(process, moment):
    """Kill a process after `moment` seconds; True when it had not ended by itself."""
    try:
        process.wait(moment)
    except subprocess.TimeoutExpired:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        return True
    return False


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_a_folder_being_replaced_is_always_one_whole_set_or_the_other(tmp_path):
    sets = []
    for mark in (b"first", b"second"):
        folder = tmp_path / mark.decode()
        folder.mkdir()
        for number in range(12):
            (folder / f"{number}.csv").write_bytes(mark * 5_000)
        sets.append(content(folder))
    target = tmp_path / "data" / "tables"
    atomic.replace_folder(target, sets[0])
    told = [
        sys.executable,
        "-c",
        REPLACE,
        target,
        *(tmp_path / m for m in ("second", "first")),
    ]
    for _ in range(2 * KILLS):
        process = subprocess.Popen(told, stdout=subprocess.PIPE)
        assert process.stdout.readline().strip() == b"ready"
        assert killed(process, MOMENTS.uniform(0, 0.1))
        process.stdout.close()
        # A reader puts back what the killed process left aside, and sees a whole set.
        assert home.is_there(target)
        assert content(target) in sets
    atomic.replace_folder(target, sets[1])
    assert content(target) == sets[1]
    assert [path.name for path in target.parent.iterdir()] == ["tables"]


def run(*arguments):
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, *map(str, arguments)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def interrupted(command, user_dir, held):
    """Kill a command at moments over its whole run; after each the tables must be whole.

    Half of the kills come while the tables are being replaced. Each try starts from the
    editions `held`; the last one is left to end.
    """
    own, staged = user_dir / "tables", atomic.staged_for(user_dir / "tables")
    began = time.monotonic()
    assert run(*command).wait() == 0
    lasts, after = time.monotonic() - began, content(own)
    before, survived = None, 0
    for number in range(KILLS):
        shutil.rmtree(user_dir)
        shutil.copytree(held, user_dir)
        before = content(own)
        process = run(*command)
        if number % 2:
            while process.poll() is None and not staged.exists():
                time.sleep(0.001)
            moment = MOMENTS.uniform(0, 0.03)
        else:
            moment = MOMENTS.uniform(0.2, 1.0) * lasts
        survived += killed(process, moment)
        assert home.tables_dir() == own
        assert content(own) in (before, after)
        assert editions.added()[0].source_id == "sen2_2026_timeliness"
    assert survived
    assert run(*command).wait() == 0
    # The editions' record has no clock in it, so the outcome is the same to the byte.
    assert content(own) == after
    left = {path.name for path in user_dir.iterdir()}
    assert left == {"downloads", "editions", "tables"}
    assert list(user_dir.rglob(".*")) == []


@pytest.fixture
def held(user_dir, tmp_path, release_2026):
    """A user's folder with one edition added, to begin each try from."""
    file = tmp_path / "released.csv"
    file.write_bytes(release_2026)
    assert run("data", "add", file).wait() == 0
    shutil.copytree(user_dir, tmp_path / "held")
    return tmp_path / "held"


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_an_add_killed_at_any_moment_loses_nothing(held, user_dir, tmp_path, release_2027):
    file = tmp_path / "later.csv"
    file.write_bytes(release_2027)
    interrupted(("data", "add", file), user_dir, held)


@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_an_update_killed_at_any_moment_loses_nothing(held, user_dir, release_2027):
    service = Service()
    service.publish("time", "Timeliness", release_2027, end="2026")
    with serving(service) as address:
        command = ("data", "update", "--base-url", address + API)
        interrupted((*command, "--only", "timeliness", "--accept"), user_dir, held)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs SIGKILL")
def test_a_build_killed_at_any_moment_leaves_the_tables(tmp_path, raw_dir):
    tables = tmp_path / "data" / "tables"
    staged = atomic.staged_for(tables)
    before = content(home.shipped_tables_dir())
    # As if built from other files: told by the list of sources.
    before["sources.csv"] = before["sources.csv"].replace(b"Department", b"Ministry")
    atomic.replace_folder(tables, before)
    command = ("data", "build", "--raw", raw_dir, "--out", tables.parent)
    for number in range(KILLS):
        process = run(*command)
        if number % 2:
            while process.poll() is None and not staged.exists():
                time.sleep(0.001)
            killed(process, MOMENTS.uniform(0, 0.05))
        else:
            killed(process, MOMENTS.uniform(0.5, 10))
        assert home.is_there(tables)
        found = content(tables)
        whole = found == before or home.edition_of(tables) == home.edition_of(
            home.shipped_tables_dir()
        )
        assert whole
        assert len(found) == len(before)
    assert run(*command).wait() == 0
    assert content(tables) == content(home.shipped_tables_dir())
    assert {path.name for path in tables.parent.iterdir()} == {"tables", "SOURCES.md"}


def test_two_writers_take_turns_and_the_second_gives_up_after_a_while(tmp_path):
    second = atomic.one_writer(tmp_path, wait=0.1)
    busy = pytest.raises(OutputError, match=r"has been writing in .* for 0 s")
    with atomic.one_writer(tmp_path), busy, second:
        pytest.fail("two writers at once")
    with atomic.one_writer(tmp_path, wait=0.1):
        pass


def test_a_reader_waits_for_a_live_writer_and_does_not_undo_its_work(tmp_path):
    target = tmp_path / "tables"
    atomic.replace_folder(target, {"a.csv": b"old"})
    code = (
        "import sys, time; from pathlib import Path; from highneeds import atomic, home\n"
        "folder = Path(sys.argv[1])\n"
        "with atomic.one_writer(folder.parent):\n"
        "    folder.rename(atomic.aside_of(folder))\n"
        "    print('aside', flush=True); time.sleep(0.5)\n"
        "    folder.mkdir(); (folder / 'a.csv').write_bytes(b'new')\n"
    )
    writer = subprocess.Popen(
        [sys.executable, "-c", code, str(target)], stdout=subprocess.PIPE
    )
    assert writer.stdout.readline().strip() == b"aside"
    assert home.is_there(target)
    assert (target / "a.csv").read_bytes() == b"new"
    assert writer.wait() == 0
    writer.stdout.close()


def test_a_full_disk_leaves_the_old_folder(tmp_path, monkeypatch):
    target = tmp_path / "tables"
    atomic.replace_folder(target, {"a.csv": b"old"})

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputError, match="No space left on device"):
        atomic.replace_folder(target, {"a.csv": b"new"})
    assert content(target) == {"a.csv": b"old"}
    assert [path.name for path in tmp_path.iterdir()] == ["tables"]
