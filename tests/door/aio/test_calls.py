"""Where the facts of a call come from: a request in hand, or the record."""

import aiohttp
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from asyncly.srvmocker import MockRoute, RawResponse, RequestHistory, start_service
from asyncly.srvmocker._door.aio.calls import GivenCall, view_of
from asyncly.srvmocker._door.server import listen


def test_the_view_of_a_request_at_hand_is_that_of_the_request() -> None:
    request = make_mocked_request("PUT", "/a%20b?q=1", {"X-A": "1", "Host": "h"})
    view = view_of(request, b"body")
    assert view.request is request
    assert (view.method, view.target, view.version) == ("PUT", "/a%20b?q=1", (1, 1))
    assert view.head == b"PUT /a%20b?q=1 HTTP/1.1\r\nX-A: 1\r\nHost: h"
    assert view.body == b"body"
    assert view.headers is request.headers
    assert view.rel_url is request.rel_url


def test_a_call_of_a_request_at_hand() -> None:
    request = make_mocked_request("GET", "/7", match_info={"id": "7"})
    call = GivenCall(request, b"")
    assert call.request is request
    assert call.path_params == {"id": "7"}
    assert call.handler_name == ""
    assert call.identity == GivenCall(request, b"").identity
    assert call.identity != GivenCall(request, b"x").identity


async def test_a_request_that_was_never_routed_has_no_path_params(
    client: aiohttp.ClientSession,
) -> None:
    calls: list[RequestHistory] = []

    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        calls.append(RequestHistory(request, b""))
        return web.Response()

    async with listen(web.Server(answer)) as (host, port):
        await client.get(f"http://{host}:{port}/7")
    [call] = calls
    assert not isinstance(call.request, web.Request)
    assert (call.path, call.path_params) == ("/7", {})


async def test_two_services_never_share_a_call(client: aiohttp.ClientSession) -> None:
    routes = [MockRoute("GET", "/", "a")]
    async with start_service(routes) as one, start_service(routes) as two:
        for service in (one, two):
            service.register("a", RawResponse())
            await client.get(service.url)
        assert one.history[0] != two.history[0]
        assert one.history[0] == one.last_call("a")
