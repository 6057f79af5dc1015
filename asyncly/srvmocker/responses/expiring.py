"""Answers that are good for so many requests, or for so long."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from time import monotonic

from asyncly.srvmocker.responses._choosing import (
    ChoosingResponse,
    check_clock,
    check_count,
    check_span,
)
from asyncly.srvmocker.responses.base import BaseMockResponse, check_response
from asyncly.srvmocker.responses.raw import RawResponse

__all__ = ("ExpiringResponse",)


class ExpiringResponse(ChoosingResponse):
    """Answers with another response until that expires, and then with one more.

    Args:
        wrapped: The response that expires.
        calls: It does once it has answered so many requests.
        seconds: It does so long after its first request. With `calls`, whichever comes first.
        then: What answers afterwards; not given: an empty 410, "Gone" (RFC 9110 section 15.5.11).
        clock: The time in seconds; a test that does not want to wait gives one of its own.

    `MockService.reset` makes it good again.

    Raises:
        ValueError: Neither `calls` nor `seconds` is given, or one of them is not above 0.
        TypeError: `wrapped` or `then` is not a `BaseMockResponse`, or `calls` not an integer.

    Example:
        >>> from asyncly.srvmocker import ExpiringResponse, JsonResponse, RawResponse
        >>> token = ExpiringResponse(
        ...     JsonResponse({"name": "Ada"}), seconds=60, then=RawResponse(status=401)
        ... )
    """

    def __init__(
        self,
        wrapped: BaseMockResponse,
        *,
        calls: int | None = None,
        seconds: float | None = None,
        then: BaseMockResponse | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        if calls is None and seconds is None:
            raise ValueError("it would never expire: give calls=... or seconds=...")
        self._wrapped: BaseMockResponse = check_response(wrapped)
        self._calls: int | None = (
            None if calls is None else check_count("calls", calls, of="requests")
        )
        self._seconds: float | None = None if seconds is None else check_span("seconds", seconds)
        self._then: BaseMockResponse = (
            RawResponse(status=410) if then is None else check_response(then)
        )
        self._clock: Callable[[], float] = check_clock(clock)
        self._answered: int = 0
        self._until: float | None = None

    @property
    def wrapped(self) -> BaseMockResponse:
        """The response that expires."""
        return self._wrapped

    @property
    def expired(self) -> bool:
        """Whether the next request is answered by what comes afterwards."""
        if self._calls is not None and self._answered >= self._calls:
            return True
        return self._until is not None and self._clock() >= self._until

    def _choose(self) -> BaseMockResponse:
        if self.expired:
            return self._then
        if self._until is None and self._seconds is not None:
            self._until = self._clock() + self._seconds
        self._answered += 1
        return self._wrapped

    def _choices(self) -> Iterable[BaseMockResponse]:
        return self._wrapped, self._then

    def __rewind__(self) -> None:
        """Be good again."""
        self._answered, self._until = 0, None
        super().__rewind__()

    def __repr__(self) -> str:
        limits = [] if self._calls is None else [f"after {self._calls} request(s)"]
        limits += [] if self._seconds is None else [f"after {self._seconds} s"]
        return f"<ExpiringResponse {' or '.join(limits)}: {self._wrapped!r}, then {self._then!r}>"
