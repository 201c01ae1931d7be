"""Help: examples of each verb, and the lists of names that its options take."""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import NoReturn

_WIDTH = 88

# As somebody would type it, after ``highneeds``; tests/unit/test_help.py parses each.
EXAMPLES: Mapping[str, Sequence[str]] = {
    "": ("report Kent", "report England", "batch --areas all --workers 2"),
    "report": (
        'report "West Berkshire" --draws 2000',
        "report Kent --scenario reform_path --inputs kent.xlsx",
        'report Kent --peers "Essex, Surrey, Hampshire" --with drivers,scenarios',
        'report "South West"',
    ),
    "notebooks": ("notebooks --list", "notebooks --copy my-notebooks 03 04"),
    "workbook": ("workbook Kent", "workbook --read kent-what-if.xlsx"),
    "whatif": ("whatif Kent --inputs kent.xlsx",),
    "export": ("export Kent --form dsg --inputs kent.xlsx",),
    "inputs": ("inputs template Kent --out kent.xlsx",),
    "inputs template": ("inputs template Kent --out kent.xlsx",),
    "inputs check": ("inputs check kent.xlsx",),
    "monitor": (
        "monitor Kent --inputs ledger.csv",
        "monitor Kent --spent 61.2m --month October",
    ),
    "batch": (
        'batch --areas "South West" Kent --workers 2',
        "batch --areas all --notebook 01 09 10 --workers 2",
        "batch --areas regions --dry-run",
    ),
    "compare": ("compare reports/RUN_A reports/RUN_B --page changed.html",),
    "data": ("data show ehc_plans --area Kent", "data list"),
    "data show": (
        "data show ehc_plans --area Kent --area England",
        "data show ehc_plans --area Kent --breakdown age --format csv",
    ),
    "data list": ("data list",),
    "data issues": ("data issues --area Kent",),
    "data dictionary": ("data dictionary --out dictionary.md",),
    "data build": ("data build --raw downloads",),
    "data update": ("data update --dry-run",),
    "data add": ("data add caseload.zip --dry-run",),
    "data diff": ("data diff old-release new-release --page changed.html",),
    "geography": ("geography Somerset", "geography --format json"),
    "national": (
        "national --scenario trend reform_path",
        'national --region "South West" --format csv',
    ),
    "backtest": ("backtest --level authority --measure plans",),
    "forecasts": ("forecasts", "forecasts --marks --format csv"),
    "inspections": ('inspections --region "South West" --summary',),
    "claims": ("claims",),
    "evidence": ('evidence --region "South West"',),
    "sign": ('sign reports/886-kent --as reviewed --name "A. Reader"',),
    "verify": ("verify reports/886-kent",),
    "bench": ("bench --quick",),
}


class Parser(argparse.ArgumentParser):
    """An argument parser whose help ends on examples and on the names its options take."""

    def error(self, message: str) -> NoReturn:
        """Say a mistake as every other message of ours is said."""
        self.exit(2, f"highneeds: {message}\nTry: {self.prog} --help\n")

    def format_help(self) -> str:
        """The help with examples, and with lists that are read only now."""
        name, *verb = self.prog.split()
        options = {action.dest for action in self._actions}
        said = [super().format_help()]
        if examples := EXAMPLES.get(" ".join(verb)):
            said.append("\n".join(["examples:", *(f"  {name} {one}" for one in examples)]))
        for (option, of_verb), (title, listed) in _LISTS.items():
            if option in options and of_verb in ("", " ".join(verb)):
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
