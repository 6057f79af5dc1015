"""The server: opened on the loopback interface, and closed so that nothing of it is left."""

import asyncio
import socket
import ssl
from types import SimpleNamespace
from typing import cast

import pytest
from aiohttp import web

from asyncly.srvmocker import BaseMockResponse, MockRoute, MockService, RawResponse, start_service
from asyncly.srvmocker._door import server as server_module
from asyncly.srvmocker._door.server import LOOPBACK, Listener, listen
from tests.rawhttp import ask, raw_client

ROUTES = [MockRoute("*", "/a", "a"), MockRoute("*", "/own", "own")]
GET = b"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"


def is_free(port: int | None) -> bool:
    assert port is not None
    socket.create_server((LOOPBACK, port)).close()
    return True


async def test_listen_serves_any_aiohttp_server_and_frees_its_port() -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        return web.Response(text=request.path)

    async with listen(web.Server(answer)) as (host, port):
        assert host == LOOPBACK
        reader, writer = await asyncio.open_connection(host, port)
        writer.write(b"GET /p HTTP/1.0\r\n\r\n")
        assert (await reader.read()).endswith(b"\r\n\r\n/p")
        writer.close()
    assert is_free(port)


async def test_what_is_written_is_sent_at_once() -> None:
    """Not when the client has acknowledged what was sent before (Nagle's algorithm)."""
    sent: list[int] = []

    class Looking(BaseMockResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            assert request.transport is not None
            end: socket.socket = request.transport.get_extra_info("socket")
            sent.append(end.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
            return web.Response()

    async with start_service(ROUTES) as service:
        service.register("own", Looking())
        await ask(service.url, b"GET /own HTTP/1.1\r\nHost: x\r\n\r\n")
    assert len(sent) == 1
    assert sent[0]


async def test_a_response_in_progress_has_a_moment_to_finish() -> None:
    started = asyncio.Event()

    class Soon(BaseMockResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            started.set()
            await asyncio.sleep(0.01)
            return web.Response(body=b"in time")

    async with start_service(ROUTES) as service:
        service.register("own", Soon())
        reader, writer = await asyncio.open_connection(service.url.host, service.url.port)
        writer.write(b"GET /own HTTP/1.1\r\nHost: x\r\n\r\n")
        await started.wait()
    assert (await reader.read()).endswith(b"in time")
    writer.close()
    assert is_free(service.url.port)


async def test_a_response_that_takes_longer_is_cancelled() -> None:
    started, cancelled = asyncio.Event(), asyncio.Event()

    class Never(BaseMockResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            started.set()
            try:
                await asyncio.Event().wait()
            finally:
                cancelled.set()
            return web.Response()

    before = asyncio.all_tasks()
    async with start_service(ROUTES) as service:
        service.register("own", Never())
        _, writer = await asyncio.open_connection(service.url.host, service.url.port)
        writer.write(b"GET /own HTTP/1.1\r\nHost: x\r\n\r\n")
        await started.wait()
    assert cancelled.is_set()
    writer.close()
    assert is_free(service.url.port)
    assert not service.errors
    assert asyncio.all_tasks() <= before


async def test_a_client_that_waits_for_100_continue_is_asked_for_the_body() -> None:
    async with start_service(ROUTES) as service, raw_client(service.url) as raw:
        service.register("a", RawResponse(b"ok"))
        head = b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nExpect: 100-Continue\r\n\r\n"
        raw.write(head)
        assert await raw.read_head() == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert not service.history, "the request is not whole yet"
        raw.write(b"abc")
        assert (await raw.answer()).body == b"ok"
    assert service.last_call("a").body == b"abc"


async def test_an_unknown_expectation_is_a_417_and_not_recorded() -> None:
    async with start_service(ROUTES) as service:
        service.register("a", RawResponse())
        request = b"GET /a HTTP/1.1\r\nHost: x\r\nExpect: magic\r\n\r\n"
        assert (await ask(service.url, request)).status == 417
        assert not service.history


@pytest.mark.parametrize(
    "sent",
    [
        b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabc",
        b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"GET /a HTTP/1.1\r\nHost: x\r\n",
        b"GET /a",
        b"",
    ],
)
async def test_an_incomplete_request_is_not_recorded(sent: bytes) -> None:
    async with start_service(ROUTES) as service:
        service.register("a", RawResponse())
        async with raw_client(service.url) as raw:
            raw.write(sent)
            raw.writer.write_eof()
            await raw.reader.read()
        assert (await ask(service.url, GET)).status == 200
    service.assert_called("a", times=1, body=b"")
    assert not service.errors


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET /a HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET /a HTTP/1.1\r\nHost: x\r\nBad Name: 1\r\n\r\n",
        b"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nContent-Encoding: gzip\r\n\r\nabc",
    ],
)
async def test_a_malformed_request_is_a_400_and_never_reaches_the_history(sent: bytes) -> None:
    async with start_service(ROUTES) as service:
        service.register("a", RawResponse())
        async with raw_client(service.url) as raw:
            raw.write(sent)
            assert (await raw.answer()).status == 400
            assert await raw.closed()
        assert not service.history
        assert not service.errors
        assert (await ask(service.url, GET)).status == 200


async def test_a_complete_request_is_recorded_though_its_client_has_left() -> None:
    async def recorded(service: MockService) -> None:
        while not service.history:  # noqa: ASYNC110 - there is no event of the service to wait for
            await asyncio.sleep(0)

    async with start_service(ROUTES) as service:
        service.register("a", RawResponse())
        async with raw_client(service.url) as raw:
            raw.write(b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc")
        await recorded(service)
    service.assert_called("a", times=1, body=b"abc")


async def test_a_server_that_cannot_be_made_closes_its_listener(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made: list[socket.socket] = []

    def kept(**options: int) -> socket.socket:
        made.append(socket.socket(**options))
        return made[-1]

    sockets = SimpleNamespace(**{**vars(socket), "socket": kept})
    async with start_service(ROUTES) as service:
        site = service._site
        assert site is not None
        monkeypatch.setattr(server_module, "socket", sockets)
        with pytest.raises(TypeError, match="SSLContext"):
            await Listener(site, cast("ssl.SSLContext", True)).start()
    [listener] = made
    assert listener.fileno() == -1


async def test_a_port_that_somebody_else_has_is_told_and_nothing_stays_open() -> None:
    async with start_service(ROUTES) as service, start_service(ROUTES) as other:
        site = other._site
        assert site is not None
        listener = Listener(site, None)
        listener.address = LOOPBACK, service.url.port or 0
        with pytest.raises(OSError, match=r"[Aa]ddress"):
            await listener.start()


async def test_it_knows_of_a_client_that_nobody_has_taken_notice_of() -> None:
    async with start_service(ROUTES) as service:
        site = service._site
        assert site is not None
        assert site.listener is not None
        told = [site.listener.waited_for]
        with socket.create_connection((LOOPBACK, service.url.port or 0)) as client:
            told.append(site.listener.waited_for)  # the loop had no turn
            client.sendall(GET)
            await service.calls("a").wait(timeout=5)
            told.append(site.listener.waited_for)
            await service.stop_accepting()
            told.append(site.listener.waited_for)
    assert told == [False, True, False, False]
