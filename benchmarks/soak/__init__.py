"""Much traffic, and clients that behave badly: nothing is lost, doubled, mixed up or kept.

`python -m benchmarks.soak --help` tells what can be set. The server is a process of its own; the
parent drives it over plain connections and asks it what it has on record.
"""
