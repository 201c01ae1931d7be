"""How well past Januaries would have been foretold, by rule, method and horizon."""

from __future__ import annotations

import difflib
import hashlib
import io
import itertools
import os
import warnings
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from highneeds import embedded
from highneeds.analysis import backtest_marks, backtest_run
from highneeds.errors import HighNeedsWarning, OutputError, UsageError
from highneeds.forecast.record import record_of
from highneeds.geography import Area
from highneeds.panel.panel import Panel, load_panel

LEVELS = ("authority", "all_authorities", "region", "england")
MEASURES = ("plans",)
# The method earlier origins chose, and the one the projection runs on.
CHOSEN, DRIVES = "b", backtest_run.ENGINE
COLUMNS = (
    *("level", "method", "horizon", "n", "n_origins", "mape", "bias", "crps_pct"),
    *("cover50", "cover80", "cover95", "pit_mean", "chosen", "drives", "selected_set"),
)
_CACHE = "backtest"
_LIBRARIES = ("numpy", "scipy", "statsmodels")
# What the marks depend on, in the package: folders and modules.
_CODE = ("analysis/backtest*.py", "forecast/*.py", "model/*.py", "panel/*.py")


def backtest(
    panel: Panel | None = None,
    *,
    level: str | None = None,
    measure: str = "plans",
    until: int | None = None,
    workers: int | None = None,
    bar: bool | None = None,
) -> pd.DataFrame:
    """Scores of every rule and method, from each January since 2017 one to five years on.

    Parameters
    ----------
    level : {"authority", "all_authorities", "region", "england"}, optional
        All of them when left out. ``authority`` is the 145 authorities whose codes never
        changed, without the two smallest; ``all_authorities`` is every authority with plans
        at both ends.
    measure : {"plans"}
        What is foretold.
    until : int, optional
        The last January to mark against; the last one published when left out.
    workers : int, optional
        Processes; as many as there are processors when left out.
    bar : bool, optional
        Show progress; only to a terminal when left out.

    Returns
    -------
    DataFrame
        level, method, horizon (years ahead), n, n_origins; mape, bias and crps_pct in per
        cent of the outcome (bias above 0: too many plans foretold); cover50, cover80,
        cover95 and pit_mean as shares, NaN for a rule without bands; ``chosen``: what
        earlier origins chose; ``drives``: what the projection uses; ``selected_set``: the
        covariates and England's path, by origin.

    Raises
    ------
    UsageError
        An unknown level or measure, or a January that cannot be marked against.
    """
    if level is not None:
        _known("level", level, LEVELS)
    found = past_forecasts(panel, measure=measure, until=until, workers=workers, bar=bar)
    own = found["level"] == "authority"
    unchanged = found[~own | found["scored"]]
    every = found[own].assign(level="all_authorities")
    both = pd.concat([unchanged, every], ignore_index=True)
    if level is not None:
        both = both[both["level"] == level]
    table = backtest_marks.scores(both)
    said = backtest_marks.selections(both)
    keys = pd.MultiIndex.from_frame(table[["level", "method", "horizon"]])
    table = table.assign(
        chosen=table["method"] == CHOSEN,
        drives=table["method"] == DRIVES,
        selected_set=said.reindex(keys).to_numpy(),
    )
    order = table["level"].map(LEVELS.index)
    return table.loc[order.sort_values(kind="stable").index, list(COLUMNS)].reset_index(
        drop=True
    )


def past_forecasts(
    panel: Panel | None = None,
    area: str | Area | None = None,
    *,
    measure: str = "plans",
    until: int | None = None,
    workers: int | None = None,
    bar: bool | None = None,
) -> pd.DataFrame:
    """Every forecast marked, with what came; of one area, or of all.

    Returns
    -------
    DataFrame
        level, method, origin, horizon, la_code, scored (one of the 145, or a sum); point,
        came, middle and the ends of central bands (low80, …) in plans; crps in plans; rank,
        the share of draws below what came. Bands are NaN for a rule without them.

    Raises
    ------
    UsageError
        An unknown area or measure, or a January that cannot be marked against.
    """
    panel = panel or load_panel()
    _known("measure", measure, MEASURES)
    until = last_marked(panel, until)
    found = _cached(panel, until, workers or os.cpu_count() or 1, bar)
    if area is None:
        return found
    code = panel.area(area).la_code
    return found[found["la_code"] == code].reset_index(drop=True)


def last_marked(panel: Panel, until: int | None = None) -> int:
    """The last January to mark against: the one asked for, or the last published.

    Raises
    ------
    UsageError
        There is nothing to mark up to the one asked for.
    """
    record = record_of(panel)
    first, last = record.first_origin + 1, record.plans.last
    if until is None:
        return last
    if not first <= until <= last:
        msg = (
            f"Forecasts cannot be marked against Januaries up to {until}. Expected a "
            f"January from {first} to {last}, the last published."
        )
        raise UsageError(msg)
    return until


def _cached(panel: Panel, until: int, workers: int, bar: bool | None) -> pd.DataFrame:
    """The marks, read again where the same was worked out before."""
    folder = embedded.user_dir() / _CACHE
    path = folder / f"plans-to-{until}-{_inputs(panel)}.csv.gz"
    if path.is_file():
        return _read(path.read_bytes())
    content = embedded.table_bytes(
        backtest_run.run(panel, until, workers, bar=bar), compress=True, level=1
    )
    try:
        embedded.replace_file(path, content)
        for older in folder.glob(f"plans-to-{until}-*.csv.gz"):
            if older != path:
                older.unlink(missing_ok=True)
    except (OSError, OutputError) as error:
        warnings.warn(
            f"The backtest is not kept for the next time: {error}",
            HighNeedsWarning,
            stacklevel=4,
        )
    # What is read back, so that a first and a second answer are the same.
    return _read(content)


def _read(content: bytes) -> pd.DataFrame:
    table = pd.read_csv(
        io.BytesIO(content), compression="gzip", dtype=str, keep_default_na=False
    )
    # Through Python's own reading of a number, which gives back every digit written.
    numbers = {
        name: table[name].replace("", "nan").astype(object).map(float)
        for name in backtest_marks.NUMBERS
    }
    years = {name: table[name].astype(int) for name in ("origin", "horizon")}
    return table.assign(**numbers, **years, scored=table["scored"] == "True")


def _inputs(panel: Panel) -> str:
    """Hash of all that the marks depend on: figures, areas, our code, the libraries."""
    digest = hashlib.sha256(record_of(panel).fingerprint.encode())
    package = Path(embedded.__file__).parent
    code = itertools.chain.from_iterable(map(package.glob, _CODE))
    figures = (*panel.folder.iterdir(), *(embedded.data_dir() / "assumptions").iterdir())
    for path in sorted((*code, *figures)):
        digest.update(path.read_bytes())
    digest.update(" ".join(f"{name} {version(name)}" for name in _LIBRARIES).encode())
    return digest.hexdigest()[:16]


def _known(what: str, given: str, known: Sequence[str]) -> None:
    if given in known:
        return
    near = difflib.get_close_matches(given, known, n=1, cutoff=0.4)
    hint = f"Did you mean {near[0]!r}? " if near else ""
    msg = f"No {what} is called {given!r}. {hint}Expected one of {', '.join(known)}."
    raise UsageError(msg)
