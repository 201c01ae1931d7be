"""Forecasts marked against what came: a row for each area, origin, horizon and method."""

from __future__ import annotations

import numpy as np
import pandas as pd

from highneeds.forecast.scores import BANDS, crps, quantiles, rank

ENDS = tuple(f"{end}{band}" for band in BANDS for end in ("low", "high"))
COLUMNS = (
    "level",
    "method",
    "origin",
    "horizon",
    "la_code",
    "scored",
    "point",
    "came",
    "middle",
    *ENDS,
    "crps",
    "rank",
    "selected",
)
NUMBERS = ("point", "came", "middle", *ENDS, "crps", "rank")
_KEY = ["level", "method", "horizon"]
_PER_CENT = 100.0


def marks(
    points: np.ndarray,
    came: np.ndarray,
    draws: np.ndarray | None,
    *,
    codes: list[str],
    scored: np.ndarray,
    **said: str | int,
) -> pd.DataFrame:
    """Rows of one method at one origin and level.

    Parameters
    ----------
    points, came : ndarray, shape (horizons, areas)
        Foretold and published; NaN where nothing is published yet, or no more.
    draws : ndarray, shape (horizons, draws, areas), or None
    said : values of other columns
        The same in every row: level, method, origin, selected.
    """
    tables = []
    for h in range(len(points)):
        known = np.isfinite(came[h]) & np.isfinite(points[h])
        if not known.any():
            continue
        table = pd.DataFrame(
            {
                "horizon": h + 1,
                "la_code": np.array(codes, dtype=object)[known],
                "scored": scored[known],
                "point": points[h][known],
                "came": came[h][known],
            }
        )
        if draws is not None:
            futures, outcome = draws[h][:, known], came[h][known]
            table = table.assign(
                **quantiles(futures),
                crps=crps(futures, outcome),
                rank=rank(futures, outcome),
            )
        tables.append(table.assign(**said))
    return pd.concat(tables, ignore_index=True).reindex(columns=list(COLUMNS))


def scores(found: pd.DataFrame) -> pd.DataFrame:
    """Marks summed up by level, method and horizon.

    ``mape``, ``bias`` and ``crps_pct`` are in per cent of the outcome, bias above 0 where
    too many plans were foretold; ``cover50``, ``cover80``, ``cover95`` and ``pit_mean`` are
    shares, NaN for a rule without bands. ``n_origins`` and not ``n`` is the size of the
    evidence: the areas of one origin share England's surprise.
    """
    off = found["point"] / found["came"] - 1.0
    each = found[_KEY].assign(
        mape=_PER_CENT * off.abs(),
        bias=_PER_CENT * off,
        crps_pct=_PER_CENT * found["crps"] / found["came"],
        pit_mean=found["rank"],
        origin=found["origin"],
    )
    banded = found["rank"].notna()
    for band in BANDS:
        inside = found["came"].between(found[f"low{band}"], found[f"high{band}"])
        each[f"cover{band}"] = inside.astype(float).where(banded)
    means = ["mape", "bias", "crps_pct", *(f"cover{band}" for band in BANDS), "pit_mean"]
    groups = each.groupby(_KEY, sort=False)
    table = groups[means].mean()
    table.insert(0, "n", groups.size())
    table.insert(1, "n_origins", groups["origin"].nunique())
    return table.reset_index()


def selections(found: pd.DataFrame) -> pd.Series:
    """What was chosen, by level, method and horizon: ``2017–2018: …; 2019–2024: …``."""
    each = found.drop_duplicates([*_KEY, "origin"])
    return each.groupby(_KEY, sort=False)[["origin", "selected"]].apply(_in_words)


def _in_words(rows: pd.DataFrame) -> str:
    rows = rows.sort_values("origin")
    runs: list[tuple[int, int, str]] = []
    for origin, selected in zip(rows["origin"], rows["selected"], strict=True):
        if not selected:
            continue
        if runs and runs[-1][2] == selected and runs[-1][1] == origin - 1:
            runs[-1] = (runs[-1][0], origin, selected)
        else:
            runs.append((origin, origin, selected))
    return "; ".join(
        f"{first if first == last else f'{first}–{last}'}: {selected}"
        for first, last, selected in runs
    )
