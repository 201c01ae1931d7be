"""What the published record says of one authority's money."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from highneeds.errors import ModelError
from highneeds.geography import ENGLAND_CODE, Area
from highneeds.panel.panel import Panel
from highneeds.periods import FinancialYear

# The last year whose section 251 outturn is published; January 2025 falls inside it.
BASE_YEAR = FinancialYear(2025)
LINES_YEAR = FinancialYear(2022)
# The files read, not the authority, may be what lacks a figure: nobody is blamed for it.
EXTRACT = "The published extract used here"
_SERVICES = ("sen_support", "alternative_provision", "hospital_education", "therapies")


@dataclass(frozen=True)
class Gap:
    """A published figure that is missing, and what was done instead."""

    what: str
    done: str


@dataclass(frozen=True)
class MoneyRecord:
    """Published money of one authority, £ by financial year label.

    ``services_share`` is the part of section 251 net spending on services that do not
    follow plans (SEN support, alternative provision, hospital education, therapies).
    ``places_gbp`` is maintained place funding in 2021-22, the only year published.
    """

    block_before: Mapping[str, float]
    block_after: Mapping[str, float]
    spending: Mapping[str, float]
    balance: Mapping[str, float]
    balance_status: Mapping[str, str]
    places_gbp: float
    services_share: float
    schools_block_gbp: float = 0.0

    @property
    def has_block(self) -> bool:
        """Whether a high needs block is published for this authority at all."""
        return bool(self.block_before and self.block_after)


def money_record(panel: Panel, area: Area, gaps: list[Gap]) -> MoneyRecord:
    """Collect an authority's published money; what is missing is added to `gaps`.

    Raises
    ------
    ModelError
        No section 251 outturn is published for the base year.
    """
    before = _series(panel, "high_needs_block_before_deductions_gbp", area)
    after = _series(panel, "high_needs_block_after_deductions_gbp", area)
    spending = _series(panel, "s251_high_needs_net_gbp", area)
    balance = _series(panel, "dsg_balance_gbp", area)
    if BASE_YEAR.label not in spending:
        msg = (
            f"{area} has no section 251 outturn for {BASE_YEAR}, so its spending per plan "
            "cannot be set. No projection is made."
        )
        raise ModelError(msg)
    if not before:
        gaps.append(
            Gap(
                f"{EXTRACT} holds no high needs block for {area.name}.",
                "Plans and spending are projected; no gap or balance is shown.",
            )
        )
    if before and not balance:
        gaps.append(
            Gap(
                f"{EXTRACT} holds no DSG balance for {area.name}.",
                "The balance is shown as the change from the start of 2024-25, not as a "
                "level.",
            )
        )
    statuses = {
        year: panel.figure("dsg_balance_gbp", area, year).status for year in balance
    }
    return MoneyRecord(
        block_before=before,
        block_after=after,
        spending=spending,
        balance=balance,
        balance_status=statuses,
        places_gbp=_places(panel, area, spending, gaps),
        services_share=_services_share(panel, area),
        schools_block_gbp=_series(panel, "schools_block_before_deductions_gbp", area).get(
            "2023-24", 0.0
        ),
    )


def years_lacking(name: str, money: MoneyRecord) -> list[Gap]:
    """Years of the balance and the block that the record does not hold, of one area."""
    found = []
    known = sorted(map(FinancialYear.parse, money.balance))
    if money.has_block and known:
        first, last, before = known[0], known[-1], BASE_YEAR.shift(-1)
        days = _days(set(_run(first, last)) - set(known))
        if days:
            found.append(
                Gap(
                    f"{EXTRACT} holds no DSG balance of {name} at {days}.",
                    "None is worked out in its place; the line of the chart is dotted "
                    "there.",
                )
            )
        if last < before:
            years = " and ".join(map(str, _run(last.shift(1), before)))
            found.append(
                Gap(
                    f"{EXTRACT} holds no DSG balance of {name} after {last.closes_on()}.",
                    f"The projection starts from that older balance: {years} were worked "
                    "out from block, outturn and places, and are not published figures.",
                )
            )
    if money.has_block:
        held = max(map(FinancialYear.parse, money.block_before))
        lacking = " and ".join(map(str, _run(held.shift(1), BASE_YEAR)))
        if lacking:
            found.append(
                Gap(
                    f"{EXTRACT} holds no high needs block by authority after {held}.",
                    f"That of {lacking} was estimated from England's growth, and the block "
                    "of later years is projected from it.",
                )
            )
    return found


def _run(first: FinancialYear, last: FinancialYear) -> list[FinancialYear]:
    """Every year from the first to the last; none where they are the wrong way round."""
    return [first.shift(step) for step in range(last.end - first.end + 1)]


def _days(years: set[FinancialYear]) -> str:
    return " and ".join(year.closes_on() for year in sorted(years))


def _series(panel: Panel, measure: str, area: Area) -> dict[str, float]:
    matrix = panel.matrix(measure)
    if area.la_code not in matrix.index:
        return {}
    found = matrix.loc[area.la_code].dropna()
    values = found.to_numpy(dtype=float).tolist()
    return dict(zip(map(str, found.index), values, strict=True))


def _places(
    panel: Panel, area: Area, spending: Mapping[str, float], gaps: list[Gap]
) -> float:
    published = panel.figure(
        "s251_outturn_line_gbp", area, LINES_YEAR, "line/place_funding_total"
    ).value
    if published is not None:
        return published
    matrix = panel.matrix("s251_outturn_line_gbp", "line/place_funding_total")
    places = matrix[LINES_YEAR.label]
    net = panel.matrix("s251_high_needs_net_gbp")[LINES_YEAR.label].reindex(places.index)
    las = [code for code in places.index if len(code) == 3 and np.isfinite(places[code])]  # noqa: PLR2004
    ratio = places[las].to_numpy(dtype=float).sum() / net[las].to_numpy(dtype=float).sum()
    basis = LINES_YEAR.label if LINES_YEAR.label in spending else BASE_YEAR.label
    gaps.append(
        Gap(
            f"{EXTRACT} holds no place funding of maintained providers for {area.name}.",
            f"England's ratio to net spending in {LINES_YEAR} ({ratio:.1%}) was used.",
        )
    )
    return ratio * spending[basis]


def _services_share(panel: Panel, area: Area) -> float:
    """Services that do not follow plans, as a share of net spending in 2021-22."""
    shares = _services_shares(panel)
    mine = float(shares.get(area.la_code, np.nan))
    return mine if 0.0 <= mine < 1.0 else float(shares[ENGLAND_CODE])


@lru_cache(maxsize=4)
def _services_shares(panel: Panel) -> pd.Series:
    lines = pd.DataFrame(
        {
            name: panel.matrix("s251_outturn_line_gbp", f"line/{name}")[LINES_YEAR.label]
            for name in _SERVICES
        }
    )
    parts = lines.sum(axis=1, min_count=len(_SERVICES))
    net = panel.matrix("s251_high_needs_net_gbp")[LINES_YEAR.label].reindex(parts.index)
    las = [code for code in parts.index if len(code) == 3]  # noqa: PLR2004
    both = parts[las].notna() & net[las].notna()
    england = parts[las][both].sum() / net[las][both].sum()
    return pd.concat([(parts / net)[las], pd.Series({ENGLAND_CODE: england})])
