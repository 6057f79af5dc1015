"""aiohttp behind the door: answers what only it can, on a connection that the door owns.

An `aiohttp.web.Server` makes a protocol for a connection on first need. It is given the same
transport and is fed a constant request of two lines; the request object that it then asks for is
made from what the door has read, so its parser never sees a client's bytes. The access log is the
moment at which an answer has been written, and the door takes the connection back.

Invariants: public API of aiohttp only. One request at a time. The protocol's own keep-alive timer
never fires. After a WebSocket handshake was answered, the bytes of the connection are the
protocol's.
"""

import asyncio
import logging
from typing import Any, Final, Protocol

from aiohttp.abc import AbstractStreamWriter
from aiohttp.http import RawRequestMessage
from aiohttp.streams import StreamReader
from aiohttp.web_log import AccessLogger

from asyncly.srvmocker._door import aioweb as web
from asyncly.srvmocker._door.requests import ServedRequest

__all__ = ("Inner", "InnerServer", "Turn")

_TRIGGER: Final = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
_UPGRADE_TRIGGER: Final = (
    b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"
)
_NEVER: Final = 1e8  # seconds


class Turn(Protocol):
    """One request that aiohttp answers."""

    @property
    def upgrade(self) -> bool:
        """Whether the client asks for a WebSocket."""
        ...

    def request(
        self,
        protocol: web.RequestHandler,
        writer: AbstractStreamWriter,
        task: "asyncio.Task[None]",
    ) -> ServedRequest:
        """Make the request object."""
        ...

    async def answer(self, request: ServedRequest) -> web.StreamResponse:
        """Answer it."""
        ...

    def answered(self, response: web.StreamResponse) -> None:
        """Take notice that the answer was written."""
        ...

    def upgraded(self) -> None:
        """Take notice that the connection speaks another protocol from now on."""
        ...


class Inner(web.RequestHandler):
    """aiohttp's protocol for one connection."""

    __slots__ = ("turn",)

    turn: Turn

    def take(self, turn: Turn) -> None:
        """Let aiohttp answer a request; the one before must have been answered."""
        self.turn = turn
        self.data_received(_UPGRADE_TRIGGER if turn.upgrade else _TRIGGER)

    def leave_open(self) -> None:
        """Do not close the connection behind this answer: the door does, without haste."""
        self.transport = None

    def handle_error(self, *args: Any, **kwargs: Any) -> web.StreamResponse:
        """Answer for an exception as aiohttp does, but keep the connection.

        Requests that were pipelined behind the failed one have been recorded; closing would leave
        them without an answer.
        """
        closing = super().handle_error(*args, **kwargs)
        assert isinstance(closing, web.Response)
        return web.Response(status=closing.status, body=closing.body, headers=closing.headers)

    def set_parser(self, *args: Any, **kwargs: Any) -> None:
        """Take notice of the parser that a WebSocket installs."""
        super().set_parser(*args, **kwargs)
        self.turn.upgraded()


class _AccessLogger(AccessLogger):
    """Logs as aiohttp does, and tells whose turn it was that the answer has been written."""

    @property
    def enabled(self) -> bool:
        """Ask to be called for every answer."""
        return True

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        """Log, then hand the connection back."""
        if self.logger.isEnabledFor(logging.INFO):
            super().log(request, response, time)
        protocol = request.protocol
        assert isinstance(protocol, Inner)
        protocol.turn.answered(response)


class InnerServer:
    """Makes aiohttp's protocols for the connections of one service."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._server = web.Server(
            _answer, request_factory=_request, handler_cancellation=True, loop=loop
        )

    def connect(self, transport: asyncio.Transport) -> Inner:
        """Make the protocol for a connection."""
        inner = Inner(
            self._server,
            loop=self._loop,
            keepalive_timeout=_NEVER,
            access_log_class=_AccessLogger,
        )
        inner.connection_made(transport)
        return inner

    async def shutdown(self, grace: float) -> None:
        """Give the requests in progress `grace` seconds, then cancel them."""
        self._server.pre_shutdown()
        await self._server.shutdown(grace)


async def _answer(request: web.BaseRequest) -> web.StreamResponse:
    assert isinstance(request, ServedRequest)
    protocol = request.protocol
    assert isinstance(protocol, Inner)
    return await protocol.turn.answer(request)


def _request(
    _message: RawRequestMessage,
    _payload: StreamReader,
    protocol: web.RequestHandler,
    writer: AbstractStreamWriter,
    task: "asyncio.Task[None]",
) -> ServedRequest:
    assert isinstance(protocol, Inner)
    return protocol.turn.request(protocol, writer, task)
