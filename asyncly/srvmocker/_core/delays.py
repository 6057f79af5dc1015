"""How long each call of a response waits: always as long, or as a distribution says.

Invariant: the same distribution gives the same delays each time that it is begun anew.
"""

from collections.abc import Iterator
from math import inf
from typing import Protocol, TypeGuard

__all__ = ("Delays", "Latency", "check_seconds", "is_delay", "is_number", "need_number")


class Latency(Protocol):
    """Says how long one call after another waits; a class of your own needs one method.

    Who uses it asks for `delays` once, and once more when it begins anew, so nothing about a run is
    kept here: several responses may share one object, and each has a run of its own.

    Example:
        >>> from asyncly.srvmocker import JsonResponse, LatencyResponse
        >>> class Slower:
        ...     def delays(self):
        ...         delay = 0.0
        ...         while True:
        ...             yield delay
        ...             delay += 0.01
        >>> response = LatencyResponse(JsonResponse({}), Slower())
    """

    def delays(self) -> Iterator[float]:
        """Begin anew: yield a delay in seconds, 0 or more, for each call; without an end."""
        ...


class Delays:
    """The delays of one response, in order; `latency` is seconds or a distribution.

    Raises `ValueError` for seconds that are none, and `TypeError` for what is neither.
    """

    __slots__ = ("_distribution", "_fixed", "_run", "latency")

    def __init__(self, latency: float | Latency, argument: str = "latency") -> None:
        self.latency: float | Latency = latency
        self._distribution: Latency | None = None
        self._run: Iterator[float] | None = None
        self._fixed: float = 0.0
        if not isinstance(latency, bool) and isinstance(latency, (int, float)):
            if not is_delay(latency):
                raise ValueError(f"{argument}={latency!r} is not a time in seconds: give 0 or more")
            self._fixed = latency
        elif not isinstance(latency, (bool, type)) and hasattr(latency, "delays"):
            self._distribution = latency
            self._run = latency.delays()
            if not hasattr(self._run, "__next__"):
                raise TypeError(
                    f"{argument}={latency!r}: its delays() gave {self._run!r}, which is no iterator"
                )
        else:
            raise TypeError(
                f"{argument}={latency!r} is neither seconds nor a distribution, as Uniform(0, 1) is"
            )

    def next(self) -> float:
        """Return how long the next call waits; `ValueError` where a distribution says nonsense."""
        if self._run is None:
            return self._fixed
        delay = next(self._run, None)
        if type(delay) is float and 0 <= delay < inf:  # as most are
            return delay
        if delay is None:
            raise ValueError(f"{self.latency!r} has no more delays: its delays() must not end")
        if not (is_number(delay) and is_delay(delay)):
            raise ValueError(f"{self.latency!r} said {delay!r}, which is not a time in seconds")
        return delay

    def rewind(self) -> None:
        """Begin anew."""
        if self._distribution is not None:
            self._run = self._distribution.delays()

    def __str__(self) -> str:
        return f"{self.latency} s" if self._distribution is None else repr(self._distribution)


def need_number(name: str, value: object) -> None:
    """Raise `TypeError` for what is no number of seconds."""
    if not is_number(value):
        raise TypeError(f"{name}={value!r} is not a time in seconds: give a number")


def is_number(value: object) -> TypeGuard[int | float]:
    """Whether it is one that a clock can be added to, and not a `bool` in a wrong place."""
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def check_seconds(name: str, seconds: float) -> None:
    """Raise `TypeError` for what is no number, `ValueError` for what one cannot wait for."""
    need_number(name, seconds)
    if not is_delay(seconds):
        raise ValueError(f"{name}={seconds!r} is not a time in seconds: give 0 or more")


def is_delay(seconds: float) -> bool:
    """Whether one can wait for so many seconds."""
    return 0 <= seconds < inf
