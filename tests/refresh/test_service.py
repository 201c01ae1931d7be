"""The client of the statistics API against a local server that speaks its protocol."""

import gzip
import json
from dataclasses import replace

import pytest

from highneeds.errors import UsageError
from highneeds.refresh.service import EesApi
from highneeds.refresh.service_answers import Meta
from highneeds.refresh.web import DownloadError, Limits, Refused, Unreachable
from tests.refresh.service import API, EHC_PLANS, Fault, Service, problem, serving

# No time that a busy machine could take by itself: a silence would be asked about again.
PATIENT = Limits(pause=0.01, longest_wait=10)
# Two areas and a symbol, in the form of the API: identifiers for everything but values.
META = {
    "filters": [
        {
            "id": "fT0p1",
            "column": "breakdown_topic",
            "label": "Breakdown topic",
            "options": [{"id": "oA11x", "label": "All residential placements"}],
        }
    ],
    "indicators": [
        {"id": "iRes1", "column": "Res_3851", "label": "38 to 51 weeks", "unit": ""},
        {"id": "iRes2", "column": "Res_52", "label": "52 weeks", "unit": ""},
    ],
    "geographicLevels": [{"code": "NAT", "label": "National"}],
    "locations": [
        {
            "level": "NAT",
            "label": "National",
            "options": [{"id": "lEng1", "label": "England", "code": "E92000001"}],
        },
        {
            "level": "REG",
            "label": "Regional",
            "options": [{"id": "lSE11", "label": "South East", "code": "E12000008"}],
        },
        {
            "level": "LA",
            "label": "Local authority",
            "options": [
                {"id": "lKent", "label": "Kent", "code": "E10000016", "oldCode": "886"}
            ],
        },
    ],
    "timePeriods": [{"code": "AY", "period": "2024/2025", "label": "2024/25"}],
}
ENGLAND = {
    "timePeriod": {"code": "AY", "period": "2024/2025"},
    "geographicLevel": "NAT",
    "locations": {"NAT": "lEng1"},
    "filters": {"fT0p1": "oA11x"},
    "values": {"iRes1": "2469", "iRes2": "1327"},
}
KENT = {
    "timePeriod": {"code": "AY", "period": "2024/2025"},
    "geographicLevel": "LA",
    "locations": {"NAT": "lEng1", "REG": "lSE11", "LA": "lKent"},
    "filters": {"fT0p1": "oA11x"},
    "values": {"iRes1": "x", "iRes2": "12"},
}


@pytest.fixture
def service():
    made = Service()
    made.publish("res", "Residential placements", end="2024/25", meta=META, results=[KENT])
    return made


@pytest.fixture
def api(service):
    with serving(service) as address:
        yield EesApi(address + API, PATIENT)


def test_a_publication_is_found_by_its_title(api):
    assert api.publications("health and care") == [("publication-1", EHC_PLANS)]


def test_a_search_the_api_would_refuse_is_not_sent(api, service):
    with pytest.raises(UsageError, match=r"at least 3 characters; 'eh' has not"):
        api.publications("eh")
    assert service.asked == []


def test_lists_are_read_to_their_last_page(api, service):
    # 95 publications in pages of 40: 40 + 40 + 15.
    service.publications = [{"id": f"p{n}", "title": f"Plans {n}"} for n in range(95)]
    assert [one for one, _ in api.publications("plans")] == [f"p{n}" for n in range(95)]
    assert len(service.asked) == 3
    assert all("pageSize=40" in target for _, target, _ in service.asked)


def test_a_list_that_lost_results_on_the_way_is_refused(api, service):
    service.publications = [{"id": f"p{n}", "title": f"Plans {n}"} for n in range(41)]
    paging = {"page": 2, "pageSize": 40, "totalResults": 41, "totalPages": 2}
    empty = json.dumps({"paging": paging, "results": []}).encode()
    service.fail("/publications", Fault(pause=0.001), Fault(200, empty))
    with pytest.raises(DownloadError, match="counts 41 results but gave 40"):
        api.publications("plans")


def test_data_sets_say_how_far_they_go(api):
    (found,) = api.data_sets("publication-1")
    assert (found.title, found.version, found.last_period, found.status) == (
        "Residential placements",
        "1.0",
        "2024/25",
        "Published",
    )


def test_a_table_made_by_query_has_the_published_columns(api, service):
    service.data_sets["set-res"]["results"] = [ENGLAND, KENT]
    table = api.table("set-res", "1.0")
    assert table.to_dict("records") == [
        {
            "time_period": "202425",
            "time_identifier": "Academic year",
            "geographic_level": "National",
            "country_code": "E92000001",
            "country_name": "England",
            "region_code": "",
            "region_name": "",
            "new_la_code": "",
            "old_la_code": "",
            "la_name": "",
            "breakdown_topic": "All residential placements",
            "Res_3851": "2469",
            "Res_52": "1327",
        },
        {
            "time_period": "202425",
            "time_identifier": "Academic year",
            "geographic_level": "Local authority",
            "country_code": "E92000001",
            "country_name": "England",
            "region_code": "E12000008",
            "region_name": "South East",
            "new_la_code": "E10000016",
            "old_la_code": "886",
            "la_name": "Kent",
            "breakdown_topic": "All residential placements",
            "Res_3851": "x",
            "Res_52": "12",
        },
    ]


def test_a_query_is_paged_in_its_body_and_names_the_version(api, service):
    # 23,000 results in pages of at most 10,000: three requests.
    service.data_sets["set-res"]["results"] = [KENT] * 23_000
    rows, _ = api.query("set-res", {"criteria": {}, "indicators": ["iRes1"]}, "2.*")
    assert len(rows) == 23_000
    sent = [body for command, _, body in service.asked if command == "POST"]
    assert [(one["page"], one["pageSize"]) for one in sent] == [
        (1, 10_000),
        (2, 10_000),
        (3, 10_000),
    ]
    assert all(one["debug"] is False and one["indicators"] == ["iRes1"] for one in sent)
    assert all("dataSetVersion=2.%2A" in target for _, target, _ in service.asked)


def test_a_warning_in_a_good_answer_is_told(api, service):
    service.data_sets["set-res"]["results"] = []
    rows, warned = api.query("set-res", {"criteria": {}, "indicators": []})
    assert rows == []
    assert [(one.code, one.message) for one in warned] == [
        ("QueryNoResults", "No results.")
    ]
    with pytest.raises(
        DownloadError, match=r"nothing for .* No results\. \(QueryNoResults\)"
    ):
        api.table("set-res")


def test_problem_details_become_one_message(api, service):
    wrong = {
        "message": "Must be one of the allowed values.",
        "code": "FiltersNotFound",
        "path": "criteria.filters.in[0]",
        "detail": {"items": ["zzzzz"]},
    }
    service.fail(
        "/query", problem(400, "There are validation errors with the request.", wrong)
    )
    with pytest.raises(Refused) as refused:
        api.query("set-res", {"criteria": {}, "indicators": []})
    said = str(refused.value)
    assert refused.value.status == 400
    assert "answered 400: There are validation errors with the request: Must be one" in said
    assert "at criteria.filters.in[0] (FiltersNotFound)" in said
    assert "highneeds data add FILE" in said


def test_errors_grouped_by_parameter_are_understood_too(api, service):
    body = {
        "title": "Bad Request",
        "status": 400,
        "errors": {"page": [{"message": "Too low.", "code": "GreaterThan"}]},
    }
    service.fail("/meta", Fault(400, json.dumps(body).encode()))
    with pytest.raises(Refused, match=r"Too low\. at page \(GreaterThan\)"):
        api.meta("set-res")


def test_an_unknown_data_set_is_not_asked_for_twice(api, service):
    with pytest.raises(Refused, match="answered 404: Not Found"):
        api.meta("set-nothing")
    assert len(service.asked) == 1


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again(api, service, status):
    service.fail("/meta", Fault(status), Fault(status))
    assert api.meta("set-res") == Meta(**META)
    assert len(service.asked) == 3


def test_a_server_that_stays_busy_is_given_up_after_three_tries(api, service):
    service.fail("/meta", *[problem(504, "The request timed out.")] * 4)
    with pytest.raises(Refused, match="answered 504: The request timed out"):
        api.meta("set-res")
    assert len(service.asked) == 3


def test_the_wait_a_server_asks_for_is_kept(api, service, monkeypatch):
    waited = []
    monkeypatch.setattr("time.sleep", waited.append)
    service.fail("/meta", Fault(429, headers={"Retry-After": "7"}))
    assert api.meta("set-res") == Meta(**META)
    assert waited[0] == 7


def test_a_wait_longer_than_anybody_sits_through_is_told(api, service):
    service.fail("/meta", Fault(429, headers={"Retry-After": "3600"}))
    with pytest.raises(DownloadError, match="asks to be left alone for 3,600 s"):
        api.meta("set-res")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"<!DOCTYPE html><title>Sign in</title>", "not JSON but '<!DOCTYPE html>"),
        (b"[]", r"answered with \[\]"),
        (b"{}", "no filters, indicators, locations"),
    ],
)
def test_an_answer_of_another_shape_is_refused(api, service, body, says):
    service.fail("/meta", Fault(200, body))
    with pytest.raises(DownloadError, match=says):
        api.meta("set-res")


def test_a_list_without_paging_is_refused(api, service):
    service.fail("/publications", Fault(200, b'{"results": []}'))
    with pytest.raises(DownloadError, match="no paging"):
        api.publications("plans")


def test_an_answer_packed_by_the_server_is_unpacked(api, service):
    packed = gzip.compress(json.dumps(META).encode())
    service.fail("/meta", Fault(200, packed, {"Content-Encoding": "gzip"}))
    assert api.meta("set-res") == Meta(**META)


def test_an_answer_cut_short_is_asked_for_again(api, service):
    service.fail("/meta", Fault(keep=20))
    assert api.meta("set-res") == Meta(**META)
    assert len(service.asked) == 2


def test_a_silent_server_is_given_up(api, service):
    api.limits = replace(PATIENT, timeout=0.3)
    service.fail("/meta", *[Fault(pause=0.6)] * 3)
    with pytest.raises(DownloadError, match="timed out"):
        api.meta("set-res")


def test_an_option_the_metadata_do_not_have_is_refused(api, service):
    service.data_sets["set-res"]["results"] = [{**KENT, "filters": {"fT0p1": "oNew1"}}]
    with pytest.raises(DownloadError, match="no 'oNew1' in the metadata"):
        api.table("set-res")


def test_a_server_out_of_reach_is_named():
    api = EesApi("http://127.0.0.1:9/statistics/v1", PATIENT)
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:9 cannot be reached"):
        api.publications("plans")


def test_only_https_is_asked():
    with pytest.raises(DownloadError, match="not an https address"):
        EesApi("http://api.education.gov.uk/statistics/v1").publications("plans")
