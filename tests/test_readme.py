"""Figures quoted in pages are those the program gives; names in the method exist."""

import importlib
import re

import pytest

from tests.test_packaging import ROOT
from tools.computed_figures import PAGES, computed, figure

# Of the package, as method.md and the decisions write them: without "highneeds.".
NAMED = re.compile(r"`((?:analysis|model|panel|sources)\.[\w.]+)`")
WRITTEN = ("docs/method.md", "docs/glossary.md", "docs/national.md", "docs/decisions")


@pytest.mark.parametrize("page", PAGES)
def test_every_figure_quoted_is_what_the_program_gives(page):
    text = (ROOT / page).read_text("utf-8")
    assert "<!-- =" in text
    assert text == computed(text), "run python tools/computed_figures.py"


def test_a_figure_that_moved_is_noticed():
    text = "of <!-- =count authorities -->152<!-- / --> authorities"
    # 153 authorities since April 2023 (SOURCES.md: authorities of 2025).
    assert computed(text) == "of <!-- =count authorities -->153<!-- / --> authorities"


def test_a_figure_that_nothing_computes_is_refused():
    with pytest.raises(KeyError, match="no figure is called 'guess of mine'"):
        figure("guess of mine")


def test_the_readme_quotes_a_report_and_every_command():
    readme = (ROOT / "README.md").read_text("utf-8")
    assert "cumulative DSG balance could stand at" in readme
    assert "| `report` |" in readme
    assert "| `data show` |" in readme


def names(page) -> list[str]:
    return NAMED.findall(page.read_text("utf-8"))


def resolves(name: str) -> bool:
    """Whether a dotted name leads to a module of the package or something in one."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        try:
            found = importlib.import_module(".".join(["highneeds", *parts[:length]]))
        except ModuleNotFoundError:
            continue
        for attribute in parts[length:]:
            if not hasattr(found, attribute):
                return False
            found = getattr(found, attribute)
        return True
    return False


def test_every_name_the_pages_give_exists_in_the_code():
    pages = [
        page
        for where in WRITTEN
        for page in (
            [ROOT / where] if where.endswith(".md") else (ROOT / where).glob("*.md")
        )
    ]
    lost = {page.name: [n for n in names(page) if not resolves(n)] for page in pages}
    assert sum(len(names(page)) for page in pages) > 20
    assert {page: missing for page, missing in lost.items() if missing} == {}


def test_a_name_that_is_gone_is_noticed():
    assert resolves("model.plans.step_plans")
    assert resolves("answers.warnings")
    assert not resolves("model.plans.stepped_plans")
    assert not resolves("model.planning.step_plans")
