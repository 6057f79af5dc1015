"""How fast the machine is at the moment, beside the one that absolute thresholds are meant for.

A shared machine is half as fast in one minute as in the next, which a threshold in milliseconds
would take for a regression, or hide one. So such a figure is measured together with a fixed piece
of work that has nothing to do with the package, and told as it would be where that piece takes
`NOMINAL`. It goes both ways: on a faster machine a figure gets larger.
"""

from __future__ import annotations

from collections import Counter
from operator import add
from time import process_time
from typing import Final

from benchmarks.gates import Figures, Measure

__all__ = ("NOMINAL", "pace", "paced")

NOMINAL: Final = 0.041
"""Seconds of CPU time."""

_SIZE: Final = 60_000
_TIMES: Final = 7


class _Thing:
    __slots__ = ("value",)

    def __init__(self, value: int) -> None:
        self.value = value

    def more(self) -> int:
        return self.value + 1


def _work() -> int:
    """Do what a Python program does: calls, lists, sorting, counting, texts."""
    things = [_Thing(number * 7919 % _SIZE) for number in range(_SIZE)]
    numbers = [thing.more() for thing in things]
    counted = Counter(number % 997 for number in numbers)
    halves = [number * 0.5 for number in sorted(numbers)]
    texts = {f"{number:x}": half for number, half in zip(numbers, halves, strict=True)}
    return len(texts) + sum(counted.values()) + int(sum(map(add, halves, numbers)))


def pace() -> float:
    """Return how much longer the piece of work takes now; the best of a few, so after any pause."""
    best = float("inf")
    for _ in range(_TIMES):
        began = process_time()
        _work()
        best = min(best, process_time() - began)
    return best / NOMINAL


def paced(measure: Measure) -> Measure:
    """Let a measurement of times tell them as on the machine that its thresholds are meant for."""

    def measured(scenario: str, effort: float) -> Figures:
        before = pace()
        figures = measure(scenario, effort)
        factor = (before + pace()) / 2
        return Figures([each / factor for each in figures.subject], figures.baseline)

    return measured
