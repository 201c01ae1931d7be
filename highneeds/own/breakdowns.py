"""How an authority may break its own figures down, and what people call each part."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import product

from highneeds.errors import some
from highneeds.own.measures import PROVISIONS, OwnMeasure
from highneeds.panel.schema import AGE_BANDS, NEED_NAMES, PLACEMENT_NAMES
from highneeds.words import nearest

TOTAL = "total/total"
BAND_NAMES = {
    band: f"Under {int(band[2:]) + 1}" if band.startswith("0-") else f"Aged {band}"
    for band in AGE_BANDS
}
_NEEDS = {code: name for code, name in NEED_NAMES.items() if code != "all"}
# Told apart from other difficulty or disability in returns since 2026.
_NEEDS["ds"] = "Down syndrome"
# The types that a row may give in a column of their own.
SIMPLE: Mapping[str, Mapping[str, str]] = {
    "provision": PROVISIONS,
    "age_band": BAND_NAMES,
    "placement": PLACEMENT_NAMES,
    "need": _NEEDS,
}
_JOINT = "age_band_by_placement"
KINDS: Mapping[str, Mapping[str, str]] = {
    **SIMPLE,
    _JOINT: {
        f"{band}|{placement}": f"{BAND_NAMES[band]}, {PLACEMENT_NAMES[placement]}"
        for band, placement in product(BAND_NAMES, PLACEMENT_NAMES)
    },
}
# Parts that an authority may leave out and yet have given all of them.
_OPTIONAL = frozenset({"unknown", "ds"})


def required(kind: str) -> frozenset[str]:
    """The parts of a type of breakdown that together make its total."""
    return frozenset(part for part in KINDS[kind] if not _OPTIONAL & {*part.split("|")})


def breakdown_of(measure: OwnMeasure, written: str, parts: Mapping[str, str]) -> str:
    """A breakdown as tables write it, from what a row says: "type/value" or its columns.

    Parameters
    ----------
    written : str
        What stands under ``breakdown``; empty for none.
    parts : mapping of str to str
        What stands under the names of `SIMPLE`, where anything does.

    Raises
    ------
    ValueError
        There is no such breakdown of this measure; names the nearest.
    """
    if written and parts:
        msg = (
            f"the breakdown is given twice, as {written!r} and under {some(parts)}. Give "
            "one of the two"
        )
        raise ValueError(msg)
    if parts:
        kind, value = _joined(parts)
    elif written.strip().casefold() in ("", "total", TOTAL):
        return TOTAL
    else:
        kind, _, value = (part.strip() for part in written.partition("/"))
    if kind not in measure.kinds:
        taken = f"by {some(measure.kinds)}" if measure.kinds else "as a total only"
        msg = f"{measure.name} is not broken down by {kind!r}. It is taken {taken}"
        raise ValueError(msg)
    return f"{kind}/{_value(kind, value)}"


def _joined(parts: Mapping[str, str]) -> tuple[str, str]:
    if len(parts) == 1:
        ((kind, value),) = parts.items()
        return kind, value
    if {*parts} == {"age_band", "placement"}:
        band = _value("age_band", parts["age_band"])
        return _JOINT, f"{band}|{_value('placement', parts['placement'])}"
    msg = f"no figure is taken by {' and '.join(parts)} together"
    raise ValueError(msg)


def _value(kind: str, text: str) -> str:
    """The code of a part, from its code or its name."""
    known = KINDS[kind]
    spelt = {_plain(name): code for code, name in known.items()}
    spelt |= {_plain(code): code for code in known}
    if (found := spelt.get(_plain(text))) is not None:
        return found
    codes = dict.fromkeys(spelt[one] for one in nearest(_plain(text), spelt, most=3))
    near = f"the nearest: {', '.join(codes)}" if codes else f"expected {some(known, 12)}"
    msg = f"there is no {kind} {text!r} ({near})"
    raise ValueError(msg)


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9|]+", " ", text.casefold().replace("–", "-")).strip()
