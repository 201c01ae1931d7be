"""Client of the Explore Education Statistics API: publications, data sets, their tables.

Figures come as text, because a value may be a symbol. Every list is read to its last page
and counted, so that a part is never taken for the whole.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import pandas as pd

from highneeds.errors import UsageError, some
from highneeds.refresh.web import Answer, DownloadError, Limits, Refused, ask

BASE_URL = "https://api.education.gov.uk/statistics/v1"
SHORTEST_SEARCH = 3
_LIST_PAGE, _QUERY_PAGE, _MOST_PAGES = 40, 10_000, 1_000
_IDENTIFIERS = {
    "AY": "Academic year",
    "CY": "Calendar year",
    "FY": "Financial year",
    "RY": "Reporting year",
}
_LEVELS = {"NAT": "National", "REG": "Regional", "LA": "Local authority"}


@dataclass(frozen=True)
class DataSet:
    """A data set of a publication and its newest version."""

    data_set_id: str
    title: str
    status: str
    version: str
    last_period: str


@dataclass(frozen=True)
class Warned:
    """A caution in an answer that was otherwise given."""

    code: str
    message: str
    path: str = ""


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
        found = self._pages("/publications", {"search": search})
        return [(_text(one, "id"), _text(one, "title")) for one in found]

    def data_sets(self, publication_id: str) -> list[DataSet]:
        """The data sets of a publication.

        Raises
        ------
        DownloadError
            The API cannot be reached or refuses.
        """
        found = self._pages(f"/publications/{publication_id}/data-sets", {})
        return [_data_set(one) for one in found]

    def meta(self, data_set_id: str, version: str = "") -> dict[str, Any]:
        """What a data set can be asked for: filters, indicators, areas, periods.

        Raises
        ------
        DownloadError
            The API cannot be reached or refuses, or the answer is not of that shape.
        """
        path = f"/data-sets/{data_set_id}/meta"
        found = self._json(path, _version(version))
        lacking = {"filters", "indicators", "locations"} - found.keys()
        if lacking:
            raise self._misshapen(path, f"no {some(sorted(lacking))}")
        return found

    def csv_url(self, data_set_id: str, version: str = "") -> str:
        """Address of the whole data set as a table."""
        return self._url(f"/data-sets/{data_set_id}/csv", _version(version))

    def query(
        self, data_set_id: str, asked: Mapping[str, Any], version: str = ""
    ) -> tuple[list[dict[str, Any]], list[Warned]]:
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
        path = f"/data-sets/{data_set_id}/query"
        rows: list[dict[str, Any]] = []
        warned: dict[tuple[str, str], Warned] = {}
        for answer in self._answers(path, _version(version), _QUERY_PAGE, asked):
            rows += answer["results"]
            for one in answer.get("warnings") or ():
                found = Warned(
                    _text(one, "code"), _text(one, "message"), one.get("path") or ""
                )
                warned[found.code, found.path] = found
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
        indicators = {one["id"]: one["column"] for one in meta["indicators"]}
        asked = {
            "criteria": {"geographicLevels": {"in": list(_LEVELS)}},
            "indicators": list(indicators),
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
        try:
            filters = {
                one["id"]: (one["column"], {o["id"]: o["label"] for o in one["options"]})
                for one in meta["filters"]
            }
            places = {
                _code(group["level"]): {o["id"]: o for o in group["options"]}
                for group in meta["locations"]
            }
            return pd.DataFrame([_row(row, filters, places, indicators) for row in rows])
        except (KeyError, TypeError) as error:
            path = f"/data-sets/{data_set_id}/query"
            raise self._misshapen(path, f"no {error} in the metadata") from None

    def _pages(self, path: str, params: Mapping[str, str]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for answer in self._answers(path, params, _LIST_PAGE, None):
            found += answer["results"]
        return found

    def _answers(
        self,
        path: str,
        params: Mapping[str, str],
        size: int,
        asked: Mapping[str, Any] | None,
    ) -> Iterator[dict[str, Any]]:
        """Every page of a list or query, checked against the count it gives."""
        page, pages, came, total = 1, 1, 0, 0
        while page <= pages:
            where = {"page": page, "pageSize": size}
            if asked is None:
                answer = self._json(
                    path, {**params, **{k: str(v) for k, v in where.items()}}
                )
            else:
                answer = self._json(path, params, {**asked, "debug": False, **where})
            try:
                paging = answer["paging"]
                pages, total = int(paging["totalPages"]), int(paging["totalResults"])
                right_page = int(paging["page"]) == page
                came += len(answer["results"])
            except (KeyError, TypeError, ValueError):
                raise self._misshapen(path, "no paging with a page of results") from None
            if not right_page or pages > _MOST_PAGES:
                raise self._misshapen(path, f"page {paging['page']} of {pages} for {page}")
            yield answer
            page += 1
        if came != total:
            msg = (
                f"{self.base_url}{path} counts {total:,} results but gave {came:,}. "
                "Expected all of them; a part is never taken for the whole. Run this again."
            )
            raise DownloadError(msg)

    def _json(
        self, path: str, params: Mapping[str, str], asked: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        headers = {"Accept": "application/json"}
        body = None
        if asked is not None:
            headers["Content-Type"] = "application/json"
            body = json.dumps(asked).encode("utf-8")
        try:
            content = ask(
                self._url(path, params),
                self._content,
                self.limits,
                headers=lambda: headers,
                body=body,
            )
        except Refused as refused:
            raise self._problem(path, refused) from None
        try:
            answer = json.loads(content)
        except ValueError:
            start = content[:40].decode("utf-8", "replace")
            raise self._misshapen(path, f"not JSON but {start!r}") from None
        if not isinstance(answer, dict):
            raise self._misshapen(path, f"a {type(answer).__name__}")
        return answer

    def _content(self, response: Answer) -> bytes:
        most = self.limits.most_bytes
        content = response.read(most + 1)
        if response.headers.get("Content-Encoding", "") == "gzip":
            try:
                content = gzip.decompress(content)
            except (OSError, EOFError, zlib.error) as error:
                # Read as a broken connection, so that it is tried again.
                raise OSError(str(error)) from None
        announced = response.headers.get("Content-Length", "")
        if len(content) > most:
            msg = f"{response.url} answers with more than {most / 1e6:,.1f} MB. Not read."
            raise DownloadError(msg)
        if announced.isdigit() and response.length:
            msg = f"cut short, {response.length:,} of {announced} bytes missing"
            raise OSError(msg)
        return content

    def _problem(self, path: str, refused: Refused) -> Refused:
        """The API's own account of what it refused, as one message."""
        try:
            problem = json.loads(refused.body)
            said = [str(problem["title"])]
        except (ValueError, KeyError, TypeError):
            return refused
        errors = problem.get("errors") or []
        if isinstance(errors, dict):
            # An older form groups them by the parameter they are about.
            errors = [
                {**one, "path": path} for path, many in errors.items() for one in many
            ]
        found = [
            f"{one.get('message')}{_where(one.get('path'))} ({one.get('code', 'no code')})"
            for one in errors
        ]
        msg = (
            f"{self.base_url}{path} answered {refused.status}: {said[0].rstrip('.')}"
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


def _data_set(one: Mapping[str, Any]) -> DataSet:
    newest = one.get("latestVersion") or {}
    return DataSet(
        _text(one, "id"),
        _text(one, "title"),
        str(one.get("status") or ""),
        str(newest.get("version") or ""),
        str((newest.get("timePeriods") or {}).get("end") or ""),
    )


def _row(
    row: Mapping[str, Any],
    filters: Mapping[str, tuple[str, Mapping[str, str]]],
    places: Mapping[str, Mapping[str, Mapping[str, str]]],
    indicators: Mapping[str, str],
) -> dict[str, str]:
    """One result in the columns of the published file."""
    at = {level: places[level][where] for level, where in row["locations"].items()}
    nation, region, authority = (at.get(level, {}) for level in _LEVELS)
    period, code = str(row["timePeriod"]["period"]), str(row["timePeriod"]["code"])
    first, _, second = period.partition("/")
    found = {
        "time_period": first + second[-2:],
        "time_identifier": _IDENTIFIERS.get(code, code),
        "geographic_level": _LEVELS[_code(row["geographicLevel"])],
        "country_code": nation.get("code", ""),
        "country_name": nation.get("label", ""),
        "region_code": region.get("code", ""),
        "region_name": region.get("label", ""),
        "new_la_code": authority.get("code", ""),
        "old_la_code": authority.get("oldCode", ""),
        "la_name": authority.get("label", ""),
    }
    for filter_id, (column, labels) in filters.items():
        found[column] = labels[row["filters"][filter_id]]
    for indicator_id, column in indicators.items():
        # As text whatever it is: "x" and "12" are both values.
        found[column] = str(row["values"][indicator_id])
    return found


def _version(version: str) -> dict[str, str]:
    return {"dataSetVersion": version} if version else {}


def _code(level: object) -> str:
    """Code of a geographic level, given alone or with its label."""
    return str(level["code"] if isinstance(level, dict) else level)


def _text(one: Mapping[str, Any], name: str) -> str:
    value = one.get(name)
    if not isinstance(value, str) or not value:
        msg = (
            f"The statistics API gave an entry without {name}: {some(one)}. Expected each "
            "entry as version 1 of the API is documented. Run this again later."
        )
        raise DownloadError(msg)
    return value


def _where(path: object) -> str:
    return f" at {path}" if path else ""
