"""A mock server and a forwarding mock proxy for tests of code that speaks HTTP.

    async with start_service([MockRoute("GET", "/items", "items")]) as service:
        service.register("items", JsonResponse([{"id": 7}]))
        ...  # let the code under test call service.url
        service.assert_called("items", times=1)

Layers, imports run downwards only:

    public modules    what users import
    _door             aiohttp and the sockets
    _core             pure: what matches, what is remembered
    typing, exceptions
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

from asyncly.srvmocker.calls import Calls
from asyncly.srvmocker.exceptions import (
    CallAssertionError,
    CallTimeoutError,
    ConversationError,
    MissingResponseError,
    NotKeptError,
    PayloadError,
    RoutesError,
    ScenarioError,
    SequenceExhausted,
    SrvMockerError,
    UnknownHandlerError,
    UnreachableRouteWarning,
)
from asyncly.srvmocker.matching import Match
from asyncly.srvmocker.models import HandlerFailure, MockRoute, MockService
from asyncly.srvmocker.recorded import RecordedRequest, RequestHistory
from asyncly.srvmocker.responses.base import BaseMockResponse
from asyncly.srvmocker.responses.content import ContentResponse
from asyncly.srvmocker.responses.json import JsonResponse
from asyncly.srvmocker.responses.raw import RawResponse
from asyncly.srvmocker.service import start_service

if TYPE_CHECKING:
    from asyncly.srvmocker.counts import Counts
    from asyncly.srvmocker.expected import (
        ABSENT,
        NULL,
        AtPath,
        Exactly,
        Part,
        Partial,
        ValidJson,
    )
    from asyncly.srvmocker.faults import (
        DisconnectResponse,
        DoubleResponse,
        EndlessHeaderResponse,
        GarbageResponse,
        HangResponse,
        MalformedChunkResponse,
        SlowResponse,
        TruncatedGzipResponse,
        TruncatedResponse,
        UnannouncedCloseResponse,
        WrongLengthResponse,
    )
    from asyncly.srvmocker.injection import Delay, Injection
    from asyncly.srvmocker.latency import ByCall, Latency, LogNormal, Normal, Percentiles, Uniform
    from asyncly.srvmocker.loading import load_routes
    from asyncly.srvmocker.namespaces import start_namespace
    from asyncly.srvmocker.parts import ReceivedPart
    from asyncly.srvmocker.proxy import MockProxyService, start_proxy
    from asyncly.srvmocker.responses.choice import ChoiceResponse
    from asyncly.srvmocker.responses.compressed import CompressedResponse
    from asyncly.srvmocker.responses.conversation import (
        Close,
        Conversation,
        Drop,
        Expect,
        ExpectClose,
        Frame,
        Repeat,
        Send,
    )
    from asyncly.srvmocker.responses.cookies import Cookie
    from asyncly.srvmocker.responses.echo import EchoResponse
    from asyncly.srvmocker.responses.events import Comment, Event, EventStreamResponse
    from asyncly.srvmocker.responses.expiring import ExpiringResponse
    from asyncly.srvmocker.responses.file import FileResponse
    from asyncly.srvmocker.responses.function import FunctionResponse, FunctionResult
    from asyncly.srvmocker.responses.held import HeldResponse
    from asyncly.srvmocker.responses.ndjson import NdjsonResponse
    from asyncly.srvmocker.responses.problem import ProblemResponse
    from asyncly.srvmocker.responses.ratelimit import RateLimitResponse
    from asyncly.srvmocker.responses.redirect import RedirectResponse
    from asyncly.srvmocker.responses.sequence import SequenceResponse
    from asyncly.srvmocker.responses.stream import ChunkedResponse, Wait
    from asyncly.srvmocker.responses.timeout import LatencyResponse
    from asyncly.srvmocker.responses.websocket import WebSocketResponse
    from asyncly.srvmocker.retention import Keep
    from asyncly.srvmocker.scenario import Scenario
    from asyncly.srvmocker.schedules import (
        Between,
        Burst,
        CallNumbers,
        EveryNth,
        Probability,
        Ramp,
        Schedule,
    )
    from asyncly.srvmocker.unmatched import UnmatchedRequest

__all__ = (
    "ABSENT",
    "NULL",
    "AtPath",
    "BaseMockResponse",
    "Between",
    "Burst",
    "ByCall",
    "CallAssertionError",
    "CallNumbers",
    "CallTimeoutError",
    "Calls",
    "ChoiceResponse",
    "ChunkedResponse",
    "Close",
    "Comment",
    "CompressedResponse",
    "ContentResponse",
    "Conversation",
    "ConversationError",
    "Cookie",
    "Counts",
    "Delay",
    "DisconnectResponse",
    "DoubleResponse",
    "Drop",
    "EchoResponse",
    "EndlessHeaderResponse",
    "Event",
    "EventStreamResponse",
    "EveryNth",
    "Exactly",
    "Expect",
    "ExpectClose",
    "ExpiringResponse",
    "FileResponse",
    "Frame",
    "FunctionResponse",
    "FunctionResult",
    "GarbageResponse",
    "HandlerFailure",
    "HangResponse",
    "HeldResponse",
    "Injection",
    "JsonResponse",
    "Keep",
    "Latency",
    "LatencyResponse",
    "LogNormal",
    "MalformedChunkResponse",
    "Match",
    "MissingResponseError",
    "MockProxyService",
    "MockRoute",
    "MockService",
    "NdjsonResponse",
    "Normal",
    "NotKeptError",
    "Part",
    "Partial",
    "PayloadError",
    "Percentiles",
    "Probability",
    "ProblemResponse",
    "Ramp",
    "RateLimitResponse",
    "RawResponse",
    "ReceivedPart",
    "RecordedRequest",
    "RedirectResponse",
    "Repeat",
    "RequestHistory",
    "RoutesError",
    "Scenario",
    "ScenarioError",
    "Schedule",
    "Send",
    "SequenceExhausted",
    "SequenceResponse",
    "SlowResponse",
    "SrvMockerError",
    "TruncatedGzipResponse",
    "TruncatedResponse",
    "UnannouncedCloseResponse",
    "Uniform",
    "UnknownHandlerError",
    "UnmatchedRequest",
    "UnreachableRouteWarning",
    "ValidJson",
    "Wait",
    "WebSocketResponse",
    "WrongLengthResponse",
    "load_routes",
    "start_namespace",
    "start_proxy",
    "start_service",
)

# Imported when first asked for: a test uses few of these, and pays for whatever is imported.
_LATER: Final = {
    "ABSENT": "expected",
    "AtPath": "expected",
    "Between": "schedules",
    "Burst": "schedules",
    "ByCall": "latency",
    "CallNumbers": "schedules",
    "ChoiceResponse": "responses.choice",
    "ChunkedResponse": "responses.stream",
    "Close": "responses.conversation",
    "Comment": "responses.events",
    "CompressedResponse": "responses.compressed",
    "Conversation": "responses.conversation",
    "Cookie": "responses.cookies",
    "Counts": "counts",
    "Delay": "injection",
    "DisconnectResponse": "faults",
    "DoubleResponse": "faults",
    "Drop": "responses.conversation",
    "EchoResponse": "responses.echo",
    "EndlessHeaderResponse": "faults",
    "Event": "responses.events",
    "EventStreamResponse": "responses.events",
    "EveryNth": "schedules",
    "Exactly": "expected",
    "Expect": "responses.conversation",
    "ExpectClose": "responses.conversation",
    "ExpiringResponse": "responses.expiring",
    "FileResponse": "responses.file",
    "Frame": "responses.conversation",
    "FunctionResponse": "responses.function",
    "FunctionResult": "responses.function",
    "GarbageResponse": "faults",
    "HangResponse": "faults",
    "HeldResponse": "responses.held",
    "Injection": "injection",
    "Keep": "retention",
    "Latency": "latency",
    "LatencyResponse": "responses.timeout",
    "LogNormal": "latency",
    "MalformedChunkResponse": "faults",
    "MockProxyService": "proxy",
    "NULL": "expected",
    "NdjsonResponse": "responses.ndjson",
    "Normal": "latency",
    "Part": "expected",
    "Partial": "expected",
    "Percentiles": "latency",
    "Probability": "schedules",
    "ProblemResponse": "responses.problem",
    "Ramp": "schedules",
    "RateLimitResponse": "responses.ratelimit",
    "ReceivedPart": "parts",
    "RedirectResponse": "responses.redirect",
    "Repeat": "responses.conversation",
    "Scenario": "scenario",
    "Schedule": "schedules",
    "Send": "responses.conversation",
    "SequenceResponse": "responses.sequence",
    "SlowResponse": "faults",
    "TruncatedGzipResponse": "faults",
    "TruncatedResponse": "faults",
    "UnannouncedCloseResponse": "faults",
    "Uniform": "latency",
    "UnmatchedRequest": "unmatched",
    "ValidJson": "expected",
    "Wait": "responses.stream",
    "WebSocketResponse": "responses.websocket",
    "WrongLengthResponse": "faults",
    "load_routes": "loading",
    "start_namespace": "namespaces",
    "start_proxy": "proxy",
}

if not TYPE_CHECKING:  # pragma: no branch - a checker would take every name for one that is here

    def __getattr__(name: str) -> object:
        if name not in _LATER:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *_LATER})
