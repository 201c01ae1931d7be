"""Keeping the record up to date: discover, fetch, read, check, stage, compile.

An edition goes through the same reader and the same checks as in a build. It is staged
beside what is held, and compiled into the user's tables only when told to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from highneeds import atomic, home
from highneeds.errors import HighNeedsError, OutputError, SourceError, unforeseen
from highneeds.geography import Geography
from highneeds.panel.schema import MEASURES
from highneeds.refresh import editions
from highneeds.refresh.candidate import CHANGED, NEW, SAME, Candidate, examine
from highneeds.refresh.discovery import Finder, Followed, Offer, followed
from highneeds.refresh.downloads import Fetched
from highneeds.refresh.editions import Edition
from highneeds.refresh.one_file import read_file
from highneeds.refresh.recognition import NotFollowedError, recognise
from highneeds.refresh.web import Limits
from highneeds.sources.registry import every_series
from highneeds.sources.releases import LandingPage
from highneeds.words import plural

Tell = Callable[[str], None]

ADDED, KEPT, NONE, FAILED = "added", "kept, not compiled", "nothing newer", "failed"
OFFERED = "offered"


@dataclass(frozen=True)
class Result:
    """What became of one publication."""

    key: str
    state: str
    detail: str = ""
    candidate: Candidate | None = None
    # What nobody foresaw, for whoever mends it.
    fault: Exception | None = None


def add(
    file: Path,
    *,
    accept: bool = False,
    dry_run: bool = False,
    without: Iterable[str] = (),
    tell: Tell = lambda _: None,
) -> Candidate | None:
    """Add a file the user downloaded: its new periods, and what it revises.

    Parameters
    ----------
    accept : bool
        Take a file that only changes periods already held, or that would leave published
        figures of them without one.
    dry_run : bool
        Say what it is and what it would change, and write nothing.

    Returns
    -------
    Candidate or None
        None for a file that the build reads with others and that is the very one it read.

    Raises
    ------
    SourceError
        See `examine`; or it has no new period, or loses published figures, and `accept`
        is false.
    OutputError
        The user's folder cannot be written.
    """
    tell(f"reading {file.name}")
    with _one_refresh(tell, write=not dry_run):
        try:
            candidate = examine(file, without)
        except SourceError as error:
            copied = not isinstance(error, NotFollowedError)
            if not (known := editions.built_from(file, copied=copied)):
                raise
            tell(f"recognised: {known}")
            tell("nothing to add: it is the very file the tables in use were built from")
            return None
        for line in candidate.describe():
            tell(line)
        if candidate.state == SAME:
            tell("nothing to add: every figure is held as it is here")
        elif not accept and (why := candidate.wants_consent()):
            raise SourceError(why)
        elif dry_run:
            tell("dry run: nothing was written")
        else:
            _stage(candidate, file)
            _compile(candidate, tell)
    return candidate


def update(
    *,
    base_url: str | None = None,
    only: str | None = None,
    accept: bool = False,
    dry_run: bool = False,
    without: Iterable[str] = (),
    limits: Limits | None = None,
    tell: Tell = lambda _: None,
) -> list[Result]:
    """Look for newer releases of what we follow, fetch and stage them.

    Parameters
    ----------
    base_url : str, optional
        Another address of the statistics API (`discovery.Finder`).
    only : str, optional
        One publication, by its word or a part of its title.
    accept : bool
        Compile what was found into the user's tables.
    dry_run : bool
        Only say where the newest releases are.

    Returns
    -------
    list of Result
        One for each publication; a failure of one does not stop the others.

    Raises
    ------
    UsageError
        `only` is nothing we follow, or the address is not one.
    OutputError
        The user's folder cannot be written.
    """
    wanted, left_out = followed(only), tuple(without)
    finder = Finder(base_url, limits)
    results: list[Result] = []
    with _one_refresh(tell, write=not dry_run):
        for number, one in enumerate(wanted, start=1):
            tell(f"[{number}/{len(wanted)}] {one.key}: {one.publication}")
            try:
                result = _update_one(one, finder, accept, dry_run, left_out, tell)
            except HighNeedsError as error:
                result = Result(one.key, FAILED, str(error))
            except Exception as error:
                # Of one publication, whatever it is: the others are still to come.
                result = Result(one.key, FAILED, unforeseen(error), fault=error)
            tell(f"  {result.state}{': ' + result.detail if result.detail else ''}")
            results.append(result)
    return results


def _update_one(
    one: Followed,
    finder: Finder,
    accept: bool,
    dry_run: bool,
    without: tuple[str, ...],
    tell: Tell,
) -> Result:
    offer = finder.find(one, tell)
    if offer is None:
        return Result(one.key, NONE, "no page of a later year")
    newest = f" to {offer.last_period}" if offer.last_period else ""
    if dry_run:
        where = f"{offer.title!r}{newest} ({offer.found_by}): {offer.url}"
        return Result(one.key, OFFERED, where)
    fetched = finder.fetch(offer, home.user_dir() / "downloads", tell)
    tell(f"  {fetched.size:,} bytes, sha256 {fetched.sha256[:16]} ({offer.found_by})")
    if fetched.changed:
        tell(
            "  the publisher changed the file since it was last fetched: expected "
            f"{fetched.expected[:16]}, got {fetched.sha256[:16]}"
        )
    if isinstance(one, LandingPage) and one.key not in every_series():
        return _keep(one, fetched)
    return _take(one, offer, fetched, accept, without, tell)


def _take(
    one: Followed,
    offer: Offer,
    fetched: Fetched,
    accept: bool,
    without: tuple[str, ...],
    tell: Tell,
) -> Result:
    candidate = examine(fetched.path, without, offer.url)
    if candidate.found.layout.key != one.key:
        msg = (
            f"{offer.url} ({offer.title!r}) is {candidate.found.layout.key}; expected "
            f"{one.key}. Download that file by hand and use `highneeds data add FILE`."
        )
        raise SourceError(msg)
    for line in candidate.describe():
        tell(f"  {line}")
    if candidate.state == SAME:
        return Result(one.key, SAME, f"to {candidate.last_held}", candidate)
    _stage(candidate, fetched.path)
    if accept:
        _compile(candidate, tell)
        return Result(one.key, ADDED, candidate.edition.source_id, candidate)
    if why := candidate.wants_consent():
        return Result(one.key, CHANGED, why, candidate)
    staged = editions.editions_dir() / candidate.edition.source_id
    return Result(one.key, NEW, f"staged in {staged}; compile it with --accept", candidate)


def _keep(page: LandingPage, fetched: Fetched) -> Result:
    detail = (
        f"{fetched.path}: this package compiles its inspections from the reports, by hand; "
        "compare the file with them"
    )
    return Result(page.key, KEPT, detail)


def _stage(candidate: Candidate, file: Path) -> None:
    """Keep the file, with what it is, beside the editions held."""
    edition = candidate.edition
    folder = editions.editions_dir() / edition.source_id
    content = {edition.file: file.read_bytes(), editions.RECORD: edition.record()}
    atomic.replace_folder(folder, content)


def _compile(candidate: Candidate, tell: Tell) -> None:
    """Put an edition's figures into the user's tables, all or nothing."""
    tell("compiling the tables")
    files = editions.with_edition(
        editions.folder_bytes(home.tables_dir()),
        candidate.edition,
        candidate.source,
        candidate.reading,
        candidate.geography,
    )
    others = [one for one in editions.added() if one != candidate.edition]
    editions.write_tables(files, [*others, candidate.edition])
    tell(f"wrote {editions.own_tables()}; `data show` and reports now use it")


def _compile_again(tell: Tell) -> None:
    """Compile the added editions anew where the shipped tables are others now."""
    shipped = home.shipped_tables_dir()
    kept = editions.added()
    if not kept or home.built_on(editions.own_tables()) == home.edition_of(shipped):
        return
    files, taken = editions.folder_bytes(shipped), []
    for edition in kept:
        try:
            files = _again(edition, files, shipped)
        except HighNeedsError as error:
            tell(f"{edition.source_id} is left out: {error}")
        else:
            taken.append(edition)
    editions.write_tables(files, taken)
    tell(
        f"compiled {plural(len(taken), 'added edition')} again with the tables of this "
        f"package"
    )


def _again(edition: Edition, files: dict[str, bytes], shipped: Path) -> dict[str, bytes]:
    """The files of a folder of tables with an edition added before.

    Raises
    ------
    SourceError
        Its file is altered or no longer passes, or the package has its periods itself.
    UsageError
        Its file is gone.
    """
    found = recognise(edition.path, edition.without)
    if atomic.sha256(edition.path) != edition.sha256:
        msg = f"{edition.path} is not the file that was added. Add it again."
        raise SourceError(msg)
    held = editions.held_rows(shipped, {MEASURES[found.layout.measure].table})
    last = editions.last_held(found.layout, held)
    copy = editions.held_as_copy(found.layout, held)
    if last is not None and found.periods[-1] < last.shift(0 if copy else 1):
        msg = f"the tables of this package go to {last} themselves."
        raise SourceError(msg)
    geography = Geography.load()
    reading = read_file(found, edition.path, geography, held)
    source = editions.source_of(found, edition.sha256, shipped)
    cited = editions.citing(reading, found.layout, source.source_id)
    return editions.with_edition(files, edition, source, cited, geography)


@contextmanager
def _one_refresh(tell: Tell, *, write: bool) -> Iterator[None]:
    """Let one refresh at a time change the user's folder, or one would lose the other's."""
    if not write:
        yield
        return
    folder = home.user_dir() / "downloads"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = (
            f"Cannot write in {folder}: {error.strerror}. Give a folder you may write to "
            f"in {home.USER_DIR_VARIABLE}."
        )
        raise OutputError(msg) from None
    with atomic.one_writer(folder):
        _clear(folder)
        _compile_again(tell)
        yield


def _clear(downloads: Path) -> None:
    """Clear what killed refreshes left; the parts of files still to come are kept."""
    for folder in (downloads, editions.editions_dir()):
        if folder.is_dir():
            atomic.clear_left_over(folder)
