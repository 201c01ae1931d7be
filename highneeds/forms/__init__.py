"""The forms that authorities owe out, filled from a projection."""
