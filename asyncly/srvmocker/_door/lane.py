"""Requests served through aiohttp: read, decided by the core, recorded, answered.

Invariants: a request is recorded once, before its response is made, and only if it was read whole
and a route was selected; unmatched requests leave no trace in the history. An exception of a
response is kept and then left to aiohttp, which answers 500 and logs it.
"""

import asyncio
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Final, Generic, Protocol, TypeVar

from aiohttp import hdrs, web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import HttpVersion11, RawRequestMessage
from aiohttp.streams import StreamReader

from asyncly.srvmocker._core.dispatch import Dispatcher
from asyncly.srvmocker._core.history import History
from asyncly.srvmocker._core.routing import Miss
from asyncly.srvmocker._door.calls import view_of
from asyncly.srvmocker._door.requests import Applications, Selection, ServedRequest
from asyncly.srvmocker.exceptions import MissingResponseError

__all__ = ("Lane", "Responder", "continue_if_expected")

NO_MATCH: Final = "No MockRoute matched the request"

T = TypeVar("T")


class Responder(Protocol):
    """What answers a request."""

    async def response(self, request: web.Request) -> web.StreamResponse:
        """Answer it."""
        ...


class Lane(Generic[T]):
    """The aiohttp handler of a service."""

    def __init__(
        self,
        *,
        dispatcher: Dispatcher,
        applications: Applications,
        history: History[T],
        responders: Mapping[str, Responder],
        fail: Callable[[str, Exception, T], None],
        client_max_size: int,
    ) -> None:
        self._dispatcher = dispatcher
        self._applications = applications
        self._history = history
        self._responders = responders
        self._fail = fail
        self._client_max_size = client_max_size
        self._loop = asyncio.get_running_loop()

    def request(
        self,
        message: RawRequestMessage,
        payload: StreamReader,
        protocol: web.RequestHandler,
        writer: AbstractStreamWriter,
        task: "asyncio.Task[None]",
    ) -> ServedRequest:
        """Make the request object for a parsed message, as aiohttp's server asks for it."""
        return ServedRequest(
            message,
            payload,
            protocol,
            writer,
            task,
            self._loop,
            client_max_size=self._client_max_size,
        )

    def _responder(self, name: str) -> Responder:
        responder = self._responders.get(name)
        if responder is None:
            raise MissingResponseError(name)
        return responder

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request."""
        assert isinstance(request, ServedRequest)
        found = self._dispatcher.resolve(request.method, request.rel_url.path_safe)
        if request.headers.get(hdrs.EXPECT):  # aiohttp passes over an empty one
            await continue_if_expected(request)
        if isinstance(found, Miss):
            if found.allowed:
                raise web.HTTPMethodNotAllowed(request.method, found.allowed)
            raise web.HTTPNotFound
        group, params = found
        view = view_of(request, await request.read())
        route = group.select(view)
        if route is None:
            raise web.HTTPNotFound(reason=NO_MATCH)
        name = route.handler_name
        row = self._history.record(view.head, view.body, monotonic(), route.number, name)
        request.selection = Selection(self._applications, route, params)
        try:
            return await self._responder(name).response(request)
        except web.HTTPException:
            raise  # an answer like any other
        except Exception as error:
            self._fail(name, error, self._history.get(row))
            raise


async def continue_if_expected(request: web.BaseRequest) -> None:
    """Ask for the body where the client waits to be asked (RFC 9110 section 10.1.1)."""
    if request.version < HttpVersion11:
        return
    if request.headers[hdrs.EXPECT].lower() != "100-continue":
        raise web.HTTPExpectationFailed(text=f"Unknown Expect: {request.headers[hdrs.EXPECT]}")
    await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
