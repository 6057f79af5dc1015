"""Show that a client goes through its proxy, with its credentials, and what it sends there.

Run it with ``python examples/through_proxy.py``.
"""

import asyncio

from aiohttp import ClientSession

from asyncly.srvmocker import JsonResponse, MockRoute, start_proxy, start_service


async def main() -> None:
    async with (
        start_service([MockRoute("GET", "/report", "report")]) as service,
        start_proxy(auth=("ann", "secret")) as proxy,
        ClientSession() as client,
    ):
        service.register("report", JsonResponse({"ok": True}))
        target = service.url / "report"

        async with client.get(target, proxy=proxy.url) as answer:
            print("without credentials:", answer.status)
        service.assert_not_called("report")

        with_credentials = proxy.url.with_user("ann").with_password("secret")
        async with client.get(target, proxy=with_credentials) as answer:
            print("with credentials:", answer.status, await answer.json())
        service.assert_called("report", times=1)
        proxy.assert_called(times=2, target=target, method="GET")


if __name__ == "__main__":
    asyncio.run(main())
