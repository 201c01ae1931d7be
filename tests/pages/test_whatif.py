"""The what-if page in a browser: every control against the library, files, keys, access."""

import re
from dataclasses import replace

import nbformat.v4 as v4
import numpy as np
import pytest

from highneeds.answers.projection import project
from highneeds.errors import UsageError
from highneeds.own.figures import OwnFigures
from highneeds.own.read import read_own
from highneeds.panel.panel import load_panel
from highneeds.panel.reorganisation import Reorganisation
from highneeds.panel.vintage import vintage
from highneeds.periods import FinancialYear
from highneeds.report.answers import Report
from highneeds.report.html import page as page_of
from highneeds.report.what_if_section import FILE, what_if
from highneeds.scenario.scenario import Scenario, scenario_path
from highneeds.whatif.bands import as_projected
from highneeds.whatif.controls import ASSUMPTIONS, MEASURES, own_fields
from highneeds.whatif.page import whatif_page, whatif_projection, write_whatif
from tests.pages.conftest import LAPTOP, PHONE
from tests.pages.test_accessibility import serious

# A usual one, and one of which only the change of a balance is known.
USUAL, CHANGE_ONLY = "Somerset", "Westmorland and Furness"
# An agreement; no block; a balance carried for years; a January that cannot be right; a
# count of plans of unknown placement; the largest; a block that a council stated.
MORE = (
    "Kent",
    "City of London",
    "Buckinghamshire",
    "Nottingham",
    "Camden",
    "Birmingham",
    "Bedford",
    "Isles of Scilly",
)
SLOW = [pytest.param(name, marks=pytest.mark.slow) for name in MORE]
AREAS = (USUAL, CHANGE_ONLY, *SLOW)
# Of the other one all controls are moved at once.
ONE = (USUAL, pytest.param(CHANGE_ONLY, marks=pytest.mark.slow), *SLOW)
DRAWS = 100
PENNY = 0.01
COLUMNS = ("plans", "spending", "block", "in_year", "balance", "with_grant")


@pytest.fixture(scope="module")
def panel():
    return load_panel()


@pytest.fixture(scope="module")
def made(panel, tmp_path_factory):
    """A function that makes the page of an authority once: its run, and its path."""
    kept = {}
    folder = tmp_path_factory.mktemp("whatif")

    def make(area):
        if area not in kept:
            result = whatif_projection(panel, area, draws=DRAWS)
            kept[area] = result, write_whatif(result, folder / f"{result.area.slug}.html")
        return kept[area]

    return make


@pytest.fixture(scope="module")
def axe():
    module = pytest.importorskip(
        "axe_playwright_python.sync_playwright",
        reason="needs axe-playwright-python: pip install -e .[dev]",
    )
    return module.Axe()


def shown(page):
    """Every figure of the table by year, in full, with its ends where it has a range."""
    return page.locator("#years tbody tr").evaluate_all(
        """rows => rows.map(row => [...row.querySelectorAll("td")].map(cell =>
            ["value", "low", "high"].map(name =>
                cell.dataset[name] === undefined ? null : Number(cell.dataset[name]))))"""
    )


def told(result):
    """What the library has for the same cells: central case and range."""
    futures, central = result.futures, result.central
    series = {
        name: (getattr(futures, name), getattr(central, name)[:, 0])
        for name in ("spending", "block", "in_year", "balance")
    }
    series["with_grant"] = (None, central.balance_with_grant[:, 0])
    plans = (futures.stock.sum(axis=(1, 2)), central.stock.sum(axis=(1, 2))[:, 0])
    ahead = result.vintage.counted_years
    rows = []
    for step in range(len(result.years)):
        cells = [(*plans, step - ahead)] if step >= ahead else [None]
        cells += [(*series[name], step) for name in COLUMNS[1:]]
        rows.append(cells if result.has_money else cells[:2])
    return rows


def check(page, result, *, ends=0.1):
    """The page's central case to the penny; each end within a tenth of the range."""
    for now, then in zip(shown(page), told(result), strict=True):
        for (value, low, high), cell in zip(now, then, strict=True):
            if cell is None:
                continue
            futures, central, step = cell
            assert value == pytest.approx(central[step], abs=PENNY, rel=0)
            if low is None or ends is None:
                continue
            p10, p90 = sorted_ends(futures[step])
            width = p90 - p10
            # Of what is all but certain no tenth can be taken.
            if width > 1e-4 * abs(central[step]):
                assert abs(low - p10) <= ends * width
                assert abs(high - p90) <= ends * width


def sorted_ends(values):
    from highneeds.model.quantiles import quantiles_of

    return quantiles_of(values, [0.1, 0.9])


def saved(page, button, folder):
    """The file as the page saves it."""
    with page.expect_download() as download:
        page.locator(button).click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def written(page, text, folder):
    """The same file from the text beside it, which is quicker."""
    path = folder / f"{text}.toml"
    path.write_text(page.locator(f"#{text}").input_value(), "utf-8")
    return path


def put(page, name, value):
    page.locator(f"#c-{name.replace('.', '-')}").fill(str(value))


def room(page, slider):
    """The most that a control takes on this page."""
    return float(page.locator(f"#c-{slider.name}").get_attribute("max"))


def put_back(page):
    page.locator("#reset").click()


def in_library(panel, result, scenario=None, own=None):
    """The same run with the files that the page saved."""
    return project(
        panel,
        result.area,
        scenario and Scenario.load(scenario),
        until=result.until.label,
        draws=result.draws,
        seed=result.seed,
        own=own and read_own(own, panel, result.area),
    )


def moved_to(estimate):
    """Half-way to an end that is not the centre, in the model's unit."""
    if estimate.low < estimate.central:
        return (estimate.low + estimate.central) / 2
    return estimate.central + 0.05


@pytest.mark.parametrize("area", ONE)
def test_every_assumption_moves_the_page_as_it_moves_the_library(
    opened, made, panel, tmp_path, area
):
    result, path = made(area)
    with opened(path) as page:
        check(page, result, ends=1e-6)
        for one in ASSUMPTIONS:
            if not page.locator(f"#c-{one.name.replace('.', '-')}").count():
                assert not result.has_money
                continue
            value = moved_to(result.scenario.assumptions[one.name])
            put(page, one.name, round(value * one.factor, 4))
            file = written(page, "text", tmp_path)
            found = in_library(panel, result, file)
            assert found.scenario.assumptions[one.name].central == pytest.approx(value)
            check(page, found)
            put_back(page)
        check(page, result, ends=1e-6)


@pytest.mark.parametrize("area", ONE)
def test_policies_and_measures_likewise(opened, made, panel, tmp_path, area):
    result, path = made(area)
    with opened(path) as page:
        page.locator("#controls summary").click()
        if result.has_money:
            page.locator("#grant").check()
            check(page, in_library(panel, result, written(page, "text", tmp_path)))
            put_back(page)
            page.locator("#later").fill("50")
            check(page, in_library(panel, result, written(page, "text", tmp_path)))
            put_back(page)
        for one in MEASURES:
            if one.name == "block_transfer" and not result.has_money:
                continue
            if one.name == "special_places":
                assert page.locator("#c-special_places").is_disabled()
                page.locator("#limit").check()
            put(page, one.name, room(page, one) / 2)
            found = in_library(panel, result, written(page, "text", tmp_path))
            assert [each.kind for each in found.scenario.measures] == [one.name]
            check(page, found)
            put_back(page)


@pytest.mark.parametrize("area", ONE)
def test_own_figures_likewise(opened, made, panel, tmp_path, area):
    """In a file of their own, which the library reads beside the scenario's."""
    result, path = made(area)
    with opened(path) as page:
        for place, one in enumerate(own_fields(result), 1):
            field = page.locator(f"#own-{place}")
            field.fill(str(millions_of(result, one)))
            own = written(page, "own-text", tmp_path)
            found = in_library(panel, result, own=own)
            assert [each.measure for each in found.own.figures] == [one.measure]
            check(page, found)
            field.fill("")
        check(page, result, ends=1e-6)


def millions_of(result, field):
    """A figure near what the central case has, and not it."""
    step = result.years.index(field.year)
    central = result.central
    series = {
        "high_needs_spending_gbp": central.spending,
        "high_needs_forecast_outturn_gbp": central.spending,
        "high_needs_block_before_deductions_gbp": central.block,
        "usable_reserves_gbp": central.block,
    }.get(field.measure, central.balance)
    return round(float(series[step, 0]) * 0.97 / 1e6, 3)


@pytest.mark.parametrize("area", [USUAL, "Bedford"])
def test_what_a_stated_figure_pins_is_measured_where_it_moves_nothing(panel, area):
    """An outturn is stated without the places that the department funds itself."""
    result = whatif_projection(panel, area, draws=1)
    for one in own_fields(result):
        if one.pins:
            own = OwnFigures(result.area, (as_projected(result, one),), "", "")
            stated = project(panel, result.area, draws=1, own=own)
            for name in ("spending", "block", "balance"):
                np.testing.assert_allclose(
                    getattr(stated.central, name), getattr(result.central, name), atol=PENNY
                )


@pytest.mark.parametrize("area", AREAS)
def test_all_of_it_at_once_agrees_to_the_penny(opened, made, panel, tmp_path, area):
    result, path = made(area)
    with opened(path) as page:
        page.locator("#controls summary").click()
        page.locator("#limit").check()
        for one in ASSUMPTIONS:
            if page.locator(f"#c-{one.name.replace('.', '-')}").count():
                value = moved_to(result.scenario.assumptions[one.name])
                put(page, one.name, round(value * one.factor, 4))
        for one in MEASURES:
            if result.has_money or one.name != "block_transfer":
                put(page, one.name, room(page, one) / 3)
        if result.has_money:
            page.locator("#grant").check()
            page.locator("#later").fill("35")
        for place, one in enumerate(own_fields(result), 1):
            page.locator(f"#own-{place}").fill(str(millions_of(result, one)))
        before = shown(page)
        files = [saved(page, each, tmp_path) for each in ("#save", "#save-own")]
        check(page, in_library(panel, result, *files), ends=None)
    with opened(path) as page:
        for file in files:
            page.locator("#load").set_input_files(file)
        page.wait_for_function("document.getElementById('save-own').disabled === false")
        again = shown(page)
        assert [[c[0] for c in row] for row in again] == [
            [c[0] for c in row] for row in before
        ]


RICH = """
name = "rich"
title = "Levers of every kind"
extends = "reform_path"

[policies]
limit_special_places = true
spread_agreement = true
stability_grant = {{ switched_on = true }}
later_deficits = {{ share = 0.5 }}

[assumptions.request_surge]
low = 0.0
central = 0.05
high = 0.1

[[measures]]
name = "Bases"
kind = "mainstream_places"
most = 0.1
starts = "{closed}"
full = "{later}"
delivery_chance = 0.7
cost_to_achieve_gbp = 2_000_000.0

[[measures]]
name = 'A "new" school'
kind = "special_places"
most = 120.0
starts = "{running}"
full = "{later}"
delivery_chance = 0.8

[[one_offs]]
name = "Move"
year = "{later}"
gbp = 1.5e6
"""


def own_of_every_kind(closed, running, january):
    """Rows of a file of own figures: each moves the projection in a way of its own."""
    rows = [
        f"dsg_balance_gbp,{closed.shift(-1)},-68000000,,",
        f"high_needs_balance_gbp,{closed},-91000000,,",
        f"high_needs_block_before_deductions_gbp,{running},101000000,,",
        f"grants_rolled_in_gbp,{running},4500000,,",
        f"schools_block_transfer_gbp,{running},1900000,,",
        f"high_needs_spending_gbp,{closed},118000000,,section_251_net",
        f"high_needs_forecast_outturn_gbp,{running},160000000,,all_places",
        f"ehc_plans,{january.day},6400,,",
        f"ehc_plans,{january}-10-30,6950,,",
        f"ehc_assessment_requests,{january.shift(-1)},1500,,",
        f"new_ehc_plans,{january.shift(-1)},720,,",
        f"special_school_places,{running},1250,,",
        f"unit_cost_gbp,{closed},81000,independent_special,",
        f"usable_reserves_gbp,{closed},70000000,,",
        f"safety_valve_payment_gbp,{running},3000000,,",
        f"council_contribution_gbp,{closed},1000000,,",
    ]
    return "\n".join(["measure,at,value,placement,coverage", *rows])


def test_own_figures_and_levers_of_every_kind_agree_to_the_penny(opened, panel, tmp_path):
    closed = FinancialYear(vintage(panel).census.end)
    running, later = closed.shift(1), closed.shift(3)
    text = RICH.format(closed=closed, running=running, later=later)
    (tmp_path / "rich.toml").write_text(text, "utf-8")
    rows = own_of_every_kind(closed, running, vintage(panel).census)
    (tmp_path / "own.csv").write_text(rows, "utf-8")
    chosen = Scenario.load(tmp_path / "rich.toml")
    own = read_own(tmp_path / "own.csv", panel, USUAL)
    result = whatif_projection(panel, USUAL, chosen, draws=1, own=own)
    with opened(write_whatif(result, tmp_path / "page.html", chosen)) as page:
        check(page, result, ends=None)
        # The cost that the authority states cannot be assumed otherwise.
        assert not page.locator("#c-unit_cost_independent_special_gbp").count()
        put(page, "price_growth_independent_special", 6.5)
        page.locator("#own-1").fill("-99.9")
        files = [written(page, each, tmp_path) for each in ("text", "own-text")]
        check(page, in_library(panel, result, *files), ends=None)
        before = shown(page)
        page.locator("#own-4").fill("1")
        assert "from 16." in page.locator("#own-4-fault").inner_text()
        page.locator("#own-4").fill("")
        assert shown(page) == before


@pytest.mark.slow
def test_an_area_put_together_has_a_page_without_own_figures(opened, panel, tmp_path):
    (tmp_path / "new.toml").write_text(NEW_AREA, "utf-8")
    wider = panel.reorganised(Reorganisation.load(tmp_path / "new.toml"))
    result = whatif_projection(wider, "Royal Vale", draws=10)
    assert own_fields(result) == ()
    with opened(write_whatif(result, tmp_path / "page.html")) as page:
        check(page, result, ends=1e-6)
        assert not page.get_by_text("Your own figures").is_visible()
        put(page, "price_growth_other", 5)
        file = written(page, "text", tmp_path)
        check(page, in_library(wider, result, file), ends=None)


NEW_AREA = """
name = "Made up"
effective = "2027-04-01"

[[areas]]
name = "Royal Vale"
made_of = ["Reading", "West Berkshire", "Wokingham"]
"""


def test_a_shipped_scenario_is_the_same_by_name_by_file_and_in_the_library(
    opened, made, panel
):
    result, path = made(USUAL)
    with opened(path) as page:
        beside = {
            row.get_attribute("data-scenario"): row
            for row in page.locator("#beside tbody tr[data-scenario]").all()
        }
        names = [one for one in Scenario.shipped() if not Scenario.load(one).example]
        assert [name for name in beside if name] == names
        for name in names:
            page.locator("#from").select_option(name)
            chosen = shown(page)
            found = in_library(panel, result, scenario_path(name))
            check(page, found, ends=1e-6)
            page.locator("#load").set_input_files(scenario_path(name))
            page.get_by_text(f"Loaded the scenario of {name}.toml").wait_for()
            assert shown(page) == chosen


HEAD = 'name = "a"\ntitle = "A"\n'
FAULTY = {
    f"{HEAD}[assumptions.no_such]\ncentral = 1.0": "no assumption no_such",
    f'{HEAD}extends = "nowhere"': "extends nowhere",
    'name = "a"\nname = "b"': "Line 2: name is given twice",
    'name = "a\ntitle': "Line 1: a text has no end",
    f"{HEAD}[assumptions.request_growth]\ncentral = 0.2": "not in order",
    f"{HEAD}example = true": "invented",
    f'{HEAD}[[one_offs]]\nname = "x"\nyear = "2027-28"\ngbp = -1e9': "would be below",
    'area = "Kent"\n[[figures]]\nmeasure = "x"\nat = "2025-26"\nvalue = 1': "of Somerset",
}


def test_what_cannot_be_loaded_is_refused_in_words_and_changes_nothing(
    opened, made, tmp_path
):
    _, path = made(USUAL)
    with opened(path) as page:
        before = shown(page)
        for place, (text, words) in enumerate(FAULTY.items()):
            file = tmp_path / f"{place}.toml"
            file.write_text(text, "utf-8")
            page.locator("#load").set_input_files(file)
            fault = page.locator("#load-fault", has_text=file.name)
            fault.wait_for()
            assert words in fault.inner_text()
            assert shown(page) == before


def test_a_number_beyond_its_limits_is_said_and_not_used(opened, made):
    _, path = made(USUAL)
    with opened(path) as page:
        before = shown(page)
        put(page, "price_growth_other", 400)
        number = page.locator("#c-price_growth_other")
        assert number.get_attribute("aria-invalid") == "true"
        assert "-10 to 30" in page.locator("#c-price_growth_other-fault").inner_text()
        assert shown(page) == before


def test_the_keyboard_alone_moves_and_says_what_came_of_it(opened, made):
    _, path = made(USUAL)
    with opened(path) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.innerText") == "Skip to the controls"
        page.keyboard.press("Enter")
        reached = set()
        for _ in range(90):
            page.keyboard.press("Tab")
            here = page.evaluate(
                "[document.activeElement.tagName, document.activeElement.type ?? '', "
                "document.activeElement.id || document.activeElement.labels?.[0]?.id || "
                "document.activeElement.getAttribute('aria-labelledby') || '']"
            )
            reached.add(tuple(here))
            if here[0] == "BODY":
                break  # round once
            if here == ["INPUT", "range", "c-price_growth_other-label"]:
                page.keyboard.press("ArrowRight")
        enabled = page.locator("main :is(input, select, button, summary):enabled:visible")
        assert len(reached) >= enabled.count()
        assert page.locator("#c-price_growth_other").input_value() == "3.1"
        assert (
            page.locator("#changes").inner_text()
            == "Growth of all other prices a year, 3% to 3.1%"
        )
        worse = page.locator("#said", has_text=re.compile(r"That is £\d+\.\dm worse"))
        worse.wait_for(state="attached")


@pytest.mark.parametrize("width", [LAPTOP, PHONE])
def test_the_page_has_no_serious_fault_and_fits(opened, made, axe, width):
    _, path = made(USUAL)
    with opened(path, width=width) as page:
        page.locator("#controls summary").click()
        put(page, "price_growth_other", 5)
        assert serious(page, axe) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert path.stat().st_size < 1_500_000


def test_on_a_telephone_no_table_is_cut_and_each_cell_names_its_column(opened, made):
    _, path = made(USUAL)
    with opened(path, width=PHONE) as page:
        for name, column in (("years", "Spending"), ("beside", "EHC plans, January 2030")):
            assert page.locator(f"#{name}").evaluate(
                "one => one.parentElement.scrollWidth <= one.parentElement.clientWidth"
            )
            labels = (
                page.locator(f"#{name} tbody tr")
                .first.locator("td")
                .evaluate_all("cells => cells.map(cell => cell.dataset.label)")
            )
            assert column in labels
            # Its longest line, a range, is whole.
            high, cells = page.locator(f"#{name} td span").evaluate_all(
                "all => [Math.max(...all.map(one => one.clientHeight)), all.length]"
            )
            assert cells
            assert high < 2 * 20


def test_in_a_report_it_works_within_the_page_and_as_a_file_beside_it(
    opened, made, axe, tmp_path
):
    result, path = made(USUAL)
    framed = what_if(Report(result), result.scenario, tmp_path)
    assert (tmp_path / FILE).read_text("utf-8") == path.read_text("utf-8") == framed.page
    data, about = framed._repr_mimebundle_()
    output = v4.new_output("display_data", data=data, metadata=about)
    cells = [v4.new_markdown_cell("# A"), v4.new_code_cell("b", outputs=[output])]
    whole = page_of(v4.new_notebook(cells=cells), title="A report", pictures={})
    (tmp_path / "report.html").write_text(whole, "utf-8")
    with opened(tmp_path / "report.html", width=PHONE) as page:
        within = page.frame_locator("iframe")
        before = within.locator("#answer").inner_text()
        within.locator("#c-price_growth_other").fill("5")
        assert within.locator("#answer").inner_text() != before
        within.locator(".skip").press("Enter")
        assert within.locator(":focus").get_attribute("id") == "controls"
        assert saved_in(page, within, tmp_path).startswith('name = "what_if"')
        assert serious(page, axe) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
        page.locator(f'a[href="{FILE}"]').click()
        assert page.locator("h1").inner_text() == f"What if: high needs in {USUAL}"


def saved_in(page, within, folder):
    """What a page within a page saves."""
    with page.expect_download() as download:
        within.locator("#save").click()
    download.value.save_as(folder / "saved.toml")
    return (folder / "saved.toml").read_text("utf-8")


def test_without_its_script_the_page_says_so(opened, made):
    _, path = made(USUAL)
    with opened(path, java_script_enabled=False) as page:
        assert "script is switched off" in page.locator("header").inner_text()
        assert not page.locator("#controls").is_visible()


@pytest.mark.parametrize("area", ["England", "South West"])
def test_a_region_is_refused_in_words(panel, area):
    with pytest.raises(UsageError, match=r"is no local authority\. A what-if page"):
        whatif_projection(panel, area)


def test_the_same_run_gives_the_same_page(panel, made):
    result, path = made(USUAL)
    assert whatif_page(replace(result)) == path.read_text("utf-8")
