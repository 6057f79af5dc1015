"""What an assertion's `exactly`, `at_least` and `at_most` ask for.

Invariant: bounds that exist make sense; those that do not are refused when they are made, whatever
is there to be counted.
"""

from collections.abc import Mapping

__all__ = ("CountBounds", "check_whole", "refuse_contradictions")


def refuse_contradictions(given: Mapping[str, object]) -> None:
    """Raise `ValueError` unless either `exactly` or at least one of the others is given."""
    names = [name for name, value in given.items() if value is not None]
    if not names:
        *first, last = [f"{name}=" for name in given]
        raise ValueError(f"nothing to assert: give {', '.join(first)} or {last}")
    if "exactly" in names and len(names) > 1:
        raise ValueError(f"{names[1]}= says nothing beside exactly=: leave one of them out")


def check_whole(name: str, value: object) -> None:
    """Raise `TypeError` for what is not a whole number."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name}={value!r} is not a whole number")


class CountBounds:
    """How many something may be.

    Raises `ValueError` for bounds that are missing, negative or contradict each other, and
    `TypeError` for what is not a whole number.
    """

    __slots__ = ("at_least", "at_most", "exactly")

    def __init__(
        self, exactly: int | None = None, at_least: int | None = None, at_most: int | None = None
    ) -> None:
        given = {"exactly": exactly, "at_least": at_least, "at_most": at_most}
        refuse_contradictions(given)
        for name, value in given.items():
            if value is None:
                continue
            check_whole(name, value)
            if value < 0:
                raise ValueError(f"{name}={value} is negative")
        if at_least is not None and at_most is not None and at_least > at_most:
            raise ValueError(f"at_least={at_least} is more than at_most={at_most}")
        self.exactly = exactly
        self.at_least = at_least
        self.at_most = at_most

    @property
    def lowest(self) -> int:
        """The smallest count that holds."""
        return self.exactly if self.exactly is not None else self.at_least or 0

    @property
    def highest(self) -> int | None:
        """The greatest count that holds; `None`: there is none."""
        return self.at_most if self.exactly is None else self.exactly

    def holds(self, count: int) -> bool:
        """Whether a count is within the bounds."""
        if self.exactly is not None:
            return count == self.exactly
        if self.at_least is not None and count < self.at_least:
            return False
        return self.at_most is None or count <= self.at_most

    def __str__(self) -> str:
        if self.exactly is not None:
            return f"exactly {self.exactly}"
        parts = {"at least": self.at_least, "at most": self.at_most}
        return " and ".join(
            f"{words} {bound}" for words, bound in parts.items() if bound is not None
        )
