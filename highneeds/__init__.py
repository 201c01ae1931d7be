"""High-needs deficits of English local authorities, on published figures.

    import highneeds as hn

    panel = hn.load_panel()
    result = hn.project(panel, "Somerset")
    result.balance()

Names are imported when first used, so that the command line starts at once.
"""

from __future__ import annotations

import importlib
from typing import Any

__version__ = "0.1.0"

_HOMES = {
    "AuditParameters": "highneeds.notebook.parameters",
    "ComparisonParameters": "highneeds.notebook.comparison",
    "DriversParameters": "highneeds.notebook.parameters",
    "EvidencePack": "highneeds.report.evidence_pack",
    "EvidenceParameters": "highneeds.notebook.evidence_parameters",
    "FinancialYear": "highneeds.periods",
    "Geography": "highneeds.geography",
    "HighNeedsError": "highneeds.errors",
    "OverspendParameters": "highneeds.notebook.parameters",
    "Panel": "highneeds.panel.panel",
    "Projection": "highneeds.model.projection",
    "Reorganisation": "highneeds.panel.reorganisation",
    "Scenario": "highneeds.model.scenario",
    "backtest": "highneeds.analysis.backtest",
    "past_forecasts": "highneeds.analysis.backtest",
    "balance_pairs": "highneeds.analysis.backtest_pairs",
    "past_balances_table": "highneeds.report.backtest_money",
    "spending_scores": "highneeds.analysis.backtest",
    "past_spending_table": "highneeds.report.backtest_money",
    "BacktestParameters": "highneeds.notebook.parameters",
    "backtest_headline": "highneeds.report.backtest",
    "bands_table": "highneeds.report.backtest",
    "chosen_table": "highneeds.report.backtest",
    "errors_table": "highneeds.report.backtest",
    "past_table": "highneeds.report.backtest",
    "plot_cover": "highneeds.report.figures_backtest",
    "plot_errors": "highneeds.report.figures_backtest",
    "plot_past": "highneeds.report.figures_backtest",
    "assumptions_table": "highneeds.report.assumptions",
    "audit_sentence": "highneeds.report.audit_report",
    "plot_coverage": "highneeds.report.audit_report",
    "coverage_table": "highneeds.report.audit_report",
    "series_table": "highneeds.report.audit_report",
    "repairs_table": "highneeds.report.audit_report",
    "missing_table": "highneeds.report.audit_report",
    "checks_table": "highneeds.report.audit_report",
    "identity_table": "highneeds.report.audit_report",
    "sources_table": "highneeds.report.provenance",
    "totals_headline": "highneeds.report.totals",
    "trust_panel": "highneeds.report.trust",
    "totals_table": "highneeds.report.totals",
    "totals_mix_table": "highneeds.report.totals",
    "plot_totals": "highneeds.report.totals",
    "authorities_table": "highneeds.report.totals_last_year",
    "plot_gaps": "highneeds.report.totals_last_year",
    "regions_table": "highneeds.report.totals_last_year",
    "plot_regions": "highneeds.report.totals_last_year",
    "shipped_totals": "highneeds.report.totals_last_year",
    "totals_scenarios_table": "highneeds.report.totals_last_year",
    "compare_each": "highneeds.report.regional",
    "comparison_tables": "highneeds.report.regional",
    "plot_comparison": "highneeds.report.regional",
    "inspections_table": "highneeds.report.regional",
    "forecasts_table": "highneeds.report.totals",
    "LinkParameters": "highneeds.notebook.evidence_parameters",
    "NationalParameters": "highneeds.notebook.parameters",
    "RegionParameters": "highneeds.notebook.parameters",
    "balance_table": "highneeds.report.contents",
    "bridge_table": "highneeds.report.contents",
    "cautions": "highneeds.report.contents",
    "changes_table": "highneeds.report.scenarios",
    "closure_table": "highneeds.report.record_tables",
    "goal_seek": "highneeds.model.goal_seek",
    "goals_table": "highneeds.report.drivers",
    "growth": "highneeds.analysis.evidence",
    "growth_table": "highneeds.report.record_tables",
    "headline": "highneeds.report.headline",
    "in_words": "highneeds.report.contents",
    "load_assumptions": "highneeds.model.assumptions",
    "load_panel": "highneeds.panel.panel",
    "measures_table": "highneeds.report.drivers",
    "own_figures_table": "highneeds.report.own_figures",
    "needs_table": "highneeds.report.contents",
    "missing_figures": "highneeds.report.contents",
    "mix_table": "highneeds.report.contents",
    "money_table": "highneeds.report.contents",
    "plan_growth_table": "highneeds.report.drivers",
    "plans_table": "highneeds.report.contents",
    "plans_by_need": "highneeds.model.needs",
    "plot_balance": "highneeds.report.figures_money",
    "plot_bridge": "highneeds.report.figures_money",
    "plot_growth": "highneeds.report.figures_plans",
    "plot_mix": "highneeds.report.figures_plans",
    "plot_money": "highneeds.report.figures_money",
    "plot_plans": "highneeds.report.figures_plans",
    "plot_scenarios": "highneeds.report.figures_drivers",
    "plot_tornado": "highneeds.report.figures_drivers",
    "project": "highneeds.model.projection",
    "project_each": "highneeds.report.scenarios",
    "project_nation": "highneeds.model.nation",
    "run_details": "highneeds.report.provenance",
    "run_report": "highneeds.notebook.run",
    "scenarios_table": "highneeds.report.scenarios",
    "spending_growth_table": "highneeds.report.drivers",
    "spreads_table": "highneeds.report.assumptions",
    "tornado": "highneeds.model.sensitivity",
    "tornado_table": "highneeds.report.drivers",
    "variance_table": "highneeds.report.drivers",
    "link_headline": "highneeds.report.evidence_link",
    "link_sentences": "highneeds.report.evidence_link",
    "link_tables": "highneeds.report.evidence_link",
    "plot_curve": "highneeds.report.evidence_link",
    "plot_odds": "highneeds.report.evidence_link",
    "inspection_link": "highneeds.analysis.link_analysis",
    "InspectionState": "highneeds.analysis.inspection_state",
    "SimilarAreas": "highneeds.analysis.similar_areas",
    "claims_register": "highneeds.analysis.claims",
    "closing_checks": "highneeds.panel.audit",
    "inspection_state": "highneeds.analysis.inspection_state",
    "forecast_register": "highneeds.analysis.forecast_register",
    "mark_frozen": "highneeds.analysis.forecast_register",
    "register_table": "highneeds.report.forecasts",
    "growth_bands": "highneeds.analysis.evidence",
    "join": "highneeds.panel.joins",
    "load_preregistration": "highneeds.analysis.preregistration",
    "missing_cells": "highneeds.panel.audit",
    "read_claims": "highneeds.analysis.claims",
    "read_named_weaknesses": "highneeds.analysis.themes",
    "read_themes": "highneeds.analysis.themes",
    "repaired_cells": "highneeds.panel.audit",
    "similar_areas": "highneeds.analysis.similar_areas",
    "stock_flow_identity": "highneeds.panel.audit",
    "write_evidence": "highneeds.report.evidence_pack",
    "run_evidence": "highneeds.notebook.evidence",
    "verify_evidence": "highneeds.notebook.evidence",
    "similar_areas_sentence": "highneeds.report.similar_areas",
    "similar_areas_table": "highneeds.report.similar_areas",
    "write_outputs": "highneeds.report.outputs",
    "write_totals": "highneeds.report.regional_outputs",
    "year_so_far": "highneeds.model.monitor",
}
__all__ = ["__version__", *sorted(_HOMES)]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        msg = f"module 'highneeds' has no attribute {name!r}"
        raise AttributeError(msg)
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return __all__
