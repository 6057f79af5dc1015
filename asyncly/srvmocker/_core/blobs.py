"""Byte strings kept outside the reach of the garbage collector.

A list of a million bytes objects is walked, object by object, by every full collection. So blobs
are gathered in a short tail and joined into one large bytes object now and then; what stays per
blob is one number. Blobs seen lately are recognised and share one place.

Invariants: `get(add(blob)) == blob`; numbers are given in order from 0 and never change meaning.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from asyncly.srvmocker._core.needles import Needles

__all__ = ("BlobStore",)

_CHUNK_COUNT: Final = 1024
_CHUNK_BYTES: Final = 1 << 18
_SLOTS: Final = 4096  # a power of two
_SLOT_BYTES: Final = 1 << 12
_LARGE_SLOTS: Final = 16


class BlobStore:
    """An append-only store of byte strings, addressed by number."""

    __slots__ = (
        "_chunks",
        "_ends",
        "_firsts",
        "_large",
        "_lately",
        "_numbers",
        "_sealed",
        "_tail",
        "_tail_bytes",
    )

    def __init__(self) -> None:
        self._lately: dict[int, bytes] = {}
        self._numbers: dict[int, int] = {}
        self._large: dict[bytes, int] = {}
        self._chunks: list[bytes] = []
        self._firsts = array("Q")
        self._ends = array("Q")
        self._tail: list[bytes] = []
        self._tail_bytes = 0
        self._sealed = 0

    def __len__(self) -> int:
        return self._sealed + len(self._tail)

    def add(self, blob: bytes) -> int:
        """Store a blob and return its number; a blob seen lately keeps the number it has."""
        if len(blob) > _SLOT_BYTES:
            return self._add_large(blob)
        slot = hash(blob) & (_SLOTS - 1)
        if self._lately.get(slot) == blob:
            return self._numbers[slot]
        number = self._append(blob)
        self._lately[slot] = blob
        self._numbers[slot] = number
        return number

    def _add_large(self, blob: bytes) -> int:
        number = self._large.get(blob)
        if number is None:
            if len(self._large) >= _LARGE_SLOTS:
                self._large.clear()
            number = self._large[blob] = self._append(blob)
        return number

    def _append(self, blob: bytes) -> int:
        tail = self._tail
        number = self._sealed + len(tail)
        tail.append(blob)
        self._tail_bytes += len(blob)
        if len(tail) >= _CHUNK_COUNT or self._tail_bytes >= _CHUNK_BYTES:
            self._seal()
        return number

    def _seal(self) -> None:
        end = 0
        for blob in self._tail:
            end += len(blob)
            self._ends.append(end)
        self._firsts.append(self._sealed)
        self._chunks.append(b"".join(self._tail))
        self._sealed += len(self._tail)
        self._tail.clear()
        self._tail_bytes = 0

    def search(self, needles: Needles) -> Iterator[int]:
        """Yield the numbers of all blobs that may equal what the needles were taken from."""
        for chunk, data in enumerate(self._chunks):
            first = self._firsts[chunk]
            stop = self._firsts[chunk + 1] if chunk + 1 < len(self._chunks) else self._sealed
            wanted = needles.usable(data)
            if not wanted:
                yield from range(first, stop)
                continue
            rarest, count = wanted[0], len(data)
            for needle in wanted:
                occurrences = data.count(needle)
                if occurrences < count:
                    rarest, count = needle, occurrences
                    if not count:
                        break
            if count:
                yield from self._holding(data, first, stop, rarest, wanted)
        for number, blob in enumerate(self._tail, self._sealed):
            if all(needle in blob for needle in needles.usable(blob)):
                yield number

    def _holding(
        self, data: bytes, first: int, stop: int, rarest: bytes, wanted: tuple[bytes, ...]
    ) -> Iterator[int]:
        """Yield the blobs of a chunk that contain all of the needles."""
        ends = self._ends
        at = data.find(rarest)
        while at >= 0:
            number = bisect_right(ends, at, first, stop)
            start = 0 if number == first else ends[number - 1]
            end = ends[number]
            if all(data.find(needle, start, end) >= 0 for needle in wanted):
                yield number
            at = data.find(rarest, end)

    def get(self, number: int) -> bytes:
        """Return the blob with this number."""
        if number >= self._sealed:
            return self._tail[number - self._sealed]
        chunk = bisect_right(self._firsts, number) - 1
        start = 0 if number == self._firsts[chunk] else self._ends[number - 1]
        return self._chunks[chunk][start : self._ends[number]]
