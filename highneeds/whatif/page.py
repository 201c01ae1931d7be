"""The what-if page: one file with its own model, which asks nothing of any network.

What the reader moves is worked out in the page, in plain JavaScript, by a second writing of
the central case; a policy by hash lets nothing but that script and style run.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from highneeds import __version__, home
from highneeds.answers.projection import Projection, project
from highneeds.atomic import write_files
from highneeds.display import json_in_html, source_hash
from highneeds.errors import UsageError
from highneeds.geography import Area
from highneeds.own.plausible import size_of
from highneeds.scenario.levers import FORUM_LIMIT, KINDS
from highneeds.scenario.scenario import Scenario, for_a_report
from highneeds.whatif.bands import (
    distances,
    grant_ratio,
    later_ratio,
    scenario_runs,
    stated_ratio,
)
from highneeds.whatif.controls import (
    ASSUMPTIONS,
    COVERAGE,
    FUNDING,
    MEASURES,
    PLANS,
    PRICES,
    OwnField,
    Slider,
    own_fields,
)
from highneeds.whatif.start import (
    WRITTEN,
    assumptions_json,
    bare_json,
    own_json,
    plain,
    record_json,
    scenario_json,
)

if TYPE_CHECKING:
    from jinja2 import Template

    from highneeds.own.figures import OwnFigures
    from highneeds.panel.panel import Panel

_HERE = Path(__file__).parent
# In the order in which they build on one another.
_SCRIPTS = (
    *("record", "plans", "money", "levers", "toml", "scenario", "bands"),
    *("page", "chart", "controls"),
)
# What a scenario that is no shipped one is called within the page.
_OPENED = "opened"
_SHORT, _MILLION = 12, 1_000_000


def whatif_projection(
    panel: Panel,
    area: str | Area,
    scenario: Scenario | str | Path | None = None,
    *,
    until: str | None = None,
    draws: int = 1000,
    seed: int = 20250901,
    own: OwnFigures | None = None,
) -> Projection:
    """The run that a page starts from; see `project`.

    Raises
    ------
    UsageError, AssumptionError, ModelError
        The area is a region or England, or as `project`.
    """
    where = require_authority(panel, area)
    chosen = for_a_report(Scenario.of(scenario))
    return project(panel, where, chosen, until=until, draws=draws, seed=seed, own=own)


def require_authority(panel: Panel, area: str | Area) -> Area:
    """The authority meant.

    Raises
    ------
    UsageError
        It is a region or England; says what there is for these.
    """
    where = panel.area(area)
    if where.level != "la" and not panel.parts(where):
        msg = (
            f"{where} is no local authority. A what-if page is of one, such as Somerset: "
            "its sliders move one authority's plans and prices. `highneeds report` and "
            "`highneeds batch` have pages of regions and of England. Nothing was made."
        )
        raise UsageError(msg)
    return where


def whatif_page(
    result: Projection,
    chosen: Scenario | None = None,
    made: Mapping[str, Projection] = MappingProxyType({}),
) -> str:
    """The page of a projection; the same one always gives the same text.

    Parameters
    ----------
    chosen : Scenario, optional
        As its file says it, where the projection's has own unit costs in place of assumed.
    made : mapping of str to Projection
        Runs of shipped scenarios, by name, on the same futures: they are not made again.
    """
    start = _start(result, chosen or result.scenario, made)
    style = (_HERE / "page.css").read_text(encoding="utf-8")
    policy = (
        f"default-src 'none'; script-src {script_source()}; style-src {source_hash(style)}"
    )
    fields = own_fields(result)
    later = [year.label for year in result.years if year.end > start["closed"] + 1]
    return _template().render(
        policy=policy,
        script=_script(),
        style=style,
        start=json_in_html(plain(start)),
        area=result.area,
        title=f"What if: high needs in {result.area.name}",
        has_money=result.has_money,
        groups=_groups(result),
        measures=[_of_slider(one) for one in MEASURES if _moves(result, one)],
        own=[_of_own(result, one) for one in fields],
        opened=start["opened"],
        scenarios=[(name, run["scenario"]["title"]) for name, run in start["runs"].items()],
        closed=start["closed"],
        later=later,
        full=later[min(2, len(later) - 1)],
        last=result.years[-1].label,
        plans_last=result.until.end,
        draws=result.draws,
        seed=result.seed,
        edition=home.edition_of(home.tables_dir())[:_SHORT],
        version=__version__,
        basis=result.balance_basis,
        gaps=result.gaps,
        inputs=result.own,
    )


def script_source() -> str:
    """The page's script as a content policy names it, so that no other is run."""
    return source_hash(_script())


@cache
def _script() -> str:
    script = "\n".join(
        (_HERE / f"{name}.js").read_text(encoding="utf-8") for name in _SCRIPTS
    )
    # A block keeps the script's names from those of the window.
    return f'"use strict";\n{{\n{script}}}\n'


def write_whatif(
    result: Projection,
    out: str | Path,
    chosen: Scenario | None = None,
    *,
    replace: bool = False,
) -> Path:
    """Write the page into a folder, or to a path that ends on ``.html``.

    Raises
    ------
    KeptError
        Another file is in its place, and `replace` is not set.
    OutputError
        The place cannot be written.
    """
    out = Path(out)
    path = out if out.suffix == ".html" else out / f"{result.area.slug}-what-if.html"
    page = whatif_page(result, chosen).encode("utf-8")
    write_files({path: page}, replace=replace)
    return path


def _start(
    result: Projection, chosen: Scenario, made: Mapping[str, Projection]
) -> dict[str, Any]:
    """All that the script works with."""
    shipped = {
        name: one for name in Scenario.shipped() if not (one := Scenario.load(name)).example
    }
    name = next((name for name, one in shipped.items() if one == chosen), _OPENED)
    others = {key: one for key, one in shipped.items() if key != name}
    runs = {name: distances(result), **scenario_runs(result, others, made)}
    said = {name: chosen, **others}
    later, more = later_ratio(result) if result.has_money else (None, 1.0)
    closed = result.vintage.census.end
    return {
        **record_json(result),
        "slug": result.area.slug,
        "assumptions": assumptions_json(),
        "written": list(WRITTEN),
        "bare": bare_json(),
        "scenarios": {key: scenario_json(one) for key, one in shipped.items()},
        "opened": name,
        "runs": {
            key: {"scenario": scenario_json(said[key]), "distances": run}
            for key, run in runs.items()
        },
        "grant_ratio": grant_ratio(result) if result.has_money else None,
        "grant_measured": not chosen.policies.stability_grant.switched_on,
        "later_ratio": later,
        "later_measured": more,
        "own_fields": [_of_field(result, one) for one in own_fields(result)],
        "own_file": own_json(result),
        "coverage": COVERAGE,
        "most_of_kind": {name: kind.most for name, kind in KINDS.items()},
        "forum_limit": FORUM_LIMIT,
        "has_money": result.has_money,
        "closed": closed,
        "plan_steps": result.until.end - closed,
    }


def _of_field(result: Projection, field: OwnField) -> dict[str, Any]:
    return {
        "measure": field.measure,
        "at": field.year.label,
        "covers": field.covers,
        "ratio": stated_ratio(result, field),
    }


def _of_own(result: Projection, field: OwnField) -> dict[str, Any]:
    """A field with the limits, £ million, beyond which a file of own figures is refused."""
    least, most = (end / _MILLION for end in size_of(result.panel, result.area).limits_gbp)
    negative = field.measure.endswith("_balance_gbp")
    least = least if field.is_flow else -most if negative else 0.0
    return {"field": field, "least": round(least, 3), "most": round(most, 3)}


def _moves(result: Projection, slider: Slider) -> bool:
    """Whether a slider moves anything at all of this authority."""
    funds = slider.group == FUNDING or slider.name == "block_transfer"
    return result.has_money or not funds


def _groups(result: Projection) -> list[tuple[str, list[dict[str, Any]]]]:
    """Sliders of assumptions by heading, but those that own unit costs stand for."""
    stated = {
        name
        for _, name in (
            result.own.parts("unit_cost_gbp", "placement") if result.own else {}
        )
    }
    taken = {f"unit_cost_{name}_gbp" for name in stated}
    found = []
    for group in (PLANS, PRICES, FUNDING):
        sliders = [
            _of_slider(one, result)
            for one in ASSUMPTIONS
            if one.group == group and one.name not in taken and _moves(result, one)
        ]
        if sliders or group == FUNDING:
            found.append((group, sliders))
    return found


def _of_slider(slider: Slider, result: Projection | None = None) -> dict[str, Any]:
    """A slider with the range that its number may have."""
    least, most = slider.least, slider.most
    if result is not None:
        estimate = result.scenario.assumptions[slider.name]
        factor = slider.factor
        least, most = (
            round(end * factor, 9) for end in (estimate.minimum, estimate.maximum)
        )
    return {
        "one": slider,
        "id": slider.name.replace(".", "-"),
        "least": least,
        "most": most,
    }


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("page.html.j2")
