"""Tables of areas: authorities, spellings, reorganisations, statistical neighbours."""

from __future__ import annotations

import re
from datetime import date, timedelta
from itertools import groupby
from operator import itemgetter

import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.geography import ENGLAND_CODE
from highneeds.names import normalise, plain_code
from highneeds.sources.contract import SourceFile, require_columns
from highneeds.sources.files import RawFiles
from highneeds.sources.money import is_number

CODES = SourceFile(
    "la_codes_observed",
    "education/la-lookup/la_codes_observed.csv",
    "Local authority codes as used in DfE and ONS releases, 2007 to 2025",
    "Compiled from Department for Education and Office for National Statistics releases",
    "2025",
    marks=(
        "old_la_code",
        "first_year",
        "last_year",
    ),
)
CHANGES = SourceFile(
    "la_changes",
    "education/la-lookup/la_changes_2009-2025.csv",
    "Local authority mergers, splits and recodes since 2009",
    "Compiled from Office for National Statistics code history",
    "2025",
    marks=(
        "predecessor_old_la_code",
        "successor_old_la_code",
    ),
)
KINDS = SourceFile(
    "lait_la_code_list",
    "education/dfe-lait/la_code_list.xlsx",
    "Local Authority Interactive Tool: list of authorities",
    "Department for Education",
    "April 2026",
    marks=(
        "cell LA Number",
        "cell LA Name",
        "cell Region",
        "cell Type",
    ),
)
NEIGHBOURS = SourceFile(
    "statistical_neighbours_2025",
    "education/dfe-lait/sn_may_2025.xlsx",
    "Local Authority Interactive Tool: statistical neighbours, May 2025",
    "Department for Education",
    "May 2025",
    marks=("sheet LA SN Groups",),
)
FILES = (CODES, CHANGES, KINDS, NEIGHBOURS)

_KIND_WORDS = {
    "UA": "unitary authority",
    "MD": "metropolitan district",
    "SC": "county",
    "OLB": "outer London borough",
    "ILB": "inner London borough",
}
# Names people write that no published file prints.
_SPOKEN = {
    "BCP": "839",
    "Bournemouth, Christchurch & Poole": "839",
    "Hull": "810",
    "Bristol": "801",
    # Newcastle alone, or its borough council, may be Newcastle-under-Lyme.
    "Newcastle City Council": "391",
    "Herefordshire": "884",
    "Durham": "840",
    "BANES": "800",
    "B&NES": "800",
    "LBHF": "205",
    "RBKC": "207",
    "RBWM": "868",
    "City of York": "816",
    "City of London Corporation": "201",
    "London Corporation": "201",
    "Telford": "894",
    "Southend": "882",
    "Stockton": "808",
    "Blackburn": "889",
    "Barking": "301",
    "Hammersmith": "205",
    "Kensington": "207",
    "Richmond": "318",
    "Kingston upon Thames, Royal Borough of": "314",
    "Redcar": "807",
    "Brighton": "846",
    "Scilly": "420",
    "Westmorland & Furness": "943",
    "West Northants": "941",
    "North Northants": "940",
    "Northants": "928",
    "North Yorks": "815",
    "Notts": "891",
    "Derbys": "830",
    "Bucks": "825",
    "Cambs": "873",
    "Glos": "916",
    "Herts": "919",
    "Lancs": "888",
    "Leics": "855",
    "Lincs": "925",
    "Oxon": "931",
    "Staffs": "860",
    "Warks": "937",
    "Wilts": "865",
    "Worcs": "885",
}
_LONDON_PARTS = {"E13000001": "Inner London", "E13000002": "Outer London"}
_SPOKEN_REGIONS = {
    "Yorkshire": "E12000003",
    "Yorkshire and Humber": "E12000003",
    "East": "E12000006",
    "East Anglia": "E12000006",
}
_FIRST_NEIGHBOUR_ROW, _FIRST_NEIGHBOUR_COLUMN, _NEIGHBOUR_COUNT = 3, 5, 10


def read(raw: RawFiles) -> dict[str, pd.DataFrame]:
    """Compile the four geography tables.

    Returns
    -------
    dict
        ``authorities``, ``aliases``, ``code_changes``, ``neighbours``: tables of text.

    Raises
    ------
    SourceError
        A column is missing, a code is not one or not known, an ONS code or a name means two
        authorities, a day is not one, or an authority does not have its ten neighbours.
    """
    observed = raw.read_csv(CODES)
    require_columns(
        observed,
        [
            *("old_la_code", "new_la_code", "la_name", "source", "last_year"),
            *("region_code", "region_name"),
        ],
        CODES.path,
    )
    changes = _changes(raw)
    _check_codes(observed, changes)
    authorities = _authorities(observed, changes, _kinds(raw))
    aliases = _aliases(observed, changes, authorities)
    _check_aliases(aliases, authorities)
    return {
        "authorities": authorities,
        "aliases": aliases,
        "code_changes": changes,
        "neighbours": _neighbours(raw, set(authorities["la_code"])),
    }


def _changes(raw: RawFiles) -> pd.DataFrame:
    published = raw.read_csv(CHANGES)
    wanted = {
        "effective_date": "effective_date",
        "change_type": "change_type",
        "predecessor_old_la_code": "predecessor_la_code",
        "predecessor_new_la_code": "predecessor_ons_code",
        "successor_old_la_code": "successor_la_code",
        "successor_new_la_code": "successor_ons_code",
        "note": "note",
    }
    require_columns(published, list(wanted), CHANGES.path)
    return published[list(wanted)].rename(columns=wanted).reset_index(drop=True)


def _check_codes(observed: pd.DataFrame, changes: pd.DataFrame) -> None:
    """Refuse codes that are not three digits, unknown in the changes, or undated."""
    codes = set(observed["old_la_code"])
    odd = sorted(code for code in codes if not re.fullmatch(r"\d{3}", code))
    if odd:
        msg = f"{CODES.path} has codes that are not three digits: {some(odd)}."
        raise SourceError(msg)
    named = {*changes["predecessor_la_code"], *changes["successor_la_code"]}
    strangers = sorted(named - codes)
    if strangers:
        msg = (
            f"{CHANGES.path} names authorities not in the code list: {some(strangers)}. "
            "Add them to the code list first."
        )
        raise SourceError(msg)
    for day in changes["effective_date"].unique():
        try:
            date.fromisoformat(day)
        except ValueError:
            msg = (
                f"{CHANGES.path} has effective_date {day!r}. Expected a day as 2021-04-01."
            )
            raise SourceError(msg) from None


def _check_aliases(aliases: pd.DataFrame, authorities: pd.DataFrame) -> None:
    """Refuse a code that leads to two authorities, or a name to two at one time."""
    codes = aliases[aliases["kind"] == "code"]
    twice = codes.loc[codes["alias"].duplicated(keep=False), "alias"].unique()
    if len(twice):
        msg = (
            f"ONS codes that lead to two authorities: {some(twice)}. Correct {CODES.path}."
        )
        raise SourceError(msg)
    living = authorities[(authorities["last_date"] == "") & (authorities["level"] == "la")]
    own = living.assign(alias=living["name"])[["alias", "la_code"]]
    spoken = aliases.loc[aliases["kind"] == "name", ["alias", "la_code"]]
    both = pd.concat([own, spoken[spoken["la_code"].isin(living["la_code"])]])
    both = both.assign(alias=both["alias"].map(normalise)).drop_duplicates()
    again = both.loc[both["alias"].duplicated(keep=False), "alias"].unique()
    if len(again):
        msg = f"Names of two authorities in being: {some(again)}. Correct {CODES.path}."
        raise SourceError(msg)


def _kinds(raw: RawFiles) -> dict[str, str]:
    header, *rows = raw.read_sheet(KINDS, "Sheet1")
    expected = ["LA Number", "LA Name", "Region", "Type"]
    if [str(cell) for cell in header] != expected:
        msg = f"{KINDS.path} has columns {header}; expected {expected}. Check the edition."
        raise SourceError(msg)
    return {_code(row[0], KINDS): str(row[3]) for row in rows if row[3]}


def _code(cell: object, source: SourceFile) -> str:
    """A cell of a workbook as a three-digit code, which may be a number there."""
    code = plain_code(str(cell).strip())
    if not code.isdigit():
        msg = (
            f"{source.path} has the number of an authority {str(cell)!r}. Expected "
            "digits. Check the edition."
        )
        raise SourceError(msg)
    return code


def _authorities(
    observed: pd.DataFrame, changes: pd.DataFrame, kinds: dict[str, str]
) -> pd.DataFrame:
    began = _dates(changes, "successor_la_code", "predecessor_la_code")
    ended = _dates(changes, "predecessor_la_code", "successor_la_code")
    regions = (
        observed[["region_code", "region_name"]]
        .drop_duplicates()
        .sort_values("region_code")
    )
    rows = [
        _row(ENGLAND_CODE, "England", "england", ons=ENGLAND_CODE),
        *(
            _row(code, name, "region", ons=code, region=(code, name))
            for code, name in regions.itertuples(index=False)
        ),
        *(
            _row(code, name, "region", ons=code, region=("E12000007", "London"))
            for code, name in _LONDON_PARTS.items()
        ),
    ]
    # The SEN2 releases print the names in use; take the newest of them.
    preferred = observed.assign(
        rank=observed["source"].map({"dfe-ehcp-2025": 0, "dfe-ehcp-2022": 1}).fillna(2)
    ).sort_values(["old_la_code", "rank", "last_year"], ascending=[True, True, False])
    for code, group in groupby(preferred.to_dict("records"), itemgetter("old_la_code")):
        first, *others = group
        coded = [one for one in (first, *others) if one["new_la_code"] != ""]
        # Of codes used as late, the last in the order of the names.
        newest = max(coded[::-1], key=itemgetter("last_year"), default=first)
        last = ended.get(code)
        rows.append(
            _row(
                code,
                first["la_name"].split(" (Pre")[0],
                "la",
                ons=newest["new_la_code"],
                region=(first["region_code"], first["region_name"]),
                kind=_KIND_WORDS.get(kinds.get(code, ""), ""),
                first=began.get(code, ""),
                last=(date.fromisoformat(last) - timedelta(days=1)).isoformat()
                if last
                else "",
            )
        )
    return pd.DataFrame(rows)


def _dates(changes: pd.DataFrame, code: str, other: str) -> dict[str, str]:
    """Date each code began or ended; a recode of the ONS code alone is neither."""
    real = changes[changes[code] != changes[other]]
    return dict(zip(real[code], real["effective_date"], strict=True))


def _row(
    code: str,
    name: str,
    level: str,
    *,
    ons: str,
    region: tuple[str, str] = ("", ""),
    kind: str = "",
    first: str = "",
    last: str = "",
) -> dict[str, str]:
    return {
        "la_code": code,
        "name": name,
        "level": level,
        "region_code": region[0],
        "region_name": region[1],
        "ons_code": ons,
        "kind": kind,
        "first_date": first,
        "last_date": last,
    }


def _aliases(
    observed: pd.DataFrame, changes: pd.DataFrame, authorities: pd.DataFrame
) -> pd.DataFrame:
    rows = {
        (row.new_la_code, "code", row.old_la_code)
        for row in observed.itertuples(index=False)
        if row.new_la_code
    }
    for side in ("predecessor", "successor"):
        rows |= {
            (ons, "code", code)
            for ons, code in zip(
                changes[f"{side}_ons_code"], changes[f"{side}_la_code"], strict=True
            )
            if ons
        }
    named = authorities.set_index("la_code")["name"]
    spellings = list(zip(observed["la_name"], observed["old_la_code"], strict=True))
    spoken = [*spellings, *_SPOKEN.items(), *_SPOKEN_REGIONS.items()]
    lost = sorted({code for _, code in spoken} - set(named.index))
    if lost:
        msg = (
            f"{CODES.path} lacks {some(lost)}, an authority or a region that is spoken of "
            "by other names. Expected every region and authority of England. Download it "
            "again."
        )
        raise SourceError(msg)
    rows |= {
        (name, "name", code)
        for name, code in spoken
        if normalise(name) != normalise(str(named[code]))
    }
    return pd.DataFrame(sorted(rows), columns=["alias", "kind", "la_code"])


def _neighbours(raw: RawFiles, known: set[str]) -> pd.DataFrame:
    last = _FIRST_NEIGHBOUR_COLUMN + 2 * _NEIGHBOUR_COUNT
    least = (_FIRST_NEIGHBOUR_ROW + 1, last)
    sheet = raw.read_sheet(NEIGHBOURS, "LA SN Groups", least)
    header = [str(cell) for cell in sheet[_FIRST_NEIGHBOUR_ROW - 1]]
    if header[0] != "LA num" or header[_FIRST_NEIGHBOUR_COLUMN] != "SN1":
        msg = (
            f"{NEIGHBOURS.path} does not have 'LA num' and 'SN1' in row "
            f"{_FIRST_NEIGHBOUR_ROW}; found {header[:6]}. Check the edition."
        )
        raise SourceError(msg)
    rows = []
    for line in sheet[_FIRST_NEIGHBOUR_ROW:]:
        if not is_number(line[0]):
            continue
        code = f"{line[0]:.0f}"
        for rank in range(_NEIGHBOUR_COUNT):
            cell = line[_FIRST_NEIGHBOUR_COLUMN + 2 * rank]
            if not is_number(cell):
                continue
            closeness = str(line[_FIRST_NEIGHBOUR_COLUMN + 2 * rank + 1]).strip()
            rows.append((code, str(rank + 1), f"{cell:.0f}", closeness))
    table = pd.DataFrame(
        rows, columns=["la_code", "rank", "neighbour_la_code", "closeness"]
    )
    strangers = (set(table["neighbour_la_code"]) | set(table["la_code"])) - known
    if strangers:
        msg = (
            f"{NEIGHBOURS.path} names authorities not in the code list: "
            f"{', '.join(sorted(strangers))}. Add them to the code list first."
        )
        raise SourceError(msg)
    lists = table.groupby("la_code")["neighbour_la_code"].agg(list)
    short = [
        str(code)
        for code, near in lists.items()
        if len(set(near)) != _NEIGHBOUR_COUNT or code in near
    ]
    if short:
        msg = (
            f"{NEIGHBOURS.path}: expected {_NEIGHBOUR_COUNT} other authorities as "
            f"neighbours of each; not so for {some(short)}. Check the edition."
        )
        raise SourceError(msg)
    return table
