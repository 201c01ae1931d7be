"""Inputs tried on every reader and parser: nothing may end in a traceback, hang or crash.

``python3 start.py bench --inputs-tried 100000``, or ``python -m benchmarks.tried [INPUTS
[SEED [TARGET [NUMBER]]]]``: half of the inputs are one edit away from a valid file, the
others are next to nothing like one. What a reader takes is held beside what it made of the
valid file: a figure may not change unless the file says another plain figure there.
"""

from __future__ import annotations

import random
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

from benchmarks.edits import WILD, Edit, Made
from highneeds.errors import HighNeedsError

SECONDS = 60
_SHOWN = 10
Figures = Mapping[object, object]


class NamedError(HighNeedsError):
    """The file is only taken when told to, because of what looks wrong in it."""


class _HangError(BaseException):
    """An input took more than `SECONDS`."""


def nothing(data: bytes) -> Iterable[Made]:
    """No inputs made by hand."""
    return ()


@dataclass(frozen=True)
class Target:
    """What takes inputs: how, the valid ones, and the edits that make others of them.

    `take` gives the figures it made of an input, by what they are of.
    """

    name: str
    take: Callable[[bytes], Figures]
    valid: Callable[[], Sequence[bytes]]
    edits: Sequence[Edit]
    # How many inputs it gets beside the others.
    share: float = 1.0
    # Inputs made by hand, which are always all tried.
    hand: Callable[[bytes], Iterable[Made]] = nothing


@dataclass
class Found:
    """What became of the inputs of one target."""

    name: str
    tried: int = 0
    hand: int = 0
    near: int = 0
    refused: int = 0
    named: int = 0
    same: int = 0
    plain: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    faults: list[str] = field(default_factory=list)

    def line(self) -> str:
        """The counts, in one line."""
        return (
            f"{self.name:<22}{self.tried:>8,}{self.near:>8,}{self.refused:>9,}"
            f"{self.named:>7,}{self.same:>9,}{self.plain:>7,}{self.slowest:>8.2f}"
            f"{len(self.faults):>7}"
        )


def run(
    inputs: int, *, seed: int, say: Callable[[str], None], only: str = "", at: int = -1
) -> int:
    """Try inputs on every target; gives 1 where any of them is at fault."""
    from benchmarks.tried_targets import targets

    warnings.simplefilter("ignore")
    say(
        f"{'target':<22}{'tried':>8}{'near':>8}{'refused':>9}{'named':>7}{'same':>9}"
        f"{'plain':>7}{'slowest':>8}{'faults':>7}"
    )
    every = [one for one in targets() if only in ("", one.name)]
    whole = sum(one.share for one in every)
    found = []
    for target in every:
        count = max(1, round(inputs * target.share / whole))
        numbers = range(count) if at < 0 else range(at, at + 1)
        found.append(tried(target, numbers, seed, by_hand=at < 0))
        say(found[-1].line())
        for fault in found[-1].faults[:_SHOWN]:
            say(f"  {fault}")
    total, near, hand = (
        sum(getattr(one, name) for one in found) for name in ("tried", "near", "hand")
    )
    faults, seconds = (
        sum(len(one.faults) for one in found),
        sum(one.seconds for one in found),
    )
    say(
        f"{total:,} inputs, {near:,} of them one edit away from a valid file and {hand:,} "
        f"made by hand, in {seconds:,.0f} s: {faults} at fault"
    )
    return int(faults > 0)


def tried(
    target: Target, numbers: Sequence[int], seed: int, *, by_hand: bool = True
) -> Found:
    """Try the inputs of these numbers on one target, after those made by hand."""
    found, began = Found(target.name), time.monotonic()
    valid = target.valid()
    known = [target.take(one) for one in valid]
    for number, made in enumerate(target.hand(valid[0]) if by_hand else ()):
        _try(target, made, known[0], found, f"by hand {number}")
        found.hand += 1
    for number in numbers:
        rng = random.Random(f"{seed}/{target.name}/{number}")
        which = rng.randrange(len(valid))
        near = number % 2 == 0
        edit = rng.choice(list(target.edits if near else WILD))
        made = edit(rng, valid[which])
        found.near += near
        _try(target, made, known[which], found, str(number))
    found.seconds = time.monotonic() - began
    return found


def _try(target: Target, made: Made, known: Figures, found: Found, at: str) -> None:
    started = time.monotonic()
    fault = _fault(target, made, known, found)
    found.tried += 1
    found.slowest = max(found.slowest, time.monotonic() - started)
    if fault:
        found.faults.append(f"{target.name} {at}: {made.how}: {fault}")


def _fault(target: Target, made: Made, known: Figures, found: Found) -> str:
    """What is wrong with what became of an input; empty where nothing is."""
    try:
        with_figures = _in_time(lambda: target.take(made.data))
    except NamedError:
        found.named += 1
        return ""
    except HighNeedsError as error:
        found.refused += 1
        return "" if str(error).strip() else "refused without a word"
    except _HangError:
        return f"more than {SECONDS} s"
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as error:  # what this looks for; a panic is no `Exception`
        last = traceback.extract_tb(error.__traceback__)[-3:]
        where = " < ".join(
            f"{one.filename.rsplit('/', 1)[-1]}:{one.lineno}" for one in last[::-1]
        )
        return f"{type(error).__name__}: {str(error)[:120]} at {where}"
    changed = [*_changed(known, with_figures)]
    if not changed:
        found.same += 1
        return ""
    if made.plain:
        found.plain += 1
        return ""
    return f"{len(changed)} figure(s) changed and taken: {changed[0]}"


def _changed(known: Figures, taken: Figures) -> Iterator[str]:
    """Figures that are others, or were not there; one that is gone is no wrong figure."""
    for key, value in taken.items():
        if key not in known or known[key] != value:
            yield f"{key}: {known.get(key, 'none')} is {value}"


def _in_time(call: Callable[[], Figures]) -> Figures:
    def stop(number: int, frame: FrameType | None) -> None:
        raise _HangError

    before = signal.signal(signal.SIGALRM, stop)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        return call()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


if __name__ == "__main__":
    inputs, seed, only, at, *_ = [
        *sys.argv[1:],
        *("1000", "0", "", "-1")[len(sys.argv) - 1 :],
    ]
    sys.exit(run(int(inputs), seed=int(seed), say=print, only=only, at=int(at)))
