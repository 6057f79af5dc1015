"""The door, fed by hand: clients that leave, do not read, or send too much, at awkward moments."""

import asyncio
import gzip
import socket
import struct
from collections.abc import Callable
from typing import cast

import pytest
from aiohttp import web

from asyncly.srvmocker import (
    BaseMockResponse,
    DisconnectResponse,
    FunctionResponse,
    LatencyResponse,
    MockRoute,
    RawResponse,
    RecordedRequest,
    start_service,
)
from asyncly.srvmocker._door.answers.pauses import Pauses, Sleeper
from tests.rawhttp import ask
from tests.streams.played import Connection, Stage, answers, stage
from tests.streams.words import LARGEST

READY = b"GET /any/1 HTTP/1.1\r\nHost: a\r\n\r\n"
OWN = b"GET /own/1 HTTP/1.1\r\nHost: a\r\n\r\n"
UPGRADE = (
    b"GET /own/1 HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
GZIP = b"POST /any/1 HTTP/1.1\r\nHost: a\r\nContent-Encoding: gzip\r\n"
MANY = 70  # more than may wait before the door stops reading


async def until(happened: Callable[[], object]) -> None:
    """Let the loop run until something has happened."""
    for _ in range(2000):
        if happened():
            return
        await asyncio.sleep(0)
    raise AssertionError("it does not happen")


def statuses(connection: Connection) -> list[int]:
    return [answer.status for answer in answers(bytes(connection.wire.written), [])]


def reads(connection: Connection) -> bool:
    return connection.wire.reading


def frame(payload: bytes) -> bytes:
    """A binary message of a WebSocket's client, masked with zeros."""
    return b"\x82\xff" + len(payload).to_bytes(8, "big") + bytes(4) + payload


class Timers:
    """Stands for the loop of a site, of which the door uses the timers alone."""

    def __init__(self) -> None:
        self.set: list[Timer] = []

    def call_later(self, seconds: float, call: Callable[..., object], *args: object) -> "Timer":
        timer = Timer(seconds, lambda: call(*args))
        self.set.append(timer)
        return timer

    def add(self, sleeper: Sleeper, seconds: float, now: float) -> None:
        sleeper.key = len(self.set)
        self.call_later(seconds, sleeper.wake)

    def cancel(self, sleeper: Sleeper) -> None:
        self.set[sleeper.key].cancel()


class Timer:
    def __init__(self, seconds: float, call: Callable[[], object]) -> None:
        self.seconds = seconds
        self.call = call
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


def timers_of(on_stage: Stage) -> Timers:
    """Set the clock of a service by hand from now on."""
    timers = Timers()
    _ = on_stage.site.inner  # made now, so that aiohttp keeps the real one
    on_stage.site.loop = cast("asyncio.AbstractEventLoop", timers)
    on_stage.site.pauses = cast(Pauses, timers)
    return timers


def delay(on_stage: Stage) -> None:
    """Let each `OWN` wait for a timer first."""
    on_stage.service.register("own", LatencyResponse(RawResponse(b"waited"), 1))


async def test_a_pause_and_all_that_stands_behind_it_end_unanswered_when_the_client_leaves() -> (
    None
):
    async with stage() as on_stage:
        delay(on_stage)
        connection, timers = Connection(on_stage), timers_of(on_stage)
        connection._door.data_received(OWN + MANY * READY)
        assert not reads(connection)
        [pause] = timers.set
        connection.wire.closing = True  # and the loop has not told so yet
        pause.call()
        account = on_stage.service.account
        assert (account.received, account.client_gone) == (MANY + 1, MANY + 1)
        assert not connection.wire.written
        assert not reads(connection), "a transport that closes is left alone"
        connection.wire._lose()
        assert (account.client_gone, account.in_progress) == (MANY + 1, 0)
        assert len(on_stage.service.history) == MANY + 1
        assert not on_stage.site.doors


async def test_a_lost_connection_ends_its_pause() -> None:
    async with stage() as on_stage:
        delay(on_stage)
        connection, timers = Connection(on_stage), timers_of(on_stage)
        connection._door.data_received(OWN)
        connection.wire._lose()
        assert [(timer.seconds, timer.cancelled) for timer in timers.set] == [(1, True)]
        assert on_stage.service.account.client_gone == 1


async def test_what_the_loop_still_says_to_a_lost_connection_does_no_harm() -> None:
    async with stage() as on_stage:
        connection = Connection(on_stage)
        connection._door.data_received(READY)
        connection._door.pause_writing()
        connection._door.eof_received()
        connection.wire._lose()
        written = bytes(connection.wire.written)
        connection._door.resume_writing()
        connection._door.data_received(READY)
        assert connection.wire.written == written
        account = on_stage.service.account
        assert (account.received, account.answered, account.client_gone) == (1, 1, 0)


async def test_a_client_that_stops_reading_during_a_pause_holds_aiohttp_back() -> None:
    class Long(BaseMockResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            answer = web.StreamResponse(headers={"Content-Length": "100000"})
            await answer.prepare(request)
            await answer.write(bytes(100_000))
            waited.append(not connection._door._paused)
            return answer

    waited: list[bool] = []
    async with stage() as on_stage:
        on_stage.service.register("own", LatencyResponse(Long(), 1))
        connection, timers = Connection(on_stage), timers_of(on_stage)
        connection._door.data_received(OWN)
        connection._door.pause_writing()
        [pause] = timers.set
        pause.call()
        await until(lambda: len(connection.wire.written) > 100_000)
        assert on_stage.service.account.in_progress == 1
        connection._door.resume_writing()
        await until(lambda: on_stage.service.account.answered_by_aiohttp)
        assert waited == [True]
        connection.wire.close()
        await until(lambda: connection.wire.gone)


async def test_why_a_stream_is_refused_is_told_behind_all_answers_and_reading_goes_on() -> None:
    async with stage() as on_stage:
        delay(on_stage)
        connection, timers = Connection(on_stage), timers_of(on_stage)
        connection._door.data_received(OWN + MANY * READY + b"nonsense\r\n\r\n")
        assert not reads(connection)
        timers.set[0].call()
        await until(lambda: connection.wire.ended)
        assert statuses(connection) == [200] * (MANY + 1) + [400]
        assert reads(connection), "so that what comes does not reset the connection"
        assert not connection.wire.closing
        connection._door.data_received(READY)
        assert len(on_stage.service.history) == MANY + 1, "and is dropped"
        timers.set[-1].call()
        await until(lambda: connection.wire.gone)


async def test_a_refused_body_is_no_longer_timed_but_the_lingering_is() -> None:
    async with stage(body_timeout=60) as on_stage:
        connection, timers = Connection(on_stage), timers_of(on_stage)
        connection._door.data_received(
            b"POST /any/1 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
        )
        [body] = timers.set
        assert (body.seconds, body.cancelled) == (60, False)
        connection._door.data_received(b"zz\r\n")
        assert statuses(connection) == [400]
        assert body.cancelled
        [_, lingering] = timers.set
        assert not lingering.cancelled
        assert connection.wire.ended
        assert not connection.wire.closing
        lingering.call()
        await until(lambda: connection.wire.gone)
        assert on_stage.service.account.refused == 1


@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        (
            GZIP + b"Content-Length: 3\r\n\r\nabc",
            "Can not decode content-encoding: gzip",
        ),
        (b"GET http://a:99999/ HTTP/1.1\r\nHost: a\r\n\r\n", "invalid request target: "),
        (
            b"POST http://a:99999/ HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n",
            "invalid request target: ",
        ),
    ],
    ids=["body", "target", "target of too large a body"],
)
async def test_what_is_whole_but_of_no_use_is_refused_and_not_recorded(
    sent: bytes, reason: str
) -> None:
    async with stage() as on_stage:
        connection = Connection(on_stage)
        connection._door.data_received(sent + READY)
        assert statuses(connection) == [400]
        [refused] = on_stage.service.account.last_refused
        assert refused.reason.startswith(reason)
        assert not on_stage.service.history
        assert await connection.finish()


async def test_a_body_that_is_too_large_once_decoded_is_a_413_and_the_stream_goes_on() -> None:
    body = gzip.compress(bytes(LARGEST + 1))
    async with stage() as on_stage:
        connection = Connection(on_stage)
        connection._door.data_received(GZIP + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        connection._door.data_received(READY)
        assert statuses(connection) == [413, 200]
        assert len(on_stage.service.history) == 1
        await connection.finish()


async def test_what_stands_behind_a_websocket_s_handshake_is_held_within_bounds() -> None:
    class Receiving(BaseMockResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            socket = web.WebSocketResponse()
            await granted.wait()
            await socket.prepare(request)
            received.extend([await socket.receive_bytes(), await socket.receive_bytes()])
            return socket

    granted = asyncio.Event()
    received: list[bytes] = []
    async with stage() as on_stage:
        on_stage.service.register("own", Receiving())
        connection = Connection(on_stage)
        connection._door.data_received(UPGRADE)
        connection._door.data_received(frame(bytes(70_000)))
        assert not reads(connection)
        granted.set()
        await until(lambda: reads(connection))
        connection._door.data_received(frame(b"and more"))
        await until(lambda: len(received) == 2)
        assert received == [bytes(70_000), b"and more"]
        assert connection.wire.written.startswith(b"HTTP/1.1 101 ")
        assert on_stage.service.account.answered_by_aiohttp == 1
        connection.wire.close()
        await until(lambda: connection.wire.gone)


async def test_a_websocket_that_begins_behind_an_answer_is_not_counted_once_more() -> None:
    class Late(BaseMockResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            asked.append(request)
            return web.Response()

    asked: list[web.Request] = []
    async with stage() as on_stage:
        on_stage.service.register("own", Late())
        account, connection = on_stage.service.account, Connection(on_stage)
        connection._door.data_received(UPGRADE)
        await until(lambda: account.answered_by_aiohttp)
        socket = web.WebSocketResponse()
        await socket.prepare(asked[0])
        assert (account.received, account.answered, account.in_progress) == (1, 1, 0)
        connection._door.data_received(frame(b"hello"))
        assert (await socket.receive()).data == b"hello"
        connection.wire.close()
        await until(lambda: connection.wire.gone)


async def test_a_service_that_closes_cuts_off_what_is_in_progress() -> None:
    async with stage() as on_stage:
        delay(on_stage)
        busy, idle, timers = Connection(on_stage), Connection(on_stage), timers_of(on_stage)
        busy._door.data_received(OWN)
        busy._door.end()
        idle._door.end()
        assert (busy.wire.closing, idle.wire.closing) == (False, True)
        busy._door.abort()
        await until(lambda: busy.wire.gone and idle.wire.gone)
        assert timers.set[0].cancelled
        assert on_stage.service.account.client_gone == 1
        assert not on_stage.site.doors


async def test_a_connection_that_is_closing_is_told_nothing_more() -> None:
    async with stage() as on_stage:
        connection = Connection(on_stage)
        connection.wire.closing = True
        connection._door._due(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert not connection.wire.written
        connection.wire.closing = False


async def test_clients_that_leave_in_the_moment_in_which_their_delay_ends_are_gone_once() -> None:
    async with stage() as on_stage:
        connections = [Connection(on_stage) for _ in range(20)]

        def answer(request: RecordedRequest) -> str:
            for other in connections[1:]:
                other._door.connection_lost(None)
            return "one"

        on_stage.service.register("own", LatencyResponse(FunctionResponse(answer), 0))
        for connection in connections:
            connection._door.data_received(OWN)
        account = on_stage.service.account
        await until(lambda: not account.in_progress)
        await asyncio.sleep(0)
        assert (account.received, account.answered, account.client_gone) == (20, 1, 19)
        assert statuses(connections[0]) == [200]


async def test_a_client_that_resets_before_its_connection_is_half_closed_is_no_failure() -> None:
    """Nobody has told the door yet, and the system refuses to close half of what is gone."""
    left = asyncio.Event()
    failures: list[dict[str, object]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: failures.append(context))
    async with start_service([MockRoute("GET", "/", "home")]) as service:
        assert service.url.host is not None
        with socket.create_connection((service.url.host, service.url.port or 0)) as client:

            def leave(_: RecordedRequest) -> str:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                client.close()
                left.set()  # whoever waits for it goes on when the connection has been closed
                return "nobody is there"

            late = LatencyResponse(FunctionResponse(leave), 0.001)
            service.register("home", DisconnectResponse(response=late))
            client.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
            await service.calls("home").wait()
            await left.wait()
        other = await ask(service.url, b"GET /other HTTP/1.1\r\nHost: a\r\n\r\n")
        assert other.status == 404  # the service goes on
        assert not failures
        assert not service.errors
