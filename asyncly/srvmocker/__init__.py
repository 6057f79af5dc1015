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
from asyncly.srvmocker.counts import Counts
from asyncly.srvmocker.exceptions import (
    CallAssertionError,
    CallTimeoutError,
    MissingResponseError,
    NotKeptError,
    PayloadError,
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
from asyncly.srvmocker.responses.sequence import SequenceResponse
from asyncly.srvmocker.responses.timeout import LatencyResponse
from asyncly.srvmocker.retention import Keep
from asyncly.srvmocker.service import start_service
from asyncly.srvmocker.unmatched import UnmatchedRequest

if TYPE_CHECKING:
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
    from asyncly.srvmocker.namespaces import start_namespace
    from asyncly.srvmocker.parts import ReceivedPart
    from asyncly.srvmocker.proxy import MockProxyService, start_proxy
    from asyncly.srvmocker.responses.compressed import CompressedResponse
    from asyncly.srvmocker.responses.cookies import Cookie
    from asyncly.srvmocker.responses.echo import EchoResponse
    from asyncly.srvmocker.responses.file import FileResponse
    from asyncly.srvmocker.responses.function import FunctionResponse, FunctionResult
    from asyncly.srvmocker.responses.problem import ProblemResponse
    from asyncly.srvmocker.responses.redirect import RedirectResponse

__all__ = (
    "BaseMockResponse",
    "CallAssertionError",
    "CallTimeoutError",
    "Calls",
    "CompressedResponse",
    "ContentResponse",
    "Cookie",
    "Counts",
    "DisconnectResponse",
    "DoubleResponse",
    "EchoResponse",
    "EndlessHeaderResponse",
    "FileResponse",
    "FunctionResponse",
    "FunctionResult",
    "GarbageResponse",
    "HandlerFailure",
    "HangResponse",
    "JsonResponse",
    "Keep",
    "LatencyResponse",
    "MalformedChunkResponse",
    "Match",
    "MissingResponseError",
    "MockProxyService",
    "MockRoute",
    "MockService",
    "NotKeptError",
    "PayloadError",
    "ProblemResponse",
    "RawResponse",
    "ReceivedPart",
    "RecordedRequest",
    "RedirectResponse",
    "RequestHistory",
    "SequenceExhausted",
    "SequenceResponse",
    "SlowResponse",
    "SrvMockerError",
    "TruncatedGzipResponse",
    "TruncatedResponse",
    "UnannouncedCloseResponse",
    "UnknownHandlerError",
    "UnmatchedRequest",
    "UnreachableRouteWarning",
    "WrongLengthResponse",
    "start_namespace",
    "start_proxy",
    "start_service",
)

# Imported when first asked for: a test uses few of these, and pays for whatever is imported.
_LATER: Final = {
    "CompressedResponse": "responses.compressed",
    "Cookie": "responses.cookies",
    "DisconnectResponse": "faults",
    "DoubleResponse": "faults",
    "EchoResponse": "responses.echo",
    "EndlessHeaderResponse": "faults",
    "FileResponse": "responses.file",
    "FunctionResponse": "responses.function",
    "FunctionResult": "responses.function",
    "GarbageResponse": "faults",
    "HangResponse": "faults",
    "MalformedChunkResponse": "faults",
    "MockProxyService": "proxy",
    "ProblemResponse": "responses.problem",
    "ReceivedPart": "parts",
    "RedirectResponse": "responses.redirect",
    "SlowResponse": "faults",
    "TruncatedGzipResponse": "faults",
    "TruncatedResponse": "faults",
    "UnannouncedCloseResponse": "faults",
    "WrongLengthResponse": "faults",
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
