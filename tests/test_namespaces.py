"""Namespaces: what belongs to one is seen by no other, nor by the service."""

import asyncio
from typing import cast

import aiohttp
import pytest
from aiohttp import web

from asyncly.srvmocker import (
    BaseMockResponse,
    CallAssertionError,
    JsonResponse,
    LatencyResponse,
    MockRoute,
    MockService,
    RawResponse,
    SrvMockerError,
    UnreachableRouteWarning,
    start_namespace,
    start_service,
)
from tests.rawhttp import ask

ROUTES = [MockRoute("GET", "/items/{id}", "item"), MockRoute("POST", "/items", "create")]


async def get(client: aiohttp.ClientSession, service: MockService[str], path: str) -> bytes:
    async with client.get(f"{service.url}{path}") as response:
        return await response.read()


class Own(BaseMockResponse):
    async def response(self, request: web.Request) -> web.StreamResponse:
        return web.Response(text=f"{request.match_info['id']} {request.path}")


async def test_each_has_its_own_responses_history_and_counts() -> None:
    async with (
        start_service([MockRoute("GET", "/items/{id}", "item")]) as server,
        start_namespace(server, ROUTES) as one,
        start_namespace(server, ROUTES) as two,
        aiohttp.ClientSession() as client,
    ):
        assert one.url.port == two.url.port == server.url.port
        assert (one.url.path, two.url.path) == ("/ns-1", "/ns-2")
        for number, service in enumerate((server, one, two)):
            service.register("item", RawResponse(b"%d" % number))
        for _ in range(3):  # in turn, on one connection: what repeats is known by its bytes
            for number, service in enumerate((server, one, two)):
                assert await get(client, service, "/items/7?a=1") == b"%d" % number
        two.register("item", Own())
        assert await get(client, two, "/items/8") == b"8 /ns-2/items/8"
        one.register("item", LatencyResponse(JsonResponse([]), 0.01))
        assert await get(client, one, "/items/9") == b"[]"
        assert [len(each.history) for each in (server, one, two)] == [3, 4, 4]
        assert [each.counts("item").calls for each in (server, one, two)] == [3, 4, 4]
        assert [each.account.received for each in (server, one, two)] == [3, 4, 4]
        assert one.history[0].path == "/ns-1/items/7"
        assert one.history[0].path_params == {"id": "7"}
        one.reset()
        assert [len(each.history) for each in (server, one, two)] == [3, 0, 4]


async def test_requests_that_are_not_plain_find_their_namespace_too() -> None:
    async with start_service([]) as server, start_namespace(server, ROUTES, name="mine") as mine:
        mine.register("item", RawResponse(b"mine"))
        mine.register("create", RawResponse(b"made"))
        chunked = (
            b"POST /mine/items HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"
        )
        for wire, body in (
            (b"GET /mine/items/1 HTTP/1.0\r\nHost: a\r\n\r\n", b"mine"),
            (b"GET http://a/mine/items/1 HTTP/1.1\r\nHost: a\r\n\r\n", b"mine"),
            (chunked, b"made"),
            (chunked, b"made"),
            (b"\r\nGET /mine/items/2 HTTP/1.1\r\nHost: a\r\n\r\n", b"mine"),
        ):
            assert (await ask(server.url, wire)).body == body
        large = b"POST /mine/items HTTP/1.1\r\nHost: a\r\nContent-Length: 2000000\r\n\r\n"
        assert (await ask(server.url, large)).status == 413
        assert (len(mine.history), len(server.history)) == (5, 0)
        assert (mine.account.received, server.account.received) == (6, 0)


async def test_what_is_in_no_namespace_is_the_service_s() -> None:
    async with (
        start_service([MockRoute("OPTIONS", "/{tail:.*}", "any")]) as server,
        start_namespace(server, ROUTES, name="mine") as mine,
    ):
        for target in (b"/minex", b"/min", b"/", b"*", b"/mine%20"):
            wire = b"GET %b HTTP/1.1\r\nHost: a\r\n\r\n" % target
            await ask(server.url, wire)
        assert mine.account.received == 0
        assert server.account.received == 5
        await ask(server.url, b"GET /mine/nothing HTTP/1.1\r\nHost: a\r\n\r\n")
        assert [each.target for each in mine.unmatched] == ["/mine/nothing"]
        assert "POST /mine/items" in mine.unmatched[0].explanation


@pytest.mark.parametrize(
    "target",
    [b"GET /mine/items/1", b"GET http://a/mine/items/1", b"\r\nGET /mine/items/1"],
    ids=["plain", "absolute", "behind a line break"],
)
async def test_what_came_before_the_namespace_was_there_is_its_own_from_then_on(
    target: bytes,
) -> None:
    wire = target + b" HTTP/1.1\r\nHost: a\r\n\r\n"
    async with start_service([MockRoute("GET", "/{tail:.*}", "any")]) as server:
        server.register("any", RawResponse(b"of the service"))
        for _ in range(2):
            assert (await ask(server.url, wire)).body == b"of the service"
        async with start_namespace(server, ROUTES, name="mine") as mine:
            mine.register("item", RawResponse(b"mine"))
            for number in (1, 2):
                assert (await ask(server.url, wire)).body == b"mine"
                assert (len(mine.history), len(server.history)) == (number, 2)
        assert (await ask(server.url, wire)).body == b"of the service"


async def test_a_namespace_that_was_left_answers_no_more() -> None:
    async with start_service([]) as server:
        async with start_namespace(server, ROUTES, name="mine") as mine:
            mine.register("item", RawResponse(b"mine"))
            wire = b"GET /mine/items/1 HTTP/1.1\r\nHost: a\r\n\r\n"
            assert (await ask(server.url, wire)).status == 200
            waiting = asyncio.create_task(mine.wait_for_calls("create", timeout=None))
            await asyncio.sleep(0)
        with pytest.raises(SrvMockerError, match=r"^the namespace was closed while its calls were"):
            await waiting
        assert (await ask(server.url, wire)).status == 404
        async with start_namespace(server, ROUTES, name="mine") as again:
            assert (await ask(server.url, wire)).status == 500
            assert len(again.history) == 1
        assert len(mine.history) == 1


async def test_names() -> None:
    async with start_service([]) as server, start_namespace(server, [], name="ns-1") as first:
        async with start_namespace(server, []) as second:
            assert (first.url.path, second.url.path) == ("/ns-1", "/ns-2")
        for name in ("", "a/b", "é", "-a", "a b"):
            with pytest.raises(ValueError, match=r"^name=.*: begin with a letter or digit"):
                async with start_namespace(server, [], name=name):
                    pass
        with pytest.raises(ValueError, match=r"^name='ns-1' is in use on this server$"):
            async with start_namespace(server, [], name="ns-1"):
                pass
        with pytest.raises(ValueError, match=r"^give a running service, as start_service yields"):
            async with start_namespace(first, []):
                pass
        with pytest.raises(
            TypeError, match=r"^service=\[\]: give a running service, as start_serv"
        ):
            async with start_namespace(cast("MockService", []), []):
                pass
        with pytest.raises(ValueError, match=r"^path '/\{id' has a malformed variable"):
            async with start_namespace(server, [MockRoute("GET", "/{id", "a")]):
                pass
    for closed in (server, MockService[str]([], {}, server.url, {})):
        with pytest.raises(ValueError, match=r"^give a running service, as start_service yields"):
            async with start_namespace(closed, []):
                pass


async def test_a_strict_namespace_tells_what_has_happened_in_it() -> None:
    async with start_service([]) as server:
        await ask(server.url, b"GET /elsewhere HTTP/1.1\r\nHost: a\r\n\r\n")
        async with start_namespace(server, ROUTES, strict=True):
            pass
        with pytest.raises(CallAssertionError, match=r"^the service is strict:\n1 unmatched"):
            async with start_namespace(server, ROUTES, name="mine", strict=True):
                await ask(server.url, b"GET /mine/x HTTP/1.1\r\nHost: a\r\n\r\n")
        error = LookupError("the test's own")
        with pytest.raises(LookupError, match="own"):
            async with start_namespace(server, ROUTES):
                raise error
        with pytest.raises(LookupError, match="own"):
            async with start_namespace(server, ROUTES, strict=True):
                raise error


async def test_a_route_that_cannot_be_reached_is_warned_of() -> None:
    async with start_service([]) as server:
        with pytest.warns(UnreachableRouteWarning, match=r"can never be selected") as told:
            async with start_namespace(server, [*ROUTES, *ROUTES]):
                pass
        assert told[0].filename == __file__
