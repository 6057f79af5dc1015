"""Measurements over the wire and of whole processes, interleaved: A B A B, not A A B B.

Units: CPU and latencies in microseconds, memory in bytes, start-up in microseconds, imports in
milliseconds.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Generator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks.certificate import certificate
from benchmarks.load.run import Client
from benchmarks.process import (
    CHILD,
    Implementation,
    Run,
    ServerProcess,
    child_environment,
    interpreter,
    server,
)
from benchmarks.scenarios import SCENARIOS

PIPELINE: Final = 16
"""How deep a history is filled before a measurement; measured runs are not pipelined."""


_MANY_HANDLERS: Final = 1_000


@contextmanager
def servers(
    scenario: str, implementations: Sequence[Implementation], client: Client
) -> Generator[list[ServerProcess]]:
    """Servers of one scenario, side by side, warmed up."""
    with ExitStack() as stack:
        file: Path | None = None
        if SCENARIOS[scenario].tls:
            file = stack.enter_context(certificate())
        started = [
            stack.enter_context(server(implementation, scenario, client, file))
            for implementation in implementations
        ]
        for each in started:
            each.run(32)
        yield started


def count_for(target: ServerProcess, seconds: float) -> int:
    """How many requests keep a server busy for about so many seconds."""
    rate = target.run(64).rate
    rate = target.run(max(64, int(rate * min(seconds, 0.3)))).rate
    return max(64, int(rate * seconds))


def wire(
    scenario: str,
    implementations: Sequence[Implementation],
    *,
    rounds: int,
    seconds: float,
    client: Client,
) -> dict[Implementation, list[Run]]:
    """Runs of about `seconds` each, in turn; run `n` of one pairs with run `n` of another."""
    with servers(scenario, implementations, client) as started:
        runs = _in_turn(started, rounds, seconds)
    return dict(zip(implementations, runs, strict=True))


def wire_of_two(
    scenarios: tuple[str, str], *, rounds: int, seconds: float, client: Client
) -> tuple[list[Run], list[Run]]:
    """The same of this project's server in two scenarios."""
    with (
        servers(scenarios[0], ["asyncly"], client) as one,
        servers(scenarios[1], ["asyncly"], client) as other,
    ):
        first, second = _in_turn([*one, *other], rounds, seconds)
    return first, second


def _in_turn(started: Sequence[ServerProcess], rounds: int, seconds: float) -> list[list[Run]]:
    counts = [count_for(each, seconds) for each in started]
    runs: list[list[Run]] = [[] for _ in started]
    for _ in range(rounds):
        for each, count, into in zip(started, counts, runs, strict=True):
            # With thousands of handlers a run after it would measure the making of as many
            # sequences, one for the first call of each.
            if len(each.scenario.routes) < _MANY_HANDLERS:
                each.forget()
            into.append(each.run(count))
    return runs


def memory(
    scenario: str, implementations: Sequence[Implementation], *, count: int, client: Client
) -> dict[Implementation, float]:
    """Resident bytes that each of `count` recorded requests adds, after a garbage collection."""
    kept: dict[Implementation, float] = {}
    with servers(scenario, implementations, client) as started:
        for each in started:
            # First fill what does not grow with the history: pools, caches, arenas.
            each.run(4_096, pipeline=PIPELINE)
            before = each.collect()
            ran = each.run(count, pipeline=PIPELINE)
            after = each.collect()
            kept[each.implementation] = (after.resident - before.resident) / ran.requests
    return kept


def flatness(
    scenario: str,
    *,
    few: int,
    many: int,
    rounds: int,
    count: int,
    client: Client,
    implementation: Implementation = "asyncly",
) -> tuple[list[Run], list[Run]]:
    """Runs with `many` requests on record, each beside one with `few`: (with many, with few)."""
    with_many: list[Run] = []
    with_few: list[Run] = []
    with servers(scenario, [implementation, implementation], client) as (full, fresh):
        full.run(many - 32, pipeline=PIPELINE)
        for _ in range(rounds):
            with_many.append(full.run(count))
            fresh.forget()
            fresh.run(few, pipeline=PIPELINE)
            with_few.append(fresh.run(count))
    return with_many, with_few


def start_and_close(
    implementations: Sequence[Implementation], *, rounds: int, repeat: int
) -> dict[Implementation, list[float]]:
    """Median microseconds of `async with start_service(…): pass`, one figure a process."""
    figures: dict[Implementation, list[float]] = {each: [] for each in implementations}
    for _ in range(rounds):
        for each in implementations:
            command = [str(interpreter(each)), "-I", str(CHILD), "startup", f"--repeat={repeat}"]
            figures[each].append(median(_figures(command)))
    return figures


_TIMED_IMPORT: Final = """
import json, sys, time
sys.path.append(sys.argv[1])
began = time.perf_counter()
import aiohttp
between = time.perf_counter()
import asyncly.srvmocker
ended = time.perf_counter()
print(json.dumps([(ended - between) * 1e3, (between - began) * 1e3]))
"""


def import_time(
    implementations: Sequence[Implementation], *, rounds: int
) -> Mapping[Implementation, list[float]]:
    """Milliseconds that `import asyncly.srvmocker` adds to `import aiohttp`, one a process."""
    figures: dict[Implementation, list[float]] = {each: [] for each in implementations}
    root = str(CHILD.parent.parent)
    for n in range(rounds + 1):
        for each in implementations:
            added, _ = _figures([str(interpreter(each)), "-I", "-c", _TIMED_IMPORT, root])
            if n:  # the first may have compiled the modules
                figures[each].append(added)
    return figures


def _figures(command: list[str]) -> list[float]:
    done = subprocess.run(
        command, stdout=subprocess.PIPE, text=True, check=True, env=child_environment()
    )
    figures: list[float] = json.loads(done.stdout)
    return figures
