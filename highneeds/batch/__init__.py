"""Many reports at once: planned, made in parallel, kept apart, indexed and compared."""
