"""The line under figures that names the published files they were read from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby


def source_anchor(source_id: str) -> str:
    """What the row of a published file is called in a page."""
    return f"source-{source_id}"


@dataclass(frozen=True)
class Cited:
    """Figures of one kind (``what``) that one file holds, and of when they are."""

    what: str
    when: str
    source_id: str
    publication: str

    def linked(self, text: str) -> str:
        """Words that lead to the file's row, and name it to whoever waits over them."""
        name = escape(self.publication, quote=True)
        anchor = escape(source_anchor(self.source_id), quote=True)
        return f'<a href="#{anchor}" title="{name}">{escape(text, quote=False)}</a>'


@dataclass(frozen=True)
class Sources:
    """Which figures of a part are published, and which the authority's own.

    ``cited`` stand together by kind, the newest first. ``own`` are own figures in words,
    from ``file``. A ``brief`` line names no publication on the page: its links lead there.
    """

    cited: tuple[Cited, ...]
    own: tuple[str, ...] = ()
    file: str = ""
    lead: str = "Published figures"
    brief: bool = False

    def html(self) -> str:
        """The line with its links; every text escaped."""
        said = [self._linked(*kind) for kind in self._kinds()]
        return " ".join([*self._published(said), *(escape(one) for one in self._own())])

    def __str__(self) -> str:
        said = [
            f"{kind[0].what} "
            + ", ".join(
                f"{f'of {one.when} ' if one.when else ''}from {one.publication}"
                for one in kind
            )
            for kind in self._kinds()
        ]
        return " ".join([*self._published(said), *self._own()])

    def _kinds(self) -> Iterator[list[Cited]]:
        for _, rows in groupby(self.cited, lambda one: one.what):
            yield list(rows)

    def _linked(self, first: Cited, *more: Cited) -> str:
        """One kind: the newest file by name, the others behind their periods."""
        words = " of ".join(filter(None, (first.what, first.when)))
        if self.brief:
            return first.linked(words)
        also = ", ".join(one.linked(one.when) for one in more)
        return (
            f"{escape(words)} from {first.linked(first.publication)}"
            f"{f' (also {also})' if also else ''}"
        )

    def _published(self, said: Sequence[str]) -> Iterator[str]:
        if said:
            yield f"{self.lead}: {'; '.join(said)}."

    def _own(self) -> Iterator[str]:
        if self.own:
            yield (
                f"The authority's own, not published: {'; '.join(self.own)} "
                f"(from {self.file})."
            )
