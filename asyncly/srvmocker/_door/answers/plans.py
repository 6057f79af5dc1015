"""How a response is to be given: finished bytes, after a pause, step by step, or by aiohttp.

A response says so through `__plan__`, which is called once for each request that it answers, when
it is that request's turn; one whose answer is always the same finished bytes has them in
`__ready__` besides, which spares the call. One that depends on the request is `Computed`. Whatever
is none of these is a responder, which aiohttp asks.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar, runtime_checkable

from asyncly.srvmocker._door.aio import aioweb as web
from asyncly.srvmocker._door.answers.ready import ReadyAnswer

if TYPE_CHECKING:
    from asyncly.srvmocker._door.answers.scripts import Script

__all__ = ("Clock", "Computed", "Delay", "Parting", "Pause", "Plan", "Raising", "Responder")

T = TypeVar("T")


@runtime_checkable
class Responder(Protocol):
    """What answers a request."""

    async def response(self, request: web.Request) -> web.StreamResponse:
        """Answer it."""
        ...

    def __plan__(self) -> Plan:
        """Say how the next request is to be answered."""
        ...


class Delay(Protocol):
    """A pause that has begun."""

    def cancel(self) -> None:
        """End it, with nothing behind it."""
        ...


class Clock(Protocol):
    """Calls later: an event loop, or what stands for it."""

    def call_later(self, seconds: float, call: Callable[..., object], /, *args: Any) -> Delay:
        """Call it in so many seconds."""
        ...


class Pause:
    """Wait for `seconds`, then do as `then` says."""

    __slots__ = ("seconds", "then")

    def __init__(self, seconds: float, then: Responder) -> None:
        self.seconds: float = seconds
        self.then: Responder = then

    def begin(self, clock: Clock, over: Callable[[T, Responder], object], of: T) -> Delay:
        """Begin to wait; `over` is called with `of` and how to answer then."""
        return clock.call_later(self.seconds, over, of, self.then)


class Computed:
    """Do as `make` says, which is given the recorded request; what it raises is a failure."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[Any], Plan]) -> None:
        self.make: Callable[[Any], Plan] = make


Plan: TypeAlias = "ReadyAnswer | Pause | Script | Computed | Responder"


class Parting(Exception):  # noqa: N818 - it carries an error, and is none
    """An error after which the client is still to be told something: `tell` does so."""

    def __init__(self, error: Exception, tell: Callable[[], Awaitable[object]]) -> None:
        super().__init__(error, tell)
        self.error: Exception = error
        self.tell: Callable[[], Awaitable[object]] = tell


class Raising:
    """Lets aiohttp answer for an exception as it would have, had its handler raised it."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    async def response(self, request: web.Request) -> web.StreamResponse:
        """Raise it."""
        raise self._error

    def __plan__(self) -> Plan:
        """Leave it to aiohttp."""
        return self
