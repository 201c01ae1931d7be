"""The rules every committed notebook keeps (docs: thin, readable, nothing of a machine)."""

import ast
import base64
import re
from pathlib import Path

import nbformat
import papermill
import pytest

from highneeds import home
from highneeds.notebook.comparison import ComparisonParameters
from highneeds.notebook.evidence_parameters import EvidenceParameters, LinkParameters
from highneeds.notebook.monitor import MonitorParameters
from highneeds.notebook.parameters import (
    AuditParameters,
    BacktestParameters,
    DriversParameters,
    NationalParameters,
    OverspendParameters,
    RegionParameters,
)
from highneeds.notebook.profile import ProfileParameters
from highneeds.panel.panel import load_panel
from highneeds.panel.vintage import vintage
from highneeds.profile.indicators import QUESTIONS
from highneeds.report.answers import REPORT

NOTEBOOKS = sorted(home.notebooks_dir().glob("*.ipynb"))
MOST_CELLS, MOST_LINES, MOST_PICTURE_BYTES = 30, 9, 100_000
PARAMETERS = {
    "01_overspend_scenario": OverspendParameters,
    "02_data_audit": AuditParameters,
    "03_drivers_and_decomposition": DriversParameters,
    "04_scenario_comparison": ComparisonParameters,
    "05_in_year_monitor": MonitorParameters,
    "06_how_well_would_we_have_done": BacktestParameters,
    "07_call_for_evidence": EvidenceParameters,
    "08_inspection_link": LinkParameters,
    "09_regional_report": RegionParameters,
    "10_england": NationalParameters,
    "11_area_profile": ProfileParameters,
}
SECTIONS = (
    "What we know",
    "What we assume",
    "What could happen",
    "How far to trust this",
    "Run details",
)


# The report is in the order in which its reader asks.
OF_THE_REPORT = (
    "The cumulative balance",
    "The in-year position",
    "What drives it",
    "What it would take",
    "Which assumptions matter",
    "Other scenarios",
    "How far to trust this",
    "What to do next",
    "What we assume",
    "Words used here",
    "Run details",
)
# And a profile in that of an inspection's questions.
OF_THE_PROFILE = (
    *QUESTIONS.values(),
    "What inspections found",
    "What to ask",
    "How far to trust this",
    "Run details",
)
# So is one on several: what they could add up to before each beside the others.
OF_SEVERAL = (
    "What could happen",
    "What we know",
    "What we assume",
    "How far to trust this",
    "Run details",
)
REPORTS = {
    "01_overspend_scenario": OF_THE_REPORT,
    "09_regional_report": OF_SEVERAL,
    "10_england": OF_SEVERAL,
    "11_area_profile": OF_THE_PROFILE,
}


def pytest_generate_tests(metafunc):
    if "path" in metafunc.fixturenames:
        metafunc.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def tagged(notebook, tag):
    return [cell for cell in notebook.cells if tag in cell.metadata.get("tags", [])]


def test_there_are_notebooks():
    assert [path.stem for path in NOTEBOOKS] == sorted(PARAMETERS)
    # Numbered without holes.
    numbers = [int(path.stem[:2]) for path in NOTEBOOKS]
    assert numbers == list(range(1, len(NOTEBOOKS) + 1))


def test_a_notebook_is_short(notebook):
    assert len(notebook.cells) <= MOST_CELLS
    for cell in code(notebook):
        if "parameters" not in cell.metadata.get("tags", []):  # one to a line
            assert len(cell.source.splitlines()) <= MOST_LINES, cell.source


def test_a_notebook_holds_no_logic(notebook):
    barred = (
        ast.FunctionDef,
        ast.ClassDef,
        ast.For,
        ast.While,
        ast.If,
        ast.Try,
        ast.With,
        ast.ListComp,
        ast.Lambda,
    )
    for cell in code(notebook):
        for node in ast.walk(ast.parse(cell.source)):
            assert not isinstance(node, barred), cell.source
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id == "display", cell.source
            if isinstance(node, ast.Import):
                assert [name.name for name in node.names] == ["highneeds"]
            assert not isinstance(node, ast.ImportFrom)


def test_one_statement_a_cell_but_for_names(notebook):
    for cell in code(notebook):
        if "parameters" in cell.metadata.get("tags", []):
            continue
        statements = ast.parse(cell.source).body
        assert all(isinstance(node, ast.Import | ast.Assign) for node in statements[:-1]), (
            cell.source
        )
        assert isinstance(statements[-1], ast.Expr), cell.source


def test_the_sections_come_in_the_agreed_order(path, notebook):
    prose = "\n".join(
        cell.source for cell in notebook.cells if cell.cell_type == "markdown"
    )
    assert tuple(re.findall(r"(?m)^## (.+)$", prose)) == (REPORTS.get(path.stem, SECTIONS))
    assert len(re.findall(r"(?m)^# ", prose)) == 1
    assert notebook.cells[0].source.startswith("# ")


def test_the_report_shows_every_answer_once_in_the_order_of_the_list():
    notebook = nbformat.read(home.notebooks_dir() / "01_overspend_scenario.ipynb", 4)
    last = [cell.source.splitlines()[-1] for cell in code(notebook)]
    shown = [line.removeprefix("report.") for line in last if line.startswith("report.")]
    assert shown == [answer.name for answer in REPORT]


def test_prose_holds_no_result(notebook):
    # A figure typed beside a parameter that can change would sooner or later be wrong.
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"£\s?\d|\d%|\d,\d{3}", cell.source), cell.source


def test_parameters_are_typed_explained_and_the_model_agrees(path, notebook):
    (cell,) = tagged(notebook, "parameters")
    assert cell is code(notebook)[0]
    declared = papermill.inspect_notebook(str(path))
    model = PARAMETERS[path.stem]
    assert set(declared) == set(model.model_fields) - model.of_the_run
    for name, found in declared.items():
        assert found["inferred_type_name"] == model.model_fields[name].annotation.__name__
        assert found["help"], name
    defaults = {
        name: ast.literal_eval(found["default"]) for name, found in declared.items()
    }
    meant = defaults.copy()
    if "until" in defaults:
        assert defaults["until"] == ""
        meant["until"] = vintage(load_panel()).until.label
    assert model(**defaults).model_dump(exclude=set(model.of_the_run)) == meant
    assert "=" not in re.sub(r"(?m)^\w+ = .*?  # type", "", cell.source)


def test_metadata_says_python_and_nothing_of_this_machine(path, notebook):
    assert notebook.metadata["kernelspec"]["name"] == "python3"
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata["language_info"] == {"name": "python"}
    for cell in notebook.cells:
        assert set(cell.metadata) <= {"tags"}
        assert re.fullmatch(r"[a-z-]+", cell.id)
    text = re.sub(r'"image/png": "[^"]*"', "", path.read_text("utf-8"))
    assert not re.search(r"(?i)[a-z]:\\\\|/(home|root|work|tmp|usr|users)/", text)


def test_outputs_are_kept_and_in_order(notebook):
    numbers = [cell.execution_count for cell in code(notebook)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert sum(bool(cell.outputs) for cell in code(notebook)) >= len(numbers) - 1
    for cell in code(notebook):
        kinds = {output.output_type for output in cell.outputs}
        assert kinds <= {"execute_result", "display_data"}, cell.outputs


def test_at_most_one_cell_is_not_compared(notebook):
    ignored = tagged(notebook, "nbval-ignore-output")
    assert len(ignored) <= 1
    assert not tagged(notebook, "nbval-skip")


def test_every_picture_is_small_and_has_words(notebook):
    pictures = [
        output
        for cell in code(notebook)
        for output in cell.outputs
        if "image/png" in output.get("data", {})
    ]
    assert pictures
    for output in pictures:
        assert len(base64.b64decode(output.data["image/png"])) < MOST_PICTURE_BYTES
        assert len(output.metadata["image/png"]["alt"]) >= 40
        assert "image/svg+xml" not in output.data


def test_no_notebook_stands_beside_the_package_unlisted():
    assert Path(home.notebooks_dir()).is_dir()


DRESS = re.compile(r'\s(?:style|class|role|aria-label|tabindex)="[^"]*"')
# What a code host shows of a notebook as it stands: no style, no list set side by side.
PLAIN = {
    *("table", "caption", "thead", "tbody", "tr", "th", "td"),
    *("p", "span", "div", "ul", "li", "h3", "details", "summary", "a"),
}


def shown_html(notebook):
    for cell in code(notebook):
        for output in cell.outputs:
            html = output.get("data", {}).get("text/html")
            if html:
                yield output.metadata["highneeds"]["role"], html


def headline_rows(html: str) -> list[list[str]]:
    """The rows of the first table, without any style: name, figure, what is beside it."""
    table = re.search(r"<table>.*?</table>", DRESS.sub("", html), re.DOTALL)
    rows = re.findall(r"<tr>(.*?)</tr>", table[0], re.DOTALL) if table else []
    return [
        [
            re.sub(r"<[^>]+>", "", cell).strip()
            for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)
        ]
        for row in rows
    ]


def test_without_any_style_figures_stand_in_tables_beside_their_names(notebook):
    for role, html in shown_html(notebook):
        assert set(re.findall(r"<([a-z0-9]+)", html)) <= PLAIN
        for row in headline_rows(html):
            assert len(row) > 1
            assert row[0]
        if role == "headline" and "<table" in html:
            assert len(headline_rows(html)[0]) == 3


def test_every_link_leads_to_a_row_of_the_same_notebook(notebook):
    html = "".join(shown for _, shown in shown_html(notebook))
    named = set(re.findall(r'<tr id="([^"]+)"', html))
    assert set(re.findall(r'<a href="([^"]*)"', html)) <= {f"#{name}" for name in named}


def test_text_stands_to_the_left_in_jupyter_and_no_line_breaks_after_a_minus(notebook):
    # Jupyter's own stylesheet puts every cell to the right.
    for _, html in shown_html(notebook):
        for tag in re.findall(r'<t[hd][^>]*(?:scope="row"|class="text")[^>]*>', html):
            assert 'style="text-align: left"' in tag
        for tag in re.findall(r'<span class="n"[^>]*>', html):
            assert 'style="white-space: nowrap"' in tag
