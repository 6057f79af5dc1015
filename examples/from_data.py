"""Routes and responses that are read from a file, and what a mistake in one looks like.

Run it with ``python examples/from_data.py``; it reads shop.yaml and needs the extra ``routes``.
"""

import asyncio
from pathlib import Path

from aiohttp import ClientSession

from asyncly.srvmocker import RoutesError, load_routes, start_service

ROUTES = load_routes(Path(__file__).with_name("shop.yaml"))


async def main() -> None:
    async with start_service(ROUTES) as service, ClientSession(service.url) as client:
        for card in ("4000-0001", "4000-0002"):
            async with client.post("/payments", json={"card": card}) as answer:
                print(card, answer.status, await answer.json())
        for _ in range(3):
            async with client.get("/stock/lamp") as answer:
                print("stock", answer.status, await answer.text())
        service.calls("accepted", "declined").assert_count(2)

    try:
        load_routes([{"method": "GET", "path": "/", "handler": "home", "respons": {"json": 1}}])
    except RoutesError as error:
        print(error)


if __name__ == "__main__":
    asyncio.run(main())
