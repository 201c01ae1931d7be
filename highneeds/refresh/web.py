"""Asking a publisher's server: over https, a few times, and no longer than is sensible.

Of `requests` the connection, the proxies and the certificates are used; what it would do by
itself with an answer — follow it anywhere, unpack it, read it to its end — is bounded here.
"""

from __future__ import annotations

import http.client
import os
import ssl
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError, InvalidHeader, MaxRetryError, NewConnectionError
from urllib3.util import Retry

from highneeds.errors import SourceError
from highneeds.refresh.connection import InTime
from highneeds.words import plural

T = TypeVar("T")
NOT_MODIFIED, UNSATISFIABLE = 304, 416
_ANSWERED = {*range(200, 300), NOT_MODIFIED, UNSATISFIABLE}
_SEE_OTHER = {301, 302, 303}
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_AGENT = "highneeds (open data client)"
_CHUNK, _MOST_OF_AN_ERROR, _MOST_REDIRECTS = 256 * 1024, 256 * 1024, 5
_TRY_AGAIN = (429, 500, 502, 503, 504)
_EITHER_PACKING = 32 + zlib.MAX_WBITS
# A certificate file of the user's own, as curl and pip take it.
_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


class DownloadError(SourceError):
    """A file or an answer could not be had from the publisher; nothing held is changed."""


class Unreachable(DownloadError):
    """The publisher's server could not be reached at all."""


class TooLarge(DownloadError):
    """An answer is, or unpacks to, more than is taken."""


class Refused(DownloadError):
    """The server answered that it will not, with this HTTP status."""

    def __init__(self, message: str, status: int, body: bytes = b"") -> None:
        super().__init__(message)
        self.status, self.body = status, body


@dataclass(frozen=True)
class Limits:
    """How long and how often to ask, and how much to take.

    Seconds for `timeout` (without a byte), `deadline` (for one request from first to last,
    with every try and wait), `pause` (doubled before each try after the second, which comes
    at once) and `longest_wait` (asked for by the server).
    """

    most_bytes: int = 64 * 1024 * 1024
    timeout: float = 30.0
    deadline: float = 600.0
    tries: int = 3
    pause: float = 1.0
    longest_wait: float = 120.0


@dataclass(frozen=True)
class Answer:
    """An open answer: its head, and its body as the server packed it."""

    url: str
    status: int
    headers: Mapping[str, str]
    _body: Any = field(repr=False)

    @property
    def announced(self) -> int | None:
        """How many bytes of the body are still to come, where the server says it."""
        left = self._body.length_remaining
        return left if isinstance(left, int) else None

    def chunks(self, most: int, held: int = 0) -> Iterator[bytes]:
        """The body as it comes; `held` bytes of the whole are here already.

        Raises
        ------
        TooLarge
            It is longer than `most`, or says it will be.
        OSError
            The connection broke, or the answer ended before the length it gave.
        """
        total = None if self.announced is None else held + self.announced
        if total is not None and total > most:
            raise TooLarge(_too_large(self.url, total, most))
        size = held
        # What came before a break is kept, and counted here.
        self._body.enforce_content_length = False
        while chunk := self._next():
            size += len(chunk)
            if size > most:
                raise TooLarge(_too_large(self.url, size, most))
            yield chunk
        if total is not None and size != total:
            msg = f"cut short, {size:,} of {total:,} bytes came"
            raise OSError(msg)

    def content(self, most: int) -> bytes:
        """The whole body, unpacked; neither packed nor unpacked longer than `most`.

        Raises
        ------
        TooLarge
            As `chunks`; or it unpacks to more.
        DownloadError
            It is packed in another way than any that was asked for.
        OSError
            As `chunks`; or it is damaged.
        """
        packed = b"".join(self.chunks(most))
        coding = self.headers.get("Content-Encoding", "").strip().lower() or "identity"
        if coding == "identity":
            return packed
        if coding not in {"gzip", "x-gzip", "deflate"}:
            msg = (
                f"{self.url} answers packed as {coding[:40]!r}, which was not asked for. "
                "Expected it plain or as gzip. Run this again later, or download the file "
                "by hand and use `highneeds data add FILE`."
            )
            raise DownloadError(msg)
        unpacking = zlib.decompressobj(_EITHER_PACKING)
        try:
            found = unpacking.decompress(packed, most + 1)
        except zlib.error as error:
            raise OSError(str(error)) from None
        if len(found) > most:
            raise TooLarge(_too_large(self.url, len(found), most))
        if not unpacking.eof:
            msg = "cut short within what is packed"
            raise OSError(msg)
        return found

    def _next(self) -> bytes:
        try:
            return self._body.read1(_CHUNK, decode_content=False) or b""
        except ValueError as error:
            # The length of a chunk that is no number.
            raise OSError(str(error)) from None


def require_allowed(url: str, before: str = "") -> None:
    """Refuse an address that is not https, other than this computer's own.

    Raises
    ------
    DownloadError
        Plain http or another scheme, or a redirection from outside to this computer.
    """
    try:
        parts, local = urlsplit(url), urlsplit(url).hostname in _LOOPBACK
        from_outside = before and urlsplit(before).hostname not in _LOOPBACK
        known = bool(parts.hostname) and (parts.port is None or parts.port > 0)
        secure = parts.scheme == "https" or (parts.scheme == "http" and local)
        allowed = known and secure and not (local and from_outside)
    except ValueError:
        # An address that cannot be taken apart, or a port that is no number.
        allowed = False
    if allowed:
        return
    msg = (
        f"{url} is not an https address{f' ({before} leads there)' if before else ''}. "
        "Files are fetched over https only. Give an https address, or download the file by "
        "hand and use `highneeds data add FILE`."
    )
    raise DownloadError(msg)


def ask(
    url: str,
    read: Callable[[Answer], T],
    limits: Limits,
    *,
    headers: Callable[[], Mapping[str, str]] = dict,
    body: bytes | None = None,
    until: float | None = None,
) -> T:
    """Send one request and read its answer, trying again where that may help.

    Parameters
    ----------
    read : callable
        Takes the open answer. What it raises as `OSError` counts as a broken connection,
        and the request is sent again.
    headers : callable
        Makes the headers of each try, so that a later one can ask for the rest of a file.
    until : float, optional
        When to give up, by `time.monotonic`, where several requests share one deadline.

    Raises
    ------
    Refused
        The server answered with an error; 429 and 5xx only after every try.
    Unreachable
        No connection after every try.
    DownloadError
        The connection broke on every try, the time is up, or an address is not allowed.
    """
    require_allowed(url)
    until = time.monotonic() + limits.deadline if until is None else until
    tries = Retry(
        limits.tries - 1,
        backoff_factor=limits.pause,
        backoff_max=limits.longest_wait,
        status_forcelist=_TRY_AGAIN,
    )
    while True:
        wait = 0.0
        try:
            with _answer(url, headers(), body, limits, until) as answer:
                if answer.status in _ANSWERED:
                    return read(answer)
                problem: DownloadError = _refused(answer)
                if answer.status not in _TRY_AGAIN:
                    raise problem
                wait = _asked_wait(answer, tries, limits)
        except (OSError, http.client.HTTPException, HTTPError) as error:
            problem = _broken(url, error, len(tries.history) + 1)
            if isinstance(_root(error), ssl.SSLCertVerificationError):
                raise problem from None
        try:
            tries = tries.increment("GET", url)
        except MaxRetryError:
            raise problem from None
        wait = max(wait, tries.get_backoff_time())
        if time.monotonic() + wait >= until:
            raise problem
        time.sleep(wait)


@contextmanager
def _answer(
    url: str, headers: Mapping[str, str], body: bytes | None, limits: Limits, until: float
) -> Iterator[Answer]:
    """The answer to one request, after the redirections that are allowed; closed after."""
    sent = {"User-Agent": _AGENT, "Accept-Encoding": "identity", **headers}
    for _ in range(_MOST_REDIRECTS + 1):
        with InTime(until) as adapter:
            response = _send(adapter, url, sent, body, limits)
            with closing(response):
                target = response.is_redirect and response.headers.get("Location")
                if not target:
                    headers = response.headers
                    yield Answer(url, response.status_code, headers, response.raw)
                    return
            if response.status_code in _SEE_OTHER:
                body = None
        before, url = url, _absolute(url, target)
        require_allowed(url, before)
    msg = f"{url} leads on more than {_MOST_REDIRECTS} times. Check the address."
    raise DownloadError(msg)


def _send(
    adapter: InTime,
    url: str,
    headers: Mapping[str, str],
    body: bytes | None,
    limits: Limits,
) -> requests.Response:
    method = "GET" if body is None else "POST"
    request = requests.Request(method, url, headers=dict(headers), data=body).prepare()
    # A proxy set for the outside world knows nothing of this computer.
    local = urlsplit(url).hostname in _LOOPBACK
    proxies = {} if local else requests.utils.get_environ_proxies(url)
    bundle = next((os.environ[name] for name in _BUNDLES if os.environ.get(name)), True)
    # No session: of the user's cookies and passwords (.netrc) nothing is sent.
    seconds = min(limits.timeout, adapter.left())
    return adapter.send(
        request, stream=True, timeout=seconds, verify=bundle, proxies=proxies
    )


def _absolute(url: str, target: str) -> str:
    try:
        return urljoin(url, target)
    except ValueError:
        return target


def _refused(answer: Answer) -> Refused:
    try:
        body = answer.content(_MOST_OF_AN_ERROR)
    except (OSError, DownloadError, http.client.HTTPException, HTTPError):
        body = b""
    name = http.client.responses.get(answer.status, "no known status")
    msg = (
        f"{_host(answer.url)} answered {answer.status} ({name}) to {answer.url}. The "
        "figures held are unchanged. Run this again later, or download the file by hand "
        "and use `highneeds data add FILE`."
    )
    return Refused(msg, answer.status, body)


def _broken(url: str, error: Exception, tried: int) -> DownloadError:
    root = _root(error)
    reason = getattr(root, "strerror", None) or str(root) or type(root).__name__
    if _not_connected(error):
        msg = (
            f"{_host(url)} cannot be reached: {reason}. The figures held are unchanged. "
            "Check the connection, or download the file by hand and use `highneeds data "
            "add FILE`."
        )
        return Unreachable(msg)
    msg = (
        f"The connection to {_host(url)} broke while reading {url}: {reason}. Tried "
        f"{plural(tried, 'time')}. The figures held are unchanged. Run this again later."
    )
    return DownloadError(msg)


def _not_connected(error: Exception) -> bool:
    library = requests.exceptions
    if isinstance(error, library.ConnectTimeout | library.SSLError | library.ProxyError):
        return True
    why = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(why, NewConnectionError)


def _root(error: BaseException) -> BaseException:
    """The first cause within the library: what the system or the server said."""
    kinds = (OSError, http.client.HTTPException, HTTPError)
    while isinstance(inner := error.__cause__ or error.__context__, kinds):
        error = inner
    return error


def _asked_wait(answer: Answer, tries: Retry, limits: Limits) -> float:
    """Seconds a server asks to be left alone for, as a number or a date."""
    try:
        wait = float(tries.parse_retry_after(answer.headers["Retry-After"]))
    except (KeyError, InvalidHeader, ValueError, OverflowError, TypeError):
        return 0.0
    if wait > limits.longest_wait:
        msg = (
            f"{_host(answer.url)} asks to be left alone for {wait:,.0f} s, longer than the "
            f"{limits.longest_wait:,.0f} s waited for. Run this again then."
        )
        raise DownloadError(msg)
    return wait


def _too_large(url: str, size: int, most: int) -> str:
    return (
        f"{url} is {size / 1e6:,.1f} MB or more; at most {most / 1e6:,.1f} MB are taken, "
        "more than any table here has. Nothing was kept. Check the address."
    )


def _host(url: str) -> str:
    return urlsplit(url).netloc
