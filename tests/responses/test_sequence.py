"""`SequenceResponse`: one after another, and what comes after the last."""

import inspect
from typing import Literal, cast

import aiohttp
import pytest
from aiohttp import web

from asyncly.srvmocker import (
    BaseMockResponse,
    JsonResponse,
    LatencyResponse,
    MockRoute,
    RawResponse,
    SequenceExhausted,
    SequenceResponse,
    start_service,
)
from asyncly.srvmocker.responses.sequence import OnExhausted

ONE, TWO, THREE = RawResponse(b"1"), RawResponse(b"2", 503), RawResponse(b"3")


async def statuses_and_bodies(
    client: aiohttp.ClientSession, response: BaseMockResponse, count: int
) -> tuple[str, list[BaseException]]:
    told = ""
    async with start_service([MockRoute("GET", "/", "it")]) as service:
        service.register("it", response)
        for _ in range(count):
            async with client.get(service.url) as answer:
                told += "x" if answer.status == 500 else await answer.text()
        service.assert_called("it", times=count)
    return told, [failure.exception for failure in service.errors]


@pytest.mark.parametrize(
    ("on_exhausted", "expected"), [("raise", "123xx"), ("cycle", "12312"), ("last", "12333")]
)
async def test_one_after_another_and_then_as_told(
    client: aiohttp.ClientSession, on_exhausted: OnExhausted, expected: str
) -> None:
    response = SequenceResponse([ONE, TWO, THREE], on_exhausted)
    told, errors = await statuses_and_bodies(client, response, 5)
    assert told == expected
    assert [(type(error), str(error)) for error in errors] == [
        (SequenceExhausted, "all 3 responses of the sequence were used")
    ] * expected.count("x")


async def test_raise_is_the_default_and_any_iterable_will_do(
    client: aiohttp.ClientSession,
) -> None:
    response = SequenceResponse(one for one in [ONE, TWO])
    assert (await statuses_and_bodies(client, response, 3))[0] == "12x"


async def test_sequences_and_delays_can_be_nested(client: aiohttp.ClientSession) -> None:
    class Own(BaseMockResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            return web.Response(text="o")

    inner = SequenceResponse([ONE, LatencyResponse(TWO, 0.001)], "cycle")
    response = SequenceResponse([inner, Own(), inner, JsonResponse(4), inner], "cycle")
    assert (await statuses_and_bodies(client, response, 10))[0] == "1o2412o142"


async def test_two_handlers_may_share_one(client: aiohttp.ClientSession) -> None:
    shared = SequenceResponse([ONE, TWO, THREE])
    async with start_service([MockRoute("GET", f"/{n}", n) for n in ("a", "b")]) as service:
        told = ""
        for name in ("a", "b", "a"):
            service.register(name, shared)
            async with client.get(service.url / name) as answer:
                told += await answer.text()
    assert told == "123"


async def test_a_subclass_may_answer_in_its_own_way(client: aiohttp.ClientSession) -> None:
    class Marked(SequenceResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            answer = await super().response(request)
            assert isinstance(answer, web.Response)
            return web.Response(text=f"<{answer.text}>")

    assert (await statuses_and_bodies(client, Marked([ONE, TWO]), 2))[0] == "<1><2>"


def test_an_empty_sequence_is_a_value_error() -> None:
    with pytest.raises(ValueError, match=r"^SequenceResponse needs at least one response$"):
        SequenceResponse([])


def test_an_unknown_on_exhausted_is_a_value_error() -> None:
    wrong = cast(Literal["raise"], "stop")
    with pytest.raises(ValueError, match=r"^on_exhausted='stop' is none of raise, cycle, last$"):
        SequenceResponse([ONE], wrong)


def test_what_is_no_response_is_a_type_error() -> None:
    with pytest.raises(TypeError, match=r"^\{\} is not a BaseMockResponse"):
        SequenceResponse([ONE, cast(BaseMockResponse, {})])


async def test_its_repr_tells_how_far_it_is(client: aiohttp.ClientSession) -> None:
    response = SequenceResponse([ONE, TWO], on_exhausted="last")
    assert repr(response) == "<SequenceResponse of 2, 0 used, on_exhausted='last'>"
    await statuses_and_bodies(client, response, 1)
    assert repr(response) == "<SequenceResponse of 2, 1 used, on_exhausted='last'>"


@pytest.mark.parametrize(
    ("on_exhausted", "expected"),
    [("raise", "11222xx"), ("cycle", "1122211"), ("last", "1122222")],
)
async def test_a_response_may_answer_several_times(
    client: aiohttp.ClientSession, on_exhausted: OnExhausted, expected: str
) -> None:
    response = SequenceResponse([(ONE, 2), TWO, (TWO, 2)], on_exhausted)
    assert repr(response) == f"<SequenceResponse of 5, 0 used, on_exhausted={on_exhausted!r}>"
    told, errors = await statuses_and_bodies(client, response, 7)
    assert told == expected
    assert [str(error) for error in errors] == [
        "all 5 responses of the sequence were used"
    ] * expected.count("x")


async def test_and_then_another_one_answers(client: aiohttp.ClientSession) -> None:
    response = SequenceResponse([(ONE, 2)], then=SequenceResponse([TWO, THREE], "cycle"))
    assert await statuses_and_bodies(client, response, 6) == ("112323", [])
    assert repr(SequenceResponse([ONE], then=TWO)) == f"<SequenceResponse of 1, 0 used, then {TWO}>"


async def test_a_reset_begins_again_also_with_what_follows(client: aiohttp.ClientSession) -> None:
    response = SequenceResponse([ONE], then=SequenceResponse([TWO, THREE], "last"))
    told = ""
    async with start_service([MockRoute("GET", "/", "it")]) as service:
        service.register("it", response)
        for _ in range(2):
            for _ in range(3):
                async with client.get(service.url) as answer:
                    told += await answer.text()
            service.reset()
    assert told == "123123"


@pytest.mark.parametrize("on_exhausted", ["raise", "cycle", "last"])
def test_two_that_say_what_follows_are_a_value_error(on_exhausted: OnExhausted) -> None:
    text = f"^on_exhausted='{on_exhausted}' and then=... both say what follows: give one$"
    with pytest.raises(ValueError, match=text):
        SequenceResponse([ONE], on_exhausted, then=TWO)
    with pytest.raises(ValueError, match=text):
        SequenceResponse([ONE], on_exhausted=on_exhausted, then=TWO)


def test_its_signature_tells_what_happens_by_default() -> None:
    assert inspect.signature(SequenceResponse).parameters["on_exhausted"].default == "raise"
    assert repr(SequenceResponse([ONE])) == "<SequenceResponse of 1, 0 used, on_exhausted='raise'>"


@pytest.mark.parametrize(
    ("item", "kind", "text"),
    [
        ((ONE, 0), ValueError, "times=0 is not a number of requests: give 1 or more"),
        ((ONE, 1.0), TypeError, "times=1.0 is not a number of requests: give an integer"),
        ((ONE, True), TypeError, "times=True is not a number of requests: give an integer"),
        ((3, ONE), TypeError, "3 is not a BaseMockResponse"),
        ((ONE,), ValueError, "is no pair of a response and how often it answers"),
    ],
)
def test_a_pair_that_is_none_is_refused(item: object, kind: type[Exception], text: str) -> None:
    with pytest.raises(kind, match=text):
        SequenceResponse([cast("tuple[BaseMockResponse, int]", item)])


def test_what_follows_must_be_a_response() -> None:
    with pytest.raises(TypeError, match=r"^'2' is not a BaseMockResponse"):
        SequenceResponse([ONE], then=cast(BaseMockResponse, "2"))


def test_what_is_no_list_is_refused_by_its_name() -> None:
    with pytest.raises(TypeError, match=r"^responses=None is no list of responses$"):
        SequenceResponse(None)  # type: ignore[arg-type]  # that is the test
    for unordered in ({ONE: 2}, {ONE}):  # the numbers would not be looked at
        with pytest.raises(TypeError, match=r"^responses=\{.*\} is no list of responses$"):
            SequenceResponse(unordered)
