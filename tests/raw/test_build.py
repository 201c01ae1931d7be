"""The pipeline from published files to embedded tables is repeatable."""

import shutil

import pytest

from highneeds import atomic, home
from highneeds.errors import SourceError
from highneeds.panel.build import build

MANAGED = "inspections/ofsted_area_send_management_information_2023.csv"


@pytest.fixture
def linked(raw_dir, tmp_path):
    """The published files again, one of them a copy that a test may change."""
    raw = tmp_path / "raw"
    for path in raw_dir.rglob("*"):
        if path.is_file():
            place = raw / path.relative_to(raw_dir)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(path)
    (raw / MANAGED).unlink()
    shutil.copyfile(raw_dir / MANAGED, raw / MANAGED)
    return raw


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture
def out(tmp_path):
    """The data folder of the last build, which the committed tables are."""
    shutil.copytree(home.data_dir() / "tables", tmp_path / "data" / "tables")
    return tmp_path / "data"


def test_a_build_repeats_the_committed_tables_and_names_a_changed_file(linked, out):
    committed = contents(out / "tables")
    # So that no table can be one that was there before.
    for name in set(committed) - {"sources.csv"}:
        (out / "tables" / name).unlink()
    before = atomic.sha256(linked / MANAGED)
    with (linked / MANAGED).open("ab") as stream:
        stream.write(b"\n")
    after = atomic.sha256(linked / MANAGED)
    changed = build(linked, out)
    assert len(changed) == 1
    assert changed[0].startswith("inspections_management_information_2023: ")
    # Only the list of sources tells of it, by its hash: no figure has changed.
    built = contents(out / "tables")
    built["sources.csv"] = built["sources.csv"].replace(after.encode(), before.encode())
    assert sorted(built) == sorted(committed)
    assert [name for name in built if built[name] != committed[name]] == []
    assert after.encode() in (out / "tables" / "sources.csv").read_bytes()


def test_a_faulty_file_leaves_the_tables_as_they_were(linked, out):
    before = contents(out / "tables")
    text = (linked / MANAGED).read_text("utf-8-sig")
    (linked / MANAGED).write_text(text.replace("Inspection.outcome", "Outcome"), "utf-8")
    with pytest.raises(SourceError, match=r"Inspection\.outcome"):
        build(linked, out)
    assert contents(out / "tables") == before
    assert [path.name for path in out.iterdir() if path.name.startswith(".")] == []
