"""`ChoiceResponse`: drawn by weight, and the same again for the same seed."""

import re
from typing import cast

import aiohttp
import pytest
from aiohttp import web

from asyncly.srvmocker import (
    BaseMockResponse,
    ChoiceResponse,
    LatencyResponse,
    MockRoute,
    RawResponse,
    SequenceResponse,
    start_service,
)

A, B, C = RawResponse(b"a"), RawResponse(b"b", 503), RawResponse(b"c")


async def bodies(client: aiohttp.ClientSession, response: BaseMockResponse, count: int) -> str:
    told = ""
    async with start_service([MockRoute("GET", "/", "it")], strict=True) as service:
        service.register("it", response)
        for _ in range(count):
            async with client.get(service.url) as answer:
                told += await answer.text()
    return told


async def test_the_same_seed_gives_the_same_run(client: aiohttp.ClientSession) -> None:
    choices = [(5, A), (3, B), (2, C)]
    first = await bodies(client, ChoiceResponse(choices, seed=1), 100)
    assert first == await bodies(client, ChoiceResponse(choices, seed=1), 100)
    assert first != await bodies(client, ChoiceResponse(choices, seed=2), 100)
    assert first.count("a") > first.count("c") > 0


async def test_the_run_does_not_depend_on_the_machine(client: aiohttp.ClientSession) -> None:
    """A seed in somebody's test means the same for everybody."""
    assert await bodies(client, ChoiceResponse([(1, A), (1, B)], seed=7), 10) == "aababaabaa"


async def test_a_seed_that_was_drawn_is_told(client: aiohttp.ClientSession) -> None:
    choices = [(1, A), (1, B)]
    drawn = ChoiceResponse(choices)
    first = await bodies(client, drawn, 40)
    assert repr(drawn) == f"<ChoiceResponse of 2, seed={drawn.seed}>"
    assert await bodies(client, ChoiceResponse(choices, seed=drawn.seed), 40) == first


async def test_what_weighs_nothing_is_never_drawn(client: aiohttp.ClientSession) -> None:
    choices = [(0, A), (0.001, B), (0.0, C)]
    assert await bodies(client, ChoiceResponse(choices, seed=1), 30) == 30 * "b"


async def test_a_sum_that_a_product_is_rounded_up_to_is_somebody_s(
    client: aiohttp.ClientSession,
) -> None:
    """The smallest number times one that is less than 1 may be that number."""
    assert await bodies(client, ChoiceResponse([(5e-324, A), (0, B)], seed=1), 20) == 20 * "a"


async def test_a_reset_begins_again(client: aiohttp.ClientSession) -> None:
    told: list[str] = []
    async with start_service([MockRoute("GET", "/", "it")]) as service:
        inner = SequenceResponse([B, C], "cycle")
        service.register("it", ChoiceResponse([(1, A), (1, inner)], seed=3))
        for _ in range(2):
            run = ""
            for _ in range(15):
                async with client.get(service.url) as answer:
                    run += await answer.text()
            told.append(run)
            service.reset()
    assert told[0] == told[1]
    assert set(told[0]) == {"a", "b", "c"}


async def test_any_response_may_be_chosen_and_a_subclass_may_answer_itself(
    client: aiohttp.ClientSession,
) -> None:
    class Own(BaseMockResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            return web.Response(text="o")

    class Marked(ChoiceResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            answer = await super().response(request)
            answer.headers["X-Path"] = request.path
            return answer

    assert await bodies(client, ChoiceResponse([(1, LatencyResponse(Own(), 0))]), 2) == "oo"
    assert await bodies(client, Marked([(1, Own())]), 2) == "oo"


@pytest.mark.parametrize(
    ("choices", "kind", "text"),
    [
        ([], ValueError, "choices are empty: give at least one (weight, response) pair"),
        ([(0, A), (0, B)], ValueError, "choices weigh 0 together: give a weight above 0"),
        ([(1e308, A), (1e308, B)], ValueError, "choices weigh inf together"),
        ([(-1, A)], ValueError, "weight -1 cannot be drawn by: give 0 or more"),
        ([(float("nan"), A)], ValueError, "weight nan cannot be drawn by: give 0 or more"),
        ([(float("inf"), A)], ValueError, "weight inf cannot be drawn by: give 0 or more"),
        ([("1", A)], TypeError, "weight '1' is not a number"),
        ([(1, "a")], TypeError, "'a' is not a BaseMockResponse"),
        ([A], TypeError, "is no (weight, response) pair"),
        ([(1, A, 2)], TypeError, "is no (weight, response) pair"),
    ],
)
def test_choices_that_are_none_are_refused(
    choices: list[object], kind: type[Exception], text: str
) -> None:
    with pytest.raises(kind, match=re.escape(text)):
        ChoiceResponse(cast("list[tuple[float, BaseMockResponse]]", choices))


def test_a_seed_is_an_integer() -> None:
    for wrong in ("x", True):
        with pytest.raises(TypeError, match=rf"^seed={wrong!r} is not an integer$"):
            ChoiceResponse([(1, A)], seed=cast(int, wrong))


def test_what_is_no_list_is_refused_by_its_name() -> None:
    with pytest.raises(TypeError, match=r"^choices=None is no list of responses$"):
        ChoiceResponse(None)  # type: ignore[arg-type]  # that is the test
