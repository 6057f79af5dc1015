"""`WebSocketResponse`: a script, held against real clients."""

import asyncio
import math
import re
import struct
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType, web

from asyncly.srvmocker import (
    Close,
    Conversation,
    ConversationError,
    Drop,
    Expect,
    ExpectClose,
    JsonResponse,
    MockRoute,
    MockService,
    Repeat,
    Send,
    Wait,
    WebSocketResponse,
    start_service,
)
from tests.rawhttp import RawClient, raw_client

ROUTES = [MockRoute("GET", "/ws", "ws")]
HANDSHAKE = (
    b"GET /ws?a=1 HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
)
Said = list[tuple[str, str, str | bytes, int | None]]


def frame(opcode: int, payload: bytes) -> bytes:
    """A frame of a client, masked with zeros."""
    assert len(payload) < 126
    return bytes((0x80 | opcode, 0x80 | len(payload))) + bytes(4) + payload


def text(message: str) -> bytes:
    return frame(1, message.encode())


def closing(code: int = 1000) -> bytes:
    return frame(8, struct.pack("!H", code))


def said(conversation: Conversation) -> Said:
    times = [frame.time for frame in conversation.frames]
    assert times == sorted(times)
    return [(each.direction, each.kind, each.payload, each.code) for each in conversation.frames]


@asynccontextmanager
async def holding(
    response: WebSocketResponse,
) -> AsyncGenerator[tuple[MockService, aiohttp.ClientWebSocketResponse]]:
    """A conversation with aiohttp's client; nothing may be left of it."""
    async with (
        asyncio.timeout(10),
        start_service(ROUTES) as service,
        aiohttp.ClientSession(service.url) as client,
    ):
        service.register("ws", response)
        async with client.ws_connect("/ws?a=1", autoping=False) as socket:
            yield service, socket


@asynccontextmanager
async def holding_raw(
    response: WebSocketResponse,
) -> AsyncGenerator[tuple[MockService, RawClient]]:
    async with (
        asyncio.timeout(10),
        start_service(ROUTES) as service,
        raw_client(service.url) as client,
    ):
        service.register("ws", response)
        client.write(HANDSHAKE)
        assert (await client.read_head()).startswith(b"HTTP/1.1 101 ")
        yield service, client


async def until(happened: Callable[[], object]) -> None:
    while not happened():  # noqa: ASYNC110 - a look at each turn of the loop
        await asyncio.sleep(0)


async def test_a_conversation_follows_the_script_and_is_on_record() -> None:
    response = WebSocketResponse(
        [
            Expect("hello"),
            Send("welcome"),
            Send({"n": 1}),
            Send(b"\x00"),
            Expect(b"\x01"),
            Expect({"op": "bye"}),
            Close(4000, "full"),
        ]
    )
    async with holding(response) as (service, socket):
        await socket.send_str("hello")
        assert [(await socket.receive()).data for _ in range(3)] == ["welcome", '{"n": 1}', b"\x00"]
        await socket.send_bytes(b"\x01")
        await socket.send_json({"op": "bye"})
        last = await socket.receive()
        assert (last.type, last.data, last.extra) == (WSMsgType.CLOSE, 4000, "full")
        [conversation] = response.conversations
        await until(lambda: conversation.received == 4)
    assert said(conversation) == [
        ("received", "text", "hello", None),
        ("sent", "text", "welcome", None),
        ("sent", "text", '{"n": 1}', None),
        ("sent", "binary", b"\x00", None),
        ("received", "binary", b"\x01", None),
        ("received", "text", '{"op": "bye"}', None),
        ("sent", "close", "full", 4000),
        ("received", "close", "", 1000),
    ]
    assert (conversation.path, conversation.protocol) == ("/ws?a=1", None)
    assert (conversation.finished, conversation.error) == (True, None)
    assert not service.errors
    assert service.account.answered_by_aiohttp == 1
    service.assert_called("ws", times=1)
    assert repr(response) == "<WebSocketResponse of 7 steps, 1 conversations>"
    service.reset()
    assert response.conversations == []


async def test_behind_the_last_step_it_is_closed() -> None:
    async with holding(WebSocketResponse([Send("a")])) as (service, socket):
        assert (await socket.receive()).data == "a"
        last = await socket.receive()
        assert (last.type, last.data) == (WSMsgType.CLOSE, 1000)
    assert not service.errors


async def test_each_client_has_a_conversation_of_its_own() -> None:
    response = WebSocketResponse([Expect("a"), Send("b")], keep_conversations=2)
    async with holding(response) as (service, first):
        async with aiohttp.ClientSession(service.url) as client:
            for _ in range(2):
                async with client.ws_connect("/ws?a=2") as socket:
                    await socket.send_str("a")
                    assert [message.data async for message in socket] == ["b"]
        await first.send_str("a")
        assert (await first.receive()).data == "b"
        await first.receive()
        paths = [conversation.path for conversation in response.conversations]
        assert paths == ["/ws?a=2", "/ws?a=2"], "the last ones are kept"


async def test_a_subprotocol_is_agreed_on() -> None:
    response = WebSocketResponse([], protocols=["v2", "v1"])
    async with start_service(ROUTES) as service, aiohttp.ClientSession(service.url) as client:
        service.register("ws", response)
        async with client.ws_connect("/ws", protocols=["v0", "v1"]) as socket:
            assert socket.protocol == "v1"
            await socket.receive()
    assert response.conversations[0].protocol == "v1"


async def test_a_request_that_asks_for_no_websocket_is_a_400(
    client: aiohttp.ClientSession,
) -> None:
    response = WebSocketResponse([])
    async with start_service(ROUTES) as service:
        service.register("ws", response)
        async with client.get(service.url / "ws") as answer:
            assert answer.status == 400
        service.register("ws", JsonResponse({}))
        async with client.get(service.url / "ws") as answer:
            assert answer.status == 200
    assert not response.conversations
    assert not service.errors


@pytest.mark.parametrize(
    ("script", "sent", "error"),
    [
        ([Expect("a")], text("b"), "expected 'a', the client sent 'b'"),
        ([Expect({"a": 1})], text('{"a": 2}'), "expected {'a': 1}, the client sent '{\"a\": 2}'"),
        (
            [Expect("a")],
            text("b" * 100) + text("c"),
            f"expected 'a', the client sent {'b' * 100!r}",
        ),
        (
            [Expect("ä" * 300)],
            frame(2, b"\xff"),
            f"expected '{'ä' * 199}…, the client sent b'\\xff'",
        ),
        ([Expect("a"), Expect("a")], text("a") + text("b"), "expected 'a', the client sent 'b'"),
        ([Expect("a")], closing(1001), "expected 'a', the client closed the conversation (1001)"),
        ([Expect("a")], frame(8, b""), "expected 'a', the client closed the conversation"),
        (
            [Repeat(2, [Expect("a"), Send("b")])],
            text("a") + closing(),
            "expected 'a', the client closed the conversation (1000)",
        ),
        (
            [Repeat(None, [Expect("a"), Send("b"), Expect("c")])],
            text("a") + closing(),
            "expected 'c', the client closed the conversation (1000)",
        ),
        (
            [ExpectClose()],
            text("a"),
            "expected that the client closes the conversation, it sent 'a'",
        ),
        (
            [Wait(0.05), ExpectClose()],
            text("a"),
            "expected that the client closes the conversation, it sent 'a'",
        ),
        (
            [ExpectClose(1000)],
            closing(1001),
            "expected that the client closes the conversation (1000), it did so (1001)",
        ),
        (
            [ExpectClose(1005)],
            closing(1001),
            "expected that the client closes the conversation (1005), it did so (1001)",
        ),
        (
            [Expect("a"), Wait(0.05), Close()],
            text("a") + text("b"),
            "nothing more was expected, the client sent 'b'",
        ),
        ([Expect("a")], text("a") + text("b"), "nothing more was expected, the client sent 'b'"),
        (
            [Wait(0.05), Expect("a")],
            closing(),
            "expected 'a', the client closed the conversation (1000)",
        ),
    ],
)
async def test_what_is_not_expected_is_an_error_that_both_sides_see(
    script: Sequence[Any], sent: bytes, error: str
) -> None:
    response = WebSocketResponse(script)
    async with holding_raw(response) as (service, client):
        client.write(sent)
        while True:
            head = await client.reader.readexactly(2)
            payload = await client.reader.readexactly(head[1])
            if head[0] == 0x88:
                break
        [conversation] = response.conversations
        if sent.startswith(b"\x88") or closing() in sent:
            assert payload == struct.pack("!H", 1000)
        else:
            assert len(service.errors) == 1, "before the client can have seen it"
            assert payload[:2] == struct.pack("!H", 1008)
            assert payload[2:] == error.encode()[:123].decode(errors="ignore").encode()
            client.write(closing(1008))
        assert await client.closed()
        await until(lambda: service.errors)
    [failure] = service.errors
    assert isinstance(failure.exception, ConversationError)
    assert str(failure.exception) == error
    assert failure.handler_name == "ws"
    assert conversation.error is failure.exception


@pytest.mark.parametrize(
    ("script", "sent", "finished"),
    [
        ([ExpectClose()], closing(1001), True),
        ([ExpectClose(1001)], closing(1001), True),
        ([ExpectClose()], frame(8, b""), True),
        ([ExpectClose(1005)], frame(8, b""), True),
        ([Wait(0.05), ExpectClose(1000)], closing(), True),
        ([Repeat(None, [Expect("a"), Send("b")])], text("a") + closing(), True),
        ([Repeat(None, [Send("b"), Wait(0.01)])], closing(), False),
        ([Repeat(None, [Wait(0.01)])], closing(), False),
        ([Repeat(None, [Send("b" * 60_000)])], closing(), False),
        ([Wait(math.inf)], closing(), True),
    ],
)
async def test_a_client_may_close_where_nothing_is_expected(
    script: Sequence[Any], sent: bytes, finished: bool
) -> None:
    response = WebSocketResponse(script)
    async with holding_raw(response) as (service, client):
        client.write(sent)
        assert (await client.reader.read()).endswith(b"\x88\x02\x03\xe8")
    [conversation] = response.conversations
    assert (conversation.finished, conversation.error) == (finished, None)
    assert not service.errors


@pytest.mark.parametrize("script", [[Wait(0.05), Send("x")], [Wait(0.05), Send("x"), Drop()]])
async def test_what_stands_behind_a_close_is_neither_sent_nor_on_record(
    script: Sequence[Any],
) -> None:
    response = WebSocketResponse(script)
    async with holding_raw(response) as (_, client):
        client.write(closing(4000))
        assert await client.reader.read() == b"\x88\x02\x03\xe8"
    [conversation] = response.conversations
    assert said(conversation) == [
        ("received", "close", "", 4000),
        ("sent", "close", "", 1000),
    ]
    assert not conversation.finished


@pytest.mark.parametrize("reset", [False, True])
async def test_the_connection_may_be_lost(reset: bool) -> None:
    response = WebSocketResponse([Expect("a"), Send("b"), Drop(reset)])
    async with holding_raw(response) as (service, client):
        client.write(text("a"))
        if reset:
            with pytest.raises(ConnectionResetError):
                while True:
                    if not await client.reader.read(100):
                        raise AssertionError("no reset")
        else:
            assert await client.reader.read() == b"\x81\x01b"
    [conversation] = response.conversations
    assert said(conversation)[-1] == ("sent", "text", "b", None)
    assert (conversation.finished, conversation.error) == (True, None)
    assert not service.errors


async def test_pings_are_answered_and_on_record() -> None:
    response = WebSocketResponse([Expect("a"), Send("b")])
    async with holding(response) as (service, socket):
        await socket.ping(b"1")
        await socket.pong(b"2")
        pong = await socket.receive()
        assert (pong.type, bytes(pong.data)) == (WSMsgType.PONG, b"1")
        await socket.send_str("a")
        assert (await socket.receive()).data == "b"
        await socket.receive()
    assert said(response.conversations[0])[:4] == [
        ("received", "ping", b"1", None),
        ("sent", "pong", b"1", None),
        ("received", "pong", b"2", None),
        ("received", "text", "a", None),
    ]
    assert not service.errors


async def test_what_comes_during_a_pause_waits_for_its_turn() -> None:
    response = WebSocketResponse([Wait(0.05), Send("x"), Expect("1"), Wait(0), Expect("2")])
    async with holding(response) as (service, socket):
        await socket.send_str("1")
        await socket.send_str("2")
        assert [message.data async for message in socket] == ["x"]
    kinds = [each[:3] for each in said(response.conversations[0])[:3]]
    assert kinds == [
        ("received", "text", "1"),
        ("received", "text", "2"),
        ("sent", "text", "x"),
    ]
    assert not service.errors


async def test_a_pause_keeps_its_time_whatever_comes() -> None:
    count = 1500  # more than are read ahead
    response = WebSocketResponse([Wait(0.2), Send("x"), Repeat(count, [Expect("a")])])
    async with holding_raw(response) as (service, client):
        clock = asyncio.get_running_loop().time
        began = clock()
        client.write(text("a") * count)
        assert await client.reader.readexactly(3) == b"\x81\x01x"
        assert clock() - began > 0.15
        assert await client.reader.readexactly(4) == b"\x88\x02\x03\xe8"
        client.write(closing())
        assert await client.closed()
    assert not service.errors
    assert response.conversations[0].received == count + 1


@pytest.mark.parametrize(
    ("sent", "code", "error"),
    [
        (b"\x83\x80\0\0\0\0", 1002, "the client broke the protocol: Unexpected opcode=3"),
        (frame(1, b"\xff"), 1007, "the client broke the protocol: Invalid UTF-8 text message"),
        (text("a" * 11), 1009, "the client broke the protocol: "),
    ],
)
async def test_a_client_that_breaks_the_protocol_is_an_error(
    sent: bytes, code: int, error: str
) -> None:
    response = WebSocketResponse([Expect("a")], max_message_size=10)
    async with holding_raw(response) as (service, client):
        client.write(sent)
        assert (await client.reader.readexactly(4))[2:] == struct.pack("!H", code)
        client.writer.close()
        await until(lambda: service.errors)
    [failure] = service.errors
    assert isinstance(failure.exception, ConversationError)
    assert str(failure.exception).startswith(error)
    assert said(response.conversations[0])[-1] == ("sent", "close", "", code)


async def test_a_client_that_vanishes_ends_it() -> None:
    response = WebSocketResponse([Send("a"), Expect("b")])
    async with holding_raw(response) as (service, client):
        await client.reader.readexactly(3)
        client.writer.transport.abort()
    [conversation] = response.conversations
    assert (conversation.finished, conversation.error) == (False, None)
    assert not service.errors


async def test_a_client_that_vanishes_behind_the_last_word_ends_it() -> None:
    response = WebSocketResponse([Send("a"), Close(4000)])
    async with holding_raw(response) as (service, client):
        await client.reader.readexactly(3 + 4)
        client.writer.close()  # without an answer to the close frame
    assert said(response.conversations[0])[1:] == [("sent", "close", "", 4000)]
    assert not service.errors


async def test_a_client_that_does_not_answer_a_close_frame_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("asyncly.srvmocker.responses.websocket._CLOSING", 0.05)
    response = WebSocketResponse([])
    async with holding_raw(response) as (service, client):
        assert await client.reader.read() == b"\x88\x02\x03\xe8"
    assert said(response.conversations[0]) == [("sent", "close", "", 1000)]
    assert not service.errors


@pytest.mark.parametrize("step", [Expect("a"), ExpectClose(), Wait(60), Wait(math.inf)])
async def test_the_end_of_the_service_ends_it(step: Any) -> None:
    response = WebSocketResponse([Send("a"), step])
    async with holding_raw(response) as (service, client):
        await client.reader.readexactly(3)
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < 5
    assert not response.conversations[0].finished
    assert not service.errors


async def test_many_messages_come_whole_and_in_order() -> None:
    count = 20_000
    response = WebSocketResponse(
        [Repeat(count, [Send("0123456789"), Send({"n": 1})]), ExpectClose()], keep_frames=10
    )
    async with holding(response) as (service, socket):
        wanted = ["0123456789", '{"n": 1}'] * count
        assert [(await socket.receive()).data for _ in range(2 * count)] == wanted
        await socket.close()
    [conversation] = response.conversations
    assert conversation.sent == 2 * count + 1
    assert len(conversation.frames) == 10
    assert not service.errors


async def test_messages_without_an_end_are_made_as_the_client_reads() -> None:
    response = WebSocketResponse([Repeat(None, [Send("x" * 10_000)])])
    async with holding_raw(response) as (service, client):
        [conversation] = response.conversations
        before = -1
        while conversation.sent != before:  # until the client's and the kernel's buffers are full
            before = conversation.sent
            await asyncio.sleep(0.05)
        assert before < 10_000
        await client.reader.readexactly(12_000_000)
        await until(lambda: conversation.sent > before)
        client.writer.transport.abort()
    assert not service.errors


async def test_a_connection_may_be_lost_just_before_something_is_sent() -> None:
    transports: list[asyncio.Transport | None] = []

    class Kept(WebSocketResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            transports.append(request.transport)
            return await super().response(request)

    class Losing:
        def __eq__(self, other: object) -> bool:
            assert transports[0] is not None
            transports[0].abort()
            return True

        __hash__ = None  # type: ignore[assignment]  # nobody asks

    response = Kept([Expect(Losing()), Send("x")])
    async with holding_raw(response) as (service, client):
        client.write(text("a"))
        with suppress(ConnectionError):
            assert await client.reader.read() == b""
        assert not service.errors
    assert not response.conversations[0].finished


def test_what_is_no_script_is_told() -> None:
    with pytest.raises(TypeError, match=re.escape("1 is no step, such as Send(...)")):
        WebSocketResponse([1])  # type: ignore[list-item]  # what is tested
