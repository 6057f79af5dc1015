"""What a phase found, and what is made of it.

Pure: what runs the phases is handed in. A wrong count fails a phase at once. A figure over its
limit may be the machine's doing: the phase is run once more, and only what it finds then counts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple


class Row(NamedTuple):
    """One finding: what was looked at, what was found, what was wanted.

    `wrong`: a count that differs. `over`: a figure beyond its limit.
    """

    what: str
    figure: str
    limit: str = ""
    wrong: bool = False
    over: bool = False


class Verdict(NamedTuple):
    """What came of a phase; it has passed if nothing failed."""

    name: str
    failures: list[str]

    def __str__(self) -> str:
        return f"{self.name}: {'FAILED: ' + '; '.join(self.failures) if self.failures else 'ok'}"


def counted(what: str, found: int, wanted: int) -> Row:
    """A number that must be exactly this one."""
    return Row(what, f"{found:,}", f"{wanted:,}", wrong=found != wanted)


def at_most(what: str, figure: float, limit: float, unit: str, form: str = ".2f") -> Row:
    """A figure that must not be greater; a NaN is."""
    over = not figure <= limit
    return Row(what, f"{figure:{form}} {unit}", f"{limit:g} {unit}", over=over)


def balanced(look: Mapping[str, int], *, received: int | None = None) -> Row:
    """What was received was answered, refused or left, once; and it is on record, once.

    Received is what is known to have been sent, where it is known. Nothing in a soak is refused,
    and nothing is unmatched, so the record must hold as many calls as were received.
    """
    told = (
        "received {received:,} = answered {answered:,} + refused {refused:,} + gone {gone:,}"
        " + in progress {in_progress:,}"
    )
    ended = look["answered"] + look["refused"] + look["gone"]
    wanted = look["received"] if received is None else received
    right = (
        look["received"] == wanted == ended == look["ever_recorded"]
        and look["refused"] == look["in_progress"] == 0
    )
    return Row("account", told.format(**look), "in balance", wrong=not right)


def line(row: Row) -> str:
    """A finding as a line of a table."""
    mark = "WRONG" if row.wrong else "over" if row.over else ""
    return f"  {row.what:<52}{row.figure:>24}  {row.limit:<12}{mark}".rstrip()


def judge(
    name: str, run: Callable[[], Sequence[Row] | str], tell: Callable[[str], None]
) -> Verdict:
    """Run a phase and tell what it finds; `run` returns text where the phase broke."""
    found = _told(name, run(), tell)
    if any(row.over for row in found) and not any(row.wrong for row in found):
        tell("  over a limit, which may be the machine's doing: once more")
        found = _told(name, run(), tell)
    bad = [row for row in found if row.wrong or row.over]
    verdict = Verdict(name, [f"{row.what}: {row.figure} for {row.limit}" for row in bad])
    tell(f"{verdict}\n")
    return verdict


def _told(name: str, found: Sequence[Row] | str, tell: Callable[[str], None]) -> Sequence[Row]:
    rows = [Row("ended early", found, "its end", wrong=True)] if isinstance(found, str) else found
    tell("\n".join([name, *map(line, rows)]))
    return rows
