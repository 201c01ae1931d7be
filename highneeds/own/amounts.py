"""A number as people write it and as files hold it: one reader for every form of file."""

from __future__ import annotations

import math
import re

_PLAIN = re.compile(r"(?:[0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)(?:\.[0-9]+)?|\.[0-9]+")
_POWER = re.compile(r"[0-9]+(?:\.[0-9]+)?[eE][+-]?[0-9]+")
# As spreadsheets show a number that is too wide for its cell, to three figures or so.
_SHORTENED = re.compile(r"[0-9](?:\.[0-9]+)?E\+[0-9]{2,}")
_SCALED = re.compile(
    r"(?P<number>.+?) ?(?P<scale>k|m|mn|bn|thousand|million|billion|000s?)", re.IGNORECASE
)
_SCALES = {"k": 1e3, "t": 1e3, "0": 1e3, "m": 1e6, "b": 1e9}
_SYMBOLS = frozenset(
    {"c", "x", "z", "low", "k", "u", ":", "~", ".", "..", "-", "*", "supp"}
)
_MINUS = "-−–"
_SHOWN = 40


def number_of(given: object) -> float:
    """The number in a cell: ``-116000000``, ``(1,234)``, ``£1,234.50``, ``−5``.

    Raises
    ------
    ValueError
        It is none, is not finite, or is a symbol that stands for no figure.
    """
    if isinstance(given, bool):
        msg = f"{str(given).lower()} is no number"
        raise ValueError(msg)
    if isinstance(given, int | float):
        found = _float(given)
    elif isinstance(given, str):
        found = _read(given)
    else:
        msg = f"{str(given)!r} is no number"
        raise ValueError(msg)
    if not math.isfinite(found):
        msg = f"{given!r} is not a finite number"
        raise ValueError(msg)
    return found + 0.0  # −0 is 0


def _float(given: float) -> float:
    try:
        return float(given)
    except OverflowError:
        return math.inf


def _read(given: str) -> float:
    text = given.strip().replace("\xa0", " ")
    shown = repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
    bare = text.replace("£", "").strip()
    bracketed = bare.startswith("(") and bare.endswith(")")
    if bracketed:
        bare = bare[1:-1].strip()
    negative = bracketed or bare[:1] in _MINUS
    bare = bare[1:].strip() if bare and bare[0] in _MINUS else bare
    bare = bare.removeprefix("+")
    if _PLAIN.fullmatch(bare) or (
        _POWER.fullmatch(bare) and not _SHORTENED.fullmatch(bare)
    ):
        found = float(bare.replace(",", ""))
        return -found if negative and bare else found
    raise ValueError(_why_not(text, shown, bare, negative=negative))


def _why_not(text: str, shown: str, bare: str, *, negative: bool) -> str:
    if text.casefold() in _SYMBOLS:
        return f"{shown} stands for no figure. Leave the value empty where there is none"
    if text.startswith("="):
        return f"{shown} is a formula in text; nothing is worked out from it. Give a number"
    if text.endswith("%"):
        return f"{shown} is a percentage. Give the number itself"
    if _SHORTENED.fullmatch(bare):
        return f"{shown} is shortened, as a spreadsheet shows it. Give the number in full"
    if bare.casefold() in ("inf", "infinity", "nan"):
        return f"{shown} is not a finite number"
    scaled = _SCALED.fullmatch(bare)
    if scaled and _PLAIN.fullmatch(scaled["number"]):
        factor = _SCALES[scaled["scale"][0].lower()]
        whole = float(scaled["number"].replace(",", "")) * factor
        sign = "-" if negative else ""
        return f"{shown} is not in full. Write {sign}{whole:.0f}"
    return f"{shown} is no number"
