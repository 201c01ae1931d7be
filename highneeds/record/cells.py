"""The cells that plans are kept in: single years of age, and placements."""

from highneeds.panel.schema import PLACEMENTS

AGES = tuple(range(26))
# A plan whose placement was not recorded is shared out among those of the same age.
MODEL_PLACEMENTS = tuple(name for name in PLACEMENTS if name != "unknown")
# First and last age of each published band.
BANDS = ((0, 4), (5, 10), (11, 15), (16, 19), (20, 25))
# Post-16: the age from which plans end for other reasons.
SIXTEEN = 16
