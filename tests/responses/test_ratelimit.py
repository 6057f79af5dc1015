"""`RateLimitResponse`: so many in a window, and when to come again."""

import re
from typing import Any, cast

import aiohttp
import pytest
from aiohttp import web

from asyncly.srvmocker import (
    BaseMockResponse,
    FunctionResponse,
    LatencyResponse,
    MockRoute,
    MockService,
    RateLimitResponse,
    RawResponse,
    RecordedRequest,
    SequenceResponse,
    start_service,
)

OK = RawResponse(b"ok")


class Clock:
    """A time that goes on when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.1

    def __call__(self) -> float:
        return self.now


async def ask(
    client: aiohttp.ClientSession, service: MockService, who: str = ""
) -> tuple[int, str | None]:
    async with client.get(service.url, headers={"X-Who": who}) as answer:
        return answer.status, answer.headers.get("Retry-After")


def who(request: RecordedRequest) -> str:
    return request.headers["X-Who"]


async def test_more_than_so_many_in_a_window_are_told_when_to_come_again(
    client: aiohttp.ClientSession,
) -> None:
    clock = Clock()
    async with start_service([MockRoute("GET", "/", "it")], strict=True) as service:
        service.register("it", RateLimitResponse(OK, 2, 10, clock=clock))
        assert await ask(client, service) == (200, None)
        clock.now += 4.5
        assert await ask(client, service) == (200, None)
        assert await ask(client, service) == (429, "6")  # 5.5 s, rounded up
        clock.now += 5.25
        assert await ask(client, service) == (429, "1")
        clock.now += 0.75
        # The first has left the window, those that were refused were never in it.
        assert await ask(client, service) == (200, None)
        assert await ask(client, service) == (429, "4")  # when the second one leaves it


async def test_who_waits_as_told_is_let_through(client: aiohttp.ClientSession) -> None:
    clock = Clock()
    async with start_service([MockRoute("GET", "/", "it")], strict=True) as service:
        service.register("it", RateLimitResponse(OK, 1, 2.5, clock=clock))
        for _ in range(5):
            assert await ask(client, service) == (200, None)
            status, after = await ask(client, service)
            assert (status, after) == (429, "3")
            clock.now += int(after or 0)


async def test_a_refusal_says_why_and_can_be_changed(client: aiohttp.ClientSession) -> None:
    async with start_service([MockRoute("GET", "/", "it")], strict=True) as service:
        service.register("it", RateLimitResponse(OK, 1, 60))
        await ask(client, service)
        async with client.get(service.url) as answer:
            assert answer.content_type == "text/plain"
            assert await answer.text() == "too many requests: at most 1 in 60 s\n"
        headers = {"Content-Type": "application/json", "X-Limit": "1"}
        service.register(
            "it", RateLimitResponse(OK, 1, 60, status=503, body=b"{}", headers=headers)
        )
        await ask(client, service)
        async with client.get(service.url) as answer:
            assert (answer.status, await answer.json()) == (503, {})
            assert (answer.headers["X-Limit"], answer.headers["Retry-After"]) == ("1", "60")
        date = "Fri, 31 Dec 1999 23:59:59 GMT"
        service.register("it", RateLimitResponse(OK, 1, 60, headers={"Retry-After": date}))
        await ask(client, service)
        assert await ask(client, service) == (429, date)


async def test_each_key_has_a_limit_of_its_own(client: aiohttp.ClientSession) -> None:
    clock = Clock()
    async with start_service([MockRoute("GET", "/", "it")], strict=True) as service:
        service.register("it", RateLimitResponse(OK, 1, 10, key=who, clock=clock))
        assert await ask(client, service, "a") == (200, None)
        clock.now += 5
        assert await ask(client, service, "b") == (200, None)
        assert await ask(client, service, "a") == (429, "5")
        assert await ask(client, service, "b") == (429, "10")
        service.reset()
        assert await ask(client, service, "a") == (200, None)


async def test_keys_that_wait_for_nothing_are_forgotten(client: aiohttp.ClientSession) -> None:
    clock = Clock()
    keys = iter(range(10_000))

    def key(request: RecordedRequest) -> object:
        return "a" if who(request) == "a" else next(keys)

    limited = RateLimitResponse(OK, 1, 10, key=key, clock=clock)
    async with start_service([MockRoute("GET", "/", "it")], strict=True) as service:
        service.register("it", limited)
        for _ in range(600):
            await ask(client, service)
        clock.now += 5
        await ask(client, service, "a")
        for _ in range(423):
            await ask(client, service)
        assert len(limited._passed) == 1024
        clock.now += 5
        await ask(client, service)
        assert len(limited._passed) == 425
        assert await ask(client, service, "a") == (429, "5")


async def test_a_key_that_cannot_be_told_is_a_500(client: aiohttp.ClientSession) -> None:
    def unhashable(request: RecordedRequest) -> dict[str, str]:
        return {}

    async with start_service([MockRoute("GET", "/", "it")]) as service:
        service.register("it", RateLimitResponse(OK, 1, 10, key=unhashable))  # type: ignore[arg-type]  # wrong on purpose  # pyright: ignore[reportArgumentType]
        assert (await ask(client, service))[0] == 500
        (failure,) = service.errors
        assert str(failure.exception) == "unhashable type: 'dict'"


async def test_refusals_for_many_times_are_not_all_kept(client: aiohttp.ClientSession) -> None:
    clock = Clock()
    limited = RateLimitResponse(OK, 1, 200, clock=clock)
    async with start_service([MockRoute("GET", "/", "it")], strict=True) as service:
        service.register("it", limited)
        await ask(client, service)
        for left in range(200, 50, -1):
            assert await ask(client, service) == (429, str(left))
            clock.now += 1
    assert len(limited._refusals) <= 64


async def test_any_response_may_be_behind_it(client: aiohttp.ClientSession) -> None:
    class Own(BaseMockResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            return web.Response(status=202)

    function = FunctionResponse(lambda request: (203, None))
    async with start_service([MockRoute("GET", "/", "it")], strict=True) as service:
        behind = SequenceResponse([LatencyResponse(Own(), 0), function], "cycle")
        for key in (None, who):
            service.register("it", RateLimitResponse(behind, 2, 60, key=key))
            assert [(await ask(client, service))[0] for _ in range(3)] == [202, 203, 429]
        service.register("it", RateLimitResponse(SequenceResponse([Own()]), 1, 60))
        for _ in range(2):
            assert (await ask(client, service))[0] == 202
            service.reset()


@pytest.mark.parametrize("key", [None, who])
async def test_a_subclass_may_answer_in_its_own_way(
    client: aiohttp.ClientSession, key: object
) -> None:
    class Marked(RateLimitResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            answer = await super().response(request)
            answer.headers["Retry-After"] = "soon"
            return answer

    async with start_service([MockRoute("GET", "/", "it")], strict=True) as service:
        service.register("it", Marked(OK, 1, 60, key=who if key else None))
        assert [await ask(client, service) for _ in range(2)] == [(200, "soon"), (429, "soon")]


async def _later(request: RecordedRequest) -> str:
    raise AssertionError(f"nobody waits for it: {request}")


@pytest.mark.parametrize(
    ("arguments", "kind", "text"),
    [
        ({"limit": 0}, ValueError, "limit=0 is not a number of requests: give 1 or more"),
        ({"limit": "1"}, TypeError, "limit='1' is not a number of requests: give an integer"),
        ({"window": 0}, ValueError, "window=0 is not a time in seconds: give more than 0"),
        ({"window": -1.5}, ValueError, "window=-1.5 is not a time in seconds"),
        ({"key": "X-Who"}, TypeError, "key='X-Who' cannot be called: give a function"),
        ({"key": _later}, TypeError, "key=<function _later at "),
        ({"clock": 3}, TypeError, "clock=3 cannot be called: give a function that returns seconds"),
        ({"status": 42}, ValueError, "status 42 is not a three-digit HTTP status code"),
        ({"body": 1}, TypeError, "a raw body is bytes, not int"),
        ({"headers": {"a b": ""}}, ValueError, "header name 'a b' is not a token"),
        ({"wrapped": None}, TypeError, "None is not a BaseMockResponse"),
    ],
)
def test_what_is_no_limit_is_refused(
    arguments: dict[str, object], kind: type[Exception], text: str
) -> None:
    given = {"wrapped": OK, "limit": 1, "window": 1.0, **arguments}
    with pytest.raises(kind, match=re.escape(text)):
        RateLimitResponse(**cast("dict[str, BaseMockResponse]", given))  # type: ignore[arg-type]  # wrong on purpose  # pyright: ignore[reportArgumentType]


def test_it_tells_what_it_does() -> None:
    response = RateLimitResponse(OK, 2, window=1.5)
    assert response.wrapped is OK
    assert repr(response) == f"<RateLimitResponse 2 in 1.5 s before {OK!r}>"
    assert "2 in 3 s for each key before" in repr(RateLimitResponse(OK, 2, 3, key=who))


async def test_a_key_that_is_a_coroutine_is_a_failure_and_no_key() -> None:
    class Later:
        async def __call__(self, request: RecordedRequest) -> str:
            return request.path

    response = RateLimitResponse(RawResponse(), 1, 60, key=cast(Any, Later()))
    routes = [MockRoute("GET", "/", "it", response=response)]
    async with start_service(routes) as service, aiohttp.ClientSession() as client:
        assert [(await ask(client, service))[0] for _ in range(2)] == [500, 500]
    assert str(service.errors[0].exception) == (
        "key returned a coroutine: give a function that is not asynchronous"
    )
