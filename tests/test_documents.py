"""What the pages say can be done can be done: links lead somewhere, examples run."""

import builtins
import json
import re
import tomllib
from pathlib import Path

import pytest
import yaml

import highneeds
from tests.test_packaging import ROOT, committed_files

LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
FENCED = re.compile(r"^( *)```.*?^\1```", re.DOTALL | re.MULTILINE)
HEADING = re.compile(r"^#+ +(.+)$", re.MULTILINE)
DOCS = ROOT / "docs"


def prose(page: Path) -> str:
    """A page without its code, or what a notebook says between its cells."""
    text = page.read_text("utf-8")
    if page.suffix == ".ipynb":
        cells = json.loads(text)["cells"]
        told = ("".join(one["source"]) for one in cells if one["cell_type"] == "markdown")
        text = "\n\n".join(told)
    return FENCED.sub("", text)


def anchors(page: Path) -> set[str]:
    """What a code host calls the headings of a page."""
    found: set[str] = set()
    for heading in HEADING.findall(prose(page)):
        shown = re.sub(r"\[([^]]*)\]\([^)]*\)|<!--.*?-->", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", shown.strip().lower()).replace(" ", "-")
        again = (f"{name}-{n}" for n in range(1, 100))
        found.add(name if name not in found else next(a for a in again if a not in found))
    return found


def dead_links(page: Path) -> list[str]:
    dead = []
    for link, anchor in LINK.findall(prose(page)):
        to = page.parent / link if link else page
        if not to.exists() or (anchor and anchor not in anchors(to)):
            dead.append(f"{link}#{anchor}" if anchor else link)
    return dead


def test_every_link_between_pages_leads_somewhere():
    pages = [path for path in committed_files() if path.suffix in {".md", ".ipynb"}]
    found = {str(page.relative_to(ROOT)): dead_links(page) for page in pages}
    assert sum(len(LINK.findall(prose(page))) for page in pages) > 300
    assert {page: links for page, links in found.items() if links} == {}


def test_a_dead_link_is_noticed(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("[here](page.md), [away](https://example.org) and [gone](gone.md#part)")
    assert dead_links(page) == ["gone.md#part"]
    page.write_text("# Part `one`, and two\n[a](#part-one-and-two) [b](page.md#part-three)")
    assert dead_links(page) == ["page.md#part-three"]
    cell = {"cell_type": "markdown", "source": ["See ", "[it](../gone.md)."]}
    notebook = tmp_path / "notebook.ipynb"
    notebook.write_text(json.dumps({"cells": [cell, {"cell_type": "code", "source": []}]}))
    assert dead_links(notebook) == ["../gone.md"]


# Not a commit, which is named as in git's log.
NAME = re.compile(r"`(?![0-9a-f]{7}`)([A-Za-z_]\w*)`")


def names_not_there(page: Path) -> list[str]:
    """Names of the code that a page gives, and none of the files that it leads to has."""
    leads = [page.parent / link for link, _ in LINK.findall(prose(page)) if link]
    rooms = [to.parent for to in leads if to.name.startswith("__init__")]
    files = [
        *(to for to in leads if to.is_file()),
        *(f for r in rooms for f in r.glob("*.py")),
    ]
    text = "\n".join(file.read_text("utf-8") for file in files)
    names = [name for name in NAME.findall(prose(page)) if not hasattr(builtins, name)]
    return [name for name in names if not re.search(rf"\b{name}\b", text)]


def test_how_to_add_to_the_code_names_what_is_there(tmp_path):
    pages = list((DOCS / "how-to").glob("*.md"))
    assert sum(len(NAME.findall(prose(page))) for page in pages) > 15
    assert {page.name: lost for page in pages if (lost := names_not_there(page))} == {}
    page = tmp_path / "add.md"
    (tmp_path / "code.py").write_text("KINDS = {}\n")
    page.write_text("In [it](code.py): `KINDS`, `_MOST`.")
    assert names_not_there(page) == ["_MOST"]


def test_every_page_of_the_documentation_stands_once_in_its_index():
    linked = [
        (DOCS / link).resolve() for link, _ in LINK.findall(prose(DOCS / "README.md"))
    ]
    pages = {
        path.resolve()
        for path in DOCS.rglob("*.md")
        if path.parent != DOCS / "decisions" and path != DOCS / "README.md"
    }
    assert [page for page in sorted(pages) if linked.count(page) != 1] == []
    kinds = HEADING.findall(prose(DOCS / "README.md"))[1:]
    assert [re.split(r"\W", kind)[0] for kind in kinds] == [
        "Tutorials",
        "How",
        "Explanation",
        "Reference",
    ]


def test_the_first_screen_of_the_readme_shows_a_report():
    top = (ROOT / "README.md").read_text("utf-8").splitlines()[:14]
    (picture,) = re.findall(r"!\[.{40,}\]\((docs/images/report\.png)\)", "\n".join(top))
    assert (ROOT / picture).stat().st_size > 10_000


def blocks(language: str) -> list[str]:
    readme = (ROOT / "README.md").read_text("utf-8")
    return re.findall(rf"```{language}\n(.*?)```", readme, re.DOTALL)


@pytest.mark.parametrize("example", blocks("python"))
def test_the_examples_of_the_readme_run(example):
    exec(compile(example, "README.md", "exec"), {})


def test_one_version_everywhere():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"][
        "version"
    ]
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    assert highneeds.__version__ == declared == cited["version"]
    assert {"cff-version", "message", "title", "authors"} <= set(cited)


def test_the_changelog_says_which_numbers_change():
    changelog = (ROOT / "CHANGELOG.md").read_text("utf-8")
    releases = re.split(r"(?m)^## ", changelog)[1:]
    assert all("### Numbers that change" in release for release in releases)
