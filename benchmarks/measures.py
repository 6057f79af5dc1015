"""The measurements by name, as `thresholds.toml` refers to them.

Each takes a scenario and an effort (1 for a first look, more for a longer one) and returns figures
of ours and of the baseline, in pairs. What several gates ask for is measured once: all servers of a
scenario are up side by side, and each gate compares two of them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Final

from benchmarks import measure, streaming, verification
from benchmarks.delayed import Delayed, delayed
from benchmarks.gates import Figures, Measure
from benchmarks.load.run import default_client
from benchmarks.pace import paced
from benchmarks.parts import (
    REPETITIONS,
    TRAFFICS,
    Pair,
    Repetition,
    Traffic,
    assert_json_pair,
    assert_times_pair,
    dispatch_pair,
)
from benchmarks.process import Implementation, Run, costs
from benchmarks.scenarios import SCENARIOS
from benchmarks.timing import time_in_turn
from benchmarks.verification import CALLS, FAILURES, LIKENESSES, Failure, Likeness

FEW: Final = 10_000
MANY: Final = (1_000_000, 5_000_000)
FLAT_ROUNDS: Final = 9
KEPT: Final = 500_000
ASSERTED: Final = 100_000


def _rounds(base: int, effort: float) -> int:
    return max(1, int(base * effort))


_OURS: Final = "asyncly"
_USUAL: Final[tuple[Implementation, ...]] = (_OURS, "bare", "reference")
_SECONDS: Final = 0.4
_SECONDS_OF_REFERENCE: Final = 1.2
"""The record that it keeps costs it more and more, up to a hundred thousand or so: in five runs of
this length it keeps as many."""
_LARGE: Final = "indexed-10000"
_SMALL: Final = "indexed-20"
# What a scenario is compared with, where it is not the usual: the published package takes 20 ms for
# each request among 10,000 matchers.
_BESIDE: Final[Mapping[str, Sequence[measure.Target]]] = {
    _LARGE: ((_OURS, _LARGE), ("bare", _LARGE), (_OURS, _SMALL)),
    "connect": ((_OURS, "connect"), ("aiohttp", "connect")),
}


@cache
def _wire(scenario: str, effort: float) -> Mapping[measure.Target, Sequence[Run]]:
    # A longer look has longer runs, not more of them: a run that is too short to have met what
    # holds up a server now and then has a p99 of its own, and so does its neighbour.
    longer = max(1.0, effort)
    return measure.side_by_side(
        _BESIDE.get(scenario) or [(each, scenario) for each in _USUAL],
        rounds=_rounds(5, min(1.0, effort)),
        seconds=_SECONDS * longer,
        of_reference=_SECONDS_OF_REFERENCE * longer,
        client=default_client(),
    )


def _cpu(scenario: str, effort: float, baseline: measure.Target) -> Figures:
    runs = _wire(scenario, effort)
    return Figures(costs(_OURS, runs[_OURS, scenario]), costs(baseline[0], runs[baseline]))


def cpu(scenario: str, effort: float) -> Figures:
    """Server CPU per request, beside the published package."""
    return _cpu(scenario, effort, ("reference", scenario))


def cpu_to_bare(scenario: str, effort: float) -> Figures:
    """Server CPU per request, beside the bare protocol."""
    return _cpu(scenario, effort, ("bare", scenario))


def cpu_to_aiohttp(scenario: str, effort: float) -> Figures:
    """Server CPU per request, beside a plain application of aiohttp's."""
    return _cpu(scenario, effort, ("aiohttp", scenario))


def cpu_to_few(scenario: str, effort: float) -> Figures:
    """Server CPU per request with 10,000 matchers, beside ours with 20."""
    return _cpu(scenario, effort, (_OURS, _SMALL))


def p99_to_bare(scenario: str, effort: float) -> Figures:
    """p99 as the client sees it, beside the bare protocol."""
    runs = _wire(scenario, effort)
    return Figures(
        [run.p99 for run in runs[_OURS, scenario]], [run.p99 for run in runs["bare", scenario]]
    )


@cache
def _memory(scenario: str, effort: float) -> Mapping[Implementation, float]:
    return measure.memory(
        scenario, [_OURS, "reference"], count=int(KEPT * effort), client=default_client()
    )


def memory(scenario: str, effort: float) -> Figures:
    """Resident memory per recorded request, beside the published package."""
    kept = _memory(scenario, effort)
    return Figures([kept[_OURS]], [kept["reference"]])


def memory_kept(scenario: str, effort: float) -> Figures:
    """Resident memory per recorded request."""
    return Figures([_memory(scenario, effort)[_OURS]])


def memory_beyond_raw(scenario: str, effort: float) -> Figures:
    """The same less the bytes that the request had on the wire."""
    return Figures([_memory(scenario, effort)[_OURS] - SCENARIOS[scenario].raw_bytes])


def flatness(scenario: str, effort: float) -> Figures:
    """p99 with many requests on record, beside the same with few: `<scenario> <how many>`."""
    name, _, many = scenario.partition(" ")
    size = int(many.replace(",", ""))
    runs = measure.flatness(
        name,
        few=FEW,
        many=[size],
        rounds=_rounds(FLAT_ROUNDS, effort),
        count=FEW,
        client=default_client(),
    )
    with_many, with_few = runs[size]
    return Figures([run.p99 for run in with_many], [run.p99 for run in with_few])


def _pair(pair: Pair, effort: float, *, seconds: float = 0.1) -> Figures:
    pair.check()
    ours, theirs = time_in_turn(
        [pair.asyncly, pair.reference], rounds=_rounds(5, effort), seconds=seconds
    )
    return Figures(ours, theirs)


def dispatch(scenario: str, effort: float) -> Figures:
    """Dispatch alone; the scenario is `<matchers> <traffic>`."""
    matchers, _, name = scenario.partition(" ")
    traffic: Traffic = next(known for known in TRAFFICS if known == name)
    return _pair(dispatch_pair(int(matchers), traffic), effort)


def assert_json(scenario: str, effort: float) -> Figures:
    """`assert_called(json=…)` that none of 100,000 calls matches."""
    repetition: Repetition = next(known for known in REPETITIONS if known == scenario)
    return _pair(assert_json_pair(repetition, ASSERTED), effort)


def assert_times(scenario: str, effort: float) -> Figures:
    """`assert_called(times=…)` over many calls, beside the same over few."""
    many, few = assert_times_pair(ASSERTED), assert_times_pair(1_000)
    many.check()
    few.check()
    ours = time_in_turn([many.asyncly, few.asyncly], rounds=_rounds(9, effort), seconds=0.02)
    return Figures(*ours)


@cache
def _started(effort: float) -> Mapping[Implementation, Sequence[float]]:
    return measure.start_and_close([_OURS, "reference"], rounds=_rounds(5, effort), repeat=200)


def start_and_close(scenario: str, effort: float) -> Figures:
    """Starting and closing a service, beside the published package."""
    figures = _started(effort)
    return Figures(figures[_OURS], figures["reference"])


def start_and_close_alone(scenario: str, effort: float) -> Figures:
    """Microseconds of starting and closing a service."""
    return Figures(_started(effort)[_OURS])


def import_time(scenario: str, effort: float) -> Figures:
    """Milliseconds that the import adds to aiohttp's."""
    return Figures(measure.import_time([_OURS], rounds=_rounds(11, effort))[_OURS])


_OFF: Final = "asyncly-off"
_ON: Final[Mapping[str, Implementation]] = {
    "on": _OURS,
    "waiting": "asyncly-waiting",
    "keeping": "asyncly-keeping",
}


@cache
def _states(scenario: str, effort: float) -> Mapping[measure.Target, Sequence[Run]]:
    return measure.side_by_side(
        [(each, scenario) for each in (_OFF, *_ON.values())],
        rounds=_rounds(7, effort),
        seconds=_SECONDS,
        client=default_client(),
    )


def cpu_to_off(scenario: str, effort: float) -> Figures:
    """Server CPU per request, beside the same with verification off: `<scenario> <state>`."""
    name, _, state = scenario.partition(" ")
    runs = _states(name, effort)
    on, off = runs[_ON[state], name], runs[_OFF, name]
    return Figures([run.cpu for run in on], [run.cpu for run in off])


def _likeness(name: str) -> Likeness:
    return next(known for known in LIKENESSES if known == name)


def counting(scenario: str, effort: float) -> Figures:
    """Counting over a million calls, beside the same over a thousand."""
    return _pair(verification.counting_pair(CALLS, 1_000), effort, seconds=0.02)


def no_match(scenario: str, effort: float) -> Figures:
    """`assert_called(json=…)` that none of a million calls matches."""
    pair = verification.no_match_pair(_likeness(scenario), CALLS)
    return _pair(pair, effort * 0.6, seconds=0.05)


def _milliseconds(work: Callable[[], object], effort: float) -> Figures:
    took = time_in_turn([work], rounds=_rounds(5, effort), seconds=0.01)[0]
    return Figures([each / 1e3 for each in took])


def traffic_summary(scenario: str, effort: float) -> Figures:
    """Milliseconds of the traffic summary of a million calls, as text."""
    return _milliseconds(verification.summary(_likeness(scenario), CALLS), effort)


def failure(scenario: str, effort: float) -> Figures:
    """Milliseconds of an assertion over a million calls that fails: `<what>: <likeness>`."""
    what, _, likeness = scenario.partition(": ")
    kind: Failure = next(known for known in FAILURES if known == what)
    return _milliseconds(verification.failing(kind, _likeness(likeness), CALLS), effort)


@cache
def _report(scenario: str, effort: float) -> tuple[Sequence[float], int]:
    times = _rounds(3, effort)
    return verification.report_figures(_likeness(scenario), CALLS, times)


def report_time(scenario: str, effort: float) -> Figures:
    """Seconds of writing the HTML report of a million calls."""
    return Figures(_report(scenario, effort)[0])


def report_size(scenario: str, effort: float) -> Figures:
    """Megabytes of the same."""
    return Figures([_report(scenario, effort)[1] / 1e6])


def wake(scenario: str, effort: float) -> Figures:
    """Microseconds that waking a waiter adds to a call: `<how many more wait>`."""
    return Figures(
        verification.wake_times(int(scenario.split(maxsplit=1)[0].replace(",", "")), 500)
    )


def event_cpu(scenario: str, effort: float) -> Figures:
    """Server CPU for each server-sent event."""
    return Figures(*streaming.in_turn("events", ["asyncly"], _rounds(5, effort)))


_ENOUGH: Final = 1e6 / 50_000
"""Microseconds for a message that are few enough, whatever aiohttp needs."""


def message_cpu(scenario: str, effort: float) -> Figures:
    """Server CPU for each WebSocket message, beside aiohttp's, or what is enough."""
    ours, plain = streaming.in_turn("messages", ["asyncly", "aiohttp"], _rounds(5, effort))
    return Figures(ours, [max(each, _ENOUGH) for each in plain])


@cache
def _delayed(count: int, effort: float) -> Delayed:
    return delayed(count, _rounds(3, effort))


def delayed_cpu(scenario: str, effort: float) -> Figures:
    """Server CPU per delayed request, beside the undelayed: `<how many at once>`."""
    found = _delayed(int(scenario.split(maxsplit=1)[0].replace(",", "")), effort)
    return Figures(found.cpu, found.cpu_at_once)


def delayed_late(scenario: str, effort: float) -> Figures:
    """Milliseconds by which delayed answers come late, the 99th percentile."""
    return Figures(_delayed(int(scenario.split(maxsplit=1)[0].replace(",", "")), effort).late)


MEASURES: Final[Mapping[str, Measure]] = {
    "cpu": cpu,
    "cpu-to-bare": cpu_to_bare,
    "cpu-to-aiohttp": cpu_to_aiohttp,
    "cpu-to-few": cpu_to_few,
    "p99-to-bare": p99_to_bare,
    "memory": memory,
    "memory-kept": memory_kept,
    "memory-beyond-raw": memory_beyond_raw,
    "flatness": flatness,
    "dispatch": dispatch,
    "assert-json": assert_json,
    "assert-times": assert_times,
    "cpu-to-off": cpu_to_off,
    "counting": counting,
    "no-match": no_match,
    "traffic-summary": paced(traffic_summary),
    "failure": failure,
    "report-time": paced(report_time),
    "report-size": report_size,
    "wake": wake,
    "event-cpu": paced(event_cpu),
    "message-cpu": message_cpu,
    "delayed-cpu": delayed_cpu,
    "delayed-late": delayed_late,
    "start-and-close": start_and_close,
    "start-and-close-alone": start_and_close_alone,
    "import": paced(import_time),
}
