"""aiohttp behind the door: answers what only it can, on a connection that the door owns.

A turn is one task. It makes the request object from what the door has read, asks the response,
and lets the answer prepare and write itself, as aiohttp's own protocol would; that protocol, its
parser and its timers are not there. Only a request that may become a WebSocket has one, which is
never given a request to read and, after the handshake, gets the bytes of the connection.

Invariants: public API of aiohttp only. One turn at a time on a connection. A turn ends in exactly
one of: the door has been told of the answer, or the connection is being closed. No turn sees what
another one set in its context.
"""

import asyncio
from contextvars import copy_context
from functools import cached_property
from http import HTTPStatus
from typing import Any, Final, Protocol, cast

from aiohttp.abc import AbstractStreamWriter
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import StreamWriter
from aiohttp.log import access_logger
from aiohttp.web_log import AccessLogger

from asyncly.srvmocker._core.raised import kept
from asyncly.srvmocker._door.aio import aioweb as web
from asyncly.srvmocker._door.aio.requests import ServedRequest

__all__ = ("Inner", "InnerServer", "Turn", "kept_of_turn")

# Tells aiohttp's protocol, which is made for HTTP, that from here on there is none to be parsed.
_UPGRADE: Final = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n"


class Turn(Protocol):
    """One request that aiohttp answers."""

    @property
    def upgrade(self) -> bool:
        """Whether the answer may be a WebSocket."""
        ...

    def request(
        self,
        protocol: BaseProtocol,
        writer: AbstractStreamWriter,
        task: "asyncio.Task[None]",
    ) -> ServedRequest:
        """Make the request object."""
        ...

    async def answer(self, request: ServedRequest) -> web.StreamResponse:
        """Answer it."""
        ...

    def sent_before(self) -> Exception:
        """Take notice that the answer was sent before, to another request; return the failure."""
        ...

    def answered(self, response: web.StreamResponse) -> None:
        """Take notice that the answer was written."""
        ...

    def upgraded(self) -> None:
        """Take notice that the connection speaks another protocol from now on."""
        ...


def kept_of_turn(error: BaseException) -> BaseException:
    """Return what was raised in this task, to be kept; raise it where it ends the task.

    A cancellation does only where this task was cancelled, since its client has left or the service
    ends. Another one comes from something cancelled that a user's own code has awaited.
    """
    if isinstance(error, asyncio.CancelledError):
        task = asyncio.current_task()
        if task is None or task.cancelling():
            try:
                raise error
            finally:
                del error  # its traceback refers to this frame
    return kept(error)


# What follows derives from classes of aiohttp's, to which every name with an underscore belongs.


class _Socket(web.RequestHandler):
    """aiohttp's protocol, for a WebSocket."""

    __slots__ = ("inner", "turn")

    def begin(self, inner: "Inner", turn: Turn) -> None:
        """Belong to a connection, on which no handshake was answered yet."""
        self.inner = inner
        self.turn = turn
        self.transport = inner.transport
        self.data_received(_UPGRADE)
        if inner.writing_paused:
            self.pause_writing()

    def set_parser(self, *args: Any, **kwargs: Any) -> None:
        """Take notice of the parser that a WebSocket installs."""
        super().set_parser(*args, **kwargs)
        self.inner.socket = self
        self.inner.upgraded = True
        self.turn.upgraded()


class Inner(BaseProtocol):
    """A connection as the requests and writers of aiohttp see it, and the turn on it."""

    __slots__ = (
        "closing",
        "peername",
        "server",
        "socket",
        "sockname",
        "ssl_context",
        "task",
        "upgraded",
    )

    max_line_size = 8190
    max_field_size = 8190
    max_headers = 128

    def __init__(self, server: "InnerServer", transport: asyncio.Transport) -> None:
        super().__init__(server.loop)
        self.transport = transport
        self.peername: object = transport.get_extra_info("peername")
        self.sockname: object = transport.get_extra_info("sockname")
        self.ssl_context: object = transport.get_extra_info("sslcontext")
        self.server = server
        self.task: asyncio.Task[None] | None = None  # the turn that is not over
        self.socket: _Socket | None = None  # what may become, or is, a WebSocket
        self.upgraded = False
        self.closing = False

    def take(self, turn: Turn) -> None:
        """Let aiohttp answer a request; the turn before must be over."""
        server = self.server
        server.taking.add(self)
        # Not by way of the loop, whose factory, if it is an eager one, begins within the last turn.
        self.task = server.context.run(asyncio.Task, self.answer(turn), loop=server.loop)

    async def answer(self, turn: Turn) -> None:
        """Take a turn."""
        server = self.server
        loop = server.loop
        began = loop.time()
        try:
            front = self.front(turn)
            writer = StreamWriter(front, loop)
            task = cast("asyncio.Task[None]", asyncio.current_task(loop))
            request = turn.request(front, writer, task)
            try:
                response = await turn.answer(request)
            except web.HTTPException as answer:
                response = answer
            except TimeoutError:
                response = server.failure(request, HTTPStatus.GATEWAY_TIMEOUT, None)
            except BaseException as error:  # noqa: BLE001 - whatever a user's own code raises
                status = HTTPStatus.INTERNAL_SERVER_ERROR
                response = server.failure(request, status, kept_of_turn(error))
            request.close_files()
            if self.closing:
                response.force_close()
            try:
                await response.prepare(request)
                await response.write_eof()
                # Of an answer that was sent before aiohttp writes nothing.
                sent = writer.output_size or not response.prepared
                response = response if sent else await self._told(turn, request)
            except ConnectionError:
                self.force_close()
            if server.access_logger.enabled:
                server.access_logger.log(request, response, loop.time() - began)
        except ConnectionError:  # an answer that has begun cannot become that of a failure
            self.force_close()
            return
        except BaseException as error:  # noqa: BLE001 - whatever an answer raises as it writes itself
            self.force_close()
            server.log_exception(kept_of_turn(error))
            return
        finally:
            self.task = None
            server.taking.discard(self)
        if self.upgraded:
            self.force_close()
        else:
            self.socket = None
        turn.answered(response)
        del response  # an exception that is the answer refers to this frame

    async def _told(self, turn: Turn, request: ServedRequest) -> web.StreamResponse:
        """Tell the client that its answer was sent before, to another request."""
        error = turn.sent_before()
        response = self.server.failure(request, HTTPStatus.INTERNAL_SERVER_ERROR, error)
        await response.prepare(request)
        await response.write_eof()
        return response

    def front(self, turn: Turn) -> BaseProtocol:
        """Return what the request is told of as its protocol."""
        if not turn.upgrade:
            return self
        self.socket = socket = self.server.socket()
        socket.begin(self, turn)
        return socket

    def keep_alive(self, val: bool) -> None:
        """Do nothing, as aiohttp's protocol while it answers: the answer decides."""

    def close(self) -> None:
        """Close behind the answer that is being made."""
        self.closing = True

    def force_close(self) -> None:
        """Close at once."""
        if self.transport is not None:
            self.transport.close()

    def pause_writing(self) -> None:
        """Let writers wait."""
        super().pause_writing()
        if self.socket is not None:
            self.socket.pause_writing()

    def resume_writing(self) -> None:
        """Let writers go on."""
        super().resume_writing()
        if self.socket is not None:
            self.socket.resume_writing()

    def data_received(self, data: bytes) -> None:
        """Take in what the client of a WebSocket sends."""
        assert self.socket is not None
        self.socket.data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        """End the turn: nobody is there any more to see its answer."""
        super().connection_lost(exc)
        if self.socket is not None:
            self.socket.connection_lost(exc)
        if self.task is not None:
            self.task.cancel()
            # One that has not begun to run will not, and takes no notice of its end.
            self.task.add_done_callback(lambda _: self.server.taking.discard(self))


class InnerServer:
    """What the turns of one service have in common."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.context = copy_context()
        self.taking: set[Inner] = set()
        self.access_logger = AccessLogger(access_logger)

    def connect(self, transport: asyncio.Transport) -> Inner:
        """Make the protocol for a connection."""
        return Inner(self, transport)

    def socket(self) -> _Socket:
        """Make the protocol for a WebSocket."""
        return _Socket(self._manager, loop=self.loop)

    @cached_property
    def _manager(self) -> web.Server:
        return web.Server(_unreachable, loop=self.loop)

    @cached_property
    def _handler(self) -> web.RequestHandler:
        return web.RequestHandler(self._manager, loop=self.loop)

    def failure(
        self, request: ServedRequest, status: int, error: BaseException | None
    ) -> web.StreamResponse:
        """Answer for an exception as aiohttp does, but keep the connection.

        Requests that were pipelined behind the failed one have been recorded; closing would leave
        them without an answer. Raises `ConnectionError` if another answer has begun.
        """
        closing = self._handler.handle_error(request, status, error)
        assert isinstance(closing, web.Response)
        return web.Response(status=closing.status, body=closing.body, headers=closing.headers)

    def log_exception(self, error: BaseException) -> None:
        """Log what no answer can be made of."""
        self._handler.log_exception("Unhandled exception", exc_info=error)

    async def shutdown(self, grace: float) -> None:
        """Give the requests in progress `grace` seconds, then cancel them."""
        deadline = self.loop.time() + grace
        while (tasks := self._tasks()) and (left := deadline - self.loop.time()) > 0:
            await asyncio.wait(tasks, timeout=left)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=grace)

    def _tasks(self) -> "set[asyncio.Task[None]]":
        return {inner.task for inner in self.taking if inner.task is not None}


async def _unreachable(request: web.BaseRequest) -> web.StreamResponse:
    raise AssertionError("aiohttp's protocol reads nothing")  # pragma: no cover - unused
