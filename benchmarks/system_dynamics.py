"""The reduced model in PySD, a system-dynamics library: stocks and flows, one year a step.

Futures are a subscript of the model, so that PySD too works on whole arrays. Its balance is
left to the spreadsheet: two stocks of different shape stop PySD with NumPy 2.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from benchmarks.inputs import STEPS
from benchmarks.reduced import Given
from highneeds.record.cells import MODEL_PLACEMENTS

AGES = [f"age{age}" for age in range(26)]
FROM = [f"from_{name}" for name in MODEL_PLACEMENTS]
TO = [f"to_{name}" for name in MODEL_PLACEMENTS]


def write_model(given: Given, path: Path) -> None:
    """Write the model as Vensim text."""
    futures = [f"future{number}" for number in range(given.opening.size)]
    parts = [
        "{UTF-8}",
        _range("Age", AGES),
        _range("Younger", AGES[:-1], "Older"),
        _range("Older", AGES[1:], "Younger"),
        _range("Origin", FROM, "Target"),
        _range("Target", TO, "Origin"),
        _range("Year", [f"year{step}" for step in range(STEPS)]),
        _range("Future", futures),
        _constants("base exit rate[Age]", [given.exit_rate]),
        _constants("opening plans[Age,Origin]", given.stock),
        _constants("joining mix[Age,Target]", given.mix),
        *(
            _constants(f"moves[{age},Origin,Target]", given.moves[number])
            for number, age in enumerate(AGES)
        ),
        _constants("year number[Year]", [range(STEPS)]),
        _constants("all new plans[Year,Future]", given.joining),
        _constants("all balancing shares[Year,Future]", given.balancing),
        _constants("all exit factors[Year,Future]", given.exit_factor),
        _constants("all profiles[Year,Age]", given.profile),
        _EQUATIONS.format(last=STEPS),
    ]
    path.write_text("\n".join(parts), "utf-8")


def _range(name: str, members: Iterable[str], mapped: str = "") -> str:
    arrow = f" -> {mapped}" if mapped else ""
    return f"{name}: {', '.join(members)}{arrow} ~~|"


def _constants(name: str, rows: Iterable[Iterable[float]]) -> str:
    lines = [",".join(repr(float(value)) for value in row) for row in rows]
    end = ";" if len(lines) > 1 else ""
    return f"{name} = {';'.join(lines)}{end} ~~|"


_EQUATIONS = """
this year[Year] = IF THEN ELSE(Time = year number[Year], 1, 0) ~~|
new plans[Future] = SUM(this year[Year!]*all new plans[Year!,Future]) ~~|
balancing share[Future] = SUM(this year[Year!]*all balancing shares[Year!,Future]) ~~|
exit factor[Future] = SUM(this year[Year!]*all exit factors[Year!,Future]) ~~|
profile[Age] = SUM(this year[Year!]*all profiles[Year!,Age]) ~~|
exit rate[Future,Younger] = MIN(1, base exit rate[Younger]*exit factor[Future]) ~~|
exit rate[Future,age25] = 1 ~~|
staying[Future,Age,Origin] = plans[Future,Age,Origin]*(1-exit rate[Future,Age]) ~~|
arriving[Future,Older,Target] =
  SUM(staying[Future,Younger,Origin!]*moves[Older,Origin!,Target]) ~~|
arriving[Future,age0,Target] = 0 ~~|
joined[Future] = MAX(0, new plans[Future]
  + balancing share[Future]*SUM(plans[Future,Age!,Origin!])) ~~|
joining[Future,Age,Target] =
  joined[Future]*profile[Age]*joining mix[Age,Target] ~~|
change[Future,Age,Origin] =
  arriving[Future,Age,Target]+joining[Future,Age,Target]-plans[Future,Age,Origin] ~~|
plans[Future,Age,Origin] =
  INTEG(change[Future,Age,Origin], opening plans[Age,Origin]) ~~|
placements[Future,Origin] = SUM(plans[Future,Age!,Origin]) ~~|
INITIAL TIME = 0 ~~|
FINAL TIME = {last} ~~|
TIME STEP = 1 ~~|
SAVEPER = 1 ~~|
"""


def load_model(path: Path) -> Callable[[], np.ndarray]:
    """Translate the model; gives what runs it: placements (censuses, 7, futures)."""
    import pysd

    # PySD writes the model's numbers as NumPy prints them, by default to eight digits.
    with warnings.catch_warnings(), np.printoptions(precision=17):
        warnings.simplefilter("ignore")
        model = pysd.read_vensim(str(path))

    def run() -> np.ndarray:
        found = model.run(return_columns=["placements"], flatten_output=False)
        by_census = [np.asarray(one, dtype=float) for one in found["placements"]]
        return np.moveaxis(np.stack(by_census), 1, 2)

    return run
