"""A request and an answer on what is installed without extras: nothing else may be needed."""

import asyncio
import importlib

import aiohttp

from asyncly.srvmocker import JsonResponse, Match, MockRoute, start_service


async def main() -> None:
    routes = [MockRoute("POST", "/items", "create", Match(json={"kind": "book"}))]
    async with start_service(routes) as service, aiohttp.ClientSession(service.url) as client:
        service.register("create", JsonResponse({"id": 7}, status=201))
        async with client.post("/items", json={"kind": "book"}) as answer:
            assert (answer.status, await answer.json()) == (201, {"id": 7})
        service.assert_called("create", times=1)
        try:
            service.last_call("create").decode(dict[str, str])
        except ImportError as error:
            assert "asyncly[typed]" in str(error), error
        else:
            raise AssertionError("the extra typed is not missing here")


def missing(extra: str) -> None:
    """The error that an absent extra makes names it."""
    try:
        importlib.import_module(f"asyncly.srvmocker.responses.{extra}")
    except ImportError as error:
        assert f"asyncly[{extra}]" in str(error), error
    else:
        raise AssertionError(f"the extra {extra} is not missing here")


asyncio.run(main())
for name in ("msgpack", "toml", "yaml"):
    missing(name)
print("imports, serves, and names each missing extra")
