"""What responses have in common that answer each request as one of several others does.

Invariants: which one it is, is decided once for each request, when it is that request's turn, and
at once: a delay of the chosen response begins behind the choice. Whatever the chosen response can
do, such as being ready, a pause, a stream or a fault, it does behind a choice too.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from inspect import iscoroutine
from math import isfinite
from typing import TypeVar

from asyncly.srvmocker._core.delays import need_number
from asyncly.srvmocker._door.aio import aioweb as web
from asyncly.srvmocker._door.answers.plans import Plan
from asyncly.srvmocker.responses.base import BaseMockResponse

T = TypeVar("T")


def listed(name: str, given: Iterable[T]) -> list[T]:
    """Return what was given as a list; `TypeError` that names the argument where it is none."""
    try:
        # Of a mapping the keys would be taken, and a set is in no order.
        if not isinstance(given, (Mapping, AbstractSet)):
            return list(given)
    except TypeError:
        pass
    raise TypeError(f"{name}={given!r} is no list of responses")


class ChoosingResponse(BaseMockResponse):
    """Answers as the response does that is chosen for the request."""

    @abstractmethod
    def _choose(self) -> BaseMockResponse:
        """Say who answers the next request, and take notice that it was asked."""

    @abstractmethod
    def _choices(self) -> Iterable[BaseMockResponse]:
        """Return every response that may be chosen."""

    async def response(self, request: web.Request) -> web.StreamResponse:
        """Return the answer of the response that is chosen."""
        return await self._choose().response(request)

    def __plan__(self) -> Plan:
        """Answer as the chosen response does, unless a subclass answers in a way of its own."""
        if type(self).response is not ChoosingResponse.response:
            return self
        return self._choose().__plan__()

    def __rewind__(self) -> None:
        """Begin anew, with every response that may be chosen."""
        for response in self._choices():
            response.__rewind__()


def awaited_by_nobody(name: str, answer: T) -> T:
    """Return what a function has answered; `TypeError` for a coroutine, which says nothing yet."""
    if iscoroutine(answer):
        answer.close()
        raise TypeError(f"{name} returned a coroutine: give a function that is not asynchronous")
    return answer


def check_count(name: str, value: object, *, of: str) -> int:
    """Return a whole number of at least 1; `of` says what it counts."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name}={value!r} is not a number of {of}: give an integer")
    if value < 1:
        raise ValueError(f"{name}={value!r} is not a number of {of}: give 1 or more")
    return value


def check_span(name: str, seconds: float) -> float:
    """Return a time in seconds that is more than none."""
    need_number(name, seconds)
    if not (isfinite(seconds) and seconds > 0):
        raise ValueError(f"{name}={seconds!r} is not a time in seconds: give more than 0")
    return seconds


def check_clock(clock: Callable[[], float]) -> Callable[[], float]:
    """Return a function that tells the time."""
    if not callable(clock):
        raise TypeError(f"clock={clock!r} cannot be called: give a function that returns seconds")
    return clock
