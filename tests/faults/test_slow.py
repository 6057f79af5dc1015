"""Answers that come slowly."""

import asyncio

import pytest

from asyncly.srvmocker import JsonResponse, RawResponse, SlowResponse
from tests.faults.bytes_of import GET, HEAD, TEXT, came, served
from tests.rawhttp import raw_client
from tests.scripted import Delegating


@pytest.mark.parametrize("own", [False, True])
async def test_everything_comes_in_the_end(own: bool) -> None:
    fault = SlowResponse(head=5_000, body=20_000)
    began = asyncio.get_running_loop().time()
    async with (
        served(Delegating(fault) if own else fault) as service,
        raw_client(service.url) as client,
    ):
        for _ in range(2):  # on the same connection
            answer = await client.ask(GET)
            assert answer.body == TEXT
    assert asyncio.get_running_loop().time() - began >= 1024 / 20_000


async def test_a_head_comes_byte_by_byte() -> None:
    data, end = await came(SlowResponse(head=150), wait=True)
    assert end == "open"
    assert b"HTTP/1.1 200 OK".startswith(data[:15])
    assert len(data) < 60
    head, _, body = (await came(SlowResponse(body=150), wait=True)).data.partition(b"\r\n\r\n")
    assert head + b"\r\n\r\n" == HEAD
    assert TEXT.startswith(body)
    assert len(body) < 60


async def test_it_ends_when_the_client_leaves_or_the_service_closes() -> None:
    fault = SlowResponse(RawResponse(b"abc"), body=0.1)
    async with served(fault) as service, raw_client(service.url) as client:
        client.write(GET)
        await client.read_head()
        assert service.account.in_progress == 1
        client.writer.transport.abort()
    assert service.account.client_gone == 1


@pytest.mark.parametrize(
    ("head", "body", "text"),
    [
        (None, None, "nothing is slow: give a pace for head, body or both"),
        (0, None, "head=0 is no pace: give more than 0 bytes a second"),
        (None, -3, "body=-3 is no pace: give more than 0 bytes a second"),
    ],
)
def test_a_pace_that_is_none(head: float | None, body: float | None, text: str) -> None:
    with pytest.raises(ValueError) as caught:
        SlowResponse(head=head, body=body)
    assert str(caught.value) == text


def test_what_it_says_of_itself() -> None:
    assert repr(SlowResponse(JsonResponse(1), head=1, body=2.5)) == (
        "<SlowResponse head at 1 bytes a second, body at 2.5 bytes a second, "
        "of <JsonResponse 200 application/json, 1 bytes>>"
    )
