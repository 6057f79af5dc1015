"""`CompressedResponse`: who gets which body, and what the answers say."""

import gzip
import json
import re
import sys
import zlib
from collections.abc import AsyncGenerator, Callable
from typing import cast

import aiohttp
import brotli
import pytest
from aiohttp import web
from backports import zstd

from asyncly.srvmocker import (
    CompressedResponse,
    ContentResponse,
    JsonResponse,
    LatencyResponse,
    MockRoute,
    MockService,
    RawResponse,
    start_service,
)
from asyncly.srvmocker.responses.compressed import Coding
from tests.rawhttp import Answer, ask

BODY = {"numbers": list(range(1000))}
PLAIN = json.dumps(BODY).encode()

DECODERS: dict[Coding, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "deflate": zlib.decompress,
    "br": brotli.decompress,
    "zstd": zstd.decompress,
}


@pytest.fixture
async def service() -> AsyncGenerator[MockService]:
    async with start_service([MockRoute("*", "/", "it")]) as running:
        yield running


async def get(service: MockService, *fields: str) -> Answer:
    lines = ["GET / HTTP/1.1", "Host: x", *fields, "", ""]
    return await ask(service.url, "\r\n".join(lines).encode())


@pytest.mark.parametrize("coding", DECODERS)
async def test_a_client_that_accepts_the_coding_gets_it(
    service: MockService, coding: Coding
) -> None:
    wrapped = JsonResponse(BODY, 201, {"X-A": "1"})
    service.register("it", CompressedResponse(wrapped, coding))
    answer = await get(service, f"Accept-Encoding: other, {coding}")
    assert answer.status == 201
    assert answer.header(b"content-encoding") == coding.encode()
    assert answer.header(b"vary") == b"Accept-Encoding"
    assert answer.header(b"content-type") == b"application/json"
    assert answer.header(b"x-a") == b"1"
    assert len(answer.body) < len(PLAIN)
    assert DECODERS[coding](answer.body) == PLAIN
    again = await get(service, "Accept-Encoding: other", f"Accept-Encoding: {coding}")
    assert again.body == answer.body
    assert service.account.answered_ready == 2


@pytest.mark.parametrize("fields", [[], ["Accept-Encoding: br"], ["Accept-Encoding: gzip;q=0"]])
async def test_others_get_the_plain_body(service: MockService, fields: list[str]) -> None:
    service.register("it", CompressedResponse(JsonResponse(BODY, 201)))
    answer = await get(service, *fields)
    assert (answer.status, answer.body) == (201, PLAIN)
    assert answer.header(b"content-encoding") is None
    assert answer.header(b"vary") == b"Accept-Encoding"


async def test_without_negotiation_everybody_gets_it(service: MockService) -> None:
    service.register("it", CompressedResponse(JsonResponse(BODY), negotiate=False))
    for fields in ([], ["Accept-Encoding: identity"]):
        answer = await get(service, *fields)
        assert gzip.decompress(answer.body) == PLAIN
        assert answer.header(b"content-encoding") == b"gzip"
        assert answer.header(b"vary") is None
    assert service.account.answered_ready == 2


@pytest.mark.parametrize("coding", DECODERS)
async def test_a_client_decompresses_it(
    client: aiohttp.ClientSession, service: MockService, coding: Coding
) -> None:
    late = LatencyResponse(CompressedResponse(JsonResponse(BODY), coding), 0)
    service.register("it", late)
    async with client.get(service.url, headers={"Accept-Encoding": coding}) as answer:
        assert await answer.json() == BODY


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ([("Vary", "Cookie")], [b"Vary: Cookie", b"Vary: Accept-Encoding"]),
        ([("Vary", "Cookie, accept-encoding")], [b"Vary: Cookie, accept-encoding"]),
        ([("Vary", "*")], [b"Vary: *"]),
    ],
)
async def test_vary_is_said_once(
    service: MockService, given: list[tuple[str, str]], told: list[bytes]
) -> None:
    service.register("it", CompressedResponse(RawResponse(b"x", headers=given)))
    answer = await get(service)
    assert [field for field in answer.fields if field.startswith(b"Vary")] == told


async def test_a_length_that_was_given_is_the_plain_bodys(service: MockService) -> None:
    wrapped = RawResponse(b"x" * 1000, headers={"Content-Length": "1000"})
    service.register("it", CompressedResponse(wrapped))
    answer = await get(service, "Accept-Encoding: gzip")
    assert gzip.decompress(answer.body) == b"x" * 1000
    assert (await get(service)).body == b"x" * 1000


async def test_an_empty_body_may_be_compressed(service: MockService) -> None:
    for wrapped in (RawResponse(b""), ContentResponse(None)):
        service.register("it", CompressedResponse(wrapped))
        assert gzip.decompress((await get(service, "Accept-Encoding: *")).body) == b""


def test_the_bytes_are_the_same_in_every_run() -> None:
    first, second = (CompressedResponse(RawResponse(b"x")) for _ in range(2))
    assert first._compressed.serialize() == second._compressed.serialize()


async def test_a_subclass_may_answer_in_its_own_way(service: MockService) -> None:
    class Marked(CompressedResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            answer = await super().response(request)
            answer.headers["X-Path"] = request.path
            return answer

    for negotiate in (True, False):
        service.register("it", Marked(JsonResponse(BODY), negotiate=negotiate))
        answer = await get(service, "Accept-Encoding: gzip")
        assert answer.header(b"x-path") == b"/"
        assert gzip.decompress(answer.body) == PLAIN


class _Own(RawResponse):
    async def response(self, request: web.Request) -> web.StreamResponse:
        return web.Response()


LATE = LatencyResponse(RawResponse(), 1)
OWN = _Own(b"x")
ENCODED = RawResponse(headers={"Content-Encoding": "br"})


@pytest.mark.parametrize(
    ("wrapped", "coding", "error", "text"),
    [
        (
            LATE,
            "gzip",
            TypeError,
            f"wrapped={LATE!r} is not a ContentResponse, such as JsonResponse(...)",
        ),
        (
            OWN,
            "gzip",
            TypeError,
            f"wrapped={OWN!r} has no body that is known before a client asks",
        ),
        (
            ENCODED,
            "gzip",
            ValueError,
            f"{ENCODED!r} has the Content-Encoding 'br' already",
        ),
        (RawResponse(), "lzma", ValueError, "coding='lzma' is none of gzip, deflate, br, zstd"),
    ],
    ids=["another", "own", "encoded", "coding"],
)
def test_mistakes_are_found_when_it_is_made(
    wrapped: object, coding: str, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=f"^{re.escape(text)}$"):
        CompressedResponse(cast(ContentResponse, wrapped), cast(Coding, coding))


@pytest.mark.parametrize(
    ("module", "coding", "package"),
    [("brotli", "br", "brotli"), ("backports", "zstd", "backports.zstd")],
)
def test_a_missing_extra_is_named(
    monkeypatch: pytest.MonkeyPatch, module: str, coding: Coding, package: str
) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    text = f"{package} is not installed: pip install 'asyncly[{coding}]'"
    with pytest.raises(ImportError, match=f"^{re.escape(text)}$"):
        CompressedResponse(RawResponse(), coding)


def test_it_tells_what_it_wraps() -> None:
    wrapped = RawResponse(b"x")
    response = CompressedResponse(wrapped, "deflate")
    assert (response.wrapped, response.coding) == (wrapped, "deflate")
    assert repr(response) == f"<CompressedResponse deflate of {wrapped!r}>"


def test_a_coding_that_is_no_text_is_none() -> None:
    with pytest.raises(ValueError, match=r"^coding=\[\] is none of gzip, "):
        CompressedResponse(RawResponse(b"x"), [])  # type: ignore[arg-type]  # that is the test
