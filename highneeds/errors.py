"""Errors a user can act on: each says what is wrong, where, what was expected, what to do.

The command line prints these without a traceback and exits with the class's code.
"""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterable, Iterator
from importlib import import_module

MOST_SHOWN = 5
_MOST_OF_A_FAULT = 200


def _signs(*names: str) -> tuple[str, ...]:
    """How the errors of a system begin, of those names that this one knows."""
    return tuple(
        f"[errno {getattr(errno, name)}]" for name in names if hasattr(errno, name)
    )


# What a system says when it has nothing left to give, through whichever error.
_FEW_HANDLES = _signs("EMFILE", "ENFILE")
_NOT_WRITTEN = (*_signs("ENOSPC", "EDQUOT", "EROFS", "EFBIG"), "[winerror 112]")
_NO_MEMORY = (
    *_signs("ENOMEM", "EAGAIN"),
    "failed to map segment",
    "cannot allocate memory",
    "c error: out of memory",
    "can't start new thread",
)
_MEMORY_KINDS = {"MemoryError", "_ArrayMemoryError"}


def some(items: Iterable[object], most: int = MOST_SHOWN) -> str:
    """List the first few items, then count the rest: ``a, b, c and 4 more``."""
    shown = [str(item) for item in items]
    if len(shown) <= most:
        return ", ".join(shown)
    return f"{', '.join(shown[:most])} and {len(shown) - most} more"


def lacking(error: ModuleNotFoundError) -> str:
    """A package of another's that this Python does not have, as one line."""
    return (
        f"This Python ({sys.executable}) lacks the package {error.name}, which highneeds "
        "needs. In the program's folder type python3 start.py in the place of python -m "
        "highneeds (on Windows py start.py), which brings all it needs, or activate the "
        "environment that you have installed it in."
    )


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


class KeptError(OutputError):
    """A file stands where one would be written, and may be somebody's work: it is kept."""

    exit_code = 5


class MachineError(HighNeedsError):
    """The machine has no memory, open files or processes left to give."""

    exit_code = 4


def of_the_machine(error: BaseException) -> HighNeedsError | None:
    """What the machine, not the program, is at fault for, said as that; else None."""
    found = (machine_fault(type(one).__name__, str(one)) for one in _chain(error))
    return next(filter(None, found), None)


def machine_fault(kind: str, said: str) -> HighNeedsError | None:
    """As `of_the_machine`, of an error's name and words: it may be another process's."""
    what = " ".join(said.split())[:_MOST_OF_A_FAULT]
    known = what.casefold()
    if any(sign in known for sign in _FEW_HANDLES):
        return MachineError(
            f"Too many files are open at once ({what}). Allow more in this shell with "
            "`ulimit -n 1024`, or ask for fewer --workers. Nothing half-written was left."
        )
    if any(sign in known for sign in _NOT_WRITTEN):
        return OutputError(
            f"Cannot write: {what}. Make room, or choose another folder. What was whole "
            "before still is."
        )
    if kind in _MEMORY_KINDS or any(sign in known for sign in _NO_MEMORY):
        return MachineError(
            f"There is too little memory, or too few processes are allowed "
            f"({what or kind}). Close other programs, ask for fewer --workers or --draws, "
            "or raise the limit (`ulimit -v`, `ulimit -u`). Nothing half-written was left."
        )
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """An error and what it came of: a package may say it in its own words."""
    while error:
        yield error
        error = error.__cause__ or error.__context__


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
