"""Typed names of `__init__.py`, which reads them here."""

from .comparison import ComparisonParameters as ComparisonParameters
from .evidence import run_evidence as run_evidence
from .evidence import verify_evidence as verify_evidence
from .evidence_parameters import EvidenceParameters as EvidenceParameters
from .evidence_parameters import LinkParameters as LinkParameters
from .execute import refresh_notebooks as refresh_notebooks
from .monitor import MonitorParameters as MonitorParameters
from .monitor import run_monitor as run_monitor
from .parameters import AuditParameters as AuditParameters
from .parameters import BacktestParameters as BacktestParameters
from .parameters import DriversParameters as DriversParameters
from .parameters import NationalParameters as NationalParameters
from .parameters import OverspendParameters as OverspendParameters
from .parameters import RegionParameters as RegionParameters
from .profile import ProfileParameters as ProfileParameters
from .profile import run_profile as run_profile
from .run import run_report as run_report
