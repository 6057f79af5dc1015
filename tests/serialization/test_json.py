"""`JsonSerializer`: what the standard library writes."""

import json

import pytest

from asyncly.srvmocker.serialization.json import JsonSerializer


@pytest.mark.parametrize("body", [{"é": [1, 2.0, None]}, "x", float("inf"), 2**70, True])
def test_it_writes_what_json_dumps_does(body: object) -> None:
    assert JsonSerializer.dumps(body) == json.dumps(body)
    assert JsonSerializer.content_type == "application/json"


def test_it_refuses_what_json_does() -> None:
    with pytest.raises(TypeError, match="set is not JSON serializable"):
        JsonSerializer.dumps({1})
