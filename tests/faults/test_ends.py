"""Connections that end too early, or do not end."""

import asyncio
import re

import pytest

from asyncly.srvmocker import (
    BaseMockResponse,
    DisconnectResponse,
    FunctionResponse,
    HangResponse,
    JsonResponse,
    LatencyResponse,
    RawResponse,
    SequenceResponse,
    UnannouncedCloseResponse,
)
from asyncly.srvmocker.faults.ends import After
from tests.faults.bytes_of import GET, HEAD, TEXT, Came, came, served
from tests.rawhttp import raw_client
from tests.scripted import Delegating

PLACES: list[tuple[After, bytes]] = [
    ("request", b""),
    ("head", HEAD),
    (0, HEAD),
    (1, HEAD + TEXT[:1]),
    (512, HEAD + TEXT[:512]),
]


@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
@pytest.mark.parametrize(("after", "data"), PLACES, ids=[str(after) for after, _ in PLACES])
async def test_a_connection_ends_where_it_should(after: After, data: bytes, tls: bool) -> None:
    for reset, end in ((False, "FIN"), (True, "RST")):
        fault = DisconnectResponse(after=after, reset=reset)
        assert await came(fault, tls=tls) == Came(data, end)
        assert await came(Delegating(fault), tls=tls) == Came(data, end)


@pytest.mark.parametrize(("after", "data"), PLACES, ids=[str(after) for after, _ in PLACES])
async def test_a_connection_hangs_where_it_should(after: After, data: bytes) -> None:
    hung = await came(HangResponse(after=after), wait=True, nothing=not data)
    assert hung == Came(data, "open")


async def test_a_cut_in_a_large_body_is_made_at_that_byte() -> None:
    body = bytes(range(256)) * 8000
    for reset, end in ((False, "FIN"), (True, "RST")):
        cut = DisconnectResponse(after=1_000_001, reset=reset, response=RawResponse(body))
        data, ended = await came(cut)
        assert (data.partition(b"\r\n\r\n")[2], ended) == (body[:1_000_001], end)
    data, _ = await came(DisconnectResponse(after=5000))
    assert len(data.partition(b"\r\n\r\n")[2]) == 5000, "what is cut is longer by default"


async def test_what_is_cut_is_asked_for() -> None:
    sequence = SequenceResponse([RawResponse(b"one"), LatencyResponse(RawResponse(b"two"), 0)])
    async with served(DisconnectResponse(after=1, response=sequence)) as service:
        for body in (b"o", b"t"):
            async with raw_client(service.url) as client:
                client.write(GET)
                assert (await client.reader.read()).endswith(b"\r\n\r\n" + body)
        service.reset()
        async with raw_client(service.url) as client:
            client.write(GET)
            assert (await client.reader.read()).endswith(b"\r\n\r\no")


async def test_an_answer_to_head_has_no_body_to_be_cut() -> None:
    sent = GET.replace(b"GET", b"HEAD")
    assert await came(DisconnectResponse(after=10), sent) == Came(HEAD, "FIN")
    assert await came(HangResponse(after=10), sent, wait=True) == Came(HEAD, "open")


async def test_requests_behind_a_disconnect_are_recorded_and_not_answered() -> None:
    async with served(DisconnectResponse()) as service, raw_client(service.url) as client:
        client.write(3 * GET)
        assert await client.closed()
        assert service.counts("fault").calls == 3
        account = service.account
        assert (account.answered_step_by_step, account.client_gone) == (1, 2)


async def test_what_no_client_has_seen_counts_as_nothing() -> None:
    async with served(DisconnectResponse()) as service, raw_client(service.url) as client:
        client.write(GET)
        assert await client.closed()
        assert service.counts("fault").by_status == {0: 1}


@pytest.mark.parametrize("reset", [False, True])
async def test_a_close_that_was_not_announced(reset: bool) -> None:
    fault = UnannouncedCloseResponse(reset=reset)
    assert await came(fault) == Came(HEAD + TEXT, "RST" if reset else "FIN")


MANY = 1000


async def test_a_thousand_hung_requests_hold_no_task_and_end_at_once() -> None:
    loop = asyncio.get_running_loop()
    before = len(asyncio.all_tasks())
    async with served(HangResponse(after="head")) as service:
        assert service.url.host is not None
        assert service.url.port is not None
        ends = [
            await asyncio.open_connection(service.url.host, service.url.port) for _ in range(MANY)
        ]
        for _, writer in ends:
            writer.write(GET)
        for reader, _ in ends:
            await reader.readuntil(b"\r\n\r\n")
        assert service.account.in_progress == MANY
        assert len(asyncio.all_tasks()) <= before + 1
        began = loop.time()
    assert loop.time() - began < 2
    assert service.account.client_gone == MANY
    for reader, writer in ends:
        assert await reader.read() == b""
        writer.close()


WRONG: list[tuple[object, type[Exception], str]] = [
    ("body", ValueError, 'after=\'body\' is neither "request" nor "head" nor a size'),
    (-1, ValueError, "after=-1 is no number of bytes: give 0 or more"),
    (1.5, TypeError, "after=1.5 is no number of bytes: give an integer"),
    (True, TypeError, "after=True is no number of bytes: give an integer"),
]


@pytest.mark.parametrize("make", [DisconnectResponse, HangResponse])
@pytest.mark.parametrize(("after", "kind", "text"), WRONG)
def test_a_place_that_is_none(
    make: type[DisconnectResponse], after: After, kind: type[Exception], text: str
) -> None:
    with pytest.raises(kind) as caught:
        make(after=after)
    assert str(caught.value) == text


@pytest.mark.parametrize("make", [DisconnectResponse, HangResponse])
@pytest.mark.parametrize("after", [3, 4])
def test_a_place_behind_the_body(make: type[DisconnectResponse], after: int) -> None:
    text = (
        f"after={after} is not within the body of <RawResponse 200 text/plain; charset=utf-8, 3 "
        "bytes>: nothing of it would be missing"
    )
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        make(after=after, response=RawResponse("abc"))
    make(after=2, response=RawResponse("abc"))
    make(after=9, response=FunctionResponse(lambda request: "abc"))


@pytest.mark.parametrize("make", [DisconnectResponse, HangResponse, UnannouncedCloseResponse])
def test_what_is_no_response(make: type[DisconnectResponse]) -> None:
    with pytest.raises(TypeError, match=r"^5 is not a BaseMockResponse"):
        make(response=5)  # type: ignore[arg-type]  # that is the point


DEFAULT = "<RawResponse 200 text/plain, 1024 bytes>"
ONE = "<JsonResponse 200 application/json, 1 bytes>"
TOLD: list[tuple[BaseMockResponse, str]] = [
    (DisconnectResponse(), f"<DisconnectResponse after request, of {DEFAULT}>"),
    (
        DisconnectResponse(after=0, reset=True, response=JsonResponse(1)),
        f"<DisconnectResponse after 0 bytes, with a reset, of {ONE}>",
    ),
    (HangResponse(after="head"), f"<HangResponse after head, of {DEFAULT}>"),
    (UnannouncedCloseResponse(JsonResponse(1)), f"<UnannouncedCloseResponse of {ONE}>"),
    (
        UnannouncedCloseResponse(reset=True),
        f"<UnannouncedCloseResponse with a reset, of {DEFAULT}>",
    ),
]


@pytest.mark.parametrize(("fault", "told"), TOLD)
def test_what_it_says_of_itself(fault: BaseMockResponse, told: str) -> None:
    assert repr(fault) == told
