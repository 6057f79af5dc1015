"""Answers that fail as networks and servers fail: real bytes and real ends of connections.

Each is a response like any other. Those that take one spoil its bytes, whatever it is: a ready one,
one that depends on the request, a sequence, a stream, another fault.
"""

from asyncly.srvmocker.faults.bodies import (
    MalformedChunkResponse,
    TruncatedGzipResponse,
    TruncatedResponse,
    WrongLengthResponse,
)
from asyncly.srvmocker.faults.ends import (
    DisconnectResponse,
    HangResponse,
    UnannouncedCloseResponse,
)
from asyncly.srvmocker.faults.nonsense import (
    DoubleResponse,
    EndlessHeaderResponse,
    GarbageResponse,
)
from asyncly.srvmocker.faults.slow import SlowResponse

__all__ = (
    "DisconnectResponse",
    "DoubleResponse",
    "EndlessHeaderResponse",
    "GarbageResponse",
    "HangResponse",
    "MalformedChunkResponse",
    "SlowResponse",
    "TruncatedGzipResponse",
    "TruncatedResponse",
    "UnannouncedCloseResponse",
    "WrongLengthResponse",
)
