"""Ready answers: byte for byte what aiohttp sends, with a Date that is right."""

import asyncio
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from itertools import product

import pytest
from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from yarl import URL

from asyncly.srvmocker import ContentResponse, JsonResponse
from asyncly.srvmocker._door.answers import ready as answers
from asyncly.srvmocker._door.answers.ready import ReadyAnswer, Rendered, kind_of
from tests.rawhttp import raw_client

FIRST = "Mon, 01 Jan 2024 00:00:00 GMT"
LATER = "Tue, 02 Jan 2024 23:59:59 GMT"

RESPONSES = {
    f"{name} {status}": response
    for status in (200, 204, 304, 404)
    for name, response in {
        "json": JsonResponse({"a": [1, "é"]}, status=status),
        "raw": ContentResponse(b"\x00\r\n\r\n\xff", status=status),
        "text": ContentResponse("é", status=status, headers={"X-A": "1", "Server": "mine"}),
        "empty": ContentResponse(status=status),
        "long": ContentResponse(b"x" * 70_000, status=status),
        "dated": ContentResponse(b"x", status=status, headers={"Date": FIRST}),
        "closing": ContentResponse(b"x", status=status, headers={"Connection": "close"}),
    }.items()
}


@asynccontextmanager
async def plain_aiohttp(said: ContentResponse) -> AsyncGenerator[URL]:
    """A plain application that answers every request so, and /last with the status 299."""
    content = said.serialize()
    assert content is None or isinstance(content, bytes)

    async def handler(request: web.Request) -> web.Response:
        return web.Response(body=content, status=said.status, headers=said.headers)

    async def last(request: web.Request) -> web.Response:
        return web.Response(status=299, reason="Last")

    application = web.Application()
    application.router.add_route("*", "/", handler)
    application.router.add_route("*", "/last", last)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield URL.build(scheme="http", host=host, port=port)
    finally:
        await runner.cleanup()


async def answer_of(url: URL, method: str, version: str, keep_alive: bool) -> tuple[bytes, bool]:
    """The bytes of an answer, and whether the connection closes behind it."""
    connection = "keep-alive" if keep_alive else "close"
    head = f"{method} / HTTP/{version}\r\nHost: a\r\nConnection: {connection}\r\n\r\n"
    async with raw_client(url) as client:
        client.write(head.encode())
        if keep_alive:  # an end that can be read up to
            client.write(b"GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        answer, stayed, _ = (await client.reader.read()).partition(b"HTTP/1.1 299 Last\r\n")
        return answer, not stayed


def shown(rendered: Rendered) -> tuple[bytes, bool]:
    return rendered.current, rendered.closes


def undated(answer: bytes) -> bytes:
    """The same answer whenever it was given."""
    return re.sub(rb"\r\nDate: [^\r\n]+ GMT\r\n", b"\r\nDate: then\r\n", answer, count=1)


@pytest.mark.parametrize("name", RESPONSES)
async def test_the_bytes_are_those_of_a_plain_application(name: str) -> None:
    ready = RESPONSES[name].__ready__
    assert ready is not None
    async with plain_aiohttp(RESPONSES[name]) as url:
        for method, version, keep_alive in product(
            ("GET", "HEAD", "POST"), ("1.0", "1.1"), (True, False)
        ):
            expected, closes = await answer_of(url, method, version, keep_alive)
            assert expected.startswith(f"HTTP/{version} {ready.status} ".encode())
            found = shown(ready.render(kind_of(method, version, keep_alive), 0.0))
            assert (undated(found[0]), found[1]) == (undated(expected), closes), (method, version)


def test_an_answer_to_connect_has_no_framing() -> None:
    """RFC 9110 section 9.3.6."""
    ready = ReadyAnswer(200, lambda: web.Response(headers={"Date": FIRST, "Server": "mine"}))
    data, _ = shown(ready.render(kind_of("CONNECT", "1.1", keep_alive=True), 0.0))
    assert data == b"HTTP/1.1 200 OK\r\nDate: %b\r\nServer: mine\r\n\r\n" % FIRST.encode()


class Clock:
    """Stands in for the wall clock, as aiohttp formats it."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.shows = FIRST
        self.times = 0  # that it was read
        patch.setattr(answers, "rfc822_formatted_time", self.tell)
        patch.setattr("aiohttp.web_response.rfc822_formatted_time", self.tell)

    def tell(self) -> str:
        self.times += 1
        return self.shows


def made(headers: dict[str, str], body: bytes = b"") -> ReadyAnswer:
    return ReadyAnswer(200, lambda: web.Response(headers={"Server": "mine", **headers}, body=body))


def test_the_date_is_renewed_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    ready = made({})
    kind = kind_of("GET", "1.1", keep_alive=True)
    first = ready.render(kind, 10.2).current
    assert f"\r\nDate: {FIRST}\r\n".encode() in first
    clock.shows, read = LATER, clock.times
    assert ready.render(kind, 10.999).current is first
    assert clock.times == read
    later = ready.render(kind, 11.0).current
    assert later == first.replace(FIRST.encode(), LATER.encode())
    assert ready.render(kind, 11.9).current is later
    assert clock.times == read + 1


def test_no_date_but_the_date_is_renewed(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    ready = made({"Last-Modified": FIRST, "X-Note": f"Date: {FIRST}"}, FIRST.encode())
    ready.render(0, 10.0)
    clock.shows = LATER
    head, _, body = ready.render(0, 11.0).current.decode().partition("\r\n\r\n")
    assert f"\r\nLast-Modified: {FIRST}\r\nX-Note: Date: {FIRST}\r\n" in head
    assert f"\r\nDate: {LATER}" in head
    assert body == FIRST


def test_a_date_that_was_given_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(monkeypatch)
    ready = made({"Date": LATER})
    first = shown(ready.render(0, 10.0))
    assert b"\r\nDate: %b\r\n" % LATER.encode() in first[0]
    rendering = clock.times  # aiohttp before 3.14 looks at the clock all the same
    assert shown(ready.render(0, 1e9)) == first
    assert clock.times == rendering


def test_a_response_that_waits_is_no_ready_answer() -> None:
    class Waiting(web.Response):
        async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:
            await asyncio.sleep(0)
            return await super().prepare(request)

    with pytest.raises(AssertionError, match=r"^aiohttp waited while rendering an answer$"):
        ReadyAnswer(200, Waiting).render(0, 0.0)
