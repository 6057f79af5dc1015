"""The measurements by name, as `thresholds.toml` refers to them.

Each takes a scenario and an effort (1 for a first look, more for a longer one) and returns figures
of ours and of the baseline, in pairs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from benchmarks import measure
from benchmarks.gates import Figures, Measure
from benchmarks.load.run import default_client
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
from benchmarks.process import Implementation, Run
from benchmarks.timing import time_in_turn

FEW: Final = 10_000
MANY: Final = 1_000_000
ASSERTED: Final = 100_000


def _rounds(base: int, effort: float) -> int:
    return int(base * effort)


def _wire(
    scenario: str, baseline: Implementation, effort: float
) -> tuple[Sequence[Run], Sequence[Run]]:
    runs = measure.wire(
        scenario,
        ["asyncly", baseline],
        rounds=_rounds(5, effort),
        seconds=0.6,
        client=default_client(),
    )
    return runs["asyncly"], runs[baseline]


def cpu(scenario: str, effort: float) -> Figures:
    """Server CPU per request, beside the published package."""
    ours, theirs = _wire(scenario, "reference", effort)
    return Figures([run.cpu for run in ours], [run.cpu for run in theirs])


def cpu_to_bare(scenario: str, effort: float) -> Figures:
    """Server CPU per request, beside the bare protocol."""
    ours, theirs = _wire(scenario, "bare", effort)
    return Figures([run.cpu for run in ours], [run.cpu for run in theirs])


def p99_to_bare(scenario: str, effort: float) -> Figures:
    """p99 as the client sees it, beside the bare protocol."""
    ours, theirs = _wire(scenario, "bare", effort)
    return Figures([run.p99 for run in ours], [run.p99 for run in theirs])


def cpu_to_own(scenario: str, effort: float) -> Figures:
    """Server CPU per request in one scenario, beside ours in another: `<one> to <other>`."""
    one, _, other = scenario.partition(" to ")
    ours, theirs = measure.wire_of_two(
        (one, other), rounds=_rounds(5, effort), seconds=0.6, client=default_client()
    )
    return Figures([run.cpu for run in ours], [run.cpu for run in theirs])


def memory(scenario: str, effort: float) -> Figures:
    """Resident memory per recorded request, beside the published package."""
    kept = measure.memory(
        scenario, ["asyncly", "reference"], count=int(30_000 * effort), client=default_client()
    )
    return Figures([kept["asyncly"]], [kept["reference"]])


def flatness(scenario: str, effort: float) -> Figures:
    """p99 with many requests on record, beside the same with few."""
    many, few = measure.flatness(
        scenario,
        few=FEW,
        many=MANY,
        rounds=_rounds(7, effort),
        count=FEW,
        client=default_client(),
    )
    return Figures([run.p99 for run in many], [run.p99 for run in few])


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


def start_and_close(scenario: str, effort: float) -> Figures:
    """Starting and closing a service, beside the published package."""
    figures = measure.start_and_close(
        ["asyncly", "reference"], rounds=_rounds(5, effort), repeat=200
    )
    return Figures(figures["asyncly"], figures["reference"])


def import_time(scenario: str, effort: float) -> Figures:
    """Milliseconds that the import adds to aiohttp's."""
    return Figures(measure.import_time(["asyncly"], rounds=_rounds(11, effort))["asyncly"])


MEASURES: Final[Mapping[str, Measure]] = {
    "cpu": cpu,
    "cpu-to-bare": cpu_to_bare,
    "cpu-to-own": cpu_to_own,
    "p99-to-bare": p99_to_bare,
    "memory": memory,
    "flatness": flatness,
    "dispatch": dispatch,
    "assert-json": assert_json,
    "assert-times": assert_times,
    "start-and-close": start_and_close,
    "import": import_time,
}
