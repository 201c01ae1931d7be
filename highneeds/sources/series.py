"""What a reader declares of the tables it knows: how each is told, and read by itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from highneeds.geography import Geography
from highneeds.sources.contract import Reading, SourceFile
from highneeds.sources.files import RawFiles
from highneeds.sources.releases import Layout, layouts

# Takes the file as the edition its reader knows, and the rows of the same measure held.
Read = Callable[[RawFiles, Geography, pd.DataFrame], Reading]


@dataclass(frozen=True)
class Series:
    """One published table: the edition its reader knows, its layout, how it is read alone.

    The layout of a table of the statistics service is in ``releases.toml`` under its key,
    with what each release changed; that of any other form stands with the reader.
    """

    key: str
    source: SourceFile
    read: Read
    form: Layout | None = None

    @property
    def layout(self) -> Layout:
        """How the table is told from others, and its columns."""
        return self.form or layouts()[self.key]


def alone(read: Callable[[RawFiles, Geography], Reading]) -> Read:
    """A reader that needs nothing of what is held."""
    return lambda raw, geography, held: read(raw, geography)


def figures_alone(
    read: Callable[[RawFiles, Geography], Sequence[pd.DataFrame]],
) -> Read:
    """Figures as they are, without issues: of a table no longer published, or of a part."""
    return lambda raw, geography, held: Reading(
        pd.concat(list(read(raw, geography)), ignore_index=True)
    )
