"""Suspensions and permanent exclusions of England by SEN provision and primary need.

Published for 2011/12 to 2016/17, rounded to 5. Primary need changed in 2014/15, when
social, emotional and mental health took the place of behavioural, emotional and social
difficulties; the two are kept apart.
"""

from __future__ import annotations

import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.geography import Geography
from highneeds.sources.contract import ENGLAND, Reading, SourceFile, require_columns
from highneeds.sources.exclusions import (
    COLUMNS,
    PUBLICATION,
    academic_years,
    figures_of,
    phase_columns,
)
from highneeds.sources.files import RawFiles
from highneeds.sources.series import Series

BY_CHARACTERISTIC = SourceFile(
    "exclusions_by_characteristic_2016_17",
    "education/dfe-exclusions-2006-2017/exclusions_national_by_characteristic.csv",
    PUBLICATION,
    "Department for Education",
    "2016/17",
    note="England only, 2011/12 to 2016/17, rounded to 5.",
    marks=(
        "characteristic_group",
        "fixed_excl",
    ),
)
FILES = (BY_CHARACTERISTIC,)
# Of one edition, or read together with others: added with a build alone.
SERIES: tuple[Series, ...] = ()

_CHARACTERISTICS = {
    "sen_provision": {
        "sen provision no sen": "no_sen",
        "sen provision sen with statement ehc": "ehc_plan",
        "sen provision sen without statement": "sen_support",
        "sen provision unclassified": "unclassified",
    },
    "need": {
        "sen primary need autistic spectrum disorder": "asd",
        "sen primary need behavioural emotional and social difficulties": "besd",
        "sen primary need hearing impairment": "hi",
        "sen primary need moderate learning difficulty": "mld",
        "sen primary need multisensory impairment": "msi",
        "sen primary need no specialist assessment": "no_specialist_assessment",
        "sen primary need other difficulty disability": "oth",
        "sen primary need physical disability": "pd",
        "sen primary need profound and multiple learning difficulty": "pmld",
        "sen primary need severe learning difficulty": "sld",
        "sen primary need social emotional and mental health": "semh",
        "sen primary need specific learning difficulty": "spld",
        "sen primary need speech language and communications needs": "slcn",
        "sen primary need visual impairment": "vi",
    },
}
_GROUPS = {"SEN provision": "sen_provision", "SEN primary need": "need"}
_YEARS = range(2012, 2018)


def read(raw: RawFiles, geography: Geography) -> Reading:
    """Read counts, headcounts and rates of England by SEN provision and primary need.

    Returns
    -------
    Reading
        ``sen_provision``, ``sen_provision_by_phase`` and ``need`` (all schools together).

    Raises
    ------
    SourceError
        A column, label, year or symbol is not as released.
    """
    published = raw.read_csv(BY_CHARACTERISTIC)
    where = ["time_period", "school_type", "characteristic_group", "characteristic"]
    require_columns(published, [*where, *COLUMNS], BY_CHARACTERISTIC.path)
    chosen = published[published["characteristic_group"].isin(_GROUPS)].reset_index(
        drop=True
    )
    kinds = chosen["characteristic_group"].map(_GROUPS)
    phases = phase_columns(chosen["school_type"], BY_CHARACTERISTIC.path)["breakdown"]
    names = [
        _CHARACTERISTICS[kind].get(label.lower())
        for kind, label in zip(kinds, chosen["characteristic"], strict=True)
    ]
    unknown = [
        label
        for label, name in zip(chosen["characteristic"], names, strict=True)
        if name is None
    ]
    if unknown:
        msg = (
            f"{BY_CHARACTERISTIC.path} has unknown characteristics: {some(set(unknown))}. "
            "Give each a breakdown name in the reader."
        )
        raise SourceError(msg)
    by_phase = phases != "total"
    breakdowns = pd.DataFrame(
        {
            "breakdown_type": kinds.mask(by_phase, kinds + "_by_phase"),
            "breakdown": pd.Series(names).mask(by_phase, pd.Series(names) + "|" + phases),
        }
    )
    years = academic_years(chosen["time_period"], _YEARS, BY_CHARACTERISTIC.path)
    chosen = chosen.assign(la_code=ENGLAND, year=years)
    keep = ~(by_phase & (kinds == "need"))
    return Reading(figures_of(chosen[keep], breakdowns[keep], BY_CHARACTERISTIC))
