"""A bounded memory for pure functions of bytes.

Invariants: it never holds more than `max_entries` entries or `max_bytes` bytes of keys in each of
its two generations; what it returns is what was put. Two dict generations instead of an LRU
list: a hit costs one dict look-up and nothing is moved. Once it has been full, it wants a key only
when it comes a second time, and looks at one in four, so traffic in which no key repeats costs next
to nothing: it pushes nothing out, and leaves nothing behind for the garbage collector to walk. What
does repeat gets in soon: whatever is in is not asked about any more, so the fourth is another one.
"""

from typing import Final, Generic, TypeVar

__all__ = ("Memo",)

V = TypeVar("V")

_HASHES_KEPT: Final = 4096
_LOOKED_AT: Final = 3  # one key in four, once it was full


class Memo(Generic[V]):
    """Maps bytes to a value that was computed from nothing but those bytes.

    `young` is the generation to look at first, for whoever wants to spare a call.
    """

    __slots__ = (
        "_filling",
        "_max_bytes",
        "_max_entries",
        "_offered",
        "_offered_before",
        "_passed",
        "old",
        "size",
        "young",
    )

    def __init__(self, max_entries: int, max_bytes: int) -> None:
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self.young: Final[dict[bytes, V]] = {}
        self.old: Final[dict[bytes, V]] = {}
        self.size = 0
        """How many bytes the keys of the younger generation have; the older one has no more."""
        self._filling = True
        self._passed = 0
        self._offered: set[int] = set()
        self._offered_before: set[int] = set()

    def __len__(self) -> int:
        return len(self.young) + len(self.old)

    def get(self, key: bytes) -> V | None:
        """Return what was put under `key`, or `None` when it is not, or no longer, remembered."""
        value = self.young.get(key)
        if value is None and self.old:
            value = self.old.pop(key, None)
            if value is not None:
                self.put(key, value)
        return value

    def put(self, key: bytes, value: V) -> None:
        """Remember `value`; forgets the older generation when the younger one is full."""
        young = self.young
        if key in young:
            young[key] = value
            return
        size = len(key)
        if size > self._max_bytes:
            return
        if len(young) >= self._max_entries or self.size + size > self._max_bytes:
            self.old.clear()
            self.old.update(young)
            young.clear()
            self.size = 0
        young[key] = value
        self.size += size

    def wants(self, key: bytes) -> bool:
        """Whether to `put` it: there is room that was never used, or it was asked about before.

        Two keys with one hash are taken for one here: then a key gets in a little early.
        """
        if self._filling:
            if len(self.young) < self._max_entries and self.size + len(key) <= self._max_bytes:
                return True
            self._filling = False
        self._passed += 1
        if self._passed & _LOOKED_AT:
            return False
        digest = hash(key)
        offered = self._offered
        if digest in offered or digest in self._offered_before:
            return True
        if len(offered) >= _HASHES_KEPT:
            self._offered_before, self._offered = offered, set()
            offered = self._offered
        offered.add(digest)
        return False

    def clear(self) -> None:
        """Forget everything."""
        self._filling = True
        self.young.clear()
        self.old.clear()
        self.size = 0
