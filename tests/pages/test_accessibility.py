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
from highneeds.report.html import page as report_page
from tests.pages.conftest import LAPTOP, PHONE
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


def committed(name):
    """A notebook's page, from the outputs that are committed with it."""
    done = nbformat.read(NOTEBOOKS[name], as_version=4)
    title = name.replace("_", " ")
    return lambda _: report_page(done, title=title, pictures={})


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
    with opened(path) as page:
        assert serious(page, axe) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= LAPTOP


def test_a_page_fits_a_telephone(opened, path, axe):
    with opened(path, width=PHONE) as page:
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
