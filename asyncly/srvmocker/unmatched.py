"""Requests that no route answered, and why.

Invariant: nothing is worked out before somebody asks why.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from multidict import CIMultiDictProxy

from asyncly.srvmocker._core.request import RequestView
from asyncly.srvmocker.exceptions import NotKeptError

if TYPE_CHECKING:
    from asyncly.srvmocker._core.explain.unmatched import Advice
    from asyncly.srvmocker.diagnosis import Candidate

__all__ = ("UnmatchedRequest",)


class _Adviser(Protocol):
    def advise(self, view: RequestView) -> Advice: ...
    def around(self, view: RequestView) -> frozenset[str]: ...


class UnmatchedRequest:
    """A request that got a 404 or a 405 because no route answers it; `service.unmatched` has them.

    Args:
        view: The request.
        status: What it was answered with.
        adviser: Works out why.
        advice: What it said, where it was asked before.

    Example:
        >>> from asyncly.srvmocker import MockRoute, start_service
        >>> async with start_service([MockRoute("GET", "/items", "list")]) as service:
        ...     async with aiohttp.ClientSession(service.url) as client:
        ...         response = await client.get("/item")
        >>> missed = service.unmatched[0]
        >>> missed.method, missed.target, missed.status
        ('GET', '/item', 404)
        >>> missed.reason
        'no route for GET /item'
    """

    __slots__ = ("_advice", "_adviser", "_status", "_view")

    def __init__(
        self, view: RequestView, status: int, adviser: _Adviser, advice: Advice | None = None
    ) -> None:
        self._view = view
        self._status = status
        self._adviser = adviser
        self._advice = advice

    @property
    def method(self) -> str:
        """The method, such as `GET`."""
        return self._view.method

    @property
    def target(self) -> str:
        """The request target, as sent (RFC 9112 section 3.2)."""
        return self._view.target

    @property
    def headers(self) -> CIMultiDictProxy[str]:
        """The header fields, names in any case."""
        return self._view.headers

    @property
    def body(self) -> bytes:
        """The bytes of the body; raises `NotKeptError` for one that is larger than 64 KiB."""
        try:
            return self._view.body
        except NotKeptError:
            raise NotKeptError(
                "the body of this request was not kept: of a request that no route answers it is "
                "where it has up to 64 KiB and is not too large for the server"
            ) from None

    @property
    def status(self) -> int:
        """What it was answered with: 404, or 405 where the path knows other methods."""
        return self._status

    @property
    def handlers(self) -> frozenset[str]:
        """The handlers of the routes with its path, none of which took it."""
        return self._adviser.around(self._view)

    @property
    def reason(self) -> str:
        """Why no route answers it, in one line."""
        return self._told.reason

    @property
    def nearest(self) -> tuple[Candidate, ...]:
        """The routes that come nearest, and how the request differs from them."""
        return self._told.nearest

    @property
    def explanation(self) -> str:
        """The reason, and the routes that come nearest, as text."""
        return self._told.text

    @property
    def _told(self) -> Advice:
        if self._advice is None:
            self._advice = self._adviser.advise(self._view)
        return self._advice

    def __repr__(self) -> str:
        return f"<UnmatchedRequest {self.method} {self.target} -> {self._status}>"
