"""A notebook that takes a moment, for batches that are killed, compared and timed."""

from __future__ import annotations

from pathlib import Path

from nbformat import v4, write

AREAS = ("Camden", "Hartlepool", "Kent", "Somerset")

PARAMETERS = """\
authority = "Somerset"  # type: str
scenario = "trend"  # type: str
until = "2026-27"  # type: str
draws = 100  # type: int
seed = 1  # type: int
reorganisation = ""  # type: str
inputs = ""  # type: str
risks = ""  # type: str
for_publication = False  # type: bool
out = ""  # type: str"""
VALIDATE = """\
import highneeds as hn

run = {"until": until, "draws": draws, "seed": seed, "out": out}
params = hn.notebook.OverspendParameters(
    authority=authority, scenario=scenario, reorganisation=reorganisation, inputs=inputs,
    **run,
)"""
# What a report needs for the index: its results, without the figures that take the time.
RESULTS = """\
from pathlib import Path
from highneeds.report.headline_record import headline_bytes, headline_of
from highneeds.report.tables import csv_bytes

result = hn.project(
    hn.load_panel(), params.area, params.load_scenario(),
    until=params.until, draws=params.draws, seed=params.seed, own=params.load_own(),
)
results = result.results()
_ = Path(out, "results.csv").write_bytes(csv_bytes(results))
_ = Path(out, "headline.json").write_bytes(headline_bytes(headline_of(result, results)))
hn.report.balance_table(result)"""


def small_notebook(folder: Path, *cells: str, name: str = "small") -> Path:
    """A notebook of one's own; without `cells` it writes the results of a projection."""
    code = [v4.new_code_cell(source) for source in (VALIDATE, *(cells or (RESULTS,)))]
    parameters = v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
    title = v4.new_markdown_cell("# What a small batch makes\n\nFor tests.")
    made = [title, parameters, *code]
    for place, cell in enumerate(made):
        cell.id = f"cell-{place}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path = folder / f"{name}.ipynb"
    write(v4.new_notebook(cells=made, metadata={"kernelspec": kernel}), path)
    return path
