"""Every command that a page, a notebook, a help or a message prints can be typed."""

import ast
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

import start
from highneeds import cli, home
from highneeds.errors import HighNeedsError
from highneeds.geography import Geography
from highneeds.scenario.scenario import Scenario
from tests.test_packaging import ROOT
from tests.unit.test_help import PARSERS

PROGRAM = (
    # Not the name of a scheduled job, or of a folder.
    r"(?:(?:python3|py) (?:\S*/)?start\.py|(?:\S*[/\\])?python(?:3)? -m highneeds"
    r"|(?<![\w/.\\-])(?<!/TN )highneeds)"
)
# In code a command ends where a shell ends it or a remark begins, in a sentence with the
# marks around it. How it is called, and what is asked.
IN_CODE = re.compile(rf"(?:^|[\s({{;&])({PROGRAM}) +((?![-=<{{])[^#;&|>\n)}}]+)")
IN_WORDS = re.compile(rf"`({PROGRAM}) ([^`|]+)`|“({PROGRAM}) ([^”]+)”")
FENCED = re.compile(r"^( *)```\w*[^\n]*\n(.*?)^\1```", re.DOTALL | re.MULTILINE)
INDENTED = re.compile(r"(?:(?<=\n\n)|\A)((?: {4}[^\n]*\n)+)")
TOOL = re.compile(r"\bpython (?:-m ((?:tools|tests|benchmarks)[\w.]*)|(tools/\w+\.py))")
BOOK = re.compile(r"([\w-]+)-what-if\.xlsx")
# Not commands: what stands for one, and a word that begins a sentence of ours.
STANDS_FOR = {"COMMAND", "VERB", "[OPTIONS]"}
VERBS = set(cli._parser()[1])
OF_A_CLONE = {*start.VERBS, *start.CHECKS, "help"}


def in_page(text: str) -> Iterator[tuple[str, str]]:
    """How each command of a page is called, and its words."""
    text = re.sub(r"```(?:python|sh fails).*?```", "", text, flags=re.DOTALL).replace(
        "\\\n", " "
    )
    for block in (*(code[2] for code in FENCED.finditer(text)), *INDENTED.findall(text)):
        for line in block.splitlines():
            yield from IN_CODE.findall(f"{line}\n")
    yield from in_words(FENCED.sub("", text))


def in_words(text: str) -> Iterator[tuple[str, str]]:
    for called, asked, named, told in IN_WORDS.findall(" ".join(text.split())):
        yield called or named, asked or told


def in_notebook(path: Path) -> Iterator[tuple[str, str]]:
    for cell in json.loads(path.read_text("utf-8"))["cells"]:
        shown = [cell["source"]] if cell["cell_type"] == "markdown" else []
        for output in cell.get("outputs", ()):
            shown += output.get("data", {}).values()
        for text in shown:
            if isinstance(text, str | list):
                yield from in_words("".join(text))


def in_module(path: Path) -> Iterator[tuple[str, str]]:
    """Of every text in the code: what a message or a page of ours says."""
    for one in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(one, ast.JoinedStr):
            parts = (v.value if isinstance(v, ast.Constant) else "AREA" for v in one.values)
            yield from in_words("".join(map(str, parts)))
        elif isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield from in_words(one.value)


def fault(called: str, asked: str) -> str:
    """Why the words cannot be typed; nothing where they can."""
    try:
        words = shlex.split(asked.replace("[", "").replace("]", "").replace("…", ""))
    except ValueError as error:
        return f"{asked!r}: {error}"
    if not words or words[0] in {*STANDS_FOR, "--version"}:
        return ""
    known = VERBS | (OF_A_CLONE if "start.py" in called else set())
    if words[0] not in known:
        return f"{words[0]} is no verb"
    # A name in a sentence is no command to type.
    if words[0] not in VERBS or " ".join(words) in PARSERS:
        return ""
    try:
        return wrong_name(cli.parsed(words))
    except (SystemExit, HighNeedsError) as error:
        return f"{asked}: {error}"


def wrong_name(options) -> str:
    """Of the values that the parser takes on trust, those of a place and a scenario."""
    areas = getattr(options, "area", None) or ()
    for area in [areas] if isinstance(areas, str) else areas:
        if not area.isupper():
            Geography.load().find(area)
    scenarios = getattr(options, "scenario", None) or ()
    for name in [scenarios] if isinstance(scenarios, str) else scenarios:
        if not (name.isupper() or name.endswith(".toml") or name in Scenario.shipped()):
            return f"no scenario {name}"
    return ""


PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    ROOT / "reports" / "README.md",
    *(
        one
        for one in (ROOT / "docs").rglob("*.md")
        # What was decided is kept as it was; the other quotes what went wrong.
        if one.parent.name != "decisions" and one.name != "quality.md"
    ),
]


def test_every_command_of_the_pages_can_be_typed(capsys):
    found = {str(page.relative_to(ROOT)): list(in_page(page.read_text())) for page in PAGES}
    assert sum(map(len, found.values())) > 90
    wrong = {
        (page, why)
        for page, commands in found.items()
        for called, asked in commands
        if (why := fault(called, asked))
    }
    assert wrong == set(), capsys.readouterr().err


def test_the_pages_call_the_program_as_a_fresh_clone_has_it():
    """Or with an environment that they have just made, or named."""
    other = {
        (page.name, called)
        for page in PAGES
        for called, _ in in_page(page.read_text("utf-8"))
        if "start.py" not in called
    }
    assert {
        page for page, called in other if called != ".venv/bin/python -m highneeds"
    } <= {
        "README.md",
        "schedule.md",
        "data-dictionary.md",
    }


def test_every_command_of_the_notebooks_and_of_the_code_can_be_typed(capsys):
    notebooks = [
        one for path in home.notebooks_dir().glob("*.ipynb") for one in in_notebook(path)
    ]
    texts = [
        path
        for path in (ROOT / "highneeds").rglob("*.py")
        if "highneeds " in path.read_text()
    ]
    code = [one for path in texts for one in in_module(path)]
    assert len(notebooks) > 5
    assert len(code) > 50
    wrong = {why for called, asked in (*notebooks, *code) if (why := fault(called, asked))}
    assert wrong == set(), capsys.readouterr().err


@pytest.mark.parametrize("verb", PARSERS)
def test_every_command_of_a_help_can_be_typed(verb):
    shown = PARSERS[verb].format_help()
    _, _, examples = shown.partition("examples:\n")
    found = [IN_CODE.findall(line) for line in examples.partition("\n\n")[0].splitlines()]
    assert found[0]
    assert [why for one in found for each in one if (why := fault(*each))] == []


def test_tools_that_the_pages_name_are_there():
    named = [one for page in PAGES for one in TOOL.findall(page.read_text("utf-8"))]
    assert len(named) > 3
    for module, path in named:
        place = ROOT / (path or module.rstrip(".").replace(".", "/"))
        assert place.exists() or place.with_suffix(".py").exists(), place


def test_the_book_is_called_what_is_written():
    texts = [page.read_text("utf-8") for page in PAGES]
    texts += [parser.format_help() for parser in PARSERS.values()]
    named = {one for text in texts for one in BOOK.findall(text)}
    assert named == {Geography.load().find("Kent").slug, "CODE-AREA"}


@pytest.mark.parametrize(
    "asked",
    [
        "monitor Kent --spent 61.2m --month October --year 2025-26",
        "monitor Kent --spent 61200000 --month October",
        "workbook Kent --read kent.xlsx",
        "report Atlantis",
        "report Kent --scenario reform",
        "report Kent --inputz kent.xlsx",
        "geografy Kent",
        "data diff OLD",
    ],
)
def test_one_that_cannot_is_noticed(asked):
    text = (
        f"Type `python3 start.py\n{asked}`.\n\n```\npython3 start.py {asked}  # so\n```\n"
    )
    found = list(in_page(text))
    assert len(found) == 2
    assert all(fault(*one) for one in found)
