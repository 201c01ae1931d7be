"""start.py sets up, repairs and refuses as its help page says."""

import ast
import base64
import hashlib
import importlib.metadata
import importlib.util
import os
import re
import runpy
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

import start
from highneeds import cli
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


def lend_packages(venv: Path) -> None:
    """Fill an empty environment without a network: it borrows the packages of this one."""
    python = f"python{sys.version_info.major}.{sys.version_info.minor}"
    own = venv / ("Lib" if os.name == "nt" else f"lib/{python}") / "site-packages"
    borrowed = importlib.metadata.distribution("pandas").locate_file("")
    (own / "borrowed.pth").write_text(f"{borrowed}\n{ROOT}\n")


def make_bare(venv: Path) -> None:
    """An empty environment without pip, whose making takes seconds."""
    make = [sys.executable, "-m", "venv", "--without-pip", "--clear", str(venv)]
    subprocess.run(make, check=True)


@pytest.fixture
def ready(clone, monkeypatch):
    """A clone that is set up, and that can be again without a network."""
    make_bare(clone.VENV)
    lend_packages(clone.VENV)
    (clone.VENV / clone.READY).write_text(clone.fingerprint(clone.probe(clone.VENV)[0]))
    (clone.VENV / "as-it-was").touch()
    monkeypatch.setattr(clone, "make_environment", make_bare)
    monkeypatch.setattr(clone, "install", lend_packages)
    monkeypatch.setattr(clone, "install_own", lambda venv: lend_packages(venv) is None)
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


def asked_of_the_package(clone, monkeypatch, *words: str) -> tuple[list[str], Path]:
    """What start.py runs for the words, and where."""
    ran = []
    monkeypatch.setattr(clone, "repair_needed", lambda: "")
    monkeypatch.setattr(
        clone, "hand_over", lambda command: ran.append((command, Path.cwd())) or 0
    )
    assert clone.main(list(words)) == 0
    ((command, where),) = ran
    return command[1:], where


@pytest.mark.parametrize(
    "words", [("workbook", "Kent"), ("report",), ("notebooks", "--copy", "x"), ("publish",)]
)
def test_any_other_verb_is_the_packages_from_where_its_user_stands(
    clone, tmp_path, monkeypatch, words
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HIGHNEEDS_COMMAND", "")
    ran = asked_of_the_package(clone, monkeypatch, *words)
    assert ran == (["-m", "highneeds", *words], tmp_path)


def test_what_the_package_prints_can_be_typed_as_it_was_called(ready):
    wrong = run_start(ready.ROOT, "geografy")
    assert wrong.returncode == 2
    assert "no command 'geografy' (the nearest is geography)" in wrong.stderr
    called = "py" if os.name == "nt" else "python3"
    command = f"{called} {ready.ROOT / 'start.py'}"
    assert f"`{command} help` lists those to work on the code" in wrong.stderr


def test_a_verb_of_a_clone_runs_in_its_folder(clone, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert asked_of_the_package(clone, monkeypatch, "lab")[1] == clone.ROOT


def test_help_names_every_verb_of_the_package(clone):
    named = set(re.findall(r"[a-z]+", clone.__doc__))
    assert set(cli._parser()[1]) <= named


@pytest.mark.parametrize("words", [(), ("workbook", "Kent")])
def test_a_python_without_the_packages_is_told_what_to_do_in_one_line(words):
    # -S leaves out what is installed; -s and -E what a user or a shell adds.
    command = [sys.executable, "-S", "-s", "-E", "-m", "highneeds", *words]
    outcome = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert outcome.returncode == 1
    assert "lacks the package lazy_loader" in outcome.stderr
    assert "type python3 start.py in the place of python -m highneeds" in outcome.stderr
    assert outcome.stderr.count("\n") == 1


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


def test_lab_opens_at_the_notebooks_and_has_the_rest_in_reach(clone):
    # A folder named to JupyterLab would be all that it shows; a place to open is not.
    (option,) = [word for word in clone.VERBS["lab"] if word.startswith("--")]
    name, place = option.split("=")
    assert name == "--LabApp.default_url"
    assert any((ROOT / place.removeprefix("/lab/tree/")).glob("*.ipynb"))


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
    monkeypatch.setattr(clone, "install", lend_packages)
    clone.set_up("there is no environment yet")
    assert clone.repair_needed() == ""
    assert not clone.NEW.exists()


@pytest.mark.parametrize(
    ("name", "kept"), [("requirements.lock", False), ("pyproject.toml", True)]
)
def test_a_changed_file_is_noticed_and_a_changed_lock_starts_afresh(ready, name, kept):
    with (ready.ROOT / name).open("a") as changed:
        changed.write("# changed\n")
    assert "changed" in ready.repair_needed()
    ready.set_up("changed")
    assert (ready.VENV / "as-it-was").exists() == kept
    assert ready.repair_needed() == ""


def test_a_moved_folder_is_noticed(ready, tmp_path):
    ready.ROOT.rename(tmp_path / "moved")
    assert "changed" in load(tmp_path / "moved").repair_needed()


def test_an_environment_that_was_never_finished_is_made_anew(ready):
    (ready.VENV / ready.READY).unlink()
    assert ready.repair_needed() == "the last set-up did not finish"
    ready.set_up("the last set-up did not finish")
    assert not (ready.VENV / "as-it-was").exists()
    assert ready.repair_needed() == ""


def test_lost_packages_are_noticed_and_the_environment_made_anew(ready):
    next(ready.VENV.rglob("borrowed.pth")).unlink()
    assert ready.repair_needed() == "the environment is damaged"
    ready.set_up("the environment is damaged")
    assert not (ready.VENV / "as-it-was").exists()
    assert ready.repair_needed() == ""


def package(site: Path, name: str, version: str, content: str = "x = 1\n") -> None:
    """A package as an installer leaves it, before those borrowed from elsewhere."""
    (site / f"{name}.py").write_text(content)
    listed = site / f"{name}-{version}.dist-info"
    listed.mkdir()
    (listed / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    )
    (listed / "RECORD").write_text(f"{name}.py,sha256=x,{len(content)}\n")


DAMAGE = {
    "older": "small 1.1 is asked for and 1.0 installed",
    "both": "small 1.1 is asked for and 1.0 and 1.1 installed",
    "gone": "small 1.1 is asked for and nothing installed",
    "cut": "small lacks small.py as it was installed",
    "deleted": "small lacks small.py as it was installed",
}


def test_any_locked_package_that_is_not_as_locked_is_named(ready):
    """One that nothing imports at the start."""
    site = next(ready.VENV.rglob("borrowed.pth")).parent
    with ready.LOCK.open("a") as lock:
        lock.write("small==1.1 \\\n    --hash=sha256:00\n")
        lock.write("elsewhere==1.1 ; sys_platform == 'emscripten' \\\n")
    package(site, "small", "1.1")
    found, faults = ready.probe(ready.VENV)
    assert (bool(found), faults) == (True, "")
    for damage, said in DAMAGE.items():
        for listed in site.glob("small*.dist-info"):
            shutil.rmtree(listed)
        for version in {"older": ["1.0"], "both": ["1.0", "1.1"], "gone": []}.get(
            damage, ["1.1"]
        ):
            package(site, "small", version)
        if damage == "cut":
            (site / "small.py").write_text("x")
        if damage == "deleted":
            (site / "small.py").unlink()
        assert ready.repair_needed() == f"the environment is damaged: {said}"


def test_an_environment_whose_python_is_gone_is_noticed(ready):
    ready.PYTHON.unlink()
    assert ready.repair_needed() == "there is no environment yet"


def test_an_upgrade_that_fails_leaves_the_environment_that_works(ready, monkeypatch):
    lock = ready.LOCK.read_bytes()
    ready.LOCK.write_bytes(lock + b"# a newer one\n")
    again = load(ready.ROOT)
    monkeypatch.setattr(again, "make_environment", make_bare)
    # As without a network: neither installer gets anything.
    monkeypatch.setattr(again, "installers", lambda _: [("no-such-installer",)])
    with pytest.raises(SystemExit, match=r"Check the network.*is left as it was"):
        again.set_up("the packages asked for changed")
    assert (ready.VENV / "as-it-was").exists()
    assert not ready.NEW.exists()
    ready.LOCK.write_bytes(lock)
    assert ready.repair_needed() == ""


@pytest.mark.parametrize("moment", ["old aside", "new put in place"])
def test_a_set_up_killed_while_it_swaps_leaves_an_environment(ready, moment):
    if moment == "old aside":
        ready.VENV.rename(ready.OLD)
    else:
        shutil.copytree(ready.VENV, ready.OLD, symlinks=True)
    assert ready.repair_needed() == ""
    assert (ready.VENV / "as-it-was").exists()


def test_a_folder_held_open_keeps_its_environment_and_is_named(ready, monkeypatch):
    """As Windows answers while a JupyterLab runs in it."""
    ready.LOCK.write_bytes(ready.LOCK.read_bytes() + b"# a newer one\n")

    def held(_, __):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "rename", held)
    with pytest.raises(SystemExit, match="JupyterLab"):
        ready.set_up("the packages asked for changed")
    assert (ready.VENV / "as-it-was").exists()


def test_scripts_name_the_place_where_the_environment_is(clone, monkeypatch):
    def install(venv):
        lend_packages(venv)
        script = venv / clone.BIN / "tool"
        script.write_text(f"#!{clone.python_of(venv)}\nprint('ran')\n")
        script.chmod(0o755)

    monkeypatch.setattr(clone, "make_environment", make_bare)
    monkeypatch.setattr(clone, "install", install)
    clone.set_up("there is no environment yet")
    held = (clone.VENV / clone.BIN / "tool").read_text()
    assert held.startswith(f"#!{clone.PYTHON}\n")
    for path in (clone.VENV / clone.BIN).iterdir():
        assert path.is_symlink() or b".vnew" not in path.read_bytes()
    if os.name != "nt":
        assert subprocess.check_output([clone.VENV / clone.BIN / "tool"]) == b"ran\n"


def test_an_installation_whose_packages_do_not_load_is_not_put_in_place(clone, monkeypatch):
    monkeypatch.setattr(clone, "install", lambda _: None)
    with pytest.raises(SystemExit, match="do not load"):
        clone.set_up("there is no environment yet")
    assert not clone.VENV.exists()


def fetched_uv(clone, content: bytes = b"the real uv") -> Path:
    """A uv as pip leaves it in .tools."""
    (version,) = re.findall(r"^uv==(\S+)", clone.LOCK.read_text(), re.M)
    folder = clone.TOOLS / f"uv-{version}"
    listed = folder / f"uv-{version}.dist-info"
    for one in (folder / "bin", listed):
        one.mkdir(parents=True)
    uv = folder / "bin" / ("uv" + clone.EXE)
    uv.write_bytes(content)
    digest = hashlib.sha256(b"the real uv").digest()
    mark = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    (listed / "RECORD").write_text(f"../../bin/{uv.name},sha256={mark},11\n")
    return uv


@pytest.mark.parametrize(("content", "whole"), [(b"the real uv", True), (b"the", False)])
def test_uv_is_what_was_fetched_or_is_fetched_again(clone, monkeypatch, content, whole):
    uv = fetched_uv(clone, content)
    monkeypatch.setattr(clone, "succeeds", lambda *_, **__: False)
    monkeypatch.setattr(clone.shutil, "which", lambda _: "")
    assert clone.find_uv(clone.VENV) == (str(uv) if whole else "")
    assert uv.exists() == whole


def test_a_clone_too_deep_for_windows_is_refused_before_anything_is_installed(
    clone, monkeypatch
):
    monkeypatch.setattr(clone, "WINDOWS", True)
    deep = clone.ROOT / ("a" * 100)
    for allowed, folder in ((True, deep), (False, Path("C:/highneeds"))):
        monkeypatch.setattr(clone, "long_paths_allowed", lambda allowed=allowed: allowed)
        monkeypatch.setattr(clone, "VENV", folder / ".venv")
        clone.refuse_deep_folder()
    monkeypatch.setattr(clone, "VENV", deep / ".venv")
    with pytest.raises(SystemExit, match=r"too deep.*Windows allows 259.*Nothing was ins"):
        clone.set_up("there is no environment yet")
    assert not deep.exists()


def test_no_installed_file_has_a_longer_path_than_is_reckoned_with():
    names = [
        str(file)
        for one in importlib.metadata.distributions()
        for file in one.files or ()
        if file.size and not str(file).startswith("..")
    ]
    assert 100 < max(map(len, names)) <= start.LONGEST_INSTALLED


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
    monkeypatch.setattr(clone, "install", lend_packages)
    clone.set_up("there is no environment yet")
    assert clone.repair_needed() == ""
    assert "uv = " in (clone.VENV / "pyvenv.cfg").read_text()
