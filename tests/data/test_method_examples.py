"""The worked examples of docs/method-examples.md give what the page says they give."""

import doctest
import re
from pathlib import Path

import pytest

PAGE = Path(__file__).resolve().parents[2] / "docs" / "method-examples.md"
STEPS = (
    "step_plans(",
    "year_plans(",
    "set_cost_basis(",
    "step_spending(",
    "step_balance(",
    "turned_away(",
    "placed_at_odds(",
    "need_shares(",
    "effects(",
    "shapley(",
)


def run(text):
    """Failed and tried examples of the fenced blocks of a page, run as one session."""
    blocks = "\n".join(re.findall(r"```python\n(.*?)```", text, re.DOTALL))
    page = doctest.DocTestParser().get_doctest(blocks, {}, PAGE.name, str(PAGE), 0)
    said = []
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(page, out=said.append)
    return runner.failures, runner.tries, "".join(said)


def test_every_example_gives_what_the_page_prints():
    failures, tries, said = run(PAGE.read_text("utf-8"))
    assert failures == 0, said
    assert tries > 30


def test_a_wrong_sum_would_be_noticed():
    wrong = PAGE.read_text("utf-8").replace("volume 302500.0", "volume 302501.0")
    assert run(wrong)[0] == 1


@pytest.mark.parametrize("step", STEPS)
def test_every_step_of_the_model_has_an_example(step):
    assert step in PAGE.read_text("utf-8")


def test_the_sums_of_the_prose_are_right():
    # The page writes sums as a × b = c and the like; percentages are left out.
    text = PAGE.read_text("utf-8").replace("−", "-").replace("×", "*").replace("÷", "/")
    prose = re.sub(r"```.*?```|\*\*|[£,]", "", text, flags=re.DOTALL)
    prose = re.sub(r"(\d)m\b", r"\1e6", prose)
    number = r"\d+(?:\.\d+)?(?:e6)?"
    one_side = rf"-?{number}(?:\s[-+*/]\s{number}|/{number})+"
    found = re.findall(rf"({one_side}(?:\s=\s{one_side})?)\s=\s(-?{number})", prose)
    assert len(found) >= 8
    for sums, total in found:
        for side in sums.split(" = "):
            assert eval(side) == pytest.approx(float(total), rel=1e-5), (side, total)
