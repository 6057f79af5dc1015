"""`JsonResponse`."""

from enum import IntEnum
from http import HTTPStatus

import aiohttp
import pytest

from asyncly.srvmocker import ContentResponse, JsonResponse, MockRoute, start_service


class Level(IntEnum):
    HIGH = 2


@pytest.mark.parametrize(
    ("body", "content"),
    [
        ({"a": [1, 2.5, None, True]}, b'{"a": [1, 2.5, null, true]}'),
        ({"é": "\x00"}, b'{"\\u00e9": "\\u0000"}'),
        ([], b"[]"),
        (None, b"null"),
        ("text", b'"text"'),
        (float("nan"), b"NaN"),
        ({1: 2}, b'{"1": 2}'),
        (Level.HIGH, b"2"),
        ((1, 2), b"[1, 2]"),
        (2**70, b"1180591620717411303424"),
    ],
)
async def test_what_is_sent_is_what_json_dumps_writes(
    client: aiohttp.ClientSession, body: object, content: bytes
) -> None:
    async with start_service([MockRoute("GET", "/", "it")]) as service:
        service.register("it", JsonResponse(body, status=HTTPStatus.CREATED, headers={"X-A": "1"}))
        async with client.get(service.url) as answer:
            assert answer.status == 201
            assert answer.headers["Content-Type"] == "application/json"
            assert answer.headers["X-A"] == "1"
            assert await answer.read() == content


def test_a_content_type_that_the_user_gives_wins() -> None:
    response = JsonResponse({}, headers={"content-type": "application/problem+json"})
    assert list(response.headers.items()) == [("content-type", "application/problem+json")]


@pytest.mark.parametrize("body", [{1, 2}, object(), b"bytes", {"a": 1j}, {(1,): 2}])
def test_an_unserializable_body_is_an_error_when_the_response_is_made(body: object) -> None:
    with pytest.raises(TypeError) as caught:
        JsonResponse(body)
    assert caught.value.__notes__ == ["while serializing a response body as application/json"]


def test_a_body_that_refers_to_itself_is_a_value_error() -> None:
    body: list[object] = []
    body.append(body)
    with pytest.raises(ValueError, match="Circular reference"):
        JsonResponse(body)


def test_it_is_a_content_response() -> None:
    response = JsonResponse({"ok": True}, status=201)
    assert isinstance(response, ContentResponse)
    assert repr(response) == "<JsonResponse 201 application/json, 12 bytes>"
