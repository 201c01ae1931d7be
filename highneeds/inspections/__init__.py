"""What the record shows of inspections of areas, by a plan registered beforehand."""
