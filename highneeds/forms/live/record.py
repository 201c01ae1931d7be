"""Record: the figures of an authority that the equations start from, as published."""

from __future__ import annotations

from dataclasses import dataclass, field

from highneeds.forms.live.cells import Cell, Range, largest, smallest, total
from highneeds.forms.live.given import Given
from highneeds.forms.live.sheets import PLANS, RATE, Page
from highneeds.model.capacity import INDEPENDENT
from highneeds.record.cells import AGES, MODEL_PLACEMENTS

RECORD, RATES = "Record", "Rates"
PLACEMENT_WORDS = {
    "mainstream": "Mainstream",
    "state_special": "State special",
    "independent_special": "Independent or non-maintained special",
    "alternative_provision": "Alternative provision",
    "further_education": "Further education",
    "early_years": "Early years",
    "elsewhere": "Elsewhere",
}
_P = len(MODEL_PLACEMENTS)


@dataclass
class Record:
    """Cells of the sheets of the record."""

    exits: list[Cell]
    per_person: list[Cell]
    population: list[Cell]
    stock: list[list[Cell]]
    mix: list[list[Cell]]
    before: list[list[Cell]] = field(default_factory=list)
    counted_new: list[Cell] = field(default_factory=list)
    moves: list[list[Range]] = field(default_factory=list)
    sums: Range | None = None
    moved: dict[tuple[int, int, int], Cell] = field(default_factory=dict)


def record_sheet(page: Page, given: Given) -> Record:
    """Write what the record says of plans, by single year of age."""
    record, now = given.record, given.vintage
    page.title(
        f"Record: {given.area.name}",
        f"Plans of January {now.census} by age and placement, England's rates of the year "
        "to it, and the levels of the authority. Pounds stand on the sheet Money.",
    )
    page.widths(44, 12, 12, 12, 13)
    page.sheet.freeze_panes(1, 1)
    names = [PLACEMENT_WORDS[name] for name in MODEL_PLACEMENTS]
    row = _levels(page, given) + 1
    page.heading(row, "By age at 31 August: rates, people, plans, placements of who joins")
    page.head(
        row + 1,
        0,
        [
            "Age",
            "Share of plans that end",
            "Plans that start a person",
            f"People, mid-{now.population.end}",
            *(f"Plans: {name}" for name in names),
            *(f"Joining: {name}" for name in names),
        ],
    )
    page.sheet.set_row(row + 1, 60)
    top = row + 2
    found = Record([], [], [], [], [])
    for age in AGES:
        at = top + age
        page.put(at, 0, float(age), "0", align="left")
        # Everyone aged 25 leaves, whatever the record's rate.
        found.exits.append(page.given(at, 1, float(record.exit_rate[age]), RATE))
        per_person = float(record.rates.joining_per_person[age])
        found.per_person.append(page.given(at, 2, per_person, RATE))
        found.population.append(page.given(at, 3, float(record.population[age]), "#,##0"))
        found.stock.append(
            [page.given(at, 4 + p, float(record.stock[age, p]), PLANS) for p in range(_P)]
        )
        mix = record.joining_mix[age]
        found.mix.append(
            [page.given(at, 4 + _P + p, float(mix[p]), RATE) for p in range(_P)]
        )
    row = top + len(AGES) + 1
    page.heading(row, "Plans by placement in the Januaries before")
    page.head(row + 1, 4, names)
    first = now.census.end - len(record.stock_before)
    for at, plans in enumerate(record.stock_before):
        page.put(row + 2 + at, 0, f"January {first + at}")
        found.before.append(
            [page.given(row + 2 + at, 4 + p, float(plans[p]), PLANS) for p in range(_P)]
        )
    cells = page.book.names
    found.counted_new = [cells[f"new_plans_{year}"] for year in _counted_years(given)]
    return found


def _counted_years(given: Given) -> range:
    return range(given.years[0].end, given.vintage.census.end)


def _levels(page: Page, given: Given) -> int:
    """Single numbers of the record, each with a name; gives the next row."""
    record, surge = given.record, given.defaults["request_surge"]
    flows = given.vintage.flows
    last = given.years[-1].end
    levels = {
        "record_requests": (f"Requests, level of {flows}", record.requests),
        "record_requests_before": (
            f"Requests, level of {flows.shift(-1)}",
            record.requests_before,
        ),
        "record_new_plans": (f"New plans, level of {flows}", record.new_plans),
        **{
            f"new_plans_{year}": (f"New plans published for {year}", float(plans))
            for year, plans in zip(_counted_years(given), record.counted_new, strict=True)
        },
        "balancing_share": (
            "Plans that join besides new ones, share of opening plans",
            record.balancing_share,
        ),
        "surge_first_year": ("Surge of requests: from", float(surge.first_year or 0)),
        "surge_last_year": ("Surge of requests: to", float(surge.last_year or last)),
    }
    for row, (name, (label, value)) in enumerate(levels.items(), start=3):
        page.put(row, 0, label)
        page.put(row, 1, value, "General", name, bg_color="#EDEDED")
    return 3 + len(levels)


def rates_sheet(page: Page, given: Given, record: Record, factor: Cell) -> None:
    """Write England's moves between placements, and those in use beside them.

    Parameters
    ----------
    factor : Cell
        On moves into independent special schools.
    """
    page.title(
        "Rates",
        "Moves between placements by age reached: of those in the first, the share found "
        "in the second. England's to the left, those in use to the right.",
    )
    page.widths(8, 11)
    page.sheet.freeze_panes(5, 1)
    moves, wide = given.record.rates.moves, _P * _P
    names = [PLACEMENT_WORDS[name] for name in MODEL_PLACEMENTS]
    # Where they go stands first, so that those who go to one placement stand together.
    pairs = [(origin, to) for to in range(_P) for origin in range(_P)]
    page.put(3, 1, "England's", bold=True)
    page.put(3, 2 + wide, "In use", bold=True)
    for at, (origin, to) in enumerate(pairs):
        for left in (1, 2 + wide):
            label = f"{names[origin]} to {names[to]}"
            page.put(4, left + at, label, text_wrap=True, bold=True, bottom=1)
    sums = 3 + 2 * wide
    for origin, name in enumerate(names):
        page.put(4, sums + origin, f"Sum: {name}", text_wrap=True, bold=True, bottom=1)
    page.sheet.set_row(4, 75)
    for age in AGES:
        row = 5 + age
        page.put(row, 0, float(age), "0", align="left")
        base = {
            pair: page.given(row, 1 + at, float(moves[age, pair[0], pair[1]]), RATE)
            for at, pair in enumerate(pairs)
        }
        for at, (origin, to) in enumerate(pairs):
            share, stay = base[origin, INDEPENDENT], base[origin, origin]
            # More, or fewer, move in than in the record, from those who would stay.
            more = largest(-share, smallest(share * (factor - 1), stay))
            used = base[origin, to]
            if origin != INDEPENDENT and to == INDEPENDENT:
                used = base[origin, to] + more
            elif origin != INDEPENDENT and to == origin:
                used = base[origin, to] - more
            used = page.put(row, 2 + wide + at, used, RATE)
            record.moved[age, origin, to] = used
        record.moves.append(
            [
                page.range(row, 2 + wide + to * _P, row, 1 + wide + (to + 1) * _P)
                for to in range(_P)
            ]
        )
        for origin in range(_P):
            whole = total(*(record.moved[age, origin, to] for to in range(_P)))
            page.put(row, sums + origin, whole, RATE)
    record.sums = page.range(5, sums, 4 + len(AGES), sums + _P - 1)
