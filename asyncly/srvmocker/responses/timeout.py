"""Answers that take their time."""

from __future__ import annotations

from asyncio import sleep

from asyncly.srvmocker._core.delays import Delays, Latency
from asyncly.srvmocker._door.aio import aioweb as web
from asyncly.srvmocker._door.answers.plans import Pause, Plan
from asyncly.srvmocker.responses.base import BaseMockResponse, check_response

__all__ = ("LatencyResponse",)


class LatencyResponse(BaseMockResponse):
    """Waits, then answers with another response; the request is recorded before the wait.

    Args:
        wrapped: The response to answer with.
        latency: How long to wait: seconds, or a distribution of `asyncly.srvmocker.latency`, which
            is asked once for each request, in the order in which their turn comes. Each response
            has a run of its own, which begins anew with `service.reset()`.

    Raises:
        ValueError: `latency` is negative, infinite or not a number.
        TypeError: `wrapped` is not a `BaseMockResponse`, or `latency` neither of the two.

    Example:
        >>> from asyncly.srvmocker import JsonResponse, LatencyResponse
        >>> LatencyResponse(JsonResponse({"ok": True}), latency=0.5)
        <LatencyResponse 0.5 s before <JsonResponse 200 application/json, 12 bytes>>
        >>> from asyncly.srvmocker import LogNormal
        >>> varying = LatencyResponse(JsonResponse({"ok": True}), LogNormal(0.02, p99=0.3, seed=7))
    """

    def __init__(self, wrapped: BaseMockResponse, latency: float | Latency) -> None:
        self._delays = Delays(latency)
        self._wrapped = check_response(wrapped)
        self._by_itself = type(self).response is LatencyResponse.response

    @property
    def wrapped(self) -> BaseMockResponse:
        """The response to answer with."""
        return self._wrapped

    @property
    def latency(self) -> float | Latency:
        """How long to wait: seconds, or a distribution."""
        return self._delays.latency

    async def response(self, request: web.Request) -> web.StreamResponse:
        """Wait, then return the answer of the wrapped response."""
        await sleep(self._delays.next())
        return await self._wrapped.response(request)

    def __rewind__(self) -> None:
        """Begin the delays anew, and the wrapped response."""
        self._delays.rewind()
        self._wrapped.__rewind__()

    def __plan__(self) -> Plan:
        """Wait without a task, then answer as the wrapped response does."""
        if not self._by_itself:
            return self
        return Pause(self._delays.next(), self._wrapped)

    def __repr__(self) -> str:
        return f"<LatencyResponse {self._delays} before {self._wrapped!r}>"
