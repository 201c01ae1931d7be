"""High-needs deficits of English local authorities, on published figures.

    import highneeds as hn

    panel = hn.load_panel()
    result = hn.project(panel, "Somerset", "reform_path")
    result.balance()

``hn.areas()``, ``hn.scenarios()`` and ``hn.measures()`` list what can be asked for;
``hn.report`` has the tables and charts of a report, ``hn.evidence`` those of a call for
evidence, ``hn.notebook`` what a notebook's parameters are checked by. The names and their
types are in ``__init__.pyi``; each is imported when first used, so that the command line
starts at once.
"""

import importlib.util
import sys
import warnings

try:
    import lazy_loader
except ModuleNotFoundError as absent:
    from highneeds.errors import lacking

    # Python runs this before `__main__`: a line then, and in a program an import error.
    if sys.argv[:1] == ["-m"]:
        sys.exit(lacking(absent))
    raise ImportError(lacking(absent)) from None

__version__ = "0.1.0"

_named, _dir, _names = lazy_loader.attach_stub(__name__, __file__)
__all__ = ["__version__", *_names]
# Names that few write: each is imported from its module, by what it is called there.
_MOVED = {
    name: module
    for module, names in (
        ("answers.beside_others", ("growth", "growth_bands")),
        ("answers.forecast_register", ("forecast_register", "mark_frozen")),
        ("answers.needs", ("plans_by_need",)),
        ("answers.similar_areas", ("similar_areas",)),
        ("evidence.claims", ("claims_register", "read_claims")),
        ("inspections.preregistration", ("load_preregistration",)),
        ("inspections.state", ("inspection_state",)),
        ("inspections.themes", ("read_named_weaknesses", "read_themes")),
        ("panel.joins", ("join",)),
    )
    for name in names
}


def __getattr__(name: str) -> object:
    if name in __all__:
        return _named(name)
    if name in _MOVED:
        module = f"{__name__}.{_MOVED[name]}"
        msg = f"hn.{name} goes in version 0.2: write from {module} import {name}."
        warnings.warn(msg, DeprecationWarning, stacklevel=2)
        return getattr(importlib.import_module(module), name)
    # Python asks here before it looks for a module, as in `from highneeds import files`.
    if not (name.startswith("_") or importlib.util.find_spec(f"{__name__}.{name}")):
        for room in ("report", "evidence", "notebook"):
            moved = importlib.import_module(f"{__name__}.{room}")
            if name in moved.__all__:
                msg = f"hn.{name} goes in version 0.2: write hn.{room}.{name}."
                warnings.warn(msg, DeprecationWarning, stacklevel=2)
                return getattr(moved, name)
    msg = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(msg)


def __dir__() -> list[str]:
    return list(__all__)
