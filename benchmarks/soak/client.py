"""Connections of few lines: many requests in a write, answers told apart by their bodies.

Every body of the service is `<…>` and its heads hold no such sign, so one expression finds them.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from time import perf_counter
from typing import IO, Final, cast

from benchmarks.errors import BenchmarkError, ServerFailedError
from benchmarks.soak.server import READY

BODIES: Final = re.compile(rb"\r\n\r\n(<[^>]*>)").findall
_DEEP: Final = 16


def request(path: str) -> bytes:
    """Return a GET."""
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def numbered(sender: str, number: int) -> tuple[bytes, bytes]:
    """Return the `number`th request of a sender, and the body that answers it."""
    kind = number * 7919 % 64
    if kind < 48:
        name = READY[kind % 3]
        return request(f"/{name}/{sender}/{number}"), b"<%b>" % name.encode()
    if kind < 62:
        body = json.dumps([sender, number]).encode()
        head = b"POST /posted HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % len(body)
        return head + body, b"<posted>"
    if kind == 62:
        path = f"/own/{sender}/{number}"
        return request(path), b"<%b>" % path.encode()
    return request(f"/soon/{sender}/{number}"), b"<soon>"


class Server:
    """The server process from the parent's side."""

    def __init__(self, process: subprocess.Popen[str], words: IO[bytes]) -> None:
        self._process = process
        self._words = words
        self.port = self._read()["port"]

    def _read(self) -> dict[str, int]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise ServerFailedError(f"the server ended by itself: {self.complaint()}")
        return cast("dict[str, int]", json.loads(line))

    def complaint(self) -> str:
        """Return what the process has written to stderr so far, which should be nothing."""
        self._words.seek(0)
        return self._words.read().decode(errors="replace")

    def ask(self, word: str) -> dict[str, int]:
        """Say a word; blocks until the answer is there."""
        assert self._process.stdin is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        return self._read()

    async def look(self) -> dict[str, int]:
        """Ask without stopping this process's connections."""
        return await asyncio.to_thread(self.ask, "look")

    async def until(self, name: str, value: int, seconds: float = 10) -> dict[str, int]:
        """Look until a number has reached a value, or so many seconds are over."""
        end = perf_counter() + seconds
        while True:
            seen = await self.look()
            if seen[name] == value or perf_counter() > end:
                return seen
            await asyncio.sleep(0.05)


@contextmanager
def server_process() -> Generator[Server]:
    """Start a server process; it ends with its stdin."""
    with (
        tempfile.TemporaryFile() as words,
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.soak", "--serve"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=words,
            text=True,
        ) as process,
    ):
        try:
            yield Server(process, words)
        finally:
            assert process.stdin is not None
            process.stdin.close()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()


class Sender(asyncio.Protocol):
    """Sends numbered requests, so many at a time, and compares every answer."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._number = 0
        self._left = 0
        self._wanted: list[bytes] = []
        self._buffer = b""
        self._done: asyncio.Future[None] | None = None
        self.answered = 0
        self.wrong = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses of asyncio's.
        self._transport = cast("asyncio.Transport", transport)

    async def send(self, count: int) -> None:
        """Send so many and wait for their answers."""
        self._left = count
        self._done = asyncio.get_running_loop().create_future()
        self._next()
        await self._done

    def _next(self) -> None:
        deep = min(self._left, _DEEP)
        self._left -= deep
        first, self._number = self._number, self._number + deep
        pairs = [numbered(self._name, number) for number in range(first, self._number)]
        self._wanted = [body for _, body in pairs]
        self._transport.write(b"".join([wire for wire, _ in pairs]))

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        found = cast("list[bytes]", BODIES(self._buffer))
        if len(found) < len(self._wanted):
            return
        self.wrong += found != self._wanted
        self.answered += len(found)
        self._buffer = b""
        if self._left:
            self._next()
        elif self._done is not None and not self._done.done():
            self._done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_exception(BenchmarkError(f"the server closed a connection: {exc!r}"))

    def close(self) -> None:
        self._transport.close()


class Waiter(asyncio.Protocol):
    """Sends a request and notes when its answer comes."""

    def __init__(self) -> None:
        self._answered: asyncio.Future[float] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    async def ask(self, wire: bytes) -> float:
        """Return how many seconds an answer took."""
        self._answered = asyncio.get_running_loop().create_future()
        began = perf_counter()
        self._transport.write(wire)
        return await self._answered - began

    def data_received(self, data: bytes) -> None:
        if data.endswith(b">") and self._answered is not None:
            self._answered.set_result(perf_counter())

    def connection_lost(self, exc: Exception | None) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(BenchmarkError(f"closed: {exc!r}"))

    def close(self) -> None:
        self._transport.close()


async def waiter(port: int) -> Waiter:
    """Open a connection that asks."""
    loop = asyncio.get_running_loop()
    _, protocol = await loop.create_connection(Waiter, "127.0.0.1", port)
    return protocol


def connected(port: int) -> socket.socket:
    """Open a bare connection."""
    return socket.create_connection(("127.0.0.1", port))
