"""Refuse to commit what no file should hold; pre-commit gives the file names.

Trailing blanks, a missing last newline, TOML or YAML that does not parse, a private key, or
too many bytes in a file that is not a table of figures.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

import yaml

# The report's notebook with its outputs, eight pictures among them, is 0.84 megabytes.
MOST_BYTES = 900_000
TABLES = ("data/tables/",)
PARSERS = {".toml": tomllib.loads, ".yaml": yaml.safe_load, ".yml": yaml.safe_load}
# Lines that end in blanks on purpose, or that a program wrote.
WRITTEN_BY_PROGRAMS = {".ipynb", ".svg", ".csv", ".lock"}
KEY = "-----BEGIN " + "{}PRIVATE KEY-----"
KEYS = tuple(KEY.format(kind) for kind in ("", "RSA ", "EC ", "OPENSSH ", "ENCRYPTED "))


def faults(path: Path) -> list[str]:
    """Say what is wrong with one file."""
    content = path.read_bytes()
    found = []
    if len(content) > MOST_BYTES and not path.as_posix().startswith(TABLES):
        found.append(f"{len(content)} bytes; at most {MOST_BYTES} are kept")
    if b"\0" in content:
        return found
    text = content.decode("utf-8")
    if path.suffix not in WRITTEN_BY_PROGRAMS:
        blanks = [n for n, line in enumerate(text.splitlines(), 1) if line != line.rstrip()]
        if blanks:
            found.append(f"blanks at the end of line {blanks[0]}")
        if text and not text.endswith("\n"):
            found.append("no newline at the end")
    if any(key in text for key in KEYS):
        found.append("a private key")
    if path.suffix in PARSERS:
        try:
            PARSERS[path.suffix](text)
        except (tomllib.TOMLDecodeError, yaml.YAMLError) as error:
            found.append(f"does not parse: {error}")
    return found


def main(names: list[str]) -> int:
    """Print each file's faults; 1 when there is any."""
    said = [f"{name}: {fault}" for name in names for fault in faults(Path(name))]
    print("\n".join(said), end="\n" if said else "")
    return 1 if said else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
