"""How connections end: half-closed, left, refused, upgraded, shut down."""

import asyncio
import gc
import socket
import struct

import aiohttp
import pytest
from aiohttp import WSMsgType, web

from asyncly.srvmocker import BaseMockResponse, LatencyResponse, MockRoute, RawResponse
from tests.conformance.test_order import Gate, Stream, read_bodies
from tests.conformance.wire import (
    RESPONSES,
    Own,
    assert_balanced,
    chunked,
    post,
    request,
    serving,
)

READY = RawResponse(b"ok")
GET = request()


class Echo(BaseMockResponse):
    """A WebSocket that sends back what it gets, until it gets `end`."""

    async def response(self, request: web.Request) -> web.StreamResponse:
        socket_ = web.WebSocketResponse()
        await socket_.prepare(request)
        async for message in socket_:
            if message.data == "end":
                break
            await socket_.send_str(message.data)
        await socket_.close()
        return socket_


# --- half-closed ---------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", RESPONSES)
@pytest.mark.parametrize("late", [False, True])
async def test_who_closes_the_sending_side_is_answered(
    monkeypatch: pytest.MonkeyPatch, kind: str, late: bool
) -> None:
    response = LatencyResponse(RESPONSES[kind], 0.001) if late else RESPONSES[kind]
    async with serving(response, monkeypatch) as wire:
        async with wire.connect() as client:
            client.writer.write(3 * GET)
            client.writer.write_eof()
            wire_bytes = await client.reader.read()
        assert wire_bytes.count(b"HTTP/1.1 200 OK") == 3
        assert wire.service.account.client_gone == 0


async def test_half_a_request_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(READY, monkeypatch) as wire:
        async with wire.connect() as client:
            client.writer.write(GET + post(b"Content-Length: 2", body=b"x"))
            client.writer.write_eof()
            assert (await client.reader.read()).count(b"HTTP/1.1") == 1
        assert len(wire.service.history) == 1
        assert wire.service.account.received == 1


# --- a client that leaves ------------------------------------------------------------------------


def reset(client: socket.socket) -> None:
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()


LEAVING = {
    "ready": READY,
    "own": Own(),
    "late": LatencyResponse(READY, 30.0),
    "late own": LatencyResponse(Own(), 30.0),
    "stream": Stream(),
    "gate": Gate,
}


@pytest.mark.parametrize("kind", LEAVING)
@pytest.mark.parametrize("how", ["close", "reset", "half"])
@pytest.mark.parametrize("count", [1, 50])
async def test_whole_requests_of_who_leaves_at_once_are_recorded(
    monkeypatch: pytest.MonkeyPatch, kind: str, how: str, count: int
) -> None:
    response = LEAVING[kind]
    gate = Gate() if response is Gate else None
    # Until an answer is due, who has closed looks like one who waits with a half-closed connection.
    seen = how == "reset" or kind in ("ready", "own", "stream")
    async with serving(gate or response, monkeypatch, settle=seen) as wire:  # type: ignore[arg-type]  # not Gate
        client = socket.create_connection((wire.url.host, wire.url.port))
        try:
            client.sendall(count * post(b"Content-Length: 3", body=b"abc") + GET[:-1])
            if how == "half":
                client.shutdown(socket.SHUT_WR)
            await wire.ends.until_read(0, 1)
            if gate is not None:
                await gate.entered.wait()
        finally:
            reset(client) if how == "reset" else client.close()
        if seen:
            await wire.settled()
        account = wire.service.account
        assert len(wire.service.history) == account.received == count
        if seen and kind not in ("ready", "own", "stream"):
            assert account.client_gone == count
    assert gate is None or gate.left.is_set()
    assert len(wire.service.history) == account.received == count
    assert account.refused == 0
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    gc.collect()  # what is leaked tells so now


async def test_who_leaves_in_the_middle_of_a_body_is_not_recorded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for data in (
        GET[:10],
        post(b"Content-Length: 10", body=b"abc"),
        chunked(b"3\r\nabc\r\n"),
        chunked(b"3\r\nabc\r\n0\r\nX: y\r\n"),
    ):
        async with serving(READY, monkeypatch) as wire:
            async with wire.connect() as client:
                await client.send(data)
            await wire.settled()
            assert list(wire.service.history) == []
            assert wire.service.account.received == 0


# --- refusals ------------------------------------------------------------------------------------


async def test_a_bad_chunk_in_a_later_segment_is_refused_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with serving(Own(), monkeypatch) as wire:
        async with wire.connect() as client:
            await client.send(chunked(b"3\r\nabc\r\n"))
            async with asyncio.timeout(1):
                assert (await client.ask(b"x\r\n")).status == 400
                assert await client.reader.read() == b""
        assert list(wire.service.history) == []


@pytest.mark.parametrize("kind", RESPONSES)
async def test_the_reason_of_a_refusal_is_seen(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    """By the client, also if it goes on sending, and by the service."""
    async with serving(RESPONSES[kind], monkeypatch) as wire:
        async with wire.connect() as client:
            client.writer.write(GET + b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n")
            assert (await client.answer()).status == 200
            answer = await client.answer()
            assert (answer.status, answer.body) == (400, b"invalid Host header")
            assert b"connection: close" in answer.head.lower()
            for _ in range(20):
                await client.send(b"x" * 100_000)
            assert await client.reader.read() == b""
        (last,) = wire.service.account.last_refused
        assert (last.status, last.reason) == (400, "invalid Host header")
        assert b"Host: a b" in last.first_bytes


async def test_a_refusal_waits_for_the_answers_in_front_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = Gate()
    async with serving(gate, monkeypatch) as wire, wire.connect() as client:
        await client.send(GET + b"\0")
        await gate.entered.wait()
        gate.opened.set()
        assert [await client.answer(), await client.answer()][1].status == 400
        assert await client.reader.read() == b""


async def test_too_large_a_body_is_answered_while_it_comes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with (
        serving(READY, monkeypatch, client_max_size=1000) as wire,
        wire.connect() as client,
    ):
        await client.send(post(b"Content-Length: 5000000"))
        assert (await client.answer()).status == 413
        for _ in range(50):
            await client.send(b"x" * 100_000)
        assert (await client.ask(GET)).status == 200


@pytest.mark.parametrize(
    ("data", "phase"),
    [
        (GET[:-1], "head"),
        (post(b"Content-Length: 3", body=b"x"), "body"),
        (chunked(b"3\r"), "body"),
    ],
)
async def test_a_time_out(monkeypatch: pytest.MonkeyPatch, data: bytes, phase: str) -> None:
    async with serving(READY, monkeypatch, head_timeout=0.02, body_timeout=0.02) as wire:
        async with wire.connect() as client:
            assert (await client.ask(GET)).status == 200
            await client.send(data)
            answer = await client.answer()
            assert (answer.status, answer.body) == (
                408,
                f"the request {phase} took too long".encode(),
            )
            assert await client.reader.read() == b""
        assert len(wire.service.history) == 1
        [refused] = wire.service.account.last_refused
        assert (refused.status, refused.first_bytes) == (408, data[:200])


async def test_nothing_is_late_while_it_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits because the server does not read is not blamed for it."""
    gate = Gate()
    async with serving(
        READY, monkeypatch, MockRoute("GET", "/gate", "gate"), body_timeout=0.01
    ) as wire:
        wire.service.register("gate", gate)
        async with wire.connect() as client:
            started = post(b"Content-Length: 2", body=b"x")
            await client.send(request(target=b"/gate") + 70 * GET + started)
            client.writer.write(b"y")
            await asyncio.sleep(0.05)  # longer than the limit
            gate.opened.set()
            bodies = await read_bodies(client.reader, 72)
        assert bodies == [b"gate"] + 71 * [b"ok"]


# --- upgrades ------------------------------------------------------------------------------------


async def test_a_websocket(monkeypatch: pytest.MonkeyPatch, client: aiohttp.ClientSession) -> None:
    async with serving(Echo(), monkeypatch) as wire:
        async with client.ws_connect(wire.url) as websocket:
            for text in ("a", "b" * 70_000):
                await websocket.send_str(text)
                assert await websocket.receive_str() == text
            account = wire.service.account
            assert (account.answered_by_aiohttp, account.in_progress) == (1, 0)
            await websocket.send_str("end")
            assert (await websocket.receive()).type is WSMsgType.CLOSE
        assert len(wire.service.history) == 1


async def test_the_wish_for_a_websocket_is_ignored_in_http_1_0(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wish = (
        b"GET / HTTP/1.0\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    async with serving(Echo(), monkeypatch) as wire:
        # RFC 9110 section 7.8
        async with wire.connect() as client:
            assert (await client.ask(wish)).status == 400
        [call] = wire.service.history
        assert call.headers["Upgrade"] == "websocket", "recorded as it was sent"


@pytest.mark.parametrize("how", ["close", "abort", "server"])
async def test_a_websocket_that_is_left(
    monkeypatch: pytest.MonkeyPatch, client: aiohttp.ClientSession, how: str
) -> None:
    async with serving(Echo(), monkeypatch) as wire:
        websocket = await client.ws_connect(wire.url)
        await websocket.send_str("a")
        assert await websocket.receive_str() == "a"
        if how == "close":
            await websocket.close()
        elif how == "abort":
            await client.close()
        else:
            for end in wire.ends.doors:
                end.abort()
        await wire.settled()
        account = wire.service.account
        assert (account.answered_by_aiohttp, account.client_gone) == (1, 0)
        await websocket.close()


async def test_frames_right_behind_the_handshake(monkeypatch: pytest.MonkeyPatch) -> None:
    handshake = request(
        b"Connection: upgrade",
        b"Upgrade: websocket",
        b"Sec-WebSocket-Version: 13",
        b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    )
    frame = b"\x81\x82\0\0\0\0hi"
    for cut in (len(handshake), len(handshake) + 3, 10):
        data = GET + handshake + frame
        async with serving(READY, monkeypatch, MockRoute("GET", "/ws", "ws")) as wire:
            wire.service.register("ws", Echo())
            data = GET + handshake.replace(b" / ", b" /ws ") + frame
            async with wire.connect() as client:
                await client.send(data[:cut])
                await client.send(data[cut:])
                assert (await client.answer()).status == 200
                head = await client.reader.readuntil(b"\r\n\r\n")
                assert head.startswith(b"HTTP/1.1 101 ")
                assert await client.reader.readexactly(4) == b"\x81\x02hi"


async def test_a_wish_for_a_websocket_that_its_handler_refuses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The handshake is wrong, and aiohttp says so; the connection stays in order."""
    wish = request(b"Connection: upgrade", b"Upgrade: websocket")
    async with serving(Echo(), monkeypatch, MockRoute("GET", "/ok", "ok")) as wire:
        wire.service.register("ok", READY)
        async with wire.connect() as client:
            await client.send(wish + request(target=b"/ok") + wish + request(target=b"/ok"))
            answers = [(await client.answer()).status for _ in range(4)]
        assert answers == [400, 200, 400, 200]


async def test_many_bytes_behind_a_wish_that_takes_its_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gate = Gate()
    wish = request(b"Connection: upgrade", b"Upgrade: websocket", target=b"/gate")
    many = 5000
    async with serving(READY, monkeypatch, MockRoute("GET", "/gate", "gate")) as wire:
        wire.service.register("gate", gate)
        async with wire.connect() as client:
            await client.send(wish)
            await gate.entered.wait()
            client.writer.write(many * GET)
            await wire.ends.until_read(0, len(wish) + (1 << 16))
            assert wire.service.account.received == 1
            gate.opened.set()
            assert await read_bodies(client.reader, many + 1) == [b"gate"] + many * [b"ok"]


# --- closing -------------------------------------------------------------------------------------


async def test_a_response_that_closes(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands behind it is recorded, gets no answer, and is accounted for."""

    class Closing(BaseMockResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            response = web.Response(body=b"last")
            response.force_close()
            return response

    async with serving(READY, monkeypatch, MockRoute("GET", "/close", "close")) as wire:
        wire.service.register("close", Closing())
        async with wire.connect() as client:
            await client.send(request(target=b"/close") + 3 * GET)
            assert (await client.answer()).body == b"last"
            assert await client.reader.read() == b""
        await wire.settled()
        assert wire.service.account.client_gone == 3


async def test_a_slow_reader_gets_all_of_the_last_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    large = b"x" * 20_000_000
    async with serving(RawResponse(large), monkeypatch) as wire:
        async with wire.connect() as client:
            await client.send(request(b"Connection: close"))
            await asyncio.sleep(2.5)  # longer than a refused client has
            data = await client.reader.read()
        assert data.endswith(large)


@pytest.mark.parametrize("kind", [*LEAVING, "idle", "half", "refused", "websocket", "unread"])
async def test_a_prompt_shutdown(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    response = LEAVING.get(kind, Echo() if kind == "websocket" else READY)
    gate = Gate() if response is Gate else None
    if kind == "unread":
        response = RawResponse(b"x" * 10_000_000)
    context = serving(gate or response, monkeypatch, settle=False)  # type: ignore[arg-type]  # not Gate
    wire = await context.__aenter__()
    client = wire.connect()
    opened = await client.__aenter__()
    data = {
        "idle": b"",
        "half": GET[:10],
        "refused": b"\0",
        "websocket": request(
            b"Connection: upgrade",
            b"Upgrade: websocket",
            b"Sec-WebSocket-Version: 13",
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        ),
    }.get(kind, 3 * GET)
    await opened.send(data)
    if gate is not None:
        await gate.entered.wait()
    async with asyncio.timeout(5):
        await context.__aexit__(None, None, None)
    assert_balanced(wire.service)
    await client.__aexit__(None, None, None)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
