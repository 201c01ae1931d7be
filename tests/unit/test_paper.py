"""A report on paper: refused before it is run, and the same bytes on the same day."""

from datetime import date

import pytest

from highneeds.errors import UsageError
from highneeds.report import paper


def test_a_pdf_is_refused_in_words_where_no_browser_is_installed(monkeypatch):
    monkeypatch.setattr(paper, "_browsers", lambda: iter(()))
    with pytest.raises(UsageError, match=r"Chromium, Google Chrome or Microsoft Edge"):
        paper.require_form("pdf")


def test_an_unknown_form_is_refused_with_the_nearest():
    with pytest.raises(UsageError, match=r"no form 'pfd' \(the nearest is pdf\)"):
        paper.require_form("pfd")


def test_the_clock_of_a_pdf_is_the_day_of_its_page():
    said = b"/CreationDate (D:20261130155712+00'00')\n/ModDate (D:20261130155712+00'00')"
    day = b"D:20260303000000"
    found = paper.with_day(said, date(2026, 3, 3))
    assert found == said.replace(b"D:20261130155712", day)
    assert len(found) == len(said)
