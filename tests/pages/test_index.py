"""The index in a browser: search, sort, map, links and keys do what they say."""

import json
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from benchmarks.small import small_notebook
from highneeds.batch.index import index_page
from highneeds.batch.plan import Plan
from highneeds.batch.run import run_batch
from tests.pages.conftest import DESK, PHONE
from tests.pages.whole_run import FAILED, NO_BLOCK, whole_run

MANIFEST = whole_run()
HEADED = {
    one["area"]: one
    for one in MANIFEST["reports"]
    if one["level"] == "la" and one["headline"]
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder of a small batch, as the command makes it."""
    folder = tmp_path_factory.mktemp("run")
    areas = ["Camden", "City of London", "Hartlepool"]
    plan = Plan.make(areas=areas, notebooks=[str(small_notebook(folder))])
    outcome = run_batch(plan, out=folder)
    assert (outcome.made, outcome.failed) == (3, 0)
    return outcome.folder


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    """The index of a run of everything, without its reports."""
    path = tmp_path_factory.mktemp("whole") / "index.html"
    path.write_text(index_page(MANIFEST), encoding="utf-8")
    return path


def names(page):
    """Authorities of the rows that can be seen, in order."""
    shown = page.locator("#reports tbody tr:visible th").all_inner_texts()
    # Under a name may stand why there is no balance.
    return [text.split("\n")[0] for text in shown]


def in_region(name):
    return sorted(area for area, one in HEADED.items() if one["region"] == name)


def test_every_link_leads_to_a_file(opened, made):
    with opened(made / "index.html") as page:
        links = page.locator("a").evaluate_all(
            "all => all.map(one => new URL(one.getAttribute('href'), location).href)"
        )
        assert page.locator("svg a").count() == 3
        # To the table, and it as CSV; the map; report, CSV, notebook.
        assert len(links) == 2 + 3 + 3 * 3
        for link in links:
            parts = urlsplit(link)
            assert parts.scheme == "file"
            assert Path(unquote(parts.path)).is_file(), link
            if parts.fragment:
                assert page.locator(f"#{parts.fragment}").count() == 1
        page.locator("svg a", has_text="Camden").click()
        assert page.locator("h1").inner_text() == "Camden: what a small batch makes"


def test_the_real_balance_is_on_the_page(opened, made):
    manifest = json.loads((made / "manifest.json").read_text("utf-8"))
    camden = next(one for one in manifest["reports"] if one["area"] == "Camden")
    balance = camden["headline"]["balance"]["central"]
    with opened(made / "index.html") as page:
        row = page.locator("tr[data-code='202']").inner_text()
        assert f"{abs(balance) / 1e6:,.1f}m" in row
        assert names(page) == ["Camden", "City of London", "Hartlepool"]
        assert page.locator(".tile").count() < 60  # only the part of England in question


def test_search_narrows_the_rows_and_says_how_many(opened, index):
    with opened(index) as page:
        found = page.locator("#found")
        assert found.inner_text() == f"{len(HEADED)} of {len(HEADED)} shown"
        page.get_by_label("Search").fill("  NORTH  east ")
        assert names(page) == ["Bath and North East Somerset", "North East Lincolnshire"]
        assert found.inner_text() == f"2 of {len(HEADED)} shown"
        # The rest of the map stands back.
        assert page.locator(".tile:not(.away)", has_text="NE Lincs").count() == 1
        assert page.locator(".tile.away", has_text="Camden").count() == 1
        page.get_by_label("Search").fill("202")
        assert names(page) == ["Camden"]
        page.get_by_label("Search").fill("no such place")
        assert names(page) == []
        assert found.inner_text() == f"0 of {len(HEADED)} shown"


def test_a_region_narrows_the_rows_and_goes_with_a_search(opened, index):
    with opened(index) as page:
        page.get_by_label("Region", exact=True).select_option("South West")
        assert names(page) == in_region("South West")
        page.get_by_label("Search").fill("glouc")
        assert names(page) == ["Gloucestershire", "South Gloucestershire"]
        page.get_by_label("Region", exact=True).select_option("")
        page.get_by_label("Search").fill("")
        assert len(names(page)) == len(HEADED)


def balance(found):
    """Closing balance in pounds; none where there is only a change, or no block."""
    return found["balance"]["central"] if found["balance"] and found["level"] else None


def per_child(found):
    pounds = balance(found)
    return None if pounds is None else pounds / found["children"]


def chance(found):
    return None if balance(found) is None else found["chance"]


COLUMNS = {
    "Plans, January 2025": lambda found: found["plans"][0],
    "Plans, January 2030": lambda found: found["plans"][1],
    "Growth": lambda found: found["plans"][1] / found["plans"][0],
    "Block less spending, 2029-30": lambda found: found["gap"],
    "Balance at 31 March 2030": balance,
    "With the announced grant": lambda found: (
        found["balance_with_grant"] if balance(found) is not None else None
    ),
    "For each child under 18": per_child,
    "Chance of a deficit": chance,
}


def test_every_column_of_numbers_sorts_both_ways_and_no_figure_comes_last(opened, index):
    with opened(index) as page:
        buttons = page.locator("#reports thead button").all_inner_texts()
        assert buttons == ["Authority", "Region", *COLUMNS]
        for heading, figure in COLUMNS.items():
            values = {name: figure(one["headline"]) for name, one in HEADED.items()}
            known = sorted(value for value in values.values() if value is not None)
            nothing = [None] * (len(HEADED) - len(known))
            button = page.get_by_role("button", name=heading, exact=True)
            for expected, way in ((known, "ascending"), (known[::-1], "descending")):
                button.click()
                shown = [values[name] for name in names(page)]
                assert shown == [*expected, *nothing], heading
                marks = page.locator("#reports thead th[aria-sort]").evaluate_all(
                    "all => all.map(one => one.ariaSort)"
                )
                assert [mark for mark in marks if mark != "none"] == [way]


def test_columns_of_words_sort_by_the_alphabet(opened, index):
    with opened(index) as page:
        by_name = sorted(HEADED)
        assert names(page) == by_name  # as it is opened, and so marked
        page.get_by_role("button", name="Authority").click()
        assert names(page) == by_name[::-1]
        page.get_by_role("button", name="Region").click()
        regions = [HEADED[name]["region"] for name in names(page)]
        assert regions == sorted(regions)


def test_a_sort_keeps_the_search(opened, index):
    with opened(index) as page:
        page.get_by_label("Search").fill("glouc")
        page.get_by_role("button", name="Authority").click()
        assert names(page) == ["South Gloucestershire", "Gloucestershire"]


def painted(page):
    """Squares by colour, and the number that the legend gives each colour."""
    return page.evaluate("""() => {
        const squares = {}, legend = {};
        for (const tile of document.querySelectorAll(".tile")) {
            if (tile.matches(".none, .failed")) continue;
            const fill = getComputedStyle(tile.querySelector("rect")).fill;
            (squares[fill] ??= []).push(tile.dataset.area);
        }
        for (const item of document.querySelectorAll("#legend li")) {
            const number = item.innerText.match(/\\((\\d+)\\)/);
            const fill = getComputedStyle(item.querySelector(".key")).backgroundColor;
            if (number) legend[fill] = Number(number[1]);
        }
        return [squares, legend];
    }""")


def red_over_blue(colour):
    red, _, blue = (int(part) for part in colour[4:-1].split(","))
    return red > blue


MEASURES = {
    "per_child": (per_child, True),
    "chance": (chance, False),
    "balance": (balance, True),
    "gap": (lambda found: found["gap"], True),
    "growth": (COLUMNS["Growth"], False),
}


def test_the_measure_recolours_map_and_legend(opened, index):
    layers = json.loads(
        index.read_text("utf-8").split('id="layers">')[1].split("</script>")[0]
    )
    assert [one["name"] for one in layers] == list(MEASURES)
    with opened(index) as page:
        chooser, seen = page.get_by_label("Coloured by"), []
        for layer in layers:
            figure, signed = MEASURES[layer["name"]]
            values = {name: figure(one["headline"]) for name, one in HEADED.items()}
            known = {name for name, value in values.items() if value is not None}
            chooser.select_option(layer["title"])
            squares, legend = painted(page)
            assert {name for held in squares.values() for name in held} == known
            assert {fill: len(held) for fill, held in squares.items()} == legend
            # A colour is one stretch of values: none of another colour lies within it.
            ends = sorted(
                (min(values[one] for one in held), max(values[one] for one in held))
                for held in squares.values()
            )
            assert all(before[1] < after[0] for before, after in pairwise(ends))
            if signed:
                for fill, held in squares.items():
                    for name in held:
                        assert red_over_blue(fill) == (values[name] < 0), name
            seen.append(page.locator("#legend").inner_text())
        assert len(set(seen)) == len(MEASURES)
        assert page.locator("#t886").get_attribute("class") == "tile failed"
        assert page.locator("#t201 a").get_attribute("aria-label").startswith(NO_BLOCK)


def test_a_failure_is_found_from_the_map(opened, index):
    with opened(index) as page:
        page.locator("#t886 a").click()
        assert page.url.endswith("#failures")
        assert FAILED in page.locator("#failures table").inner_text()


def focused(page):
    return page.evaluate("document.activeElement.innerText ?? ''").strip()


def test_the_keyboard_reaches_the_table_and_sorts_it(opened, index):
    with opened(index) as page:
        page.keyboard.press("Tab")
        assert focused(page) == "Skip to the table"
        assert page.locator(".skip").bounding_box()["x"] >= 0  # and can be seen
        page.keyboard.press("Enter")
        assert page.url.endswith("#table")
        for _ in range(10):
            page.keyboard.press("Tab")
            if focused(page).startswith("Growth"):
                break
        page.keyboard.press("Enter")
        growth = page.locator("#reports thead th", has_text="Growth")
        assert growth.get_attribute("aria-sort") == "ascending"
        page.keyboard.press("Space")
        assert growth.get_attribute("aria-sort") == "descending"
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert outline == "solid"


def test_the_page_is_whole_without_its_script(opened, index):
    with opened(index, java_script_enabled=False) as page:
        assert names(page) == sorted(HEADED)
        assert page.locator(".tile .value:visible").count() == 153
        assert len(page.locator("#legend li").all()) == 8  # seven colours, and none
        for label in ("Search", "Region", "Coloured by"):
            assert not page.get_by_label(label, exact=True).is_visible()


SCROLLS = """() => [...document.querySelectorAll('body, body *')]
    .filter(one => one.scrollWidth > one.clientWidth + 1)
    .filter(one => getComputedStyle(one).overflowX !== 'visible')
    .map(one => one.getAttribute('aria-label') ?? one.tagName)"""


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_nothing_is_wider_than_the_window(opened, index, width):
    with opened(index, width=width) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(SCROLLS) == []


def test_a_telephone_has_cards_that_name_their_figures_and_an_order(opened, index):
    with opened(index, width=PHONE) as page:
        camden = page.locator("tr[data-code='202']")
        headings = page.locator("#reports thead th").all_text_contents()[1:-1]
        named = camden.locator("td[data-label]").evaluate_all(
            """all => all.map(
                one => [one.dataset.label, getComputedStyle(one, '::before').content]
            )"""
        )
        assert named == [[one, f'"{one}"'] for one in headings]
        assert page.locator(".tile text:visible").count() == 0
        assert page.locator(".tile:visible").count() == 153
        order = page.get_by_label("In order of")
        (heading,) = (one for one in headings if one.startswith("Balance"))
        order.select_option(label=f"{heading}: lowest first")
        found = [balance(HEADED[name]["headline"]) for name in names(page)]
        given = [one for one in found if one is not None]
        assert given == sorted(given)
        order.select_option(label="Authority: Z to A")
        assert names(page) == sorted(HEADED, reverse=True)


def test_england_and_regions_stand_first(opened, index):
    with opened(index) as page:
        headings = page.locator("h2").all_inner_texts()
        assert headings == [
            "England and regions",
            "Map",
            "Authorities",
            "Reports that failed",
        ]
        table = page.get_by_role("region", name="England and regions")
        places = table.locator("tbody th").all_inner_texts()
        assert places[0] == "England"
        assert places[1:] == sorted(places[1:])
        assert len(places) == 10
        assert table.locator("thead th").count() == 10  # eight figures between two others
