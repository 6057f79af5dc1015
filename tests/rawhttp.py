"""Both ends of a connection as literal bytes: what a client wrote, what a target read.

`RawTarget` is a server that keeps the bytes of every request and answers with bytes given
beforehand; `RawClient` writes bytes and reads one answer at a time, and undoes its framing.
"""

import asyncio
import socket
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import NamedTuple, TypeAlias

from yarl import URL

Script: TypeAlias = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

LIMIT = 8 * 1024 * 1024


def header(head: bytes, name: bytes) -> bytes | None:
    """The first value of a header field in the bytes of a head."""
    for line in head.split(b"\r\n")[1:]:
        field, _, value = line.partition(b":")
        if field.lower() == name:
            return value.strip()
    return None


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def break_connection(writer: asyncio.StreamWriter) -> None:
    """Close a connection so that the other end sees an error."""
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def read_chunked(reader: asyncio.StreamReader) -> bytes:
    """The wire bytes of a chunked body, up to and with the end of its trailers."""
    wire = b""
    while True:
        line = await reader.readuntil(b"\r\n")
        size = int(line.partition(b";")[0], 16)
        wire += line
        if size == 0:
            break
        wire += await reader.readexactly(size + 2)
    while wire[-4:] != b"\r\n\r\n":
        wire += await reader.readuntil(b"\r\n")
    return wire


def unchunked(wire: bytes) -> bytes:
    """The body in the wire bytes of a chunked body."""
    body, rest = b"", wire
    while True:
        line, _, rest = rest.partition(b"\r\n")
        size = int(line.partition(b";")[0], 16)
        if size == 0:
            return body
        body, rest = body + rest[:size], rest[size + 2 :]


class RawTarget:
    """A server of literal bytes."""

    def __init__(self, port: int, host: str) -> None:
        self.port = port
        self.host = host
        self.requests: list[bytes] = []
        self.open = 0
        self.left = asyncio.Condition()

    @property
    def authority(self) -> bytes:
        return f"{self.host}:{self.port}".encode()

    @property
    def url(self) -> URL:
        return URL(f"http://{self.host}:{self.port}/")

    async def all_gone(self) -> None:
        """Wait until no connection is open."""
        async with self.left:
            await self.left.wait_for(lambda: self.open == 0)


async def read_request(reader: asyncio.StreamReader) -> bytes:
    """The bytes of one request with a Content-Length, or without a body."""
    head = await reader.readuntil(b"\r\n\r\n")
    return head + await reader.readexactly(int(header(head, b"content-length") or 0))


@asynccontextmanager
async def raw_target(
    answer: bytes | Script = b"HTTP/1.1 204 No Content\r\n\r\n",
    *,
    host: str = "127.0.0.1",
    read: bool = True,
) -> AsyncGenerator[RawTarget]:
    """Serve an answer, or whatever a script does once the request is read."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        target.open += 1
        try:
            if read:
                target.requests.append(await read_request(reader))
            if isinstance(answer, bytes):
                writer.write(answer)
                await writer.drain()
                await reader.read()
            else:
                await answer(reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            tasks.discard(task)
            target.open -= 1
            async with target.left:
                target.left.notify_all()

    server = await asyncio.start_server(serve, host.strip("[]"), 0, limit=LIMIT, backlog=1024)
    target = RawTarget(server.sockets[0].getsockname()[1], host)
    try:
        yield target
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)


class Answer(NamedTuple):
    """A response as a client read it."""

    head: bytes
    body: bytes
    wire: bytes
    """The body with its framing."""

    @property
    def status(self) -> int:
        return int(self.head.split(b" ")[1])

    @property
    def fields(self) -> list[bytes]:
        return self.head.split(b"\r\n")[1:-2]

    def header(self, name: bytes) -> bytes | None:
        return header(self.head, name)


class RawClient:
    """A connection that is written to and read from as bytes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    def write(self, data: bytes) -> None:
        self.writer.write(data)

    async def read_head(self) -> bytes:
        return await self.reader.readuntil(b"\r\n\r\n")

    async def answer(self, method: str = "GET") -> Answer:
        """Read one final response."""
        head = await self.read_head()
        status = int(head.split(b" ")[1])
        length = header(head, b"content-length")
        if method == "HEAD" or status in (204, 304):
            return Answer(head, b"", b"")
        if header(head, b"transfer-encoding") == b"chunked":
            wire = await read_chunked(self.reader)
            return Answer(head, unchunked(wire), wire)
        if length is not None:
            body = await self.reader.readexactly(int(length))
        else:
            body = await self.reader.read()
        return Answer(head, body, body)

    async def ask(self, data: bytes) -> Answer:
        """Write a request and read its answer."""
        self.write(data)
        return await self.answer(data.split(b" ")[0].decode())

    async def closed(self) -> bool:
        """Wait for the end of the stream; true when nothing came before it."""
        return await self.reader.read() == b""


@asynccontextmanager
async def raw_client(url: URL) -> AsyncGenerator[RawClient]:
    """Connect to a server."""
    assert url.host is not None
    reader, writer = await asyncio.open_connection(url.host, url.port, limit=LIMIT)
    try:
        yield RawClient(reader, writer)
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


async def ask(url: URL, data: bytes) -> Answer:
    """One exchange on a connection of its own."""
    async with raw_client(url) as client:
        return await client.ask(data)
