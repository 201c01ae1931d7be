"""A local server that speaks as the statistics API, its catalogue and gov.uk do.

Faults are asked for by path and come before the right answer: an error, a pause, an answer
cut short. Everything asked is remembered.
"""

import gzip
import hashlib
import json
import re
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

API = "/statistics/v1"
EHC_PLANS = "Education, health and care plans"


@dataclass
class Fault:
    """An answer other than the right one."""

    status: int = 200
    body: bytes = b""
    headers: dict = field(default_factory=dict)
    pause: float = 0.0
    keep: int | None = None  # bytes of the right answer to send before hanging up


def problem(status, title, *errors):
    """The body of an error, as the API words it."""
    account = {
        "title": title,
        "type": "https://tools.ietf.org/html/rfc9110",
        "status": status,
    }
    if errors:
        account["errors"] = list(errors)
    headers = {"Content-Type": "application/problem+json"}
    return Fault(status, json.dumps(account).encode(), headers)


@dataclass
class Service:
    """What the server has, and what goes wrong."""

    publications: list = field(default_factory=list)
    data_sets: dict = field(default_factory=dict)
    files: dict = field(default_factory=dict)
    faults: dict = field(default_factory=dict)
    asked: list = field(default_factory=list)
    resumable: bool = True

    def publish(self, key, title, table=b"", *, end="", meta=None, results=()):
        """Put a data set into the one publication there is."""
        if not self.publications:
            self.publications.append(
                {"id": "publication-1", "title": EHC_PLANS, "slug": "ehc"}
            )
        self.data_sets[f"set-{key}"] = {
            "summary": {
                "id": f"set-{key}",
                "title": title,
                "summary": title,
                "status": "Published",
                "latestVersion": {
                    "version": "1.0",
                    "timePeriods": {"start": "2018/19", "end": end},
                },
            },
            "csv": table,
            "meta": meta,
            "results": list(results),
        }

    def fail(self, path, *faults):
        """What to answer first where the path contains these words."""
        self.faults.setdefault(path, []).extend(faults)

    def paths(self):
        """Paths asked for, in order."""
        return [urlsplit(target).path for _, target, _ in self.asked]


@contextmanager
def serving(service):
    """The server, on a port of its own; gives its address."""
    handler = type("Handler", (_Handler,), {"service": service})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # a client that had enough is none
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    service: Service
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self._answer(None)

    def do_POST(self):
        length = int(self.headers.get("Content-Length", 0))
        self._answer(json.loads(self.rfile.read(length)))

    def log_message(self, *_):
        pass

    def _answer(self, body):
        self.service.asked.append((self.command, self.path, body or dict(self.headers)))
        path = urlsplit(self.path).path
        fault = next(
            (f.pop(0) for words, f in self.service.faults.items() if words in path and f),
            None,
        )
        if fault and fault.pause:
            time.sleep(fault.pause)
        if fault and fault.keep is None and not fault.pause:
            self._send(fault.status, fault.body, fault.headers)
            return
        status, content, headers = self._right(path, body)
        self._send(status, content, headers, keep=fault.keep if fault else None)

    def _right(self, path, body):
        if path.startswith(API):
            return self._api(path.removeprefix(API), body)
        if path in self.service.files:
            return self._file(self.service.files[path])
        return _json(404, {"title": "Not Found", "type": "about:blank", "status": 404})

    def _api(self, path, body):
        query = {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
        if path == "/publications":
            search = query.get("search", "").lower()
            if len(search) < 3:
                return _json(400, _invalid("search", "MinimumLength", "Must be 3 or more."))
            found = [
                one for one in self.service.publications if search in one["title"].lower()
            ]
            return self._page(found, query, most=40, usual=20)
        if re.fullmatch(r"/publications/[^/]+/data-sets", path):
            return self._page(
                [one["summary"] for one in self.service.data_sets.values()],
                query,
                most=40,
                usual=20,
            )
        match = re.fullmatch(r"/data-sets/([^/]+)/(meta|csv|query)", path)
        one = self.service.data_sets.get(match[1]) if match else None
        if one is None:
            return _json(404, {"title": "Not Found", "type": "about:blank", "status": 404})
        if match[2] == "meta":
            return _json(200, one["meta"])
        if match[2] == "csv":
            packed = gzip.compress(one["csv"], mtime=0)
            return 200, packed, {"Content-Type": "text/csv", "Content-Encoding": "gzip"}
        warnings = []
        if not one["results"]:
            warnings = [{"code": "QueryNoResults", "message": "No results.", "path": ""}]
        return self._page(one["results"], body, most=10_000, usual=1_000, warnings=warnings)

    def _page(self, found, asked, *, most, usual, **more):
        page, size = int(asked.get("page", 1)), int(asked.get("pageSize", usual))
        if not 1 <= size <= most:
            return _json(400, _invalid("pageSize", "InclusiveBetween", f"Up to {most}."))
        paging = {
            "page": page,
            "pageSize": size,
            "totalResults": len(found),
            "totalPages": max(1, -(-len(found) // size)),
        }
        results = found[(page - 1) * size : page * size]
        return _json(200, {"paging": paging, "results": results, **more})

    def _file(self, content):
        tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        headers = {"ETag": tag, "Content-Type": "text/csv"}
        if self.headers.get("If-None-Match") == tag:
            return 304, b"", headers
        if not self.service.resumable:
            return 200, content, {"Content-Type": "text/csv"}
        headers["Accept-Ranges"] = "bytes"
        span = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        if span and self.headers.get("If-Range", tag) == tag:
            start = int(span[1])
            if start >= len(content):
                return 416, b"", headers
            headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            return 206, content[start:], headers
        return 200, content, headers

    def _send(self, status, content, headers, keep=None):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers and "Transfer-Encoding" not in headers:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        with suppress(OSError):  # the client may have had enough
            self.wfile.write(content if keep is None else content[:keep])
        if keep is not None:
            self.close_connection = True


def _json(status, account):
    return status, json.dumps(account).encode(), {"Content-Type": "application/json"}


def _invalid(path, code, message):
    error = {"message": message, "code": code, "path": path, "detail": None}
    return {
        "title": "There are validation errors with the request.",
        "type": "https://tools.ietf.org/html/rfc9110#section-15.5.1",
        "status": 400,
        "errors": [error],
    }
