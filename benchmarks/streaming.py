"""Streams under load: server CPU for each event, and for each message of a WebSocket.

A server process of each implementation, and a client process for each run, which compares every
byte that arrives; the server counts, too. What both must know is in this module, as data.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Final, Literal, cast

from benchmarks.errors import LoadError, ServerFailedError, WrongCountError
from benchmarks.process import CHILD, child, child_environment

What = Literal["events", "messages"]
By = Literal["asyncly", "aiohttp"]

CONNECTIONS: Final = 100
EVENTS: Final = 500
"""Events on each connection, made and encoded anew for each."""

PINGS: Final = 200
"""Pings on each connection, each of which is to be answered with a pong."""
AT_ONCE: Final = 20
"""Pings that are sent before their answers are read."""

COUNTS: Final = {"events": CONNECTIONS * EVENTS, "messages": CONNECTIONS * PINGS * 2}
"""What a run comes to."""


def event_values() -> Generator[dict[str, object]]:
    """The data of the events of one connection."""
    for number in range(EVENTS):
        yield {"number": number, "price": 3.5, "open": True}


def event_bytes() -> bytes:
    """What a client reads on one connection, without its framing."""
    return b"".join(
        f"event: quote\nid: {value['number']}\ndata: {json.dumps(value)}\n\n".encode()
        for value in event_values()
    )


class _Server:
    def __init__(self, process: subprocess.Popen[str], by: By) -> None:
        self._process = process
        self._by = by
        self.port = cast("int", self._read()["port"])

    def _read(self) -> dict[str, object]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise ServerFailedError(f"the {self._by} server ended with {self._process.wait()}")
        message: dict[str, object] = json.loads(line)
        return message

    def snapshot(self) -> tuple[float, int]:
        """CPU seconds since its start, and what it has counted."""
        assert self._process.stdin is not None
        self._process.stdin.write("snapshot\n")
        self._process.stdin.flush()
        said = self._read()
        return cast("float", said["cpu"]), cast("int", said["counted"])

    def run(self, what: What) -> float:
        """Microseconds of server CPU for each event or message of one run."""
        cpu, counted = self.snapshot()
        command = [sys.executable, "-I", str(CHILD), "read", f"--what={what}"]
        client = subprocess.run(
            [*command, f"--port={self.port}"],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
            timeout=120,
            env=child_environment(),
        )
        if client.returncode:
            raise LoadError(f"the client of {self._by} ended with {client.returncode}")
        after, counted_after = self.snapshot()
        read, expected = int(client.stdout), COUNTS[what]
        if not read == counted_after - counted == expected:
            raise WrongCountError(
                f"{self._by}: {expected} {what} were due, the client has read {read}, "
                f"the server has counted {counted_after - counted}"
            )
        return (after - cpu) / expected * 1e6


@contextmanager
def _server(by: By, what: What) -> Generator[_Server]:
    command = [sys.executable, "-I", str(CHILD), "stream", f"--by={by}", f"--what={what}"]
    with child(command) as process:
        yield _Server(process, by)


def in_turn(what: What, implementations: Sequence[By], rounds: int) -> list[list[float]]:
    """Microseconds of server CPU for each event or message: the runs of each implementation."""
    with ExitStack() as stack:
        servers = [stack.enter_context(_server(by, what)) for by in implementations]
        runs: list[list[float]] = [[] for _ in servers]
        for each in servers:
            each.run(what)  # the first one warms up
        for _ in range(rounds):
            for each, into in zip(servers, runs, strict=True):
                into.append(each.run(what))
    return runs
