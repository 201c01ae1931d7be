"""Parameterised notebooks: checked, executed by papermill, and turned into a report."""

from highneeds.notebook.execute import refresh_notebooks
from highneeds.notebook.parameters import OverspendParameters
from highneeds.notebook.run import run_report

__all__ = ["OverspendParameters", "refresh_notebooks", "run_report"]
