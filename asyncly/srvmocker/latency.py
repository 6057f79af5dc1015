"""Distributions of delays, for `LatencyResponse` and `Delay`.

Invariants: a distribution is a description and never changes, so one object may serve many
responses; each begins a run of its own. The same description, seed included, gives the same run.
All times are in seconds.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import cos, exp, isfinite, log, sin, sqrt, tau
from typing import Final, cast

from asyncly.srvmocker._core.chance import chosen_seed, run_of
from asyncly.srvmocker._core.delays import Delays, Latency, check_seconds, need_number

__all__ = ("ByCall", "Latency", "LogNormal", "Normal", "Percentiles", "Uniform")

_PAIRS_IN_A_ROW: Final = 16
_P99: Final = 2.3263478740408408
"""The 99th percentile of a standard normal distribution."""
_FARTHEST: Final = 9
"""More deviations than are ever drawn, the root of twice the logarithm of 2**53."""
_LOG_OF_MOST: Final = 709
"""The logarithm of the largest float, nearly."""


def _set(of: object, **values: object) -> None:
    """Set the attributes of what is frozen, when it is made."""
    for name, value in values.items():
        object.__setattr__(of, name, value)


@dataclass(frozen=True, init=False)
class Uniform:
    """Any delay between two, each as likely.

    Args:
        low: The shortest, in seconds.
        high: The longest, in seconds.
        seed: Which run; `None` draws one, which the attribute `seed` then tells.

    Raises:
        ValueError: A delay is negative, infinite or not a number, or `high` is less than `low`.
        TypeError: A number is none, or `seed` not an integer.

    Example:
        >>> from asyncly.srvmocker import JsonResponse, LatencyResponse, Uniform
        >>> LatencyResponse(JsonResponse({}), Uniform(0.01, 0.05, seed=7)).latency
        Uniform(low=0.01, high=0.05, seed=7)
    """

    low: float
    high: float
    seed: int

    def __init__(self, low: float, high: float, *, seed: int | None = 0) -> None:
        check_seconds("low", low)
        check_seconds("high", high)
        if high < low:
            raise ValueError(f"high={high!r} is less than low={low!r}")
        _set(self, low=low, high=high, seed=chosen_seed(seed))

    def delays(self) -> Iterator[float]:
        """Begin the run of the seed."""
        draw = run_of(self.seed).uniform
        while True:
            yield draw(self.low, self.high)


@dataclass(frozen=True, init=False)
class Normal:
    """Delays around a mean (a normal distribution), truncated at 0.

    A negative delay is thrown away and another one drawn. So none is negative and 0 is no likelier
    than its neighbours; where the deviation is large beside the mean, the mean of what remains is a
    little larger.

    Args:
        mean: In seconds.
        deviation: The standard deviation, in seconds.
        seed: Which run; `None` draws one, which the attribute `seed` then tells.

    Raises:
        ValueError: A time is negative, infinite or not a number.
        TypeError: A number is none, or `seed` not an integer.

    Example:
        >>> from asyncly.srvmocker import Normal
        >>> min(next(Normal(0.1, 0.1, seed=seed).delays()) for seed in range(100)) >= 0
        True
    """

    mean: float
    deviation: float
    seed: int

    def __init__(self, mean: float, deviation: float, *, seed: int | None = 0) -> None:
        check_seconds("mean", mean)
        check_seconds("deviation", deviation)
        _set(self, mean=mean, deviation=deviation, seed=chosen_seed(seed))

    def delays(self) -> Iterator[float]:
        """Begin the run of the seed."""
        draw = run_of(self.seed).gauss
        while True:
            delay = draw(self.mean, self.deviation)
            if delay >= 0:
                yield delay


@dataclass(frozen=True, init=False)
class LogNormal:
    """Delays as services have them: most around a median, a few far longer.

    Their logarithms are normally distributed.

    Args:
        median: Half of the delays are shorter; in seconds, more than 0.
        sigma: The standard deviation of their natural logarithms. Give this or `p99`.
        p99: One in a hundred is longer; in seconds. The attribute `sigma` tells what it comes to.
        seed: Which run; `None` draws one, which the attribute `seed` then tells.

    Raises:
        ValueError: A time or `sigma` is out of its range, or not exactly one of the two is given.
        TypeError: A number is none, or `seed` not an integer.

    Example:
        >>> from asyncly.srvmocker import LogNormal
        >>> round(LogNormal(0.02, p99=0.3).sigma, 3)
        1.164
    """

    median: float
    sigma: float
    seed: int

    def __init__(
        self,
        median: float,
        sigma: float | None = None,
        *,
        p99: float | None = None,
        seed: int | None = 0,
    ) -> None:
        check_seconds("median", median)
        if not median:
            raise ValueError("median=0: give more than 0, in seconds")
        if p99 is not None:
            if sigma is not None:
                raise ValueError("give sigma or p99, and not both")
            check_seconds("p99", p99)
            if p99 < median:
                raise ValueError(f"p99={p99!r} is less than median={median!r}")
            sigma = log(p99 / median) / _P99
        elif sigma is None:
            raise ValueError("give sigma or p99")
        else:
            need_number("sigma", sigma)
            if not (isfinite(sigma) and sigma >= 0):
                raise ValueError(f"sigma={sigma!r} is not a deviation: give 0 or more")
        if log(median) + sigma * _FARTHEST > _LOG_OF_MOST:
            raise ValueError(f"sigma={sigma!r} is too large: some delays would be no float")
        _set(self, median=median, sigma=sigma, seed=chosen_seed(seed))

    def delays(self) -> Iterator[float]:
        """Begin the run of the seed."""
        draw = run_of(self.seed).random
        median, sigma = self.median, self.sigma
        row: list[float] = []
        while (
            True
        ):  # many in a row, which costs a third of what it costs to draw each when it is due
            row.clear()
            for _ in range(_PAIRS_IN_A_ROW):
                # Two independent numbers of the normal distribution at once (Box and Muller, 1958).
                angle = tau * draw()
                radius = sqrt(-2.0 * log(1.0 - draw()))
                row.append(median * exp(cos(angle) * radius * sigma))
                row.append(median * exp(sin(angle) * radius * sigma))
            yield from row


@dataclass(frozen=True, init=False)
class Percentiles:
    """Delays as a table of measured percentiles has them, interpolated between its entries.

    Below the lowest entry delays go down to 0 at the 0th percentile; above the highest one none is
    longer than it. Give entries for 0 and 100 where that is not what you have measured.

    Args:
        table: Seconds by percentile, such as `{50: 0.01, 90: 0.05, 99: 0.2}`.
        seed: Which run; `None` draws one, which the attribute `seed` then tells.

    Raises:
        ValueError: The table is empty or goes down, a percentile is not within 0 to 100, all are
            parts of 1, or a delay is negative, infinite or not a number.
        TypeError: A number is none, or `seed` not an integer.

    Example:
        >>> from asyncly.srvmocker import Percentiles
        >>> Percentiles({50: 0.1, 99: 0.05})
        Traceback (most recent call last):
        ValueError: table={50: 0.1, 99: 0.05} goes down from 50 to 99
    """

    table: Mapping[float, float]
    seed: int

    def __init__(self, table: Mapping[float, float], *, seed: int | None = 0) -> None:
        if not isinstance(table, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance] - a user may
            raise TypeError(f"table={table!r}: give a mapping of seconds by percentile")
        for percentile in table:
            if not hasattr(percentile, "__float__"):
                raise TypeError(f"table has the percentile {percentile!r}: give 0 to 100")
        table = dict(sorted(table.items()))
        if not table:
            raise ValueError("table is empty: give seconds by percentile")
        if 0 < max(table) <= 1:
            raise ValueError(f"table={table!r} ends within 0 to 1: give 99 for the 99th percentile")
        before, least = 0.0, 0.0
        for percentile, seconds in table.items():
            if not 0 <= percentile <= 100:
                raise ValueError(f"table has the percentile {percentile!r}: give 0 to 100")
            check_seconds(f"table[{percentile!r}]", seconds)
            if seconds < least:
                raise ValueError(f"table={table!r} goes down from {before!r} to {percentile!r}")
            before, least = percentile, seconds
        _set(self, table=table, seed=chosen_seed(seed))

    def __hash__(self) -> int:
        return hash((tuple(self.table.items()), self.seed))

    def delays(self) -> Iterator[float]:
        """Begin the run of the seed."""
        draw = run_of(self.seed).random
        points, delays = [0.0, *self.table, 100.0], [0.0, *self.table.values()]
        delays.append(delays[-1])
        while True:
            at = draw() * 100  # always less than 100
            above = bisect_right(points, at)
            low, least = points[above - 1], delays[above - 1]
            yield least + (delays[above] - least) * (at - low) / (points[above] - low)


@dataclass(frozen=True, init=False)
class ByCall:
    """A delay of its own for each of the first calls.

    Args:
        first: The delays of the first calls, in order, in seconds; at least one.
        then: Those of all others: seconds, or a distribution. Not given: the last one of `first`.

    Raises:
        ValueError: `first` is empty, or a delay is negative, infinite or not a number.
        TypeError: `first` is no list of numbers, or `then` neither seconds nor a distribution.

    Example:
        >>> from itertools import islice
        >>> from asyncly.srvmocker import ByCall
        >>> list(islice(ByCall([0.5, 0.2], then=0).delays(), 4))
        [0.5, 0.2, 0, 0]
    """

    first: Sequence[float]
    then: float | Latency

    def __init__(self, first: Sequence[float], then: float | Latency | None = None) -> None:
        if isinstance(cast(object, first), (str, bytes)) or not isinstance(first, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance] - a user may
            raise TypeError(f"first={first!r}: give a list of seconds, one for each of the calls")
        first = tuple(first)
        if not first:
            raise ValueError("first is empty: give the delay of one call at least")
        for number, seconds in enumerate(first):
            check_seconds(f"first[{number}]", seconds)
        then = first[-1] if then is None else then
        Delays(then, "then")
        _set(self, first=first, then=then)

    def delays(self) -> Iterator[float]:
        """Begin with the first call."""
        yield from self.first
        others = Delays(self.then)
        while True:
            yield others.next()
