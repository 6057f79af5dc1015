"""Where a value stands on an axis, and what is written there.

Invariants: positions are 0 to 1; edges increase; there are never more bins than asked for, and at
least one. Steps are those that people count in: 1, 2, 5 and their powers of ten, and for times also
those of a clock.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import ceil, floor, log10
from typing import Final, NamedTuple

from asyncly.srvmocker._report.words import duration, unit_of

__all__ = ("Axis", "Tick", "axis_for", "count_ticks", "nice_step", "time_ticks")

_SMALLEST: Final = 1e-6  # seconds: shorter times are one bin, for no clock here tells them apart
_WIDE: Final = 8.0  # a range with a larger ratio is drawn on a logarithmic axis
_BINS: Final = 48
_PER_DECADE: Final = (50, 20, 10, 5, 2)
_ROOM: Final = 4  # labels that fit on a small screen
_STEPS: Final = (
    *(digit * 10.0**power for power in range(-9, 1) for digit in (1, 2, 5)),
    *(10.0, 15.0, 30.0),
    *(minutes * 60.0 for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * 3600.0 for hours in (1, 2, 3, 6, 12)),
    *(digit * 10.0**power * 86400.0 for power in range(6) for digit in (1, 2, 5)),
)
_DECADES: Final = (
    *(10.0**power for power in range(-9, 2)),
    *(60.0, 600.0, 3600.0, 36_000.0),
    *(10.0**power * 86400.0 for power in range(6)),
)


class Tick(NamedTuple):
    """A labelled place on an axis; a minor one may be left out where there is little room."""

    position: float
    label: str
    minor: bool = False


class Axis(NamedTuple):
    """An axis of times, cut into bins."""

    edges: tuple[float, ...]
    """One more than there are bins. What is outside of them belongs to the nearest bin."""
    logarithmic: bool

    def position(self, value: float) -> float:
        """Return the place of a value, 0 at the lowest edge and 1 at the highest."""
        low, high = self.edges[0], self.edges[-1]
        value = min(max(value, low), high)
        if self.logarithmic:
            return log10(value / low) / log10(high / low)
        return (value - low) / (high - low)

    def counts(self, values: Sequence[float]) -> tuple[int, ...]:
        """Return how many of some sorted values are in each bin."""
        ends = (bisect_left(values, edge) for edge in self.edges[1:-1])
        return tuple(after - before for before, after in pairwise((0, *ends, len(values))))

    def ticks(self) -> list[Tick]:
        """Return the labelled places."""
        low, high = self.edges[0], self.edges[-1]
        if not self.logarithmic:
            return _linear_ticks(low, high, 5)
        values = _STEPS if high / low < 100 else _DECADES
        # The edges are powers, computed: a hair beside what they stand for.
        inside = [value for value in values if low * (1 - 1e-9) <= value <= high * (1 + 1e-9)]
        return _thinned((self.position(value), duration(value)) for value in inside)


def axis_for(lowest: float, highest: float) -> Axis:
    """Return an axis on which all times from the lowest to the highest have a place."""
    lowest, highest = max(lowest, _SMALLEST), max(highest, _SMALLEST)
    if highest > _WIDE * lowest:
        decades = log10(highest) - log10(lowest)
        # Two bins more, for the ends are seldom edges.
        fitting = (number for number in _PER_DECADE if decades * number <= _BINS - 2)
        per_decade = next(fitting, _PER_DECADE[-1])
        first = floor(log10(lowest) * per_decade)
        last = ceil(log10(highest) * per_decade)
        return Axis(tuple(10 ** (at / per_decade) for at in range(first, last + 1)), True)
    if highest == lowest:
        step, first, beyond = nice_step(highest, 10), 0, 3
    else:
        step = nice_step(highest - lowest, _BINS - 1)
        first, beyond = floor(lowest / step), 2
    edges = range(first, floor(highest / step) + beyond)
    return Axis(tuple(at * step for at in edges), False)


def nice_step(span: float, most: int) -> float:
    """Return the smallest step, in seconds, of which fewer than `most` make up a span."""
    return _STEPS[min(bisect_right(_STEPS, span / most), len(_STEPS) - 1)]


def time_ticks(span: float) -> list[Tick]:
    """Return the labelled places of an axis from 0 to a span of seconds."""
    return _linear_ticks(0.0, span, 9)


def count_ticks(peak: int) -> tuple[int, list[int]]:
    """Return the upper end of an axis of counts, and the counts to be written on it."""
    step = next(
        digit * 10**power
        for power in range(20)
        for digit in (1, 2, 5)
        if digit * 10**power * 5 >= peak
    )
    top = max(ceil(peak / step), 1) * step
    return top, list(range(0, top + 1, step))


def _linear_ticks(low: float, high: float, most: int) -> list[Tick]:
    step = nice_step(high - low, most)
    factor, unit = unit_of(high)
    places = range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)
    return _thinned(
        (
            (place * step - low) / (high - low),
            f"{round(place * step / factor, 9):,.12g} {unit}",
        )
        for place in places
    )


def _thinned(labels: Iterable[tuple[float, str]]) -> list[Tick]:
    """Make ticks, of which as many are not minor as fit on a small screen."""
    found = list(labels)
    every = ceil(len(found) / _ROOM) or 1
    return [
        Tick(min(max(position, 0.0), 1.0), label, minor=bool(place % every))
        for place, (position, label) in enumerate(found)
    ]
