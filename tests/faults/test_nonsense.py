"""What is no answer, and answers that nobody has asked for."""

import asyncio

import pytest

from asyncly.srvmocker import (
    BaseMockResponse,
    DoubleResponse,
    EndlessHeaderResponse,
    GarbageResponse,
    JsonResponse,
    LatencyResponse,
    RawResponse,
)
from tests.faults.bytes_of import GET, HEAD, TEXT, Came, came, served
from tests.rawhttp import raw_client
from tests.scripted import Delegating


@pytest.mark.parametrize("own", [False, True])
async def test_garbage_is_sent_as_it_is(own: bool) -> None:
    for fault, data in (
        (GarbageResponse(), b"\x00\x01\x02 this is no HTTP \xfd\xfe\xff\r\n\r\n"),
        (GarbageResponse(b"SSH-2.0\r\n"), b"SSH-2.0\r\n"),
    ):
        assert await came(Delegating(fault) if own else fault) == Came(data, "FIN")


@pytest.mark.parametrize(
    ("data", "kind", "text"),
    [
        (b"", ValueError, "data is empty: DisconnectResponse() is what sends nothing"),
        ("text", TypeError, "data='text' is not bytes"),
    ],
)
def test_garbage_that_is_none(data: bytes, kind: type[Exception], text: str) -> None:
    with pytest.raises(kind) as caught:
        GarbageResponse(data)
    assert str(caught.value) == text


@pytest.mark.parametrize("own", [False, True])
async def test_a_header_goes_on_until_the_client_has_enough(own: bool) -> None:
    fault = EndlessHeaderResponse()
    async with served(Delegating(fault) if own else fault) as service:
        async with raw_client(service.url) as client:
            client.write(GET)
            data = await client.reader.readexactly(2_000_000)
            client.writer.transport.abort()
        assert data == b"HTTP/1.1 200 OK\r\nX-Endless: ".ljust(2_000_000, b"a")
        while service.account.in_progress:  # noqa: ASYNC110 - nothing else tells
            await asyncio.sleep(0.001)
        assert service.account.client_gone == 1


async def test_a_header_may_go_on_slowly() -> None:
    data, end = await came(EndlessHeaderResponse(bytes_per_second=200), wait=True)
    assert end == "open"
    assert data.startswith(b"HTTP/1.1 200 OK\r\nX-Endless: ")
    assert len(data) < 90
    slowly = EndlessHeaderResponse(bytes_per_second=10_000_000)
    async with served(slowly) as service, raw_client(service.url) as client:
        client.write(GET)
        assert await client.reader.readexactly(20_000)


@pytest.mark.parametrize(
    ("pace", "kind", "text"),
    [
        (0, ValueError, "bytes_per_second=0 is no pace: give more than 0 bytes a second"),
        (-1.5, ValueError, "bytes_per_second=-1.5 is no pace: give more than 0 bytes a second"),
        (
            float("inf"),
            ValueError,
            "bytes_per_second=inf is no pace: give more than 0 bytes a second",
        ),
        (
            float("nan"),
            ValueError,
            "bytes_per_second=nan is no pace: give more than 0 bytes a second",
        ),
        ("1", TypeError, "bytes_per_second='1' is no pace: give bytes a second"),
        (True, TypeError, "bytes_per_second=True is no pace: give bytes a second"),
    ],
)
def test_a_pace_that_is_none(pace: float, kind: type[Exception], text: str) -> None:
    with pytest.raises(kind) as caught:
        EndlessHeaderResponse(bytes_per_second=pace)
    assert str(caught.value) == text


SECOND = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nnobody asked\n"


@pytest.mark.parametrize("own", [False, True])
async def test_two_answers_for_one_request(own: bool) -> None:
    fault = DoubleResponse()
    wanted = Came(HEAD + TEXT + SECOND, "open")
    assert await came(Delegating(fault) if own else fault, wait=True) == wanted


async def test_the_second_answer_may_be_any_that_is_known() -> None:
    fault = DoubleResponse(LatencyResponse(RawResponse(b"one"), 0), JsonResponse("two", 500))
    data, _ = await came(fault, wait=True)
    assert data.count(b"HTTP/1.1 ") == 2
    assert b"\r\n\r\noneHTTP/1.1 500 " in data
    assert data.endswith(b'\r\n\r\n"two"')


def test_the_second_answer_is_one_that_is_known() -> None:
    with pytest.raises(TypeError) as caught:
        DoubleResponse(second=LatencyResponse(JsonResponse(1), 1))
    assert str(caught.value) == (
        "second=<LatencyResponse 1 s before <JsonResponse 200 application/json, 1 bytes>> has no "
        "bytes that are known beforehand; give one that is always the same, such as "
        "JsonResponse(...)"
    )
    with pytest.raises(TypeError, match=r"^5 is not a BaseMockResponse"):
        DoubleResponse(second=5)  # type: ignore[arg-type]  # that is the point


TOLD: list[tuple[BaseMockResponse, str]] = [
    (GarbageResponse(b"abc"), "<GarbageResponse 3 bytes>"),
    (EndlessHeaderResponse(), "<EndlessHeaderResponse>"),
    (EndlessHeaderResponse(bytes_per_second=2.5), "<EndlessHeaderResponse at 2.5 bytes a second>"),
    (
        DoubleResponse(JsonResponse(1)),
        (
            "<DoubleResponse of <JsonResponse 200 application/json, 1 bytes> and "
            "<RawResponse 200 text/plain, 13 bytes>>"
        ),
    ),
]


@pytest.mark.parametrize(("fault", "told"), TOLD)
def test_what_it_says_of_itself(fault: BaseMockResponse, told: str) -> None:
    assert repr(fault) == told
