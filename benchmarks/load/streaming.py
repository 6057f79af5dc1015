"""The client of `benchmarks.streaming`: literal bytes, each of which is compared."""

from __future__ import annotations

import asyncio

from benchmarks.streaming import AT_ONCE, CONNECTIONS, EVENTS, PINGS, event_bytes

_GET = b"GET / HTTP/1.1\r\nHost: mock.test\r\nConnection: close\r\n\r\n"
_HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: mock.test\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
# Masked, as RFC 6455 section 5.3 demands, with zeros, which leave a payload as it is.
_PING = b"\x81\x84\0\0\0\0ping"
_PONG = b"\x81\x04pong"
_CLOSE = b"\x88\x82\0\0\0\0\x03\xe8"
_CLOSED = b"\x88\x02\x03\xe8"


def _body(wire: bytes) -> bytes:
    """The body of an answer with the chunked transfer coding."""
    head, _, rest = wire.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/1.1 200 ") or b"Transfer-Encoding: chunked" not in head:
        raise ValueError(f"not a stream: {head!r}")
    body: list[bytes] = []
    at = 0
    while True:
        end = rest.index(b"\r\n", at)
        size = int(rest[at:end], 16)
        if size == 0:
            return b"".join(body)
        body.append(rest[end + 2 : end + 2 + size])
        at = end + 2 + size + 2


async def _events(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
    writer.write(_GET)
    if _body(await reader.read()) != event_bytes():
        raise ValueError("other events were sent than arrived")
    return EVENTS


async def _messages(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
    writer.write(_HANDSHAKE)
    await reader.readuntil(b"\r\n\r\n")
    for _ in range(PINGS // AT_ONCE):
        writer.write(_PING * AT_ONCE)
        if await reader.readexactly(len(_PONG) * AT_ONCE) != _PONG * AT_ONCE:
            raise ValueError("something else than pongs has arrived")
    writer.write(_CLOSE)
    if await reader.read() != _CLOSED:
        raise ValueError("the server did not close in order")
    return PINGS * 2


async def read_streams(port: int, what: str) -> None:
    """Read what a run comes to; print how much it was."""

    async def read_one() -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            return await (_events if what == "events" else _messages)(reader, writer)
        finally:
            writer.close()

    print(sum(await asyncio.gather(*(read_one() for _ in range(CONNECTIONS)))), flush=True)
