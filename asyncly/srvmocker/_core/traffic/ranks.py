"""Values in order of size: the smallest, the largest, those between.

Percentiles are by nearest rank: the smallest value that at least so many per cent of the values do
not exceed. So each is a value that was there, and nothing is interpolated.

Invariant: nothing is computed before it is asked for, and nothing twice. Rejected: sorting a
million values for three percentiles, which takes four times as long as to select them.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from itertools import accumulate, chain
from math import ceil, fsum
from operator import mul
from typing import Final, Generic, Protocol, TypeVar

__all__ = ("Distribution", "Selection", "Tally", "seconds_text", "size_text")

N = TypeVar("N", bound=float)
N_co = TypeVar("N_co", bound=float, covariant=True)

_SAMPLE: Final = 8192
_HALF: Final = 0.5
_PART: Final = 4096  # so many values fit a processor's cache
_FEW: Final = 1024  # of a smaller sample, most of the values would be near
_NEAR: Final = 180  # four standard deviations of the median's place among so many
_TAIL: Final = 0.94  # so that what is selected holds the 95th percentile


class Ranks(Protocol[N_co]):
    """Values of which one can be asked for by its rank."""

    @property
    def size(self) -> int:
        """How many values there are."""
        ...

    @property
    def lowest(self) -> N_co:
        """The smallest value, of one or more."""
        ...

    @property
    def highest(self) -> N_co:
        """The largest value, of one or more."""
        ...

    @property
    def total(self) -> N_co:
        """The sum."""
        ...

    def at(self, rank: int) -> N_co:
        """Return the value that has `rank` others before it."""
        ...


class Tally:
    """Whole numbers, most of which come often: counted, and sorted as far as they are distinct."""

    def __init__(self, size: int, count: Callable[[], Mapping[int, int]]) -> None:
        self.size = size
        self._count = count

    @cached_property
    def _counted(self) -> Mapping[int, int]:
        return self._count()

    @cached_property
    def _values(self) -> list[int]:
        return sorted(self._counted)

    @cached_property
    def _up_to(self) -> list[int]:
        """How many values there are up to each of the distinct ones."""
        return list(accumulate(map(self._counted.__getitem__, self._values)))

    @property
    def lowest(self) -> int:
        """The smallest value."""
        return self._values[0]

    @property
    def highest(self) -> int:
        """The largest value."""
        return self._values[-1]

    @cached_property
    def _total(self) -> int:
        return sum(map(mul, self._counted.keys(), self._counted.values()))

    @property
    def total(self) -> int:
        """The sum."""
        return self._total

    def at(self, rank: int) -> int:
        """Return the value that has `rank` others before it."""
        return self._values[bisect_right(self._up_to, rank)]


class Selection:
    """Numbers, most of them distinct: only those near the usual percentiles are sorted.

    What is near is guessed from a sample and then counted, so a sample that misleads costs time
    (all are sorted) but never gives another value. The values are made a part at a time, and what
    is asked of a part is asked while the processor's cache still holds it.

    Args:
        size: How many values there are.
        cut: Makes the values that belong to the places `range(places)[slice]`; a place may have
            none.
        places: The number of places, at least `size`; not given: each has a value.
    """

    def __init__(
        self, size: int, cut: Callable[[slice], list[float]], places: int | None = None
    ) -> None:
        self.size = size
        self._cut = cut
        self._places = size if places is None else places
        self._runs: list[tuple[int, list[float]]] = []

    def _all(self) -> list[float]:
        return self._cut(slice(0, self._places, 1))

    @cached_property
    def _ends(self) -> tuple[float, float, float]:
        """The smallest value, the largest, and the sum; makes the sorted runs on the way."""
        sample = sorted(self._cut(slice(0, self._places, self._places // _SAMPLE or 1)))
        if len(sample) < _FEW or self.size <= _SAMPLE:
            values = sorted(self._all())
            self._runs = [(0, values)]
            return values[0], values[-1], fsum(values)
        usual = _Usual(sample)
        total = fsum(chain.from_iterable(map(usual.sift, self._parts())))
        self._runs = usual.runs(self.size)
        return usual.lowest, self._runs[-1][1][-1], total

    def _parts(self) -> Iterator[list[float]]:
        places = self._places
        for first in range(0, places, _PART):
            part = self._cut(slice(first, min(first + _PART, places), 1))
            if part:
                yield part

    @property
    def lowest(self) -> float:
        """The smallest value."""
        return self._ends[0]

    @property
    def highest(self) -> float:
        """The largest value."""
        return self._ends[1]

    @property
    def total(self) -> float:
        """The sum."""
        return self._ends[2]

    def at(self, rank: int) -> float:
        """Return the value that has `rank` others before it."""
        if rank == 0:
            return self.lowest
        self._ends  # noqa: B018 - makes the runs
        for first, run in self._runs:
            if first <= rank < first + len(run):
                return run[rank - first]
        self._runs = [(0, sorted(self._all()))]
        return self._runs[0][1][rank]


class _Usual:
    """Collects the values around the median, and the largest ones, told by a sorted sample."""

    def __init__(self, sample: list[float]) -> None:
        middle = len(sample) // 2
        self._least, self._most = sample[middle - _NEAR], sample[middle + _NEAR]
        self._large = sample[int(len(sample) * _TAIL)]
        self._told: list[float] = []
        self._upper = 0
        self.lowest = sample[0]

    def sift(self, part: list[float]) -> list[float]:
        """Pick from a part what is collected; returns the part."""
        least, most, large = self._least, self._most, self._large
        upper = [value for value in part if value >= least]
        self._upper += len(upper)
        self._told += [value for value in upper if value <= most or value >= large]
        self.lowest = min(self.lowest, min(part))  # noqa: PLW3301 - of a list, in C
        return part

    def runs(self, size: int) -> list[tuple[int, list[float]]]:
        """Return each run of sorted values with the rank of its first, among so many in all."""
        told = sorted(self._told)
        near = told[: bisect_right(told, self._most)]
        tail = told[bisect_left(told, self._large) :]
        return [(size - self._upper, near), (size - len(tail), tail)]


def seconds_text(value: float) -> str:
    """Return seconds as people read them."""
    if abs(value) >= 1000:
        return f"{value:.0f} s"
    for unit, scale in (("s", 1.0), ("ms", 1e3), ("µs", 1e6)):
        if abs(value) * scale >= 1:
            return f"{value * scale:.4g} {unit}"
    return f"{value * 1e6:.3g} µs" if value else "0 s"


def size_text(value: float) -> str:
    """Return a number of bytes as people read it."""
    for unit, scale in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if value >= scale:
            return f"{value / scale:.4g} {unit}"
    return f"{value:.4g} B"


class Distribution(Generic[N]):
    """How the values of one figure are distributed; computed when it is first asked for.

    Of a `Traffic`'s figures: `len()` is the number of values; `min`, `max`, `mean`, `median`,
    `total` and `percentile()` tell of them, in seconds, bytes or calls. Without a value, all but
    `len()` and `total` raise `ValueError`.

    Example:
        >>> from asyncly.srvmocker.traffic import Columns, Traffic
        >>> gaps = Traffic(Columns([0.0, 0.25, 0.75, 1.75])).gaps
        >>> gaps
        <Distribution of gaps: 3 values, 250 ms to 1 s, median 500 ms>
        >>> gaps.min, gaps.median, gaps.percentile(99), gaps.total
        (0.25, 0.5, 1.0, 1.75)
    """

    __slots__ = ("_name", "_ranks", "_text")

    def __init__(self, name: str, ranks: Ranks[N], text: Callable[[N | int], str]) -> None:
        self._name = name
        self._ranks = ranks
        self._text = text

    def __len__(self) -> int:
        return self._ranks.size

    def _some(self) -> Ranks[N]:
        if not self._ranks.size:
            raise ValueError(f"no {self._name}: too few calls")
        return self._ranks

    @property
    def min(self) -> N:
        """The smallest value."""
        return self._some().lowest

    @property
    def max(self) -> N:
        """The largest value."""
        return self._some().highest

    @property
    def total(self) -> N | int:
        """The sum of the values; 0 of none."""
        return self._ranks.total if self._ranks.size else 0

    @property
    def mean(self) -> float:
        """The arithmetic mean."""
        return self._some().total / self._ranks.size

    @property
    def median(self) -> N:
        """The 50th percentile."""
        return self.percentile(50)

    def percentile(self, percent: float) -> N:
        """Return the smallest value that at least `percent` % of the values do not exceed.

        This is the percentile by nearest rank: always a value that was there.

        Args:
            percent: From 0 (the smallest value) to 100 (the largest).

        Raises:
            ValueError: `percent` is not within 0 to 100, or there are no values; or it is a part of
                1, such as 0.99, where 99 was meant.

        Example:
            >>> from asyncly.srvmocker.traffic import Columns, Traffic
            >>> sizes = Traffic(Columns([0.0, 1.0, 2.0], bytes_in=[100, 120, 300])).bytes_in
            >>> sizes.percentile(50), sizes.percentile(90)
            (120, 300)
        """
        if not 0 <= percent <= 100:
            raise ValueError(f"percent={percent!r} is not within 0 to 100")
        if _HALF <= percent < 1:  # nobody asks for that, and almost every value is above it
            meant = f"{percent * 100:g}"
            raise ValueError(f"percent={percent!r} is within 0 to 1: give {meant} for {meant} %")
        ranks = self._some()
        # 99.9 is meant as it is written: what binary fractions add to it is rounded away.
        rank = ceil(round(percent * ranks.size / 100, 6))
        return ranks.at(max(rank, 1) - 1)

    @property
    def name(self) -> str:
        """What is distributed."""
        return self._name

    def texts(self, *percents: float) -> list[str]:
        """Return percentiles and the total as people read them; nothing without values."""
        if not self._ranks.size:
            return []
        values = [self.percentile(percent) for percent in percents]
        return [self._text(value) for value in (*values, self.total)]

    def __repr__(self) -> str:
        if not self._ranks.size:
            return f"<Distribution of {self._name}: no values>"
        text = self._text
        return (
            f"<Distribution of {self._name}: {len(self)} values, "
            f"{text(self.min)} to {text(self.max)}, median {text(self.median)}>"
        )
