"""Speed and memory measured: `python3 start.py bench`, described in docs/performance.md."""
