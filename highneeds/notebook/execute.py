"""Execute: one notebook, one kernel, through papermill."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from highneeds import atomic, errors, home
from highneeds.errors import (
    HighNeedsError,
    KernelError,
    NotebookError,
    UsageError,
    some,
)
from highneeds.files import read_text
from highneeds.notebook.environment import ONE_THREAD
from highneeds.scratch import scratch_folder
from highneeds.words import hint

if TYPE_CHECKING:
    from nbformat import NotebookNode

Progress = Callable[[str], None]
_START_SECONDS, _CELL_SECONDS = 120, 600
_STARTS = 2
_KEPT_OF_PAPERMILL = ("default_parameters", "parameters")


def read_notebook(name: str) -> NotebookNode:
    """A notebook that comes with the package, by its file name without the ending."""
    return opened_notebook(home.notebooks_dir() / f"{name}.ipynb")


def opened_notebook(path: Path) -> NotebookNode:
    """A notebook of the package or of the user's own, in the form of today.

    Raises
    ------
    UsageError
        It is no notebook.
    """
    import nbformat

    found = read_text(path, "a notebook (.ipynb)", UsageError)
    try:
        return nbformat.reads(found.text, as_version=4)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        msg = f"{path.name} is no readable notebook: {error}. Save it again in JupyterLab."
        raise UsageError(msg) from None


def execute(
    notebook: NotebookNode,
    name: str,
    parameters: Mapping[str, Any],
    *,
    folder: Path,
    engine: str | None = None,
    progress: Progress = lambda _: None,
) -> NotebookNode:
    """Run a notebook with parameters, in `folder`, and return it with its outputs.

    Parameters
    ----------
    notebook : NotebookNode
        Not changed.
    name : str
        What messages call it.
    parameters : mapping
        Only names that the notebook's own parameter cell declares.
    folder : Path
        Working folder of the kernel.
    engine : str, optional
        A papermill engine by name; papermill's own, a fresh kernel, when left out.
    progress : callable
        Told each section heading as it is reached.

    Raises
    ------
    UsageError
        A parameter the notebook does not declare; no kernel is started.
    HighNeedsError
        The notebook stopped on an error of this package, which is raised again.
    NotebookError
        It stopped on anything else; as a `KernelError` where the kernel died, ran out of
        time or could not be started.
    """
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    declared = papermill.inspect_notebook(notebook)
    refuse_strangers(parameters, declared, name)
    reached: list[int] = []

    def at_cell(cell: NotebookNode, cell_index: int) -> None:
        reached.append(cell_index)
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            progress(cell.source.splitlines()[0].removeprefix("## "))

    with scratch_folder() as scratch:
        for start in range(1, _STARTS + 1):
            try:
                done = papermill.execute_notebook(
                    notebook,
                    None,
                    # In the notebook's own order, as it is shown to its reader.
                    parameters={
                        one: parameters[one] for one in declared if one in parameters
                    },
                    engine_name=engine,
                    kernel_name="python3",
                    progress_bar=False,
                    start_timeout=_START_SECONDS,
                    execution_timeout=_CELL_SECONDS,
                    cwd=folder,
                    kernel_manager_class=_kernel_manager(scratch),
                    on_cell_start=at_cell,
                )
            except PapermillExecutionError as error:
                raise _at([error.cell_index], _stopped(error, name)) from None
            except CellTimeoutError:
                msg = (
                    f"{name}: a cell took more than {_CELL_SECONDS} seconds and was "
                    "stopped. Ask for fewer draws, or close other programs."
                )
                raise _at(reached, KernelError(msg)) from None
            except (DeadKernelError, RuntimeError, TimeoutError) as error:
                # Two kernels may have picked one port between them: try once more.
                if start < _STARTS and not reached:
                    continue
                msg = (
                    f"{name}: the Python kernel stopped ({error}), most often for want "
                    "of memory. Close other programs and run it again."
                )
                raise _at(reached, KernelError(msg)) from None
            else:
                return normalised(done)
    raise AssertionError


def files_in(folder: Path) -> dict[str, bytes]:
    """Every file that a run left in its folder, by its path there, in order."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def refuse_strangers(given: Iterable[str], declared: Iterable[str], notebook: str) -> None:
    """Refuse parameter names that a notebook does not declare.

    Papermill would only warn, and run on the default.

    Raises
    ------
    UsageError
        Names each stranger and the nearest declared name.
    """
    known = list(declared)
    strangers = []
    for name in given:
        if name not in known:
            strangers.append(f"{name!r}{hint(name, known)}")
    if strangers:
        msg = (
            f"{notebook} has no parameter {some(strangers)}. It has: {', '.join(known)}. "
            "Correct the name; nothing was run."
        )
        raise UsageError(msg)


def shipped_notebooks(names: Sequence[str] = ()) -> list[Path]:
    """The notebooks that come with the package, or those whose names begin so.

    Raises
    ------
    UsageError
        No notebook's name begins so.
    """
    shipped = sorted(home.notebooks_dir().glob("*.ipynb"))
    for name in names:
        if not any(path.name.startswith(name) for path in shipped):
            msg = (
                f"No notebook's name begins with {name!r}. Give the beginning of one of: "
                f"{', '.join(path.stem for path in shipped)}. Nothing was done."
            )
            raise UsageError(msg)
    return [path for path in shipped if not names or path.name.startswith(tuple(names))]


def notebook_titles() -> dict[str, str]:
    """What each notebook that comes with the package asks, by its name."""
    return {
        path.stem: read_notebook(path.stem).cells[0].source.splitlines()[0].lstrip("# ")
        for path in shipped_notebooks()
    }


def copy_notebooks(
    folder: Path, names: Sequence[str] = (), *, replace: bool = False
) -> list[Path]:
    """Copy notebooks of the package into a folder of the user's; gives the copies.

    Raises
    ------
    UsageError
        No notebook's name begins so.
    KeptError
        The folder holds a notebook of that name with other content, which may be
        somebody's work, and `replace` is not set; nothing is copied.
    OutputError
        The folder cannot be written.
    """
    copies = {folder / path.name: path.read_bytes() for path in shipped_notebooks(names)}
    atomic.write_files(copies, replace=replace)
    return list(copies)


def refresh_notebooks(
    names: Sequence[str] = (), progress: Progress = lambda _: None
) -> None:
    """Run notebooks of the package with their own defaults and rewrite them in place.

    Parameters
    ----------
    names : sequence of str
        Beginnings of names, such as ``03``; every notebook when empty.

    Raises
    ------
    UsageError
        No notebook's name begins so, or the package is an installed one, in which nothing
        is written; none is run.
    HighNeedsError
        A notebook stopped; it is left as it was.
    """
    if home.is_installed():
        msg = (
            "The notebooks are part of an installed package, which nothing writes into. "
            "Expected a clone. `highneeds notebooks --copy DIR` gives copies to work in. "
            "Nothing was run."
        )
        raise UsageError(msg)
    for path in shipped_notebooks(names):
        progress(f"running {path.name}")
        notebook = read_notebook(path.stem)
        done = execute(notebook, path.stem, {}, folder=path.parent)
        text = notebook_text(_without_papermill(done))
        atomic.replace_file(path, text.encode("utf-8"))


def notebook_text(notebook: NotebookNode) -> str:
    """The notebook as its file has it: without the blocks that documents are made of."""
    import nbformat

    kept = deepcopy(notebook)
    for cell in kept.cells:
        for output in cell.get("outputs", ()):
            output.get("metadata", {}).get("highneeds", {}).pop("blocks", None)
    return f"{nbformat.writes(kept)}\n"


def normalised(notebook: NotebookNode) -> NotebookNode:
    """The notebook without clocks, so that two equal runs give equal files."""
    for cell in notebook.cells:
        tags = cell.metadata.get("tags", [])
        cell.metadata = type(cell.metadata)({"tags": tags} if tags else {})
        if "injected-parameters" in tags:
            cell.id = "injected-parameters"
    ours = notebook.metadata.get("papermill", {})
    notebook.metadata["papermill"] = {
        name: ours.get(name, {}) for name in _KEPT_OF_PAPERMILL
    }
    return notebook


def _without_papermill(notebook: NotebookNode) -> NotebookNode:
    notebook.metadata.pop("papermill", None)
    notebook.metadata["language_info"] = {"name": "python"}
    return notebook


def _kernel_manager(scratch: Path) -> type:
    """A manager whose kernel is this very interpreter, whatever kernels are installed.

    The user's IPython start-up files and history are left out of it, and the package is
    found even where it was not installed.
    """
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from traitlets import Unicode

    package = str(Path(errors.__file__).parents[1])
    found = [package, *filter(None, [os.environ.get("PYTHONPATH")])]
    spec = KernelSpec(
        argv=[
            sys.executable,
            "-Xfrozen_modules=off",
            "-m",
            "ipykernel_launcher",
            "-f",
            "{connection_file}",
            # It would otherwise warn that it listens in the clear, and of every stop.
            "--IPKernelApp.log_level=50",
        ],
        env={
            **ONE_THREAD,
            "IPYTHONDIR": str(scratch / "ipython"),
            "PYTHONPATH": os.pathsep.join(found),
        },
        display_name="Python 3",
        language="python",
    )

    class ThisPython(AsyncKernelManager):
        connection_file = Unicode(str(scratch / "kernel.json"))

        @property
        def kernel_spec(self) -> KernelSpec:
            return spec

    return ThisPython


def _at(reached: Sequence[int], error: HighNeedsError) -> HighNeedsError:
    """The error, with the last cell reached."""
    error.cell = reached[-1] + 1 if reached else None
    return error


def _stopped(error: Any, name: str) -> HighNeedsError:
    """The package's own error out of the kernel, or one that says where it stopped."""
    kind = getattr(errors, error.ename, None)
    if isinstance(kind, type) and issubclass(kind, HighNeedsError):
        return kind(error.evalue)
    if known := errors.machine_fault(error.ename, error.evalue):
        return known
    return NotebookError(
        f"{name} stopped in cell {error.cell_index + 1} on {error.ename}: {error.evalue}. "
        "Expected every cell to run. This is a fault in the package or its installation: "
        "run the notebook in JupyterLab to see where, and report it."
    )
