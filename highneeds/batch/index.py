"""Index: one page over a run's reports, to search, sort and see on a map.

It opens from disk and fetches nothing. Everything is in the page as written; its script
only filters, sorts and recolours, and a policy by hash lets nothing else run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from highneeds import words
from highneeds.answers.claim import WHOEVER
from highneeds.batch.headline import closing_year
from highneeds.batch.index_table import why_none
from highneeds.batch.journal import DONE
from highneeds.batch.tiles import (
    Classed,
    Measure,
    Tile,
    chance,
    chance_words,
    classed,
    measures,
    tiles,
)
from highneeds.display import json_in_html, source_hash
from highneeds.periods import FinancialYear
from highneeds.report.html import narrow_style
from highneeds.report.outlook import outlook_words
from highneeds.report.tables import marked
from highneeds.words import (
    NO_FIGURE,
    between,
    count,
    millions,
    percent,
    pounds,
    whole_pounds,
)

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = Path(__file__).parent
TILE = 62
_RANGE = "8 futures in 10"
_NO_GRANT = "none drawn"
# The width of a page's content on a telephone, in the pixels of the map.
_PHONE = 358
_FILES = {
    "workbook.xlsx": "workbook",
    "results.csv": "CSV",
    "comparison.csv": "comparison as CSV",
    "authorities.csv": "authorities as CSV",
    "notebook.ipynb": "notebook",
}


# How the median of each column of `_figures` is written; a range has none.
_MEDIAN_AS: tuple[Callable[[float], str] | None, ...] = (
    count,
    count,
    percent,
    millions,
    millions,
    None,
    millions,
    whole_pounds,
)


@dataclass(frozen=True)
class Cell:
    """One cell of the table: what is read, and what it is sorted by."""

    shown: str
    sort: str


@dataclass(frozen=True)
class Row:
    """One report with its headline, as the table shows it."""

    key: str
    area: str
    link: str
    cells: tuple[Cell, ...]
    files: tuple[tuple[str, str], ...]
    # The file of the authority's own figures, where the report rests on one.
    own: str = ""
    # Why there is no balance, where there is none.
    reason: str = ""


@dataclass(frozen=True)
class Place:
    """A region or England: its report, or none where that failed, and its figures."""

    area: str
    link: str
    cells: tuple[Cell, ...]
    files: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Square:
    """One square of the map: where it stands, where it leads and what is known of it."""

    tile: Tile
    column: int
    row: int
    area: str
    state: str
    link: str


def index_page(manifest: Mapping[str, Any]) -> str:
    """The index of a finished run, from its manifest; the same one gives the same bytes."""
    reports = manifest["reports"]
    made = [one for one in reports if one["state"] == DONE]
    local = [one for one in made if one["level"] == "la"]
    headed = sorted(
        (one for one in local if one["headline"]), key=lambda one: str(one["area"])
    )
    areas = {one["la_code"] for one in headed}
    more = [one for one in local if not one["headline"]]
    closing = closing_year(manifest)
    closes = closing.closes_on()
    wide = [one["headline"] for one in made if one["level"] != "la" and one["headline"]]
    shown: list[dict[str, Any]] = []
    squares = _squares(reports) if headed else []
    if headed:
        first = headed[0]["headline"]
        draws = manifest["settings"]["draws"]
        choices = measures(_yearly(first, closing), first["plans_years"], closes, draws)
        shown = [_map_layer(measure, headed) for measure in choices]
    return render(
        "index.html.j2",
        title=f"High needs deficits to {closes}",
        outlook=marked(outlook_words()),
        run=manifest["run"],
        edition=manifest["edition"],
        scenario=manifest["scenarios"][0] if manifest["scenarios"] else None,
        settings=manifest["settings"],
        unsorted=_RANGE,
        headings=(
            ("Region", *_headings(headed[0]["headline"], closing), "Chance of a deficit")
            if headed
            else ()
        ),
        place_headings=_headings(wide[0], closing) if wide else (),
        places=_places(reports),
        rows=[
            _row(one, [other for other in more if other["la_code"] == one["la_code"]])
            for one in headed
        ],
        medians=_medians(headed),
        others=[
            (one["area"], f"{one['folder']}/report.html", _named(one))
            for one in more
            if one["la_code"] not in areas
        ],
        failures=[one for one in reports if one["state"] != DONE],
        done=len(made),
        own=sum(bool(one["headline"].get("own")) for one in headed),
        regions=sorted({one["region"] for one in headed if one["region"]}),
        squares=squares,
        layers=shown,
        layers_json=json_in_html(shown),
        side=TILE,
        phone=_PHONE,
        width=TILE * (1 + max((one.column for one in squares), default=0)),
        height=TILE * (1 + max((one.row for one in squares), default=0)),
        no_figure=NO_FIGURE,
    )


def render(template: str, **content: Any) -> str:
    """A page of this package: its style and script inside, and nothing else allowed."""
    script = (_HERE / "index.js").read_text(encoding="utf-8")
    style = (_HERE / "index.css").read_text(encoding="utf-8") + narrow_style()
    allowed = f"script-src {source_hash(script)}; style-src {source_hash(style)}"
    policy = f"default-src 'none'; {allowed}"
    found = _templates().get_template(template)
    return found.render(policy=policy, script=script, style=style, **content)


def _map_layer(measure: Measure, reports: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One measure for the map: the class and the words of every authority, the legend."""
    values = {
        one["la_code"]: value
        for one in reports
        if (value := measure.value(one["headline"])) is not None
    }
    found: Classed = classed(measure, values)
    held = list(found.by_key.values())
    return {
        "name": measure.name,
        "title": measure.title,
        "legend": [
            {"class": number, "words": words, "areas": held.count(number)}
            for number, words in found.words.items()
        ],
        "without": len(reports) - len(values),
        "tiles": {
            code: [found.by_key[code], measure.on_tile(value), measure.shown(value)]
            for code, value in values.items()
        },
    }


def _squares(reports: Sequence[Mapping[str, Any]]) -> list[Square]:
    """The part of the map that holds every authority of the run."""
    by_code: dict[str, Mapping[str, Any]] = {}
    for one in reports:
        if one["level"] == "la" and (one["headline"] or one["state"] != DONE):
            by_code.setdefault(one["la_code"], one)
    asked = [tile for tile in tiles() if tile.la_code in by_code]
    columns = _stretch([tile.column for tile in asked])
    rows = _stretch([tile.row for tile in asked])
    squares = []
    for tile in tiles():
        if tile.column not in columns or tile.row not in rows:
            continue
        found = by_code.get(tile.la_code)
        if not found:
            area, state, link = tile.label, "absent", ""
        elif found["state"] == DONE:
            area, state, link = found["area"], DONE, f"{found['folder']}/report.html"
        else:
            area, state, link = found["area"], found["state"], "#failures"
        at = tile.column - columns.start, tile.row - rows.start
        squares.append(Square(tile, *at, area, state, link))
    return squares


def _stretch(places: Sequence[int]) -> range:
    return range(min(places), max(places) + 1) if places else range(0)


def _yearly(headline: Mapping[str, Any], closing: FinancialYear) -> str:
    """The last year, and whose its cost is after the balance that is shown."""
    until = str(headline["until"])
    return f"{until}, {WHOEVER}" if FinancialYear.parse(until) > closing else until


def _headings(headline: Mapping[str, Any], closing: FinancialYear) -> tuple[str, ...]:
    first, last = headline["plans_years"]
    return (
        f"Plans, January {first}",
        f"Plans, January {last}",
        "Growth",
        f"Block less spending, {_yearly(headline, closing)}",
        f"Balance at {closing.closes_on()}",
        _RANGE,
        "With the announced grant",
        "For each child under 18",
    )


def _places(reports: Sequence[Mapping[str, Any]]) -> list[Place]:
    """England, then the regions by name; each report of theirs."""
    wide = [one for one in reports if one["level"] != "la"]
    several = len({one["la_code"] for one in wide}) < len(wide)
    return [
        Place(
            f"{one['area']}: {_named(one)}" if several else one["area"],
            f"{one['folder']}/report.html" if one["state"] == DONE else "",
            _figures(one["headline"], pounds) if one["headline"] else (),
            _files(one),
        )
        for one in sorted(wide, key=lambda one: (one["level"] != "england", one["area"]))
    ]


def _named(report: Mapping[str, Any]) -> str:
    """What a report is, from its notebook's name: ``03_drivers`` is "drivers"."""
    name = str(report["notebook"])
    return name.lstrip("0123456789_").replace("_", " ") or name


def _files(report: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (f"{report['folder']}/{name}", words)
        for name, words in _FILES.items()
        if name in report["outputs"]
    )


def _row(report: Mapping[str, Any], more: Sequence[Mapping[str, Any]]) -> Row:
    headline = report["headline"]
    return Row(
        report["la_code"],
        report["area"],
        f"{report['folder']}/report.html",
        (
            Cell(report["region"], report["region"]),
            *_figures(headline, millions),
            _number(chance(headline), chance_words(headline)),
        ),
        (
            *_files(report),
            *((f"{other['folder']}/report.html", _named(other)) for other in more),
        ),
        headline.get("own", ""),
        why_none(report),
    )


def _medians(headed: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """The middle authority's figure under each heading of numbers but the range."""
    found = [_figures(one["headline"], millions) for one in headed]
    columns = zip(*found, strict=True) if found else ()
    shown: list[str] = []
    for place, cells in enumerate(columns):
        numbers = [float(cell.sort) for cell in cells if cell.sort]
        written = _MEDIAN_AS[place]
        none = NO_FIGURE if written else ""
        shown.append(written(median(numbers)) if written and numbers else none)
    told = [chance(one["headline"]) for one in headed]
    chances = [one for one in told if one is not None]
    draws = headed[0]["headline"].get("draws", 0) if headed else 0
    middle = words.chance(median(chances), draws) if chances else NO_FIGURE
    return (*shown, middle)


def _figures(
    headline: Mapping[str, Any], money: Callable[[float | None], str]
) -> tuple[Cell, ...]:
    """The cells under `_headings`."""
    first, last = headline["plans"]
    return (
        _number(first, count(first)),
        _number(last, count(last)),
        _number(*_measured("growth", headline)),
        _number(headline["gap"], money(headline["gap"])),
        _number(*_balance(headline, money)),
        Cell(_range(headline, money), ""),
        _number(*_with_grant(headline, money)),
        _number(*_measured("per_child", headline)),
    )


def _measured(name: str, headline: Mapping[str, Any]) -> tuple[float | None, str]:
    """One of the map's measures, with how it is shown."""
    (one,) = (m for m in measures("", headline["plans_years"], "") if m.name == name)
    value = one.value(headline)
    return value, NO_FIGURE if value is None else one.shown(value)


def _balance(
    headline: Mapping[str, Any], money: Callable[[float | None], str]
) -> tuple[float | None, str]:
    found = headline["balance"]
    if not found:
        return None, NO_FIGURE
    if headline["level"]:
        return found["central"], money(found["central"])
    # Sorted with those that have none: a change is no balance.
    return None, f"change {millions(found['central'], signed=True)}"


def _with_grant(
    headline: Mapping[str, Any], money: Callable[[float | None], str]
) -> tuple[float | None, str]:
    if not (headline["balance"] and headline["level"]):
        return None, NO_FIGURE
    found = headline.get("balance_with_grant")
    return found, _NO_GRANT if found is None else money(found)


def _range(headline: Mapping[str, Any], money: Callable[[float | None], str]) -> str:
    found = headline["balance"]
    if not found:
        return NO_FIGURE
    return between(money(found["p10"]), money(found["p90"]))


def _number(value: float | None, shown: str) -> Cell:
    return Cell(shown, "" if value is None else repr(float(value)))


@cache
def _templates() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
