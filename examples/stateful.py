"""Responses of one's own: a small store that remembers what was put into it.

Run it with ``python examples/stateful.py``.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from aiohttp import ClientSession, web

from asyncly.srvmocker import BaseMockResponse, MockRoute, start_service

ROUTES = [
    MockRoute("PUT", "/notes/{name}", "put_note"),
    MockRoute("GET", "/notes/{name}", "get_note"),
]


@dataclass
class Computed(BaseMockResponse):
    """Answers with what a function makes of the request's path parameter and text."""

    compute: Callable[[str, str], str]

    async def response(self, request: web.Request) -> web.StreamResponse:
        name, text = request.match_info["name"], await request.text()
        try:
            return web.Response(text=self.compute(name, text))
        except KeyError:
            raise web.HTTPNotFound(text=f"no note {name!r}") from None


@dataclass
class Notes:
    """The state behind the two handlers."""

    texts: dict[str, str] = field(default_factory=dict[str, str])

    def put(self, name: str, text: str) -> str:
        self.texts[name] = text
        return "stored"

    def get(self, name: str, _: str) -> str:
        return self.texts[name]


async def main() -> None:
    notes = Notes()
    async with start_service(ROUTES) as service, ClientSession(service.url) as client:
        service.register("put_note", Computed(notes.put))
        service.register("get_note", Computed(notes.get))

        for method, text in (("GET", None), ("PUT", "buy tea"), ("GET", None)):
            async with client.request(method, "/notes/today", data=text) as answer:
                print(method, answer.status, await answer.text())

        service.assert_called("put_note", times=1, body=b"buy tea")


if __name__ == "__main__":
    asyncio.run(main())
