"""Schedules: into which calls something is injected.

Invariants: a schedule is a description and never changes, so one object may serve many injections;
each begins a run of its own when it is switched on. The same description, seed included, gives the
same run, as far as it does not depend on time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Protocol, TypeAlias

from asyncly.srvmocker._core.chance import check_probability, chosen_seed, run_of
from asyncly.srvmocker._core.delays import need_number

__all__ = (
    "Between",
    "Burst",
    "CallNumbers",
    "Decide",
    "EveryNth",
    "Probability",
    "Ramp",
    "Schedule",
)

Decide: TypeAlias = Callable[[int, float], bool]
"""Says whether a call is meant. Told are its number, 1 for the first one since the injection was
switched on, among those of its handlers, and how many seconds that was ago."""


class Schedule(Protocol):
    """Says which calls are meant; a class of your own needs one method.

    Who uses it asks for `begin` once, and once more when it begins anew, so nothing about a run is
    kept here. A schedule that remembers nothing may be a plain function (`Decide`) instead.

    Example:
        >>> class OnceAfter:
        ...     def __init__(self, seconds):
        ...         self.seconds = seconds
        ...
        ...     def begin(self):
        ...         done = []
        ...
        ...         def decide(call, seconds):
        ...             if seconds < self.seconds or done:
        ...                 return False
        ...             done.append(call)
        ...             return True
        ...
        ...         return decide
        >>> decide = OnceAfter(1.5).begin()
        >>> decide(1, 0.2), decide(2, 1.7), decide(3, 1.8)
        (False, True, False)
    """

    def begin(self) -> Decide:
        """Begin anew: return a function that is asked of each call, once, in order of arrival."""
        ...


def _set(of: object, **values: object) -> None:
    """Set the attributes of what is frozen, when it is made."""
    for name, value in values.items():
        object.__setattr__(of, name, value)


def _check_count(name: str, value: object, least: int = 1) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name}={value!r} is not an integer")
    if value < least:
        raise ValueError(f"{name}={value!r}: give {least} or more")


@dataclass(frozen=True, init=False)
class Probability:
    """Each call with the same probability, whatever became of those before it.

    Args:
        p: The probability, 0 to 1.
        seed: Which run; `None` draws one, which the attribute `seed` then tells.

    Raises:
        ValueError: `p` is not within 0 to 1.
        TypeError: A number is none, or `seed` not an integer.

    Example:
        >>> from asyncly.srvmocker import Probability
        >>> decide = Probability(0.5, seed=7).begin()
        >>> [decide(call, 0.0) for call in range(1, 6)]
        [True, True, False, True, False]
    """

    p: float
    seed: int

    def __init__(self, p: float, *, seed: int | None = 0) -> None:
        check_probability("p", p)
        _set(self, p=p, seed=chosen_seed(seed))

    def begin(self) -> Decide:
        """Begin the run of the seed."""
        draw = run_of(self.seed).random
        return lambda call, seconds: draw() < self.p


@dataclass(frozen=True)
class EveryNth:
    """One call in so many.

    Args:
        n: How many calls it is from one to the next; `EveryNth(3)` means calls 3, 6, 9 and so on.
        offset: By how many calls the first one comes later; less than 0 is sooner, down to `1 - n`,
            which begins with the first call.

    Raises:
        ValueError: `n` is less than 1, or `offset` less than `1 - n`.
        TypeError: One of them is not an integer.

    Example:
        >>> from asyncly.srvmocker import EveryNth
        >>> decide = EveryNth(3, offset=-1).begin()
        >>> [call for call in range(1, 10) if decide(call, 0.0)]
        [2, 5, 8]
    """

    n: int
    offset: int = 0

    def __post_init__(self) -> None:
        _check_count("n", self.n)
        _check_count("offset", self.offset, 1 - self.n)

    def begin(self) -> Decide:
        """Begin with the first call."""
        return lambda call, seconds: call > self.offset and (call - self.offset) % self.n == 0


@dataclass(frozen=True)
class Burst:
    """So many calls in a row, again and again.

    Args:
        length: How many calls in a row.
        every: How many calls it is from the beginning of one burst to that of the next; the first
            one begins with the first call.

    Raises:
        ValueError: `length` is less than 1, or `every` less than `length`.
        TypeError: One of them is not an integer.

    Example:
        >>> from asyncly.srvmocker import Burst
        >>> decide = Burst(2, every=5).begin()
        >>> [call for call in range(1, 13) if decide(call, 0.0)]
        [1, 2, 6, 7, 11, 12]
    """

    length: int
    every: int

    def __post_init__(self) -> None:
        _check_count("length", self.length)
        _check_count("every", self.every, self.length)

    def begin(self) -> Decide:
        """Begin with the first call."""
        return lambda call, seconds: (call - 1) % self.every < self.length


@dataclass(frozen=True)
class Between:
    """The calls that come between two times.

    Args:
        start: The first moment, in seconds since the injection was switched on.
        end: The first moment that is too late; infinite where there is none.

    Raises:
        ValueError: `start` is negative or NaN, or `end` is not later.
        TypeError: One of them is no number.

    Example:
        >>> from asyncly.srvmocker import Between
        >>> decide = Between(1, 2.5).begin()
        >>> [decide(1, seconds) for seconds in (0.9, 1, 2.4, 2.5)]
        [False, True, True, False]
    """

    start: float
    end: float

    def __post_init__(self) -> None:
        need_number("start", self.start)
        need_number("end", self.end)
        if not self.start >= 0:
            raise ValueError(f"start={self.start!r} is not a time in seconds: give 0 or more")
        if not self.end > self.start:
            raise ValueError(f"end={self.end!r} is not later than start={self.start!r}")

    def begin(self) -> Decide:
        """Begin now."""
        return lambda call, seconds: self.start <= seconds < self.end


@dataclass(frozen=True, init=False)
class Ramp:
    """A probability that rises, or falls, with time.

    Args:
        start: The probability when the injection is switched on, 0 to 1.
        end: The probability from `seconds` on, 0 to 1.
        seconds: How long it takes from the one to the other; it changes evenly.
        seed: Which run; `None` draws one, which the attribute `seed` then tells.

    Raises:
        ValueError: A probability is not within 0 to 1, or `seconds` not more than 0.
        TypeError: A number is none, or `seed` not an integer.

    Example:
        >>> from asyncly.srvmocker import Ramp
        >>> decide = Ramp(0, 1, seconds=10).begin()
        >>> [decide(1, 0.0), decide(2, 10.0), decide(3, 60.0)]
        [False, True, True]
    """

    start: float
    end: float
    seconds: float
    seed: int

    def __init__(self, start: float, end: float, seconds: float, *, seed: int | None = 0) -> None:
        check_probability("start", start)
        check_probability("end", end)
        need_number("seconds", seconds)
        if not (isfinite(seconds) and seconds > 0):
            raise ValueError(f"seconds={seconds!r} is not a duration: give more than 0")
        _set(self, start=start, end=end, seconds=seconds, seed=chosen_seed(seed))

    def begin(self) -> Decide:
        """Begin the run of the seed, now."""
        draw = run_of(self.seed).random
        rise = self.end - self.start

        def decide(call: int, seconds: float) -> bool:
            return draw() < self.start + rise * min(seconds / self.seconds, 1.0)

        return decide


@dataclass(frozen=True, init=False)
class CallNumbers:
    """Calls by their numbers, counted from 1 since the injection was switched on.

    Args:
        numbers: Which; at least one.

    Raises:
        ValueError: There is none, or one is less than 1.
        TypeError: One is not an integer.

    Example:
        >>> from asyncly.srvmocker import CallNumbers
        >>> decide = CallNumbers(1, 3).begin()
        >>> [decide(call, 0.0) for call in (1, 2, 3, 4)]
        [True, False, True, False]
    """

    numbers: frozenset[int]

    def __init__(self, *numbers: int) -> None:
        if not numbers:
            raise ValueError("CallNumbers needs at least one number")
        for number in numbers:
            _check_count("number", number)
        _set(self, numbers=frozenset(numbers))

    def begin(self) -> Decide:
        """Begin with the first call."""
        return lambda call, seconds: call in self.numbers
