"""Recorded requests: what their parts are."""

from collections.abc import Mapping, MutableMapping, MutableSequence
from typing import assert_type

from aiohttp.web import BaseRequest
from multidict import CIMultiDictProxy, MultiMapping
from yarl import URL

from asyncly.srvmocker import MockService, RecordedRequest, RequestHistory
from asyncly.srvmocker.assertions import call_matches


def parts(call: RequestHistory) -> None:
    assert_type(call.request, BaseRequest)
    assert_type(call.body, bytes)
    assert_type(call.method, str)
    assert_type(call.url, URL)
    assert_type(call.path, str)
    assert_type(call.headers, CIMultiDictProxy[str])
    assert_type(call.query, MultiMapping[str])
    assert_type(call.path_params, Mapping[str, str])
    assert_type(call.handler_name, str)
    assert_type(call.request.method, str)
    assert_type(call_matches(call, json={"a": 1}), bool)
    assert_type(call_matches(call, json=[1, {"a": []}]), bool)
    call.body = b""  # error: mypy[misc] pyright[reportAttributeAccessIssue]


def history(service: MockService) -> None:
    assert_type(service.history, MutableSequence[RequestHistory])
    assert_type(service.history_map, MutableMapping[str, MutableSequence[RequestHistory]])
    assert_type(service.history[0], RequestHistory)
    assert_type(service.history[1:], MutableSequence[RequestHistory])
    service.history.clear()
    service.history_map["items"].append(service.history[0])
    service.history.append("call")  # error: mypy[arg-type] pyright[reportArgumentType]
    service.history = []  # error: mypy[misc] pyright[reportAttributeAccessIssue]


def two_names_of_one_class(call: RecordedRequest) -> RequestHistory:
    return call
