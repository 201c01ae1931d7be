"""What a type checker sees of the front door: mypy fails where it sees another type.

Read by mypy and never run. The last line has to be an error: where a name that is not
there would pass, as everything did when names had no type, mypy calls the comment unused.
"""

from typing import assert_type

import pandas as pd

import highneeds as hn
from highneeds.answers.projection import Projection
from highneeds.geography import Area
from highneeds.model.nation import Totals
from highneeds.panel.panel import Figure, Panel
from highneeds.report.headline import Headline
from highneeds.report.tables import Table
from highneeds.scenario.scenario import Scenario


def front_door() -> None:
    """Each kind of name, used as the pages say."""
    panel = hn.load_panel()
    assert_type(panel, Panel)
    assert_type(hn.areas(), pd.DataFrame)
    assert_type(hn.scenarios(), pd.DataFrame)
    assert_type(hn.measures(), pd.DataFrame)
    assert_type(panel.table("ehc_plans", areas="Somerset", years=2025), pd.DataFrame)
    assert_type(panel.figure("ehc_plans", "Somerset", 2025), Figure)
    result = hn.project(panel, "Kent", "reform_path")
    assert_type(result, Projection)
    assert_type(result.area, Area)
    assert_type(hn.Scenario.load(), Scenario)
    assert_type(hn.project_each(panel, "Kent", ["trend", "reform_path"]), list[Projection])
    assert_type(hn.project_nation(panel, "trend", areas="Kent"), dict[str, Totals])
    assert_type(hn.headline(result), Headline)
    assert_type(hn.report.balance_table(result), Table)
    assert_type(hn.notebook.AuditParameters(measure="ehc_plans").area, Area)


_ = hn.plot_balance  # type: ignore[attr-defined]
