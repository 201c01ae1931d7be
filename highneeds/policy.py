"""Policy: the days that law and government have set, read from ``data/policy.toml``.

They are facts of the world that no table of figures holds, and so no part of the code.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from highneeds import home
from highneeds.errors import SourceError
from highneeds.files import read_shipped

_FILE = "policy.toml"


@dataclass(frozen=True)
class PolicyFact:
    """What was set, for which days, and who says so; ``share`` where it is one."""

    name: str
    days: tuple[date, ...]
    what: str
    source: str
    licence: str
    share: float | None = None

    @property
    def day(self) -> date:
        """Its first day, and for most facts the only one."""
        return self.days[0]


def policy(name: str) -> PolicyFact:
    """One fact of ``data/policy.toml`` by its name.

    Raises
    ------
    SourceError
        The file is missing, or has no such fact.
    """
    facts = policy_facts()
    if name not in facts:
        msg = (
            f"{_FILE} holds no fact called {name!r}. Expected one of "
            f"{', '.join(sorted(facts))}. The file comes with the package: install it "
            "again."
        )
        raise SourceError(msg)
    return facts[name]


@cache
def policy_facts() -> dict[str, PolicyFact]:
    """Every fact by its name, in written order.

    Raises
    ------
    SourceError
        The file is missing.
    """
    entries = read_shipped(home.data_dir() / _FILE)["fact"]
    return {
        entry["name"]: PolicyFact(
            **{**entry, "days": tuple(map(date.fromisoformat, entry["days"]))}
        )
        for entry in entries
    }
