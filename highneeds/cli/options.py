"""The options several verbs take: futures, seed, processes; each checked in one way."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from highneeds.bounds import FEWEST_DRAWS, require_draws, require_seed, require_workers
from highneeds.errors import UsageError

DRAWS, SEED = 1000, 20250901


def add_draws(
    verb: argparse.ArgumentParser,
    default: int | None = DRAWS,
    help: str = "simulated futures (1000)",
) -> None:
    """Add ``--draws`` and ``--seed``; with None, what a file says stands."""
    verb.add_argument(
        "--draws", type=_checked(_enough_draws), default=default, metavar="N", help=help
    )
    verb.add_argument(
        "--seed",
        type=_checked(require_seed),
        default=None if default is None else SEED,
        metavar="N",
        help="keep it to repeat a run",
    )


def add_workers(
    verb: argparse._ActionsContainer, default: int | None = 1, help: str = "processes"
) -> None:
    """Add ``--workers``."""
    verb.add_argument(
        "--workers",
        type=_checked(require_workers),
        default=default,
        metavar="N",
        help=help,
    )


def add_own_figures(verb: argparse.ArgumentParser) -> None:
    """Add ``--inputs`` and ``--for-publication``."""
    verb.add_argument(
        "--inputs", type=Path, metavar="FILE", help="the authority's own figures"
    )
    verb.add_argument(
        "--for-publication",
        action="store_true",
        help="withhold own counts of 1 to 5, and say so in its manifest",
    )


def add_replace(verb: argparse.ArgumentParser) -> None:
    """Add ``--replace``, which every verb has that writes a file one may work in."""
    verb.add_argument(
        "--replace", action="store_true", help="take the place of a file that is there"
    )


def _enough_draws(text: str) -> int:
    return require_draws(text, FEWEST_DRAWS)


def _checked(check: Callable[[str], int]) -> Callable[[str], int]:
    """A check of ours as the parser wants it."""

    def of(text: str) -> int:
        try:
            return check(text)
        except UsageError as error:
            raise argparse.ArgumentTypeError(str(error)) from None

    return of
