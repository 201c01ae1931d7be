"""`data show` against figures as their publishers print them, one question each.

Values are those of the releases themselves, and of the checks that the notes kept with the
files list as passed (England's totals, named authorities).
"""

import csv
import io
import json

import pytest

from highneeds.cli import main
from highneeds.panel.schema import MEASURES

ENGLAND = "England"
BLOCK = "high_needs_block_before_deductions_gbp"
NET = "s251_high_needs_net_gbp"
# Plans and statements each January, as the releases of 2022 and 2025 head them.
PLANS = {2010: 228_221, 2014: 237_111, 2015: 240_183, 2016: 256_315, 2017: 287_290} | {
    2018: 319_819,
    2019: 353_995,
    2020: 390_109,
    2021: 430_697,
    2022: 473_255,
    2023: 517_048,
    2024: 576_474,
    2025: 638_745,
}
# Suspensions and permanent exclusions, England, as each release heads them.
EXCLUSIONS = {
    "2016/17": (381_865, 7_720),
    "2017/18": (410_753, 7_905),
    "2018/19": (438_265, 7_894),
    "2019/20": (310_733, 5_057),
    "2020/21": (352_454, 3_928),
    "2021/22": (578_280, 6_495),
    "2022/23": (786_961, 9_376),
    "2023/24": (954_952, 10_885),
}
PUBLISHED = [
    *(("ehc_plans", ENGLAND, str(year), "total", value) for year, value in PLANS.items()),
    ("ehc_plans", "London", "2014", "total", 40_340),
    ("ehc_plans", "London", "2018", "total", 53_975),
    ("ehc_plans", ENGLAND, "2025", "independent_special", 34_028),
    ("new_ehc_plans", ENGLAND, "2021", "total", 62_180),
    ("new_ehc_plans", ENGLAND, "2020", "total", 60_097),
    ("new_ehc_plans", ENGLAND, "2022", "total", 66_706),
    ("new_ehc_plans", ENGLAND, "2024", "total", 97_747),
    ("new_ehc_plans", "Yorkshire and The Humber", "2022", "total", 6_078),
    ("new_ehc_plans", "Barnsley", "2022", "total", 319),
    ("new_ehc_plans", "Wakefield", "2022", "total", 462),
    ("ceased_ehc_plans", ENGLAND, "2024", "total", 44_862),
    ("ehc_assessments", ENGLAND, "2022", "plan_issued", 68_665),
    ("ehc_assessment_requests", ENGLAND, "2019", "total", 82_329),
    ("ehc_assessment_requests", ENGLAND, "2024", "total", 154_489),
    ("ehc_plans_issued_within_20_weeks_pct", ENGLAND, "2024", "total", 46.4),
    (
        *("ehc_plans_issued_within_20_weeks_pct", ENGLAND, "2024"),
        *("including_exceptions", 45.9),
    ),
    *(
        ("tribunal_appeals", ENGLAND, year, "total", value)
        for year, value in zip(
            ("2014", "2019", "2023", "2024"), (4_108, 7_385, 15_615, 22_276), strict=True
        )
    ),
    # Printed in each other's row.
    ("tribunal_appealable_decisions", "Cambridgeshire", "2024", "total", 8_246),
    ("tribunal_appealable_decisions", "Central Bedfordshire", "2024", "total", 4_410),
    *(
        (measure, ENGLAND, year, "total", values[column])
        for year, values in EXCLUSIONS.items()
        for column, measure in enumerate(("suspensions", "permanent_exclusions"))
    ),
    ("pupils", ENGLAND, "2023/24", "primary", 4_614_990),
    ("pupils", ENGLAND, "2023/24", "secondary", 3_669_933),
    ("pupils", ENGLAND, "2023/24", "special", 160_420),
    ("pupils_on_roll", ENGLAND, "2022", "total", 8_418_013),
    ("pupils_with_ehc_plan_pct", ENGLAND, "2016", "total", 2.8),
    ("pupils_with_ehc_plan_pct", ENGLAND, "2023", "total", 4.3),
    ("pupils_with_ehc_plan_pct", ENGLAND, "2025", "total", 5.3),
    ("population_0_17", ENGLAND, "2012", "total", 11_403_970),
    ("population_0_17", ENGLAND, "2023", "total", 12_059_476),
    ("population_0_17", ENGLAND, "2024", "total", 12_183_016),
    (BLOCK, ENGLAND, "2020-21", "total", 7_063_230_381),
    (BLOCK, ENGLAND, "2021-22", "total", 7_906_348_577),
    (BLOCK, ENGLAND, "2022-23", "total", 8_988_258_915),
    (BLOCK, ENGLAND, "2023-24", "total", 9_953_984_391),
    (
        *("high_needs_block_after_deductions_gbp", ENGLAND, "2023-24"),
        *("total", 8_885_084_012),
    ),
    ("high_needs_block_build_up_gbp", ENGLAND, "2023-24", "total", 9_952_172_126),
    (NET, "Camden", "2021-22", "total", 30_868_044),
]
# Published to fewer figures than are held: within half of the last one printed.
ROUNDED = [
    ("suspensions_per_100", ENGLAND, "2023/24", 11.31, 0.005),
    ("permanent_exclusions_per_100", ENGLAND, "2023/24", 0.13, 0.005),
    ("dsg_balance_gbp", ENGLAND, "2019-20", -483.9e6, 0.05e6),
    ("dsg_balance_gbp", ENGLAND, "2020-21", -801.6e6, 0.05e6),
    ("dsg_balance_gbp", ENGLAND, "2021-22", -1_153.8e6, 0.05e6),
    ("dsg_balance_gbp", "Kent", "2021-22", -97.6e6, 0.05e6),
    (NET, ENGLAND, "2017-18", 4.40e9, 0.005e9),
    (NET, ENGLAND, "2018-19", 4.73e9, 0.005e9),
    (NET, ENGLAND, "2019-20", 5.16e9, 0.005e9),
    (NET, ENGLAND, "2020-21", 5.69e9, 0.005e9),
    (NET, ENGLAND, "2021-22", 6.49e9, 0.005e9),
    (NET, ENGLAND, "2022-23", 7.42e9, 0.005e9),
    (NET, ENGLAND, "2024-25", 10.22e9, 0.005e9),
]


def show(capsys, *options):
    code = main(["data", "show", *options])
    out, err = capsys.readouterr()
    assert code == 0, err
    return out, err


def value_of(capsys, measure, area, year, breakdown):
    asked = [measure, "--area", area, "--year", year, "--breakdown", breakdown]
    out, _ = show(capsys, *asked, "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(out))
    return float(row["value"])


@pytest.mark.parametrize(
    ("measure", "area", "year", "breakdown", "published"),
    PUBLISHED,
    ids=[" ".join(case[:4]) for case in PUBLISHED],
)
def test_a_published_figure_is_shown_to_the_last_digit(
    capsys, measure, area, year, breakdown, published
):
    assert value_of(capsys, measure, area, year, breakdown) == published


@pytest.mark.parametrize(
    ("measure", "area", "year", "published", "half"),
    ROUNDED,
    ids=[" ".join(case[:3]) for case in ROUNDED],
)
def test_a_rounded_figure_is_shown_within_its_rounding(
    capsys, measure, area, year, published, half
):
    found = value_of(capsys, measure, area, year, "total")
    assert found == pytest.approx(published, abs=half)


@pytest.mark.parametrize("measure", MEASURES)
def test_every_measure_is_shown_in_both_forms_for_programs(capsys, measure):
    as_json, _ = show(capsys, measure, "--area", "Kent", "--format", "json")
    as_csv, _ = show(capsys, measure, "--area", "Kent", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(as_csv)))
    assert rows
    for one, other in zip(json.loads(as_json), rows, strict=True):
        value = one.pop("value")
        text = other.pop("value")
        assert one == other
        assert text == "" if value is None else float(text) == pytest.approx(value)


def test_pounds_of_all_england_are_shown_whole(capsys):
    out, _ = show(capsys, BLOCK, "--area", ENGLAND, "--year", "2023-24")
    assert "9,953,984,391" in out
    # 2024-25 is the first year above ten thousand million.
    out, _ = show(capsys, NET, "--area", ENGLAND, "--year", "2024-25")
    assert "e+" not in out
    assert "10,216," in out


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (
            ("suspensions", ENGLAND, "2023/24", "ehc_plan"),
            "ehc_plan, is published here for 2011/12 to 2016/17 for England only",
        ),
        (
            ("s251_outturn_line_gbp", ENGLAND, "2021-22", "line"),
            "is published here for 2021-22 for authorities only",
        ),
    ],
)
def test_a_breakdown_not_published_for_an_area_or_year_is_told_apart(capsys, asked, words):
    measure, area, year, breakdown = asked
    question = (measure, "--area", area, "--year", year, "--breakdown", breakdown)
    out, err = show(capsys, *question)
    assert out == ""
    assert words in err


@pytest.mark.parametrize(
    ("measure", "year", "words"),
    [
        # Sums of the authorities that are there, as published: £8.69bn, £1,734.8m.
        (NET, "2023-24", ("151 of 153 authorities", "£8,68")),
        ("dsg_balance_gbp", "2023-24", ("148 of 153 authorities", "deficit, £1,734,8")),
    ],
)
def test_an_england_that_cannot_be_summed_says_what_there_is(capsys, measure, year, words):
    _, err = show(capsys, measure, "--area", ENGLAND, "--year", year)
    for word in words:
        assert word in err


def issues(capsys, *given):
    assert main(["data", "issues", *given]) == 0
    return capsys.readouterr().out


def test_the_reason_of_a_known_fault_is_printed_whole(capsys):
    table = list(csv.DictReader(io.StringIO(issues(capsys, "--format", "csv"))))
    printed = issues(capsys)
    whole = " ".join(printed.split())
    for row in table:
        assert " ".join(row["why"].split()) in whole
    assert "..." not in printed
    assert max(map(len, printed.splitlines())) <= 92


def test_known_faults_are_shown_for_the_areas_asked_for(capsys):
    of_both = issues(capsys, "--area", "Essex", "--area", "London", "--format", "csv")
    codes = {row["la_code"] for row in csv.DictReader(io.StringIO(of_both))}
    assert codes == {"881", "E12000007", "all"}
    assert "Essex (881)" in issues(capsys, "--area", "Essex")
    of_none = issues(capsys, "--area", "Barnet")
    assert of_none.startswith("no known fault in the figures of Barnet alone\n")
    assert "pupils_on_roll, every area, 2016" in of_none
    assert main(["data", "issues", "--area", "Nowhere"]) == 2
