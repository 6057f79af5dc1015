"""A service whose connections are fed by hand: no sockets, no time that passes by itself."""

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, NamedTuple
from unittest.mock import patch

from aiohttp import web

from asyncly.srvmocker import (
    BaseMockResponse,
    JsonResponse,
    LatencyResponse,
    Match,
    MockRoute,
    MockService,
    RawResponse,
    SequenceResponse,
    start_service,
)
from asyncly.srvmocker._core.memo import Memo
from asyncly.srvmocker._door import server as server_module
from asyncly.srvmocker._door.door import Door
from asyncly.srvmocker._door.lane import make_lane
from asyncly.srvmocker._door.site import Site
from tests.streams.model import FIXED, TURNS, Call, Foretold, Reply, echo
from tests.streams.words import LARGEST, LONGEST_FIELD, LONGEST_TARGET, MOST_FIELDS


class Own(BaseMockResponse):
    """Says what it was asked."""

    async def response(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        return web.Response(body=echo(request.method, request.path, body))


class Third(BaseMockResponse):
    """Answers late, and by aiohttp."""

    async def response(self, request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0)
        return web.Response(body=TURNS[2])


ROUTES = [
    *(MockRoute(method, path, path[1:]) for method, path in FIXED),
    MockRoute("*", "/any/{id}", "any"),
    MockRoute("*", "/own/{id}", "own"),
    MockRoute("POST", "/late-own", "late-own"),
    MockRoute("PUT", "/turns", "turns"),
    MockRoute("POST", "/pick", "one", Match(json={"n": 1})),
    MockRoute("POST", "/pick", "two", Match(json={"n": 2})),
]


def started(
    *, head_timeout: float | None = None, body_timeout: float | None = None
) -> AbstractAsyncContextManager[MockService[str]]:
    """The service of these tests, with nothing registered yet."""
    return start_service(
        ROUTES,
        client_max_size=LARGEST,
        max_line_size=LONGEST_TARGET,
        max_field_size=LONGEST_FIELD,
        max_headers=MOST_FIELDS,
        head_timeout=head_timeout,
        body_timeout=body_timeout,
    )


def register_all(service: MockService[str]) -> None:
    service.register("ready", JsonResponse("ready"))
    service.register("made", RawResponse(b"made", status=201))
    service.register("late", LatencyResponse(RawResponse(b"late"), 0))
    service.register("nothing", RawResponse(status=204))
    service.register("any", RawResponse(b"any"))
    service.register("own", Own())
    service.register("late-own", LatencyResponse(Own(), 0))
    service.register("one", RawResponse(b"one"))
    service.register("two", RawResponse(b"two"))
    turns = [RawResponse(TURNS[0]), LatencyResponse(RawResponse(TURNS[1]), 0), Third()]
    service.register("turns", SequenceResponse(turns, on_exhausted="cycle"))


class Stage(NamedTuple):
    """A service and what its connections have in common."""

    service: MockService[str]
    site: Site[Any]


@asynccontextmanager
async def stage(
    *,
    memo: bool = True,
    lane: bool = True,
    head_timeout: float | None = None,
    body_timeout: float | None = None,
) -> AsyncGenerator[Stage]:
    """A service without a listening socket; without a memo or a short way, if so wanted."""
    sites: list[Site[Any]] = []

    @asynccontextmanager
    async def serve(site: Site[Any], *, ssl_context: object) -> AsyncGenerator[tuple[str, int]]:
        sites.append(site)
        try:
            yield "127.0.0.1", 80
        finally:
            await site.close(0.1)

    with patch.object(server_module, "serve_site", serve):
        async with started(head_timeout=head_timeout, body_timeout=body_timeout) as service:
            (site,) = sites
            if not memo:
                site.memo = Memo(max_entries=1, max_bytes=0)
                site.lane = make_lane(site)
            if not lane:
                site.lane = lambda data, transport, connection: False
            register_all(service)
            yield Stage(service, site)


class Wire(asyncio.Transport):
    """What a connection writes to; `shy` ones ask after every write to wait a little."""

    def __init__(self, loop: asyncio.AbstractEventLoop, *, shy: bool) -> None:
        super().__init__()
        self._loop = loop
        self._shy = shy
        self._waits = False
        self._protocol: asyncio.BaseProtocol | None = None
        self.written = bytearray()
        self.reading = True
        self.closing = False
        self.ended = False
        self.gone = False
        self.protests: list[str] = []

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        assert self._protocol is not None
        return self._protocol

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        return ("127.0.0.1", 80) if name in {"peername", "sockname"} else default

    def write(self, data: bytes | bytearray | memoryview) -> None:
        if self.ended or self.closing:
            self.protests.append(f"written behind the end: {bytes(data)!r}")
        self.written += data
        if self._shy and not self._waits and not self.closing:
            self._waits = True
            self._protocol_.pause_writing()
            self._loop.call_soon(self._go_on)

    @property
    def _protocol_(self) -> asyncio.BaseProtocol:
        return self.get_protocol()

    def _go_on(self) -> None:
        self._waits = False
        if not self.gone:
            self._protocol_.resume_writing()

    def writelines(self, list_of_data: Iterable[Any]) -> None:
        self.write(b"".join(list_of_data))

    def write_eof(self) -> None:
        self.ended = True

    def can_write_eof(self) -> bool:
        return True

    def is_closing(self) -> bool:
        return self.closing

    def is_reading(self) -> bool:
        return self.reading

    def pause_reading(self) -> None:
        self.reading = False

    def resume_reading(self) -> None:
        self.reading = True

    def close(self) -> None:
        if not self.closing:
            self.closing = True
            self._loop.call_soon(self._lose)

    abort = close

    def _lose(self) -> None:
        self.gone = True
        self._protocol_.connection_lost(None)


class Seen(NamedTuple):
    """What came of a stream."""

    written: bytes
    calls: list[Call]
    closed: bool
    received: int
    refused: int


_PATIENCE = 2000


async def _until_settled(stage: Stage, wire: Wire) -> None:
    account = stage.service.account
    for _ in range(_PATIENCE):
        if not account.in_progress and wire.reading and not wire.closing:
            return
        if wire.gone:
            return
        await asyncio.sleep(0)
    raise AssertionError(f"nothing more happens, and {account!r}")


class Connection:
    """One connection of a client that sends segments."""

    def __init__(self, stage: Stage, *, shy: bool = False) -> None:
        self._stage = stage
        self._door = Door(stage.site)
        self.wire = Wire(stage.site.loop, shy=shy)
        self.wire.set_protocol(self._door)
        self._door.connection_made(self.wire)

    async def send(self, segments: list[bytes], *, calm: bool) -> None:
        """Send segments; a `calm` client lets the server come to rest after each."""
        for segment in segments:
            if not self.wire.reading:
                await _until_settled(self._stage, self.wire)
            if self.wire.closing:
                break
            self._door.data_received(segment)
            if calm:
                await _until_settled(self._stage, self.wire)
        await _until_settled(self._stage, self.wire)

    async def finish(self) -> bool:
        """End the client's side; true if the server had ended its own before."""
        for _ in range(5):  # aiohttp closes a connection some steps after its answer
            await asyncio.sleep(0)
        closed = self.wire.closing or self.wire.ended
        if not self.wire.closing and not self._door.eof_received():
            self.wire.close()
        for _ in range(_PATIENCE):
            if self.wire.gone:
                break
            await asyncio.sleep(0)
        else:
            raise AssertionError("the connection stays open behind its end")
        assert not self.wire.protests, self.wire.protests
        return closed


def recorded(service: MockService[str]) -> list[Call]:
    """What a service has on record; each handler has its own share of it, in the same order."""
    calls = [Call(c.handler_name, c.method, c.path, c.body) for c in service.history]
    for name, of_handler in service.history_map.items():
        mine = [Call(name, c.method, c.path, c.body) for c in of_handler]
        assert mine == [call for call in calls if call.handler == name]
    return calls


async def play(
    segments: list[bytes],
    *,
    calm: bool = False,
    shy: bool = False,
) -> Seen:
    """Send segments to a new service, and the end of the stream behind them."""
    async with stage() as on_stage:
        connection = Connection(on_stage, shy=shy)
        await connection.send(segments, calm=calm)
        closed = await connection.finish()
        service = on_stage.service
        account = service.account
        assert account.in_progress == 0, account
        assert account.client_gone == 0, account
        assert not service.errors
        assert not on_stage.site.doors
        return Seen(
            bytes(connection.wire.written),
            recorded(service),
            closed,
            account.received,
            account.refused,
        )


class Answer(NamedTuple):
    """One response: its status line and fields without the Date, and its body."""

    head: tuple[bytes, ...]
    body: bytes

    @property
    def status(self) -> int:
        return int(self.head[0].split(b" ")[1])


def answers(data: bytes, heads: list[bool]) -> list[Answer]:
    """Take what a server wrote apart; `heads` says which of the answers have no body."""
    found: list[Answer] = []
    while data:
        head, end, data = data.partition(b"\r\n\r\n")
        assert end, f"half an answer: {head!r}"
        lines = head.split(b"\r\n")
        assert lines[0].startswith(b"HTTP/1."), lines[0]
        fields = dict(line.lower().split(b": ", 1) for line in lines[1:])
        status = int(lines[0].split(b" ")[1])
        size = int(fields.get(b"content-length", 0))
        no_body = status in (100, 204, 304) or (len(found) < len(heads) and heads[len(found)])
        body = b"" if no_body else data[:size]
        assert no_body or len(body) == size
        data = data[len(body) :]
        lasting = tuple(line for line in lines if not line.startswith(b"Date:"))
        found.append(Answer(lasting, body))
    return found


def replies(found: list[Answer], foretold: Foretold) -> list[Reply]:
    """The same without what the model says nothing about."""
    wanted = foretold.replies
    return [
        Reply(
            answer.status,
            None if at < len(wanted) and wanted[at].body is None else answer.body,
        )
        for at, answer in enumerate(found)
    ]


def assert_as_foretold(seen: Seen, foretold: Foretold) -> None:
    """What came is what had to come."""
    assert replies(answers(seen.written, foretold.heads), foretold) == foretold.replies
    assert seen.calls == foretold.calls
    assert (seen.closed, seen.received, seen.refused) == (
        foretold.closed,
        foretold.received,
        foretold.refused,
    )
