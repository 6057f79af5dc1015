"""Requests made by the door: for aiohttp's turn, and out of the record."""

import asyncio

import aiohttp
import pytest
from aiohttp import web
from multidict import CIMultiDictProxy

from asyncly.srvmocker import BaseMockResponse, MockRoute, RawResponse, start_service
from asyncly.srvmocker._core.request import RequestView
from asyncly.srvmocker._door.aio.requests import Origin, recall
from asyncly.srvmocker.constants import SERVICE_KEY
from tests.core.support import parts

HEAD = b"POST /items/7?q=1 HTTP/1.1\r\nHost: example.org\r\nX-A: 1"


async def recalled(head: bytes = HEAD, body: bytes = b"") -> web.Request:
    origin = Origin(asyncio.get_running_loop(), None, 1024)
    return recall(RequestView(*parts(head), body), None, origin)


async def test_a_recalled_request_belongs_to_no_connection() -> None:
    request = await recalled(body=b"abc")
    assert request.transport is None
    assert request.get_extra_info("peername", "none") == "none"
    assert (request.method, request.path_qs, request.host) == (
        "POST",
        "/items/7?q=1",
        "example.org",
    )
    assert isinstance(request.headers, CIMultiDictProxy)
    assert request.client_max_size == 1024
    assert await request.read() == b"abc"
    assert await request.content.read() == b"abc"


@pytest.mark.parametrize(
    ("version", "connection", "kept"),
    [
        ("1.1", "", True),
        ("1.1", "Connection: close", False),
        ("1.1", "Connection: x, Close", False),
        ("1.1", "Connection: x\r\nConnection: close", False),
        ("1.1", "Connection: closer", True),
        ("1.0", "", False),
        ("1.0", "Connection: Keep-Alive", True),
        ("1.0", "Connection: no-keep-alive", False),
    ],
)
async def test_keep_alive_is_what_the_connection_fields_list(
    version: str, connection: str, kept: bool
) -> None:
    head = f"GET / HTTP/{version}\r\nHost: x" + (f"\r\n{connection}" if connection else "")
    assert (await recalled(head.encode())).keep_alive is kept


async def test_a_recalled_request_can_be_cloned_with_its_body(
    client: aiohttp.ClientSession,
) -> None:
    async with start_service([MockRoute("POST", "/items/{id}", "item")]) as service:
        service.register("item", RawResponse())
        await client.post(service.url / "items" / "7", data=b"abc")
    request = service.last_call("item").request
    assert isinstance(request, web.Request)
    clone = request.clone(method="PUT", rel_url="/b")
    assert (clone.method, clone.path, clone.match_info["id"]) == ("PUT", "/b", "7")
    assert clone.app[SERVICE_KEY] is service
    assert await clone.read() == b"abc"
    assert (request.method, request.path) == ("POST", "/items/7")


async def test_match_info_is_one_object_however_often_it_is_asked_for(
    client: aiohttp.ClientSession,
) -> None:
    class Same(BaseMockResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            same = request.match_info is request.match_info
            return web.json_response([same, request.app.frozen])

    async with start_service([MockRoute("GET", "/{id}", "item")]) as service:
        service.register("item", Same())
        async with client.get(service.url / "7") as answer:
            assert await answer.json() == [True, True]
    call = service.last_call("item")
    assert call.request is call.request, "made once"
