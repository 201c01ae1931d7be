"""Ways to foretell plans and spending, marked on the Januaries that have passed."""
