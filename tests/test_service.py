"""`start_service`: from routes to a server, and back to a free port."""

import asyncio
import re
import socket
import warnings
from enum import Enum, StrEnum
from io import BytesIO
from typing import Any, cast

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from yarl import URL

from asyncly.srvmocker import (
    BaseMockResponse,
    JsonResponse,
    LatencyResponse,
    Match,
    MissingResponseError,
    MockRoute,
    MockService,
    RawResponse,
    UnreachableRouteWarning,
    start_service,
)
from tests.certificates import tls_contexts
from tests.rawhttp import ask, raw_client

OK = RawResponse(b"ok")


def names(service: MockService) -> list[str]:
    return [call.handler_name for call in service.history]


# --- where it listens ----------------------------------------------------------------------------


async def test_yields_a_service_on_a_free_loopback_port() -> None:
    async with start_service([]) as one, start_service([]) as two:
        assert isinstance(one, MockService)
        assert (one.url.scheme, one.url.host, one.url.path) == ("http", "127.0.0.1", "/")
        assert one.url.port != two.url.port
        assert one.url == URL(f"http://127.0.0.1:{one.url.port}")


@pytest.mark.parametrize("wrong", [True, False, "cert.pem"])
async def test_what_is_no_ssl_context_is_told(wrong: Any) -> None:
    with pytest.raises(TypeError, match=rf"^ssl_context={wrong!r} is not an ssl\.SSLContext$"):
        async with start_service([], ssl_context=wrong):
            raise AssertionError("it has not begun")


async def test_serves_https_with_an_ssl_context(client: aiohttp.ClientSession) -> None:
    server_side, client_side = tls_contexts()
    routes = [MockRoute("POST", "/items", "items")]
    async with start_service(routes, ssl_context=server_side) as service:
        service.register("items", OK)
        assert service.url.scheme == "https"
        async with client.post(service.url / "items", json=[1], ssl=client_side) as answer:
            assert await answer.read() == b"ok"
        service.assert_called("items", times=1, json=[1])
    call = service.last_call("items")
    assert call.url == service.url / "items"
    assert call.request.secure


async def test_the_port_is_free_afterwards() -> None:
    async with start_service([]) as service:
        assert (await ask(service.url, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")).status == 404
    assert service.url.port is not None
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", service.url.port)
    socket.create_server(("127.0.0.1", service.url.port)).close()


async def test_the_port_is_free_after_an_exception_in_the_body() -> None:
    url = URL()
    with pytest.raises(LookupError, match=r"^of the test$"):
        async with start_service([]) as service:
            url = service.url
            raise LookupError("of the test")
    assert url.port is not None
    socket.create_server(("127.0.0.1", url.port)).close()


async def test_idle_keep_alive_connections_are_closed_on_exit() -> None:
    async with start_service([]) as service, raw_client(service.url) as idle:
        await idle.ask(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        # The service is left first: the client still stands when its connection ends.
        service_url = service.url
        closing = asyncio.ensure_future(idle.closed())
        assert service_url.port
    assert await closing


async def test_leaving_with_a_delayed_response_pending_is_prompt(
    client: aiohttp.ClientSession,
) -> None:
    class Started(LatencyResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            started.set()
            return await super().response(request)

    started = asyncio.Event()
    before = asyncio.all_tasks()
    async with start_service([MockRoute("GET", "/slow", "slow")]) as service:
        service.register("slow", Started(OK, 60))
        pending = asyncio.ensure_future(client.get(service.url / "slow"))
        await started.wait()
        leaving = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - leaving < 30
    with pytest.raises(aiohttp.ClientError):
        await pending
    service.assert_called("slow", times=1)
    assert not service.errors, "to be cancelled at the end is not a failure"
    assert service.url.port is not None
    socket.create_server(("127.0.0.1", service.url.port)).close()
    await client.close()
    assert asyncio.all_tasks() <= before


# --- which route answers -------------------------------------------------------------------------


async def test_routes_may_be_any_iterable(client: aiohttp.ClientSession) -> None:
    async with start_service(MockRoute("GET", f"/{n}", n) for n in ("a", "b")) as service:
        service.register("b", OK)
        async with client.get(service.url / "b") as answer:
            assert answer.status == 200
    assert names(service) == ["b"]


async def test_routes_are_grouped_by_method_and_path_and_the_first_match_wins(
    client: aiohttp.ClientSession,
) -> None:
    routes = [
        MockRoute("POST", "/items", "book", Match(json={"kind": "book"})),
        MockRoute("GET", "/items", "list"),
        MockRoute("POST", "/items", "traced", Match(headers={"X-Trace": "on"})),
        MockRoute("POST", "/items", "traced_book", Match(json={"kind": "book", "n": 1})),
        MockRoute("POST", "/items", "other"),
    ]
    async with start_service(routes) as service:
        for route in routes:
            service.register(route.handler_name, RawResponse(route.handler_name.encode()))

        async def post(json: object, **headers: str) -> str:
            async with client.post(service.url / "items", json=json, headers=headers) as answer:
                return await answer.text()

        assert await post({"kind": "book"}) == "book"
        assert await post({"kind": "book"}, **{"X-Trace": "on"}) == "book"
        assert await post({"kind": "pen"}, **{"X-Trace": "on"}) == "traced"
        assert await post({"kind": "book", "n": 1}, **{"X-Trace": "on"}) == "traced"
        assert await post({"n": 1, "kind": "book"}) == "traced_book"
        assert await post(None) == "other"
    assert names(service) == ["book", "book", "traced", "traced", "traced_book", "other"]


async def test_what_stands_behind_a_fallback_is_never_reached(
    client: aiohttp.ClientSession,
) -> None:
    routes = [
        MockRoute("POST", "/a", "all"),
        MockRoute("POST", "/a", "never", Match(body=b"x")),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnreachableRouteWarning)
        async with start_service(routes) as service:
            service.register("all", OK)
            await client.post(service.url / "a", data=b"x")
    service.assert_called("all", times=1)
    service.assert_not_called("never")


@pytest.mark.parametrize("method", ["get", "Get", "GET"])
async def test_a_method_may_be_given_in_any_case(
    client: aiohttp.ClientSession, method: str
) -> None:
    async with start_service([MockRoute(method, "/", "home")]) as service:
        service.register("home", OK)
        async with client.get(service.url) as answer:
            assert answer.status == 200


async def test_any_method_name_or_a_star_for_all(client: aiohttp.ClientSession) -> None:
    routes = [MockRoute("PURGE", "/cache", "purge"), MockRoute("*", "/any", "any")]
    async with start_service(routes) as service:
        service.register("purge", OK)
        service.register("any", OK)
        for method, path, status in [
            ("PURGE", "cache", 200),
            ("GET", "cache", 405),
            ("GET", "any", 200),
            ("REPORT", "any", 200),
            ("OPTIONS", "any", 200),
        ]:
            async with client.request(method, service.url / path) as answer:
                assert answer.status == status, (method, path)
    assert [call.method for call in service.history] == ["PURGE", "GET", "REPORT", "OPTIONS"]


@pytest.mark.parametrize(
    ("pattern", "path", "params"),
    [
        ("/items/{id}", "/items/7", {"id": "7"}),
        ("/items/{id}", "/items/a%20b%2Fc", {"id": "a b/c"}),
        ("/files/{tail:.*}", "/files/a/b/c.txt", {"tail": "a/b/c.txt"}),
        ("/files/{tail:.*}", "/files/", {"tail": ""}),
        (r"/n/{id:\d+}/{name}", "/n/12/x", {"id": "12", "name": "x"}),
        (r"/n/{id:\d{2}}", "/n/12", {"id": "12"}),
        ("/é", "/%C3%A9", {}),
        ("", "/", {}),
    ],
)
async def test_a_path_is_an_aiohttp_route_pattern(
    pattern: str, path: str, params: dict[str, str]
) -> None:
    async with start_service([MockRoute("GET", pattern, "it")]) as service:
        service.register("it", OK)
        request = f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        assert (await ask(service.url, request)).status == 200
    assert service.last_call("it").path_params == params


@pytest.mark.parametrize("path", ["/n/a", "/n/", "/n/1/2", "/N/1", "/x/n/1", "//n/1", "/n/1/"])
async def test_a_path_that_the_pattern_does_not_match_is_not_found(path: str) -> None:
    async with start_service([MockRoute("GET", r"/n/{id:\d+}", "n")]) as service:
        request = f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        assert (await ask(service.url, request)).status == 404
    assert not service.history


PATTERNS = [
    ("GET", "/{tail:.*}"),
    ("GET", "/a/{x}"),
    ("GET", "/a/b"),
    ("POST", "/a/b"),
    ("*", "/a/b/{y}"),
    ("GET", "/a/b/c"),
    ("GET", "/a/{x}/c"),
    ("PUT", "/a/{x}"),
    ("GET", "/a/"),
    ("GET", "/é"),
    ("GET", "/é/{x}"),
    ("GET", "/s p/{x}"),
    ("GET", "/p%20q"),
]

PATHS = [
    *("/", "/a", "/a/", "/a/b", "/a/b/", "/a/b/c", "/a/x/c", "/a/%62", "/a//c", "/z"),
    *("/%C3%A9", "/%c3%a9", "/%C3%A9/1", "/s%20p/1", "/p%20q", "/p%2520q", "/a%2Fb", "/a/b?x=/c"),
]


async def test_the_precedence_between_patterns_is_that_of_aiohttp(
    client: aiohttp.ClientSession,
) -> None:
    app = web.Application()
    for number, (method, path) in enumerate(PATTERNS):

        async def answer_number(request: web.Request, number: int = number) -> web.Response:
            return web.Response(text=str(number))

        app.router.add_route(method, path, answer_number)
    routes = [MockRoute(method, path, str(n)) for n, (method, path) in enumerate(PATTERNS)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UnreachableRouteWarning)  # of some that aiohttp never finds
        async with start_service(routes) as service, TestServer(app) as plain:
            for number in range(len(PATTERNS)):
                service.register(str(number), RawResponse(str(number)))
            for method in ("GET", "POST", "PUT", "HEAD"):
                for path in PATHS:
                    url = URL(path, encoded=True)
                    asked = (method, path)
                    async with (
                        client.request(method, service.url.join(url)) as ours,
                        client.request(method, plain.make_url("").join(url)) as theirs,
                    ):
                        assert ours.status == theirs.status, (method, path)
                        assert ours.headers.get("Allow") == theirs.headers.get("Allow"), (
                            method,
                            path,
                        )
                        if ours.status == 200:
                            assert await ours.text() == await theirs.text(), asked


# --- what is refused, and leaves no trace --------------------------------------------------------


async def test_no_route_for_the_path_is_a_404(client: aiohttp.ClientSession) -> None:
    async with start_service([MockRoute("GET", "/a", "a")]) as service:
        async with client.get(service.url / "b") as answer:
            assert (answer.status, await answer.text()) == (
                404,
                "no route for GET /b: no path is like it\n  the service has GET /a",
            )
        assert not service.history
        assert not service.history_map
        assert not service.errors


async def test_a_known_path_with_another_method_is_a_405_with_allow(
    client: aiohttp.ClientSession,
) -> None:
    routes = [MockRoute("put", "/a", "put"), MockRoute("GET", "/a", "get")]
    async with start_service(routes) as service:
        async with client.delete(service.url / "a") as answer:
            assert answer.status == 405
            assert answer.headers["Allow"] == "GET,PUT"
        async with client.head(service.url / "a") as answer:
            assert answer.status == 405
        assert not service.history


async def test_no_match_in_the_group_is_a_404(client: aiohttp.ClientSession) -> None:
    async with start_service([MockRoute("POST", "/a", "a", Match(body=b"x"))]) as service:
        service.register("a", OK)
        async with client.post(service.url / "a", data=b"y") as answer:
            assert (answer.status, answer.reason) == (404, "No MockRoute matched the request")
        assert not service.history
        service.assert_not_called("a")


@pytest.mark.parametrize("target", ["*", "example.org:80", "http://example.org"])
async def test_other_forms_of_target_do_no_harm(target: str) -> None:
    method = {"*": "OPTIONS", "example.org:80": "CONNECT"}.get(target, "GET")
    async with start_service([MockRoute("GET", "/a", "a")]) as service:
        request = f"{method} {target} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        assert (await ask(service.url, request)).status == 404
        assert not service.history
        assert not service.errors


# --- what is recorded ----------------------------------------------------------------------------


async def test_a_matched_request_is_recorded_before_its_response_is_made(
    client: aiohttp.ClientSession,
) -> None:
    class Look(BaseMockResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            last = service.last_call("a")
            assert service.history[-1] == last
            return web.json_response([len(service.history), len(service.history_map["a"])])

    routes = [MockRoute("GET", "/a", "a"), MockRoute("GET", "/b", "b")]
    async with start_service(routes) as service:
        service.register("a", Look())
        service.register("b", OK)
        await client.get(service.url / "b")
        async with client.get(service.url / "a") as answer:
            assert await answer.json() == [2, 1]
        assert list(service.history_map) == ["b", "a"]


async def test_a_handler_without_a_response_is_a_500_and_recorded(
    client: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        start_service([MockRoute("GET", "/a", "a")]) as service,
        client.get(service.url / "a") as answer,
    ):
        assert answer.status == 500
    service.assert_called("a", times=1)
    [failure] = service.errors
    assert failure.handler_name == "a"
    assert failure.call == service.last_call("a")
    assert isinstance(failure.exception, MissingResponseError)
    assert str(failure.exception) == (
        "handler 'a' has no response: call service.register('a', ...) before the request"
    )
    assert str(failure.exception) in caplog.text, "the log names the remedy too"


# --- how large a body may be ---------------------------------------------------------------------


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(("limit", "size", "status"), [(10, 10, 200), (10, 11, 413), (10, 9, 200)])
async def test_a_body_over_client_max_size_is_a_413(
    client: aiohttp.ClientSession, limit: int, size: int, status: int, chunked: bool
) -> None:
    routes = [MockRoute("POST", "/", "a")]
    async with start_service(routes, client_max_size=limit) as service:
        service.register("a", OK)
        async with client.post(service.url, data=b"x" * size, chunked=chunked or None) as answer:
            assert answer.status == status
        assert len(service.history) == (status == 200)
        assert not service.errors


@pytest.mark.parametrize(("excess", "status"), [(0, 200), (1, 413)])
async def test_the_limit_is_aiohttps_mebibyte(
    client: aiohttp.ClientSession, excess: int, status: int
) -> None:
    async with start_service([MockRoute("POST", "/", "a")]) as service:
        service.register("a", OK)
        async with client.post(service.url, data=BytesIO(b"x" * (1024**2 + excess))) as answer:
            assert answer.status == status
        assert len(service.history) == (status == 200)


async def test_a_large_body_for_no_route_is_told_so(client: aiohttp.ClientSession) -> None:
    async with start_service([MockRoute("POST", "/a", "a")], client_max_size=10) as service:
        for path, status in [("a", 413), ("b", 404)]:
            async with client.post(service.url / path, data=b"x" * 11) as answer:
                assert answer.status == status
        assert not service.history


async def test_zero_is_no_limit(client: aiohttp.ClientSession) -> None:
    async with start_service([MockRoute("POST", "/", "a")], client_max_size=0) as service:
        service.register("a", OK)
        async with client.post(service.url, data=BytesIO(b"x" * 3_000_000)) as answer:
            assert answer.status == 200
        assert len(service.last_call("a").body) == 3_000_000


# --- what bad routes get -------------------------------------------------------------------------


async def test_routes_are_given_in_a_list() -> None:
    with pytest.raises(TypeError, match=r"^routes=MockRoute\(.*\): give a list of MockRoute"):
        async with start_service(cast("list[MockRoute]", MockRoute("GET", "/", "home"))):
            pass


@pytest.mark.parametrize(
    ("route", "error", "text"),
    [
        (MockRoute("GET", "items", "a"), ValueError, "path 'items' does not start with '/'"),
        (
            MockRoute("GET", "/{id", "a"),
            ValueError,
            "path '/{id' has a malformed variable near '/{id': write {name} or {name:regex}",
        ),
        (MockRoute("GET", "/{id:(}", "a"), ValueError, "path '/{id:(}' is not a valid pattern: "),
        (
            MockRoute("GET", "/{a}/{a}", "a"),
            ValueError,
            "path '/{a}/{a}' is not a valid pattern: ",
        ),
        (
            MockRoute("G ET", "/", "a"),
            ValueError,
            "'G ET' is not an HTTP method: give a token such as 'GET', or '*' for any",
        ),
        (MockRoute("", "/", "a"), ValueError, "'' is not an HTTP method: "),
    ],
)
async def test_a_malformed_route_is_an_error_at_start(
    route: MockRoute, error: type[Exception], text: str
) -> None:
    with pytest.raises(error, match=f"^{re.escape(text)}"):
        async with start_service([route]):
            pytest.fail("started")


@pytest.mark.parametrize(
    ("method", "path", "name", "text"),
    [
        (1, "/", "a", "method is a string, not int"),
        ("GET", b"/", "a", "path is a string, not bytes"),
        ("GET", "/", None, "handler_name is a string, not NoneType"),
    ],
)
async def test_a_route_of_other_types_is_an_error_at_start(
    method: str, path: str, name: str, text: str
) -> None:
    with pytest.raises(TypeError, match=f"^MockRoute\\(.*\\): {text}$"):
        async with start_service([MockRoute(method, path, name)]):
            pytest.fail("started")


@pytest.mark.parametrize(
    ("routes", "text"),
    [
        (
            [MockRoute("GET", "/a", "one"), MockRoute("GET", "/a", "two")],
            (
                "route 1 (GET /a -> 'two') can never be selected: "
                "route 0 (GET /a -> 'one') takes all of its requests"
            ),
        ),
        (
            [
                MockRoute("GET", "/a", "one", Match(headers={"X-A": "1"})),
                MockRoute("GET", "/a", "two", Match(headers={"x-a": "1"})),
            ],
            "route 1 (GET /a -> 'two') can never be selected: route 0 (GET /a -> 'one')",
        ),
        (
            [MockRoute("GET", "/{a}", "one"), MockRoute("GET", "/{b}", "two")],
            "route 1 (GET /{b} -> 'two') can never be selected: route 0 (GET /{a} -> 'one')",
        ),
        (
            [MockRoute("*", "/a", "one"), MockRoute("GET", "/a", "two")],
            "route 1 (GET /a -> 'two') can never be selected: route 0 (* /a -> 'one')",
        ),
    ],
)
async def test_a_route_that_can_never_be_reached_is_warned_of_at_the_callers_line(
    routes: list[MockRoute], text: str
) -> None:
    with pytest.warns(UnreachableRouteWarning) as caught:
        async with start_service(routes):
            pass
    [warning] = caught
    assert str(warning.message).startswith(text)
    assert warning.filename == __file__


async def test_a_path_that_nothing_matches_is_warned_of_with_the_remedy(
    client: aiohttp.ClientSession,
) -> None:
    with pytest.warns(UnreachableRouteWarning) as caught:
        async with start_service([MockRoute("GET", "/café/{id}", "menu")]):
            pass
    [warning] = caught
    begin, _, remedy = str(warning.message).partition(": write ")
    assert begin.startswith("route 0 (GET /café/{id} -> 'menu') can never be selected: beside a ")
    assert warning.filename == __file__
    async with start_service([MockRoute("GET", remedy, "menu")]) as service:
        service.register("menu", OK)
        async with client.get(service.url / "café" / "7") as answer:
            assert answer.status == 200
        assert service.last_call("menu").path_params["id"] == "7"


async def test_routes_that_can_all_be_reached_are_not_warned_of() -> None:
    routes = [
        MockRoute("GET", "/a", "one", Match(json=1)),
        MockRoute("GET", "/a", "two", Match(json=2)),
        MockRoute("POST", "/a", "three"),
        MockRoute("GET", "/a", "four"),
        MockRoute("*", "/a", "five"),
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        async with start_service(routes):
            pass


# --- names of other kinds ------------------------------------------------------------------------


class Strict(StrEnum):
    HOME = "home"
    AWAY = "away"


class Mixed(str, Enum):  # noqa: UP042 - the kind whose str() is not its value
    HOME = "home"
    AWAY = "away"


@pytest.mark.parametrize("kind", [Strict, Mixed])
async def test_enumerated_names_are_their_plain_values(
    client: aiohttp.ClientSession, kind: type[Strict] | type[Mixed]
) -> None:
    routes: list[MockRoute[Strict | Mixed]] = [
        MockRoute("GET", "/", kind.HOME),
        MockRoute("GET", "/away", kind.AWAY),
    ]
    async with start_service(routes) as service:
        service.register(kind.HOME, JsonResponse([]))
        await client.get(service.url)
        await client.get(service.url / "away")
    service.assert_called(kind.HOME, times=1)
    assert [call.handler_name for call in service.history] == ["home", "away"]
    assert {type(call.handler_name) for call in service.history} == {str}
    assert service.get_calls(kind.HOME) == list(service.history_map["home"])
    assert str(service.errors[0].exception).startswith("handler 'away' has no response")
    with pytest.raises(AssertionError, match=r"^handler 'home': expected 2 call\(s\), got 1"):
        service.assert_called(kind.HOME, times=2)
    with pytest.raises(AssertionError, match=r"^handler 'home': expected no calls, got 1"):
        service.assert_not_called(kind.HOME)
    service.history_map.clear()
    with pytest.raises(AssertionError, match=r"^no calls recorded for handler 'home'$"):
        service.last_call(kind.HOME)
