"""A bounded memory for pure functions of bytes.

Invariants: it never holds more than `max_entries` entries or `max_bytes` bytes of keys in each of
its two generations; what it returns is what was put. Two dict generations instead of an LRU
list: a hit costs one dict look-up, nothing is moved, and traffic in which no key repeats costs one
insertion per request and drops a whole generation at a time.
"""

from typing import Generic, TypeVar

__all__ = ("Memo",)

V = TypeVar("V")


class Memo(Generic[V]):
    """Maps bytes to a value that was computed from nothing but those bytes."""

    __slots__ = ("_max_bytes", "_max_entries", "_old", "_young", "_young_bytes")

    def __init__(self, max_entries: int, max_bytes: int) -> None:
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._young: dict[bytes, V] = {}
        self._old: dict[bytes, V] = {}
        self._young_bytes = 0

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

    def clear(self) -> None:
        """Forget everything."""
        self._young = {}
        self._old = {}
        self._young_bytes = 0
