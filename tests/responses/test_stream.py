"""`ChunkedResponse`: a body in parts, framed as aiohttp frames it."""

import asyncio
import math
import re
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from typing import Any, cast

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from asyncly.srvmocker import (
    BaseMockResponse,
    ChunkedResponse,
    MockRoute,
    MockService,
    RawResponse,
    Wait,
    start_service,
)
from tests.rawhttp import raw_client

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
ROUTES = [MockRoute("*", "/", "it"), MockRoute("GET", "/other", "other")]


def parts() -> Iterator[bytes | str | Wait]:
    yield "ä"
    yield Wait(0)
    yield Wait(0.0)
    yield b""
    yield memoryview(b"bc").tobytes()


async def later_parts() -> AsyncIterator[bytes | str | Wait]:
    for part in parts():
        await asyncio.sleep(0)
        yield part


class Anew:
    """An asynchronous iterable that can be gone through many times."""

    def __aiter__(self) -> AsyncIterator[bytes | str | Wait]:
        return later_parts()


class Super(ChunkedResponse):
    async def response(self, request: web.Request) -> web.StreamResponse:
        return await super().response(request)


def chunked(*chunks: bytes) -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


SOURCES: dict[str, Callable[[Mapping[str, str] | None], BaseMockResponse]] = {
    "list": lambda headers: ChunkedResponse(list(parts()), headers=headers),
    "tuple": lambda headers: ChunkedResponse(tuple(parts()), headers=headers),
    "other iterable": lambda headers: ChunkedResponse(
        dict.fromkeys(parts()).keys(), headers=headers
    ),
    "generator function": lambda headers: ChunkedResponse(parts, headers=headers),
    "function": lambda headers: ChunkedResponse(lambda: list(parts()), headers=headers),
    "asynchronous iterable": lambda headers: ChunkedResponse(Anew(), headers=headers),
    "asynchronous generator function": lambda headers: ChunkedResponse(
        later_parts, headers=headers
    ),
    "super": lambda headers: Super(parts, headers=headers),
}


async def plain_head(request: bytes, headers: Mapping[str, str]) -> bytes:
    """The head of a streaming response of aiohttp's own to the same request."""

    async def handler(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={**headers, "Date": "now"})
        answer.content_type = "application/octet-stream"
        await answer.prepare(request)
        return answer

    application = web.Application()
    application.router.add_route("*", "/", handler)
    async with TestServer(application) as server, raw_client(server.make_url("/")) as client:
        client.write(request)
        return await client.read_head()


def without_date(head: bytes) -> list[bytes]:
    lines = head.split(b"\r\n")
    assert sum(line.startswith(b"Date: ") for line in lines) == 1
    return sorted(line for line in lines if not line.startswith(b"Date: "))


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize(
    ("request_", "body"),
    [
        (GET, chunked("ä".encode(), b"bc")),
        (GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), chunked("ä".encode(), b"bc")),
        (b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "äbc".encode()),
        (b"GET / HTTP/1.0\r\n\r\n", "äbc".encode()),
        (b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", b""),
        (b"HEAD / HTTP/1.0\r\n\r\n", b""),
    ],
    ids=["1.1", "1.1 close", "1.0 keep-alive", "1.0", "HEAD", "HEAD 1.0"],
)
async def test_it_is_on_the_wire_as_aiohttp_writes_it(
    source: str, request_: bytes, body: bytes
) -> None:
    headers = {"X-A": "1"}
    async with start_service(ROUTES) as service:
        service.register("it", SOURCES[source](headers))
        for _ in range(2):  # each request gets a pass of its own
            async with raw_client(service.url) as client:
                client.write(request_)
                head = await client.read_head()
                assert without_date(head) == without_date(await plain_head(request_, headers))
                assert await client.reader.readexactly(len(body)) == body
                client.writer.write_eof()
                assert await client.closed()
        assert service.account.answered == 2
        assert not service.errors


@pytest.mark.parametrize("source", SOURCES)
async def test_requests_behind_it_are_answered_in_order(source: str) -> None:
    async with start_service(ROUTES) as service:
        service.register("it", SOURCES[source](None))
        service.register("other", RawResponse(b"other"))
        async with raw_client(service.url) as client:
            client.write(GET + GET.replace(b"/ ", b"/other ") + GET)
            bodies = [(await client.answer()).body for _ in range(3)]
    assert bodies == ["äbc".encode(), b"other", "äbc".encode()]


@pytest.mark.parametrize(
    ("length", "body", "closes"),
    [("4", b"abcd", False), ("3", b"abc", False), ("0", b"", False), ("9", b"abcdef", True)],
)
@pytest.mark.parametrize("chunks", [["abc", Wait(0), "def"], lambda: ["abc", Wait(0), "def"]])
async def test_a_length_that_is_told_is_kept_or_the_connection_ends(
    chunks: Any, length: str, body: bytes, closes: bool
) -> None:
    async with start_service(ROUTES) as service:
        service.register("it", ChunkedResponse(chunks, headers={"Content-Length": length}))
        service.register("other", RawResponse(b"other"))
        async with raw_client(service.url) as client:
            client.write(GET)
            head = await client.read_head()
            assert b"\r\nContent-Length: %b\r\n" % length.encode() in head
            assert b"chunked" not in head
            assert await client.reader.readexactly(len(body)) == body
            if closes:
                assert await client.closed()
            else:
                assert (await client.ask(GET.replace(b"/ ", b"/other "))).body == b"other"


@pytest.mark.parametrize("chunks", [["a", Wait(0.03), "b"], parts, later_parts])
async def test_a_client_reads_the_parts(client: aiohttp.ClientSession, chunks: Any) -> None:
    async with start_service(ROUTES) as service:
        service.register("it", ChunkedResponse(chunks, status=201, content_type="text/plain"))
        async with client.get(service.url) as answer:
            assert (answer.status, answer.content_type) == (201, "text/plain")
            assert await answer.read() in (b"ab", "äbc".encode())


@pytest.mark.parametrize("function", [False, True])
async def test_a_pause_holds_back_what_stands_behind_it(function: bool) -> None:
    chunks: list[str | Wait] = ["a", Wait(math.inf), "b"]
    async with start_service(ROUTES) as service:
        service.register("it", ChunkedResponse((lambda: chunks) if function else chunks))
        async with raw_client(service.url) as client:
            client.write(GET)
            await client.read_head()
            assert await client.reader.readexactly(6) == b"1\r\na\r\n"
            client.writer.close()
            await client.writer.wait_closed()
        while service.account.in_progress:  # noqa: ASYNC110 - a look at each turn of the loop
            await asyncio.sleep(0)
        assert service.account.client_gone == 1


@pytest.mark.parametrize(
    "response",
    [
        ChunkedResponse(["a", Wait(math.inf)]),
        ChunkedResponse(cast(Any, lambda: ["a", Wait(math.inf)])),
        ChunkedResponse(["a", Wait(60)]),
        Super(["a", Wait(math.inf)]),
    ],
)
async def test_the_end_of_the_service_ends_it(response: BaseMockResponse) -> None:
    async with start_service(ROUTES) as service, raw_client(service.url) as client:
        service.register("it", response)
        client.write(GET)
        await client.read_head()
        await client.reader.readexactly(6)
        began = asyncio.get_running_loop().time()
        closing = service
    assert asyncio.get_running_loop().time() - began < 5
    assert (closing.account.client_gone, closing.account.in_progress) == (1, 0)


async def test_a_stream_without_an_end_is_made_as_the_client_reads() -> None:
    made = 0

    def endless() -> Iterator[bytes]:
        nonlocal made
        while True:
            made += 1
            yield bytes(10_000)

    async with start_service(ROUTES) as service:
        service.register("it", ChunkedResponse(endless))
        async with raw_client(service.url) as client:
            client.write(GET)
            await client.read_head()
            while True:  # until the client's and the kernel's buffers are full
                before = made
                await asyncio.sleep(0.05)
                if made == before:
                    break
            assert made < 10_000  # of 10,000 bytes each
            await client.reader.readexactly(12_000_000)
            while made == before:  # noqa: ASYNC110 - a look at each turn of the loop
                await asyncio.sleep(0)
            client.writer.transport.abort()
        while service.account.in_progress:  # noqa: ASYNC110 - a look at each turn of the loop
            await asyncio.sleep(0)
    assert not service.errors


@pytest.mark.parametrize("first", [b"a", b""])
async def test_an_exception_cuts_the_answer_and_is_kept(first: bytes) -> None:
    def broken() -> Iterator[bytes]:
        yield first
        raise RuntimeError("broken")

    async def broken_later() -> AsyncIterator[bytes]:
        for part in broken():
            yield part

    async with start_service(ROUTES) as service:
        for chunks in (broken, broken_later):
            service.register("it", ChunkedResponse(chunks))
            async with raw_client(service.url) as client:
                client.write(GET)
                try:
                    read = await client.reader.read()
                except ConnectionError:
                    read = b""
                assert not read.endswith(b"0\r\n\r\n")
        assert [str(failure.exception) for failure in service.errors] == ["broken"] * 2


@pytest.mark.parametrize("made", [None, 7])
async def test_a_function_that_returns_nothing_iterable_is_a_500(
    client: aiohttp.ClientSession, made: Any
) -> None:
    def function() -> Any:
        return made

    async with start_service(ROUTES) as service:
        service.register("it", ChunkedResponse(function))
        async with client.get(service.url) as answer:
            assert answer.status == 500
        [failure] = service.errors
    assert isinstance(failure.exception, TypeError)
    assert str(failure.exception) == (
        f"chunks: {function!r} returned {made!r}, which is not iterable"
    )


async def test_a_part_of_another_type_is_kept_as_an_error(service: MockService) -> None:
    service.register("it", ChunkedResponse(cast(Any, lambda: ["a", 7])))
    async with raw_client(service.url) as client:
        client.write(GET)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await client.answer()
    [failure] = service.errors
    assert str(failure.exception) == "a chunk is bytes, str or Wait(seconds), not 7"


@pytest.fixture
async def service() -> AsyncIterator[MockService]:
    async with start_service(ROUTES) as service:
        yield service


async def one_of_them() -> list[bytes]:
    return [b"a"]


@pytest.mark.parametrize(
    ("chunks", "text"),
    [
        ("abc", "chunks: give a list of them, not one str"),
        (b"abc", "chunks: give a list of them, not one bytes"),
        ({"a": 1}, "chunks: give a list of them, not one dict"),
        (7, "chunks: 7 is neither iterable nor a function that returns an iterable"),
        (one_of_them, f"chunks: {one_of_them!r} returns a coroutine: yield the parts, or return"),
        (len, f"chunks: {len!r} is given nothing: missing a required argument: 'obj'"),
        (["a", None], "a chunk is bytes, str or Wait(seconds), not None"),
    ],
    ids=("str", "bytes", "dict", "int", "coroutine function", "function of one", "chunk"),
)
def test_what_is_no_list_of_chunks_is_a_type_error(chunks: Any, text: str) -> None:
    with pytest.raises(TypeError, match=f"^{re.escape(text)}"):
        ChunkedResponse(chunks)


def test_a_function_of_which_nobody_knows_what_it_takes_is_taken() -> None:
    ChunkedResponse(cast(Any, dict))
    ChunkedResponse(cast(Any, tuple))


def test_a_content_type_is_checked_when_it_is_made() -> None:
    with pytest.raises(TypeError, match=r"^header 'Content-Type': 7: names and values are str"):
        ChunkedResponse([], content_type=cast(Any, 7))
    with pytest.raises(ValueError, match=r"^header 'Content-Type' has a line break or another"):
        ChunkedResponse([], content_type="a\r\nb")
    given = ChunkedResponse([], headers={"content-type": "text/csv"}, content_type="text/plain")
    assert list(given.headers.items()) == [("content-type", "text/csv")]


async def test_parts_without_an_end_that_are_all_empty_hold_up_nobody() -> None:
    def nothing() -> Iterator[str]:
        while True:
            yield ""

    async with start_service(ROUTES) as service:
        service.register("it", ChunkedResponse(nothing))
        async with raw_client(service.url) as first, raw_client(service.url) as second:
            first.write(GET)
            assert (await first.reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
            service.register("it", ChunkedResponse(["", "a", "", "b", ""]))
            assert (await second.ask(GET)).body == b"ab"


@pytest.mark.parametrize("seconds", [None, "1", [1]])
def test_a_pause_is_a_number_of_seconds(seconds: Any) -> None:
    text = f"seconds={seconds!r} is not a time in seconds: give a number"
    with pytest.raises(TypeError, match=f"^{re.escape(text)}$"):
        Wait(seconds)


@pytest.mark.parametrize("chunks", [parts(), later_parts(), iter([b"a"])])
def test_what_can_be_gone_through_once_is_a_type_error(chunks: Any) -> None:
    text = (
        f"chunks: {chunks!r} can be gone through only once, and each request needs them: "
        "give a list, or the function that makes it"
    )
    with pytest.raises(TypeError, match=f"^{re.escape(text)}$"):
        ChunkedResponse(chunks)


@pytest.mark.parametrize("status", [100, 101, 204, 304])
def test_a_status_without_a_body_is_a_value_error(status: int) -> None:
    text = f"status={status}: a response with this status has no body"
    with pytest.raises(ValueError, match=f"^{text}$"):
        ChunkedResponse([], status=status)


@pytest.mark.parametrize(
    ("headers", "text"),
    [
        ({"transfer-encoding": "chunked"}, "headers: Transfer-Encoding is set by the server"),
        ({"content-length": "many"}, "headers: Content-Length 'many' is not a number"),
        ({"content-length": "²"}, "headers: Content-Length '²' is not a number"),
    ],
)
def test_a_framing_that_cannot_be_is_a_value_error(headers: dict[str, str], text: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        ChunkedResponse([], headers=headers)


@pytest.mark.parametrize("seconds", [-1, float("nan")])
def test_a_pause_that_is_no_time_is_a_value_error(seconds: float) -> None:
    text = f"seconds={seconds!r} is not a time in seconds: give 0 or more"
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        Wait(seconds)


def test_it_tells_what_it_is() -> None:
    response = ChunkedResponse([], status=201, headers={"X-A": "1"})
    assert response.status == 201
    assert dict(response.headers) == {"X-A": "1", "Content-Type": "application/octet-stream"}
    assert repr(response) == "<ChunkedResponse 201 application/octet-stream>"
