"""Faults that routes from data tell of.

Invariant: what an argument may be is the fault's own business; what it refuses is told by the key.
Imported with the first fault in a file.
"""

from __future__ import annotations

from msgspec import Struct

from asyncly.srvmocker._routes.schema import (
    CloseData,
    DisconnectData,
    DoubleData,
    EndlessHeaderData,
    GarbageData,
    HangData,
    MalformedChunkData,
    SlowData,
    TruncatedData,
    TruncatedGzipData,
    WrongLengthData,
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
from asyncly.srvmocker.responses.base import BaseMockResponse
from asyncly.srvmocker.responses.content import ContentResponse


def fault_of(
    given: Struct,
    response: BaseMockResponse | None,
    *,
    data: bytes | None = None,
    second: BaseMockResponse | None = None,
) -> BaseMockResponse:
    """Make a fault that spoils a response, or the one that it has itself.

    `data` is what garbage consists of, `second` the other one of two answers.
    """
    match given:
        case DisconnectData():
            return DisconnectResponse(after=given.after, reset=given.reset, response=response)
        case HangData():
            return HangResponse(after=given.after, response=response)
        case CloseData():
            return UnannouncedCloseResponse(response, reset=given.reset)
        case WrongLengthData():
            return WrongLengthResponse(response, by=given.by)
        case MalformedChunkData():
            return MalformedChunkResponse(response, error=given.error)
        case TruncatedGzipData():
            return TruncatedGzipResponse(response, missing=given.missing)
        case DoubleData():
            return DoubleResponse(response, second)
        case SlowData():
            return SlowResponse(response, head=given.head, body=given.body)
        case TruncatedData():
            return _truncated(given, response)
        case _:
            assert isinstance(given, (GarbageData, EndlessHeaderData)), "there are no others"
    if response is not None:
        raise ValueError("it sends no answer: leave out what is answered beside it")
    if isinstance(given, EndlessHeaderData):
        return EndlessHeaderResponse(bytes_per_second=given.bytes_per_second)
    return GarbageResponse() if data is None else GarbageResponse(data)


def _truncated(given: TruncatedData, response: BaseMockResponse | None) -> TruncatedResponse:
    if response is None:
        return TruncatedResponse(b"", given.declared_length)
    if not isinstance(response, ContentResponse):
        raise ValueError(  # noqa: TRY004 - of the file, it is the value that is wrong
            "it cuts a body that is written beside it: json, text, base64 or body"
        )
    content = response.serialize()
    assert isinstance(content, bytes), "nothing else can be written in a file"
    return TruncatedResponse(content, given.declared_length, response.status, response.headers)
