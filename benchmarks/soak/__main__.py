"""The command line: run the phases, print what they found; the exit status is 1 if one failed."""

from __future__ import annotations

import argparse
import asyncio
import resource
import sys
from collections.abc import Awaitable, Callable
from functools import partial

import uvloop

from benchmarks.errors import BenchmarkError
from benchmarks.soak import limits, phases
from benchmarks.soak.client import Server, server_process
from benchmarks.soak.server import serve
from benchmarks.soak.verdict import Row, Verdict, counted, judge

Phase = Callable[[Server], Awaitable[list[Row]]]

_SPARE = 600  # descriptors that are not connections


def _parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    top.add_argument("phase", nargs="*", help="only these phases")
    top.add_argument("--count", type=int, default=10_000_000, help="numbered requests")
    top.add_argument("--connections", type=int, default=500)
    top.add_argument("--leaving", type=int, default=2000)
    top.add_argument("--slow", type=int, default=400)
    top.add_argument("--idle", type=int, default=10_000)
    top.add_argument("--delayed", type=int, default=5000)
    top.add_argument("--pending", type=int, default=5000, help="of each kind that waits")
    top.add_argument("--seconds", type=float, default=10, help="of the phases that last")
    top.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    return top


def _open_files() -> int:
    """Allow as many open files as may be, and return how many."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard if hard > 0 else 1 << 20


def _phases(given: argparse.Namespace) -> dict[str, Phase]:
    most = _open_files() - _SPARE
    idle = min(given.idle, most - 500)
    return {
        "exact": lambda server: phases.exact(server, given.count, given.connections),
        "leaving": lambda server: phases.leaving(server, given.leaving),
        "slow": lambda server: phases.slow(server, given.slow, given.seconds),
        "never-reading": lambda server: phases.never_reading(server, given.seconds / 2),
        "idle": lambda server: phases.idle(server, idle, "plain"),
        "idle-parsed": lambda server: phases.idle(server, idle, "parsed"),
        "idle-aiohttp": lambda server: phases.idle(server, idle, "aiohttp"),
        "delayed": lambda server: phases.delayed(server, min(given.delayed, most)),
        "pending": lambda server: phases.pending(server, min(given.pending, most // 3 - 200)),
    }


async def _found(name: str, phase: Phase, seconds: float) -> list[Row]:
    """Run a phase against a server of its own, which must not have complained of anything."""
    with server_process() as server:
        patience = None if name == "exact" else seconds + limits.PATIENCE
        async with asyncio.timeout(patience):
            rows = await phase(server)
        said = server.complaint()
        print(said, end="", file=sys.stderr, flush=True)
        return [*rows, counted("lines that the server wrote to stderr", said.count("\n"), 0)]


def _run(given: argparse.Namespace) -> int:
    """Run the phases; the exit status is 1 if one of them failed."""
    wanted = _phases(given)
    unknown = set(given.phase) - set(wanted)
    if unknown:
        raise BenchmarkError(f"no phase is called {sorted(unknown)}; there are: {list(wanted)}")
    verdicts: list[Verdict] = []
    for name in given.phase or wanted:

        def run(name: str = name) -> list[Row] | str:
            try:
                return uvloop.run(_found(name, wanted[name], given.seconds))
            except (BenchmarkError, OSError, TimeoutError) as error:
                return f"{type(error).__name__}: {error}"

        verdicts.append(judge(name, run, partial(print, flush=True)))
    print("\n".join(map(str, verdicts)))
    return int(any(verdict.failures for verdict in verdicts))


def main() -> int:
    """Run and return the exit status."""
    given = _parser().parse_args()
    if given.serve:
        _open_files()
        uvloop.run(serve())
        return 0
    try:
        return _run(given)
    except BenchmarkError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
