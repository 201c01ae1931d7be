"""High needs blocks stated one by one, on the published file and altered copies."""

import pytest

from highneeds.errors import SourceError
from highneeds.sources import reported_blocks
from highneeds.sources.files import RawFiles
from tests.raw.finance_copies import changed, geography

NAME = "council_reported_blocks.csv"


@pytest.fixture(scope="module")
def table(raw_dir):
    reading = reported_blocks.read(RawFiles(raw_dir), geography(raw_dir))
    assert reading.observations.empty
    return reading.companions["reported_blocks"]


def one(table, code, measure, year):
    found = table[
        (table["la_code"] == code) & (table["measure"] == measure) & (table["year"] == year)
    ]
    return found.iloc[0]


def test_levels_are_pounds_and_growth_is_a_share(table):
    # As printed: Halton £29.267m; Wandsworth £70.572m, 5.9%; Liverpool over £103m, £10m
    # more; England's cap 10%; Hounslow's growth 5.67%.
    block = "high_needs_block_before_deductions_gbp"
    assert one(table, "876", block, "2025-26")["value"] == "29267000"
    wandsworth = one(table, "212", block, "2025-26")
    assert (wandsworth["value"], wandsworth["growth_share"]) == ("70572000", "0.059")
    liverpool = one(table, "341", block, "2025-26")
    assert (liverpool["nearness"], liverpool["growth_gbp"]) == ("floor", "10000000")
    cap = "high_needs_block_growth_cap_per_head_share"
    assert one(table, "E92000001", cap, "2025-26")["value"] == "0.1"
    assert (
        one(table, "313", "high_needs_block_growth_share", "2026-27")["value"] == "0.0567"
    )


def test_every_row_of_the_file_is_kept_with_its_source(table, raw_dir):
    lines = (raw_dir / "finance" / NAME).read_text("utf-8").strip().splitlines()
    assert len(table) == len(lines) - 1
    assert (table["source_title"] != "").all()
    assert (table["publisher"] != "").all()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("29.267,£m", "29267,£m", "29267 £m"),
        ("29.267,£m", "29.267,£bn", "'£bn'"),
        ("29.267,£m", "x,£m", "x £m"),
        ("schools forum,council,actual", "schools forum,rumour,actual", "'rumour'"),
        ("Halton,high_needs_block_before", "Haltown,high_needs_block_before", "'Haltown'"),
        (",5.9%", ",5.9 per cent", "'5.9 per cent'"),
        ("deductions,2024-25,27.079", "deductions,2025-26,27.079", "twice"),
        ("deductions,2024-25,27.079", "deductions,2024/26,27.079", "'2024/26'"),
    ],
)
def test_a_row_out_of_order_is_refused_and_named(raw_dir, tmp_path, old, new, words):
    raw = changed(raw_dir, tmp_path, NAME, lambda text: text.replace(old, new))
    with pytest.raises(SourceError, match=words):
        reported_blocks.read(raw, geography(raw_dir))
