"""The proxy's own client, against servers of literal bytes."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest

from asyncly.srvmocker._door.proxy.upstream import (
    ResponseHead,
    UpstreamConnection,
    UpstreamError,
    connect_upstream,
)
from tests.rawhttp import RawTarget, Script, free_port, raw_target

REQUEST = b"GET /a? HTTP/1.1\r\nHost: h\r\n\r\n"


@asynccontextmanager
async def connected(
    answer: bytes | Script, method: str = "GET", body: bytes = b"", *, read: bool = True
) -> AsyncGenerator[tuple[UpstreamConnection, RawTarget]]:
    async with raw_target(answer, read=read) as target:
        connection = await connect_upstream("127.0.0.1", target.port)
        try:
            connection.send(method, REQUEST.replace(b"GET", method.encode()), body)
            yield connection, target
        finally:
            connection.abort()
            await connection.closed


async def whole(connection: UpstreamConnection) -> bytes:
    body = b""
    while piece := await connection.receive_piece():
        body += piece
    return body


def then_close(data: bytes) -> Script:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(data)
        await writer.drain()

    return script


async def test_the_request_is_what_was_given() -> None:
    async with connected(b"HTTP/1.1 204 No Content\r\n\r\n") as (connection, target):
        assert (await connection.receive_head()).status == 204
        assert await whole(connection) == b""
    assert target.requests == [REQUEST]


async def test_head_and_body() -> None:
    answer = (
        b"HTTP/1.1 299 So la l\xe0\r\nx-B: caf\xe9\r\nContent-Length: 5\r\nX-a:\r\n"
        b"Set-Cookie: a=b\r\nset-cookie: c=d\r\n\r\nhello, and more"
    )
    async with connected(answer) as (connection, _):
        head = await connection.receive_head()
        assert head == ResponseHead(
            299,
            b"So la l\xe0",
            [
                (b"x-B", b"caf\xe9"),
                (b"Content-Length", b"5"),
                (b"X-a", b""),
                (b"Set-Cookie", b"a=b"),
                (b"set-cookie", b"c=d"),
            ],
        )
        assert head.final
        assert await whole(connection) == b"hello"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nhello",
        b"HTTP/1.0 200\r\n\r\nhello",
    ],
)
async def test_other_framings(answer: bytes) -> None:
    async with connected(then_close(answer)) as (connection, _):
        await connection.receive_head()
        assert await whole(connection) == b"hello"
        assert list(connection.trailers) == []


async def test_trailers() -> None:
    answer = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"1\r\na\r\n0\r\nX-Sum: 1\r\nx-sum: 2\r\n\r\n"
    )
    async with connected(answer) as (connection, _):
        await connection.receive_head()
        assert await whole(connection) == b"a"
        assert list(connection.trailers) == [(b"X-Sum", b"1"), (b"x-sum", b"2")]


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 304), ("GET", 204)])
async def test_lengths_without_a_body(method: str, status: int) -> None:
    answer = b"HTTP/1.1 %d X\r\nContent-Length: 7\r\n\r\n" % status
    async with connected(answer, method) as (connection, _):
        head = await connection.receive_head()
        assert head.headers == [(b"Content-Length", b"7")]
        assert await whole(connection) == b""


async def test_interim_responses_come_first() -> None:
    answer = (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    )
    async with connected(answer) as (connection, _):
        heads = [await connection.receive_head() for _ in range(3)]
        assert [(head.status, head.final) for head in heads] == [
            (100, False),
            (103, False),
            (200, True),
        ]


async def test_a_head_that_comes_byte_by_byte() -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for byte in b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi":
            writer.write(bytes([byte]))
            await asyncio.sleep(0)

    async with connected(script) as (connection, _):
        assert (await connection.receive_head()).status == 200
        assert await whole(connection) == b"hi"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "it closed the connection before the head of an answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Le", "it closed the connection before the head of an answer"),
        (b"HTTP/1.1 103 X\r\n\r\n", "it closed the connection before the head of an answer"),
        (b"SSH-2.0-OpenSSH_9.9\r\n\r\n", "its answer is not HTTP/1.1: illegal status line"),
        (b"HTTP/2.0 200 OK\r\n\r\n", "its answer is HTTP/2.0, not HTTP/1.1"),
        (b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "not HTTP/1.1: illegal header line"),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "not HTTP/1.1: Received server"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n", "Only Transfer-Encoding: chunked"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
            "conflicting Content-Length",
        ),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * 2 * 1024 * 1024, "Receive buffer too long"),
    ],
)
async def test_heads_that_are_none(answer: bytes, words: str) -> None:
    async with connected(then_close(answer)) as (connection, _):
        with pytest.raises(UpstreamError, match=words):
            while not (await connection.receive_head()).final:
                pass


@pytest.mark.parametrize(
    ("framing", "body", "words"),
    [
        (b"Content-Length: 9", b"hello", "received 5 bytes, expected 9"),
        (b"Transfer-Encoding: chunked", b"5\r\nhello\r\n", "incomplete chunked read"),
        (b"Transfer-Encoding: chunked", b"5\r\nhello\r\nxyz\r\n", "illegal chunk header"),
    ],
)
async def test_bodies_that_break_off(framing: bytes, body: bytes, words: str) -> None:
    answer = b"HTTP/1.1 200 OK\r\n" + framing + b"\r\n\r\n" + body
    async with connected(then_close(answer)) as (connection, _):
        await connection.receive_head()
        assert await connection.receive_piece() == b"hello"
        with pytest.raises(UpstreamError, match=words):
            await connection.receive_piece()


def leave_unread(writer: asyncio.StreamWriter) -> None:
    """Leave bytes unread, so that closing resets the connection."""
    transport = writer.transport
    assert isinstance(transport, asyncio.ReadTransport)
    transport.pause_reading()


async def test_what_came_before_a_reset_is_handed_out_first() -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\n\r\nno")
        await writer.drain()
        leave_unread(writer)

    async with connected(script, "POST", bytes(8 * 1024 * 1024), read=False) as (connection, _):
        await connection.closed
        assert (await connection.receive_head()).status == 413
        assert await whole(connection) == b"no"


async def test_a_reset_instead_of_an_answer() -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        leave_unread(writer)

    body = bytes(8 * 1024 * 1024)
    async with connected(script, "POST", body, read=False) as (connection, _):
        with pytest.raises(UpstreamError, match=r"the connection broke: .*Errno"):
            await connection.receive_head()


async def test_a_large_answer_waits_at_the_target() -> None:
    size = 64 * 1024 * 1024
    written = 0

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        while written < size:
            writer.write(bytes(65536))
            await writer.drain()
            written += 65536

    async with connected(script) as (connection, _):
        await connection.receive_head()
        for _ in range(1000):  # each turn of the loop could take in more than a piece
            await asyncio.sleep(0)
        assert written < size // 2
        received = 0
        while piece := await connection.receive_piece():
            received += len(piece)
            assert len(piece) < 2 * 1024 * 1024
        assert received == size


async def test_a_cancelled_wait_does_no_harm() -> None:
    released = asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await released.wait()
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")

    async with connected(script) as (connection, _):
        waiting = asyncio.ensure_future(connection.receive_head())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        released.set()
        assert (await connection.receive_head()).status == 204


@pytest.mark.parametrize(
    ("host", "words"),
    [
        ("127.0.0.1", "cannot connect: .*(Errno|refused)"),
        ("no-such-host.invalid", "cannot connect: .*Errno"),
        ("a\0b", "cannot connect: "),
        ("x" * 70, "cannot connect: "),
    ],
)
async def test_targets_out_of_reach(host: str, words: str) -> None:
    with pytest.raises(UpstreamError, match=words):
        await connect_upstream(host, free_port())


async def test_the_address_at_the_other_end() -> None:
    async with connected(b"") as (connection, target):
        assert connection.peer == ("127.0.0.1", target.port)
