"""From own figures to a signed run: report, form, monitor, sign-off and verification."""

import csv
import json

import openpyxl
import pytest

import highneeds as hn
from highneeds.answers.year_forecast import year_forecast
from highneeds.cli import main
from highneeds.errors import OutputError, UsageError
from highneeds.notebook.monitor import MonitorParameters, run_monitor, watched_by
from highneeds.notebook.run import run_report
from highneeds.periods import FinancialYear
from highneeds.report.tables import csv_bytes
from highneeds.signoff.record import sign
from highneeds.signoff.verify import verify

# A month of less is taken for thousands of pounds where own figures are read.
SMALLEST = 20_000
YEAR = FinancialYear.parse("2026-27")
# One with a Safety Valve agreement, one without a published block, one created in 2023.
KINDS = ("Kent", "City of London", "Cumberland")
HEAD = ("area", "measure", "at", "value", "breakdown", "source", "date", "owner")
RISKS = """
[[risks]]
name = "Appeals"
cause = "More appeals upheld"
likelihood = 0.4
effect_gbp = 250_000
year = "2026-27"
owner = "Head of SEND"
review_date = 2027-01-31
"""


@pytest.fixture(scope="module")
def ledgers(tmp_path_factory):
    """Writes an authority's ledger: as forecast, but independent schools a fifth over."""
    folder = tmp_path_factory.mktemp("ledgers")

    def write(area, months, over=1.2, small=()):
        result = hn.project(hn.load_panel(), area, until="2027-28", draws=100)
        forecast = year_forecast(result, YEAR)
        path = folder / f"{area}-{months}.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            rows = csv.writer(stream)
            rows.writerow(HEAD)
            for name, year in zip(forecast.provisions, forecast.central, strict=True):
                for month in range(1, months + 1) if year > SMALLEST else ():
                    spent = year * forecast.share[month - 1]
                    spent *= over if name == "inmss" else 1.0
                    at, stated = f"2026-{month + 3:02d}", "2026-11-20"
                    part = f"provision/{name}"
                    row = (area, "ledger_gbp", at, round(spent, 2), part)
                    rows.writerow((*row, "General ledger", stated, "Finance"))
            for at, count in small:
                row = (area, "ehc_plans", at, count, "need/msi")
                rows.writerow((*row, "Case system", "2026-11-20", "SEN team"))
        return path

    return write


def numbers(folder):
    with (folder / "monitor.csv").open(encoding="utf-8", newline="") as stream:
        return {row["key"]: row for row in csv.DictReader(stream)}


def test_a_ledger_becomes_a_page_that_is_compared_signed_and_made_again(ledgers, tmp_path):
    out, earlier = tmp_path / "reports", tmp_path / "earlier"
    before = MonitorParameters(authority="Kent", inputs=str(ledgers("Kent", 5)), draws=100)
    earlier.mkdir()
    record = csv_bytes(watched_by(before).record())
    (earlier / "monitor.csv").write_bytes(record)
    first = numbers(earlier)
    assert first["inmss"]["flag"] == "above"
    given = ledgers("Kent", 7)
    folder = run_monitor("Kent", given, draws=100, last=earlier, out=out).parent
    now = numbers(folder)
    page = (folder / "report.html").read_text("utf-8")
    assert "What changed since the run to August" in page
    assert "ALERT. Kent spent" in page
    assert "made-up" not in page.split("Simulated years with an alert")[0].split("<main")[0]
    # What is left of the year is smaller by two months, and so is what is not known of it.
    width = [
        float(one["high_gbp"]) - float(one["low_gbp"])
        for one in (first["whole"], now["whole"])
    ]
    assert width[1] < width[0]
    parts = [
        float(row["central_gbp"])
        for key, row in now.items()
        if int(float(row["month"])) and key != "whole"
    ]
    assert sum(parts) == pytest.approx(float(now["whole"]["central_gbp"]))
    book = openpyxl.load_workbook(folder / "workbook.xlsx", read_only=True)
    assert {"Provisions", "Months", "Drift", "Changes", "Rule", "Trials"} <= set(
        book.sheetnames
    )
    assert not (folder / "inputs").exists()
    sign(folder, "reviewed", "A. Reviewer")
    sign(folder, "signed", "B. Signer")
    found = verify(folder, given)
    assert (found.state, found.differences, found.not_done) == ("signed", (), ())
    with pytest.raises(OutputError, match="reviewed or signed"):
        run_monitor("Kent", given, draws=100, out=out)
    kept = (folder / "monitor.csv").read_bytes()
    (folder / "monitor.csv").write_bytes(kept.replace(b"above", b"below", 1))
    assert (
        "monitor.csv: another in the folder than its manifest says"
        in verify(folder).differences
    )


@pytest.mark.slow
@pytest.mark.parametrize("area", KINDS)
def test_inputs_report_form_monitor_sign_and_verify(area, ledgers, tmp_path):
    given = ledgers(area, 6, small=[("2026-10-15", 3)])
    risks = tmp_path / "risks.toml"
    risks.write_text(RISKS, "utf-8")
    out = tmp_path / "reports"
    report = run_report(
        area, inputs=given, risks=risks, for_publication=True, draws=100, out=out
    ).parent
    assert report.name.endswith("-own-figures-for-publication")
    manifest = json.loads((report / "manifest.json").read_text("utf-8"))
    assert manifest["for_publication"] is True
    page = (report / "report.html").read_text("utf-8")
    assert "1 count from 1 to 5" in page
    assert "Appeals" in page or area == "City of London"
    assert (
        main(
            [
                "export",
                area,
                "--form",
                "dsg",
                "--inputs",
                str(given),
                "--for-publication",
                "--out",
                str(out),
            ]
        )
        == 0
    )
    beside = next(out.glob("*-dsg.manifest.json")).read_text("utf-8")
    assert f"inputs/{given.name}" in json.loads(beside)["inputs"]
    monitor = run_monitor(area, given, draws=100, out=out).parent
    for folder in (report, monitor):
        sign(folder, "reviewed", "A. Reviewer")
        sign(folder, "signed", "B. Signer")
        found = verify(folder, given)
        assert (found.state, found.differences, found.not_done) == ("signed", (), ())


def test_the_command_wants_a_ledger_or_pounds(ledgers, capsys):
    given = str(ledgers("Kent", 4))
    for words in (["--spent", "1"], ["--inputs", given, "--spent", "1"], []):
        assert main(["monitor", "Kent", *words]) == 2
        assert "monitor needs either --inputs FILE" in capsys.readouterr().err
    assert (
        main(["monitor", "Kent", "--inputs", given, "--draws", "100", "--format", "csv"])
        == 0
    )
    assert (
        "inmss,Independent and non-maintained special schools,4," in capsys.readouterr().out
    )
    assert (
        main(["monitor", "Kent", "--inputs", given, "--month", "P9", "--format", "csv"])
        == 2
    )
    assert "to July. Expected a month from April" in capsys.readouterr().err


def test_an_earlier_run_of_another_year_is_refused(ledgers, tmp_path):
    with pytest.raises(UsageError, match="there is no file"):
        run_monitor("Kent", ledgers("Kent", 4), last=tmp_path, out=tmp_path)
