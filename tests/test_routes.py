"""Routes that bring the responses of their handlers along."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias, cast

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from yarl import URL

from asyncly.srvmocker import (
    BaseMockResponse,
    Match,
    MockRoute,
    MockService,
    RawResponse,
    SequenceResponse,
    start_namespace,
    start_service,
)
from asyncly.srvmocker.constants import SERVICE_KEY
from asyncly.srvmocker.handlers import build_dispatcher

ONE, TWO, THREE = RawResponse(b"1"), RawResponse(b"2"), RawResponse(b"3")
ROUTES = [MockRoute("GET", "/a", "a", response=ONE), MockRoute("GET", "/b", "b")]

Start: TypeAlias = Callable[[list[MockRoute]], AbstractAsyncContextManager[MockService]]


@asynccontextmanager
async def in_a_namespace(routes: list[MockRoute]) -> AsyncGenerator[MockService]:
    async with start_service([]) as server, start_namespace(server, routes) as service:
        yield service


both = pytest.mark.parametrize("start", [start_service, in_a_namespace])


async def ask(client: aiohttp.ClientSession, service: MockService, names: str) -> str:
    told = ""
    for name in names:
        async with client.get(service.url / name) as answer:
            told += "x" if answer.status == 500 else await answer.text()
    return told


@both
async def test_the_response_of_a_route_is_registered(
    client: aiohttp.ClientSession, start: Start
) -> None:
    async with start(ROUTES) as service:
        assert dict(service.handlers) == {"a": ONE}
        assert await ask(client, service, "aba") == "1x1"
        service.register("a", TWO)
        service.register("b", THREE)
        assert await ask(client, service, "ab") == "23"
        service.reset()
        assert await ask(client, service, "ab") == "23"


@both
async def test_a_reset_may_go_back_to_it(client: aiohttp.ClientSession, start: Start) -> None:
    async with start(ROUTES) as service:
        service.register("a", TWO)
        service.register("b", TWO)
        service.reset(restore=True)
        assert await ask(client, service, "ab") == "1x"
        service.register("b", THREE)
        service.save_responses()
        service.handlers.clear()
        service.reset(restore=True)
        assert await ask(client, service, "ab") == "13"
    async with start(ROUTES) as service:  # what one service saved is not the next one's
        service.reset(restore=True)
        assert await ask(client, service, "ab") == "1x"


@both
async def test_it_begins_anew_in_each_service(client: aiohttp.ClientSession, start: Start) -> None:
    routes = [MockRoute("GET", "/a", "a", response=SequenceResponse([ONE, TWO, THREE]))]
    for _ in range(2):
        async with start(routes) as service:
            assert await ask(client, service, "aa") == "12"


async def test_routes_of_one_handler_may_share_it_or_leave_it_out(
    client: aiohttp.ClientSession,
) -> None:
    routes = [
        MockRoute("GET", "/a", "it", Match(query={"x": "1"})),
        MockRoute("GET", "/a", "it", response=ONE),
        MockRoute("GET", "/b", "it", response=ONE),
    ]
    async with start_service(routes) as service:
        assert await ask(client, service, "ab") == "11"


@both
async def test_different_ones_of_one_handler_are_a_value_error(start: Start) -> None:
    routes = [
        MockRoute("GET", "/a", "it", response=ONE),
        MockRoute("GET", "/b", "it", response=RawResponse(b"1")),
    ]
    text = (
        r"^handler 'it': its routes have different responses, .*: give it to one of them, "
        r"or use two handlers$"
    )
    with pytest.raises(ValueError, match=text):
        async with start(routes):
            pass


def test_what_is_no_response_is_a_type_error() -> None:
    with pytest.raises(TypeError, match=r"^b'1' is not a BaseMockResponse"):
        MockRoute("GET", "/", "it", response=cast(BaseMockResponse, b"1"))


@pytest.mark.parametrize("match", [{"json": 1}, True, Match, len])
async def test_what_is_no_match_is_a_type_error(match: object) -> None:
    text = r"^match=.* is no Match: give Match\(\.\.\.\)$"
    with pytest.raises(TypeError, match=text):
        MockRoute("GET", "/", "a", cast(Match, match))
    async with start_service(ROUTES) as service:
        with pytest.raises(TypeError, match=text):
            service.calls("a").matching(cast(Match, match))


def test_a_function_is_given_as_a_predicate() -> None:
    with pytest.raises(TypeError, match=r"is no Match: give Match\(predicate=\.\.\.\)$"):
        MockRoute("GET", "/", "a", cast(Match, cast))


def test_a_route_can_be_hashed_whatever_its_response() -> None:
    @dataclass
    class Own(BaseMockResponse):
        text: str

        async def response(self, request: web.Request) -> web.StreamResponse:
            return web.Response(text=self.text)

    route = MockRoute("GET", "/", "it", response=Own("x"))
    assert hash(route) == hash(MockRoute("GET", "/", "it"))
    assert route == MockRoute("GET", "/", "it", response=Own("x"))
    assert route != MockRoute("GET", "/", "it", response=Own("y"))


async def test_an_application_of_ones_own_answers_with_it_too() -> None:
    app = web.Application()
    app[SERVICE_KEY] = service = MockService([], {}, URL(), {})
    app.router.add_get("/a", build_dispatcher([ROUTES[0]]))
    async with TestClient(TestServer(app)) as client:
        assert await (await client.get("/a")).text() == "1"
        service.register("a", TWO)
        assert await (await client.get("/a")).text() == "2"
