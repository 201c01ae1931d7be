"""Inputs tried on every reader and parser: nothing may end in a traceback, hang or crash.

``python3 start.py bench --inputs-tried N``: half of the inputs are one edit away from a
valid file, the others are next to nothing like one. What is taken is held beside what was
made of the valid file: a figure may not be another without a word, unless the file prints
another plain figure there. Counts are kept in tried.json; a later run goes on from them;
``python -m benchmarks.tried TARGET NUMBER`` tries one input again and keeps nothing.
"""

from __future__ import annotations

import gc
import hashlib
import json
import random
import signal
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from pathlib import Path
from types import FrameType
from typing import Any

from benchmarks.edits import WILD, Edit, Made
from benchmarks.tried_page import KEPT, WANTED
from highneeds import atomic
from highneeds.errors import HighNeedsError

SECONDS = 60
_SHOWN = 5
# A target is left for the next after so many inputs or seconds.
_VISIT, _VISIT_SECONDS = 1000, 10.0
# Inputs that each target is to get, one goal after the other.
_GOALS = (100, 500, 2_000, WANTED)
Figures = Mapping[object, object]


class NamedError(HighNeedsError):
    """The file is only taken when told to, because of what looks wrong in it."""


class _HangError(BaseException):
    """An input took more than `SECONDS`."""


@dataclass(frozen=True)
class Target:
    """What takes inputs: how, the valid ones, and the edits that make others of them.

    `take` gives the figures it made of an input, by what they are of.
    """

    name: str
    take: Callable[[bytes], Figures]
    valid: Callable[[], Sequence[bytes]]
    edits: Sequence[Edit]


@dataclass
class Found:
    """What became of the inputs of one target, to the last one tried."""

    tried: int = 0
    near: int = 0
    refused: int = 0
    named: int = 0
    same: int = 0
    plain: int = 0
    taken: int = 0
    faults: int = 0
    slowest: float = 0.0
    seconds: float = 0.0
    # Inputs that were at fault and, mended, no longer are.
    mended: int = 0
    # The valid files they were made of, by their hash.
    of: str = ""
    # Which are at fault, and the first of them in words.
    failing: list[int] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)

    @property
    def each(self) -> float:
        """Seconds an input."""
        return self.seconds / self.tried if self.tried else 0.0

    def line(self, name: str) -> str:
        """The counts, in one line."""
        return (
            f"{name:<48}{self.tried:>8,}{self.near:>8,}{self.refused:>9,}{self.named:>7,}"
            f"{self.same:>9,}{self.plain:>7,}{self.taken:>7,}{self.slowest:>8.2f}"
            f"{self.faults:>7}{1000 * self.each:>8.1f}"
        )


def run(inputs: int, *, seed: int, say: Callable[[str], None], kept: Path = KEPT) -> int:
    """Try so many inputs more, target by target; gives 1 where any is at fault.

    Parameters
    ----------
    inputs : int
        Over all targets, those short of a goal first. Where it is 0, those made by hand.
    kept : Path
        Where the counts are, and are kept after each visit: it may be stopped at any time.
    """
    warnings.simplefilter("ignore")
    held: dict[str, Any] = json.loads(kept.read_text("utf-8")) if kept.is_file() else {}
    if inputs == 0:
        from benchmarks.tried_hand import by_hand

        held["hand"] = {"day": str(date.today()), **by_hand(say)}
        _keep(held, kept)
        return int(bool(held["hand"]["wrong"]))
    if held.get("seed", seed) != seed:
        held = {}
    held["seed"] = seed
    every = _opened(say)
    kept_before = {name: Found(**one) for name, one in held.get("targets", {}).items()}
    found = {one.name: _again_of(one, kept_before) for one in every}
    left, refused = inputs, set[str]()
    while left > 0 and len(refused) < len(every):
        target = _next([one for one in every if one.name not in refused], found)
        mine = found[target.name]
        try:
            if target.name not in _KNOWN:
                _valid(target)
                gc.freeze()  # what is loaded stays: not to be looked through again
                _try_again(target, seed, mine)
        except HighNeedsError as error:
            say(f"{target.name}: its valid file is refused: {error}")
            refused.add(target.name)
            continue
        before = mine.tried
        visit = range(before, before + min(_VISIT, left))
        tried(target, visit, seed, mine, seconds=_VISIT_SECONDS)
        left -= mine.tried - before
        say(mine.line(target.name))
        held["targets"] = {one.name: asdict(found[one.name]) for one in every}
        held["day"] = str(date.today())
        _keep(held, kept)
    faults = sum(one.faults for one in found.values())
    many = sum(one.tried for one in found.values())
    say(f"{many:,} inputs in all: {faults} at fault")
    return int(faults > 0)


def _next(every: Sequence[Target], found: Mapping[str, Found]) -> Target:
    """Whose turn it is: what was at fault, what is short of a goal, the least tried.

    Of those short of a goal the quickest, so that most are there whenever it ends.
    """
    at_fault = [one for one in every if one.name not in _KNOWN and found[one.name].failing]
    if at_fault:
        return at_fault[0]
    for goal in _GOALS:
        short = [one for one in every if found[one.name].tried < goal]
        if short:
            return min(short, key=lambda one: found[one.name].each)
    return min(every, key=lambda one: found[one.name].tried)


def _again_of(target: Target, kept: Mapping[str, Found]) -> Found:
    """The counts kept of a target, or new ones where its valid files are now others.

    An input of a number is then another than it was.
    """
    mark = hashlib.sha256(b"\0".join(target.valid())).hexdigest()[:16]
    before = kept.get(target.name)
    return before if before is not None and before.of == mark else Found(of=mark)


def _opened(say: Callable[[str], None]) -> list[Target]:
    from benchmarks.tried_targets import targets

    say(
        f"{'target':<48}{'tried':>8}{'near':>8}{'refused':>9}{'named':>7}{'same':>9}"
        f"{'plain':>7}{'taken':>7}{'slowest':>8}{'faults':>7}{'ms':>8}"
    )
    return list(targets())


def _keep(held: Mapping[str, Any], path: Path) -> None:
    content = json.dumps(held, indent=1, ensure_ascii=False) + "\n"
    atomic.replace_file(path, content.encode("utf-8"))


def _try_again(target: Target, seed: int, found: Found) -> None:
    """Try again what was at fault when it was last tried, once in a run."""
    failing, found.failing, found.shown = found.failing, [], []
    found.tried -= len(failing)
    found.near -= sum(number % 2 == 0 for number in failing)
    before, found.faults = len(failing), 0
    found.taken = 0
    tried(target, failing, seed, found)
    found.mended += before - found.faults


def tried(
    target: Target,
    numbers: Sequence[int],
    seed: int,
    found: Found,
    seconds: float = float("inf"),
) -> None:
    """Try the inputs of these numbers on one target, and count what became of them.

    Parameters
    ----------
    seconds : float
        After which the rest of them is left.
    """
    began = time.monotonic()
    valid, known = _valid(target)
    for number in numbers:
        if time.monotonic() - began > seconds:
            break
        made, which = _made(target, valid, number, seed)
        found.near += number % 2 == 0
        started = time.monotonic()
        fault = _fault(target, made, known[which], found)
        found.tried += 1
        found.slowest = round(max(found.slowest, time.monotonic() - started), 2)
        if fault:
            found.faults += 1
            found.failing.append(number)
            found.shown += [f"{target.name} {number}: {made.how}: {fault}"]
            del found.shown[_SHOWN:]
    found.seconds = round(found.seconds + time.monotonic() - began, 1)


_KNOWN: dict[str, tuple[Sequence[bytes], list[Figures]]] = {}


def _valid(target: Target) -> tuple[Sequence[bytes], list[Figures]]:
    """The valid inputs of a target and their figures, worked out once."""
    if target.name not in _KNOWN:
        valid = target.valid()
        _KNOWN[target.name] = valid, [target.take(one) for one in valid]
    return _KNOWN[target.name]


def _made(
    target: Target, valid: Sequence[bytes], number: int, seed: int
) -> tuple[Made, int]:
    """The input of a number, and which valid one it is made of: even ones are near it."""
    rng = random.Random(f"{seed}/{target.name}/{number}")
    which = rng.randrange(len(valid))
    edit = rng.choice(list(WILD if number % 2 else target.edits))
    return edit(rng, valid[which]), which


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
    found.taken += 1
    return f"{len(changed)} figure(s) changed and taken: {changed[0]}"


def _changed(known: Figures, taken: Figures) -> Iterator[str]:
    """Figures that are others, or were not there; one that is gone is no wrong figure."""
    if known is taken:
        return
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


def again(name: str, numbers: Sequence[int], seed: int, say: Callable[[str], None]) -> int:
    """Try inputs of one target again, and say what became of each."""
    warnings.simplefilter("ignore")
    (target,) = (one for one in _opened(say) if one.name == name)
    found = Found()
    tried(target, numbers, seed, found)
    for fault in found.shown:
        say(fault)
    say(found.line(name))
    return int(found.faults > 0)


if __name__ == "__main__":
    numbers = [int(one) for one in sys.argv[2:]] or range(200)
    sys.exit(again(sys.argv[1], numbers, 0, print))
