"""Entries taken as figures: measure, period, number and words, every fault named."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from highneeds.errors import UsageError, some
from highneeds.geography import Area, Geography
from highneeds.own import dated
from highneeds.own.amounts import number_of
from highneeds.own.breakdowns import SIMPLE, breakdown_of
from highneeds.own.entries import Entry, Fault
from highneeds.own.figures import OwnFigure
from highneeds.own.measures import BY_NAME, OwnMeasure
from highneeds.panel.vintage import Vintage
from highneeds.words import hint

_LONGEST = 500
_COUNTS = ("plans", "requests", "places")
# What has happened, and cannot have before its period was over.
_OUTCOMES = {
    "high_needs_spending_gbp": "high_needs_forecast_outturn_gbp",
    "ehc_plans": "",
    "ehc_assessment_requests": "",
    "new_ehc_plans": "",
    "ceased_ehc_plans": "",
    "ledger_gbp": "high_needs_forecast_outturn_gbp",
}


@dataclass
class Taker:
    """Takes entries of one authority as figures, and adds every fault and note."""

    now: Vintage
    faults: list[Fault]
    notes: list[str]

    def take(self, entries: Iterable[Entry]) -> tuple[OwnFigure, ...]:
        """The figures of the entries that are without fault; a blank value is none."""
        found: dict[tuple[str, str, str], OwnFigure] = {}
        for entry in entries:
            value = entry.given.get("value")
            if value is None or (isinstance(value, str) and not value.strip()):
                continue
            figure = self._figure(entry)
            if figure is None:
                continue
            key = (figure.measure, figure.at, figure.breakdown)
            if key in found:
                what = (
                    f"{_named(figure)} is given twice, here as {figure.value:,.15g} and "
                    f"at {found[key].where} as {found[key].value:,.15g}. Keep one"
                )
                self.faults.append(Fault(figure.where, what))
            else:
                found[key] = figure
        return tuple(found.values())

    def _figure(self, entry: Entry) -> OwnFigure | None:
        measure = self._measure(entry)
        if measure is None:
            return None
        before = len(self.faults)
        label = self._label(entry, measure)
        value = self._value(entry, measure)
        breakdown = self._breakdown(entry, measure)
        coverage = self._coverage(entry, measure)
        stated = self._stated(entry, measure, label)
        words = {name: self._words(entry, name) for name in ("source", "owner")}
        if len(self.faults) > before:
            return None
        return OwnFigure(
            measure=measure.name,
            at=label,
            value=value,
            breakdown=breakdown,
            coverage=coverage,
            date=stated,
            where=entry.place("value"),
            **words,
        )

    def _fault(self, entry: Entry, name: str, what: str) -> None:
        self.faults.append(Fault(entry.place(name), what))

    def _measure(self, entry: Entry) -> OwnMeasure | None:
        name = entry.text("measure")
        if name in BY_NAME:
            return BY_NAME[name]
        titles = {one.title.casefold(): one for one in BY_NAME.values()}
        if (found := titles.get(name.casefold())) is not None:
            return found
        what = f"there is no measure {name!r}" if name else "the measure is missing"
        near = hint(name, BY_NAME, most=3) or f". Expected {some(BY_NAME, 30)}"
        self._fault(entry, "measure", f"{what}{near}")
        return None

    def _label(self, entry: Entry, measure: OwnMeasure) -> str:
        expected = dated.expected(measure.calendar, self.now.year.shift(1))
        written = entry.given.get("at")
        if written is None or not str(written).strip():
            self._fault(entry, "at", f"the period is missing. Expected {expected}")
            return ""
        try:
            label = dated.label_of(written, measure.calendar)
        except ValueError as error:
            self._fault(entry, "at", f"{error}. Expected {expected}")
            return ""
        end = dated.last_day(self.now.furthest.label, "financial")
        if dated.last_day(label, measure.calendar) > end:
            what = f"{label} is beyond {self.now.furthest}, the last year projected"
            self._fault(entry, "at", what)
        return label

    def _value(self, entry: Entry, measure: OwnMeasure) -> float:
        try:
            value = number_of(entry.given["value"])
        except ValueError as error:
            full = (
                "pounds in full" if measure.unit == "£" else f"a number of {measure.unit}"
            )
            self._fault(entry, "value", f"{error}. Expected {full}")
            return 0.0
        if value < 0 and not measure.may_be_negative:
            what = (
                f"{value:,.15g} is below 0, which {measure.name} cannot be. Give the "
                "amount without a sign"
            )
            self._fault(entry, "value", what)
        elif measure.unit in _COUNTS and not value.is_integer():
            what = f"{value:,.15g} is no whole number of {measure.unit}"
            self._fault(entry, "value", what)
        return value

    def _breakdown(self, entry: Entry, measure: OwnMeasure) -> str:
        parts = {name: entry.text(name) for name in SIMPLE if entry.text(name)}
        try:
            return breakdown_of(measure, entry.text("breakdown"), parts)
        except ValueError as error:
            column = "breakdown" if entry.text("breakdown") else next(iter(parts))
            self._fault(entry, column, str(error))
            return ""

    def _coverage(self, entry: Entry, measure: OwnMeasure) -> str:
        given = entry.text("coverage").casefold().replace(" ", "_")
        if not given:
            return measure.coverages[0] if measure.coverages else ""
        if given not in measure.coverages:
            expected = some(measure.coverages) or "nothing there"
            what = f"{measure.name} does not cover {given!r}. Expected {expected}"
            self._fault(entry, "coverage", what)
        return given

    def _stated(self, entry: Entry, measure: OwnMeasure, label: str) -> str:
        written = entry.given.get("date")
        if written is None or not str(written).strip():
            return ""
        try:
            day = dated.day_of(written)
        except ValueError as error:
            self._fault(entry, "date", f"{error}. Expected the day it was stated")
            return ""
        if day is None:
            expected = dated.expected("as_at", self.now.year.shift(1))
            what = f"{str(written)!r} is no day. Expected {expected}"
            self._fault(entry, "date", what)
            return ""
        if label and measure.calendar != "as_at":
            self._in_time(entry, measure, label, day.isoformat())
        return day.isoformat()

    def _in_time(self, entry: Entry, measure: OwnMeasure, label: str, day: str) -> None:
        """Whether what it says can have been known on the day it was stated."""
        last = dated.last_day(label, measure.calendar).isoformat()
        if day >= last:
            return
        if measure.name in _OUTCOMES:
            other = _OUTCOMES[measure.name]
            instead = f". A forecast is {other}" if other else ""
            what = f"{label} was not over on {day}, when this is said to be stated{instead}"
            self._fault(entry, "date", what)
        elif measure.calendar == "closing" and measure.name != "published_forecast_gbp":
            self.notes.append(
                f"{entry.place('value')}: stated on {day}, before {last}: taken as the "
                "authority's own estimate."
            )

    def _words(self, entry: Entry, name: str) -> str:
        text = " ".join(entry.text(name).split())
        if len(text) > _LONGEST:
            self._fault(entry, name, f"{len(text):,} letters; at most {_LONGEST} are kept")
        unseen = [one for one in text if unicodedata.category(one) in ("Cc", "Cf", "Cs")]
        if unseen:
            what = (
                f"holds a character that cannot be seen, U+{ord(unseen[0]):04X}. Delete it"
            )
            self._fault(entry, name, what)
        return text


def area_of(
    text: str, where: str, geography: Geography, faults: list[Fault]
) -> Area | None:
    """The authority a file names; None, and a fault, where it is none in being."""
    try:
        area = geography.find(text)
    except UsageError as error:
        faults.append(Fault(where, str(error).removesuffix(".")))
        return None
    if area.level != "la":
        what = f"{area.name} is no authority. Own figures are taken of one authority"
        faults.append(Fault(where, what))
        return None
    if area.abolished:
        heirs = some([str(one) for one in geography.successors(area.la_code)])
        faults.append(Fault(where, f"{area.dated} is no more. Its area passed to {heirs}"))
        return None
    return area


def by_area(entries: Iterable[Entry]) -> Iterator[tuple[str, list[Entry]]]:
    """Entries by what stands under ``area``, in the order of first mention."""
    found: dict[str, list[Entry]] = {}
    for entry in entries:
        found.setdefault(entry.text("area"), []).append(entry)
    yield from found.items()


def _named(figure: OwnFigure) -> str:
    parts = "" if figure.breakdown == "total/total" else f", {figure.breakdown}"
    return f"{figure.measure} at {figure.at}{parts}"
