"""Typed names of `__init__.py`, which reads them here."""

from .display import headline as headline
from .display import indicators_table as indicators_table
from .display import inspections_table as inspections_table
from .display import needs_table as needs_table
from .display import plot_indicators as plot_indicators
from .display import questions_table as questions_table
from .display import sources as sources
from .display import weaknesses as weaknesses
from .files import write_profile as write_profile
from .profile import AreaProfile as AreaProfile
from .profile import area_profile as area_profile
