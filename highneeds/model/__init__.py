"""Plans and pounds from year to year, in many futures and in one central case."""
