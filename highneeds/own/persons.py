"""Sheets about single children: recognised by their headings, and refused unread."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from highneeds.errors import OwnFiguresError, some

# A heading that names or numbers a child; one is enough.
_IDENTITY = {
    *("upn", "uln", "unique pupil number", "unique learner number", "former upn"),
    *("pupil id", "child id", "person id", "student id", "learner id", "mosaic id"),
    *("pupil number", "candidate number", "nhs number", "liquid logic id", "client id"),
    *("dob", "date of birth", "birth date", "birthdate", "d o b", "person birth date"),
    *("forename", "first name", "surname", "last name", "family name", "given name"),
    *("pupil name", "child name", "name of child"),
    *("child", "pupil", "student", "pupil surname", "pupil forename", "legal surname"),
    *("postcode", "home address", "parent name", "carer name"),
}
# What is told of a child; several of these without a figure are a row a child.
_ABOUT = {
    *("year group", "ncy", "national curriculum year", "gender", "sex", "ethnicity"),
    *("primary need", "secondary need", "sen type", "school", "setting", "school name"),
    *("plan issue date", "date of plan", "ehcp date", "fsm", "looked after", "age"),
    *("request date", "weeks", "tribunal", "caseworker", "case officer", "provider"),
}
_SEVERAL = 3
_UPN = re.compile(r"\b[A-HJ-NP-RT-Z][0-9]{11}[0-9A-HJ-NP-RT-Z]\b")
_LOOKED_AT = 40


def require_no_persons(
    name: str, sheets: Iterable[tuple[str, Sequence[Sequence[object]]]]
) -> None:
    """Refuse a file with a sheet that has rows about single children; shows none of it.

    Parameters
    ----------
    name : str
        What to call the file.
    sheets : pairs of str and rows
        Where the rows stand, and the rows.

    Raises
    ------
    OwnFiguresError
        Names the sheet and the headings, never a value.
    """
    for where, rows in sheets:
        for number, row in enumerate(rows[:_LOOKED_AT], 1):
            heads = [_plain(cell) for cell in row if isinstance(cell, str)]
            found = [head for head in heads if head in _IDENTITY]
            about = [head for head in heads if head in _ABOUT]
            listed = len(rows) > number
            # A heading stands beside others; a word in running text does not.
            if listed and ((found and len(heads) > 1) or len(about) >= _SEVERAL):
                raise OwnFiguresError(
                    _refusal(name, f"{where}, row {number}", found or about)
                )
        if any(_UPN.search(cell) for row in rows for cell in row if isinstance(cell, str)):
            raise OwnFiguresError(_refusal(name, where, ["what looks like a UPN"]))


def _refusal(name: str, where: str, found: Sequence[str]) -> str:
    return (
        f"{name} has rows about single children ({where}: {some(found)}), and has not been "
        "read. Own figures are counts and amounts of a whole authority: nothing about a "
        "child is needed, and a report may be passed on. Give totals, and keep that sheet "
        "out of the file."
    )


def _plain(cell: str) -> str:
    text = re.sub(r"['’]s\b", "", cell.casefold())
    return re.sub(r"[^a-z0-9]+", " ", text).strip()
