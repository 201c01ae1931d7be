"""Mutants: one sign or number of the model changed at a time, and whether its tests see it.

Each mutant is a fork of this process, in which one function has the changed code; no file
is touched. Linux alone.
"""

from __future__ import annotations

import ast
import importlib
import io
import os
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
_PACKAGES = ("model", "record")
# What guards them in seconds: exact sums first, and then the engine beside the reference.
TESTS = (
    "tests/unit/test_step_plans.py",
    "tests/unit/test_finance.py",
    "tests/unit/test_capacity.py",
    "tests/unit/test_levers.py",
    "tests/unit/test_streams.py",
    "tests/unit/test_blocks.py",
    "tests/unit/test_block_growth.py",
    "tests/unit/test_raking.py",
    "tests/unit/test_counted.py",
    "tests/unit/test_parts.py",
    "tests/data/test_scenarios.py::test_a_scenario_gives_its_expected_result",
    "tests/data/test_scenarios.py::test_the_engines_agree_on_other_authorities",
    "tests/property",
    "tests/data/test_scenarios.py::"
    "test_the_engines_agree_on_any_scenario_that_can_be_written",
    "tests/data/test_own_figures.py",
    "tests/data/test_unknown_placements.py",
    "tests/data/test_origin.py",
    "tests/data/test_marked.py",
)
# What those miss is tried on more, in minutes: the record's own tests, and the workbook,
# which works each figure out a second time.
MORE_TESTS = (
    "tests/unit/test_validation_rules.py",
    "tests/data/test_clock.py",
    "tests/data/test_new_base.py",
    "tests/data/test_grant.py",
    "tests/data/test_central_case.py",
    "tests/data/test_returns.py",
    "tests/data/test_origin_rates.py",
    "tests/data/test_reported_blocks.py",
    "tests/data/test_record_years_on.py",
    "tests/data/test_needs.py",
    "tests/data/test_closing_checks.py",
    "tests/data/test_reorganisation.py",
    "tests/data/test_another_vintage.py",
    "tests/data/test_live_workbook.py",
)
_SECONDS = 240  # of processor time: a change that never ends is seen
_SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.And: ast.Or,
    ast.Or: ast.And,
}


@dataclass(frozen=True)
class Mutant:
    """A change that can be made: its module, its function, which of the places there."""

    module: str
    function: str
    place: int

    def changed(self) -> tuple[CodeType, str]:
        """The function's code with the change, and what it is."""
        path = _path(self.module)
        tree = ast.parse(path.read_text("utf-8"))
        node = dict(_functions(tree))[self.function]
        line, what = list(_changes(node))[self.place]()
        code = compile(ast.fix_missing_locations(tree), str(path), "exec")
        said = f"{path.relative_to(ROOT).as_posix()}, line {line}: {what}"
        return _code(code, self.function), said


def mutants() -> list[Mutant]:
    """Every change of a sign or of a number in a function of the model and the record."""
    found = []
    for package in _PACKAGES:
        for path in sorted((ROOT / "highneeds" / package).glob("*.py")):
            module = f"highneeds.{package}.{path.stem}"
            for name, node in _functions(ast.parse(path.read_text("utf-8"))):
                if _live(module, name):
                    places = range(len(list(_changes(node))))
                    found += [Mutant(module, name, place) for place in places]
    return found


def _path(module: str) -> Path:
    return ROOT.joinpath(*module.split(".")).with_suffix(".py")


def _functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    """Functions and methods, by qualified name."""
    for node in tree.body:
        for one in node.body if isinstance(node, ast.ClassDef) else (node,):
            if isinstance(one, ast.FunctionDef):
                within = f"{node.name}." if isinstance(node, ast.ClassDef) else ""
                yield f"{within}{one.name}", one


def _changes(function: ast.FunctionDef) -> Iterator[Callable[[], tuple[int, str]]]:
    """What can be changed in a function's body; each makes its change when called."""
    for statement in function.body:
        for node in ast.walk(statement):
            if isinstance(node, ast.BinOp | ast.BoolOp | ast.AugAssign):
                if type(node.op) in _SWAPS:
                    yield partial(_swap, node)
            elif isinstance(node, ast.Compare):
                for place, sign in enumerate(node.ops):
                    if type(sign) in _SWAPS:
                        yield partial(_swap_sign, node, place)
            elif isinstance(node, ast.Constant) and type(node.value) in {int, float}:
                yield partial(_add_one, node)


def _swap(node: ast.BinOp | ast.BoolOp | ast.AugAssign) -> tuple[int, str]:
    before, after = node.op, _SWAPS[type(node.op)]()
    node.op = after  # type: ignore[assignment]
    return node.lineno, _signs(before, after)


def _swap_sign(node: ast.Compare, place: int) -> tuple[int, str]:
    before, after = node.ops[place], _SWAPS[type(node.ops[place])]()
    node.ops[place] = after  # type: ignore[call-overload]
    return node.lineno, _signs(before, after)


def _signs(before: ast.AST, after: ast.AST) -> str:
    return f"{type(before).__name__} to {type(after).__name__}"


def _add_one(node: ast.Constant) -> tuple[int, str]:
    before = node.value
    assert isinstance(before, int | float)
    node.value = before + 1
    return node.lineno, f"{before} to {node.value}"


def _code(code: CodeType, name: str) -> CodeType:
    """The code of a function within a module's."""
    for part in name.split("."):
        code = next(
            one
            for one in code.co_consts
            if isinstance(one, CodeType) and one.co_name == part
        )
    return code


def _live(module: str, name: str) -> FunctionType | None:
    """The function itself, beneath what decorates it; None where it cannot be reached."""
    found: Any = importlib.import_module(module)
    for part in name.split("."):
        found = vars(found).get(part)
    found = getattr(found, "fget", None) or getattr(found, "func", None) or found
    while hasattr(found, "__wrapped__"):
        found = found.__wrapped__
    found = getattr(found, "__func__", found)
    return found if isinstance(found, FunctionType) else None


def measure(many: int, seed: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Change the model and the record so many times; how many changes the tests see."""
    _get_ready()
    places = mutants()
    if any(_run_tests(None, tests) for tests in (TESTS, MORE_TESTS)):
        sys.exit("The tests fail on what is not changed; nothing was tried.")
    seen, missed = 0, []
    for mutant in random.Random(seed).sample(places, min(many, len(places))):
        began = time.monotonic()
        code, what = mutant.changed()
        change = (mutant, code)
        noticed = any(_run_tests(change, tests) for tests in (TESTS, MORE_TESTS))
        seen += noticed
        if not noticed:
            missed.append(what)
        taken = time.monotonic() - began
        say(f"{seen + len(missed)}: {what}: {'seen' if noticed else 'MISSED'} {taken:.0f}s")
    return {
        "seed": seed,
        "places": len(places),
        "tried": seen + len(missed),
        "seen": seen,
        "missed": missed,
    }


def _get_ready() -> None:
    """Pay once for what no change can move: imports, figures, the reference."""
    import pytest

    from highneeds.panel.panel import load_panel

    os.chdir(ROOT)
    with redirect_stdout(io.StringIO()):
        pytest.main([*_PYTEST, "--collect-only", *_there(TESTS + MORE_TESTS)])
    panel = load_panel()
    for area in ("Somerset", "Kent", "Camden", "Surrey", "Rutland", "Buckinghamshire"):
        importlib.import_module("tests.reference.expected")._opening(area)
    assert panel is load_panel()


_PYTEST = ("-q", "-x", "-n", "0", "-p", "no:cacheprovider", "--hypothesis-seed=0")


def _there(tests: Sequence[str]) -> list[str]:
    return [name for name in tests if (ROOT / name.split("::")[0]).exists()]


def _run_tests(change: tuple[Mutant, CodeType] | None, tests: Sequence[str]) -> int:
    """Exit code of the tests in a fork, with the change made there."""
    child = os.fork()
    if child:
        return os.waitpid(child, 0)[1]
    code = 1
    try:
        if change:
            mutant, changed = change
            function = _live(mutant.module, mutant.function)
            assert function
            function.__code__ = changed
        import resource  # which Windows does not have

        resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS, _SECONDS))
        nothing = os.open(os.devnull, os.O_WRONLY)
        for stream in (1, 2):
            os.dup2(nothing, stream)
        import pytest

        code = int(pytest.main([*_PYTEST, *_there(tests)]))
    finally:
        os._exit(code)
