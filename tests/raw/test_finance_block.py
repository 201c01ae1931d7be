"""Dedicated schools grant allocations, on the published files and on altered copies."""

import pytest

from highneeds.errors import SourceError
from highneeds.sources import block, block_detail
from highneeds.sources.files import RawFiles
from tests.raw.finance_copies import changed, geography, read_workbook, row_of, scale

SUMMARIES = "dedicated-schools-grant_summaries_2019-20_to_2023-24.ods"
OF_2020_21 = "dedicated-schools-grant_2021_11_18.ods"
OF_2021_22 = "dedicated-schools-grant_2022_07_18.ods"
OF_2022_23 = "dedicated-schools-grant_2023_07_20.ods"
OF_2023_24 = "dedicated-schools-grant_2024_07_20.ods"
ENGLAND = "E92000001"
BEFORE = "high_needs_block_before_deductions_gbp"
AFTER = "high_needs_block_after_deductions_gbp"
TOTALS = [
    BEFORE,
    AFTER,
    "schools_block_before_deductions_gbp",
    "dsg_before_deductions_gbp",
]
YEARS = ["2019-20", "2020-21", "2021-22", "2022-23", "2023-24"]
# SOURCES.md: authorities, and England before deductions, in the allocations workbooks.
AUTHORITIES = dict(zip(YEARS, [149, 149, 150, 150, 151], strict=True))
PUBLISHED_BEFORE = {
    "2020-21": 7_063_230_381,
    "2021-22": 7_906_348_577,
    "2022-23": 8_988_258_915,
    "2023-24": 9_952_172_126,
}


@pytest.fixture(scope="module")
def reading(raw_dir):
    return block.read(RawFiles(raw_dir), geography(raw_dir))


@pytest.fixture(scope="module")
def figures(reading):
    return reading.observations.set_index(
        ["measure", "breakdown_type", "breakdown", "year", "la_code"]
    )["value"].sort_index()


def authorities_of(series):
    return series[series.index.str.fullmatch(r"\d{3}")]


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("measure", TOTALS)
def test_authorities_and_regions_each_add_up_to_england(figures, measure, year):
    column = figures[measure, "total", "total", year]
    own = authorities_of(column)
    regions = column[column.index.str.startswith("E12")]
    assert len(own) == AUTHORITIES[year]
    assert len(regions) == 9
    # Whole pounds add up exactly; 2019-20 was printed in £ million with a binary tail.
    within = 0.005 if year == "2019-20" else 0
    assert own.sum() == pytest.approx(column[ENGLAND], rel=0, abs=within)
    assert regions.sum() == pytest.approx(column[ENGLAND], rel=0, abs=within)


@pytest.mark.parametrize(("year", "published"), PUBLISHED_BEFORE.items())
def test_the_build_up_is_of_the_block_as_first_published(figures, year, published):
    built = figures["high_needs_block_build_up_gbp", "total", "total", year]
    assert built[ENGLAND] == published
    assert authorities_of(built).sum() == published


def test_the_latest_update_of_2023_24_wins(figures):
    assert figures[BEFORE, "total", "total", "2023-24", ENGLAND] == 9_953_984_391
    assert figures[AFTER, "total", "total", "2023-24", ENGLAND] == 8_885_084_012
    for year in ("2020-21", "2021-22", "2022-23"):
        assert figures[BEFORE, "total", "total", year, ENGLAND] == PUBLISHED_BEFORE[year]


def test_differences_between_publications_are_recorded(reading):
    found = {(issue.measure, issue.year, issue.la_code): issue for issue in reading.issues}
    brighton = found[AFTER, "2022-23", "846"]
    assert int(brighton.used) - int(brighton.published) == 120_000
    england = found[AFTER, "2022-23", ENGLAND]
    assert int(england.used) - int(england.published) == 120_000
    later = found[BEFORE, "2023-24", ENGLAND]
    assert (later.published, later.used) == ("9952172126", "9953984391")
    assert "151 of 151" in later.why
    assert not [key for key in found if key[1] in ("2019-20", "2020-21", "2021-22")]


def test_2019_20_was_published_in_millions_of_pounds(raw_dir, figures):
    rows = read_workbook(raw_dir / "finance" / SUMMARIES)["Allocations_1920"]
    printed = row_of(rows, "202")[4]
    assert 30 < printed < 40
    assert "(£ million)" in rows[1][4].replace("\n", "")
    camden = figures[BEFORE, "total", "total", "2019-20", "202"]
    assert camden == pytest.approx(printed * 1e6, rel=1e-12)


def test_components_make_the_block_of_every_area(figures):
    for year in PUBLISHED_BEFORE:
        built = figures["high_needs_block_build_up_gbp"]
        parts = built["component"].xs(year, level="year").groupby("la_code").sum()
        whole = built["total", "total", year]
        assert parts.sub(whole).abs().max() < 0.005


def test_the_derived_entitlement_is_unit_by_pupils_rounded_up_to_a_pound(figures):
    for year in PUBLISHED_BEFORE:
        unit = figures["basic_entitlement_unit_gbp", "total", "total", year]
        pupils = figures["basic_entitlement_pupils", "total", "total", year]
        derived = figures[
            "high_needs_block_build_up_gbp", "component", "basic_entitlement", year
        ]
        rounding = authorities_of(derived - unit * pupils)
        assert rounding.between(-0.001, 0.999).all()


def test_formula_constants_are_those_published(figures):
    # framework facts: £4,000 in 2020-21, £4,660 after, up to £5,656.28 in inner London.
    unit = figures["basic_entitlement_unit_gbp", "total", "total"]
    lowest = {year: authorities_of(unit[year]).min() for year in PUBLISHED_BEFORE}
    assert lowest == {"2020-21": 4000, "2021-22": 4660, "2022-23": 4660, "2023-24": 4660}
    assert authorities_of(unit["2023-24"]).max() == 5656.28
    built = figures["high_needs_block_build_up_gbp", "component"]
    assert built["additional_allocation", "2022-23", ENGLAND] == 325_000_081
    assert built["additional_allocation", "2023-24", ENGLAND] == 400_000_075
    moved = built["import_export"][lambda s: s.index.get_level_values(1).str.isdigit()]
    assert (moved % 1500).eq(0).mean() > 0.99  # a few authorities have odd amounts
    assert (moved < 0).any()


def test_deductions_are_the_block_before_less_the_block_after(figures):
    deducted = figures["high_needs_places_deduction_gbp"]
    for year in ("2020-21", "2021-22", "2022-23"):
        total = deducted["total", "total", year]
        difference = (
            figures[BEFORE, "total", "total", year] - figures[AFTER, "total", "total", year]
        )
        updated = ["846", ENGLAND] if year == "2022-23" else []
        same = total.drop(updated)
        assert (same == difference[same.index]).all()
    by_provider = deducted["provider"].groupby(["year", "la_code"]).sum()
    assert (by_provider == deducted["total", "total"]).all()
    assert deducted.index.get_level_values("breakdown").nunique() == 1 + 7


def test_statuses_say_what_was_added_up(reading):
    table = reading.observations
    derived = table.loc[table["status"] == "derived", ["measure", "breakdown"]]
    providers = (
        "mainstream_academies",
        "special_academies",
        "special_free_schools",
        "ap_academies",
        "hospital_academies",
        "academies_16_to_19",
        "further_education",
    )
    expected = {("high_needs_places_deduction_gbp", name) for name in providers}
    expected.add(("high_needs_block_build_up_gbp", "basic_entitlement"))
    assert set(derived.itertuples(index=False, name=None)) == expected
    assert set(table["status"]) == {"observed", "derived"}


def test_the_file_named_2024_is_the_july_2023_edition(raw_dir):
    sheets = read_workbook(raw_dir / "finance" / OF_2023_24)
    assert "Information_2023_to_2024" in sheets
    text = " ".join(str(cell) for row in sheets["Information_2023_to_2024"] for cell in row)
    assert "20 Jul, 2023" in text
    assert block_detail.EDITIONS["2023-24"].source.edition == "20 Jul, 2023"


def test_blanks_are_spaces_and_the_build_up_grows_by_columns(raw_dir):
    widths = {}
    for name in (OF_2020_21, OF_2021_22, OF_2022_23, OF_2023_24):
        sheets = read_workbook(raw_dir / "finance" / name)
        widths[name] = len(sheets["High_needs_block"][0])
        assert sheets["Allocations_summary"][2][0] == " "
    assert list(widths.values()) == [8, 9, 11, 11]


def test_the_base_for_the_additional_allocation_is_not_added_twice(figures):
    assert not [
        name
        for name in figures.index.get_level_values("breakdown").unique()
        if "base" in name or "historic" in name
    ]


def put(sheet, label, column, value):
    def edit(sheets):
        row = row_of(sheets[sheet], label)
        row[column] = value(row[column]) if callable(value) else value

    return edit


def head(sheet, row, column, text):
    def edit(sheets):
        sheets[sheet][row][column] = text

    return edit


def rescaled(sheet, factor):
    return lambda sheets: scale(sheets[sheet], factor)


def without(sheet, label):
    def edit(sheets):
        sheets[sheet].remove(row_of(sheets[sheet], label))

    return edit


def doubled(sheet, label):
    def edit(sheets):
        sheets[sheet].insert(10, list(row_of(sheets[sheet], label)))

    return edit


def swapped(sheet, left, right):
    def edit(sheets):
        for row in sheets[sheet][3:]:
            row[left], row[right] = row[right], row[left]

    return edit


def renamed(old, new):
    return lambda sheets: {new if name == old else name: sheets[name] for name in sheets}


def redated(sheets):
    for row in sheets["Information_2023_to_2024"]:
        row[:] = [str(cell).replace("20 Jul, 2023", "28 Mar, 2024") for cell in row]


ALTERED = {
    "2019-20 in pounds": (
        SUMMARIES,
        rescaled("Allocations_1920", 1e6),
        ["declared in £ million", "looks like £.", "Expected"],
    ),
    "2022-23 in thousands": (
        SUMMARIES,
        rescaled("Allocations_2223", 1e-3),
        ["declared in £,", "looks like £ thousand", "Allocations_2223"],
    ),
    "2021-22 in millions": (
        SUMMARIES,
        rescaled("Allocations_2122", 1e-6),
        ["looks like £ million"],
    ),
    "heading of another unit": (
        SUMMARIES,
        head("Allocations_2122", 1, 4, "High needs block (£000)"),
        ["Column 5", "(£s)", "Allocations_2122"],
    ),
    "heading of another block": (
        SUMMARIES,
        head("Allocations_2324", 1, 4, "Early years block (£s)"),
        ["high needs block", "Early years block"],
    ),
    "halves exchanged": (
        SUMMARIES,
        head("Allocations_2324", 0, 7, "before recoupment"),
        ["after deductions"],
    ),
    "one pound too many": (
        SUMMARIES,
        put("Allocations_2324", "886", 4, lambda pounds: pounds + 1),
        ["do not add up", "England by 1", "South East by 1"],
    ),
    "an authority lost": (
        SUMMARIES,
        without("Allocations_2021", "886"),
        ["do not add up", "England by -"],
    ),
    "an authority twice": (SUMMARIES, doubled("Allocations_2021", "202"), ["repeats 202"]),
    "a name slipped": (
        SUMMARIES,
        put("Allocations_2021", "886", 1, "Lancashire"),
        ["886 beside Lancashire (888)"],
    ),
    "an unknown name": (
        SUMMARIES,
        put("Allocations_2021", "886", 1, "Kentshire"),
        ["'Kentshire'", "no known name"],
    ),
    "an unknown row": (
        SUMMARIES,
        put("Allocations_2021", "UNITARY AUTHORITIES", 0, "Combined authorities"),
        ["Combined authorities", "row"],
    ),
    "a region lost": (
        SUMMARIES,
        without("Allocations_2122", "East of England"),
        ["8 diff"],
    ),
    "no England": (
        SUMMARIES,
        put("Allocations_2122", "ENGLAND", 0, ""),
        ["0 rows", "ENGLAND"],
    ),
    "a blank figure": (
        SUMMARIES,
        put("Allocations_2122", "886", 4, " "),
        ["Not a number", "' '", "column 5", "never read as 0"],
    ),
    "a symbol": (
        SUMMARIES,
        put("Allocations_2122", "886", 4, "x"),
        ["Not a number", "'x'"],
    ),
    "another year's sheet": (
        SUMMARIES,
        renamed("Allocations_2122", "Allocations_2122 (2)"),
        ["no sheet 'Allocations_2122'"],
    ),
    "another year's title": (
        SUMMARIES,
        head("Allocations_2122", 0, 0, "Dedicated schools grant: 2020 to 2021 allocations"),
        ["2020 to 2021", "expected the year 2021 to 2022", "mislead"],
    ),
    "blocks exchanged": (
        SUMMARIES,
        swapped("Allocations_2021", 4, 9),
        ["do not make the total", "column"],
    ),
    "another edition": (OF_2023_24, redated, ["28 Mar, 2024", "20 Jul, 2023", "edition"]),
    "a column exchanged": (
        OF_2022_23,
        swapped("High_needs_block", 5, 6),
        ["special_free_schools is negative", "exchanged"],
    ),
    "an unknown column": (
        OF_2022_23,
        head("High_needs_block", 0, 6, "Safety net (£s)"),
        ["'Safety net (£s)'", "missing special_free_schools"],
    ),
    "a unit of funding altered": (
        OF_2020_21,
        put("High_needs_block", "886", 3, 4999.0),
        ["do not build the block", "886 by"],
    ),
    "build-up of another block": (
        OF_2020_21,
        put("High_needs_block", "886", 7, lambda pounds: pounds + 1),
        ["not the same figure on two sheets", "886"],
    ),
    "an unknown provider": (
        OF_2021_22,
        head("High_needs_deductions", 0, 23, "Studio schools"),
        ["Studio schools", "provider group"],
    ),
    "a deduction altered": (
        OF_2021_22,
        put("High_needs_deductions", "886", 4, lambda pounds: pounds + 10_000),
        ["Total deduction", "886"],
    ),
}


@pytest.mark.parametrize(("name", "edit", "words"), ALTERED.values(), ids=ALTERED)
def test_an_altered_copy_is_refused(raw_dir, tmp_path, name, edit, words):
    raw = changed(raw_dir, tmp_path, name, edit)
    with pytest.raises(SourceError) as refused:
        block.read(raw, geography(raw_dir))
    for word in words:
        assert word in str(refused.value)


def test_an_unaltered_copy_is_read_alike(raw_dir, tmp_path, reading):
    raw = changed(raw_dir, tmp_path, SUMMARIES, lambda sheets: sheets)
    again = block.read(raw, geography(raw_dir))
    assert again.observations.equals(reading.observations)


def test_a_file_in_the_place_of_another_year_is_refused(raw_dir, tmp_path):
    other = read_workbook(raw_dir / "finance" / OF_2022_23)
    raw = changed(raw_dir, tmp_path, OF_2023_24, lambda _: other)
    with pytest.raises(
        SourceError, match=r"titled .*2022 to 2023.*expected the year 2023 to 2024"
    ):
        block.read(raw, geography(raw_dir))
