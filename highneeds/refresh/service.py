"""Client of the Explore Education Statistics API: publications, data sets, their tables.

Figures come as text, because a value may be a symbol. Every list is read to its last page
and counted, so that a part is never taken for the whole.
"""

from __future__ import annotations

import codecs
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlencode

import pandas as pd
from pydantic import TypeAdapter, ValidationError

from highneeds.errors import UsageError, some
from highneeds.refresh.service_answers import (
    NOWHERE,
    DataSet,
    Entry,
    Level,
    Meta,
    Option,
    Page,
    Problem,
    Publication,
    Row,
    Shape,
    Warned,
)
from highneeds.refresh.web import DownloadError, Limits, Refused, ask

BASE_URL = "https://api.education.gov.uk/statistics/v1"
SHORTEST_SEARCH = 3
_LIST_PAGE, _QUERY_PAGE = 40, 10_000
# Of a part that is wrong, this many characters.
_SHOWN = 60
_IDENTIFIERS = {
    "AY": "Academic year",
    "CY": "Calendar year",
    "FY": "Financial year",
    "RY": "Reporting year",
}
_LEVELS = {"NAT": "National", "REG": "Regional", "LA": "Local authority"}


class EesApi:
    """The API at one address.

    Parameters
    ----------
    base_url : str
        Address up to and with the version, e.g. ``https://…/statistics/v1``.
    """

    def __init__(self, base_url: str = BASE_URL, limits: Limits | None = None) -> None:
        self.base_url = base_url.rstrip("/")
        self.limits = limits or Limits()

    def publications(self, search: str) -> list[tuple[str, str]]:
        """Publications whose title or summary holds `search`, as (id, title).

        Raises
        ------
        UsageError
            Fewer than three characters, which the API refuses.
        DownloadError
            The API cannot be reached or refuses.
        """
        if len(search) < SHORTEST_SEARCH:
            msg = f"A search has at least {SHORTEST_SEARCH} characters; {search!r} has not."
            raise UsageError(msg)
        answers = self._answers(
            "/publications", {"search": search}, _LIST_PAGE, Publication
        )
        return [(one.id, one.title) for page in answers for one in page.results]

    def data_sets(self, publication_id: str) -> list[DataSet]:
        """The data sets of a publication.

        Raises
        ------
        DownloadError
            The API cannot be reached or refuses.
        """
        path = f"/publications/{quote(publication_id, safe='')}/data-sets"
        answers = self._answers(path, {}, _LIST_PAGE, DataSet)
        return [one for page in answers for one in page.results]

    def meta(self, data_set_id: str, version: str = "") -> Meta:
        """What a data set can be asked for: filters, indicators, areas.

        Raises
        ------
        DownloadError
            The API cannot be reached or refuses, or the answer is not of that shape.
        """
        path = _of(data_set_id, "meta")
        return self._read(path, self._content(path, _version(version)), Meta)

    def csv_url(self, data_set_id: str, version: str = "") -> str:
        """Address of the whole data set as a table."""
        return self._url(_of(data_set_id, "csv"), _version(version))

    def query(
        self, data_set_id: str, asked: Mapping[str, Any], version: str = ""
    ) -> tuple[list[Row], list[Warned]]:
        """Every result of a query, and the cautions that came with them.

        Parameters
        ----------
        asked : mapping
            ``criteria``, ``indicators`` and, if wanted, ``sorts``.

        Raises
        ------
        DownloadError
            The API cannot be reached, refuses, or gives fewer results than it counts.
        """
        path = _of(data_set_id, "query")
        rows: list[Row] = []
        warned: dict[tuple[str, str | None], Warned] = {}
        for page in self._answers(path, _version(version), _QUERY_PAGE, Row, asked):
            rows += page.results
            warned |= {(one.code, one.path): one for one in page.warnings or ()}
        return rows, list(warned.values())

    def table(self, data_set_id: str, version: str = "") -> pd.DataFrame:
        """A whole data set by query, as a table with the columns of its published file.

        Returns
        -------
        DataFrame of text
            Area and period columns, then filters by label and indicators as published.

        Raises
        ------
        DownloadError
            As `query`; or nothing is there, or an option is not in the metadata.
        """
        meta = self.meta(data_set_id, version)
        asked = {
            "criteria": {"geographicLevels": {"in": list(_LEVELS)}},
            "indicators": [one.id for one in meta.indicators],
            "sorts": [{"field": "timePeriod", "direction": "Asc"}],
        }
        rows, warned = self.query(data_set_id, asked, version)
        if not rows:
            reasons = [f"{one.message} ({one.code})" for one in warned] or ["no results"]
            msg = (
                f"{self.base_url} has nothing for data set {data_set_id}: {some(reasons)}. "
                "Expected figures of England, its regions and authorities. Download the "
                "file from the catalogue and use `highneeds data add FILE`."
            )
            raise DownloadError(msg)
        indicators = {one.id: one.column for one in meta.indicators}
        filters = {
            one.id: (one.column, {option.id: option.label for option in one.options})
            for one in meta.filters
        }
        places = {
            _code(group.level): {option.id: option for option in group.options}
            for group in meta.locations
        }
        try:
            return pd.DataFrame([_row(row, filters, places, indicators) for row in rows])
        except KeyError as error:
            path = _of(data_set_id, "query")
            raise self._misshapen(path, f"no {error} in the metadata") from None

    def _answers(
        self,
        path: str,
        params: Mapping[str, str],
        size: int,
        entry: type[Entry],
        asked: Mapping[str, Any] | None = None,
    ) -> Iterator[Page[Entry]]:
        """Every page of a list or query, checked against the count it gives.

        All of them share one deadline and one limit on their size.
        """
        number, pages, came, total = 1, 1, 0, 0
        until, left = time.monotonic() + self.limits.deadline, self.limits.most_bytes
        while number <= pages:
            where = {"page": number, "pageSize": size}
            if asked is None:
                sent = {**params, **{name: str(value) for name, value in where.items()}}
                content = self._content(path, sent, None, until, left)
            else:
                body = {**asked, "debug": False, **where}
                content = self._content(path, params, body, until, left)
            page = self._read(path, content, Page[entry])  # type: ignore[valid-type]
            if page.paging.page != number:
                found = f"page {page.paging.page} of {page.paging.total_pages} for {number}"
                raise self._misshapen(path, found)
            pages, total = page.paging.total_pages, page.paging.total_results
            came, left = came + len(page.results), left - len(content)
            yield page
            number += 1
        if came != total:
            msg = (
                f"{self.base_url}{path} counts {total:,} results but gave {came:,}. "
                "Expected all of them; a part is never taken for the whole. Run this again."
            )
            raise DownloadError(msg)

    def _content(
        self,
        path: str,
        params: Mapping[str, str],
        asked: Mapping[str, Any] | None = None,
        until: float | None = None,
        most: int | None = None,
    ) -> bytes:
        headers = {"Accept": "application/json"}
        body = None
        if asked is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(asked).encode("utf-8")
        try:
            return ask(
                self._url(path, params),
                lambda answer: answer.content(
                    self.limits.most_bytes if most is None else most
                ),
                self.limits,
                headers=lambda: headers,
                body=body,
                until=until,
            )
        except Refused as refused:
            raise self._problem(path, refused) from None

    def _read(self, path: str, content: bytes, kind: type[Shape]) -> Shape:
        """An answer in the shape it has to have."""
        content = content.removeprefix(codecs.BOM_UTF8)
        try:
            return TypeAdapter(kind).validate_json(content)
        except ValidationError as error:
            wrong = error.errors(include_url=False, include_context=False)
        if wrong[0]["type"] == "json_invalid":
            start = content[:40].decode("utf-8", "replace")
            raise self._misshapen(path, f"not JSON but {start!r}")
        missing = [_place(one["loc"]) for one in wrong if one["type"] == "missing"]
        if missing:
            raise self._misshapen(path, f"no {some(missing)}")
        what = repr(wrong[0]["input"])
        shown = what if len(what) <= _SHOWN else f"{what[:_SHOWN]}…"
        where = _place(wrong[0]["loc"])
        raise self._misshapen(path, f"{shown}{f' for {where}' if where else ''}")

    def _problem(self, path: str, refused: Refused) -> Refused:
        """The API's own account of what it refused, as one message."""
        try:
            problem = TypeAdapter(Problem).validate_json(refused.body)
        except ValidationError:
            return refused
        found = [
            f"{one.message}{f' at {one.path}' if one.path else ''} ({one.code})"
            for one in problem.every()
        ]
        msg = (
            f"{self.base_url}{path} answered {refused.status}: {problem.title.rstrip('.')}"
            f"{': ' + some(found) if found else ''}. The figures held are unchanged. If it "
            "persists, download the file by hand and use `highneeds data add FILE`."
        )
        return Refused(msg, refused.status, refused.body)

    def _misshapen(self, path: str, found: str) -> DownloadError:
        msg = (
            f"{self.base_url}{path} answered with {found}. Expected an answer as version 1 "
            "of the API is documented. The API may have changed, or another page stands in "
            "its place: download the file by hand and use `highneeds data add FILE`."
        )
        return DownloadError(msg)

    def _url(self, path: str, params: Mapping[str, str]) -> str:
        return f"{self.base_url}{path}{'?' + urlencode(params) if params else ''}"


def _row(
    row: Row,
    filters: Mapping[str, tuple[str, Mapping[str, str]]],
    places: Mapping[str, Mapping[str, Option]],
    indicators: Mapping[str, str],
) -> dict[str, str]:
    """One result in the columns of the published file."""
    at = {level: places[level][where] for level, where in row.locations.items()}
    nation, region, authority = (at.get(level, NOWHERE) for level in _LEVELS)
    first, _, second = row.time_period.period.partition("/")
    found = {
        "time_period": first + second[-2:],
        "time_identifier": _IDENTIFIERS.get(row.time_period.code, row.time_period.code),
        "geographic_level": _LEVELS[_code(row.level)],
        "country_code": nation.code,
        "country_name": nation.label,
        "region_code": region.code,
        "region_name": region.label,
        "new_la_code": authority.code,
        "old_la_code": authority.old_code or "",
        "la_name": authority.label,
    }
    for filter_id, (column, labels) in filters.items():
        found[column] = labels[row.filters[filter_id]]
    for indicator_id, column in indicators.items():
        # As text whatever it is: "x" and "12" are both values.
        found[column] = str(row.figures[indicator_id])
    return found


def _place(steps: Iterable[str | int]) -> str:
    return ".".join(str(step) for step in steps)[:_SHOWN]


def _of(data_set_id: str, what: str) -> str:
    return f"/data-sets/{quote(data_set_id, safe='')}/{what}"


def _version(version: str) -> dict[str, str]:
    return {"dataSetVersion": version} if version else {}


def _code(level: Level | str) -> str:
    """Code of a geographic level, given alone or with its label."""
    return level if isinstance(level, str) else level.code
