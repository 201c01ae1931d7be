"""England under the default scenario beside the published forecasts, with the direction.

England's figures are those of the national run that was kept, ``data/england.csv``, which
names the edition of the record it was made from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from highneeds import home
from highneeds.answers.forecasts import Forecast, published_forecasts

STEEPER, WITHIN, MILDER = "steeper than", "in line with", "milder than"
# Of a figure with no range, the last digits it was said in.
_AS_SAID = 0.02


@dataclass(frozen=True)
class Beside:
    """A published forecast, England's figure under the default, and how it lies to it."""

    forecast: Forecast
    here: float
    direction: str


@dataclass(frozen=True)
class Outlook:
    """Every published forecast beside England's default, and the record that was used.

    ``edition`` is the hash of the record of the run; ``current`` says whether that is the
    record in use.
    """

    beside: tuple[Beside, ...]
    edition: str
    current: bool

    def first(self, measure: str) -> Beside | None:
        """The first of a measure, in the order of the register."""
        return next((one for one in self.beside if one.forecast.measure == measure), None)


def outlook() -> Outlook:
    """England's default as the last kept national run has it, beside what is published.

    Raises
    ------
    SourceError
        The table of the run is missing.
    """
    table = home.read_table(home.data_dir() / home.ENGLAND_FILE)
    here = {
        (str(measure), str(year)): float(value)
        for measure, year, value in zip(
            table["measure"], table["year"], table["value"], strict=True
        )
    }
    edition = str(table["edition"].iloc[0])
    found = [
        Beside(one, here[key], direction(one, here[key]))
        for one in published_forecasts()
        if (key := (one.measure, one.year)) in here
    ]
    now = home.edition_of(home.tables_dir())
    return Outlook(tuple(found), edition, edition == now)


def direction(forecast: Forecast, here: float) -> str:
    """How a figure lies to a forecast: larger plans, spending or deficit are steeper.

    Within its range, or within 2% of a figure, it is in line; of a forecast said to be a
    lower end, anything beyond it is.
    """
    size = abs(here)
    ends = [abs(end) for end in (forecast.low, forecast.high) if end is not None]
    least = min(ends, default=abs(forecast.value) * (1 - _AS_SAID))
    most = max(ends, default=abs(forecast.value) * (1 + _AS_SAID))
    if here * forecast.value < 0 or size < least:
        return MILDER
    return WITHIN if size <= most or forecast.at_least else STEEPER


def england_table(totals: pd.DataFrame, edition: str) -> pd.DataFrame:
    """The table that is kept, from the long table of a national run.

    Parameters
    ----------
    totals : DataFrame
        Of `nation.Totals.table` for England under the default scenario.
    edition : str
        Hash of the record it was made from.
    """
    wanted: Mapping[tuple[str, str], None] = dict.fromkeys(
        (one.measure, one.year) for one in published_forecasts()
    )
    named = totals.assign(
        measure=totals["measure"].replace("cumulative_shortfall", "balance"),
        year=totals["year"].astype(str),
        value=totals["central"],
        edition=edition,
    )
    chosen = [key in wanted for key in zip(named["measure"], named["year"], strict=True)]
    return named.loc[chosen, ["scenario", "edition", "measure", "year", "value"]]
