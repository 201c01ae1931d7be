"""A file that could be added: what it is, that it passes, and what it would change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from highneeds import atomic, home
from highneeds.errors import SourceError, some
from highneeds.geography import Geography
from highneeds.panel import leaps
from highneeds.panel.build import issue_table, to_stored, validate
from highneeds.panel.schema import MEASURES
from highneeds.periods import Period
from highneeds.refresh import difference, editions
from highneeds.refresh.editions import Edition
from highneeds.refresh.one_file import read_file
from highneeds.refresh.recognition import Recognised, recognise
from highneeds.sources.contract import Reading, SourceFile
from highneeds.words import plural

NEW, CHANGED, SAME = "new edition", "changed by the publisher", "up to date"
COMPLETE = "the publisher's own file"


@dataclass(frozen=True)
class Candidate:
    """A file read and checked, and how it stands to the record."""

    found: Recognised
    edition: Edition
    source: SourceFile
    reading: Reading
    changes: pd.DataFrame = field(repr=False)
    last_held: Period | None
    expected: str
    geography: Geography = field(repr=False)
    over_copy: bool = False
    # What does not look like the figures held, and sums that nothing could be held to.
    doubts: tuple[str, ...] = ()
    unchecked: tuple[str, ...] = ()

    @property
    def new_periods(self) -> list[str]:
        """Labels of the periods the record does not have."""
        return [
            period.label
            for period in self.found.periods
            if self.last_held is None or period > self.last_held
        ]

    @property
    def state(self) -> str:
        """New, changed by the publisher, the same as held, or whole where copies are held.

        Over copied figures a file is the publisher's own where every figure both have is
        the same; the copy has fewer of them.
        """
        if self.new_periods:
            return NEW
        if self.over_copy and self.changes["old"].isna().all():
            return COMPLETE
        return CHANGED if len(self.changes) else SAME

    def describe(self) -> list[str]:
        """What the file is and what it would change, in lines to print."""
        layout, periods = self.found.layout, self.found.periods
        lines = [
            f"recognised: {layout.publication}: {layout.key}, {self.found.release} "
            f"release, {periods[0]} to {periods[-1]}",
            *self.found.notes,
        ]
        if self.edition.without:
            lines.append(f"left out: {', '.join(self.edition.without)}")
        if self.new_periods:
            lines.append(f"new period: {', '.join(self.new_periods)}")
        if self.state == COMPLETE:
            lines.append("the publisher's own file, in place of figures copied from it")
        if len(self.lost):
            lines.append(f"published figures that would be missing: {len(self.lost):,}")
        counted = self.changes["kind"].value_counts()
        figures = [
            f"{counted[kind]:,} {kind}" for kind in difference.KINDS if kind in counted
        ]
        lines.append(f"figures: {', '.join(figures) or 'all as held'}")
        if self.doubts:
            lines.append(f"looks wrong: {some(self.doubts)}")
        if self.unchecked:
            lines.append(
                "not checked, because a figure is withheld: the sum of the authorities to "
                f"{some(self.unchecked)}"
            )
        return lines

    @property
    def lost(self) -> pd.DataFrame:
        """Changes that would leave no figure where one is held as published."""
        return difference.lost(self.changes)

    def wants_consent(self) -> str:
        """Why the file is only taken when told to, in words; nothing where it is not."""
        if self.state == CHANGED:
            return " ".join(filter(None, [self._looks_wrong(), self._publisher_changed()]))
        if len(self.lost):
            lost = (
                f"{self.found.layout.key}: {plural(len(self.lost), 'published figure')} "
                f"would be "
                f"missing: {difference.cells(self.lost)}. Expected a release to keep the "
                "figures of earlier years. The figures held are unchanged. Compare the "
                "release's data guidance, see every change with `highneeds data diff`, and "
                "take the release with --accept."
            )
            return " ".join(filter(None, [self._looks_wrong(), lost]))
        return self._looks_wrong()

    def _looks_wrong(self) -> str:
        """What does not look like the figures held, which may be meant all the same."""
        if not self.doubts:
            return ""
        return (
            f"{self.found.layout.key} looks wrong: {some(self.doubts)}. Expected a row of "
            "every authority in being, and each figure within reach of the one before. The "
            "figures held are unchanged. Compare the file with the published table; if it "
            "is meant, take it with --accept."
        )

    def _publisher_changed(self) -> str:
        """That the file of a release held is another file now."""
        differ = self.changes[self.changes["old"].notna() | ~self.over_copy]
        what = (
            "the file is not the one whose figures were copied and are held"
            if self.over_copy
            else "the publisher changed the file: expected "
            f"{self.expected[:16] or 'the edition held'}, got {self.edition.sha256[:16]}"
        )
        return (
            f"{self.found.layout.key}: {what}; "
            f"{plural(len(differ), 'figure differs', 'figures differ')} up to "
            f"{self.last_held}: {difference.cells(differ)}. The figures held are "
            "unchanged. See them with `highneeds data diff`; take the new ones with "
            "--accept."
        )


def examine(file: Path, without: Iterable[str] = (), url: str = "") -> Candidate:
    """Recognise, read and check a file against the tables in use; nothing is written.

    Raises
    ------
    SourceError
        It is none of the tables followed, part of a year, of an older edition than the one
        held, has an unknown column, or fails a check of the build.
    UsageError
        There is no such file.
    """
    left_out = tuple(without)
    found = recognise(file, left_out)
    tables, geography = home.tables_dir(), Geography.load()
    layout = found.layout
    held = editions.held_rows(tables, {MEASURES[layout.measure].table})
    last = editions.last_held(layout, held)
    _require_not_older(found, last, file)
    reading = read_file(found, file, geography, held)
    rows = to_stored(reading.observations, geography)
    validate(rows, geography, issue_table(reading.issues))
    digest = atomic.sha256(file)
    source = editions.source_of(found, digest, tables)
    first, latest = found.periods[0].label, found.periods[-1].label
    edition = Edition(
        source.source_id,
        layout.key,
        f"{layout.key}{'.csv.gz' if file.name.endswith('.csv.gz') else file.suffix}",
        digest,
        found.release,
        first,
        latest,
        url,
        left_out,
    )
    homes = {MEASURES[name].table for name in rows["measure"].unique()}
    before = editions.held_rows(tables, homes | {MEASURES[layout.measure].table})
    looked = _doubts(reading, rows, before, tables, geography)
    rows = editions.spoken(rows, before, reading.issues)
    before = before[~editions.silent_on(layout.key, before, rows, geography)]
    changes = difference.compare(before, rows, geography)
    changes = changes[changes["kind"] != difference.DROPPED_PERIOD]
    changes = changes[~editions.worked_out(changes, tables)]
    expected = editions.expected_hash(layout, found.release, tables)
    built = bool(editions.built_from(file))
    if same := digest == expected or built:
        # What differs all the same is an area the build took from an edition before.
        changes = changes.iloc[:0]
    return Candidate(
        found,
        edition,
        source,
        editions.citing(reading, layout, source.source_id),
        changes.reset_index(drop=True),
        last,
        expected,
        geography,
        over_copy=editions.held_as_copy(layout, held) and not built,
        **({} if same else looked),
    )


def _doubts(
    reading: Reading,
    rows: pd.DataFrame,
    held: pd.DataFrame,
    tables: Path,
    geography: Geography,
) -> dict[str, tuple[str, ...]]:
    """What of an edition does not look like the tables in use, and what has no check."""
    faults = home.read_table(tables / "issues.csv")
    order = reading.observations["la_code"].unique()
    doubts = (
        *leaps.left_out(reading.issues, faults, geography),
        *leaps.codes_not_known(reading.issues, faults),
        *leaps.without_whole(rows, held, geography),
        *leaps.doubtful(rows, held, order, geography),
    )
    return {
        "doubts": doubts,
        "unchecked": tuple(leaps.unchecked(rows, held, geography)),
    }


def _require_not_older(found: Recognised, last: Period | None, file: Path) -> None:
    newest = found.periods[-1]
    if found.layout.yearly:
        return
    if last is None or (newest >= last and not found.layout.over):
        if not (found.layout.key == "dsg" and newest == last):
            return
        held = f"the latest update of {last}"
    else:
        held = f"figures up to {last}"
    msg = (
        f"{file.name} is {found.layout.key} of the {found.release} release, to {newest}; "
        f"the record holds {held}. An older edition is not put in its place. Compare the "
        "two with `highneeds data diff`, or add the newest release."
    )
    raise SourceError(msg)
