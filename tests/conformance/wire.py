"""Literal bytes into a real server, cut where the test says, and everything that came of them.

The server's side of each connection is watched: a segment is sent only when the one before was
read, so that the cuts are those of the test and not the kernel's.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from ssl import SSLContext
from typing import Any, ClassVar, Literal, NamedTuple, TypeAlias

import pytest
from aiohttp import web
from yarl import URL

from asyncly.srvmocker import BaseMockResponse, MockRoute, MockService, RawResponse, start_service
from asyncly.srvmocker._door import server
from asyncly.srvmocker._door.door import Door

Then: TypeAlias = Literal["open", "waiting", "closed"]
"""What holds when the bytes were read: the next request is answered, the rest of this one is waited
for, or the server has closed the connection."""

HOST = b"Host: a\r\n"
PATIENCE = 2.0  # seconds for what should take milliseconds: a test that hangs says where
PROBE = b"GET /probe HTTP/1.1\r\nHost: a\r\n\r\n"


class Bodiless(int):
    """The status of an answer to HEAD."""


@dataclass(frozen=True)
class Case:
    """A stream of bytes, and what the RFCs make of it."""

    data: bytes
    answers: Sequence[int] = (200,)
    recorded: Sequence[bytes] = (b"",)
    """The bodies of the requests that are recorded."""
    then: Then = "open"
    limits: dict[str, Any] = field(default_factory=dict[str, Any])


def request(
    *fields: bytes, body: bytes = b"", method: bytes = b"GET", target: bytes = b"/"
) -> bytes:
    """The bytes of a request."""
    return b"%b %b HTTP/1.1\r\nHost: a\r\n%b\r\n%b" % (
        method,
        target,
        b"".join(field + b"\r\n" for field in fields),
        body,
    )


def post(*fields: bytes, body: bytes = b"") -> bytes:
    """The bytes of a POST."""
    return request(*fields, body=body, method=b"POST")


def chunked(wire: bytes) -> bytes:
    """The bytes of a POST whose chunked body is given as it is sent."""
    return post(b"Transfer-Encoding: chunked", body=wire)


def refused(data: bytes, status: int, **limits: Any) -> Case:
    """A stream that is refused."""
    return Case(data, (status,), (), "closed", limits)


class Own(BaseMockResponse):
    """A user's own class, answered by aiohttp."""

    async def response(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=b"ok")


RESPONSES: dict[str, BaseMockResponse] = {"ready": RawResponse(b"ok"), "own": Own()}


class Ends:
    """The server's side of the connections, as the tests see it."""

    def __init__(self) -> None:
        self.doors: list[WatchedDoor] = []
        self._change = asyncio.Event()

    def changed(self) -> None:
        self._change.set()

    async def until_accepted(self, count: int) -> None:
        """Wait until there are so many connections."""
        while len(self.doors) < count:
            self._change.clear()
            await self._change.wait()

    async def until_read(self, number: int, size: int) -> None:
        """Wait until a connection has read so many bytes, or is gone."""
        while len(self.doors) <= number or not self.doors[number].has_read(size):
            self._change.clear()
            await self._change.wait()


class WatchedDoor(Door):
    """A connection that tells how much of it was read."""

    ends: ClassVar[Ends]

    def __init__(self, site: Any) -> None:
        super().__init__(site)
        self.read = 0
        self.lost = False
        self.ends.doors.append(self)
        self.ends.changed()

    def has_read(self, size: int) -> bool:
        return self.lost or self.read >= size

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self.read += len(data)
        self.ends.changed()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self.lost = True
        self.ends.changed()


class Part(NamedTuple):
    """One response as it was read."""

    status: int
    head: bytes
    body: bytes


def parse_answers(wire: bytes, expected: Sequence[int]) -> list[Part]:
    """Take a stream of responses apart; which of them answer HEAD is known from the expected."""
    parts: list[Part] = []
    finals = 0
    while wire:
        head, end, wire = wire.partition(b"\r\n\r\n")
        assert end, f"no whole head: {head!r}"
        version, status_text, _ = head.split(b" ", 2)
        assert version in (b"HTTP/1.1", b"HTTP/1.0")
        status = int(status_text)
        lengths = [line for line in head.lower().split(b"\r\n") if line[:15] == b"content-length:"]
        size = int(lengths[0][15:]) if lengths else 0
        if status >= 200:
            bodiless = finals < len(expected) and isinstance(expected[finals], Bodiless)
            finals += 1
        else:
            bodiless = True
        if bodiless or status in (204, 304):
            size = 0
        assert len(wire) >= size, f"a body of {size} bytes was cut: {wire!r}"
        parts.append(Part(status, head, wire[:size]))
        wire = wire[size:]
    return parts


class Verdict(NamedTuple):
    """What became of a stream."""

    answers: list[int]
    recorded: list[bytes]
    then: Then


class Wire:
    """A running service, and connections to it."""

    def __init__(
        self, service: MockService, ends: Ends, client_context: SSLContext | None = None
    ) -> None:
        self.service = service
        self.ends = ends
        self._client_context = client_context

    @property
    def url(self) -> URL:
        return self.service.url

    @asynccontextmanager
    async def connect(self) -> AsyncGenerator["Client"]:
        number = len(self.ends.doors)
        reader, writer = await asyncio.open_connection(
            self.url.host, self.url.port, ssl=self._client_context, limit=1 << 24
        )
        client = Client(self.ends, number, reader, writer)
        try:
            yield client
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()

    async def settled(self) -> None:
        """Wait until every connection that was made is gone."""
        for number in range(len(self.ends.doors)):
            while not self.ends.doors[number].lost:
                await self.ends.until_read(number, 1 << 62)

    async def verdict(self, segments: Sequence[bytes], expected: Case) -> Verdict:
        """Send segments, and see what becomes of them."""
        calls = self.service.get_calls("any")
        before = len(calls)
        then: Then
        async with asyncio.timeout(PATIENCE), self.connect() as client:
            for segment in segments:
                await client.send(segment)
            if expected.then == "open":
                await client.send(PROBE)
            if expected.then != "closed":
                client.writer.write_eof()
            wire = await client.reader.read()
        parts = parse_answers(wire, expected.answers)
        answers = [part.status for part in parts if part.status >= 200]
        calls = self.service.get_calls("any")[before:]
        probed = self.service.get_calls("probe")
        if expected.then == "open" and answers and answers[-1] == 299 and probed:
            answers.pop()
            then = "open"
        else:
            then = "closed" if expected.then == "open" else expected.then
        self.service.history_map["probe"].clear()
        return Verdict(answers, [call.body for call in calls], then)


class Client:
    """A client that writes literal bytes."""

    def __init__(
        self,
        ends: Ends,
        number: int,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._ends = ends
        self._number = number
        self._sent = 0
        self.reader = reader
        self.writer = writer

    @property
    def door(self) -> WatchedDoor:
        return self._ends.doors[self._number]

    async def send(self, data: bytes) -> None:
        """Send a segment; returns when the server has read it, or closed."""
        with suppress(ConnectionError):
            self.writer.write(data)
            self._sent += len(data)
            await self._ends.until_read(self._number, self._sent)

    async def gone(self) -> None:
        """Wait until the server's side is gone."""
        await self._ends.until_read(self._number, 1 << 62)

    async def answer(self, *, head: bool = False) -> Part:
        """Read one response that has a Content-Length, or no body."""
        raw = await self.reader.readuntil(b"\r\n\r\n")
        wire = raw
        status = int(raw.split(b" ")[1])
        lengths = [line for line in raw.lower().split(b"\r\n") if line[:15] == b"content-length:"]
        if lengths and not head and status not in (204, 304):
            wire += await self.reader.readexactly(int(lengths[0][15:]))
        (part,) = parse_answers(wire, [Bodiless(status) if head else status])
        return part

    async def ask(self, data: bytes) -> Part:
        """Send a request and read its answer."""
        await self.send(data)
        return await self.answer(head=data.startswith(b"HEAD "))


def cuts(data: bytes, most: int = 16) -> Iterator[Sequence[bytes]]:
    """The stream whole, in two at each place where something ends or begins, byte by byte."""
    yield [data]
    places = [
        place
        for place in range(1, len(data))
        if data[place - 1 : place] in b"\r\n:; ," or data[place : place + 1] in b"\r\n"
    ]
    # The places towards the end are those of the bodies and of what stands behind them.
    for place in places[:: max(1, len(places) // most)] + places[-4:]:
        yield [data[:place], data[place:]]
    if len(data) <= 1000:
        yield [data[place : place + 1] for place in range(len(data))]


@asynccontextmanager
async def serving(
    response: BaseMockResponse,
    monkeypatch: pytest.MonkeyPatch,
    *routes: MockRoute,
    ssl_contexts: tuple[SSLContext, SSLContext] | None = None,
    settle: bool = True,
    **limits: Any,
) -> AsyncGenerator[Wire]:
    """Serve one response to everything; the account balances at the end."""
    ends = WatchedDoor.ends = Ends()
    monkeypatch.setattr(server, "Door", WatchedDoor)
    server_context, client_context = ssl_contexts or (None, None)
    async with (
        asyncio.timeout(2 * PATIENCE),
        start_service(
            [
                *routes,
                MockRoute("GET", "/probe", "probe"),
                MockRoute("*", "/", "any"),
                MockRoute("*", "/{rest:.+}", "any"),
            ],
            ssl_context=server_context,
            **limits,
        ) as service,
    ):
        service.register("any", response)
        service.register("probe", RawResponse(status=299))
        wire = Wire(service, ends, client_context)
        yield wire
        if settle:
            await wire.settled()
            assert_balanced(service)
    assert_balanced(service)


def assert_balanced(service: MockService) -> None:
    account = service.account
    assert account.in_progress == 0, account
    assert account.received == account.answered + account.refused + account.client_gone
