"""The published package's semantics in plain words, to compare parts with in one process.

What it does per request and per assertion, without its code: every JSON match parses the body
anew, every recorded call keeps its request alive, every assertion walks all calls and parses each
body again. Only ratios against it, taken in one run, are quoted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


class Request(Protocol):
    """The part of a request that matching reads."""

    @property
    def headers(self) -> Mapping[str, str]:
        """The header fields; names in any case."""
        ...

    @property
    def query(self) -> Mapping[str, str]:
        """The decoded query parameters."""
        ...


@dataclass(frozen=True)
class Criteria:
    """What a route's match or an assertion asks for; `None` is not asked for."""

    json: object = None
    body: bytes | None = None
    headers: Mapping[str, str] | None = None
    query: Mapping[str, str] | None = None

    def hold(self, request: Request, body: bytes) -> bool:
        """Ask everything of one request, in the order body, JSON, headers, query."""
        if self.body is not None and self.body != body:
            return False
        if self.json is not None and not _json_equals(body, self.json):
            return False
        if self.headers is not None and not _subset(self.headers, request.headers):
            return False
        return self.query is None or _subset(self.query, request.query)


def _json_equals(body: bytes, expected: object) -> bool:
    try:
        value = json.loads(body)
    except json.JSONDecodeError:
        return False
    return bool(value == expected)


def _subset(wanted: Mapping[str, str], given: Mapping[str, str]) -> bool:
    return all(given.get(name) == value for name, value in wanted.items())


@dataclass(frozen=True)
class Route:
    """A handler's name and when it is selected (`None`: always)."""

    handler: str
    criteria: Criteria | None = None


def dispatch(routes: Sequence[Route], request: Request, body: bytes) -> Route | None:
    """The first route that holds, each asked in turn."""
    for route in routes:
        if route.criteria is None or route.criteria.hold(request, body):
            return route
    return None


@dataclass
class Call:
    """A recorded call: the live request and its body."""

    request: Request
    body: bytes


class Recorder:
    """All calls in order, and again by handler."""

    def __init__(self) -> None:
        self.history: list[Call] = []
        self.by_handler: dict[str, list[Call]] = {}

    def record(self, handler: str, request: Request, body: bytes) -> None:
        """Keep one call."""
        call = Call(request, body)
        self.history.append(call)
        self.by_handler.setdefault(handler, []).append(call)

    def assert_called(
        self, handler: str, *, times: int | None = None, criteria: Criteria | None = None
    ) -> None:
        """Fail unless there are `times` calls, and one that satisfies the criteria.

        Raises:
            AssertionError: it is not so.
        """
        calls = list(self.by_handler.get(handler, ()))
        if times is not None and len(calls) != times:
            raise AssertionError(f"{handler}: {len(calls)} calls instead of {times}")
        if criteria is None:
            return
        if not any(criteria.hold(call.request, call.body) for call in calls):
            raise AssertionError(f"{handler}: none of {len(calls)} calls")
