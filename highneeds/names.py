"""Names of areas: spellings that mean the same, councils' own names, areas as printed here.

What kind of council a name claims is held against the area, because some differ in nothing
else: Derby City Council and Derbyshire County Council, or Dorset Council and the Dorset
County Council it took over from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# "Pre LG(R)" labels in published files mark an abolished area, not another name.
_QUALIFIER = re.compile(r"\((?:pre lgr?[^)]*|new, la code \d+|abolished[^)]*)\)")
_TRAILING = re.compile(r",?\s+(?:city|county) of$")
# As `Area` and `ComparableArea` write themselves.
_PRINTED = re.compile(
    r"(?P<name>.+) \((?P<code>\w+)(?:, abolished [0-9]{4})?\)"
    r"|(?P<key>\w+(?:\+\w+)+) \((?P<outline>.+)\)"
)
_DECIMAL_CODE = re.compile(r"([0-9]+)\.0+")
_KINDS = (
    "london boro(?:ugh)?|royal borough|metropolitan borough|metropolitan district|"
    "county borough|metropolitan|borough|city|county|district"
)
_SHORT = {
    "lb": "london borough",
    "lbc": "london borough",
    "rb": "royal borough",
    "mb": "metropolitan borough",
    "mbc": "metropolitan borough",
    "mdc": "metropolitan district",
    "bc": "borough",
    "dc": "district",
    # Of a county or of a city: it claims nothing.
    "cc": "",
}
_BEFORE = re.compile(
    r"(?:the )?(?:(?:council|corporation) of (?:the )?)?"
    rf"(?:(?P<kind>{_KINDS}|city and county) of (?:the )?"
    r"|(?P<alone>london borough|lb|rb|mb) (?:of )?)?(?P<area>.+)"
)
_AFTER = re.compile(
    rf"(?P<area>.+?)(?: (?P<kind>{_KINDS}))?"
    r"(?: (?:council|corporation|local authority|unitary authority|unitary|ua)"
    r"| (?P<alone>mbc|mdc|lbc|bc|cc|dc))?"
)
# Unitary authorities that are a whole county, never a city or a borough.
_COUNTIES = frozenset({"838", "840", "857", "865", "884", "893", "908", "921", "929"})
# A county as it is called where nothing is published of its kind: abolished in 2009.
_COUNTY_KINDS = frozenset({"county", ""})


@dataclass(frozen=True)
class Council:
    """The area in a council's name, and the kinds of council that the name claims."""

    area: str
    kinds: frozenset[str]
    # Whether the name says which of two kinds it means; CC says neither county nor city.
    certain: bool = True

    def may_be(self, la_code: str, kind: str) -> bool:
        """Whether an authority of this code and kind can bear such a name."""
        whole_county = kind in _COUNTY_KINDS or la_code in _COUNTIES
        return all(
            whole_county
            if claimed == "county"
            else not whole_county
            and ("london" not in claimed or "London" in kind)
            and ("metropolitan" not in claimed or "metropolitan" in kind)
            for claimed in self.kinds
        )


def normalise(name: str) -> str:
    """Reduce a published spelling to the form names are compared in."""
    text = name.strip().lower().replace("&", " and ")
    text = _QUALIFIER.sub("", text)
    text = _TRAILING.sub("", text.strip())
    text = re.sub(r"\bst\.\s*", "st ", text)
    text = re.sub(r"[^a-z0-9]+", " ", text)
    return text.strip()


def plain_code(text: str) -> str:
    """A code of digits as published: what a spreadsheet made 201.0 of is 201."""
    found = _DECIMAL_CODE.fullmatch(text.strip())
    return found[1] if found else text


def printed(text: str) -> tuple[str, str] | None:
    """The name and the code of an area written as it is printed: ``Kent (886)``."""
    found = _PRINTED.fullmatch(text)
    if found is None:
        return None
    return found["name"] or found["outline"], found["code"] or found["key"]


def councils_in(name: str) -> Iterator[Council]:
    """What a normalised name may mean as a council's, the fewest words left out first."""
    after, before = _AFTER.fullmatch(name), _BEFORE.fullmatch(name)
    if after is None or before is None:  # only of no name at all
        return
    both = _BEFORE.fullmatch(after["area"])
    assert both is not None
    seen = {name}
    for parts in ((after,), (before,), (after, both)):
        area = parts[-1]["area"]
        if area not in seen:
            seen.add(area)
            claimed = {_claimed(part) for part in parts} - {""}
            certain = all(part["alone"] != "cc" for part in parts)
            yield Council(area, frozenset(claimed), certain)


def _claimed(found: re.Match[str]) -> str:
    kind = found["kind"] or found["alone"] or ""
    # A city that is a county as well, which Bristol calls itself, is a city.
    return _SHORT.get(kind, kind).removesuffix(" and county")
