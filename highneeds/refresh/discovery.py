"""Where the newest release of each publication is: API, catalogue or landing page."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from typing import TypeVar
from urllib.parse import urljoin, urlsplit

import pandas as pd

from highneeds import atomic
from highneeds.errors import UsageError, some
from highneeds.refresh.downloads import Fetched, fetch
from highneeds.refresh.service import BASE_URL, SHORTEST_SEARCH, EesApi
from highneeds.refresh.service_answers import DataSet
from highneeds.refresh.web import (
    DownloadError,
    Limits,
    Refused,
    Unreachable,
    ask,
    require_allowed,
)
from highneeds.sources.releases import LANDING_PAGES, NEVER, LandingPage, Layout, layouts
from highneeds.words import hint

T = TypeVar("T")
CATALOGUE = "https://explore-education-statistics.service.gov.uk"
GOV_UK = "https://www.gov.uk"
_NOT_FOUND = 404
_MOST_YEARS = 10
_MONTHS = (
    "january february march april may june july august september october november december"
)
_DAY = re.compile(r"(20\d\d)[-_ ](\d\d)[-_ ](\d\d)")
_MONTH = re.compile(rf"(\d{{1,2}} )?({_MONTHS.replace(' ', '|')}),? (20\d\d)")

Followed = Layout | LandingPage


@dataclass(frozen=True)
class Offer:
    """A release that can be fetched: what it is of, where it is, and how it was found."""

    followed: Followed
    url: str
    found_by: str
    title: str = ""
    last_period: str = ""
    data_set: DataSet | None = None

    @property
    def suffix(self) -> str:
        """How the name of the file ends."""
        ending = Path(urlsplit(self.url).path).suffix.lower()
        return ending if ending in {".ods", ".xlsx"} else ".csv"


def followed(only: str | None = None) -> list[Followed]:
    """What we follow: everything, or what one name stands for.

    Raises
    ------
    UsageError
        Nothing followed is called that; names the nearest.
    """
    every: list[Followed] = [
        one for one in layouts().values() if not (one.over or one.title == NEVER)
    ]
    every += LANDING_PAGES
    if only is None:
        return every
    wanted = only.strip().lower()
    found = [one for one in every if wanted == one.key.lower()] or [
        one
        for one in every
        if len(wanted) >= SHORTEST_SEARCH and wanted in one.publication.lower()
    ]
    if found:
        return found
    keys = [one.key for one in every]
    near = hint(wanted, keys)
    msg = f"Nothing followed is called {only!r}{near}. Give one of {', '.join(keys)}."
    raise UsageError(msg)


class Finder:
    """Looks for releases; remembers the publications already listed.

    Parameters
    ----------
    base_url : str, optional
        Address of the API. With one, the catalogue and the landing pages are looked for on
        the same server: so a rehearsal never leaves it.

    Raises
    ------
    DownloadError
        It is no address, or none that may be asked.
    """

    def __init__(self, base_url: str | None = None, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        if base_url:
            require_allowed(base_url)
        self.api = EesApi(base_url or BASE_URL, self.limits)
        parts = urlsplit(self.api.base_url)
        same = f"{parts.scheme}://{parts.netloc}"
        self._catalogue = same if base_url else CATALOGUE
        self._pages = same if base_url else GOV_UK
        self._listed: dict[str, list[DataSet] | DownloadError] = {}
        self._gone: dict[str, Unreachable] = {}

    def find(
        self, one: Followed, tell: Callable[[str], None] = lambda _: None
    ) -> Offer | None:
        """The newest release of one publication, or None where there is nothing newer.

        Parameters
        ----------
        tell : callable
            Is given what had to be done another way than usual.

        Raises
        ------
        DownloadError
            Neither the first way nor the second leads to a release.
        """
        if isinstance(one, LandingPage):
            return self._on_landing_page(one)
        try:
            return self._in_api(one)
        except DownloadError as error:
            if not one.file_id:
                raise
            tell(f"  from the catalogue, because {str(error).split('. ')[0]}")
        url = f"{self._catalogue}/data-catalogue/data-set/{one.file_id}/csv"
        return Offer(one, url, "catalogue", one.publication)

    def fetch(
        self, offer: Offer, folder: Path, tell: Callable[[str], None] = lambda _: None
    ) -> Fetched:
        """Fetch an offer; a data set whose file fails is put together by query.

        Raises
        ------
        DownloadError
            It cannot be had.
        """
        name = f"{offer.followed.key}{offer.suffix}"
        try:
            return self._reaching(
                offer.url, lambda: fetch(offer.url, folder, name, self.limits)
            )
        except Refused as refused:
            if offer.data_set is None:
                raise
            tell(f"  no file ({refused.status}); asking for the figures")
        table = self.api.table(offer.data_set.data_set_id, offer.data_set.version)
        return _kept(table, folder, name, offer)

    def _reaching(self, url: str, act: Callable[[], T]) -> T:
        """Do something on a server, unless it was found to be out of reach before."""
        host = urlsplit(url).netloc
        if host in self._gone:
            raise self._gone[host]
        try:
            return act()
        except Unreachable as error:
            self._gone[host] = error
            raise

    def _in_api(self, layout: Layout) -> Offer:
        publication = layout.publication
        if publication not in self._listed:
            try:
                self._listed[publication] = self._reaching(
                    self.api.base_url, lambda: self._data_sets(publication)
                )
            except DownloadError as error:
                self._listed[publication] = error
        listed = self._listed[publication]
        if isinstance(listed, DownloadError):
            raise listed
        named = [
            one
            for one in listed
            if re.search(layout.title, one.title.lower())
            and not re.search(layout.unless, one.title.lower())
            and one.status in {None, "", "Published"}
        ]
        if len(named) != 1:
            titles = some([repr(one.title) for one in named or listed]) or "none"
            msg = (
                f"{self.api.base_url} has {len(named)} data sets that could be "
                f"{layout.key} of {layout.publication!r}: {titles}. Expected one. "
                "Download the file by hand and use `highneeds data add FILE`."
            )
            raise DownloadError(msg)
        found = named[0]
        url = self.api.csv_url(found.data_set_id, found.version)
        return Offer(layout, url, "API", found.title, found.last_period, found)

    def _data_sets(self, publication: str) -> list[DataSet]:
        found = self.api.publications(publication)
        same = [number for number, title in found if _same(title, publication)]
        if len(same) != 1:
            titles = some([title for _, title in found]) or "none like it"
            msg = (
                f"{self.api.base_url} lists {len(same)} publications called "
                f"{publication!r} ({titles}). "
                "Not every publication is in the API: download the file by hand and use "
                "`highneeds data add FILE`."
            )
            raise DownloadError(msg)
        return self.api.data_sets(same[0])

    def _on_landing_page(self, page: LandingPage) -> Offer | None:
        """The newest file of the last year that has a page."""
        newest: tuple[str, str] | None = None
        most = self.limits.most_bytes
        for start in range(page.first, page.first + _MOST_YEARS):
            address = self._pages + page.address.format(start=start, end=start + 1)
            try:
                content = self._reaching(
                    address,
                    partial(ask, address, lambda got: got.content(most), self.limits),
                )
            except Refused as refused:
                if refused.status != _NOT_FOUND:
                    raise
                break
            newest = address, content.decode("utf-8", "replace")
        if newest is None:
            return None
        address, text = newest
        title, url = _newest_attachment(text, address, page)
        return Offer(page, url, "landing page", title)


def _kept(table: pd.DataFrame, folder: Path, name: str, offer: Offer) -> Fetched:
    path = folder / name
    atomic.replace_file(path, atomic.table_bytes(table, compress=False))
    return Fetched(path, offer.url, atomic.sha256(path), path.stat().st_size)


def _same(title: str, other: str) -> bool:
    return " ".join(title.lower().split()) == " ".join(other.lower().split())


class _Links(HTMLParser):
    """The links of a page, each with its words."""

    def __init__(self) -> None:
        super().__init__()
        self._links: list[tuple[str, list[str]]] = []
        self._open = False

    @property
    def found(self) -> list[tuple[str, str]]:
        """Each address with its words."""
        return [(address, " ".join(words).strip()) for address, words in self._links]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self._links.append((dict(attrs).get("href") or "", []))
            self._open = True

    def handle_endtag(self, tag: str) -> None:
        if tag == "a":
            self._open = False

    def handle_data(self, data: str) -> None:
        if self._open:
            self._links[-1][1].append(data)


def _newest_attachment(text: str, address: str, page: LandingPage) -> tuple[str, str]:
    """Words and address of the newest file of the right kind on a page.

    Raises
    ------
    DownloadError
        No link leads to such a file.
    """
    links = _Links()
    links.feed(text)
    found = [(href, _path(href), words) for href, words in links.found]
    right = [
        (words, urljoin(address, href))
        for href, path, words in found
        if path.lower().endswith(page.suffixes)
        and re.search(page.words, f"{words} {href}".lower())
    ]
    if not right:
        files = [href for href, path, _ in found if PurePosixPath(path).suffix]
        msg = (
            f"{address} has no link to a file of {page.publication}; it links to "
            f"{some(files) or 'no file'}. Expected one of {', '.join(page.suffixes)}. Open "
            "the page, download the file, and use `highneeds data add FILE`."
        )
        raise DownloadError(msg)
    # Of equal dates the first, which is where the publisher puts the newest.
    return max(right, key=lambda link: _date(f"{link[0]} {link[1]}"))


def _path(href: str) -> str:
    """Path of an address; nothing where it is none."""
    try:
        return urlsplit(href).path
    except ValueError:
        return ""


def _date(text: str) -> tuple[int, ...]:
    """The latest date in a link's words or address; nothing where there is none."""
    months: Sequence[str] = _MONTHS.split()
    found = [tuple(int(part) for part in match) for match in _DAY.findall(text)]
    for day, month, year in _MONTH.findall(text.lower().replace("-", " ")):
        found.append((int(year), months.index(month) + 1, int(day or 0)))
    return max(found, default=())
