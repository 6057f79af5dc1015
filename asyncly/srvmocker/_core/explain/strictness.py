"""The error of requests that no route answers.

Invariant: the last few are told, each with what its 404 or 405 tells.
"""

from collections.abc import Iterator, Sequence
from typing import Final, Protocol

from asyncly.srvmocker._core.explain.bounds import TERSE
from asyncly.srvmocker._core.explain.render import bounded
from asyncly.srvmocker.exceptions import CallAssertionError

__all__ = ("unmatched_error",)

_TOLD: Final = 5


class _Missed(Protocol):
    @property
    def explanation(self) -> str: ...


def unmatched_error(count: int, missed: Sequence[_Missed]) -> CallAssertionError:
    """Make the error of so many unmatched requests, of which the last are given."""

    def lines() -> Iterator[str]:
        for each in missed[-_TOLD:]:
            yield from (f"  {line}" for line in each.explanation.splitlines())

    headline = f"expected no unmatched requests, got {count}"
    said = bounded(lines(), TERSE.total)
    return CallAssertionError(f"{headline}\n{said}", subject="the service")
