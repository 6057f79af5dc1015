"""The conversation between a server process and the benchmark: words in, JSON lines out.

On start the server writes `{"port": …, "version": …}`. It answers `snapshot` with its CPU seconds,
resident bytes and counts, `collect` with the same after a garbage collection, `forget` by dropping
its record, and ends at the end of its stdin: a benchmark that dies leaves no server behind.
"""

from __future__ import annotations

import asyncio
import gc
import json
import resource
import ssl
import sys
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from benchmarks.scenarios import SCENARIOS, Scenario
from benchmarks.servers.served import Served


def _server(
    implementation: str, scenario: Scenario, context: ssl.SSLContext | None
) -> AbstractAsyncContextManager[Served]:
    # Imported where needed: a server must not carry the memory of another.
    if implementation == "bare":
        from benchmarks.servers.bare import serve_bare  # noqa: PLC0415  # see above

        return serve_bare(context)
    if implementation == "aiohttp":
        from benchmarks.servers.plain import serve_plain  # noqa: PLC0415  # see above

        return serve_plain(scenario, context)
    if implementation.startswith("asyncly-"):
        from benchmarks.servers.verified import serve_verified  # noqa: PLC0415  # see above

        return serve_verified(implementation, scenario)
    from benchmarks.servers.mocked import serve_mocked  # noqa: PLC0415  # see above

    return serve_mocked(scenario, context)


def _tls(certificate: Path | None) -> ssl.SSLContext | None:
    if certificate is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def _snapshot(served: Served) -> dict[str, object]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "cpu": usage.ru_utime + usage.ru_stime,
        "resident": _resident(),
        "recorded": served.recorded(),
        "by_handler": served.recorded_by_handler(),
        "account": served.account(),
    }


async def words_of_stdin() -> asyncio.StreamReader:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


def _say(message: dict[str, object]) -> None:
    print(json.dumps(message), flush=True)


async def serve_until_told(
    implementation: str, scenario_name: str, certificate: Path | None
) -> None:
    """Serve a scenario until stdin ends."""
    words = await words_of_stdin()
    scenario = SCENARIOS[scenario_name]
    async with _server(implementation, scenario, _tls(certificate)) as served:
        _say({"port": served.port, "version": served.version})
        while word := (await words.readline()).strip():
            if word == b"forget":
                served.forget()
            if word in {b"collect", b"forget"}:
                gc.collect()
            _say(_snapshot(served))
