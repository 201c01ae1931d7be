"""A count of persons or cases is a whole number in every published table."""

from __future__ import annotations

import pandas as pd

from highneeds.errors import SourceError, some
from highneeds.panel.schema import MEASURES
from highneeds.status import Status
from highneeds.words import plural


def require_whole_counts(stored: pd.DataFrame) -> None:
    """Refuse counts that are no whole numbers, as those of a column in another unit are.

    Estimates are passed over, and measures that are `Measure.in_fractions`.

    Parameters
    ----------
    stored : DataFrame
        Columns of `schema.STORED_COLUMNS`.

    Raises
    ------
    SourceError
        Names the first such counts, with their values.
    """
    counted = [name for name, one in MEASURES.items() if one.counted]
    given = stored[stored["measure"].isin(counted) & stored["value"].notna()]
    broken = given[(given["value"] % 1 != 0) & (given["status"] != Status.ESTIMATED)]
    if len(broken):
        found = [
            f"{row.measure} {row.breakdown_type}/{row.breakdown} of {row.la_code} in "
            f"{row.year}, {row.value:,.10g}"
            for row in broken.itertuples()
        ]
        many = plural(len(found), "count is no whole number", "counts are no whole numbers")
        msg = (
            f"{many}: {some(found)}. Expected whole plans, pupils, requests or cases, as "
            "published. The column may be in tens, hundreds or thousands, or a percentage: "
            "compare with the published table, download it again."
        )
        raise SourceError(msg)
