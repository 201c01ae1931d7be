"""A tutorial is followed word by word, and prints what its page says."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_start import lend_packages, load
from tools.tutorials import _BLOCK, PAGES, Here, followed, typed

SET_UP = "\n## 2. "
WORDS = {None, "setup", "slow", "fails"}
# Of a figure that nothing would keep true.
TYPED = re.compile(r"£\d|\d ?%|\d,\d{3}")
KEPT = re.compile(r"<!-- =.*?<!-- / -->", re.DOTALL)


def by_name(page: Path) -> str:
    return page.stem


@pytest.fixture(params=PAGES, ids=by_name)
def page(request):
    return request.param.read_text("utf-8")


def test_each_of_the_three_users_has_one():
    assert [page.stem for page in PAGES] == [
        "finance-officer",
        "policy-researcher",
        "regional-analyst",
    ]


def test_what_is_printed_is_what_the_page_says(page, tmp_path):
    found = followed(page, Here(tmp_path), skip=("setup", "slow"))
    assert found == page, "run python tools/tutorials.py"


def test_a_figure_that_moved_is_noticed(tmp_path):
    page = PAGES[1].read_text("utf-8")
    stale = page.replace("718,838", "718,837")
    assert stale != page
    assert followed(stale, Here(tmp_path), skip=("setup", "slow")) == page


def told(command: str, words: str = "") -> str:
    return f"```sh{words and ' ' + words}\n{command}\n```\n"


def test_a_command_that_does_not_do_as_told_is_noticed(tmp_path):
    unknown = "python3 start.py geography Atlantis"
    with pytest.raises(RuntimeError, match="Atlantis' ended with 2"):
        followed(told(unknown), Here(tmp_path), skip=())
    assert followed(told(unknown, "fails"), Here(tmp_path), skip=())
    with pytest.raises(RuntimeError, match="ended with 0"):
        followed(told("python3 start.py geography Kent", "fails"), Here(tmp_path), skip=())
    with pytest.raises(ValueError, match="needs a shell"):
        followed(told("rm -r reports"), Here(tmp_path), skip=())


def test_no_figure_is_typed_into_a_tutorial(page):
    assert not TYPED.search(_BLOCK.sub("", KEPT.sub("", page)))
    assert TYPED.search("a deficit of £100.7m")
    assert {block[2] for block in _BLOCK.finditer(page) if block[1] == "sh"} <= WORDS


def test_all_begin_alike(page):
    # What a reader has to do first is the same, whoever they are.
    words = [block[3] for block in _BLOCK.finditer(page) if block[2] == "setup"]
    assert words == ["git clone <address> highneeds\ncd highneeds\n"]
    assert re.search(r"```sh slow\npython3 start\.py report ", page)


def lend_all(folder: Path) -> None:
    """What setting the clone up would install, lent to it."""
    clone = load(folder)
    make = [sys.executable, "-m", "venv", "--without-pip", str(clone.VENV)]
    subprocess.run(make, check=True)
    lend_packages(clone.VENV)
    (clone.VENV / clone.READY).write_text(clone.fingerprint(clone.probe(clone.VENV)[0]))


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="needs bash")
def test_every_tutorial_is_typed_into_a_fresh_clone(tmp_path):
    # All begin alike, so one clone does. What takes long is left out here:
    # tools/tutorials.py --fresh does every word.
    pages = [page.read_text("utf-8").split(SET_UP, 1) for page in PAGES]
    with typed(tmp_path, HIGHNEEDS_DATA_DIR=str(tmp_path / "none")) as shell:
        first = pages[0][0]
        assert followed(first, shell, skip=("slow",)) == first
        lend_all(tmp_path / "highneeds")
        for _, rest in pages:
            assert followed(SET_UP + rest, shell, skip=("slow",)) == SET_UP + rest
