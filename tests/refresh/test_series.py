"""A series is declared by its reader alone, and everything that adds tables knows it."""

import pytest

from highneeds import sources
from highneeds.refresh import recognition
from highneeds.sources import registry
from highneeds.sources.releases import layouts

NEW = """
from highneeds.sources.contract import SourceFile
from highneeds.sources.releases import Layout
from highneeds.sources.series import Series, alone

TRANSPORT = SourceFile("transport_2025", "t.csv", "Home to school transport", "DfE", "2025")
FILES = (TRANSPORT,)
FORM = Layout(
    "transport", "transport_2025", "Home to school transport", ["route"],
    frozenset({"route"}), "Financial year", "transport_gbp", "financial",
)


def read(raw, geography):
    return None


SERIES = (Series("transport", TRANSPORT, alone(read), FORM),)
"""


@pytest.fixture
def forget():
    """What was collected is collected again: before, and after the extra folder is gone."""
    caches = (registry._modules, registry.every_series)
    for one in caches:
        one.cache_clear()
    yield
    for one in caches:
        one.cache_clear()


def test_a_new_reader_is_one_file_and_no_list(tmp_path, monkeypatch, forget):
    (tmp_path / "transport_made_up.py").write_text(NEW)
    monkeypatch.setattr(sources, "__path__", [*sources.__path__, str(tmp_path)])
    assert "transport" in registry.every_series()
    assert "transport_2025" in registry.known_files()
    assert "transport_made_up" in [
        one.__name__.split(".")[-1] for one in registry.readers()
    ]
    said = str(recognition._not_followed("x.csv", ["a"], "its columns are a"))
    assert "transport" in said


def test_each_series_is_of_the_edition_its_layout_names():
    found = registry.every_series()
    assert set(layouts()) <= set(found)
    for key, one in found.items():
        assert one.layout.key == key
        assert one.layout.source_id == one.source.source_id
        assert one.source.source_id in registry.known_files()


def test_a_key_is_of_one_series_and_a_file_of_one_name():
    keys = [one.key for module in registry._modules() for one in module.SERIES]
    assert len(keys) == len(set(keys))
    paths = [one.path for one in registry.known_files().values()]
    assert len(paths) == len(set(paths))
