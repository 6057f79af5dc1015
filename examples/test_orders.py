"""A test module with the plugin's fixtures, as it would stand in a project of yours.

Run it with ``pytest -o asyncio_mode=auto examples/test_orders.py``.
"""

import pytest
from aiohttp import ClientSession
from yarl import URL

from asyncly.srvmocker import JsonResponse, Match, MockRoute, MockService


async def order(url: URL, item: str) -> str:
    """The code under test."""
    async with (
        ClientSession(url) as session,
        session.post("/orders", json={"item": item}) as answer,
    ):
        return "ordered" if answer.status == 201 else f"failed with {answer.status}"


@pytest.fixture
def mock_routes() -> list[MockRoute]:
    return [
        MockRoute("POST", "/orders", "sold_out", Match(json={"item": "tea"})),
        MockRoute("POST", "/orders", "create"),
    ]


@pytest.fixture
def service(mock_service: MockService) -> MockService:
    mock_service.register("sold_out", JsonResponse({"error": "sold out"}, status=409))
    mock_service.register("create", JsonResponse({"id": 1}, status=201))
    return mock_service


async def test_an_order_is_created(service: MockService) -> None:
    assert await order(service.url, "milk") == "ordered"
    service.assert_called("create", times=1, json={"item": "milk"})


async def test_what_is_sold_out_is_not_ordered(service: MockService) -> None:
    assert await order(service.url, "tea") == "failed with 409"
    service.assert_not_called("create")
