"""A report on paper: as Word, or as PDF by a browser that is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from highneeds.errors import OutputError, UsageError
from highneeds.report.document import blocks_of, mark_of
from highneeds.report.word import document_bytes, require_word
from highneeds.words import day_words, hint

if TYPE_CHECKING:
    from nbformat import NotebookNode

_NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "microsoft-edge",
    "microsoft-edge-stable",
    "msedge",
)
# Where Windows and macOS keep what is on no path.
_WINDOWS = ("ProgramFiles", "ProgramFiles(x86)", "LocalAppData")
_WINDOWS_FILES = (
    "Google/Chrome/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
    "Chromium/Application/chrome.exe",
)
_MAC_FILES = tuple(
    f"/Applications/{name}.app/Contents/MacOS/{name}"
    for name in ("Google Chrome", "Microsoft Edge", "Chromium")
)
_SECONDS = 120
_CLOCK = re.compile(rb"/(CreationDate|ModDate) \(D:\d{14}")
_FOLD = '<details class="hn-fold">'


def require_form(form: str) -> None:
    """Refuse a form that cannot be written here, before minutes are spent.

    Raises
    ------
    UsageError
        No such form, or what writes it is not installed.
    """
    if form not in FORMS:
        msg = f"There is no form {form!r}{hint(form, FORMS)}. Expected docx or pdf."
        raise UsageError(msg)
    if form == "docx":
        require_word()
    else:
        require_browser()


def _as_word(done: NotebookNode, _: bytes, title: str, made: date) -> bytes:
    blocks, made_on = blocks_of(done, title), f"Made on {day_words(made)}"
    return document_bytes(title, made_on, blocks, mark_of(done))


def _as_pdf(_: NotebookNode, html: bytes, __: str, made: date) -> bytes:
    return pdf_bytes(html.decode("utf-8"), made)


def require_browser() -> str:
    """The browser that prints, or a refusal before minutes are spent.

    Raises
    ------
    UsageError
        None is installed; says which would do.
    """
    found = next(_browsers(), None)
    if found is None:
        msg = (
            "A PDF is printed by a browser, and none was found. Expected Chromium, Google "
            "Chrome or Microsoft Edge. Install one, or open report.html in any browser and "
            "print it; --format docx needs none."
        )
        raise UsageError(msg)
    return found


def pdf_bytes(html: str, made: date) -> bytes:
    """A page of ours as PDF; what is folded on the screen is open on paper.

    Raises
    ------
    UsageError
        No browser is installed.
    OutputError
        The browser printed nothing.
    """
    browser = require_browser()
    with tempfile.TemporaryDirectory(prefix="highneeds-pdf-") as scratch:
        page, paper = Path(scratch) / "report.html", Path(scratch) / "report.pdf"
        page.write_text(html.replace(_FOLD, f"{_FOLD[:-1]} open>"), encoding="utf-8")
        command = [
            browser,
            "--headless",
            "--disable-gpu",
            "--no-first-run",
            f"--user-data-dir={Path(scratch) / 'profile'}",
            "--no-pdf-header-footer",
            f"--print-to-pdf={paper}",
            page.as_uri(),
        ]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            # Chromium refuses to start as root otherwise; the page is ours, and no script.
            command.insert(1, "--no-sandbox")
        try:
            done = subprocess.run(
                command, capture_output=True, timeout=_SECONDS, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise OutputError(_failed(browser, str(error))) from None
        if not paper.is_file():
            said = done.stderr.decode("utf-8", "replace").strip().splitlines()
            raise OutputError(_failed(browser, said[-1] if said else "it said nothing"))
        return with_day(paper.read_bytes(), made)


def with_day(pdf: bytes, made: date) -> bytes:
    """A PDF with no clock but its page's own, so that a run made again can be compared."""
    day = f"D:{made:%Y%m%d}000000".encode()
    return _CLOCK.sub(lambda m: b"/" + m[1] + b" (" + day, pdf)


def _failed(browser: str, why: str) -> str:
    return (
        f"{browser} printed no PDF: {why}. Expected one of report.html. Leave --format pdf "
        "out and print the page from a browser. Nothing was changed."
    )


def _browsers() -> Iterator[str]:
    yield from filter(None, map(shutil.which, _NAMES))
    homes = [Path(os.environ[name]) for name in _WINDOWS if os.environ.get(name)]
    placed = [home / file for home in homes for file in _WINDOWS_FILES]
    for path in (*placed, *map(Path, _MAC_FILES)):
        if path.is_file():
            yield str(path)


FORMS: Mapping[str, Callable[[NotebookNode, bytes, str, date], bytes]] = MappingProxyType(
    {"docx": _as_word, "pdf": _as_pdf}
)
