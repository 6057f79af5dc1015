"""What is remembered of every recorded request: numbers in arrays, bytes in blobs.

A request is three byte strings (start line, header fields, body), each stored once while it keeps
coming; requests that come again whole share one entry of the request table. A call is a row: its
request, its arrival time, its route, its connection, its answer, and the mock's own time. Sequences
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
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator
from itertools import islice
from math import inf, nextafter
from typing import Final, Generic, Protocol, TypeVar
from weakref import ref

from asyncly.srvmocker._core.matching.given import Compiled, Predicate
from asyncly.srvmocker._core.record.requests import NO_BODY, Requests
from asyncly.srvmocker._core.request import PartialView, RequestView
from asyncly.srvmocker.exceptions import NotKeptError

__all__ = ("IN_PROGRESS", "Journal", "Place", "RowHolder", "StoredCall")

T = TypeVar("T")

IN_PROGRESS: Final = 0
"""The number of the answer of a call that has none yet."""
_COMPACT_FROM: Final = 1024
_SEARCH_FROM: Final = 8  # a search reads all bodies: worth it for an eighth of them or more
_FIRST_LOOK: Final = 16  # calls that are asked one by one before all of them are looked through


class StoredCall:
    """One recorded call, taken out of the journal: valid whatever happens to the journal."""

    __slots__ = ("injected", "route", "view", "when")

    def __init__(self, view: RequestView, when: float, route: int, injected: int = 0) -> None:
        self.view = view
        self.when = when
        self.route = route
        self.injected = injected  # the number of what was injected; 0 where nothing was


class Place:
    """Where a request that comes again and again lies in the journal."""

    __slots__ = ("era", "request")

    def __init__(self) -> None:
        self.era: object = None
        """The journal's, as long as the number is good."""
        self.request: int = 0


class RowHolder(Protocol):
    """Whatever keeps row numbers: they must be there when rows are counted and reassigned."""

    rows: "array[int]"


class _Asked:
    """Asks a question of one view after the other; remembers whether one could not answer it."""

    __slots__ = ("_test", "_unknown")

    def __init__(self, test: Predicate) -> None:
        self._test = test
        self._unknown: NotKeptError | None = None

    def ask(self, view: RequestView) -> bool:
        try:
            return self._test(view)
        except NotKeptError as error:
            self._unknown = error
            return False

    def check(self) -> None:
        """Raise `NotKeptError` where the answer of one view is not known."""
        if self._unknown is not None:
            raise self._unknown


class Journal(Generic[T]):
    """The columns of all recorded calls. `T` is the type of the objects handed to users."""

    __slots__ = (
        "_foreign",
        "_holders",
        "_make",
        "_released",
        "_view_of",
        "answers",
        "connections",
        "era",
        "injections",
        "last",
        "late_ends",
        "late_rows",
        "own_times",
        "request_ids",
        "routes",
        "settle",
        "settled",
        "table",
        "times",
        "untidy",
    )

    def __init__(
        self, make: Callable[[StoredCall], T], view_of: Callable[[T], RequestView]
    ) -> None:
        self._make = make
        self._view_of = view_of
        self.table: Requests = Requests()  # another one as soon as requests are numbered anew
        self.times: array[float] = array("d")
        self.request_ids: array[int] = array("I")
        # Half as wide a type would do for most, and takes twice as long to append to.
        self.routes: array[int] = array("I")
        self.connections: array[int] = array("I")
        self.answers: array[int] = array("I")
        """The number of each call's answer, as whoever gives the answers counts them."""
        self.own_times: array[float] = array("f")
        """Seconds that taking in and answering took, apart from delays."""
        self.late_rows: array[int] = array("I")
        """The calls that were not answered at once, in the order of their answers."""
        self.late_ends: array[float] = array("d")
        """When the answer of each of these was written."""
        self.injections: array[int] = array("I")
        """The number of what was injected into each call, 0 for nothing, up to the last call into
        which something was."""
        self.era: object = object()
        """Another one as soon as numbers of requests are good no more, or `tidy` is due."""
        self._foreign: dict[int, T] = {}
        self._holders: list[ref[RowHolder]] = []
        self._released = 0
        self.last: float = -inf
        """The latest arrival time."""
        self.settle: Callable[[], None] | None = None
        """Drops the calls that are kept no longer; set by whoever knows how many are kept."""
        self.settled: float = -inf
        """The latest call of those that were there when it did so last."""
        self.untidy: bool = False
        """Whether a holder died since the last time at which rows were dropped."""

    def __len__(self) -> int:
        return len(self.times)

    def request(self, start: bytes, fields: bytes, body: bytes | None) -> int:
        """Store the bytes of a request; return their number, good until rows are dropped."""
        return self.table.add(start, fields, body)

    def request_at(self, place: Place, start: bytes, fields: bytes, body: bytes | None) -> int:
        """Return the number of a request whose bytes were stored before, or are stored now."""
        if place.era is not self.era:
            place.era = self.era
            place.request = self.table.add(start, fields, body)
        return place.request

    def enter(  # noqa: PLR0917 - by position, as it is called for every request
        self, request: int, when: float, route: int, connection: int, answer: int, own: float
    ) -> int:
        """Add the row of a call that arrived at `when` (seconds, any monotonic clock)."""
        if when <= self.last:
            when = nextafter(self.last, inf)
        self.last = when
        times = self.times
        row = len(times)
        times.append(when)
        self.request_ids.append(request)
        self.own_times.append(own)
        self.routes.append(route)
        self.connections.append(connection)
        self.answers.append(answer)
        return row

    def answered(
        self, when: float, answer: int, own: float, end: float | None, row: int = 0
    ) -> None:
        """Note the answer of the call that arrived at `when`, if it is still there.

        `end` is when it was written, or `None` if that was at once; `row` is where it was then.
        """
        times = self.times
        if not 0 <= row < len(times) or times[row] != when:
            row = bisect_left(times, when)
            if row == len(times) or times[row] != when:
                return
        self.answers[row] = answer
        self.own_times[row] = own
        if end is not None:
            self.late_rows.append(row)
            self.late_ends.append(end)

    def injected(self, when: float, number: int) -> None:
        """Note what was injected into the call that arrived at `when`, if it is still there."""
        row = self._row_at(when)
        if row is None:
            return
        injections = self.injections
        missing = row + 1 - len(injections)
        if missing > 0:
            injections.frombytes(bytes(missing * injections.itemsize))
        injections[row] = number

    def injected_at(self, when: float) -> int:
        """Return the number of what was injected into the call that arrived at `when`."""
        row = self._row_at(when) if self.injections else None
        return 0 if row is None else self._injected_into(row)

    def _row_at(self, when: float) -> int | None:
        row = bisect_left(self.times, when)
        return row if row < len(self.times) and self.times[row] == when else None

    def _injected_into(self, row: int) -> int:
        return self.injections[row] if row < len(self.injections) else 0

    def adopt(self, call: T) -> int:
        """Store an object that did not come from the wire; return its row."""
        is_settled = self.settled == self.last
        row = self.enter(self.request(b"", b"", b""), self.last, 0, 0, IN_PROGRESS, 0.0)
        self._foreign[row] = call
        if is_settled:  # it is no call that makes another one too many
            self.settled = self.last
        return row

    def get(self, row: int) -> T:
        """Return the object for a row."""
        foreign = self._foreign.get(row)
        if foreign is not None:
            return foreign
        return self._make(
            StoredCall(self.view(row), self.times[row], self.routes[row], self._injected_into(row))
        )

    def view(self, row: int) -> RequestView:
        """Return the view of a row."""
        foreign = self._foreign.get(row)
        if foreign is not None:
            return self._view_of(foreign)
        return self.table.view(self.request_ids[row])

    def recorded(self, rows: "array[int]") -> "array[int]":
        """Return those of the rows that came over the wire."""
        foreign = self._foreign
        return array("I", [row for row in rows if row not in foreign]) if foreign else rows[:]

    @property
    def adopted(self) -> bool:
        """Whether it has objects that did not come from the wire; otherwise rows are in order."""
        return bool(self._foreign)

    @property
    def requests(self) -> Requests:
        """The requests by their numbers; a copy of those numbers stays good for it."""
        return self.table

    def find(self, rows: "array[int]", compiled: Compiled) -> int | None:
        """Return the first of the rows whose call satisfies the criteria, or `None`.

        Raises `NotKeptError` where none does of which that can be known.
        """
        if compiled.test is None:
            return rows[0] if rows else None
        one_by_one = bool(self._foreign) or not compiled.pure
        answers = _Asked(compiled.test)
        for row in rows if one_by_one else islice(rows, _FIRST_LOOK):
            if answers.ask(self.view(row)):
                return row
        if one_by_one or len(rows) <= _FIRST_LOOK:
            answers.check()
            return None
        found = next(self._satisfying(rows, compiled, answers), None)
        if found is None:
            answers.check()
        return found

    def select(self, rows: "array[int]", compiled: Compiled) -> "array[int]":
        """Return those of the rows whose calls satisfy the criteria.

        Raises `NotKeptError` where that cannot be known of one.
        """
        test = compiled.test
        if test is None:
            return rows[:]
        if self._foreign or not compiled.pure:
            return array("I", [row for row in rows if test(self.view(row))])
        answers = _Asked(test)
        found = array("I", self._satisfying(rows, compiled, answers))
        answers.check()
        return found

    def _satisfying(
        self, rows: "array[int]", compiled: Compiled, answers: "_Asked"
    ) -> Iterator[int]:
        """Yield those of the rows that satisfy a pure question.

        Calls that share the bytes on which the question depends share its answer, so it is asked
        once for each distinct request, or body, and not once for each call.
        """
        table = self.table
        number = self.request_ids
        body_ids = table.body_ids
        in_bulk = len(rows) * _SEARCH_FROM > len(table.bodies)
        ask = answers.ask
        if not compiled.reads_head:
            bodies = self._bodies_among(rows, compiled, answers, in_bulk=in_bulk)
            get = table.bodies.get
            having = {body for body in bodies if ask(RequestView(b"", b"", get(body)))}
            return (row for row in rows if body_ids[number[row]] in having) if having else iter(())
        every = len(rows) == len(number)
        requests: Collection[int] = set(number if every else map(number.__getitem__, rows))
        if compiled.needles is not None and in_bulk:
            holding = {NO_BODY, *table.bodies.search(compiled.needles)}
            requests = [each for each in requests if body_ids[each] in holding]
        satisfying = {each for each in requests if ask(table.view(each))}
        return (row for row in rows if number[row] in satisfying) if satisfying else iter(())

    def _bodies_among(
        self, rows: "array[int]", compiled: Compiled, answers: "_Asked", *, in_bulk: bool
    ) -> Iterable[int]:
        """Return the bodies that have to be asked: at least those of the rows that may satisfy.

        Where the rows have many of all bodies, the others may be asked too: that costs less than
        to find out which are theirs. Whether a body was not kept is asked of the rows alone.
        """
        table = self.table
        body_of = map(table.body_ids.__getitem__, map(self.request_ids.__getitem__, rows))
        if not in_bulk:
            bodies = set(body_of)
            if NO_BODY in bodies:
                bodies.remove(NO_BODY)
                answers.ask(PartialView(b"", b""))
            return bodies
        if table.lacks_bodies() and NO_BODY in body_of:
            answers.ask(PartialView(b"", b""))
        stored = table.bodies
        return range(len(stored)) if compiled.needles is None else stored.search(compiled.needles)

    def hold(self, holder: RowHolder) -> None:
        """Register whoever keeps rows, for as long as it lives."""
        self._holders.append(ref(holder, self._forget))

    def lend(self, holder: RowHolder) -> None:
        """Register whoever looks at rows that others keep, for as long as it lives."""
        self._holders.append(ref(holder, self._holders.remove))

    def _forget(self, holder: "ref[RowHolder]") -> None:
        # The garbage collector may call this at any moment, when a row number is in somebody's
        # hand: so nothing is moved before the next time at which it is safe.
        self._holders.remove(holder)
        self.untidy = True
        self.era = object()

    def _held(self) -> list["array[int]"]:
        alive = [reference() for reference in self._holders]
        return [holder.rows for holder in alive if holder is not None]

    def released(self, count: int) -> None:
        """Take notice that a sequence let go of `count` rows; drops rows nobody holds."""
        self._released += count
        due = self._released >= max(_COMPACT_FROM, len(self.times) // 2)
        if due or self.untidy or not any(self._held()):
            self.tidy()

    def tidy(self) -> None:
        """Drop the rows that nobody holds, if they outnumber the others."""
        self.untidy = False
        self._released = 0
        held = self._held()
        kept = sorted({row for rows in held for row in rows})
        if len(kept) * 2 <= len(self.times):
            self._keep(kept, held)

    def _keep(self, rows: list[int], held: list["array[int]"]) -> None:
        self._keep_requests(rows)
        for column in (self.routes, self.connections, self.answers):
            column[:] = array(column.typecode, [column[row] for row in rows])
        self.times[:] = array("d", [self.times[row] for row in rows])
        self.own_times[:] = array("f", [self.own_times[row] for row in rows])
        if self.injections:
            self.injections = array("I", map(self._injected_into, rows))
        renumbered = {row: number for number, row in enumerate(rows)}
        self._foreign = {renumbered[r]: it for r, it in self._foreign.items() if r in renumbered}
        late = [
            (renumbered[row], end)
            for row, end in zip(self.late_rows, self.late_ends, strict=True)
            if row in renumbered
        ]
        self.late_rows = array("I", [row for row, _ in late])
        self.late_ends = array("d", [end for _, end in late])
        for rows_of_holder in held:
            rows_of_holder[:] = array("I", [renumbered[row] for row in rows_of_holder])

    def _keep_requests(self, rows: list[int]) -> None:
        old, new = self.table, Requests()
        moved: dict[int, int] = {}
        for request in map(self.request_ids.__getitem__, rows):
            if request not in moved:
                body = old.body_ids[request]
                moved[request] = new.add(
                    old.starts.get(old.start_ids[request]),
                    old.fields.get(old.field_ids[request]),
                    None if body == NO_BODY else old.bodies.get(body),
                )
        self.request_ids[:] = array("I", [moved[self.request_ids[row]] for row in rows])
        self.table = new
        self.era = object()
