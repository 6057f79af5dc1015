"""What is no answer, and answers that nobody has asked for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from asyncly.srvmocker._door.answers.alterations import doubled, paced
from asyncly.srvmocker._door.answers.altered import ready_steps
from asyncly.srvmocker._door.answers.ready import ReadyAnswer
from asyncly.srvmocker._door.answers.scripts import Ending, Step
from asyncly.srvmocker.faults._fault import AlteringFault, ScriptedFault, check_rate
from asyncly.srvmocker.responses.base import BaseMockResponse, check_response
from asyncly.srvmocker.responses.raw import RawResponse

__all__ = ("DoubleResponse", "EndlessHeaderResponse", "GarbageResponse")

_GARBAGE: Final = b"\x00\x01\x02 this is no HTTP \xfd\xfe\xff\r\n\r\n"
_BLOCK: Final = b"a" * 4096


class GarbageResponse(ScriptedFault):
    r"""Sends bytes that are no HTTP instead of an answer, and closes the connection.

    Args:
        data: The bytes.

    Raises:
        ValueError: There are none; `DisconnectResponse` sends nothing.
        TypeError: They are no bytes.

    Example:
        >>> from asyncly.srvmocker import GarbageResponse
        >>> GarbageResponse(b"SSH-2.0-OpenSSH_9.9\r\n")
        <GarbageResponse 21 bytes>
    """

    def __init__(self, data: bytes = _GARBAGE) -> None:
        if not isinstance(data, bytes):  # pyright: ignore[reportUnnecessaryIsInstance] - a user may
            raise TypeError(f"data={data!r} is not bytes")
        if not data:
            raise ValueError("data is empty: DisconnectResponse() is what sends nothing")
        self._data: bytes = data

    def _steps(self, kind: int) -> Iterator[Step]:
        return iter((self._data, Ending.CLOSE))

    def __repr__(self) -> str:
        return f"<GarbageResponse {len(self._data)} bytes>"


class EndlessHeaderResponse(ScriptedFault):
    """Begins a header field that never ends; it goes on until the client leaves.

    A client that keeps it all runs out of memory; one that has a limit gives up at it.

    Args:
        bytes_per_second: At what pace; `None` is as fast as the client reads.

    Raises:
        ValueError: `bytes_per_second` is not more than 0, or infinite.
        TypeError: It is no number.

    Example:
        >>> from asyncly.srvmocker import EndlessHeaderResponse, MockRoute, start_service
        >>> async with start_service([MockRoute("GET", "/", "home")]) as service:
        ...     service.register("home", EndlessHeaderResponse())
        ...     async with aiohttp.ClientSession(service.url) as client:
        ...         response = await client.get("/")
        Traceback (most recent call last):
        aiohttp.client_exceptions.ClientResponseError: 400, message=...
    """

    _status = 200

    def __init__(self, *, bytes_per_second: float | None = None) -> None:
        self._pace: float | None = (
            None if bytes_per_second is None else check_rate("bytes_per_second", bytes_per_second)
        )

    def _steps(self, kind: int) -> Iterator[Step]:
        yield b"HTTP/1.1 200 OK\r\nX-Endless: "
        while True:
            if self._pace is None:
                yield _BLOCK
            else:
                yield from paced(_BLOCK, self._pace)

    def __repr__(self) -> str:
        pace = "" if self._pace is None else f" at {self._pace:g} bytes a second"
        return f"<EndlessHeaderResponse{pace}>"


class DoubleResponse(AlteringFault):
    """Answers one request twice; the second answer stands where that of the next one is due.

    A client that keeps the connection may take it for the answer to its next request.

    Args:
        response: What is answered; where it is not given, a 200 with some text.
        second: What nobody has asked for; one of which every byte is known beforehand.

    Raises:
        TypeError: `response` is no response, or `second` none with known bytes.

    Example:
        >>> from asyncly.srvmocker import DoubleResponse, JsonResponse
        >>> DoubleResponse(JsonResponse(1), JsonResponse(2))
        <DoubleResponse of <JsonResponse 200 application/json, 1 bytes> and \
<JsonResponse 200 application/json, 1 bytes>>
    """

    def __init__(
        self,
        response: BaseMockResponse | None = None,
        second: BaseMockResponse | None = None,
    ) -> None:
        super().__init__(response)
        if second is None:
            second = RawResponse(b"nobody asked\n", headers={"Content-Type": "text/plain"})
        self._second: BaseMockResponse = check_response(second)
        ready = getattr(second, "__ready__", None)
        if not isinstance(ready, ReadyAnswer):
            raise TypeError(
                f"second={second!r} has no bytes that are known beforehand; "
                "give one that is always the same, such as JsonResponse(...)"
            )
        self._ready: ReadyAnswer = ready

    def _alter(self, steps: Iterator[Step], kind: int) -> Iterator[Step]:
        return doubled(steps, ready_steps(self._ready, kind))

    def __repr__(self) -> str:
        return f"<DoubleResponse of {self._response!r} and {self._second!r}>"
