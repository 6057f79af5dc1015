"""Responses: the ready ones, and a user's own."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict, assert_type

from aiohttp import web
from multidict import CIMultiDict
from yarl import URL

from asyncly.srvmocker import (
    BaseMockResponse,
    CompressedResponse,
    ContentResponse,
    Cookie,
    EchoResponse,
    FileResponse,
    FunctionResponse,
    FunctionResult,
    JsonResponse,
    LatencyResponse,
    MockService,
    ProblemResponse,
    RawResponse,
    RecordedRequest,
    RedirectResponse,
    SequenceResponse,
)
from asyncly.srvmocker.responses.msgpack import MsgpackResponse
from asyncly.srvmocker.responses.toml import TomlResponse
from asyncly.srvmocker.responses.yaml import YamlResponse
from asyncly.srvmocker.serialization.base import Serializer
from asyncly.srvmocker.serialization.json import JsonSerializer


def rows_as_csv(rows: list[list[str]]) -> str:
    return "\n".join(",".join(row) for row in rows)


CSV = Serializer(rows_as_csv, "text/csv")
NUMBERS: Serializer[list[int]] = Serializer(lambda rows: ",".join(map(str, rows)), "text/csv")
PLAIN: Serializer = JsonSerializer


class Echo(BaseMockResponse):
    async def response(self, request: web.Request) -> web.Response:
        return web.Response(body=await request.read())


class Stream(BaseMockResponse):
    def __init__(self, chunks: list[bytes]) -> None:
        self.chunks = chunks

    async def response(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        for chunk in self.chunks:
            await answer.write(chunk)
        return answer


class File(BaseMockResponse):
    async def response(self, request: web.Request) -> web.FileResponse:
        return web.FileResponse(Path("answer.bin"))


class Refuses(BaseMockResponse):
    async def response(self, request: web.Request) -> web.StreamResponse:
        raise web.HTTPForbidden


class TalksWebSocket(BaseMockResponse):
    async def response(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        return socket


class NotAsync(BaseMockResponse):
    def response(self, request: web.Request) -> web.StreamResponse:  # error: mypy[override] pyright[reportIncompatibleMethodOverride]
        return web.Response()


class ReturnsText(BaseMockResponse):
    async def response(self, request: web.Request) -> str:  # error: mypy[override] pyright[reportIncompatibleMethodOverride]
        return "text"


class AnswersNothing(BaseMockResponse):
    pass


def ready(headers: Mapping[str, str], multi: CIMultiDict[str]) -> list[BaseMockResponse]:
    return [
        JsonResponse({"id": 7}),
        JsonResponse(None, 204),
        JsonResponse([1, 2], status=201, headers={"X-A": "1"}),
        JsonResponse([1, None, {"tags": [], "parts": [{"of": {}}]}]),
        JsonResponse({}, headers=headers),
        JsonResponse({}, headers=multi),
        JsonResponse({}, headers=[("X-A", "1"), ("X-A", "2")], cookies={"a": "1"}),
        RawResponse(headers=headers.items(), cookies=headers),
        ContentResponse("a", cookies=[Cookie("a", "1", max_age=60, same_site="Lax")]),
        YamlResponse({"a": 1}, cookies=(Cookie(name, "1") for name in "ab")),
        RawResponse(),
        RawResponse(b"bytes", status=500, headers=multi),
        ContentResponse("a,b", 200, None, Serializer(str, "text/csv")),
        ContentResponse([["a", "b"]], serializer=CSV),
        ContentResponse([1, 2], 200, None, NUMBERS),
        ContentResponse({"a": 1}, serializer=Serializer(lambda body: repr(body).encode(), "x/y")),
        MsgpackResponse({"a": 1}),
        MsgpackResponse([1, {"a": []}]),
        TomlResponse({"a": 1}),
        YamlResponse({"a": 1}),
        YamlResponse([1, {"a": []}]),
        RedirectResponse("/new"),
        RedirectResponse(URL("/new"), 308, [("X-A", "1")], cookies={"a": "1"}),
        ProblemResponse(404),
        ProblemResponse(403, "Forbidden", type="/x", balance=30, accounts=[], more={"a": [1]}),
        FileResponse("a.txt", status=203, content_type="text/x"),
        FileResponse(Path("a.txt"), headers=headers),
        CompressedResponse(JsonResponse({})),
        CompressedResponse(YamlResponse({}), "br", negotiate=False),
        EchoResponse(),
        SequenceResponse([JsonResponse(1), RawResponse()]),
        SequenceResponse((RawResponse(), Echo()), on_exhausted="cycle"),
        SequenceResponse([RawResponse()], "last"),
        LatencyResponse(Echo(), 0.5),
        LatencyResponse(JsonResponse({}), latency=1),
    ]


class Item(TypedDict):
    id: int
    tags: list[str]


def item(request: RecordedRequest) -> Item:
    return {"id": int(request.path_params["id"]), "tags": []}


def items(request: RecordedRequest) -> list[Item]:
    return [item(request)]


def numbers(request: RecordedRequest) -> dict[str, int]:
    return {"length": len(request.body)}


def pair(request: RecordedRequest) -> tuple[int, Item] | Item:
    return (404, item(request)) if request.query else item(request)


async def later(request: RecordedRequest) -> tuple[int, bytes]:
    return 201, request.body


async def file(request: RecordedRequest) -> web.FileResponse:
    return web.FileResponse(request.path)


def anything(request: RecordedRequest) -> FunctionResult:
    if request.method == "HEAD":
        return None
    if request.query:
        return LatencyResponse(JsonResponse({"a": [1, None]}), 1)
    return 404, "none"


def of_a_number(number: int) -> str:
    return str(number)


def no_body(request: RecordedRequest) -> object:
    return object()


async def no_body_later(request: RecordedRequest) -> set[int]:
    return {1}


def functions() -> list[BaseMockResponse]:
    return [
        FunctionResponse(item),
        FunctionResponse(items),
        FunctionResponse(numbers),
        FunctionResponse(pair),
        FunctionResponse(later),
        FunctionResponse(file),
        FunctionResponse(anything),
        FunctionResponse(lambda request: request.text),
        FunctionResponse(lambda request: request.json()),
        FunctionResponse(lambda request: (200, {"id": request.path_params["id"], "tags": []})),
        FunctionResponse(lambda request: RawResponse(request.body)),
    ]


def no_functions() -> None:
    FunctionResponse(of_a_number)  # error: mypy[arg-type] pyright[reportArgumentType]
    FunctionResponse(no_body)  # error: mypy[arg-type] pyright[reportArgumentType]
    FunctionResponse(no_body_later)  # error: mypy[arg-type] pyright[reportArgumentType]
    FunctionResponse(JsonResponse({}))  # error: mypy[arg-type] pyright[reportArgumentType]
    FunctionResponse(lambda request: request.bodies)  # error: mypy[attr-defined] pyright[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownLambdaType]


def registered(service: MockService) -> None:
    service.register("echo", Echo())
    service.register("stream", Stream([b"a", b"b"]))
    service.handlers["file"] = File()
    assert_type(service.handlers["echo"], BaseMockResponse)
    service.register("echo", Echo)  # error: mypy[arg-type] pyright[reportArgumentType]
    service.register("echo", {"id": 7})  # error: mypy[arg-type] pyright[reportArgumentType]
    service.handlers["file"] = "text"  # error: mypy[assignment] pyright[reportArgumentType]


def wrong() -> None:
    BaseMockResponse()  # error: mypy[abstract] pyright[reportAbstractUsage]
    AnswersNothing()  # error: mypy[abstract] pyright[reportAbstractUsage]
    JsonResponse({}, status="200")  # error: mypy[arg-type] pyright[reportArgumentType]
    JsonResponse({}, headers={"X-A": 1})  # error: mypy[arg-type] pyright[reportArgumentType]
    JsonResponse({}, headers="X-A: 1")  # error: mypy[arg-type] pyright[reportArgumentType]
    JsonResponse({}, headers=[("X-A", 1)])  # error: mypy[list-item] pyright[reportArgumentType]
    RawResponse(cookies={"a": 1})  # error: mypy[arg-type] pyright[reportArgumentType]
    RawResponse(cookies=["a=1"])  # error: mypy[list-item] pyright[reportArgumentType]
    Cookie("a", "1", "/")  # error: mypy[call-arg] pyright[reportCallIssue]
    Cookie("a", "1", same_site="lax")  # error: mypy[arg-type] pyright[reportArgumentType]
    RedirectResponse(b"/")  # error: mypy[arg-type] pyright[reportArgumentType]
    ProblemResponse("404")  # error: mypy[arg-type] pyright[reportArgumentType]
    FileResponse(b"a.txt")  # error: mypy[arg-type] pyright[reportArgumentType]
    CompressedResponse(Echo())  # error: mypy[arg-type] pyright[reportArgumentType]
    CompressedResponse(RawResponse(), "lzma")  # error: mypy[arg-type] pyright[reportArgumentType]
    RawResponse(7)  # error: mypy[arg-type] pyright[reportArgumentType]
    SequenceResponse([RawResponse()], on_exhausted="stop")  # error: mypy[arg-type] pyright[reportArgumentType]
    SequenceResponse([b"bytes"])  # error: mypy[list-item] pyright[reportArgumentType]
    LatencyResponse(RawResponse(), "1 s")  # error: mypy[arg-type] pyright[reportArgumentType]
