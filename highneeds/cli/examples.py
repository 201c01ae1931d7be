"""Examples of every verb, as its help prints them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from highneeds.periods import FinancialYear

# As somebody would type it, after the name of the program: tests/test_commands.py does.
EXAMPLES: Mapping[str, Sequence[str]] = {
    "": ("report Kent", "report England", "batch --areas all --workers 2"),
    "report": (
        'report "West Berkshire" --draws 2000',
        "report Kent --scenario reform_path --inputs kent.xlsx",
        'report Kent --peers "Essex, Surrey, Hampshire" --with drivers,scenarios',
        'report "South West"',
    ),
    "notebooks": ("notebooks", "notebooks --copy my-notebooks 03 04"),
    "workbook": ("workbook Kent", "workbook --read 886-kent-what-if.xlsx"),
    "whatif": (
        "whatif Kent",
        "whatif Kent --inputs kent.xlsx --out kent-what-if.html",
    ),
    "export": ("export Kent --form dsg --inputs kent.xlsx",),
    "inputs": ("inputs template Kent --out kent.xlsx",),
    "inputs template": ("inputs template Kent --out kent.xlsx",),
    "inputs check": ("inputs check kent.xlsx",),
    "monitor": (
        "monitor Kent --inputs ledger.csv",
        f"monitor Kent --spent 61200000 --month October --year {FinancialYear.example}",
    ),
    "batch": (
        'batch --areas "South West" Kent --workers 2',
        "batch --areas all --notebook 01 09 10 --workers 2",
        "batch --areas regions --dry-run",
    ),
    "compare": ("compare reports/RUN_A reports/RUN_B --page changed.html",),
    "data": ("data show ehc_plans --area Kent", "data list"),
    "data show": (
        "data show ehc_plans --area Kent --area England",
        "data show ehc_plans --area Kent --breakdown age --format csv",
    ),
    "data list": ("data list",),
    "data issues": ("data issues --area Kent",),
    "data dictionary": ("data dictionary --out dictionary.md",),
    "data build": ("data build --raw downloads",),
    "data update": ("data update --dry-run",),
    "data add": ("data add caseload.zip --dry-run",),
    "data diff": ("data diff old-release new-release --page changed.html",),
    "geography": ("geography Somerset", "geography --format json"),
    "national": (
        "national --scenario trend reform_path",
        'national --region "South West" --format csv',
    ),
    "backtest": ("backtest --level authority --measure plans",),
    "forecasts": ("forecasts", "forecasts --marks --format csv"),
    "inspections": ('inspections --region "South West" --summary',),
    "claims": ("claims",),
    "evidence": ('evidence --region "South West"',),
    "sign": ('sign reports/886-kent --as reviewed --name "A. Reader"',),
    "verify": ("verify reports/886-kent",),
    "bench": ("bench --quick",),
}
