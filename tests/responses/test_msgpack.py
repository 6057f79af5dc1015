"""`MsgpackResponse`."""

import aiohttp
import msgspec
import pytest

from asyncly.srvmocker import ContentResponse, MockRoute, start_service
from asyncly.srvmocker.responses.msgpack import MsgpackResponse


async def test_what_is_sent_is_msgpack(client: aiohttp.ClientSession) -> None:
    async with start_service([MockRoute("GET", "/", "it")]) as service:
        service.register("it", MsgpackResponse({"a": [1, None, b"x"]}, 201, {"X-A": "1"}))
        async with client.get(service.url) as answer:
            assert (answer.status, answer.headers["X-A"]) == (201, "1")
            assert answer.headers["Content-Type"] == "application/msgpack"
            content = await answer.read()
    assert msgspec.msgpack.decode(content) == {"a": [1, None, b"x"]}


def test_a_content_type_that_the_user_gives_wins() -> None:
    response = MsgpackResponse({}, headers={"Content-Type": "text/mine"})
    assert isinstance(response, ContentResponse)
    assert response.headers == {"Content-Type": "text/mine"}


def test_an_unserializable_body_is_an_error_when_the_response_is_made() -> None:
    with pytest.raises(TypeError) as caught:
        MsgpackResponse(object())
    assert caught.value.__notes__ == ["while serializing a response body as application/msgpack"]
