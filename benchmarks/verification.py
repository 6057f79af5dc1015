"""Verification over a million calls, in one process: what is asked of a service that has them.

A service is filled once for each kind of traffic, without the wire, and shared by all that is asked
of it. Everything is checked once before it is timed. Times are in microseconds.
"""

from __future__ import annotations

import asyncio
import json
import random
import tempfile
import time
from collections.abc import Callable
from functools import cache, lru_cache
from itertools import cycle, islice
from pathlib import Path
from typing import Final, Literal, cast, get_args

from asyncly.srvmocker import Calls, MockRoute, MockService, start_service
from asyncly.srvmocker._door.site import Site
from asyncly.srvmocker.exceptions import CallAssertionError, CallTimeoutError
from asyncly.srvmocker.recorded import RequestHistory
from benchmarks import reference
from benchmarks.errors import BenchmarkError
from benchmarks.parts import Pair, live_request
from benchmarks.scenarios import JsonObject, order

Likeness = Literal["differing", "repeating", "differing, heads too", "repeating, heads differ"]
Failure = Literal["assert_called", "assert_count", "assert_order", "exact order", "time-out"]

LIKENESSES: Final[tuple[Likeness, ...]] = get_args(Likeness)
FAILURES: Final[tuple[Failure, ...]] = get_args(Failure)

CALLS: Final = 1_000_000
_DISTINCT: Final = 20
_ELSEWHERE: Final = 10
"""One call in so many goes to another handler."""
_START: Final = b"POST /orders HTTP/1.1"
_OTHER: Final = b"POST /other HTTP/1.1"


def site_of(service: MockService) -> Site[RequestHistory]:
    """What the connections of a service share."""
    site = service._site  # pyright: ignore[reportPrivateUsage]  # a user needs none
    assert site is not None
    return site


def _bodies(likeness: Likeness, calls: int) -> list[bytes]:
    distinct = _DISTINCT if likeness.startswith("repeating") else calls
    return [json.dumps(order(n)).encode() for n in range(distinct)]


def _fields(number: int, size: int) -> bytes:
    return (
        b"Host: mock.test\r\nContent-Type: application/json\r\n"
        b"X-Request-Id: r-%08d\r\nContent-Length: %d" % (number, size)
    )


class Recorder:
    """Records calls of a service as its lane does when it has answered at once."""

    def __init__(self, service: MockService) -> None:
        site = site_of(service)
        self._record = site.history.record
        self._ledgers = site.ledgers
        self._answer = site.answers.number(200, 200)
        self._names = [ledger.handler_name for ledger in site.ledgers]
        self._random = random.Random(1)
        self._now = 0.0
        self._said = 0
        for ledger in self._ledgers:
            ledger.turn_to(self, 200, self._answer)

    def __call__(self, route: int, start: bytes, fields: bytes, body: bytes) -> None:
        """Record one call, a while after the last one."""
        self._now += self._random.expovariate(1000)
        self._said += 1
        own = 2e-6 + self._random.random() * 1e-6
        self._ledgers[route].ready += 1
        self._record(
            start, fields, body, self._now, route, self._names[route],
            self._said % 32, self._answer, own,
        )  # fmt: skip


def fill(service: MockService, likeness: Likeness, calls: int) -> Recorder:
    """Record so many calls of the handlers `order` and `other`, most of them of the first."""
    record = Recorder(service)
    differs = likeness.endswith(("too", "differ"))
    for n, body in enumerate(islice(cycle(_bodies(likeness, calls)), calls)):
        fields = _fields(n if differs else 0, len(body))
        if n % _ELSEWHERE:
            record(0, _START, fields, body)
        else:
            record(1, _OTHER, fields, body)
    return record


def new_service() -> MockService:
    """A service that has been closed again, with no calls on record."""

    async def make() -> MockService:
        routes = [MockRoute("POST", "/orders", "order"), MockRoute("POST", "/other", "other")]
        async with start_service(routes) as service:
            return service

    return asyncio.run(make())


@lru_cache(maxsize=2)
def filled(likeness: Likeness, calls: int) -> MockService:
    """A service with so many calls on record, not to be changed.

    A few are kept for whoever asks next: gates of one kind of traffic stand side by side.
    """
    service = new_service()
    fill(service, likeness, calls)
    site = site_of(service)
    assert len(service.history) == site.by_handler["order"].calls + site.by_handler["other"].calls
    return service


@cache
def _wanted(_key: str = "") -> Callable[[], JsonObject]:
    # Made anew each time, as a test writes it, and always another one.
    numbers = iter(range(50_000_000, 1 << 60))
    return lambda: order(next(numbers))


def counting_pair(calls: int, few: int) -> Pair:
    """Counting over many calls, beside the same over few, in the place of the reference."""

    def counted(total: int) -> Callable[[], None]:
        service = filled("repeating", total)
        own = total - -(-total // _ELSEWHERE)

        def count() -> None:
            service.calls("order").assert_count(own)
            service.calls().assert_count(at_least=total, at_most=total)
            if service.counts("order").calls != own or service.counts().calls != total:
                raise RuntimeError("a call was not counted")
            service.assert_called("order", times=own)

        return count

    many, some = counted(calls), counted(few)

    def check() -> None:
        for service, total in (
            (filled("repeating", calls), calls),
            (filled("repeating", few), few),
        ):
            assert len(service.get_calls("other")) == -(-total // _ELSEWHERE)

    return Pair(many, some, check)


def no_match_pair(likeness: Likeness, calls: int) -> Pair:
    """`assert_called(json=...)` that no call matches, with all that it tells of the failure."""
    service = filled(likeness, calls)
    own = service.calls("order")
    bodies = _bodies(likeness, calls)
    wanted = _wanted()
    sent = islice(cycle(bodies), calls)
    recorder = reference.Recorder()
    for n, body in enumerate(sent):
        if n % _ELSEWHERE:
            recorder.record("order", live_request(), body)

    def ours() -> str:
        try:
            service.assert_called("order", json=wanted())
        except CallAssertionError as failure:
            return str(failure)
        raise RuntimeError("a body matched")

    def theirs() -> str:
        try:
            recorder.assert_called("order", criteria=reference.Criteria(json=wanted()))
        except AssertionError as failure:
            return str(failure)
        raise RuntimeError("a body matched")

    def check() -> None:
        assert ours().startswith(f"handler 'order': none of {len(own)} call(s) matched")
        assert theirs() == f"order: none of {len(own)} calls"
        own.matching(json=wanted()).assert_count(0)
        last = json.loads(bodies[-1])
        found = own.matching(json=last)
        assert len(found) == sum(
            n % _ELSEWHERE != 0 for n in range(len(bodies) - 1, calls, len(bodies))
        )
        recorder.assert_called("order", criteria=reference.Criteria(json=last))

    return Pair(ours, theirs, check)


def summary(likeness: Likeness, calls: int) -> Callable[[], str]:
    """The summary of all calls as text: each figure of it is computed."""
    service = filled(likeness, calls)

    def summarize() -> str:
        return str(service.calls().traffic())

    text = summarize()
    assert f"calls        {calls} in " in text
    assert "connections  32\n" in text
    assert text.count("\n") == 11, text
    return summarize


def _no_more(calls: Calls) -> None:
    # The service is closed, and who waits would be told so at once.
    history = calls._question.record.history  # pyright: ignore[reportPrivateUsage]
    assert history is not None
    history.watchers.ended = None

    async def wait() -> None:
        await calls.wait(timeout=0.0)

    asyncio.run(wait())


def failing(failure: Failure, likeness: Likeness, calls: int) -> Callable[[], str]:
    """An assertion that fails; the work is the whole of it, with its text."""
    service = filled(likeness, calls)
    wanted = _wanted()
    own = service.calls("order")
    attempts: dict[Failure, Callable[[], None]] = {
        "assert_called": lambda: service.assert_called("order", json=wanted()),
        "assert_count": lambda: own.matching(json=wanted()).assert_count(at_least=1),
        "assert_order": lambda: service.assert_order("order", own.matching(json=wanted())),
        "exact order": lambda: service.assert_order("order", "other", exactly=True),
        "time-out": lambda: _no_more(own.matching(json=wanted())),
    }
    attempt = attempts[failure]

    def fail() -> str:
        try:
            attempt()
        except (CallAssertionError, CallTimeoutError) as error:
            return str(error)
        raise RuntimeError(f"{failure} did not fail")

    text = fail()
    assert text.startswith(("handler 'order'", "handlers 'order', 'other'")), text
    assert "\n" in text
    assert len(text.encode()) <= 5_000
    return fail


def wake_times(pending: int, wakes: int) -> list[float]:
    """Microseconds that a waiter adds to the call that wakes it, each less a call that wakes none.

    From the recording of the call to the next line of whoever waited, the event loop's turns
    included; with `pending` more who wait for calls of another handler.
    """

    async def measure() -> list[float]:
        routes = [MockRoute("POST", "/orders", "order"), MockRoute("POST", "/other", "other")]
        figures: list[float] = []
        async with start_service(routes) as service:
            record = Recorder(service)
            body = json.dumps(order(1)).encode()
            fields = _fields(0, len(body))
            others = [
                asyncio.create_task(service.calls("other").wait(timeout=None))
                for _ in range(pending)
            ]
            await asyncio.sleep(0)
            for n in range(wakes):
                began = time.perf_counter()
                record(0, _START, fields, body)
                alone = time.perf_counter() - began
                woken = asyncio.create_task(_waited(service, 2 * n + 2))
                await asyncio.sleep(0)
                began = time.perf_counter()
                record(0, _START, fields, body)
                figures.append((await woken - began - alone) * 1e6)
            assert not any(task.done() for task in others)
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            assert not site_of(service).history.watchers.by_handler
        return figures

    return asyncio.run(measure())


async def _waited(service: MockService, times: int) -> float:
    calls = await service.wait_for_calls("order", times=times, timeout=60)
    ended = time.perf_counter()
    assert len(calls) == times
    return ended


def report_of(service: MockService) -> Callable[[Path], object] | None:
    """The method that writes a report, or `None` while there is none."""
    return cast("Callable[[Path], object] | None", getattr(service, "report", None))


def report_figures(likeness: Likeness, calls: int, times: int) -> tuple[list[float], int]:
    """Seconds of writing the HTML report so often, and its size in bytes.

    Raises:
        BenchmarkError: `MockService.report` is not there yet.
    """
    service = filled(likeness, calls)
    report = report_of(service)
    if report is None:
        raise BenchmarkError("MockService has no report(path)")
    figures: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder, "report.html")
        for _ in range(times):
            began = time.perf_counter()
            report(page)
            figures.append(time.perf_counter() - began)
        assert f"{calls:,}" in page.read_text() or str(calls) in page.read_text()
        return figures, page.stat().st_size
