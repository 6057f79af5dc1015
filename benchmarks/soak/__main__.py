"""The command line: run the phases, print what they found; the exit status is 1 for a wrong one."""

from __future__ import annotations

import argparse
import resource
import sys
from collections.abc import Awaitable, Callable

import uvloop

from benchmarks.errors import BenchmarkError
from benchmarks.soak import phases
from benchmarks.soak.client import Server, server_process
from benchmarks.soak.phases import Row
from benchmarks.soak.server import serve

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
    top.add_argument("--seconds", type=float, default=10, help="of the phases that last")
    top.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    return top


def _open_files() -> int:
    """Allow as many open files as may be, and return how many."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard if hard > 0 else 1 << 20


def _phases(given: argparse.Namespace) -> dict[str, Callable[[Server], Awaitable[list[Row]]]]:
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
    }


def _tell(row: Row) -> None:
    mark = "WRONG" if row.wrong else "over" if row.over else ""
    print(f"  {row.what:<52}{row.figure:>24}  {row.target:<12}{mark}", flush=True)


async def _run(given: argparse.Namespace) -> bool:
    """Run the phases, each against a server of its own; true if no count was wrong."""
    wanted = _phases(given)
    unknown = set(given.phase) - set(wanted)
    if unknown:
        raise BenchmarkError(f"no phase is called {sorted(unknown)}; there are: {list(wanted)}")
    right = True
    for name in given.phase or wanted:
        print(name, flush=True)
        with server_process() as server:
            for row in await wanted[name](server):
                _tell(row)
                right = right and not row.wrong
    return right


def main() -> int:
    """Run and return the exit status."""
    given = _parser().parse_args()
    if given.serve:
        _open_files()
        uvloop.run(serve())
        return 0
    try:
        return 0 if uvloop.run(_run(given)) else 1
    except BenchmarkError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
