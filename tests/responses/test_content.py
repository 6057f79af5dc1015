"""`ContentResponse`: bytes on the wire, headers, and what is refused when it is made."""

import json
import re
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from multidict import CIMultiDict, MultiDict

from asyncly.srvmocker import ContentResponse, MockRoute, MockService, RawResponse, start_service
from asyncly.srvmocker.serialization.base import Serializer
from asyncly.srvmocker.serialization.json import JsonSerializer
from tests.rawhttp import ask, raw_client

CSV = Serializer(lambda rows: ",".join(map(str, rows)), "text/csv")  # type: ignore[call-overload]


@pytest.fixture
async def service() -> AsyncGenerator[MockService]:
    async with start_service([MockRoute("*", "/", "it")]) as running:
        yield running


async def head_and_body(service: MockService, request: bytes = b"GET /") -> tuple[bytes, bytes]:
    answer = await ask(service.url, request + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    return answer.head, answer.body


# --- on the wire ---------------------------------------------------------------------------------


async def test_headers_are_as_aiohttp_sets_them(service: MockService) -> None:
    service.register("it", ContentResponse(b"abc"))
    head, body = await head_and_body(service)
    assert body == b"abc"
    assert re.fullmatch(
        rb"HTTP/1\.1 200 OK\r\n"
        rb"Content-Length: 3\r\n"
        rb"Content-Type: application/octet-stream\r\n"
        rb"Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n"
        rb"Server: Python/[\d.]+ aiohttp/[\w.]+\r\n\r\n",
        head,
    ), head


async def test_a_header_that_the_user_gives_wins(service: MockService) -> None:
    given = {
        "content-type": "text/x-mine; a=b",
        "DATE": "Thu, 01 Jan 1970 00:00:00 GMT",
        "Server": "mine",
    }
    service.register("it", ContentResponse([1], headers=given, serializer=CSV))
    head, body = await head_and_body(service)
    assert body == b"1"
    for name, value in given.items():
        assert head.lower().count(f"\r\n{name.lower()}: ".encode()) == 1
        assert f"{name}: {value}\r\n".encode() in head


@pytest.mark.parametrize("kind", [MultiDict, CIMultiDict])
async def test_a_multidict_holds_several_values_of_one_name(
    service: MockService, kind: type[MultiDict[str]]
) -> None:
    cookies = kind([("Set-Cookie", "a=1"), ("X-A", ""), ("Set-Cookie", "b=2")])
    service.register("it", ContentResponse(b"", headers=cookies))
    answer = await ask(service.url, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert [field for field in answer.fields if field.startswith(b"Set-Cookie")] == [
        b"Set-Cookie: a=1",
        b"Set-Cookie: b=2",
    ]


@pytest.mark.parametrize(
    ("body", "content", "content_type"),
    [
        (None, b"", None),
        (b"", b"", None),
        (b"\x00\xff", b"\x00\xff", b"application/octet-stream"),
        (bytearray(b"ab"), b"ab", b"application/octet-stream"),
        (memoryview(b"abc")[1:], b"bc", b"application/octet-stream"),
        ("é", "é".encode(), b"text/plain; charset=utf-8"),
    ],
)
async def test_without_a_serializer_the_body_is_sent_as_it_is(
    service: MockService, body: object, content: bytes, content_type: bytes | None
) -> None:
    service.register("it", ContentResponse(body))
    answer = await ask(service.url, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.body == content
    assert answer.header(b"content-type") == content_type, "of an empty body aiohttp tells no type"


async def test_an_open_file_is_what_only_aiohttp_can_send(
    service: MockService, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_bytes(b"content")
    with (tmp_path / "a.txt").open("rb") as file:
        response = ContentResponse(file)
        assert repr(response) == "<ContentResponse 200 application/octet-stream, no bytes>"
        assert response.serialize() is file
        service.register("it", response)
        answer = await ask(service.url, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.body == b"content"


@pytest.mark.parametrize("status", [200, 201, 299, 404, 418, 500, 599, 999])
async def test_any_status(client: aiohttp.ClientSession, service: MockService, status: int) -> None:
    service.register("it", ContentResponse(b"x", status))
    async with client.get(service.url) as answer:
        assert (answer.status, await answer.read()) == (status, b"x")


@pytest.mark.parametrize("status", [204, 304])
async def test_a_status_without_a_body_has_none(service: MockService, status: int) -> None:
    service.register("it", ContentResponse(b"never sent", status))
    async with raw_client(service.url) as raw:
        for _ in range(2):
            raw.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (await raw.read_head()).startswith(b"HTTP/1.1 %d " % status)


async def test_head_gets_a_head_with_the_length_of_the_body(service: MockService) -> None:
    service.register("it", ContentResponse(b"abc", 201, headers={"X-A": "1"}))
    async with raw_client(service.url) as raw:
        for _ in range(2):
            head = await raw.ask(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n")
            assert head.status == 201
            assert (head.header(b"content-length"), head.header(b"x-a")) == (b"3", b"1")
        full = await raw.ask(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    assert full.body == b"abc"
    assert len(service.history) == 3


async def test_a_connection_is_kept_or_closed_as_the_client_asks(service: MockService) -> None:
    service.register("it", ContentResponse(b"abc"))
    async with raw_client(service.url) as raw:
        for _ in range(2):
            assert (await raw.ask(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")).body == b"abc"
        last = await raw.ask(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert last.header(b"connection") == b"close"
        assert await raw.closed()
    async with raw_client(service.url) as raw:
        old = await raw.ask(b"GET / HTTP/1.0\r\n\r\n")
        assert old.head.startswith(b"HTTP/1.0 200 OK\r\n")
        assert await raw.closed()
    async with raw_client(service.url) as raw:
        for _ in range(2):
            kept = await raw.ask(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            assert (kept.body, kept.header(b"connection")) == (b"abc", b"keep-alive")


async def test_one_response_answers_many_requests(
    client: aiohttp.ClientSession, service: MockService
) -> None:
    service.register("it", ContentResponse({"a": 1}, 201, {"X-A": "1"}, JsonSerializer))
    for _ in range(3):
        async with client.get(service.url) as answer:
            assert (answer.status, answer.headers["X-A"]) == (201, "1")
            assert await answer.json() == {"a": 1}


# --- when it is made -----------------------------------------------------------------------------


def test_a_body_is_serialized_once_when_the_response_is_made() -> None:
    body = [1]
    headers = {"X-A": "1"}
    response = ContentResponse(body, headers=headers, serializer=CSV)
    body.append(2)
    headers["X-A"] = "2"
    assert response.serialize() == b"1"
    assert response.body is body
    assert response.headers == {"X-A": "1", "Content-Type": "text/csv"}
    assert (response.status, response.serializer) == (200, CSV)
    assert repr(response) == "<ContentResponse 200 text/csv, 1 bytes>"


def test_its_headers_are_a_copy() -> None:
    response = ContentResponse(b"", headers={"X-A": "1"})
    copied = response.headers
    assert isinstance(copied, CIMultiDict)
    copied["X-A"] = "2"
    assert response.headers["x-a"] == "1"


def test_a_body_that_the_serializer_refuses_is_an_error_that_says_where() -> None:
    def refuse(body: object) -> bytes:
        raise LookupError(f"not {body!r}")

    with pytest.raises(LookupError, match="not 'x'") as caught:
        ContentResponse("x", serializer=Serializer(refuse, "text/x"))
    assert caught.value.__notes__ == ["while serializing a response body as text/x"]


@pytest.mark.parametrize("serializer", ["json", json.dumps])
def test_what_is_no_serializer_is_told(serializer: Any) -> None:
    with pytest.raises(TypeError, match=r"^serializer=.* is no Serializer: give Serializer\(du"):
        ContentResponse({}, serializer=serializer)


@pytest.mark.parametrize("body", [1, 2.5, {"a": 1}, [b"x"], object()])
def test_a_body_that_cannot_be_sent_is_a_type_error(body: object) -> None:
    with pytest.raises(
        TypeError,
        match=f"^a body of type {type(body).__name__} cannot be sent: give bytes or str, or a ser",
    ):
        ContentResponse(body)


@pytest.mark.parametrize(
    ("headers", "error", "text"),
    [
        ({"X A": "1"}, ValueError, "header name 'X A' is not a token (RFC 9110 section 5.1)"),
        ({"": "1"}, ValueError, "header name '' is not a token"),
        (
            {"X-A": "1\r\nX-B: 2"},
            ValueError,
            "header 'X-A' has a line break or another control character in its value ",
        ),
        ({"X-A": "1\n"}, ValueError, "header 'X-A' has a line break or another control character"),
        ({"X-A": "\x00"}, ValueError, "header 'X-A' has a line break or another control character"),
        ({"X-A": 1}, TypeError, "header 'X-A': 1: names and values are strings"),
        ({b"X-A": "1"}, TypeError, "header b'X-A': '1': names and values are strings"),
    ],
)
def test_a_header_that_cannot_be_sent_is_an_error(
    headers: dict[str, str], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=f"^{re.escape(text)}"):
        ContentResponse(b"", headers=headers)


@pytest.mark.parametrize(
    ("status", "error", "text"),
    [
        (99, ValueError, "status 99 is not a three-digit HTTP status code"),
        (1000, ValueError, "status 1000 is not a three-digit HTTP status code"),
        ("200", TypeError, "status '200' is not an integer"),
        (True, TypeError, "status True is not an integer"),
    ],
)
def test_a_status_that_cannot_be_sent_is_an_error(
    status: int, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=f"^{text}$"):
        ContentResponse(b"", status)


# --- subclasses ----------------------------------------------------------------------------------


async def test_a_subclass_may_answer_in_its_own_way(
    client: aiohttp.ClientSession, service: MockService
) -> None:
    class Counted(RawResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            answer = await super().response(request)
            answer.headers["X-Path"] = request.path
            return answer

    service.register("it", Counted(b"abc", headers={"X-A": "1"}))
    for _ in range(2):
        async with client.get(service.url) as answer:
            assert (answer.headers["X-Path"], await answer.read()) == ("/", b"abc")
            assert answer.headers["X-A"] == "1"
