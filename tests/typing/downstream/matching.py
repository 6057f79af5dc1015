"""What a predicate may be given: any JSON value, and any mapping of strings."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypedDict

from multidict import CIMultiDict, CIMultiDictProxy, MultiDict

from asyncly.srvmocker import Match, MockService
from asyncly.srvmocker.typing import JsonValue


class Item(TypedDict):
    id: int
    tags: list[str]


def json_values(value: JsonValue, nested: Mapping[str, Mapping[str, int]]) -> list[Match]:
    item: Item = {"id": 7, "tags": ["a"]}
    items: list[Item] = [item]
    counts: dict[str, int] = {"a": 1}
    return [
        Match(json=None),
        Match(json=1),
        Match(json="text"),
        Match(json=[1, 2.5, None, True, {"a": [0]}]),
        Match(json=[1, 2.5, None, True, {"a": []}]),
        Match(json={"a": [item, {}], "b": Anything(), "c": [nested, [], value]}),
        Match(json=[{"a": [], "b": {}}, item, []]),
        Match(json={"a": [], "b": {}}),
        Match(json={"id": 7, "tags": ["a"]}),
        Match(json=value),
        Match(json=item),
        Match(json=items),
        Match(json=counts),
        Match(json=nested),
        Match(json=Anything()),
    ]


class Anything:
    """An expected value may hold objects with an `__eq__` of their own."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


def mappings(
    given: Mapping[str, str], multi: CIMultiDict[str], proxy: CIMultiDictProxy[str]
) -> list[Match]:
    return [
        Match(headers={"X-A": "1"}, query={"page": "2"}),
        Match(headers=given, query=given),
        Match(headers=multi, query=MultiDict(page="2")),
        Match(headers=proxy),
        Match(headers=MappingProxyType({"X-A": "1"})),
    ]


def assertions(service: MockService, given: Mapping[str, str], multi: CIMultiDict[str]) -> None:
    item: Item = {"id": 7, "tags": []}
    service.assert_called("items", times=1, json=item, headers=multi, query=given, body=b"")
    service.assert_called("items", json=[1, {"tags": []}, item, {}])
    service.assert_called("items", 1)  # error: mypy[call-arg] pyright[reportCallIssue]
    service.assert_called("items", times="1")  # error: mypy[arg-type] pyright[reportArgumentType]
    service.assert_called("items", body="text")  # error: mypy[arg-type] pyright[reportArgumentType]


def wrong() -> None:
    Match(body="text")  # error: mypy[arg-type] pyright[reportArgumentType]
    Match(headers={"X-A": 1})  # error: mypy[dict-item] pyright[reportArgumentType]
    Match(query=[("page", "2")])  # error: mypy[arg-type] pyright[reportArgumentType]
    Match(cookies={})  # error: mypy[call-arg] pyright[reportCallIssue]
    Match().json = 1  # error: mypy[misc] pyright[reportAttributeAccessIssue]


def a_value_is_no_json(value: JsonValue) -> None:
    takes_json({1})  # error: mypy[arg-type] pyright[reportArgumentType]
    takes_json(b"bytes")  # error: mypy[arg-type] pyright[reportArgumentType]
    takes_json(value)
    takes_json({"a": [1, None, {"b": 1.5}]})


def takes_json(value: JsonValue) -> None:
    del value
