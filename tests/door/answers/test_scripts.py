"""Answers that are written step by step, on connections fed by hand and on real ones."""

import asyncio
import errno
import socket
import termios
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any, cast

import pytest

from asyncly.srvmocker import (
    BaseMockResponse,
    JsonResponse,
    MockRoute,
    MockService,
    RawResponse,
    start_service,
)
from asyncly.srvmocker._door.answers import scripts
from asyncly.srvmocker._door.answers.scripts import (
    Ending,
    Flush,
    Player,
    Script,
    Step,
    reset_connection,
)
from tests.certificates import tls_contexts
from tests.conformance.wire import assert_balanced
from tests.door.test_door import OWN, READY, statuses, timers_of, until
from tests.scripted import HEAD, OK, Steps, stuck
from tests.streams.played import Connection, Stage, stage

GET = b"GET /own HTTP/1.1\r\nHost: a\r\n\r\n"
CLOSING = b"GET /own HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
CONTEXTS = tls_contexts()


@asynccontextmanager
async def scripted(
    response: BaseMockResponse,
) -> AsyncGenerator[tuple[Stage, Connection]]:
    async with stage() as on_stage:
        on_stage.service.register("own", response)
        yield on_stage, Connection(on_stage)
        assert_balanced(on_stage.service)


async def eventually(happened: Callable[[], object]) -> None:
    """Wait for what time or sockets bring."""
    async with asyncio.timeout(5):
        while not happened():  # noqa: ASYNC110 - nothing else tells
            await asyncio.sleep(0.001)


def counted(on_stage: Stage) -> tuple[int, int, int]:
    account = on_stage.service.account
    return account.received, account.answered_step_by_step, account.client_gone


async def test_steps_are_written_in_order_and_the_connection_is_kept() -> None:
    async with scripted(Steps([HEAD % 4, b"ab", b"", b"cd"])) as (on_stage, connection):
        connection._door.data_received(OWN + READY + OWN)
        assert statuses(connection) == [200, 200, 200]
        assert counted(on_stage) == (3, 2, 0)
        assert on_stage.service.account.answered_ready == 1
        assert not await connection.finish()


async def test_what_stands_behind_waits_for_the_last_step() -> None:
    response = Steps([HEAD % 2, 0.5, b"ok", 0.5, Ending.KEEP])
    async with scripted(response) as (on_stage, connection):
        timers = timers_of(on_stage)
        connection._door.data_received(OWN + READY)
        assert connection.wire.written == HEAD % 2
        timers.set[0].call()
        assert connection.wire.written == OK
        timers.set[1].call()
        assert statuses(connection) == [200, 200]
        assert [round(timer.seconds) for timer in timers.set] in ([0, 0], [0, 1], [1, 0], [1, 1])
        await connection.finish()


async def test_pauses_are_counted_from_when_they_were_due(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(scripts, "monotonic", lambda: now)
    async with scripted(Steps([1.0, 1.0, 1.0, OK])) as (on_stage, connection):
        timers = timers_of(on_stage)
        connection._door.data_received(OWN)
        now = 101.01  # a little late: caught up with
        timers.set[0].call()
        now = 103.0  # much too late: not caught up with
        timers.set[1].call()
        assert [timer.seconds for timer in timers.set] == pytest.approx([1, 0.99, 0.95])
        timers.set[2].call()
        await connection.finish()


async def test_the_mock_s_own_time_is_without_the_pauses() -> None:
    async with scripted(Steps([0.05, OK])) as (on_stage, connection):
        connection._door.data_received(OWN)
        await eventually(lambda: bytes(connection.wire.written) == OK)
        [own] = on_stage.site.history.journal.own_times
        assert 0 < own < 0.04
        await connection.finish()


@pytest.mark.parametrize(("size", "turn"), [(1, 128), ((1 << 18) + 1, 1)])
async def test_other_connections_have_their_turn(size: int, turn: int) -> None:
    """After so many steps or bytes."""
    async with scripted(Steps([bytes(size)] * (2 * turn + 1))) as (on_stage, connection):
        timers = timers_of(on_stage)
        connection._door.data_received(OWN)
        assert len(connection.wire.written) == turn * size
        timers.set[0].call()
        assert len(connection.wire.written) == 2 * turn * size
        timers.set[1].call()
        assert len(connection.wire.written) == (2 * turn + 1) * size
        for timer in timers.set[2:]:
            timer.call()
        assert all(timer.seconds == 0 for timer in timers.set)
        assert counted(on_stage) == (1, 1, 0)
        await connection.finish()


async def test_nothing_is_asked_for_while_the_client_does_not_read() -> None:
    def steps() -> Iterator[Step]:
        for number in range(3):
            asked.append(number)
            yield b"%d" % number

    asked: list[int] = []
    async with scripted(Steps(steps)) as (on_stage, connection):
        connection.wire._shy = True
        connection._door.data_received(OWN + READY)
        assert asked == [0]
        await until(lambda: asked == [0, 1])
        await until(lambda: on_stage.service.account.answered == 2)
        assert connection.wire.written.startswith(b"012HTTP/1.1 200 OK")
        await connection.finish()


async def test_a_client_that_reads_again_during_a_pause_does_not_shorten_it() -> None:
    async with scripted(Steps([HEAD % 2, 5.0, b"ok"])) as (on_stage, connection):
        timers = timers_of(on_stage)
        connection._door.data_received(OWN)
        connection._door.pause_writing()
        connection._door.resume_writing()
        assert connection.wire.written == HEAD % 2
        connection._door.pause_writing()
        timers.set[0].call()
        assert connection.wire.written == HEAD % 2
        connection._door.resume_writing()
        assert connection.wire.written == OK
        assert len(timers.set) == 1
        await connection.finish()


async def test_a_client_that_reads_again_does_not_wake_what_hangs() -> None:
    async with scripted(stuck(b"x")) as (on_stage, connection):
        connection._door.data_received(OWN + READY)
        connection._door.pause_writing()
        connection._door.resume_writing()
        assert connection.wire.written == b"x"
        assert on_stage.service.account.in_progress == 2
        assert await connection.finish() is False
        assert counted(on_stage) == (2, 0, 2)


async def test_who_half_closes_gets_the_rest_but_nobody_hangs_for_a_client_that_may_be_gone() -> (
    None
):
    async with scripted(Steps([HEAD % 2, 0.0, b"ok"])) as (on_stage, connection):
        connection._door.data_received(OWN)
        assert connection._door.eof_received()
        await until(lambda: bytes(connection.wire.written) == OK)
        await until(lambda: connection.wire.closing)
        assert counted(on_stage) == (1, 1, 0)
    async with scripted(stuck(b"x", 0.0)) as (on_stage, connection):
        connection._door.data_received(OWN)
        assert connection._door.eof_received()
        await until(lambda: connection.wire.gone)
        assert counted(on_stage) == (1, 0, 1)


async def test_a_client_that_leaves_ends_it() -> None:
    def steps() -> Iterator[Step]:
        yield 1.0
        raise AssertionError("not asked for")

    async with scripted(Steps(steps)) as (on_stage, connection):
        timers = timers_of(on_stage)
        connection._door.data_received(OWN)
        connection.wire._lose()
        [timer] = timers.set
        assert timer.cancelled
        assert counted(on_stage) == (1, 0, 1)


async def test_a_write_that_shows_that_the_client_has_left_is_the_last() -> None:
    def steps() -> Iterator[Step]:
        while True:
            connection.wire.closing = bool(connection.wire.written)
            connection.wire.protests.clear()
            yield b"x"

    async with scripted(Steps(steps)) as (on_stage, connection):
        connection._door.data_received(OWN)
        assert connection.wire.written == b"xx"
        assert counted(on_stage) == (1, 0, 1)
        connection.wire._lose()


@pytest.mark.parametrize("close", [Ending.CLOSE, Ending.RESET])
async def test_what_stands_behind_the_end_is_recorded_and_not_answered(close: Ending) -> None:
    async with scripted(Steps([OK, close])) as (on_stage, connection):
        expects = (
            b"POST /own/2 HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n"
        )
        connection._door.data_received(OWN + READY + OWN + expects + b"\r\n")
        assert connection.wire.written == OK
        assert not connection.wire.protests
        assert counted(on_stage) == (3, 1, 2)
        assert len(on_stage.service.history) == 3
        connection._door.data_received(READY)
        assert connection.wire.written == OK
        assert await connection.finish()


async def test_what_is_refused_behind_the_end_is_told_nobody() -> None:
    async with scripted(Steps([OK, Ending.CLOSE])) as (on_stage, connection):
        connection._door.data_received(OWN + b"nonsense\r\n\r\n")
        assert connection.wire.written == OK
        assert on_stage.service.account.refused == 1
        await connection.finish()


async def test_a_request_that_is_the_last_one_is_the_last_one() -> None:
    async with scripted(Steps([OK])) as (_, connection):
        connection._door.data_received(CLOSING.replace(b"/own", b"/own/1"))
        assert connection.wire.ended
        assert await connection.finish()


async def test_steps_that_fail_before_their_first_byte_are_a_500() -> None:
    def at_once() -> Iterator[Step]:
        raise LookupError("nothing to say")

    def later() -> Iterator[Step]:
        yield 0.0
        raise LookupError("nothing to say")

    for steps in (at_once, later):
        async with scripted(Steps(steps)) as (on_stage, connection):
            connection._door.data_received(OWN + READY)
            await until(lambda: on_stage.service.account.answered == 2)
            assert statuses(connection) == [500, 200]
            [failure] = on_stage.service.errors
            assert repr(failure.exception) == "LookupError('nothing to say')"
            assert failure.handler_name == "own"
            assert on_stage.service.account.answered_by_aiohttp == 1
            await connection.finish()


async def test_steps_that_fail_later_reset_the_connection() -> None:
    def steps() -> Iterator[Step]:
        yield HEAD % 2
        raise LookupError("no more")

    async with scripted(Steps(steps)) as (on_stage, connection):
        connection._door.data_received(OWN + READY)
        assert connection.wire.closing
        assert counted(on_stage) == (2, 1, 1)
        [failure] = on_stage.service.errors
        assert repr(failure.exception) == "LookupError('no more')"
        await connection.finish()


class Transport(asyncio.Transport):
    """Says what it was told to say of itself."""

    def __init__(self, waiting: list[int], **extra: Any) -> None:
        super().__init__(extra)
        self.waiting = waiting
        self.aborted = self.closing = False

    def get_write_buffer_size(self) -> int:
        return self.waiting.pop(0) if len(self.waiting) > 1 else self.waiting[0]

    def abort(self) -> None:
        self.aborted = True

    def is_closing(self) -> bool:
        return self.closing

    def write(self, data: bytes | bytearray | memoryview) -> None: ...


def looks(transport: Transport) -> int:
    flush = Flush(transport)
    return next(number for number in range(1, 10_000) if flush.over())


def test_everything_was_sent_once_nothing_waits() -> None:
    assert looks(Transport([0])) == 1
    assert looks(Transport([5, 5, 4, 0])) == 4


def test_a_tls_connection_is_looked_at_several_times() -> None:
    assert looks(Transport([0], sslcontext=CONTEXTS[0])) == 3
    assert looks(Transport([1, 0, 1, 0], sslcontext=CONTEXTS[0])) == 6


def test_a_client_that_never_reads_is_not_waited_for() -> None:
    assert looks(Transport([2, 1])) == 1001


@pytest.mark.parametrize("error", [OSError(errno.ENOTTY, "no"), ImportError("no")])
def test_a_system_that_cannot_be_asked_has_nothing_left(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ioctl(*_: object) -> bytes:
        raise error

    monkeypatch.setattr("fcntl.ioctl", ioctl)
    with socket.socket() as connection:
        assert looks(Transport([0], socket=connection)) == 1


def test_what_the_system_has_not_sent_is_asked_for() -> None:
    assert termios.TIOCOUTQ
    first, second = socket.socketpair()
    with first, second:
        first.send(b"abc")
        flush = Flush(Transport([0], socket=first))
        assert not flush.over()
        second.recv(3)
        assert flush.over()


async def test_a_reset_waits_until_all_was_sent_and_not_for_who_has_left() -> None:
    def tick() -> None:
        ticked.append(player.play())

    ticked: list[Ending | BaseException | None] = []
    script = Script(0, lambda kind: iter((b"x", Ending.RESET)))
    player = Player(script, 0, Transport([3, 2, 0]), asyncio.get_running_loop(), tick)
    assert player.play() is None
    await eventually(lambda: len(ticked) == 2)
    assert ticked == [None, Ending.RESET]
    transport = Transport([3])
    player = Player(script, 0, transport, asyncio.get_running_loop(), tick)
    assert player.play() is None
    transport.closing = True
    assert player.play() is Ending.RESET
    player.stop()


def test_a_transport_without_a_socket_is_aborted() -> None:
    transport = Transport([0])
    reset_connection(transport)
    assert transport.aborted


# On real connections.

ENDS = ("plain", "tls")


@asynccontextmanager
async def served(
    response: BaseMockResponse, end: str = "plain"
) -> AsyncGenerator[tuple[MockService, asyncio.StreamReader, asyncio.StreamWriter]]:
    problems: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: problems.append(context))
    server, client = CONTEXTS if end == "tls" else (None, None)
    routes = [MockRoute("GET", "/own", "own"), MockRoute("GET", "/ready", "ready")]
    async with asyncio.timeout(10), start_service(routes, ssl_context=server) as service:
        service.register("own", response)
        service.register("ready", JsonResponse("ready"))
        url = service.url
        reader, writer = await asyncio.open_connection(url.host, url.port, ssl=client)
        try:
            yield service, reader, writer
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()
    assert problems == []
    assert_balanced(service)


async def read_all(reader: asyncio.StreamReader) -> tuple[bytes, bool]:
    """Everything that comes, and whether a reset ended it."""
    data = bytearray()
    try:
        while piece := await reader.read(1 << 16):
            data += piece
    except ConnectionResetError:
        return bytes(data), True
    return bytes(data), False


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("size", [3, 3_000_000])
@pytest.mark.parametrize("ending", [Ending.CLOSE, Ending.RESET])
async def test_every_byte_comes_before_the_end(end: str, size: int, ending: Ending) -> None:
    body = bytes(range(256)) * (size // 256 + 1)
    pieces = [body[at : at + 100_000] for at in range(0, len(body), 100_000)]
    response = Steps([b"HTTP/1.1 200 OK\r\n\r\n", *pieces, ending])
    async with served(response, end) as (service, reader, writer):
        writer.write(GET)
        data, reset = await read_all(reader)
        assert data == b"HTTP/1.1 200 OK\r\n\r\n" + body
        assert reset is (ending is Ending.RESET)
        assert service.account.answered_step_by_step == 1


@pytest.mark.parametrize("end", ENDS)
async def test_the_last_request_of_a_connection_may_be_reset(end: str) -> None:
    async with served(Steps([OK, Ending.RESET]), end) as (service, reader, writer):
        writer.write(CLOSING)
        assert await read_all(reader) == (OK, True)
        assert service.account.answered_step_by_step == 1


@pytest.mark.parametrize("end", ENDS)
async def test_a_hanging_answer_ends_with_the_service(end: str) -> None:
    loop = asyncio.get_running_loop()
    async with served(stuck(HEAD % 2, b"o"), end) as (service, reader, writer):
        writer.write(2 * GET)
        assert await reader.readexactly(len(OK) - 1) == OK[:-1]
        await service.wait_for_calls("own", times=2)
        began = loop.time()
    assert loop.time() - began < 0.5
    assert service.account.client_gone == 2


@pytest.mark.parametrize("end", ENDS)
async def test_a_hanging_answer_ends_with_its_client(end: str) -> None:
    async with served(stuck(), end) as (service, _, writer):
        writer.write(GET)
        await service.wait_for_calls("own")
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        await eventually(lambda: not service.account.in_progress)
        assert service.account.client_gone == 1


@pytest.mark.parametrize("end", ENDS)
async def test_a_client_that_breaks_off_ends_a_stream_without_an_end(end: str) -> None:
    def forever() -> Iterator[Step]:
        yield b"HTTP/1.1 200 OK\r\n\r\n"
        while True:
            yield bytes(10_000)

    async with served(Steps(forever), end) as (service, reader, writer):
        writer.write(GET)
        await reader.readexactly(1_000_000)
        writer.transport.abort()
        await eventually(lambda: not service.account.in_progress)
        assert service.account.client_gone == 1
        assert not cast("Any", service)._site.doors


async def test_a_stream_goes_on_when_its_slow_client_reads() -> None:
    pieces: list[Step] = [step for _ in range(40) for step in (bytes(100_000), 0.001)]
    async with served(Steps([HEAD % 4_000_000, *pieces])) as (service, reader, writer):
        writer.write(GET + b"GET /ready HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
        await asyncio.sleep(0.05)
        data, _ = await read_all(reader)
        assert data[: len(HEAD % 4_000_000)] == HEAD % 4_000_000
        assert data.endswith(b'"ready"')
        assert len(data) > 4_000_000
        assert service.account.answered == 2


async def test_raw_bytes_are_no_answer_of_aiohttp_s() -> None:
    async with served(RawResponse(b"x")) as (service, reader, writer):
        writer.write(CLOSING)
        assert (await read_all(reader))[0].endswith(b"x")
        assert service.account.answered_step_by_step == 0
