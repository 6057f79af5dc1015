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
from benchmarks.errors import BenchmarkError
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

Target = tuple[Implementation, str]
"""A server: an implementation in a scenario."""

PIPELINE: Final = 16
"""How deep a history is filled before a measurement; measured runs are not pipelined."""

_MOST_OF_REFERENCE: Final = 30_000
"""A record of the published package is so large that the growth by so many is exact enough."""


@contextmanager
def servers(targets: Sequence[Target], client: Client) -> Generator[list[ServerProcess]]:
    """Servers, side by side, warmed up."""
    with ExitStack() as stack:
        file: Path | None = None
        started: list[ServerProcess] = []
        for implementation, scenario in targets:
            tls = SCENARIOS[scenario].tls
            if tls and file is None:
                file = stack.enter_context(certificate())
            started.append(
                stack.enter_context(server(implementation, scenario, client, file if tls else None))
            )
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
    """One scenario with several implementations, see `side_by_side`."""
    runs = side_by_side(
        [(each, scenario) for each in implementations],
        rounds=rounds,
        seconds=seconds,
        client=client,
    )
    return {implementation: own for (implementation, _), own in runs.items()}


def side_by_side(
    targets: Sequence[Target],
    *,
    rounds: int,
    seconds: float,
    client: Client,
    of_reference: float | None = None,
) -> dict[Target, list[Run]]:
    """Runs of about `seconds` each, in turn; run `n` of one pairs with run `n` of another.

    Nothing is forgotten in between: the record grows from run to run, as in a test that sends many
    requests. Runs of the published package may be longer, so that its record becomes one.
    """
    with servers(targets, client) as started:
        counts = [
            count_for(each, of_reference or seconds)
            if each.implementation == "reference"
            else count_for(each, seconds)
            for each in started
        ]
        runs: list[list[Run]] = [[] for _ in started]
        for _ in range(rounds):
            for each, count, into in zip(started, counts, runs, strict=True):
                into.append(each.run(count))
    return dict(zip(targets, runs, strict=True))


def memory(
    scenario: str, implementations: Sequence[Implementation], *, count: int, client: Client
) -> dict[Implementation, float]:
    """Resident bytes that each of `count` recorded requests adds, after a garbage collection."""
    kept: dict[Implementation, float] = {}
    with servers([(each, scenario) for each in implementations], client) as started:
        for each in started:
            most = _MOST_OF_REFERENCE if each.implementation == "reference" else count
            # First fill what does not grow with the history: pools, caches, arenas.
            each.run(4_096, pipeline=PIPELINE)
            before = each.collect()
            ran = each.run(min(count, most), pipeline=PIPELINE)
            after = each.collect()
            kept[each.implementation] = (after.resident - before.resident) / ran.requests
    return kept


def flatness(
    scenario: str,
    *,
    few: int,
    many: Sequence[int],
    rounds: int,
    count: int,
    client: Client,
) -> dict[int, tuple[list[Run], list[Run]]]:
    """Runs with many requests on record, each beside one with `few`.

    For each size in `many`, which rise: the runs with so many, and those with few.

    Raises:
        BenchmarkError: so many are on record already.
    """
    runs: dict[int, tuple[list[Run], list[Run]]] = {}
    recorded = 32
    with servers([("asyncly", scenario), ("asyncly", scenario)], client) as (full, fresh):
        for size in many:
            if size <= recorded:
                raise BenchmarkError(f"{recorded:,} on record are too many to measure {size:,}")
            recorded += full.run(size - recorded, pipeline=PIPELINE).requests
            with_many, with_few = runs[size] = [], []
            for _ in range(rounds):
                with_many.append(full.run(count))
                recorded += count
                fresh.forget()
                fresh.run(few, pipeline=PIPELINE)
                with_few.append(fresh.run(count))
    return runs


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
