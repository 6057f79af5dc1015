"""`RedirectResponse`."""

import re
from typing import cast

import aiohttp
import pytest
from yarl import URL

from asyncly.srvmocker import MockRoute, RawResponse, RedirectResponse, start_service
from tests.rawhttp import ask

ROUTES = [MockRoute("*", "/old", "old"), MockRoute("*", "/new", "new")]


@pytest.mark.parametrize(
    ("status", "method"),
    [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")],
)
async def test_a_client_follows_it(client: aiohttp.ClientSession, status: int, method: str) -> None:
    async with start_service(ROUTES) as service:
        service.register("old", RedirectResponse("/new?a=1", status, cookies={"a": "1"}))
        service.register("new", RawResponse(b"here"))
        async with client.post(service.url / "old", data=b"x") as answer:
            assert await answer.read() == b"here"
            [first] = answer.history
    assert (first.status, first.headers["Location"]) == (status, "/new?a=1")
    assert first.headers["Set-Cookie"] == "a=1; Path=/"
    call = service.last_call("new")
    assert (call.method, call.query["a"]) == (method, "1")
    assert service.account.answered_ready == 2


async def test_the_location_is_sent_as_it_is() -> None:
    async with start_service(ROUTES) as service:
        cases: list[tuple[str | URL, str]] = [
            ("//é /?ü", "//é /?ü"),
            ("", ""),
            (URL("http://x/é"), "http://x/%C3%A9"),
        ]
        for location, sent in cases:
            service.register("old", RedirectResponse(location, headers=[("X-A", "1")]))
            answer = await ask(service.url, b"GET /old HTTP/1.1\r\nHost: x\r\n\r\n")
            assert (answer.status, answer.body) == (302, b"")
            assert answer.header(b"location") == sent.encode()
            assert answer.header(b"x-a") == b"1"
            assert answer.header(b"content-length") == b"0"


@pytest.mark.parametrize("status", [200, 300, 304, 305, 404])
def test_another_status_is_a_value_error(status: int) -> None:
    text = f"status={status} is no redirect: give one of (301, 302, 303, 307, 308)"
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        RedirectResponse("/", status)


def test_a_location_that_cannot_be_sent_is_an_error() -> None:
    with pytest.raises(ValueError, match=r"^header 'Location' has a line break"):
        RedirectResponse("/\r\nX-A: 1")
    with pytest.raises(TypeError, match=r"^location=7 is neither a str nor a yarl.URL$"):
        RedirectResponse(cast(str, 7))
    with pytest.raises(
        ValueError, match=r"^headers name a Location, too: give it as location alone$"
    ):
        RedirectResponse("/", headers={"location": "/new"})


def test_it_tells_where_to() -> None:
    response = RedirectResponse(URL("/a"), 307)
    assert (response.location, response.status) == ("/a", 307)
    assert repr(response) == "<RedirectResponse 307 to '/a'>"
