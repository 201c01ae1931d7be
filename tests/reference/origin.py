"""One area at an earlier January, in plain Python: what it starts from, and one path.

Written from docs/method.md, sections 8 and 18, with lists and floats. Areas that were
joined or split are given by their codes; a sum with a part missing has no figure.
"""

from dataclasses import dataclass
from statistics import mean

from tests.reference.flows import _moves as _more_into_independent
from tests.reference.local import PRIOR_PLANS, _drawn_together
from tests.reference.national import _fewest_moves
from tests.reference.published import (
    AGES,
    ENGLAND,
    PLACEMENTS,
    by_age_and_placement,
    totals,
)

BANDS = {
    "0-4": (0, 4),
    "5-10": (5, 10),
    "11-15": (11, 15),
    "16-19": (16, 19),
    "20-25": (20, 25),
}
# Each stands in every year for those of its codes that were there.
SUMS = {
    "838+839": ("835", "836", "837", "838", "839"),
    "940+941": ("928", "940", "941"),
    "942+943": ("909", "942", "943"),
}
ROUNDS = 200

Table = list[dict[str, float]]


@dataclass
class Start:
    """An area at January `origin`, by age and placement, and England's rates with it."""

    origin: int
    stock: Table
    exits: list[float]
    balancing: float
    new_plans: float
    requests: float
    requests_before: float
    residents: list[float]
    joining_per_person: list[float]
    joining_mix: Table
    moves: list[dict[str, dict[str, float]]]


class Record:
    """Published totals by area and year, the three sums in the place of their codes."""

    def __init__(self, panel):
        self.panel = panel
        self.kept = {}

    def of(self, measure: str, breakdown: str = "total/total"):
        """Area → year → figure."""
        if (measure, breakdown) not in self.kept:
            found = totals(self.panel, measure, breakdown)
            for key, codes in SUMS.items():
                mine = [found.pop(code, {}) for code in codes]
                years = {year for part in mine for year in part}
                found[key] = {
                    year: sum(part[year] for part in mine if year in part) for year in years
                }
            self.kept[measure, breakdown] = found
        return self.kept[measure, breakdown]

    def everyone(self) -> list[str]:
        """All areas that add up to England."""
        plans = self.of("ehc_plans")
        return [code for code in plans if len(code) == 3 or code in SUMS]


def start(panel, area: str, origin: int) -> Start:
    """Work out what the projection of one area from January `origin` starts from."""
    record = Record(panel)
    pattern = by_age_and_placement(panel, "ehc_plans", ENGLAND, "2024")
    everyone = record.everyone()
    tables = {
        one: _table(record, "ehc_plans", one, str(origin), pattern)
        for one in [*everyone, ENGLAND]
    }
    loss = _losses(record, everyone, origin)
    shape = _shape(panel, pattern)
    england = _by_age(tables[ENGLAND])
    level = _level(shape, england, loss[ENGLAND])
    exits = [min(rate * level, 1.0) for rate in shape[:25]] + [1.0]
    weights = {one: sum(_by_age(tables[one])) for one in everyone}
    drift = loss[ENGLAND] - sum(loss[one] * weights[one] for one in everyone) / sum(
        weights.values()
    )
    mine = _by_age(tables[area])
    wanted = loss[area] + drift
    own = _level(exits, mine, wanted)
    last = str(origin - 1)
    new = _table(record, "new_ehc_plans", ENGLAND, last, pattern)
    people = _people(record, ENGLAND, origin - 1)
    asked = _asked(record, origin)
    return Start(
        origin=origin,
        stock=tables[area],
        exits=[min(rate * own, 1.0) for rate in exits[:25]] + [1.0],
        balancing=max(mine[25] / sum(mine) - wanted, 0.0),
        new_plans=_share(record, "new_ehc_plans", area, everyone, origin)
        * record.of("new_ehc_plans")[ENGLAND][last],
        requests=_request_share(record, area, everyone, origin) * asked[origin - 1],
        requests_before=_request_share(record, area, everyone, origin) * asked[origin - 2],
        residents=_people(record, area, origin - 1),
        joining_per_person=[sum(new[age].values()) / people[age] for age in AGES],
        joining_mix=_mix(record, area, origin, new, tables[ENGLAND]),
        moves=_moves(record, origin, pattern, tables[ENGLAND], new, exits),
    )


def central_plans(
    begin: Start, foretold: list[float], assumed
) -> tuple[list[dict[str, float]], list[float]]:
    """Plans by placement each January from `origin` on, and the plans that start.

    Nothing is uncertain: plans are those `foretold`, and as many start as that takes.
    ``assumed`` gives an assumption's central value by name.
    """
    moves = [
        _more_into_independent(rates, assumed["moves_to_independent"])
        for rates in begin.moves
    ]
    stock, new = begin.stock, []
    found = [_by_placement(stock)]
    residents = begin.residents
    for total in foretold:
        residents = [residents[0] * (1 + assumed["births_change"]), *residents[:-1]]
        wanted = [r * p for r, p in zip(begin.joining_per_person, residents, strict=True)]
        after: Table = [dict.fromkeys(PLACEMENTS, 0.0) for _ in AGES]
        for age in AGES[:25]:
            for source in PLACEMENTS:
                stays = stock[age][source] * (1 - begin.exits[age])
                for target in PLACEMENTS:
                    after[age + 1][target] += stays * moves[age + 1][source][target]
        joined = total - sum(_by_age(after))
        new.append(joined - begin.balancing * sum(_by_age(stock)))
        for age in AGES:
            for p in PLACEMENTS:
                share = wanted[age] / sum(wanted) * begin.joining_mix[age][p]
                after[age][p] += joined * share
        stock = after
        found.append(_by_placement(stock))
    return found, new


def _by_placement(table: Table) -> dict[str, float]:
    return {p: sum(row[p] for row in table) for p in PLACEMENTS}


def _by_age(table: Table) -> list[float]:
    return [sum(row.values()) for row in table]


def _table(record: Record, measure: str, area: str, year: str, pattern: Table) -> Table:
    """Bands spread as the pattern is, then rows and columns scaled in turn."""
    total = record.of(measure)[area][year]
    bands, placed = (
        _split(record, measure, area, year, kind, names)
        for kind, names in (("age", tuple(BANDS)), ("placement", PLACEMENTS))
    )
    held = _by_age(pattern)
    ages = [0.0 for _ in AGES]
    for band, (low, high) in BANDS.items():
        whole = sum(held[low : high + 1])
        for age in range(low, high + 1):
            ages[age] = total * bands[band] * held[age] / whole
    table = [dict(row) for row in pattern]
    for _ in range(ROUNDS):
        for p in PLACEMENTS:
            column = sum(row[p] for row in table)
            for row in table:
                row[p] *= total * placed[p] / column if column else 0.0
        for age in AGES:
            row_sum = sum(table[age].values())
            for p in PLACEMENTS:
                table[age][p] *= ages[age] / row_sum if row_sum else 0.0
    return table


def _split(
    record: Record, measure: str, area: str, year: str, kind: str, names: tuple[str, ...]
) -> dict[str, float]:
    """Shares by band or placement; the year before's, or England's, where none is held."""
    for one, when in ((area, year), (area, str(int(year) - 1)), (ENGLAND, year)):
        asked = [
            name
            for name in names
            if when in record.of(measure, f"{kind}/{name}").get(ENGLAND, {})
        ]
        counts = {
            name: record.of(measure, f"{kind}/{name}").get(one, {}).get(when)
            for name in asked
        }
        if None not in counts.values() and sum(counts.values()) > 0:
            return {name: counts.get(name, 0.0) / sum(counts.values()) for name in names}
    raise KeyError((measure, area, year))


def _shape(panel, pattern: Table) -> list[float]:
    """Ended plans of 2024 over plans of January 2024, by age."""
    rows = panel.table(
        "ceased_ehc_plans", areas=[ENGLAND], years=["2024"], breakdowns=["age_year"]
    )
    ended = dict(zip(rows["breakdown"], rows["value"], strict=True))
    plans = _by_age(pattern)
    rates = []
    for age in AGES:
        if age == 25:
            rates.append(1.0)
        elif age >= 20:
            rates.append((ended["20-25"] - plans[25]) / sum(plans[20:25]))
        elif age >= 3:
            rates.append(ended[str(age)] / plans[age])
        else:
            rates.append(ended["0-2"] / sum(plans[:3]))
    return rates


def _level(rates: list[float], plans: list[float], loss: float) -> float:
    """Factor on rates below 25 at which `loss` of the plans goes, all at 25 among it."""
    younger = sum(rates[age] * plans[age] for age in range(25))
    return max(loss * sum(plans) - plans[25], 0.0) / younger


def _losses(record: Record, everyone: list[str], origin: int) -> dict[str, float]:
    plans, new = record.of("ehc_plans"), record.of("new_ehc_plans")
    observed = {}
    for area in [*everyone, ENGLAND]:
        observed[area] = [
            (plans[area][year] + new[area][year] - plans[area][after]) / plans[area][year]
            for year, after in ((str(y), str(y + 1)) for y in range(origin - 3, origin))
            if year in plans[area] and after in plans[area] and year in new.get(area, {})
        ]
    england = mean(observed.pop(ENGLAND))
    return {**_drawn_together(observed, england), ENGLAND: england}


def _share(
    record: Record, measure: str, area: str, everyone: list[str], origin: int, first=0
) -> float:
    """Mean share of England over the years held of three, brought to a sum of one."""
    flows = record.of(measure)
    years = [str(year) for year in range(origin - 3, origin) if year >= first]
    shares = {
        one: mean(
            flows[one][year] / flows[ENGLAND][year]
            for year in years
            if year in flows.get(one, {})
        )
        for one in everyone
    }
    return shares[area] / sum(shares.values())


def _request_share(record: Record, area: str, everyone: list[str], origin: int) -> float:
    if origin - 1 < 2016:
        return _share(record, "new_ehc_plans", area, everyone, origin)
    return _share(record, "ehc_assessment_requests", area, everyone, origin, first=2016)


def _asked(record: Record, origin: int) -> dict[int, float]:
    """England's requests; before 2016, new plans at the ratio of 2016."""
    new = record.of("new_ehc_plans")[ENGLAND]
    asked = record.of("ehc_assessment_requests")[ENGLAND]
    ratio = asked["2016"] / new["2016"]
    return {
        year: asked[str(year)] if year >= 2016 else new[str(year)] * ratio
        for year in (origin - 1, origin - 2)
    }


def _people(record: Record, area: str, year: int) -> list[float]:
    def counted(when: str) -> list[float]:
        return [
            record.of("population_by_age", f"age_year/{age}")[area][when] for age in AGES
        ]

    if year >= 2022:
        return counted(str(year))
    back = 2022 - year
    people = counted("2022")
    moved = [people[min(age + back, 25)] for age in AGES]
    scale = record.of("population_0_17")[area][str(year)] / sum(moved[:18])
    return [scale * count for count in moved]


def _mix(record: Record, area: str, origin: int, new: Table, england: Table) -> Table:
    """England's placement of new plans by age, tilted by the area's own of three years."""
    mine, whole = dict.fromkeys(PLACEMENTS, 0.0), dict.fromkeys(PLACEMENTS, 0.0)
    for year in range(origin - 3, origin):
        for p in PLACEMENTS:
            counts = record.of("new_ehc_plans", f"placement/{p}")
            mine[p] += counts.get(area, {}).get(str(year), 0.0)
            whole[p] += counts[ENGLAND].get(str(year), 0.0)
    mixes = []
    for age in AGES:
        basis = new[age]
        if sum(basis.values()) == 0:
            basis = {p: sum(row[p] for row in england) for p in PLACEMENTS}
        tilted = {}
        for p in PLACEMENTS:
            national = whole[p] / sum(whole.values())
            pooled = (mine[p] + PRIOR_PLANS * national) / (sum(mine.values()) + PRIOR_PLANS)
            tilted[p] = basis[p] * (pooled / national if national > 0 else 1.0)
        mixes.append({p: tilted[p] / sum(tilted.values()) for p in PLACEMENTS})
    return mixes


def _moves(
    record: Record,
    origin: int,
    pattern: Table,
    closing: Table,
    new: Table,
    exits: list[float],
) -> list[dict[str, dict[str, float]]]:
    opening = _table(record, "ehc_plans", ENGLAND, str(origin - 1), pattern)
    moves = []
    for age in AGES:
        kept = dict.fromkeys(PLACEMENTS, 0.0)
        if age > 0:
            kept = {p: opening[age - 1][p] * (1 - exits[age - 1]) for p in PLACEMENTS}
        wanted = {p: closing[age][p] - new[age][p] for p in PLACEMENTS}
        moves.append(_fewest_moves(kept, wanted))
    return moves
