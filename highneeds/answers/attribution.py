"""Who saves what when measures overlap: Shapley values, reconciling to the penny."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from itertools import combinations
from math import factorial

import pandas as pd

from highneeds.answers.projection import Projection
from highneeds.errors import ModelError
from highneeds.model.simulate import central_case

# 2 to this power runs are needed, one for every set of measures.
MOST_MEASURES = 8


def shapley(
    names: Iterable[str], worth: Callable[[frozenset[str]], float]
) -> dict[str, float]:
    """Share the worth of a whole set between its members.

    Each member gets its contribution averaged over every order in which the members could
    have joined; the shares add up to the worth of all less the worth of none.

    Parameters
    ----------
    names : iterable of str
        At most `MOST_MEASURES`.
    worth : function of a frozenset of names
        Called once for every subset.

    Raises
    ------
    ModelError
        Too many members.
    """
    members = list(names)
    count = len(members)
    if count > MOST_MEASURES:
        msg = (
            f"{count} measures are more than the {MOST_MEASURES} that can be shared out "
            f"({2**count:,} runs). Join some of them."
        )
        raise ModelError(msg)
    values: Mapping[frozenset[str], float] = {
        frozenset(chosen): worth(frozenset(chosen))
        for size in range(count + 1)
        for chosen in combinations(members, size)
    }
    shares = {}
    for member in members:
        share = 0.0
        others = [name for name in members if name != member]
        for size in range(count):
            weight = factorial(size) * factorial(count - size - 1) / factorial(count)
            for chosen in combinations(others, size):
                before = frozenset(chosen)
                share += weight * (values[before | {member}] - values[before])
        shares[member] = share
    return shares


def attribute(result: Projection) -> pd.DataFrame:
    """What each measure of a scenario adds to the central case's closing balance, £.

    There each is delivered, whatever its chance.

    Returns
    -------
    DataFrame
        measure, kind, effect_gbp (its Shapley share), alone_gbp (with no other measure),
        owner, evidence, delivery_chance, legal_note; ``effect_gbp`` adds up to the
        difference the measures make together.
    """
    measures = {measure.name: measure for measure in result.scenario.measures}
    if not measures:
        return pd.DataFrame(columns=["measure", "kind", "effect_gbp", "alone_gbp"])
    found: dict[frozenset[str], float] = {}

    def worth(chosen: frozenset[str]) -> float:
        if chosen not in found:
            kept = tuple(measure for name, measure in measures.items() if name in chosen)
            central = central_case(
                result.record,
                replace(result.scenario, measures=kept),
                result.spread,
                until=result.until,
            )
            found[chosen] = float(central.balance[-1, 0])
        return found[chosen]

    shares = shapley(measures, worth)
    none = worth(frozenset())
    return pd.DataFrame(
        [
            {
                "measure": name,
                "kind": measure.kind,
                "effect_gbp": shares[name],
                "alone_gbp": worth(frozenset({name})) - none,
                "owner": measure.owner,
                "evidence": measure.evidence,
                "delivery_chance": measure.delivery_chance,
                "legal_note": measure.legal_note,
            }
            for name, measure in measures.items()
        ]
    )
