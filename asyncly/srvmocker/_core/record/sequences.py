"""The history as users see it: mutable sequences and a mutable mapping over the journal's rows.

Invariants: a sequence is independent of all others (deleting a call from the history leaves it
among its handler's calls, as with two lists); what is deleted is gone for the assertions; objects
are made when they are looked at, and two made for the same call are equal. Where the history keeps
the last calls only, those that are too many go before anybody looks.
"""

from array import array
from collections.abc import Iterable, Iterator, MutableSequence, Sequence
from copy import deepcopy
from typing import ClassVar, TypeVar, cast, overload

from asyncly.srvmocker._core.matching.given import Compiled
from asyncly.srvmocker._core.record.journal import Journal

__all__ = ("CallMap", "CallSequence")

T = TypeVar("T")


class CallSequence(MutableSequence[T]):
    """A sequence of recorded calls, oldest first; behaves as a list of them would."""

    __slots__ = ("__weakref__", "dropped", "journal", "rows")
    __hash__: ClassVar[None] = None  # type: ignore[assignment]  # mutable, as a list is

    def __init__(self, journal: Journal[T], lent: "array[int] | None" = None) -> None:
        """Begin empty, or as a copy of rows that are kept by others."""
        self.journal: Journal[T] = journal
        self.rows: array[int] = array("I") if lent is None else lent
        self.dropped: int = 0
        """How many calls are known to have come that were not kept; see `unkept`."""
        if lent is None:
            journal.hold(self)
        else:
            journal.lend(self)

    def settled(self) -> "array[int]":
        """Return the rows, without those that are kept no longer."""
        journal = self.journal
        if journal.settle is not None and journal.settled != journal.last:
            journal.settle()
        return self.rows

    @property
    def unkept(self) -> int:
        """How many calls came that were not kept, or not for long."""
        self.settled()
        return self.dropped

    def __len__(self) -> int:
        return len(self.settled())

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            return [self.journal.get(row) for row in self.settled()[index]]
        return self.journal.get(self.settled()[index])

    def __iter__(self) -> Iterator[T]:
        get = self.journal.get
        rows = self.settled()
        index = 0
        while index < len(rows):  # a request may arrive between two steps
            yield get(rows[index])
            index += 1

    @overload
    def __setitem__(self, index: int, value: T) -> None: ...
    @overload
    def __setitem__(self, index: slice, value: Iterable[T]) -> None: ...
    def __setitem__(self, index: int | slice, value: T | Iterable[T]) -> None:
        # All that can fail, or run code of the user's, comes before the first object is adopted.
        if isinstance(index, slice):
            values = list(cast(Iterable[T], value))  # the overloads tie it to the slice
            replaced = len(range(*index.indices(len(self.settled()))))
            if index.step not in {None, 1} and replaced != len(values):  # an array takes none
                raise ValueError(
                    f"attempt to assign sequence of size {len(values)} "
                    f"to extended slice of size {replaced}"
                )
            self.rows[index] = array("I", [self.journal.adopt(item) for item in values])
        else:
            replaced = 1
            self.settled()[index]  # IndexError where there is none
            self.rows[index] = self.journal.adopt(cast(T, value))
        self.journal.released(replaced)

    def __delitem__(self, index: int | slice) -> None:
        before = len(self.settled())
        del self.rows[index]
        self.journal.released(before - len(self.rows))

    def insert(self, index: int, value: T) -> None:
        """Insert an object of the user's own before `index`."""
        self.settled().insert(index, self.journal.adopt(value))

    def clear(self) -> None:
        """Forget all calls of this sequence."""
        del self[:]
        self.dropped = 0

    def __copy__(self) -> "CallSequence[T]":
        copied = CallSequence(self.journal)
        copied.rows.extend(self.settled())
        copied.dropped = self.dropped
        return copied

    def __deepcopy__(self, memo: object) -> "CallSequence[T]":
        return self.__copy__()  # calls never change

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (list, CallSequence)):
            return NotImplemented
        calls = cast("Sequence[object]", other)
        if len(self) != len(calls):
            return False
        return all(a is b or a == b for a, b in zip(self, calls, strict=True))

    def __repr__(self) -> str:
        shown = ", ".join(repr(call) for call in self[:3])
        more = f", ... {len(self) - 3} more" if len(self) > 3 else ""
        return f"[{shown}{more}]"

    def find(self, compiled: Compiled) -> T | None:
        """Return the oldest call that satisfies the criteria, or `None`."""
        row = self.journal.find(self.settled(), compiled)
        return None if row is None else self.journal.get(row)


class CallMap(dict[str, MutableSequence[T]]):
    """The calls of each handler by its name; looking up a new name makes an empty sequence.

    So `in`, iteration and `get` tell only of names that were called or looked up. A user may put a
    sequence of another kind under a name; it is then used as it is.
    """

    __slots__ = ("_journal",)

    def __init__(self, journal: Journal[T]) -> None:
        super().__init__()
        self._journal = journal

    def __deepcopy__(self, memo: dict[int, object]) -> dict[str, MutableSequence[T]]:
        return {name: deepcopy(calls, memo) for name, calls in self.items()}

    def __missing__(self, name: str) -> CallSequence[T]:
        calls = self[name] = CallSequence(self._journal)
        return calls
