"""Every reader and every series, as the readers declare them; nothing is listed here.

A module of this folder with ``SERIES`` is a reader. With ``FILES`` and
``read(raw, geography) -> Reading`` it is part of the build; ``SERIES`` are the tables that
can be added by themselves, none where the build alone reads them.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache
from types import ModuleType

from highneeds import sources
from highneeds.sources.contract import SourceFile
from highneeds.sources.series import Series


@cache
def _modules() -> tuple[ModuleType, ...]:
    names = sorted(one.name for one in pkgutil.iter_modules(sources.__path__))
    every = (importlib.import_module(f"{sources.__name__}.{name}") for name in names)
    return tuple(module for module in every if hasattr(module, "SERIES"))


def readers() -> Iterator[ModuleType]:
    """The reader modules of the build."""
    yield from (module for module in _modules() if hasattr(module, "FILES"))


@cache
def every_series() -> dict[str, Series]:
    """Every table that can be added by itself, by the word people call it."""
    return {one.key: one for module in _modules() for one in module.SERIES}


def source_files() -> dict[str, SourceFile]:
    """Every published file of the build by its ``source_id``."""
    areas = importlib.import_module("highneeds.sources.areas")
    found = [*areas.FILES]
    for reader in readers():
        found += reader.FILES
    return {source.source_id: source for source in found}


def known_files() -> dict[str, SourceFile]:
    """Those, and the tables that are in no build because only users add them."""
    added = {one.source.source_id: one.source for one in every_series().values()}
    return {**added, **source_files()}
