"""What is wanted of the times between calls, and which of them are otherwise.

Invariant: what is wanted makes sense, or `ValueError` (`TypeError` for what is no number) names
the argument, before anything is compared.
"""

from collections.abc import Iterator, Sequence
from itertools import islice, repeat
from math import inf, isfinite
from typing import Final

from asyncly.srvmocker._core.bounds import refuse_contradictions
from asyncly.srvmocker._core.delays import check_seconds

__all__ = ("GapBounds", "Seconds")

Seconds = float | Sequence[float]
"""One time for every gap, or one for each of them; in seconds."""

_SHOWN: Final = 5
_LISTED: Final = 10
_NO_GAPS: Final = "none: there were fewer than two calls"


class GapBounds:
    """Bounds for each gap: numbers hold for every one, sequences gap by gap."""

    __slots__ = ("_given", "_high", "_low", "_tolerance", "size")

    def __init__(
        self,
        exactly: Seconds | None,
        at_least: Seconds | None,
        at_most: Seconds | None,
        tolerance: float,
    ) -> None:
        given = {"exactly": exactly, "at_least": at_least, "at_most": at_most}
        refuse_contradictions(given)
        check_seconds("tolerance", tolerance)
        if exactly is not None and not tolerance:
            raise ValueError("exactly= needs a tolerance=: no two clocks agree to the last digit")
        self._given = {
            name: _checked(name, value) for name, value in given.items() if value is not None
        }
        sizes = {name: len(v) for name, v in self._given.items() if isinstance(v, tuple)}
        if len(set(sizes.values())) > 1:
            told = " and ".join(f"{name} names {size}" for name, size in sizes.items())
            raise ValueError(f"not the same number of gaps: {told}")
        self.size: int | None = next(iter(sizes.values()), None)
        """The number of gaps that there must be; any number from 1 if it is `None`."""
        self._tolerance = tolerance
        both = self._given.get("exactly")
        self._low = self._given.get("at_least", 0.0) if both is None else both
        self._high = self._given.get("at_most", inf) if both is None else both
        for low, high in islice(self._pairs(), self.size or 1):
            if low > high:
                raise ValueError(f"at_least={low:g} is more than at_most={high:g}")

    def _pairs(self) -> Iterator[tuple[float, float]]:
        low, high = self._low, self._high
        return zip(
            low if isinstance(low, tuple) else repeat(low),
            high if isinstance(high, tuple) else repeat(high),
            strict=False,
        )

    def explain(self, gaps: Sequence[float], noun: str) -> str | None:
        """Return what is wanted and what is there instead; `None` if it is as wanted."""
        if not gaps or self.size not in {None, len(gaps)}:
            count = f"{self.size} {noun}" if self.size else noun
            there = f"{len(gaps)} of {len(gaps) + 1} call(s): {_listed(gaps)} s"
            return f"{count} {self}, got {there if gaps else _NO_GAPS}"
        slack = self._tolerance
        wrong = [
            (number, gap, low, high)
            for number, (gap, (low, high)) in enumerate(zip(gaps, self._pairs(), strict=False))
            if not low - slack <= gap <= high + slack
        ]
        if not wrong:
            return None
        told = [
            f"{gap:.6g} s from calls[{number}] to calls[{number + 1}], "
            + (f"{low - gap:.3g} s too short" if gap < low else f"{gap - high:.3g} s too long")
            for number, gap, low, high in wrong[:_SHOWN]
        ]
        if len(wrong) > _SHOWN:
            told.append(f"and {len(wrong) - _SHOWN} more")
        there = f"got {_listed(gaps)} s" if self.size else f"{len(wrong)} of {len(gaps)} are not"
        return f"{noun} {self}, {there}: {'; '.join(told)}"

    def __str__(self) -> str:
        words = {"exactly": "of exactly", "at_least": "of at least", "at_most": "of at most"}
        parts = [
            f"{words[name]} {_listed(value) if isinstance(value, tuple) else f'{value:.6g}'} s"
            for name, value in self._given.items()
        ]
        tolerance = f" (tolerance {self._tolerance:.6g} s)" if self._tolerance else ""
        return " and ".join(parts) + tolerance


def _checked(name: str, value: Seconds) -> float | tuple[float, ...]:
    if isinstance(value, Sequence):
        if not value:
            raise ValueError(f"{name}={value!r} names no gap")
        return tuple(_seconds(name, each) for each in value)
    return _seconds(name, value)


def _seconds(name: str, value: object) -> float:
    if not isinstance(value, float | int) or isinstance(value, bool):
        raise TypeError(f"{name}: {value!r} is not a number of seconds")
    if not (isfinite(value) and value >= 0):
        raise ValueError(f"{name}: {value!r} is not a time in seconds: give 0 or more")
    return value


def _listed(values: Sequence[float]) -> str:
    more = f", ... {len(values) - _LISTED} more" if len(values) > _LISTED else ""
    return ", ".join(f"{value:.6g}" for value in values[:_LISTED]) + more
