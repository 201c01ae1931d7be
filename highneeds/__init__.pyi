"""The public names of the package, typed; `__init__.py` reads them here."""

from . import evidence as evidence
from . import notebook as notebook
from . import profile as profile
from . import report as report
from .answers.backtest import backtest as backtest
from .answers.backtest import past_forecasts as past_forecasts
from .answers.backtest import spending_scores as spending_scores
from .answers.backtest_pairs import balance_pairs as balance_pairs
from .answers.goal_seek import goal_seek as goal_seek
from .answers.monitor import year_so_far as year_so_far
from .answers.nation import project_nation as project_nation
from .answers.projection import Projection as Projection
from .answers.projection import project as project
from .answers.risks import load_risks as load_risks
from .answers.risks import shocked as shocked
from .answers.sensitivity import tornado as tornado
from .answers.watch import watch_year as watch_year
from .errors import HighNeedsError as HighNeedsError
from .forms.export import write_form as write_form
from .geography import Geography as Geography
from .inspections.link import inspection_link as inspection_link
from .own.figures import OwnFigures as OwnFigures
from .own.read import read_own as read_own
from .panel.areas import areas as areas
from .panel.audit import closing_checks as closing_checks
from .panel.audit import missing_cells as missing_cells
from .panel.audit import repaired_cells as repaired_cells
from .panel.audit import stock_flow_identity as stock_flow_identity
from .panel.dictionary import measures as measures
from .panel.panel import Panel as Panel
from .panel.panel import load_panel as load_panel
from .panel.reorganisation import Reorganisation as Reorganisation
from .periods import FinancialYear as FinancialYear
from .report.headline import headline as headline
from .report.scenarios import project_each as project_each
from .scenario.assumptions import load_assumptions as load_assumptions
from .scenario.scenario import Scenario as Scenario
from .scenario.scenario import scenarios as scenarios
from .signoff.record import sign as sign
from .signoff.verify import verify as verify

__version__: str
