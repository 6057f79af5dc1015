"""`RawResponse`."""

import re
from typing import cast

import aiohttp
import pytest

from asyncly.srvmocker import MockRoute, RawResponse, start_service


@pytest.mark.parametrize(
    ("response", "status", "content_type", "content"),
    [
        (RawResponse(), 200, None, b""),
        (RawResponse(b"{broken", 502), 502, "application/octet-stream", b"{broken"),
        (RawResponse(b"\xff", headers={"Content-Type": "text/x"}), 200, "text/x", b"\xff"),
        (RawResponse(bytearray(b"a")), 200, "application/octet-stream", b"a"),
        (RawResponse(memoryview(b"a")), 200, "application/octet-stream", b"a"),
        (RawResponse("é"), 200, "text/plain; charset=utf-8", "é".encode()),
    ],
)
async def test_bytes_are_sent_as_given_with_aiohttps_default_type(
    client: aiohttp.ClientSession,
    response: RawResponse,
    status: int,
    content_type: str | None,
    content: bytes,
) -> None:
    async with start_service([MockRoute("GET", "/", "it")]) as service:
        service.register("it", response)
        async with client.get(service.url) as answer:
            assert (answer.status, await answer.read()) == (status, content)
            assert answer.headers.get("Content-Type") == content_type
            assert answer.headers["Content-Length"] == str(len(content))


@pytest.mark.parametrize("body", [None, 1, {"a": 1}, [b"x"]])
def test_a_raw_body_is_bytes(body: object) -> None:
    text = f"a raw body is bytes, not {type(body).__name__}"
    with pytest.raises(TypeError, match=f"^{re.escape(text)}$"):
        RawResponse(cast(bytes, body))
