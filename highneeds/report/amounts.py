"""Numbers as a reader sees them: £m to one decimal, a real minus sign, ranges in words."""

from __future__ import annotations

import math

MINUS = "\N{MINUS SIGN}"
# Shorthand of the government spreadsheet guidance for a figure that does not exist.
NO_FIGURE = "[x]"
NOT_APPLICABLE = "[z]"
_MILLION, _BILLION, _EXACT_BELOW, _MOST_DECIMALS = 1_000_000, 1_000_000_000, 1_000, 3


def missing(value: float | None) -> bool:
    """Whether there is no figure; a missing figure is never shown as 0."""
    return value is None or not math.isfinite(value)


def millions(pounds: float | None, *, signed: bool = False) -> str:
    """Pounds as millions: ``−£12.3m``. With `signed`, a rise carries a plus."""
    return _signed(pounds, _MILLION, 1, "£", "m", plus=signed)


def pounds(amount: float | None) -> str:
    """Pounds as millions, and from one billion as billions: ``−£1.23bn``, ``−£12.3bn``."""
    if amount is not None and abs(amount) >= _BILLION:
        decimals = 2 if abs(amount) < 10 * _BILLION else 1
        return _signed(amount, _BILLION, decimals, "£", "bn")
    return millions(amount)


def whole_pounds(amount: float | None) -> str:
    """Pounds told one by one: ``−£12,345``."""
    return _signed(amount, 1, 0, "£", "")


def count(number: float | None, *, signed: bool = False) -> str:
    """A whole number with thousands separated."""
    return _signed(number, 1, 0, "", "", plus=signed)


def percent(share: float | None, *, decimals: int = 0, signed: bool = False) -> str:
    """A share (0 to 1) as a per cent; one that would round to nought keeps decimals."""
    while share and decimals < _MOST_DECIMALS and round(share * 100, decimals) == 0:
        decimals += 1
    return _signed(share, 0.01, decimals, "", "%", plus=signed)


def decimal(number: float | None) -> str:
    """A number as short as it can be written without losing what matters."""
    if number is None or missing(number):
        return NO_FIGURE
    text = f"{number + 0.0:,.4g}" if abs(number) < _EXACT_BELOW else f"{number:,.0f}"
    return text.replace("-", MINUS)


def fixed(number: float | None, decimals: int) -> str:
    """A number with so many decimals, for columns read downwards."""
    return _signed(number, 1, decimals, "", "")


def between(low: str, high: str) -> str:
    """A range in words, or the one value when both ends read the same."""
    return low if low == high else f"{low} to {high}"


def chance(probability: float | None, draws: int) -> str:
    """A share of futures in words; 0% and 100% would claim more than draws can show."""
    if probability is None or missing(probability):
        return NO_FIGURE
    least = max(0.005, 1 / draws)
    if probability < least:
        return f"less than {percent(max(0.01, least))}"
    if probability > 1 - least:
        return f"more than {percent(min(0.99, 1 - least))}"
    return percent(probability)


def balance_words(balance: float) -> str:
    """A balance said in full: ``a deficit of £12.3m``; negative is a deficit."""
    size = millions(abs(balance))
    if size == millions(0.0):
        return "a balance of nil"
    return f"a deficit of {size}" if balance < 0 else f"a surplus of {size}"


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
