"""The test plan of the inspection link, fixed in a file before anything was fitted.

The file's hash stands here. The analysis reads its covariates, lags, tests and seeds from
the file and refuses one that was changed since, so that the plan cannot follow the results.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from highneeds import atomic, home
from highneeds.errors import AssumptionError
from highneeds.files import Content, toml_of

REGISTERED_SHA256 = "10fe9fedd96813c53263fbf82fa0b06fb4c91e72606e871af5bbf4fae3398474"
FILE = "inspection_link.toml"


@dataclass(frozen=True)
class Preregistration:
    """The plan as registered: ``terms`` is the file, table by table."""

    registered: date
    sha256: str
    terms: dict[str, Any]

    def rule(self, name: str) -> Any:
        """One entry of the table ``rules``."""
        return self.terms["rules"][name]

    def covariates(self, framework: str, role: str = "primary") -> tuple[str, ...]:
        """Names of the covariates of a framework: ``primary`` or ``exploratory``."""
        return tuple(self.terms["frameworks"][framework][role])

    @property
    def pandemic(self) -> str:
        """Inspections left out to see whether the answer stands, as registered."""
        _, left_out = self.terms["stability"]["leave_out"]
        return str(left_out)

    @property
    def pandemic_years(self) -> tuple[int, ...]:
        """The years in which those inspections began."""
        return tuple(map(int, re.findall(r"\d{4}", self.pandemic)))

    def sentence(self) -> str:
        """When it was registered and what had been seen by then."""
        return (
            f"The tests were fixed on {self.registered} (SHA-256 {self.sha256[:12]}…), "
            "before any covariate was set against an outcome. Seen before: "
            f"{self.terms['seen_before']}"
        )


def load_preregistration(path: Path | None = None) -> Preregistration:
    """Read the registered plan and check that it is the one that was registered.

    Raises
    ------
    AssumptionError
        The file is missing, or its hash is not the registered one.
    """
    where = path or home.data_dir() / "preregistration" / FILE
    try:
        # A checkout may write other line ends; the words are what was registered.
        content = where.read_bytes().replace(b"\r\n", b"\n")
    except FileNotFoundError:
        msg = f"The pre-registration {where.name} is missing. Install the package again."
        raise AssumptionError(msg) from None
    found = atomic.sha256(content)
    if found != REGISTERED_SHA256:
        msg = (
            f"The pre-registration {where.name} is not the one registered: its SHA-256 is "
            f"{found[:12]}…, expected {REGISTERED_SHA256[:12]}…. Restore the file; a "
            "changed plan is a new file with its own date, name and reason."
        )
        raise AssumptionError(msg)
    registered = Content(where.name, content)
    terms = toml_of(registered, "the pre-registration", AssumptionError).tables
    return Preregistration(date.fromisoformat(terms["registered"]), found, terms)
