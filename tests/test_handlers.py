"""Routes in an aiohttp application of the user's own, and as a dispatcher."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import cast

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from asyncly.srvmocker import (
    BaseMockResponse,
    JsonResponse,
    Match,
    MissingResponseError,
    MockRoute,
    MockService,
    RawResponse,
    UnreachableRouteWarning,
    start_service,
)
from asyncly.srvmocker.constants import SERVICE_KEY
from asyncly.srvmocker.handlers import build_dispatcher, compile_routes, dispatcher_of
from tests.rawhttp import ask

ROUTES = [
    MockRoute("POST", "/items/{id}", "book", Match(json={"kind": "book"})),
    MockRoute("POST", "/items/{id}", "traced", Match(headers={"X-A": "1"})),
]
REST = MockRoute("POST", "/items/{id}", "rest")


@asynccontextmanager
async def application(routes: Sequence[MockRoute], service: MockService) -> AsyncGenerator[URL]:
    app = web.Application()
    app[SERVICE_KEY] = service
    app.router.add_post("/items/{id}", build_dispatcher(routes))
    async with TestServer(app) as server:
        yield server.make_url("/items/7")


def new_service() -> MockService:
    return MockService([], {}, URL(), {})


async def test_the_first_route_whose_match_holds_answers_and_the_call_is_recorded(
    client: aiohttp.ClientSession,
) -> None:
    service = new_service()
    service.register("book", JsonResponse({"answer": 1}))
    service.register("traced", JsonResponse({"answer": 2}))
    service.register("rest", JsonResponse({"answer": 3}))

    async with application([*ROUTES, REST], service) as url:
        answers: list[object] = []
        for json, headers in [({"kind": "book"}, {}), ({}, {"X-A": "1"}), ({}, {})]:
            async with client.post(url, json=json, headers=headers) as answer:
                answers.append(await answer.json())
    assert answers == [{"answer": 1}, {"answer": 2}, {"answer": 3}]
    assert [list(calls) for calls in service.history_map.values()] == [[c] for c in service.history]
    service.assert_called("book", times=1, json={"kind": "book"})
    call = service.last_call("traced")
    assert call.path_params == {"id": "7"}
    assert call.headers["X-A"] == "1"


async def test_no_match_is_a_404_and_not_recorded(client: aiohttp.ClientSession) -> None:
    service = new_service()
    async with application(ROUTES, service) as url, client.post(url, data=b"x") as answer:
        assert (answer.status, answer.reason) == (404, "No MockRoute matched the request")
    assert not service.history
    assert not service.errors


async def test_a_call_is_recorded_before_its_response_is_made(
    client: aiohttp.ClientSession,
) -> None:
    class Count(BaseMockResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            return web.json_response(len(request.app[SERVICE_KEY].history))

    service = new_service()
    service.register("rest", Count())
    async with application([REST], service) as url, client.post(url) as answer:
        assert await answer.json() == 1


async def test_failures_are_kept_and_http_exceptions_are_answers(
    client: aiohttp.ClientSession,
) -> None:
    class Conflict(BaseMockResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            raise web.HTTPConflict

    service = new_service()
    statuses: list[int] = []
    async with application([REST], service) as url:
        async with client.post(url) as answer:
            statuses.append(answer.status)
        service.register("rest", Conflict())
        async with client.post(url) as answer:
            statuses.append(answer.status)
        service.register("rest", RawResponse())
        async with client.post(url) as answer:
            statuses.append(answer.status)
    assert statuses == [500, 409, 200]
    [failure] = service.errors
    assert isinstance(failure.exception, MissingResponseError)
    assert failure.call is service.history[0]
    service.assert_called("rest", times=3)


def test_compiled_routes_know_what_shadows_what() -> None:
    dispatcher = compile_routes([*ROUTES, REST, REST])
    assert [route.handler_name for route in dispatcher.routes] == ["book", "traced", "rest", "rest"]
    [(shadowed, owner)] = dispatcher.shadowed()
    assert (shadowed.number, owner.number) == (3, 2)


def test_a_malformed_route_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"^'' is not an HTTP method"):
        compile_routes([MockRoute("", "/", "a")])
    with pytest.raises(ValueError, match=r"^path 'x' does not start with '/'$"):
        build_dispatcher([MockRoute("GET", "x", "a")])


def test_what_is_not_a_route_is_refused_by_name() -> None:
    routes = cast("list[MockRoute]", ["GET /"])
    with pytest.raises(TypeError, match=r"^'GET /' is not a MockRoute, such as MockRoute\('GET'"):
        compile_routes(routes)


def test_what_was_compiled_lately_is_not_compiled_again() -> None:
    routes = [MockRoute("GET", f"/{number}", "name") for number in range(20)]
    first = dispatcher_of(routes)
    assert dispatcher_of(routes) is dispatcher_of(list(routes)) is first
    assert dispatcher_of(routes[::-1]) is not first, "their order counts"
    alike = dispatcher_of([MockRoute("GET", f"/{number}", "name") for number in range(20)])
    assert alike is not first, "only the very same routes are known, so that nobody compares them"
    for route in routes:
        dispatcher_of([route])
    again = dispatcher_of(routes)
    assert again is not first, "a few are remembered"
    assert [str(route) for route in again.routes] == [str(route) for route in first.routes]


async def test_services_that_share_compiled_routes_share_nothing_else() -> None:
    routes = [MockRoute("GET", "/{id}", "item"), MockRoute("GET", "/{name}", "behind")]
    for number in range(3):
        with pytest.warns(UnreachableRouteWarning, match="can never be selected"):  # noqa: PT031 - as it is entered
            async with start_service(routes) as service:
                service.register("item", RawResponse(b"%d" % number))
                answer = await ask(service.url, b"GET /7 HTTP/1.1\r\nHost: a\r\n\r\n")
                assert answer.body == b"%d" % number
                assert [call.path_params for call in service.history] == [{"id": "7"}]
