"""Every reader, in the order it runs; the build knows published files only through this."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from types import ModuleType

from highneeds.sources.contract import SourceFile

_READERS = (
    "plans",
    "plan_flows",
    "ceased_plans",
    "residential",
    "needs",
    "assessments",
    "population",
    "block",
    "section251",
    "balances",
    "programmes",
    "reported_blocks",
    "exclusions",
    "exclusions_national",
    "exclusions_derived",
    "exclusions_termly",
    "pupils",
    "tribunals",
    "inspections",
)


def readers() -> Iterator[ModuleType]:
    """The reader modules: each has ``FILES`` and ``read(raw, geography) -> Reading``."""
    for name in _READERS:
        yield importlib.import_module(f"highneeds.sources.{name}")


def source_files() -> dict[str, SourceFile]:
    """Every published file by its ``source_id``."""
    areas = importlib.import_module("highneeds.sources.areas")
    found = [*areas.FILES]
    for reader in readers():
        found += reader.FILES
    return {source.source_id: source for source in found}


def known_files() -> dict[str, SourceFile]:
    """Those, and the tables that are in no build because only users add them."""
    added = importlib.import_module("highneeds.sources.outturn_balances").OUTTURN
    return {**source_files(), added.source_id: added}
