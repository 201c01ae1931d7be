"""Projected plans by primary need, from the placements projected and one January's needs.

Needs are taken from the last January that has them, by placement and in all. Within a
placement their shares are held there, so what moves is placements; no trend in needs is
known.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from highneeds.errors import ModelError
from highneeds.geography import ENGLAND_CODE, Area
from highneeds.model.quantiles import FIGURES, certain, summary
from highneeds.model.run import Run
from highneeds.panel.panel import Panel
from highneeds.panel.vintage import vintage
from highneeds.periods import Census
from highneeds.record.cells import MODEL_PLACEMENTS
from highneeds.status import Status

# As published; the last is a need that was not recorded, which is kept apart.
NEEDS = (
    "asd",
    "semh",
    "slcn",
    "mld",
    "sld",
    "spld",
    "pd",
    "pmld",
    "hi",
    "vi",
    "msi",
    "oth",
    "unknown",
)
ALL = "all"
# England's needs in a placement count as much as this many of the authority's own plans.
_PRIOR_PLANS = 20.0
# No authority has yet needed more than a dozen.
_MOST_ROUNDS = 1000
_CLOSE = 1e-9


def plans_by_need(result: Run) -> pd.DataFrame:
    """Plans by primary need each January: published in the last with needs, then projected.

    Returns
    -------
    DataFrame
        scenario, year, need (`NEEDS`, then ``all``), central, p10, p50, p90, mean, unit,
        status. In every future the needs add up to all plans, so the central case's and
        the means do. The range holds what
        moves placements, and nothing of what may move needs. Where the last January with
        needs is before the base census, the needs of the base census are estimated from
        its published placements.

    Raises
    ------
    ModelError
        The authority's plans by need are not published.
    """
    census = result.vintage.census
    january = januaries_with_needs(result.panel, census)[-1]
    known = published_needs(result.panel, result.area, january)
    shares = shares_of(result, january)
    scenario = result.scenario.name
    rows = [
        (scenario, january.label, name, *certain(value).values(), "plans", Status.OBSERVED)
        for name, value in zip((*NEEDS, ALL), [*known, known.sum()], strict=True)
    ]
    for step, parts in enumerate(
        zip(result.futures.stock.sum(axis=1), result.central.stock.sum(axis=1), strict=True)
    ):
        if census.shift(step) <= january:
            continue
        found, central = ([*(shares @ each), each.sum(axis=0)] for each in parts)
        rows += [
            (
                scenario,
                census.shift(step).label,
                name,
                *summary(values, middle[0]).values(),
                "plans",
                Status.PROJECTED if step else Status.ESTIMATED,
            )
            for name, values, middle in zip((*NEEDS, ALL), found, central, strict=True)
        ]
    columns = ["scenario", "year", "need", *FIGURES, "unit", "status"]
    return pd.DataFrame(rows, columns=columns)


def shares_of(result: Run, january: Census | None = None) -> np.ndarray:
    """Share of each placement's plans that have each need, (needs, placements).

    Of a January, or of the last with needs when left out.

    Raises
    ------
    ModelError
        The authority's plans by need are not published.
    """
    last = january or januaries_with_needs(result.panel, result.vintage.census)[-1]
    return need_shares(
        published_needs(result.panel, result.area, last),
        _by_placement(result.panel, result.area, last),
        _by_placement(result.panel, ENGLAND_CODE, last),
        _placed(result, last),
    )


def need_shares(
    needs: np.ndarray, by_placement: np.ndarray, england: np.ndarray, plans: np.ndarray
) -> np.ndarray:
    """Share of each placement's plans that have each need.

    Parameters
    ----------
    needs : ndarray, shape (needs,)
        Published plans of a January by need.
    by_placement, england : ndarray, shape (needs, placements)
        The same by placement, as far as published, and England's.
    plans : ndarray, shape (placements,)
        Plans of that January as the model has them, unknown placements shared out.

    Returns
    -------
    ndarray, shape (needs, placements)
        Each placement's shares sum to 1, and times `plans` they are `needs`. Among all
        such shares, those nearest to the published ones, to which England's are added as
        20 plans a placement so that few children do not decide.

    Raises
    ------
    ModelError
        No shares agree with both.
    """
    shares = by_placement + _PRIOR_PLANS * england / england.sum(axis=0)
    shares /= shares.sum(axis=0)
    wanted = needs * plans.sum() / needs.sum()
    for _ in range(_MOST_ROUNDS):
        found = shares @ plans
        if np.allclose(found, wanted, rtol=_CLOSE, atol=_CLOSE):
            return shares
        factor = np.divide(wanted, found, out=np.zeros_like(found), where=found > 0)
        shares = shares * factor[:, None]
        shares /= shares.sum(axis=0)
    msg = "Plans by need and plans by placement do not fit together; no table is made."
    raise ModelError(msg)


def januaries_with_needs(panel: Panel, census: Census) -> list[Census]:
    """Januaries up to `census` with England's plans by need, oldest first.

    Raises
    ------
    ModelError
        There is none.
    """
    england = panel.one_kind("ehc_plans", "need", ENGLAND_CODE)
    known = [Census.parse(label) for label in england["year"].unique()]
    found = sorted(january for january in known if january <= census)
    if not found:
        msg = f"Plans by primary need are published for no January up to {census}."
        raise ModelError(msg)
    return found


def _placed(result: Run, january: Census) -> np.ndarray:
    """Plans by placement of a January up to the base census, (placements,)."""
    back = result.vintage.census.end - january.end
    before = result.record.stock_before
    if back > len(before):
        msg = (
            f"Plans by primary need were last published for January {january}, too long "
            "before the projection starts."
        )
        raise ModelError(msg)
    return before[-back] if back else result.record.stock.sum(axis=0)


def published_needs(
    panel: Panel, area: str | Area, january: Census | None = None
) -> np.ndarray:
    """Plans of one January by need, (needs,); of the last with needs when left out.

    Raises
    ------
    ModelError
        A need has no figure: none is taken for 0.
    """
    january = january or januaries_with_needs(panel, vintage(panel).census)[-1]
    rows = panel.table(
        "ehc_plans", areas=[area], years=[january.label], breakdowns=["need"]
    ).set_index("breakdown")["value"]
    found = rows.reindex(list(NEEDS)).to_numpy(dtype=float)
    if not np.isfinite(found).all():
        msg = f"Plans by primary need in January {january} are not published for {area}."
        raise ModelError(msg)
    return found


def _by_placement(panel: Panel, area: str | Area, january: Census) -> np.ndarray:
    """Plans of a January by need and recorded placement; nothing where withheld."""
    rows = panel.table(
        "ehc_plans", areas=[area], years=[january.label], breakdowns=["need_by_placement"]
    ).set_index("breakdown")["value"]
    names = [f"{need}|{placement}" for need in NEEDS for placement in MODEL_PLACEMENTS]
    found = rows.reindex(names).to_numpy(dtype=float)
    return np.nan_to_num(found).reshape(len(NEEDS), len(MODEL_PLACEMENTS))
