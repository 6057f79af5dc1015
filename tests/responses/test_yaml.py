"""`YamlResponse`."""

import aiohttp
import pytest
import yaml

from asyncly.srvmocker import ContentResponse, MockRoute, start_service
from asyncly.srvmocker.responses.yaml import YamlResponse


async def test_what_is_sent_is_yaml(client: aiohttp.ClientSession) -> None:
    async with start_service([MockRoute("GET", "/", "it")]) as service:
        service.register("it", YamlResponse({"a": [1, None, "é"]}, 201, {"X-A": "1"}))
        async with client.get(service.url) as answer:
            assert (answer.status, answer.headers["X-A"]) == (201, "1")
            assert answer.headers["Content-Type"] == "application/yaml"
            content = await answer.read()
    assert yaml.safe_load(content) == {"a": [1, None, "é"]}


def test_a_content_type_that_the_user_gives_wins() -> None:
    response = YamlResponse({}, headers={"Content-Type": "text/mine"})
    assert isinstance(response, ContentResponse)
    assert response.headers == {"Content-Type": "text/mine"}


def test_an_unserializable_body_is_an_error_when_the_response_is_made() -> None:
    with pytest.raises(yaml.YAMLError) as caught:
        YamlResponse(object())
    assert caught.value.__notes__ == ["while serializing a response body as application/yaml"]
