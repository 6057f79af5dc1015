"""The parts in one process: each a pair of the same work, ours and the reference's semantics.

A pair is checked before it is timed, and each call of it gets bytes that are a new object, as they
are when they come from a socket: no hash is cached on them.

What is compared: ours does more than its counterpart where the two differ (it resolves the route
and makes the request view; the reference's dispatcher is handed both by aiohttp for nothing).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import cycle, islice
from typing import Final, Literal, cast, get_args

from aiohttp.test_utils import make_mocked_request

from asyncly.srvmocker import MockRoute, MockService, RequestHistory, start_service
from asyncly.srvmocker._core.matching.criteria import compile_criteria
from asyncly.srvmocker._core.matching.dispatch import Dispatcher
from asyncly.srvmocker._core.record.journal import IN_PROGRESS
from asyncly.srvmocker._core.record.sequences import CallSequence
from asyncly.srvmocker._core.request import RequestView
from benchmarks import reference
from benchmarks.scenarios import JsonObject, order

Traffic = Literal["last", "none", "differing"]
Repetition = Literal["repeating", "differing", "numbers"]
Side = Literal["asyncly", "reference"]

TRAFFICS: Final[tuple[Traffic, ...]] = get_args(Traffic)
REPETITIONS: Final[tuple[Repetition, ...]] = get_args(Repetition)
SIDES: Final[tuple[Side, ...]] = get_args(Side)

_PATH: Final = "/orders"
_DISTINCT: Final = 5_000
"""Bodies in differing traffic: more than any memo keeps, so none is met again in time."""

# A live aiohttp request; its headers are a mapping in all but name to a type checker.
_LIVE = cast(
    "reference.Request",
    make_mocked_request("POST", _PATH, headers={"Content-Type": "application/json"}),
)


def live_request() -> reference.Request:
    """A live aiohttp request; making one for each call would only take time."""
    return _LIVE


def _head(length: int) -> tuple[bytes, bytes]:
    """The start line and the fields."""
    fields = b"Host: mock.test\r\nContent-Type: application/json\r\nContent-Length: %d"
    return b"POST /orders HTTP/1.1", fields % length


@dataclass(frozen=True, slots=True)
class Pair:
    """The same work twice, and the check that both come to the same."""

    asyncly: Callable[[], object]
    reference: Callable[[], object]
    check: Callable[[], None]

    def side(self, side: Side) -> Callable[[], object]:
        """One of the two."""
        return self.asyncly if side == "asyncly" else self.reference


def _bodies(traffic: Traffic, matchers: int) -> list[bytes]:
    if traffic == "last":
        return [json.dumps(order(matchers - 1)).encode()]
    if traffic == "none":
        return [json.dumps(order(matchers)).encode()]
    return [json.dumps(order(matchers + n)).encode() for n in range(_DISTINCT)]


def _endless(bodies: Sequence[bytes]) -> Callable[[], bytes]:
    """The bodies over and over, each time as a new object."""
    views = cycle([memoryview(body) for body in bodies])
    return lambda: bytes(next(views))


def compile_pair(matchers: int) -> Pair:
    """Making a dispatcher of so many JSON matchers (the reference keeps them as they are)."""
    expected = [order(n) for n in range(matchers)]

    def ours() -> Dispatcher:
        return Dispatcher(
            ("POST", _PATH, f"order-{n}", compile_criteria(json=value))
            for n, value in enumerate(expected)
        )

    def theirs() -> list[reference.Route]:
        return [
            reference.Route(f"order-{n}", reference.Criteria(json=value))
            for n, value in enumerate(expected)
        ]

    def check() -> None:
        assert [route.handler_name for route in ours().routes] == [r.handler for r in theirs()]

    return Pair(ours, theirs, check)


def dispatch_pair(matchers: int, traffic: Traffic) -> Pair:
    """Selecting a route among so many JSON matchers.

    Traffic: `last`: the last matcher is hit, the same bytes each time; `none`: no matcher is hit,
    the same bytes each time; `differing`: no matcher is hit, every body is new.
    """
    dispatcher = Dispatcher(
        ("POST", _PATH, f"order-{n}", compile_criteria(json=order(n))) for n in range(matchers)
    )
    routes = [
        reference.Route(f"order-{n}", reference.Criteria(json=order(n))) for n in range(matchers)
    ]
    bodies = _bodies(traffic, matchers)
    start, fields = _head(len(bodies[0]))

    def select(body: bytes) -> str | None:
        resolved = dispatcher.resolve("POST", _PATH)
        assert isinstance(resolved, tuple)
        route = resolved[0].select(RequestView(start, fields, body))
        return None if route is None else route.handler_name

    def select_as_reference(body: bytes) -> str | None:
        route = reference.dispatch(routes, _LIVE, body)
        return None if route is None else route.handler

    def check() -> None:
        wanted = f"order-{matchers - 1}" if traffic == "last" else None
        for body in islice(bodies, 10):
            assert select(body) == select_as_reference(body) == wanted

    next_body = _endless(bodies)
    return Pair(
        lambda: select(next_body()),
        lambda: select_as_reference(next_body()),
        check,
    )


def _filled_service(bodies: Sequence[bytes], calls: int) -> MockService:
    """A service, as after `calls` requests; filled without the wire, which would take seconds."""

    async def fill() -> MockService:
        async with start_service([MockRoute("POST", _PATH, "order")]) as service:
            record_calls(service, bodies, calls)
            return service

    return asyncio.run(fill())


def record_calls(service: MockService, bodies: Sequence[bytes], calls: int) -> None:
    """Record calls of the handler `order`, as the server does when it has received them."""
    history, of_handler = service.history, service.history_map["order"]
    assert isinstance(history, CallSequence)
    assert isinstance(of_handler, CallSequence)
    journal = history.journal
    request, enter = journal.request, journal.enter
    every, own = history.rows.append, of_handler.rows.append
    start, fields = _head(len(bodies[0]))
    for when, body in enumerate(islice(cycle(bodies), calls)):
        row = enter(request(start, fields, body), float(when), 0, 0, IN_PROGRESS, 0.0)
        every(row)
        own(row)


def _filled_recorder(bodies: Sequence[bytes], calls: int) -> reference.Recorder:
    recorder = reference.Recorder()
    for body in islice(cycle(bodies), calls):
        recorder.record("order", _LIVE, body)
    return recorder


def _value(repetition: Repetition, n: int) -> JsonObject:
    return {"n": n} if repetition == "numbers" else order(n)


def _recorded_bodies(repetition: Repetition, calls: int) -> list[bytes]:
    distinct = 20 if repetition == "repeating" else calls
    return [json.dumps(_value(repetition, n)).encode() for n in range(distinct)]


def record_pair(repetition: Repetition, calls: int = 1_000) -> Pair:
    """Recording so many calls (the reference's requests exist already)."""
    bodies = _recorded_bodies(repetition, calls)
    service = _filled_service(bodies, 1)

    def ours() -> int:
        service.history.clear()
        service.history_map["order"].clear()
        record_calls(service, bodies, calls)
        return len(service.history)

    def theirs() -> int:
        return len(_filled_recorder(bodies, calls).history)

    def check() -> None:
        assert ours() == theirs() == calls
        recorded: list[RequestHistory] = service.get_calls("order")
        assert [call.body for call in recorded] == list(islice(cycle(bodies), calls))

    return Pair(ours, theirs, check)


def assert_json_pair(repetition: Repetition, calls: int) -> Pair:
    """`assert_called(name, json=…)` that none of so many calls matches.

    Repetition: `repeating`: 20 distinct bodies; `differing`: orders that all differ; `numbers`:
    tiny objects that differ in a number and nothing else, which leaves the least to gain.
    """
    bodies = _recorded_bodies(repetition, calls)
    service = _filled_service(bodies, calls)
    recorder = _filled_recorder(bodies, calls)
    # Made anew each time, as a test writes it, and always another one.
    wanted = iter(range(calls, 1 << 60))

    def ours() -> str:
        try:
            service.assert_called("order", json=_value(repetition, next(wanted)))
        except AssertionError as failure:
            return str(failure)
        raise RuntimeError("a body matched")

    def theirs() -> str:
        try:
            recorder.assert_called(
                "order", criteria=reference.Criteria(json=_value(repetition, next(wanted)))
            )
        except AssertionError as failure:
            return str(failure)
        raise RuntimeError("a body matched")

    def check() -> None:
        assert ours().startswith(f"handler 'order': none of {calls} call(s)")
        assert theirs() == f"order: none of {calls} calls"
        service.assert_called("order", json=_value(repetition, 19))
        recorder.assert_called("order", criteria=reference.Criteria(json=_value(repetition, 19)))

    return Pair(ours, theirs, check)


def assert_times_pair(calls: int) -> Pair:
    """`assert_called(name, times=n)` over so many calls."""
    bodies = _recorded_bodies("repeating", calls)
    service = _filled_service(bodies, calls)
    recorder = _filled_recorder(bodies, calls)

    def check() -> None:
        assert len(service.get_calls("order")) == len(recorder.by_handler["order"]) == calls

    return Pair(
        lambda: service.assert_called("order", times=calls),
        lambda: recorder.assert_called("order", times=calls),
        check,
    )
