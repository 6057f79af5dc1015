"""What the comparison of one request with what was wanted adds up to.

Invariants: the cost is zero exactly when nothing differs; only as many differences are kept, and
made into texts, as the bounds allow; comparing never fails, whatever an `__eq__` does.
"""

import math
from typing import Final, TypeGuard, TypeVar

from asyncly.srvmocker._core.explain.bounds import Bounds, Work
from asyncly.srvmocker._core.explain.shown import failure
from asyncly.srvmocker._core.raised import kept
from asyncly.srvmocker.diagnosis import Difference

__all__ = ("Findings", "apart", "equal", "parting", "shared")

T = TypeVar("T", str, bytes)

_READ: Final = 4096  # how much is compared from the end


class Findings:
    """Collects differences, and how far they set a request apart from what was wanted."""

    __slots__ = ("bounds", "complete", "cost", "kept", "total", "work")

    def __init__(self, bounds: Bounds, work: Work) -> None:
        self.bounds: Bounds = bounds
        self.work: Work = work
        self.cost: float = 0.0
        self.total: int = 0
        self.complete: bool = True
        self.kept: list[Difference] = []

    def found(self, cost: float, count: int = 1) -> bool:
        """Count a difference, or several of one kind; return whether any is to be kept."""
        self.cost += cost
        self.total += count
        return len(self.kept) < self.bounds.differences

    def add(self, other: "Findings") -> None:
        """Count what another one has found, of which nothing is to be kept."""
        self.cost += other.cost
        self.total += other.total
        self.complete = self.complete and other.complete

    @property
    def room(self) -> int:
        """How many more differences are kept."""
        return self.bounds.differences - len(self.kept)

    def keep(self, difference: Difference) -> None:
        """Keep the difference that was found last."""
        self.kept.append(difference)


def equal(got: object, wanted: object) -> tuple[bool, str]:
    """Compare as `==` does; where that is impossible, say why."""
    try:
        return bool(got == wanted), ""
    except RecursionError:
        return False, "nested too deeply to be compared"
    except BaseException as error:  # noqa: BLE001 - whatever a user's own `__eq__` raises
        return False, f"comparing {failure(kept(error))}"


def apart(got: object, wanted: object) -> float:
    """Return how far two unequal values are apart: more than 0 for any two, 1 for strangers.

    A text that begins and ends alike is nearer than another, and so is a number that is close.
    """
    if isinstance(got, str) and isinstance(wanted, str):
        return 1 - shared(got, wanted) / 2
    if _is_number(got) and _is_number(wanted):
        return 0.5 + _distance(got, wanted) / 2
    if isinstance(got, str) and isinstance(wanted, int | float):
        return 0.75 if got == str(wanted).lower() else 1.0
    if isinstance(wanted, str) and isinstance(got, int | float):
        return 0.75 if wanted == str(got).lower() else 1.0
    return 1.0


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def shared(one: T, other: T) -> float:
    """Return which part of the longer text is the same at the ends of both, at most 1."""
    longer, shorter = max(len(one), len(other)), min(len(one), len(other))
    if not longer:
        return 1.0
    start = parting(one, other)
    reach = min(shorter - start, _READ)
    end = parting(one[-reach:][::-1], other[-reach:][::-1]) if reach else 0
    return (start + end) / longer


def _distance(one: float, other: float) -> float:
    try:
        distance = abs(one - other) / (abs(one) + abs(other))
    except (OverflowError, ZeroDivisionError):
        return 1.0
    return 1.0 if math.isnan(distance) else min(distance, 1.0)


def parting(one: T, other: T) -> int:
    """Return the first index at which two texts differ, or where the shorter one ends."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
