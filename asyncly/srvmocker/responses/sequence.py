"""Different answers to one request after another."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, Literal, TypeAlias, get_args

from asyncly.srvmocker._door import aioweb as web
from asyncly.srvmocker._door.plans import Plan
from asyncly.srvmocker.exceptions import SequenceExhausted
from asyncly.srvmocker.responses.base import BaseMockResponse, check_response

__all__ = ("OnExhausted", "SequenceResponse")

OnExhausted: TypeAlias = Literal["raise", "cycle", "last"]
"""What a `SequenceResponse` does once every response was used."""

_CHOICES: Final[tuple[str, ...]] = get_args(OnExhausted)


class SequenceResponse(BaseMockResponse):
    """Answers each request with the next of several responses.

    Args:
        responses: The responses, in order; at least one.
        on_exhausted: What happens once all were used: `"raise"` raises `SequenceExhausted`, which
            the client sees as a 500; `"cycle"` begins again; `"last"` repeats the last one.

    Raises:
        ValueError: There is no response, or `on_exhausted` is none of the three.
        TypeError: One of them is not a `BaseMockResponse`.

    Example:
        >>> from asyncly.srvmocker import JsonResponse, RawResponse, SequenceResponse
        >>> flaky = SequenceResponse([RawResponse(status=503), JsonResponse({"ok": True})], "last")
    """

    def __init__(
        self, responses: Iterable[BaseMockResponse], on_exhausted: OnExhausted = "raise"
    ) -> None:
        self._responses = tuple(check_response(response) for response in responses)
        if not self._responses:
            raise ValueError("SequenceResponse needs at least one response")
        if on_exhausted not in _CHOICES:
            raise ValueError(f"on_exhausted={on_exhausted!r} is none of {', '.join(_CHOICES)}")
        self._on_exhausted = on_exhausted
        self._used = 0

    async def response(self, request: web.Request) -> web.StreamResponse:
        """Return the answer of the response whose turn it is."""
        return await self._next().response(request)

    def __plan__(self) -> Plan:
        """Answer as the response whose turn it is does."""
        if type(self).response is not SequenceResponse.response:
            return self
        return self._next().__plan__()

    def _next(self) -> BaseMockResponse:
        position, count = self._used, len(self._responses)
        if position >= count:
            if self._on_exhausted == "raise":
                raise SequenceExhausted(f"all {count} responses of the sequence were used")
            position = position % count if self._on_exhausted == "cycle" else count - 1
        self._used += 1
        return self._responses[position]

    def __rewind__(self) -> None:
        """Begin again with the first response."""
        self._used = 0
        for response in self._responses:
            response.__rewind__()

    def __repr__(self) -> str:
        return (
            f"<SequenceResponse of {len(self._responses)}, {self._used} used, "
            f"on_exhausted={self._on_exhausted!r}>"
        )
