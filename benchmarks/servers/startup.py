"""How long it takes to start a service and to close it: one figure per repetition."""

from __future__ import annotations

import gc
import json
import time

from asyncly.srvmocker import Match, MockRoute, start_service

_ROUTES = (
    MockRoute("GET", "/items", "list"),
    MockRoute("GET", "/items/{id}", "read"),
    MockRoute("POST", "/items", "create", Match(json={"name": "a"})),
    MockRoute("POST", "/items", "refuse"),
    MockRoute("DELETE", "/items/{id}", "delete"),
)
_WARM_UP = 20


async def time_start_and_close(repeat: int) -> None:
    """Print the microseconds of each `async with start_service(…): pass`."""
    figures: list[float] = []
    gc.collect()
    for n in range(repeat + _WARM_UP):
        began = time.perf_counter()
        async with start_service(_ROUTES) as service:
            assert service.url.port
        ended = time.perf_counter()
        if n >= _WARM_UP:
            figures.append((ended - began) * 1e6)
    print(json.dumps(figures), flush=True)
