"""Published forecasts, and this model's run beside those that an assumption reproduces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import pandas as pd

from highneeds import home
from highneeds.answers.nation import project_nation
from highneeds.files import read_shipped
from highneeds.geography import ENGLAND_CODE
from highneeds.model.nation import Totals
from highneeds.panel.panel import Panel
from highneeds.scenario.scenario import Scenario

_SEARCH_STEPS, _CLOSE = 9, 0.01


@dataclass(frozen=True)
class Outcome:
    """What others say came of a forecast, in its unit and sign; ``said`` in our words.

    ``kind`` is ``published`` (of what came) or ``later estimate`` (made before it did). Of
    one said to be ``at_least``, the figure is the lower end.
    """

    kind: str
    value: float
    said: str
    source: str
    at_least: bool = False


@dataclass(frozen=True)
class Forecast:
    """A published figure for a year to come.

    Plans, pounds (negative where a gap or a deficit) or, of a measure ending in ``_pct``,
    per cent. ``low`` and ``high`` hold a range; of one said to be ``at_least``, the figure
    is the lower end. ``base`` is the January that a path of plans starts from; ``lever``
    the assumption searched to reproduce a figure for England.
    """

    forecast_id: str
    made: str
    cited: str
    source: str
    statement: str
    measure: str
    year: str
    value: float
    low: float | None = None
    high: float | None = None
    at_least: bool = False
    area: str = "England"
    base: str = ""
    lever: str = ""
    coverage: str = ""
    outcome: tuple[Outcome, ...] = ()


@cache
def registered_forecasts() -> tuple[Forecast, ...]:
    """What others have published: ``data/published_forecasts.toml``, in written order.

    Raises
    ------
    SourceError
        The file is missing.
    """
    path = home.data_dir() / "published_forecasts.toml"
    return tuple(
        Forecast(
            **entry | {"outcome": tuple(Outcome(**one) for one in entry.get("outcome", ()))}
        )
        for entry in read_shipped(path)["forecast"]
    )


def published_forecasts() -> tuple[Forecast, ...]:
    """Those of `registered_forecasts` that a run of this model is set beside."""
    return tuple(one for one in registered_forecasts() if one.lever)


def beside_forecasts(
    panel: Panel,
    totals: Totals,
    scenario: Scenario,
    *,
    workers: int = 1,
    progress: Callable[[str], None] = lambda _: None,
) -> pd.DataFrame:
    """Each published forecast, this run's range, and the assumption that reproduces it.

    Returns
    -------
    DataFrame
        source, statement, year, published, central, p10, p50, p90, lies (whether the
        published figure is inside the range, outside, or a lower end below it), lever,
        assumed, would_reproduce (None where no value in the allowed range does), coverage.
    """
    rows = []
    forecasts = published_forecasts()
    for number, forecast in enumerate(forecasts, start=1):
        progress(f"[{number}/{len(forecasts)}] {forecast.statement}")
        ours = totals.ends(forecast.measure, forecast.year)
        if ours is None:
            continue
        needed = _reproducing(panel, forecast, scenario, totals.until.label, workers)
        rows.append(
            {
                "source": forecast.source,
                "statement": forecast.statement,
                "measure": forecast.measure,
                "year": forecast.year,
                "published": forecast.value,
                **ours,
                "lies": lies(forecast, ours["p10"], ours["p90"]),
                "lever": forecast.lever,
                "assumed": scenario.assumptions[forecast.lever].central,
                "would_reproduce": needed,
                "coverage": forecast.coverage,
            }
        )
    return pd.DataFrame(rows)


def _reproducing(
    panel: Panel, forecast: Forecast, scenario: Scenario, until: str, workers: int
) -> float | None:
    """Bisect one assumption until England's central case is the figure, within 1%."""
    estimate = scenario.assumptions[forecast.lever]

    def central(value: float) -> float:
        fixed = {forecast.lever: {"low": value, "central": value, "high": value}}
        changed = replace(
            scenario, assumptions=scenario.assumptions.replaced(fixed, "a search")
        )
        totals = project_nation(panel, changed, until=until, draws=1, workers=workers)
        found = totals[ENGLAND_CODE].ends(forecast.measure, forecast.year)
        assert found
        return found["central"]

    low, high = estimate.minimum, estimate.maximum
    at_low, at_high = central(low) - forecast.value, central(high) - forecast.value
    if at_low * at_high > 0:
        return None
    middle = 0.5 * (low + high)
    for _ in range(_SEARCH_STEPS):
        middle = 0.5 * (low + high)
        off = central(middle) - forecast.value
        if abs(off) < _CLOSE * abs(forecast.value):
            break
        if off * at_low > 0:
            low = middle
        else:
            high = middle
    return middle


STEEPER, WITHIN, MILDER = "steeper than", "in line with", "milder than"
# Of one that names no upper end, more says neither; a range may lie all beyond it.
BEYOND = "beyond a lower end given by"
INSIDE, OUTSIDE, ABOVE_LOW = "inside", "outside", "lower end"
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

    Within its range, or within 2% of a figure, it is in line; beyond the figure of a
    forecast said to be a lower end, it is neither.
    """
    size = abs(here)
    ends = [abs(end) for end in (forecast.low, forecast.high) if end is not None]
    least = min(ends, default=abs(forecast.value) * (1 - _AS_SAID))
    most = max(ends, default=abs(forecast.value) * (1 + _AS_SAID))
    if here * forecast.value < 0 or size < least:
        return MILDER
    if size <= most:
        return WITHIN
    return BEYOND if forecast.at_least else STEEPER


def lies(forecast: Forecast, low: float, high: float) -> str:
    """How a published figure lies to a range of futures, in a word for a table."""
    if low <= forecast.value <= high:
        return INSIDE
    nearest = low if forecast.value < low else high
    return ABOVE_LOW if direction(forecast, nearest) == BEYOND else OUTSIDE


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
