"""Newer editions: looking for them, fetching, recognising, comparing and adding them."""
