"""Write the layers into docs/architecture.md and CONTRIBUTING.md, as the contract has them.

Run ``python tools/architecture_page.py`` after a change of the layers in pyproject.toml or
of what a room says it is; tests/test_architecture.py fails until then.
"""

from __future__ import annotations

import ast
import re
import textwrap
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "architecture.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
_DRAWN = re.compile(r"(?<=<!-- layers -->\n).*?(?=<!-- end -->)", re.DOTALL)
_LISTED = re.compile(r"(?<=only from the layers below it:\n\n)(?: {4}.*\n)+")
_WIDTH = 100


def layers(project: Path = ROOT) -> list[list[str]]:
    """The rooms and modules of each layer, the highest first."""
    settings = tomllib.loads((project / "pyproject.toml").read_text("utf-8"))
    contracts = settings["tool"]["importlinter"]["contracts"]
    (found,) = (one["layers"] for one in contracts if one["type"] == "layers")
    return [[name.strip() for name in layer.split("|")] for layer in found]


def what_it_is(name: str, project: Path) -> str:
    """The one sentence in which a room or a module says what it is.

    Raises
    ------
    ValueError
        It says nothing.
    """
    room = project / "highneeds" / name
    path = room / "__init__.py" if room.is_dir() else room.with_suffix(".py")
    said = ast.get_docstring(ast.parse(path.read_text("utf-8")))
    if not said:
        msg = f"{path.name} of {name} does not say what it is; begin it with a sentence"
        raise ValueError(msg)
    return " ".join(said.partition("\n\n")[0].split())


def picture(found: list[list[str]]) -> str:
    """The layers as a mermaid flowchart: an arrow goes to what may be imported."""
    boxes = [f'    layer{n}["{" · ".join(names)}"]' for n, names in enumerate(found)]
    arrows = " --> ".join(f"layer{n}" for n in range(len(found)))
    return "\n".join(["```mermaid", "flowchart TD", *boxes, f"    {arrows}", "```"])


def table(found: list[list[str]], project: Path) -> str:
    """A row a room or module, the highest first."""
    rows = [
        f"| `{name}` | {what_it_is(name, project)} |" for names in found for name in names
    ]
    return "\n".join(["| room | what it is |", "|---|---|", *rows])


def chain(found: list[list[str]]) -> str:
    """The layers in a line, the lowest first, as CONTRIBUTING.md has them."""
    said = " → ".join(", ".join(names) for names in reversed(found))
    # A blank before the arrow alone may be broken, so that a line begins with one.
    joined = said.replace(", ", ",\N{NO-BREAK SPACE}").replace("→ ", "→\N{NO-BREAK SPACE}")
    lines = textwrap.wrap(joined, _WIDTH - 4, break_on_hyphens=False)
    return "".join(f"    {line}\n" for line in lines).replace("\N{NO-BREAK SPACE}", " ")


def page_texts(project: Path = ROOT) -> dict[Path, str]:
    """Both pages with the layers of a project made anew."""
    found = layers(project)
    drawn = f"{picture(found)}\n\n{table(found, project)}\n"
    return {
        PAGE: _DRAWN.sub(lambda _: drawn, PAGE.read_text("utf-8")),
        CONTRIBUTING: _LISTED.sub(lambda _: chain(found), CONTRIBUTING.read_text("utf-8")),
    }


if __name__ == "__main__":
    for path, text in page_texts().items():
        path.write_text(text, "utf-8", newline="\n")
