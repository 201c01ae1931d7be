"""A shell's umask and limits, and the names that Windows allows, stop nothing."""

import errno
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from highneeds import cli
from highneeds.errors import MachineError
from highneeds.geography import Geography, slug
from highneeds.notebook.execute import _stopped
from tests.test_packaging import committed_files

ROOT = Path(__file__).resolve().parents[2]
RESERVED = {"con", "prn", "aux", "nul"} | {
    f"{kind}{number}" for kind in ("com", "lpt") for number in range(1, 10)
}
POSIX = pytest.mark.skipif(os.name == "nt", reason="Windows has neither")
WRITES = """
import os, resource, sys
from pathlib import Path
os.umask(int(sys.argv[1], 8))
most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
resource.setrlimit(resource.RLIMIT_NOFILE, (32, most))
from highneeds import atomic
from highneeds.cli.surroundings import settle
settle()
atomic.replace_folder(Path(sys.argv[2]) / "made", {"figures/a.svg": b"<svg>"})
made = Path(sys.argv[2]) / "made" / "figures" / "a.svg"
many = resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= 256
print(oct(made.stat().st_mode & 0o777), many)
"""


@POSIX
@pytest.mark.parametrize(
    ("mask", "mode"), [("022", "0o644"), ("077", "0o600"), ("777", "0o600")]
)
def test_a_umask_is_kept_to_but_never_shuts_out_its_owner(tmp_path, mask, mode):
    done = subprocess.run(
        [sys.executable, "-c", WRITES, mask, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert (done.stdout, done.stderr) == (f"{mode} True\n", "")


FEW_FILES = """
import resource, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (int(sys.argv[1]),) * 2)
from highneeds.cli import main
sys.exit(main(["--help"]))
"""


@POSIX
@pytest.mark.parametrize(("handles", "code"), [(9, 4), (12, 4), (23, 4), (24, 0)])
def test_too_few_open_files_are_said_before_anything_is_begun(handles, code):
    done = subprocess.run(
        [sys.executable, "-c", FEW_FILES, str(handles)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    said = f"highneeds: A process may have {handles} files open here. Expected 24 or more"
    assert (done.returncode, done.stderr.startswith(said)) == (code, bool(code))


def good_on_windows(name: str) -> bool:
    parts = name.split("/")
    return not any(
        part.split(".")[0].casefold() in RESERVED
        or re.search(r'[<>:"|?*\\\x00-\x1f]|[ .]$', part)
        for part in parts
    )


def test_every_committed_file_has_a_name_that_windows_can_hold():
    names = [path.relative_to(ROOT).as_posix() for path in committed_files()]
    assert [name for name in names if not good_on_windows(name)] == []
    assert len({name.casefold() for name in names}) == len(names)
    assert max(map(len, names)) <= 120
    # The rule itself: what it is for.
    for bad in ("docs/aux.md", "CON", "nul.tar.gz", "a:b", "why?.md", "end.", "end "):
        assert not good_on_windows(bad)


def test_every_reports_folder_has_a_name_of_its_own_that_windows_can_hold():
    geography = Geography.load()
    areas = [*geography.areas.values(), *geography.regions(), geography.england]
    names = {area.la_code: area.slug for area in areas}
    assert all(good_on_windows(name) for name in names.values())
    assert len({name.casefold() for name in names.values()}) == len(names)
    # A user's own name comes after a code, and never alone.
    for name in RESERVED:
        assert good_on_windows(f"886-kent-{slug(name)}")


LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (200 << 20, 200 << 20))
from highneeds.cli import main
sys.exit(main(["data", "show", "ehc_plans", "--area", "Kent"]))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="others do not keep to this limit")
def test_too_little_memory_is_said_for_what_it_is(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", LIMITED],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == MachineError.exit_code, done.stderr
    assert done.stderr.startswith("highneeds: There is too little memory")
    assert "Traceback" not in done.stderr


def as_python_says(number):
    return OSError(number, os.strerror(number), "a/file")


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        (as_python_says(errno.EMFILE), 4, "Too many files are open at once"),
        (as_python_says(errno.ENFILE), 4, "Too many files are open at once"),
        (as_python_says(errno.ENOMEM), 4, "There is too little memory"),
        (as_python_says(errno.EAGAIN), 4, "too few processes are allowed"),
        (RuntimeError("can't start new thread"), 4, "too few processes are allowed"),
        (MemoryError(), 4, "There is too little memory"),
        (ValueError("C error: out of memory"), 4, "There is too little memory"),
        (as_python_says(errno.ENOSPC), 3, "Cannot write: [Errno 28]"),
        (as_python_says(errno.EROFS), 3, "Cannot write: [Errno 30]"),
        (as_python_says(errno.EIO), 70, "This is a fault of the program"),
        (KeyError("a name"), 70, "This is a fault of the program"),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="numbers of errors as Linux has them")
def test_what_the_machine_does_not_give_has_a_message_and_a_code(
    monkeypatch, capsys, fault, code, said
):
    def fails(given):
        raise ImportError("a package in its own words") from fault

    monkeypatch.setattr(cli, "_run", fails)
    assert cli.main(["areas"]) == code
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told


def test_a_notebook_without_memory_says_so_and_another_fault_its_cell():
    class Stopped:
        ename, evalue, cell_index = "MemoryError", "", 4

    assert "too little memory" in str(_stopped(Stopped, "01"))
    Stopped.ename = "KeyError"
    assert "01 stopped in cell 5 on KeyError" in str(_stopped(Stopped, "01"))
