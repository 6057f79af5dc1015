"""A response that is whatever steps a test says."""

from collections.abc import Callable, Iterable, Iterator

from aiohttp import web

from asyncly.srvmocker import BaseMockResponse
from asyncly.srvmocker._door.answers.plans import Plan
from asyncly.srvmocker._door.answers.scripted import by_aiohttp
from asyncly.srvmocker._door.answers.scripts import Ending, Script, Step

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n"
OK = HEAD % 2 + b"ok"


class Steps(BaseMockResponse):
    """Takes these steps for each request, or those that a function makes."""

    def __init__(self, steps: Iterable[Step] | Callable[[], Iterator[Step]], status: int = 200):
        self.make: Callable[[], Iterator[Step]] = steps if callable(steps) else list(steps).__iter__
        self.status = status

    def script(self) -> Script:
        return Script(self.status, lambda kind: self.make())

    async def response(self, request: web.Request) -> web.StreamResponse:
        return by_aiohttp(self.script())

    def __plan__(self) -> Plan:
        return self.script()


class Delegating(BaseMockResponse):
    """A user's own class that asks another response."""

    def __init__(self, wrapped: BaseMockResponse) -> None:
        self.wrapped = wrapped

    async def response(self, request: web.Request) -> web.StreamResponse:
        return await self.wrapped.response(request)


def stuck(*before: Step) -> Steps:
    """What hangs behind these steps."""
    return Steps([*before, Ending.HANG], 0)
