"""A mock service that answers at once, or later, for as many connections as the system allows.

It is told what to do as the others are (`control.py`): `cpu` says how much it has used, `calls`
what came since the last time: for each call of `/later` its connection, and when it is due.
"""

from __future__ import annotations

import json
import resource
from itertools import islice
from typing import Final

from asyncly.srvmocker import LatencyResponse, LogNormal, MockRoute, RawResponse, start_service
from benchmarks.servers.control import words

LATENCY: Final = LogNormal(1.0, p99=2.0, seed=7)
"""All have come before the first answer is due: so all wait at once, and then end at their peak by
eleven in a millisecond."""
_LATER: Final = 1  # the number of its route


def _say(message: object) -> None:
    print(json.dumps(message), flush=True)


async def serve_delayed() -> None:
    """Serve until stdin ends."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    told = await words()
    routes = [MockRoute("GET", "/now", "now"), MockRoute("GET", "/later", "later")]
    async with start_service(routes) as service:
        site = service._site  # pyright: ignore[reportPrivateUsage]  # for the rows of the journal
        assert site is not None
        answer = RawResponse(b"here it is")
        service.register("now", answer)
        service.register("later", LatencyResponse(answer, LATENCY))
        _say(service.url.port)
        while word := (await told.readline()).strip():
            if word == b"cpu":
                usage = resource.getrusage(resource.RUSAGE_SELF)
                _say(usage.ru_utime + usage.ru_stime)
                continue
            journal = site.history.journal
            rows = [row for row, route in enumerate(journal.routes) if route == _LATER]
            delays = islice(LATENCY.delays(), len(rows))
            due = [journal.times[row] + delay for row, delay in zip(rows, delays, strict=True)]
            _say([[journal.connections[row] for row in rows], due])
            service.reset()
