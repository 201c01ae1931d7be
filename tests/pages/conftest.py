"""Pages opened from disk in headless Chromium, with every request written down."""

import shutil
from contextlib import contextmanager

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
# A small laptop, a telephone, and what most desks have.
LAPTOP, PHONE, DESK = 1280, 390, 1366


@pytest.fixture(scope="module")
def browser():
    """Chromium; stopped with the module, because its loop stands in the way of others."""
    sync_api = pytest.importorskip(
        "playwright.sync_api", reason="needs playwright: pip install -e .[dev]"
    )
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        pytest.skip(f"needs Chromium on the PATH; none of {', '.join(NAMES)} was found")
    with sync_api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=found)
        yield chromium
        chromium.close()


@pytest.fixture
def opened(browser):
    """A function that opens a file; nothing but files may have been asked for."""

    @contextmanager
    def pages(path, width=LAPTOP, **options):
        context = browser.new_context(
            viewport={"width": width, "height": 800}, reduced_motion="reduce", **options
        )
        asked, faults = [], []
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda said: faults.append(said.text))
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(path.as_uri())
        yield page
        context.close()
        assert asked[0] == path.as_uri()
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        assert faults == []

    return pages
