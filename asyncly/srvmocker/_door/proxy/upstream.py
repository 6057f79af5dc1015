"""The proxy's own client: one connection, one request, one response, read piece by piece.

aiohttp's client cannot be used to forward a request: it normalises the URL (a bare `?` is lost),
adds header fields of its own and queues behind 100 connections. So the bytes of the request are
written as they are, and h11 reads the answer; it is told the method alone, which is what decides
where a response ends (RFC 9112 section 6.3).

Invariants:
- One request per connection. A pooled connection may be dead by the time it is used, and repeating
  the request (RFC 9110 section 9.2.2) could make a target count it twice.
- What arrived before a connection broke is handed out before the error is.
- While more than `_HIGH_WATER` bytes wait to be taken, nothing more is read.
- Every failure of the other side is an `UpstreamError` with a reason that can be shown.
"""

import asyncio
from typing import Final, NamedTuple, cast

import h11

from asyncly.srvmocker._door.proxy.hopbyhop import RawHeaders

__all__ = ("ResponseHead", "UpstreamConnection", "UpstreamError", "connect_upstream")

_HIGH_WATER: Final = 256 * 1024
_MAX_HEAD: Final = 1024 * 1024


class UpstreamError(Exception):
    """The target cannot be reached, it broke off, or what it answers is not HTTP."""


class ResponseHead(NamedTuple):
    """The start line and header fields of a response, as they came."""

    status: int
    reason: bytes
    headers: RawHeaders

    @property
    def final(self) -> bool:
        """False for 1xx: another head follows (RFC 9110 section 15.2)."""
        return self.status >= 200


class UpstreamConnection(asyncio.Protocol):
    """A connection to a target that carries one exchange.

    Call `send` once, `receive_head` until it gives a final response, then `receive_piece` until it
    gives nothing. Whoever has the connection calls `abort` in the end, whatever happened.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._codec = h11.Connection(h11.CLIENT, max_incomplete_event_size=_MAX_HEAD)
        self._arrived = bytearray()
        self._paused = False
        self._ended = False
        self._error: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self.trailers: RawHeaders = ()
        """The fields behind a chunked body, known when the body has been read."""
        self.closed: asyncio.Future[object] = self._loop.create_future()
        """Done when the transport has let go of the socket."""

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._arrived += data
        if not self._paused and len(self._arrived) > _HIGH_WATER:
            self._paused = True
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> None:
        self._ended = True
        self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        self._ended = True
        self._error = exc
        self._wake()
        self.closed.set_result(None)

    # What the proxy calls.

    @property
    def peer(self) -> tuple[str, int]:
        """The host and port at the other end (behind them, what IPv6 adds)."""
        return cast(tuple[str, int], self._transport.get_extra_info("peername"))

    def send(self, method: str, head: bytes, body: bytes) -> None:
        """Write a whole request; the transport sends what the target is not ready to take yet."""
        self._codec.send(h11.Request(method=method, target="*", headers=[("Host", "")]))
        self._codec.send(h11.EndOfMessage())
        self._transport.write(head)
        if body:
            self._transport.write(body)

    async def receive_head(self) -> ResponseHead:
        """Read the next response head; interim ones too."""
        event = cast(h11.InformationalResponse | h11.Response, await self._next_event())
        if not event.http_version.startswith(b"1."):
            raise UpstreamError(f"its answer is HTTP/{event.http_version.decode()}, not HTTP/1.1")
        return ResponseHead(event.status_code, event.reason, event.headers.raw_items())

    async def receive_piece(self) -> bytes:
        """Read what is there of the body, at least one byte of it; nothing at its end."""
        event = cast(h11.Data | h11.EndOfMessage, await self._next_event())
        if isinstance(event, h11.Data):
            return bytes(event.data)
        self.trailers = event.headers.raw_items()
        return b""

    def abort(self) -> None:
        """Close the connection at once, dropping what was not sent."""
        self._transport.abort()

    async def _next_event(self) -> h11.Event:
        try:
            while (event := self._codec.next_event()) is h11.NEED_DATA:
                data = await self._receive()
                if not data and self._codec.their_state is h11.SEND_RESPONSE:
                    raise UpstreamError("it closed the connection before the head of an answer")
                self._codec.receive_data(data)
        except h11.RemoteProtocolError as error:
            raise UpstreamError(f"its answer is not HTTP/1.1: {error}") from error
        return cast(h11.Event, event)  # h11.PAUSED: only behind a response that was read whole

    async def _receive(self) -> bytes:
        while not self._arrived:
            if self._error is not None:
                raise UpstreamError(f"the connection broke: {self._error}") from self._error
            if self._ended:
                return b""
            self._waiter = self._loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        data = bytes(self._arrived)
        self._arrived.clear()
        if self._paused:
            self._paused = False
            self._transport.resume_reading()
        return data

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


async def connect_upstream(host: str, port: int) -> UpstreamConnection:
    """Connect to a target; `UpstreamError` says why when that fails."""
    loop = asyncio.get_running_loop()
    try:
        _, connection = await loop.create_connection(UpstreamConnection, host, port)
    except (OSError, ValueError) as error:  # ValueError: a name that cannot be one, such as a\0b
        raise UpstreamError(f"cannot connect: {error}") from error
    return connection
