"""Plays scenarios against whichever `asyncly` the interpreter that runs it has.

The same program is executed by two interpreters, so it knows nothing of who is under test: it uses
only names that the published package has, reads scenarios as JSON lines from standard input and
writes one JSON line of observations for each to standard output. What differs from run to run by
nature (ports, dates) is replaced by a fixed word; nothing else is smoothed over, that is for the
reader to judge.
"""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
import sys
import traceback
import warnings
from contextlib import AsyncExitStack, closing
from typing import cast

from aiohttp import BasicAuth

from asyncly.srvmocker import start_proxy, start_service

from .looking import USUAL, look, raised
from .making import route_of
from .stage import Stage
from .talking import Upstream, listening
from .values import Wire, items, table, text


async def play(scenario: dict[str, Wire]) -> dict[str, Wire]:
    """All that can be seen of one scenario."""
    seen: dict[str, Wire] = {}
    async with AsyncExitStack() as stack:
        server_tls, client_tls = tls_contexts(scenario)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                routes = [route_of(each) for each in items(scenario["routes"])]
                service = await stack.enter_async_context(
                    start_service(routes, ssl_context=server_tls)
                )
            except Exception as error:  # noqa: BLE001  # whatever is raised is what is observed
                seen["start"] = raised(error)
                return seen
            proxy = None
            if scenario["kind"] == "proxy":
                login = scenario.get("auth")
                auth = BasicAuth(*(text(each) for each in items(login))) if login else None
                proxy = await stack.enter_async_context(start_proxy(auth=auth))
        seen["start"] = "ok"
        seen["start_warnings"] = [type(each.message).__name__ for each in caught]
        stage = Stage(service, proxy)
        stage.tls = client_tls
        stage.ports["service"] = cast(int, service.url.port)
        if proxy is not None:
            stage.ports["proxy"] = cast(int, proxy.url.port)
            stage.upstream = Upstream(items(scenario.get("upstream") or []))
            stage.ports["upstream"] = await stack.enter_async_context(listening(stage.upstream))
            with closing(await asyncio.start_server(stage.upstream, "127.0.0.1", 0)) as gone:
                stage.ports["dead"] = cast(int, gone.sockets[0].getsockname()[1])
        try:
            steps: list[Wire] = [await stage.play(table(step)) for step in items(scenario["steps"])]
            seen["steps"] = stage.clean(steps)
            seen["history"] = stage.clean([look(call, USUAL) for call in service.history])
            seen["history_map"] = stage.clean(cast(Wire, stage.history_map()))
            if proxy is not None:
                seen["proxy_history"] = stage.clean([look(call, USUAL) for call in proxy.history])
            if proxy is None:  # a proxy would ask for the probe's host
                seen["open"] = [await talk.probe() for talk in stage.talks]
        finally:
            for talk in stage.talks:
                await talk.close()
    return seen


def tls_contexts(
    scenario: dict[str, Wire],
) -> tuple[ssl.SSLContext, ssl.SSLContext] | tuple[None, None]:
    """The server's and the client's side of TLS, where the scenario wants it.

    The first argument of this program names the file of a certificate and its key.
    """
    if not scenario.get("tls"):
        return None, None
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(sys.argv[1])
    client = ssl.create_default_context()
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    return server, client


async def main() -> None:
    # A recursion limit of the interpreter's own default, whoever starts this file.
    sys.setrecursionlimit(1000)
    for line in sys.stdin:
        scenario = table(cast(Wire, json.loads(line)))
        try:
            seen: dict[str, Wire] = await asyncio.wait_for(play(scenario), 30)
        except Exception:  # noqa: BLE001  # shown as the failure of this scenario
            seen = {"crash": traceback.format_exc()}
        seen["id"] = scenario["id"]
        sys.stdout.write(json.dumps(seen, default=repr) + "\n")


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    asyncio.run(main())
