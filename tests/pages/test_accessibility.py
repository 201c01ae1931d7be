"""Every kind of page: no serious finding of axe-core, nothing asked of the network."""

import json

import nbformat
import pandas as pd
import pytest

from highneeds import home
from highneeds.batch.compare import compare_page, compare_runs
from highneeds.batch.index import index_page
from highneeds.geography import Geography
from highneeds.refresh import difference
from highneeds.report.change_page import change_page
from highneeds.report.chart import Chart, canvas, drawing, redrawn
from highneeds.report.html import page as report_page
from tests.pages.conftest import DESK, PHONE
from tests.pages.whole_run import headline_of, whole_run

NOTEBOOKS = {path.stem: path for path in sorted(home.notebooks_dir().glob("*.ipynb"))}


def index(_):
    return index_page(whole_run())


def changes(_):
    """Kent's and Surrey's plans revised, and a year that only the later release has."""
    rows = [("886", "2024", 20_000.0), ("936", "2024", 15_000.0)]
    columns = {"measure": "ehc_plans", "breakdown_type": "total", "breakdown": "total"}
    old = pd.DataFrame(rows, columns=["la_code", "year", "value"])
    old = old.assign(status="observed", **columns)
    new = pd.concat([old.assign(value=old["value"] + 7), old.assign(year="2025")])
    found = difference.compare(old, new, Geography.load())
    assert set(found["kind"]) >= {"revision", "new period"}
    return change_page(found, "2025-06", "2026-06", ["Two releases were compared."])


def compared(folder):
    """Two runs of everything, with other costs in the second."""
    old, new = whole_run(), whole_run()
    new["run"], new["inputs"]["assumptions"] = "run-b", {"costs.toml": "b"}
    for place, one in enumerate(new["reports"]):
        if one["headline"]:
            one["headline"] = headline_of(place + 1)
    for name, made in (("a", old), ("b", new)):
        (folder / name).mkdir()
        (folder / name / "manifest.json").write_text(json.dumps(made), "utf-8")
    return compare_page(compare_runs(folder / "a", folder / "b"))


@redrawn
def drawn():
    with drawing():
        figure, axes = canvas("A finding", "What is drawn")
        axes.fill_between([0, 1], [0, 1], [1, 2])
    return Chart("any", "A finding", "A caption", "In words", figure)


def committed(name):
    """A notebook's page, from the outputs committed with it; its drawings are alike."""
    done = nbformat.read(NOTEBOOKS[name], as_version=4)
    outputs = [one for cell in done.cells for one in cell.get("outputs", ())]
    ours = [one.get("metadata", {}).get("highneeds", {}) for one in outputs]
    charts = [one["chart"] for one in ours if "chart" in one]

    def made(_):
        wide, narrow = drawn().svg(), drawn().narrow_svg()
        pictures = dict.fromkeys(charts, wide)
        pictures |= {f"narrow/{name}": narrow for name in charts}
        return report_page(done, title=name.replace("_", " "), pictures=pictures)

    return made


PAGES = {
    "index": index,
    "changes": changes,
    "compare": compared,
    **{name: committed(name) for name in NOTEBOOKS},
}


# What makes up the pages of these is on the others too.
SLOW = {name for name in NOTEBOOKS if name[:2] in ("02", "03", "04", "06", "07", "08")}


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in PAGES
    ],
)
def path(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("page")
    path = folder / f"{request.param}.html"
    path.write_text(PAGES[request.param](folder), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def axe():
    module = pytest.importorskip(
        "axe_playwright_python.sync_playwright",
        reason="needs axe-playwright-python: pip install -e .[dev]",
    )
    return module.Axe()


CUT = """() => [...document.querySelectorAll('.hn-table, .hn-cards, figure, pre')]
    .filter(one => one.scrollWidth > one.clientWidth + 1)
    .map(one => `${one.className} ${one.innerText.slice(0, 80)}`)"""


def unfold(page):
    """Open all that is folded: axe-core looks at nothing that cannot be seen."""
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")


def serious(page, axe, *only):
    """What axe-core calls serious or critical, with the first element at fault."""
    options = {"resultTypes": ["violations"], **({"runOnly": only} if only else {})}
    found = axe.run(page, options=options).response["violations"]
    return [
        f"{one['id']}: {one['help']} ({len(one['nodes'])}): {one['nodes'][0]['html'][:200]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]


def test_a_page_has_no_serious_fault(opened, path, axe):
    with opened(path, width=DESK) as page:
        unfold(page)
        assert serious(page, axe) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= DESK
        assert page.evaluate(CUT) == []


def test_a_page_fits_a_telephone(opened, path, axe):
    with opened(path, width=PHONE) as page:
        unfold(page)
        assert page.evaluate(CUT) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
        # What scrolls only here has to be within reach of the keyboard too.
        assert serious(page, axe, "scrollable-region-focusable") == []


def test_the_check_finds_a_fault(opened, tmp_path, axe):
    faulty = tmp_path / "faulty.html"
    faulty.write_text("<html><body><img src='data:,'><p>No language, no text.</p>", "utf-8")
    with opened(faulty) as page:
        assert {one.split(":")[0] for one in serious(page, axe)} >= {
            "html-has-lang",
            "image-alt",
        }


def test_a_published_figure_leads_to_its_file_in_one_click(opened, tmp_path):
    path = tmp_path / "report.html"
    path.write_text(PAGES["01_overspend_scenario"](tmp_path), "utf-8")
    # As data/SOURCES.md lists the release that printed Somerset's last balance held.
    expected = "Section 251 outturn 2023-24: selected lines"
    for under in (".hn-sources", "#figure-1 .hn-sources", ".hn-notes"):
        with opened(path) as page:
            assert not page.get_by_role("row", name=expected).is_visible()
            page.locator(f"{under} a[href='#source-s251_selected_lines_2023_24']").nth(
                0
            ).click()
            row = page.locator("tr:target")
            # What is folded away opens of itself.
            assert row.is_visible()
            assert row.inner_text().startswith(expected)
