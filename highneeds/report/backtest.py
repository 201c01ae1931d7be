"""How well past forecasts would have done: sentences and tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from highneeds.answers.backtest import CHOSEN
from highneeds.answers.backtest_marks import ENGINE, ORACLE
from highneeds.forecast.baselines import RULES
from highneeds.forecast.method import METHODS
from highneeds.report.tables import Column, Lead, Table
from highneeds.words import count, fixed, percent

if TYPE_CHECKING:
    from highneeds.geography import Area

_TITLES = {
    ORACLE: "England's growth as it came, for every area",
    ENGINE: "The projection's engine",
    f"{ENGINE}_england_true": "The engine's split of England as it came",
}
LEVEL_WORDS = {
    "authority": "authorities whose codes never changed",
    "all_authorities": "authorities",
    "region": "regions",
    "england": "England",
}


def method_title(method: str) -> str:
    """A rule or method in words."""
    if method in RULES:
        return str(RULES[method].__doc__).rstrip(".")
    if method in _TITLES:
        return _TITLES[method]
    return METHODS[method].title


def backtest_headline(found: pd.DataFrame, level: str = "authority") -> Lead:
    """What the chosen method was off by, and how many outcomes fell in its bands."""
    mine = of_method(found, level, CHOSEN)
    other = of_method(found, level, "england_last")
    first, last = mine.iloc[0], mine.iloc[-1]
    return Lead(
        (
            f"One year ahead the chosen method was {fixed(first['mape'], 1)}% out on "
            f"average over {LEVEL_WORDS[level]}, {last['horizon']} years ahead "
            f"{fixed(last['mape'], 1)}%. Had every area grown as England last did, "
            f"{fixed(other.iloc[0]['mape'], 1)}% and {fixed(other.iloc[-1]['mape'], 1)}%.",
            f"Of its 80% bands {percent(mine['cover80'].min())} to "
            f"{percent(mine['cover80'].max())} held what came.",
            f"The evidence is {first['n_origins']} Januaries to forecast from one year "
            f"ahead and {last['n_origins']} at {last['horizon']}, however many areas there "
            "are: all of them share England's surprise.",
        )
    )


def errors_table(found: pd.DataFrame, level: str = "authority") -> Table:
    """Mean absolute error of every rule and method, by years ahead."""
    mine = found[found["level"] == level]
    wide = mine.pivot(index="method", columns="horizon", values="mape")
    wide = wide.reindex(mine["method"].unique())
    years = [int(horizon) for horizon in wide.columns]
    frame = wide.set_axis([f"h{year}" for year in years], axis=1).reset_index()
    frame["title"] = [method_title(method) for method in frame["method"]]
    chosen = of_method(found, level, CHOSEN)
    forecasts = ", ".join(count(n) for n in chosen["n"])
    return Table(
        "errors",
        "Mean absolute error by years ahead, per cent of the plans that came",
        (
            Column("title", "Rule or method"),
            Column("method", "Short name"),
            *(Column(f"h{year}", f"{year} ahead", "hundredths") for year in years),
        ),
        frame,
        (
            f"Over {forecasts} forecasts from "
            f"{', '.join(str(n) for n in chosen['n_origins'])} Januaries.",
            f"Set off: {method_title(CHOSEN).lower()}, what earlier Januaries chose.",
            "England as it came was known to nobody: those rows only show how well the "
            "split between areas was foretold.",
        ),
        tuple(bool(method == CHOSEN) for method in frame["method"]),
    )


def bands_table(found: pd.DataFrame, level: str = "authority") -> Table:
    """Bias, score and cover of the methods with bands, by years ahead."""
    mine = found[(found["level"] == level) & found["cover80"].notna()]
    frame = mine.assign(title=[method_title(method) for method in mine["method"]])
    return Table(
        "bands",
        "How often the bands held what came",
        (
            Column("title", "Method"),
            Column("horizon", "Years ahead", "count"),
            Column("bias", "Bias (%)", "hundredths"),
            Column("crps_pct", "CRPS (%)", "hundredths"),
            Column("cover50", "In the 50% band", "percent"),
            Column("cover80", "In the 80% band", "percent"),
            Column("cover95", "In the 95% band", "percent"),
            Column("pit_mean", "Mean rank of what came", "hundredths"),
        ),
        frame,
        (
            "Bias above 0: too many plans were foretold. CRPS is the continuous ranked "
            "probability score, in per cent of what came: the smaller the better.",
            "The mean rank is the share of futures below what came; of good bands it is "
            "0.50 on average.",
        ),
        tuple(bool(method == CHOSEN) for method in frame["method"]),
    )


def chosen_table(found: pd.DataFrame, level: str = "authority") -> Table:
    """What earlier Januaries chose, for forecasts from each January."""
    said = str(of_method(found, level, CHOSEN).iloc[0]["selected_set"])
    rows = [part.split(": ", 1) for part in said.split("; ")]
    return Table(
        "chosen",
        "What was chosen at each January, on earlier Januaries only",
        (Column("origins", "Forecast from"), Column("chosen", "Covariates and path")),
        pd.DataFrame(rows, columns=["origins", "chosen"]),
        (
            "rate: plans per child; new: new plans per plan; req: requests per plan; d1 "
            "and d3: change of the share of England's plans in one year and in three.",
        ),
    )


def past_table(forecasts: pd.DataFrame, area: Area) -> Table:
    """An area's past forecasts by the chosen method, each with what came."""
    mine = forecasts[forecasts["method"] == CHOSEN]
    frame = mine.assign(
        january=mine["origin"] + mine["horizon"], off=mine["point"] / mine["came"] - 1.0
    )
    frame = frame.assign(
        origin=frame["origin"].astype(str), january=frame["january"].astype(str)
    )
    return Table(
        "past",
        f"{area.name}: plans foretold, and plans that came",
        (
            Column("origin", "From January"),
            Column("january", "For January"),
            Column("point", "Foretold", "count"),
            Column("low80", "80% band, low", "count"),
            Column("high80", "80% band, high", "count"),
            Column("came", "Came", "count"),
            Column("off", "Error", "percent"),
        ),
        frame,
    )


def of_method(found: pd.DataFrame, level: str, method: str) -> pd.DataFrame:
    """The scores of one method at one level, by years ahead."""
    mine = found[(found["level"] == level) & (found["method"] == method)]
    return mine.sort_values("horizon")
