"""A summary of calls, and what can be asserted of it."""

import gzip
from collections.abc import Callable
from typing import Any, cast

import pytest

from asyncly.srvmocker.traffic import Columns, Traffic
from tests.calling import calling
from tests.rawhttp import raw_client


def traffic(*starts: float, **columns: Any) -> Traffic:
    return Traffic(Columns(starts, **columns), "handler 'x'")


NONE = traffic()
ONE = traffic(5.0)
BUSY = traffic(
    *(10.0, 10.25, 10.5, 11.5, 14.0),
    ends=[10.75, 10.25, float("inf"), 11.5, 15.0],
    connections=[1, 2, 3, 1, 1],
    own_times=[0.125, 0.0625, 0.0, 0.25, 0.5],
    bytes_in=[100, 200, 300, 400, 500],
    bytes_out=[10, 20, 0, 40, 50],
)


def failure(check: Callable[..., None], **given: Any) -> str:
    with pytest.raises(AssertionError) as caught:
        check(**given)
    return str(caught.value)


def row(name: str, *cells: str) -> str:
    return f"{name:20}" + "".join(f"{cell:>11}" for cell in cells)


def test_the_figures() -> None:
    assert BUSY.subject == "handler 'x'"
    assert BUSY.calls == 5
    assert BUSY.span == 4.0
    assert BUSY.rate == 1.0
    assert BUSY.rates().max == BUSY.rates(per=1.0).max == 3
    assert BUSY.rates(per=0.25).max == 1
    assert BUSY.rates(per=9).median == 3
    assert (BUSY.gaps.min, BUSY.gaps.median, BUSY.gaps.max) == (0.25, 0.25, 2.5)
    assert (BUSY.waits.min, BUSY.waits.max) == (0.0, 2.25)
    assert (len(BUSY.durations), BUSY.durations.min, BUSY.durations.max) == (4, 0.0625, 1.0)
    assert (BUSY.overhead.median, BUSY.overhead.total) == (0.125, 0.9375)
    assert (BUSY.in_flight.max, BUSY.in_flight.min, BUSY.unanswered) == (2, 1, 1)
    assert (BUSY.connections, BUSY.calls_per_connection.max) == (3, 3)
    assert (BUSY.bytes_in.total, BUSY.bytes_in.percentile(90)) == (1500, 500)
    assert (BUSY.bytes_out.total, BUSY.bytes_out.min) == (120, 0)


def test_figures_of_hardly_any_call() -> None:
    assert (NONE.calls, NONE.span, NONE.rate, NONE.connections, NONE.unanswered) == (0, 0, 0, 0, 0)
    assert (ONE.calls, ONE.span, ONE.rate, ONE.connections, ONE.in_flight.max) == (1, 0, 0, 1, 1)
    assert (len(NONE.gaps), len(ONE.gaps), ONE.rates().max) == (0, 0, 1)
    for name in ("rates", "in flight", "gaps"):
        distribution = NONE.rates() if name == "rates" else getattr(NONE, name.replace(" ", "_"))
        with pytest.raises(ValueError, match=f"^no {name}: too few calls$"):
            assert distribution.max


def test_it_is_read_only() -> None:
    for name in ("calls", "gaps", "subject", "anything"):
        with pytest.raises(AttributeError):
            setattr(cast(Any, BUSY), name, 1)


def test_in_a_few_words() -> None:
    assert repr(BUSY) == (
        "<Traffic of handler 'x': 5 calls in 4 s, at most 3 in any 1 s, at most 2 in flight, "
        "3 connections>"
    )
    assert repr(NONE) == (
        "<Traffic of handler 'x': 0 calls in 0 s, at most 0 in any 1 s, at most 0 in flight, "
        "0 connections>"
    )


def test_as_a_table() -> None:
    assert str(BUSY).splitlines() == [
        "traffic of handler 'x'",
        "calls        5 in 4 s, 1 per second",
        "in any 1 s   at most 3",
        "in flight    at most 2; 1 not answered yet",
        "connections  3",
        row("", "min", "median", "p95", "p99", "max", "total"),
        row("gaps", "250 ms", "250 ms", "2.5 s", "2.5 s", "2.5 s", "4 s"),
        row("durations", "62.5 ms", "250 ms", "1 s", "1 s", "1 s", "2.062 s"),
        row("overhead", "0 s", "125 ms", "500 ms", "500 ms", "500 ms", "937.5 ms"),
        row("bytes in", "100 B", "300 B", "500 B", "500 B", "500 B", "1.5 kB"),
        row("bytes out", "0 B", "20 B", "50 B", "50 B", "50 B", "120 B"),
        row("calls per connection", "1", "1", "3", "3", "3", "5"),
    ]
    lines = str(NONE).splitlines()
    assert lines[1:3] == ["calls        0 in 0 s, 0 per second", "in any 1 s   at most 0"]
    assert lines[6:8] == ["gaps", "durations"]


def test_a_rate_that_is_kept() -> None:
    BUSY.assert_rate(at_most=3)
    BUSY.assert_rate(at_most=1, per=0.25)
    BUSY.assert_rate(at_least=1, per=2.5)
    BUSY.assert_rate(at_least=1, at_most=4, per=2.5)
    BUSY.assert_rate(at_least=0, per=100)
    NONE.assert_rate(at_most=0)
    ONE.assert_rate(at_most=1)


def test_a_rate_that_is_not() -> None:
    assert failure(BUSY.assert_rate, at_most=2) == (
        "handler 'x': expected at most 2 call(s) in any 1 s, got 3: "
        "calls[0:3], 0 s to 0.5 s after the first"
    )
    assert failure(BUSY.assert_rate, at_least=1, at_most=1, per=0.5) == (
        "handler 'x': expected at most 1 call(s) in any 0.5 s, got 2: "
        "calls[0:2], 0 s to 0.25 s after the first"
    )
    assert failure(BUSY.assert_rate, at_least=1, per=2) == (
        "handler 'x': expected at least 1 call(s) in every 2 s, got 0: "
        "in the 2 s after calls[3], 1.5 s after the first"
    )
    late = traffic(0.0, 1.0, 1.125, 1.25)
    assert failure(late.assert_rate, at_most=2, per=0.5) == (
        "handler 'x': expected at most 2 call(s) in any 0.5 s, got 3: "
        "calls[1:4], 1 s to 1.25 s after the first"
    )


@pytest.mark.parametrize(("calls", "count"), [(NONE, 0), (ONE, 1)])
def test_a_rate_of_too_short_a_time(calls: Traffic, count: int) -> None:
    assert failure(calls.assert_rate, at_least=1) == (
        "handler 'x': expected at least 1 call(s) in every 1 s, but no window of 1 s is over "
        f"before the last of {count} call(s), 0 s after the first"
    )


def test_calls_in_flight() -> None:
    BUSY.assert_in_flight(exactly=2)
    BUSY.assert_in_flight(at_least=1, at_most=2)
    NONE.assert_in_flight(at_most=1)
    ONE.assert_in_flight(exactly=1)
    assert failure(BUSY.assert_in_flight, at_most=1) == (
        "handler 'x': expected at most 1 call(s) in flight at once, got 2: "
        "when calls[1] came, 0.25 s after the first, calls[0] had no answer"
    )
    assert failure(ONE.assert_in_flight, at_least=2) == (
        "handler 'x': expected at least 2 call(s) in flight at once, got 1"
    )
    assert failure(NONE.assert_in_flight, exactly=1) == (
        "handler 'x': expected exactly 1 call(s) in flight at once, got 0"
    )
    many = traffic(*range(20), ends=[100.0] * 20)
    assert failure(many.assert_in_flight, at_most=5).endswith(
        "got 20: when calls[19] came, 19 s after the first, calls[0], calls[1], calls[2], "
        "calls[3], calls[4], calls[5], calls[6], calls[7], calls[8], calls[9], ... 9 more "
        "had no answer"
    )


def test_gaps_and_waits() -> None:
    BUSY.assert_gaps(at_least=[0.25, 0.25, 1.0, 2.5])
    BUSY.assert_gaps(at_most=2.0, tolerance=0.5)
    assert failure(BUSY.assert_gaps, at_least=0.5) == (
        "handler 'x': expected gaps of at least 0.5 s, 2 of 4 are not: "
        "0.25 s from calls[0] to calls[1], 0.25 s too short; "
        "0.25 s from calls[1] to calls[2], 0.25 s too short"
    )
    BUSY.assert_waits(exactly=[0.0, 0.2, 0.0, 2.25], tolerance=0.05)
    assert failure(BUSY.assert_waits, at_least=[0.0, 0.25, 0.0, 2.5]) == (
        "handler 'x': expected waits of at least 0, 0.25, 0, 2.5 s, got 0, 0.1875, 0, 2.25 s: "
        "0.1875 s from calls[1] to calls[2], 0.0625 s too short; "
        "2.25 s from calls[3] to calls[4], 0.25 s too short"
    )
    for calls in (NONE, ONE):
        for check, noun in ((calls.assert_gaps, "gaps"), (calls.assert_waits, "waits")):
            assert failure(check, at_least=0) == (
                f"handler 'x': expected {noun} of at least 0 s, "
                "got none: there were fewer than two calls"
            )


def test_connections() -> None:
    BUSY.assert_connections(exactly=3)
    BUSY.assert_connections(at_least=2, at_most=3)
    NONE.assert_connections(exactly=0)
    ONE.assert_connections(exactly=1)
    assert failure(BUSY.assert_connections, exactly=1) == (
        "handler 'x': expected exactly 1 connection(s), got 3: "
        "3, 1, 1 call(s) on each, in order of their first"
    )
    assert failure(NONE.assert_connections, at_least=1) == (
        "handler 'x': expected at least 1 connection(s), got 0"
    )
    many = traffic(*range(30), connections=range(30))
    assert failure(many.assert_connections, at_most=1).endswith(
        "got 30: 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, ... 20 more call(s) on each, in order of their first"
    )


@pytest.mark.parametrize(
    ("name", "given", "text"),
    [
        ("assert_rate", {}, "nothing to assert: give at_least= or at_most="),
        ("assert_rate", {"at_most": -1}, "at_most=-1 is negative"),
        ("assert_rate", {"at_most": 1, "per": 0}, "per=0 is not a length in seconds"),
        ("assert_in_flight", {}, "nothing to assert: give exactly=, at_least= or at_most="),
        ("assert_in_flight", {"at_least": 2, "at_most": 1}, "at_least=2 is more than at_most=1"),
        ("assert_gaps", {}, "nothing to assert: give exactly=, at_least= or at_most="),
        ("assert_gaps", {"at_least": -1}, "at_least: -1 is not a time in seconds"),
        ("assert_waits", {"exactly": 1}, "exactly= needs a tolerance="),
        ("assert_connections", {"exactly": -1}, "exactly=-1 is negative"),
    ],
)
@pytest.mark.parametrize("calls", [NONE, BUSY], ids=["none", "busy"])
def test_bounds_that_make_no_sense(
    calls: Traffic, name: str, given: dict[str, Any], text: str
) -> None:
    with pytest.raises(ValueError) as caught:
        getattr(calls, name)(**given)
    assert str(caught.value).startswith(text)


def test_exactly_needs_no_name() -> None:
    BUSY.assert_connections(3)
    BUSY.assert_in_flight(2)
    BUSY.assert_gaps([0.25, 0.25, 1.0, 2.5], tolerance=0.01)
    BUSY.assert_waits([0.0, 0.1875, 0.0, 2.25], tolerance=0.01)


def test_calls_without_a_subject() -> None:
    assert Traffic(Columns([])).subject == "all calls"


def test_times_that_are_no_numbers_are_told_by_name() -> None:
    text: Any = "1"
    with pytest.raises(TypeError, match=r"^per='1' is not a time in seconds: give a number$"):
        BUSY.rates(text)
    with pytest.raises(TypeError, match=r"^tolerance='1' is not a time in seconds: give a number$"):
        BUSY.assert_gaps(1, tolerance=text)


async def test_the_bytes_of_a_request_are_those_of_its_record() -> None:
    packed = gzip.compress(b"x" * 1000)
    head = b"POST /a HTTP/1.1\r\nHost: x\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n"
    async with calling() as call, raw_client(call.service.url) as client:
        await client.ask(head % len(packed) + packed)
        assert call.service.calls("a").traffic().bytes_in.total == len(head % len(packed)) + 1000
