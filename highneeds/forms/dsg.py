"""The tables of the DSG management plan: placements by year, numbers and pounds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from highneeds.answers.crosswalk import DSG_7
from highneeds.answers.provision import PLACED
from highneeds.forms.counts import Counts
from highneeds.forms.cover import book
from highneeds.forms.layout import Line, Part, Sheet
from highneeds.forms.money import position, provision_part
from highneeds.periods import FinancialYear

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection

# Names of sheets are short: a spreadsheet allows 31 letters.
_SHORT = dict(
    zip(
        DSG_7,
        (
            "Mainstream",
            "Resourced provision, SEN units",
            "Maintained special",
            "NMSS or independent",
            "Hospital schools or AP",
            "Post-16 and FE",
            "Other or direct payments",
        ),
        strict=True,
    )
)
_UNMITIGATED, _MITIGATED = "Unmitigated", "Mitigated"
_BLOCKS = (
    "Schools block",
    "Central school services block",
    "Early years block",
    "High needs block",
)
_NO_NEED_OF_PLAN = (
    "The row “SEN support but no specialist assessment” of the template is filled here by "
    "plans whose need was not recorded: the record has no pupils on SEN support by need."
)


def dsg_sheets(result: Projection) -> list[Sheet]:
    """The sheets of the plan, unmitigated and, where there are measures, mitigated."""
    cases = [(_UNMITIGATED, result.unmitigated)]
    if result.scenario.measures:
        cases.append((_MITIGATED, result))
    counts = [(name, case, Counts(case, _januaries(case))) for name, case in cases]
    return [
        _position(result, cases),
        Sheet(
            "Income and balance by block",
            f"Income and balances of {result.area.name} by block of the DSG",
            _by_block(result),
        ),
        Sheet(
            "Placements",
            f"Plans of {result.area.name} each January by placement",
            tuple(one.by_placement(name, "dsg7", DSG_7) for name, _, one in counts),
        ),
        Sheet(
            "Ages and needs",
            f"Plans of {result.area.name} each January by age and by primary need",
            tuple(
                part
                for name, _, one in counts
                for part in (
                    one.by_age(f"{name}: by age at 31 August before the January"),
                    one.by_need(f"{name}: by primary need"),
                )
            ),
            (_NO_NEED_OF_PLAN,),
        ),
        *(_placement(result, provision, counts) for provision in PLACED),
    ]


def files(result: Projection, stem: str) -> dict[str, bytes]:
    """The form as a workbook, by name."""
    title = f"DSG management plan: tables of {result.area.name}"
    return book(result, stem, title, dsg_sheets(result))


def _position(result: Projection, cases: list[tuple[str, Projection]]) -> Sheet:
    said = "A negative balance is a deficit. Pounds, cash."
    none = (
        ()
        if result.scenario.measures
        else (
            f"The scenario “{result.scenario.title}” has no measures, so no mitigated case "
            "is shown: give one that has, with --scenario.",
        )
    )
    return Sheet(
        "Year-end position",
        f"Year-end position of the high needs block of {result.area.name}",
        tuple(position(case, name) for name, case in cases),
        (said, *none),
    )


def _placement(
    result: Projection, provision: str, counts: list[tuple[str, Projection, Counts]]
) -> Sheet:
    placement = PLACED[provision]
    parts: list[Part] = []
    for name, case, one in counts:
        parts += [
            one.by_age(f"{name}: plans by age", "dsg7", (placement,)),
            one.by_need(f"{name}: plans by primary need", "dsg7", (placement,)),
            provision_part(case, provision, f"{name}: spending"),
        ]
    return Sheet(_SHORT[placement], f"{placement}: {result.area.name}", tuple(parts))


def _januaries(result: Projection) -> tuple[str, ...]:
    return tuple(f"January {year}" for year in result.plan_cells.years)


def _by_block(result: Projection) -> tuple[Part, ...]:
    """Income and balances by block, as far as the record or the authority says."""
    first = min(result.vintage.block, result.base_year)
    years = tuple(first.shift(step) for step in range(result.until.end - first.end + 1))
    return (
        _income_by_block(result, years),
        _balance_by_block(result, years),
    )


def _income_by_block(result: Projection, years: tuple[FinancialYear, ...]) -> Part:
    panel, area, money = result.panel, result.area, result.record.money
    projected = {
        year.label: float(result.central.block[step, 0])
        for step, year in enumerate(result.years)
    }
    before = projected | dict(money.block_before) if result.has_money else {}
    schools, whole = (
        {year.label: panel.figure(name, area, year).value for year in years}
        for name in ("schools_block_before_deductions_gbp", "dsg_before_deductions_gbp")
    )
    block = _of(years, before)
    rest = tuple(
        None if None in (a, b, c) else round((a or 0) - (b or 0) - (c or 0), 2)
        for a, b, c in zip(_of(years, whole), _of(years, schools), block, strict=True)
    )
    deducted = {
        year: before[year] - money.block_after[year]
        for year in money.block_after
        if year in before
    }
    last = result.vintage.block
    why = f"Not available after {last}: the record holds no later one."
    return Part(
        "Income by block, before deductions and recoupment",
        tuple(year.label for year in years),
        (
            Line(_BLOCKS[0], _of(years, schools), "gbp", note=why),
            Line(
                f"{_BLOCKS[1]} and {_BLOCKS[2].lower()}",
                rest,
                "gbp",
                note="The DSG less the two other blocks: the record does not tell these "
                f"two apart. {why}",
            ),
            Line(_BLOCKS[3], block, "gbp", note="Published, then as in Year-end position."),
            Line("DSG", kind="gbp", adds=_income_names(), needs_all=True),
            Line(
                "Of the high needs block: deducted for places funded directly",
                _of(years, deducted),
                "gbp",
                note="Not available where no block after deductions is held.",
            ),
        ),
    )


def _income_names() -> tuple[str, ...]:
    return _BLOCKS[0], f"{_BLOCKS[1]} and {_BLOCKS[2].lower()}", _BLOCKS[3]


def _balance_by_block(result: Projection, years: tuple[FinancialYear, ...]) -> Part:
    """The cumulative balance at the close of each year: all blocks, and what is known."""
    own = result.record.money.own.high_needs_balance
    table = result.balance()
    balances = dict(zip(table["year"].astype(str), table["central"], strict=True))
    level = result.has_money and result.balance_is_level
    none = (None,) * len(years)
    why = "Not available: balances are published for all blocks together only."
    return Part(
        "Balance carried forward by block, at 31 March of each year",
        tuple(year.label for year in years),
        (
            *(Line(name, none, "gbp", note=why) for name in _BLOCKS[:3]),
            Line(
                _BLOCKS[3],
                _of(years, own),
                "gbp",
                basis="the authority's own figure" if own else "",
                note="As the authority states it." if own else why,
            ),
            Line(
                "All blocks",
                _of(years, balances) if level else none,
                "gbp",
                note=result.balance_basis,
            ),
        ),
    )


def _of(
    years: tuple[FinancialYear, ...], held: Mapping[str, float | None] | Mapping[str, float]
) -> tuple[float | None, ...]:
    """Pounds of some years to the penny; None where none are held."""
    found = [held.get(year.label) for year in years]
    return tuple(None if one is None or one != one else round(one, 2) for one in found)
