"""Set up and run highneeds: python3 start.py VERB [OPTIONS] (on Windows, py start.py).

  report     a report on one authority: report "West Berkshire" --until 2029-30
             (Somerset when none is named)
  quick      while you work: format, lint, types, layers, spelling, then the unit tests
  test       every test, the notebooks' cells among them; options go to pytest
  check      format, lint, types, layers, spelling, tests: runs all, lists what failed
  notebooks  run the committed notebooks again and keep their new outputs
  bench      measure speed and memory
  lab        open the notebooks in JupyterLab
  help       this page

The first run makes .venv here from requirements.lock and needs the network. After that
nothing is fetched until the lock changes.
"""

# The standard library only. Every line must parse on Python 3.6, or an old Python would
# show a syntax error and not the refusal below (tests/test_start.py).
import hashlib
import os
import re
import shutil
import signal
import subprocess
import sys
import time
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
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")
STAMP = VENV / ".ready"
TOOLS = ROOT / ".tools"
# Not the environment's own Python, which a repair deletes.
BASE_PYTHON = getattr(sys, "_base_executable", None) or sys.executable

# Loads compiled packages for real; only looks for highneeds, whose own errors are for its
# tests to show, not for a new installation to cure.
PROBE = """
import sys, importlib.util, numpy, pandas, pytest, zmq
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
VERBS = {
    "report": ("-m", "highneeds", "report"),
    "test": TESTS,
    "notebooks": ("-m", "highneeds", "notebooks"),
    "bench": ("-m", "highneeds", "bench"),
    "lab": ("-m", "jupyterlab"),
}


def main(words: list[str]) -> int:
    """Set up if need be, run one verb, and give back its exit code."""
    verb, options = (words[0], words[1:]) if words else ("help", [])
    if verb in ("help", "-h", "--help"):
        print(__doc__)
        return 0
    if verb not in CHECKS and verb not in VERBS:
        print(__doc__, file=sys.stderr)
        print(f"There is no verb {verb!r}: choose one of those above.", file=sys.stderr)
        return 2
    why = repair_needed()
    if why:
        set_up(why)
    if verb != "report":  # its own paths are from where its user stands
        os.chdir(ROOT)
    if verb in CHECKS:
        return check([*CHECKS[verb], *options])
    return hand_over([str(PYTHON), *VERBS[verb], *options])


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
    if not PYTHON.exists():
        return "there is no environment yet"
    if not STAMP.is_file():
        return "the last set-up did not finish"
    found = probe()
    if not found:
        return "the environment is damaged"
    if STAMP.read_text() != fingerprint(found):
        return "the packages asked for, the Python or this folder's place changed"
    return ""


def probe() -> str:
    """Describe the environment's Python and package; nothing where it does not work."""
    command = [str(PYTHON), "-I", "-c", PROBE]
    try:
        found = subprocess.run(command, env=environment(), capture_output=True, text=True)
    except OSError:
        return ""
    return found.stdout.strip() if found.returncode == 0 else ""


def fingerprint(found: str) -> str:
    """Hash all that an installation is made from: first the lock, then the rest."""
    rest = (ROOT / "pyproject.toml").read_bytes() + f"\0{ROOT}\0{found}".encode()
    return "\n".join(hashlib.sha256(one).hexdigest() for one in (LOCK.read_bytes(), rest))


def set_up(why: str) -> None:
    """Bring .venv into step with the lock; stamp it only when all has worked."""
    print(f"Setting up {VENV}: {why}. This takes a minute or two.", flush=True)
    began = time.monotonic()
    # Kept only if it works, since installers trust what a broken environment lists, and if
    # the lock is still the same, since they leave behind what a new one drops.
    before = STAMP.read_text() if STAMP.is_file() else ""
    keep = before.split("\n")[0] == fingerprint("").split("\n")[0] and probe()
    STAMP.unlink(missing_ok=True)
    if not keep:
        make_environment()
    install()
    found = probe()
    if not found:
        sys.exit("The packages were installed but do not load. Run start.py again.")
    STAMP.write_text(fingerprint(found))
    print(f"Ready after {time.monotonic() - began:.0f} seconds.", flush=True)


def make_environment() -> None:
    """Make an empty .venv with this Python, by venv or else by uv."""
    if VENV.exists():
        shutil.rmtree(VENV)
    if succeeds(BASE_PYTHON, "-m", "venv", VENV, quiet=True):
        return
    # Debian leaves ensurepip out of its Python, and venv then stops half-way.
    shutil.rmtree(VENV, ignore_errors=True)
    uv = find_uv()
    if not (uv and succeeds(uv, "venv", "--quiet", "--python", BASE_PYTHON, VENV)):
        sys.exit(
            f"{BASE_PYTHON} cannot make an environment: it has neither a working venv nor "
            "a pip that can fetch uv. Install python3-venv, or a Python from python.org."
        )


def find_uv() -> str:
    """Fetch the locked uv into .tools, as even a managed pip may; else look on PATH."""
    locked = re.search(r"^uv==(\S+)(?:.*\\\n)*.*\n", LOCK.read_text(), re.MULTILINE)
    if locked:
        folder = TOOLS / f"uv-{locked[1]}"
        uv = folder / "bin" / ("uv.exe" if WINDOWS else "uv")
        wanted = TOOLS / "uv.txt"
        TOOLS.mkdir(exist_ok=True)
        wanted.write_text(locked[0])
        pip = ("-m", "pip", "install", "--target", folder)
        hashed = ("--require-hashes", "-r", wanted)
        for python in (PYTHON, BASE_PYTHON):
            if uv.exists() or succeeds(python, *pip, *hashed, quiet=True):
                return str(uv)
    return shutil.which("uv") or ""


def install() -> None:
    """Install the lock, every file checked against its hash, then this package."""
    locked = ("--quiet", "--require-hashes", "-r", LOCK)
    own = ("--quiet", "--no-index", "--no-deps", "--no-build-isolation", "--editable", ROOT)
    uv = find_uv()
    if uv:
        by_uv = (uv, "pip", "install", "--python", PYTHON)
        if succeeds(*by_uv, *locked) and succeeds(*by_uv, *own):
            return
    # uv does not read pip's settings; where a workplace keeps its own index, only pip can.
    by_pip = (PYTHON, "-m", "pip", "install", "--disable-pip-version-check")
    if succeeds(*by_pip, *locked) and succeeds(*by_pip, *own):
        return
    sys.exit(
        "The packages could not be installed; the lines above say why. Check the network, "
        "the proxy and the free disk space (1 GB), then run start.py again."
    )


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
