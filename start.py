"""Set up and run highneeds: python3 start.py VERB [OPTIONS] (on Windows, py start.py).

  report     a report on one authority: report "West Berkshire" --until 2029-30
             (Somerset when none is named)
  workbook, whatif, export, inputs, monitor, batch, compare, notebooks, data, geography,
  national, backtest, forecasts, inspections, claims, evidence, sign, verify
             the other commands: README.md has a line on each, VERB --help explains it
  quick      while you work: format, lint, types, layers, spelling, then the unit tests
  test       every test, the notebooks' cells among them; options go to pytest
  check      format, lint, types, layers, spelling, tests: runs all, lists what failed
  bench      measure speed and memory
  quality    try new inputs and write docs/quality.md; coverage and mutants too if named
  lab        JupyterLab, open at the notebooks
  help       this page

The first run makes .venv here from requirements.lock and needs the network. After that
nothing is fetched until the lock changes.
"""

# The standard library only. Every line must parse on Python 3.6, or an old Python would
# show a syntax error and not the refusal below (tests/test_start.py).
import base64
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

OLDEST, NEWEST = (3, 11), (3, 14)
if not OLDEST <= sys.version_info[:2] <= NEWEST:
    sys.exit(
        "highneeds needs Python 3.11, 3.12, 3.13 or 3.14 and this is {}.{}: install one of "
        "them (python.org or your software centre) and run start.py with it.".format(
            *sys.version_info
        )
    )

WINDOWS = os.name == "nt"
ROOT = Path(__file__).resolve().parent
LOCK = ROOT / "requirements.lock"
# A new environment is made beside the old and takes its place only when it works. The
# names are of one length, for the scripts in it hold the place they are in.
VENV, NEW, OLD = (ROOT / name for name in (".venv", ".vnew", ".vold"))
BIN = "Scripts" if WINDOWS else "bin"
EXE = ".exe" if WINDOWS else ""
PYTHON = VENV / BIN / ("python" + EXE)
READY = ".ready"
TOOLS = ROOT / ".tools"
# Of the packages' files in .venv (tests/test_start.py), and what Windows allows a path.
LONGEST_INSTALLED, LONGEST_PATH = 150, 259
# Not the environment's own Python, which a repair deletes.
BASE_PYTHON = getattr(sys, "_base_executable", None) or sys.executable

# Compares every locked package with what is installed, by version and by the size of each
# file, and says in its first line what is wrong. Of a new environment the compiled ones are
# loaded for real; only looks for highneeds, whose own errors are for its tests to show, not
# for a new installation to cure.
PROBE = r"""
import csv, importlib.util, os, re, sys
from packaging.markers import Marker
found, faults = {}, []
# By the names of their folders: reading every package's description takes longer than all.
for home in filter(os.path.isdir, {os.path.realpath(one) for one in sys.path}):
    for folder in os.listdir(home):
        name, _, version = folder.rpartition(".dist-info")[0].partition("-")
        name = re.sub("[-_.]+", "-", name).lower()
        found.setdefault(name, []).append((version, home, os.path.join(home, folder)))
lock = re.findall(r"^([\w.-]+)==(\S+)(?: ; (.*?))? *\\?$", open(sys.argv[1]).read(), re.M)
for name, version, marker in lock:
    if marker and not Marker(marker).evaluate():
        continue
    held = found.get(name, [])
    versions = sorted({one[0] for one in held})
    if versions != [version]:
        have = " and ".join(versions) or "nothing"
        faults.append("{} {} is asked for and {} installed".format(name, version, have))
        continue
    _, home, folder = held[0]
    record = os.path.join(folder, "RECORD")
    lines = open(record, encoding="utf-8") if os.path.isfile(record) else ()
    for file, _, size in csv.reader(lines):
        try:
            whole = not size or os.stat(os.path.join(home, file)).st_size == int(size)
        except OSError:
            whole = False
        if not whole:
            faults.append("{} lacks {} as it was installed".format(name, file))
            break
print("; ".join(faults[:3]))
if faults:
    sys.exit(1)
if "load" in sys.argv:
    import numpy, pandas, pytest, zmq
print(sys.version_info[:2], importlib.util.find_spec("highneeds").origin)
"""

# All cells of a notebook share a kernel, so a file is never split between the two workers.
# They take files in the order of tests/conftest.py: in that of xdist, most tests first,
# files of few and long ones come last and leave one worker idle.
ORDER = "--no-loadscope-reorder"
TESTS = ("-m", "pytest", "-n", "2", "--dist", "loadfile", ORDER)
# Tests of single modules; those that break a gate on purpose, read published files or start
# kernels and browsers are elsewhere.
UNITS = ("tests/unit", "tests/property")
LAYERS = "from importlinter.cli import lint_imports_command as lint; lint()"
GATES = {
    "format": ("-m", "ruff", "format", "--check", "."),
    "lint": ("-m", "ruff", "check", "."),
    "types": ("-m", "mypy"),
    "layers": ("-c", LAYERS, "--no-logo"),
    "spelling": ("-m", "codespell_lib"),
}
CHECKS = {"quick": UNITS, "check": ()}
# Of a clone, and run from its folder; any other is the package's.
VERBS = {
    "test": TESTS,
    "bench": ("-m", "highneeds", "bench"),
    "quality": ("-m", "benchmarks.quality"),
    "lab": ("-m", "jupyterlab", "--LabApp.default_url=/lab/tree/notebooks"),
}


def main(words: list[str]) -> int:
    """Set up if need be, run one verb, and give back its exit code."""
    verb, options = (words[0], words[1:]) if words else ("help", [])
    if verb in ("help", "-h", "--help"):
        print(__doc__)
        return 0
    why = repair_needed()
    if why:
        set_up(why)
    if verb not in CHECKS and verb not in VERBS:
        # The package's own: it names what is near, and its paths are from where we stand.
        os.environ["HIGHNEEDS_COMMAND"] = typed_as()
        return hand_over([str(PYTHON), "-m", "highneeds", *words])
    os.chdir(ROOT)
    if verb in CHECKS:
        return check([*CHECKS[verb], *options])
    return hand_over([str(PYTHON), *VERBS[verb], *options])


def typed_as() -> str:
    """How this file was called, for the package to name in its help and messages."""
    script = sys.argv[0]
    return ("py " if WINDOWS else "python3 ") + (f'"{script}"' if " " in script else script)


def check(options: list[str]) -> int:
    """Run every gate and the tests whatever the others say, then name those that failed."""
    failed = []
    for name, command in {**GATES, "tests": (*TESTS, *options)}.items():
        print(f"--- {name}", flush=True)
        if not succeeds(PYTHON, *command):
            failed.append(name)
    print(f"--- failed: {', '.join(failed)}" if failed else "--- every gate passed")
    return 1 if failed else 0


def repair_needed() -> str:
    """Say why the environment must be made or mended; nothing when it is ready."""
    if not VENV.exists() and OLD.is_dir():
        OLD.rename(VENV)  # a set-up was killed between taking it away and putting a new one
    if not PYTHON.exists():
        return "there is no environment yet"
    if not (VENV / READY).is_file():
        return "the last set-up did not finish"
    found, faults = probe(VENV, load=False)
    if not found:
        return "the environment is damaged" + (": " + faults if faults else "")
    if (VENV / READY).read_text() != fingerprint(found):
        return "the packages asked for, the Python or this folder's place changed"
    return ""


def python_of(venv: Path) -> Path:
    """The Python of an environment."""
    return venv / BIN / PYTHON.name


def probe(venv: Path, *, load: bool = True) -> tuple[str, str]:
    """Describe an environment's Python and package, and say what is wrong in it.

    The first is empty where it does not work at all. Without `load` it is looked at only:
    files of the sizes that once loaded load again, and loading takes half of a start.
    """
    how = ["load"] if load else []
    command = [str(python_of(venv)), "-I", "-c", PROBE, str(LOCK), *how]
    try:
        done = subprocess.run(command, env=environment(), capture_output=True, text=True)
    except OSError:
        return "", ""
    faults, _, found = done.stdout.partition("\n")
    return (found.strip() if done.returncode == 0 else ""), faults.strip()


def fingerprint(found: str) -> str:
    """Hash all that an installation is made from: first the lock, then the rest."""
    rest = (ROOT / "pyproject.toml").read_bytes() + f"\0{ROOT}\0{found}".encode()
    return "\n".join(hashlib.sha256(one).hexdigest() for one in (LOCK.read_bytes(), rest))


def set_up(why: str) -> None:
    """Bring .venv into step with the lock; what was there stays until all has worked."""
    refuse_deep_folder()
    print(f"Setting up {VENV}: {why}. This takes a minute or two.", flush=True)
    began = time.monotonic()
    if not renewed():
        make_environment(NEW)
        install(NEW)
        found, faults = probe(NEW)
        if not found:
            failed(f"The packages were installed but do not load. {faults}".strip())
        (NEW / READY).write_text(fingerprint(found))
        swap()
    print(f"Ready after {time.monotonic() - began:.0f} seconds.", flush=True)


def renewed() -> bool:
    """Whether it is enough to install this package anew: all others are as locked."""
    stamp = VENV / READY
    before = stamp.read_text().split("\n")[0] if stamp.is_file() else ""
    if before != fingerprint("").split("\n")[0] or not probe(VENV)[0]:
        return False
    found = probe(VENV)[0] if install_own(VENV) else ""
    if found:
        stamp.write_text(fingerprint(found))
    return bool(found)


def swap() -> None:
    """Put the new environment in the old one's place."""
    for path in [*(NEW / BIN).iterdir(), NEW / "pyvenv.cfg"]:
        if path.is_file() and not path.is_symlink():
            held = path.read_bytes()
            moved = held.replace(NEW.name.encode(), VENV.name.encode())
            if moved != held:
                mode = path.stat().st_mode
                path.unlink()  # it may be another name of a file in uv's cache
                path.write_bytes(moved)
                path.chmod(mode)
    shutil.rmtree(OLD, ignore_errors=True)
    try:
        if VENV.exists():
            VENV.rename(OLD)
        NEW.rename(VENV)
    except OSError as error:
        if OLD.exists() and not VENV.exists():
            OLD.rename(VENV)
        failed(
            f"{VENV} cannot be replaced ({error.strerror}). Close what is open in it, "
            "such as JupyterLab or a Python, and run start.py again."
        )
    shutil.rmtree(OLD, ignore_errors=True)


def failed(why: str) -> None:
    """Stop; the environment that was there stays as it was."""
    shutil.rmtree(NEW, ignore_errors=True)
    kept = " The environment that was there is left as it was." if PYTHON.exists() else ""
    sys.exit(why + kept)


def refuse_deep_folder() -> None:
    """Stop where Windows would refuse paths in .venv half-way through the installation."""
    longest = len(str(VENV / "Lib/site-packages")) + 1 + LONGEST_INSTALLED
    if WINDOWS and longest > LONGEST_PATH and not long_paths_allowed():
        sys.exit(
            f"{ROOT} is too deep: files in .venv would have paths of {longest} letters, "
            f"and Windows allows {LONGEST_PATH}. Nothing was installed. Move this folder "
            r"to a shorter path, such as C:\highneeds, or have long paths allowed "
            "(LongPathsEnabled)."
        )


def long_paths_allowed() -> bool:
    """Whether this Windows was told to allow paths of any length."""
    try:
        import winreg  # of Windows alone

        place = r"SYSTEM\CurrentControlSet\Control\FileSystem"
        with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, place) as key:  # type: ignore
            return bool(winreg.QueryValueEx(key, "LongPathsEnabled")[0])  # type: ignore
    except (ImportError, OSError):
        return False


def make_environment(venv: Path) -> None:
    """Make an empty environment with this Python, by venv or else by uv."""
    shutil.rmtree(venv, ignore_errors=True)
    if succeeds(BASE_PYTHON, "-m", "venv", venv, quiet=True):
        return
    # Debian leaves ensurepip out of its Python, and venv then stops half-way.
    shutil.rmtree(venv, ignore_errors=True)
    uv = find_uv(venv)
    if not (uv and succeeds(uv, "venv", "--quiet", "--python", BASE_PYTHON, venv)):
        failed(
            f"{BASE_PYTHON} cannot make an environment: it has neither a working venv nor "
            "a pip that can fetch uv. Install python3-venv, or a Python from python.org."
        )


def find_uv(venv: Path) -> str:
    """Fetch the locked uv into .tools, as even a managed pip may; else look on PATH."""
    locked = re.search(r"^uv==(\S+)(?:.*\\\n)*.*\n", LOCK.read_text(), re.MULTILINE)
    if locked:
        folder = TOOLS / f"uv-{locked[1]}"
        uv = folder / "bin" / ("uv" + EXE)
        if is_whole(folder, uv):
            return str(uv)
        wanted = TOOLS / "uv.txt"
        TOOLS.mkdir(exist_ok=True)
        wanted.write_text(locked[0])
        pip = ("-m", "pip", "install", "--target", folder)
        hashed = ("--require-hashes", "-r", wanted)
        for python in (python_of(venv), BASE_PYTHON):
            shutil.rmtree(folder, ignore_errors=True)  # pip would leave what is there
            if succeeds(python, *pip, *hashed, quiet=True) and is_whole(folder, uv):
                return str(uv)
    return shutil.which("uv") or ""


def is_whole(folder: Path, uv: Path) -> bool:
    """Whether the uv fetched before is the file that pip put there, by its hash."""
    if not uv.is_file():
        return False
    found = hashlib.sha256(uv.read_bytes()).digest()
    mark = base64.urlsafe_b64encode(found).decode().rstrip("=")
    lists = [path.read_text() for path in folder.glob("uv-*.dist-info/RECORD")]
    return any(f"bin/{uv.name},sha256={mark}," in text for text in lists)


def install(venv: Path) -> None:
    """Install the lock, every file checked against its hash, then this package."""
    locked = ("--quiet", "--require-hashes", "-r", LOCK)
    for installer in installers(venv):
        if succeeds(*installer, *locked) and install_own(venv):
            return
    failed(
        "The packages could not be installed; the lines above say why. Check the network, "
        "the proxy and the free disk space (1 GB), then run start.py again."
    )


def install_own(venv: Path) -> bool:
    """Install this package into an environment, so that its files here are what is used."""
    own = ("--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--editable", ROOT)
    return any(succeeds(*installer, *own) for installer in installers(venv))


def installers(venv: Path) -> Iterator[tuple[object, ...]]:
    """The beginnings of commands that install, the better one first."""
    uv = find_uv(venv)
    if uv:
        yield (uv, "pip", "install", "--python", python_of(venv))
    # uv does not read pip's settings; where a workplace keeps its own index, only pip can.
    yield (python_of(venv), "-m", "pip", "install", "--disable-pip-version-check")


def environment() -> dict[str, str]:
    """Variables for every command: one numeric thread, UTF-8, only locked packages."""
    ours = dict(os.environ)
    # With the last, each of the many processes of a batch or of the tests would compile a
    # thousand modules again: most of its time.
    for name in ("PYTHONHOME", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE"):
        ours.pop(name, None)
    # More threads change the last digits of a regression, and two workers fill two cores.
    threads = {f"{library}_NUM_THREADS": "1" for library in ("MKL", "OMP", "OPENBLAS")}
    # Workplaces that inspect traffic put their certificate in the system's store.
    tools = {"PYTHONUTF8": "1", "PIP_USER": "0", "UV_SYSTEM_CERTS": "1"}
    return {**ours, **threads, **tools}


def succeeds(*command: object, quiet: bool = False) -> bool:
    """Run a command to its end; whether it could be run and gave 0."""
    hidden = subprocess.DEVNULL if quiet else None
    words = [str(word) for word in command]
    try:
        done = subprocess.run(words, env=environment(), stdout=hidden, stderr=hidden)
    except OSError:
        return False
    return done.returncode == 0


def hand_over(command: list[str]) -> int:
    """Run the last command in our place, so that Ctrl-C reaches it and it can tidy up."""
    if not WINDOWS:
        os.execve(command[0], command, environment())
    with subprocess.Popen(command, env=environment()) as child:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        return child.wait()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
