"""What a report is made of: plain values, and columns of one entry a call.

Invariants: counts are exact, whatever the history kept; columns hold the calls that were kept, in
order of arrival. Texts may hold anything that came over the wire, lone surrogates too: who writes
them out makes them fit. All times are seconds on one clock, whose zero is `epoch`.
"""

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import isfinite
from operator import le
from typing import Final

__all__ = (
    "CallDetail",
    "Failure",
    "HandlerCounts",
    "Injected",
    "Refused",
    "ReportData",
    "Traffic",
    "Unmatched",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandlerCounts:
    """The counters of one handler, which stay exact when calls are not kept.

    Args:
        name: The handler's name.
        calls: How many calls it had.
        statuses: How many of them were answered with each status.
        outcomes: How many of them ended in each way (`answered`, `client gone`, ...).
    """

    name: str
    calls: int
    statuses: Mapping[int, int] = field(default_factory=dict[int, int])
    outcomes: Mapping[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True, kw_only=True)
class Injected:
    """How often something was injected, exactly.

    Args:
        name: The injection's name.
        handlers: How many calls of which handler it answered.
    """

    name: str
    handlers: Mapping[str, int] = field(default_factory=dict[str, int])

    @property
    def calls(self) -> int:
        """How many calls it answered."""
        return sum(self.handlers.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    """A request that no route took.

    Args:
        at: When it arrived.
        method: Its method.
        target: Its target, as the client wrote it.
        status: What it was answered with.
        reason: Why no route took it; the first line is a summary, more may follow.
    """

    at: float
    method: str
    target: str
    status: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A stream that was refused, because it was not HTTP that the server takes.

    Args:
        at: When it was refused; `None` if that is not known.
        status: What it was answered with.
        reason: Why.
        start: The first bytes of it.
    """

    at: float | None
    status: int
    reason: str
    start: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """An exception that kept a handler from answering.

    Args:
        at: When the call arrived; `None` if that is not known.
        handler: The handler's name; empty where a route's own predicate failed.
        method: The method of the call.
        target: Its target.
        error: The type of the exception.
        text: What it said.
        trace: Where it was raised, as a traceback shows it.
    """

    at: float | None
    handler: str
    method: str
    target: str
    error: str
    text: str
    trace: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDetail:
    """One call, shown in full.

    Args:
        at: When it arrived.
        handler: The handler that it went to.
        method: Its method.
        target: Its target.
        status: What it was answered with; 0 if it was not.
        duration: Seconds from its arrival to its answer; `None` if that is not known.
        headers: Its header fields, in order.
        body: Its body, or the first part of it; `None` if bodies are not kept.
        body_size: How many bytes the whole body had; `None`: as many as `body` has.
        injected: The name of the injection that answered it; `None` if none did.
    """

    at: float
    handler: str
    method: str
    target: str
    status: int
    duration: float | None = None
    headers: Sequence[tuple[str, str]] = ()
    body: bytes | None = None
    body_size: int | None = None
    injected: str | None = None

    @property
    def whole_size(self) -> int | None:
        """How many bytes the whole body had; `None` if nobody knows."""
        kept = None if self.body is None else len(self.body)
        return kept if self.body_size is None else max(self.body_size, kept or 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """What was seen of the connections; `None` is not known, and is not shown.

    Args:
        connections: How many were opened.
        most_on_one: The most requests that came over one connection.
        most_in_flight: The most calls that waited for their answer at one time.
        peak_rate: The most calls that arrived in any second.
        bytes_in: Bytes received.
        bytes_out: Bytes sent.
    """

    connections: int | None = None
    most_on_one: int | None = None
    most_in_flight: int | None = None
    peak_rate: float | None = None
    bytes_in: int | None = None
    bytes_out: int | None = None


def _times() -> "array[float]":
    return array("d")


def _numbers() -> "array[int]":
    return array("I")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportData:
    """Everything that a report says.

    Args:
        service: The base URL of the service.
        title: What ran, such as the name of a test; may be empty.
        generator: What made the report, with its version.
        epoch: When the clock of all other times was zero, in seconds of Unix time.
        made: When the report was made, on that clock.
        handlers: The counters of every declared handler, in the order of their declaration.
        times: When each kept call arrived; never decreasing.
        handler_of: The place of each kept call's handler in `handlers`.
        statuses: What each kept call was answered with; 0 if it was not.
        durations: Seconds from each kept call's arrival to its answer, with the delays that the
            mock was told to make; NaN where there was no answer. Empty if none are known.
        own_times: Of these, the seconds that the mock itself took; NaN and empty likewise.
        unmatched: The last requests that no route took, oldest first.
        unmatched_total: How many there were in all; `None`: as many as are listed.
        refused: The last streams that were refused, oldest first.
        refused_total: How many there were in all; `None`: as many as are listed.
        failures: The last exceptions in handlers, oldest first.
        failures_total: How many there were in all; `None`: as many as are listed.
        last: The last calls, oldest first.
        account: What became of all requests, by name (`received`, `answered`, ...).
        traffic: What was seen of the connections.
        injections: What was injected, in the order in which it was switched on.

    Raises:
        ValueError: The columns do not fit each other, or times go backwards.
    """

    service: str
    epoch: float
    made: float
    title: str = ""
    generator: str = "asyncly"
    handlers: Sequence[HandlerCounts] = ()
    times: "array[float]" = field(default_factory=_times)
    handler_of: "array[int]" = field(default_factory=_numbers)
    statuses: "array[int]" = field(default_factory=_numbers)
    durations: "array[float]" = field(default_factory=_times)
    own_times: "array[float]" = field(default_factory=_times)
    unmatched: Sequence[Unmatched] = ()
    unmatched_total: int | None = None
    refused: Sequence[Refused] = ()
    refused_total: int | None = None
    failures: Sequence[Failure] = ()
    failures_total: int | None = None
    last: Sequence[CallDetail] = ()
    account: Mapping[str, int] = field(default_factory=dict[str, int])
    traffic: Traffic = field(default_factory=Traffic)
    injections: Sequence[Injected] = ()

    def __post_init__(self) -> None:
        kept = len(self.times)
        columns = {
            "handler_of": (len(self.handler_of), {kept}),
            "statuses": (len(self.statuses), {kept}),
            "durations": (len(self.durations), {0, kept}),
            "own_times": (len(self.own_times), {0, kept}),
        }
        for name, (length, wanted) in columns.items():
            if length not in wanted:
                raise ValueError(f"{name} has {length} entries, times has {kept}")
        totals = {
            "unmatched_total": (self.unmatched_total, len(self.unmatched)),
            "refused_total": (self.refused_total, len(self.refused)),
            "failures_total": (self.failures_total, len(self.failures)),
        }
        for name, (total, listed) in totals.items():
            if total is not None and total < listed:
                raise ValueError(f"{name} is {total}, and {listed} are listed")
        if kept:
            _check_calls(self)

    @property
    def all_unmatched(self) -> int:
        """How many requests no route took."""
        return len(self.unmatched) if self.unmatched_total is None else self.unmatched_total

    @property
    def all_refused(self) -> int:
        """How many streams were refused."""
        return len(self.refused) if self.refused_total is None else self.refused_total

    @property
    def all_failures(self) -> int:
        """How many exceptions there were in handlers."""
        return len(self.failures) if self.failures_total is None else self.failures_total


_SPAN: Final = 1e9
"""Seconds, some thirty years: times further apart are no times of one run."""


def _check_calls(data: ReportData) -> None:
    times = data.times
    # NaN compares with nothing, so it is found here too.
    ordered = all(map(le, times, islice(times, 1, None)))
    if not ordered or not isfinite(times[0]) or not times[-1] - times[0] < _SPAN:
        raise ValueError("times are finite and never decrease")
    if not 0 <= min(data.handler_of) <= max(data.handler_of) < len(data.handlers):
        raise ValueError(f"handler_of names one of {len(data.handlers)} handlers by its place")
    if min(data.statuses) < 0:
        raise ValueError("statuses are status codes, or 0")
