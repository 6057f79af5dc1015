"""Connections that end too early, or answers that do not end at all."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, TypeAlias

from asyncly.srvmocker._door.answers.alterations import cut, ended
from asyncly.srvmocker._door.answers.scripts import Ending, Step
from asyncly.srvmocker.faults._fault import (
    DEFAULT_SIZE,
    AlteringFault,
    check_size,
    known_size,
)
from asyncly.srvmocker.responses.base import BaseMockResponse

__all__ = ("After", "DisconnectResponse", "HangResponse", "UnannouncedCloseResponse")

After: TypeAlias = Literal["request", "head"] | int
"""How much comes first: nothing (`"request"`), the head, or the head and so many bytes of the body.
"""


class _CutShort(AlteringFault):
    """Writes a part of an answer, and then something happens."""

    def __init__(self, after: After, response: BaseMockResponse | None) -> None:
        if isinstance(after, str):
            if after not in {"request", "head"}:
                raise ValueError(f'after={after!r} is neither "request" nor "head" nor a size')
            self._after: int | None = None if after == "request" else 0
        else:
            self._after = check_size("after", after)
        super().__init__(response, max(DEFAULT_SIZE, 2 * (self._after or 0)))
        size = known_size(response)
        if self._after and size is not None and self._after >= size:
            raise ValueError(
                f"after={after} is not within the body of {response!r}: nothing of it would be "
                "missing"
            )
        self._status = 0 if self._after is None else None
        self._words: str = f"after {after}" if isinstance(after, str) else f"after {after} bytes"


class DisconnectResponse(_CutShort):
    """Closes the connection instead of answering, or in the middle of the answer.

    Args:
        after: How much of the answer comes first: `"request"` (nothing of it), `"head"` (status
            line and header fields), or how many bytes of the body; where it comes in chunks, their
            framing is counted too.
        reset: End with a reset (RST), which a client sees as an error of the connection, instead
            of in order (FIN). Bytes that were written before are sent first.
        response: Whose answer is cut; where it is not given, a 200 with a text that goes on behind
            the cut.

    Raises:
        ValueError: `after` is another word, negative, or not within a body that is known
            beforehand; of another one that is shorter, all comes first.
        TypeError: `response` is no response, or `after` no whole number.

    Example:
        >>> from asyncly.srvmocker import DisconnectResponse, MockRoute, start_service
        >>> async with start_service([MockRoute("GET", "/", "home")]) as service:
        ...     service.register("home", DisconnectResponse())
        ...     async with aiohttp.ClientSession(service.url) as client:
        ...         response = await client.get("/")
        Traceback (most recent call last):
        aiohttp.client_exceptions.ServerDisconnectedError: Server disconnected
    """

    def __init__(
        self,
        *,
        after: After = "request",
        reset: bool = False,
        response: BaseMockResponse | None = None,
    ) -> None:
        super().__init__(after, response)
        self._ending: Ending = Ending.RESET if reset else Ending.CLOSE

    def _alter(self, steps: Iterator[Step], kind: int) -> Iterator[Step]:
        return cut(steps, self._after, self._ending)

    def __repr__(self) -> str:
        how = ", with a reset" if self._ending is Ending.RESET else ""
        return f"<DisconnectResponse {self._words}{how}, of {self._response!r}>"


class HangResponse(_CutShort):
    """Never answers, or never goes on with the answer; the connection stays open.

    It holds no task and no thread, and ends when the client leaves or the service is closed. Until
    then the request counts as in progress, afterwards as one whose client has gone.

    Args:
        after: How much of the answer comes first: `"request"` (nothing of it), `"head"`, or how
            many bytes of the body, counted as for `DisconnectResponse`.
        response: Whose answer it is; where it is not given, a 200 with a text that is longer.

    Raises:
        ValueError: `after` is another word, negative, or not within a body that is known
            beforehand; of another one that is shorter, all comes first.
        TypeError: `response` is no response, or `after` no whole number.

    Example:
        >>> from asyncly.srvmocker import HangResponse, MockRoute, start_service
        >>> async with start_service([MockRoute("GET", "/", "home")]) as service:
        ...     service.register("home", HangResponse())
        ...     timeout = aiohttp.ClientTimeout(total=0.05)
        ...     async with aiohttp.ClientSession(service.url, timeout=timeout) as client:
        ...         response = await client.get("/")
        Traceback (most recent call last):
        TimeoutError
    """

    def __init__(
        self, *, after: After = "request", response: BaseMockResponse | None = None
    ) -> None:
        super().__init__(after, response)

    def _alter(self, steps: Iterator[Step], kind: int) -> Iterator[Step]:
        return cut(steps, self._after, Ending.HANG)

    def __repr__(self) -> str:
        return f"<HangResponse {self._words}, of {self._response!r}>"


class UnannouncedCloseResponse(AlteringFault):
    """Answers, and closes the connection that the answer has promised to keep.

    RFC 9112 section 9.6 has a server say `Connection: close` in its last answer. A client that
    sends the next request on the same connection finds that it is gone.

    Args:
        response: What is answered; where it is not given, a 200 with some text.
        reset: End with a reset (RST) instead of in order (FIN).

    Raises:
        TypeError: `response` is no response.

    Example:
        >>> from asyncly.srvmocker import JsonResponse, MockRoute, UnannouncedCloseResponse
        >>> UnannouncedCloseResponse(JsonResponse({"ok": True}))
        <UnannouncedCloseResponse of <JsonResponse 200 application/json, 12 bytes>>
    """

    def __init__(self, response: BaseMockResponse | None = None, *, reset: bool = False) -> None:
        super().__init__(response)
        self._ending: Ending = Ending.RESET if reset else Ending.CLOSE

    def _alter(self, steps: Iterator[Step], kind: int) -> Iterator[Step]:
        return ended(steps, self._ending)

    def __repr__(self) -> str:
        how = "with a reset, " if self._ending is Ending.RESET else ""
        return f"<UnannouncedCloseResponse {how}of {self._response!r}>"
