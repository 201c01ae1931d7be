"""Write environment.yml from pyproject.toml, for a managed conda, and another for Binder.

Run ``python tools/environment_file.py`` after any change to the dependencies. No conda
solves the file in our CI: tests/test_packaging.py holds it to the project and the lock.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

ROOT = Path(__file__).resolve().parent.parent

# Binder starts from an environment of its own, told by one version named exactly, and pip
# reads `-e` from where the file is.
BINDER = ("=3.12", "..")
HEAD = """\
# Written by tools/environment_file.py from pyproject.toml; change that, not this.
# Checked against requirements.lock, not solved by conda in our CI.
name: highneeds
channels:
  - conda-forge
  - nodefaults
dependencies:
"""


def environment_file(project: dict[str, Any], python: str = "", here: str = ".") -> str:
    """Text of environment.yml for a parsed pyproject.toml.

    `python` is one version in place of the project's range, `here` where the project is.
    """
    extras = project["project"]["optional-dependencies"]
    # A managed Jupyter is for working in the notebooks.
    declared = [*project["project"]["dependencies"], *extras["notebooks"]]
    needed = sorted(map(Requirement, declared), key=lambda one: one.name)
    by_pip = project["tool"]["highneeds"]["not-on-conda-forge"]
    range_ = _range(SpecifierSet(project["project"]["requires-python"]))
    lines = [f"  - python{python or f' {range_}'}", "  - pip"]
    lines += [
        f"  - {one.name} {_range(one.specifier)}"
        for one in needed
        if one.name not in by_pip
    ]
    lines += ["  - pip:"]
    lines += [
        f"    - {one.name}{_range(one.specifier)}" for one in needed if one.name in by_pip
    ]
    lines += [f"    - -e {here}"]
    return HEAD + "\n".join(lines) + "\n"


def _range(specifier: SpecifierSet) -> str:
    """Both ends of a range, the lower first, as conda and pip both read it."""
    return ",".join(sorted(str(end) for end in specifier)[::-1])


if __name__ == "__main__":
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    for name, words in {"environment.yml": (), "binder/environment.yml": BINDER}.items():
        (ROOT / name).write_text(environment_file(pyproject, *words), "utf-8", newline="\n")
