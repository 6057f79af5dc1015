"""A diagnosis as lines of text.

Invariant: whatever came, the text has at most as many bytes of UTF-8 as its bounds allow, and every
line of it can be printed.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from asyncly.srvmocker._core.explain.bounds import Bounds
from asyncly.srvmocker.diagnosis import Candidate, Diagnosis

__all__ = ("bounded", "count_of", "differences", "lines_of")

_CUT: Final = "  … the rest is left out"


def bounded(lines: Iterable[str], limit: int) -> str:
    """Join lines, leaving out the last ones where they would be too many bytes."""
    kept: list[str] = []
    left = limit - len(_CUT.encode()) - 1
    for line in lines:
        left -= len(line.encode()) + 1
        if left < 0:
            kept.append(_CUT)
            break
        kept.append(line)
    return "\n".join(kept)


def lines_of(diagnosis: Diagnosis, bounds: Bounds) -> Iterator[str]:
    """Yield the lines of a diagnosis."""
    if diagnosis.wanted:
        yield "  wanted:"
        yield from (f"    {line}" for line in diagnosis.wanted[: bounds.differences])
        if len(diagnosis.wanted) > bounds.differences:
            yield f"    … and {len(diagnosis.wanted) - bounds.differences} more"
    for near in diagnosis.nearest:
        yield f"  call {near.number + 1} of {diagnosis.calls}, {near.name}{count_of(near)}"
        yield from differences(near)
    if 0 < diagnosis.looked_at < diagnosis.calls:
        first = f"the first {diagnosis.first} and " if diagnosis.first else ""
        looked_at = f"{first}the last {diagnosis.last}"
        yield f"  looked at {diagnosis.looked_at} of {diagnosis.calls} calls: {looked_at}"
    for near in diagnosis.elsewhere:
        how = ", which matches," if diagnosis.wanted and not near.total else ""
        yield f"  {near.name}{how} went to {near.where}{count_of(near)}"
        yield from differences(near)


def count_of(near: Candidate) -> str:
    alike = f" (and {near.alike} more alike)" if near.alike else ""
    if not near.total:
        return alike
    least = "" if near.complete else "at least "
    return f"{alike}: {least}{near.total} difference{'' if near.total == 1 else 's'}"


def differences(near: Candidate) -> Iterator[str]:
    """Yield the differences of a candidate, and how many more there are."""
    yield from (f"    {difference}" for difference in near.differences)
    more = near.total - len(near.differences)
    if more:
        yield f"    … and {more} more"
    if not near.complete:
        yield "    too large to be compared in full"
