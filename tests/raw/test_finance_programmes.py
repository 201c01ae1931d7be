"""Deficit programmes and framework facts, on the published files and altered copies."""

import pandas as pd
import pytest

from highneeds.errors import SourceError
from highneeds.sources import programmes
from highneeds.sources.files import RawFiles
from tests.raw.finance_copies import changed, geography

MEMBERSHIP = "deficit_programme_membership.csv"
FACTS = "high_needs_framework_facts.csv"
SAFETY_VALVE = "Safety Valve"


@pytest.fixture(scope="module")
def reading(raw_dir):
    return programmes.read(RawFiles(raw_dir), geography(raw_dir))


@pytest.fixture(scope="module")
def members(reading):
    return reading.companions["programmes"]


@pytest.fixture(scope="module")
def facts(reading):
    return reading.companions["framework_facts"]


def test_there_are_as_many_members_as_the_publisher_counts(reading, members):
    # SOURCES.md section 11: 38 agreements 5, 9, 20, 4; tranches of 21 and 22.
    counts = members.groupby(["programme", "cohort"]).size().to_dict()
    assert counts == {
        (SAFETY_VALVE, "2020-21"): 5,
        (SAFETY_VALVE, "2021-22"): 9,
        (SAFETY_VALVE, "2022-23"): 20,
        (SAFETY_VALVE, "2023-24"): 4,
        ("Delivering Better Value", "tranche 1"): 21,
        ("Delivering Better Value", "tranche 2"): 22,
    }
    assert reading.observations.empty


def test_amounts_are_pounds_where_a_source_states_them(members):
    # design/data.md B2: the amounts for which there is evidence.
    agreed = members[members["agreed_gbp"] != ""].set_index("la_code")["agreed_gbp"]
    assert agreed.to_dict() == {
        "886": "142000000",
        "878": "95000000",
        "926": "70000000",
        "865": "67000000",
        "801": "53800000",
        "800": "19200000",
        "867": "16000000",
    }
    targets = members[members["target_year"] != ""].set_index("la_code")["target_year"]
    assert targets.to_dict() == {
        "886": "2027-28",
        "878": "2031-32",
        "926": "2028-29",
        "861": "2024-25",
    }


def test_each_row_says_how_it_is_known(members):
    evidence = members.groupby("evidence")["la_code"].apply(set)
    assert evidence["the official count only"] == {"802", "871", "210", "880", "872"}
    assert evidence["press, and the official count"] == {"861", "392"}
    assert len(evidence["grant letter"]) == 43
    assert len(evidence["official list"]) == 38 - 5 - 2


def test_authorities_named_in_error_elsewhere_are_not_in_safety_valve(members):
    # design/data.md B2: one public analysis lists these three; the agreements do not.
    codes = set(members.loc[members["programme"] == SAFETY_VALVE, "la_code"])
    assert not codes & {"850", "881", "919"}
    both = members[members.duplicated("la_code", keep=False)]["la_code"]
    assert set(both) == {"867", "801"}


def test_facts_are_figures_with_a_document_and_say_what_is_unverified(facts):
    value = facts.set_index(["fact", "part"])["value"]
    assert value["place_funding_special", ""] == "10000"
    assert value["block_transfer_limit", ""] == "0.005"
    assert value["statutory_override_end_current", ""] == "2028-03-31"
    assert value["additional_high_needs_2023_24", ""] == "400000075"
    assert value["hn_nff_floor_gains_2025_26", "floor"] == "7"
    assert value["hn_nff_floor_gains_2025_26", "gains limit"] == "10"
    weights = facts[facts["fact"] == "hn_nff_proxy_weights"]["value"].astype(float)
    assert weights.sum() == 50 + 10 + 10 + 4 * 7.5 == 100
    assert (facts["document"] != "").all()
    assert set(facts["status"]) == {"evidenced", "unverified"}
    unverified = set(facts.loc[facts["status"] == "unverified", "fact"])
    assert {"hn_nff_historic_spend_share", "hn_nff_import_export_unit"} <= unverified
    assert "place_funding_special" not in unverified


def test_sentences_are_in_our_own_words(raw_dir, members, facts):
    raw = RawFiles(raw_dir)
    theirs = set(raw.read_csv(programmes.MEMBERSHIP)["status_note"]) - {""}
    theirs |= set(raw.read_csv(programmes.FILES[1])["description"])
    ours = set(members["note"]) | set(facts["description"])
    assert not ours & theirs


def test_facts_agree_with_the_allocations(raw_dir, facts):
    from highneeds.sources import block

    found = block.read(RawFiles(raw_dir), geography(raw_dir)).observations
    value = facts.set_index("fact")["value"]
    extra = found[
        (found["breakdown"] == "additional_allocation") & (found["la_code"] == "E92000001")
    ].set_index("year")["value"]
    assert extra["2022-23"] == float(value["additional_high_needs_2022_23"])
    unit = found[found["measure"] == "basic_entitlement_unit_gbp"]
    unit = unit[unit["la_code"].str.isdigit()].groupby("year")["value"]
    assert unit.min()["2020-21"] == float(value["hn_nff_basic_entitlement_2020_21"])
    assert unit.min()["2022-23"] == float(value["hn_nff_basic_entitlement_2021_22_on"])
    assert unit.max()["2023-24"] == float(value["hn_nff_basic_entitlement_max_2023_24"])


def replace(old, new):
    def edit(text):
        assert old in text
        return text.replace(old, new, 1)

    return edit


ALTERED = {
    "a member lost": (
        MEMBERSHIP,
        lambda text: "\n".join(line for line in text.splitlines() if "Torbay" not in line),
        ["Safety Valve 2022-23: 19 (expected 20)"],
    ),
    "an invented member": (
        MEMBERSHIP, replace("936,E10000030,Surrey", "850,E10000014,Hampshire,"),
        ["fields"],
    ),
    "a code beside another name": (
        MEMBERSHIP, replace("936,E10000030,Surrey", "936,E10000030,Sussex"), ["'Sussex'"],
    ),
    "codes that disagree": (
        MEMBERSHIP, replace("936,E10000030", "936,E10000014"), ["936 beside 850"],
    ),
    "a member twice": (
        MEMBERSHIP, replace("816,E06000014,York", "936,E10000030,Surrey"),
        ["936 / Safety Valve"],
    ),
    "an amount in pounds": (
        MEMBERSHIP, replace(",142,", ",142000000,"), ["£ million", "142000000"],
    ),
    "a calendar target": (MEMBERSHIP, replace("2027-28", "2028"), ["'2028'", "financial"]),
    "a new note": (
        MEMBERSHIP, replace("extended to nine years March 2024", "ended"),
        ["'ended'", "own words"],
    ),
    "new evidence": (
        MEMBERSHIP, replace("annex A of the grant", "a rumour"),
        ["a rumour", "kind of evidence"],
    ),
    "a fact renamed": (
        FACTS, replace("notional_sen_threshold", "sen_threshold"),
        ["notional_sen_threshold", "sen_threshold", "Describe"],
    ),
    "a column renamed": (FACTS, replace("applies_from", "from"), ["applies_from"]),
}  # fmt: skip


@pytest.mark.parametrize(("name", "edit", "words"), ALTERED.values(), ids=ALTERED)
def test_an_altered_copy_is_refused(raw_dir, tmp_path, name, edit, words):
    raw = changed(raw_dir, tmp_path, name, edit)
    with pytest.raises(SourceError) as refused:
        programmes.read(raw, geography(raw_dir))
    for word in words:
        assert word in str(refused.value)


def test_empty_observations_join_others_without_changing_them(reading):
    other = pd.DataFrame({name: ["x"] for name in reading.observations}).assign(value=1.0)
    joined = pd.concat([reading.observations, other], ignore_index=True)
    assert joined["value"].dtype == float
    assert joined["value"].tolist() == [1.0]
