"""The view of a request: every part as aiohttp sees it, decoded once."""

import pytest
from aiohttp import web
from aiohttp.http_exceptions import BadHttpMessage
from aiohttp.http_parser import HttpRequestParser
from aiohttp.test_utils import make_mocked_request
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from asyncly.srvmocker._core.request import (
    PartialView,
    RequestView,
    encode_fields,
    encode_start,
    target_url,
)
from asyncly.srvmocker.exceptions import NotKeptError
from tests.core.support import examples, view_of


def test_a_head_is_joined_into_its_canonical_bytes() -> None:
    fields = encode_fields([(b"Host", b"x"), (b"A", b""), (b"a", b"1: 2")])
    view = RequestView(encode_start("GET", "/a?b", (1, 1)), fields, b"")
    assert view.head == b"GET /a?b HTTP/1.1\r\nHost: x\r\nA: \r\na: 1: 2"
    bare = RequestView(encode_start("GET", "/", (1, 0)), encode_fields([]), b"")
    assert bare.head == b"GET / HTTP/1.0"


def test_every_part_of_a_head_is_read_back() -> None:
    pairs = ((b"Host", b"x"), (b"X-Many", b"1: 2"), (b"x-many", b""), (b"X-Raw", b"\xff\xc3\xa9"))
    view = RequestView(
        encode_start("PATCH", "/a/b%20c?q=1&q=%32#f", (1, 0)), encode_fields(pairs), b"body"
    )
    assert view.target == "/a/b%20c?q=1&q=%32#f"
    assert view.method == "PATCH"
    assert view.version == (1, 0)
    assert view.raw_headers == pairs
    assert view.headers.getall("X-MANY") == ["1: 2", ""]
    assert view.headers["x-raw"] == "\udcffé"
    assert view.url == view.rel_url == URL("/a/b%20c?q=1&q=%32#f", encoded=True)
    assert view.query.getall("q") == ["1", "2"]
    assert view.body == b"body"


def test_method_before_target() -> None:
    view = RequestView(b"M-SEARCH * HTTP/1.1", b"", b"")
    assert (view.method, view.target, view.raw_headers) == ("M-SEARCH", "*", ())


def test_what_is_decoded_is_decoded_once() -> None:
    view = view_of(b'{"a": 1}', target="/?a=1", headers={"A": "1"})
    assert view.headers is view.headers
    assert view.raw_headers is view.raw_headers
    assert view.url is view.url
    assert view.rel_url is view.rel_url
    assert view.document is view.document
    assert view.document.value == {"a": 1}


def test_a_body_that_was_not_kept_is_not_taken_for_an_empty_one() -> None:
    view = PartialView(b"GET /x HTTP/1.1", b"A: 1")
    assert (view.target, view.headers["a"]) == ("/x", "1")
    for ask in (lambda: view.body, lambda: view.document):
        with pytest.raises(NotKeptError, match=r"^the body of this call was not kept: keep "):
            ask()


def test_a_target_that_is_not_utf8_keeps_its_bytes() -> None:
    view = RequestView(encode_start("GET", "/\udcff\udce9?\udc80", (1, 1)), b"", b"")
    assert view.head == b"GET /\xff\xe9?\x80 HTTP/1.1"
    assert view.target == "/\udcff\udce9?\udc80"


def test_a_view_of_a_parsed_request_says_what_it_was_given() -> None:
    headers = CIMultiDictProxy(CIMultiDict({"A": "1"}))
    rel_url = URL("/x?y=2")
    view = RequestView(b"GET /x?y=2 HTTP/1.1", b"A: 1", b"[1]")
    view.told(method="GET", target="/x?y=2", headers=headers, rel_url=rel_url)
    assert (view.method, view.target, view.version) == ("GET", "/x?y=2", (1, 1))
    assert view.headers is headers
    assert view.rel_url is rel_url
    assert view.query["y"] == "2"
    assert view.raw_headers == ((b"A", b"1"),)
    assert (view.body, view.document.value) == (b"[1]", [1])


TARGETS = [
    *("/", "/a", "/a/", "//a", "//a/b?c", "/a//b", "/?", "/?a", "/a?b=c&b=d", "/a?b?c", "/#f"),
    *(
        "/a?b#c?d",
        "/a#b?c",
        "/%41%2F%25%zz",
        "/a%20b?c%20d=%26+e",
        "/é?é=é",
        "/\udcff",
        "/..",
        "/a;b",
    ),
    *("http://example.com", "http://example.com/", "http://example.com:80/a?b#c", "HTTP://EX.com/"),
    *("http://user:pw@h/x", "https://[::1]:8080/y?z", "*", "/a:b@c", "/:80", "/@"),
]


@pytest.mark.parametrize("target", TARGETS)
def test_the_url_of_a_target_is_what_aiohttp_makes_of_it(target: str) -> None:
    url = target_url("GET", target)
    view = RequestView(encode_start("GET", target, (1, 1)), b"", b"")
    request = make_mocked_request("GET", "/").clone(rel_url=url)
    assert (view.url, view.target) == (url, target)
    if url.absolute:
        assert view.rel_url == url.relative()
    else:
        assert view.rel_url == request.rel_url
        assert view.query == request.query


def parsed_by_aiohttp(raw: bytes) -> web.BaseRequest:
    """Read raw bytes with aiohttp's own parser."""
    import asyncio
    from unittest.mock import Mock

    from aiohttp.base_protocol import BaseProtocol

    loop = Mock(spec=asyncio.AbstractEventLoop)
    parser = HttpRequestParser(BaseProtocol(loop), loop, 2**16)
    messages, _, _ = parser.feed_data(raw)
    message, payload = messages[0]
    return web.BaseRequest(message, payload, Mock(), Mock(), Mock(), loop)


@given(
    st.sampled_from(["GET", "OPTIONS", "POST", "X-ODD"]),
    st.sampled_from(TARGETS) | st.text("a/?#%2F&=+:;.é", max_size=10).map("/{}".format),
    st.lists(st.tuples(st.sampled_from([b"A", b"a", b"B-c"]), st.binary(max_size=4)), max_size=4),
)
@examples(200)
def test_a_view_says_what_aiohttp_says_of_the_same_bytes(
    method: str, target: str, pairs: list[tuple[bytes, bytes]]
) -> None:
    fields = [(name, value.hex().encode()) for name, value in [(b"Host", b"h"), *pairs]]
    view = RequestView(encode_start(method, target, (1, 1)), encode_fields(fields), b"")
    try:
        request = parsed_by_aiohttp(view.head + b"\r\n\r\n")
    except BadHttpMessage:  # aiohttp refuses this target
        return
    assert (view.method, view.target) == (request.method, request.raw_path)
    assert view.version == (request.version.major, request.version.minor)
    assert view.raw_headers == request.raw_headers
    assert view.headers == request.headers
    assert view.rel_url == request.rel_url
    assert str(view.rel_url) == str(request.rel_url)
    assert view.query == request.query


def test_the_target_of_connect_is_an_authority() -> None:
    view = RequestView(b"CONNECT example.com:443 HTTP/1.1", b"", b"")
    request = parsed_by_aiohttp(view.head + b"\r\nHost: example.com:443\r\n\r\n")
    assert (view.url.host, view.url.port) == ("example.com", 443)
    assert view.rel_url == request.rel_url
