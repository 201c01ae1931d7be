"""Errors a user can act on: each says what is wrong, where, what was expected, what to do.

The command line prints these without a traceback and exits with the class's code.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

MOST_SHOWN = 5
_MOST_OF_A_FAULT = 200


def some(items: Iterable[object], most: int = MOST_SHOWN) -> str:
    """List the first few items, then count the rest: ``a, b, c and 4 more``."""
    shown = [str(item) for item in items]
    if len(shown) <= most:
        return ", ".join(shown)
    return f"{', '.join(shown[:most])} and {len(shown) - most} more"


def unforeseen(error: BaseException) -> str:
    """A fault nobody foresaw, as one line that says what to do about it."""
    said = " ".join(str(error).split())
    what = f": {said[:_MOST_OF_A_FAULT]}" if said else ""
    return (
        f"{type(error).__name__}{what}. This is a fault of the program, and nothing "
        "half-written was left. Report it where you have the program from, with what you "
        "gave it and what it says with --debug added."
    )


class HighNeedsError(Exception):
    """Base of every error that is the input's fault, not the program's."""

    exit_code = 2
    # Of the notebook it came out of, counted from 1; None outside notebooks.
    cell: int | None = None


class UsageError(HighNeedsError):
    """A name, period or option the user typed is not known, or is ambiguous."""

    exit_code = 2


def require_package(module: str, extra: str, what: str) -> None:
    """Refuse what needs a package of an extra that is not installed, before it is begun.

    Raises
    ------
    UsageError
        Says how to install it.
    """
    try:
        import_module(module)
    except ImportError:
        msg = (
            f"{what} needs the package {module}, which is not installed. Install it with: "
            f'python -m pip install "highneeds[{extra}]"'
        )
        raise UsageError(msg) from None


class OutputError(HighNeedsError):
    """A folder or file cannot be written; nothing half-written is left behind."""

    exit_code = 3


class ClusterError(HighNeedsError):
    """There is no cluster to send work to, or its workers are not like this machine."""

    exit_code = 3


class NotebookError(HighNeedsError):
    """A notebook or its kernel stopped for a reason that is not the input's fault."""

    exit_code = 1


class KernelError(NotebookError):
    """The process that ran a notebook died or ran out of time; another try may work."""


class SourceError(HighNeedsError):
    """A published file is not as its release describes: column, symbol, key or unit."""

    exit_code = 10


class JoinError(HighNeedsError):
    """Two tables do not cover the same authorities or periods."""

    exit_code = 11


class AssumptionError(HighNeedsError):
    """An assumption or scenario file is incomplete, unknown or out of range."""

    exit_code = 12


class ModelError(HighNeedsError):
    """The model was asked for something its inputs cannot support."""

    exit_code = 13


class OwnFiguresError(HighNeedsError):
    """A file of an authority's own figures cannot be taken as it is: names each place."""

    exit_code = 14


class HighNeedsWarning(UserWarning):
    """Base of typed warnings; each becomes one of a report's cautions."""


class SeparationWarning(HighNeedsWarning):
    """Covariates sort the outcomes without a mistake; only a penalty keeps a fit finite."""


class NotApprovedWarning(HighNeedsWarning):
    """A scenario has no author, date or approver."""


class ReadAsWarning(HighNeedsWarning):
    """A file does not say its encoding, and was read in the only one it could be."""


class UnusualWarning(HighNeedsWarning):
    """A scenario assumes, or leads to, something far from what has been seen."""
