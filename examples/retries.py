"""A client that tries again, tested against a service that fails, dawdles, and recovers.

Run it with ``python examples/retries.py``.
"""

import asyncio

from aiohttp import ClientError, ClientSession, ClientTimeout
from yarl import URL

from asyncly.srvmocker import (
    JsonResponse,
    LatencyResponse,
    MockRoute,
    RawResponse,
    SequenceResponse,
    start_service,
)


async def fetch(session: ClientSession, url: URL, attempts: int) -> dict[str, object]:
    """The code under test: up to `attempts` requests until one is answered in time with a 200."""
    for _ in range(attempts):
        try:
            async with session.get(url) as answer:
                if answer.status == 200:
                    value: dict[str, object] = await answer.json()
                    return value
        except (ClientError, TimeoutError):
            continue
    raise RuntimeError(f"no answer after {attempts} attempts")


async def main() -> None:
    good = JsonResponse({"temperature": 21.5})
    troubles = [RawResponse(status=503), LatencyResponse(good, latency=30), good]
    impatient = ClientTimeout(total=1.0)

    async with (
        start_service([MockRoute("GET", "/weather", "weather")]) as service,
        ClientSession(timeout=impatient) as session,
    ):
        service.register("weather", SequenceResponse(troubles))
        print(await fetch(session, service.url / "weather", attempts=3))
        service.assert_called("weather", times=3)

        service.register("weather", SequenceResponse(troubles))
        try:
            await fetch(session, service.url / "weather", attempts=2)
        except RuntimeError as error:
            print(error)
        service.assert_called("weather", times=5)


if __name__ == "__main__":
    asyncio.run(main())
