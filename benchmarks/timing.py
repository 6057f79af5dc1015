"""Timing of callables in one process, interleaved."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

Work = Callable[[], object]


def time_in_turn(works: Sequence[Work], *, rounds: int, seconds: float) -> list[list[float]]:
    """Microseconds per call of each; every round times all of them, one after the other.

    Each figure is taken over as many calls as fill about `seconds`, at least one.
    """
    counts = [_calls_in(work, seconds) for work in works]
    figures: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for work, count, into in zip(works, counts, figures, strict=True):
            into.append(_time(work, count) / count * 1e6)
    return figures


def _time(work: Work, count: int) -> float:
    calls = range(count)
    began = time.perf_counter()
    for _ in calls:
        work()
    return time.perf_counter() - began


def _calls_in(work: Work, seconds: float) -> int:
    count = 1
    while True:
        took = _time(work, count)
        if took >= seconds / 4:
            return max(1, int(count * seconds / took))
        count *= 4
