"""Asking a publisher's server: over https, a few times, and no longer than is sensible."""

from __future__ import annotations

import email.utils
import http.client
import ssl
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from highneeds.errors import SourceError

Answer = http.client.HTTPResponse
T = TypeVar("T")
NOT_MODIFIED, UNSATISFIABLE = 304, 416
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_AGENT = "highneeds (open data client)"
_MOST_OF_AN_ERROR = 256 * 1024
_TRY_AGAIN = {429, 500, 502, 503, 504}


class DownloadError(SourceError):
    """A file or an answer could not be had from the publisher; nothing held is changed."""


class Unreachable(DownloadError):
    """The publisher's server could not be reached at all."""


class Refused(DownloadError):
    """The server answered that it will not, with this HTTP status."""

    def __init__(self, message: str, status: int, body: bytes = b"") -> None:
        super().__init__(message)
        self.status, self.body = status, body


@dataclass(frozen=True)
class Limits:
    """How long and how often to ask, and how much to take.

    Seconds for `timeout` (without a byte), `deadline` (for a whole file), `pause` (before
    the second try, doubled before each next) and `longest_wait` (asked for by the server).
    """

    most_bytes: int = 64 * 1024 * 1024
    timeout: float = 30.0
    deadline: float = 600.0
    tries: int = 3
    pause: float = 1.0
    longest_wait: float = 120.0


def require_allowed(url: str, before: str = "") -> None:
    """Refuse an address that is not https, other than this computer's own.

    Raises
    ------
    DownloadError
        Plain http or another scheme, or a redirection from outside to this computer.
    """
    parts = urllib.parse.urlsplit(url)
    local = parts.hostname in _LOOPBACK
    from_outside = before and urllib.parse.urlsplit(before).hostname not in _LOOPBACK
    if (parts.scheme == "https" and parts.hostname) or (
        parts.scheme == "http" and local and not from_outside
    ):
        return
    msg = (
        f"{url} is not an https address{f' ({before} leads there)' if before else ''}. "
        "Files are fetched over https only. Give an https address, or download the file by "
        "hand and use `highneeds data add FILE`."
    )
    raise DownloadError(msg)


class _CarefulRedirects(urllib.request.HTTPRedirectHandler):
    max_redirections = 5

    def redirect_request(  # type: ignore[no-untyped-def]
        self, req, fp, code, msg, headers, newurl
    ) -> urllib.request.Request | None:
        require_allowed(newurl, before=req.full_url)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _NotErrors(urllib.request.HTTPErrorProcessor):
    """Two answers that say how things stand with a file, and are no failures."""

    def http_response(  # type: ignore[no-untyped-def]
        self, request, response
    ) -> Answer:
        if response.status in {NOT_MODIFIED, UNSATISFIABLE}:
            return response
        return super().http_response(request, response)

    https_response = http_response


def ask(
    url: str,
    read: Callable[[Answer], T],
    limits: Limits,
    *,
    headers: Callable[[], Mapping[str, str]] = dict,
    body: bytes | None = None,
) -> T:
    """Send one request and read its answer, trying again where that may help.

    Parameters
    ----------
    read : callable
        Takes the open answer. What it raises as `OSError` or `HTTPException` counts as a
        broken connection, and the request is sent again.
    headers : callable
        Makes the headers of each try, so that a later one can ask for the rest of a file.

    Raises
    ------
    Refused
        The server answered with an error; 429 and 5xx only after every try.
    Unreachable
        No connection after every try.
    DownloadError
        The connection broke on every try, or the address is not allowed.
    """
    require_allowed(url)
    # A proxy set for the outside world knows nothing of this computer.
    local = urllib.parse.urlsplit(url).hostname in _LOOPBACK
    proxies = urllib.request.ProxyHandler({} if local else None)
    opener = urllib.request.build_opener(_CarefulRedirects, _NotErrors, proxies)
    for attempt in range(1, limits.tries + 1):
        wait = limits.pause * 2 ** (attempt - 1)
        sent = {"User-Agent": _AGENT, "Accept-Encoding": "identity", **headers()}
        request = urllib.request.Request(url, data=body, headers=sent)
        try:
            with opener.open(request, timeout=limits.timeout) as response:
                return read(response)
        except urllib.error.HTTPError as error:
            problem: DownloadError = _refused(error, url)
            if error.code not in _TRY_AGAIN:
                raise problem from None
            wait = max(wait, _asked_wait(error.headers.get("Retry-After"), limits, url))
        except urllib.error.URLError as error:
            problem = _unreachable(url, error.reason)
            if isinstance(error.reason, ssl.SSLCertVerificationError):
                raise problem from None
        except (OSError, http.client.HTTPException) as error:
            msg = (
                f"The connection to {_host(url)} broke while reading {url}: "
                f"{str(error) or type(error).__name__}. Tried {attempt} time(s). The "
                "figures held are unchanged. Run this again later."
            )
            problem = DownloadError(msg)
        if attempt < limits.tries:
            time.sleep(wait)
    raise problem


def _refused(error: urllib.error.HTTPError, url: str) -> Refused:
    try:
        body = error.read(_MOST_OF_AN_ERROR)
    except (OSError, http.client.HTTPException):
        body = b""
    msg = (
        f"{_host(url)} answered {error.code} ({error.reason}) to {url}. The figures held "
        "are unchanged. Run this again later, or download the file by hand and use "
        "`highneeds data add FILE`."
    )
    return Refused(msg, error.code, body)


def _unreachable(url: str, reason: object) -> Unreachable:
    msg = (
        f"{_host(url)} cannot be reached: {reason}. The figures held are unchanged. Check "
        "the connection, or download the file by hand and use `highneeds data add FILE`."
    )
    return Unreachable(msg)


def _asked_wait(retry_after: str | None, limits: Limits, url: str) -> float:
    """Seconds a server asks to be left alone for, as a number or a date."""
    if not retry_after:
        return 0.0
    try:
        wait = float(retry_after)
    except ValueError:
        try:
            until = email.utils.parsedate_to_datetime(retry_after)
        except ValueError:
            return 0.0
        wait = (until - datetime.now(UTC)).total_seconds()
    if wait > limits.longest_wait:
        msg = (
            f"{_host(url)} asks to be left alone for {wait:,.0f} s, longer than the "
            f"{limits.longest_wait:,.0f} s waited for. Run this again then."
        )
        raise DownloadError(msg)
    return max(wait, 0.0)


def _host(url: str) -> str:
    return urllib.parse.urlsplit(url).netloc
