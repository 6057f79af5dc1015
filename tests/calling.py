"""A running service, and a client that calls its handlers by their names."""

from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import aiohttp

from asyncly.srvmocker import MockRoute, MockService, RawResponse, start_service

__all__ = ("OK", "Calling", "calling", "routes_of", "text_of")

OK = RawResponse(b"ok")


def routes_of(names: Iterable[str], **given: Any) -> list[MockRoute[str]]:
    """A route for each name, with the name as its path."""
    return [MockRoute("*", f"/{name}", name, **given) for name in names]


class Calling(NamedTuple):
    """A service and its client."""

    service: MockService[str]
    client: aiohttp.ClientSession

    async def __call__(self, *names: str, body: bytes = b"", **given: Any) -> list[int]:
        """Call one handler after the other; return the statuses."""
        statuses: list[int] = []
        for name in names:
            async with self.client.post(self.service.url / name, data=body, **given) as answer:
                await answer.read()
                statuses.append(answer.status)
        return statuses


@asynccontextmanager
async def calling(
    names: str = "abc", *, routes: Iterable[MockRoute[str]] = (), **options: Any
) -> AsyncGenerator[Calling]:
    """Start a service with a handler for each letter, and those of the routes; all answer."""
    declared = [*routes_of(names), *routes]
    async with start_service(declared, **options) as service, aiohttp.ClientSession() as client:
        for route in declared:
            service.register(route.handler_name, OK)
        yield Calling(service, client)


def text_of(error: BaseException) -> str:
    """The first line of what is said."""
    return str(error).partition("\n")[0]
