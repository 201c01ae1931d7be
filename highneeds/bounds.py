"""What a run may be asked for: bounds on numbers and amounts, and rules for names."""

from __future__ import annotations

import unicodedata
from numbers import Integral
from typing import Any

from highneeds.errors import HighNeedsError, UsageError

# Of a report or a verb: fewer give no chance worth the name, more no better one.
FEWEST_DRAWS, MOST_DRAWS = 100, 20_000
# Of a projection in a program, which may want a few or very many.
MOST_SIMULATED = 1_000_000
LARGEST_SEED = 2**63 - 1
MOST_WORKERS = 256
# More than the United Kingdom spends in a year.
MOST_GBP = 2e12
_MOST_LETTERS, _MOST_OF_A_NOTE, _SHOWN = 300, 10_000, 60
# What a spreadsheet program might run as a formula, the full-width forms among them.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


def whole_number(
    value: Any, name: str, least: int, most: int, error: type[HighNeedsError] = UsageError
) -> int:
    """A whole number, given as one or as its digits, within bounds.

    Raises
    ------
    HighNeedsError
        Of the class given: it is another kind of value, or out of range.
    """
    given = isinstance(value, str | Integral) and not isinstance(value, bool)
    text = str(value).strip() if given else ""
    digits = text.removeprefix("-")
    # No more digits than any bound has: Python itself refuses to read thousands of them.
    if digits.isascii() and digits.isdecimal() and len(digits) <= len(str(most)):
        found = int(text)
        if least <= found <= most:
            return found
    shown = str(value)
    shown = shown if len(shown) <= _SHOWN else f"{shown[:_SHOWN]}…"
    msg = f"{name} {shown} is out of range. Expected a whole number, {least:,} to {most:,}."
    raise error(msg)


def require_draws(
    draws: Any, least: int = 1, error: type[HighNeedsError] = UsageError
) -> int:
    """How many futures to simulate; a verb that gives chances asks for `FEWEST_DRAWS`."""
    most = MOST_DRAWS if least == FEWEST_DRAWS else MOST_SIMULATED
    return whole_number(draws, "draws", least, most, error)


def require_seed(seed: Any, error: type[HighNeedsError] = UsageError) -> int:
    """The number that random draws begin from."""
    return whole_number(seed, "seed", 0, LARGEST_SEED, error)


def require_workers(workers: Any, error: type[HighNeedsError] = UsageError) -> int:
    """How many processes to work in."""
    return whole_number(workers, "workers", 1, MOST_WORKERS, error)


def require_gbp(amount_gbp: float, name: str) -> float:
    """An amount that could be one: finite, and not more than a country spends.

    Raises
    ------
    UsageError
        It is neither.
    """
    if not abs(amount_gbp) <= MOST_GBP:
        msg = f"{name} {amount_gbp:g} is no amount. Expected at most £{MOST_GBP:,.0f}."
        raise UsageError(msg)
    return amount_gbp


def plain_name(text: str) -> str:
    """A name as it may stand in a table, a page, a workbook and a path.

    Raises
    ------
    ValueError
        It holds a character that cannot be seen, begins as a formula does, or is longer
        than 300 letters.
    """
    if len(text) > _MOST_LETTERS:
        msg = f"{len(text):,} letters are too many for a name; at most {_MOST_LETTERS}"
        raise ValueError(msg)
    if text.lstrip().startswith(FORMULA_STARTS):
        msg = f"a name does not begin with {text.lstrip()[0]}: a spreadsheet would run it"
        raise ValueError(msg)
    return _seen(text, "")


def plain_note(text: str) -> str:
    """A text of several lines, perhaps, without a character that cannot be seen.

    Raises
    ------
    ValueError
        It holds one, or is longer than 10,000 letters.
    """
    if len(text) > _MOST_OF_A_NOTE:
        msg = f"{len(text):,} letters are too many; at most {_MOST_OF_A_NOTE:,}"
        raise ValueError(msg)
    return _seen(text, "\n\r\t\u00ad\u200c\u200d")


def _seen(text: str, allowed: str) -> str:
    for one in text:
        if unicodedata.category(one) in _UNSEEN and one not in allowed:
            msg = f"it holds a character that cannot be seen, U+{ord(one):04X}. Delete it"
            raise ValueError(msg)
    return text
