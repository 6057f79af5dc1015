"""Handler names are a type parameter: a misspelt one is an error where names are declared."""

from collections.abc import Iterator
from enum import StrEnum
from typing import Literal, TypeAlias, assert_type

from asyncly.srvmocker import (
    JsonResponse,
    MockRoute,
    MockService,
    RequestHistory,
    start_service,
)


class Name(StrEnum):
    ITEMS = "items"
    ITEM = "item"


Choice: TypeAlias = Literal["items", "item"]


async def names_of_an_enum() -> None:
    routes = [
        MockRoute("GET", "/items", Name.ITEMS),
        MockRoute("GET", "/items/{id}", Name.ITEM),
    ]
    async with start_service(routes) as service:
        assert_type(service, MockService[Name])
        service.register(Name.ITEM, JsonResponse({}))
        service.register("tpyo", JsonResponse({}))  # error: mypy[arg-type] pyright[reportArgumentType]
        service.register("item", JsonResponse({}))  # error: mypy[arg-type] pyright[reportArgumentType]
        service.register(Name.TPYO, JsonResponse({}))  # error: mypy[attr-defined] pyright[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]
        service.assert_called(Name.ITEM, times=1)
        service.assert_called("tpyo")  # error: mypy[arg-type] pyright[reportArgumentType]
        service.assert_not_called("tpyo")  # error: mypy[arg-type] pyright[reportArgumentType]
        service.get_calls("tpyo")  # error: mypy[arg-type] pyright[reportArgumentType]
        service.last_call("tpyo")  # error: mypy[arg-type] pyright[reportArgumentType]


async def names_of_a_literal() -> None:
    routes: list[MockRoute[Choice]] = [
        MockRoute("GET", "/items", "items"),
        MockRoute("GET", "/items/{id}", "item"),
    ]
    async with start_service(routes) as service:
        assert_type(service, MockService[Choice])
        service.register("item", JsonResponse({}))
        service.register("tpyo", JsonResponse({}))  # error: mypy[arg-type] pyright[reportArgumentType]

    wrong: MockRoute[Choice] = MockRoute("GET", "/", "tpyo")  # error: mypy[arg-type] pyright[reportAssignmentType]
    del wrong


def as_a_fixture_gives_it(service: MockService[Choice]) -> None:
    service.register("items", JsonResponse([]))
    service.register("itmes", JsonResponse([]))  # error: mypy[arg-type] pyright[reportArgumentType]


async def plain_names() -> None:
    """Who does not care never sees the parameter."""
    routes = [MockRoute("GET", "/items", "items"), MockRoute("POST", "/items", "create")]
    async with start_service(routes) as service:
        assert_type(service, MockService)
        assert_type(service, MockService[str])
        service.register("items", JsonResponse({}))
        service.register("whatever", JsonResponse({}))
        uses_a_plain_service(service)


async def plain_names_from_a_helper() -> None:
    async with start_service(declared()) as service:
        uses_a_plain_service(service)
    async with start_service(MockRoute("GET", f"/{name}", name) for name in "ab") as service:
        uses_a_plain_service(service)
    async with start_service([]) as empty:
        uses_a_plain_service(empty)


def declared() -> Iterator[MockRoute]:
    yield MockRoute("GET", "/items", "items")


def uses_a_plain_service(service: MockService) -> None:
    name: str = "items"
    service.register(name, JsonResponse({}))
    service.handlers[name] = JsonResponse({})
    assert_type(service.get_calls(name), list[RequestHistory])
    assert_type(service.last_call(name), RequestHistory)


def names_are_strings() -> None:
    MockRoute("GET", "/", 7)  # error: mypy[type-var] pyright[reportArgumentType]
