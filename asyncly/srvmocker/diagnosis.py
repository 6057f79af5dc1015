"""What a failed assertion knows: plain data, made of texts and numbers.

Invariant: nothing here refers to a service, a request or a value of a test, so a diagnosis can be
pickled and kept. Every text is printable and bounded.
"""

from typing import Literal, NamedTuple

__all__ = ("Candidate", "Diagnosis", "Difference")


class Difference(NamedTuple):
    """One place where a request is not as wanted.

    Args:
        kind: `different`; `missing`: wanted and not there; `unexpected`: there and not wanted;
            `invalid`: cannot be compared, the note says why.
        where: A path into the JSON body (`$.items[2].price`), `body`, `header X-Trace`,
            `query page`, or the name of a predicate.
        wanted: What was wanted, as text; empty where that cannot be shown.
        got: What came, as text; empty where nothing came.
        note: What else is worth knowing, or empty.

    Example:
        >>> from asyncly.srvmocker.diagnosis import Difference
        >>> print(Difference("different", "$.price", "12.5", "13"))
        $.price: wanted 12.5, got 13
    """

    kind: Literal["different", "missing", "unexpected", "invalid"]
    where: str
    wanted: str = ""
    got: str = ""
    note: str = ""

    def __str__(self) -> str:
        if self.kind == "missing":
            said = f"missing, wanted {self.wanted}"
        elif self.kind == "unexpected":
            said = f"unexpected, got {self.got}"
        elif self.wanted:
            said = f"wanted {self.wanted}, got {self.got}"
        else:
            return f"{self.where}: {self.note}"
        return f"{self.where}: {said} ({self.note})" if self.note else f"{self.where}: {said}"


class Candidate(NamedTuple):
    """A call that came near to what was wanted, or a route that came near to a request.

    Args:
        number: Its position, from 0, among the calls or the routes that were asked about.
        name: The method and target of the call, or the route.
        differences: The first of its differences; none if it is listed for itself.
        total: How many differences there are; a lower bound if `complete` is false.
        complete: Whether all of it was compared.
        alike: How many more have the same name and the same differences.
        where: The handler that got the call, where it is another one; or empty.

    Example:
        >>> from asyncly.srvmocker.diagnosis import Candidate, Difference
        >>> near = Candidate(0, "POST /items", (Difference("different", "$.id", "1", "2"),), 1)
        >>> near.differences[0].where
        '$.id'
    """

    number: int
    name: str
    differences: tuple[Difference, ...] = ()
    total: int = 0
    complete: bool = True
    alike: int = 0
    where: str = ""


class Diagnosis(NamedTuple):
    """Why no call is as wanted.

    Args:
        wanted: The criteria, a line of text each.
        nearest: The calls that come nearest, the nearest first.
        elsewhere: Calls that other handlers got, or nobody.
        calls: How many calls there were.
        first: How many of the first calls were looked at.
        last: How many of the last calls were looked at.

    Example:
        >>> from asyncly.srvmocker.diagnosis import Diagnosis
        >>> Diagnosis(wanted=('header X-Trace: "on"',), calls=1_000_000, last=500).looked_at
        500
    """

    wanted: tuple[str, ...] = ()
    nearest: tuple[Candidate, ...] = ()
    elsewhere: tuple[Candidate, ...] = ()
    calls: int = 0
    first: int = 0
    last: int = 0

    @property
    def looked_at(self) -> int:
        """How many of the calls were looked at."""
        return self.first + self.last
