"""Fetching a publisher's file: whole, of a modest size, and told by its hash.

A file arrives under its name only when it is complete. What a cut connection or a killed
process left is taken up again where the server offers that, and is never mistaken for it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from highneeds import atomic
from highneeds.errors import OutputError
from highneeds.files import kept_json
from highneeds.refresh.web import (
    NOT_MODIFIED,
    UNSATISFIABLE,
    Answer,
    DownloadError,
    Limits,
    TooLarge,
    ask,
)

_GZIP = b"\x1f\x8b"
_PARTIAL = 206


@dataclass(frozen=True)
class Fetched:
    """A complete file in the cache: where it came from and what its bytes hash to."""

    path: Path
    url: str
    sha256: str
    size: int
    expected: str = ""

    @property
    def changed(self) -> bool:
        """Whether the publisher's file is not the one fetched from there before."""
        return bool(self.expected) and self.expected != self.sha256


def fetch(url: str, folder: Path, name: str, limits: Limits) -> Fetched:
    """Fetch a file into a folder, unless the copy there is still the publisher's.

    Parameters
    ----------
    name : str
        File name to keep it under; ``.gz`` is added where the bytes are packed.

    Returns
    -------
    Fetched
        With the hash of the last fetch from this address as ``expected``.

    Raises
    ------
    DownloadError
        Not to be had: see `ask`. Too large, cut short on every try, or a web page where
        data should be. The copy already there is kept.
    OutputError
        The folder cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        msg = f"Cannot write in {folder}: {error.strerror}. Choose another folder."
        raise OutputError(msg) from None
    known = _record(folder / f"{name}.json", url)
    transfer = _Transfer(url, folder / f".{name}.part", limits, known)
    fresh = ask(url, transfer.take, limits, headers=transfer.headers)
    if not fresh:
        return Fetched(folder / known["name"], url, known["sha256"], int(known["size"]))
    packed = transfer.require_data()
    path = folder / (f"{name}.gz" if packed and not name.endswith(".gz") else name)
    digest = atomic.sha256(transfer.part)
    found = Fetched(
        path, url, digest, transfer.part.stat().st_size, known.get("sha256", "")
    )
    transfer.part.replace(path)
    transfer.forget()
    record = {"url": url, "name": path.name, "sha256": digest, "size": str(found.size)}
    record |= {"validator": transfer.validator}
    atomic.replace_file(folder / f"{name}.json", json.dumps(record, indent=1).encode())
    return found


def _record(path: Path, url: str) -> dict[str, str]:
    """What was fetched before from this address, if the copy is as it was then."""
    try:
        record = dict(kept_json(path))
        copy = path.with_name(record["name"])
        if record["url"] == url and atomic.sha256(copy) == record["sha256"]:
            return record
    except (OSError, ValueError, KeyError, TypeError):
        pass
    return {}


@dataclass
class _Transfer:
    """One file on its way: the part that has come, and how to ask for the rest."""

    url: str
    part: Path
    limits: Limits
    known: Mapping[str, str]
    validator: str = ""

    @property
    def _note(self) -> Path:
        return self.part.with_name(f"{self.part.name}.json")

    def headers(self) -> dict[str, str]:
        """Ask for the rest of a part, or only for a file newer than the copy held."""
        note = self._read_note()
        if note and self.part.is_file() and self.part.stat().st_size:
            return {"Range": f"bytes={self.part.stat().st_size}-", "If-Range": note}
        self.forget()
        validator = self.known.get("validator", "")
        if not validator:
            return {}
        kind = "If-None-Match" if validator.endswith('"') else "If-Modified-Since"
        return {kind: validator}

    def take(self, response: Answer) -> bool:
        """Write the answer to the part; False where the copy held is still good."""
        if response.status == NOT_MODIFIED:
            if not self.known:
                msg = "it says that nothing changed, though no copy was held"
                raise OSError(msg)
            return False
        if response.status == UNSATISFIABLE:
            self.forget()
            msg = "the part held is not part of the file any more"
            raise OSError(msg)
        began = self._begin(response)
        try:
            for chunk in response.chunks(self.limits.most_bytes, began):
                self._append(chunk, began)
                began += len(chunk)
        except TooLarge:
            self.forget()
            raise
        if not began:
            self._append(b"", began)
        return True

    def _append(self, chunk: bytes, held: int) -> None:
        try:
            with self.part.open("ab" if held else "wb") as stream:
                stream.write(chunk)
        except OSError as error:
            # Not a broken connection: another try would not help.
            msg = f"Cannot write in {self.part.parent}: {error.strerror}. Make room there."
            raise OutputError(msg) from None

    def _begin(self, response: Answer) -> int:
        """Bytes of the part to keep; the part is begun anew unless its rest is coming."""
        held = self.part.stat().st_size if self.part.is_file() else 0
        span = response.headers.get("Content-Range", "")
        if response.status == _PARTIAL and held and span.startswith(f"bytes {held}-"):
            self.validator = self._read_note()
            return held
        if response.status == _PARTIAL:
            self.forget()
            msg = f"another part came than was asked for ({span})"
            raise OSError(msg)
        etag = response.headers.get("ETag", "")
        # Only a strong validator can vouch that two parts are of one file.
        self.validator = etag if not etag.startswith("W/") else ""
        self.validator = self.validator or response.headers.get("Last-Modified", "")
        if self.validator and response.headers.get("Accept-Ranges", "") == "bytes":
            note = json.dumps({"url": self.url, "validator": self.validator})
            self._note.write_text(note, encoding="utf-8")
        else:
            self._note.unlink(missing_ok=True)
        return 0

    def _read_note(self) -> str:
        try:
            note = kept_json(self._note)
            return str(note["validator"]) if note["url"] == self.url else ""
        except (OSError, ValueError, KeyError, TypeError):
            return ""

    def forget(self) -> None:
        """Throw the part away."""
        self.part.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def require_data(self) -> bool:
        """Whether the bytes are packed; refuse a web page, as a sign-in page would be."""
        with self.part.open("rb") as stream:
            first = stream.read(1024)
        start = first.lstrip(b"\xef\xbb\xbf \t\r\n")
        # No table starts like markup or like an answer of the API.
        if first and not start.startswith((b"<", b"{")):
            return first.startswith(_GZIP)
        self.forget()
        what = "a web page (a sign-in page, perhaps)" if first else "nothing"
        msg = (
            f"{self.url} gave {what} where data was expected. Nothing was kept. Open the "
            "address in a browser, download the file, and use `highneeds data add FILE`."
        )
        raise DownloadError(msg)
