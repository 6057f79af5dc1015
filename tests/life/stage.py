"""What the service is given in these tests, each thing with the words in which the model has it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final, Literal

from aiohttp import web
from hypothesis import strategies as st

from asyncly.srvmocker import (
    BaseMockResponse,
    ChunkedResponse,
    DisconnectResponse,
    FunctionResponse,
    HangResponse,
    HeldResponse,
    JsonResponse,
    LatencyResponse,
    Match,
    MockRoute,
    RawResponse,
    RecordedRequest,
    Scenario,
    SequenceResponse,
    TruncatedResponse,
)
from tests.life.model import Response, Step


def let_in(call: RecordedRequest) -> bool:
    if not call.body:
        raise ValueError("nothing was said")
    return call.body == b"let me in"


ROUTES: Final = [
    MockRoute("*", "/any/{id}", "any"),
    MockRoute("POST", "/pick", "one", Match(json={"n": 1})),
    MockRoute("POST", "/pick", "two", Match(json={"n": 2})),
    MockRoute("GET", "/get", "get"),
    MockRoute("POST", "/guard", "guard", Match(predicate=let_in)),
]


class Own(BaseMockResponse):
    """Answers by aiohttp."""

    def __init__(self, answer: Callable[[], web.StreamResponse]) -> None:
        self.answer = answer

    async def response(self, request: web.Request) -> web.StreamResponse:
        await request.read()
        await asyncio.sleep(0)
        return self.answer()


class Waits(BaseMockResponse):
    """Answers by aiohttp, when it is told to."""

    def __init__(self) -> None:
        self.waiting: list[asyncio.Future[None]] = []

    async def response(self, request: web.Request) -> web.StreamResponse:
        told: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting.append(told)
        try:
            await told
        finally:
            self.waiting.remove(told)
        return web.Response(status=201)

    def release(self) -> None:
        self.waiting[0].set_result(None)


def _conflict() -> web.StreamResponse:
    raise web.HTTPConflict


def _fails() -> web.StreamResponse:
    raise ValueError("as it was told to")


def _nonsense() -> web.StreamResponse:
    return "no answer"  # type: ignore[return-value]  # that is the point


def _ready(status: int) -> Response:
    return Response(RawResponse(b"ready", status=status), lambda: Step("ready", status))


def _steps(given: BaseMockResponse, *step: object, **more: object) -> Response:
    return Response(given, lambda: Step(*step, **more))  # type: ignore[arg-type]  # as told


def _sync(call: RecordedRequest) -> tuple[int, str]:
    return 202, call.method


async def _async(call: RecordedRequest) -> dict[str, str]:
    await asyncio.sleep(0)
    return {"method": call.method}


def _failing(call: RecordedRequest) -> str:
    raise ValueError(call.method)


def _held() -> Response:
    given = HeldResponse()
    return Response(
        given,
        lambda: Step("held"),
        release=lambda: void(given.release(RawResponse(b"released"), 1)),
    )


def _waits() -> Response:
    given = Waits()
    return Response(given, lambda: Step("waits", 201), release=given.release)


def void(_: object) -> None:
    """Return nothing."""


SIMPLE: Final[dict[str, Callable[[], Response]]] = {
    "ready": partial(_ready, 200),
    "refusing": partial(_ready, 404),
    "failing": partial(_ready, 500),
    "json": lambda: _steps(JsonResponse({}), "ready"),
    "late": lambda: _steps(LatencyResponse(RawResponse(b"late"), 0), "ready"),
    "own": lambda: _steps(Own(web.Response), "aiohttp"),
    "conflict": lambda: _steps(Own(_conflict), "aiohttp", 409),
    "fails": lambda: _steps(Own(_fails), "aiohttp", 500, fails=True),
    "nonsense": lambda: _steps(Own(_nonsense), "aiohttp", 500, fails=True),
    "late own": lambda: _steps(LatencyResponse(Own(web.Response), 0), "aiohttp"),
    "sync": lambda: _steps(FunctionResponse(_sync), "ready", 202),
    "async": lambda: _steps(FunctionResponse(_async), "aiohttp"),
    "raising": lambda: _steps(FunctionResponse(_failing), "aiohttp", 500, fails=True),
    "stream": lambda: _steps(ChunkedResponse([b"one", b"two"]), "script"),
    "generated": lambda: _steps(ChunkedResponse(lambda: iter([b"one"])), "script"),
    "truncated": lambda: _steps(TruncatedResponse(b"ab", 10), "script", closes=True),
    "cut": lambda: _steps(DisconnectResponse(), "script", 0, closes=True, silent=True),
    "hangs": lambda: _steps(HangResponse(), "hangs"),
    "held": _held,
    "waits": _waits,
}

EXHAUSTED: Final = Step("aiohttp", 500, fails=True)


def sequence(parts: list[Response], end: Literal["raise", "cycle", "last"]) -> Response:
    used = 0

    def step() -> Step:
        nonlocal used
        position = used
        if position >= len(parts):
            if end == "raise":
                return EXHAUSTED
            position = position % len(parts) if end == "cycle" else len(parts) - 1
        used += 1
        return parts[position].step()

    def rewind() -> None:
        nonlocal used
        used = 0

    return Response(SequenceResponse([part.given for part in parts], end), step, rewind)


def scenario() -> Response:
    state = ["shut"]
    door = Scenario("shut")
    given = door.response(
        {"shut": (RawResponse(), "open"), "open": (RawResponse(status=409), "shut")}
    )

    def step() -> Step:
        was = state[0]
        state[0] = "open" if was == "shut" else "shut"
        return Step("ready", 200 if was == "shut" else 409)

    return Response(given, step, lambda: state.__setitem__(0, "shut"))


IN_SEQUENCE: Final = ("ready", "own", "fails", "sync", "stream", "late", "failing")


@st.composite
def responses(draw: st.DrawFn) -> Response:
    kind = draw(st.sampled_from([*SIMPLE, "sequence", "scenario"]))
    if kind == "sequence":
        parts = draw(st.lists(st.sampled_from(IN_SEQUENCE), min_size=1, max_size=3))
        end: Literal["raise", "cycle", "last"] = draw(st.sampled_from(["raise", "cycle", "last"]))
        made = sequence([SIMPLE[part]() for part in parts], end)
    elif kind == "scenario":
        made = scenario()
    else:
        made = SIMPLE[kind]()
    made.label = kind
    return made
