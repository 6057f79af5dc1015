"""With the memo as without it: the same streams again, on one connection and on several."""

import asyncio
from collections.abc import Generator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncly.srvmocker import JsonResponse, LatencyResponse, RawResponse
from tests.streams.model import Call
from tests.streams.played import Answer, Connection, Own, answers, recorded, stage
from tests.streams.words import Said, examples, requests

_TIMES = 4  # the first time or the second it is remembered, the others come from the memo

_SWAPPED = (
    RawResponse(b"swapped"),
    JsonResponse({"swapped": True}),
    Own(),
    LatencyResponse(RawResponse(b"swapped late"), 0),
)


@pytest.fixture(scope="module")
def loop() -> Generator[asyncio.AbstractEventLoop]:
    with asyncio.Runner() as runner:
        yield runner.get_loop()


async def _again_and_again(
    segments: list[list[Said]], connections: int, swaps: list[int], *, memo: bool
) -> tuple[list[list[Answer]], list[Call]]:
    """What each connection gets, and what is on record, with `any` swapped in between."""
    async with stage(memo=memo) as on_stage:
        clients = [Connection(on_stage) for _ in range(connections)]
        for time in range(_TIMES):
            for swap in swaps[time : time + 1]:
                on_stage.service.register("any", _SWAPPED[swap])
            for client in clients:
                for segment in segments:
                    wire = b"".join(said.wire for said in segment)
                    await client.send([wire], calm=False)
        for client in clients:
            await client.finish()
        account = on_stage.service.account
        assert account.in_progress == account.client_gone == account.refused == 0
        heads = [said.method == "HEAD" for segment in segments for said in _answered(segment)]
        return (
            [answers(bytes(client.wire.written), heads * _TIMES) for client in clients],
            recorded(on_stage.service),
        )


def _answered(segment: list[Said]) -> list[Said]:
    """One for each answer: a client that asks to be asked gets two."""
    return [copy for said in segment for copy in ([said, said] if _asked(said) else [said])]


def _asked(said: Said) -> bool:
    return said.asks and not (said.announced and not said.body)


_lasting = requests().filter(lambda said: not said.closes and len(said.body) <= 600)


@given(
    segments=st.lists(st.lists(_lasting, min_size=1, max_size=4), min_size=1, max_size=3),
    connections=st.integers(1, 2),
    swaps=st.lists(st.integers(0, len(_SWAPPED) - 1), max_size=_TIMES),
)
@examples(80)
def test_a_service_with_a_memo_is_one_without(
    loop: asyncio.AbstractEventLoop,
    segments: list[list[Said]],
    connections: int,
    swaps: list[int],
) -> None:
    with_memo, without = (
        loop.run_until_complete(_again_and_again(segments, connections, swaps, memo=memo))
        for memo in (True, False)
    )
    assert with_memo == without


_ONE = b"GET /any/1 HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.mark.parametrize("together", [1, 2, 3, 4, 5])
def test_requests_in_one_segment_count_each_however_often_it_comes(
    loop: asyncio.AbstractEventLoop, together: int
) -> None:
    async def played() -> int:
        async with stage() as on_stage:
            client = Connection(on_stage)
            for _ in range(_TIMES):
                await client.send([_ONE * together], calm=False)
            await client.finish()
            return len(on_stage.service.history)

    assert loop.run_until_complete(played()) == together * _TIMES


def test_who_asks_to_be_asked_is_asked_every_time(loop: asyncio.AbstractEventLoop) -> None:
    wire = b"POST /any/1 HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx"

    async def played() -> list[int]:
        async with stage() as on_stage:
            client = Connection(on_stage)
            for _ in range(_TIMES):
                await client.send([wire], calm=False)
            await client.finish()
            return [answer.status for answer in answers(bytes(client.wire.written), [])]

    assert loop.run_until_complete(played()) == [100, 200] * _TIMES


def test_what_is_too_large_is_too_large_every_time(loop: asyncio.AbstractEventLoop) -> None:
    wire = b"POST /any/1 HTTP/1.1\r\nHost: a\r\nContent-Length: 601\r\n\r\n" + b"x" * 601

    async def played() -> list[int]:
        async with stage() as on_stage:
            client = Connection(on_stage)
            for _ in range(_TIMES):
                await client.send([wire + _ONE], calm=False)
            await client.finish()
            return [answer.status for answer in answers(bytes(client.wire.written), [])]

    assert loop.run_until_complete(played()) == [413, 200] * _TIMES
