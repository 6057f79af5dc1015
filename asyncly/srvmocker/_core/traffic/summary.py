"""What the times and numbers of calls tell of whoever made them.

`Columns` are the calls, one entry a call in each array, oldest first; `Figures` are what follows.

Invariants: columns make sense (this is checked when they are made) and are not changed afterwards;
figures are computed when they are first asked for, and once. A call is in flight from its arrival
until its answer is written, and at least at the moment of its arrival: one that was answered at
once (its end is its start) frees its place before the next one comes.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property, partial
from itertools import islice
from math import inf, isfinite, nextafter
from operator import le, lt, sub
from typing import Final

from asyncly.srvmocker._core.delays import need_number
from asyncly.srvmocker._core.traffic.peaks import (
    Peak,
    Prolonged,
    counts,
    highest,
    lowest_after,
)
from asyncly.srvmocker._core.traffic.ranks import Selection, Tally

__all__ = ("Columns", "Figures", "Overlaps", "Sizes")

_SAMPLE: Final = 1000


class Sizes:
    """A size for each call, told by a number: calls with equal numbers have equal sizes.

    Args:
        numbers: The number of each call.
        size_of: Returns the size for a number; must always return the same.
        every: Returns a size that all numbers from 0 have at least, and what each of them has
            beyond it; for where that is cheaper than to ask for one after the other.

    Example:
        >>> from asyncly.srvmocker.traffic import Columns, Sizes, Traffic
        >>> sizes = Sizes([0, 1, 0], {0: 120, 1: 4000}.__getitem__)
        >>> Traffic(Columns([0.0, 1.0, 2.0], bytes_in=sizes)).bytes_in.total
        4240
    """

    __slots__ = ("every", "numbers", "size_of")

    def __init__(
        self,
        numbers: Iterable[int],
        size_of: Callable[[int], int],
        *,
        every: Callable[[], tuple[int, Iterable[int]]] | None = None,
    ) -> None:
        self.numbers: Sequence[int] = _numbers("numbers", numbers, 0)
        self.size_of: Callable[[int], int] = size_of
        self.every: Callable[[], tuple[int, Iterable[int]]] | None = every

    def __len__(self) -> int:
        return len(self.numbers)


class Columns:
    """Calls as columns, in order of arrival: what a `Traffic` is computed from.

    Arrays of the type named are kept as they are, and must not change any more; anything else is
    copied into such an array.

    Args:
        starts: When each call arrived, in seconds of a monotonic clock, strictly increasing;
            `array("d")`.
        ends: When the answer was written, by the same clock; equal to the start where the call was
            answered at once, and infinite where it is not answered yet; `array("d")`. Not given:
            all were answered at once.
        connections: The number of the connection that each call came on; `array("I")`. Not given:
            there was one.
        own_times: Seconds that the mock worked on each call, apart from delays that it was told
            to make; `array("f")` or `array("d")`. Not given: nought.
        bytes_in: Bytes of each request, `array("I")` or `array("Q")`, or `Sizes`. Not given:
            nought.
        bytes_out: Bytes of each answer, likewise.
        checked: Whether the times are looked through; where they cannot but make sense, it need
            not be.

    Raises:
        ValueError: The columns are not of one length, the starts do not increase, a call ends
            before it starts, or a number is negative; the text names the column.

    Example:
        >>> from asyncly.srvmocker.traffic import Columns, Traffic
        >>> columns = Columns([0.0, 0.5, 1.0], ends=[0.75, 0.5, 1.25], connections=[1, 2, 1])
        >>> Traffic(columns).in_flight.max
        2
    """

    __slots__ = ("at_once", "bytes_in", "bytes_out", "connections", "ends", "own_times", "starts")

    def __init__(
        self,
        starts: Iterable[float],
        *,
        ends: Iterable[float] | None = None,
        connections: Iterable[int] | None = None,
        own_times: Iterable[float] | None = None,
        bytes_in: Iterable[int] | Sizes | None = None,
        bytes_out: Iterable[int] | Sizes | None = None,
        checked: bool = True,
    ) -> None:
        times = _times("starts", "d", starts)
        ended = times if ends is None else _times("ends", "d", ends)
        size = len(times)
        self.starts: Sequence[float] = times
        self.ends: Sequence[float] = ended
        self.connections: Sequence[int] = _numbers("connections", connections, size)
        self.own_times: Sequence[float] = (
            array("f", bytes(4 * size))
            if own_times is None
            else _times("own_times", "df", own_times)
        )
        self.bytes_in: Sequence[int] | Sizes = _sizes("bytes_in", bytes_in, size)
        self.bytes_out: Sequence[int] | Sizes = _sizes("bytes_out", bytes_out, size)
        for name, found in (
            ("ends", len(self.ends)),
            ("connections", len(self.connections)),
            ("own_times", len(self.own_times)),
            ("bytes_in", len(self.bytes_in)),
            ("bytes_out", len(self.bytes_out)),
        ):
            if found != size:
                raise ValueError(f"{name} has {found} entries for {size} calls")
        self.at_once: bool = ended is times or memoryview(ended) == memoryview(times)
        """Whether every call was answered at once."""
        if checked:
            self._check_times()

    def _check_times(self) -> None:
        starts, ends = self.starts, self.ends
        if not all(map(lt, starts, islice(starts, 1, None))):
            raise ValueError("starts do not strictly increase")
        if starts and not (isfinite(starts[0]) and isfinite(starts[-1])):
            raise ValueError("starts are not all finite")
        if not self.at_once and not all(map(le, starts, ends)):
            raise ValueError("ends has one that is before its start, or is not a number")
        if self.own_times and not min(self.own_times) >= 0:
            raise ValueError("own_times has one that is negative")


def _times(name: str, codes: str, values: Iterable[float]) -> "array[float]":
    """Return a column of seconds, in the first of the types if it is not in one of them."""
    if isinstance(values, array) and values.typecode in codes:
        return values
    try:
        return array("d", values)
    except TypeError as error:
        raise TypeError(f"{name}: {error}") from None


def _numbers(name: str, values: Iterable[int] | None, size: int) -> Sequence[int]:
    """Return a column of whole numbers, none of which is negative."""
    if values is None:
        return array("I", bytes(array("I").itemsize * size))
    if isinstance(values, array) and values.typecode in "HILQ":
        return values
    if isinstance(values, range) and values == range(len(values)):
        return values
    try:
        return array("Q", values)
    except OverflowError:
        raise ValueError(f"{name} has a number that is negative or too large") from None
    except TypeError as error:
        raise TypeError(f"{name}: {error}") from None


def _sizes(name: str, values: Iterable[int] | Sizes | None, size: int) -> Sequence[int] | Sizes:
    return values if isinstance(values, Sizes) else _numbers(name, values, size)


class Figures:
    """What follows from columns: each figure when it is first asked for, and once."""

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.size: int = len(columns.starts)
        self._windows: dict[float, Overlaps] = {}

    @property
    def span(self) -> float:
        """Seconds from the first call to the last."""
        starts = self.columns.starts
        return starts[-1] - starts[0] if starts else 0.0

    @cached_property
    def unanswered(self) -> int:
        """Calls that have no answer yet."""
        return 0 if self.columns.at_once else self.columns.ends.count(inf)

    @cached_property
    def gaps(self) -> Selection:
        """Seconds from each call to the next."""
        return Selection(max(self.size - 1, 0), partial(_gaps, self.columns))

    @cached_property
    def waits(self) -> Selection:
        """Seconds from the answer to each call to the next call."""
        return Selection(max(self.size - 1, 0), partial(_waits, self.columns))

    @cached_property
    def durations(self) -> Selection:
        """Seconds from each call to its answer."""
        if self.columns.at_once:
            return self.overhead
        answered = self.size - self.unanswered
        return Selection(answered, partial(_durations, self.columns), self.size)

    @cached_property
    def overhead(self) -> Selection:
        """Seconds that the mock worked on each call."""
        return Selection(self.size, partial(_own_times, self.columns))

    def gap_list(self) -> list[float]:
        """Return the gaps in order of the calls."""
        return _gaps(self.columns, slice(0, max(self.size - 1, 0), 1))

    def wait_list(self) -> list[float]:
        """Return the waits in order of the calls."""
        return _waits(self.columns, slice(0, max(self.size - 1, 0), 1))

    def held_up(self, peak: Peak) -> list[int]:
        """Return the calls that had no answer yet when the one of the peak came."""
        now = self.columns.starts[peak.at]
        return [call for call, end in enumerate(self.columns.ends[: peak.at]) if end > now]

    @cached_property
    def in_flight(self) -> "Overlaps":
        """The calls in flight whenever one arrived."""
        columns = self.columns
        # No two that are answered at once are in flight together.
        return Overlaps(columns.starts, None if self.columns.at_once else partial(_freed, columns))

    def window(self, seconds: float) -> "Overlaps":
        """The calls within a window that ends with each call; `ValueError` for a window of none."""
        found = self._windows.get(seconds)
        if found is None:
            need_number("per", seconds)
            if not (isfinite(seconds) and seconds > 0):
                raise ValueError(f"per={seconds!r} is not a length in seconds: give more than 0")
            starts = self.columns.starts
            found = Overlaps(starts, partial(_prolonged, starts, seconds))
            self._windows[seconds] = found
        return found

    def quietest(self, seconds: float) -> Peak | None:
        """The fewest calls within any such window; see `lowest_after`."""
        return lowest_after(self.columns.starts, seconds)

    @cached_property
    def by_connection(self) -> Mapping[int, int]:
        """The number of calls on each connection, in order of their first calls."""
        return _counted(self.columns.connections)

    @cached_property
    def per_connection(self) -> Tally:
        """Calls per connection."""
        calls = self.by_connection
        return Tally(len(calls), lambda: Counter(calls.values()))

    @cached_property
    def bytes_in(self) -> Tally:
        """Bytes of each request."""
        return Tally(self.size, partial(_tally, self.columns.bytes_in))

    @cached_property
    def bytes_out(self) -> Tally:
        """Bytes of each answer."""
        return Tally(self.size, partial(_tally, self.columns.bytes_out))


class Overlaps(Tally):
    """Intervals that begin at the calls: how many hold each call, its own included.

    Args:
        starts: Where they begin.
        ends: Returns where they end, sorted; without it, each ends before the next call.
    """

    def __init__(
        self, starts: Sequence[float], ends: Callable[[], Sequence[float]] | None = None
    ) -> None:
        super().__init__(len(starts), partial(_held, starts, ends))
        self._starts = starts
        self._ends = ends

    @cached_property
    def peak(self) -> Peak:
        """The most, and the first call at which it is reached."""
        if self._ends is None:
            return Peak(1, 0) if self._starts else Peak(0, -1)
        return highest(self._starts, self._ends())

    @property
    def highest(self) -> int:
        """The most, found without all others."""
        return self.peak.held


def _held(starts: Sequence[float], ends: Callable[[], Sequence[float]] | None) -> Mapping[int, int]:
    return {1: len(starts)} if ends is None else Counter(counts(starts, ends()))


def _counted(numbers: Sequence[int]) -> Mapping[int, int]:
    """Count numbers, which often are all the same."""
    if isinstance(numbers, array) and numbers and numbers[0] == numbers[-1]:
        data = numbers.tobytes()
        if data[numbers.itemsize :] == data[: -numbers.itemsize]:
            return {numbers[0]: len(numbers)}
    return Counter(numbers)


def _tally(sizes: Sequence[int] | Sizes) -> Mapping[int, int]:
    if not isinstance(sizes, Sizes):
        return _counted(sizes)
    numbers, size_of = sizes.numbers, sizes.size_of
    sample = numbers[:: len(numbers) // _SAMPLE + 1]
    if len(set(sample)) * 2 > len(sample):  # then to group them first would not pay
        if sizes.every is None:
            return Counter(map(size_of, numbers))
        least, beyond = sizes.every()
        if numbers != range(len(numbers)):
            beyond = map(list(beyond).__getitem__, numbers)
        # Of those that stand for all calls in order, a few may be left: newer than the columns.
        counted = Counter(islice(beyond, len(numbers)))
        return {least + size: calls for size, calls in counted.items()}
    tally: Counter[int] = Counter()
    for number, calls in _counted(numbers).items():
        tally[size_of(number)] += calls
    return tally


def _freed(columns: Columns) -> list[float]:
    """Return when places in flight became free: for a call answered at once, right after it."""
    pairs = zip(columns.starts, columns.ends, strict=True)
    return sorted([end if end > start else nextafter(start, inf) for start, end in pairs])


def _prolonged(starts: Sequence[float], seconds: float) -> Sequence[float]:
    """Return the ends of windows that begin at the starts."""
    if starts and min(starts[0] + seconds - starts[0], starts[-1] + seconds - starts[-1]) <= 0:
        # The window is shorter than the clock can tell.
        return [max(start + seconds, nextafter(start, inf)) for start in starts]
    return Prolonged(starts, seconds)


def _gaps(columns: Columns, part: slice) -> list[float]:
    starts = columns.starts
    return list(map(sub, starts[_later(part)], starts[part]))


def _own_times(columns: Columns, part: slice) -> list[float]:
    return list(columns.own_times[part])


def _durations(columns: Columns, part: slice) -> list[float]:
    rows = zip(columns.starts[part], columns.ends[part], columns.own_times[part], strict=True)
    return [end - start or own for start, end, own in rows if end != inf]


def _waits(columns: Columns, part: slice) -> list[float]:
    starts = columns.starts
    rows = zip(
        starts[part], columns.ends[part], columns.own_times[part], starts[_later(part)], strict=True
    )
    return [
        max(following - (end if end > start else start + own), 0.0)
        for start, end, own, following in rows
    ]


def _later(part: slice) -> slice:
    """Return the part that begins and ends one call later."""
    return slice(part.start + 1, part.stop + 1, part.step)
