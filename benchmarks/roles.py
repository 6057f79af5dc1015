"""What a child process can be told to do; each role prints JSON on its stdout."""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

import uvloop

from benchmarks.plan import LoadPlan

IMPLEMENTATIONS = ("asyncly", "reference", "aiohttp", "bare")
STATES = ("asyncly-off", "asyncly-waiting", "asyncly-keeping")
"""What verification does in this project: nothing, as usual with waiters, or with a bound."""


def main(arguments: list[str]) -> None:
    """Run the role that the command line names."""
    parser = argparse.ArgumentParser(prog="benchmarks/child.py")
    roles = parser.add_subparsers(dest="role", required=True)
    serve = roles.add_parser("serve")
    serve.add_argument("--implementation", choices=IMPLEMENTATIONS + STATES, required=True)
    serve.add_argument("--scenario", required=True)
    serve.add_argument("--certificate", type=Path)
    roles.add_parser("delayed")
    startup = roles.add_parser("startup")
    startup.add_argument("--repeat", type=int, required=True)
    load = roles.add_parser("load")
    load.add_argument("--port", type=int, required=True)
    load.add_argument("--plan", type=Path, required=True)
    load.add_argument("--certificate", type=Path)
    stream = roles.add_parser("stream")
    stream.add_argument("--by", choices=("asyncly", "aiohttp"), required=True)
    stream.add_argument("--what", choices=("events", "messages"), required=True)
    read = roles.add_parser("read")
    read.add_argument("--port", type=int, required=True)
    read.add_argument("--what", choices=("events", "messages"), required=True)
    given = parser.parse_args(arguments)
    # Imported where needed: the process of one role does not pay for the imports of another.
    if given.role == "serve":
        from benchmarks.servers.control import serve_until_told  # noqa: PLC0415  # see above

        work = serve_until_told(given.implementation, given.scenario, given.certificate)
    elif given.role == "delayed":
        from benchmarks.servers.delayed import serve_delayed  # noqa: PLC0415  # see above

        work = serve_delayed()
    elif given.role == "startup":
        from benchmarks.servers.startup import time_start_and_close  # noqa: PLC0415  # see above

        work = time_start_and_close(given.repeat)
    elif given.role == "stream":
        from benchmarks.servers.streaming import serve_streams  # noqa: PLC0415  # see above

        work = serve_streams(given.by, given.what)
    elif given.role == "read":
        from benchmarks.load.streaming import read_streams  # noqa: PLC0415  # see above

        work = read_streams(given.port, given.what)
    else:
        from benchmarks.load.client import drive  # noqa: PLC0415  # see above

        plan = LoadPlan.decode(given.plan.read_bytes())
        work = drive(given.port, plan, given.certificate)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)
