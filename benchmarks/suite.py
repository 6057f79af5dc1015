"""What the pytest-benchmark suites share: check once, then time one side of a pair."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from benchmarks.parts import Pair, Side


class Benchmark(Protocol):
    """The part of pytest-benchmark's fixture that is used; it ships no usable types."""

    group: str | None

    def __call__(self, work: Callable[[], object]) -> object:
        """Run the work once where timing is disabled, else many times."""
        ...


class Bench:
    """Times one side of a pair, in a group where the report shows it beside the other."""

    def __init__(self, benchmark: Benchmark) -> None:
        self._benchmark = benchmark

    def __call__(self, group: str, pair: Pair, side: Side) -> None:
        """Check that both sides come to the same, then measure one."""
        pair.check()
        self._benchmark.group = group
        self._benchmark(pair.side(side))
