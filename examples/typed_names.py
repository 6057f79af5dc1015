"""Handler names as an enumeration: mypy and pyright refuse a name that no route declares.

Run it with ``python examples/typed_names.py``, and check it with ``mypy --strict``.
"""

import asyncio
from enum import StrEnum

from aiohttp import ClientSession

from asyncly.srvmocker import JsonResponse, Match, MockRoute, MockService, start_service


class Payments(StrEnum):
    """What the payment service can do."""

    CHARGE = "charge"
    REFUSE = "refuse"


ROUTES = [
    MockRoute("POST", "/payments", Payments.REFUSE, Match(json={"card": "expired"})),
    MockRoute("POST", "/payments", Payments.CHARGE),
]


def working(service: MockService[Payments]) -> None:
    """Let the service work; `service.register("chrage", …)` would not pass the type checker."""
    service.register(Payments.CHARGE, JsonResponse({"paid": True}))
    service.register(Payments.REFUSE, JsonResponse({"paid": False}, status=402))


async def main() -> None:
    async with start_service(ROUTES) as service, ClientSession(service.url) as client:
        working(service)
        for card in ("valid", "expired"):
            async with client.post("/payments", json={"card": card}) as answer:
                print(card, answer.status, await answer.json())
        service.assert_called(Payments.CHARGE, times=1)
        service.assert_called(Payments.REFUSE, times=1)


if __name__ == "__main__":
    asyncio.run(main())
