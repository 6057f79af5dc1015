"""What is remembered of every recorded request: numbers in arrays, bytes in blobs.

One row per call: the numbers of its head and body blobs, its arrival time and its route. Sequences
(the history, and the calls of each handler) are arrays of row numbers over these columns, so the
garbage collector has nothing to walk, whatever their length. Objects are made when somebody looks.

Invariants:
- Rows are only ever appended; rows that no living sequence holds are dropped in bulk, when they
  outnumber the others, and only then are row numbers reassigned, in all sequences at once. That
  happens in `released` and `tidy` alone: whoever calls them has no row number in hand.
- Arrival times strictly increase, so a time identifies a call for as long as the journal lives.
- An object that a user put into a sequence is a row too; it is kept as it is, in `foreign`.
"""

from array import array
from collections.abc import Callable, Iterable
from math import inf, nextafter
from typing import Final, Generic, Protocol, TypeVar
from weakref import ref

from asyncly.srvmocker._core.blobs import BlobStore
from asyncly.srvmocker._core.criteria import Compiled
from asyncly.srvmocker._core.needles import Needles
from asyncly.srvmocker._core.request import RequestView

__all__ = ("Journal", "Place", "RowHolder", "StoredCall")

T = TypeVar("T")

_COMPACT_FROM: Final = 1024
_SEARCH_FROM: Final = 8  # a search reads all bodies: worth it for an eighth of them or more


class StoredCall:
    """One recorded call, taken out of the journal: valid whatever happens to the journal."""

    __slots__ = ("route", "view", "when")

    def __init__(self, view: RequestView, when: float, route: int) -> None:
        self.view = view
        self.when = when
        self.route = route


class Place:
    """The bytes of a request that comes again and again, and where they lie in the journal."""

    __slots__ = ("body", "body_id", "era", "head", "head_id")

    def __init__(self, head: bytes, body: bytes) -> None:
        self.head = head
        self.body = body
        self.era: object = None  # the one in which the numbers are good
        self.head_id = 0
        self.body_id = 0


class RowHolder(Protocol):
    """Whatever keeps row numbers: they must be there when rows are counted and reassigned."""

    rows: "array[int]"


class Journal(Generic[T]):
    """The columns of all recorded calls. `T` is the type of the objects handed to users."""

    __slots__ = (
        "_bodies",
        "_body_ids",
        "_era",
        "_foreign",
        "_head_ids",
        "_heads",
        "_holders",
        "_make",
        "_released",
        "_routes",
        "_times",
        "_view_of",
        "last",
        "untidy",
    )

    def __init__(
        self, make: Callable[[StoredCall], T], view_of: Callable[[T], RequestView]
    ) -> None:
        self._make = make
        self._view_of = view_of
        self._heads = BlobStore()
        self._bodies = BlobStore()
        self._era = object()  # another one as soon as blobs are numbered anew
        self._head_ids = array("I")
        self._body_ids = array("I")
        self._times = array("d")
        self._routes = array("I")
        self._foreign: dict[int, T] = {}
        self._holders: list[ref[RowHolder]] = []
        self._released = 0
        self.last = -inf
        """The latest arrival time."""
        self.untidy = False
        """Whether a holder died since the last time at which rows were dropped."""

    def __len__(self) -> int:
        return len(self._times)

    def append(self, head: bytes, body: bytes, when: float, route: int) -> int:
        """Store a call that arrived at `when` (seconds, any monotonic clock); return its row."""
        if when <= self.last:
            when = nextafter(self.last, inf)
        self.last = when
        row = len(self._times)
        self._head_ids.append(self._heads.add(head))
        self._body_ids.append(self._bodies.add(body))
        self._times.append(when)
        self._routes.append(route)
        return row

    def append_at(self, place: Place, when: float, route: int) -> int:
        """Store a call whose bytes were stored before, or are stored now; return its row."""
        if place.era is not self._era:
            place.era = self._era
            place.head_id = self._heads.add(place.head)
            place.body_id = self._bodies.add(place.body)
        if when <= self.last:
            when = nextafter(self.last, inf)
        self.last = when
        row = len(self._times)
        self._head_ids.append(place.head_id)
        self._body_ids.append(place.body_id)
        self._times.append(when)
        self._routes.append(route)
        return row

    def adopt(self, call: T) -> int:
        """Store an object that did not come from the wire; return its row."""
        row = self.append(b"", b"", self.last, 0)
        self._foreign[row] = call
        return row

    def get(self, row: int) -> T:
        """Return the object for a row."""
        foreign = self._foreign.get(row)
        if foreign is not None:
            return foreign
        return self._make(StoredCall(self._view(row), self._times[row], self._routes[row]))

    def _view(self, row: int) -> RequestView:
        foreign = self._foreign.get(row)
        if foreign is not None:
            return self._view_of(foreign)
        return RequestView(
            self._heads.get(self._head_ids[row]), self._bodies.get(self._body_ids[row])
        )

    def find(self, rows: "array[int]", compiled: Compiled) -> int | None:
        """Return the first of the rows whose call satisfies the criteria, or `None`.

        Calls that share the bytes on which a pure question depends share its answer, so it is
        asked once for each distinct request, not once for each call.
        """
        if compiled.test is None:
            return rows[0] if rows else None
        if self._foreign or not compiled.pure:
            return next((row for row in rows if compiled.test(self._view(row))), None)
        if compiled.needles is not None and len(rows) * _SEARCH_FROM > len(self._bodies):
            rows = self._rows_holding(rows, compiled.needles)
        if compiled.reads_head:
            return self._find_distinct(rows, compiled)
        test = compiled.test
        body_id = self._body_ids.__getitem__
        get = self._bodies.get
        for number, row in _first_rows(map(body_id, rows), rows):
            if test(RequestView(b"", get(number))):
                return row
        return None

    def _rows_holding(self, rows: "array[int]", needles: Needles) -> "array[int]":
        """Return the rows whose bodies contain what an equal body must, by searching in bulk."""
        numbers = set(self._bodies.search(needles))
        if not numbers:
            return array("I")
        body_ids = self._body_ids
        return array("I", [row for row in rows if body_ids[row] in numbers])

    def _find_distinct(self, rows: "array[int]", compiled: Compiled) -> int | None:
        pairs = zip(
            map(self._head_ids.__getitem__, rows),
            map(self._body_ids.__getitem__, rows),
            strict=True,
        )
        for _, row in _first_rows(pairs, rows):
            if compiled.holds(self._view(row)):
                return row
        return None

    def hold(self, holder: RowHolder) -> None:
        """Register whoever keeps rows, for as long as it lives."""
        self._holders.append(ref(holder, self._forget))

    def _forget(self, holder: "ref[RowHolder]") -> None:
        # The garbage collector may call this at any moment, when a row number is in somebody's
        # hand: so nothing is moved before the next time at which it is safe.
        self._holders.remove(holder)
        self.untidy = True

    def _held(self) -> list["array[int]"]:
        alive = [reference() for reference in self._holders]
        return [holder.rows for holder in alive if holder is not None]

    def released(self, count: int) -> None:
        """Take notice that a sequence let go of `count` rows; drops rows nobody holds."""
        self._released += count
        due = self._released >= max(_COMPACT_FROM, len(self._times) // 2)
        if due or self.untidy or not any(self._held()):
            self.tidy()

    def tidy(self) -> None:
        """Drop the rows that nobody holds, if they outnumber the others."""
        self.untidy = False
        self._released = 0
        held = self._held()
        kept = sorted({row for rows in held for row in rows})
        if len(kept) * 2 <= len(self._times):
            self._keep(kept, held)

    def _keep(self, rows: list[int], held: list["array[int]"]) -> None:
        heads, bodies = self._heads, self._bodies
        head_ids, body_ids, routes = self._head_ids, self._body_ids, self._routes
        times, foreign = self._times, self._foreign
        self._heads, self._bodies, self._era = BlobStore(), BlobStore(), object()
        self._head_ids = array("I", [self._heads.add(heads.get(head_ids[r])) for r in rows])
        self._body_ids = array("I", [self._bodies.add(bodies.get(body_ids[r])) for r in rows])
        self._times = array("d", [times[row] for row in rows])
        self._routes = array("I", [routes[row] for row in rows])
        renumbered = {row: number for number, row in enumerate(rows)}
        self._foreign = {renumbered[r]: call for r, call in foreign.items() if r in renumbered}
        for rows_of_holder in held:
            rows_of_holder[:] = array("I", [renumbered[row] for row in rows_of_holder])


K = TypeVar("K")


def _first_rows(keys: Iterable[K], rows: "array[int]") -> Iterable[tuple[K, int]]:
    """Pair each distinct key with the first row that has it, in order."""
    firsts: dict[K, int] = {}
    for key, row in zip(keys, rows, strict=True):
        firsts.setdefault(key, row)
    return firsts.items()
