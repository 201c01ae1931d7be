"""A run reviewed and signed, so that any later change is found."""
