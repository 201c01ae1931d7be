"""Export: a form of an authority as files, whole or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from highneeds.atomic import write_files
from highneeds.errors import UsageError
from highneeds.forms import FORMS
from highneeds.scenario.scenario import for_a_report

if TYPE_CHECKING:
    from highneeds.answers.projection import Projection


def form_files(result: Projection, form: str) -> dict[str, bytes]:
    """The files of a form by name; the same projection always gives the same bytes.

    Parameters
    ----------
    form : str
        A name of `FORMS`.

    Raises
    ------
    UsageError
        No such form, or python-docx, which the pack needs, is not installed.
    AssumptionError
        The scenario has measures that were invented as an example.
    """
    if form not in FORMS:
        msg = f"No form is called {form!r}. Expected one of {', '.join(FORMS)}."
        raise UsageError(msg)
    for_a_report(result.scenario)
    files: dict[str, bytes] = import_module(f"highneeds.forms.{form}").files(
        result, f"{result.area.slug}-{form}"
    )
    return files


def write_form(
    result: Projection, form: str, out: str | Path, *, replace: bool = False
) -> list[Path]:
    """Write the files of a form into a folder, and give their paths.

    A form of one file may be given its own path, which ends as the file does.

    Raises
    ------
    UsageError, AssumptionError
        As `form_files`.
    KeptError
        The folder holds another file of that name, perhaps one that somebody has worked
        in, and `replace` is not set.
    OutputError
        The folder cannot be written.
    """
    files: Mapping[str, bytes] = form_files(result, form)
    out = Path(out)
    if len(files) == 1 and out.suffix == Path(next(iter(files))).suffix:
        files, out = {out.name: next(iter(files.values()))}, out.parent
    placed = {out / name: content for name, content in files.items()}
    write_files(placed, replace=replace)
    return list(placed)
