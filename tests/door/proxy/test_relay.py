"""Relayed responses, written by aiohttp's server."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from yarl import URL

from asyncly.srvmocker._door.proxy.relay import RelayedResponse, relay_interim, reset
from asyncly.srvmocker._door.proxy.upstream import ResponseHead
from asyncly.srvmocker._door.server import listen
from tests.rawhttp import ask, raw_client

GET = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n"
GET_10 = b"GET / HTTP/1.0\r\n\r\n"
KEPT_10 = b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n"
HEAD = b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\n"


def head(*fields: tuple[bytes, bytes], status: int = 200, reason: bytes = b"OK") -> ResponseHead:
    return ResponseHead(status, reason, fields)


@asynccontextmanager
async def serving(
    handle: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]],
) -> AsyncGenerator[URL]:
    async with listen(web.Server(handle)) as (host, port):
        yield URL.build(scheme="http", host=host, port=port)


@asynccontextmanager
async def relaying(
    answer: ResponseHead,
    *pieces: bytes,
    trailers: tuple[tuple[bytes, bytes], ...] = (),
    last: bytes = b"",
    seen: list[RelayedResponse] | None = None,
) -> AsyncGenerator[URL]:
    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        response = RelayedResponse(answer)
        before = response.prepared
        writer = await response.prepare(request)
        assert (before, response.prepared) == (False, True)
        assert await response.prepare(request) is writer
        for piece in pieces:
            await response.write(piece)
        response.trailers = trailers
        await response.write_eof(last)
        if seen is not None:
            seen.append(response)
        return response

    async with serving(handle) as url:
        yield url


async def test_the_head_is_as_it_came() -> None:
    answer = head(
        (b"x-B", b"caf\xe9"),
        (b"Set-Cookie", b"a=b"),
        (b"set-cookie", b"c=d"),
        (b"Content-Length", b"5"),
        (b"Connection", b"X-Hop, close"),
        (b"X-Hop", b"1"),
        status=299,
        reason=b"So la l\xe0",
    )
    async with relaying(answer, b"he", b"llo") as url, raw_client(url) as client:
        for _ in range(2):  # the connection is kept
            got = await client.ask(GET)
            assert got.head == (
                b"HTTP/1.1 299 So la l\xe0\r\nx-B: caf\xe9\r\nSet-Cookie: a=b\r\n"
                b"set-cookie: c=d\r\nContent-Length: 5\r\n\r\n"
            )
            assert got.body == b"hello"


@pytest.mark.parametrize(
    ("request_bytes", "fields", "wire"),
    [
        (GET, [b"Transfer-Encoding: chunked"], b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"),
        (GET_10, [b"Connection: close"], b"hello"),
        (KEPT_10, [b"Connection: close"], b"hello"),
        (
            GET.replace(b"Host", b"Connection: close\r\nHost"),
            [b"Transfer-Encoding: chunked", b"Connection: close"],
            b"2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
        ),
    ],
)
async def test_a_body_of_unknown_length(
    request_bytes: bytes, fields: list[bytes], wire: bytes
) -> None:
    async with relaying(head(), b"he", b"llo") as url, raw_client(url) as client:
        got = await client.ask(request_bytes)
        assert (got.fields, got.wire) == (fields, wire)
        if b"close" in fields[-1]:
            assert await client.closed()


async def test_a_length_beside_chunks_is_not_passed_on() -> None:
    answer = head((b"Content-Length", b"99"), (b"Transfer-Encoding", b"chunked"))
    async with relaying(answer, b"hello") as url:
        got = await ask(url, GET)
        assert got.fields == [b"Transfer-Encoding: chunked"]
        assert got.body == b"hello"


async def test_http_1_0_clients_are_told_that_the_connection_is_kept() -> None:
    async with relaying(head((b"Content-Length", b"2")), b"hi") as url, raw_client(url) as client:
        for _ in range(2):
            got = await client.ask(KEPT_10)
            assert got.head.startswith(b"HTTP/1.0 200 OK\r\n")
            assert got.fields == [b"Content-Length: 2", b"Connection: keep-alive"]


@pytest.mark.parametrize(("data", "status"), [(HEAD, 200), (GET, 304), (GET, 204)])
async def test_responses_without_a_body_keep_their_length(data: bytes, status: int) -> None:
    async with (
        relaying(head((b"Content-Length", b"7"), status=status)) as url,
        raw_client(url) as client,
    ):
        for _ in range(2):
            got = await client.ask(data)
            assert got.fields == [b"Content-Length: 7"]


@pytest.mark.parametrize(("data", "status"), [(HEAD, 200), (GET, 304), (GET, 204)])
async def test_responses_without_a_body_get_no_framing(data: bytes, status: int) -> None:
    async with relaying(head(status=status)) as url, raw_client(url) as client:
        for _ in range(2):
            assert (await client.ask(data)).fields == []


async def test_trailers_go_behind_chunks() -> None:
    trailers = ((b"X-Sum", b"1"), (b"x-sum", b"2"))
    async with relaying(head(), b"a", last=b"b", trailers=trailers) as url:
        got = await ask(url, GET)
        assert got.wire == b"1\r\na\r\n1\r\nb\r\n0\r\nX-Sum: 1\r\nx-sum: 2\r\n\r\n"


async def test_what_the_access_log_is_told() -> None:
    seen: list[RelayedResponse] = []
    answer = head((b"X-A", b"\xff"), status=299, reason=b"l\xe0")
    async with relaying(answer, b"he", b"llo", seen=seen) as url:
        await ask(url, GET)
    response = seen[0]
    assert (response.status, response.reason, response.body_length) == (299, "là", 5)
    assert response.headers == {"X-A": "\udcff"}
    assert response.keep_alive


@pytest.mark.parametrize("data", [GET, GET_10])
async def test_broken_off(data: bytes) -> None:
    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        response = RelayedResponse(head())
        await response.prepare(request)
        await response.write(b"hello")
        await request.content.read()
        await proceed.wait()
        response.break_off()
        response.break_off()
        with pytest.raises(ConnectionResetError, match="broken off"):
            await response.write_eof()
        return response

    proceed = asyncio.Event()
    async with serving(handle) as url, raw_client(url) as client:
        client.write(data)
        await client.read_head()
        assert b"hello" in await client.reader.read(100)
        proceed.set()
        with pytest.raises(ConnectionResetError):
            await client.reader.read()


async def test_a_connection_that_is_gone_needs_no_reset() -> None:
    reset(None)


@pytest.mark.parametrize(
    ("data", "status", "passed_on"),
    [(GET, 103, True), (GET, 102, True), (GET, 100, False), (GET_10, 103, False)],
)
async def test_interim_responses(data: bytes, status: int, passed_on: bool) -> None:
    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        fields = ((b"Link", b"</a>"), (b"Connection", b"x"), (b"X", b"1"))
        await relay_interim(request, head(*fields, status=status, reason=b"Hm"))
        return web.Response(status=202)

    async with serving(handle) as url, raw_client(url) as client:
        client.write(data)
        if passed_on:
            assert await client.read_head() == b"HTTP/1.1 %d Hm\r\nLink: </a>\r\n\r\n" % status
        assert (await client.answer()).status == 202
