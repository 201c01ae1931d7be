"""Forecasts marked against what came: a row for each area, origin, horizon and method."""

from __future__ import annotations

import numpy as np
import pandas as pd

from highneeds.forecast.scores import BANDS, crps, quantiles, rank

# Every area grows as England truly did: what no rule without local knowledge can beat.
ORACLE = "oracle"
# The projection's own, with as many futures as it draws when nobody says otherwise.
ENGINE, ENGINE_DRAWS = "engine", 1000
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
    "per",
    "middle",
    *ENDS,
    "crps",
    "rank",
    "selected",
)
NUMBERS = ("point", "came", "per", "middle", *ENDS, "crps", "rank")
_KEY = ["level", "method", "horizon"]
_PER_CENT = 100.0


def marks(
    points: np.ndarray,
    came: np.ndarray,
    draws: np.ndarray | None,
    *,
    codes: list[str],
    scored: np.ndarray,
    per: np.ndarray | None = None,
    **said: str | int,
) -> pd.DataFrame:
    """Rows of one method at one origin and level.

    Parameters
    ----------
    points, came : ndarray, shape (horizons, areas)
        Foretold and published; NaN where nothing is published yet, or no more.
    draws : ndarray, shape (horizons, draws, areas), or None
    per : ndarray, shape (horizons, areas), optional
        What errors are said in per cent of; the outcome when left out.
    said : values of other columns
        The same in every row: level, method, origin, selected.
    """
    tables: list[pd.DataFrame] = []
    per = came if per is None else per
    for h in range(len(points)):
        known = np.isfinite(came[h] + points[h] + per[h])
        if not known.any():
            continue
        table = pd.DataFrame(
            {
                "horizon": h + 1,
                "la_code": np.array(codes, dtype=object)[known],
                "scored": scored[known],
                "point": points[h][known],
                "came": came[h][known],
                "per": per[h][known],
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
    found = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    return found.reindex(columns=list(COLUMNS))


def key(*, by_origin: bool = False) -> list[str]:
    """What marks are summed up by."""
    return [*_KEY, "origin"] if by_origin else list(_KEY)


def scores(found: pd.DataFrame, *, by_origin: bool = False) -> pd.DataFrame:
    """Marks summed up by level, method and horizon, and by origin where that is asked for.

    ``mape``, ``bias`` and ``crps_pct`` are in per cent of ``per`` (the outcome, or what
    stands for it where an outcome may be nothing), bias above 0 where too much was
    foretold; ``cover50``, ``cover80``, ``cover95`` and ``pit_mean`` are
    shares, NaN for a rule without bands. ``n_origins`` and not ``n`` is the size of the
    evidence: the areas of one origin share England's surprise.
    """
    off = (found["point"] - found["came"]) / found["per"]
    each = found[_KEY].assign(
        mape=_PER_CENT * off.abs(),
        bias=_PER_CENT * off,
        crps_pct=_PER_CENT * found["crps"] / found["per"],
        pit_mean=found["rank"],
        origin=found["origin"],
    )
    banded = found["rank"].notna()
    for band in BANDS:
        inside = found["came"].between(found[f"low{band}"], found[f"high{band}"])
        each[f"cover{band}"] = inside.astype(float).where(banded)
    means = ["mape", "bias", "crps_pct", *(f"cover{band}" for band in BANDS), "pit_mean"]
    groups = each.groupby(key(by_origin=by_origin), sort=False)
    table = groups[means].mean()
    table.insert(0, "n", groups.size())
    table.insert(1, "n_origins", 1 if by_origin else groups["origin"].nunique())
    return table.reset_index()


def selections(found: pd.DataFrame, *, by_origin: bool = False) -> pd.Series:
    """What was chosen, by level, method and horizon: ``2017–2018: …; 2019–2024: …``."""
    each = found.drop_duplicates([*_KEY, "origin"])
    each = each.assign(january=each["origin"])
    groups = each.groupby(key(by_origin=by_origin), sort=False)
    return groups[["january", "selected"]].apply(_in_words)


def _in_words(rows: pd.DataFrame) -> str:
    rows = rows.sort_values("january")
    runs: list[tuple[int, int, str]] = []
    for origin, selected in zip(rows["january"], rows["selected"], strict=True):
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
