"""Forms: their totals are the report's and each other's, to the plan and to the penny."""

import io
import os
import shutil
import subprocess
from dataclasses import replace

import numpy as np
import openpyxl
import pytest

import highneeds as hn
from highneeds.answers.crosswalk import DSG_7, LSRP_14
from highneeds.answers.mitigation import delay_costs
from highneeds.answers.provision import spending_by_provision
from highneeds.cli import main
from highneeds.errors import AssumptionError, KeptError, UsageError
from highneeds.forms import FORMS
from highneeds.forms.counts import Counts
from highneeds.forms.dsg import dsg_sheets
from highneeds.forms.export import form_files, write_form
from highneeds.forms.forum import decisions
from highneeds.forms.layout import NOT_AVAILABLE, Line, Part, figures
from highneeds.forms.lsrp import lsrp_sheets
from highneeds.forms.money import (
    BLOCK,
    CARRIED,
    CHECK,
    FORWARD,
    GRANTED,
    IN_YEAR,
    SPENT,
)
from highneeds.forms.mtfp import INTEREST, INTEREST_GRANTED, mtfp_sheet
from highneeds.own.figures import OwnFigure, OwnFigures
from highneeds.own.measures import PROVISIONS
from highneeds.report.provision import spending_to_the_penny
from highneeds.words import millions

# With measures of each kind; no block at all; created in 2023, with no balance held.
SOMERSET, CITY, CUMBERLAND = "Somerset", "City of London", "Cumberland"
PENNY = 0.005
_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry"
 xmlns:xs="http://www.w3.org/2001/XMLSchema">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


@pytest.fixture(scope="module")
def panel():
    return hn.load_panel()


@pytest.fixture(scope="module")
def measured():
    """The example's measures as if they were an authority's own."""
    return replace(hn.Scenario.load("mitigated_example"), example=False, name="own")


@pytest.fixture(scope="module")
def somerset(panel, measured):
    return hn.project(panel, SOMERSET, measured, draws=100)


@pytest.fixture(scope="module")
def of_every_authority(panel):
    """The central case alone: nothing here has a range."""
    now = panel.geography.authorities(2026)
    return [hn.project(panel, area, draws=1) for area in now]


def test_both_forms_and_the_report_have_one_total_in_every_authority(of_every_authority):
    for result in of_every_authority:
        page = result.plans().set_index("year")["central"].round()
        counts = Counts(result, result.plan_cells.years)
        for column, names in (("dsg7", DSG_7), ("lsrp14", LSRP_14)):
            found = figures(counts.by_placement("", column, names))
            assert list(found["Total"]) == [page[year] for year in counts.years]
            assert set(found[CHECK]) == {0.0}
        assert figures(counts.by_age(""))["Total"] == found["Total"]


def test_a_form_prints_what_the_report_prints_of_a_placement(of_every_authority):
    for result in of_every_authority[::10]:
        last = result.plan_cells.years[-1]
        dsg, lsrp = (
            dict(zip(names, cells[-1].sum(axis=1), strict=True))
            for names, cells in (
                (DSG_7, result.plan_cells.by("dsg7", DSG_7)),
                (LSRP_14, result.plan_cells.by("lsrp14", LSRP_14)),
            )
        )
        mix = hn.report.mix_table(result).frame
        shown = mix[mix["year"].astype(str) == last].set_index("placement")["plans"]
        special = "Maintained special schools or special academies"
        assert dsg[special] == lsrp[special] == shown["state_special"]
        assert dsg["Post-16 and FE"] == shown["further_education"]
        assert (
            dsg["Post-16 and FE"]
            == lsrp["Mainstream post-16"] + (lsrp["Specialist post-16 institutions"])
        )


def test_spending_by_provision_is_spending_to_the_penny(of_every_authority):
    for result in of_every_authority:
        spent, whole = spending_to_the_penny(result), result.central.spending[:, 0]
        assert list(spent.index) == list(PROVISIONS)
        found = spent.sum().to_numpy()
        np.testing.assert_allclose(found, np.round(whole, 2), atol=PENNY, rtol=0)
        assert (spent.to_numpy() >= 0).all()


def test_every_future_spends_what_its_provisions_do(somerset):
    table = somerset.results()
    own = table[table["measure"] == "provision_spending_gbp"]
    whole = table[table["measure"] == "high_needs_spending_gbp"].set_index("year")
    for name in ("central", "mean"):  # as middles do not
        added = own.groupby("year")[name].sum()
        np.testing.assert_allclose(added, whole[name], rtol=1e-9)
    plain = table[table["measure"] == "unmitigated_provision_spending_gbp"]
    added = plain.groupby("year")["central"].sum().to_numpy()
    unmitigated = somerset.unmitigated.central.spending[:, 0]
    np.testing.assert_allclose(added, unmitigated, rtol=1e-9)
    assert added[-1] > whole["central"].iloc[-1]


def test_a_plan_costs_what_its_assumption_says_in_proportion(panel):
    # In the base year every placement is at one level: the ratio of two costs is the
    # ratio of the two assumptions, and plans times cost is spending.
    result = hn.project(panel, SOMERSET, draws=1)
    base = spending_by_provision(result).iloc[: len(PROVISIONS)].set_index("provision")
    unit = {
        name: result.scenario.assumptions[f"unit_cost_{name}_gbp"].central
        for name in ("state_special", "further_education")
    }
    costs = base["per_plan_gbp"]
    ratio = costs["maintained_special"] / costs["post_16"]
    assert ratio == pytest.approx(unit["state_special"] / unit["further_education"])
    post_16 = base.loc["post_16"]
    assert post_16["plans"] * post_16["per_plan_gbp"] == pytest.approx(
        post_16["spending_gbp"]
    )
    assert np.isnan(costs["sen_support"])


def test_services_are_told_apart_as_section_251_tells_them(panel):
    # Somerset's lines of 2021-22: 3,155,469 support, 182,779 alternative provision,
    # 238,000 hospital education and 202,229 therapies, 3,778,477 in all.
    result = hn.project(panel, SOMERSET, draws=1)
    found = spending_by_provision(result).iloc[: len(PROVISIONS)].set_index("provision")
    services = float(result.central.supported[0, 0])
    spent = found["spending_gbp"]
    assert spent["sen_support"] == pytest.approx(services * 3_155_469 / 3_778_477)
    assert spent["therapies"] == pytest.approx(services * 202_229 / 3_778_477)


@pytest.fixture(scope="module")
def sheets(somerset):
    return {
        "dsg": {sheet.name: sheet for sheet in dsg_sheets(somerset)},
        "lsrp": {sheet.name: sheet for sheet in lsrp_sheets(somerset)},
        "mtfp": {"MTFP lines": mtfp_sheet(somerset)},
    }


def test_lines_of_a_financial_plan_are_those_of_the_dsg_form_and_of_the_results(
    somerset, sheets
):
    central, ranges = map(figures, sheets["mtfp"]["MTFP lines"].parts)
    _, mitigated = map(figures, sheets["dsg"]["Year-end position"].parts)
    for line in (BLOCK, SPENT, IN_YEAR, FORWARD, CARRIED, GRANTED):
        assert central[line] == mitigated[line], line
    results = somerset.results()
    for line, *measures in (
        (SPENT, "high_needs_spending_gbp"),
        (IN_YEAR, "in_year_balance_gbp"),
        (CARRIED, "dsg_balance_gbp", "cumulative_shortfall_gbp"),
        (INTEREST, "interest_on_deficit_gbp"),
    ):
        found = results[results["measure"].isin(measures)].sort_values("year")
        for word, end in (("low", "p10"), ("high", "p90")):
            np.testing.assert_allclose(
                ranges[f"{line}, {word}"], found[end], atol=PENNY, rtol=0
            )
    # At the central rate, of what is owed at each close; the grant leaves less of it.
    rate = somerset.scenario.assumptions["interest_rate"].central
    for line, owed in ((INTEREST, CARRIED), (INTEREST_GRANTED, GRANTED)):
        due = [rate * max(-balance, 0) for balance in central[owed]]
        assert central[line] == pytest.approx(due, abs=2 * PENNY)


@pytest.mark.parametrize(("area", "given"), [(CITY, {SPENT}), (CUMBERLAND, {IN_YEAR})])
def test_a_financial_plan_has_no_line_that_nothing_is_known_of(panel, area, given):
    result = hn.project(panel, area, draws=20)
    central, ranges = map(figures, mtfp_sheet(result).parts)
    assert set(central[CARRIED]) == set(central[INTEREST]) == {None}
    assert not any(name.startswith((CARRIED, INTEREST)) for name in ranges)
    for line in given:
        assert None not in central[line] + ranges[f"{line}, low"]
    assert (f"{IN_YEAR}, low" in ranges) == (area == CUMBERLAND)


def test_the_balance_carried_forward_is_the_reports(somerset, sheets):
    plain, mitigated = sheets["dsg"]["Year-end position"].parts
    for part, case in ((plain, somerset.unmitigated), (mitigated, somerset)):
        found = figures(part)
        report = np.round(case.central.balance[:, 0], 2)
        np.testing.assert_allclose(found[CARRIED], report, atol=PENNY, rtol=0)
        assert set(found[CHECK]) == {0.0}
        np.testing.assert_allclose(
            found[SPENT], case.central.spending[:, 0], atol=0.006, rtol=0
        )
        np.testing.assert_allclose(
            found[IN_YEAR], case.central.in_year[:, 0], atol=0.02, rtol=0
        )
    assert figures(plain)[CARRIED] != figures(mitigated)[CARRIED]


def test_every_table_of_a_placement_adds_up_to_its_plans(sheets):
    placements = sheets["dsg"]["Placements"].parts
    for place, placement in enumerate(DSG_7):
        sheet = list(sheets["dsg"].values())[-len(DSG_7) + place]
        assert sheet.title.startswith(placement)
        for case, whole in enumerate(placements):
            plans = figures(whole)[placement]
            ages, needs, _ = sheet.parts[3 * case : 3 * case + 3]
            assert figures(ages)["Total"] == figures(needs)["Total"] == plans


def test_the_years_of_the_reform_plan_are_one_before_their_census(somerset, sheets):
    part = sheets["lsrp"]["6 Provision"].parts[0]
    first = somerset.vintage.flows
    assert part.years == tuple(first.shift(step).label for step in range(5))
    assert figures(part)["Total"][-1] == round(somerset.central.stock[-1].sum())
    # Somerset's 6,350 plans of January 2026 are those at the end of 2025.
    assert figures(part)["Total"][0] == 6_350
    assert figures(part)["Elective home education"][0] == 130


def test_assessments_follow_the_share_that_last_led_to_a_plan(sheets):
    requests, made, led = sheets["lsrp"]["10 to 12 Assessments"].parts
    plans = figures(led)["Total"]
    # In 2024, the last year held, 735 of Somerset's 761 assessments led to a plan.
    assert figures(made)["Total"] == tuple(round(n / (735 / 761)) for n in plans)
    assert all(value is None for value in figures(requests)["Under 5"])
    notes = [line.note for line in requests.lines if line.label == "Under 5"]
    assert "no ages are invented" in notes[0]


def test_what_the_record_cannot_give_says_why(sheets):
    for form in sheets.values():
        for sheet in form.values():
            for part in sheet.parts:
                found = figures(part)
                for line in part.lines:
                    values = found[line.key or line.label]
                    assert len(values) == len(part.years)
                    if None in values and not line.adds:
                        assert "ot available" in line.note, (sheet.name, line.label)


def test_an_authority_without_a_block_has_plans_and_no_invented_money(panel):
    for name in (CITY, CUMBERLAND):
        result = hn.project(panel, name, draws=1)
        part = dsg_sheets(result)[0].parts[0]
        found = figures(part)
        assert set(found[CARRIED]) == {None}
        assert None not in found[SPENT]
        assert (None in found[IN_YEAR]) == (name == CITY)
        change = found.get("Change in the balance since 31 March 2024")
        if name == CUMBERLAND:
            report = result.balance().set_index("year")["central"].round(2)
            assert change == tuple(report[year] for year in part.years)


def test_an_own_balance_and_its_block_reach_the_form(panel):
    # Somerset states -80m at 31 March 2026, all of it high needs.
    own = OwnFigures(
        panel.area(SOMERSET),
        tuple(
            OwnFigure(name, "2025-26", -80e6)
            for name in ("dsg_balance_gbp", "high_needs_balance_gbp")
        ),
        "own.csv",
        "0" * 64,
    )
    result = hn.project(panel, SOMERSET, draws=1, own=own)
    position, by_block, *_ = dsg_sheets(result)
    year = position.parts[0].years.index("2025-26")
    assert figures(position.parts[0])[CARRIED][year] == -80e6
    assert figures(position.parts[0])[CHECK][year] == 0
    balances = by_block.parts[1]
    place = balances.years.index("2025-26")
    assert figures(balances)["High needs block"][place] == -80e6
    assert figures(balances)["All blocks"][place] == -80e6
    assert figures(balances)["Schools block"][place] is None


def test_a_total_that_needs_all_of_its_lines_is_not_made_of_some():
    lines = (
        Line("a", (1.0,)),
        Line("b", (None,), note="Not available."),
        Line("some", adds=("a", "b")),
        Line("all", adds=("a", "b"), needs_all=True),
        Line("less", adds=("some", "-a")),
    )
    found = figures(Part("", ("2025",), lines))
    assert (found["some"], found["all"], found["less"]) == ((1.0,), (None,), (0.0,))


def test_a_years_delay_costs_the_saving_of_a_year(panel):
    # One transfer of 0.5% of the schools block from 2026-27: a year later it is one
    # year's transfer less, whatever else happens.
    scenario = hn.Scenario.load("mitigated_example")
    transfer = tuple(one for one in scenario.measures if one.kind == "block_transfer")
    alone = replace(scenario, measures=transfer, example=False)
    result = hn.project(panel, SOMERSET, alone, draws=1)
    found = delay_costs(result).set_index("measure")["cost_gbp"]
    assert found["Together"] == pytest.approx(0.005 * result.record.money.schools_block_gbp)
    assert found[transfer[0].name] == found["Together"]
    assert delay_costs(result, 0)["cost_gbp"].tolist() == [0.0, 0.0]


def test_measures_show_their_chance_and_what_a_delay_costs(somerset):
    table = hn.report.measures_table(somerset)
    headings = [column.heading for column in table.on("page")]
    assert {"Chance of delivery", "A year’s delay costs"} <= set(headings)
    assert table.frame["delay"].notna().all()
    mitigated = hn.report.mitigated_table(somerset).frame
    assert mitigated["saved"].iloc[-1] == pytest.approx(
        somerset.central.balance[-1, 0] - somerset.unmitigated.central.balance[-1, 0]
    )
    chart = hn.report.plot_mitigated(somerset)
    for case in (somerset, somerset.unmitigated):
        step = case.years.index(case.deficit_until)
        said = millions(case.central.balance[step, 0])
        assert said in chart.title


def test_an_examples_measures_are_in_no_report(panel):
    scenario = hn.Scenario.load("mitigated_example")
    assert scenario.example
    with pytest.raises(AssumptionError, match="are invented"):
        hn.notebook.OverspendParameters(
            authority=SOMERSET, scenario="mitigated_example"
        ).load_scenario()
    with pytest.raises(AssumptionError, match="are invented"):
        hn.notebook.ComparisonParameters(
            authority=SOMERSET, scenarios="trend, mitigated_example"
        )
    result = hn.project(panel, SOMERSET, scenario, draws=1)
    with pytest.raises(AssumptionError, match="are invented"):
        form_files(result, "dsg")


def test_an_example_is_told_by_its_measures_whatever_extends_it(tmp_path):
    head = 'name = "ours"\ntitle = "Ours"\nextends = "mitigated_example"\n'
    path = tmp_path / "ours.toml"
    path.write_text(head, encoding="utf-8")
    assert hn.Scenario.load(path).example
    again = tmp_path / "again.toml"
    again.write_text(hn.Scenario.load(path).to_toml(), encoding="utf-8")
    assert hn.Scenario.load(again) == hn.Scenario.load(path)
    own = "".join(
        f'[[measures]]\nname = "{one.name}"\nkind = "{one.kind}"\nmost = 0.001\n'
        'starts = "2027-28"\nfull = "2028-29"\ndelivery_chance = 0.5\n'
        for one in hn.Scenario.load("mitigated_example").measures
    )
    path.write_text(head + own, encoding="utf-8")
    assert not hn.Scenario.load(path).example


def test_decisions_are_asked_of_what_the_scenario_states(panel, somerset):
    asked = " ".join(decisions(somerset))
    # 0.5% of the last schools block held, 372.0m: 1.9m a year.
    assert "transfer of 0.5% of the schools block from 2026-27, about £1.9m" in asked
    assert "M3 New special school" in asked
    without = " ".join(decisions(hn.project(panel, SOMERSET, draws=1)))
    assert "has no measures of Somerset" in without
    assert "transfer of" not in without


def test_a_form_that_someone_has_worked_in_is_not_replaced(somerset, tmp_path):
    [path] = write_form(somerset, "lsrp", tmp_path)
    assert write_form(somerset, "lsrp", tmp_path) == [path]
    path.write_bytes(path.read_bytes() + b" ")
    theirs = path.read_bytes()
    with pytest.raises(KeptError, match="add --replace"):
        write_form(somerset, "lsrp", tmp_path)
    assert path.read_bytes() == theirs
    write_form(somerset, "lsrp", tmp_path, replace=True)
    assert theirs == path.read_bytes() + b" "
    [named] = write_form(somerset, "lsrp", tmp_path / "to_paste.xlsx")
    assert named.name == "to_paste.xlsx"
    with pytest.raises(UsageError, match="dsg, lsrp, forum"):
        form_files(somerset, "s251")


def test_the_verb_takes_own_figures(tmp_path, capsys):
    given = tmp_path / "own.csv"
    given.write_text(
        "measure,at,value,source,date,owner\n"
        "dsg_balance_gbp,2025-26,-80000000,Statement of accounts,2026-06-30,Finance\n",
        encoding="utf-8",
    )
    run = ["export", SOMERSET, "--form", "dsg", "--inputs", str(given)]
    assert main([*run, "--out", str(tmp_path)]) == 0
    path, _ = capsys.readouterr().out.splitlines()
    book = openpyxl.load_workbook(path, data_only=True)
    rows = {row[0].value: row for row in book["Year-end position"].iter_rows()}
    assert rows[CARRIED][2].value == -80e6
    cover = {row[0].value: row[1].value for row in book["Cover"].iter_rows(max_col=2)}
    assert cover["Own figures"].startswith("1 of own.csv, SHA-256 ")


def test_the_verb_exports_a_form(tmp_path, capsys):
    assert main(["export", SOMERSET, "--form", "lsrp", "--out", str(tmp_path)]) == 0
    form, manifest = capsys.readouterr().out.splitlines()
    assert form.endswith("933-somerset-lsrp.xlsx")
    assert manifest.endswith("933-somerset-lsrp.manifest.json")
    given = ["--scenario", "mitigated_example", "--out", str(tmp_path)]
    assert main(["export", SOMERSET, "--form", "dsg", *given]) == AssumptionError.exit_code


@pytest.fixture(scope="module")
def made(somerset):
    return {
        name: content
        for form in FORMS
        for name, content in form_files(somerset, form).items()
    }


def test_totals_are_formulas_that_hold_their_value(made, sheets):
    for form in ("dsg", "lsrp", "mtfp"):
        content = made[f"933-somerset-{form}.xlsx"]
        live, held = (
            openpyxl.load_workbook(io.BytesIO(content), data_only=only)
            for only in (False, True)
        )
        for sheet in sheets[form].values():
            lines = [line for part in sheet.parts for line in part.lines if line.adds]
            formulas = [
                cell.coordinate
                for row in live[sheet.name].iter_rows(min_col=2)
                for cell in row
                if isinstance(cell.value, str) and cell.value.startswith("=")
            ]
            assert len(formulas) >= len(lines)
            for place in formulas:
                assert isinstance(held[sheet.name][place].value, int | float)


def test_the_same_projection_gives_the_same_bytes(somerset, made):
    name = "933-somerset-lsrp.xlsx"
    assert form_files(somerset, "lsrp") == {name: made[name]}


def test_libreoffice_recalculates_each_form_and_no_total_changes(made, tmp_path):
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("needs LibreOffice (soffice on the path) to recalculate the forms")
    profile, out = tmp_path / "profile", tmp_path / "out"
    (profile / "user").mkdir(parents=True)
    settings = profile / "user" / "registrymodifications.xcu"
    settings.write_text(_RECALCULATE, encoding="utf-8")
    books = [name for name in made if name.endswith(".xlsx")]
    for name in books:
        (tmp_path / name).write_bytes(made[name])
    subprocess.run(
        [
            *(office, f"-env:UserInstallation={profile.as_uri()}", "--headless"),
            *("--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(out)),
            *(str(tmp_path / name) for name in books),
        ],
        check=True,
        capture_output=True,
        timeout=240,
        env={**os.environ, "HOME": str(tmp_path)},
    )
    for name in books:
        before = openpyxl.load_workbook(io.BytesIO(made[name]), data_only=True)
        after = openpyxl.load_workbook(out / name, data_only=True)
        assert after.sheetnames == before.sheetnames
        for sheet in before:
            for row in sheet.iter_rows():
                for cell in row:
                    if isinstance(cell.value, int | float):
                        other = after[sheet.title][cell.coordinate].value
                        where = f"{name} {sheet.title} {cell.coordinate}"
                        assert other == pytest.approx(cell.value, abs=1e-6), where


def test_the_unavailable_is_a_word_and_never_nought(made):
    book = openpyxl.load_workbook(io.BytesIO(made["933-somerset-lsrp.xlsx"]))
    rows = [[cell.value for cell in row] for row in book["6 Provision"].iter_rows()]
    bases = next(row for row in rows if row[0] == "Support bases")
    assert set(bases[1:6]) == {NOT_AVAILABLE}
