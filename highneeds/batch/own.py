"""The own figures of a batch: a folder of files, or one CSV, and whose each figure is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from highneeds.own.figures import OwnFigures
from highneeds.own.read import read_many
from highneeds.panel.panel import load_panel


@dataclass(frozen=True)
class OwnFiles:
    """What a batch was given of own figures: by authority, and where each file lies."""

    path: Path
    by_code: Mapping[str, OwnFigures]

    @classmethod
    def read(cls, text: str) -> OwnFiles:
        """Read and check every file; nothing of them is kept anywhere.

        Raises
        ------
        HighNeedsError
            There is no such folder or file, or a file has faults.
        """
        path = Path(text)
        return cls(path, read_many(path, load_panel()))

    @property
    def names(self) -> list[str]:
        """The authorities that figures are given of."""
        return [one.area.name for one in self.by_code.values()]

    def file_of(self, la_code: str) -> str:
        """The file with the figures of one authority; none where none are given."""
        found = self.by_code.get(la_code)
        if found is None:
            return ""
        return str(self.path / found.file_name if self.path.is_dir() else self.path)

    @property
    def hashes(self) -> dict[str, str]:
        """The hash of each file, by whose figures it holds and its name."""
        return {
            f"{code} {one.file_name}": one.sha256
            for code, one in sorted(self.by_code.items())
        }
