"""What the pages say can be done can be done: links lead somewhere, examples run."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

import highneeds
import start
from tests.test_packaging import ROOT, committed_files

LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")


def dead_links(page: Path) -> list[str]:
    return [
        link
        for link in LINK.findall(page.read_text("utf-8"))
        if not (page.parent / link).exists()
    ]


def test_every_link_between_pages_leads_somewhere():
    pages = [path for path in committed_files() if path.suffix == ".md"]
    found = {str(page.relative_to(ROOT)): dead_links(page) for page in pages}
    assert {page: links for page, links in found.items() if links} == {}


def test_a_dead_link_is_noticed(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("[here](page.md), [away](https://example.org) and [gone](gone.md#part)")
    assert dead_links(page) == ["gone.md"]


def blocks(language: str) -> list[str]:
    readme = (ROOT / "README.md").read_text("utf-8")
    return re.findall(rf"```{language}\n(.*?)```", readme, re.DOTALL)


@pytest.mark.parametrize("example", blocks("python"))
def test_the_examples_of_the_readme_run(example):
    exec(compile(example, "README.md", "exec"), {})


def test_the_readme_names_only_verbs_that_exist():
    readme = (ROOT / "README.md").read_text("utf-8")
    named = set(re.findall(r"start\.py (\w+)", readme))
    assert {"report", "test"} <= named <= {*start.VERBS, "check", "help"}


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
