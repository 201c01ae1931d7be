"""`data update` from a local server: found, fetched, staged, compiled; what goes wrong."""

import json
from dataclasses import replace

import pytest

from highneeds import home
from highneeds.cli import main
from highneeds.errors import UsageError
from highneeds.geography import Geography
from highneeds.refresh import editions
from highneeds.refresh import update as refresh
from highneeds.refresh.candidate import CHANGED, NEW, SAME
from highneeds.refresh.discovery import Finder, followed
from highneeds.refresh.web import Limits
from highneeds.sources.releases import LANDING_PAGES, layouts
from tests.refresh.published import as_csv, in_2026, timeliness
from tests.refresh.service import API, Fault, Service, problem, serving

# No time that a busy machine could take by itself, but where silence is what is tested.
PATIENT = Limits(pause=0.01, longest_wait=0.2)
TITLE = "Timeliness of EHC plans issued within 20 weeks"
CATALOGUE = f"/data-catalogue/data-set/{layouts()['timeliness'].file_id}/csv"
LATER = "sen2_2026_timeliness"


@pytest.fixture
def service(release_2026):
    made = Service()
    made.publish("time", TITLE, release_2026, end="2025")
    return made


@pytest.fixture
def address(service):
    with serving(service) as started:
        yield started + API


@pytest.fixture
def update(address, user_dir):
    """`refresh.update` of one table, with the lines it printed."""

    def run(only="timeliness", limits=PATIENT, **options):
        said = []
        results = refresh.update(
            base_url=address, only=only, limits=limits, tell=said.append, **options
        )
        return results[0], "\n".join(said)

    return run


def test_a_new_release_is_found_fetched_and_staged_not_compiled(update, user_dir, service):
    result, said = update()
    assert result.state == NEW
    assert f"[1/1] timeliness: {result.candidate.found.layout.publication}" in said
    assert "new period: 2025" in said
    assert "compile it with --accept" in said
    staged = user_dir / "editions" / LATER
    assert json.loads((staged / "edition.json").read_text())["last"] == "2025"
    assert home.tables_dir() == home.shipped_tables_dir()
    paths = [path.removeprefix(API) for path in service.paths()]
    assert paths == [
        "/publications",
        "/publications/publication-1/data-sets",
        "/data-sets/set-time/csv",
    ]


def test_an_accepted_release_is_compiled(update, user_dir):
    result, _ = update(accept=True)
    assert (result.state, result.detail) == (refresh.ADDED, LATER)
    assert home.tables_dir() == user_dir / "tables"
    (edition,) = editions.added()
    assert edition.url.endswith("/data-sets/set-time/csv?dataSetVersion=1.0")
    again, _ = update(accept=True)
    assert again.state == SAME


def test_a_release_staged_before_can_be_accepted_later(update):
    assert update()[0].state == NEW
    assert update(accept=True)[0].state == refresh.ADDED


def test_a_release_with_nothing_new_is_up_to_date(update, service):
    service.data_sets["set-time"]["csv"] = as_csv(timeliness(2024))
    result, said = update(accept=True)
    assert (result.state, result.detail) == (SAME, "to 2024")
    assert "figures: all as held" in said
    assert editions.added() == []


def test_a_dry_run_only_asks_where_the_newest_release_is(update, user_dir, service):
    result, said = update(dry_run=True)
    assert result.state == refresh.OFFERED
    assert f"'{TITLE}' to 2025 (API)" in said
    assert not user_dir.exists()
    assert not any(path.endswith("/csv") for path in service.paths())


def revised():
    """One plan fewer in time, of Kent, its region and England: no printed rate shows it."""
    table = in_2026(timeliness(2025))
    whole = (table["la_name"] == "") & table["region_code"].isin(["", "E12000008"])
    here = (table["time_period"] == "2025") & (whole | (table["old_la_code"] == "886"))
    counts = table.loc[here, "plans_issued_within_20_weeks"].astype(int) - 1
    table.loc[here, "plans_issued_within_20_weeks"] = counts.astype(str)
    return as_csv(table)


def test_a_release_the_publisher_changed_is_told_and_the_old_figures_kept(update, service):
    update(accept=True)
    before = {path.name: path.read_bytes() for path in home.tables_dir().iterdir()}
    first = editions.added()[0].sha256
    service.data_sets["set-time"]["csv"] = revised()
    result, said = update()
    assert result.state == CHANGED
    got = result.candidate.edition.sha256
    assert f"the publisher changed the file: expected {first[:16]}, got {got[:16]}" in said
    assert "3 figures differ" in result.detail
    after = {path.name: path.read_bytes() for path in home.tables_dir().iterdir()}
    assert after == before
    assert update(accept=True)[0].state == refresh.ADDED


def test_a_file_in_the_catalogue_that_changed_is_told_too(update, service, release_2026):
    service.publications.clear()
    service.files[CATALOGUE] = release_2026
    update()
    service.files[CATALOGUE] = revised()
    _, said = update()
    assert "the publisher changed the file since it was last fetched: expected" in said


def test_a_publication_not_in_the_api_comes_from_the_catalogue(
    update, service, release_2026
):
    service.publications.clear()
    service.files[CATALOGUE] = release_2026
    result, said = update()
    assert result.state == NEW
    assert "from the catalogue, because" in said
    assert "lists 0 publications called" in said
    assert CATALOGUE in service.paths()


def test_a_data_set_that_cannot_be_told_apart_comes_from_the_catalogue(
    update, service, release_2026
):
    service.publish("more", "Timeliness of annual reviews", b"", end="2025")
    service.files[CATALOGUE] = release_2026
    result, said = update()
    assert result.state == NEW
    assert "2 data sets that could be timeliness" in said


def test_a_data_set_withdrawn_is_not_taken(update, service, release_2026):
    service.data_sets["set-time"]["summary"]["status"] = "Withdrawn"
    service.files[CATALOGUE] = release_2026
    _, said = update()
    assert "0 data sets that could be timeliness" in said


def test_an_api_that_is_down_is_asked_once_and_the_catalogue_serves(
    update, service, release_2026
):
    service.fail("/publications", *[problem(503, "Down.")] * 3)
    service.files[CATALOGUE] = release_2026
    assert update()[0].state == NEW


def test_figures_are_asked_for_when_the_file_is_not_to_be_had(
    update, service, release_2026
):
    table = in_2026(timeliness(2025))
    figures = [name for name in table.columns if name.lower().startswith(("pc_", "plans_"))]
    level = {"National": "NAT", "Regional": "REG", "Local authority": "LA"}
    key = {"NAT": "country_code", "REG": "region_code", "LA": "old_la_code"}
    rows = table.to_dict("records")
    places = {"NAT": {}, "REG": {}, "LA": {}}
    results = []
    for row in rows:
        at = level[row["geographic_level"]]
        places[at][row[key[at]]] = {
            "id": f"{at}{row[key[at]]}",
            "label": Geography.load().areas[row[key[at]]].name,
            "code": row[key[at]],
            "oldCode": row["old_la_code"],
        }
        results.append(
            {
                "timePeriod": {"code": "CY", "period": row["time_period"]},
                "geographicLevel": at,
                "locations": {at: f"{at}{row[key[at]]}"},
                "filters": {
                    "f0": row["breakdown_topic"],
                    "f1": row["breakdown"],
                },
                "values": {name: row[name] for name in figures},
            }
        )
    service.data_sets["set-time"] |= {
        "results": results,
        "meta": {
            "indicators": [{"id": name, "column": name} for name in figures],
            "filters": [
                {
                    "id": f"f{number}",
                    "column": name,
                    "options": [{"id": one, "label": one} for one in set(table[name])],
                }
                for number, name in enumerate(("breakdown_topic", "breakdown"))
            ],
            "locations": [
                {"level": at, "options": list(options.values())}
                for at, options in places.items()
            ],
        },
    }
    service.fail("/csv", *[problem(504, "The request timed out.")] * 3)
    result, said = update()
    assert "no file (504); asking for the figures" in said
    assert result.state == NEW
    by_query = result.candidate.reading.observations
    by_file = update()[0].candidate.reading.observations
    order = list(by_file.columns[:5])
    assert by_query.sort_values(order, ignore_index=True).equals(
        by_file.sort_values(order, ignore_index=True)
    )


def of_another_table(service):
    service.data_sets["set-time"]["csv"] = b"school,pupils,time_period\n1,2,2025\n"


def with_unknown_column(service):
    table = in_2026(timeliness(2025)).assign(average_weeks="x")
    service.data_sets["set-time"]["csv"] = as_csv(table)


def with_sign_in_page(service):
    service.files["/sign-in"] = b"<!doctype html><title>Sign in</title>"
    service.fail("/csv", Fault(302, headers={"Location": "/sign-in"}))


def cut_every_time(service):
    service.fail("/csv", *[Fault(keep=2_000)] * 3)


def silent(service):
    service.fail("/csv", *[Fault(pause=0.8)] * 3)


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (of_another_table, "not a table this package follows"),
        (with_unknown_column, "does not know: average_weeks"),
        (with_sign_in_page, "a sign-in page, perhaps"),
        (cut_every_time, "cut short, 2,000 of"),
        (silent, "timed out"),
    ],
)
def test_what_goes_wrong_is_told_and_nothing_changes(update, service, user_dir, harm, says):
    harm(service)
    limits = replace(PATIENT, timeout=0.5 if harm is silent else PATIENT.timeout)
    result, _ = update(accept=True, limits=limits)
    assert result.state == refresh.FAILED
    assert says in result.detail
    assert not (user_dir / "tables").exists()
    assert not (user_dir / "editions").exists()


def test_a_column_can_be_left_out_on_purpose(update, service):
    with_unknown_column(service)
    assert update(without=["average_weeks"])[0].state == NEW


def test_a_failure_of_one_publication_does_not_stop_the_others(address, user_dir, capsys):
    assert main(["data", "update", "--base-url", address, "--accept"]) == 10
    printed = capsys.readouterr()
    # One table is served, two pages are not there, and nine tables are missed.
    assert f"timeliness: {'Education, health and care plans'}" in printed.out
    assert "added: sen2_2026_timeliness" in printed.out
    assert printed.out.count("nothing newer") == len(LANDING_PAGES)
    assert "3 of 12 without a fault" in printed.out
    assert "highneeds: caseload: " in printed.err
    assert [one.source_id for one in editions.added()] == [LATER]


def test_only_what_is_asked_for_is_looked_at():
    assert [one.key for one in followed("caseload")] == ["caseload"]
    assert [one.key for one in followed("suspensions")] == ["exclusions"]
    assert {one.key for one in followed("health and care")} >= {"caseload", "needs"}
    assert {"dsg", "ofsted", "timeliness"} <= {one.key for one in followed()}
    assert not any(one.key.endswith("_2022") for one in followed())
    with pytest.raises(UsageError, match=r"called 'timelines' \(the nearest is timeliness"):
        followed("timelines")


DSG_PAGE = "/government/publications/dedicated-schools-grant-dsg-{}-to-{}"
ATTACHMENTS = """<html><body><h1>Dedicated schools grant (DSG)</h1>
<a href="/government/organisations/department-for-education">Department for Education</a>
<a href="/media/1/DSG_technical_note.pdf">DSG technical note</a>
<a class="link" href="/media/2/dsg_2024_07_20.ods">DSG allocations <b>July 2024</b></a>
<a href="/media/3/dsg_2025_03_27.ods">DSG allocations March 2025</a>
<a href="/media/4/other_2026_01_01.ods">Something else</a></body></html>"""


def test_the_newest_workbook_of_the_last_page_there_is_taken(address, service):
    # Pages for 2024-25 and 2025-26, none for 2026-27.
    service.files[DSG_PAGE.format(2024, 2025)] = (
        b"<a href='/media/9/dsg_2024_12_01.ods'>dsg</a>"
    )
    service.files[DSG_PAGE.format(2025, 2026)] = ATTACHMENTS.encode()
    (page,) = followed("dsg")
    offer = Finder(address, PATIENT).find(page)
    assert offer.url.endswith("/media/3/dsg_2025_03_27.ods")
    assert offer.title == "DSG allocations March 2025"
    assert offer.found_by == "landing page"


def test_a_page_without_such_a_file_is_told(update, service):
    service.files[DSG_PAGE.format(2024, 2025)] = b"<a href='/media/1/note.pdf'>DSG note</a>"
    result, _ = update("dsg")
    assert result.state == refresh.FAILED
    assert "has no link to a file of Dedicated schools grant" in result.detail
    assert "/media/1/note.pdf" in result.detail


def test_a_workbook_in_place_of_which_comes_a_page_is_refused(update, service):
    service.files[DSG_PAGE.format(2024, 2025)] = ATTACHMENTS.encode()
    service.files["/media/3/dsg_2025_03_27.ods"] = b"<!doctype html>Sign in"
    result, _ = update("dsg")
    assert result.state == refresh.FAILED
    assert "a web page" in result.detail


def test_inspections_are_fetched_and_kept_for_comparing(update, service, user_dir):
    page = followed("ofsted")[0].address.format(start=2024, end=2025)
    text = "<a href='/media/5/area_send_data_31_december_2024.csv'>Area SEND data</a>"
    service.files[page] = text.encode()
    service.files["/media/5/area_send_data_31_december_2024.csv"] = (
        b"Area,Outcome\nKent,1\n"
    )
    result, _ = update("ofsted")
    assert result.state == refresh.KEPT
    assert (user_dir / "downloads" / "ofsted.csv").read_bytes() == b"Area,Outcome\nKent,1\n"


def test_nothing_is_asked_of_another_server_than_the_one_given(address, service):
    finder = Finder(address, PATIENT)
    assert finder._catalogue == finder._pages == address.removesuffix(API)


def test_no_network_is_told_once_for_each_server_and_quickly(user_dir):
    said = []
    limits = Limits(timeout=0.2, tries=1)
    results = refresh.update(
        base_url="http://127.0.0.1:9/v1", limits=limits, tell=said.append
    )
    assert {one.state for one in results} == {refresh.FAILED}
    assert all("127.0.0.1:9 cannot be reached" in one.detail for one in results)
    assert editions.added() == []


def test_an_address_that_is_not_one_is_refused(user_dir, capsys):
    assert main(["data", "update", "--only", "timeliness", "--base-url", "nowhere"]) == 10
    assert "not an https address" in capsys.readouterr().err
