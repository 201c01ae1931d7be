"""Measures of the high needs block, spending and balances."""

from __future__ import annotations

from highneeds.panel.measure import Measure

# Up to then balances are published as percentages of the grant, and later as amounts.
BALANCES_AS_SHARES_TO = "2021-22"

MEASURES = (
    Measure(
        "high_needs_block_before_deductions_gbp",
        "High needs block of the dedicated schools grant before deductions",
        "£",
        "financial",
        "block",
        note="The latest update of each year. 2019-20 is published in £ million.",
        part_of="dsg_before_deductions_gbp",
    ),
    Measure(
        "high_needs_block_after_deductions_gbp",
        "High needs block after deductions for places funded directly",
        "£",
        "financial",
        "block",
        part_of="high_needs_block_before_deductions_gbp",
    ),
    Measure(
        "high_needs_block_build_up_gbp",
        "How the high needs block before deductions is built",
        "£",
        "financial",
        "block",
        ("total", "component"),
        may_be_negative=True,
        note="Components make the total of their own publication, for 2023-24 that of July "
        "2023: £1.8m below the update. Import/export adjustments may be negative.",
    ),
    Measure(
        "basic_entitlement_unit_gbp",
        "High needs basic entitlement for a pupil, area cost adjusted",
        "£ per pupil",
        "financial",
        "block",
    ),
    Measure(
        "basic_entitlement_pupils",
        "Pupils in special schools and academies counted for the basic entitlement",
        "pupils",
        "financial",
        "block",
    ),
    Measure(
        "high_needs_places_deduction_gbp",
        "High needs places funded directly and deducted from the block",
        "£",
        "financial",
        "block",
        ("total", "provider"),
        note="By provider: added over pre-16, post-16 and alternative provision places.",
        part_of="high_needs_block_before_deductions_gbp",
    ),
    Measure(
        "schools_block_before_deductions_gbp",
        "Schools block of the dedicated schools grant before recoupment",
        "£",
        "financial",
        "block",
        part_of="dsg_before_deductions_gbp",
    ),
    Measure(
        "dsg_before_deductions_gbp",
        "Total dedicated schools grant before recoupment and deductions",
        "£",
        "financial",
        "block",
    ),
    Measure(
        "s251_high_needs_net_gbp",
        "Section 251 outturn: net high needs spending, lines 1.2.1 to 1.2.13",
        "£",
        "financial",
        "spending",
        note="Excludes place funding and everything paid directly to academies.",
    ),
    Measure(
        "s251_outturn_line_gbp",
        "Section 251 outturn: high needs lines, net of income",
        "£",
        "financial",
        "spending",
        ("line",),
        may_be_negative=True,
        note="Place funding covers maintained providers only. Its printed total covers "
        "special schools and alternative provision only; place_funding_total adds every "
        "phase.",
    ),
    Measure(
        "s251_budget_line_gbp",
        "Section 251 budget: high needs lines, net of income",
        "£",
        "financial",
        "spending",
        ("line",),
        may_be_negative=True,
        note="Place funding includes academies, so it does not compare with outturn.",
    ),
    Measure(
        "s251_outturn_gross_line_gbp",
        "Section 251 outturn: selected lines, income not deducted",
        "£",
        "financial",
        "spending",
        ("line",),
        note="2023-24 only, 148 authorities. Transport is home to school, before age 16.",
    ),
    Measure(
        "special_and_ap_top_up_gross_gbp",
        "Top-up funding for special schools and alternative provision",
        "£",
        "financial",
        "spending",
        ("total", "provider"),
        note="Gross. No mainstream and post-school top-ups. A zero part is as returned.",
    ),
    Measure(
        "sen_weekly_unit_cost_gbp",
        "SEN support, transport and administration a week for each child with a plan",
        "£ per week",
        "financial",
        "spending",
        note="Published to £5. No place or top-up funding: a weak sign of cost.",
    ),
    Measure(
        "population_2_18",
        "People aged 2 to 18, as used by the high needs benchmarking tool",
        "people",
        "mid_year",
        "population",
        note="A projection, so not whole numbers. Another vintage than the estimates.",
    ),
    Measure(
        "dsg_balance_gbp",
        "Cumulative dedicated schools grant balance carried forward (negative is a "
        "deficit)",
        "£",
        "financial",
        "balances",
        may_be_negative=True,
        note="At 31 March. Section 251 line 1.9.3, sign reversed: published positive is a "
        f"deficit. To {BALANCES_AS_SHARES_TO} derived from a percentage, out by up to "
        "0.005% of the grant.",
    ),
)
