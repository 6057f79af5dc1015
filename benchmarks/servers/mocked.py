"""A mock service, of this project or of the published package: whichever the process imports.

Only what both have is used. Which of the two it was is told by `version`.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from aiohttp import web

import asyncly
from asyncly import srvmocker
from asyncly.srvmocker import (
    BaseMockResponse,
    JsonResponse,
    Match,
    MockRoute,
    MockService,
    start_service,
)
from benchmarks.scenarios import ANSWER, RouteSpec, Scenario


class OwnResponse(BaseMockResponse):
    """A response class as a user writes one: it makes a new aiohttp response each time."""

    async def response(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(ANSWER)


def made_of(order: str, page: str) -> dict[str, object]:
    """JSON that depends on the request."""
    return {**ANSWER, "id": order, "page": page}


class OwnFunction(BaseMockResponse):
    """What a user of the published package writes, which has no `FunctionResponse`."""

    async def response(self, request: web.Request) -> web.StreamResponse:
        return web.json_response(made_of(request.match_info["id"], request.query["page"]))


def response_of(scenario: Scenario) -> BaseMockResponse:
    """What every handler of a scenario answers."""
    if scenario.own_response:
        return OwnResponse()
    if scenario.function_response:
        try:
            from asyncly.srvmocker import FunctionResponse  # noqa: PLC0415 - only ours has it
        except ImportError:
            return OwnFunction()
        return FunctionResponse(lambda r: made_of(r.path_params["id"], r.query["page"]))
    return JsonResponse(ANSWER)


class ServedMock:
    """A mock service under load."""

    def __init__(self, service: MockService) -> None:
        self._service = service
        self.port = service.url.port or 0
        self.version = _version()

    def recorded(self) -> int:
        """How many requests it has on record."""
        return len(self._service.history)

    def recorded_by_handler(self) -> Mapping[str, int]:
        """The same by handler."""
        return {name: len(calls) for name, calls in self._service.history_map.items() if calls}

    def account(self) -> Mapping[str, int]:
        """What became of every request; empty for the published package."""
        kept = getattr(self._service, "account", None)  # the published package keeps none
        if kept is None:
            return {}
        names = ("received", "answered", "refused", "client_gone", "in_progress")
        return {name: getattr(kept, name) for name in names}

    def forget(self) -> None:
        """Drop the record."""
        self._service.history.clear()
        self._service.history_map.clear()


def _version() -> str:
    """`asyncly` with its version, and whether it is the tree or an installed distribution."""
    try:
        installed = version("asyncly")
    except PackageNotFoundError:
        installed = asyncly.__version__
    where = "installed" if "site-packages" in Path(asyncly.__file__).parts else "tree"
    return f"asyncly {installed} ({where})"


def _match(route: RouteSpec) -> Match | None:
    if route.partial is not None:
        partial = getattr(srvmocker, "Partial", None)  # the published package has none
        json = None if partial is None else partial(route.partial)
        return Match(json=json, headers=route.headers, query=route.query)
    return None if route.json is None else Match(json=route.json)


def mock_routes(scenario: Scenario) -> list[MockRoute]:
    """The scenario's routes as the mock service takes them."""
    return [
        MockRoute(
            route.method,
            route.path,
            route.handler,
            _match(route),
        )
        for route in scenario.routes
    ]


@asynccontextmanager
async def serve_mocked(
    scenario: Scenario, context: ssl.SSLContext | None
) -> AsyncGenerator[ServedMock]:
    """Start the service with a response for each handler."""
    async with start_service(mock_routes(scenario), ssl_context=context) as service:
        response = response_of(scenario)
        for route in scenario.routes:
            service.register(route.handler, response)
        yield ServedMock(service)
