"""`EchoResponse`: what was received, as JSON."""

import json
from collections.abc import AsyncGenerator
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from asyncly.srvmocker import EchoResponse, MockRoute, MockService, start_service
from tests.rawhttp import ask


@pytest.fixture
async def service() -> AsyncGenerator[MockService]:
    async with start_service([MockRoute("*", "/items/{id}", "it")]) as running:
        running.register("it", EchoResponse())
        yield running


async def echoed(service: MockService, body: bytes) -> dict[str, Any]:
    head = f"POST /items/7 HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    answer = await ask(service.url, head + body)
    assert answer.header(b"content-type") == b"application/json"
    assert answer.body.isascii()
    found: dict[str, Any] = json.loads(answer.body, parse_constant=pytest.fail)
    return found


async def test_all_that_was_received(service: MockService) -> None:
    answer = await ask(
        service.url,
        "PUT /items/%C3%A9?a=1&b=&a=%C3%BC HTTP/1.1\r\nHost: x\r\nX-A: 1\r\nx-a: ü\r\n"
        "Cookie: c=d; e=f\r\nContent-Length: 7\r\n\r\n[1, 2]\n".encode(),
    )
    assert answer.status == 200
    assert json.loads(answer.body) == {
        "method": "PUT",
        "url": "http://x/items/%C3%A9?a=1&b=&a=%C3%BC",
        "path": "/items/é",
        "query": {"a": ["1", "ü"], "b": [""]},
        "headers": [
            ["Host", "x"],
            ["X-A", "1"],
            ["x-a", "ü"],
            ["Cookie", "c=d; e=f"],
            ["Content-Length", "7"],
        ],
        "cookies": {"c": "d", "e": "f"},
        "path_params": {"id": "é"},
        "body": "[1, 2]\n",
        "body_is_base64": False,
        "json": [1, 2],
    }
    assert service.account.answered_ready == 1


@pytest.mark.parametrize(
    ("body", "text", "is_base64"),
    [
        (b"", "", False),
        ("é\x00\U0001f600".encode(), "é\x00\U0001f600", False),
        (b"\xff\xfe", "//4=", True),
        (b"text", "text", False),
        (b"NaN", "NaN", False),
        (b'{"a": -Infinity}', '{"a": -Infinity}', False),
        (b"1e999", "1e999", False),
        (b"[" * 100_000, "[" * 100_000, False),
        (b"1" * 5000, "1" * 5000, False),
    ],
    ids=range(9),
)
async def test_a_body_that_is_no_json(
    service: MockService, body: bytes, text: str, is_base64: bool
) -> None:
    found = await echoed(service, body)
    assert (found["body"], found["body_is_base64"]) == (text, is_base64)
    assert "json" not in found
    assert not service.errors


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"null", None),
        (b'{"a": [1.5, true, "\\ud800"]}', {"a": [1.5, True, "\ud800"]}),
        (json.dumps("é", ensure_ascii=False).encode("utf-16"), "é"),
    ],
)
async def test_a_body_that_is_json(service: MockService, body: bytes, value: object) -> None:
    found = await echoed(service, body)
    assert "json" in found
    assert found["json"] == value


async def test_a_subclass_may_answer_in_its_own_way(
    client: aiohttp.ClientSession, service: MockService
) -> None:
    class Marked(EchoResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            answer = await super().response(request)
            answer.headers["X-Path"] = request.path
            return answer

    service.register("it", Marked(203))
    async with client.post(service.url / "items" / "7", json=[1]) as answer:
        assert (answer.status, answer.headers["X-Path"]) == (203, "/items/7")
        found = await answer.json()
    assert (found["json"], found["path_params"]) == ([1], {"id": "7"})


def test_a_status_that_cannot_be_sent_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"^status 99 is not a three-digit HTTP status code$"):
        EchoResponse(99)


def test_it_has_a_repr() -> None:
    assert repr(EchoResponse(201)) == "<EchoResponse 201>"
