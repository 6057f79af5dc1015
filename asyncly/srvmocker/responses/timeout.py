"""Answers that take their time."""

from __future__ import annotations

from asyncio import sleep
from math import isfinite

from asyncly.srvmocker._door import aioweb as web
from asyncly.srvmocker._door.plans import Pause, Plan
from asyncly.srvmocker.responses.base import BaseMockResponse, check_response

__all__ = ("LatencyResponse",)


class LatencyResponse(BaseMockResponse):
    """Waits, then answers with another response; the request is recorded before the wait.

    Args:
        wrapped: The response to answer with.
        latency: How long to wait, in seconds.

    Raises:
        ValueError: `latency` is negative, infinite or not a number.
        TypeError: `wrapped` is not a `BaseMockResponse`.

    Example:
        >>> from asyncly.srvmocker import JsonResponse, LatencyResponse
        >>> LatencyResponse(JsonResponse({"ok": True}), latency=0.5)
        <LatencyResponse 0.5 s before <JsonResponse 200 application/json, 12 bytes>>
    """

    def __init__(self, wrapped: BaseMockResponse, latency: float) -> None:
        if not (isfinite(latency) and latency >= 0):
            raise ValueError(f"latency={latency!r} is not a time in seconds: give 0 or more")
        self._wrapped = check_response(wrapped)
        self._latency = latency

    @property
    def wrapped(self) -> BaseMockResponse:
        """The response to answer with."""
        return self._wrapped

    @property
    def latency(self) -> float:
        """How long to wait, in seconds."""
        return self._latency

    async def response(self, request: web.Request) -> web.StreamResponse:
        """Wait, then return the answer of the wrapped response."""
        await sleep(self._latency)
        return await self._wrapped.response(request)

    def __rewind__(self) -> None:
        """Let the wrapped response begin anew."""
        self._wrapped.__rewind__()

    def __plan__(self) -> Plan:
        """Wait without a task, then answer as the wrapped response does."""
        if type(self).response is not LatencyResponse.response:
            return self
        return Pause(self._latency, self._wrapped)

    def __repr__(self) -> str:
        return f"<LatencyResponse {self._latency} s before {self._wrapped!r}>"
