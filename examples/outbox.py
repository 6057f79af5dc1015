"""Code that works in the background, verified: waiting for calls, their order, what was unexpected.

Run it with ``python examples/outbox.py``.
"""

import asyncio

from aiohttp import ClientSession
from yarl import URL

from asyncly.srvmocker import CallAssertionError, Match, MockRoute, RawResponse, start_service

ROUTES = [
    MockRoute("POST", "/login", "login"),
    MockRoute("POST", "/messages", "message"),
]


async def deliver(url: URL, outbox: asyncio.Queue[str]) -> None:
    """The code under test: sends what is put into the outbox, until that is empty text."""
    async with ClientSession(url) as session:
        await session.post("/login")
        while text := await outbox.get():
            await session.post("/messages", json={"text": text, "urgent": text.endswith("!")})
        await session.post("/logout")


async def main() -> None:
    outbox: asyncio.Queue[str] = asyncio.Queue()
    try:
        async with start_service(ROUTES, strict=True) as service:
            service.register("login", RawResponse())
            service.register("message", RawResponse())
            background = asyncio.create_task(deliver(service.url, outbox))

            for text in ("hello", "hurry!"):
                outbox.put_nowait(text)
            messages = await service.wait_for_calls("message", times=2, timeout=10)
            print([call.body for call in messages])

            service.assert_order("login", "message", "message", exactly=True)
            hello = Match(json={"text": "hello", "urgent": False})
            hurry = Match(json={"text": "hurry!", "urgent": True})
            messages.assert_order(hello, hurry)

            try:
                messages.matching(json={"text": "hello", "urgent": True}).assert_count(1)
            except CallAssertionError as error:
                print(error)

            outbox.put_nowait("")
            await background
    except CallAssertionError as error:
        print(error)


if __name__ == "__main__":
    asyncio.run(main())
