"""The model a second time, in plain Python: lists, loops and floats, one future, no numpy.

Written from the description of the method (shared design, docs/scenarios.md) to be compared
with `highneeds.model`. From highneeds it takes only the published figures, through `Panel`:
every rate and level is derived here again. Nothing is uncertain in it: every assumption
stands at its central value, every measure is delivered, and the only yearly movement kept
is the middle of those the record does not explain. Besides, it reads which covariates were
chosen for each January (data/chosen_shares.csv), and fits them itself.

``python -m tests.reference`` writes data/scenarios/*.expected.csv.
"""
