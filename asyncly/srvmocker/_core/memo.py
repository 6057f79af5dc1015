"""A bounded memory for pure functions of bytes.

Invariants: it never holds more than `max_entries` entries or `max_bytes` bytes of keys in each of
its two generations; what it returns is what was put. Two dict generations instead of an LRU
list: a hit costs one dict look-up and nothing is moved. Once it has been full, `offer` takes a key
only when it comes a second time, so traffic in which no key repeats costs the hash of the key: it
pushes nothing out, and leaves nothing behind for the garbage collector to walk.
"""

from typing import Final, Generic, TypeVar

__all__ = ("Memo",)

V = TypeVar("V")

_HASHES_KEPT: Final = 4096


class Memo(Generic[V]):
    """Maps bytes to a value that was computed from nothing but those bytes."""

    __slots__ = (
        "_filling",
        "_max_bytes",
        "_max_entries",
        "_offered",
        "_offered_before",
        "_old",
        "_young",
        "_young_bytes",
    )

    def __init__(self, max_entries: int, max_bytes: int) -> None:
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._young: dict[bytes, V] = {}
        self._old: dict[bytes, V] = {}
        self._young_bytes = 0
        self._filling = True
        self._offered: set[int] = set()
        self._offered_before: set[int] = set()

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    @property
    def size(self) -> int:
        """How many bytes the keys of the younger generation have; the older one has no more."""
        return self._young_bytes

    def get(self, key: bytes) -> V | None:
        """Return what was put under `key`, or `None` when it is not, or no longer, remembered."""
        value = self._young.get(key)
        if value is None:
            value = self._old.get(key)
            if value is not None:
                self.put(key, value)
        return value

    def put(self, key: bytes, value: V) -> None:
        """Remember `value`; forgets the older generation when the younger one is full."""
        if key in self._young:
            self._young[key] = value
            return
        size = len(key)
        if size > self._max_bytes:
            return
        if len(self._young) >= self._max_entries or self._young_bytes + size > self._max_bytes:
            self._old = self._young
            self._young = {}
            self._young_bytes = 0
        self._young[key] = value
        self._young_bytes += size

    def offer(self, key: bytes, value: V) -> bool:
        """Remember `value` if there is room that was never used, or `key` was offered before.

        Two keys with one hash are taken for one here: then a key gets in a little early.
        """
        if self._filling:
            size = self._young_bytes + len(key)
            if len(self._young) < self._max_entries and size <= self._max_bytes:
                self.put(key, value)
                return True
            self._filling = False
        digest = hash(key)
        if digest in self._offered or digest in self._offered_before:
            self.put(key, value)
            return True
        if len(self._offered) >= _HASHES_KEPT:
            self._offered_before, self._offered = self._offered, set()
        self._offered.add(digest)
        return False

    def clear(self) -> None:
        """Forget everything."""
        self._filling = True
        self._young = {}
        self._old = {}
        self._young_bytes = 0
