"""The mock proxy: what it relays, what it refuses, what it records, and what it leaves behind."""

import asyncio
import gc
import gzip
import logging
import resource
import socket
import warnings
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from typing import NamedTuple, Self

import pytest
from aiohttp import BasicAuth, ClientResponseError, ClientSession, web
from aiohttp.http_parser import HttpRequestParserPy
from yarl import URL

from asyncly.srvmocker import (
    BaseMockResponse,
    MockProxyService,
    MockRoute,
    RawResponse,
    start_proxy,
    start_service,
)
from tests.rawhttp import (
    Answer,
    RawClient,
    RawTarget,
    Script,
    ask,
    break_connection,
    free_port,
    raw_client,
    raw_target,
)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
ANY = "http://127.0.0.1:9/"


def has_ipv6_loopback() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6_loopback(), reason="this machine has no ::1")


class Setup(NamedTuple):
    proxy: MockProxyService
    target: RawTarget

    def get(self, path: bytes = b"/", *fields: bytes) -> bytes:
        return self.request(b"GET", path, *fields)

    def request(self, method: bytes, path: bytes, *fields: bytes, body: bytes = b"") -> bytes:
        lines = [b"%b http://%b%b HTTP/1.1" % (method, self.target.authority, path), b"Host: x"]
        return b"\r\n".join([*lines, *fields, b"", body])

    async def ask(self, data: bytes) -> Answer:
        return await ask(self.proxy.url, data)


@asynccontextmanager
async def between(answer: bytes | Script = OK, *, read: bool = True) -> AsyncGenerator[Setup]:
    """A proxy, and a target of literal bytes."""
    async with raw_target(answer, read=read) as target, start_proxy() as proxy:
        yield Setup(proxy, target)


# What the target gets.


async def test_the_request_goes_on_as_it_was_written() -> None:
    async with between() as setup:
        sent = setup.request(
            b"PATCH",
            b"/a%2fb/%zz//../%C3%a9?x=1&&y|",
            b"x-LOWER: 1",
            b"Cookie: a=b",
            b"X-Dup: 1",
            b"x-dup:   2  ",
            b"X-Empty:",
            b"X-Obs: caf\xe9",
            b"Content-Length: 3",
            body=b"\x00\xff\n",
        )
        await setup.ask(sent)
        assert setup.target.requests == [
            b"PATCH /a%%2fb/%%zz//../%%C3%%a9?x=1&&y| HTTP/1.1\r\nHost: %b\r\nx-LOWER: 1\r\n"
            b"Cookie: a=b\r\nX-Dup: 1\r\nx-dup: 2\r\nX-Empty: \r\nX-Obs: caf\xe9\r\n"
            b"Content-Length: 3\r\n\r\n\x00\xff\n" % setup.target.authority
        ]


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (b"", b"GET / HTTP/1.1"),
        (b"/", b"GET / HTTP/1.1"),
        (b"/?", b"GET /? HTTP/1.1"),
        (b"?a", b"GET /?a HTTP/1.1"),
        (b"/a?b?c", b"GET /a?b?c HTTP/1.1"),
        (b"/http://other/", b"GET /http://other/ HTTP/1.1"),
    ],
)
async def test_targets(path: bytes, line: bytes) -> None:
    async with between() as setup:
        assert (await setup.ask(setup.get(path))).status == 200
        assert setup.target.requests[0].split(b"\r\n")[0] == line


async def test_nothing_is_invented_and_hops_are_not_crossed() -> None:
    async with between() as setup:
        await setup.ask(
            setup.get(
                b"/",
                b"Connection: keep-alive, X-Hop",
                b"X-Hop: 1",
                b"Keep-Alive: timeout=5",
                b"Proxy-Connection: keep-alive",
                b"Proxy-Authorization: Basic eDp5",
                b"TE: trailers",
                b"Trailer: X",
                b"Upgrade: h2c",
            )
        )
        assert setup.target.requests == [
            b"GET / HTTP/1.1\r\nHost: %b\r\n\r\n" % setup.target.authority
        ]


async def test_userinfo_stays_out_of_the_host() -> None:
    async with between() as setup:
        data = b"GET http://u:p@%b/ HTTP/1.1\r\nHost: h\r\n\r\n" % setup.target.authority
        assert (await setup.ask(data)).status == 200
        assert setup.target.requests == [
            b"GET / HTTP/1.1\r\nHost: %b\r\n\r\n" % setup.target.authority
        ]


async def test_http_1_0_client() -> None:
    async with between() as setup, raw_client(setup.proxy.url) as client:
        got = await client.ask(b"GET http://%b/ HTTP/1.0\r\n\r\n" % setup.target.authority)
        assert got.head.startswith(b"HTTP/1.0 200 OK\r\n")
        assert await client.closed()
        assert setup.target.requests[0].startswith(b"GET / HTTP/1.1\r\nHost: ")


async def test_a_chunked_request_goes_on_with_its_length() -> None:
    async with between() as setup:
        data = setup.request(b"POST", b"/", b"Transfer-Encoding: chunked")
        assert (await setup.ask(data + b"2\r\nab\r\n1\r\nc\r\n0\r\nX-T: 1\r\n\r\n")).status == 200
        assert setup.target.requests[0].endswith(b"\r\nContent-Length: 3\r\n\r\nabc")
        assert setup.proxy.last_call().body == b"abc"


async def test_a_request_body_of_any_size() -> None:
    body = bytes(range(256)) * 20_000
    async with between() as setup:
        data = setup.request(b"PUT", b"/", b"Content-Length: %d" % len(body), body=body)
        assert (await setup.ask(data)).status == 200
        assert setup.target.requests[0].endswith(b"\r\n\r\n" + body)
        setup.proxy.assert_called(times=1, body=body)


async def test_expect_is_met_by_the_proxy_and_passed_on() -> None:
    async with between(b"HTTP/1.1 100 Continue\r\n\r\n" + OK) as setup:
        async with raw_client(setup.proxy.url) as client:
            client.write(
                setup.request(b"POST", b"/", b"Expect: 100-Continue", b"Content-Length: 2")
            )
            assert await client.read_head() == b"HTTP/1.1 100 Continue\r\n\r\n"
            got = await client.ask(b"ab")
            assert (got.status, got.body) == (200, b"hi")
        assert b"\r\nExpect: 100-Continue\r\n" in setup.target.requests[0]


async def test_an_expectation_of_http_1_0_is_ignored() -> None:
    async with between() as setup:
        data = b"POST http://%b/ HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\na"
        assert (await setup.ask(data % setup.target.authority)).status == 200


@needs_ipv6
async def test_an_ipv6_target() -> None:
    async with raw_target(OK, host="[::1]") as target, start_proxy() as proxy:
        assert (await Setup(proxy, target).ask(Setup(proxy, target).get())).status == 200
        assert target.requests == [b"GET / HTTP/1.1\r\nHost: %b\r\n\r\n" % target.authority]


# What the client gets.


async def test_the_answer_comes_back_as_it_was_written() -> None:
    answer = (
        b"HTTP/1.1 299 So la l\xe0\r\nx-LOWER: caf\xe9\r\nSet-Cookie: a=b\r\nset-cookie: c=d\r\n"
        b"Content-Encoding: gzip\r\nLocation: /elsewhere\r\nContent-Length: 3\r\n\r\n\x00\xff\n"
    )
    async with between(answer) as setup:
        got = await setup.ask(setup.get())
        assert got.head + got.wire == answer


async def test_hop_by_hop_fields_of_the_answer() -> None:
    answer = (
        b"HTTP/1.1 200 OK\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\n"
        b"Proxy-Authenticate: Basic\r\nUpgrade: h2c\r\nX-A: 1\r\nContent-Length: 0\r\n\r\n"
    )
    async with between(answer) as setup, raw_client(setup.proxy.url) as client:
        for _ in range(2):
            got = await client.ask(setup.get())
            assert got.head == b"HTTP/1.1 200 OK\r\nX-A: 1\r\nContent-Length: 0\r\n\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n\r\nhello",
        b"HTTP/1.0 200 OK\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
    ],
)
async def test_answers_of_unknown_length(answer: bytes) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    async with between(script) as setup:
        async with raw_client(setup.proxy.url) as client:
            for _ in range(2):
                got = await client.ask(setup.get())
                assert got.fields == [b"Transfer-Encoding: chunked"]
                assert got.body == b"hello"
        old = await setup.ask(b"GET http://%b/ HTTP/1.0\r\n\r\n" % setup.target.authority)
        assert (old.fields, old.wire) == ([b"Connection: close"], b"hello")


async def test_trailers() -> None:
    answer = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n"
    )
    async with between(answer) as setup:
        assert (await setup.ask(setup.get())).wire == b"2\r\nhi\r\n0\r\nX-Sum: 1\r\n\r\n"


@pytest.mark.parametrize(("method", "status"), [(b"HEAD", 200), (b"GET", 304)])
async def test_content_length_without_a_body(method: bytes, status: int) -> None:
    answer = b"HTTP/1.1 %d X\r\nContent-Length: 1234\r\n\r\n" % status
    async with between(answer) as setup, raw_client(setup.proxy.url) as client:
        for _ in range(2):
            assert (await client.ask(setup.request(method, b"/"))).head == answer


async def test_interim_answers_are_not_the_final_one() -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    async with between(early + OK) as setup, raw_client(setup.proxy.url) as client:
        client.write(setup.get())
        assert await client.read_head() == early
        assert (await client.answer()).body == b"hi"


async def test_an_answer_is_passed_on_while_it_is_being_made() -> None:
    taken = asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst")
        await taken.wait()
        writer.write(b"later")

    async with between(script) as setup, raw_client(setup.proxy.url) as client:
        client.write(setup.get())
        await client.read_head()
        assert await client.reader.readexactly(5) == b"first"
        taken.set()
        assert await client.reader.readexactly(5) == b"later"


async def test_a_client_that_does_not_read_holds_the_target_back() -> None:
    size = 96 * 1024 * 1024
    written = 0

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size)
        while written < size:
            writer.write(bytes(65536))
            await writer.drain()
            written += 65536

    async with between(script) as setup:
        reader, writer = await asyncio.open_connection("127.0.0.1", setup.proxy.url.port)
        writer.write(setup.get())
        await reader.readuntil(b"\r\n\r\n")
        for _ in range(1500):  # each turn of the loop could take in more than a piece
            await asyncio.sleep(0)
        assert written < size // 2
        received = 0
        while piece := await reader.read(1024 * 1024):
            received += len(piece)
            if received == size:
                break
        assert received == size
        writer.close()
        await writer.wait_closed()


async def test_keep_alive_and_pipelining() -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        path = setup.target.requests[-1].split(b" ")[1]
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(path), path))

    async with between(script) as setup, raw_client(setup.proxy.url) as client:
        paths = [b"/%d" % number for number in range(50)]
        client.write(b"".join(map(setup.get, paths)))
        assert [(await client.answer()).body for _ in paths] == paths
        assert [call.path.encode() for call in setup.proxy.history] == paths


async def test_the_access_log_tells_of_relayed_answers(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO, "aiohttp.access"):
        async with between() as setup:
            await setup.ask(setup.get(b"/logged"))
    assert [record.message for record in caplog.records if "/logged" in record.message]
    assert '" 200 2 "' in caplog.text


# With real clients and servers.


class Streaming(BaseMockResponse):
    async def response(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        response.enable_compression(web.ContentCoding.gzip)
        await response.prepare(request)
        await response.write(await request.read())
        await response.write_eof()
        return response


async def test_with_a_mock_service_as_the_target() -> None:
    routes = [MockRoute("POST", "/items", "create"), MockRoute("GET", "/moved", "moved")]
    async with start_service(routes) as service, start_proxy() as proxy:
        service.register("create", Streaming())
        service.register("moved", RawResponse(status=302, headers={"Location": "/items"}))
        async with ClientSession(proxy=proxy.url) as client:
            url = service.url / "items" % {"q": "a b"}
            async with client.post(url, json={"name": "lamp"}) as answer:
                assert answer.headers["Content-Encoding"] == "gzip"
                assert await answer.json(content_type=None) == {"name": "lamp"}
            async with client.get(service.url / "moved", allow_redirects=False) as answer:
                assert (answer.status, answer.headers["Location"]) == (302, "/items")
        service.assert_called("create", times=1, json={"name": "lamp"}, query={"q": "a b"})
        proxy.assert_called(times=2, target=url, method="POST", json={"name": "lamp"})


@pytest.fixture
def many_files() -> Iterator[None]:
    """Allow for as many connections as a test of hundreds needs: four for each request."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 4096 if hard == resource.RLIM_INFINITY else min(4096, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_files")
async def test_several_hundred_requests_at_once() -> None:
    count = 400
    arrived = asyncio.Semaphore(0)
    all_here = asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        arrived.release()
        await all_here.wait()
        writer.write(OK)

    async def one(number: int) -> Answer:
        return await setup.ask(setup.get(b"/%d" % number))

    async with between(script) as setup:
        requests = [asyncio.ensure_future(one(number)) for number in range(count)]
        for _ in range(count):
            await arrived.acquire()
        all_here.set()
        assert {answer.body for answer in await asyncio.gather(*requests)} == {b"hi"}
        setup.proxy.assert_called(times=count)
        assert {call.path for call in setup.proxy.history} == {f"/{n}" for n in range(count)}
        await setup.target.all_gone()


# What is refused.


async def refused(proxy: MockProxyService, data: bytes) -> Answer:
    """Ask for something that must be refused and recorded, and for nothing else."""
    before = len(proxy.history)
    answer = await ask(proxy.url, data)
    assert len(proxy.history) == before + 1
    assert answer.body.startswith(b"mock proxy: ")
    assert answer.header(b"content-type") == b"text/plain; charset=utf-8"
    return answer


@pytest.mark.parametrize(
    ("target", "status", "words"),
    [
        (b"/a", 400, b"not an absolute URL"),
        (b"*", 400, b"not an absolute URL"),
        (b"https://h/", 501, b"scheme 'https' is not implemented"),
        (b"http://a%00b/", 502, b"cannot connect: "),
    ],
)
async def test_targets_that_are_not_forwarded_to(target: bytes, status: int, words: bytes) -> None:
    async with start_proxy() as proxy:
        answer = await refused(proxy, b"OPTIONS %b HTTP/1.1\r\nHost: h\r\n\r\n" % target)
        assert answer.status == status
        assert words in answer.body


@pytest.mark.parametrize(
    "host",
    [
        b"127.0.0.1",
        b"localhost",
        b"0.0.0.0",
        pytest.param(b"[::ffff:127.0.0.1]", marks=needs_ipv6),
    ],
)
async def test_the_proxy_itself_is_no_target(host: bytes) -> None:
    async with start_proxy() as proxy:
        data = b"GET http://%b:%d/ HTTP/1.1\r\nHost: h\r\n\r\n" % (host, proxy.url.port or 0)
        answer = await refused(proxy, data)
        assert answer.status == 400
        assert b"is this proxy itself" in answer.body


async def test_connect_is_not_implemented() -> None:
    async with start_proxy() as proxy:
        async with raw_client(proxy.url) as client:
            client.write(b"CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n\x16\x03\x01")
            answer = await client.answer()
            assert answer.status == 501
            assert b"CONNECT is not implemented" in answer.body
            assert answer.header(b"connection") == b"close"
            assert await client.closed()
        proxy.assert_called(times=1, method="CONNECT", target="h:443")
        async with ClientSession(proxy=proxy.url) as session:
            with pytest.raises(ClientResponseError) as caught:
                await session.get("https://example.com/")
            assert caught.value.status == 501


async def test_a_target_out_of_reach() -> None:
    async with start_proxy() as proxy:
        port = free_port()
        url = f"http://127.0.0.1:{port}/a"
        answer = await refused(proxy, f"GET {url} HTTP/1.1\r\nHost: h\r\n\r\n".encode())
        assert answer.status == 502
        assert f"127.0.0.1:{port}: cannot connect: ".encode() in answer.body
        assert b"refused" in answer.body or b"Errno 111" in answer.body
        proxy.assert_called(times=1, target=url)
        unknown = await refused(
            proxy, b"GET http://no-such-host.invalid/ HTTP/1.1\r\nHost: h\r\n\r\n"
        )
        assert unknown.status == 502
        assert b"no-such-host.invalid:80: cannot connect: " in unknown.body


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", b"closed the connection before the head of an answer"),
        (b"HTTP/1.1 200 OK\r\nX:", b"closed the connection before the head of an answer"),
        (b"SSH-2.0-OpenSSH_9.9\r\n\r\n", b"not HTTP/1.1"),
    ],
)
async def test_a_target_that_does_not_answer(answer: bytes, words: bytes) -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(answer)

    async with between(script) as setup, raw_client(setup.proxy.url) as client:
        for _ in range(2):  # the client's own connection is not harmed
            got = await client.ask(setup.get())
            assert got.status == 502
            assert words in got.body
            assert got.body.startswith(b"mock proxy: " + setup.target.authority)
        setup.proxy.assert_called(times=2)


@pytest.mark.parametrize("length", [b"Content-Length: 9", b"Transfer-Encoding: chunked", b"X: y"])
@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
async def test_a_target_that_breaks_off_is_no_success(length: bytes, version: bytes) -> None:
    given = asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n%b\r\n\r\n5\r\nhe" % length)
        await given.wait()
        break_connection(writer)

    async with between(script) as setup, raw_client(setup.proxy.url) as client:
        client.write(
            b"GET http://%b/ HTTP/%b\r\nHost: h\r\n\r\n" % (setup.target.authority, version)
        )
        await client.read_head()
        assert await client.reader.read(1)
        given.set()
        with pytest.raises(ConnectionResetError):
            await client.reader.read()


async def test_a_malformed_body_is_refused_and_not_recorded() -> None:
    async with between() as setup, raw_client(setup.proxy.url) as client:
        data = setup.request(b"POST", b"/", b"Transfer-Encoding: chunked", body=b"zz\r\n")
        got = await client.ask(data)
        assert got.status == 400
        assert await client.closed()
        setup.proxy.assert_not_called()
        assert setup.target.requests == []


async def test_a_malformed_body_is_refused_by_aiohttps_other_parser_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # The one in Python, which aiohttp uses where it has no compiled one.
    monkeypatch.setattr("aiohttp.web_protocol.HttpRequestParser", HttpRequestParserPy)
    async with between() as setup, raw_client(setup.proxy.url) as client:
        fields = (b"Expect: 100-continue", b"Transfer-Encoding: chunked")
        client.write(setup.request(b"POST", b"/", *fields))
        assert await client.read_head() == b"HTTP/1.1 100 Continue\r\n\r\n"
        got = await client.ask(b"zz\r\n")
        assert got.status == 400
        assert got.body.startswith(b"mock proxy: the body is not HTTP/1.1: ")
        assert await client.closed()
        setup.proxy.assert_not_called()


# Credentials.


@pytest.mark.parametrize("form", ["pair", "BasicAuth"])
async def test_auth(form: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        auth = ("user", "pass") if form == "pair" else BasicAuth("user", "pass")
    async with raw_target(OK) as target, start_proxy(auth=auth) as proxy:
        setup = Setup(proxy, target)
        for fields in (
            [],
            [b"Proxy-Authorization: Basic bm86"],
            [b"Authorization: Basic dXNlcjpwYXNz"],
        ):
            got = await refused(proxy, setup.get(b"/", *fields))
            assert got.status == 407
            assert got.header(b"proxy-authenticate") == b"Basic"
        assert target.requests == []
        got = await setup.ask(setup.get(b"/", b"Proxy-Authorization: basic dXNlcjpwYXNz"))
        assert got.status == 200
        assert target.requests == [b"GET / HTTP/1.1\r\nHost: %b\r\n\r\n" % target.authority]
        proxy.assert_called(times=4, headers={"Proxy-Authorization": "basic dXNlcjpwYXNz"})


async def test_auth_comes_before_everything_else() -> None:
    async with start_proxy(auth=("a", "b")) as proxy:
        for line in (b"CONNECT h:1", b"GET /a", b"GET https://h/"):
            assert (await refused(proxy, line + b" HTTP/1.1\r\nHost: h\r\n\r\n")).status == 407


@pytest.mark.parametrize(
    ("auth", "error"), [(("a:b", "c"), ValueError), ("a:b", TypeError), (("a",), TypeError)]
)
async def test_malformed_auth(auth: object, error: type[Exception]) -> None:
    with pytest.raises(error, match="auth"):
        async with start_proxy(auth=auth):  # type: ignore[arg-type]  # that is the point
            raise AssertionError


# What is recorded.


async def test_a_recorded_request() -> None:
    async with between() as setup:
        data = setup.request(
            b"POST", b"/a%20b?x=1", b"Cookie: c=d", b"Content-Length: 7", body=b'{"a":1}'
        )
        await setup.ask(data)
        call = setup.proxy.last_call()
        url = setup.target.url / "a b" % {"x": "1"}
        assert (call.method, call.url, call.path, call.body) == ("POST", url, "/a b", b'{"a":1}')
        assert (call.query["x"], call.headers["host"], call.handler_name) == ("1", "x", "")
        assert call.path_params == {}
        request = call.request
        assert request is call.request
        assert (request.method, request.url, request.path) == ("POST", url, "/a b")
        assert request.cookies == {"c": "d"}
        assert setup.proxy.get_calls() == [call] == list(setup.proxy.history)
        assert len({call, *setup.proxy.history}) == 1


async def test_compressed_bodies_are_recorded_as_what_they_hold() -> None:
    packed = gzip.compress(b'{"a": 1}')
    async with between() as setup:
        for body in (packed, b"not gzip"):
            await setup.ask(
                setup.request(
                    b"POST",
                    b"/",
                    b"Content-Encoding: gzip",
                    b"Content-Length: %d" % len(body),
                    body=body,
                )
            )
            assert setup.target.requests[-1].endswith(b"\r\n\r\n" + body)
        setup.proxy.assert_called(times=2, json={"a": 1})
        assert [call.body for call in setup.proxy.history] == [b'{"a": 1}', b"not gzip"]


async def test_assertions() -> None:
    async with between() as setup:
        proxy = setup.proxy
        proxy.assert_not_called()
        proxy.assert_called(times=0)
        assert proxy.get_calls() == []
        with pytest.raises(AssertionError, match=r"^no requests recorded by proxy"):
            proxy.last_call()
        with pytest.raises(AssertionError, match=r"^proxy: expected at least one call, got 0"):
            proxy.assert_called()
        for path in (b"/a?x=1", b"/b", b"/%c3%a9"):
            await setup.ask(setup.get(path))
        base = str(setup.target.url)
        proxy.assert_called()
        proxy.assert_called(times=3, target=base + "a?x=1", query={"x": "1"})
        proxy.assert_called(target=URL(base + "a?x=1"), method="GET", headers={"host": "x"})
        proxy.assert_called(target=base + "%c3%a9")
        proxy.assert_called(target=base + "b", body=b"")
        with pytest.raises(AssertionError, match=r"^proxy: expected no calls, got 3"):
            proxy.assert_not_called()
        with pytest.raises(AssertionError, match=r"^proxy: expected 2 call\(s\), got 3"):
            proxy.assert_called(times=2)
        none = r"^proxy: none of 3 call\(s\) matched the given criteria"
        for url, method, query in (
            (base + "a", None, None),
            (base + "b", "POST", None),
            (base + "b", "GET", {"x": "1"}),
            (None, "get", None),
            ("/b", None, None),
        ):
            with pytest.raises(AssertionError, match=none):
                proxy.assert_called(target=url, method=method, query=query)
        proxy.history.clear()
        proxy.assert_not_called()


async def test_a_request_that_named_no_other_host_is_recorded_as_one_of_the_proxy() -> None:
    async with start_proxy() as proxy:
        await refused(proxy, b"GET /a?b HTTP/1.1\r\nHost: h:1\r\n\r\n")
        proxy.assert_called(target="http://h:1/a?b", query={"b": ""})


async def test_a_handle_of_ones_own() -> None:
    handle = MockProxyService(URL(ANY))
    handle.assert_not_called()
    assert handle.history == []


# What is left behind.


def others() -> set[asyncio.Task[object]]:
    return {task for task in asyncio.all_tasks() if task is not asyncio.current_task()}


async def test_a_client_that_leaves_takes_its_exchange_along() -> None:
    asked = asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await reader.read()

    async with between(script) as setup:
        async with raw_client(setup.proxy.url) as client:
            client.write(setup.get())
            await asked.wait()
        await setup.target.all_gone()  # long before the proxy is closed
        setup.proxy.assert_called(times=1)


async def test_a_client_that_leaves_in_the_middle_of_an_answer() -> None:
    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(bytes(65536))
            await writer.drain()

    async with between(script) as setup:
        async with raw_client(setup.proxy.url) as client:
            client.write(setup.get())
            await client.read_head()
            client.writer.transport.abort()
        await setup.target.all_gone()


async def test_a_client_that_leaves_in_the_middle_of_its_request_is_not_recorded() -> None:
    async with between() as setup:
        async with raw_client(setup.proxy.url) as client:
            client.write(setup.request(b"POST", b"/", b"Content-Length: 9", body=b"half"))
        await setup.ask(setup.get())
        setup.proxy.assert_called(times=1, method="GET")


@pytest.mark.parametrize("reading", [True, False])
async def test_closing_breaks_off_what_is_going_on(reading: bool) -> None:
    asked = asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        if reading:
            await reader.read()
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(bytes(65536))
            await writer.drain()

    before = others()
    async with raw_target(script) as target:
        async with start_proxy() as proxy:
            setup = Setup(proxy, target)
            reader, writer = await asyncio.open_connection("127.0.0.1", proxy.url.port)
            writer.write(setup.get())
            await asked.wait()
            for _ in range(100):
                await asyncio.sleep(0)
        await target.all_gone()
        with pytest.raises(ConnectionResetError):
            await reader.readexactly(1 << 30)
        writer.close()
    assert others() == before


async def test_nothing_is_left_when_it_is_closed() -> None:
    before = others()
    async with between() as setup, RawClients() as clients:
        idle = await clients.open(setup.proxy.url)
        used = await clients.open(setup.proxy.url)
        await used.ask(setup.get())
        port = setup.proxy.url.port
        assert idle is not used
    with pytest.raises(OSError, match=r"refused|Errno"):
        await asyncio.open_connection("127.0.0.1", port)
    gc.collect()  # a transport that was forgotten would warn
    assert others() == before


class RawClients:
    """Connections that stay open for longer than the proxy."""

    async def __aenter__(self) -> Self:
        self._writers: list[asyncio.StreamWriter] = []
        return self

    async def open(self, url: URL) -> RawClient:
        reader, writer = await asyncio.open_connection(url.host, url.port)
        self._writers.append(writer)
        return RawClient(reader, writer)

    async def __aexit__(self, *exc_info: object) -> None:
        for writer in self._writers:
            writer.close()
            await writer.wait_closed()


async def test_two_proxies_at_once() -> None:
    async with between() as first, between() as second:
        await first.ask(first.get())
        second.proxy.assert_not_called()
        first.proxy.assert_called(times=1)
        assert first.proxy.url != second.proxy.url
