"""A projection at a glance: area, scenario, headline and a small fan."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from highneeds.display import fan
from highneeds.periods import FinancialYear

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection


def title(result: Projection) -> str:
    """What was projected, with what and how far."""
    scenario = result.scenario
    return (
        f"{result.area}: {scenario.title} ({scenario.name}), to {result.until}, "
        f"{result.draws:,} futures"
    )


def as_text(result: Projection) -> str:
    """Title and headline."""
    return f"{title(result)}\n{result.sentence()}"


def as_html(result: Projection) -> str:
    """Title, headline and fan; every text escaped."""
    words, table = _path(result)
    picture = fan(*(table[name].tolist() for name in ("central", "p10", "p90")), alt=words)
    return (
        f"<p><b>{escape(title(result))}</b></p><p>{escape(result.sentence())}</p>"
        f"<figure>{picture}<figcaption>{escape(words)}</figcaption></figure>"
    )


def _path(result: Projection) -> tuple[str, pd.DataFrame]:
    """What the fan shows, in words, and its figures.

    The balance to the last day that it is called the authority's own, or the plans of an
    authority without money.
    """
    balance = result.balance()
    years = [FinancialYear.parse(label) for label in balance["year"]]
    own = balance[[year <= result.deficit_until for year in years]]
    if len(own):
        kind = "Balance" if result.balance_is_level else "Change in balance"
        first, last = (
            FinancialYear.parse(own["year"].iloc[place]).closes_on() for place in (0, -1)
        )
        said = f"{kind} from {first} to {last}"
    else:
        own, kind = result.plans(), "Plans"
        said = f"Plans from January {own['year'].iloc[0]} to {own['year'].iloc[-1]}"
    return f"{said}; the band holds 8 in 10 simulated futures.", own
