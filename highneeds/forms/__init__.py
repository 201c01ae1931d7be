"""The forms that authorities owe out, filled from a projection."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Form:
    """A form: what it is called, what it holds, and whether it shows ranges.

    Its module has its name and a function ``files(result, stem)``, which gives the files
    by name. One without ranges needs no simulated futures.
    """

    title: str
    holds: str
    ranges: bool = False


# Help, exports and the manifest go by this; `export` loads the module that is asked for.
FORMS = {
    "dsg": Form(
        "DSG management plan",
        "Year-end position: balance brought forward, income, spending by provision, "
        "in-year position, balance carried forward. Income and balance by block. "
        "Placements; ages and needs. A sheet for each of the seven placements: ages, "
        "needs, pounds and the average cost of a plan. All unmitigated and, where the "
        "scenario has measures, mitigated.",
    ),
    "lsrp": Form(
        "local SEND reform plan",
        "Tables 5.1 (ages), 6 (fourteen provisions), 7 to 7.7 (needs), 10 to 12 (requests, "
        "assessments, plans that came of them). Calendar years: year n is the census of "
        "January n + 1.",
    ),
    "forum": Form(
        "schools-forum pack, Excel and Word",
        "Position, forecast with its range, what drives it, measures with their chance of "
        "delivery and what a year's delay costs, decisions asked; as Excel and as Word "
        "(needs the extra `word`).",
        ranges=True,
    ),
    "mtfp": Form(
        "lines for the medium-term financial plan",
        "Block, transfer, spending, in-year position, balance brought and carried forward, "
        "without and with the announced grant, and interest to the general fund, by "
        "financial year in pounds: the central case, which adds up, and the low and high "
        "ends of its range.",
        ranges=True,
    ),
}
