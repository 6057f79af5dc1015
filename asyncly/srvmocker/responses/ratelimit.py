"""Answers that are given only so often.

Invariant: of the requests of one key, at most `limit` are let through in any `window`, wherever it
begins. Who is refused uses nothing up, so a client that waits as told is let through.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Mapping
from inspect import iscoroutinefunction
from math import ceil
from time import monotonic
from typing import Final, TypeAlias

from aiohttp import hdrs
from multidict import CIMultiDict

from asyncly.srvmocker._core.answer import check_headers, check_status
from asyncly.srvmocker._door.aio import aioweb as web
from asyncly.srvmocker._door.answers.plans import Computed, Plan
from asyncly.srvmocker.recorded import RecordedRequest
from asyncly.srvmocker.responses._choosing import (
    awaited_by_nobody,
    check_clock,
    check_count,
    check_span,
)
from asyncly.srvmocker.responses.base import BaseMockResponse, check_response
from asyncly.srvmocker.responses.raw import RawResponse

__all__ = ("RateLimitKey", "RateLimitResponse")

RateLimitKey: TypeAlias = Callable[[RecordedRequest], Hashable]
"""Says whose limit a request counts for."""

# Times are counted in these, so that what adds up to a whole second is one.
_SECOND: Final = 10**9
_REFUSALS: Final = 64  # answers that are kept rendered, by what they tell to wait
_KEYS: Final = 1024  # keys before those that wait for nothing are looked for


class RateLimitResponse(BaseMockResponse):
    """Lets so many requests in a time through to another response, and refuses the others.

    A refusal is a 429, "Too Many Requests" (RFC 6585 section 4), with a `Retry-After` (RFC 9110
    section 10.2.3) of whole seconds, rounded up: whoever waits that long is let through, unless
    others come first. A refused request does not count.

    Args:
        wrapped: What answers those that are let through.
        limit: How many are let through in a window.
        window: Its length in seconds. It slides: what counts is what was let through within the
            last so many seconds.
        key: Requests with equal keys have a limit together; a function of the request, such as
            `lambda request: request.headers.get("Authorization")`. Not given: all of them.
        status: The status of a refusal.
        body: The body of a refusal; not given: a line of text.
        headers: More header fields of a refusal; a `Retry-After` given here wins.
        clock: The time in seconds; a test that does not want to wait gives one of its own.

    Raises:
        ValueError: `limit` or `window` is not above 0, or the status or a header cannot be sent.
        TypeError: An argument is not of its kind.

    Example:
        >>> from asyncly.srvmocker import JsonResponse, MockRoute, RateLimitResponse, start_service
        >>> limited = RateLimitResponse(JsonResponse({"ok": True}), 1, window=30)
        >>> async with start_service([MockRoute("GET", "/", "home")]) as service:
        ...     service.register("home", limited)
        ...     async with aiohttp.ClientSession(service.url) as client:
        ...         print((await client.get("/")).status)
        ...         response = await client.get("/")
        ...         print(response.status, response.headers["Retry-After"])
        200
        429 30
    """

    def __init__(
        self,
        wrapped: BaseMockResponse,
        limit: int,
        window: float,
        *,
        key: RateLimitKey | None = None,
        status: int = 429,
        body: str | bytes | None = None,
        headers: Mapping[str, str] | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._wrapped: BaseMockResponse = check_response(wrapped)
        self._limit: int = check_count("limit", limit, of="requests")
        self._window: float = check_span("window", window)
        self._span: int = max(1, round(window * _SECOND))
        if key is not None and not callable(key):
            raise TypeError(f"key={key!r} cannot be called: give a function of a request")
        if iscoroutinefunction(key):
            raise TypeError(f"key={key!r} is asynchronous: give a function that returns the key")
        self._key: RateLimitKey | None = key
        self._clock: Callable[[], float] = check_clock(clock)
        self._status: int = check_status(status)
        self._headers: CIMultiDict[str] = check_headers(headers)
        self._body: str | bytes = (
            f"too many requests: at most {limit} in {window} s\n" if body is None else body
        )
        self._passed: dict[Hashable, deque[int]] = {}
        self._sweep_at: int = _KEYS
        self._refusals: dict[int, RawResponse] = {}
        self._refusal(ceil(window))  # so that what cannot be sent is told now

    @property
    def wrapped(self) -> BaseMockResponse:
        """What answers those that are let through."""
        return self._wrapped

    async def response(self, request: web.Request) -> web.StreamResponse:
        """Return the answer of the wrapped response, or the refusal."""
        key: Hashable = None
        if self._key is not None:
            key = self._key_of(RecordedRequest(request, await request.read()))
        return await self._admit(key).response(request)

    def __plan__(self) -> Plan:
        """Answer as the wrapped response does, or refuse; with a key, once the request is there."""
        if type(self).response is not RateLimitResponse.response:
            return self
        if self._key is not None:
            return Computed(self._make)
        return self._admit(None).__plan__()

    def _make(self, request: RecordedRequest) -> Plan:
        return self._admit(self._key_of(request)).__plan__()

    def _key_of(self, request: RecordedRequest) -> Hashable:
        assert self._key is not None, "without one, nothing is computed"
        return awaited_by_nobody("key", self._key(request))

    def _admit(self, key: Hashable) -> BaseMockResponse:
        now = round(self._clock() * _SECOND)
        passed = self._passed.get(key)
        if passed is None:
            if len(self._passed) >= self._sweep_at:
                self._sweep(now)
            passed = self._passed[key] = deque()
        while passed and now - passed[0] >= self._span:
            passed.popleft()
        if len(passed) >= self._limit:
            return self._refusal(-(-(self._span - now + passed[0]) // _SECOND))  # rounded up
        passed.append(now)
        return self._wrapped

    def _sweep(self, now: float) -> None:
        """Forget the keys whose requests all left the window."""
        for key in [key for key, times in self._passed.items() if now - times[-1] >= self._span]:
            del self._passed[key]
        self._sweep_at = max(_KEYS, 2 * len(self._passed))

    def _refusal(self, seconds: int) -> RawResponse:
        refusal = self._refusals.get(seconds)
        if refusal is None:
            if len(self._refusals) >= _REFUSALS:
                self._refusals.clear()
            headers = self._headers.copy()
            headers.setdefault(hdrs.RETRY_AFTER, str(seconds))
            refusal = self._refusals[seconds] = RawResponse(self._body, self._status, headers)
        return refusal

    def __rewind__(self) -> None:
        """Forget what was let through."""
        self._passed.clear()
        self._wrapped.__rewind__()

    def __repr__(self) -> str:
        each = "" if self._key is None else " for each key"
        return (
            f"<RateLimitResponse {self._limit} in {self._window} s{each} before {self._wrapped!r}>"
        )
