"""A report's folder: named after what made it, and never taken from its reader."""

import hashlib
import json
import os
from pathlib import Path

import pytest

from highneeds import atomic
from highneeds.errors import OutputError
from highneeds.notebook import evidence, run
from highneeds.notebook.evidence import run_evidence
from highneeds.notebook.run import run_report

MINE = 'name = "mine"\ntitle = "Mine"\nextends = "trend"\n'


def made_by_us(page: bytes = b"<p>", files=(), **said):
    """The files of a report or pack, with the manifest that lists them."""
    files = {"report.html": page, "figures/balance.svg": b"<svg>", **dict(files)}
    outputs = {name: hashlib.sha256(one).hexdigest() for name, one in files.items()}
    record = json.dumps({"outputs": outputs, **said}).encode("utf-8")
    return {**files, "manifest.json": record}


def content(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture
def ran(monkeypatch):
    """Reports without their notebook: the pages asked for, in order."""
    asked = []

    def files(*given, **_):
        asked.append(given[-1])
        return made_by_us(b"<p>%d</p>" % len(asked), kind="evidence pack")

    monkeypatch.setattr(run, "report_files", files)
    monkeypatch.setattr(evidence, "evidence_files", files)
    monkeypatch.setattr(evidence, "require_word", lambda: None)
    return asked


@pytest.mark.parametrize(
    ("area", "notebook", "folder"),
    [
        ("Tower Hamlets", "01_overspend_scenario", "211-tower-hamlets"),
        ("south west", "09_regional_report", "e12000009-south-west"),
        ("E92000001", "10_england", "e92000001-england"),
    ],
)
def test_the_notebook_is_the_one_about_the_area_meant(
    area, notebook, folder, tmp_path, monkeypatch
):
    asked = []

    def files(path, parameters, **_):
        asked.append((path.stem, parameters.area.slug))
        return made_by_us()

    monkeypatch.setattr(run, "report_files", files)
    assert run_report(area, out=tmp_path).parent.name == folder
    assert asked == [(notebook, folder)]


def test_a_report_of_another_scenario_goes_to_a_folder_of_its_own(ran, tmp_path):
    own, clash = tmp_path / "Half term.toml", tmp_path / "reform_path.toml"
    for path in (own, clash):
        path.write_text(MINE, "utf-8")
    out = tmp_path / "out"
    for scenario in ("trend", "reform_path", "Reform path", own, clash):
        run_report("Tower Hamlets", scenario=str(scenario), out=out)
    assert sorted(path.name for path in out.iterdir()) == [
        "211-tower-hamlets",
        "211-tower-hamlets-half-term",
        # A file of one's own is not the shipped scenario of that name.
        "211-tower-hamlets-own-reform-path",
        "211-tower-hamlets-reform-path",
    ]
    assert (out / "211-tower-hamlets" / "report.html").read_bytes() == b"<p>1</p>"


def test_a_report_nobody_touched_is_replaced(ran, tmp_path):
    for _ in range(2):
        page = run_report("Tower Hamlets", out=tmp_path)
    assert page.read_bytes() == b"<p>2</p>"
    # What a file manager leaves behind is nobody's work.
    (page.parent / "Thumbs.db").write_bytes(b"")
    assert run_report("Tower Hamlets", out=tmp_path).read_bytes() == b"<p>3</p>"


def test_a_document_of_the_last_run_goes_and_this_is_said(tmp_path, monkeypatch):
    def run_as(*forms):
        more = {f"report.{form}": form.encode() for form in forms}
        monkeypatch.setattr(run, "report_files", lambda *_, **__: made_by_us(files=more))
        told = []
        page = run_report("Tower Hamlets", out=tmp_path, progress=told.append)
        return page.parent, [line for line in told if line.startswith("Removed")]

    assert run_as("docx")[1] == []
    assert run_as("docx")[1] == []
    folder, told = run_as("pdf")
    # Of other figures than the new page, which no reader could tell from it.
    assert not (folder / "report.docx").exists()
    assert told == [
        "Removed with the last run, and not made again by this one: report.docx. To have "
        "it of this run: --format docx --format pdf"
    ]
    assert run_as("docx", "pdf")[1] == []
    # What a section brought is named without a form to ask for.
    assert run_as("docx", "pdf", "svg")[1] == []
    assert run_as("docx", "pdf")[1] == [
        "Removed with the last run, and not made again by this one: report.svg."
    ]


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("my-notes.txt", "my-notes.txt"),
        ("figures/mine/photo.png", "figures/mine/photo.png"),
        ("report.html", "report.html (changed since it was made)"),
    ],
)
def test_a_report_with_a_readers_own_files_is_refused_before_it_runs(
    ran, tmp_path, file, said
):
    folder = run_report("Tower Hamlets", out=tmp_path).parent
    (folder / file).parent.mkdir(exist_ok=True)
    (folder / file).write_bytes(b"mine")
    before = content(folder)
    with pytest.raises(OutputError) as refused:
        run_report("Tower Hamlets", out=tmp_path)
    for part in (said, str(folder), "Move", "--out", "Nothing was changed"):
        assert part in str(refused.value)
    assert content(folder) == before
    assert len(ran) == 1


def test_the_first_five_of_many_files_are_named(ran, tmp_path):
    folder = tmp_path / "211-tower-hamlets"
    folder.mkdir()
    for number in range(7):
        (folder / f"{number}.txt").touch()
    with pytest.raises(OutputError, match=r"0\.txt, .*4\.txt and 2 more"):
        run_report("Tower Hamlets", out=tmp_path)
    assert ran == []


def test_what_was_added_while_a_report_ran_is_kept(tmp_path, monkeypatch):
    folder = tmp_path / "211-tower-hamlets"

    def files(*_, **__):
        folder.mkdir()
        (folder / "my-notes.txt").write_bytes(b"mine")
        return made_by_us()

    monkeypatch.setattr(run, "report_files", files)
    with pytest.raises(OutputError, match=r"my-notes\.txt"):
        run_report("Tower Hamlets", out=tmp_path)
    assert content(tmp_path) == {"211-tower-hamlets/my-notes.txt": b"mine"}


@pytest.mark.parametrize("content_of_manifest", ["", "[]", '{"outputs": 3}'])
def test_a_manifest_that_lists_nothing_protects_every_file(
    ran, tmp_path, content_of_manifest
):
    folder = run_report("Tower Hamlets", out=tmp_path).parent
    (folder / "manifest.json").write_text(content_of_manifest)
    with pytest.raises(OutputError, match=r"report\.html"):
        run_report("Tower Hamlets", out=tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="Windows lets only some users make links")
def test_a_link_where_the_report_would_go_is_refused(ran, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "211-tower-hamlets").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError, match="is a link"):
        run_report("Tower Hamlets", out=tmp_path)
    assert ran == []


def test_a_file_where_a_folder_would_go_is_refused_before_anything_runs(ran, tmp_path):
    for name in ("prec.csv", "211-tower-hamlets"):
        (tmp_path / name).write_bytes(b"mine")
    with pytest.raises(OutputError, match=r"prec\.csv is a file"):
        run_evidence(out=tmp_path / "prec.csv")
    with pytest.raises(OutputError, match="211-tower-hamlets is a file"):
        run_report("Tower Hamlets", out=tmp_path)
    assert content(tmp_path) == {"prec.csv": b"mine", "211-tower-hamlets": b"mine"}
    assert ran == []


def test_a_pack_with_a_readers_own_files_is_refused(ran, tmp_path):
    folder = run_evidence(out=tmp_path / "pack").parent
    assert run_evidence(out=folder).read_bytes() == b"<p>2</p>"
    (folder / "comments.docx").write_bytes(b"mine")
    with pytest.raises(OutputError, match=r"comments\.docx"):
        run_evidence(out=folder)
    assert len(ran) == 2


def test_a_file_is_never_taken_for_a_folder_to_replace(tmp_path):
    target = tmp_path / "prec.csv"
    target.write_bytes(b"mine")
    with pytest.raises(OutputError, match=r"prec\.csv is a file"):
        atomic.replace_folder(target, {"a": b"a"})
    assert content(tmp_path) == {"prec.csv": b"mine"}


@pytest.mark.parametrize("name", [".pack.highneeds-old", ".pack.highneeds-new"])
def test_a_file_under_a_name_we_use_is_left_alone(tmp_path, name):
    (tmp_path / name).write_bytes(b"mine")
    with pytest.raises(OutputError, match=r"\.pack\.highneeds-(old|new) is a file"):
        atomic.replace_folder(tmp_path / "pack", {"a": b"a"})
    atomic.recover_folder(tmp_path / "pack")
    assert content(tmp_path) == {name: b"mine"}
