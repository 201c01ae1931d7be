"""`data add` of the publisher's section 251 table, of which balances are read."""

import pytest

from highneeds import home
from highneeds.cli import main
from highneeds.errors import SourceError
from highneeds.geography import Geography
from highneeds.panel.panel import Panel
from highneeds.refresh import update as refresh
from highneeds.refresh.candidate import examine
from tests.refresh.published import as_csv, outturn_lines

ENGLAND, YEAR = "E92000001", "2024-25"
VALUE, LINE = "gross_expenditure", "category_of_expenditure"
BALANCE = "dsg_balance_gbp"


@pytest.fixture(scope="module")
def lines():
    return outturn_lines(YEAR, 2.0)


def written(tmp_path, table):
    path = tmp_path / "expenditure.csv"
    path.write_bytes(as_csv(table))
    return path


def of(table, **labels):
    here = table[LINE].str.startswith("1.9.3") & (table["time_period"] == "202425")
    for column, value in labels.items():
        here &= table[column] == value
    return here


def test_a_later_balance_is_added_as_the_publisher_gives_it(user_dir, tmp_path, lines):
    # As the statistics service sends this table: its dashes are no UTF-8.
    path = tmp_path / "expenditure.csv"
    path.write_bytes(lines.to_csv(index=False).encode("cp1252"))
    before = Panel(home.tables_dir(), Geography.load())
    # The publisher leaves out seven authorities that had a row the year before.
    candidate = refresh.add(path, accept=True)
    assert candidate.new_periods == [YEAR]
    assert set(candidate.changes["kind"]) == {"new period"}
    after = Panel(home.tables_dir(), Geography.load())
    # Kent's deficit of 31 March 2024, as published, twice as large.
    assert after.figure(BALANCE, "Kent", YEAR).value == -2 * 67_167_405
    assert after.figure(BALANCE, "Kent", YEAR).status == "observed"
    # None was held of Cumberland.
    assert after.figure(BALANCE, "Cumberland", YEAR).value == -1e6
    assert after.figure(BALANCE, "Kent", "2021-22").value == pytest.approx(
        before.figure(BALANCE, "Kent", "2021-22").value
    )
    source = after.figure(BALANCE, "Kent", YEAR).source_id
    sources = after.companion("sources").set_index("source_id")
    assert source == "s251_expenditure_2025"
    assert sources.loc[source, "publication"].startswith("LA and school expenditure")
    # England: twice the net deficit of £1,734.8m of 148, and £1m of each of three others.
    england = after.figure(BALANCE, "England", YEAR)
    assert england.value == pytest.approx(-2 * 1_734.8e6 - 3e6, abs=0.1e6)
    assert england.status == "derived"
    regions = after.matrix(BALANCE)[YEAR]
    assert regions[regions.index.str.startswith("E12")].sum() == england.value


def test_a_year_with_an_authority_missing_has_no_total(user_dir, tmp_path, lines):
    here = of(lines, old_la_code="886")
    table = lines.assign(**{VALUE: lines[VALUE].mask(here, "x")})
    candidate = examine(written(tmp_path, table))
    rows = candidate.reading.observations
    mine = rows[rows["year"] == YEAR].set_index("la_code")["status"]
    assert mine[["886", ENGLAND, "E12000008"]].to_list() == ["unavailable"] * 3
    # Every authority of another region has a figure.
    assert mine["E12000001"] == "derived"


def test_the_same_file_again_has_nothing_to_add(user_dir, tmp_path, lines, capsys):
    path = written(tmp_path, lines)
    assert main(["data", "add", str(path), "--accept"]) == 0
    assert main(["data", "add", str(path)]) == 0
    assert "nothing to add" in capsys.readouterr().out


def renumbered(table):
    return table.replace({LINE: {table[LINE].iloc[-1]: "1.9.3 Other balances"}})


def signs_changed(table):
    figures = -table[VALUE].astype(float)
    return table.assign(**{VALUE: figures.map("{:.0f}".format)})


def in_thousands(table):
    figures = table[VALUE].astype(float) / 1_000
    return table.assign(**{VALUE: figures.map("{:.3f}".format)})


def in_tenths(table):
    tenths = (table[VALUE].astype(float) / 10).map("{:.1f}".format)
    return table.assign(
        **{VALUE: table[VALUE].mask(of(table, time_period="202425"), tenths)}
    )


def one_more_in_kent(table):
    here = of(table, old_la_code="886")
    return table.assign(**{VALUE: table[VALUE].mask(here, "1")})


def with_kent_named_surrey(table):
    return table.assign(la_name=table["la_name"].mask(of(table, la_name="Kent"), "Surrey"))


def with_kent_twice(table):
    here = of(table, old_la_code="881")
    return table.assign(old_la_code=table["old_la_code"].mask(here, "886"))


def with_an_old_authority(table):
    here = of(table, old_la_code="942")
    return table.assign(old_la_code=table["old_la_code"].mask(here, "909"))


def with_a_new_column(table):
    return table.assign(real_terms="1")


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (renumbered, r"has the line 1\.9\.3 as 1\.9\.3 Other balances; expected one"),
        (signs_changed, "has the opposite sign to the earlier balances"),
        (in_thousands, "looks like £ thousand"),
        (in_tenths, r"gross_expenditure is .*, and net_expenditure, income make "),
        (one_more_in_kent, "do not add up to the published total"),
        (with_kent_named_surrey, "886 beside Surrey"),
        (with_kent_twice, r"one twice \(886\)"),
        (with_an_old_authority, "of authorities not in being: 909"),
        (with_a_new_column, "does not know: real_terms"),
    ],
)
def test_an_altered_table_is_refused(user_dir, tmp_path, lines, edit, says):
    with pytest.raises(SourceError, match=says):
        refresh.add(written(tmp_path, edit(lines)))
    assert not (user_dir / "tables").exists()
