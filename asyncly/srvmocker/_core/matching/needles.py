r"""What the bytes of a JSON body must contain if it is to equal an expected value.

A body that lacks one of these is refused without being parsed, and a block of thousands of bodies
by one search.

Invariants, each of which a property test holds against the parser:
- A text of plain ASCII characters is written as it is, unless the body holds a `\` (escapes) or a
  NUL (UTF-16, UTF-32).
- An integer of 2 to 15 digits is written with these digits in a row, unless the body holds a NUL,
  an exponent, or a number so long that it is rounded. (0 and 1 could be `false` and `true`.)
"""

import re
from collections.abc import Iterator
from typing import Final

__all__ = ("Needles", "has_long_numbers", "has_other_spellings")

_LITERAL: Final = re.compile(r"[A-Za-z0-9_ -]+").fullmatch
_LEAST: Final = 10
_LIMIT: Final = 10**15
_ROUNDED: Final = b"0" * 17

# Digits and points become 0, both e's become e, everything else a space.
_SHAPE: Final = bytes(
    0x30 if chr(byte) in "0123456789." else 0x65 if chr(byte) in "eE" else 0x20
    for byte in range(256)
)


def has_other_spellings(data: bytes) -> bool:
    """Whether texts in it may be written other than as they are."""
    return b"\\" in data or b"\x00" in data


def has_long_numbers(data: bytes) -> bool:
    """Whether digits in it may not be in a row, be moved by an exponent, or be rounded."""
    if b"\x00" in data:
        return True
    shape = data.translate(_SHAPE)
    return b"0e" in shape or _ROUNDED in shape


class Needles:
    """The texts and the digits that an equal body contains."""

    __slots__ = ("numbers", "texts")

    def __init__(self, expected: object) -> None:
        """Collect them from a plain value."""
        texts: set[bytes] = set()
        numbers: set[bytes] = set()
        pending: list[object] = [expected]
        while pending:
            item = pending.pop()
            if isinstance(item, dict):
                pending += [*item.keys(), *item.values()]
            elif isinstance(item, list):
                pending += item
            elif isinstance(item, str):
                if _LITERAL(item):
                    texts.add(item.encode())
            elif isinstance(item, int) and _LEAST <= abs(item) < _LIMIT:
                numbers.add(b"%d" % abs(item))
        self.texts: tuple[bytes, ...] = tuple(sorted(texts, key=len, reverse=True))
        self.numbers: tuple[bytes, ...] = tuple(sorted(numbers, key=len, reverse=True))

    def usable(self, data: bytes) -> Iterator[bytes]:
        """Yield those that tell something of bodies that lie in `data`, a block of them or one.

        What is dearer to know comes last: most often a text is missing, and that is enough.
        """
        if self.texts and not has_other_spellings(data):
            yield from self.texts
        if self.numbers and not has_long_numbers(data):
            yield from self.numbers

    def allow(self, blob: bytes) -> bool:
        """Whether a body may equal what these were taken from."""
        return all(needle in blob for needle in self.usable(blob))
