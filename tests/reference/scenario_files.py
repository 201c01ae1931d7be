"""Scenario files read again with nothing but the standard library."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "data"


@dataclass
class Assumed:
    """Central values by name, and the levers and policies of a scenario."""

    values: dict[str, float] = field(default_factory=dict)
    policies: dict = field(default_factory=dict)
    levers: dict[str, dict[str, dict]] = field(
        default_factory=lambda: {"measures": {}, "one_offs": {}, "paths": {}}
    )

    def __getitem__(self, name: str) -> float:
        return self.values[name]

    def measures(self, kind: str) -> list[dict]:
        """The measures of one kind."""
        return [m for m in self.levers["measures"].values() if m["kind"] == kind]

    def path(self, kind: str, year: int) -> list[float]:
        """What each path of a kind says of a calendar year, where it says anything."""
        found = []
        for path in self.levers["paths"].values():
            named = [int(label) for label in path["central"] if int(label) <= year]
            if path["kind"] == kind and named:
                found.append(path["central"][str(max(named))])
        return found


def read(path: Path) -> Assumed:
    """A scenario over the ones it extends over the defaults."""
    content = tomllib.loads(path.read_text("utf-8"))
    if "extends" in content:
        assumed = read(path.parent / f"{content['extends']}.toml")
    else:
        assumed = Assumed()
        for defaults in sorted((DATA / "assumptions").glob("*.toml")):
            for name, estimate in tomllib.loads(defaults.read_text("utf-8")).items():
                assumed.values[name] = estimate["central"]
    for name, estimate in content.get("assumptions", {}).items():
        assumed.values[name] = estimate.get("central", assumed.values[name])
    for name, value in content.get("policies", {}).items():
        if isinstance(value, dict):
            value = {**assumed.policies.get(name, {}), **value}
        assumed.policies[name] = value
    for kind, levers in assumed.levers.items():
        for lever in content.get(kind, []):
            levers[lever["name"]] = lever
    return assumed


def ending(financial_year: str) -> int:
    """The year in which a financial year ends: 2026 for 2025-26."""
    return int(financial_year[:4]) + 1


def in_force(measure: dict, end: int) -> float:
    """Share of a measure's full effect in the financial year that ends in `end`."""
    first, full = ending(measure["starts"]), ending(measure["full"])
    if end < first:
        return 0.0
    return min((end - first + 1) / (full - first + 1), 1.0)
