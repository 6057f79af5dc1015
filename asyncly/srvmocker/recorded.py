"""A recorded request, as users see it.

Invariants: what a recorded request says never changes; nothing is decoded before it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping

from multidict import CIMultiDictProxy, MultiMapping
from yarl import URL

from asyncly.srvmocker._core.request import RequestView
from asyncly.srvmocker._door import aioweb as web
from asyncly.srvmocker._door.calls import CallSource, GivenCall

# `from_source` and `view_of_call` are for the package's own modules, and no part of its interface.
__all__ = ("RecordedRequest", "RequestHistory")


class RequestHistory:
    """A recorded request.

    Args:
        request: The aiohttp request.
        body: The bytes of its body, decompressed where the client sent a `Content-Encoding`.

    Those that a service hands out are made on demand from what it recorded. Two that stand for the
    same call are equal.

    Example:
        >>> from asyncly.srvmocker import JsonResponse, MockRoute, start_service
        >>> async with start_service([MockRoute("GET", "/items/{id}", "item")]) as service:
        ...     service.register("item", JsonResponse({}))
        ...     async with aiohttp.ClientSession(service.url) as client:
        ...         await (await client.get("/items/7?full=1")).read()
        ...     call = service.last_call("item")
        b'{}'
        >>> call.method, call.path, call.path_params["id"], call.query["full"], call.handler_name
        ('GET', '/items/7', '7', '1', 'item')
    """

    __slots__ = ("_source",)
    __match_args__ = ("request", "body")

    def __init__(self, request: web.BaseRequest, body: bytes) -> None:
        self._source: CallSource = GivenCall(request, body)

    @property
    def request(self) -> web.BaseRequest:
        """The aiohttp request: made from the record when it is first looked at."""
        return self._source.request

    @property
    def body(self) -> bytes:
        """The bytes of the body."""
        return self._source.view.body

    @property
    def method(self) -> str:
        """The method, such as `GET`."""
        return self._source.view.method

    @property
    def url(self) -> URL:
        """The absolute URL."""
        return self._source.request.url

    @property
    def path(self) -> str:
        """The decoded path."""
        return self._source.view.rel_url.path

    @property
    def headers(self) -> CIMultiDictProxy[str]:
        """The header fields, names in any case."""
        return self._source.view.headers

    @property
    def query(self) -> MultiMapping[str]:
        """The decoded query parameters."""
        return self._source.view.query

    @property
    def path_params(self) -> Mapping[str, str]:
        """The decoded values of the variables in the route's path."""
        return self._source.path_params

    @property
    def handler_name(self) -> str:
        """The handler that the request was recorded under; empty where there is none."""
        return self._source.handler_name

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RequestHistory):
            return NotImplemented
        return self._source.identity == other._source.identity

    def __hash__(self) -> int:
        return hash(self._source.identity)

    def __repr__(self) -> str:
        view = self._source.view
        return (
            f"<RequestHistory {view.method} {view.target} -> {self.handler_name!r}, "
            f"{len(view.body)} bytes>"
        )


class _Recorded(RequestHistory):
    __slots__ = ()

    def __init__(self, source: CallSource) -> None:
        self._source = source


RecordedRequest = RequestHistory
"""The name that later releases of the published package gave to `RequestHistory`."""


def from_source(source: CallSource) -> RequestHistory:
    """Make the object for a call that the journal holds."""
    return _Recorded(source)


def view_of_call(call: RequestHistory) -> RequestView:
    """Return the core's view of a call, without making an aiohttp request for it."""
    return call._source.view  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # see __all__
