"""Scenarios by chance, the same for the same seed.

The words are few, so that what comes in often collides with what is expected, and so that one
request is often wanted by several routes.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from random import Random
from typing import TypeVar
from urllib.parse import unquote

from tests.differential.script import (
    Scenario,
    Step,
    Wire,
    called,
    change,
    check,
    chunked,
    inspect,
    json_response,
    message,
    octets,
    raw_response,
    register,
    route,
    sequence,
    special,
    stream,
    user_response,
)

T = TypeVar("T")

COUNT = int(os.environ.get("ASYNCLY_DIFFERENTIAL_SCENARIOS", "300"))
SEED = int(os.environ.get("ASYNCLY_DIFFERENTIAL_SEED", "20260101"))

METHODS = ["GET", "POST", "POST", "HEAD"]
# Each pattern with requests that it takes, or nearly.
PATTERNS = {
    "/": ["/", "//", "/?"],
    "/a": ["/a", "/%61", "/./a"],
    "/a/b": ["/a/b", "/a/%62", "/a/./b"],
    "/a/": ["/a/", "/a"],
    "/{x}": ["/a", "/b", "/7", "/a%20b", "/%C3%BC", "/"],
    "/{x}/b": ["/a/b", "/b/b", "/7/b", "//b"],
    "/a/{y}": ["/a/b", "/a/7", "/a/%2F", "/a/"],
    "/{x}/{y}": ["/a/b", "/a/7", "/b/b", "/a%2Fb/c"],
    r"/{n:\d+}": ["/7", "/%37", "/7a"],
    r"/a/{n:\d+}": ["/a/7", "/a/77", "/a/b"],
    "/{tail:.*}": ["/", "/a", "/a/b/c", "/a//b"],
    "/a/{tail:.*}": ["/a/", "/a/b", "/a/b/c"],
    "/%61/ü": ["/%61/%C3%BC", "/a/%c3%bc"],
    "/{x}.{e}": ["/a.b", "/a.b.c", "/a"],
    "/a{x}": ["/ab", "/a%20b", "/a"],
}
TARGETS = sorted({target for targets in PATTERNS.values() for target in targets})
QUERIES = [
    "",
    "",
    "?",
    "?a=1",
    "?a=1&b=2",
    "?a=2&a=1",
    "?a",
    "?a=+",
    "?a=%201",
    "?b=2&a=1",
    "?a=%31",
]
HEADERS = ["X-A: 1", "x-a: 1", "X-A: 2", "X-B: 1", "X-B:", "Content-Type: text/plain"]
SCALARS: list[Wire] = [0, 1, 1.0, True, False, None, "", "a", "1", 2**70, 1.5, -0.0, "ü"]
SPELLINGS = {
    "1": ["1", "1.0", "true", "1e0", "10e-1"],
    "0": ["0", "0.0", "-0", "false", "0e5"],
}
BROKEN = ["", "{", "nul", "[1,]", '{"a":1}x', "'a'", "\ufeff1".encode().decode("latin-1")]


# What may end in a 500, behind which the published package closes.
FAILING = {"broken", "reads_body"}


def maybe(rng: Random, chance: float) -> bool:
    """True this often."""
    return rng.random() < chance


def some(rng: Random, words: Sequence[T], most: int) -> list[T]:
    """A few of the words, in any order."""
    return rng.sample(list(words), rng.randint(0, min(most, len(words))))


def json_value(rng: Random, depth: int = 2) -> Wire:
    """A small value."""
    kind = rng.random()
    if depth == 0 or kind < 0.4:
        return rng.choice(SCALARS)
    if kind < 0.6:
        return [json_value(rng, depth - 1) for _ in range(rng.randint(0, 2))]
    return {rng.choice("abü"): json_value(rng, depth - 1) for _ in range(rng.randint(0, 2))}


def spelled(rng: Random, value: Wire) -> str:
    """One of the ways to write a value as JSON text."""
    space = rng.choice(["", "", " ", "\n"])
    if isinstance(value, list):
        return "[" + f",{space}".join(spelled(rng, each) for each in value) + "]"
    if isinstance(value, dict):
        pairs = [f"{spelled(rng, key)}:{space}{spelled(rng, each)}" for key, each in value.items()]
        rng.shuffle(pairs)
        if pairs and maybe(rng, 0.1):
            pairs.append(rng.choice(pairs))  # keys may come twice
        return "{" + f"{space},".join(pairs) + "}"
    if isinstance(value, bool | int | float) and value in (0, 1):
        return rng.choice(SPELLINGS[str(int(value))])
    if isinstance(value, str):
        plain = "".join(f"\\u{ord(each):04x}" if maybe(rng, 0.2) else each for each in value)
        return f'"{plain}"'
    return "null" if value is None else repr(value)


def body_of(rng: Random, value: Wire) -> str:
    """A body that is likely to hold the value."""
    if maybe(rng, 0.1):
        return rng.choice(BROKEN)
    encoding = rng.choice(["utf-8"] * 8 + ["utf-8-sig", "utf-16", "utf-16-le", "utf-32-be"])
    return spelled(rng, value).encode(encoding).decode("latin-1")


def criteria(rng: Random, values: list[Wire]) -> dict[str, Wire]:
    """Some predicates."""
    made: dict[str, Wire] = {}
    if maybe(rng, 0.6):
        made["json"] = rng.choice(values)
    if maybe(rng, 0.1):
        made["body"] = octets(rng.choice(["1", "", "{}", "[]"]))
    if maybe(rng, 0.2):
        made["headers"] = {rng.choice(["X-A", "x-a", "x-b"]): rng.choice(["1", "2", ""])}
    if maybe(rng, 0.2):
        made["query"] = {rng.choice("ab"): rng.choice(["1", "2", "", " 1", " "])}
    if maybe(rng, 0.05):
        made["json"] = {"a": special("anything")}
    return made


def response(rng: Random, values: list[Wire], depth: int = 1) -> Wire:
    """Some response."""
    kind = rng.random()
    if kind < 0.4:
        status = rng.choice([200, 200, 201, 204, 404, 503])
        return json_response(rng.choice(values), status=status)
    if kind < 0.55:
        return raw_response(rng.choice(["", "raw", "\x00\xff"]), headers={"X-R": "1"})
    if kind < 0.65:
        return {"kind": "yaml", "body": rng.choice([1, "a", [1, 2], {"a": 1}])}
    if kind < 0.75 and depth:
        inner = [response(rng, values, 0) for _ in range(rng.randint(1, 3))]
        return sequence(*inner, on_exhausted=rng.choice(["raise", "cycle", "last"]))
    if kind < 0.8 and depth:
        return {"kind": "latency", "wrapped": response(rng, values, 0), "latency": 0}
    return user_response(
        rng.choice(["echo", "conflict", "cookies", "counts", "reads_body", "wraps", "broken"])
    )


def wanted_by(
    rng: Random, wanted: dict[str, Wire], values: list[Wire]
) -> tuple[str, str, list[str]]:
    """A query, a body and headers that some predicates are likely to hold for."""
    query, body, headers = rng.choice(QUERIES), rng.choice(values), some(rng, HEADERS, 2)
    pairs = wanted.get("query")
    if isinstance(pairs, dict) and maybe(rng, 0.8):
        query = "?" + "&".join(f"{name}={value}".replace(" ", "+") for name, value in pairs.items())
    pairs = wanted.get("headers")
    if isinstance(pairs, dict) and maybe(rng, 0.8):
        headers = [*(f"{name}: {value}" for name, value in pairs.items()), *headers]
    exact = wanted.get("body")
    if isinstance(exact, dict) and maybe(rng, 0.8):
        return query, str(exact["v"]), headers
    expected = wanted.get("json", body)
    if isinstance(expected, dict) and "$" in str(expected):
        expected = {"a": body}
    return query, body_of(rng, expected), headers


def may_fail(response: Wire) -> bool:
    """Whether a client may get a 500 of this response."""
    if not isinstance(response, dict):
        return True  # there is none
    inner = response.get("responses", ())
    assert isinstance(inner, list | tuple)
    wrapped = [response["wrapped"]] if "wrapped" in response else []
    return (
        response.get("name") in FAILING
        or response.get("on_exhausted") == "raise"
        or any(may_fail(each) for each in [*inner, *wrapped])
    )


def name_of(taker: Wire) -> str:
    """The handler of a route."""
    assert isinstance(taker, dict)
    return str(taker["name"])


def may_take(taker: Wire, method: str, target: str) -> bool:
    """Whether the request may be for this route; that others come before it is not looked at."""
    assert isinstance(taker, dict)
    if taker["method"] not in ("*", method):
        return False
    literals = re.split(r"\{.*?\}", unquote(str(taker["path"])))
    pattern = ".*".join(re.escape(each) for each in literals)
    return re.fullmatch(pattern, unquote(target.partition("?")[0])) is not None


def request(rng: Random, routes: list[Wire], values: list[Wire]) -> tuple[str, str, str]:
    """One request, its method and its target; most are meant for one of the routes."""
    aim = rng.choice(routes)
    assert isinstance(aim, dict)
    method, path, match = str(aim["method"]), str(aim["path"]), aim["match"]
    if method == "*" or maybe(rng, 0.05):
        method = rng.choice([*METHODS, "PATCH"])
    target = rng.choice(TARGETS if maybe(rng, 0.15) else PATTERNS[path])
    query, body, headers = wanted_by(rng, match if isinstance(match, dict) else {}, values)
    target += "" if "?" in target else query
    if match is None and maybe(rng, 0.5):
        return message(method, target, None, *headers), method, target
    if maybe(rng, 0.2):
        middle = rng.randint(0, len(body))
        parts = [each for each in (body[:middle], body[middle:]) if each]
        return chunked(method, target, *parts, headers=tuple(headers)), method, target
    return message(method, target, body, *headers), method, target


def traffic(
    rng: Random, routes: list[Wire], values: list[Wire], responses: dict[str, Wire]
) -> Step:
    """One connection with one request, or with several; what may fail comes last."""
    safe: list[tuple[str, str]] = []
    risky: list[tuple[str, str]] = []
    for _ in range(rng.choice([1, 1, 1, 2, 4])):
        content, method, target = request(rng, routes, values)
        takers = [each for each in routes if may_take(each, method, target)]
        failing = any(may_fail(responses.get(name_of(each))) for each in takers)
        (risky if failing else safe).append((content, method))
    made = [*safe, *risky[-1:]]
    whole = "".join(data for data, _ in made)
    at = rng.randint(0, len(whole))
    data: list[str | bool | None] = [whole] if maybe(rng, 0.7) else [whole[:at], True, whole[at:]]
    return stream(*data, answers=[method for _, method in made])


def replace(rng: Random, name: str, values: list[Wire], responses: dict[str, Wire]) -> Step:
    """Register some response, and take note of it."""
    responses[name] = response(rng, values)
    return register(name, responses[name])


def step(
    rng: Random,
    names: list[str],
    routes: list[Wire],
    values: list[Wire],
    responses: dict[str, Wire],
) -> Step:
    """Anything a test may do."""
    name = rng.choice(names) if maybe(rng, 0.9) else "unknown"
    kind = rng.random()
    if kind < 0.6:
        return traffic(rng, routes, values, responses)
    if kind < 0.7:
        return replace(rng, rng.choice(names), values, responses)
    if kind < 0.75:
        return inspect(rng.choice([name, "@all"]), "remote", "body_exists", read=maybe(rng, 0.3))
    if kind < 0.8:
        operation = rng.choice(["clear", "clear_map", "delete", "append", "pop", "reverse", "get"])
        on = rng.choice([name, "@all"])
        return change(operation, on, rng.choice([0, 0, -1, 1]))
    call = rng.choice(["assert_called"] * 4 + ["assert_not_called", "last_call", "get_calls"])
    if call != "assert_called":
        return check(call, name)
    wanted = criteria(rng, values)
    if maybe(rng, 0.4):
        wanted["times"] = rng.randint(0, 3)
    return called(name, wanted)


def scenario(number: int, seed: int) -> Scenario:
    """The scenario of this number under this seed."""
    rng = Random(f"{seed}/{number}")
    names = [f"h{n}" for n in range(rng.randint(1, 4))]
    values = [json_value(rng) for _ in range(rng.randint(2, 4))]
    patterns = rng.sample(list(PATTERNS), rng.randint(1, 3))
    routes: list[Wire] = []
    for _ in range(rng.randint(1, 10)):
        wanted = criteria(rng, values) if maybe(rng, 0.75) else {}
        routes.append(route(rng.choice(METHODS), rng.choice(patterns), rng.choice(names), **wanted))
    if maybe(rng, 0.2):
        routes.append(route("*", rng.choice(patterns), rng.choice(names)))
    responses: dict[str, Wire] = {}
    steps = [replace(rng, name, values, responses) for name in names if maybe(rng, 0.95)]
    steps.extend(traffic(rng, routes, values, responses) for _ in range(rng.randint(1, 4)))
    steps.extend(step(rng, names, routes, values, responses) for _ in range(rng.randint(5, 15)))
    steps.extend(check("assert_called", name, times=rng.randint(0, 4)) for name in names)
    return Scenario(f"chance/{number}", routes, steps)


def scenarios(count: int = COUNT, seed: int = SEED) -> list[Scenario]:
    """This many scenarios."""
    return [scenario(number, seed) for number in range(count)]
