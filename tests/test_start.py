"""start.py sets up, repairs and refuses as its help page says."""

import ast
import importlib.metadata
import importlib.util
import os
import runpy
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import start
from tests.test_packaging import committed_files

ROOT = Path(__file__).resolve().parent.parent


def load(folder: Path):
    """The start.py of another folder, as a module of its own."""
    spec = importlib.util.spec_from_file_location("start_elsewhere", folder / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def clone(tmp_path):
    """start.py in a folder of its own, with nothing set up."""
    folder = tmp_path / "clone"
    folder.mkdir()
    for name in ("start.py", "pyproject.toml", "requirements.lock"):
        shutil.copy(ROOT / name, folder)
    return load(folder)


def lend_packages(setup) -> None:
    """Fill an empty environment without a network: it borrows the packages of this one."""
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    own = setup.VENV / ("Lib" if os.name == "nt" else f"lib/{python}") / "site-packages"
    borrowed = importlib.metadata.distribution("pandas").locate_file("")
    (own / "borrowed.pth").write_text(f"{borrowed}\n{ROOT}\n")


@pytest.fixture
def ready(clone, monkeypatch):
    """A clone that is set up, and that can be again without a network."""
    make = [sys.executable, "-m", "venv", "--without-pip", str(clone.VENV)]
    subprocess.run(make, check=True)
    lend_packages(clone)
    clone.STAMP.write_text(clone.fingerprint(clone.probe()))
    monkeypatch.setattr(clone, "install", lambda: lend_packages(clone))
    return clone


# Pythons -----------------------------------------------------------------------------


def test_every_line_parses_on_an_old_python():
    ast.parse((ROOT / "start.py").read_text("utf-8"), feature_version=(3, 6))


@pytest.mark.parametrize(
    "newer", ["(x := 1)", "def f(x, /): pass", "match x:\n case 1: pass"]
)
def test_newer_syntax_would_be_noticed(newer):
    with pytest.raises(SyntaxError):
        ast.parse(newer, feature_version=(3, 6))


@pytest.mark.parametrize("version", [(3, 6, 15), (3, 10, 13), (3, 15, 0)])
def test_a_python_outside_the_range_is_refused_in_one_line(version, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (*version, "final", 0))
    with pytest.raises(SystemExit) as refusal:
        runpy.run_path(str(ROOT / "start.py"))
    said = str(refusal.value)
    assert f"this is {version[0]}.{version[1]}: install one" in said
    assert "\n" not in said


# Verbs -------------------------------------------------------------------------------


def run_start(folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(folder / "start.py"), *words]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, env={**os.environ, **env}
    )


def test_an_unknown_verb_shows_the_help_and_sets_nothing_up(clone):
    outcome = run_start(clone.ROOT, "publish")
    assert outcome.returncode == 2
    assert "no verb 'publish'" in outcome.stderr
    assert "report     a report on one authority" in outcome.stderr
    assert not clone.VENV.exists()


@pytest.mark.parametrize("words", [(), ("help",), ("--help",)])
def test_help_needs_no_set_up(clone, words):
    outcome = run_start(clone.ROOT, *words)
    assert outcome.returncode == 0
    verbs = [*clone.VERBS, *clone.CHECKS, "help"]
    assert all(f"\n  {verb} " in outcome.stdout for verb in verbs)
    assert not clone.VENV.exists()


def test_check_runs_every_gate_and_names_all_that_failed(clone, monkeypatch, capfd):
    gates = {
        name: ("-c", f"raise SystemExit({code})")
        for name, code in {"format": 1, "lint": 0, "types": 2}.items()
    }
    monkeypatch.setattr(clone, "GATES", gates)
    monkeypatch.setattr(clone, "TESTS", ("-c", "import sys; print('ran', sys.argv[1:])"))
    monkeypatch.setattr(clone, "PYTHON", sys.executable)
    monkeypatch.chdir(ROOT)
    assert clone.check(["-x"]) == 1
    said = capfd.readouterr().out
    assert "ran ['-x']" in said
    assert said.endswith("--- failed: format, types\n")


def test_check_passes_when_every_gate_does(clone, monkeypatch):
    monkeypatch.setattr(clone, "GATES", {"lint": ("-c", "pass")})
    monkeypatch.setattr(clone, "TESTS", ("-c", "pass"))
    monkeypatch.setattr(clone, "PYTHON", sys.executable)
    assert clone.check([]) == 0


def test_quick_is_every_gate_and_the_tests_of_single_modules(clone, monkeypatch, capfd):
    monkeypatch.setattr(clone, "repair_needed", lambda: "")
    monkeypatch.setattr(clone, "GATES", {"lint": ("-c", "print('linted')")})
    monkeypatch.setattr(clone, "TESTS", ("-c", "import sys; print('ran', sys.argv[1:])"))
    monkeypatch.setattr(clone, "PYTHON", sys.executable)
    monkeypatch.chdir(ROOT)
    assert clone.main(["quick", "-x"]) == 0
    said = capfd.readouterr().out
    assert "linted\n" in said
    assert "ran ['tests/unit', 'tests/property', '-x']\n" in said
    assert all(any((ROOT / folder).glob("test_*.py")) for folder in clone.UNITS)


def test_the_exit_code_of_a_verb_is_handed_back(ready, monkeypatch):
    ask = "import start; start.VERBS['bench'] = ('-c', 'raise SystemExit(7)'); "
    ask += "start.repair_needed = lambda: ''; raise SystemExit(start.main(['bench']))"
    outcome = subprocess.run([sys.executable, "-c", ask], cwd=ready.ROOT)
    assert outcome.returncode == 7


def test_commands_get_one_thread_and_no_foreign_packages(monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "elsewhere")
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.setenv("OMP_NUM_THREADS", "8")
    env = start.environment()
    assert not {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE"} & set(env)
    assert env["PYTHONUTF8"] == "1"
    threads = ("MKL_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    assert {env[name] for name in threads} == {"1"}


# Repair ------------------------------------------------------------------------------


def test_a_finished_set_up_needs_no_repair(ready):
    assert ready.repair_needed() == ""


def test_a_folder_never_set_up_is_noticed_and_set_up(clone, monkeypatch):
    assert clone.repair_needed() == "there is no environment yet"
    monkeypatch.setattr(clone, "install", lambda: lend_packages(clone))
    clone.set_up("there is no environment yet")
    assert clone.repair_needed() == ""


@pytest.mark.parametrize(
    ("name", "kept"), [("requirements.lock", False), ("pyproject.toml", True)]
)
def test_a_changed_file_is_noticed_and_a_changed_lock_starts_afresh(ready, name, kept):
    with (ready.ROOT / name).open("a") as changed:
        changed.write("# changed\n")
    assert "changed" in ready.repair_needed()
    left_over = ready.VENV / "left-over"
    left_over.touch()
    ready.set_up("changed")
    assert left_over.exists() == kept
    assert ready.repair_needed() == ""


def test_a_moved_folder_is_noticed(ready, tmp_path):
    ready.ROOT.rename(tmp_path / "moved")
    assert "changed" in load(tmp_path / "moved").repair_needed()


def test_a_half_built_environment_is_made_anew(ready):
    ready.STAMP.unlink()
    (ready.VENV / "left-over").touch()
    assert ready.repair_needed() == "the last set-up did not finish"
    ready.set_up("the last set-up did not finish")
    assert not (ready.VENV / "left-over").exists()
    assert ready.repair_needed() == ""


def test_lost_packages_are_noticed_and_the_environment_made_anew(ready):
    next(ready.VENV.rglob("borrowed.pth")).unlink()
    (ready.VENV / "left-over").touch()
    assert ready.repair_needed() == "the environment is damaged"
    ready.set_up("the environment is damaged")
    assert not (ready.VENV / "left-over").exists()
    assert ready.repair_needed() == ""


def test_an_environment_whose_python_is_gone_is_noticed(ready):
    ready.PYTHON.unlink()
    assert ready.repair_needed() == "there is no environment yet"


def test_an_installation_that_fails_leaves_no_stamp(ready, monkeypatch):
    def fail():
        sys.exit("no network")

    monkeypatch.setattr(ready, "install", fail)
    with pytest.raises(SystemExit):
        ready.set_up("the packages asked for changed")
    assert ready.repair_needed() == "the last set-up did not finish"


def test_an_installation_whose_packages_do_not_load_leaves_no_stamp(clone, monkeypatch):
    monkeypatch.setattr(clone, "install", lambda: None)
    with pytest.raises(SystemExit, match="do not load"):
        clone.set_up("there is no environment yet")
    assert not clone.STAMP.exists()


def test_a_python_that_can_make_no_environment_is_told_what_to_do(clone, monkeypatch):
    monkeypatch.setattr(clone, "BASE_PYTHON", "no-such-python")
    monkeypatch.setattr(clone.shutil, "which", lambda _: None)
    with pytest.raises(SystemExit, match="Install python3-venv"):
        clone.set_up("there is no environment yet")


# With a network ----------------------------------------------------------------------

CLOSED = "http://127.0.0.1:9"  # the discard port: nothing answers
OFFLINE = {
    **{f"{kind}_proxy": CLOSED for kind in ("http", "https", "all")},
    **{f"{kind}_PROXY": CLOSED for kind in ("HTTP", "HTTPS", "ALL")},
    "PIP_NO_INDEX": "1",
    "UV_OFFLINE": "1",
}


@pytest.fixture
def fresh_clone(tmp_path):
    """What a clone holds, in a place with a space in its name."""
    folder = tmp_path / "a fresh clone"
    for path in committed_files():
        copy = folder / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    return folder


def run_bare(folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run with an empty home, the C locale and only what reaches the package index."""
    reach = ("PIP_", "SSL_", "UV_", "HTTP_", "HTTPS_", "http_", "https_")
    bare = {name: value for name, value in os.environ.items() if name.startswith(reach)}
    home = folder.parent / "home"
    home.mkdir(exist_ok=True)
    bare |= {"HOME": str(home), "LC_ALL": "C", "PATH": "/usr/bin:/bin", **env}
    base = Path(sys.base_prefix) / "bin" / f"python{sysconfig.get_python_version()}"
    command = [str(base), "start.py", *words]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, env=bare)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.skipif(os.name == "nt", reason="the paths of the bare environment are POSIX")
def test_a_fresh_clone_reports_and_tests_then_needs_no_network(fresh_clone):
    first = run_bare(fresh_clone, "report", "--draws", "200")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "Setting up" in first.stdout
    page = next(
        Path(word) for word in reversed(first.stdout.split("\n")) if ".html" in word
    )
    assert page.name.endswith(".html")
    again = run_bare(fresh_clone, "report", "--draws", "200", **OFFLINE)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "Setting up" not in again.stdout
    tests = run_bare(fresh_clone, "test", "-q", "tests/test_start.py", **OFFLINE)
    assert tests.returncode == 0, tests.stdout + tests.stderr
    assert " passed" in tests.stdout.splitlines()[-1]
    # Then the environment breaks, and the next run mends it.
    shutil.rmtree(next((fresh_clone / ".venv").rglob("site-packages/pandas")))
    mended = run_bare(fresh_clone, "test", "--version")
    assert "Setting up" in mended.stdout, mended.stderr
    assert mended.returncode == 0, mended.stderr


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_uv_makes_the_environment_where_venv_cannot(clone, monkeypatch, tmp_path):
    stub = tmp_path / "python-without-ensurepip"
    stub.write_text(
        '#!/bin/sh\ncase "$*" in "-m venv "*) mkdir -p "$3"; exit 1;; esac\n'
        f'exec "{clone.BASE_PYTHON}" "$@"\n'
    )
    stub.chmod(0o755)
    monkeypatch.setattr(clone, "BASE_PYTHON", str(stub))
    monkeypatch.setattr(clone, "install", lambda: lend_packages(clone))
    clone.set_up("there is no environment yet")
    assert clone.repair_needed() == ""
    assert "uv = " in (clone.VENV / "pyvenv.cfg").read_text()
