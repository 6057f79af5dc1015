"""`NdjsonResponse`: JSON values, one a line."""

import json
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import aiohttp
import pytest

from asyncly.srvmocker import MockRoute, NdjsonResponse, Wait, start_service

ITEMS = [{"a": "x\ny"}, [1, None], "ä", 1.5, False]


def given() -> Iterator[Any]:
    yield from ITEMS[:2]
    yield Wait(0)
    yield from ITEMS[2:]


async def given_later() -> AsyncIterator[Any]:
    for item in given():
        yield item


@pytest.mark.parametrize("source", [list(given()), given, given_later])
async def test_a_client_reads_a_value_a_line(client: aiohttp.ClientSession, source: Any) -> None:
    async with start_service([MockRoute("GET", "/", "it")]) as service:
        service.register("it", NdjsonResponse(source, status=206, headers={"X-A": "1"}))
        async with client.get(service.url) as answer:
            assert (answer.status, answer.headers["X-A"]) == (206, "1")
            assert answer.headers["Content-Type"] == "application/x-ndjson"
            lines = [line async for line in answer.content]
    assert [json.loads(line) for line in lines] == ITEMS
    assert not service.errors


@pytest.mark.parametrize(
    ("items", "text"),
    [
        ([{1}], "Object of type set is not JSON serializable"),
        ({"a": 1}, "items: give a list of them, not one dict"),
    ],
)
def test_what_cannot_be_written_is_a_type_error(items: Any, text: str) -> None:
    with pytest.raises(TypeError, match=f"^{re.escape(text)}$"):
        NdjsonResponse(items)
