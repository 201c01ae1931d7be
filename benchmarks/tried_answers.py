"""What inputs are tried on of the statistics service: its answers, and how they come."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import cache
from typing import Any
from unittest.mock import patch

from benchmarks.edits import BYTE_EDITS, HTTP_EDITS, JSON_EDITS, PAGE_EDITS
from benchmarks.tried import Figures, Target
from highneeds.refresh import discovery, service
from highneeds.refresh.discovery import Finder, Followed, followed
from highneeds.refresh.service import EesApi
from highneeds.refresh.web import DownloadError, Limits, Refused, ask
from highneeds.sources.releases import Layout

_TITLE = "Education, health and care plans"
_QUICK = Limits(
    most_bytes=1_000_000, timeout=2, deadline=5, tries=2, pause=0.001, longest_wait=0.01
)
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n"
_AREAS: dict[str, list[tuple[str, str, str, str | None]]] = {
    "NAT": [("e", "England", "E92000001", None)],
    "REG": [("s", "South East", "E12000008", None), ("n", "North East", "E12000001", None)],
    "LA": [
        ("k", "Kent", "E10000016", "886"),
        ("m", "Medway", "E06000035", "887"),
        ("d", "County Durham", "E06000047", "840"),
    ],
}
_ROWS = [
    ({"NAT": "e"}, "31", "x"),
    ({"NAT": "e", "REG": "s"}, "20", "15"),
    ({"NAT": "e", "REG": "n"}, "11", "7"),
    ({"NAT": "e", "REG": "s", "LA": "k"}, "12", "9"),
    ({"NAT": "e", "REG": "s", "LA": "m"}, "8", "6"),
    ({"NAT": "e", "REG": "n", "LA": "d"}, "11", "7"),
]


def targets() -> Iterator[Target]:
    """The lists, the metadata, the figures, an error, a page of links, and raw answers."""
    more = (*JSON_EDITS, *BYTE_EDITS)
    for name, valid in _documents().items():
        yield Target(f"answers: {name}", _taking(name), [valid].copy, more)
    yield Target("answers: page of links", _links, lambda: [_page()], PAGE_EDITS)
    yield Target("answers: as sent", _sent, _as_sent, HTTP_EDITS)


@cache
def _documents() -> dict[str, bytes]:
    """An answer of each kind, as version 1 of the API is documented."""
    paging = {"page": 1, "pageSize": 40, "totalPages": 1}
    data_sets = [
        {
            "id": f"set-{number}",
            "title": title,
            "status": "Published",
            "latestVersion": {"version": "1.0", "timePeriods": {"end": "2025"}},
        }
        for number, title in enumerate(("Timeliness of plans", "Requests", "Assessments"))
    ]
    rows = [
        {
            "timePeriod": {"code": "AY", "period": "2024/2025"},
            "geographicLevel": [*where][-1],
            "locations": where,
            "filters": {"f": "all"},
            "values": {"one": first, "two": second},
        }
        for where, first, second in _ROWS
    ]
    columns = (("one", "Res_3851"), ("two", "Res_52"))
    meta = {
        "filters": [
            {
                "id": "f",
                "column": "breakdown_topic",
                "options": [{"id": "all", "label": "All residential placements"}],
            }
        ],
        "indicators": [{"id": key, "column": name} for key, name in columns],
        "locations": [
            {
                "level": level,
                "options": [
                    {"id": key, "label": label, "code": code, "oldCode": old}
                    for key, label, code, old in areas
                ],
            }
            for level, areas in _AREAS.items()
        ],
    }
    found: dict[str, Any] = {
        "publications": {
            "paging": {**paging, "totalResults": 1},
            "results": [{"id": "publication-1", "title": _TITLE}],
        },
        "data sets": {"paging": {**paging, "totalResults": 3}, "results": data_sets},
        "metadata": meta,
        "figures": {"paging": {**paging, "totalResults": len(rows)}, "results": rows},
        "problem": {
            "title": "There are validation errors with the request.",
            "status": 400,
            "errors": [{"message": "Up to 40.", "code": "Between", "path": "pageSize"}],
        },
    }
    return {name: json.dumps(one).encode() for name, one in found.items()}


def _taking(name: str) -> Callable[[bytes], Figures]:
    """Takes one answer, the others being as they should be."""

    def take(data: bytes) -> Figures:
        answers = {**_documents(), name: data}
        if name == "problem":
            answers["publications"] = data

        def answer(url: str, *_: object, **__: object) -> bytes:
            path = url.partition("?")[0]
            kind = next(
                kind
                for ending, kind in (
                    ("/data-sets", "data sets"),
                    ("/publications", "publications"),
                    ("/meta", "metadata"),
                    ("/query", "figures"),
                )
                if path.endswith(ending)
            )
            if kind == "publications" and name == "problem":
                msg = "answered 400"
                raise Refused(msg, 400, data)
            return answers[kind]

        with patch.object(service, "ask", answer):
            if name in {"metadata", "figures"}:
                table = EesApi("https://example.org/v1").table("set-0")
                keys = table["geographic_level"] + table["region_code"]
                keys += table["new_la_code"]
                return {
                    (key, column): cell
                    for key, row in zip(keys, table.to_dict("records"), strict=True)
                    for column, cell in row.items()
                    if str(column).startswith("Res_")
                }
            if name == "problem" and data == _documents()[name]:
                return {}
            (timeliness,) = followed("timeliness")
            offer = Finder("https://example.org/v1").find(_without_file(timeliness))
            assert offer is not None
            return {"url": offer.url}

    return take


def _without_file(one: Followed) -> Followed:
    """A publication whose file nobody knows, so that only the API leads to it."""
    return replace(one, file_id="") if isinstance(one, Layout) else one


def _page() -> bytes:
    """A page of gov.uk with the files of two years."""
    link = '<p><a href="/media/{0}/dsg_{1}.ods">DSG allocations, {0}</a> and text</p>\n'
    body = link.format("july-2024", 2024) + link.format("november-2024", 2025)
    return f"<!doctype html><html><body>{body}</body></html>".encode()


def _links(data: bytes) -> Figures:
    (page,) = followed("dsg")
    asked: list[str] = []

    def answer(url: str, *_: object, **__: object) -> bytes:
        asked.append(url)
        if len(asked) > 1:
            msg = "answered 404"
            raise Refused(msg, 404)
        return data

    with patch.object(discovery, "ask", answer):
        offer = Finder("https://example.org/v1").find(page)
    assert offer is not None
    return {}


def _as_sent() -> list[bytes]:
    """Whole answers, head and all."""
    body = _documents()["publications"]
    plain = _HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
    chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)
    chunked = _HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunks
    moved = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
    busy = b"HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 4\r\n\r\nbusy"
    return [plain, chunked, moved, busy]


def _sent(data: bytes) -> Figures:
    """What comes of an answer that a server sends, byte for byte."""
    try:
        ask(
            f"{_server().address}/x",
            lambda answer: answer.content(_QUICK.most_bytes),
            _server().says(data),
        )
    except DownloadError as error:
        if data in _as_sent():
            return {}
        raise error
    return {}


class _Server:
    """Sends each who asks the bytes it was last told, and hangs up."""

    def __init__(self) -> None:
        self._said = b""
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def says(self, data: bytes) -> Limits:
        """Have it say something from now on; the limits to ask it with."""
        self._said = data
        return _QUICK

    def _serve(self) -> None:
        while True:
            with suppress(OSError):
                connection, _ = self._socket.accept()
                connection.settimeout(2)
                with connection, suppress(OSError):
                    connection.recv(65536)
                    connection.sendall(self._said)
                    connection.shutdown(socket.SHUT_WR)
                    connection.recv(65536)


@cache
def _server() -> _Server:
    return _Server()
