"""A printed rate is its numerator over its denominator, to the rounding of its print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.panel.measure import Ratio
from highneeds.panel.schema import MEASURES
from highneeds.status import Status
from highneeds.words import plural

_PLACE = ["la_code", "year"]
_AT = "at"
# A little for the last binary digit.
_HAIR = 1e-9


def require_rates(stored: pd.DataFrame) -> None:
    """Refuse a rate that does not follow from the two figures printed beside it.

    Looked at are rates of which `data/measures.toml` says in how many decimals they are
    printed, where all three figures are as published.

    Parameters
    ----------
    stored : DataFrame
        Columns of `schema.STORED_COLUMNS`.

    Raises
    ------
    SourceError
        Names the first rates, with what they should be, and what they look like.
    """
    seen = stored[stored["value"].notna() & (stored["status"] == Status.OBSERVED)]
    seen = seen.assign(at=seen["breakdown_type"] + "/" + seen["breakdown"])
    there = set(seen["measure"])
    wrong = []
    for name, measure in MEASURES.items():
        ratio = measure.ratio
        if name in there and ratio is not None and ratio.decimals is not None:
            wrong += _not_following(name, ratio, seen)
    if wrong:
        msg = (
            f"{plural(len(wrong), 'rate is', 'rates are')} not what its two figures make: "
            f"{some(wrong)}. Expected each to be its numerator over its denominator, as "
            "printed. A column may be in another unit, or shifted against the others: "
            "compare with the published table, download it again."
        )
        raise SourceError(msg)


def _not_following(name: str, ratio: Ratio, seen: pd.DataFrame) -> list[str]:
    rates = seen.loc[seen["measure"] == name, [*_PLACE, _AT, "value"]]
    above = _side(rates, seen, ratio.above, ratio.above_at)
    below = _side(rates, seen, ratio.below, ratio.below_at)
    both = rates.assign(above=above, below=below)
    both = both[(both["below"] > 0) & both["above"].notna()]
    made = ratio.factor * both["above"] / both["below"]
    unit = 10.0 ** -(ratio.decimals or 0)
    wide = ~both["la_code"].str.isdigit()
    step = wide * ratio.wide_to / 2
    slack = unit / 2 + step * (ratio.factor + made) / both["below"] + _HAIR
    both = both.assign(made=made)
    off = both[(both["value"] - made).abs() > slack]
    return [
        f"{name} {row.at} of {row.la_code} in {row.year} is {row.value:,.10g} beside "
        f"{row.above:,.10g} of {row.below:,.10g}, which make {row.made:,.4g}"
        f"{looks_like(row.value, row.made)}"
        for row in cast(Iterable[Any], off.itertuples())
    ]


def _side(
    rates: pd.DataFrame, seen: pd.DataFrame, measure: str, at: Mapping[str, str]
) -> pd.Series:
    """One of the two figures of each rate, NaN where it is not there as published."""
    known = seen.loc[seen["measure"] == measure, [*_PLACE, _AT, "value"]]
    keys = rates[[*_PLACE, _AT]].assign(at=rates[_AT].map(lambda one: at.get(one, one)))
    found = keys.merge(known, how="left", on=[*_PLACE, _AT], validate="many_to_one")
    return found["value"].set_axis(rates.index)


_LOOKS = (
    (10.0, "10 times too large"),
    (100.0, "100 times too large, or percentages where shares stood"),
    (1e3, "1,000 times too large"),
    (1e6, "1,000,000 times too large"),
    (0.1, "a tenth"),
    (0.01, "a share of 1 where a percentage stood, or a hundredth"),
    (1e-3, "a thousandth: in thousands"),
    (1e-6, "a millionth: in millions"),
)
_NEAR = 1.6


def looks_like(found: float, expected: float) -> str:
    """What a figure seems to have become, after a comma; empty where nothing is plain."""
    if not expected or not found:
        return ""
    ratio = abs(found / expected)
    for factor, words in _LOOKS:
        if factor / _NEAR <= ratio <= factor * _NEAR:
            return f", as if {words}"
    return ""
