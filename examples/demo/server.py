"""The process with the mock service: started by the demonstration, steered through its pipes.

One JSON object a line on stdout, one word a line on stdin:

* at start it writes ``{"url": …, "loop": …}``;
* ``measure`` is answered with ``{"cpu": seconds, "memory": bytes}``, both since the process began;
* ``books`` is answered with ``{"recorded": {handler: [number, …]}, "history": count,
  "service": {what became of requests: count}}``;
* the end of stdin (the parent closed it, or died) ends the process.
"""

import argparse
import asyncio
import gc
import importlib.util
import json
import os
import resource
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import closing
from pathlib import Path

from asyncly.srvmocker import MockService, start_service
from examples.demo.catalogue import ID_HEADER, Case, catalogue

TAMPERING = ("lose", "double")


def loop_runner() -> tuple[str, Callable[[Coroutine[object, object, int]], int]]:
    """The name of the event loop and how to run on it: uvloop where it is installed."""
    if importlib.util.find_spec("uvloop") is None:
        return "asyncio", asyncio.run
    import uvloop  # noqa: PLC0415  # an extra: the demonstration runs without it too

    return "uvloop", uvloop.run


def measure() -> dict[str, float]:
    """CPU seconds and resident bytes of this process."""
    gc.collect()
    return {"cpu": time.process_time(), "memory": _resident()}


def _resident() -> int:
    """Resident memory now; where the system does not tell it, the highest so far."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def tamper(service: MockService, how: str) -> None:
    """Falsify the history by one request, to show that the demonstration notices."""
    calls = next(calls for calls in service.history_map.values() if calls)
    if how == "lose":
        del calls[-1]
    else:
        calls.append(calls[-1])


def books(service: MockService) -> dict[str, object]:
    """The numbers of the recorded requests by handler, from the history; the service's account."""
    recorded = {
        name: [int(call.headers[ID_HEADER]) for call in service.get_calls(name)]
        for name in service.handlers
    }
    account = service.account
    counts = {
        "received": account.received,
        "ready": account.answered_ready,
        "by_aiohttp": account.answered_by_aiohttp,
        "refused": account.refused,
        "gone": account.client_gone,
        "in_progress": account.in_progress,
    }
    return {"recorded": recorded, "history": len(service.history), "service": counts}


async def serve(loop_name: str, tampering: str | None) -> int:
    """Run the service until stdin ends."""
    cases = catalogue()
    commands = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    pipe, _ = await loop.connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(commands), sys.stdin
    )
    # uvloop waits for ever for what an exception leaves open, where warnings are errors.
    with closing(pipe):
        await _converse(commands, cases, loop_name, tampering)
    return 0


async def _converse(
    commands: asyncio.StreamReader, cases: Sequence[Case], loop_name: str, tampering: str | None
) -> None:
    async with start_service([case.route for case in cases]) as service:
        for case in cases:
            service.register(case.route.handler_name, case.response)
        _say({"url": str(service.url), "loop": loop_name})
        while command := (await commands.readline()).strip():
            if command == b"measure":
                _say(measure())
            elif command == b"books":
                if tampering is not None:
                    tamper(service, tampering)
                _say(books(service))
            else:
                raise ValueError(f"unknown command {command!r}")


def _say(message: object) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def main() -> int:
    """Entry point of the server's process."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tamper", choices=TAMPERING)
    tampering: str | None = parser.parse_args().tamper
    name, run = loop_runner()
    return run(serve(name, tampering))


if __name__ == "__main__":
    sys.exit(main())
