"""pyproject.toml, the lock, environment.yml and the wheel agree, and name no registry."""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from functools import cache
from itertools import product
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

import start
from highneeds.errors import UsageError, require_package
from tools.environment_file import BINDER, environment_file

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = (("linux", "Linux"), ("darwin", "Darwin"), ("win32", "Windows"))

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCK = (ROOT / "requirements.lock").read_text("utf-8")
# Large, and needed for nothing but speed and its measurement.
LEFT_OUT = ("bench",)
CONDA = (ROOT / "environment.yml").read_text("utf-8")


def requirements() -> list[Requirement]:
    """What the lock must hold: all but the extras that are left out of it on purpose."""
    extras = PROJECT["project"]["optional-dependencies"]
    kept = [
        line for name, lines in extras.items() if name not in LEFT_OUT for line in lines
    ]
    return [Requirement(line) for line in [*PROJECT["project"]["dependencies"], *kept]]


# The lock ----------------------------------------------------------------------------


@cache
def entries(lock: str) -> list[tuple[Requirement, list[str]]]:
    """Each ``name==version ; marker`` of a lock with its hashes."""
    found = []
    for block in re.split(r"\n(?=\S)", lock.strip()):
        pinned, *hashes = (line.strip(" \\") for line in block.splitlines())
        found.append((Requirement(pinned), hashes))
    return found


@cache
def locked(lock: str, python: str, platform: tuple[str, str]) -> dict[str, Version]:
    """Name to version, as installed on one Python and platform."""
    where = {
        "python_version": python,
        "python_full_version": f"{python}.1",
        "sys_platform": platform[0],
        "platform_system": platform[1],
        "os_name": "nt" if platform[0] == "win32" else "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
    }
    return {
        canonicalize_name(pin.name): Version(next(iter(pin.specifier)).version)
        for pin, _ in entries(lock)
        if pin.marker is None or pin.marker.evaluate(where)
    }


def out_of_step(wanted: list[Requirement], lock: str) -> set[str]:
    """Declared packages that some Python and platform would get outside their range."""
    return {
        str(one)
        for python, platform in product(PYTHONS, PLATFORMS)
        for one in wanted
        if not one.specifier.contains(
            locked(lock, python, platform).get(canonicalize_name(one.name), Version("0a0"))
        )
    }


def test_every_declared_package_is_locked_within_its_range_everywhere():
    assert out_of_step(requirements(), LOCK) == set()


def test_a_package_missing_from_the_lock_is_noticed():
    shorter = re.sub(r"(?m)^pandas==(?:.*\\\n)*.*\n", "", LOCK)
    assert shorter != LOCK
    assert out_of_step(requirements(), shorter) == {"pandas<4,>=2.3"}


def test_a_version_outside_its_range_is_noticed():
    older = re.sub(r"(?m)^pandas==\S+", "pandas==2.2.3", LOCK)
    assert out_of_step(requirements(), older) == {"pandas<4,>=2.3"}


def unlocked(installed: dict[str, list[str]], pins: dict[str, Version]) -> set[str]:
    """Requirements of locked packages that are not locked themselves, or out of range."""
    return {
        f"{name} needs {needed}"
        for name, lines in installed.items()
        for needed in map(Requirement, lines)
        if (needed.marker is None or needed.marker.evaluate({"extra": ""}))
        and not (
            canonicalize_name(needed.name) in pins
            and needed.specifier.contains(pins[canonicalize_name(needed.name)], True)
        )
    }


def test_the_lock_holds_all_that_its_packages_need():
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    platform = next(one for one in PLATFORMS if one[0] == sys.platform)
    pins = dict(locked(LOCK, python, platform))
    installed = {name: importlib.metadata.requires(name) or [] for name in pins}
    assert unlocked(installed, pins) == set()
    del pins["python-dateutil"]
    assert any(line.startswith("pandas needs") for line in unlocked(installed, pins))


def test_this_environment_is_the_locked_one():
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    platform = next(one for one in PLATFORMS if one[0] == sys.platform)
    names = {canonicalize_name(one.name) for one in requirements()}
    here = {name: Version(importlib.metadata.version(name)) for name in names}
    pins = locked(LOCK, python, platform)
    assert here == {name: pins[name] for name in here}, "run start.py again"


def test_every_locked_file_has_a_hash():
    for pin, hashes in entries(LOCK):
        assert hashes, pin
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", one) for one in hashes), pin


def test_start_accepts_the_pythons_the_project_declares():
    declared = SpecifierSet(PROJECT["project"]["requires-python"])
    newer = f"{start.NEWEST[0]}.{start.NEWEST[1] + 1}.0"
    older = f"{start.OLDEST[0]}.{start.OLDEST[1] - 1}.99"
    assert [v for v in (older, *(f"{p}.0" for p in PYTHONS), newer) if v in declared] == [
        f"{p}.0" for p in PYTHONS
    ]
    assert PYTHONS[0] == "{}.{}".format(*start.OLDEST)
    assert PYTHONS[-1] == "{}.{}".format(*start.NEWEST)


# environment.yml ---------------------------------------------------------------------


def conda_ranges(text: str) -> dict[str, SpecifierSet]:
    """Name to range of an environment.yml, read without the code that wrote it."""
    listed = yaml.safe_load(text)["dependencies"]
    by_pip = next(one["pip"] for one in listed if isinstance(one, dict))
    lines = [one.replace(" ", "", 1) for one in listed if isinstance(one, str)]
    found = [Requirement(line) for line in [*lines, *by_pip] if line != "-e ."]
    return {one.name: one.specifier for one in found if one.name != "pip"}


def declared_ranges() -> dict[str, SpecifierSet]:
    extra = PROJECT["project"]["optional-dependencies"]["notebooks"]
    needed = [Requirement(line) for line in [*PROJECT["project"]["dependencies"], *extra]]
    python = SpecifierSet(PROJECT["project"]["requires-python"])
    return {"python": python, **{one.name: one.specifier for one in needed}}


def test_environment_file_asks_for_what_the_project_declares():
    assert conda_ranges(CONDA) == declared_ranges()
    assert yaml.safe_load(CONDA)["channels"] == ["conda-forge", "nodefaults"]


def test_environment_file_is_as_its_tool_writes_it():
    assert environment_file(PROJECT) == CONDA, "run python tools/environment_file.py"


def test_binder_has_the_same_packages_and_one_version_of_python():
    text = (ROOT / "binder" / "environment.yml").read_text("utf-8")
    assert text == environment_file(PROJECT, *BINDER), "run tools/environment_file.py"
    listed = yaml.safe_load(text)["dependencies"]
    # What Binder's builder tells the version by, and may not be told by the root's file.
    assert re.match(r"python\s*=+\s*([\d.]*)", listed[0])[1] in PYTHONS
    assert yaml.safe_load(CONDA)["dependencies"][2:-1] == listed[2:-1]
    assert (ROOT / "binder" / listed[-1]["pip"][-1].split()[1] / "pyproject.toml").is_file()


@pytest.mark.parametrize(
    ("was", "becomes"),
    [("pandas >=2.3,<4", "pandas >=2.3,<5"), ("  - pandas >=2.3,<4\n", "")],
    ids=["another range", "a package left out"],
)
def test_a_change_to_the_environment_file_is_noticed(was, becomes):
    assert was in CONDA
    assert conda_ranges(CONDA.replace(was, becomes)) != declared_ranges()


# The core ----------------------------------------------------------------------------


def test_what_only_notebooks_and_checks_need_is_no_part_of_an_installation():
    core = {Requirement(line).name for line in PROJECT["project"]["dependencies"]}
    assert (
        core & {"bs4", "jupyterlab", "nbconvert", "nbval", "pytest", "statsmodels"} == set()
    )
    # What ranges an extra repeats are those of the developers'.
    extras = PROJECT["project"]["optional-dependencies"]
    assert set(extras["notebooks"]) <= set(extras["dev"])


def test_what_needs_an_extra_says_which(monkeypatch):
    monkeypatch.setitem(sys.modules, "statsmodels", None)
    with pytest.raises(UsageError, match=r'pip install "highneeds\[notebooks\]"'):
        require_package("statsmodels", "notebooks", "The backtest")
    require_package("numpy", "notebooks", "A table")


# Addresses ---------------------------------------------------------------------------

# Joined here so that this file does not hold what it looks for.
REGISTRIES = ("py" + "pi.org", "python" + "hosted", "npm" + "js.org", "anaconda" + ".org")
OPTIONS = ("index" + "-url", "find" + "-links", "trusted" + "-host")
PLACES = r"(?<![\w.:/-])(?:/(?:root|home|work|opt|Users)/|[A-Z]:\\Users\\)\w"
UNWANTED = re.compile("|".join([*map(re.escape, (*REGISTRIES, *OPTIONS)), PLACES]))


def committed_files() -> list[Path]:
    """Files in the repository, or about to be; all files where there is no repository."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0:
        found = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:
        found = [path for path in ROOT.rglob("*") if not made_here(path.relative_to(ROOT))]
    return [path for path in found if path.is_file()]


def made_here(path: Path) -> bool:
    """Whether .gitignore names a file; asked where there is no git, as in an archive."""
    top = path.parts[0]
    hidden = top.startswith(".") and top != ".ci" and len(path.parts) > 1
    output = top in {"build", "dist"} or (top == "reports" and path.name != "README.md")
    mine = path.parts[:2] in {("data", "user"), ("data", "cache")}
    return hidden or output or mine or "__pycache__" in path.parts


def addresses(paths: list[Path]) -> list[str]:
    """Registry addresses and places on one machine, with file and line."""
    found = []
    for path in paths:
        content = path.read_bytes()
        if b"\0" in content:
            continue  # compressed tables and pictures
        for number, line in enumerate(content.decode("utf-8").splitlines(), 1):
            found += [f"{path.name}:{number} {hit[0]}" for hit in UNWANTED.finditer(line)]
    return found


def test_no_committed_file_names_a_registry_or_a_place_on_one_machine():
    assert len(committed_files()) > 20
    assert addresses(committed_files()) == []


@pytest.mark.parametrize(
    "line",
    [
        f"https://{REGISTRIES[0]}/simple/pandas",
        f"--{OPTIONS[0]} https://mirror.example",
        "read /" + "home/analyst/figures.csv",
        "C:" + r"\Users" + r"\analyst",
    ],
)
def test_an_address_is_noticed(tmp_path, line):
    (tmp_path / "notes.md").write_text(f"A line\n{line}\n", "utf-8")
    assert addresses([tmp_path / "notes.md"])[0].startswith("notes.md:2")


# The wheel ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """A wheel built with no network from a copy that holds a user's own download."""
    project = tmp_path_factory.mktemp("project")
    for path in committed_files():
        copy = project / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, copy)
    (project / "data" / "user").mkdir(parents=True, exist_ok=True)
    (project / "data" / "user" / "private.csv").write_text("mine\n")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]
    subprocess.run(command, cwd=project, check=True, capture_output=True)
    return next((project / "dist").glob("*.whl"))


def test_wheel_holds_the_package_its_tables_and_its_notebooks(wheel):
    homes = {"highneeds": "highneeds", "data": "highneeds/_data"}
    homes["notebooks"] = "highneeds/_notebooks"
    expected = {
        "/".join(
            [homes[path.relative_to(ROOT).parts[0]], *path.relative_to(ROOT).parts[1:]]
        )
        for path in committed_files()
        if path.relative_to(ROOT).parts[0] in homes
    }
    inside = set(zipfile.ZipFile(wheel).namelist())
    assert {name for name in inside if ".dist-info/" not in name} == expected
    assert any(name.startswith("highneeds/_data/tables/") for name in expected)
    # What a type checker, and the names' own loading, read of an installed package.
    assert {"highneeds/py.typed", "highneeds/__init__.pyi"} <= inside
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in inside)


@pytest.fixture(scope="module")
def wheel_python(wheel, tmp_path_factory):
    """A Python that has the wheel and the locked packages, but not this clone."""
    home = tmp_path_factory.mktemp("elsewhere")
    make = [sys.executable, "-m", "venv", "--without-pip", str(home / "venv")]
    subprocess.run(make, check=True)
    python = home / "venv" / start.PYTHON.relative_to(start.VENV)
    put = [sys.executable, "-m", "uv", "pip", "install", "--no-deps", "--no-index"]
    subprocess.run([*put, "--python", str(python), str(wheel)], check=True)
    ask = [str(python), "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
    found = subprocess.run(ask, check=True, capture_output=True, text=True)
    # The packages are borrowed; a .pth file inside a borrowed folder, such as the one that
    # makes this clone importable, is not read.
    borrowed = Path(importlib.metadata.distribution("pandas").locate_file("")).resolve()
    Path(found.stdout.strip(), "locked_packages.pth").write_text(f"{borrowed}\n")
    return python


def run_elsewhere(python: Path, *words: str) -> str:
    """Run in the empty folder beside the environment, nothing of the clone in reach."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [str(python), *words]
    place = python.parents[2]
    done = subprocess.run(command, cwd=place, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_an_installed_wheel_loads_its_own_figures(wheel_python):
    ask = (
        "import highneeds as hn\n"
        "print(hn.__file__, len(hn.load_panel().table('ehc_plans')), sep='\\n')"
    )
    place, rows = run_elsewhere(wheel_python, "-c", ask).splitlines()
    assert Path(place).is_relative_to(wheel_python.parents[1])
    assert int(rows) > 0


def core_packages() -> set[str]:
    """What `pip install highneeds` brings: what it needs, and what that needs in turn."""
    found: set[str] = set()
    wanted = list(PROJECT["project"]["dependencies"])
    while wanted:
        one = Requirement(wanted.pop())
        name = canonicalize_name(one.name)
        if name in found or (one.marker and not one.marker.evaluate({"extra": ""})):
            continue
        found.add(name)
        wanted += importlib.metadata.requires(name) or []
    return found


@pytest.mark.slow
def test_an_installed_wheel_makes_a_report_with_what_the_core_brings(wheel_python):
    core = core_packages()
    assert {"pandas", "matplotlib"} < core
    assert "statsmodels" not in core
    strangers = [
        module
        for module, owners in importlib.metadata.packages_distributions().items()
        if not core & {canonicalize_name(name) for name in owners} and module != "highneeds"
    ]
    # A line of a .pth file that imports is run as Python starts: none of them can be had.
    line = f"import sys; sys.modules.update(dict.fromkeys({strangers!r}))"
    (site,) = wheel_python.parents[1].rglob("locked_packages.pth")
    site.with_name("core_alone.pth").write_text(line)
    words = (
        "report",
        "Somerset",
        "--draws",
        "200",
        "--with",
        "all,profile",
        "--out",
        "made",
    )
    run_elsewhere(wheel_python, "-m", "highneeds", *words)
    made = wheel_python.parents[2] / "made"
    assert len(list(made.rglob("report.html"))) == 2
