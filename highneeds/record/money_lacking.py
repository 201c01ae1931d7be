"""Which years of an authority's balance and block the record lacks, in sentences."""

from __future__ import annotations

from highneeds.panel.vintage import Vintage
from highneeds.periods import FinancialYear
from highneeds.record.gap import EXTRACT, Gap
from highneeds.record.money import MoneyRecord


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
