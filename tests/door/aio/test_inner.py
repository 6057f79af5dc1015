"""aiohttp behind the door: the turns of a connection, how each of them ends, what stays behind."""

import asyncio
import gc
import logging
import sys
from collections.abc import Awaitable, Callable
from contextvars import ContextVar

import aiohttp
import pytest
from aiohttp import payload, web
from aiohttp.abc import AbstractStreamWriter

from asyncly.srvmocker import (
    BaseMockResponse,
    LatencyResponse,
    MockRoute,
    RawResponse,
    start_service,
)
from tests.door.test_door import OWN as STAGED
from tests.door.test_door import UPGRADE, frame, statuses, timers_of, until
from tests.rawhttp import break_connection, raw_client
from tests.streams.played import Connection, stage

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


class Does(BaseMockResponse):
    """Does as a function does."""

    def __init__(self, answer: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> None:
        self._answer = answer

    async def response(self, request: web.Request) -> web.StreamResponse:
        return await self._answer(request)


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


async def test_a_request_is_what_the_client_has_sent() -> None:
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


# --- how a turn ends


async def test_what_takes_too_long_is_a_504() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        async with asyncio.timeout(0):
            await asyncio.Event().wait()
        raise AssertionError

    async with start_service(ROUTES) as service, raw_client(service.url) as raw:
        service.register("own", Does(answer))
        service.register("ready", RawResponse(b"ready"))
        assert (await raw.ask(OWN)).status == 504
        assert (await raw.ask(READY)).body == b"ready"
    [failure] = service.errors
    assert isinstance(failure.exception, TimeoutError)


async def test_an_answer_that_cannot_be_written_ends_the_connection(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(headers={"X-Broken": "a\r\nb"})

    async with start_service(ROUTES) as service, raw_client(service.url) as raw:
        service.register("own", Does(answer))
        raw.write(OWN + READY)
        assert await raw.closed()
        await until(lambda: not service.account.in_progress)
        assert service.account.client_gone == 2, "who is cut off gets no answer"
    assert "Unhandled exception" in caplog.text


class Cut(payload.BytesPayload):
    """A body whose writing fails as it does when a client has gone."""

    async def write(self, writer: AbstractStreamWriter) -> None:
        raise ConnectionResetError("the client has gone")


async def test_an_answer_that_breaks_off_ends_the_connection() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(body=Cut(b"never"))

    async with start_service(ROUTES) as service, raw_client(service.url) as raw:
        service.register("own", Does(answer))
        raw.write(OWN + READY)
        assert await raw.closed()
        await until(lambda: not service.account.in_progress)
        assert service.account.client_gone == 2


async def test_a_response_that_gives_itself_up_ends_the_connection() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        assert request.task.cancel()
        return await asyncio.Future()

    async with start_service(ROUTES) as service, raw_client(service.url) as raw:
        service.register("own", Does(answer))
        raw.write(OWN + READY)
        assert await raw.closed()
        await until(lambda: not service.account.in_progress)
        assert service.account.client_gone == 2
    assert not service.errors


@pytest.mark.parametrize("closing", ["close", "force_close"])
async def test_a_response_may_close_by_way_of_the_protocol(closing: str) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        request.protocol.keep_alive(False)  # no more than aiohttp does the protocol heed that
        getattr(request.protocol, closing)()
        return web.Response(body=b"last")

    async with start_service(ROUTES) as service, raw_client(service.url) as raw:
        service.register("own", Does(answer))
        service.register("ready", RawResponse(b"ready"))
        assert (await raw.ask(READY)).body == b"ready"
        raw.write(OWN + READY)
        if closing == "close":
            assert (await raw.answer()).body == b"last"
        assert await raw.closed()
        await until(lambda: not service.account.in_progress)
        assert service.account.client_gone == (1 if closing == "close" else 2)


async def test_to_close_at_once_when_the_client_has_gone_does_nothing() -> None:
    own = Own()
    async with start_service(ROUTES) as service:
        service.register("own", own)
        async with raw_client(service.url) as raw:
            await raw.ask(OWN)
        [asked] = own.asked
        await until(lambda: asked.transport is None)
        asked.protocol.force_close()


async def test_files_of_a_form_are_closed_behind_its_answer(
    client: aiohttp.ClientSession,
) -> None:
    files: list[web.FileField] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        form = await request.post()
        files.extend(field for field in form.values() if isinstance(field, web.FileField))
        return web.Response(body=files[0].file.read())

    form = aiohttp.FormData({"title": "lamp"})
    form.add_field("file", b"content", filename="a.txt")
    async with start_service(ROUTES) as service:
        service.register("own", Does(answer))
        async with client.post(service.url / "own", data=form) as response:
            assert await response.read() == b"content"
    [file] = files
    assert file.file.closed


# --- what one turn leaves to the next


async def test_no_request_sees_what_another_has_set_in_its_context() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        seen = who.get()
        who.set("a request")
        return web.Response(text=seen)

    who: ContextVar[str] = ContextVar("who", default="nobody")
    who.set("the test")
    async with start_service(ROUTES) as service, raw_client(service.url) as raw:
        service.register("own", Does(answer))
        raw.write(OWN + OWN)
        assert [(await raw.answer()).body for _ in range(2)] == [b"the test"] * 2
        assert (await raw.ask(OWN)).body == b"the test"


async def test_an_idle_connection_keeps_no_task_and_nothing_that_reads_http() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response()

    def kept() -> int:
        gc.collect()
        return sum(isinstance(each, web.RequestHandler) for each in gc.get_objects())

    async with start_service(ROUTES) as service, raw_client(service.url) as raw:
        service.register("own", Does(answer))
        before = kept(), asyncio.all_tasks()
        wish = OWN.replace(b"\r\n\r\n", b"\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n")
        for ask in (OWN, wish):
            assert (await raw.ask(ask)).status == 200
            assert (kept(), asyncio.all_tasks()) == before


@pytest.mark.skipif(sys.version_info < (3, 12), reason="there are no eager tasks yet")
async def test_eager_tasks_do_not_begin_within_each_other() -> None:
    loop = asyncio.get_running_loop()
    loop.set_task_factory(vars(asyncio)["eager_task_factory"])
    try:
        async with stage() as on_stage:
            on_stage.service.register("own", Own())
            connection = Connection(on_stage)
            connection._door.data_received(1500 * STAGED)
            await until(lambda: on_stage.service.account.answered_by_aiohttp == 1500)
            assert set(statuses(connection)) == {200}
            await connection.finish()
    finally:
        loop.set_task_factory(None)


# --- a client that leaves, a service that closes


async def test_a_turn_that_has_not_begun_when_the_client_leaves_never_does() -> None:
    own = Own()
    async with stage() as on_stage:
        on_stage.service.register("own", own)
        connection = Connection(on_stage)
        connection._door.data_received(STAGED)
        connection.wire._lose()
        await asyncio.sleep(0)
        assert on_stage.service.account.client_gone == 1
        await until(lambda: not on_stage.site.inner.taking)
    assert not own.asked


@pytest.mark.parametrize("stubborn", [False, True])
async def test_a_service_that_closes_lets_a_response_end_and_then_ends_it(stubborn: bool) -> None:
    ends: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        entered.set()
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                ends.append("cancelled")
                if not stubborn or len(ends) > 1:
                    raise
            finally:
                for _ in range(50):
                    await asyncio.sleep(0)
                ends.append("cleaned up")

    entered = asyncio.Event()
    async with start_service(ROUTES) as service, raw_client(service.url) as raw:
        service.register("own", Does(answer))
        raw.write(OWN)
        await entered.wait()
    assert ends[:2] == ["cancelled", "cleaned up"]
    assert service.account.client_gone == 1


async def test_a_service_that_closes_waits_for_what_stands_behind_a_response_too() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        entered.set()
        await go_on.wait()
        for _ in range(50):
            await asyncio.sleep(0)
        return web.Response(body=b"in time")

    entered, go_on = asyncio.Event(), asyncio.Event()
    async with stage() as on_stage:
        on_stage.service.register("own", Does(answer))
        connection = Connection(on_stage)
        connection._door.data_received(2 * STAGED)
        await entered.wait()
        asyncio.get_running_loop().call_soon(go_on.set)
    assert statuses(connection) == [200, 200]
    assert on_stage.service.account.answered_by_aiohttp == 2


# --- WebSockets


async def test_a_websocket_that_is_not_read_stops_the_client() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await go_on.wait()
        while len(received) < 100:
            received.append(len(await socket.receive_bytes()))
        return socket

    go_on = asyncio.Event()
    received: list[int] = []
    async with stage() as on_stage:
        on_stage.service.register("own", Does(answer))
        connection = Connection(on_stage)
        connection._door.data_received(UPGRADE)
        await until(lambda: on_stage.service.account.answered_by_aiohttp)
        sent = 0
        while connection.wire.reading and sent < 100:
            connection._door.data_received(frame(bytes(65_536)))
            sent += 1
        assert sent < 100
        go_on.set()
        await until(lambda: connection.wire.reading)
        for _ in range(100 - sent):
            connection._door.data_received(frame(bytes(65_536)))
        await until(lambda: len(received) == 100)
        connection.wire.close()
        await until(lambda: connection.wire.gone)
    assert set(received) == {65_536}


async def test_a_client_that_stops_reading_holds_its_websocket_back() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        sent.append("handshake")
        await go_on.wait()
        await socket.send_bytes(bytes(1_000_000))
        sent.append("message")
        await socket.receive()
        return socket

    go_on = asyncio.Event()
    sent: list[str] = []
    async with stage() as on_stage:
        on_stage.service.register("own", LatencyResponse(Does(answer), 1))
        connection, timers = Connection(on_stage), timers_of(on_stage)
        door, written = connection._door, connection.wire.written
        door.data_received(UPGRADE)
        door.pause_writing()  # before there is a WebSocket
        [pause] = timers.set
        pause.call()
        await until(lambda: written.startswith(b"HTTP/1.1 101 "))
        assert not sent
        door.resume_writing()
        await until(lambda: sent == ["handshake"])
        door.pause_writing()  # and while there is one
        go_on.set()
        await until(lambda: len(written) > 1_000_000)
        assert sent == ["handshake"]
        door.resume_writing()
        await until(lambda: sent == ["handshake", "message"])
        connection.wire.close()
        await until(lambda: connection.wire.gone)


@pytest.mark.parametrize("how", ["returns", "fails", "returns another"])
async def test_the_end_of_a_websocket_is_that_of_its_connection(
    how: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(autoclose=False, timeout=0)
        await socket.prepare(request)
        await socket.send_str("hello")
        if how == "fails":
            raise LookupError("nothing there")
        return socket if how == "returns" else web.Response()

    async with stage() as on_stage:
        on_stage.service.register("own", Does(answer))
        connection = Connection(on_stage)
        connection._door.data_received(UPGRADE)
        await until(lambda: connection.wire.gone)
        assert b"hello" in connection.wire.written
        account = on_stage.service.account
        assert (account.answered_by_aiohttp, account.client_gone) == (1, 0)
        assert len(on_stage.service.errors) == (how == "fails")
    assert ("Error handling request" in caplog.text) == (how == "fails")


async def test_a_client_that_breaks_its_websocket_ends_it() -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        try:
            await socket.receive()
        finally:
            ended.set()
        return socket

    ended = asyncio.Event()
    wish = UPGRADE.replace(b"/own/1", b"/own")
    async with start_service(ROUTES) as service, raw_client(service.url) as raw:
        service.register("own", Does(answer))
        raw.write(wish)
        await raw.read_head()
        break_connection(raw.writer)
        await ended.wait()
    assert service.account.answered_by_aiohttp == 1
