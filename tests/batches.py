"""Small batches for tests: a notebook that takes a moment, and manifests made by hand."""

from pathlib import Path

from nbformat import v4, write

AREAS = ("Camden", "Hartlepool", "Kent", "Somerset")

PARAMETERS = """\
authority = "Somerset"  # type: str
scenario = "trend"  # type: str
until = "2026-27"  # type: str
draws = 100  # type: int
seed = 1  # type: int
out = ""  # type: str"""
VALIDATE = """\
import highneeds as hn

params = hn.OverspendParameters(
    authority=authority, scenario=scenario, until=until, draws=draws, seed=seed, out=out
)"""
# What a report needs for the index: its results, without the figures that take the time.
RESULTS = """\
from pathlib import Path
from highneeds.report.tables import csv_bytes

result = hn.project(
    hn.load_panel(), params.area, params.load_scenario(),
    until=params.until, draws=params.draws, seed=params.seed,
)
_ = Path(out, "results.csv").write_bytes(csv_bytes(result.results()))
hn.balance_table(result)"""


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


def headline(mean: float, *, level: bool = True, spread: float = 10e6) -> dict:
    """A report's headline whose balance lies evenly about `mean` pounds."""
    return {
        "until": "2029-30",
        "balance": {"p10": mean - spread, "p50": mean, "p90": mean + spread, "mean": mean},
        "level": level,
        "gap": -5e6,
        "block": 50e6,
        "plans": [2000.0, 3000.0],
        "plans_years": ["2025", "2030"],
        "children": 40_000.0,
        "children_year": "2024",
    }


def report(code: str, area: str, **more) -> dict:
    """One report of a manifest."""
    made = {
        "la_code": code,
        "area": area,
        "level": "la",
        "region": "London",
        "notebook": "01_overspend_scenario",
        "folder": f"{code}-{area.lower()}",
        "state": "done",
        "outputs": {"report.html": "0", "workbook.xlsx": "0", "results.csv": "0"},
        "headline": headline(-20e6),
        "cell": None,
        "error": "",
    }
    return {**made, **more}


def manifest(*reports: dict, run: str = "run-a", **inputs) -> dict:
    """A run's manifest."""
    return {
        "format": 1,
        "run": run,
        "edition": "0123456789ab",
        "settings": {"until": "2029-30", "draws": 1000, "seed": 1, "scenario": "trend"},
        "scenarios": [{"name": "trend", "title": "Recent trends", "approved_by": ""}],
        "inputs": {
            "data": {"plans.csv.gz": "a"},
            "assumptions": {"costs.toml": "a"},
            "scenario": {"trend.toml": "a"},
            "code": {"version": "0.1.0", "sha256": "a"},
            "packages": {"numpy": "2.4.6"},
            "sources": {"plans_2025": "a"},
            "years": {"plans 2024": "a", "plans 2025": "a"},
            "areas": {"202": "a", "203": "a"},
            **inputs,
        },
        "reports": list(reports),
    }
