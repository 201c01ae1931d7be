"""A server may answer anything: each is a line about one publication, and soon over."""

import gzip
import json
import time
from dataclasses import replace

import pytest

from highneeds.cli import main
from highneeds.refresh.discovery import Finder, followed
from highneeds.refresh.downloads import fetch
from highneeds.refresh.service import EesApi
from highneeds.refresh.web import (
    DownloadError,
    Limits,
    TooLarge,
    ask,
    require_allowed,
)
from tests.refresh.hostile import HEAD, slowly, speaking
from tests.refresh.service import API, EHC_PLANS, Fault, Service, serving

QUICK = Limits(pause=0.01, timeout=5, deadline=0.5, tries=2, most_bytes=1_000_000)
BUSY = b"HTTP/1.1 503 Busy\r\n"
CLOSE = b"Connection: close\r\n"


def read_all(answer):
    return answer.content(QUICK.most_bytes)


@pytest.mark.parametrize(
    "answer",
    [
        slowly(b"", b"H"),
        slowly(HEAD + b"X: ", b"y"),
        slowly(HEAD + CLOSE + b"\r\n", b"a"),
        slowly(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\na\r\n"),
        slowly(HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n"),
        slowly(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        slowly(b"HTTP/1.1 503 Busy\r\nContent-Length: 999999\r\n\r\n", b"a"),
    ],
    ids="status-line head body chunks trailer continue error-body".split(),
)
def test_a_byte_at_a_time_holds_nobody(answer):
    """Each byte comes sooner than the time-out: only the one deadline ends it."""
    began = time.monotonic()
    with speaking(answer, pause=0.02) as address, pytest.raises(DownloadError):
        ask(f"{address}/x", read_all, QUICK)
    # Far from the seconds the test's own time limit allows a reader who waits for ever.
    assert time.monotonic() - began < 60


def test_what_unpacks_to_too_much_is_not_unpacked():
    bomb = gzip.compress(b"0" * 50_000_000)
    assert len(bomb) < QUICK.most_bytes
    head = HEAD + CLOSE + b"Content-Encoding: gzip\r\n\r\n"
    with speaking(head + bomb) as address, pytest.raises(TooLarge, match="are taken"):
        ask(f"{address}/x", read_all, QUICK)


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (b"", "Remote end closed connection"),
        (b"\x16\x03\x01 not http\r\n\r\n", "broke"),
        (b"HTTP/1.1 2000 OK\r\n\r\n", "broke"),
        (HEAD + b"X: " + b"y" * 70_000 + b"\r\n\r\n", "broke"),
        (HEAD + b"X: y\r\n" * 200 + b"\r\n", "broke"),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", "broke"),
        (HEAD + b"Content-Length: 9\r\n\r\nabc", "cut short, 3 of 9 bytes"),
        (HEAD + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\nabc", None),
        (HEAD + b"Content-Length: 99999999\r\n\r\nabc", "100.0 MB or more"),
        (HEAD + CLOSE + b"Content-Encoding: br\r\n\r\nabc", "packed as 'br'"),
        (HEAD + CLOSE + b"Content-Encoding: gzip\r\n\r\nabc", "broke"),
        (
            HEAD
            + CLOSE
            + b"Content-Encoding: gzip\r\n\r\n"
            + gzip.compress(b"abc", mtime=0)[:-9],
            "cut short within",
        ),
        (b"HTTP/1.1 302 Found\r\nLocation: http://[\r\n\r\n", "not an https address"),
        (b"HTTP/1.1 302 Found\r\nLocation: //a:b:c/\r\n\r\n", "not an https address"),
        (b"HTTP/1.1 302 Found\r\nLocation: /x\r\n\r\n", "leads on more than 5 times"),
        (b"HTTP/1.1 302 Found\r\nLocation: ftp://example.org\r\n\r\n", "not an https"),
        (b"HTTP/1.1 300 Several\r\n\r\n", "answered 300"),
        (b"HTTP/1.1 599 What\r\n\r\n", r"answered 599 \(no known status\)"),
        (
            b"HTTP/1.1 503 Busy\r\nRetry-After: " + b"9" * 5_000 + b"\r\n\r\n",
            "answered 503",
        ),
        (b"HTTP/1.1 503 Busy\r\nRetry-After: never\r\n\r\n", "answered 503"),
    ],
)
def test_an_answer_that_is_none_is_told(answer, says):
    limits = Limits(pause=0.001, tries=2, deadline=20, most_bytes=QUICK.most_bytes)
    with speaking(answer) as address:
        if says is None:
            assert ask(f"{address}/x", read_all, limits) == b"abc"
            return
        with pytest.raises(DownloadError, match=says):
            ask(f"{address}/x", read_all, limits)


@pytest.mark.parametrize(
    "url", ["https://[", "https://a:b", "https://a:99999/x", "https://"]
)
def test_an_address_that_cannot_be_taken_apart_is_refused(url):
    with pytest.raises(DownloadError, match="not an https address"):
        require_allowed(url)


def test_nothing_of_the_user_is_sent_along(tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    service = Service(files={"/x": b"figures"})
    service.fail("/x", Fault(500, b"no", {"Set-Cookie": "who=me"}))
    with serving(service) as address:
        assert ask(f"{address}/x", read_all, QUICK) == b"figures"
    assert not [
        head for _, _, head in service.asked if {"Authorization", "Cookie"} & {*head}
    ]


def test_unchanged_is_no_answer_where_nothing_was_held(tmp_path):
    with (
        speaking(b"HTTP/1.1 304 Not Modified\r\n\r\n") as address,
        pytest.raises(DownloadError, match="no copy was held"),
    ):
        fetch(f"{address}/x", tmp_path, "x.csv", QUICK)


def as_json(content):
    length = b"Content-Length: %d\r\n\r\n" % len(content)
    return HEAD + b"Content-Type: application/json\r\n" + CLOSE + length + content


def listed(*results, **paging):
    pages = {"page": 1, "totalPages": 1, "totalResults": len(results), **paging}
    return as_json(json.dumps({"paging": pages, "results": results}).encode())


DATA_SET = {"id": "set", "title": "Timeliness", "status": "Published"}
NONSENSE = [
    as_json(b"[" * 100_000),
    as_json(b'{"a":' * 100_000),
    as_json(b"9" * 4_400),
    as_json(b'{"paging": {"page": ' + b"9" * 4_400 + b"}}"),
    as_json(b"null"),
    as_json(b'"text"'),
    as_json(b"\xff\xfe{}"),
    as_json(b'{"paging": {"page": NaN}}'),
    listed(1, "a", None, []),
    listed({"id": None, "title": None}),
    listed({"id": "../../x?", "title": EHC_PLANS}),
    listed({"id": "a\r\nHost: b", "title": EHC_PLANS}),
    listed({"id": "a", "title": ["not", "a", "title"]}),
    listed(totalPages=-1),
    listed(totalPages=10**12),
    listed(totalResults=1e400),
    listed(page="one"),
    listed(DATA_SET | {"title": EHC_PLANS, "latestVersion": 1}),
    listed(DATA_SET | {"title": EHC_PLANS, "latestVersion": {"timePeriods": []}}),
]


@pytest.mark.parametrize("answer", NONSENSE)
def test_nonsense_in_an_answer_is_a_line(answer):
    with speaking(answer) as address:
        finder = Finder(address + API, QUICK)
        (timeliness,) = followed("timeliness")
        with pytest.raises(DownloadError) as told:
            finder.find(replace(timeliness, file_id=""))
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 600


ROW = {
    "timePeriod": {"code": "CY", "period": "2025"},
    "geographicLevel": "NAT",
    "locations": {"NAT": "e"},
    "filters": {},
    "values": {"v": "1"},
}
META = {
    "filters": [],
    "indicators": [{"id": "v", "column": "value"}],
    "locations": [{"level": "NAT", "options": [{"id": "e", "label": "England"}]}],
}


@pytest.mark.parametrize(
    ("row", "meta"),
    [
        (ROW | {"values": None}, META),
        (ROW | {"values": {"v": None}}, META),
        (ROW | {"values": {"v": 1.5}}, META),
        (ROW | {"values": {"v": {"x": 1}}}, META),
        (ROW | {"values": {}}, META),
        (ROW | {"locations": ["NAT"]}, META),
        (ROW | {"locations": {"PLANET": "e"}}, META),
        (ROW | {"geographicLevel": {"code": "PLANET"}}, META),
        (ROW | {"timePeriod": 2025}, META),
        (ROW, META | {"locations": {}}),
        (ROW, META | {"indicators": [{"id": "v"}]}),
        (ROW, META | {"filters": [{"id": "f", "column": "c", "options": []}]}),
        (ROW, META | {"filters": "all"}),
    ],
)
def test_a_figure_that_is_none_is_never_taken(row, meta):
    meta_answer = as_json(json.dumps(meta).encode())
    with speaking(meta_answer, listed(row)) as address, pytest.raises(DownloadError):
        EesApi(address + API, QUICK).table("set")
    with speaking(as_json(json.dumps(META).encode()), listed(ROW)) as address:
        (found,) = EesApi(address + API, QUICK).table("set")["value"]
    assert found == "1"


def test_a_page_of_links_that_lead_nowhere_is_told():
    page = b"<a href='http://[/dsg.ods'>dsg.ods</a>" * 3
    head = HEAD + b"Content-Length: %d\r\n\r\n" % len(page)
    with speaking(head + page, b"HTTP/1.1 404 No\r\n\r\n") as address:
        (dsg,) = followed("dsg")
        with pytest.raises(DownloadError, match="has no link to a file"):
            Finder(address + API, QUICK).find(dsg)


@pytest.mark.parametrize(
    "error", [RuntimeError("two\nlines"), MemoryError(), RecursionError()]
)
def test_what_nobody_foresaw_is_one_publications_line(monkeypatch, user_dir, capsys, error):
    """Whatever it is, the publications after it are still looked at."""

    def fail(*_):
        raise error

    monkeypatch.setattr(Finder, "find", fail)
    assert main(["data", "update", "--base-url", "http://127.0.0.1:9"]) == 10
    said = capsys.readouterr()
    assert said.out.count("failed: " + type(error).__name__) == len(followed())
    assert "Traceback" not in said.err
    assert main(["data", "update", "--base-url", "http://127.0.0.1:9", "--debug"]) == 10
    assert "Traceback" in capsys.readouterr().err
