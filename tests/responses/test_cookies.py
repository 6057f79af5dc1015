"""Cookies: the fields on the wire, what clients make of them, and what cannot be sent."""

import re
from collections.abc import AsyncGenerator, Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, cast

import aiohttp
import pytest
from yarl import URL

from asyncly.srvmocker import (
    BaseMockResponse,
    ContentResponse,
    Cookie,
    JsonResponse,
    MockRoute,
    MockService,
    RawResponse,
    start_service,
)
from asyncly.srvmocker.responses.cookies import Cookies, set_cookie_fields
from asyncly.srvmocker.responses.msgpack import MsgpackResponse
from asyncly.srvmocker.responses.toml import TomlResponse
from asyncly.srvmocker.responses.yaml import YamlResponse
from tests.rawhttp import ask

WHEN = datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)


@pytest.fixture
async def service() -> AsyncGenerator[MockService]:
    async with start_service([MockRoute("*", "/", "it")]) as running:
        yield running


async def fields(service: MockService, response: BaseMockResponse) -> list[bytes]:
    service.register("it", response)
    answer = await ask(service.url, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    return [field for field in answer.fields if field.startswith(b"Set-Cookie: ")]


RESPONSES: list[Callable[[Cookies], BaseMockResponse]] = [
    lambda cookies: ContentResponse(b"x", cookies=cookies),
    lambda cookies: RawResponse(b"x", cookies=cookies),
    lambda cookies: JsonResponse({}, cookies=cookies),
    lambda cookies: MsgpackResponse({}, cookies=cookies),
    lambda cookies: TomlResponse({}, cookies=cookies),
    lambda cookies: YamlResponse({}, cookies=cookies),
]


@pytest.mark.parametrize("make", RESPONSES)
async def test_a_response_sets_cookies(
    service: MockService, make: Callable[[Cookies], BaseMockResponse]
) -> None:
    assert await fields(service, make({"a": "1", "b": "2"})) == [
        b"Set-Cookie: a=1; Path=/",
        b"Set-Cookie: b=2; Path=/",
    ]
    assert service.account.answered_ready == 1


async def test_they_come_behind_those_of_the_headers(service: MockService) -> None:
    response = JsonResponse(
        {},
        headers=[("Set-Cookie", "x=0"), ("X-A", "1"), ("X-A", "2"), ("Set-Cookie", "y=0")],
        cookies=iter([Cookie("a", "1", path=None)]),
    )
    assert await fields(service, response) == [
        b"Set-Cookie: x=0",
        b"Set-Cookie: y=0",
        b"Set-Cookie: a=1",
    ]


@pytest.mark.parametrize(
    ("cookie", "field"),
    [
        (Cookie("a", "1"), "a=1; Path=/"),
        (Cookie("a", "1", path=None), "a=1"),
        (Cookie("a", "", path="/b c"), 'a=""; Path=/b c'),
        (Cookie("a", "1", domain="example.com"), "a=1; Domain=example.com; Path=/"),
        (Cookie("a", "1", max_age=0), "a=1; Max-Age=0; Path=/"),
        (Cookie("a", "1", max_age=-1), "a=1; Max-Age=-1; Path=/"),
        (Cookie("a", "1", expires=WHEN), "a=1; expires=Wed, 02 Jan 2030 03:04:05 GMT; Path=/"),
        (
            Cookie("a", "1", expires=WHEN.astimezone(timezone(timedelta(hours=5)))),
            "a=1; expires=Wed, 02 Jan 2030 03:04:05 GMT; Path=/",
        ),
        (
            Cookie("a", "1", secure=True, http_only=True, same_site="None"),
            "a=1; HttpOnly; Path=/; SameSite=None; Secure",
        ),
        (Cookie("a", 'b "c"; d'), 'a="b \\"c\\"\\073 d"; Path=/'),
    ],
    ids=str,
)
async def test_the_field(service: MockService, cookie: Cookie, field: str) -> None:
    assert str(cookie) == field
    assert await fields(service, RawResponse(cookies=[cookie])) == [f"Set-Cookie: {field}".encode()]


async def test_a_client_sends_them_back(service: MockService) -> None:
    cookies = [
        Cookie("session", "a=b"),
        Cookie("text", "two words, é; and more"),
        Cookie("elsewhere", "1", path="/elsewhere"),
        Cookie("gone", "1", max_age=0),
    ]
    service.register("it", RawResponse(cookies=cookies))
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as client:
        await client.get(service.url)
        await client.get(service.url)
        kept = {cookie.key: cookie.value for cookie in jar}
    assert kept["text"] == "two words, é; and more"
    sent = service.last_call("it").request.cookies
    assert sent["session"] == "a=b"
    assert sent.keys() == {"session", "text"}
    assert URL(str(service.url)).host == "127.0.0.1"


@pytest.mark.parametrize(
    ("given", "error", "text"),
    [
        ({"name": ""}, ValueError, "cookie name '' cannot be sent: "),
        ({"name": "a b"}, ValueError, "cookie name 'a b' cannot be sent: "),
        ({"name": "path"}, ValueError, "cookie name 'path' cannot be sent: "),
        ({"name": 1}, TypeError, "cookie 1: name=1 has the wrong type"),
        ({"value": 1}, TypeError, "cookie 'a': value=1 has the wrong type"),
        ({"value": "x\r\ny"}, ValueError, "cookie 'a': value='x\\r\\ny' cannot be sent"),
        ({"value": "\ud800"}, ValueError, "cookie 'a': value='\\ud800' cannot be sent"),
        ({"path": "/;x"}, ValueError, "cookie 'a': path='/;x' cannot be sent"),
        ({"path": 1}, TypeError, "cookie 'a': path=1 has the wrong type"),
        ({"domain": "x\n"}, ValueError, "cookie 'a': domain='x\\n' cannot be sent"),
        ({"max_age": 1.5}, TypeError, "cookie 'a': max_age=1.5 has the wrong type"),
        ({"max_age": True}, TypeError, "cookie 'a': max_age=True has the wrong type"),
        ({"expires": "now"}, TypeError, "cookie 'a': expires='now' has the wrong type"),
        (
            {"expires": datetime(2030, 1, 1)},  # noqa: DTZ001 - the case that is tested
            ValueError,
            "expires=datetime.datetime(2030, 1, 1, 0, 0) has no time zone: give one, such as ",
        ),
        ({"same_site": "lax"}, ValueError, "same_site='lax' is none of Strict, Lax, None"),
    ],
)
def test_what_cannot_be_sent_is_an_error(
    given: dict[str, Any], error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=f"^{re.escape(text)}"):
        Cookie(**cast("dict[str, Any]", {"name": "a", "value": "1", **given}))


@pytest.mark.parametrize(
    ("cookies", "text"),
    [
        (7, "cookies=7: give a mapping of names to values, or Cookie objects"),
        ("a=1", "cookies: 'a' is not a Cookie, such as Cookie('a', '1')"),
        ([("a", "1")], "cookies: ('a', '1') is not a Cookie, such as Cookie('a', '1')"),
    ],
)
def test_what_is_no_cookie_is_a_type_error(cookies: object, text: str) -> None:
    with pytest.raises(TypeError, match=f"^{re.escape(text)}$"):
        RawResponse(cookies=cast(Cookies, cookies))


def test_no_cookies_are_no_fields() -> None:
    assert set_cookie_fields([]) == []
    assert RawResponse(cookies={}).headers == {}
