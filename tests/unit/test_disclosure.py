"""No small count can be worked back from what is for publication, by any subtraction."""

import random
from itertools import product

import numpy as np
import pytest

import highneeds as hn
from highneeds.own.breakdowns import required
from highneeds.own.disclosure import withheld_of
from highneeds.own.figures import OwnFigure, OwnFigures
from highneeds.own.publication import for_publication
from highneeds.panel.panel import load_panel
from highneeds.report.own_figures import own_figures_sheet, own_figures_table

AGES, PLACES = sorted(required("age_band")), sorted(required("placement"))
DAY = "2026-10-15"


def plans(breakdown, value, at=DAY):
    return OwnFigure("ehc_plans", at, float(value), breakdown)


def table(cells, *, margins, at=DAY):
    """Plans by age and placement, with their margins and total where asked for."""
    figures = [
        plans(f"age_band_by_placement/{age}|{place}", cells[age, place], at)
        for age, place in product(AGES, PLACES)
    ]
    if margins:
        figures += [
            plans(f"age_band/{age}", sum(cells[age, one] for one in PLACES), at)
            for age in AGES
        ]
        figures += [
            plans(f"placement/{place}", sum(cells[one, place] for one in AGES), at)
            for place in PLACES
        ]
        figures.append(plans("total/total", sum(cells.values()), at))
    return figures


def subtracted(cells, shown):
    """What follows exactly for who knows every margin, the true table and what is shown.

    An attack of its own: the equations of rows, columns and total are solved for the cells
    that are not shown, by linear algebra.
    """
    keys = [*product(AGES, PLACES)]
    unknown = [
        key for key in keys if f"age_band_by_placement/{key[0]}|{key[1]}" not in shown
    ]
    rows = []
    for which, names in ((0, AGES), (1, PLACES)):
        kind = ("age_band", "placement")[which]
        for name in names:
            if f"{kind}/{name}" in shown or not any(
                one.startswith(kind + "/") for one in shown
            ):
                rows.append([float(key[which] == name) for key in unknown])
    rows.append([1.0] * len(unknown))
    if not unknown:
        return []
    _, sizes, basis = np.linalg.svd(np.array(rows))
    rank = int((sizes > 1e-9).sum())
    loose = (
        np.abs(basis[rank:]).max(axis=0) if rank < len(unknown) else np.zeros(len(unknown))
    )
    return [key for key, free in zip(unknown, loose, strict=True) if free < 1e-9]


@pytest.mark.parametrize("margins", [True, False])
def test_no_small_count_of_a_table_follows_by_rows_columns_or_total(margins):
    chance = random.Random(20261130)
    tried = 0
    for _ in range(5):
        cells = {
            key: chance.choice([0, 0, 3, 1, 7, 12, 40, 90]) for key in product(AGES, PLACES)
        }
        figures = table(cells, margins=margins)
        small, others = withheld_of(figures)
        shown = {one.breakdown for one in figures if one not in small | others}
        # Before others are withheld too, most of them follow.
        first = {one.breakdown for one in figures if one not in small}
        tried += len(subtracted(cells, first))
        follows = {f"age_band_by_placement/{a}|{p}" for a, p in subtracted(cells, shown)}
        assert not follows & {one.breakdown for one in small}
    assert tried > 2


def test_one_small_part_is_withheld_with_the_least_of_the_others():
    values = dict.fromkeys(PLACES, 100.0) | {
        PLACES[0]: 3.0,
        PLACES[1]: 20.0,
        PLACES[2]: 0.0,
    }
    figures = [plans(f"placement/{place}", n) for place, n in values.items()]
    small, others = withheld_of(figures)
    assert [one.value for one in small] == [3.0]
    # 0 hides nothing where whoever reads knows that what is withheld is not 0.
    assert [one.value for one in others] == [20.0]


def test_two_small_parts_whose_sum_tells_both_get_a_third():
    """1 and 1 withheld of a known total are told by it: 2 has no other parts above 0."""
    values = dict.fromkeys(PLACES, 100.0) | {PLACES[0]: 1.0, PLACES[1]: 1.0}
    small, others = withheld_of([plans(f"placement/{k}", n) for k, n in values.items()])
    assert (len(small), len(others)) == (2, 1)
    values |= {PLACES[0]: 5.0, PLACES[1]: 4.0}
    small, others = withheld_of([plans(f"placement/{k}", n) for k, n in values.items()])
    assert (len(small), len(others)) == (2, 0)


def test_the_years_do_not_tell_a_small_count():
    """Plans of two Januaries less the new ones between them are those that ended."""
    years = [
        plans("total/total", 400, "2025-01-16"),
        OwnFigure("new_ehc_plans", "2025", 60.0),
        OwnFigure("ceased_ehc_plans", "2025", 4.0),
        plans("total/total", 456, "2026-01-15"),
    ]
    small, others = withheld_of(years)
    assert [one.value for one in small] == [4.0]
    assert [one.value for one in others] == [60.0]
    # Where a year is not given there is nothing to subtract.
    assert withheld_of(years[:3])[1] == set()


def test_figures_without_a_small_count_are_all_shown():
    cells = {key: 6 + n for n, key in enumerate(product(AGES, PLACES))}
    assert withheld_of(table(cells, margins=True)) == (set(), set())


def test_the_page_and_the_workbook_show_nothing_that_was_withheld():
    panel = load_panel()
    area = panel.area("Rutland")
    values = dict.fromkeys(PLACES, 40.0) | {PLACES[0]: 3.0, PLACES[1]: 21.0}
    figures = [plans(f"placement/{place}", n) for place, n in values.items()]
    figures.append(plans("total/total", sum(values.values())))
    own = OwnFigures(area, tuple(figures), "own.csv", "0" * 64)
    found = for_publication(own)
    assert (found.withheld, found.others) == (1, 1)
    assert "1 count from 1 to 5" in found.sentence
    assert "and 1 other that would tell" in found.sentence
    result = hn.project(panel, area, draws=100, own=found.own)
    for shown in (own_figures_table(result), own_figures_sheet(result)):
        held = [float(one) for one in shown.frame["own"]]
        assert sorted(held) == sorted(
            one.value for one in figures if one.value not in (3.0, 21.0)
        )
        total = max(held)
        # What is left of the total is of two parts, and either may be most of it.
        assert total - sum(one for one in held if one != total) == 24.0
