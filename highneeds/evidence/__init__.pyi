"""Typed names of `__init__.py`, which reads them here."""

from .link import link_headline as link_headline
from .link import link_sentences as link_sentences
from .link import link_tables as link_tables
from .link import plot_curve as plot_curve
from .link import plot_odds as plot_odds
from .pack import EvidencePack as EvidencePack
from .pack import write_evidence as write_evidence
