"""The front door: few names, all listed, completed and explained; old ones still answer."""

import ast
import importlib
import json
import re
import warnings

import jedi
import numpy as np
import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

import highneeds as hn
from highneeds import home
from highneeds.display import fan
from highneeds.errors import AssumptionError, UsageError
from tests.test_packaging import ROOT

ROOMS = ("evidence", "profile", "report", "notebook")
MOST_NAMES = 41


@pytest.fixture(scope="module")
def panel():
    return hn.load_panel()


@pytest.fixture(scope="module")
def kent(panel):
    return hn.project(panel, "Kent", "reform_path", draws=20)


def test_the_names_are_few_and_dir_shows_them_alone():
    assert len(hn.__all__) <= MOST_NAMES
    assert dir(hn) == sorted(hn.__all__)
    assert set(ROOMS) <= set(hn.__all__)


@pytest.mark.parametrize("room", ROOMS)
def test_no_name_is_that_of_a_module_beside_it(room):
    """A module that is imported takes the place of what is called the same."""
    for package in (hn, getattr(hn, room)):
        folder = ROOT.joinpath(*package.__name__.split("."))
        modules = {path.stem for path in folder.iterdir()} - set(ROOMS)
        assert modules & set(package.__all__) == set()


@pytest.mark.parametrize(
    ("old", "room"), [("plot_balance", "report"), ("OverspendParameters", "notebook")]
)
def test_an_old_name_answers_with_a_warning_that_says_what_to_write(old, room):
    with pytest.warns(DeprecationWarning, match=rf"write hn\.{room}\.{old}\.") as said:
        found = getattr(hn, old)
    assert found is getattr(getattr(hn, room), old)
    assert said[0].filename == __file__
    assert old not in {*hn.__all__, *dir(hn)}


@pytest.mark.parametrize(
    ("old", "module"),
    [
        ("growth", "answers.beside_others"),
        ("claims_register", "evidence.claims"),
        ("similar_areas", "answers.similar_areas"),
        ("join", "panel.joins"),
    ],
)
def test_a_name_that_went_to_its_module_says_where_it_is(old, module):
    where = f"highneeds.{module}"
    says = re.escape(f"write from {where} import {old}.")
    with pytest.warns(DeprecationWarning, match=says) as said:
        found = getattr(hn, old)
    assert found is getattr(importlib.import_module(where), old)
    assert said[0].filename == __file__
    assert old not in {*hn.__all__, *dir(hn)}


def code_cells(path):
    cells = json.loads(path.read_text("utf-8"))["cells"]
    return ["".join(one["source"]) for one in cells if one["cell_type"] == "code"]


def names_used(source: str) -> set[str]:
    """Names of the package, and of its rooms, that a source uses."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            whole = ast.unparse(node).split(".")
            # What is called on a result, as `hn.report.x(y).folded`, is no name of ours.
            if whole[0] == "hn" and all(map(str.isidentifier, whole)):
                found.add(".".join(whole[1 : 3 if whole[1] in ROOMS else 2]))
    return found - set(ROOMS)


def public() -> set[str]:
    return set(hn.__all__) | {
        f"{r}.{name}" for r in ROOMS for name in getattr(hn, r).__all__
    }


def test_the_notebooks_use_public_names_alone():
    used = set()
    for path in home.notebooks_dir().glob("*.ipynb"):
        used |= names_used("\n".join(code_cells(path)))
    assert {"project", "report.Report", "report.plot_scenarios"} <= used
    assert used <= public()
    assert not names_used("hn.plot_balance(result)") <= public()


def test_areas_scenarios_and_measures_are_listed_by_the_names_that_ask_for_them(panel):
    areas = hn.areas()
    assert areas["level"].value_counts().to_dict() == {"la": 153, "region": 9, "england": 1}
    for row in areas.itertuples():
        assert panel.area(row.la_code).name == row.name
    assert len(hn.areas("region")) == 9
    assert "Cumbria" in set(hn.areas("la", abolished=True)["name"]) - set(areas["name"])
    with pytest.raises(UsageError, match=r"'county' is no kind .* england, region, la"):
        hn.areas("county")
    scenarios = hn.scenarios().set_index("name")
    assert list(scenarios.index) == hn.Scenario.shipped()
    assert scenarios.loc["trend", "title"] == hn.Scenario.load("trend").title
    assert (scenarios["description"] != "").all()
    measures = hn.measures().set_index("name")
    assert measures.loc["ehc_plans", ["unit", "calendar"]].tolist() == ["plans", "january"]
    assert set(measures.index) == set(panel.table(years=None)["measure"])


def test_a_scenario_is_taken_by_name(panel, kent):
    read = hn.project(panel, "Kent", hn.Scenario.load("reform_path"), draws=20)
    assert kent.scenario == read.scenario
    assert np.array_equal(kent.futures.balance, read.futures.balance)
    each = hn.project_each(panel, "Kent", ["trend", "reform_path"], draws=20)
    assert [one.scenario.name for one in each] == ["trend", "reform_path"]
    (one,) = hn.project_each(panel, "Kent", "reform_path", draws=20)
    assert np.array_equal(one.futures.balance, read.futures.balance)
    with pytest.raises(AssumptionError, match="No scenario is called 'reform'"):
        hn.project(panel, "Kent", "reform")
    sums = hn.project_nation(panel, "reform_path", areas="Kent", draws=20)
    assert np.array_equal(sums["E92000001"].series["balance"], read.futures.balance)


def test_a_result_shows_area_scenario_headline_and_a_fan(kent):
    for said in (
        repr(kent),
        kent._repr_mimebundle_()[0]["text/html"].replace("&#x27;", "'"),
    ):
        assert "Kent (886)" in said
        assert f"{kent.scenario.title} (reform_path)" in said
        assert kent.sentence() in said
    shown, ours = kent._repr_mimebundle_()
    assert ours == {"highneeds": {"role": "words"}}
    # After the override no cumulative figure is called the authority's own.
    own = [year for year in kent.balance()["year"] if year <= kent.deficit_until.label]
    (line,) = re.findall(r'<polyline points="([^"]+)"', shown["text/html"])
    assert len(line.split()) == len(own) < len(kent.balance())
    assert kent.deficit_until.closes_on() in shown["text/html"]


@pytest.mark.parametrize(
    ("area", "shows"),
    [
        ("City of London", "Plans from January 2010 to 2029;"),
        ("Cumberland", "Change in balance from 31 March "),
    ],
)
def test_the_fan_says_what_it_shows_where_no_balance_is_held(panel, area, shows):
    result = hn.project(panel, area, until="2028-29", draws=20)
    assert not result.balance_is_level
    assert shows in result._repr_mimebundle_()[0]["text/html"]


def test_a_panel_shows_what_it_holds(panel):
    text = repr(panel)
    assert "153 authorities" in text
    assert f"EHC plans to January {panel.latest('ehc_plans', 'England')}" in text
    assert str(ROOT) not in text
    assert "153 authorities" in panel._repr_mimebundle_()[0]["text/html"]
    assert "to January 2022" in repr(panel.at(2022))
    assert repr(panel.harmonised()).startswith("Panel: ")


def test_a_fan_is_drawn_to_scale():
    drawn = fan([0, -50.0], [0, -100.0], [0, 0.0], alt='"a" & b')
    # 320 by 72 with 4 around: from 0 at the top to -100 at the bottom, -50 half way.
    assert 'polygon points="4.0,4.0 316.0,4.0 316.0,68.0 4.0,4.0"' in drawn
    assert 'polyline points="4.0,4.0 316.0,36.0"' in drawn
    assert 'aria-label="&quot;a&quot; &amp; b"' in drawn


@pytest.fixture(scope="module")
def shell():
    made = InteractiveShell(user_ns={"hn": hn})
    with warnings.catch_warnings():
        warnings.simplefilter("error", DeprecationWarning)
        yield made


def completed(shell, text: str) -> set[str]:
    with provisionalcompleter():
        return {
            one.text.lstrip(".") for one in shell.Completer.completions(text, len(text))
        }


@pytest.mark.parametrize("static", [True, False])
def test_names_complete_in_ipython(shell, kent, static):
    """As JupyterLab asks for them: with and without jedi."""
    shell.Completer.use_jedi = static
    shell.user_ns["kent"] = kent
    assert {"project", "project_each", "project_nation"} <= completed(shell, "hn.pro")
    assert completed(shell, "hn.plot_") == set()
    assert "plot_balance" in completed(shell, "hn.report.plot_")
    assert {"balance", "balance_basis"} <= completed(shell, "kent.bal")


def test_a_signature_is_shown_in_ipython(shell):
    said = shell.object_inspect_text("hn.project")
    assert "panel" in said
    assert "scenario" in said
    assert "Project one authority's plans, spending and balance." in said


def test_an_editor_knows_what_comes_back_before_anything_runs():
    source = (
        "import highneeds as hn\nresult = hn.project(hn.load_panel(), 'Kent')\nresult.bal"
    )
    found = jedi.Script(source, project=jedi.Project(ROOT)).complete()
    assert {"balance", "balance_basis"} <= {one.name for one in found}


def test_the_readme_example_gives_the_numbers_it_names():
    (block,) = re.findall(
        r"(?s)```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8")
    )
    block = block.replace("draws=200", "draws=10")
    lines, names, checked = block.splitlines(), {}, 0
    for node in ast.parse(block).body:
        if not isinstance(node, ast.Expr):
            exec(ast.unparse(node), names)
            continue
        value = eval(ast.unparse(node), names)
        comment = lines[node.end_lineno - 1].partition("# ")[2]
        if number := re.match(r"[\d,.]+\d", comment):
            assert value == float(number[0].replace(",", ""))
            checked += 1
    assert checked
