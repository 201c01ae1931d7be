"""What a projection starts from, and whose each figure is."""
