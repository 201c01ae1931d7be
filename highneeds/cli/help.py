"""Help: examples of each verb, and the lists of names that its options take."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

from highneeds.cli.examples import EXAMPLES
from highneeds.cli.printing import program

_WIDTH = 88


class Parser(argparse.ArgumentParser):
    """An argument parser whose help ends on examples and on the names its options take."""

    def error(self, message: str) -> NoReturn:
        """Say a mistake as every other message of ours is said."""
        self.exit(2, f"highneeds: {message}\nTry: {self.prog} --help\n")

    def format_help(self) -> str:
        """The help with examples, and with lists that are read only now."""
        name = program()
        verb = self.prog.removeprefix(name).strip()
        options = {action.dest for action in self._actions}
        said = [super().format_help()]
        if examples := EXAMPLES.get(verb):
            said.append("\n".join(["examples:", *(f"  {name} {one}" for one in examples)]))
        for (option, of_verb), (title, listed) in _LISTS.items():
            if option in options and of_verb in ("", verb):
                said.append(f"{title}:\n{_wrapped(listed())}")
        return "\n".join(one if one.endswith("\n") else f"{one}\n" for one in said)


def _wrapped(names: Sequence[str]) -> str:
    return textwrap.fill(
        ", ".join(names),
        _WIDTH,
        initial_indent="  ",
        subsequent_indent="  ",
        break_on_hyphens=False,
        break_long_words=False,
    )


def _scenarios() -> list[str]:
    from highneeds.scenario.scenario import Scenario

    return Scenario.shipped()


def _notebooks() -> list[str]:
    from highneeds import home

    return sorted(path.stem for path in home.notebooks_dir().glob("*.ipynb"))


def _breakdowns() -> list[str]:
    from highneeds.panel.schema import MEASURES

    types = dict.fromkeys(
        kind for measure in MEASURES.values() for kind in measure.breakdown_types
    )
    return [*types, "a value (5-10)", "a type with a value (age/5-10)", "all"]


def _measures() -> list[str]:
    from highneeds.panel.schema import MEASURES

    return list(MEASURES)


def _regions() -> list[str]:
    from highneeds.geography import Geography

    return [region.name for region in Geography.load().regions()]


# By the option, and the verb where the option means another thing elsewhere.
_LISTS: Mapping[tuple[str, str], tuple[str, Callable[[], Sequence[str]]]] = {
    ("scenario", ""): ("scenarios that come with the package", _scenarios),
    ("names", "notebooks"): ("notebooks", _notebooks),
    ("notebook", "batch"): ("notebooks (a batch makes 01, 03, 04, 09, 10)", _notebooks),
    ("measure", "data show"): ("measures", _measures),
    ("breakdown", "data show"): ("breakdowns; each measure has some of them", _breakdowns),
    ("region", ""): ("regions", _regions),
}
