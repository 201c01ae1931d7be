"""Facts of policy: whole, in step with the compiled facts, and each of them used."""

import re
from datetime import date
from pathlib import Path

import pytest

from highneeds import home
from highneeds.batch.inputs import run_inputs
from highneeds.errors import SourceError
from highneeds.policy import policy, policy_facts

ROOT = Path(__file__).resolve().parent.parent.parent


def test_every_fact_says_what_it_is_and_who_says_so():
    facts = policy_facts()
    names = re.findall(r'^name = "(.+)"$', (ROOT / "data/policy.toml").read_text(), re.M)
    assert list(facts) == names
    assert len(set(names)) == len(names)
    for fact in facts.values():
        assert fact.what
        assert fact.source
        assert fact.licence == "Open Government Licence v3.0"
        assert list(fact.days) == sorted(fact.days)
        assert {type(day) for day in fact.days} == {date}


@pytest.mark.parametrize(
    ("name", "compiled"),
    [
        ("override_ends", "statutory_override_end_current"),
        ("central_budgets", "send_costs_central_from"),
    ],
)
def test_a_day_is_that_of_the_compiled_facts(name, compiled):
    table = home.read_table(home.tables_dir() / "framework_facts.csv")
    [value] = table.loc[table["fact"] == compiled, "value"]
    assert policy(name).day == date.fromisoformat(value)


def test_a_fact_that_is_not_held_is_refused_by_name():
    with pytest.raises(
        SourceError, match=r"'override_end'\. Expected one of bank_holidays"
    ):
        policy("override_end")


def test_without_the_file_the_remedy_is_said(monkeypatch, tmp_path):
    monkeypatch.setattr(home, "data_dir", lambda: tmp_path)
    policy_facts.cache_clear()
    with pytest.raises(SourceError, match=r"policy\.toml is missing from .* install it"):
        policy("override_ends")
    policy_facts.cache_clear()


def test_every_fact_is_used():
    code = "\n".join(path.read_text("utf-8") for path in (ROOT / "highneeds").rglob("*.py"))
    for name in policy_facts():
        assert re.search(rf"""(policy|_year_of)\(["']{name}["']\)""", code), name


def test_what_is_stated_counts_among_what_a_run_was_made_from():
    stated = run_inputs((), ())["assumptions"]
    assert {"policy.toml", "published_forecasts.toml", "costs.toml"} <= set(stated)
