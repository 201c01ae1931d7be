"""What is done is decided by what was written down, whatever a killed run left lying."""

import hashlib
import json

import pytest

from highneeds import atomic
from highneeds.batch.journal import JOURNAL, WORK, Journal, read_manifest
from highneeds.errors import OutputError
from highneeds.notebook.folder import MANIFEST

FILES = {"report.html": b"<p>", "figures/a.svg": b"<svg>", "manifest.json": b"12:00"}


@pytest.fixture
def journal(tmp_path):
    made = Journal(tmp_path)
    made.start(resume=False)
    return made


def resumed(journal):
    again = Journal(journal._run)
    again.start(resume=True)
    return again


def test_a_published_report_is_whole_and_done(journal, tmp_path):
    journal.publish("202-camden", FILES, {"children": 3})
    assert (tmp_path / "202-camden" / "figures" / "a.svg").read_bytes() == b"<svg>"
    again = resumed(journal)
    assert again.done("202-camden")
    assert again.records == journal.records
    # Its own manifest tells the time and is no sign of what was made.
    assert set(again.records["202-camden"].outputs) == {"report.html", "figures/a.svg"}


def test_a_folder_that_nothing_was_written_down_about_is_not_done(journal, tmp_path):
    (tmp_path / "886-kent").mkdir()
    (tmp_path / "886-kent" / "report.html").write_text("half")
    assert not resumed(journal).done("886-kent")


@pytest.mark.parametrize("change", ["edited", "deleted", "emptied"])
def test_a_report_changed_since_is_made_again(journal, tmp_path, change):
    journal.publish("202-camden", FILES, None)
    page = tmp_path / "202-camden" / "report.html"
    if change == "deleted":
        page.unlink()
    else:
        page.write_bytes(b"<P>" if change == "edited" else b"")
    assert not resumed(journal).done("202-camden")


@pytest.mark.parametrize("theirs", ["workbook.xlsx", "my notes.txt"])
def test_what_a_reader_changed_or_added_is_kept_beside_the_report(
    journal, tmp_path, theirs
):
    files = {"report.html": b"<p>", "workbook.xlsx": b"PK"}
    hashes = {name: hashlib.sha256(one).hexdigest() for name, one in files.items()}
    files["manifest.json"] = json.dumps({"outputs": hashes}).encode()
    assert journal.publish("202-camden", files, None) == ""
    # Made anew over what it made itself: nothing to keep.
    assert journal.publish("202-camden", files, None) == ""
    for number in (1, 2):
        (tmp_path / "202-camden" / theirs).write_bytes(b"notes %d" % number)
        kept = journal.publish("202-camden", files, None)
        assert kept == f"202-camden-kept-{number}"
        assert (tmp_path / kept / theirs).read_bytes() == b"notes %d" % number
        assert (
            atomic.sha256(tmp_path / "202-camden" / "report.html") == hashes["report.html"]
        )
    assert resumed(journal).done("202-camden")


def test_a_failure_is_kept_but_is_not_done(journal):
    journal.fail("886-kent", 5, "KeyError: 'x'")
    again = resumed(journal)
    assert not again.done("886-kent")
    assert (again.records["886-kent"].cell, again.records["886-kent"].error) == (
        5,
        "KeyError: 'x'",
    )


def test_a_report_made_after_it_failed_is_done(journal):
    journal.fail("202-camden", 5, "no memory")
    journal.publish("202-camden", FILES, None)
    assert resumed(journal).done("202-camden")


@pytest.mark.parametrize("kept", range(0, 60, 7))
def test_a_line_cut_off_half_way_is_as_if_never_written(journal, tmp_path, kept):
    journal.publish("202-camden", FILES, None)
    first = (tmp_path / JOURNAL).read_bytes()
    journal.publish("886-kent", FILES, None)
    second = (tmp_path / JOURNAL).read_bytes()[len(first) :]
    (tmp_path / JOURNAL).write_bytes(first + second[:kept])
    again = resumed(journal)
    assert again.done("202-camden")
    assert not again.done("886-kent")
    # What is written next does not run into the rest of that line.
    again.publish("933-somerset", FILES, None)
    assert resumed(again).done("933-somerset")


def test_what_a_killed_run_left_is_cleared(journal, tmp_path):
    journal.publish("202-camden", FILES, None)
    (tmp_path / WORK).mkdir()
    (tmp_path / WORK / "scratch").write_text("x")
    atomic.staged_for(tmp_path / "886-kent").mkdir()
    (tmp_path / ".index.html.k3v9x2a_.highneeds-part").write_text("<ht")
    camden = tmp_path / "202-camden"
    camden.rename(atomic.aside_of(camden))
    assert resumed(journal).done("202-camden")  # put back: it was aside, not gone
    assert sorted(path.name for path in tmp_path.iterdir()) == ["202-camden", JOURNAL]


def test_what_others_keep_in_a_runs_folder_is_left_alone(journal, tmp_path):
    theirs = (
        *(".git/HEAD", ".idea/x.xml", ".work/notes.txt", ".886-kent.old/report.html"),
        *(".886-kent.new/report.html", ".index.html.k3v9x2a_", ".journal-notes.md"),
        ".notes.highneeds-new.txt",
    )
    for name in theirs:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("theirs")
    for again in (False, True):
        Journal(tmp_path).start(resume=again)
    held = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    assert held == {*theirs, JOURNAL}


def test_a_file_where_the_workers_scratch_would_be_is_not_deleted(journal, tmp_path):
    (tmp_path / WORK).write_text("theirs")
    with pytest.raises(OutputError, match="highneeds-work is a file"):
        Journal(tmp_path).start(resume=True)
    assert (tmp_path / WORK).read_text() == "theirs"


def test_a_finished_run_is_known_from_its_manifest(journal, tmp_path):
    journal.publish("202-camden", FILES, None)
    reports = [{"la_code": "202", **vars(journal.records["202-camden"])}]
    journal.finish({"run": "r", "reports": reports}, {"index.html": b"<html>"})
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "202-camden",
        "index.html",
        MANIFEST,
    ]
    assert read_manifest(tmp_path)["reports"][0]["folder"] == "202-camden"
    assert resumed(journal).done("202-camden")


def test_a_run_begun_anew_forgets_what_was_done(journal):
    journal.publish("202-camden", FILES, None)
    anew = Journal(journal._run)
    anew.start(resume=False)
    assert not anew.done("202-camden")


@pytest.mark.parametrize("content", [None, "", "{}", "[]", json.dumps({"run": "r"})])
def test_a_folder_without_a_finished_run_is_refused(tmp_path, content):
    if content is not None:
        (tmp_path / MANIFEST).write_text(content)
    with pytest.raises(OutputError, match="not the folder of a finished batch"):
        read_manifest(tmp_path)
