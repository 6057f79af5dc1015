"""The short way does what the long way does: the same segments through both, with the same end."""

import asyncio
import gc
from collections.abc import Callable, Generator
from copy import copy
from operator import lt
from typing import Any, NamedTuple
from unittest.mock import patch
from weakref import WeakSet

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from asyncly.srvmocker import BaseMockResponse, JsonResponse, RawResponse
from asyncly.srvmocker._core.record.history import History
from asyncly.srvmocker._core.record.journal import Journal
from asyncly.srvmocker._core.record.sequences import CallSequence
from asyncly.srvmocker._core.request import RequestView
from asyncly.srvmocker._door import lane as lane_module
from asyncly.srvmocker._door.answers import ready as ready_module
from asyncly.srvmocker._door.answers.ready import ReadyAnswer
from asyncly.srvmocker.counts import Counts
from tests.calling import calling
from tests.rawhttp import raw_client
from tests.streams.model import Call
from tests.streams.played import Connection, Own, Stage, recorded, stage
from tests.streams.words import Said, examples, streams

GET = b"GET /ready HTTP/1.1\r\nHost: a\r\n\r\n"


@pytest.fixture(scope="module")
def loop() -> Generator[asyncio.AbstractEventLoop]:
    with asyncio.Runner() as runner:
        yield runner.get_loop()


class Outcome(NamedTuple):
    """What came of it, apart from the time that it took."""

    written: list[bytes]
    calls: list[Call]
    closed: list[bool]
    account: tuple[int, ...]
    refused: list[Any]
    counts: dict[str, Counts]
    unmatched: list[tuple[str, int, str]]
    noticed: list[tuple[object, ...]]
    journal: list[list[int]]


class Watching:
    """Notes every call."""

    looks = True
    missing = 0

    def __init__(self) -> None:
        self.noticed: list[tuple[object, ...]] = []

    def notice(self, view: RequestView | None) -> None:
        assert view is not None, "it looks"
        # White space around a value does not count, and the long way writes it anew.
        self.noticed.append((view.start, view.raw_headers, view.body))

    def forget(self) -> None: ...

    def end(self, error: Exception) -> None: ...


async def play(connections: list[list[bytes]], *, lane: bool, calm: bool, change: bool) -> Outcome:
    async with stage(lane=lane) as on_stage:
        service, site = on_stage.service, on_stage.site
        watching = Watching()
        site.history.watchers.add((None,), watching)
        written = b""
        closed: list[bool] = []
        for number, segments in enumerate(connections):
            if change and number == 1:
                service.register("ready", RawResponse(b"changed", status=202))
                service.register("any", JsonResponse({"changed": True}))
            connection = Connection(on_stage)
            await connection.send(segments, calm=calm)
            closed.append(await connection.finish())
            written += bytes(connection.wire.written)
        account = service.account
        assert account.received == (
            account.answered + account.refused + account.client_gone + account.in_progress
        )
        journal = site.history.journal
        return Outcome(
            [line for line in written.split(b"\r\n") if not line.startswith(b"Date: ")],
            recorded(service),
            closed,
            (
                account.received,
                account.answered_ready,
                account.answered_by_aiohttp,
                account.client_gone,
                account.unmatched,
            ),
            list(account.last_refused),
            {name: service.counts(name) for name in site.by_handler},
            [(each.target, each.status, each.explanation) for each in service.unmatched],
            watching.noticed,
            [
                list(journal.routes),
                list(journal.connections),
                [site.answers.statuses[number] for number in journal.answers],
                [site.answers.sizes[number] for number in journal.answers],
            ],
        )


def both_ways(
    loop: asyncio.AbstractEventLoop,
    connections: list[list[bytes]],
    **given: bool,
) -> Outcome:
    short = loop.run_until_complete(play(connections, lane=True, **given))
    long = loop.run_until_complete(play(connections, lane=False, **given))
    assert short == long
    return short


@given(stream=streams(), times=st.integers(1, 3), calm=st.booleans(), change=st.booleans())
@examples(120)
def test_both_ways_end_alike(
    loop: asyncio.AbstractEventLoop, stream: list[Said], times: int, calm: bool, change: bool
) -> None:
    segments = [said.wire for said in stream]
    both_ways(loop, [segments] * times, calm=calm, change=change)


PLAIN = [
    GET,
    GET.replace(b"ready", b"any/%41?a=b"),
    GET.replace(b"ready", b"any/1?x=%zz#y"),
    GET.replace(b"ready", b"nowhere"),
    GET.replace(b"ready", b"pick"),
    GET.replace(b"ready", b"pick").replace(b"GET", b"POST"),
    b'POST /pick HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\n{"n":1}',
    b'POST /pick HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\n{"n":9}',
    b'POST /pick HTTP/1.1\r\nHost: a\r\nContent-Length: 7\r\n\r\n{"n":1',
    b"}",
    GET + GET,
    GET[:-1],
    b"\n",
    b"\r\n" + GET,
    GET.replace(b"GET", b"HEAD"),
    GET.replace(b"GET", b"PUT"),
    GET.replace(b"ready", b"own/1"),
    GET.replace(b"ready", b"late"),
]
ENDS = [
    GET.replace(b"HTTP/1.1", b"HTTP/1.0"),
    GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"),
    GET.replace(b"Host: a", b"Host: a\r\nHost: b"),
    b"GET /ready HTTP/1.1\r\n\r\n",
    b"GET * HTTP/1.1\r\nHost: a\r\n\r\n",
    b"GET http://[ HTTP/1.1\r\nHost: a\r\n\r\n",
    GET.replace(b"ready", b"re\x00dy"),
    b"no request",
]


@pytest.mark.parametrize("end", ENDS, ids=repr)
@pytest.mark.parametrize("calm", [True, False])
def test_they_end_alike_whatever_stands_in_a_segment(
    loop: asyncio.AbstractEventLoop, end: bytes, calm: bool
) -> None:
    both_ways(loop, [[*PLAIN, *PLAIN, end, GET]] * 2, calm=calm, change=True)


def test_start_lines_that_differ_in_digits_end_alike(loop: asyncio.AbstractEventLoop) -> None:
    targets = (
        b"any/1",
        b"any/2",
        b"any/%41",
        b"any/%42",
        b"any1",
        b"1",
        b"2",
        b"any/1?a=1",
        b"any/1?a=2",
    )
    wires = [GET.replace(b"ready", target) for target in targets]
    wires += [wire.replace(b"Host: a", b"Host: a\r\nX: 1\r\nContent-Length: 0") for wire in wires]
    wires += [
        b"GET /any/1 HTTP/1.1\r\nX: 2\r\nHost: a\r\nContent-Length: %d\r\n\r\n%b" % (n, b"x" * n)
        for n in (1, 2, 9)
    ]
    seen = both_ways(loop, [[*wires, *wires]] * 2, calm=True, change=False)
    assert seen.account[0] == 4 * len(wires)
    old = GET.replace(b"ready", b"any/1").replace(b"HTTP/1.1", b"HTTP/1.0")
    both_ways(loop, [[GET, wires[0], old, GET]], calm=True, change=False)


def test_a_body_beyond_the_limit_of_fields_seen_before(loop: asyncio.AbstractEventLoop) -> None:
    post = b"POST /any/1 HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%b"
    small, large = (post % (size, b"x" * size) for size in (500, 900))
    seen = both_ways(loop, [[small, small, large]], calm=True, change=False)
    assert seen.account[0] == 3


def test_a_head_and_an_old_version_end_alike(loop: asyncio.AbstractEventLoop) -> None:
    any_one = GET.replace(b"ready", b"any/1")
    head, old = any_one.replace(b"GET", b"HEAD"), any_one.replace(b"HTTP/1.1", b"HTTP/1.0")
    seen = both_ways(loop, [[head, head, old]], calm=True, change=False)
    assert len(seen.calls) == 3


@pytest.mark.parametrize("last", [b"HTTP/1.0", b"HTTP/1.1\r\nConnection: close"])
@pytest.mark.parametrize("path", [b"own/1", b"late", b"nowhere", b"any/1"])
def test_nothing_behind_the_last_request_of_a_connection_is_taken(
    loop: asyncio.AbstractEventLoop, path: bytes, last: bytes
) -> None:
    # The second connection's requests are those that the first one has made known.
    ending = GET.replace(b"ready", path).replace(b"HTTP/1.1", last)
    behind = [GET, b"GET /any/1 HTTP/1.1\r\n\r\n"]
    seen = both_ways(loop, [[GET, ending, *behind]] * 3, calm=False, change=False)
    assert sum(call.path == "/ready" for call in seen.calls) == 3
    assert seen.account[0] == 6


LETTERS = bytes.maketrans(b"0123456789", b"abcdefghij")


@pytest.mark.parametrize("differ", ["digits", "letters"])
def test_many_start_lines_and_fields_end_alike(
    loop: asyncio.AbstractEventLoop, differ: str
) -> None:
    names = [b"%d" % number for number in range(2700)]  # more than are passed by before all go
    if differ == "letters":
        names = [name.translate(LETTERS) for name in names]
    segments = [b"GET /any/%b HTTP/1.1\r\nHost: a\r\nX: %b\r\n\r\n" % (n, n) for n in names]
    again = [*segments[1024:] * 20, *segments[:50]]
    seen = both_ways(loop, [segments, again], calm=False, change=False)
    assert len(seen.calls) == len(segments) + len(again)


def test_a_closing_transport_gets_no_answer(loop: asyncio.AbstractEventLoop) -> None:
    async def gone(*, lane: bool, known: bool) -> tuple[int, int, Counts]:
        async with stage(lane=lane) as on_stage:
            connection = Connection(on_stage)
            if known:
                await connection.send([GET], calm=True)
            connection.wire.closing = True
            before = bytes(connection.wire.written)
            connection._door.data_received(GET)
            assert connection.wire.written == before
            connection._door.connection_lost(None)
            service = on_stage.service
            return len(service.history), service.account.client_gone, service.counts("ready")

    for known in (True, False):
        short = loop.run_until_complete(gone(lane=True, known=known))
        assert short == loop.run_until_complete(gone(lane=False, known=known))
        assert short == (1 + known, 1, Counts(1 + known, {200: 1} if known else {}, 1))


def unregister(s: Stage) -> None:
    del s.service.handlers["ready"]


def assign(s: Stage) -> None:
    s.service.handlers["ready"] = RawResponse(b"changed")


def forget(s: Stage) -> None:
    s.service.history.clear()
    s.service.history_map.clear()


def forget_the_name(s: Stage) -> None:
    del s.service.history_map["ready"]


def put_a_list(s: Stage) -> None:
    s.service.history_map["ready"] = []


def put_a_list_and_keep_the_sequence(s: Stage) -> None:
    vars(s.service)["kept"] = s.service.history_map["ready"]
    put_a_list(s)


def put_a_sequence(s: Stage) -> None:
    journal: Journal[Any] = Journal(lambda stored: stored, lambda call: call.view)
    s.service.history_map["ready"] = CallSequence(journal)


def share_another(s: Stage) -> None:
    s.service.history_map["ready"] = s.service.history_map["any"]


def drop_most(s: Stage) -> None:
    del s.service.history[:-1]
    del s.service.history_map["ready"][:-1]


def drop_a_copy(s: Stage) -> None:
    copied = copy(s.service.history)
    s.service.history.clear()
    s.service.history_map["ready"].clear()
    del copied  # the last who held these calls


def add_another(s: Stage) -> None:
    s.service.history.append(s.service.history[0])


CHANGES: dict[str, Callable[[Stage], object]] = {
    "nothing": lambda s: None,
    "register": lambda s: s.service.register("ready", RawResponse(b"changed", status=202)),
    "register what is not ready": lambda s: s.service.register("ready", Own()),
    "assign": assign,
    "unregister": unregister,
    "reset": lambda s: s.service.reset(),
    "restore": lambda s: s.service.reset(restore=True),
    "forget": forget,
    "forget the name": forget_the_name,
    "put a list": put_a_list,
    "put a list and keep the sequence": put_a_list_and_keep_the_sequence,
    "put a sequence of another history": put_a_sequence,
    "share another": share_another,
    "drop most": drop_most,
    "drop a copy": drop_a_copy,
    "add another": add_another,
    "inject": lambda s: s.service.inject(RawResponse(b"injected", status=299)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_is_changed_between_equal_requests_is_seen(
    loop: asyncio.AbstractEventLoop, change: str
) -> None:
    async def changed(*, lane: bool) -> tuple[object, ...]:
        async with stage(lane=lane) as on_stage:
            connection = Connection(on_stage)
            any_one = GET.replace(b"ready", b"any/1")
            head = any_one.replace(b"GET", b"HEAD")
            await connection.send([GET] * 1100 + [any_one, head] * 2, calm=False)
            CHANGES[change](on_stage)
            in_two = [head[:9], head[9:]]  # which goes the long way
            again = [GET, any_one, head, GET, any_one, any_one, *in_two, any_one, GET]
            await connection.send(again, calm=True)
            service, answers = on_stage.service, on_stage.site.answers
            return (
                [
                    line
                    for line in bytes(connection.wire.written).split(b"\r\n")
                    if not line.startswith(b"Date: ")
                ],
                [call.path for call in service.history],
                {
                    name: [call.path for call in calls]
                    for name, calls in service.history_map.items()
                },
                [service.counts(name) for name in ("ready", "any")],
                repr(service.account),
                [call.injected for call in service.calls("ready")],
                [answers.sizes[number] for number in on_stage.site.history.journal.answers],
            )

    short = loop.run_until_complete(changed(lane=True))
    assert short == loop.run_until_complete(changed(lane=False))


def test_the_date_of_a_known_answer_is_that_of_the_second() -> None:
    async def dates() -> list[bytes]:
        with (
            patch.object(lane_module, "monotonic", lambda: now[0]),
            patch.object(ready_module, "rfc822_formatted_time", lambda: f"at {now[0]}"),
        ):
            async with stage() as on_stage:
                connection = Connection(on_stage)
                for second in (100.5, 100.9, 100.95, 101.0, 101.2, 103.5, 103.6):
                    now[0] = second
                    await connection.send([GET] * 3, calm=True)
                times = on_stage.site.history.journal.times
                assert all(map(lt, times, times[1:])), "a time identifies a call"
        written = bytes(connection.wire.written)
        return [line for line in written.split(b"\r\n") if line.startswith(b"Date: ")]

    now = [0.0]
    with asyncio.Runner() as runner:
        told = runner.run(dates())
    at = [*[b"100.5"] * 9, *[b"101.0"] * 6, *[b"103.5"] * 6]
    assert told == [b"Date: at %b" % second for second in at]


def test_known_requests_keep_no_response_that_was_replaced(
    loop: asyncio.AbstractEventLoop,
) -> None:
    async def left() -> int:
        async with stage() as on_stage:
            connection = Connection(on_stage)
            given: WeakSet[BaseMockResponse] = WeakSet()
            for number in range(20):
                on_stage.service.register("any", response := RawResponse(b"%d" % number))
                given.add(response)
                del response
                await connection.send([GET.replace(b"ready", b"any/%d" % number)] * 3, calm=True)
            gc.collect()
            return len(given)

    assert loop.run_until_complete(left()) == 1


def test_known_requests_keep_no_calls_that_were_forgotten(loop: asyncio.AbstractEventLoop) -> None:
    async def left() -> int:
        async with stage() as on_stage:
            connection = Connection(on_stage)
            await connection.send([GET] * 5000, calm=False)
            on_stage.service.history.clear()
            forget_the_name(on_stage)
            other = GET.replace(b"ready", b"any/1")
            await connection.send([other], calm=True)
            return len(on_stage.site.history.journal)

    assert loop.run_until_complete(left()) == 1


def test_a_known_request_makes_it_time_to_settle(loop: asyncio.AbstractEventLoop) -> None:
    async def settled(*, lane: bool) -> int:
        async with stage(lane=lane) as on_stage:
            with patch.object(History, "settle") as settle:
                on_stage.site.history.settle_at = 5
                await Connection(on_stage).send([GET] * 8, calm=True)
                return settle.call_count

    assert loop.run_until_complete(settled(lane=True)) == 3
    assert loop.run_until_complete(settled(lane=False)) == 3


def last() -> web.Response:
    response = web.Response(body=b"bye")
    response.force_close()
    return response


ready = ReadyAnswer(200, last)


class Last(BaseMockResponse):
    """A ready answer that closes the connection."""

    __ready__ = ready

    async def response(self, request: web.Request) -> web.StreamResponse:
        return last()

    def __plan__(self) -> ReadyAnswer:
        return ready


async def test_an_answer_that_closes_the_connection_is_given_by_the_long_way() -> None:
    async with calling() as call:
        call.service.register("a", Last())
        for _ in range(3):
            async with raw_client(call.service.url) as raw:
                answer = await raw.ask(b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n")
                assert answer.body == b"bye"
                assert await raw.closed()
        assert call.service.counts("a") == Counts(3, {200: 3})
