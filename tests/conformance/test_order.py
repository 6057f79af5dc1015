"""One answer for each request, in the order of arrival, whoever answers and however late."""

import asyncio
import socket

import pytest
from aiohttp import web

from asyncly.srvmocker import (
    BaseMockResponse,
    JsonResponse,
    LatencyResponse,
    MockRoute,
    RawResponse,
    SequenceResponse,
)
from asyncly.srvmocker._door import door
from tests.conformance.wire import Own, Wire, post, request, serving

READY = RawResponse(b"ready")


class Stream(BaseMockResponse):
    """Answers in chunks."""

    async def response(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for piece in (b"a", b"b", b"c"):
            await response.write(piece)
            await asyncio.sleep(0)
        await response.write_eof()
        return response


class Gate(BaseMockResponse):
    """Answers once it is opened."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.opened = asyncio.Event()
        self.left = asyncio.Event()

    async def response(self, request: web.Request) -> web.StreamResponse:
        self.entered.set()
        try:
            await self.opened.wait()
        finally:
            self.left.set()
        return web.Response(body=b"gate")


def routes(**responses: BaseMockResponse) -> list[MockRoute]:
    return [MockRoute("*", f"/{name}", name) for name in responses]


def register(wire: Wire, **responses: BaseMockResponse) -> None:
    for name, response in responses.items():
        wire.service.register(name, response)


def get(name: bytes) -> bytes:
    return request(target=b"/" + name)


async def read_bodies(reader: asyncio.StreamReader, count: int) -> list[bytes]:
    """The bodies of so many answers; interim ones are told as `100`."""
    bodies: list[bytes] = []
    while len(bodies) < count:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        if head.startswith(b"http/1.1 100"):
            bodies.append(b"100")
        elif b"chunked" in head:
            body = b""
            while size := int(await reader.readuntil(b"\r\n"), 16):
                body += (await reader.readexactly(size + 2))[:-2]
            await reader.readexactly(2)
            bodies.append(body)
        else:
            size = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            bodies.append(await reader.readexactly(size))
    return bodies


KINDS: dict[str, tuple[BaseMockResponse, bytes]] = {
    "ready": (READY, b"ready"),
    "own": (Own(), b"ok"),
    "late": (LatencyResponse(RawResponse(b"late"), 0.001), b"late"),
    "lateown": (LatencyResponse(Own(), 0.001), b"ok"),
    "later": (LatencyResponse(LatencyResponse(READY, 0.001), 0), b"ready"),
    "stream": (Stream(), b"abc"),
}


@pytest.mark.parametrize("at_once", [True, False])
async def test_every_kind_behind_every_other(
    monkeypatch: pytest.MonkeyPatch, at_once: bool
) -> None:
    names = [name for one in KINDS for other in KINDS for name in (one, other)]
    responses = {name: response for name, (response, _) in KINDS.items()}
    async with serving(READY, monkeypatch, *routes(**responses)) as wire:
        register(wire, **responses)
        async with wire.connect() as client:
            segments = [get(name.encode()) for name in names]
            for segment in [b"".join(segments)] if at_once else segments:
                await client.send(segment)
            bodies = await read_bodies(client.reader, len(names))
        assert bodies == [KINDS[name][1] for name in names]
        assert [call.handler_name for call in wire.service.history] == names


async def test_a_sequence_is_in_the_order_of_arrival(monkeypatch: pytest.MonkeyPatch) -> None:
    def sequence() -> SequenceResponse:
        return SequenceResponse(
            [
                JsonResponse(0),
                LatencyResponse(JsonResponse(1), 0.001),
                Own(),
                LatencyResponse(Own(), 0.001),
                JsonResponse(4),
            ],
            "cycle",
        )

    async with serving(sequence(), monkeypatch) as wire:
        async with wire.connect() as client:
            await client.send(10 * request())
            bodies = await read_bodies(client.reader, 10)
        assert bodies == [b"0", b"1", b"ok", b"ok", b"4"] * 2


async def test_a_continue_waits_for_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate()
    asking = post(b"Expect: 100-continue", b"Content-Length: 1")
    async with serving(READY, monkeypatch, *routes(gate=gate)) as wire:
        register(wire, gate=gate)
        async with wire.connect() as client:
            await client.send(get(b"gate") + get(b"x") + asking)
            await gate.entered.wait()
            assert wire.service.account.answered == 0
            gate.opened.set()
            assert await read_bodies(client.reader, 3) == [b"gate", b"ready", b"100"]
            await client.send(b"y" + request())
            assert await read_bodies(client.reader, 2) == [b"ready", b"ready"]


async def test_a_busy_connection_holds_back_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    gate = Gate()
    async with serving(READY, monkeypatch, *routes(gate=gate)) as wire:
        register(wire, gate=gate)
        async with wire.connect() as one, wire.connect() as other:
            await one.send(get(b"gate") + request())
            await gate.entered.wait()
            assert (await other.ask(request())).body == b"ready"
            gate.opened.set()
            assert await read_bodies(one.reader, 2) == [b"gate", b"ready"]


async def test_what_is_registered_meanwhile_answers_what_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = Gate()
    async with serving(READY, monkeypatch, *routes(gate=gate)) as wire:
        register(wire, gate=gate)
        async with wire.connect() as client:
            await client.send(get(b"gate") + request())
            await gate.entered.wait()
            register(wire, any=RawResponse(b"new"))
            gate.opened.set()
            assert await read_bodies(client.reader, 2) == [b"gate", b"new"]


async def test_a_delay_holds_no_task(monkeypatch: pytest.MonkeyPatch) -> None:
    many = 500
    async with serving(LatencyResponse(READY, 0.2), monkeypatch) as wire:
        clients: list[socket.socket] = []
        loop = asyncio.get_running_loop()
        before = len(asyncio.all_tasks())
        try:
            for number in range(many):
                client = socket.create_connection((wire.url.host, wire.url.port))
                client.setblocking(False)
                clients.append(client)
                client.send(request())
                await wire.ends.until_read(number, 1)
            assert len(asyncio.all_tasks()) == before
            assert wire.service.account.in_progress + wire.service.account.answered == many
            for client in clients:
                assert (await loop.sock_recv(client, 1000)).endswith(b"ready")
            assert len(asyncio.all_tasks()) == before
        finally:
            for client in clients:
                client.close()


LARGE = RawResponse(b"x" * 100_000)


@pytest.mark.parametrize("kind", ["ready", "own", "late"])
async def test_who_does_not_read_is_not_read_either(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    class Large(BaseMockResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            return web.Response(body=b"x" * 100_000)

    response = {"ready": LARGE, "own": Large(), "late": LatencyResponse(LARGE, 0.0)}[kind]
    many = 2000
    async with serving(response, monkeypatch) as wire:
        paused = asyncio.Event()
        pause = door.Door._pause_reading

        def pause_reading(self: door.Door) -> None:
            pause(self)
            paused.set()

        monkeypatch.setattr(door.Door, "_pause_reading", pause_reading)
        loop = asyncio.get_running_loop()
        client = socket.create_connection((wire.url.host, wire.url.port))
        try:
            client.setblocking(False)
            sending = asyncio.ensure_future(
                loop.sock_sendall(client, many * request(b"X: " + b"y" * 200))
            )
            await paused.wait()
            assert wire.service.account.received < many
            async with wire.connect() as other:
                async with asyncio.timeout(10):
                    assert (await other.ask(request())).status == 200
            size = 0
            while (piece := await loop.sock_recv(client, 1 << 20)) != b"":
                size += len(piece)
                if size >= many * 100_000 and wire.service.account.in_progress == 0:
                    break
            await sending
        finally:
            client.close()
        assert wire.service.account.received == many + 1
        assert wire.service.account.client_gone == 0


async def test_what_stands_behind_a_declined_websocket_keeps_its_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wish = request(b"Connection: upgrade", b"Upgrade: websocket")
    late = LatencyResponse(RawResponse(b"late"), 0.001)
    async with serving(READY, monkeypatch, *routes(late=late)) as wire:
        register(wire, late=late)
        async with wire.connect() as client:
            await client.send(get(b"late") + wish + get(b"late") + wish + request())
            bodies = await read_bodies(client.reader, 5)
        assert bodies == [b"late", b"ready", b"late", b"ready", b"ready"]


@pytest.mark.parametrize(
    "wish",
    [
        request(b"Connection: upgrade", b"Upgrade: h2c"),
        request(b"Connection: upgrade", b"Upgrade: websocket"),
    ],
    ids=["h2c", "websocket"],
)
@pytest.mark.parametrize("kind", ["ready", "own"])
async def test_thousands_of_wishes_in_one_segment(
    monkeypatch: pytest.MonkeyPatch, wish: bytes, kind: str
) -> None:
    many = 1500
    async with serving(KINDS[kind][0], monkeypatch) as wire, wire.connect() as client:
        client.writer.write(many * wish)
        assert await read_bodies(client.reader, many) == [KINDS[kind][1]] * many


@pytest.mark.parametrize("kind", ["ready", "own"])
async def test_an_accepted_connect_has_no_length(
    monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """RFC 9110 section 9.3.6; and thousands of them in one segment do no harm."""
    async with serving(KINDS[kind][0], monkeypatch) as wire, wire.connect() as client:
        client.writer.write(1500 * b"CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n")
        for _ in range(1500):
            head = await client.reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200 ")
            assert b"content-length" not in head.lower()
