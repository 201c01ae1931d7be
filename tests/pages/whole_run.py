"""A run of everything, made by hand: each authority, each region, England, and faults."""

from highneeds.geography import Geography
from tests.batches import headline, manifest, report

ABSENT, FAILED, CHANGE_ONLY, NO_BLOCK = "Torbay", "Kent", "Hackney", "City of London"


def headline_of(place):
    """Unlike any other authority's, and in another order by each figure."""
    mean = ((place * 37) % 152 - 120) * 1e6
    return {
        **headline(mean),
        "gap": ((place * 53) % 152 - 90) * 1e5,
        "plans": [900.0 + (place * 29) % 152, 2000.0 + (place * 71) % 152 * 11],
        "children": 20_000.0 + (place * 17) % 152 * 300,
    }


def whole_run():
    """The manifest of it, reports by the name of their folder as a run lists them."""
    geography = Geography.load()
    reports = []
    for place, area in enumerate(geography.authorities(2025)):
        if area.name == ABSENT:
            continue
        found = headline_of(place)
        more = {"region": area.region_name, "folder": area.slug, "headline": found}
        if area.name == FAILED:
            more |= {"state": "failed", "headline": None, "outputs": {}, "cell": 7}
            more |= {"error": "ModelError: more plans end than exist in 2027."}
        elif area.name == CHANGE_ONLY:
            found["level"] = False
        elif area.name == NO_BLOCK:
            found |= {"balance": None, "gap": None, "block": None}
        reports.append(report(area.la_code, area.name, **more))
    for place, area in enumerate([*geography.regions(), geography.england]):
        number = "10_england" if area.level == "england" else "09_regional_report"
        found = headline_of(place)
        more = {"level": area.level, "region": "", "folder": area.slug, "headline": found}
        reports.append(report(area.la_code, area.name, notebook=number, **more))
    return manifest(*sorted(reports, key=lambda one: one["folder"]))
