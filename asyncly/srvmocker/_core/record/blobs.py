"""Byte strings kept outside the reach of the garbage collector.

A list of a million bytes objects is walked, object by object, by every full collection. So blobs
are gathered in a short tail and joined into one large bytes object now and then; what stays per
blob is one number. Blobs seen lately are recognised and share one place. Once as many are known as
may be, no more are learned for a while, and then all are forgotten at once: where none comes again,
to take each in and to throw it out again would cost more than all else.

Invariants: `get(add(blob)) == blob`; numbers are given in order from 0 and never change meaning.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Final

from asyncly.srvmocker._core.matching.needles import Needles

__all__ = ("BlobStore",)

_CHUNK: Final = 128  # blobs, a power of two: to join many at once would hold up other requests
_KNOWN: Final = 1024
_PATIENCE: Final = 32  # chunks that are filled before what is known is forgotten
_LARGE: Final = 1 << 12  # bytes
_LARGE_KNOWN: Final = 16


class BlobStore:
    """An append-only store of byte strings, addressed by number.

    `known` has the numbers of blobs seen lately: look there first, `add` what is not there.
    """

    __slots__ = (
        "_chunks",
        "_ends",
        "_large",
        "_large_known",
        "_learns",
        "_lengths",
        "_passed",
        "_tail",
        "known",
    )

    def __init__(self) -> None:
        self.known: dict[bytes, int] = {}
        self._large_known: dict[bytes, int] = {}
        self._learns = True
        self._passed = 0
        self._chunks: list[bytes] = []
        # Of the blobs that are in chunks: where each ends in its chunk, and how long it is.
        self._ends = array("I")
        self._lengths = array("H")
        self._tail: list[bytes] = []
        # Large ones stand by themselves, and an empty blob in their place in the chunk.
        self._large: dict[int, bytes] = {}

    def __len__(self) -> int:
        return len(self._lengths) + len(self._tail)

    def add(self, blob: bytes) -> int:
        """Store a blob that is not `known` and return its number."""
        if len(blob) > _LARGE:
            return self._add_large(blob)
        tail = self._tail
        number = len(self._lengths) + len(tail)
        tail.append(blob)
        if self._learns:
            self.known[blob] = number
        if len(tail) == _CHUNK:
            self._seal()
        return number

    def _add_large(self, blob: bytes) -> int:
        known = self._large_known
        number = known.get(blob)
        if number is None:
            if len(known) >= _LARGE_KNOWN:
                known.clear()
            number = known[blob] = len(self)
            self._large[number] = blob
            self._tail.append(b"")
            if len(self._tail) == _CHUNK:
                self._seal()
        return number

    def _seal(self) -> None:
        first = len(self._lengths)
        self._lengths.extend(map(len, self._tail))
        self._ends.extend(accumulate(self._lengths[first:]))
        self._chunks.append(b"".join(self._tail))
        self._tail.clear()
        self._learns = len(self.known) < _KNOWN
        if not self._learns:
            self._passed += 1
            if self._passed == _PATIENCE:
                self.known.clear()
                self._passed = 0
                self._learns = True

    def search(self, needles: Needles) -> Iterator[int]:
        """Yield the numbers of all blobs that may equal what the needles were taken from."""
        for chunk, data in enumerate(self._chunks):
            first = chunk * _CHUNK
            wanted: list[bytes] = []
            rarest, count = b"", len(data) + 1
            for needle in needles.usable(data):
                wanted.append(needle)
                occurrences = data.count(needle)
                if occurrences < count:
                    rarest, count = needle, occurrences
                    if not count:
                        break
            if not wanted:
                yield from range(first, first + _CHUNK)
            elif count:
                yield from self._holding(data, first, rarest, wanted)
        for number, blob in enumerate(self._tail, len(self._chunks) * _CHUNK):
            if needles.allow(blob):
                yield number
        for number, blob in self._large.items():
            if needles.allow(blob):
                yield number

    def _holding(
        self, data: bytes, first: int, rarest: bytes, wanted: Iterable[bytes]
    ) -> Iterator[int]:
        """Yield the blobs of a chunk that contain all of the needles."""
        ends = self._ends
        at = data.find(rarest)
        while at >= 0:
            number = bisect_right(ends, at, first, first + _CHUNK)
            start = 0 if number == first else ends[number - 1]
            end = ends[number]
            if all(data.find(needle, start, end) >= 0 for needle in wanted):
                yield number
            at = data.find(rarest, end)

    def size(self, number: int) -> int:
        """Return the length of the blob with this number."""
        if number in self._large:
            return len(self._large[number])
        chunk, place = divmod(number, _CHUNK)
        if chunk == len(self._chunks):
            return len(self._tail[place])
        return self._lengths[number]

    def sizes(self) -> list[int]:
        """Return the length of every blob, in order of their numbers."""
        sizes = self._lengths.tolist()
        sizes.extend(map(len, self._tail))
        for number, blob in self._large.items():
            sizes[number] = len(blob)
        return sizes

    def get(self, number: int) -> bytes:
        """Return the blob with this number."""
        if self._large:
            large = self._large.get(number)
            if large is not None:
                return large
        chunk, place = divmod(number, _CHUNK)
        if chunk == len(self._chunks):
            return self._tail[place]
        start = self._ends[number - 1] if place else 0
        return self._chunks[chunk][start : self._ends[number]]
