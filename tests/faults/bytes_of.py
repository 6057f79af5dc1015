"""A fault as a raw socket sees it."""

import asyncio
import re
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from ssl import SSLContext
from typing import NamedTuple

from asyncly.srvmocker import BaseMockResponse, MockRoute, MockService, start_service
from tests.certificates import tls_contexts
from tests.conformance.wire import assert_balanced

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
TEXT = b"0123456789abcde\n" * 64
"""What faults spoil where nothing was given."""

CONTEXTS = tls_contexts()


class Came(NamedTuple):
    """What came, without dates and without the name of the server."""

    data: bytes
    end: str
    """`FIN`, `RST`, or `open` where nothing more comes."""


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1024\r\n\r\n"


def shortened(data: bytes) -> bytes:
    """Bytes without what differs from run to run."""
    return re.sub(rb"\r\n(?:Date|Server): [^\r]*", b"", data)


@asynccontextmanager
async def served(
    fault: BaseMockResponse, context: SSLContext | None = None
) -> AsyncGenerator[MockService[str]]:
    """Answer everything so; the account balances in the end."""
    routes = [MockRoute("*", "/", "fault")]
    async with asyncio.timeout(20), start_service(routes, ssl_context=context) as service:
        service.register("fault", fault)
        yield service
    assert_balanced(service)


async def came(
    fault: BaseMockResponse,
    sent: bytes = GET,
    *,
    tls: bool = False,
    wait: bool = False,
    nothing: bool = False,
) -> Came:
    """What a client sees; with `wait`, until nothing more comes for a moment, or nothing at all."""
    server, client = CONTEXTS if tls else (None, None)
    async with served(fault, server) as service:
        data = bytearray()
        end = "FIN"
        async with _connected(service, sent, client) as read:
            try:
                # On a busy machine the first bytes may take their time.
                if wait and not nothing:
                    data += await read(1)
                async with asyncio.timeout(0.05 if wait else None):
                    while piece := await read(1 << 16):
                        data += piece
            except ConnectionResetError:
                end = "RST"
            except TimeoutError:
                end = "open"
        assert not service.errors
    return Came(shortened(bytes(data)), end)


@asynccontextmanager
async def _connected(
    service: MockService[str], sent: bytes, tls: SSLContext | None
) -> AsyncGenerator[Callable[[int], Awaitable[bytes]]]:
    """Connect and send; yields how to read."""
    assert service.url.host is not None
    assert service.url.port is not None
    if tls is not None:
        reader, writer = await asyncio.open_connection(service.url.host, service.url.port, ssl=tls)
        writer.write(sent)
        try:
            yield reader.read
        finally:
            writer.transport.abort()
        return
    # A socket by itself: uvloop's streams take data and a reset that come at once for an end.
    loop = asyncio.get_running_loop()
    with socket.socket() as plain:
        plain.setblocking(False)
        await loop.sock_connect(plain, (service.url.host, service.url.port))
        await loop.sock_sendall(plain, sent)
        yield lambda size: loop.sock_recv(plain, size)
