"""The request table: the bytes of each distinct request, in three parts.

Invariants: numbers are given in order from 0 and never change meaning; a part that keeps coming is
stored once, and so is a request whose parts all do.
"""

from array import array
from collections.abc import Iterable
from itertools import repeat
from operator import add
from typing import Final, cast

from asyncly.srvmocker._core.record.blobs import BlobStore
from asyncly.srvmocker._core.request import PartialView, RequestView

__all__ = ("NO_BODY", "Requests")

NO_BODY: Final = 0xFFFF_FFFF
"""The number of a body that was not kept."""

_NO_BODY_BYTES: Final = array("I", [NO_BODY]).tobytes()
_EMPTY_LINES: Final = 6  # bytes between the start line, the fields and the body
_KNOWN: Final = 1024


class Requests:
    """The request table: which start line, which fields, which body."""

    __slots__ = ("_known", "bodies", "body_ids", "field_ids", "fields", "start_ids", "starts")

    def __init__(self) -> None:
        self.starts: BlobStore = BlobStore()
        self.fields: BlobStore = BlobStore()
        self.bodies: BlobStore = BlobStore()
        self.start_ids: array[int] = array("I")
        self.field_ids: array[int] = array("I")
        self.body_ids: array[int] = array("I")
        self._known: dict[tuple[int, int, int], int] = {}

    def add(self, start: bytes, fields: bytes, body: bytes | None) -> int:
        """Return the number of a request; `None` is a body that is not kept."""
        start_id = self.starts.known.get(start)
        field_id = self.fields.known.get(fields)
        body_id = NO_BODY if body is None else self.bodies.known.get(body)
        if start_id is not None and field_id is not None and body_id is not None:
            key = (start_id, field_id, body_id)
            number = self._known.get(key)
            if number is not None:
                return number
            if len(self._known) >= _KNOWN:
                self._known.clear()
            self._known[key] = len(self.body_ids)
        self.start_ids.append(self.starts.add(start) if start_id is None else start_id)
        self.field_ids.append(self.fields.add(fields) if field_id is None else field_id)
        ids = self.body_ids
        # Without a number here there is a body: see above.
        ids.append(self.bodies.add(cast(bytes, body)) if body_id is None else body_id)
        return len(ids) - 1

    def lacks_bodies(self) -> bool:
        """Whether a body was not kept; in no time where that is not so."""
        return _NO_BODY_BYTES in self.body_ids.tobytes() and NO_BODY in self.body_ids

    def __len__(self) -> int:
        return len(self.body_ids)

    def sizes(self) -> tuple[int, Iterable[int]]:
        # Column by column: a tenth of what asking for one request after the other takes.
        parts = [
            self._column(self.starts, self.start_ids),
            self._column(self.fields, self.field_ids),
            self._column(self.bodies, self.body_ids),
        ]
        same = _EMPTY_LINES + sum(part for part in parts if isinstance(part, int))
        columns = [part for part in parts if not isinstance(part, int)]
        if not columns:
            return same, repeat(0, len(self))
        rest = columns[0]
        for column in columns[1:]:
            rest = map(add, rest, column)
        return same, rest

    def _column(self, store: BlobStore, numbers: "array[int]") -> int | Iterable[int]:
        """Return the size of each request's part, or of all where they are the same."""
        sizes = store.sizes()
        if numbers is self.body_ids and self.lacks_bodies():
            return (0 if number == NO_BODY else sizes[number] for number in numbers)
        if len(set(sizes)) <= 1:
            return sum(sizes[:1])
        # A request adds one part at most, so as many parts as requests are one for each, in order.
        return sizes if len(sizes) == len(numbers) else map(sizes.__getitem__, numbers)

    def size(self, request: int) -> int:
        body = self.body_ids[request]
        sizes = (
            self.starts.size(self.start_ids[request]) + _EMPTY_LINES,
            self.fields.size(self.field_ids[request]),
            0 if body == NO_BODY else self.bodies.size(body),
        )
        return sum(sizes)

    def view(self, request: int) -> RequestView:
        start = self.starts.get(self.start_ids[request])
        fields = self.fields.get(self.field_ids[request])
        body = self.body_ids[request]
        if body == NO_BODY:
            return PartialView(start, fields)
        return RequestView(start, fields, self.bodies.get(body))
