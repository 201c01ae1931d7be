"""Areas: who a batch is about, from what was asked, for each kind of notebook.

A notebook reports on areas of one level. It takes those of that level, and the authorities
of a region or of England where it is about authorities.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from highneeds.errors import HighNeedsError, UsageError
from highneeds.geography import Area, Geography
from highneeds.panel.panel import load_panel
from highneeds.panel.vintage import vintage

ALL, REGIONS = "all", "regions"
_LEVELS = {"la": "an authority", "region": "a region", "england": "all of England"}
_HOW = (
    "Separate areas with spaces or commas, and put a name of several words in quotes: "
    '--areas Leeds "South West".'
)
# No area's name has more words: Bath and North East Somerset has five.
_MOST_WORDS = 8


def areas_by_level(
    asked: Sequence[str], notebooks: Mapping[str, str]
) -> tuple[dict[str, list[Area]], list[str]]:
    """The areas that notebooks of each level are to report on, and what is wrong.

    Parameters
    ----------
    asked : sequence of str
        Areas, ``all`` or ``regions``, in any case; several in one text with commas between.
    notebooks : mapping
        Level to the name of the notebook, or notebooks, about it.
    """
    named, faults = _read(asked)
    found: dict[str, dict[str, Area]] = {level: {} for level in notebooks}
    for one in named:
        meant = {level: _meant(one, level) for level in notebooks}
        for level, areas in meant.items():
            found[level] |= {area.la_code: area for area in areas}
        if not any(meant.values()):
            faults.append(_why_none(one, notebooks))
    for level, areas_found in found.items():
        if not areas_found and named and len(notebooks) > 1:
            faults.append(
                f"{notebooks[level]} is about {_LEVELS[level]}, and no such area is named. "
                "Name one, or leave out that notebook."
            )
    return {level: list(areas.values()) for level, areas in found.items()}, faults


def _read(asked: Sequence[str]) -> tuple[list[Area | str], list[str]]:
    """What each text means, and what is wrong with those that mean nothing."""
    named: list[Area | str] = []
    unknown: dict[int, str] = {}
    for place, text in enumerate(asked):
        try:
            named += _several(text)
        except UsageError as error:
            unknown[place] = str(error)
    faults = [
        f"A name of several words goes in quotes: {words}."
        for words in _unquoted(asked, unknown)
    ]
    if unknown:
        *before, last = unknown.values()
        faults += [*before, f"{last} {_HOW}"]
    return named, faults


def _several(text: str) -> list[Area | str]:
    """One area, or several with commas between; a comma may also be part of a name."""
    parts = [part.strip() for part in text.split(",")]
    parts = [part for part in parts if part] or [text]
    found: list[Area | str] = []
    while parts:
        for end in range(len(parts), 0, -1):
            one = _one(", ".join(parts[:end]))
            if one is not None:
                found.append(one)
                parts = parts[end:]
                break
        else:
            Geography.load().find(parts[0])  # says what is wrong with it
    return found


def _one(text: str) -> Area | str | None:
    if text.strip().casefold() in (ALL, REGIONS):
        return text.strip().casefold()
    try:
        return Geography.load().find(text)
    except HighNeedsError:
        return None


def _unquoted(asked: Sequence[str], unknown: dict[int, str]) -> list[str]:
    """Names that a shell took apart at their spaces; they leave the unknown ones."""
    names = []
    start = 0
    while unknown and start < len(asked):
        for end in range(min(len(asked), start + _MOST_WORDS), start + 1, -1):
            words = " ".join(asked[start:end])
            apart = unknown.keys() & range(start, end)
            if apart and isinstance(_one(words), Area):
                names.append(f'"{words}"')
                for place in apart:
                    del unknown[place]
                start = end - 1
                break
        start += 1
    return names


def _meant(named: Area | str, level: str) -> Sequence[Area]:
    """The area itself, where it is of the level; or each of that level within it."""
    geography = Geography.load()
    whole = {
        "la": geography.authorities(vintage(load_panel()).census.end),
        "region": geography.regions(),
        "england": [geography.england],
    }[level]
    if isinstance(named, str):
        return whole if named == ALL or level == "region" else []
    if named in whole:
        return [named]
    if named.level == "england":
        return whole
    return [one for one in whole if named.la_code == one.region_code]


def _why_none(named: Area | str, notebooks: Mapping[str, str]) -> str:
    about = "; ".join(f"{name} is about {_LEVELS[one]}" for one, name in notebooks.items())
    if isinstance(named, str):
        return f"`regions` needs a notebook about regions, such as 09; {about}."
    if named.abolished:
        about = f"It was abolished in {named.last_date.year}"
    return f"{named} cannot have this report. {about}."
