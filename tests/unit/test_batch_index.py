"""The index: everything in the page as written, escaped, and nothing from outside."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from highneeds.batch.index import index_page
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
    assert "<td>6</td>" in html
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
    assert hackney.count(">[x]<") == 2  # for each child, and the chance
    assert hackney.count('data-sort=""') == 4  # those, the change and the range


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
    assert {one["for"] for one in page.every("label")} == {"measure", "search", "region"}
    assert {one["for"] for one in page.every("label")} <= set(ids)
    assert all(one.get("scope") in ("col", "row") for one in page.every("th"))
    assert len(page.every("caption")) == len(page.every("table")) == 2


def test_the_same_manifest_gives_the_same_page(html):
    other = index_page(manifest(report("202", "Camden")))
    assert other == index_page(manifest(report("202", "Camden")))
    assert other != html
    assert "1 report." in other


def test_a_run_without_one_headline_still_lists_its_reports():
    html = index_page(manifest(report("202", "Camden", headline=None, notebook="09_x")))
    assert '<a href="202-camden/report.html">Camden, 09_x</a>' in html
    assert 'id="map"' not in html
