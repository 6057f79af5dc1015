"""Answers by chance, the same in each run."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from itertools import accumulate
from math import inf
from random import Random, SystemRandom
from typing import cast

from asyncly.srvmocker.responses._choosing import ChoosingResponse, listed
from asyncly.srvmocker.responses.base import BaseMockResponse, check_response

__all__ = ("ChoiceResponse",)


class ChoiceResponse(ChoosingResponse):
    """Answers each request with one of several responses, drawn by weight.

    Args:
        choices: `(weight, response)` pairs. Of so many requests, a response answers about its
            weight's share; the weights need not add up to anything.
        seed: The same seed gives the same choices, and `MockService.reset` begins them again. Not
            given: one is drawn, which `seed` and the repr tell, so that a run can be repeated.

    Raises:
        ValueError: There is no choice, a weight is negative, infinite or not a number, or all of
            them are 0.
        TypeError: One of them is not a `BaseMockResponse`, or the seed not an integer.

    Example:
        >>> from asyncly.srvmocker import ChoiceResponse, JsonResponse, RawResponse
        >>> ChoiceResponse([(9, JsonResponse({"ok": True})), (1, RawResponse(status=503))], seed=7)
        <ChoiceResponse of 2, seed=7>
    """

    def __init__(
        self, choices: Iterable[tuple[float, BaseMockResponse]], *, seed: int | None = None
    ) -> None:
        pairs = [_pair(given) for given in listed("choices", choices)]
        if not pairs:
            raise ValueError("choices are empty: give at least one (weight, response) pair")
        self._responses: tuple[BaseMockResponse, ...] = tuple(response for _, response in pairs)
        self._ends: list[float] = list(accumulate(weight for weight, _ in pairs))
        if not 0 < self._ends[-1] < inf:
            raise ValueError(f"choices weigh {self._ends[-1]} together: give a weight above 0")
        # The last that weighs anything: a product that is rounded up to the sum is its.
        self._last: int = bisect_left(self._ends, self._ends[-1])
        if seed is None:
            seed = SystemRandom().getrandbits(32)
        if not isinstance(cast(object, seed), int) or isinstance(seed, bool):
            raise TypeError(f"seed={seed!r} is not an integer")
        self._seed: int = seed
        self._random: Random = Random(self._seed)  # noqa: S311 - it is to be the same again

    @property
    def seed(self) -> int:
        """What the choices follow from."""
        return self._seed

    def _choose(self) -> BaseMockResponse:
        drawn = self._random.random() * self._ends[-1]
        return self._responses[bisect_right(self._ends, drawn, 0, self._last)]

    def _choices(self) -> Iterable[BaseMockResponse]:
        return self._responses

    def __rewind__(self) -> None:
        """Begin the choices again."""
        self._random.seed(self._seed)
        super().__rewind__()

    def __repr__(self) -> str:
        return f"<ChoiceResponse of {len(self._responses)}, seed={self._seed}>"


def _pair(given: object) -> tuple[float, BaseMockResponse]:
    if not isinstance(given, tuple) or len(cast("tuple[object, ...]", given)) != 2:
        raise TypeError(f"{given!r} is no (weight, response) pair")
    weight, response = cast("tuple[object, object]", given)
    if not isinstance(weight, (int, float)):
        raise TypeError(f"weight {weight!r} is not a number")
    if not 0 <= weight < inf:
        raise ValueError(f"weight {weight!r} cannot be drawn by: give 0 or more")
    return weight, check_response(response)
