"""How amounts, chances, plurals, near names and a file's faults are written, everywhere."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from highneeds.errors import some

if TYPE_CHECKING:
    from datetime import date

    from pydantic import ValidationError

MINUS = "\N{MINUS SIGN}"
# Shorthand of the government spreadsheet guidance for a figure that does not exist.
NO_FIGURE = "[x]"
NOT_APPLICABLE = "[z]"
_MILLION, _BILLION, _EXACT_BELOW, _MOST_DECIMALS = 1_000_000, 1_000_000_000, 1_000, 3
# Above and below these chances words are used, because no model is that sure.
_NEARLY_ALL, _NEARLY_NONE = 0.985, 0.015
# How alike a name must be to be offered for one that is not known: 1 is the same.
_ALIKE = 0.4
# Of a value that is refused this much is shown, and of a name this long nothing is near.
_MOST_FOUND, _LONGEST_NAME = 200, 300


def minus(text: str) -> str:
    """A number already written, with a real minus sign."""
    return text.replace("-", MINUS)


def missing(value: float | None) -> bool:
    """Whether there is no figure; a missing figure is never shown as 0."""
    return value is None or not math.isfinite(value)


def millions(pounds: float | None, *, signed: bool = False) -> str:
    """Pounds as millions: ``−£12.3m``. With `signed`, a rise carries a plus."""
    return _signed(pounds, _MILLION, 1, "£", "m", plus=signed)


def billions(pounds: float | None) -> str:
    """Pounds as billions to one decimal, for sums of many authorities: ``−£1.2bn``."""
    return _signed(pounds, _BILLION, 1, "£", "bn")


def whole_pounds(amount: float | None) -> str:
    """Pounds to the pound: ``−£1,234``."""
    return _signed(amount, 1, 0, "£", "")


def pounds(amount: float | None) -> str:
    """Pounds as millions, and from one billion as billions: ``−£1.23bn``, ``−£12.3bn``."""
    if amount is not None and abs(amount) >= _BILLION:
        decimals = 2 if abs(amount) < 10 * _BILLION else 1
        return _signed(amount, _BILLION, decimals, "£", "bn")
    return millions(amount)


def count(number: float | None, *, signed: bool = False) -> str:
    """A whole number with thousands separated."""
    return _signed(number, 1, 0, "", "", plus=signed)


def percent(share: float | None, *, decimals: int = 0, signed: bool = False) -> str:
    """A share (0 to 1) as a per cent; one that would round to nought keeps decimals."""
    while share and decimals < _MOST_DECIMALS and round(share * 100, decimals) == 0:
        decimals += 1
    return _signed(share, 0.01, decimals, "", "%", plus=signed)


def change(share: float, decimals: int = 0) -> str:
    """A change as a per cent with its sign, even of nothing: ``+3%``, ``−0.4%``."""
    return minus(f"{share:+.{decimals}%}")


def decimal(number: float | None) -> str:
    """A number as short as it can be written without losing what matters."""
    if number is None or missing(number):
        return NO_FIGURE
    text = f"{number + 0.0:,.4g}" if abs(number) < _EXACT_BELOW else f"{number:,.0f}"
    return minus(text)


def fixed(number: float | None, decimals: int) -> str:
    """A number with so many decimals, for columns read downwards."""
    return _signed(number, 1, decimals, "", "")


def between(low: str, high: str) -> str:
    """A range in words, or the one value when both ends read the same."""
    return low if low == high else f"{low} to {high}"


def futures(low: str, high: str) -> str:
    """A simulated figure's range, spelt this one way: ``8 in 10 futures: £1m to £3m``."""
    return f"8 in 10 futures: {between(low, high)}"


def chance(probability: float | None, draws: int) -> str:
    """A share of futures in words; 0% and 100% would claim more than draws can show."""
    if probability is None or missing(probability):
        return NO_FIGURE
    least = max(0.005, 1 / draws)
    if probability < least:
        return f"less than {percent(max(0.01, least))}"
    # Nor by rounding: 995 futures of 1,000 are not 100%.
    if probability > 1 - least or percent(probability) == percent(1):
        return f"more than {percent(min(0.99, 1 - least))}"
    return percent(probability)


def in_futures(share: float) -> str:
    """A chance in words a board can use; never certainty."""
    if share >= _NEARLY_ALL:
        return "in nearly every simulated future"
    if share <= _NEARLY_NONE:
        return "in almost no simulated future"
    return f"in about {round(share * 100):d} of every 100 simulated futures"


def plural(number: float, one: str, many: str = "") -> str:
    """A number with the thing it counts: ``1 year``, ``1,204 plans``."""
    return f"{count(number)} {one if number == 1 else many or f'{one}s'}"


def possessive(name: str) -> str:
    """A name as an owner: ``Kent's``, ``Tower Hamlets'``."""
    return f"{name}'" if name.endswith("s") else f"{name}'s"


def day_words(day: date) -> str:
    """A day as a reader says it: ``3 March 2026``."""
    return f"{day.day} {day:%B %Y}"


def balance_words(balance: float) -> str:
    """A balance said in full: ``a deficit of £12.3m``; negative is a deficit."""
    size = millions(abs(balance))
    if size == millions(0.0):
        return "a balance of nil"
    return f"a deficit of {size}" if balance < 0 else f"a surplus of {size}"


def nearest(
    name: str, known: Iterable[str], most: int = 1, alike: float = _ALIKE
) -> list[str]:
    """The known names most like one that is not, best first; none where none is near."""
    if len(name) > _LONGEST_NAME:
        return []
    return difflib.get_close_matches(name, list(known), n=most, cutoff=alike)


def hint(name: str, known: Iterable[str], most: int = 1) -> str:
    """What to say behind a name that is not known: `` (the nearest is draws)``, or nothing.

    Every message that refuses a name says it so, behind the name itself.
    """
    near = nearest(name, known, most)
    if not near:
        return ""
    return f" (the nearest {'is' if len(near) == 1 else 'are'} {', '.join(near)})"


def faults_of(
    error: ValidationError, where: str, fields: Sequence[str], at: str = ""
) -> list[str]:
    """Turn a validation error into sentences that name the file, the key and the fix."""
    sentences = []
    for fault in error.errors():
        key = ".".join([at, *map(str, fault["loc"])]).strip(".")
        if fault["type"] == "extra_forbidden":
            near = hint(str(fault["loc"][-1]), fields)
            expected = near or f"; expected {some(fields)}"
            sentences.append(f"{where}: unknown key {key!r}{expected}.")
        elif fault["type"] == "missing":
            sentences.append(f"{where}: {key} is missing.")
        else:
            problem = str(fault["msg"]).removeprefix("Value error, ")
            found = repr(fault["input"])
            found = found if len(found) <= _MOST_FOUND else f"{found[:_MOST_FOUND]}…"
            shown = f" (found {found})" if fault["loc"] else ""
            sentences.append(f"{where}: {key}: {problem}{shown}.")
    return sentences


def _signed(
    value: float | None,
    unit: float,
    decimals: int,
    before: str,
    after: str,
    *,
    plus: bool = False,
) -> str:
    if value is None or missing(value):
        return NO_FIGURE
    scaled = round(value / unit, decimals)
    sign = MINUS if scaled < 0 else "+" if plus and scaled > 0 else ""
    return f"{sign}{before}{abs(scaled):,.{decimals}f}{after}"
