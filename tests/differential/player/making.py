"""The routes and responses that a scenario describes."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from asyncly.srvmocker import (
    BaseMockResponse,
    ContentResponse,
    JsonResponse,
    Match,
    MockRoute,
    RawResponse,
    SequenceResponse,
)
from asyncly.srvmocker.responses.msgpack import MsgpackResponse
from asyncly.srvmocker.responses.timeout import LatencyResponse
from asyncly.srvmocker.responses.toml import TomlResponse
from asyncly.srvmocker.responses.yaml import YamlResponse
from asyncly.srvmocker.serialization.base import Serializer
from asyncly.srvmocker.serialization.json import JsonSerializer

from .users import USERS
from .values import Wire, items, keywords, table, text, value


def upper(body: object) -> str:
    return str(body).upper()


def backwards(body: object) -> bytes:
    return str(body).encode()[::-1]


SERIALIZERS: dict[str, Serializer] = {
    "json": JsonSerializer,
    "upper": Serializer(dumps=upper, content_type="text/upper"),
    "backwards": Serializer(dumps=backwards, content_type="application/x-backwards"),
    "charset": Serializer(dumps=upper, content_type="text/plain; charset=utf-8"),
    "latin": Serializer(dumps=upper, content_type="text/plain; charset=latin-1"),
}


def answer_of(wire: Wire) -> BaseMockResponse:
    """The response that a scenario describes."""
    spec = dict(table(wire))
    kind = text(spec.pop("kind"))
    if kind == "user":
        return USERS[text(spec["name"])]()
    if kind == "sequence":
        made = [answer_of(each) for each in items(spec.pop("responses"))]
        return SequenceResponse(made, **keywords(spec))  # type: ignore[arg-type]  # wrong ones too
    if kind == "latency":
        return LatencyResponse(answer_of(spec["wrapped"]), cast(float, value(spec["latency"])))
    if kind == "content":
        named = spec.pop("serializer", None)
        serializer = None if named is None else SERIALIZERS[text(named)]
        return ContentResponse(**keywords(spec), serializer=serializer)  # type: ignore[arg-type]  # wrong ones too
    kinds: dict[str, Callable[..., BaseMockResponse]] = {
        "json": JsonResponse,
        "raw": RawResponse,
        "msgpack": MsgpackResponse,
        "toml": TomlResponse,
        "yaml": YamlResponse,
    }
    return kinds[kind](**keywords(spec))


def route_of(wire: Wire) -> MockRoute:
    """The route that a scenario describes."""
    spec = table(wire)
    match = spec.get("match")
    return MockRoute(
        text(spec["method"]),
        text(spec["path"]),
        text(spec["name"]),
        None if match is None else Match(**keywords(match)),  # type: ignore[arg-type]  # wrong ones too
    )
