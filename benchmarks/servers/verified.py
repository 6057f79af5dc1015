"""The mock service in its states of verification: off, as it is, with waiters, with a bound.

The first is what the others are compared with, see `unverified`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from asyncly.srvmocker import JsonResponse, Keep, MockRoute, MockService, start_service
from benchmarks.scenarios import ANSWER, Scenario
from benchmarks.servers import unverified
from benchmarks.servers.mocked import ServedMock, mock_routes

_NEVER: Final = "never"
_WAITERS: Final = 1_000
_MORE: Final = 1 << 60
_KEPT: Final = 1_000


class _Off(ServedMock):
    def forget(self) -> None:
        unverified.forget(self._service)


class _Counted(ServedMock):
    """What the history does not keep is counted."""

    def recorded(self) -> int:
        return self._service.counts().calls

    def recorded_by_handler(self) -> Mapping[str, int]:
        by_handler = {name: self._service.counts(name).calls for name in self._service.handlers}
        return {name: calls for name, calls in by_handler.items() if calls}

    def forget(self) -> None:
        self._service.reset()


def _wait(service: MockService, names: set[str]) -> list[asyncio.Task[object]]:
    """Wait for more calls of each handler than come, and a thousand times for a handler's first."""
    waits = [service.calls(name).wait(_MORE, timeout=None) for name in names]
    waits += [service.calls(_NEVER).wait(timeout=None) for _ in range(_WAITERS)]
    return [asyncio.create_task(each) for each in waits]


@asynccontextmanager
async def serve_verified(state: str, scenario: Scenario) -> AsyncGenerator[ServedMock]:
    """Start the service in one of the states, with a response for each handler."""
    routes = [*mock_routes(scenario), MockRoute("GET", "/never", _NEVER)]
    keep = Keep(last=_KEPT) if state == "asyncly-keeping" else None
    async with start_service(routes, keep=keep) as service:
        names = {route.handler for route in scenario.routes}
        for name in names:
            service.register(name, JsonResponse(ANSWER))
        waiting: list[asyncio.Task[object]] = []
        served: ServedMock
        if state == "asyncly-off":
            unverified.turn_off(service)
            served = _Off(service)
        else:
            if state == "asyncly-waiting":
                waiting = _wait(service, names)
            served = _Counted(service)
        yield served
        for task in waiting:
            task.cancel()
