"""Help shows an example of every verb, and the names it takes."""

import argparse

import pytest

from highneeds import cli
from highneeds.cli.examples import EXAMPLES
from highneeds.cli.help import Parser
from highneeds.scenario.scenario import Scenario


def parsers(parser, words=()):
    """Every parser with the words that lead to it."""
    yield " ".join(words), parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, one in action.choices.items():
                yield from parsers(one, (*words, name))


PARSERS = dict(parsers(cli._parser()[0]))


@pytest.mark.parametrize("verb", PARSERS)
def test_every_verb_has_an_example_of_its_own(verb):
    assert all(example.startswith(verb) for example in EXAMPLES[verb])
    assert EXAMPLES[verb]


def test_no_example_is_of_a_verb_that_is_gone():
    assert set(EXAMPLES) == set(PARSERS)


@pytest.mark.parametrize(
    ("verb", "names"),
    [
        ("report", Scenario.shipped()),
        ("national", ["reform_path", "South West"]),
        ("batch", ["01_overspend_scenario", "10_england"]),
        ("notebooks", ["08_inspection_link"]),
        ("data show", ["ehc_plans", "age_year_by_placement", "age/5-10"]),
    ],
)
def test_help_lists_the_names_that_options_take(verb, names):
    shown = PARSERS[verb].format_help()
    assert isinstance(PARSERS[verb], Parser)
    for name in names:
        assert name in " ".join(shown.split())


def test_without_a_word_there_is_the_help(capsys):
    assert cli.main([]) == 0
    said = capsys.readouterr()
    assert "examples:" in said.out
    assert "highneeds report Kent" in said.out
    assert said.err == ""
