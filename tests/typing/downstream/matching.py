"""What a predicate may be given: any JSON value, and any mapping of strings."""

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TypedDict

from multidict import CIMultiDict, CIMultiDictProxy, MultiDict

from asyncly.srvmocker import (
    ABSENT,
    NULL,
    AtPath,
    Exactly,
    Match,
    MockService,
    Part,
    Partial,
    ValidJson,
)
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
    service.assert_called("items", body=re.compile(b"text"), headers={"X-A": re.compile("1")})
    service.assert_called("items", json=Partial({"tags": [], "id": NULL}), query={"a": ABSENT})


def wrong() -> None:
    Match(query=[("page", "2")])  # error: mypy[arg-type] pyright[reportArgumentType]
    Match(None, None, None, None, "text")  # error: mypy[call-arg] pyright[reportCallIssue]
    Match(predicate=len)  # error: mypy[arg-type] pyright[reportArgumentType]
    Match() & 1  # error: mypy[operator] pyright[reportOperatorIssue]
    ~Match() & Match() | Match(cookies={"a": ["1", ABSENT]}, form=Exactly({"a": re.compile("1")}))
    AtPath("$.a")  # missing both is told when it is made
    ValidJson("text")  # error: mypy[arg-type] pyright[reportArgumentType]
    Part("a", b"b", re.compile("c"))
    Match(predicate=lambda call: call.path_params["id"] == call.text)
    Match().json = 1  # error: mypy[misc] pyright[reportAttributeAccessIssue]


def a_value_is_no_json(value: JsonValue) -> None:
    takes_json({1})  # error: mypy[arg-type] pyright[reportArgumentType]
    takes_json(b"bytes")  # error: mypy[arg-type] pyright[reportArgumentType]
    takes_json(value)
    takes_json({"a": [1, None, {"b": 1.5}]})


def takes_json(value: JsonValue) -> None:
    del value
