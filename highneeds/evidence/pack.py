"""EvidencePack: the numbered tables and figures of a call for evidence, and their files."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd
from pandas.api.types import is_numeric_dtype

from highneeds.errors import UsageError
from highneeds.evidence import (
    exclusions as evidence_exclusions,
)
from highneeds.evidence import (
    in_common as evidence_common,
)
from highneeds.evidence import (
    inspections as evidence_inspections,
)
from highneeds.evidence import (
    limits as evidence_limits,
)
from highneeds.evidence import (
    money as evidence_money,
)
from highneeds.evidence import (
    need as evidence_need,
)
from highneeds.evidence.claims import claims_register
from highneeds.evidence.exhibit import LICENCE, Exhibit, used_sources_table
from highneeds.evidence.record import Question
from highneeds.geography import Area
from highneeds.inspections.link import InspectionLink, inspection_link
from highneeds.report.chart import Chart
from highneeds.report.outputs import NARROW
from highneeds.report.tables import Lead, Table, Words, csv_bytes
from highneeds.report.workbook import workbook_bytes

if TYPE_CHECKING:
    import pandas as pd

    from highneeds.panel.panel import Panel

_OPEN = {
    "name": "OGL-UK-3.0",
    "title": LICENCE,
    "path": "https://www.nationalarchives.gov.uk/doc/open-government-licence/version/3/",
}
_Made = list[Words | Exhibit]
_IN_SHORT = ("plans", "exclusions", "money", "outcomes")


class EvidencePack:
    """What the record shows of one place, made cell by cell of the notebook.

    Parameters
    ----------
    panel : Panel
    place : Area
        England or one of the nine regions.
    as_of : date
        Figures are those out by this day.
    """

    def __init__(self, panel: Panel, place: Area, as_of: date) -> None:
        self.asked = Question(panel, place, as_of)
        self._made: dict[str, _Made] = {}

    def show(self, cell: str) -> _Made:
        """The sentences, tables and figures of one cell of the notebook, by its id.

        Raises
        ------
        UsageError
            No cell of the notebook has that id.
        """
        if cell not in self.cells:
            msg = f"No evidence cell is called {cell!r}. Known: {', '.join(self.cells)}."
            raise UsageError(msg)
        if cell not in self._made:
            self._made[cell] = self.cells[cell](cell)
        return self._made[cell]

    @property
    def cells(self) -> dict[str, Callable[[str], _Made]]:
        """What makes each cell, in the order of the notebook."""
        asked = self.asked
        return {
            "plans": lambda cell: evidence_need.plans(asked, cell),
            "groups": lambda cell: evidence_need.groups(asked, cell),
            "assessments": lambda cell: evidence_need.assessments(asked, cell),
            "exclusions": lambda cell: evidence_exclusions.england(asked, cell),
            "authorities": lambda cell: evidence_exclusions.authorities(asked, cell),
            "money": lambda cell: evidence_money.money(asked, cell),
            "outcomes": lambda cell: evidence_inspections.outcomes(asked, cell),
            "regions": lambda cell: evidence_inspections.places(asked, cell),
            "pressure": lambda cell: evidence_common.pressure(asked, self.link, cell),
            "themes": lambda cell: evidence_common.themes(asked, cell),
            "programmes": lambda cell: evidence_common.programmes(asked, cell),
            "gaps": lambda cell: evidence_limits.gaps(asked, cell),
            "claims": lambda cell: evidence_limits.claims(self.claims, cell),
        }

    @cached_property
    def link(self) -> InspectionLink:
        """The registered analysis of pressure and outcome."""
        return inspection_link(self.asked.panel)

    @cached_property
    def claims(self) -> pd.DataFrame:
        """The whole claims register."""
        return claims_register(self.asked.panel)

    @property
    def exhibits(self) -> list[Exhibit]:
        """Every numbered table and figure, in the order of the notebook."""
        every = [one for cell in self.cells for one in self.show(cell)]
        return [one for one in every if isinstance(one, Exhibit)]

    def in_short(self) -> Lead:
        """What stands first: need, money, outcomes, and whether they went together."""
        told = [_first_words(self.show(cell)) for cell in _IN_SHORT]
        return Lead((*told, self.link.headline.split(". ")[0] + "."))

    def answer(self) -> Words:
        """What the inspection link found, with its skill and interval."""
        return Words((self.link.headline,))

    def sources(self) -> Table:
        """Every file behind the tables and figures."""
        return used_sources_table(self.exhibits)

    def files(self) -> dict[str, bytes]:
        """Every table and figure with what is known of it, and the claims register."""
        found = {"claims.csv": csv_bytes(self.claims)}
        for exhibit in self.exhibits:
            item, number = exhibit.item, exhibit.number
            if isinstance(item, Chart):
                where = f"figures/{number}"
                # The number in the name of the picture's file, the finding within it.
                found |= {f"{where}.svg": item.svg(), f"{where}.png": item.png()}
                if item.again:
                    found[f"{NARROW}{number}.svg"] = item.narrow_svg()
            else:
                where = f"tables/{number}"
                found[f"{where}.csv"] = csv_bytes(_without_noise(item.frame))
            found[f"{where}.json"] = _json(exhibit.metadata())
        tables = [one.shown() for one in self.exhibits]
        found["tables.xlsx"] = workbook_bytes(
            f"Tables of evidence: {self.asked.place.name}",
            [("Area", str(self.asked.place)), ("Licence of the figures", LICENCE)],
            self.in_short().sentences,
            [table for table in tables if isinstance(table, Table)],
        )
        found["datapackage.json"] = _json(self._package())
        return found

    def _package(self) -> dict[str, Any]:
        """What every CSV of the pack is, for programs: Frictionless Data Package 1."""
        return {
            "name": f"evidence-{self.asked.place.slug}",
            "title": f"Tables of evidence: {self.asked.place.name}",
            "licenses": [_OPEN],
            "resources": [
                {
                    "name": exhibit.number.lower(),
                    "path": f"tables/{exhibit.number}.csv",
                    "title": exhibit.title,
                    "format": "csv",
                    "encoding": "utf-8",
                    "sources": [
                        {"title": f"{one['publisher']}, {one['title']} ({one['release']})"}
                        for one in exhibit.sources
                    ],
                    "schema": {"fields": _fields(exhibit.item)},
                }
                for exhibit in self.exhibits
                if isinstance(exhibit.item, Table)
            ],
        }


def _fields(table: Table) -> list[dict[str, str]]:
    """Name, type and title of each column that the CSV has."""
    headings = {column.key: column.heading for column in table.columns}
    return [
        {
            "name": str(name),
            "type": "number" if is_numeric_dtype(table.frame[name]) else "string",
            "title": headings.get(str(name), str(name)),
        }
        for name in table.frame
    ]


def _without_noise(frame: pd.DataFrame) -> pd.DataFrame:
    """Numbers to the fifteen figures a float is good for: 0.018, and 82329 for a count."""
    # As objects, or a column with one gap would turn every count into a float again.
    columns = {name: [_shortest(value) for value in frame[name]] for name in frame}
    return pd.DataFrame(columns, dtype=object)


def _shortest(value: Any) -> Any:
    if not isinstance(value, float) or not math.isfinite(value):
        return value
    return int(value) if value.is_integer() else float(f"{value:.15g}")


def _first_words(made: _Made) -> str:
    return next(one.sentences[0] for one in made if isinstance(one, Words))


def _json(record: dict[str, Any]) -> bytes:
    return (json.dumps(record, indent=2, ensure_ascii=False) + "\n").encode("utf-8")
