"""Start the server's process, drive it, compare the books, print the table.

Exit status: 0 if the account balances, 1 if it does not, 2 if the server could not be used,
130 if interrupted.  The server's process ends when its stdin does, so it cannot outlive this one.
"""

import argparse
import asyncio
import json
import subprocess
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import cast

from yarl import URL

from examples.demo.catalogue import catalogue
from examples.demo.client import Client
from examples.demo.ledger import Counts, balance
from examples.demo.report import Figures, Progress, families, table
from examples.demo.server import TAMPERING, loop_runner

LINE_LIMIT = 1 << 30
CLOSE_WITHIN = 10.0


class ServerError(Exception):
    """The server's process ended, or said what was not expected."""


class Server:
    """The server's process as this one sees it: a line out, a line back."""

    def __init__(self, process: Process) -> None:
        self._process = process

    async def ask(self, command: str = "") -> Mapping[str, object]:
        """Send a command (none for the greeting) and return the answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        if command:
            self._process.stdin.write(command.encode() + b"\n")
        line = await self._process.stdout.readline()
        if not line:
            raise ServerError(f"the server's process ended with {await self._process.wait()}")
        return cast("Mapping[str, object]", json.loads(line))


@asynccontextmanager
async def server_process(tampering: str | None) -> AsyncGenerator[Server]:
    """The process, in a session of its own so that Ctrl-C reaches only this one."""
    arguments = ["--tamper", tampering] if tampering else []
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "examples.demo.server",
        *arguments,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        limit=LINE_LIMIT,
        start_new_session=True,
    )
    try:
        yield Server(process)
    finally:
        await _end(process)


async def _end(process: Process) -> None:
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(CLOSE_WITHIN):
            await process.wait()
    except TimeoutError:
        raise ServerError(f"the server's process did not end within {CLOSE_WITHIN:g} s") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def run(seconds: float, connections: int, tampering: str | None) -> int:
    """The whole demonstration; returns the exit status."""
    cases = catalogue()
    async with server_process(tampering) as server:
        greeting = await server.ask()
        print(
            f"a mock service with {len(cases)} routes on {greeting['loop']} in one process, "
            f"an aiohttp client with {connections} connections in another, {seconds:g} s",
            flush=True,
        )
        async with Client(URL(str(greeting["url"])), cases, connections) as client:
            await client.once_each()
            before, already = await server.ask("measure"), len(client.book.sent)
            progress = Progress(sys.stderr, seconds)
            try:
                took = await client.drive(seconds, progress.show)
            finally:
                progress.close()
            after = await server.ask("measure")
        books = await server.ask("books")
    book = client.book
    recorded = cast("dict[str, list[int]]", books["recorded"])
    account = balance(
        sent=book.sent,
        answered=book.answered,
        mistaken=book.mistaken,
        recorded=recorded,
        in_history=cast("int", books["history"]),
        service=Counts(**cast("dict[str, int]", books["service"])),
    )
    figures = Figures(
        requests=len(book.sent) - already,
        seconds=took,
        server_cpu=cast("float", after["cpu"]) - cast("float", before["cpu"]),
        memory=cast("int", after["memory"]) - cast("int", before["memory"]),
    )
    names = {case.route.handler_name: case.family for case in cases}
    rows = families(names, book.sent, book.answered | book.mistaken, recorded)
    print(table(rows, account, figures))
    return 0 if account.balanced else 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="python -m examples.demo", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0, help="how long to drive (5)")
    parser.add_argument("--connections", type=int, default=32, help="connections (32)")
    parser.add_argument(
        "--tamper",
        choices=TAMPERING,
        help="falsify the server's history by one request: the exit status must become 1",
    )
    options = parser.parse_args(arguments)
    seconds: float = options.seconds
    connections: int = options.connections
    tampering: str | None = options.tamper
    if seconds <= 0 or connections < 1:
        parser.error("--seconds must be above 0 and --connections at least 1")
    _, run_loop = loop_runner()
    try:
        return run_loop(run(seconds, connections, tampering))
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except ServerError as error:
        print(f"failed: {error}", file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
