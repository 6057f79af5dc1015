"""Benchmarks: what a request costs here, beside the published package and beside the limit.

See `benchmarks/README.md` for how to run them and how to read the figures.
"""
