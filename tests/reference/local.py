"""One authority's opening position and its own levels, drawn towards England's."""

from dataclasses import dataclass, replace
from math import exp, log
from statistics import mean, median

from tests.reference.national import England, england
from tests.reference.published import (
    ENGLAND,
    PLACEMENTS,
    Figures,
    at_odds,
    by_age_and_placement,
    parts,
    people,
    scaled,
    totals,
)

# Median absolute deviation → standard deviation of a normal distribution.
NORMAL = 1.4826
RECENT = ("2022", "2023", "2024")
# England's mix counts as this many of the authority's own new plans.
PRIOR_PLANS = 200
SERVICES = ("sen_support", "alternative_provision", "hospital_education", "therapies")


@dataclass
class Opening:
    """What the record says of the authority: plans, rates, levels, pounds."""

    stock: list[dict[str, float]]
    placements_before: dict[str, float]
    exits: list[float]
    joining_mix: list[dict[str, float]]
    balancing: float
    requests: float
    requests_before: float
    new_plans: float
    residents: list[float]
    england: England
    block_before: dict[str, float]
    block_after: dict[str, float]
    outturn: dict[str, float]
    balance: dict[str, float]
    maintained_places: float
    services_share: float
    schools_block: float
    unexplained_level: float
    carry_missed: dict[int, float]


def opening(panel, name: str, odds: tuple[float, float] = (1.0, 1.0)) -> Opening:
    """Collect one authority whose every figure is published; another raises KeyError.

    Its plans of unknown placement are placed like the known ones, but for the `odds` of a
    special school, and of an independent one among those.
    """
    area = panel.area(name).la_code
    rates = england(panel)
    plans = totals(panel, "ehc_plans")
    new = totals(panel, "new_ehc_plans")
    ended = totals(panel, "ceased_ehc_plans")
    asked = totals(panel, "ehc_assessment_requests")
    everyone = [one.la_code for one in panel.geography.authorities(2025)]
    level = _exit_level(panel, area, everyone, _exit_levels(everyone, plans, ended), rates)
    outturn = totals(panel, "s251_high_needs_net_gbp")
    lines = parts(panel, "s251_outturn_line_gbp", area, "2021-22", "line")
    last = by_age_and_placement(panel, "ehc_plans", area, "2025", odds)
    return Opening(
        stock=scaled(last, plans[area]["2025"]),
        placements_before=_placements_before(panel, area, plans[area]["2024"], odds),
        exits=[min(rate * level, 1.0) for rate in rates.exits[:-1]] + [1.0],
        joining_mix=_joining_mix(panel, area, rates),
        balancing=_balancing(everyone, plans, new, ended)[area],
        requests=_share(asked, area, everyone) * asked[ENGLAND]["2024"],
        requests_before=_share(asked, area, everyone) * asked[ENGLAND]["2023"],
        new_plans=_share(new, area, everyone) * new[ENGLAND]["2024"],
        residents=people(panel, area),
        england=rates,
        block_before=totals(panel, "high_needs_block_before_deductions_gbp")[area],
        block_after=totals(panel, "high_needs_block_after_deductions_gbp")[area],
        outturn=outturn[area],
        balance=totals(panel, "dsg_balance_gbp")[area],
        maintained_places=lines["place_funding_total"],
        services_share=sum(lines[line] for line in SERVICES) / outturn[area]["2021-22"],
        schools_block=totals(panel, "schools_block_before_deductions_gbp")[area]["2023-24"],
        unexplained_level=_unexplained(panel, outturn),
        carry_missed=_carry_missed(panel, outturn),
    )


def _share(figures: Figures, area: str, everyone) -> float:
    """Mean share of England over three years: one cleared backlog is not a new level.

    Brought to a sum of one over all authorities, some of which lack a year.
    """
    found = {
        one: mean(
            figures[one][year] / figures[ENGLAND][year]
            for year in RECENT
            if year in figures[one]
        )
        for one in everyone
    }
    return found[area] / sum(found.values())


def _exit_level(panel, area: str, everyone, levels: dict[str, float], rates) -> float:
    """The authority's level, all levels scaled so that England's plans end as England's.

    What is weighed is plans of January 2025 that would end at England's rates by age.
    """
    expected = {}
    for one in everyone:
        expected[one] = 0.0
        for label, count in parts(panel, "ehc_plans", one, "2025", "age_year").items():
            age = 2 if label == "0-2" else -1 if label == "unknown" else int(label)
            if 0 <= age < 25:
                expected[one] += count * rates.exits[age]
    ended = sum(exp(levels[one]) * expected[one] for one in everyone)
    return exp(levels[area]) * sum(expected.values()) / ended


def _exit_levels(everyone, plans: Figures, ended: Figures) -> dict[str, float]:
    """Log of each authority's exit rate against England's, drawn towards nothing."""
    observed = {}
    for area in everyone:
        observed[area] = []
        for year, count in ended.get(area, {}).items():
            if year not in plans[area] or year not in plans[ENGLAND]:
                continue
            rate = count / plans[area][year]
            whole = ended[ENGLAND][year] / plans[ENGLAND][year]
            if rate > 0:
                observed[area].append(log(rate / whole))
    return _drawn_together(observed, 0.0)


def _balancing(everyone, plans: Figures, new: Figures, ended: Figures) -> dict[str, float]:
    """Each authority's balancing item, drawn to England's."""
    observed = {area: _balancing_shares(area, plans, new, ended) for area in everyone}
    whole = mean(_balancing_shares(ENGLAND, plans, new, ended))
    drawn = _drawn_together(observed, whole)
    counted = {area: plans[area]["2025"] for area in everyone}
    average = sum(drawn[area] * counted[area] for area in everyone) / sum(counted.values())
    return {area: share + whole - average for area, share in drawn.items()}


def _balancing_shares(
    area: str, plans: Figures, new: Figures, ended: Figures
) -> list[float]:
    """Plans the flows do not explain, as a share of opening plans, year by year."""
    found = []
    for year in ended.get(area, {}):
        after = str(int(year) + 1)
        if year in plans[area] and after in plans[area] and year in new.get(area, {}):
            grew = plans[area][after] - plans[area][year]
            loose = grew - new[area][year] + ended[area][year]
            found.append(loose / plans[area][year])
    return found


def _drawn_together(observed: dict[str, list[float]], middle: float) -> dict[str, float]:
    """Each authority's mean, nearer England's the more its years disagree.

    The spread of one year about its authority's mean is taken robustly over every
    authority with two years or more, and enlarged because a mean of n years lies within
    them. What that spread does not explain of the spread of the means is real difference.
    """
    several = {area: years for area, years in observed.items() if len(years) > 1}
    typical = median(len(years) for years in several.values())
    about = [value - mean(years) for years in several.values() for value in years]
    within = _robust(about) * (typical / (typical - 1)) ** 0.5
    across = _robust([mean(years) for years in observed.values() if years])
    between = max(across**2 - within**2 / typical, 0.0)
    levels = {}
    for area, years in observed.items():
        levels[area] = middle
        if years and between > 0:
            weight = between / (between + within**2 / len(years))
            levels[area] += weight * (mean(years) - middle)
    return levels


def _robust(values: list[float]) -> float:
    centre = median(values)
    return NORMAL * median(abs(value - centre) for value in values)


def _placements_before(
    panel, area: str, total: float, odds: tuple[float, float]
) -> dict[str, float]:
    published = parts(panel, "ehc_plans", area, "2024", "placement")
    known = {p: published.get(p, 0.0) for p in PLACEMENTS}
    placed = at_odds(known, *odds)
    unknown = published.get("unknown", 0.0) / sum(known.values())
    found = {p: known[p] + unknown * placed[p] for p in PLACEMENTS}
    return {p: found[p] * total / sum(found.values()) for p in PLACEMENTS}


def _joining_mix(panel, area: str, rates: England) -> list[dict[str, float]]:
    """England's placement of new plans by age, tilted by the authority's own three
    years."""
    mine, whole = dict.fromkeys(PLACEMENTS, 0.0), dict.fromkeys(PLACEMENTS, 0.0)
    for year in RECENT:
        own = parts(panel, "new_ehc_plans", area, year, "placement")
        all_ = parts(panel, "new_ehc_plans", ENGLAND, year, "placement")
        for p in PLACEMENTS:
            mine[p] += own.get(p, 0.0)
            whole[p] += all_.get(p, 0.0)
    tilt = {}
    for p in PLACEMENTS:
        national = whole[p] / sum(whole.values())
        pooled = (mine[p] + PRIOR_PLANS * national) / (sum(mine.values()) + PRIOR_PLANS)
        tilt[p] = pooled / national if national > 0 else 1.0
    mixes = []
    for mix in rates.joining_mix:
        tilted = {p: mix[p] * tilt[p] for p in PLACEMENTS}
        mixes.append({p: tilted[p] / sum(tilted.values()) for p in PLACEMENTS})
    return mixes


def _unexplained(panel, outturn: Figures) -> float:
    """Middle authority's movement of the balance in 2021-22 that the record leaves open.

    Change in balance, less block after deductions, plus outturn and maintained places, as
    a share of the block before deductions.
    """
    balance = totals(panel, "dsg_balance_gbp")
    after = totals(panel, "high_needs_block_after_deductions_gbp")
    before = totals(panel, "high_needs_block_before_deductions_gbp")
    places = totals(panel, "s251_outturn_line_gbp", "line/place_funding_total")
    shares = []
    for area in balance:
        now = [
            figures.get(area, {}).get("2021-22")
            for figures in (balance, after, before, outturn, places)
        ]
        earlier = balance[area].get("2020-21")
        if len(area) == 3 and earlier is not None and None not in now:
            closing, block, whole, net, place = now
            shares.append((closing - earlier - (block - net - place)) / whole)
    return median(shares)


def _carry_missed(panel, outturn: Figures) -> dict[int, float]:
    """By years carried, the middle share of the block that carried balances missed.

    Every two years whose balances an authority publishes are one carry: block after
    deductions, less outturn and the maintained places of 2021-22, added to the first.
    """
    balance = totals(panel, "dsg_balance_gbp")
    after = totals(panel, "high_needs_block_after_deductions_gbp")
    before = totals(panel, "high_needs_block_before_deductions_gbp")
    places = totals(panel, "s251_outturn_line_gbp", "line/place_funding_total")
    missed: dict[int, list[float]] = {}
    for area in balance:
        if len(area) != 3 or "2021-22" not in places.get(area, {}):
            continue
        for first, opened in balance[area].items():
            for last, closed in balance[area].items():
                start, stop = int(first[:4]), int(last[:4])
                years = [f"{y}-{(y + 1) % 100:02d}" for y in range(start + 1, stop + 1)]
                if not years or any(
                    year not in figures.get(area, {})
                    for year in years
                    for figures in (after, outturn)
                ):
                    continue
                carried = opened + sum(
                    after[area][year] - outturn[area][year] - places[area]["2021-22"]
                    for year in years
                )
                share = (closed - carried) / before[area][last]
                missed.setdefault(len(years), []).append(share)
    return {years: median(shares) for years, shares in missed.items()}


def england_opening(panel, name: str) -> Opening:
    """England as if it were one authority, for plans; the pounds are those of `name`."""
    rates = england(panel)
    plans, new = totals(panel, "ehc_plans"), totals(panel, "new_ehc_plans")
    asked = totals(panel, "ehc_assessment_requests")[ENGLAND]
    ended = totals(panel, "ceased_ehc_plans")
    stock = by_age_and_placement(panel, "ehc_plans", ENGLAND, "2025")
    return replace(
        opening(panel, name),
        stock=scaled(stock, plans[ENGLAND]["2025"]),
        exits=rates.exits,
        joining_mix=rates.joining_mix,
        balancing=mean(_balancing_shares(ENGLAND, plans, new, ended)),
        requests=asked["2024"],
        requests_before=asked["2023"],
        new_plans=new[ENGLAND]["2024"],
        residents=people(panel, ENGLAND),
    )
