"""What is done to the server, phase by phase; each tells what it found as rows of a table."""

from __future__ import annotations

import asyncio
import gc
import socket
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from time import perf_counter
from typing import Final

from benchmarks.errors import BenchmarkError
from benchmarks.soak import limits
from benchmarks.soak.client import Sender, Server, Waiter, connected, numbered, request, waiter
from benchmarks.soak.server import PAUSE
from benchmarks.soak.verdict import Row, at_most, balanced, counted

MEBIBYTE: Final = 1 << 20
_ROUND: Final = 500_000  # requests between two checks; then the record is dropped
_HEALTHY: Final = request("/red/healthy/0")


@contextmanager
def undisturbed() -> Generator[None]:
    """No garbage collection in this process: the pauses of the client are not the server's."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def healthy_rows(figures: Sequence[float]) -> list[Row]:
    """How a client fared that asked and read all the time; seconds."""
    return [
        Row("healthy requests", f"{len(figures):,}"),
        Row("their p50", f"{part(figures, 0.5) * 1e3:.2f} ms"),
        at_most("their p99", part(figures, 0.99) * 1e3, limits.HEALTHY_P99, "ms"),
    ]


def part(figures: Sequence[float], share: float) -> float:
    return sorted(figures)[min(int(len(figures) * share), len(figures) - 1)]


async def exact(server: Server, count: int, connections: int) -> list[Row]:
    """Numbered requests, pipelined on keep-alive connections; every one is looked for."""
    loop = asyncio.get_running_loop()
    senders = [
        (await loop.create_connection(partial(Sender, f"s{n}"), "127.0.0.1", server.port))[1]
        for n in range(connections)
    ]
    found = {"checked": 0, "lost": 0, "doubled": 0, "disordered": 0}
    took = 0.0
    left = count
    while left:
        now = min(left, _ROUND)
        left -= now
        shares = [now // connections + (n < now % connections) for n in range(connections)]
        began = perf_counter()
        try:
            async with asyncio.timeout(limits.ROUND_PATIENCE), asyncio.TaskGroup() as group:
                for sender, share in zip(senders, shares, strict=True):
                    if share:
                        group.create_task(sender.send(share))
        except TimeoutError:
            answered = sum(sender.answered for sender in senders)
            raise BenchmarkError(f"{answered:,} of {count - left:,} were answered") from None
        took += perf_counter() - began
        checked = server.ask("check")
        found = {name: found[name] + checked[name] for name in found}
        print(f"  … {count - left:,}", file=sys.stderr, flush=True)
    for sender in senders:
        sender.close()
    after = await server.look()
    return [
        Row("rate", f"{count / took:,.0f}/s"),
        counted("answered", sum(sender.answered for sender in senders), count),
        counted("batches with a wrong or misplaced answer", sum(s.wrong for s in senders), 0),
        counted("recorded", found["checked"], count),
        counted("lost", found["lost"], 0),
        counted("doubled", found["doubled"], 0),
        counted("out of order", found["disordered"], 0),
        balanced(after, received=count),
    ]


async def leaving(server: Server, count: int) -> list[Row]:
    """Clients that leave with the last byte of a request, or before it."""
    for number in range(count):
        with connected(server.port) as client:
            client.sendall(numbered(f"leaver{number}", number)[0])
    whole = await server.until("recorded", count)
    await server.until("in_progress", 0)
    for number in range(count):
        wire = numbered(f"breaker{number}", number)[0]
        with connected(server.port) as client:
            client.sendall(wire[: 1 + number * 31 % (len(wire) - 1)])
    # A whole one behind them: once it is answered, they have all been read.
    last = await waiter(server.port)
    await last.ask(numbered("last", 0)[0])
    last.close()
    broken = await server.until("recorded", count + 1)
    return [
        counted("recorded of those that left behind a whole request", whole["recorded"], count),
        counted("recorded of those that left within a request", broken["recorded"] - count - 1, 0),
        balanced(await server.until("in_progress", 0), received=count + 1),
    ]


async def slow(server: Server, count: int, seconds: float) -> list[Row]:
    """Slow heads, slow bodies and slow readers, and how a healthy client fares among them."""
    head = b"GET /red/slow/0 HTTP/1.1\r\nHost: localhost\r\nX-Slow: " + b"x" * 4000
    body = b"POST /posted HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000\r\n\r\n"
    clients: list[tuple[socket.socket, int]] = []
    for number in range(count):
        client = connected(server.port)
        kind = number % 3
        client.sendall((head[:50], body, request("/big") * 32)[kind])
        client.setblocking(False)
        clients.append((client, kind))
    healthy = await waiter(server.port)
    figures: list[float] = []
    turn = 0
    with undisturbed():
        end = perf_counter() + seconds  # to have the garbage collected may take longer than that
        while perf_counter() < end:
            for client, kind in (clients[(turn + n) % count] for n in range(4)):
                if kind == 2:
                    client.recv(64)
                else:
                    client.send(b"x")
            turn += 4
            figures.append(await healthy.ask(_HEALTHY))
            await asyncio.sleep(0.001)
    open_still = sum(is_open(client) for client, _ in clients)
    healthy.close()
    for client, _ in clients:
        client.close()
    return [
        counted("slow clients that were still served at the end", open_still, count),
        *healthy_rows(figures),
        balanced(await server.until("in_progress", 0)),
    ]


def is_open(client: socket.socket) -> bool:
    """Whether the other side has left a connection open."""
    try:
        return client.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False


async def never_reading(server: Server, seconds: float) -> list[Row]:
    """A client that sends all the time and never reads."""
    rows: list[Row] = []
    for path in ("/big", "/red/deaf/0", "/own/deaf/0"):
        before = server.ask("forget")
        wire = request(path)
        client = connected(server.port)
        client.setblocking(False)
        sent = 0
        end = perf_counter() + seconds
        while perf_counter() < end:
            try:
                sent += client.send(wire * 1000)
            except BlockingIOError:
                await asyncio.sleep(0.05)
        after = await server.look()
        history = after["recorded"] * limits.REPEATED_BYTES
        growth = after["resident"] - before["resident"] - history
        client.close()
        rows += [
            Row(f"sent for {path}", f"{sent / MEBIBYTE:.2f} MiB"),
            Row("taken in", f"{after['recorded']:,} requests"),
            at_most(
                "growth beyond the history",
                growth / MEBIBYTE,
                limits.DEAF_BYTES / MEBIBYTE,
                "MiB",
            ),
            balanced(await server.until("in_progress", 0)),
        ]
    return rows


_FIRST: Final = {
    "plain": request("/red/idle/%d"),
    "parsed": b"POST /posted HTTP/1.1\r\nHost: localhost\r\nX-Number: %d\r\n"
    b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "aiohttp": request("/own/idle/%d"),
}


async def idle(server: Server, count: int, first: str) -> list[Row]:
    """Connections that have asked once and are kept open."""

    def opened(number: int) -> list[socket.socket]:
        clients = [connected(server.port) for _ in range(number)]
        for nth, client in enumerate(clients):
            client.sendall(_FIRST[first] % (number + nth))  # none that the memo knows
            client.recv(4096)
        return clients

    warm = await asyncio.to_thread(opened, 500)
    before = server.ask("forget")
    clients = await asyncio.to_thread(opened, count)
    after = server.ask("forget")
    for client in (*warm, *clients):
        client.close()
    each = (after["resident"] - before["resident"]) / count
    most = limits.IDLE_BYTES_OF_AIOHTTP if first == "aiohttp" else limits.IDLE_BYTES
    return [
        Row("connections", f"{count:,}"),
        at_most("resident memory of each", each / 1024, most / 1024, "KiB", ".1f"),
        balanced(await server.until("in_progress", 0), received=len(warm) + count),
    ]


async def delayed(server: Server, count: int) -> list[Row]:
    """Delayed answers, all pending at once, due one after another over a second."""
    clients = [await waiter(server.port) for _ in range(count)]
    healthy = await waiter(server.port)
    wire = request("/later")
    asked: list[asyncio.Task[float]] = []
    figures: list[float] = []
    with undisturbed():
        began = perf_counter()
        for number, client in enumerate(clients):
            asked.append(asyncio.create_task(client.ask(wire)))
            if number % 5 == 4:
                await asyncio.sleep(max(0.0, began + number / count - perf_counter()))
        await asyncio.sleep(0.1)
        pending = (await server.look())["in_progress"]
        while not all(one.done() for one in asked[-100:]):
            figures.append(await healthy.ask(_HEALTHY))
            await asyncio.sleep(0.002)
        late = [(await one - PAUSE) * 1e3 for one in asked]
    _close(healthy, *clients)
    return [
        counted("pending at once", pending, count),
        counted("answered before they were due", sum(one < -limits.EARLY for one in late), 0),
        Row("late by, p50", f"{part(late, 0.5):.2f} ms"),
        Row("late by, p99", f"{part(late, 0.99):.2f} ms"),
        at_most("late by, at most", max(late), limits.LATE, "ms"),
        *healthy_rows(figures),
        balanced(await server.until("in_progress", 0), received=count + len(figures)),
    ]


_PENDING: Final = ("hung", "held", "in-an-hour")
_WARM: Final = 200  # requests of each kind, before anything is measured
_ASKED: Final = 1000  # requests of the healthy client


async def pending(server: Server, count: int) -> list[Row]:
    """Answers that hang, are held and are delayed, so many of each at once; then the service ends.

    Half of those that are held are released before.
    """

    def opened(kind: str, number: int) -> list[socket.socket]:
        clients = [connected(server.port) for _ in range(number)]
        for nth, client in enumerate(clients):
            client.sendall(request(f"/{kind}/{number}-{nth}"))
        return clients

    clients: list[socket.socket] = []
    for kind in _PENDING:
        clients += await asyncio.to_thread(opened, kind, _WARM)
    await server.until("in_progress", len(clients))
    looks = [server.ask("forget")]
    for kind in _PENDING:
        clients += await asyncio.to_thread(opened, kind, count)
        await server.until("in_progress", len(clients))
        looks.append(server.ask("forget"))
    seen = looks[-1]
    wanted = len(_PENDING) * (_WARM + count)
    sizes = [(after["resident"] - before["resident"]) / count for before, after in pairwise(looks)]
    healthy = await waiter(server.port)
    with undisturbed():
        figures = [await healthy.ask(_HEALTHY) for _ in range(_ASKED)]
    healthy.close()
    half = (_WARM + count) // 2
    released = server.ask("release")["released"]
    ended = server.ask("close")
    said = [await asyncio.to_thread(_whole, client) for client in clients]
    for client in clients:
        client.close()
    return [
        counted("pending at once", seen["in_progress"], wanted),
        counted("threads beyond the first", seen["threads"] - 1, 0),
        counted("tasks beyond the first", seen["tasks"] - 1, 0),
        *(
            at_most(
                f"resident memory of each, {kind}",
                size / 1024,
                limits.PENDING_BYTES / 1024,
                "KiB",
                ".1f",
            )
            for kind, size in zip(_PENDING, sizes, strict=True)
        ),
        *healthy_rows(figures),
        counted("released", released, half),
        counted("that saw their answer", sum(b"<held>" in one for one in said), half),
        counted("that saw nothing but the end", said.count(b""), wanted - half),
        at_most(
            "the end took, for each that was pending",
            ended["microseconds"] / 1e3 / (wanted - half),
            limits.CLOSING_EACH,
            "ms",
            ".4f",
        ),
        Row("the end took", f"{ended['microseconds'] / 1e3:.1f} ms"),
        balanced(ended, received=wanted + len(figures)),
    ]


def _whole(client: socket.socket) -> bytes:
    """Return all that a connection brings, up to its end."""
    client.settimeout(10)
    found = b""
    while piece := client.recv(4096):
        found += piece
    return found


def _close(*clients: Waiter) -> None:
    for client in clients:
        client.close()
