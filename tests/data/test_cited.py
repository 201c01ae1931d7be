"""Where published figures came from: each part of a report names its files, and rightly."""

import re

import pytest

import highneeds as hn
from highneeds import home
from highneeds.own.figures import OwnFigure, OwnFigures
from highneeds.panel.held import Figure, Held
from highneeds.report.answers import REPORT, Report
from highneeds.report.chart import Chart
from highneeds.report.cited import with_sources
from highneeds.report.contents import balance_table
from highneeds.report.figures_money import plot_balance
from highneeds.report.headline import Headline
from highneeds.report.provenance import sources_table
from highneeds.report.tables import Folded, Table

# Of the releases themselves, as data/SOURCES.md lists them: what each table or chart shows
# of Somerset, and the publication in which the department printed it.
SELECTED = "Section 251 outturn 2023-24: selected lines"
SUMMARIES = (
    "Dedicated schools grant allocations: local authority summaries, 2019-20 to 2023-24"
)
NET = "Section 251 outturn 2024-25: net spending of authorities, summed by group"
PERCENT = "SEND and AP dashboard: DSG carried forward as a percentage of the grant"
SEN2 = "Education, health and care plans, Reporting year {}"
EXPECTED = {
    "headline": (
        ("DSG balance", "31 March 2024", SELECTED),
        ("EHC plans", "January 2026", SEN2.format(2026)),
    ),
    "balance": (
        ("DSG balance", "31 March 2024", SELECTED),
        ("DSG balance (derived)", "31 March 2020 to 31 March 2022", PERCENT),
    ),
    "past": (("high needs block", "2019-20 to 2023-24", SUMMARIES),),
    "money": (("section 251 outturn", "2024-25", NET),),
    "plans": (
        ("EHC plans", "January 2026", SEN2.format(2026)),
        ("EHC plans", "January 2019 to January 2025", SEN2.format(2025)),
    ),
    "needs": (("EHC plans by primary need", "January 2025", SEN2.format(2025)),),
    "similar_areas": (
        (
            "inspections (2023 framework)",
            "",
            "Area SEND full inspections, reports published May 2023 to June 2026",
        ),
        ("plans issued within 20 weeks", "2024", SEN2.format(2025)),
        ("balance of the dedicated schools grant", "31 March 2024", SELECTED),
    ),
    "lsrp14": (
        ("EHC plans by type of school or setting", "January 2026", SEN2.format(2026)),
    ),
}
PUBLISHED = ("observed", "derived", "repaired", "reported")


def parts_of(report):
    """Every table and chart of page and workbook, unfolded, and the headline; by name."""
    for answer in REPORT:
        for part in getattr(report, answer.name):
            shown = part.table if isinstance(part, Folded) else part
            if isinstance(shown, (Chart, Headline, Table)):
                yield getattr(shown, "name", "headline"), shown
    for table in report.tables():
        yield table.name, table


@pytest.fixture(scope="module")
def panel():
    return hn.load_panel()


@pytest.fixture(scope="module")
def somerset(panel):
    return [*parts_of(Report(hn.project(panel, "Somerset", draws=20)))]


@pytest.fixture(scope="module")
def stating(panel):
    """Somerset with a balance and plans of its own, beyond what is published."""
    figures = (
        OwnFigure("dsg_balance_gbp", "2024-25", -60e6),
        OwnFigure("ehc_plans", "2026-11-14", 6_500),
    )
    own = OwnFigures(panel.area("Somerset"), figures, "mine.xlsx", "0" * 64)
    return [*parts_of(Report(hn.project(panel, "Somerset", draws=20, own=own)))]


def test_a_figure_is_from_the_publication_that_printed_it(somerset):
    for name, expected in EXPECTED.items():
        shown = [part.sources for found, part in somerset if found == name]
        assert shown
        for sources in shown:
            said = [(one.what, one.when, one.publication) for one in sources.cited]
            assert {*expected} <= {*said}, name


def test_every_file_named_is_listed_and_its_row_can_be_gone_to(somerset):
    listed = (home.data_dir() / "SOURCES.md").read_text("utf-8")
    rows = re.findall(r'<tr id="([^"]+)">', sources_table(linked=True).html())
    cited = [one for _, part in somerset for one in of(part)]
    assert cited
    for one in cited:
        heading = f"## {one.source_id}\n\n- Publication: {one.publication}\n"
        assert heading in listed
        assert rows.count(f"source-{one.source_id}") == 1


def of(part):
    sources = getattr(part, "sources", None)
    return sources.cited if sources else ()


def test_no_table_or_chart_of_published_years_is_without_its_line(somerset):
    for name, part in somerset:
        if isinstance(part, Table) and "status" in part.frame:
            assert of(part) or not part.frame["status"].isin(PUBLISHED).any(), name
    drawn = {name for name, part in somerset if isinstance(part, Chart) and of(part)}
    assert drawn == {
        *("balance", "in_year", "growth", "plans", "mix", "bridge", "scenarios"),
    }


def test_own_figures_are_named_as_own_and_not_as_published(stating):
    named = dict(stating)
    for name in ("headline", "balance"):
        sources = named[name].sources
        assert "31 March 2025" not in " ".join(one.when for one in sources.cited)
        own = "own, not published: DSG balance of 31 March 2025 (from mine.xlsx)."
        assert own in str(sources)
        assert own in sources.html()
    drawn = next(p for n, p in stating if n == "plans" and isinstance(p, Chart))
    assert drawn.sources.own == ("EHC plans of 14 November 2026",)


def test_what_was_worked_out_is_not_called_published(somerset):
    for name in ("in_year", "past", "bridge", "closure"):
        for part in (found for one, found in somerset if one == name):
            assert str(part.sources).startswith("Worked out from published figures: ")


def test_a_sum_over_several_authorities_names_the_file_of_each(panel, monkeypatch):
    # As harmonise and reorganised join the files of what they add up.
    result = hn.project(panel, "Somerset", draws=20)
    joined = "s251_selected_lines_2023_24; dsg_summaries"
    monkeypatch.setattr(Held, "figure", lambda *_: Figure(1.0, "£", "derived", joined))
    table = with_sources(balance_table(result), result)
    assert {one.source_id for one in of(table)} == {*joined.split("; ")}


def test_the_line_is_in_the_workbook_too(somerset):
    table = next(part for name, part in somerset if name == "past")
    assert str(table.sources) in table.footnotes("sheet")


def over_the_years(chart):
    """The names over the years of a chart, in their order."""
    names = ("Published", "Derived", "Reported", "Own", "Estimated", "Projected")
    texts = [text.get_text() for text in chart.figure.axes[0].texts]
    return [text for text in texts if text in names]


def test_no_year_is_called_published_over_what_was_worked_out(somerset):
    drawn = {name: part for name, part in somerset if isinstance(part, Chart)}
    # The dashboard prints March 2020 to 2022 as percentages of the grant; the balance of
    # March 2024 is printed in pounds.
    assert over_the_years(drawn["balance"]) == [
        *("Derived", "Published", "Estimated", "Projected"),
    ]
    # Block less spending is printed by nobody; place funding is held for 2021-22 alone.
    assert over_the_years(drawn["in_year"]) == [
        *("Estimated", "Derived", "Estimated", "Projected"),
    ]
    # Every January's plans are printed.
    assert over_the_years(drawn["plans"]) == ["Published", "Projected"]
    for name in ("balance", "in_year"):
        assert "Derived: worked out from published figures." in drawn[name].caption
    assert "Derived" not in drawn["plans"].caption
    assert "points are published or derived, open" in drawn["balance"].caption


def test_a_known_balance_that_was_worked_out_is_not_described_as_published(panel):
    # Of Buckinghamshire no balance is held after March 2022.
    drawn = plot_balance(hn.project(panel, "Buckinghamshire", draws=20))
    assert "The last balance held (derived from published figures) is" in drawn.alt
    assert "published or" not in drawn.caption
