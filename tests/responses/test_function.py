"""`FunctionResponse`: what a function may return, how it is answered, and what is an error."""

import asyncio
import functools
import re
from collections import deque
from collections.abc import AsyncGenerator, Awaitable
from http import HTTPStatus
from types import MappingProxyType
from typing import cast

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from asyncly.srvmocker import (
    BaseMockResponse,
    ContentResponse,
    FunctionResponse,
    JsonResponse,
    LatencyResponse,
    MockRoute,
    MockService,
    RawResponse,
    RecordedRequest,
    SequenceResponse,
    start_service,
)
from asyncly.srvmocker.responses.function import FunctionResult, ResponseFunction, _Turn
from tests.rawhttp import Answer, raw_client

GET = b"GET /items/7?page=2 HTTP/1.1\r\nHost: x\r\n\r\n"
ALLOWED = (
    "return a BaseMockResponse, an aiohttp response, JSON (a dict, a list, a number, a bool, "
    "None), a str, bytes, or a (status, body) pair of these bodies"
)


@pytest.fixture
async def service() -> AsyncGenerator[MockService]:
    async with start_service([MockRoute("*", "/items/{id}", "it")]) as running:
        yield running


def both(result: FunctionResult) -> list[ResponseFunction]:
    """A synchronous and an asynchronous function that return this, and one between the two."""

    def at_once(request: RecordedRequest) -> FunctionResult:
        return result

    async def later(request: RecordedRequest) -> FunctionResult:
        await asyncio.sleep(0)
        return result

    def awaitable(request: RecordedRequest) -> Awaitable[FunctionResult]:
        return later(request)

    return [at_once, later, awaitable]


async def told(service: MockService, response: BaseMockResponse, *requests: bytes) -> list[Answer]:
    """What a response writes, without the second in which it did."""
    service.register("it", response)
    found: list[Answer] = []
    async with raw_client(service.url) as raw:
        for request in requests:
            answer = await raw.ask(request)
            head = re.sub(rb"\r\nDate: [^\r]+", b"", answer.head)
            found.append(Answer(head, answer.body, answer.wire))
    return found


REQUESTS = [
    request
    for method, version, connection in [
        (b"GET", b"1.1", b""),
        (b"POST", b"1.1", b"Content-Length: 0\r\n"),
        (b"HEAD", b"1.1", b""),
        (b"GET", b"1.0", b"Connection: keep-alive\r\n"),
        (b"GET", b"1.1", b"Connection: close\r\n"),
    ]
    if (request := b"%b /items/7 HTTP/%b\r\nHost: x\r\n%b\r\n" % (method, version, connection))
]


@pytest.mark.parametrize(
    ("result", "same"),
    [
        ({"a": [1, "é"]}, JsonResponse({"a": [1, "é"]})),
        ([1, 2], JsonResponse([1, 2])),
        ([], JsonResponse([])),
        (7, JsonResponse(7)),
        (2.5, JsonResponse(2.5)),
        (False, JsonResponse(False)),
        (None, JsonResponse(None)),
        ("é", ContentResponse("é")),
        ("", ContentResponse("")),
        (b"\x00\xff", RawResponse(b"\x00\xff")),
        (b"", RawResponse(b"")),
        (bytearray(b"ab"), RawResponse(b"ab")),
        (memoryview(b"abc")[1:], RawResponse(b"bc")),
        ((404, {"error": "none"}), JsonResponse({"error": "none"}, 404)),
        ((HTTPStatus.CREATED, None), JsonResponse(None, 201)),
        ((204, None), JsonResponse(None, 204)),
        ((304, b""), RawResponse(b"", 304)),
        ((500, "broken"), ContentResponse("broken", 500)),
        ((999, b"x"), RawResponse(b"x", 999)),
        ((200, (1, 2)), JsonResponse([1, 2])),
        (MappingProxyType({"a": MappingProxyType({"b": 1})}), JsonResponse({"a": {"b": 1}})),
        (range(3), JsonResponse([0, 1, 2])),
        ([deque([1])], JsonResponse([[1]])),
        (JsonResponse({"a": 1}, 201, {"X-A": "1"}), JsonResponse({"a": 1}, 201, {"X-A": "1"})),
        (JsonResponse({"a": 1}, 201), JsonResponse({"a": 1}, 201)),
        (RawResponse(b"x", 204), RawResponse(b"x", 204)),
        (ContentResponse(None), ContentResponse(None)),
        (
            RawResponse(b"x", headers={"content-type": "text/x"}),
            RawResponse(b"x", headers={"content-type": "text/x"}),
        ),
        (LatencyResponse(RawResponse(b"x"), 0), RawResponse(b"x")),
    ],
    ids=lambda value: type(value).__name__,
)
async def test_it_answers_as_the_response_of_its_kind(
    service: MockService, result: FunctionResult, same: BaseMockResponse
) -> None:
    wanted = await told(service, same, *REQUESTS)
    for function in both(result):
        assert await told(service, FunctionResponse(function), *REQUESTS) == wanted
    assert not service.errors


async def test_a_synchronous_function_needs_no_task(service: MockService) -> None:
    await told(service, FunctionResponse(lambda request: request.path_params["id"]), GET, GET)
    assert service.account.answered_ready == 2
    assert service.account.answered_by_aiohttp == 0


@pytest.mark.parametrize("asynchronous", [False, True])
async def test_the_function_gets_the_recorded_request(
    client: aiohttp.ClientSession, service: MockService, asynchronous: bool
) -> None:
    seen: list[RecordedRequest] = []

    def look(request: RecordedRequest) -> FunctionResult:
        seen.append(request)
        return {
            "method": request.method,
            "id": request.path_params["id"],
            "page": request.query["page"],
            "body": request.body.decode(),
            "handler": request.handler_name,
            "header": request.headers["x-a"],
        }

    async def later(request: RecordedRequest) -> FunctionResult:
        return look(request)

    service.register("it", FunctionResponse(later if asynchronous else look))
    url = service.url / "items" / "7" % {"page": "2"}
    async with client.post(url, data=b"body", headers={"X-A": "1"}) as answer:
        assert await answer.json() == {
            "method": "POST",
            "id": "7",
            "page": "2",
            "body": "body",
            "handler": "it",
            "header": "1",
        }
    assert seen == [service.last_call("it")]


async def test_a_response_of_aiohttp_is_given_as_it_is(service: MockService) -> None:
    class Own(BaseMockResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            return web.Response(text=request.path, status=202)

    def given(request: RecordedRequest) -> FunctionResult:
        return web.Response(text=request.path, status=202)

    async def later(request: RecordedRequest) -> FunctionResult:
        return web.Response(text=request.path, status=202)

    wanted = await told(service, Own(), *REQUESTS)
    for function in (given, later):
        assert await told(service, FunctionResponse(function), *REQUESTS) == wanted


async def test_an_http_exception_is_an_answer_raised_or_returned(
    client: aiohttp.ClientSession, service: MockService
) -> None:
    def raises(request: RecordedRequest) -> FunctionResult:
        raise web.HTTPForbidden

    async def raises_later(request: RecordedRequest) -> FunctionResult:
        raise web.HTTPForbidden

    def returns(request: RecordedRequest) -> FunctionResult:
        return web.HTTPForbidden()

    for function in (raises, raises_later, returns):
        service.register("it", FunctionResponse(function))
        async with client.get(service.url / "items" / "7") as answer:
            assert (answer.status, await answer.text()) == (403, "403: Forbidden")
    assert not service.errors


async def test_other_exceptions_are_kept(
    client: aiohttp.ClientSession, service: MockService
) -> None:
    def raises(request: RecordedRequest) -> FunctionResult:
        raise LookupError(request.path_params["id"])

    async def raises_later(request: RecordedRequest) -> FunctionResult:
        raise LookupError(request.path_params["id"])

    for function in (raises, raises_later):
        service.register("it", FunctionResponse(function))
        async with client.get(service.url / "items" / "7") as answer:
            assert answer.status == 500
    assert [repr(failure.exception) for failure in service.errors] == ["LookupError('7')"] * 2


class _Odd:
    def __repr__(self) -> str:
        return "<odd>"


@pytest.mark.parametrize(
    ("nonsense", "shown"),
    [
        (_Odd(), "<odd>"),
        ({1, 2}, "{1, 2}"),
        ((), "()"),
        ((200,), "(200,)"),
        ((200, "a", "b"), "(200, 'a', 'b')"),
        (("200", "a"), "('200', 'a')"),
        ((True, "a"), "(True, 'a')"),
        ((99, "a"), "(99, 'a')"),
        ((200, _Odd()), "(200, <odd>)"),
        ((200, RawResponse()), "(200, <RawResponse 200 application/octet-stream, 0 bytes>)"),
        ({"a": _Odd()}, "{'a': <odd>}"),
        ({"a": b"bytes"}, "{'a': b'bytes'}"),
        ({(1, 2): 3}, "{(1, 2): 3}"),
        ((200, web.Response()), "(200, <Response OK not prepared>)"),
        (RawResponse, repr(RawResponse)),
        (["x" * 300, _Odd()], f"['{'x' * 198}..."),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else None,
)
async def test_nonsense_is_a_500_that_says_so(
    client: aiohttp.ClientSession, service: MockService, nonsense: object, shown: str
) -> None:
    for function in both(cast(FunctionResult, nonsense)):
        service.register("it", FunctionResponse(function))
        async with client.get(service.url / "items" / "7") as answer:
            assert answer.status == 500
        failure = service.errors[-1]
        assert type(failure.exception) is TypeError
        name = getattr(function, "__qualname__", "")
        assert str(failure.exception) == f"the function {name} returned {shown}; {ALLOWED}"
        assert failure.handler_name == "it"
    assert len(service.errors) == 3


async def test_a_list_in_itself_is_nonsense(
    client: aiohttp.ClientSession, service: MockService
) -> None:
    endless: list[object] = []
    endless.append(endless)
    service.register("it", FunctionResponse(lambda request: endless))
    async with client.get(service.url / "items" / "7") as answer:
        assert answer.status == 500
    assert "returned [[...]]; return a BaseMockResponse" in str(service.errors[-1].exception)


async def test_a_function_that_returns_itself_fails(
    client: aiohttp.ClientSession, service: MockService
) -> None:
    def again(request: RecordedRequest) -> FunctionResult:
        return response

    response = FunctionResponse(again)
    service.register("it", response)
    async with client.get(service.url / "items" / "7") as answer:
        assert answer.status == 500
    assert isinstance(service.errors[-1].exception, RecursionError)


async def test_a_function_may_return_another(service: MockService) -> None:
    inner = FunctionResponse(lambda request: (201, request.path_params["id"]))
    [answer] = await told(service, FunctionResponse(lambda request: inner), GET)
    assert (answer.status, answer.body) == (201, b"7")


async def test_it_may_be_wrapped(service: MockService) -> None:
    function = FunctionResponse(lambda request: request.query["page"])
    late = LatencyResponse(function, 0.001)
    answers = await told(service, SequenceResponse([function, late]), GET, GET)
    assert [answer.body for answer in answers] == [b"2", b"2"]


async def test_an_object_that_can_be_called_is_a_function(service: MockService) -> None:
    class Counter:
        count = 0

        async def __call__(self, request: RecordedRequest) -> FunctionResult:
            self.count += 1
            return self.count

        def __repr__(self) -> str:
            return "<counter>"

    def with_number(number: int, request: RecordedRequest) -> FunctionResult:
        return number

    counting = FunctionResponse(Counter())
    assert repr(counting) == "<FunctionResponse <counter>>"
    answers = await told(service, counting, GET, GET)
    answers += await told(service, FunctionResponse(functools.partial(with_number, 3)), GET)
    assert [answer.body for answer in answers] == [b"1", b"2", b"3"]


async def test_a_subclass_may_answer_in_its_own_way(
    client: aiohttp.ClientSession, service: MockService
) -> None:
    class Marked(FunctionResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            answer = await super().response(request)
            answer.headers["X-Path"] = request.path
            return answer

    for function in both((201, "text")):
        service.register("it", Marked(function))
        async with client.get(service.url / "items" / "7") as answer:
            assert (answer.status, await answer.text()) == (201, "text")
            assert answer.headers["X-Path"] == "/items/7"


def test_what_cannot_be_called_is_a_type_error() -> None:
    with pytest.raises(
        TypeError, match=r"^function=7 cannot be called: give a function of a request$"
    ):
        FunctionResponse(cast(ResponseFunction, 7))


def test_what_does_not_take_the_request_alone_is_a_type_error() -> None:
    def nothing() -> str:
        return ""

    async def two(request: RecordedRequest, other: str) -> str:
        return other

    for function, told in [
        (nothing, "nothing: it is given the request alone: too many positional arguments"),
        (two, "two: it is given the request alone: missing a required argument: 'other'"),
    ]:
        with pytest.raises(TypeError, match=rf"^function=.*\.{told}$"):
            FunctionResponse(cast(ResponseFunction, function))


async def test_a_function_that_does_not_tell_what_it_takes_is_asked(service: MockService) -> None:
    service.register("it", FunctionResponse(str))
    async with aiohttp.ClientSession() as client, client.get(service.url / "items" / "7") as answer:
        assert (answer.status, await answer.text()) == (200, str(service.last_call("it")))


def test_a_turn_of_aiohttps_is_one_for_whoever_asks_again() -> None:
    request = RecordedRequest(make_mocked_request("GET", "/"), b"")
    turn = _Turn(lambda request: None, request)
    assert turn.__plan__() is turn


def test_it_tells_its_function() -> None:
    def function(request: RecordedRequest) -> FunctionResult:
        return None

    response = FunctionResponse(function)
    assert response.function is function
    assert repr(response) == f"<FunctionResponse {function.__qualname__}>"
