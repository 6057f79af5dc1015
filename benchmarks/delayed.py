"""Thousands of answers that are delayed at once: what they cost, and how late they are.

The client is this process: so many connections, each with one request under way. First all are
asked for an answer that is ready, then for one that a lognormal delays, and so on in turn.
"""

from __future__ import annotations

import json
import resource
import select
import socket
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Final, cast

from benchmarks.errors import ServerFailedError, WrongCountError
from benchmarks.process import CHILD, child

_NOW: Final = b"GET /now HTTP/1.1\r\nHost: localhost\r\n\r\n"
_LATER: Final = b"GET /later HTTP/1.1\r\nHost: localhost\r\n\r\n"
_AT_A_TIME: Final = 256  # connections that are made before the server has to have caught up
_PATIENCE: Final = 30.0  # seconds


@dataclass(frozen=True, slots=True)
class Delayed:
    """What a run of rounds found.

    Attributes:
        cpu: Server CPU per delayed request, in microseconds, of each round.
        cpu_at_once: The same of requests that are answered at once.
        late: By how many milliseconds answers came later than they were due, the 99th percentile of
            each round; an answer that came too early is a failure.
    """

    cpu: Sequence[float]
    cpu_at_once: Sequence[float]
    late: Sequence[float]


class _Server:
    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self.port = cast("int", self._read())

    def _read(self) -> object:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise ServerFailedError(f"the server ended with {self._process.wait()}")
        message: object = json.loads(line)
        return message

    def _ask(self, word: str) -> object:
        assert self._process.stdin is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        return self._read()

    def cpu(self) -> float:
        """How much it has used, in seconds."""
        return cast("float", self._ask("cpu"))

    def due(self) -> dict[int, float]:
        """When each connection's answer was due, by the number of the connection."""
        connections, due = cast("list[list[float]]", self._ask("calls"))
        return {int(connection): at for connection, at in zip(connections, due, strict=True)}


@contextmanager
def _server() -> Generator[_Server]:
    command = [sys.executable, "-I", str(CHILD), "delayed"]
    with child(command) as process:
        yield _Server(process)


def _connected(port: int, count: int, stack: ExitStack) -> list[socket.socket]:
    """Connections in the order in which the server numbers them."""
    clients: list[socket.socket] = []
    for number in range(1, count + 1):
        client = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
        clients.append(client)
        if number % _AT_A_TIME == 0:
            client.sendall(_NOW)
            client.recv(4096)
    for client in clients:
        client.setblocking(False)
    return clients


def _ask_all(clients: Sequence[socket.socket], wire: bytes) -> list[float]:
    """Ask on all connections at once; return when each answer came."""
    came = [0.0] * len(clients)
    with select.epoll() as poll:
        numbers: dict[int, int] = {}
        for number, client in enumerate(clients):
            numbers[client.fileno()] = number
            poll.register(client, select.EPOLLIN)
            client.send(wire)
        left = len(clients)
        end = monotonic() + _PATIENCE
        while left:
            for descriptor, _ in poll.poll(1.0):
                number = numbers[descriptor]
                if not clients[number].recv(4096).startswith(b"HTTP/1.1 200 "):
                    raise WrongCountError("an answer is not the one that was registered")
                came[number] = monotonic()
                left -= 1
            if monotonic() > end:
                raise WrongCountError(f"{left:,} of {len(clients):,} have no answer")
    return came


def delayed(count: int, rounds: int) -> Delayed:
    """Ask on `count` connections at once, in turn for answers at once and later.

    Raises:
        WrongCountError: An answer is missing, is another one, or came before it was due.
    """
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    cpu: list[float] = []
    cpu_at_once: list[float] = []
    late: list[float] = []
    with _server() as server, ExitStack() as stack:
        clients = _connected(server.port, count, stack)
        for each in range(rounds + 1):
            before = server.cpu()
            _ask_all(clients, _NOW)
            between = server.cpu()
            came = _ask_all(clients, _LATER)
            after = server.cpu()
            due = server.due()
            if len(due) != count:
                raise WrongCountError(f"{len(due):,} of {count:,} were recorded")
            lateness = sorted(at - due[number] for number, at in enumerate(came, 1))
            if lateness[0] < 0:
                raise WrongCountError(f"an answer came {-lateness[0] * 1e3:.2f} ms early")
            if each:  # the first round is to warm up
                cpu_at_once.append((between - before) / count * 1e6)
                cpu.append((after - between) / count * 1e6)
                late.append(lateness[int(count * 0.99)] * 1e3)
    return Delayed(cpu, cpu_at_once, late)
