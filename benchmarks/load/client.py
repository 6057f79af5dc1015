"""Our own load client: connections over raw transports, run in a process of its own.

It reads answers by their Content-Length, takes anything but a 200 as a failure, and measures each
answer from the write of its request (with pipelining: of its batch; where each request has a
connection of its own: from the opening of the connection).
"""

from __future__ import annotations

import asyncio
import json
import re
import ssl
import time
from array import array
from pathlib import Path
from typing import Final, cast

from benchmarks.plan import LoadPlan
from benchmarks.stats import percentile

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


class _Run:
    """What the connections of one run share."""

    def __init__(self, plan: LoadPlan, port: int, context: ssl.SSLContext | None) -> None:
        self._plan = plan
        self._port = port
        self._context = context
        self._opening: set[asyncio.Task[None]] = set()
        self.open: set[_Connection] = set()
        self._handed_out = 0
        self.answered = 0
        self.refused = 0
        self.latencies = array("d")
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def take(self) -> bytes:
        """The next requests, to be written at once; empty when all were handed out."""
        plan = self._plan
        if self._handed_out >= plan.count:
            return b""
        first = plan.start + self._handed_out
        self._handed_out += plan.pipeline
        if plan.pipeline == 1:
            return plan.request(first)
        return b"".join(plan.request(n) for n in range(first, first + plan.pipeline))

    async def connect(self) -> None:
        """Open one more connection, if there is anything left to send on it."""
        requests = self.take()
        if not requests:
            return
        plan, began = self._plan, time.perf_counter()
        try:
            await asyncio.get_running_loop().create_connection(
                lambda: _Connection(self, requests, plan.pipeline, plan.per_connection, began),
                "127.0.0.1",
                self._port,
                ssl=self._context,
            )
        except OSError as error:
            self.fail(error)

    def reconnect(self) -> None:
        """The same, in the place of one that has closed."""
        task = asyncio.ensure_future(self.connect())
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    def answer(self, ok: bool) -> None:
        self.answered += 1
        if not ok:
            self.refused += 1
        if self.answered == self._plan.count:
            self.done.set_result(None)

    def fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class _Connection(asyncio.Protocol):
    def __init__(
        self, run: _Run, requests: bytes, pipeline: int, per_connection: int, began: float
    ) -> None:
        self._run = run
        self._first = requests
        self._pipeline = pipeline
        self._per_connection = per_connection
        self._sent = 0
        self._pending = 0
        self._began = began
        self._unread = b""
        self._closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclasses of asyncio's.
        self._transport = cast("asyncio.Transport", transport)
        self._run.open.add(self)
        if self._per_connection != self._pipeline:
            self._began = time.perf_counter()
        self._write(self._first)

    def _write(self, requests: bytes) -> None:
        self._pending = self._pipeline
        self._sent += self._pipeline
        self._transport.write(requests)

    def _next(self) -> None:
        if self._per_connection and self._sent >= self._per_connection:
            self.close()
            return
        requests = self._run.take()
        if requests:
            self._began = time.perf_counter()
            self._write(requests)

    def close(self) -> None:
        self._closed = True
        self._transport.close()

    def data_received(self, data: bytes) -> None:
        data = self._unread + data if self._unread else data
        start = 0
        while start < len(data):
            end = data.find(b"\r\n\r\n", start)
            if end < 0:
                break
            length = _LENGTH.search(data, start, end + 2)
            if length is None:
                self._run.fail(ValueError(f"an answer without Content-Length: {data[start:end]!r}"))
                return
            after = end + 4 + int(length[1])
            if after > len(data):
                break
            self._answered(data.startswith(b"HTTP/1.1 200 ", start))
            start = after
        self._unread = data[start:]

    def _answered(self, ok: bool) -> None:
        self._run.latencies.append(time.perf_counter() - self._began)
        self._pending -= 1
        self._run.answer(ok)
        if self._pending == 0:
            self._next()

    def connection_lost(self, exc: Exception | None) -> None:
        self._run.open.discard(self)
        if self._closed:
            self._run.reconnect()
            return
        self._run.fail(ConnectionError(f"the server closed a connection: {exc!r}"))


async def drive(port: int, plan: LoadPlan, certificate: Path | None) -> None:
    """Send the plan to the port; print the result as JSON."""
    context = None
    if certificate is not None:
        context = ssl.create_default_context(cafile=str(certificate))
        context.check_hostname = False
    run = _Run(plan, port, context)
    began = time.perf_counter()
    for _ in range(min(plan.connections, plan.count // plan.pipeline)):
        await run.connect()
    await run.done
    seconds = time.perf_counter() - began
    for connection in list(run.open):
        connection.close()
    print(
        json.dumps(
            {
                "answered": run.answered,
                "failed": 0,
                "refused": run.refused,
                "p50": percentile(run.latencies, 50) * 1e6,
                "p99": percentile(run.latencies, 99) * 1e6,
                "seconds": seconds,
            }
        ),
        flush=True,
    )
