"""Published files in, tidy observations out; the only layer that reads published files."""
