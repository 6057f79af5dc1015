"""The scenarios of the wire benchmarks: which routes are served and which requests are sent.

Pure data, read by the servers of every implementation, so it imports nothing but the standard
library.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import Final

from benchmarks.plan import BASE, PLACEHOLDER, LoadPlan

JsonObject = Mapping[str, object]

ANSWER: Final[JsonObject] = {"ok": True, "id": 17, "status": "accepted", "tags": ["a", "b"]}
"""What every scenario's handler answers, as JSON."""


@dataclass(frozen=True, slots=True)
class RouteSpec:
    """A route of a scenario; `json` is the body that its match expects (`None`: no match).

    `headers`, `query` and `partial`, a JSON object of which the body has more, are further
    criteria; the published package has no `partial`, and is asked for the others only.
    """

    method: str
    path: str
    handler: str
    json: JsonObject | None = None
    headers: Mapping[str, str] | None = None
    query: Mapping[str, str] | None = None
    partial: JsonObject | None = None


@dataclass(frozen=True, slots=True)
class Scenario:
    """Routes, requests, and the handler that must have recorded every one of them.

    Attributes:
        name: What it is called on the command line and in `thresholds.toml`.
        title: What it is called in tables.
        routes: In order.
        templates: The raw requests, see `benchmarks.plan`.
        handler: The handler that every request selects; `None` where there are several.
        cycle: See `LoadPlan.cycle`.
        own_response: The response is a class of the user's, which builds an aiohttp response.
        function_response: The response is a function of the request.
        tls: Over TLS.
        per_connection: See `LoadPlan.per_connection`.
    """

    name: str
    title: str
    routes: tuple[RouteSpec, ...]
    templates: tuple[bytes, ...]
    handler: str | None
    cycle: int = 0
    own_response: bool = False
    function_response: bool = False
    tls: bool = False
    per_connection: int = 0

    def plan(self, count: int, *, connections: int = 32, pipeline: int = 1) -> LoadPlan:
        """The first `count` requests."""
        return LoadPlan(
            self.templates,
            count,
            cycle=self.cycle,
            connections=connections,
            pipeline=pipeline,
            per_connection=self.per_connection,
        )

    @property
    def differs(self) -> bool:
        """Whether no two requests are equal (for long)."""
        return any(PLACEHOLDER in template for template in self.templates)

    @property
    def raw_bytes(self) -> float:
        """The mean size of a request: a number takes as many bytes as its placeholder."""
        return sum(map(len, self.templates)) / len(self.templates)


def _request(method: str, target: str, body: bytes = b"", *fields: str) -> bytes:
    lines = [f"{method} {target} HTTP/1.1", "Host: mock.test", *fields]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


def order(number: int) -> JsonObject:
    """A small JSON body, so that scanning is not made to look dear; those of two numbers differ."""
    return {
        "order": number,
        "customer": f"c-{number:05d}",
        "items": [1, 2, 3],
        "express": False,
    }


def _orders(count: int, path: str = "/orders", *, fallback: bool = False) -> tuple[RouteSpec, ...]:
    routes = [RouteSpec("POST", path, f"order-{n}", order(n)) for n in range(count)]
    if fallback:
        routes.append(RouteSpec("POST", path, "fallback"))
    return tuple(routes)


def _post_order(number: int) -> bytes:
    return _request("POST", "/orders", json.dumps(order(number)).encode())


_NUMBER: Final = PLACEHOLDER.decode()
_DIFFERING_BODY: Final = json.dumps({**order(0), "order": "#"}).replace('"#"', _NUMBER).encode()
_DIFFERS: Final = _request(
    "POST",
    f"/orders/{_NUMBER}?page={_NUMBER}&sort=asc",
    _DIFFERING_BODY,
    f"X-Request-Id: r-{_NUMBER}",
)
_BODY_DIFFERS: Final = _request("POST", "/orders", _DIFFERING_BODY)
_HEADER_DIFFERS: Final = _request(
    "POST", "/orders", json.dumps(order(19)).encode(), f"X-Request-Id: r-{_NUMBER}"
)

_KNOWN_IDS: Final = 10_000
_MEMBERS: Final = ("id", "kind", "size", "open", "tags")


def _member(name: str, number: object) -> object:
    return {"id": number, "kind": "box", "size": 2.5, "open": True, "tags": ["x", "y"]}[name]


def _indexed_body(names: tuple[str, ...], blanks: int = 0) -> bytes:
    """The members in this order; each bit of `blanks` tells on which side of a colon one is."""
    members = [
        f'"{name}"{" :" if blanks >> place & 1 else ": "}{json.dumps(_member(name, "#"))}'
        for place, name in enumerate(names)
    ]
    return f"{{{', '.join(members)}}}".replace('"#"', _NUMBER).encode()


def _indexed_routes(count: int) -> tuple[RouteSpec, ...]:
    return tuple(
        RouteSpec("POST", "/boxes", f"box-{n}", {m: _member(m, BASE + n) for m in _MEMBERS})
        for n in range(count)
    )


# Every order of the members gives other bytes with the same value: 10,000 values in 120 orders are
# 1,200,000 bodies that all differ and all hit a matcher.
_INDEXED_REQUESTS: Final = tuple(
    _request("POST", "/boxes", _indexed_body(names)) for names in permutations(_MEMBERS)
)
# With 20 values, as many more ways to write them: 76,800 bodies, so that no memo helps here either.
_FEW_INDEXED_REQUESTS: Final = tuple(
    _request("POST", "/boxes", _indexed_body(names, blanks))
    for blanks in range(32)
    for names in permutations(_MEMBERS)
)

_ALL: Final = (
    Scenario(
        "get",
        "GET",
        (RouteSpec("GET", "/status", "status"),),
        (_request("GET", "/status"),),
        "status",
    ),
    Scenario(
        "first-of-20", "POST, 1st of 20 JSON matches", _orders(20), (_post_order(0),), "order-0"
    ),
    Scenario(
        "last-of-20", "POST, 20th of 20 JSON matches", _orders(20), (_post_order(19),), "order-19"
    ),
    Scenario(
        "fallback",
        "POST, fallback behind 20",
        _orders(20, fallback=True),
        (_post_order(999),),
        "fallback",
    ),
    Scenario(
        "differs",
        "every request differs",
        _orders(20, "/orders/{id}", fallback=True),
        (_DIFFERS,),
        "fallback",
    ),
    Scenario(
        "get-differs",
        "GET, path and query differ",
        (RouteSpec("GET", "/orders/{id}", "order"),),
        (_request("GET", f"/orders/{_NUMBER}?page={_NUMBER}"),),
        "order",
    ),
    Scenario(
        "body-differs",
        "POST, only the body differs",
        _orders(20, fallback=True),
        (_BODY_DIFFERS,),
        "fallback",
    ),
    Scenario(
        "header-differs",
        "POST, only a header differs",
        _orders(20),
        (_HEADER_DIFFERS,),
        "order-19",
    ),
    Scenario(
        "criteria-differ",
        "headers, query, partial JSON; every request differs",
        (
            RouteSpec(
                "POST",
                "/orders/{id}",
                "order",
                headers={"X-Client": "shop"},
                query={"sort": "asc"},
                partial={"customer": "c-00000", "express": False},
            ),
        ),
        (_DIFFERS.replace(b"\r\nX-Request", b"\r\nX-Client: shop\r\nX-Request", 1),),
        "order",
    ),
    Scenario(
        "indexed-20",
        "20 JSON matchers, every body differs",
        _indexed_routes(20),
        _FEW_INDEXED_REQUESTS,
        None,
        cycle=20,
    ),
    Scenario(
        "indexed-10000",
        "10,000 JSON matchers, every body differs",
        _indexed_routes(_KNOWN_IDS),
        _INDEXED_REQUESTS,
        None,
        cycle=_KNOWN_IDS,
    ),
    Scenario(
        "own-response",
        "a user's own response class",
        (RouteSpec("GET", "/status", "status"),),
        (_request("GET", "/status"),),
        "status",
        own_response=True,
    ),
    Scenario(
        "function-response",
        "a function of the request, path and query differ",
        (RouteSpec("GET", "/orders/{id}", "order"),),
        (_request("GET", f"/orders/{_NUMBER}?page={_NUMBER}"),),
        "order",
        function_response=True,
    ),
    Scenario(
        "tls",
        "GET over TLS",
        (RouteSpec("GET", "/status", "status"),),
        (_request("GET", "/status"),),
        "status",
        tls=True,
    ),
    Scenario(
        "connect",
        "connect, one GET, close",
        (RouteSpec("GET", "/status", "status"),),
        (_request("GET", "/status"),),
        "status",
        per_connection=1,
    ),
)

SCENARIOS: Final[Mapping[str, Scenario]] = {scenario.name: scenario for scenario in _ALL}
