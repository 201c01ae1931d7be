"""Follow the tutorials word by word, and write what came out into their pages.

The blocks of a page are taken in order. ``sh`` is run, line by line; ``text`` after it is
what was printed: all of it, the ``last`` line, or as many first lines as it says; a block
of another language is saved under the name beside it. ``sh setup`` is run in a clone alone,
``sh slow`` only where there is time, ``sh fails`` has to fail. ``<address>`` is where the
repository is.

    python tools/tutorials.py            # the quick commands, in this process
    python tools/tutorials.py --fresh    # every word, in a fresh clone, with the network
"""

from __future__ import annotations

import argparse
import contextlib
import io
import os
import re
import runpy
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from highneeds.cli import main as highneeds

ROOT = Path(__file__).resolve().parent.parent
PAGES = tuple(sorted((ROOT / "docs" / "tutorials").glob("*.md")))
_BLOCK = re.compile(r"```(\w+)(?: ([^\n]+))?\n(.*?)```\n", re.DOTALL)
_ADDRESS = "<address>"
_LEFT_OUT = "…"
_END = "--- the command ended with"


class Shell(Protocol):
    """What types the commands: each gives its exit code and what it printed."""

    def run(self, command: str) -> tuple[int, str]:
        """Run one line."""

    def save(self, name: str, content: str) -> None:
        """Save a file where the commands run."""


class Here:
    """Commands of ours in this process, in one folder: quick, and no shell."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def run(self, command: str) -> tuple[int, str]:
        """Run one line that begins with `python3 start.py` or the clone's own Python."""
        program, *words = shlex.split(command)
        said = io.StringIO()
        with contextlib.chdir(self.folder), contextlib.redirect_stdout(said):
            if program == ".venv/bin/python":
                runpy.run_path(words[0], run_name="__main__")
                return 0, said.getvalue()
            if [program, *words[:1]] != ["python3", "start.py"]:
                msg = f"{command!r} needs a shell: mark its block `setup` or `slow`"
                raise ValueError(msg)
            return highneeds(words[1:]), said.getvalue()

    def save(self, name: str, content: str) -> None:
        """Save a file in the folder."""
        (self.folder / name).write_text(content, "utf-8")


class Typed:
    """Commands typed into one real shell, which keeps its folder and its environment."""

    def __init__(self, folder: Path, env: dict[str, str]) -> None:
        self.folder = folder
        self.said = (folder / "messages").open("w", encoding="utf-8")
        self.shell = subprocess.Popen(
            ["bash"],
            cwd=folder,
            env={**os.environ, **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.said,
            text=True,
        )

    def run(self, command: str) -> tuple[int, str]:
        """Type one line, and wait for its end."""
        assert self.shell.stdin is not None
        assert self.shell.stdout is not None
        command = command.replace(_ADDRESS, shlex.quote(str(ROOT)))
        self.shell.stdin.write(f"{command} </dev/null\nhow=$?; echo; echo '{_END}' $how\n")
        self.shell.stdin.flush()
        printed = ""
        for line in self.shell.stdout:
            if line.startswith(_END):
                return int(line.removeprefix(_END)), printed[:-1]
            printed += line
        msg = f"the shell ended at {command!r}"
        raise RuntimeError(msg)

    def save(self, name: str, content: str) -> None:
        """Save a file where the shell stands."""
        _, where = self.run("pwd")
        Path(where.strip(), name).write_text(content, "utf-8")

    def close(self) -> None:
        """End the shell."""
        self.shell.communicate()
        self.said.close()


@contextlib.contextmanager
def typed(folder: Path, **env: str) -> Iterator[Typed]:
    """A real shell in a folder, ended afterwards."""
    shell = Typed(folder, env)
    try:
        yield shell
    finally:
        shell.close()


def followed(page: str, shell: Shell, *, skip: tuple[str, ...]) -> str:
    """The page with what each command printed, as it was printed now.

    Blocks marked with a word of `skip` are not run, and what they print stays.

    Raises
    ------
    RuntimeError
        A command fails that should not, or does not that should.
    """
    printed: str | None = None

    def follow(block: re.Match[str]) -> str:
        nonlocal printed
        language, words, content = block[1], block[2] or "", block[3]
        if language == "text":
            return block[0] if printed is None else _fenced(words, printed)
        printed = None
        if language != "sh":
            shell.save(words, content)
        elif words not in skip:
            printed = "".join(
                _ran(line, shell, fails=words == "fails") for line in content.splitlines()
            )
        return block[0]

    return _BLOCK.sub(follow, page)


def _ran(command: str, shell: Shell, *, fails: bool) -> str:
    code, printed = shell.run(command)
    if bool(code) != fails:
        msg = f"{command!r} ended with {code}: {printed}"
        raise RuntimeError(msg)
    return printed


def _fenced(words: str, printed: str) -> str:
    # A folder of the one who follows is no part of what is said.
    lines = re.sub(r"(?<![\w./])/\S*?/(?=reports/)", "", printed).splitlines()
    if words == "last":
        lines = lines[-1:]
    elif words and len(lines) > int(words):
        lines = [*lines[: int(words)], _LEFT_OUT]
    opening = f"```text {words}" if words else "```text"
    return "\n".join([opening, *(line.rstrip() for line in lines), "```\n"])


def main() -> None:
    """Follow every tutorial and write what its commands print now."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fresh", action="store_true", help="every word, in a fresh clone")
    fresh = parser.parse_args().fresh
    for page in PAGES:
        with tempfile.TemporaryDirectory() as folder:
            text = page.read_text("utf-8")
            if fresh:
                with typed(Path(folder)) as shell:
                    found = followed(text, shell, skip=())
            else:
                found = followed(text, Here(Path(folder)), skip=("setup", "slow"))
        page.write_text(found, "utf-8", newline="\n")
        print(page.name, "followed")


if __name__ == "__main__":
    main()
