"""Requests that are held until the test lets go of them: long polling.

Invariants: a request that is held costs no task and no thread. It is answered once: by `release`,
or by `on_timeout`; one whose client has left is forgotten. No release is lost: it answers somebody
who waits, or is kept for somebody who comes.
"""

from __future__ import annotations

import asyncio

from asyncly.srvmocker._core.delays import check_seconds
from asyncly.srvmocker._door.aio import aioweb as web
from asyncly.srvmocker._door.answers.holds import Hold, Waiting
from asyncly.srvmocker._door.answers.plans import Plan, Responder
from asyncly.srvmocker.responses.base import BaseMockResponse, check_response
from asyncly.srvmocker.responses.raw import RawResponse

__all__ = ("HeldResponse",)


class HeldResponse(BaseMockResponse):
    """Holds requests until the test releases them, as a server does that is polled for news.

    Whether the request or its release comes first makes no difference: what is released while
    nobody waits is kept for the next one that comes. A request is recorded when it comes, so a test
    can wait for it. A client that closes its side of the connection has left.

    Args:
        timeout: How long a request is held at most, in seconds; `None` for as long as it takes.
        on_timeout: How one is answered that was held so long: a 204 unless given.

    Raises:
        ValueError: `timeout` is negative, infinite or not a number, or there is an `on_timeout`
            without a `timeout`.
        TypeError: `timeout` is no number, or `on_timeout` is not a `BaseMockResponse`.

    Example:
        >>> import asyncio
        >>> from asyncly.srvmocker import HeldResponse, JsonResponse, MockRoute, start_service
        >>> async with start_service([MockRoute("GET", "/news", "news")]) as service:
        ...     service.register("news", held := HeldResponse())
        ...     async with aiohttp.ClientSession(service.url) as client:
        ...         poll = asyncio.ensure_future(client.get("/news"))
        ...         calls = await service.calls("news").wait()
        ...         count = held.release(JsonResponse(["it rains"]))
        ...         await (await poll).json()
        ['it rains']
    """

    def __init__(
        self, timeout: float | None = None, on_timeout: BaseMockResponse | None = None
    ) -> None:
        if timeout is not None:
            check_seconds("timeout", timeout)
        if on_timeout is not None and timeout is None:
            raise ValueError("on_timeout without a timeout is never used: give timeout, in seconds")
        self._timeout: float | None = timeout
        self._on_timeout: BaseMockResponse = (
            RawResponse(status=204) if on_timeout is None else check_response(on_timeout)
        )
        self._waiting: Waiting = Waiting()

    @property
    def waiting(self) -> int:
        """How many requests are held now."""
        return len(self._waiting)

    @property
    def released_ahead(self) -> int:
        """How many requests that are still to come are released already."""
        return self._waiting.ahead

    def release(self, response: BaseMockResponse, count: int | None = None) -> int:
        """Answer the requests that are held, the one that came first first.

        If there are none, or fewer than `count`, the answer is kept: the next ones that come get it
        at once, and those behind them are held again. `service.reset()` drops what is kept. Call
        it in the event loop of the service.

        Args:
            response: How to answer.
            count: How many, waiting or still to come; unless given, all that wait now, or the next
                one if there are none.

        Returns:
            How many were waiting and were answered now.

        Raises:
            TypeError: `response` is not a `BaseMockResponse`, or `count` no integer.
            ValueError: `count` is negative.
        """
        if count is not None:
            _check_count(count)
        return self._waiting.release(check_response(response), count)

    async def response(self, request: web.Request) -> web.StreamResponse:
        """Hold the request, then answer it."""
        if (ahead := self._waiting.take()) is not None:
            return await ahead.response(request)
        loop = asyncio.get_running_loop()
        told: asyncio.Future[Responder] = loop.create_future()

        def tell(then: Responder) -> None:
            if not told.done():  # as when the client has left just now
                told.set_result(then)

        waiter = self._waiting.add(loop, tell, self._timeout, self._on_timeout)
        try:
            then = await told
        finally:
            waiter.cancel()
        return await then.response(request)

    def __plan__(self) -> Plan:
        """Hold the request without a task, unless it was released before it came."""
        if type(self).response is not HeldResponse.response:
            return self
        if (ahead := self._waiting.take()) is not None:
            return ahead.__plan__()
        return Hold(self._waiting, self._timeout, self._on_timeout)

    def __rewind__(self) -> None:
        """Drop what was released ahead, and begin the answer to a time-out anew.

        Who is held stays so.
        """
        self._waiting.forget()
        self._on_timeout.__rewind__()

    def __repr__(self) -> str:
        ahead = f", {self.released_ahead} released ahead" if self.released_ahead else ""
        return f"<HeldResponse, {self.waiting} waiting{ahead}>"


def _check_count(count: object) -> None:
    if not isinstance(count, int) or isinstance(count, bool):
        raise TypeError(f"count={count!r} is no number of requests: give an integer")
    if count < 0:
        raise ValueError(f"count={count!r} is negative: give how many to release")
