"""A small projection made by hand, for tests of drawing and writing.

The figures are round numbers chosen so that sums can be checked by eye; they are nobody's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pandas as pd

from highneeds.answers.beside_others import Growth
from highneeds.answers.reserves import COLUMNS as RESERVES
from highneeds.geography import Area
from highneeds.model.quantiles import FIGURES
from highneeds.own.figures import OwnFigures
from highneeds.panel.schema import PLACEMENTS
from highneeds.panel.vintage import Vintage
from highneeds.periods import CalendarYear, Census, FinancialYear, MidYear
from highneeds.scenario.scenario import StabilityGrant

MILLION = 1e6
AREA = Area("999", "Anyshire", "la", "E12000009", "South West")
PUBLISHED = {"2021-22": -9.0, "2022-23": -14.5, "2023-24": -20.0}


VINTAGE = Vintage(
    census=Census(2025),
    flows=CalendarYear(2024),
    year=FinancialYear(2025),
    block=FinancialYear(2024),
    balance=FinancialYear(2024),
    lines=FinancialYear(2022),
    population=MidYear(2023),
    newer=(),
)


def _empty_record() -> SimpleNamespace:
    money = SimpleNamespace(
        block_before={}, block_after={}, spending={}, agreements=(), block_held=()
    )
    return SimpleNamespace(money=money)


@dataclass(frozen=True)
class HandMade:
    """What the report layer reads of a projection."""

    area: Area = AREA
    draws: int = 1000
    seed: int = 1
    until: FinancialYear = field(default_factory=lambda: FinancialYear.parse("2027-28"))
    scenario: SimpleNamespace = field(
        default_factory=lambda: SimpleNamespace(
            name="trend",
            title="Trend",
            description="",
            author="A. Nyone",
            date="2026-01-01",
            approved_by="",
            policies=SimpleNamespace(
                override_ends="2026-27", stability_grant=StabilityGrant()
            ),
        )
    )
    gaps: tuple[SimpleNamespace, ...] = (
        SimpleNamespace(
            what="The 2024-25 block is not published.", done="It was estimated.", base=""
        ),
    )
    cautions: tuple[str, ...] = ("A range is not a promise.",)
    balance_basis: str = "Cumulative balance, from the one published for 2023-24."
    with_money: bool = True
    # The last year whose balance is the area's own; the year of the grant in the middle.
    deficit_until: FinancialYear = field(
        default_factory=lambda: FinancialYear.parse("2027-28")
    )
    granted: bool = False
    own: OwnFigures | None = None
    vintage: Vintage = VINTAGE
    # No block, outturn or agreement of any year before the base year is held.
    record: SimpleNamespace = field(default_factory=_empty_record)

    @property
    def has_money(self) -> bool:
        return self.with_money

    @property
    def central(self) -> SimpleNamespace:
        """What the grant pays by year: 0.9 x 42 in 2026-27."""
        paid = np.array([0.0, 0.0, 37.8e6 if self.granted else 0.0, 0.0])
        return SimpleNamespace(announced=paid, grants=0.0 * paid)

    def reserves(self) -> pd.DataFrame:
        return pd.DataFrame(columns=list(RESERVES))

    def sentence(self) -> str:
        return f"{self.area.name}: a deficit of £70.0m by 31 March 2028."

    def balance(self) -> pd.DataFrame:
        columns = ["year", "status", *FIGURES, "chance_of_deficit"]
        if not self.with_money:
            return pd.DataFrame(columns=columns)
        rows = [
            (year, "observed", *[value * MILLION] * 5, 1.0)
            for year, value in PUBLISHED.items()
        ]
        rows.append(("2024-25", "estimated", -28e6, -30e6, -28e6, -26e6, -28e6, 1.0))
        for step, year in enumerate(("2025-26", "2026-27", "2027-28"), start=1):
            middle = -28e6 - 14e6 * step
            spread = 3e6 * step
            rows.append(
                (
                    *(year, "projected", middle, middle - spread, middle),
                    *(middle + spread, middle, 1.0),
                )
            )
        return pd.DataFrame(rows, columns=columns)

    @property
    def base_year(self) -> FinancialYear:
        return FinancialYear.parse("2024-25")

    @property
    def opening_year(self) -> FinancialYear:
        return FinancialYear.parse("2023-24")

    @property
    def years(self) -> tuple[FinancialYear, ...]:
        return tuple(self.base_year.shift(step) for step in range(4))

    def balance_with_grant(self) -> pd.DataFrame:
        """From 2026-27 on 90% of the deficit of 2025-26: 0.9 x 42 = 37.8 less of one."""
        table = self.balance().iloc[-2:] if self.granted else self.balance().iloc[:0]
        more = {name: table[name] + 37.8e6 for name in FIGURES}
        return table.assign(**more).drop(columns="chance_of_deficit")

    def money(self) -> pd.DataFrame:
        rows = []
        for step, year in enumerate(("2024-25", "2025-26", "2026-27", "2027-28")):
            block = (80 + 2 * step) * MILLION if self.with_money else float("nan")
            gap = block - (88 + 4 * step) * MILLION
            rows.append(
                {
                    "year": year,
                    "block_gbp": block,
                    "block_like_for_like_gbp": block,
                    "block_status": "estimated" if self.with_money else "unavailable",
                    "spending_gbp": (88 + 4 * step) * MILLION,
                    "spending_status": "observed" if step == 0 else "projected",
                    "transfer_gbp": 0.0,
                    "in_year_gbp_central": gap,
                    "in_year_gbp_p10": gap - step * MILLION,
                    "in_year_gbp_p50": gap,
                    "in_year_gbp_p90": gap + step * MILLION,
                    "in_year_gbp_mean": gap,
                    "in_year_with_grant_gbp": gap + 37.8e6 * (year == "2026-27"),
                }
            )
        return pd.DataFrame(rows)

    def plans(self) -> pd.DataFrame:
        rows = [
            (str(year), "observed", *[float(count)] * 5)
            for year, count in zip(
                range(2021, 2026), (3000, 3300, 3600, 3900, 4200), strict=True
            )
        ]
        for step, year in enumerate(range(2026, 2029), start=1):
            middle = 4200.0 + 300 * step
            rows.append(
                (
                    str(year),
                    "projected",
                    middle,
                    middle - 50 * step,
                    middle,
                    middle + 50 * step,
                    middle,
                )
            )
        return pd.DataFrame(rows, columns=["year", "status", *FIGURES])

    def plan_mix(self) -> pd.DataFrame:
        before = dict(
            zip(PLACEMENTS, (1700, 1300, 300, 50, 500, 50, 200, 100), strict=True)
        )
        after = dict(zip(PLACEMENTS[:-1], (2200, 1500, 500, 50, 550, 50, 250), strict=True))
        rows = [
            (year, name, float(plans), plans / sum(mix.values()), status)
            for year, mix, status in (
                ("2025", before, "observed"),
                ("2028", after, "projected"),
            )
            for name, plans in mix.items()
        ]
        return pd.DataFrame(rows, columns=["year", "placement", "plans", "share", "status"])

    def bridge(self) -> pd.DataFrame:
        columns = ["step", "label", "value_gbp", "kind", "note"]
        if not self.with_money:
            return pd.DataFrame(columns=columns)
        # -20 - 8 - 24 + 12 - 20 - 10 = -70
        rows = [
            ("opening", "At 31 March 2024", -20e6, "start", "Published."),
            ("base_gap", "Gap in 2024-25", -8e6, "change", ""),
            ("same_gap", "Same gap, 3 more years", -24e6, "change", ""),
            ("funding", "Growth of the block", 12e6, "change", ""),
            ("volume", "More plans", -20e6, "change", ""),
            ("price", "Prices of placements", -10e6, "change", ""),
            ("end", "At 31 March 2028", -70e6, "end", "The central case."),
        ]
        return pd.DataFrame(rows, columns=columns)

    def assumptions(self) -> pd.DataFrame:
        columns = "name title low central high unit source date evidence owner note".split()
        rows = [
            ("a", "Sourced", 1.0, 2.0, 3.0, "ratio", "A release", "2025-01", "S", "", ""),
            ("b", "Guessed", 1.0, 2.0, 3.0, "£ a place", "", "", "M", "", "Replace it."),
            ("c", "Claimed", 1.0, 2.0, 3.0, "ratio", "", "", "D", "", ""),
        ]
        return pd.DataFrame(rows, columns=columns)

    def closure(self) -> pd.DataFrame:
        rows = [
            ("2020-21", 60e6, 64e6, -4e6, -5e6, -1e6, -1 / 60, ""),
            ("2021-22", float("nan"), 70e6, *[float("nan")] * 4, "Not published: block."),
        ]
        columns = (
            "year block_after_gbp spending_gbp implied_gbp published_change_gbp "
            "residual_gbp residual_share_of_block note"
        ).split()
        return pd.DataFrame(rows, columns=columns)

    def results(self) -> pd.DataFrame:
        columns = (
            "scenario year measure age_band placement central p10 p50 p90 mean unit status"
        ).split()
        rows = [
            (
                "trend",
                "2027-28",
                "dsg_balance_gbp",
                "all",
                "all",
                -70e6,
                -79e6,
                -70e6,
                -61e6,
                -70e6,
                "£",
                "projected",
            )
        ]
        return pd.DataFrame(rows, columns=columns)


def handmade_growth(
    names: Sequence[str] = (
        "Anyshire",
        "South West",
        "10 statistical neighbours",
        "England",
    ),
) -> Growth:
    """Plans doubling in the area, +75% in region and neighbours, +50% in England."""
    rows = []
    kinds = ("area", "region", "neighbours", "england")
    for kind, name, last in zip(kinds, names, (2.0, 1.75, 1.75, 1.5), strict=True):
        for year in range(2015, 2026):
            level = 1 + (last - 1) * (year - 2015) / 10
            rows.append((kind, name, 1, year, 1000 * level, level - 1))
    columns = ["series", "name", "authorities", "year", "plans", "growth"]
    return Growth(AREA, Census(2015), pd.DataFrame(rows, columns=columns))
