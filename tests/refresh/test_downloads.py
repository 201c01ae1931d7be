"""Fetching from a local server: whole, resumed, hashed; and everything that is refused."""

import gzip
import hashlib
import json
from dataclasses import replace

import pytest

from highneeds.errors import OutputError
from highneeds.refresh.downloads import fetch
from highneeds.refresh.web import (
    DownloadError,
    Limits,
    Refused,
    Unreachable,
    require_allowed,
)
from tests.refresh.service import Fault, Service, serving

# No time that a busy machine could take by itself: a silence would be asked about again.
PATIENT = Limits(pause=0.01, most_bytes=200_000)
TABLE = b"time_period,value\n" + b"".join(b"2025,%d\n" % n for n in range(10_000))
PATH = "/data-catalogue/data-set/1/csv"


@pytest.fixture
def service():
    return Service(files={PATH: TABLE})


@pytest.fixture
def address(service):
    with serving(service) as started:
        yield started + PATH


def left_in(folder):
    return sorted(path.name for path in folder.iterdir())


def ranges(service):
    return [headers.get("Range") for _, _, headers in service.asked]


def test_a_file_arrives_whole_with_its_hash(address, tmp_path):
    found = fetch(address, tmp_path, "table.csv", PATIENT)
    assert found.path == tmp_path / "table.csv"
    assert found.path.read_bytes() == TABLE
    assert found.sha256 == hashlib.sha256(TABLE).hexdigest()
    assert (found.size, found.expected, found.changed) == (len(TABLE), "", False)
    assert left_in(tmp_path) == ["table.csv", "table.csv.json"]


def test_a_file_that_has_not_changed_is_not_sent_again(address, tmp_path, service):
    first = fetch(address, tmp_path, "table.csv", PATIENT)
    again = fetch(address, tmp_path, "table.csv", PATIENT)
    assert (again.path, again.sha256) == (first.path, first.sha256)
    assert service.asked[1][2]["If-None-Match"].startswith('"')


def test_a_file_the_publisher_changed_is_told_with_both_hashes(address, tmp_path, service):
    first = fetch(address, tmp_path, "table.csv", PATIENT)
    service.files[PATH] = TABLE + b"2026,1\n"
    again = fetch(address, tmp_path, "table.csv", PATIENT)
    assert again.changed
    assert again.expected == first.sha256
    assert again.sha256 == hashlib.sha256(TABLE + b"2026,1\n").hexdigest()


def test_a_copy_someone_altered_is_fetched_anew(address, tmp_path):
    fetch(address, tmp_path, "table.csv", PATIENT).path.write_bytes(b"altered")
    assert fetch(address, tmp_path, "table.csv", PATIENT).path.read_bytes() == TABLE


def test_a_broken_transfer_is_taken_up_where_it_stopped(address, tmp_path, service):
    service.fail("csv", Fault(keep=30_000), Fault(keep=40_000))
    found = fetch(address, tmp_path, "table.csv", PATIENT)
    assert found.path.read_bytes() == TABLE
    assert ranges(service) == [None, "bytes=30000-", "bytes=70000-"]


def test_a_later_run_takes_up_what_an_earlier_one_left(address, tmp_path, service):
    service.fail("csv", Fault(keep=30_000), Fault(keep=0), Fault(keep=0))
    with pytest.raises(DownloadError, match=r"cut short, 30,000 of [\d,]+ bytes came"):
        fetch(address, tmp_path, "table.csv", PATIENT)
    assert left_in(tmp_path) == [".table.csv.part", ".table.csv.part.json"]
    found = fetch(address, tmp_path, "table.csv", PATIENT)
    assert found.path.read_bytes() == TABLE
    assert ranges(service)[-1] == "bytes=30000-"
    assert left_in(tmp_path) == ["table.csv", "table.csv.json"]


def test_parts_of_two_files_are_never_put_together(address, tmp_path, service):
    service.fail("csv", Fault(keep=30_000), Fault(keep=0), Fault(keep=0))
    with pytest.raises(DownloadError):
        fetch(address, tmp_path, "table.csv", PATIENT)
    service.files[PATH] = TABLE.replace(b"2025", b"2026")
    found = fetch(address, tmp_path, "table.csv", PATIENT)
    assert found.path.read_bytes() == service.files[PATH]


def test_a_server_that_cannot_resume_sends_it_all_again(address, tmp_path, service):
    service.resumable = False
    service.fail("csv", Fault(keep=30_000))
    assert fetch(address, tmp_path, "table.csv", PATIENT).path.read_bytes() == TABLE
    assert ranges(service) == [None, None]


def test_a_part_longer_than_the_file_is_thrown_away(address, tmp_path, service):
    service.fail("csv", Fault(keep=30_000), Fault(keep=0), Fault(keep=0))
    with pytest.raises(DownloadError):
        fetch(address, tmp_path, "table.csv", PATIENT)
    with (tmp_path / ".table.csv.part").open("ab") as stream:
        stream.write(TABLE)
    assert fetch(address, tmp_path, "table.csv", PATIENT).path.read_bytes() == TABLE


def test_a_file_cut_short_every_time_is_refused(address, tmp_path, service):
    service.resumable = False
    service.fail("csv", *[Fault(keep=100)] * 3)
    with pytest.raises(DownloadError, match=r"cut short, 100 of .* Tried 3 time"):
        fetch(address, tmp_path, "table.csv", PATIENT)
    assert not (tmp_path / "table.csv").exists()


def test_the_copy_held_survives_every_failure(address, tmp_path, service):
    fetch(address, tmp_path, "table.csv", PATIENT)
    service.files[PATH] = TABLE + b"2026,1\n"
    page = Fault(200, b"<html>Sign in</html>")
    quick = replace(PATIENT, timeout=0.3)
    for limits, *faults in (
        (PATIENT, *[Fault(keep=9)] * 3),
        (PATIENT, *[Fault(503)] * 3),
        (PATIENT, page),
        (quick, *[Fault(pause=0.6)] * 3),
    ):
        service.fail("csv", *faults)
        with pytest.raises(DownloadError):
            fetch(address, tmp_path, "table.csv", limits)
        assert (tmp_path / "table.csv").read_bytes() == TABLE


def test_a_packed_file_is_kept_packed_and_named_so(address, tmp_path, service):
    service.files[PATH] = gzip.compress(TABLE, mtime=0)
    found = fetch(address, tmp_path, "table.csv", PATIENT)
    assert found.path.name == "table.csv.gz"
    assert gzip.decompress(found.path.read_bytes()) == TABLE


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<!DOCTYPE html><title>Sign in to your account</title>", "a web page"),
        (b"\xef\xbb\xbf \n<html>", "a web page"),
        (b"", "gave nothing where data was expected"),
        (b'{"title": "ok"}', "where data was expected"),
    ],
)
def test_something_else_than_data_is_refused(address, tmp_path, service, body, says):
    service.fail("csv", Fault(200, body))
    with pytest.raises(DownloadError, match=says):
        fetch(address, tmp_path, "table.csv", PATIENT)
    assert left_in(tmp_path) == []


def test_a_redirection_to_a_sign_in_page_is_refused(address, tmp_path, service):
    service.files["/sign-in"] = b"<!doctype html><h1>Sign in</h1>"
    service.fail("csv", Fault(302, headers={"Location": "/sign-in"}))
    with pytest.raises(DownloadError, match="sign-in page, perhaps"):
        fetch(address, tmp_path, "table.csv", PATIENT)


def test_a_redirection_to_the_file_is_followed(address, tmp_path, service):
    service.files["/blob"] = TABLE
    service.fail("csv", Fault(302, headers={"Location": "/blob"}))
    assert fetch(address, tmp_path, "table.csv", PATIENT).path.read_bytes() == TABLE


def test_a_redirection_off_https_is_refused(address, tmp_path, service):
    service.fail("csv", Fault(302, headers={"Location": "http://example.org/table.csv"}))
    with pytest.raises(
        DownloadError, match=r"http://example\.org/table\.csv is not an https"
    ):
        fetch(address, tmp_path, "table.csv", PATIENT)


@pytest.mark.parametrize(
    ("url", "before"),
    [
        ("http://www.gov.uk/file.csv", ""),
        ("ftp://www.gov.uk/file.csv", ""),
        ("file:///etc/passwd", ""),
        ("https:///file.csv", ""),
        ("http://127.0.0.1/file.csv", "https://www.gov.uk/page"),
    ],
)
def test_addresses_that_are_not_fetched(url, before):
    with pytest.raises(DownloadError, match="not an https address"):
        require_allowed(url, before)


def test_a_file_announced_too_large_is_not_begun(address, tmp_path, service):
    service.files[PATH] = b"a" * 200_001
    with pytest.raises(DownloadError, match=r"0\.2 MB or more; at most 0\.2 MB are taken"):
        fetch(address, tmp_path, "table.csv", PATIENT)
    assert left_in(tmp_path) == []


def test_a_file_that_turns_out_too_large_is_stopped(address, tmp_path, service):
    chunk = b"%x\r\n" % 300_000 + b"a" * 300_000 + b"\r\n0\r\n\r\n"
    service.fail("csv", Fault(200, chunk, {"Transfer-Encoding": "chunked"}))
    with pytest.raises(DownloadError, match="MB are taken"):
        fetch(address, tmp_path, "table.csv", PATIENT)
    assert left_in(tmp_path) == []


def test_a_chunked_answer_cut_short_is_asked_for_again(address, tmp_path, service):
    chunk = b"%x\r\n" % 5_000 + b"a" * 100
    headers = {"Transfer-Encoding": "chunked", "Connection": "close"}
    service.fail("csv", Fault(200, chunk, headers))
    assert fetch(address, tmp_path, "table.csv", PATIENT).path.read_bytes() == TABLE


def test_errors_are_told_with_what_to_do(address, tmp_path, service):
    service.fail("csv", Fault(404))
    with pytest.raises(Refused, match=r"answered 404 .* `highneeds data add FILE`"):
        fetch(address, tmp_path, "table.csv", PATIENT)
    assert len(service.asked) == 1


def test_no_network_is_told_at_once_and_leaves_nothing(tmp_path):
    with pytest.raises(Unreachable, match="The figures held are unchanged"):
        fetch("http://127.0.0.1:9/table.csv", tmp_path, "table.csv", PATIENT)
    assert left_in(tmp_path) == []


def test_a_folder_that_cannot_be_written_is_named(address, tmp_path):
    (tmp_path / "taken").write_text("a file")
    with pytest.raises(OutputError, match="Cannot write in"):
        fetch(address, tmp_path / "taken" / "cache", "table.csv", PATIENT)


def test_a_damaged_record_is_only_a_reason_to_fetch_again(address, tmp_path):
    fetch(address, tmp_path, "table.csv", PATIENT)
    (tmp_path / "table.csv.json").write_text(json.dumps(["not", "a", "record"]))
    assert fetch(address, tmp_path, "table.csv", PATIENT).path.read_bytes() == TABLE
