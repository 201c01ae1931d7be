"""What the published record says of one authority's money, and whose each figure is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache, partial

import numpy as np
import pandas as pd

from highneeds.errors import ModelError
from highneeds.geography import ENGLAND_CODE, Area
from highneeds.own.figures import OwnFigures
from highneeds.panel.panel import Panel
from highneeds.panel.programmes import agreement
from highneeds.panel.reported import reported_blocks
from highneeds.panel.stand_ins import PLACES, SERVICES, stand_ins
from highneeds.panel.vintage import Vintage
from highneeds.periods import FinancialYear
from highneeds.record.gap import EXTRACT, Gap
from highneeds.record.own_money import (
    OwnMoney,
    add_own_blocks,
    coverage_gaps,
    net_outturns,
    own_money,
    values_of,
)
from highneeds.status import Status

_SERVICES = ("sen_support", "alternative_provision", "hospital_education", "therapies")
_PLACES = "line/place_funding_total"
_BEFORE, _AFTER, _OUTTURN, _BALANCE, _SCHOOLS = (
    "high_needs_block_before_deductions_gbp",
    "high_needs_block_after_deductions_gbp",
    "s251_high_needs_net_gbp",
    "dsg_balance_gbp",
    "schools_block_before_deductions_gbp",
)


@dataclass(frozen=True)
class MoneyRecord:
    """Money of one authority, £ by financial year label, each figure with its status.

    ``outturn_year`` is its own last year of ``spending`` up to the base year, in which its
    level of cost is set. ``services_share`` is the part of section 251 net spending on
    services that do not follow plans (SEN support, alternative provision, hospital
    education, therapies). ``places_gbp`` is the maintained place funding last published.
    """

    block_before: Mapping[str, float]
    block_after: Mapping[str, float]
    spending: Mapping[str, float]
    balance: Mapping[str, float]
    outturn_year: FinancialYear
    places_gbp: float
    services_share: float
    schools_block_gbp: float = 0.0
    block_status: Mapping[str, str] = field(default_factory=dict)
    balance_status: Mapping[str, str] = field(default_factory=dict)
    # Authorities in it with a Safety Valve agreement.
    agreements: tuple[str, ...] = ()
    # What those agreements come to, £ by authority where published, and the same spread
    # evenly over their years, where those are too.
    agreed_gbp: Mapping[str, float] = field(default_factory=dict)
    agreed_evenly: Mapping[str, float] = field(default_factory=dict)
    own: OwnMoney = field(default_factory=OwnMoney)

    @property
    def has_spending(self) -> bool:
        """Whether an outturn is held, in which the level of cost can be set."""
        return bool(self.spending)

    @property
    def has_block(self) -> bool:
        """Whether a high needs block is published for this authority at all."""
        return bool(self.block_before and self.block_after)

    @property
    def balance_year(self) -> FinancialYear | None:
        """The year whose closing balance is the last held; None where none is."""
        return _last(self.balance)

    @property
    def block_year(self) -> FinancialYear | None:
        """The last year of the block that is held; None where none is."""
        return _last(self.block_held)

    @property
    def block_held(self) -> tuple[str, ...]:
        """Years whose block is held, and not carried on here from an earlier one."""
        return tuple(
            year
            for year in self.block_before
            if self.block_status.get(year) != Status.ESTIMATED
        )


def money_record(
    panel: Panel,
    area: Area,
    now: Vintage,
    gaps: list[Gap],
    *,
    outturn: FinancialYear | None = None,
    own: OwnFigures | None = None,
) -> MoneyRecord:
    """Collect an authority's published money; what is missing is added to `gaps`.

    Parameters
    ----------
    outturn : FinancialYear, optional
        The year in which the level of cost is set; its own last when left out.
    own : OwnFigures, optional
        What the authority states itself, in place of what is published.

    Raises
    ------
    ModelError
        No section 251 outturn is published up to the base year.
    """
    series = {name: _series(panel, name, area) for name in (_BEFORE, _AFTER, _BALANCE)}
    before, after, balance = series.values()
    spending = _series(panel, _OUTTURN, area)
    block_status = _statuses(panel, _BEFORE, area, before)
    balance_status = _statuses(panel, _BALANCE, area, balance)
    reported: list[Gap] = []
    _add_reported(panel, area, before, after, block_status, reported)
    stated, lacking = OwnMoney(), list[Gap]()
    places = _places(panel, area, now, spending, lacking) if spending else 0.0
    if own:
        stated = own_money(own, spending)
        usual = partial(_deducted_share, panel, now)
        reported += add_own_blocks(own, before, after, block_status, usual)
        reported += coverage_gaps(area.name, stated, before, after)
        whole = {year: one.value for year, one in stated.spent.items()}
        if whole and not spending:
            places = _places(panel, area, now, whole, lacking)
        spending |= net_outturns(stated.spent, before, after, places)
        balance |= values_of(own, _BALANCE)
        balance_status |= dict.fromkeys(own.of(_BALANCE), Status.OWN)
    set_in = _last_by(outturn or now.year, spending)
    if set_in is None and now.by_band:
        return _plans_alone(area, now, gaps)
    if set_in is None:
        msg = (
            f"{area} has no section 251 outturn up to {now.year}, so its spending per plan "
            "cannot be set. No projection is made."
        )
        raise ModelError(msg)
    last = _last_by(now.year, spending)
    if last and last < now.year:
        gaps.append(
            Gap(
                f"{EXTRACT} holds no section 251 outturn of {area.name} after {last}.",
                f"Spending per plan was set in {set_in}, on that year's plans, and carried "
                f"to {now.year} at the assumed growth of prices.",
            )
        )
    gaps += [*reported, *_none_at_all(area.name, now, before, balance), *lacking]
    schools, agreed = _series(panel, _SCHOOLS, area), agreement(panel, area)
    filled = _carry_by_england(panel, now, before, _BEFORE)
    _carry_by_england(panel, now, after, _AFTER)
    return MoneyRecord(
        block_before=before,
        block_after=after,
        spending=spending,
        balance=balance,
        outturn_year=set_in,
        places_gbp=places,
        services_share=_services_share(panel, area, now),
        schools_block_gbp=schools[max(schools)] if schools else 0.0,
        block_status=block_status | dict.fromkeys(filled, Status.ESTIMATED),
        balance_status=balance_status,
        agreements=(area.name,) if agreed else (),
        agreed_gbp={area.name: agreed.gbp} if agreed and agreed.gbp else {},
        agreed_evenly=agreed.evenly if agreed else {},
        own=stated,
    )


def _plans_alone(area: Area, now: Vintage, gaps: list[Gap]) -> MoneyRecord:
    """No money at all, from a January before the first outturn held."""
    gaps.append(
        Gap(
            f"{EXTRACT} holds no section 251 outturn of {area.name} up to {now.year}, and "
            "no high needs block or DSG balance.",
            "Plans alone are projected; no spending, in-year position or balance is shown.",
        )
    )
    return MoneyRecord(
        block_before={},
        block_after={},
        spending={},
        balance={},
        outturn_year=now.year,
        places_gbp=0.0,
        services_share=0.0,
    )


def _none_at_all(
    name: str, now: Vintage, block: Mapping[str, float], balance: Mapping[str, float]
) -> Iterator[Gap]:
    """That no block is held for an authority, or no balance."""
    if not block:
        yield Gap(
            f"{EXTRACT} holds no high needs block for {name}.",
            "Plans and spending are projected; no in-year position or balance is shown.",
        )
    elif not balance:
        yield Gap(
            f"{EXTRACT} holds no DSG balance for {name}.",
            f"The balance is shown as the change from the start of {now.year}, not as a "
            "level.",
        )


def _end(label: str) -> int:
    return FinancialYear.parse(label).end


def _last(years: Iterable[str]) -> FinancialYear | None:
    return max(map(FinancialYear.parse, years), default=None)


def _last_by(limit: FinancialYear, years: Iterable[str]) -> FinancialYear | None:
    """The last of some years up to `limit`."""
    return _last(year for year in years if _end(year) <= limit.end)


def _series(panel: Panel, measure: str, area: Area) -> dict[str, float]:
    matrix = panel.matrix(measure)
    if area.la_code not in matrix.index:
        return {}
    found = matrix.loc[area.la_code].dropna()
    values = found.to_numpy(dtype=float).tolist()
    return dict(zip(map(str, found.index), values, strict=True))


def _statuses(
    panel: Panel, measure: str, area: Area, series: Mapping[str, float]
) -> dict[str, str]:
    return {year: panel.figure(measure, area, year).status for year in series}


def _add_reported(
    panel: Panel,
    area: Area,
    before: dict[str, float],
    after: dict[str, float],
    status: dict[str, str],
    gaps: list[Gap],
) -> None:
    """Add the blocks a council or the department reported where none is published.

    A block after deductions has the last deductions held added to it.
    """
    both = [year for year in before if year in after]
    deducted = before[max(both)] - after[max(both)] if both else None
    reported = reported_blocks(panel, area)
    for year, value in reported[_BEFORE].items():
        if year not in before:
            before[year], status[year] = value, Status.REPORTED
    for year, value in reported[_AFTER].items():
        if year in before or deducted is None:
            continue
        before[year], after[year], status[year] = value + deducted, value, Status.REPORTED
        gaps.append(
            Gap(
                f"The high needs block of {area.name} in {year} is reported after "
                "deductions only.",
                f"The deductions of {max(both)}, the last held, were added to it.",
            )
        )


def _carry_by_england(
    panel: Panel, now: Vintage, series: dict[str, float], measure: str
) -> list[str]:
    """Fill the years up to the last national one by England's growth; gives their names."""
    filled = []
    matrix = _authorities(panel.matrix(measure))
    for label in matrix.columns:
        before = FinancialYear.parse(label).shift(-1).label
        if _end(label) > now.block.end or label in series or before not in series:
            continue
        both = matrix[[before, label]].dropna()
        series[label] = series[before] * float(both[label].sum() / both[before].sum())
        filled.append(label)
    return filled


def _places(
    panel: Panel,
    area: Area,
    now: Vintage,
    spending: Mapping[str, float],
    gaps: list[Gap],
) -> float:
    """Maintained place funding: the last published of its own, or by England's ratio."""
    places = panel.matrix("s251_outturn_line_gbp", _PLACES)
    if area.la_code in places.index:
        own = places.loc[area.la_code].dropna()
        own = own[[_end(str(label)) <= now.year.end for label in own.index]]
        if len(own):
            return float(own.to_numpy(dtype=float)[-1])
    last = _last_by(now.year, spending)
    if now.lines > now.year and last is not None:
        return stand_ins()[PLACES].central * spending[last.label]
    year = now.lines.label
    ratio = _places_ratio(panel, now)
    basis = year if year in spending or last is None else last.label
    gaps.append(
        Gap(
            f"{EXTRACT} holds no place funding of maintained providers for {area.name}.",
            f"England's ratio to net spending in {year} ({ratio:.1%}) was used.",
        )
    )
    return ratio * spending[basis]


def _places_ratio(panel: Panel, now: Vintage) -> float:
    """Maintained place funding over net spending, of the authorities that give it."""
    places = _authorities(panel.matrix("s251_outturn_line_gbp", _PLACES))
    net = panel.matrix(_OUTTURN)[now.lines.label].reindex(places.index)
    both = places[now.lines.label].notna() & net.notna()
    return float(places[now.lines.label][both].sum()) / float(net[both].sum())


def _deducted_share(panel: Panel, now: Vintage) -> float:
    """What England's blocks lose to places that the department funds directly, a share."""
    blocks = pd.DataFrame(
        {
            name: _authorities(panel.matrix(name))[now.block.label]
            for name in (_BEFORE, _AFTER)
        }
    ).dropna()
    return 1.0 - float(blocks[_AFTER].sum()) / float(blocks[_BEFORE].sum())


def _services_share(panel: Panel, area: Area, now: Vintage) -> float:
    """Services that do not follow plans, as a share of net spending in the lines' year."""
    if now.lines > now.year:
        return stand_ins()[SERVICES].central
    shares = _services_shares(panel, now)
    mine = float(shares.get(area.la_code, np.nan))
    return mine if 0.0 <= mine < 1.0 else float(shares[ENGLAND_CODE])


@lru_cache(maxsize=4)
def service_lines(panel: Panel, now: Vintage) -> pd.DataFrame:
    """Outturn of the services that follow no plans, by authority in the lines' year, £."""
    year = now.lines.label
    return _authorities(
        pd.DataFrame(
            {
                name: panel.matrix("s251_outturn_line_gbp", f"line/{name}")[year]
                for name in _SERVICES
            }
        )
    )


@lru_cache(maxsize=4)
def _services_shares(panel: Panel, now: Vintage) -> pd.Series:
    parts = service_lines(panel, now).sum(axis=1, min_count=len(_SERVICES))
    net = panel.matrix(_OUTTURN)[now.lines.label].reindex(parts.index)
    both = parts.notna() & net.notna()
    england = parts[both].sum() / net[both].sum()
    return pd.concat([parts / net, pd.Series({ENGLAND_CODE: england})])


def _authorities(matrix: pd.DataFrame) -> pd.DataFrame:
    return matrix[[len(code) == 3 for code in matrix.index]]  # noqa: PLR2004


def years_lacking(name: str, money: MoneyRecord, now: Vintage) -> list[Gap]:
    """Years of the balance and the block that the record does not hold, of one area."""
    if not money.has_block:
        return []
    found = []
    known = sorted(map(FinancialYear.parse, money.balance))
    if known:
        first, last, before = known[0], known[-1], now.year.shift(-1)
        # From the base year on a year without a balance is worked out and shown.
        days = _days({year for year in _run(first, last) if year < now.year} - set(known))
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
                    "out from block, outturn and places, and are not published figures. "
                    "Their range is what such a carry missed in other authorities.",
                )
            )
    lacking = _without_block(money, now)
    if lacking:
        held, years = money.block_year, " and ".join(map(str, lacking))
        found.append(
            Gap(
                f"{EXTRACT} holds no high needs block by authority after {held}.",
                f"That of {years} was estimated from England's growth, and the block "
                "of later years is projected from it.",
            )
            if held and held < lacking[0]
            else Gap(
                f"{EXTRACT} holds no high needs block of {name} for {years}.",
                f"That of {years} was estimated from England's growth.",
            )
        )
    return found


def _without_block(money: MoneyRecord, now: Vintage) -> list[FinancialYear]:
    """Years up to the base year, from the first held, whose block is not published."""
    held = {FinancialYear.parse(year).end for year in money.block_held}
    first = min(min(held), now.year.end)
    return [FinancialYear(end) for end in range(first, now.year.end + 1) if end not in held]


def _run(first: FinancialYear, last: FinancialYear) -> list[FinancialYear]:
    """Every year from the first to the last; none where they are the wrong way round."""
    return [first.shift(step) for step in range(last.end - first.end + 1)]


def _days(years: set[FinancialYear]) -> str:
    return " and ".join(year.closes_on() for year in sorted(years))
