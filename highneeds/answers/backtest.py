"""How well past Januaries would have been foretold, by rule, method and horizon."""

from __future__ import annotations

import hashlib
import io
import itertools
import os
import warnings
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path

import pandas as pd

from highneeds import atomic, home
from highneeds.answers import backtest_marks, backtest_run
from highneeds.answers.backtest_marks import ENGINE
from highneeds.answers.backtest_money import (
    APART,
    BALANCE,
    SPENDING,
    last_held,
    money_origins,
    with_agreement,
)
from highneeds.errors import HighNeedsWarning, OutputError, UsageError, require_package
from highneeds.forecast.record import record_of
from highneeds.geography import Area
from highneeds.panel.panel import Panel, load_panel
from highneeds.words import hint

LEVELS = ("authority", "all_authorities", "region", "england")
MEASURES = (backtest_run.PLANS, SPENDING, BALANCE)
# Of balances also apart by agreement, in which a council's deficit is paid down.
APART_LEVELS = ("authority_without_agreement", "authority_with_agreement", *APART)
# The method earlier origins chose for plans, and the one the projection runs on.
CHOSEN, DRIVES = "b", ENGINE
COLUMNS = (
    *("level", "method", "horizon", "n", "n_origins", "mape", "bias", "crps_pct"),
    *("cover50", "cover80", "cover95", "pit_mean", "chosen", "drives", "selected_set"),
)
_CACHE = "backtest"
_LIBRARIES = ("highspy", "numpy", "scipy", "statsmodels")
# What the marks depend on, in the package: folders and modules.
_ROOMS = ("forecast", "model", "panel", "record", "scenario")
_CODE = ("answers/backtest*.py", *(f"{room}/*.py" for room in _ROOMS))


def backtest(
    panel: Panel | None = None,
    *,
    level: str | None = None,
    measure: str = backtest_run.PLANS,
    until: int | None = None,
    by_origin: bool = False,
    workers: int | None = None,
    bar: bool | None = None,
) -> pd.DataFrame:
    """Scores of every rule and method, from each earlier January one to five years on.

    Parameters
    ----------
    level : {"authority", "all_authorities", "region", "england"}, optional
        All of them when left out. ``authority`` is the 145 authorities whose codes never
        changed, without the two smallest; ``all_authorities`` is every authority with plans
        at both ends. Of money, ``all_authorities`` is every area that can be followed,
        reorganised ones as sums, and regions and England are sums of those with a figure at
        both ends. Of balances there are also authorities, and England's, with and without a
        Safety Valve agreement (``authority_with_agreement``, …).
    measure : {"plans", "spending", "balance"}
        Plans each January; section 251 net high needs outturn of the financial years after
        a January's own; the DSG balance those years close with.
    until : int, optional
        The last January, or year that closes, to mark against; the last one published when
        left out.
    by_origin : bool, optional
        Apart by the January forecast from.
    workers : int, optional
        Processes; as many as there are processors when left out.
    bar : bool, optional
        Show progress; only to a terminal when left out.

    Returns
    -------
    DataFrame
        level, method, horizon (years ahead), with `by_origin` origin, n, n_origins; mape,
        bias and crps_pct in per cent of the outcome, of a balance in per cent of the high
        needs block of the origin's year (bias above 0: too much foretold, below 0 too deep
        a deficit); cover50, cover80, cover95 and pit_mean as shares, NaN for a rule without
        bands; ``chosen``: what earlier origins chose; ``drives``: what the projection uses;
        ``selected_set``: by origin the covariates and England's path, or what of money was
        taken from after the January.

    Raises
    ------
    UsageError
        An unknown level or measure, or a January that cannot be marked against.
    """
    _known("measure", measure, MEASURES)
    if level is not None:
        _known("level", level, levels_of(measure))
    found = past_forecasts(panel, measure=measure, until=until, workers=workers, bar=bar)
    both = _with_groups(panel or load_panel(), found, measure)
    if level is not None:
        both = both[both["level"] == level]
    table = backtest_marks.scores(both, by_origin=by_origin)
    key = backtest_marks.key(by_origin=by_origin)
    said = backtest_marks.selections(both, by_origin=by_origin)
    table = table.assign(
        chosen=(table["method"] == CHOSEN) & (measure == backtest_run.PLANS),
        drives=table["method"] == DRIVES,
        selected_set=said.reindex(pd.MultiIndex.from_frame(table[key])).to_numpy(),
    )
    columns = list(COLUMNS)
    if by_origin:
        columns.insert(columns.index("horizon"), "origin")
    methods = list(table["method"].unique())
    order = table.assign(
        level=table["level"].map(levels_of(measure).index),
        method=table["method"].map(methods.index),
    ).sort_values(key)
    return table.loc[order.index, columns].reset_index(drop=True)


def spending_scores(panel: Panel, until: int | None = None) -> pd.DataFrame:
    """Scores of spending.

    Returns
    -------
    DataFrame
        As of `backtest`; no row where no outturn is followed by one up to `until`.
    """
    if until is not None and until <= money_origins(panel, SPENDING)[0]:
        return pd.DataFrame(columns=list(COLUMNS))
    return backtest(panel, measure=SPENDING, until=until)


def levels_of(measure: str) -> tuple[str, ...]:
    """The levels that forecasts of a measure are marked at."""
    return (*LEVELS, *APART_LEVELS) if measure == BALANCE else LEVELS


def _with_groups(panel: Panel, found: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Marks, and again those of all authorities and of each group of them."""
    own = found["level"] == "authority"
    unchanged = found[~own | found["scored"]]
    tables = [unchanged, found[own].assign(level="all_authorities")]
    if measure == BALANCE:
        scored = unchanged[unchanged["level"] == "authority"]
        has = scored["la_code"].isin(with_agreement(panel))
        groups = zip(APART_LEVELS, (~has, has), strict=False)
        tables += [scored[which].assign(level=name) for name, which in groups]
    return pd.concat(tables, ignore_index=True)


def past_forecasts(
    panel: Panel | None = None,
    area: str | Area | None = None,
    *,
    measure: str = backtest_run.PLANS,
    until: int | None = None,
    workers: int | None = None,
    bar: bool | None = None,
) -> pd.DataFrame:
    """Every forecast marked, with what came; of one area, or of all.

    Returns
    -------
    DataFrame
        level, method, origin, horizon, la_code, scored (one of the 145, or a sum); point,
        came, middle and the ends of central bands (low80, …) and crps in plans or pounds;
        per, what errors are said in per cent of; rank, the share of draws below what came.
        Bands are NaN for a rule without them. Of money an area put together here has a row
        as a sum, and its authorities have none.

    Raises
    ------
    UsageError
        An unknown area or measure, or a January that cannot be marked against.
    """
    panel = panel or load_panel()
    _known("measure", measure, MEASURES)
    until = last_marked(panel, until, measure)
    found = _cached(panel, measure, until, workers or os.cpu_count() or 1, bar)
    if area is None:
        return found
    code = panel.area(area).la_code
    return found[found["la_code"] == code].reset_index(drop=True)


def last_marked(
    panel: Panel, until: int | None = None, measure: str = backtest_run.PLANS
) -> int:
    """The last year to mark against: the one asked for, or the last published.

    Raises
    ------
    UsageError
        There is nothing to mark up to the one asked for.
    """
    if measure == backtest_run.PLANS:
        record = record_of(panel)
        first, last = record.first_origin + 1, record.plans.last
        what, kind = "Januaries", "January"
        held = last
    else:
        # Money is published later than plans: up to a January means what is held by then.
        first, held = money_origins(panel, measure)[0] + 1, last_held(panel, measure)
        last = max(held, record_of(panel).plans.last)
        what, kind = "financial years that close", "year"
    if until is None:
        return held
    if not first <= until <= last:
        msg = (
            f"Forecasts of {measure} cannot be marked against {what} up to {until}. "
            f"Expected a {kind} from {first} to {last}, the last published."
        )
        raise UsageError(msg)
    return min(until, held)


def _cached(
    panel: Panel, measure: str, until: int, workers: int, bar: bool | None
) -> pd.DataFrame:
    """The marks, read again where the same was worked out before.

    A forecast is the same however far ahead others are marked: of a run to the last year
    published the part up to an earlier one is taken. Who asks while another works waits.
    """
    folder, inputs = home.user_dir() / _CACHE, _inputs(panel)
    whole = folder / _kept_as(measure, last_marked(panel, None, measure), inputs)
    path = folder / _kept_as(measure, until, inputs)
    with atomic.one_at_a_time(folder / f"{measure}.lock"):
        for each in (whole, path):
            if each.is_file():
                return _up_to(_read(each.read_bytes()), until)
        content = atomic.table_bytes(
            backtest_run.run(panel, until, workers, bar=bar, measure=measure),
            compress=True,
            level=1,
        )
        _keep(path, content)
    # What is read back, so that a first and a second answer are the same.
    return _read(content)


def _kept_as(measure: str, until: int, inputs: str) -> str:
    return f"{measure}-to-{until}-{inputs}.csv.gz"


def _up_to(found: pd.DataFrame, until: int) -> pd.DataFrame:
    """Of the marks those of periods up to a year."""
    return found[found["origin"] + found["horizon"] <= until].reset_index(drop=True)


def _keep(path: Path, content: bytes) -> None:
    try:
        atomic.replace_file(path, content)
        for older in path.parent.glob(f"{path.name.rpartition('-')[0]}-*.csv.gz"):
            if older != path:
                older.unlink(missing_ok=True)
    except (OSError, OutputError) as error:
        warnings.warn(
            f"The backtest is not kept for the next time: {error}",
            HighNeedsWarning,
            stacklevel=5,
        )


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
    package = Path(home.__file__).parent
    code = itertools.chain.from_iterable(map(package.glob, _CODE))
    data = home.data_dir()
    # Whatever the engine reads: assumptions, the scenario, shares that stand in, policy.
    texts = (*data.glob("*.toml"), *data.glob("assumptions/*"), *data.glob("scenarios/*"))
    # Each in its own order: where the folders lie must not decide.
    for path in (*sorted(code), *sorted(panel.folder.iterdir()), *sorted(texts)):
        digest.update(path.read_bytes())
    require_package("statsmodels", "notebooks", "The backtest")
    digest.update(" ".join(f"{name} {version(name)}" for name in _LIBRARIES).encode())
    return digest.hexdigest()[:16]


def _known(what: str, given: str, known: Sequence[str]) -> None:
    if given in known:
        return
    near = hint(given, known)
    msg = f"No {what} is called {given!r}{near}. Expected one of {', '.join(known)}."
    raise UsageError(msg)
