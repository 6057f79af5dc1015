"""aiohttp behind the door: one protocol a connection, its access log, its answers for failures."""

import logging

import pytest
from aiohttp import web

from asyncly.srvmocker import BaseMockResponse, MockRoute, RawResponse, start_service
from tests.rawhttp import raw_client

ROUTES = [MockRoute("*", "/own", "own"), MockRoute("*", "/ready", "ready")]
OWN = b"GET /own HTTP/1.1\r\nHost: x\r\n\r\n"
READY = b"GET /ready HTTP/1.1\r\nHost: x\r\n\r\n"


class Own(BaseMockResponse):
    """Keeps what it was asked."""

    def __init__(self) -> None:
        self.asked: list[web.Request] = []

    async def response(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request)
        return web.Response(body=await request.read())


class Failing(BaseMockResponse):
    async def response(self, request: web.Request) -> web.StreamResponse:
        raise LookupError("nothing there")


@pytest.mark.parametrize(("level", "logged"), [(logging.INFO, 1), (logging.WARNING, 0)])
async def test_what_aiohttp_answers_is_in_its_access_log(
    level: int, logged: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(level, "aiohttp.access")
    async with start_service(ROUTES) as service, raw_client(service.url) as raw:
        service.register("own", Own())
        service.register("ready", RawResponse())
        await raw.ask(READY)
        assert (await raw.ask(OWN)).status == 200
        assert service.account.answered_by_aiohttp == 1, "whether it is logged or not"
    lines = [r.getMessage() for r in caplog.records if r.name == "aiohttp.access"]
    assert len(lines) == logged
    assert all('"GET /own HTTP/1.1" 200' in line for line in lines)


async def test_a_request_is_the_client_s_and_not_the_constant_that_aiohttp_is_fed() -> None:
    own = Own()
    async with start_service(ROUTES) as service, raw_client(service.url) as raw:
        service.register("own", own)
        head = b"PUT /own?a=1 HTTP/1.1\r\nHost: x\r\nX-Mine: 1\r\nContent-Length: 3\r\n\r\n"
        assert (await raw.ask(head + b"abc")).body == b"abc"
        [asked] = own.asked
        assert (asked.method, asked.path_qs, asked.host) == ("PUT", "/own?a=1", "x")
        assert asked.headers["X-Mine"] == "1"


async def test_all_requests_of_a_connection_have_one_protocol() -> None:
    own = Own()
    async with start_service(ROUTES) as service:
        service.register("own", own)
        async with raw_client(service.url) as raw:
            await raw.ask(OWN)
            await raw.ask(OWN)
        async with raw_client(service.url) as raw:
            await raw.ask(OWN)
        first, second, other = (request.protocol for request in own.asked)
        assert first is second
        assert first is not other


async def test_behind_a_500_the_connection_stays_for_what_was_pipelined(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with start_service(ROUTES) as service, raw_client(service.url) as raw:
        service.register("own", Failing())
        service.register("ready", RawResponse(b"ready"))
        raw.write(OWN + READY)
        failed = await raw.answer()
        assert failed.status == 500
        assert failed.header(b"connection") is None
        assert failed.body.startswith(b"500 Internal Server Error")
        assert (await raw.answer()).body == b"ready"
    [failure] = service.errors
    assert (failure.handler_name, str(failure.exception)) == ("own", "nothing there")
    assert "Error handling request" in caplog.text


@pytest.mark.parametrize(
    "head",
    [b"GET /own HTTP/1.1\r\nConnection: close\r\nHost: x\r\n\r\n", b"GET /own HTTP/1.0\r\n\r\n"],
)
async def test_a_client_that_wants_the_end_gets_it_behind_the_answer(head: bytes) -> None:
    async with start_service(ROUTES) as service, raw_client(service.url) as raw:
        service.register("own", Own())
        assert (await raw.ask(head)).status == 200
        assert await raw.closed()
        assert service.account.answered_by_aiohttp == 1
