"""Every name the package exports imports, and says what it is as its users need it."""

import inspect
import re

import pytest

import highneeds as hn

ROOMS = {"evidence", "notebook", "profile", "report"}
NAMES = sorted(set(hn.__all__) - {"__version__"} - ROOMS)
OF_ROOMS = [(room, name) for room in sorted(ROOMS) for name in getattr(hn, room).__all__]
# A library call says what comes back; what a notebook shows is told by its first line.
SHOWN = tuple(f"highneeds.{room}" for room in ROOMS)
SECTION = r"^(Parameters|Returns|Raises|Attributes|Notes)\n-{6,}$"
RESEARCH = {
    *("inspection_link", "closing_checks", "missing_cells", "repaired_cells"),
    "stock_flow_identity",
}


@pytest.mark.parametrize("name", NAMES)
def test_an_exported_name_imports_and_is_documented(name):
    thing = getattr(hn, name)
    assert thing.__name__ == name
    text = inspect.getdoc(thing) or ""
    first, _, rest = text.partition("\n")
    assert first.endswith("."), text
    assert rest == "" or rest.startswith("\n"), "a blank line follows the summary"
    if inspect.isfunction(thing) and not thing.__module__.startswith(SHOWN):
        assert re.search(SECTION, text, re.MULTILINE), text


@pytest.mark.parametrize(("room", "name"), OF_ROOMS)
def test_a_name_of_a_room_imports_and_is_documented(room, name):
    thing = getattr(getattr(hn, room), name)
    assert thing.__name__ == name
    assert (inspect.getdoc(thing) or "").partition("\n")[0].endswith(".")


def test_what_a_researcher_needs_is_exported():
    assert set(NAMES) >= RESEARCH


def test_a_name_that_is_not_exported_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'inspection_stat'"):
        _ = hn.inspection_stat
