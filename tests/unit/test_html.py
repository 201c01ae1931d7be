"""The page and its tables: self-contained, accessible, and safe from what names hold."""

import re
from html.parser import HTMLParser

import nbformat.v4 as v4
import pandas as pd
import pytest

from highneeds.report import contents, record_tables
from highneeds.report.assumptions import NOT_VERIFIED, assumptions_table
from highneeds.report.figures_plans import plot_plans
from highneeds.report.headline import headline
from highneeds.report.html import page
from highneeds.report.tables import Column, Table, Words, csv_bytes
from tests.handmade import AREA, HandMade, handmade_growth

HOSTILE = '<script>alert("x")</script>'


class Seen(HTMLParser):
    """Every tag of a page with its attributes."""

    def __init__(self, html):
        super().__init__()
        self.tags = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def of(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def cell(shown, source="hn.show()", **metadata):
    """A code cell that has shown one of our objects."""
    data, about = shown._repr_mimebundle_()
    output = v4.new_output("execute_result", data, metadata=about, execution_count=1)
    return v4.new_code_cell(source, outputs=[output], metadata=metadata)


def whole_page(result=None, pictures=None):
    result = result or HandMade()
    cells = [
        v4.new_markdown_cell(
            "# The notebook's title\n\nFor *whom*. [Terms](../glossary.md)"
        ),
        cell(Words(("not for the page",)), tags=["not-on-page"]),
        cell(headline(result)),
        v4.new_markdown_cell("## What we know\n\nWords."),
        cell(plot_plans(result)),
        cell(contents.balance_table(result)),
        v4.new_markdown_cell("## Run details"),
        cell(contents.missing_figures(result)),
    ]
    return page(v4.new_notebook(cells=cells), title="A title", pictures=pictures or {})


def test_the_page_needs_nothing_from_outside():
    html = whole_page()
    seen = Seen(html)
    for name in ("src", "href", "action", "data", "srcset"):
        for _, attributes in seen.tags:
            assert attributes.get(name, "#").startswith(("#", "data:image/"))
    assert not {"script", "link", "iframe", "object", "form", "base"} & {
        t for t, _ in seen.tags
    }
    assert "@import" not in html
    assert not re.search(r"url\((?!#)", html)
    policy = next(m["content"] for m in seen.of("meta") if "http-equiv" in m)
    assert policy.startswith("default-src 'none'")


def test_the_page_is_laid_out_for_every_reader():
    seen = Seen(whole_page())
    assert seen.of("html") == [{"lang": "en-GB"}]
    assert len(seen.of("h1")) == 1
    ids = [attributes["id"] for _, attributes in seen.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [link["href"].removeprefix("#") for link in seen.of("a")]
    assert links == ["report", "what-we-know", "run-details"]
    assert set(links) <= set(ids)
    for image in seen.of("img"):
        assert len(image["alt"]) >= 40
    # The headline and the balance.
    assert len(seen.of("caption")) == len(seen.of("table")) == 2
    assert {heading["scope"] for heading in seen.of("th")} == {"col", "row"}


def test_the_contents_name_each_part_of_a_section_once():
    source = "## What could happen\n\n### The gap\n\n## How far\n\n### The gap"
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell(source)])
    html = page(notebook, title="A title", pictures={})
    seen = Seen(html)
    links = [link["href"].removeprefix("#") for link in seen.of("a")[1:]]
    assert links == ["what-could-happen", "the-gap", "how-far", "the-gap-again"]
    ids = [attributes["id"] for _, attributes in seen.tags if "id" in attributes]
    assert ids == ["report", *links]
    assert html.index("<ul>") < html.rindex("<ul>") < html.index('id="what-could-happen"')


def test_a_page_without_sections_has_no_contents():
    notebook = v4.new_notebook(cells=[v4.new_markdown_cell("Words.")])
    assert not Seen(page(notebook, title="A title", pictures={})).of("nav")


def test_the_page_shows_results_and_folds_code_away():
    html = whole_page()
    assert "not for the page" not in html
    assert "The notebook&#39;s title" not in html
    assert "The notebook's title" not in html
    assert html.index('class="hn-cards"') < html.index("What we know")
    assert html.index("<details") > html.index('id="run-details"')
    assert "Terms" in html  # the words stay, the link to another file does not


def test_a_chart_is_drawn_in_the_page_where_there_is_a_drawing():
    assert "data:image/png;base64," in whole_page()
    chart = plot_plans(HandMade())
    html = whole_page(pictures={"plans": chart.svg(), "narrow/plans": chart.narrow_svg()})
    assert "data:image" not in html.split("<body>")[1]
    seen = Seen(html)
    drawn = seen.of("svg")
    assert [one["class"] for one in drawn] == ["hn-svg wide", "hn-svg narrow"]
    assert {one["aria-label"] for one in drawn} == {chart.alt}
    assert html.count("<style") == 1
    # Letters are letters: the words of the title are in the page, once for each drawing.
    assert html.count(">1 in 10 above<") == 2
    ids = [attributes["id"] for _, attributes in seen.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for name in re.findall(r'(?:url\(|href=")#(\w[^")]*)', html):
        assert name in ids


def test_a_page_says_when_it_was_made_and_that_it_is_a_draft():
    done = v4.new_notebook(cells=[cell(headline(HandMade()))])
    html = page(done, title='Ten "draft" </style>', pictures={}, made="3 March 2026")
    assert "Made on 3 March 2026." in html
    assert html.count("</style>") == 1
    running = re.search(r"@top-left { content: (.*?); font", html)[1]
    assert "Draft for discussion" in running


@pytest.mark.parametrize(
    "made",
    [
        lambda: contents.balance_table(HandMade(area=hostile_area())).html(),
        lambda: headline(HandMade(area=hostile_area())).html(),
        lambda: record_tables.growth_table(
            handmade_growth((HOSTILE, "b", "c", "d"))
        ).html(),
        lambda: Words((HOSTILE,)).html(),
        lambda: whole_page(HandMade(area=hostile_area())),
    ],
)
def test_a_hostile_name_is_shown_as_text(made):
    html = made()
    assert "<script" not in html
    assert "&lt;script&gt;" in html


def hostile_area():
    return type(AREA)("999", HOSTILE, "la", "E12000009", "South West")


def test_html_that_is_not_ours_is_shown_as_text():
    foreign = v4.new_output(
        "execute_result",
        {"text/html": HOSTILE, "text/plain": f"as text {HOSTILE}"},
        execution_count=1,
    )
    stream = v4.new_output("stream", text=HOSTILE)
    cells = [
        v4.new_markdown_cell(f"Raw {HOSTILE} in prose, [a link](javascript:alert(1))"),
        v4.new_code_cell("x", outputs=[foreign, stream]),
    ]
    html = page(v4.new_notebook(cells=cells), title=HOSTILE, pictures={})
    assert "<script" not in html
    assert "javascript:" not in html
    assert "as text &lt;script&gt;" in html


def test_a_table_explains_its_shorthand_and_keeps_a_missing_figure_missing():
    frame = pd.DataFrame({"name": ["a", "b"], "gbp": [float("nan"), -1.5e6]})
    columns = (Column("name", "Name"), Column("gbp", "Money", "millions"))
    table = Table("t", "A caption", columns, frame)
    assert table.cells() == [["a", "[x]"], ["b", "−£1.5m"]]
    assert table.footnotes() == [
        "[x] = not available: the files used hold no figure and none can be derived."
    ]
    assert '<span class="n">−£1.5m</span>' in table.html()


def test_an_assumption_without_a_verified_source_is_marked():
    table = assumptions_table(HandMade())
    assert table.flagged == (False, True, True)  # a guess, and a claim with no source
    support = [row[-1] for row in table.cells()]
    assert [text.startswith(NOT_VERIFIED) for text in support] == [
        False,
        True,
        True,
    ]
    assert "2 of 3 assumptions have no verified source" in table.notes[1]
    assert NOT_VERIFIED in repr(table)
    assert table.html().count('class="flag"') == 2


def test_published_balances_have_no_range():
    rows = contents.balance_table(HandMade()).cells()
    assert rows[0] == ["31 March 2022", "published", "−£9.0m", "[z]", "[z]"]
    # On the page what does not apply is left blank, and a note says so.
    page = contents.balance_table(HandMade()).html()
    assert "[z]" not in page
    assert '<td class="number" data-label="8 in 10 futures"></td>' in page
    assert "Blank = not applicable: a published or fixed figure has no range." in page
    assert rows[-1] == [
        "31 March 2028",
        "projected",
        "−£70.0m",
        "−£79.0m to −£61.0m",
        "more than 99%",
    ]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1+1", "-1-1", "@SUM()", "\tx", "\rx", "\uff1d1"]
)
def test_csv_text_is_never_a_formula(text):
    assert (
        csv_bytes(pd.DataFrame({"a": [text]}))
        .decode()
        .splitlines(True)[1:][0]
        .lstrip('"')
        .startswith("'")
    )


def test_csv_leaves_numbers_alone():
    frame = pd.DataFrame({"n": [-1.5, float("nan")], "t": ["plain", None]})
    assert csv_bytes(frame) == b"n,t\n-1.5,plain\n,\n"
