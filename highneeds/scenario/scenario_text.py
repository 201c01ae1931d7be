"""A scenario written as a file: what differs from the defaults, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from highneeds.scenario.assumptions import LIMITS, load_assumptions

if TYPE_CHECKING:
    from highneeds.scenario.scenario import Scenario

_HEAD = ("name", "title", "description", "author", "date", "approved_by")


def scenario_toml(scenario: Scenario) -> str:
    """A scenario as TOML text; the same scenario always gives the same text."""
    head = {key: getattr(scenario, key) for key in _HEAD}
    blocks = [_block("", head | ({"example": True} if scenario.example else {}))]
    blocks += _tables("policies", scenario.policies.model_dump(exclude_none=True))
    defaults = load_assumptions()
    for name, estimate in scenario.assumptions.items():
        if estimate != defaults[name]:
            changed = estimate.model_dump(exclude=set(LIMITS))
            blocks.append(_block(f"[assumptions.{_key(name)}]", changed))
    for key in ("measures", "one_offs", "paths"):
        blocks += [
            _block(f"[[{key}]]", lever.model_dump()) for lever in getattr(scenario, key)
        ]
    return "\n\n".join(blocks) + "\n"


def _tables(name: str, values: Mapping[str, Any]) -> Iterator[str]:
    own = {key: value for key, value in values.items() if not isinstance(value, dict)}
    if own:
        yield _block(f"[{name}]", own)
    for key, value in values.items():
        if isinstance(value, dict):
            yield from _tables(f"{name}.{_key(key)}", value)


def _block(header: str, values: Mapping[str, Any]) -> str:
    lines = [f"{_key(key)} = {_value(value)}" for key, value in values.items()]
    return "\n".join([header, *lines] if header else lines)


def _value(value: Any) -> str:
    if isinstance(value, dict):
        return (
            f"{{ {', '.join(f'{_key(key)} = {_value(v)}' for key, v in value.items())} }}"
        )
    if isinstance(value, float):
        return repr(value)
    # JSON's text, true, false and whole numbers are TOML's, but for one character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z0-9_-]+", name) else _value(name)
