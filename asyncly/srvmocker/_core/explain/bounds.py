"""How much is said, and how much is looked at for it.

Invariant: a text that is made within bounds has at most `total` bytes of UTF-8, whatever came.
"""

from typing import Final, NamedTuple

__all__ = ("COUNT_ONLY", "FULL", "TERSE", "Bounds", "Work")


class Bounds(NamedTuple):
    """The size of a text and of its parts."""

    candidates: int
    """Calls or routes that are told of."""
    differences: int
    """Differences that are told of each."""
    value: int
    """Characters of a value."""
    where: int
    """Characters of a path or a name."""
    total: int
    """Bytes of the whole."""


TERSE: Final = Bounds(candidates=3, differences=8, value=72, where=96, total=4096)
"""For the text of an exception and the body of an answer."""

FULL: Final = Bounds(candidates=3, differences=200, value=2000, where=400, total=65536)
"""For those who ask for more."""

COUNT_ONLY: Final = Bounds(candidates=0, differences=0, value=0, where=0, total=0)
"""For a comparison of which only the cost matters."""


class Work:
    """What may still be spent on comparing: bytes to parse, and values to look at."""

    __slots__ = ("bytes", "values")

    def __init__(self, values: int, size: int) -> None:
        self.values: int = values
        self.bytes: int = size

    @property
    def left(self) -> bool:
        """Whether there is any left."""
        return self.values > 0 and self.bytes > 0
