"""Faults over every kind of response that the package has, and faults that are injected."""

import asyncio
import re
from collections.abc import Callable

import pytest
from aiohttp import web

from asyncly.srvmocker import (
    BaseMockResponse,
    ChoiceResponse,
    ChunkedResponse,
    DisconnectResponse,
    DoubleResponse,
    EchoResponse,
    ExpiringResponse,
    FunctionResponse,
    HangResponse,
    HeldResponse,
    JsonResponse,
    LatencyResponse,
    MalformedChunkResponse,
    MockRoute,
    RateLimitResponse,
    RawResponse,
    RecordedRequest,
    SequenceResponse,
    SlowResponse,
    TruncatedGzipResponse,
    TruncatedResponse,
    UnannouncedCloseResponse,
    Wait,
    WrongLengthResponse,
    start_service,
)
from tests.faults.bytes_of import GET, came, served
from tests.rawhttp import raw_client


async def later(request: RecordedRequest) -> str:
    await asyncio.sleep(0)
    return request.path + "-later"


class Named(BaseMockResponse):
    """A user's own, whose name may stand in the name of a test."""

    def __repr__(self) -> str:
        return type(self).__name__


class Own(Named):
    async def response(self, request: web.Request) -> web.StreamResponse:
        return web.Response(text="" if request.method == "POST" else "own")


BODY = JsonResponse("body")
MADE: dict[str, Callable[[], BaseMockResponse]] = {
    "ready": lambda: BODY,
    "sequence": lambda: SequenceResponse([BODY]),
    "latency": lambda: LatencyResponse(BODY, 0),
    "choice": lambda: ChoiceResponse([(1, BODY), (2, BODY)], seed=1),
    "limit": lambda: RateLimitResponse(BODY, 1, 10),
    "expiring": lambda: ExpiringResponse(BODY, calls=1),
    "function": lambda: FunctionResponse(lambda request: request.path + "body"),
    "asynchronous function": lambda: FunctionResponse(later),
    "echo": EchoResponse,
    "stream": lambda: ChunkedResponse([b"one", Wait(0), b"two"]),
    "generated stream": lambda: ChunkedResponse(lambda: iter([b"one", b"two"])),
    "own": Own,
    "another fault": lambda: SlowResponse(BODY, body=1e6),
}


@pytest.mark.parametrize("name", MADE)
async def test_any_answer_can_be_cut_at_a_byte(name: str) -> None:
    for after in (0, 2):
        data, end = await came(DisconnectResponse(after=after, response=MADE[name]()))
        head, empty, body = data.partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK\r\n")
        assert empty
        assert (len(body), end) == (after, "FIN")


class Chunked(Named):
    async def response(self, request: web.Request) -> web.StreamResponse:
        answer = web.Response(text="own")
        answer.enable_chunked_encoding()
        return answer


class Last(Named):
    async def response(self, request: web.Request) -> web.StreamResponse:
        answer = web.Response(text="own")
        answer.force_close()
        return answer


LAST = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
OWN: list[tuple[BaseMockResponse, bool, int]] = [
    (SlowResponse(Own(), head=1e6, body=1e6), True, 200),
    (SlowResponse(Chunked(), head=1e6, body=1e6), True, 200),
    (SlowResponse(Last(), body=1e6), False, 200),
    (WrongLengthResponse(Own(), by=-1), True, 200),
    (DoubleResponse(Own()), True, 200),
    (TruncatedGzipResponse(Own()), True, 200),
    (SlowResponse(TruncatedGzipResponse(Own()), body=1e6), True, 200),
    (MalformedChunkResponse(Own()), False, 200),
    (UnannouncedCloseResponse(Own()), False, 200),
    (DisconnectResponse(after="head", response=Own()), False, 200),
    (DisconnectResponse(response=Own()), False, 0),
]


@pytest.mark.parametrize(("fault", "kept", "status"), OWN, ids=repr)
async def test_a_fault_over_a_user_s_own_ends_the_connection_where_it_is_to(
    fault: BaseMockResponse, kept: bool, status: int
) -> None:
    async with served(fault) as service, raw_client(service.url) as client:
        client.write(GET + LAST)
        data = await client.reader.read()
    answers = 2 if kept else 1
    assert data.count(b"HTTP/1.1 200 OK") == (0 if status == 0 else answers * (1 + _doubles(fault)))
    assert service.counts("fault").by_status[status] == answers
    assert not service.errors


def _doubles(fault: BaseMockResponse) -> bool:
    return isinstance(fault, DoubleResponse)


async def test_a_fault_over_a_user_s_own_ends_one_of_http_1_0() -> None:
    data, end = await came(SlowResponse(Own(), body=1e6), GET.replace(b"1.1", b"1.0"))
    assert (data.endswith(b"own"), end) == (True, "FIN")


@pytest.mark.parametrize(
    ("response", "error", "text"),
    [
        (Chunked(), TypeError, "the answer 'HTTP/1.1 200 OK' tells no Content-Length, which this"),
        (Own(), ValueError, "by=-3 leaves the Content-Length 0 as it is"),
        (SlowResponse(Chunked(), head=1e6), TypeError, "the answer 'HTTP/1.1 200 OK' tells no"),
    ],
    ids=repr,
)
async def test_what_a_fault_cannot_spoil_is_a_500_for_a_user_s_own_too(
    response: BaseMockResponse, error: type[Exception], text: str
) -> None:
    sent = GET.replace(b"GET", b"POST") if error is ValueError else GET
    async with served(WrongLengthResponse(response, by=-3)) as service:
        async with raw_client(service.url) as client:
            assert (await client.ask(sent)).status == 500
            assert (await client.ask(sent)).status == 500
        for failure in service.errors:
            assert type(failure.exception) is error
            assert str(failure.exception).startswith(text)
        assert len(service.errors) == 2


ANY: dict[str, Callable[[BaseMockResponse], BaseMockResponse]] = {
    "disconnect": lambda response: DisconnectResponse(after="head", response=response),
    "reset": lambda response: UnannouncedCloseResponse(response, reset=True),
    "close": UnannouncedCloseResponse,
    "truncated": lambda response: TruncatedResponse(b"half", 8, status_of(response)),
    "longer": lambda response: WrongLengthResponse(response, by=3),
    "chunk size": MalformedChunkResponse,
    "chunk ending": lambda response: MalformedChunkResponse(response, error="ending"),
    "no chunk": lambda response: MalformedChunkResponse(response, error="missing"),
    "gzip": TruncatedGzipResponse,
    "slow": lambda response: SlowResponse(response, head=1e6, body=1e6),
    "two of them": lambda response: WrongLengthResponse(SlowResponse(response, head=1e6), by=3),
}
"""Every fault that alters an answer, but for the one that gives two."""


class Answers(Named):
    """Has aiohttp answer."""

    def __init__(self, status: int, text: str = "") -> None:
        self.status = status
        self.text = text

    async def response(self, request: web.Request) -> web.StreamResponse:
        return web.Response(status=self.status, text=self.text)


def status_of(response: BaseMockResponse) -> int:
    assert isinstance(response, (RawResponse, Answers))
    return response.status


HEADS_ALONE: list[tuple[str, BaseMockResponse]] = [
    ("HEAD", RawResponse(b"body")),
    ("HEAD", RawResponse()),
    ("HEAD", RawResponse(status=204)),
    ("HEAD", Answers(200, "body")),
    ("HEAD", Answers(200)),
    ("GET", RawResponse(status=204)),
    ("GET", RawResponse(status=304)),
    ("GET", RawResponse(b"body", status=304)),
    ("GET", RawResponse(headers={"ETag": "1"}, status=304)),
    ("GET", Answers(204)),
    ("GET", Answers(304)),
]


@pytest.mark.parametrize(("method", "response"), HEADS_ALONE)
@pytest.mark.parametrize("fault", ANY)
async def test_a_head_alone_stays_one(method: str, response: BaseMockResponse, fault: str) -> None:
    sent = GET.replace(b"GET", method.encode()).replace(
        b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"
    )
    data, end = await came(ANY[fault](response), sent)
    head, empty, body = data.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 %d " % status_of(response))
    assert empty
    assert body == b""
    assert end == ("RST" if fault == "reset" else "FIN")
    if fault == "longer":
        assert re.search(rb"\r\nContent-Length: (3|7)\b", head)


@pytest.mark.parametrize(("method", "response"), HEADS_ALONE)
async def test_a_head_alone_may_be_doubled(method: str, response: BaseMockResponse) -> None:
    sent = GET.replace(b"GET", method.encode()).replace(
        b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"
    )
    data, end = await came(DoubleResponse(response, RawResponse(status=204)), sent)
    assert (data.count(b"HTTP/1.1 "), data[-4:], end) == (2, b"\r\n\r\n", "FIN")


async def test_an_answer_that_is_held_is_cut_when_it_comes() -> None:
    held = HeldResponse()
    async with served(DisconnectResponse(after=1, response=held)) as service:
        async with raw_client(service.url) as client:
            client.write(GET)
            await service.wait_for_calls("fault")
            assert held.release(BODY) == 1
            assert (await client.reader.read()).endswith(b'\r\n\r\n"')
        async with raw_client(service.url) as client:
            client.write(GET)
            await service.wait_for_calls("fault", times=2)
    assert service.account.client_gone == 1


async def test_a_stream_without_an_end_can_be_cut_too() -> None:
    stream = ChunkedResponse([b"tick", Wait(float("inf"))])
    data, end = await came(DisconnectResponse(after=10, response=stream), wait=True)
    assert data.endswith(b"\r\n\r\n4\r\ntick\r\n")
    assert end == "open", "it hangs before the cut"
    data, end = await came(DisconnectResponse(after=7, response=stream))
    assert (data[-7:], end) == (b"4\r\ntick", "FIN")


async def test_a_fault_can_be_injected_and_switched_off() -> None:
    async with start_service([MockRoute("GET", "/", "home", response=JsonResponse(1))]) as service:
        injection = service.inject(DisconnectResponse())
        async with raw_client(service.url) as client:
            client.write(GET)
            assert await client.closed()
        injection.off()
        async with raw_client(service.url) as client:
            assert (await client.ask(GET)).body == b"1"
        injected = [call.injected for call in service.history]
        assert injected[0] is not None
        assert injected[1] is None


async def test_an_injected_hang_ends_with_the_service() -> None:
    async with start_service([MockRoute("GET", "/", "home", response=JsonResponse(1))]) as service:
        service.inject(HangResponse())
        async with raw_client(service.url) as client:
            client.write(GET)
            await service.wait_for_calls("home")
            assert service.account.in_progress == 1
    assert service.account.client_gone == 1
