"""Measurements of the program on generated clusters: `python -m benchmarks`."""
