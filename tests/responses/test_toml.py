"""`TomlResponse`."""

import tomllib

import aiohttp
import pytest

from asyncly.srvmocker import ContentResponse, MockRoute, start_service
from asyncly.srvmocker.responses.toml import TomlResponse


async def test_what_is_sent_is_toml(client: aiohttp.ClientSession) -> None:
    async with start_service([MockRoute("GET", "/", "it")]) as service:
        service.register("it", TomlResponse({"a": {"b": [1, 2.5, "é"]}}, 201, {"X-A": "1"}))
        async with client.get(service.url) as answer:
            assert (answer.status, answer.headers["X-A"]) == (201, "1")
            assert answer.headers["Content-Type"] == "application/toml"
            content = await answer.read()
    assert tomllib.loads(content.decode()) == {"a": {"b": [1, 2.5, "é"]}}


def test_a_content_type_that_the_user_gives_wins() -> None:
    response = TomlResponse({}, headers={"Content-Type": "text/mine"})
    assert isinstance(response, ContentResponse)
    assert response.headers == {"Content-Type": "text/mine"}


def test_an_unserializable_body_is_an_error_when_the_response_is_made() -> None:
    with pytest.raises(TypeError) as caught:
        TomlResponse({"a": None})
    assert caught.value.__notes__ == ["while serializing a response body as application/toml"]
