"""The plugin's fixtures, as a strictly typed test module overrides and uses them."""

from collections.abc import Iterable
from typing import Literal, TypeAlias

import pytest

from asyncly.srvmocker import JsonResponse, MockProxyService, MockRoute, MockService

Name: TypeAlias = Literal["items"]


@pytest.fixture
def mock_routes() -> Iterable[MockRoute[Name]]:
    return [MockRoute("GET", "/items", "items")]


async def test_items(mock_service: MockService[Name], mock_proxy: MockProxyService) -> None:
    mock_service.register("items", JsonResponse([]))
    mock_service.assert_called("itmes")  # error: mypy[arg-type] pyright[reportArgumentType]
    mock_proxy.assert_not_called()
