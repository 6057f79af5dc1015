"""A recorded request says what the live one said: for the same traffic, later, and anywhere."""

import asyncio
import copy
import gc
import gzip
import weakref
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import aiohttp
import pytest
import uvloop
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from yarl import URL

from asyncly.srvmocker import (
    BaseMockResponse,
    MockRoute,
    MockService,
    PayloadError,
    RawResponse,
    RecordedRequest,
    RequestHistory,
    start_service,
)
from asyncly.srvmocker.constants import SERVICE_KEY
from tests.certificates import tls_contexts
from tests.rawhttp import raw_client

OK = RawResponse(b"ok")


@dataclass
class Item:
    price: float
    tags: list[str]


# Everything that tells something of the request and not of the connection's present state.
ATTRIBUTES = (
    *("method", "version", "host", "scheme", "secure", "remote", "keep_alive", "client_max_size"),
    *("url", "rel_url", "path", "path_qs", "raw_path", "query", "query_string", "forwarded"),
    *("headers", "raw_headers", "cookies", "content_type", "charset", "content_length"),
    *("if_modified_since", "if_unmodified_since", "if_match", "if_none_match", "if_range"),
    *("http_range", "body_exists"),
)


def facts(request: web.BaseRequest) -> dict[str, object]:
    """What the attributes of a request say, an exception included."""
    told: dict[str, object] = {}
    for name in ATTRIBUTES:
        try:
            told[name] = getattr(request, name)
        except ValueError as error:
            told[name] = repr(error)
    # aiohttp's parser spells the names that it knows in its own way; the record keeps the client's.
    told["headers"] = [(name.lower(), value) for name, value in request.headers.items()]
    told["query"] = list(request.query.items())
    assert isinstance(request, web.Request)
    told["match_info"] = dict(request.match_info)
    told["match_info.repr"] = repr(request.match_info)
    told["resource"] = str(request.match_info.route.resource)
    told["route.method"] = request.match_info.route.method
    told["http_exception"] = request.match_info.http_exception
    told["app"] = request.app
    told["config_dict"] = request.config_dict[SERVICE_KEY]
    told["repr"] = repr(request).replace("Recalled", "Served")
    return told


async def contents(request: web.Request) -> dict[str, object]:
    """What the methods of a request give of its body, an exception included."""
    told: dict[str, object] = {"read": await request.read()}
    for name, method in [("text", request.text), ("json", request.json)]:
        try:
            told[name] = await method()
        except (ValueError, LookupError) as error:
            told[name] = repr(error)
    if not request.content_type.startswith("multipart/"):
        told["post"] = list((await request.post()).items())
    return told


class Capture(BaseMockResponse):
    """Answers with nothing and keeps what it was told."""

    def __init__(self) -> None:
        self.facts: list[dict[str, object]] = []
        self.contents: list[dict[str, object]] = []

    async def response(self, request: web.Request) -> web.StreamResponse:
        self.facts.append(facts(request))
        self.contents.append(await contents(request))
        return web.Response()


def request_of(call: RequestHistory) -> web.Request:
    assert isinstance(call.request, web.Request)
    return call.request


def http(head: str, body: bytes = b"", *, host: str = "Host: example.org\r\n") -> bytes:
    lines = head.split("\n")
    length = "" if "chunked" in head or not body else f"Content-Length: {len(body)}\r\n"
    fields = "".join(f"{line}\r\n" for line in lines[1:])
    return f"{lines[0]}\r\n{host}{fields}{length}\r\n".encode("utf-8", "surrogateescape") + body


TRAFFIC = {
    "plain": http("GET /items/7 HTTP/1.1"),
    "query": http("GET /items/7?x=1&x=2&y=%C3%A9&z=a+b&e=&f HTTP/1.1"),
    "bare_query": http("GET /items/7? HTTP/1.1"),
    "escapes": http("GET /items/a%2Fb%20c%25d?p=%2F%3F%26+%2B HTTP/1.1"),
    "lower_escapes": http("GET /items/%c3%a9%7E HTTP/1.1"),
    "dots": http("GET /items/../items/./x HTTP/1.1"),
    "slashes": http("GET //items//x HTTP/1.1"),
    "fragment": http("GET /items/7?q=1#f HTTP/1.1"),
    "absolute": http("GET http://other.example:8080/items/7?q=%20 HTTP/1.1"),
    "absolute_https": http("GET https://other.example/items/7 HTTP/1.1"),
    "absolute_user": http("GET http://u:p@other.example/items/7 HTTP/1.1"),
    "head": http("HEAD /items/7 HTTP/1.1"),
    "delete": http("DELETE /items/7 HTTP/1.1"),
    "http10": http("GET /items/7 HTTP/1.0"),
    "http10_keep": http("GET /items/7 HTTP/1.0\nConnection: keep-alive"),
    "http10_no_host": http("GET /items/7 HTTP/1.0", host=""),
    "close": http("GET /items/7 HTTP/1.1\nConnection: close"),
    "close_case": http("GET /items/7 HTTP/1.1\nconnection: Close"),
    "close_in_list": http("GET /items/7 HTTP/1.1\nConnection: keep-alive, close"),
    "close_twice": http("GET /items/7 HTTP/1.1\nConnection: x\nConnection: close"),
    "not_close": http("GET /items/7 HTTP/1.1\nConnection: closer"),
    "x_headers": http("GET /i HTTP/1.1\nX-A: 1\nx-a: 2\nX-Empty:\nX-Pad:   v  \nX-Colon: a: b"),
    "raw_header": http("GET /i HTTP/1.1\nX-Raw: caf\udce9\nX-Text: é"),
    "cookies": http('GET /i HTTP/1.1\nCookie: a=1; b="2 3"; a=4; c'),
    "conditional": http(
        "GET /i HTTP/1.1\nIf-Modified-Since: Sat, 01 Jan 2022 00:00:00 GMT\n"
        'If-None-Match: "a", W/"b"\nIf-Match: *\nRange: bytes=2-5\nIf-Range: bad'
    ),
    "bad_range": http("GET /i HTTP/1.1\nRange: lines=1-2"),
    "forwarded": http(
        "GET /i HTTP/1.1\nForwarded: for=1.2.3.4;proto=https, for=x\nX-Forwarded-For: 9"
    ),
    "expect": http("POST /i HTTP/1.1\nExpect: 100-continue", b"go"),
    "upgrade": http("GET /i HTTP/1.1\nConnection: upgrade\nUpgrade: foo"),
    "json": http("POST /i HTTP/1.1\nContent-Type: application/json", b'{"a": [1, 2.5, null]}'),
    "text": http("PUT /i HTTP/1.1\nContent-Type: text/plain; charset=latin-1", b"caf\xe9"),
    "charset": http("PUT /i HTTP/1.1\nContent-Type: text/plain; charset=nonsense", b"caf\xe9"),
    "bytes": http("POST /i HTTP/1.1", bytes(range(256))),
    "empty_body": http("POST /i HTTP/1.1\nContent-Length: 0"),
    "form": http(
        "POST /i HTTP/1.1\nContent-Type: application/x-www-form-urlencoded", b"a=1&a=2&b=%C3%A9+x"
    ),
    "chunked": http(
        "POST /i HTTP/1.1\nTransfer-Encoding: chunked", b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\n\r\n"
    ),
    "chunked_empty": http("POST /i HTTP/1.1\nTransfer-Encoding: chunked", b"0\r\n\r\n"),
    "trailers": http(
        "POST /i HTTP/1.1\nTransfer-Encoding: chunked\nTrailer: X-T",
        b"1\r\na\r\n0\r\nX-T: 1\r\n\r\n",
    ),
    "gzip": http("POST /i HTTP/1.1\nContent-Encoding: gzip", gzip.compress(b"squeezed")),
    "deflate": http("POST /i HTTP/1.1\nContent-Encoding: deflate", zlib.compress(b"squeezed")),
    "gzip_chunked": http(
        "POST /i HTTP/1.1\nContent-Encoding: gzip\nTransfer-Encoding: chunked",
        b"%x\r\n%b\r\n0\r\n\r\n" % (len(gzip.compress(b"zip")), gzip.compress(b"zip")),
    ),
}

ROUTES = [MockRoute("*", "/items/{id}", "item"), MockRoute("*", "/{tail:.*}", "rest")]


@pytest.mark.parametrize("name", TRAFFIC)
async def test_a_recorded_request_says_what_the_live_one_said(name: str) -> None:
    data = TRAFFIC[name]
    capture = Capture()
    async with start_service(ROUTES) as service:
        service.register("item", capture)
        service.register("rest", capture)
        method = data.partition(b" ")[0].decode()
        async with raw_client(service.url) as raw:
            raw.write(data)
            if name == "expect":
                assert await raw.read_head() == b"HTTP/1.1 100 Continue\r\n\r\n"
            assert (await raw.answer(method)).status == 200
        during = service.history[-1]
        assert facts(during.request) == capture.facts[-1]
        assert await contents(request_of(during)) == capture.contents[-1]
    after = service.history[-1]
    assert facts(after.request) == capture.facts[-1]
    assert await contents(request_of(after)) == capture.contents[-1]
    assert after.body == capture.contents[-1]["read"]


async def test_a_recorded_request_over_tls_says_what_the_live_one_said(
    client: aiohttp.ClientSession,
) -> None:
    server_side, client_side = tls_contexts()
    capture = Capture()
    async with start_service(ROUTES, ssl_context=server_side) as service:
        service.register("rest", capture)
        async with client.get(service.url / "a", params={"b": "é"}, ssl=client_side) as answer:
            assert answer.status == 200
    assert facts(service.history[0].request) == capture.facts[0]
    assert service.history[0].url == service.url.joinpath("a").with_query(b="é")


async def test_the_shorthands_say_the_same_as_the_request(client: aiohttp.ClientSession) -> None:
    async with start_service(ROUTES) as service:
        service.register("item", OK)
        url = service.url / "items" / "a b"
        await client.put(url, params={"q": "é"}, headers={"X-A": "1"}, data=b"x")
        call = service.last_call("item")
    request = request_of(call)
    assert call.method == request.method == "PUT"
    assert call.url == request.url == url.with_query(q="é")
    assert call.path == request.path == "/items/a b"
    assert call.headers == request.headers
    assert call.headers["x-a"] == "1"
    assert call.query == request.query
    assert call.query["q"] == "é"
    assert call.path_params == dict(request.match_info) == {"id": "a b"}
    assert call.handler_name == "item"
    assert call.body == await request.read() == b"x"


async def test_its_body_is_decoded_into_a_type(client: aiohttp.ClientSession) -> None:
    async with start_service(ROUTES) as service:
        service.register("item", OK)
        service.register("rest", OK)
        await client.post(service.url / "items" / "7", json={"price": 2, "tags": ["a"]})
        await client.post(service.url / "orders", data=b"<html>", params={"q": "1"})
        item, order = service.history
        assert item.decode(Item) == Item(2.0, ["a"])
        assert item.decode(dict[str, object]) == {"price": 2, "tags": ["a"]}
        with pytest.raises(PayloadError) as caught:
            item.decode(list[Item])
        assert str(caught.value) == (
            "handler 'item': the body does not fit list[Item]: $: expected array, got object"
        )
    with pytest.raises(AssertionError) as failed:
        order.decode(Item)
    assert str(failed.value).startswith(
        "handler 'rest': the body does not fit Item: it is not JSON"
    )


async def test_its_body_can_be_looked_at_in_other_ways(client: aiohttp.ClientSession) -> None:
    async with start_service(ROUTES) as service:
        service.register("rest", OK)
        await client.post(service.url, json={"a": [1, None]}, cookies={"c": "1"})
        await client.post(service.url, data={"a": "é", "b": "2"})
        await upload(client, service.url)
        await client.post(
            service.url, data=b"\xff", headers={"Content-Type": "multipart/form-data"}
        )
    as_json, as_form, as_parts, broken = service.history
    assert as_json.cookies == {"c": "1"}
    assert as_json.text == '{"a": [1, null]}'
    value = as_json.json()
    assert value == {"a": [1, None]}
    assert as_json.json() is not value
    assert (dict(as_json.form), list(as_json.parts)) == ({}, [])
    assert dict(as_form.form) == {"a": "é", "b": "2"}
    assert as_form.cookies == {}
    title, file = as_parts.parts
    assert (title.name, title.text) == ("title", "lämp")
    assert (file.filename, file.content_type, file.content) == (
        "a.bin",
        "application/x-bin",
        b"\x00\x01",
    )
    for what, fits in [
        ("text", "str: it is no utf-8 text"),
        ("parts", "multipart/form-data: its Content-Type names no boundary"),
    ]:
        with pytest.raises(PayloadError) as caught:
            getattr(broken, what)
        assert str(caught.value) == f"handler 'rest': the body does not fit {fits}"
    with pytest.raises(PayloadError, match=r"^handler 'rest': the body does not fit JSON: it is n"):
        broken.json()


def test_a_call_without_a_handler_is_named_by_its_request() -> None:
    call = RequestHistory(make_mocked_request("PUT", "/orders?q=1"), b"[1]")
    assert call.decode(list[int]) == [1]
    with pytest.raises(PayloadError, match=r"^PUT /orders\?q=1: the body does not fit int: \$: "):
        call.decode(int)
    with pytest.raises(TypeError, match=r"^no JSON body can be decoded into 5: "):
        call.decode(5)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]  # wanted


def test_it_has_a_second_name() -> None:
    assert RecordedRequest is RequestHistory


# --- the body, again and elsewhere ---------------------------------------------------------------


async def upload(client: aiohttp.ClientSession, url: URL) -> None:
    form = aiohttp.FormData()
    form.add_field("title", "lämp")
    form.add_field("file", b"\x00\x01", filename="a.bin", content_type="application/x-bin")
    async with client.post(url, data=form) as answer:
        assert answer.status == 200


async def test_a_multipart_body_can_be_read_from_the_record(
    client: aiohttp.ClientSession,
) -> None:
    async with start_service(ROUTES) as service:
        service.register("rest", OK)
        await upload(client, service.url)
    posted = await request_of(service.last_call("rest")).post()
    assert posted["title"] == "lämp"
    file = posted["file"]
    assert isinstance(file, web.FileField)
    assert (file.filename, file.content_type, file.file.read()) == (
        "a.bin",
        "application/x-bin",
        b"\x00\x01",
    )
    file.file.close()
    names: list[str | None] = []
    parts = await request_of(service.last_call("rest")).multipart()
    while (part := await parts.next()) is not None:
        assert isinstance(part, aiohttp.BodyPartReader)
        names.append(part.name)
        await part.read()
    assert names == ["title", "file"]


async def test_the_body_can_be_read_as_often_as_one_likes(client: aiohttp.ClientSession) -> None:
    async with start_service(ROUTES) as service:
        service.register("rest", OK)
        await client.post(service.url, json={"a": 1})
    call = service.last_call("rest")
    request = request_of(call)
    for _ in range(2):
        assert await request.read() == b'{"a": 1}'
        assert await request.text() == '{"a": 1}'
        assert await request.json() == {"a": 1}


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_a_record_outlives_its_loop(new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    async def serve() -> MockService:
        async with start_service(ROUTES) as service, aiohttp.ClientSession() as client:
            service.register("item", OK)
            service.register("rest", OK)
            await client.post(service.url / "items" / "7", json=[1], cookies={"c": "d"})
            await upload(client, service.url)
        return service

    with asyncio.Runner(loop_factory=new_loop) as runner:
        service = runner.run(serve())
    call = service.last_call("item")
    request = request_of(call)
    assert request.method == "POST"
    assert request.cookies == {"c": "d"}
    assert request.match_info["id"] == "7"
    assert request.url == call.url == service.url / "items" / "7"
    assert request.app[SERVICE_KEY] is service
    assert request.transport is None
    service.assert_called("item", times=1, json=[1])

    async def read() -> object:
        posted = await request_of(service.last_call("rest")).post()
        file = posted["file"]
        assert isinstance(file, web.FileField)
        with file.file:
            return await request.json(), posted["title"], file.file.read()

    with asyncio.Runner(loop_factory=new_loop) as runner:
        assert runner.run(read()) == ([1], "lämp", b"\x00\x01")


# --- what it is ----------------------------------------------------------------------------------


async def test_two_that_stand_for_one_call_are_equal(client: aiohttp.ClientSession) -> None:
    async with start_service(ROUTES) as service:
        service.register("rest", OK)
        for _ in range(2):
            await client.get(service.url)
        one, two = service.history
        assert one == service.history[0] == service.get_calls("rest")[0]
        assert hash(one) == hash(service.history[0])
        assert one != two, "the same request twice is two calls"
        assert one != "a call"
        assert {one, two, *service.history} == {one, two}


async def test_a_copy_is_the_call_itself(client: aiohttp.ClientSession) -> None:
    """It never changes; to copy what it was made of would copy the service and its loop."""
    async with start_service(ROUTES) as service:
        service.register("rest", OK)
        await client.get(service.url)
        [call] = service.history
        assert copy.copy(call) is call
        assert copy.deepcopy({"calls": [call]})["calls"][0] is call


async def test_its_repr_is_one_line(client: aiohttp.ClientSession) -> None:
    async with start_service(ROUTES) as service:
        service.register("item", OK)
        await client.post(service.url / "items" / "7", params={"q": "1"}, data=b"abc")
        [call] = service.history
        assert repr(call) == "<RequestHistory POST /items/7?q=1 -> 'item', 3 bytes>"
        assert repr(service.history) == f"[{call!r}]"


async def test_it_matches_a_class_pattern(client: aiohttp.ClientSession) -> None:
    async with start_service(ROUTES) as service:
        service.register("rest", OK)
        await client.post(service.url, data=b"abc")
    match service.last_call("rest"):
        case RequestHistory(request, body):
            assert (request.method, body) == ("POST", b"abc")
        case _:
            pytest.fail("no match")


def test_what_it_says_cannot_be_assigned() -> None:
    call = RequestHistory(make_mocked_request("GET", "/"), b"")
    with pytest.raises(AttributeError):
        call.body = b"other"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(AttributeError):
        call.note = 1  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]


def test_one_can_be_made_of_an_aiohttp_request() -> None:
    request = make_mocked_request(
        "POST", "/a%20b?q=1", {"X-A": "1", "Host": "h"}, match_info={"id": "7"}
    )
    call = RequestHistory(request, b'{"a": 1}')
    assert call.request is request
    assert call == RequestHistory(request=request, body=b'{"a": 1}')
    assert call != RequestHistory(request, b"")
    assert (call.method, call.path, call.body) == ("POST", "/a b", b'{"a": 1}')
    assert (call.url, call.query["q"], call.headers["x-a"]) == (request.url, "1", "1")
    assert (dict(call.path_params), call.handler_name) == ({"id": "7"}, "")
    assert repr(call) == "<RequestHistory POST /a%20b?q=1 -> '', 8 bytes>"


# --- what it costs -------------------------------------------------------------------------------


async def test_no_live_request_is_kept_alive_by_its_record(client: aiohttp.ClientSession) -> None:
    live: list[weakref.ref[web.Request]] = []

    def objects() -> int:
        return sum(isinstance(thing, RequestHistory) for thing in gc.get_objects())

    before = objects()

    class Note(BaseMockResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            live.append(weakref.ref(request))
            return web.Response()

    async with start_service(ROUTES) as service:
        service.register("rest", Note())
        for _ in range(3):
            await client.post(service.url, data=b"x")
        service.register("rest", Capture())
        # aiohttp holds the latest request of a connection until it is given the next one.
        await client.get(service.url)
        gc.collect()
        assert [request() for request in live] == [None, None, None]
        assert objects() <= before, "objects are made when somebody looks"
        assert [call.body for call in service.history] == [b"x", b"x", b"x", b""]
