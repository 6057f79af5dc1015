"""Small facts about the package's objects that a user may rely on without any request."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from collections.abc import Callable
from functools import partial
from typing import cast

from aiohttp.test_utils import make_mocked_request

import asyncly.srvmocker
from asyncly.srvmocker import (
    BaseMockResponse,
    ContentResponse,
    JsonResponse,
    Match,
    MockRoute,
    SequenceResponse,
    SrvMockerError,
)
from asyncly.srvmocker.assertions import call_matches
from asyncly.srvmocker.constants import SERVICE_KEY
from asyncly.srvmocker.exceptions import SequenceExhausted, UnknownHandlerError
from asyncly.srvmocker.models import RequestHistory
from asyncly.srvmocker.responses.timeout import LatencyResponse

from .making import SERIALIZERS
from .values import Wire

REQUEST = make_mocked_request("POST", "/x?a=1", headers={"X-A": "1"})


def unchanged_by_its_dict() -> Wire:
    """Whether a `Match` keeps what it was made with."""
    headers, query = {"a": "1"}, {"b": "2"}
    match = Match(headers=headers, query=query)
    headers["a"] = query["b"] = "9"
    return [match.headers == {"a": "1"}, match.query == {"b": "2"}]


def names_of(call: Callable[..., object], *names: str) -> Wire:
    """These parameters in their order, their kinds, and whether they have a default.

    More parameters that have a default do no harm.
    """
    parameters = inspect.signature(call).parameters.values()
    return [
        [each.name, each.kind.name, each.default is not inspect.Parameter.empty]
        for each in parameters
        if each.name in names or each.default is inspect.Parameter.empty
    ]


def exported() -> Wire:
    """Every name that the published package exports is there."""
    names = (
        "BaseMockResponse ContentResponse JsonResponse Match MockProxyService MockRoute "
        "MockService RawResponse SequenceExhausted SequenceResponse "
        "SrvMockerError UnknownHandlerError start_proxy start_service"
    )
    return [name for name in names.split() if not hasattr(asyncly.srvmocker, name)]


PARAMETERS: dict[str, tuple[Callable[..., object], str]] = {
    "match-parameters": (Match, "json body headers query"),
    "history-parameters": (RequestHistory, "request body"),
    "sequence-parameters": (SequenceResponse, "responses on_exhausted"),
    "json-parameters": (JsonResponse, "body status headers"),
    "latency-parameters": (LatencyResponse, "wrapped latency"),
    "start-proxy-parameters": (asyncly.srvmocker.start_proxy, "auth"),
}

PROBES: dict[str, Callable[[], object]] = {
    "exported": exported,
    "match-equal": lambda: Match(json={"a": 1}) == Match(json={"a": 1.0}),
    "match-unequal": lambda: Match(json=1) == Match(json=2),
    "match-to-other": lambda: Match() == object(),
    "match-hash-plain": lambda: bool([hash(Match(body=b"x"))]),
    "match-hash-json": lambda: bool([hash(Match(json={"a": 1}))]),
    "match-hash-headers": lambda: bool([hash(Match(headers={"a": "1"}))]),
    "match-repr": lambda: repr(Match(json=1, headers={"a": "b"})),
    "match-fields": lambda: [each.name for each in dataclasses.fields(Match)],
    "match-replace": lambda: dataclasses.replace(Match(json=1), body=b"x").body == b"x",
    "match-asdict": lambda: dataclasses.asdict(Match(json=1, query={"a": "b"})),
    "match-positional": lambda: Match(1, b"b", {"c": "d"}, {"e": "f"}).query,
    "match-frozen": lambda: setattr(Match(), "json", 1),
    "match-copy": lambda: copy.deepcopy(Match(json=[1])) == Match(json=[1]),
    "match-pickle": lambda: pickle.loads(pickle.dumps(Match(json=[1]))) == Match(json=[1]),
    "match-copied": unchanged_by_its_dict,
    "match-by-hand": lambda: [
        Match(json=1).matches(REQUEST, b"1.0"),
        Match(headers={"x-a": "1"}, query={"a": "1"}).matches(REQUEST, b""),
        Match(body=b"x").matches(REQUEST, b"y"),
        Match().matches(REQUEST, b""),
    ],
    "route-equal": lambda: MockRoute("GET", "/", "a") == MockRoute("GET", "/", "a"),
    "route-hash": lambda: hash(MockRoute("GET", "/", "a")) == hash(MockRoute("GET", "/", "a")),
    "route-repr": lambda: repr(MockRoute("GET", "/", "a")),
    "route-fields": lambda: [each.name for each in dataclasses.fields(MockRoute)],
    "route-frozen": lambda: setattr(MockRoute("GET", "/", "a"), "path", "/b"),
    "route-keywords": lambda: MockRoute(method="G", path="/", handler_name="n", match=None).path,
    "route-too-few": lambda: cast("Callable[..., object]", MockRoute)("GET", "/"),
    "route-replace": lambda: dataclasses.replace(MockRoute("GET", "/", "a"), path="/b").path,
    "history-made": lambda: RequestHistory(request=REQUEST, body=b"x").body == b"x",
    "history-same-request": lambda: RequestHistory(REQUEST, b"x").request is REQUEST,
    "history-equal": lambda: RequestHistory(REQUEST, b"x") == RequestHistory(REQUEST, b"x"),
    "history-unequal": lambda: RequestHistory(REQUEST, b"x") == RequestHistory(REQUEST, b"y"),
    "call-matches": lambda: [
        call_matches(RequestHistory(REQUEST, b"1"), json=True),
        call_matches(RequestHistory(REQUEST, b"1"), json=2),
        call_matches(RequestHistory(REQUEST, b"1"), headers={"x-a": "1"}, query={"a": "1"}),
        call_matches(RequestHistory(REQUEST, b"1")),
    ],
    "abstract": cast("Callable[..., object]", BaseMockResponse),
    "exceptions": lambda: [
        [base.__name__ for base in each.__mro__]
        for each in (SequenceExhausted, UnknownHandlerError, SrvMockerError)
    ],
    "key": lambda: str(SERVICE_KEY).rpartition(".")[2],
    "sequence-of-generator": lambda: bool(SequenceResponse(JsonResponse(n) for n in range(2))),
    "sequence-empty": lambda: SequenceResponse(()),
    "content-parameters": lambda: names_of(
        ContentResponse, "body", "status", "headers", "serializer"
    ),
    "content-attributes": lambda: [
        ContentResponse({"a": 1}, 201, {"b": "c"}, SERIALIZERS["json"]).body,
        ContentResponse(b"").status,
        ContentResponse(b"").serializer is None,
    ],
    "content-serialize": lambda: ContentResponse("x", serializer=SERIALIZERS["upper"]).serialize(),
    "content-set-status": lambda: setattr(ContentResponse(b""), "status", 404),
    "content-equal": lambda: ContentResponse(b"") == ContentResponse(b""),
    "latency-attributes": lambda: LatencyResponse(JsonResponse(1), 0.5).latency,
    "latency-set": lambda: setattr(LatencyResponse(JsonResponse(1), 0.5), "latency", 0),
    "start-service-parameters": lambda: names_of(
        asyncly.srvmocker.start_service, "routes", "ssl_context"
    ),
    **{each: partial(names_of, call, *names.split()) for each, (call, names) in PARAMETERS.items()},
}
