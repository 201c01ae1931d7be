"""The answers of the statistics API, each as version 1 of it is documented."""

from __future__ import annotations

from typing import Annotated, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

# Of results at most this many pages are read: a hundred times ten thousand figures.
MOST_PAGES = 100


class Part(BaseModel):
    """A part of an answer as version 1 of the API is documented; more may stand in it."""

    model_config = ConfigDict(frozen=True, coerce_numbers_to_str=True)


# What becomes a part of an address.
Identifier = Annotated[str, Field(pattern=r"^[\w.:-]{1,100}$")]
Words = Annotated[str, Field(min_length=1, max_length=1_000)]
# A figure is text, for it may be a symbol; a whole number is the same written otherwise.
Figure = StrictStr | StrictInt


class Warned(Part):
    """A caution in an answer that was otherwise given."""

    code: Words
    message: Words
    path: str | None = ""


class Paging(Part):
    """Which page of how many, and of how many results in all."""

    page: int = Field(ge=1)
    total_results: int = Field(ge=0, alias="totalResults")
    total_pages: int = Field(ge=0, le=MOST_PAGES, alias="totalPages")


class Publication(Part):
    """A publication by its title."""

    id: Identifier
    title: Words


class Periods(Part):
    """The years a version covers."""

    end: str | None = ""


class Version(Part):
    """A version of a data set."""

    version: Annotated[str, Field(pattern=r"^[\w.*-]{0,40}$")] = ""
    periods: Periods = Field(Periods(), alias="timePeriods")


class DataSet(Part):
    """A data set of a publication and its newest version."""

    data_set_id: Identifier = Field(alias="id")
    title: Words
    status: str | None = ""
    newest: Version | None = Field(None, alias="latestVersion")

    @property
    def version(self) -> str:
        """The newest version, or nothing where none is named."""
        return self.newest.version if self.newest else ""

    @property
    def last_period(self) -> str:
        """The last period of the newest version, as the API writes it."""
        return (self.newest.periods.end or "") if self.newest else ""


class Option(Part):
    """One thing a filter or a level can be."""

    id: str
    label: str
    code: str = ""
    old_code: str | None = Field("", alias="oldCode")


NOWHERE = Option(id="-", label="")


class Filter(Part):
    """A breakdown of the table: a column with its labels."""

    id: str
    column: Words
    options: tuple[Option, ...]


class Indicator(Part):
    """A column of figures."""

    id: str
    column: Words


class Level(Part):
    """A geographic level by its code."""

    code: str


class Place(Part):
    """The areas of one geographic level."""

    level: Level | str
    options: tuple[Option, ...]


class Meta(Part):
    """What a data set can be asked for."""

    filters: tuple[Filter, ...]
    indicators: tuple[Indicator, ...]
    locations: tuple[Place, ...]


class Fault(Part):
    """One thing wrong with a request."""

    message: str | None = None
    code: str | None = "no code"
    path: str | None = ""


class Problem(Part):
    """What the API says of a request that it refuses."""

    title: Words
    # An older form groups them by the parameter they are about.
    errors: tuple[Fault, ...] | dict[str, tuple[Fault, ...]] | None = ()

    def every(self) -> list[Fault]:
        """The faults, each with what it is about."""
        if not isinstance(self.errors, dict):
            return list(self.errors or ())
        return [
            one.model_copy(update={"path": path})
            for path, many in self.errors.items()
            for one in many
        ]


class Period(Part):
    """A year as the API writes it."""

    period: Words
    code: Words


class Row(Part):
    """One result of a query: identifiers for everything but the figures."""

    time_period: Period = Field(alias="timePeriod")
    level: Level | str = Field(alias="geographicLevel")
    locations: dict[str, str]
    filters: dict[str, str]
    figures: dict[str, Figure] = Field(alias="values")


Entry = TypeVar("Entry", bound=Part)
Shape = TypeVar("Shape", bound=BaseModel)


class Page(Part, Generic[Entry]):
    """A page of a list or of a query."""

    paging: Paging
    results: tuple[Entry, ...]
    warnings: tuple[Warned, ...] | None = ()
