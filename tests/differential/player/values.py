"""The Python values that a scenario's JSON stands for.

Bytes travel as latin-1 text, so that a scenario stays readable when a test fails. Values that JSON
has no word for are objects with a `"$"` key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TypeAlias

Wire: TypeAlias = "bool | int | float | str | Sequence[Wire] | Mapping[str, Wire] | None"


def text(wire: Wire) -> str:
    """The same value, known to be text."""
    assert isinstance(wire, str), wire
    return wire


def table(wire: Wire) -> dict[str, Wire]:
    """The same value, known to be an object."""
    assert isinstance(wire, dict), wire
    return wire


def items(wire: Wire) -> list[Wire]:
    """The same value, known to be a list."""
    assert isinstance(wire, list), wire
    return wire


class Anything:
    """Equal to everything."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


class Nothing:
    """Equal to nothing, not even to itself."""

    def __eq__(self, other: object) -> bool:
        return False

    def __hash__(self) -> int:
        return 0


class Between:
    """Equal to each number from `low` to `high`."""

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int | float) and self.low <= other <= self.high

    def __hash__(self) -> int:
        return 0


class Grumpy:
    """Cannot be compared."""

    def __eq__(self, other: object) -> bool:
        raise LookupError("not comparable")

    def __hash__(self) -> int:
        return 0


class Text(str):
    """Text of a subclass that compares without regard to case."""

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and self.lower() == other.lower()

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.lower())


def deep(levels: int) -> object:
    """A list in a list in a list."""
    made: object = []
    for _ in range(levels):
        made = [made]
    return made


def value(wire: Wire) -> object:
    """The Python value that a scenario's JSON stands for."""
    if isinstance(wire, list):
        return [value(each) for each in wire]
    if not isinstance(wire, dict):
        return wire
    if "$" not in wire:
        return {key: value(each) for key, each in wire.items()}
    kind, raw = text(wire["$"]), wire.get("v")
    special: dict[str, Callable[[], object]] = {
        "bytes": lambda: text(raw).encode("latin-1"),
        "bytearray": lambda: bytearray(text(raw).encode("latin-1")),
        "tuple": lambda: tuple(value(each) for each in items(raw)),
        "set": lambda: {value(each) for each in items(raw)},
        "pairs": lambda: {value(items(pair)[0]): value(items(pair)[1]) for pair in items(raw)},
        "decimal": lambda: Decimal(text(raw)),
        "date": lambda: date.fromisoformat(text(raw)),
        "datetime": lambda: datetime.fromisoformat(text(raw)).replace(tzinfo=UTC),
        "complex": lambda: complex(text(raw)),
        "power": lambda: 10 ** int(text(raw)),
        "deep": lambda: deep(int(text(raw))),
        "times": lambda: text(items(raw)[0]) * int(text(items(raw)[1])),
        "anything": Anything,
        "nothing": Nothing,
        "grumpy": Grumpy,
        "between": lambda: Between(float(text(items(raw)[0])), float(text(items(raw)[1]))),
        "text": lambda: Text(text(raw)),
        "nan": lambda: float("nan"),
        "object": object,
    }
    return special[kind]()


def keywords(wire: Wire) -> dict[str, object]:
    """Keyword arguments."""
    return {key: value(each) for key, each in table(wire).items()}
