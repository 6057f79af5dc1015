"""Answers that come slowly."""

from __future__ import annotations

from collections.abc import Iterator

from asyncly.srvmocker._door.answers.alterations import slowed
from asyncly.srvmocker._door.answers.scripts import Step
from asyncly.srvmocker.faults._fault import AlteringFault, check_rate
from asyncly.srvmocker.responses.base import BaseMockResponse

__all__ = ("SlowResponse",)


class SlowResponse(AlteringFault):
    """Sends head, body or both at a pace, as a slow server or a slow network does.

    `n` bytes take `n / pace` seconds. Below 200 bytes a second they come one by one, above in
    pieces for a hundredth of a second. It holds no task and no thread.

    Args:
        response: What is answered; where it is not given, a 200 with 1,024 bytes of text.
        head: The pace of status line and header fields, in bytes a second; `None` is at once.
        body: The pace of the body, in bytes a second; `None` is at once.

    Raises:
        ValueError: Neither pace is given, or one is not more than 0, or infinite.
        TypeError: `response` is no response, or a pace no number.

    Example:
        >>> from asyncly.srvmocker import JsonResponse, SlowResponse
        >>> SlowResponse(JsonResponse({"ok": True}), body=10)
        <SlowResponse body at 10 bytes a second, of <JsonResponse 200 application/json, 12 bytes>>
    """

    def __init__(
        self,
        response: BaseMockResponse | None = None,
        *,
        head: float | None = None,
        body: float | None = None,
    ) -> None:
        super().__init__(response)
        if head is None and body is None:
            raise ValueError("nothing is slow: give a pace for head, body or both")
        self._head: float | None = None if head is None else check_rate("head", head)
        self._body: float | None = None if body is None else check_rate("body", body)

    def _alter(self, steps: Iterator[Step], kind: int) -> Iterator[Step]:
        return slowed(steps, self._head, self._body)

    def __repr__(self) -> str:
        paces = {"head": self._head, "body": self._body}
        told = ", ".join(
            f"{part} at {pace:g} bytes a second" for part, pace in paces.items() if pace is not None
        )
        return f"<SlowResponse {told}, of {self._response!r}>"
