"""Write environment.yml from pyproject.toml, for those whose Python is a managed conda.

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

HEAD = """\
# Written by tools/environment_file.py from pyproject.toml; change that, not this.
# Checked against requirements.lock, not solved by conda in our CI.
name: highneeds
channels:
  - conda-forge
  - nodefaults
dependencies:
"""


def environment_file(project: dict[str, Any]) -> str:
    """Text of environment.yml for a parsed pyproject.toml."""
    extras = project["project"]["optional-dependencies"]
    # A managed Jupyter is for working in the notebooks.
    declared = [*project["project"]["dependencies"], *extras["notebooks"]]
    needed = sorted(map(Requirement, declared), key=lambda one: one.name)
    by_pip = project["tool"]["highneeds"]["not-on-conda-forge"]
    python = _range(SpecifierSet(project["project"]["requires-python"]))
    lines = [f"  - python {python}", "  - pip"]
    lines += [
        f"  - {one.name} {_range(one.specifier)}"
        for one in needed
        if one.name not in by_pip
    ]
    lines += ["  - pip:"]
    lines += [
        f"    - {one.name}{_range(one.specifier)}" for one in needed if one.name in by_pip
    ]
    lines += ["    - -e ."]
    return HEAD + "\n".join(lines) + "\n"


def _range(specifier: SpecifierSet) -> str:
    """Both ends of a range, the lower first, as conda and pip both read it."""
    return ",".join(sorted(str(end) for end in specifier)[::-1])


if __name__ == "__main__":
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    (ROOT / "environment.yml").write_text(
        environment_file(pyproject), "utf-8", newline="\n"
    )
