"""Targets that are no URL of this server: refused and not recorded, whatever their body."""

from http import HTTPStatus

import pytest

from asyncly.srvmocker import MockRoute, MockService, RawResponse, start_service
from tests.rawhttp import ask

ROUTES = [MockRoute("GET", "/{tail:.*}", "any"), MockRoute("OPTIONS", "/{tail:.*}", "any")]
LARGE = 2 << 20  # bytes; more than the service takes


async def answer_to(service: MockService, line: str, body: bytes = b"") -> tuple[int, bytes]:
    """The status and the body of the answer to a request with this line."""
    head = f"{line} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
    answer = await ask(service.url, head.encode() + body)
    return answer.status, answer.body


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("GET http:///a", "an absolute target names no host"),  # RFC 9110 section 4.2.1
        ("GET http://:80/a", "an absolute target names no host"),
        ("GET https://", "an absolute target names no host"),
        ("GET *", "only OPTIONS may have the target *"),  # RFC 9112 section 3.2.4
        ("GET http://h:99999999/a", "Port out of range 0-65535"),
    ],
)
@pytest.mark.parametrize("body", [b"", b"x" * LARGE], ids=["small", "oversized"])
async def test_refused(line: str, reason: str, body: bytes) -> None:
    async with start_service(ROUTES) as service:
        service.register("any", RawResponse(b"taken"))
        status, words = await answer_to(service, line, body)
        assert status == HTTPStatus.BAD_REQUEST
        assert words.decode() == f"invalid request target: {reason}"
        assert not service.history


@pytest.mark.parametrize("line", ["GET http://h", "GET http://h/a?b", "GET ftp://h:21/a"])
async def test_taken(line: str) -> None:
    async with start_service(ROUTES) as service:
        service.register("any", RawResponse(b"taken"))
        assert await answer_to(service, line) == (HTTPStatus.OK, b"taken")


async def test_options_of_the_server_as_a_whole() -> None:
    async with start_service(ROUTES) as service:
        status, _ = await answer_to(service, "OPTIONS *")
        assert status == HTTPStatus.NOT_FOUND
