"""A response of another server, sent by aiohttp's server byte for byte.

aiohttp adds Date, Server and Content-Type to what it sends and encodes header fields as UTF-8. A
`RelayedResponse` is a `StreamResponse` to everything around it (keep-alive, pipelining, the access
log), but writes a head of its own and frames its own body. What it decides itself belongs to this
connection alone: Connection, and the framing of a body whose length nobody told.

Invariants: only `write_eof` ends a body; a response that was not ended is never made to look as if
it had been, since `break_off` resets the connection.
"""

import asyncio
import socket
import struct
from enum import Enum, auto
from typing import Final

from aiohttp import HttpVersion10, HttpVersion11
from aiohttp.abc import AbstractStreamWriter
from multidict import CIMultiDict

from asyncly.srvmocker._door.aio import aioweb as web
from asyncly.srvmocker._door.proxy.hopbyhop import RawHeaders, end_to_end, response_head
from asyncly.srvmocker._door.proxy.upstream import ResponseHead

__all__ = ("RelayedResponse", "relay_interim", "reset")

_RESET_ON_CLOSE: Final = struct.pack("ii", 1, 0)


class _Framing(Enum):
    """How the client learns where the body ends (RFC 9112 section 6.3)."""

    AS_TOLD = auto()
    """By the status, the method or the Content-Length, all of which it gets as they are."""
    CHUNKED = auto()
    UNTIL_CLOSE = auto()


class RelayedResponse(web.StreamResponse):
    """Relays a response whose head has been read: `prepare`, `write` for each piece, `write_eof`.

    `trailers` may be set before `write_eof`; they are sent where the body goes in chunks.
    """

    def __init__(self, head: ResponseHead) -> None:
        headers: CIMultiDict[str] = CIMultiDict()
        for name, value in head.headers:
            headers.add(name.decode("ascii"), value.decode("utf-8", "surrogateescape"))
        super().__init__(status=head.status, reason=head.reason.decode("latin-1"), headers=headers)
        self._head = head
        self._writer: AbstractStreamWriter | None = None
        self._transport: asyncio.Transport | None = None
        self._framing = _Framing.AS_TOLD
        self._persistent = False
        self._body_bytes = 0
        self._ended = False
        self._broken = False
        self.trailers: RawHeaders = ()

    @property
    def prepared(self) -> bool:
        """Whether the head has been written."""
        return self._writer is not None

    @property
    def keep_alive(self) -> bool:
        """Whether the connection takes another request afterwards."""
        return self._persistent

    @property
    def body_length(self) -> int:
        """Bytes of the body relayed so far, without the framing; what the access log shows."""
        return self._body_bytes

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter:
        """Write the head."""
        if self._writer is None:
            self._writer = request.writer
            self._transport = request.transport
            head = self._frame(request)
            await self._writer.write(head)
        return self._writer

    def _frame(self, request: web.BaseRequest) -> bytes:
        status, reason, raw_headers = self._head
        fields = end_to_end(raw_headers)
        coded = any(name.lower() == b"transfer-encoding" for name, _ in raw_headers)
        if coded:  # it decided where the body ended, and Content-Length did not (RFC 9112, 6.3)
            fields = [field for field in fields if field[0].lower() != b"content-length"]
        has_length = any(name.lower() == b"content-length" for name, _ in fields)
        if not has_length and request.method != "HEAD" and status not in (204, 304):
            chunked = request.version >= HttpVersion11
            self._framing = _Framing.CHUNKED if chunked else _Framing.UNTIL_CLOSE
        self._persistent = request.keep_alive and self._framing is not _Framing.UNTIL_CLOSE
        if self._framing is _Framing.CHUNKED:
            fields.append((b"Transfer-Encoding", b"chunked"))
        if not self._persistent:
            fields.append((b"Connection", b"close"))
        elif request.version == HttpVersion10:
            fields.append((b"Connection", b"keep-alive"))
        return response_head(_version(request), status, reason, fields)

    async def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write a piece of the body, and wait while the client does not take it."""
        assert self._writer is not None, "prepare() comes first"
        self._body_bytes += len(data)
        if self._framing is _Framing.CHUNKED:
            data = b"%x\r\n%b\r\n" % (len(data), bytes(data))
        await self._writer.write(data)
        await self._writer.drain()

    async def write_eof(self, data: bytes = b"") -> None:
        """End the body; raises `ConnectionResetError` when it was broken off."""
        if self._broken:
            raise ConnectionResetError("the relayed response was broken off")
        if self._ended:
            return
        assert self._writer is not None, "prepare() comes first"
        self._ended = True
        if data:
            await self.write(data)
        if self._framing is _Framing.CHUNKED:
            trailers = [b"%b: %b" % field for field in self.trailers]
            await self._writer.write(b"\r\n".join([b"0", *trailers, b"", b""]))
        await self._writer.drain()

    def break_off(self) -> None:
        """Reset the connection, so that the client cannot take what it got for the whole."""
        self._broken = True
        reset(self._transport)


async def relay_interim(request: web.BaseRequest, head: ResponseHead) -> None:
    """Pass a 1xx response on (RFC 9110 section 15.2).

    A client of HTTP/1.0 knows none of them. The 100 is this proxy's own business: it took the body
    in before the target was asked.
    """
    if head.status != 100 and request.version >= HttpVersion11:
        fields = end_to_end(head.headers)
        await request.writer.write(
            response_head(_version(request), head.status, head.reason, fields)
        )


def reset(transport: asyncio.Transport | None) -> None:
    """Close a connection so that the other side sees an error, not an end.

    One that is being closed already is dropped, with what was still to be sent.
    """
    if transport is None:
        return
    if not transport.is_closing():
        connection = transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    transport.abort()


def _version(request: web.BaseRequest) -> bytes:
    return b"%d.%d" % (request.version.major, request.version.minor)
