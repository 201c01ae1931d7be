"""A page on which a reader moves assumptions: the central case in the reader's browser."""
