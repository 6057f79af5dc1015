"""What the service offers, and how to make requests that each route must catch.

A `Case` is one handler: its route, its response, and a function from a request's number to the
request (`Shot`) that must reach exactly this handler.  Groups overlap on purpose (a matcher with
two criteria stands before the one with a single criterion, fallbacks stand last), so that an
answer is right only if the first matching route in order wins.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from aiohttp import web

from asyncly.srvmocker import BaseMockResponse, JsonResponse, Match, MockRoute, RawResponse

ID_HEADER = "X-Request-Number"


@dataclass(frozen=True, slots=True)
class Shot:
    """One request to send, and the answer that belongs to it (JSON value or raw bytes)."""

    method: str
    target: str
    answer: object
    status: int = HTTPStatus.OK
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: bytes | None = None

    def accepts(self, status: int, body: bytes) -> bool:
        """True if this is the answer to this request and to no other."""
        if status != self.status:
            return False
        if isinstance(self.answer, bytes):
            return body == self.answer
        try:
            return bool(json.loads(body) == self.answer)
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class Case:
    """One handler of the service: route, response, and the requests that must reach it."""

    route: MockRoute
    response: BaseMockResponse
    shot: Callable[[int], Shot]

    @property
    def family(self) -> str:
        """The first word of the handler's name; the table has one line for each."""
        return self.route.handler_name.partition(" ")[0]


class Echo(BaseMockResponse):
    """A response class of one's own: tells each request its number and its path parameters."""

    async def response(self, request: web.Request) -> web.StreamResponse:
        """Answer with what the request itself carried."""
        return web.json_response(
            {"number": int(request.headers[ID_HEADER]), "params": dict(request.match_info)}
        )


def catalogue() -> list[Case]:
    """Every case, in the order in which the routes are declared (the order decides)."""
    return [
        *_services(120),
        *_tenants(40),
        *_orders(100),
        *_baskets(20),
        *_features(30),
        *_search(30),
        *_blobs(20),
        _anything(),
    ]


def _services(count: int) -> list[Case]:
    """Static paths."""

    def case(index: int) -> Case:
        name, path = f"services {index:03}", f"/v1/services/s{index:03}/status"
        answer = {"handler": name, "up": True}
        return Case(
            MockRoute("GET", path, name), JsonResponse(answer), lambda _: Shot("GET", path, answer)
        )

    return [case(index) for index in range(count)]


def _tenants(count: int) -> list[Case]:
    """Dynamic paths: a plain segment, a segment with a pattern, and a tail."""

    def item(base: str, index: int) -> Case:
        route = MockRoute("GET", base + "/items/{id}", f"tenants {index:02} item")
        return Case(route, Echo(), lambda n: _echoed(n, f"{base}/items/i{n}", id=f"i{n}"))

    def user(base: str, index: int) -> Case:
        route = MockRoute("GET", base + r"/users/{id:\d+}", f"tenants {index:02} user")
        return Case(route, Echo(), lambda n: _echoed(n, f"{base}/users/{n}", id=str(n)))

    def file(base: str, index: int) -> Case:
        route = MockRoute("GET", base + "/files/{tail:.*}", f"tenants {index:02} file")
        return Case(route, Echo(), lambda n: _echoed(n, f"{base}/files/a/{n}", tail=f"a/{n}"))

    bases = [(f"/v1/tenants/t{index:02}", index) for index in range(count)]
    return [make(base, index) for base, index in bases for make in (item, user, file)]


def _echoed(number: int, target: str, **params: str) -> Shot:
    return Shot("GET", target, {"number": number, "params": params})


def _orders(count: int) -> list[Case]:
    """One group of JSON matchers: body and header together, body alone, then the fallback."""
    path, urgent = "/v1/orders", {"X-Priority": "urgent"}

    def case(index: int, headers: Mapping[str, str]) -> Case:
        name = f"orders {index:03}" + (" urgent" if headers else "")
        order = {"item": index, "tags": ["a", "b"], "address": {"city": f"c{index}"}}
        answer = {"handler": name}
        return Case(
            MockRoute("POST", path, name, Match(json=order, headers=headers or None)),
            JsonResponse(answer, status=HTTPStatus.CREATED),
            lambda _: _posted(path, order, answer, HTTPStatus.CREATED, headers),
        )

    matched = [case(index, headers) for index in range(count) for headers in (urgent, {})]
    return [*matched, _fallback("POST", path, "orders other", lambda n: {"item": -n})]


def _baskets(count: int) -> list[Case]:
    """JSON matchers on a dynamic path."""
    path = "/v1/shops/{shop}/baskets"

    def case(index: int) -> Case:
        name, basket = f"baskets {index:02}", [index, index / 2, None]
        answer = {"handler": name}
        return Case(
            MockRoute("POST", path, name, Match(json=basket)),
            JsonResponse(answer),
            lambda n: _posted(f"/v1/shops/{n}/baskets", basket, answer),
        )

    other = _fallback("POST", path, "baskets other", lambda n: [n, "none of the above"])
    return [*(case(index) for index in range(count)), other]


def _features(count: int) -> list[Case]:
    """Header matchers."""
    path = "/v1/features"

    def case(index: int) -> Case:
        name, headers = f"features {index:02}", {"X-Client": f"web-{index}"}
        answer = {"handler": name}
        return Case(
            MockRoute("GET", path, name, Match(headers=headers)),
            JsonResponse(answer),
            lambda _: Shot("GET", path, answer, headers=headers),
        )

    return [*(case(index) for index in range(count)), _fallback("GET", path, "features other")]


def _search(count: int) -> list[Case]:
    """Query matchers; other keys of the query do not matter."""
    path = "/v1/search"

    def case(index: int) -> Case:
        name = f"search {index:02}"
        answer = {"handler": name}
        return Case(
            MockRoute("GET", path, name, Match(query={"q": f"wörd {index}"})),
            JsonResponse(answer),
            lambda n: Shot("GET", f"{path}?page={n}&q=w%C3%B6rd+{index}", answer),
        )

    return [*(case(index) for index in range(count)), _fallback("GET", path, "search other")]


def _blobs(count: int) -> list[Case]:
    """Raw body matchers, answered with raw bytes."""
    path = "/v1/blobs/{name}"

    def case(index: int) -> Case:
        name, blob = f"blobs {index:02}", bytes(range(index, index + 64))
        return Case(
            MockRoute("PUT", path, name, Match(body=blob)),
            RawResponse(blob[::-1]),
            lambda n: Shot("PUT", f"/v1/blobs/{n}", blob[::-1], body=blob),
        )

    other = _fallback("PUT", path, "blobs other", lambda n: n)
    return [*(case(index) for index in range(count)), other]


def _anything() -> Case:
    """One route for every method."""
    methods = ("GET", "POST", "PUT", "PATCH", "DELETE")
    answer = {"handler": "anything"}
    return Case(
        MockRoute("*", "/v1/anything", "anything"),
        JsonResponse(answer),
        lambda n: Shot(methods[n % len(methods)], "/v1/anything", answer),
    )


def _fallback(
    method: str, path: str, name: str, body: Callable[[int], object] | None = None
) -> Case:
    """The route without a match that stands last in its group."""
    answer = {"handler": name}

    def shot(number: int) -> Shot:
        target = path.replace("{shop}", f"x{number}").replace("{name}", f"x{number}")
        encoded = None if body is None else json.dumps(body(number)).encode()
        return Shot(method, target, answer, body=encoded)

    return Case(MockRoute(method, path, name), JsonResponse(answer), shot)


def _posted(
    target: str,
    value: object,
    answer: object,
    status: int = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> Shot:
    sent = {"Content-Type": "application/json", **(headers or {})}
    return Shot("POST", target, answer, status, sent, json.dumps(value).encode())
