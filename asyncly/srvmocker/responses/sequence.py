"""Different answers to one request after another."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import Final, Literal, TypeAlias, cast, get_args

from asyncly.srvmocker.exceptions import SequenceExhausted
from asyncly.srvmocker.responses._choosing import ChoosingResponse, check_count, listed
from asyncly.srvmocker.responses.base import BaseMockResponse, check_response

__all__ = ("OnExhausted", "SequenceItem", "SequenceResponse")

OnExhausted: TypeAlias = Literal["raise", "cycle", "last"]
"""What a `SequenceResponse` does once every response was used."""

SequenceItem: TypeAlias = BaseMockResponse | tuple[BaseMockResponse, int]
"""A response, or a `(response, times)` pair: it answers so many requests one after another."""


class _Default(str):
    """A text that is told from the same text when somebody gives it."""

    __slots__ = ()


_RAISE: Final = cast("OnExhausted", _Default("raise"))
_CHOICES: Final[tuple[str, ...]] = get_args(OnExhausted)


class SequenceResponse(ChoosingResponse):
    """Answers each request with the next of several responses.

    Args:
        responses: The responses, in order; at least one. A `(response, times)` pair answers so many
            requests.
        on_exhausted: What happens once all were used: `"raise"` raises `SequenceExhausted`, which
            the client sees as a 500; `"cycle"` begins again; `"last"` repeats the last one.
        then: Instead: the response that answers once all were used.

    Raises:
        ValueError: There is no response, one is to answer less than once, `on_exhausted` is none of
            the three, or both `on_exhausted` and `then` are given.
        TypeError: One of them is not a `BaseMockResponse`, or `times` is not an integer.

    Example:
        >>> from asyncly.srvmocker import JsonResponse, RawResponse, SequenceResponse
        >>> flaky = SequenceResponse([RawResponse(status=503), JsonResponse({"ok": True})], "last")
        >>> SequenceResponse([(RawResponse(status=503), 3)], then=JsonResponse({"ok": True}))
        <SequenceResponse of 3, 0 used, then <JsonResponse 200 application/json, 12 bytes>>
    """

    def __init__(
        self,
        responses: Iterable[SequenceItem],
        on_exhausted: OnExhausted = _RAISE,
        *,
        then: BaseMockResponse | None = None,
    ) -> None:
        items = [_item(given) for given in listed("responses", responses)]
        if not items:
            raise ValueError("SequenceResponse needs at least one response")
        if on_exhausted not in _CHOICES:
            raise ValueError(f"on_exhausted={on_exhausted!r} is none of {', '.join(_CHOICES)}")
        if then is not None and not isinstance(on_exhausted, _Default):
            raise ValueError(
                f"on_exhausted={on_exhausted!r} and then=... both say what follows: give one"
            )
        self._responses: tuple[BaseMockResponse, ...] = tuple(response for response, _ in items)
        # How many requests were answered when each of them has had its turn.
        self._ends: list[int] = list(accumulate(times for _, times in items))
        self._on_exhausted: OnExhausted = on_exhausted
        self._then: BaseMockResponse | None = None if then is None else check_response(then)
        self._used: int = 0

    def _choose(self) -> BaseMockResponse:
        position, count = self._used, self._ends[-1]
        if position >= count:
            if self._then is not None:
                return self._then
            if self._on_exhausted == "raise":
                raise SequenceExhausted(f"all {count} responses of the sequence were used")
            position = position % count if self._on_exhausted == "cycle" else count - 1
        self._used += 1
        return self._responses[bisect_right(self._ends, position)]

    def _choices(self) -> Iterable[BaseMockResponse]:
        return self._responses if self._then is None else (*self._responses, self._then)

    def __rewind__(self) -> None:
        """Begin again with the first response."""
        self._used = 0
        super().__rewind__()

    def __repr__(self) -> str:
        follows = (
            f"on_exhausted={self._on_exhausted!r}" if self._then is None else f"then {self._then!r}"
        )
        return f"<SequenceResponse of {self._ends[-1]}, {self._used} used, {follows}>"


def _item(given: object) -> tuple[BaseMockResponse, int]:
    if not isinstance(given, tuple):
        return check_response(given), 1
    pair = cast("tuple[object, ...]", given)
    if len(pair) != 2:
        raise ValueError(f"{pair!r} is no pair of a response and how often it answers")
    return check_response(pair[0]), check_count("times", pair[1], of="requests")
