"""The index: everything in the page as written, escaped, and nothing from outside."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from highneeds.batch.headline import headline as read_headline
from highneeds.batch.index import TILE, index_page
from highneeds.batch.index_table import index_table
from highneeds.batch.tiles import tiles
from tests.batches import headline, manifest, report

HOSTILE = '</script><script>alert(1)</script><img src=x onerror="alert(1)">'


class Page(HTMLParser):
    """What a browser would take from a page: elements, links, ids, text by element."""

    def __init__(self, html):
        super().__init__()
        self.found, self.text, self._open = [], {}, []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        self._open.append(tag)

    def handle_endtag(self, tag):
        if tag in self._open:
            while self._open.pop() != tag:
                pass

    def handle_data(self, data):
        if self._open:
            self.text[self._open[-1]] = self.text.get(self._open[-1], "") + data

    def every(self, tag):
        return [attrs for name, attrs in self.found if name == tag]

    @property
    def links(self):
        return [attrs["href"] for attrs in self.every("a")]


@pytest.fixture(scope="module")
def html():
    return index_page(
        manifest(
            report("202", "Camden"),
            report("203", "Greenwich", headline=headline(30e6)),
            report("204", "Hackney", headline=headline(-1e6, level=False)),
            report(
                "209",
                "Lewisham",
                state="failed",
                outputs={},
                headline=None,
                cell=6,
                error="KeyError: 'x' <b>",
            ),
        )
    )


@pytest.fixture(scope="module")
def page(html):
    return Page(html)


def test_every_report_and_workbook_is_linked(page):
    for folder in ("202-camden", "203-greenwich", "204-hackney"):
        assert page.links.count(f"{folder}/report.html") == 2  # map and table
        assert page.links.count(f"{folder}/workbook.xlsx") == 1
    assert not [link for link in page.links if "209-lewisham" in link]


def test_a_failure_is_shown_with_its_cell_and_error(page, html):
    assert "#failures" in page.links
    assert "KeyError: &#39;x&#39; &lt;b&gt;" in html
    assert 'data-label="Cell">6</td>' in html
    squares = {one["id"]: one["class"] for one in page.every("g")}
    assert squares["t209"] == "tile failed"
    assert squares["t210"] == "tile none"  # not asked for


def test_the_map_says_its_values_in_words_too(page):
    labels = {one.get("aria-label") for one in page.every("a")}
    # -20m over 40,000 children; 30m over 40,000.
    assert {"Camden: −£500", "Greenwich: £750", "Lewisham: report failed"} <= labels
    assert "Hackney: no figure" in labels  # only the change of its balance is known


def test_a_figure_that_does_not_exist_is_not_nought(html):
    hackney = html.split('<tr data-code="204">')[1].split("</tr>")[0]
    assert "change −£1.0m" in hackney
    assert hackney.count(">[x]<") == 3  # with the grant, for each child, the chance
    assert hackney.count('data-sort=""') == 5  # those, the change and the range


def test_an_authority_that_no_grant_is_drawn_for_says_so():
    bare = {**headline(-20e6), "balance_with_grant": None}
    html = index_page(manifest(report("202", "Camden"), report("203", "G", headline=bare)))
    camden, other = (html.split(f'<tr data-code="{code}">')[1] for code in ("202", "203"))
    camden, other = (text.split("</tr>")[0] for text in (camden, other))
    assert "none drawn" in other
    assert "none drawn" not in camden


def test_nothing_is_fetched_and_only_our_script_may_run(page, html):
    outside = [link for link in page.links if re.match(r"\w+:|//", link)]
    assert outside == []
    assert not {"img", "link", "iframe", "object"} & {tag for tag, _ in page.found}
    assert not any("src" in attrs or "style" in attrs for _, attrs in page.found)
    policy = page.every("meta")[1]["content"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in policy
    for tag in ("script", "style"):
        held = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(held[0].encode()).digest()).decode()
        assert len(held) == 1
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_names_titles_and_errors_cannot_break_out():
    made = manifest(
        report("202", HOSTILE, region=HOSTILE),
        report("203", HOSTILE, state="failed", headline=None, error=HOSTILE),
    )
    made["scenarios"][0]["title"] = HOSTILE
    html = index_page(made)
    assert Page(html).every("script") == [{"type": "application/json", "id": "layers"}, {}]
    assert not Page(html).every("img")
    assert html.count("alert(1)") == html.count("&lt;script&gt;alert(1)") + html.count(
        "alert(1)&#34;&gt;"
    )


def test_the_map_layers_are_readable_json(html):
    held = re.search(r'id="layers">(.*?)</script>', html, re.DOTALL)[1]
    layers = {one["name"]: one for one in json.loads(held)}
    assert set(layers) == {"per_child", "chance", "balance", "gap", "growth"}
    assert layers["per_child"]["tiles"]["202"][1:] == ["−500", "−£500"]
    assert layers["per_child"]["without"] == 1
    assert sum(step["areas"] for step in layers["growth"]["legend"]) == 3


def test_structure_that_a_screen_reader_needs(page, html):
    assert html.startswith('<!DOCTYPE html>\n<html lang="en-GB">')
    assert len(page.every("h1")) == 1
    ids = [attrs["id"] for _, attrs in page.found if "id" in attrs]
    assert len(ids) == len(set(ids))
    labelled = {one["for"] for one in page.every("label")}
    assert labelled == {"measure", "search", "region", "order"} <= set(ids)
    assert all(one.get("scope") in ("col", "row") for one in page.every("th"))
    assert len(page.every("caption")) == len(page.every("table")) == 2


def test_the_same_manifest_gives_the_same_page(html):
    other = index_page(manifest(report("202", "Camden")))
    assert other == index_page(manifest(report("202", "Camden")))
    assert other != html
    assert "1 report." in other


def test_a_run_without_one_headline_still_lists_its_reports():
    html = index_page(manifest(report("202", "Camden", headline=None, notebook="09_x")))
    assert '<a href="202-camden/report.html">Camden: x</a>' in html
    assert 'id="map"' not in html


def region(code, area, **more):
    made = {"level": "region", "region": "", "headline": None, "notebook": "09_regional"}
    return report(code, area, **{**made, **more})


MIXED = manifest(
    report("202", "Camden"),
    report("202", "Camden", headline=None, notebook="03_drivers", folder="202-camden-03"),
    report("203", "Greenwich", headline=None, notebook="03_drivers"),
    region("E12000001", "North East"),
    region("E12000007", "London", state="failed", outputs={}, cell=4, error="KeyError"),
    region("E92000001", "England", level="england", notebook="10_england"),
)


def part(html, heading):
    """The section under one heading, as a page of its own."""
    found = re.search(
        rf'<h2 id="[a-z]*-heading">{heading}.*?</h2>(.*?)</section>', html, re.S
    )
    return found[1]


def test_england_and_the_regions_come_first_and_each_leads_to_its_report():
    html = index_page(MIXED)
    headings = re.findall(r"<h2.*?>(.*?)</h2>", html)
    assert headings == [
        "England and regions",
        "Map",
        "Authorities",
        "Other reports",
        "Reports that failed",
    ]
    places = part(html, "England and regions")
    rows = re.findall(r'<tr><th scope="row">(.*?)</th>', places)
    assert [re.sub("<.*?>", "", row) for row in rows] == ["England", "London", "North East"]
    links = Page(places).links
    for folder in ("E92000001-england", "E12000001-north east"):
        assert f"{folder}/report.html" in links
        assert f"{folder}/workbook.xlsx" in links


def test_a_region_shows_what_its_authorities_add_up_to():
    # -5.25bn over 40,000 children (a made figure) is -£131,250 for each.
    made = region("E12000001", "North East", headline=headline(-5.25e9, spread=1e9))
    html = part(index_page(manifest(made, region("E12000007", "London"))), "England and r")
    north, london = html.split("<tr>")[2:4][::-1]
    cells = re.findall(r'<td class="number".*?>(.*?)</td>', north)
    assert cells == [
        *("2,000", "3,000", "50%", "−£5.0m", "−£5.25bn"),
        # 0.9 of the balance: as if a grant of a tenth were paid.
        *("−£6.25bn to −£4.25bn", "−£4.72bn", "−£131,250"),
    ]
    assert re.findall(r'<td class="number".*?>(.*?)</td>', london) == ["[x]"] * 8


def test_a_region_whose_report_failed_says_so_in_both_places():
    html = index_page(MIXED)
    places = part(html, "England and regions")
    assert Page(places).links.count("#failures") == 1
    assert "E12000007-london" not in html
    assert "London (E12000007)" in part(html, "Reports that failed")
    assert "KeyError" in html
    assert "5 reports, and" in html


def test_further_reports_on_an_authority_stand_in_its_row():
    html = index_page(MIXED)
    row = html.split('<tr data-code="202">')[1].split("</tr>")[0]
    assert '<a href="202-camden-03/report.html" aria-label="Camden: drivers">' in row
    assert html.count('<tr data-code="202">') == 1
    assert Page(part(html, "Other reports")).links == ["203-greenwich/report.html"]


def test_a_run_of_regions_only_has_no_map_and_no_table_of_authorities():
    html = index_page(
        manifest(region("E12000001", "North East"), region("E12000007", "London"))
    )
    assert re.findall(r"<h2.*?>(.*?)</h2>", html) == ["England and regions"]
    assert "2 reports." in html


def test_two_reports_on_a_region_are_told_apart():
    html = index_page(
        manifest(
            region("E12000007", "London"),
            region("E12000007", "London", notebook="mine", folder="e12000007-london-mine"),
        )
    )
    assert ">London: regional</a>" in html
    assert ">London: mine</a>" in html


def test_the_map_is_cropped_to_the_authorities_of_the_run(page):
    place = {tile.la_code: tile for tile in tiles()}
    run = [place[code] for code in ("202", "203", "204", "209")]
    columns, rows = {one.column for one in run}, {one.row for one in run}
    inside = {
        code
        for code, one in place.items()
        if min(columns) <= one.column <= max(columns) and min(rows) <= one.row <= max(rows)
    }
    assert {one["id"][1:] for one in page.every("g")} == inside
    svg = page.every("svg")[0]
    assert int(svg["width"]) == TILE * (max(columns) - min(columns) + 1)
    assert int(svg["height"]) == TILE * (max(rows) - min(rows) + 1)


def test_rows_are_in_the_order_of_the_alphabet():
    html = index_page(manifest(report("202", "Zeta"), report("203", "Alpha")))
    assert html.index('data-sort="Alpha"') < html.index('data-sort="Zeta"')


def test_the_index_says_whose_the_later_cost_is_and_how_england_lies():
    own = headline(-5e6) | {"balance_year": "2027-28"}
    html = index_page(manifest(report("202", "Camden", headline=own)))
    assert "Balance at 31 March 2028" in html
    assert "31 March 2030" not in html
    assert "Block less spending, 2029-30, whoever carries it" in html
    assert "England under this model" in html


def test_the_index_gives_the_median_authority_and_the_chance_of_each_report(html):
    """Central balances of −20m, 30m and a change: the middle of two is their mean."""
    foot = Page(re.search(r"<tfoot>.*?</tfoot>", html, re.S)[0])
    assert "Median of 3" in foot.text["th"]
    assert "£5.0m" in foot.text["td"]
    row = Page(re.search(r'<tr data-code="202">.*?</tr>', html, re.S)[0])
    assert "more than 99%" in row.text["td"]  # not the class of the map


def test_a_report_without_a_balance_says_why(html):
    row = re.search(r'<tr data-code="204">.*?</tr>', html, re.S)[0]
    assert "Change since 31 March 2024, not a balance." in row
    assert "not a balance" not in re.search(r'<tr data-code="202">.*?</tr>', html, re.S)[0]


def test_the_index_as_a_table_has_every_report_and_every_reason():
    failed = {"state": "failed", "outputs": {}, "headline": None, "error": "KeyError: 'x'"}
    table = index_table(
        manifest(
            report("202", "Camden"),
            report("204", "Hackney", headline=headline(-1e6, level=False)),
            report("209", "Lewisham", **failed),
            report("202", "Camden", headline=None, notebook="03_drivers"),
        )
    )
    assert list(table["balance_gbp"].fillna(0)) == [-20e6, 0, 0, 0]
    assert table["balance_change_gbp"][1] == -1e6
    assert table["balance_per_child_gbp"][0] == -20e6 / 40_000
    assert table["chance_of_deficit"][0] == 1.0
    reasons = list(table["reason"])
    assert reasons[0] == ""
    assert [
        words in said
        for words, said in zip(
            ["not a balance", "KeyError", "no headline"], reasons[1:], strict=True
        )
    ] == [True] * 3


def test_the_headline_is_the_record_that_the_run_wrote():
    wrote = {"headline.json": b'{"until": "2029-30"}', "results.csv": b"nothing,here"}
    assert read_headline(wrote) == {"until": "2029-30"}
    assert read_headline({"results.csv": b"measure,year"}) is None
