"""How many intervals hold one moment: the calls in flight, or those within a sliding window.

A call in flight is the interval from its start to its end. A window of some seconds that ends with
a call holds the calls whose start, prolonged by those seconds, is an interval around that moment.
So both are one question.

Invariants: intervals are half open, so an end frees its place for a start at the same moment;
starts strictly increase; every interval is longer than nothing. Of the ends only their order among
themselves counts, so they are given sorted: when start number `i` comes, those that are over are
the ends up to that moment, whichever intervals they belong to.
"""

from bisect import bisect_right
from collections.abc import Sequence
from itertools import compress, count
from operator import gt
from typing import Final, NamedTuple, overload

__all__ = ("Peak", "Prolonged", "counts", "highest", "lowest_after")

_BLOCK: Final = 64


class Peak(NamedTuple):
    """How many intervals hold one moment, and the number of the start where that is first so."""

    held: int
    at: int


class Prolonged(Sequence[float]):
    """The ends of intervals of one length in seconds; each is made when it is looked at."""

    __slots__ = ("_seconds", "_starts")

    def __init__(self, starts: Sequence[float], seconds: float) -> None:
        self._starts = starts
        self._seconds = seconds

    def __len__(self) -> int:
        return len(self._starts)

    @overload
    def __getitem__(self, index: int) -> float: ...
    @overload
    def __getitem__(self, index: slice) -> list[float]: ...
    def __getitem__(self, index: int | slice) -> float | list[float]:
        seconds = self._seconds
        if isinstance(index, slice):
            return [start + seconds for start in self._starts[index]]
        return self._starts[index] + seconds

    def over(self, moment: float) -> int:
        """Return how many are not behind a moment."""
        starts, seconds = self._starts, self._seconds
        # A difference is rounded otherwise than the sum that counts.
        over = bisect_right(starts, moment - seconds)
        while over and starts[over - 1] + seconds > moment:
            over -= 1
        while over < len(starts) and starts[over] + seconds <= moment:
            over += 1
        return over


def _over(ends: Sequence[float], moment: float) -> int:
    return ends.over(moment) if isinstance(ends, Prolonged) else bisect_right(ends, moment)


def counts(starts: Sequence[float], ends: Sequence[float]) -> list[int]:
    """Return how many intervals hold each start, its own included."""
    over = 0
    ends = ends[:]
    held: list[int] = []
    for begun, start in enumerate(starts, 1):
        while ends[over] <= start:
            over += 1
        held.append(begun - over)
    return held


def highest(starts: Sequence[float], ends: Sequence[float]) -> Peak:
    """Return the highest of the `counts`, and where it is first reached; (0, -1) of none.

    The starts are looked at in blocks. No count within a block is higher than if nothing ended
    in it, so most blocks need no closer look; in the others, a start with a count above the best
    one so far is searched for, which takes one comparison a start.
    """
    firsts = range(0, len(starts), _BLOCK)
    over = [_over(ends, starts[first]) for first in firsts]
    at_firsts = [first + 1 - ended for first, ended in zip(firsts, over, strict=True)]
    best: int = max(at_firsts, default=1) - 1  # so that the first start that reaches it is found
    at = -1
    low: int  # the first start that may do better
    for first, ended in zip(firsts, over, strict=True):
        after = min(first + _BLOCK, len(starts))
        low = max(first, best)
        while after - ended > best and low < after:
            # More than `best` hold a start if, of those up to it, all but `best` are not over.
            more = map(gt, ends[low - best : after - best], starts[low:after])
            found = next(compress(count(low), more), None)
            if found is None:
                break
            best, at = found + 1 - _over(ends, starts[found]), found
            low = max(found + 1, best)
    return Peak(best, at)


def lowest_after(starts: Sequence[float], window: float) -> Peak | None:
    """Return the fewest starts within any `window` that is over before the last start.

    Windows begin at the first start or later. The fewest are found right after some start, whose
    number is told; `None` if the starts span no more than the window.
    """
    if not starts or starts[0] + window >= starts[-1]:
        return None
    last = starts[-1]
    fewest = Peak(len(starts), -1)
    number = begun = 0
    while (end := starts[number] + window) < last:
        while starts[begun] <= end:
            begun += 1
        if begun - number - 1 < fewest.held:
            fewest = Peak(begun - number - 1, number)
        number += 1
    return fewest
