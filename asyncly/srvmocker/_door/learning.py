"""What one segment has come to, so that the next one like it needs no reading.

Invariant: a decision is remembered for a segment that was it and nothing else: one whole request,
which began and ended with the segment, and whose decision depends on its bytes alone.
"""

from __future__ import annotations

from typing import Any, Final

from asyncly.srvmocker._door.decisions import Decision
from asyncly.srvmocker._door.site import Site

__all__ = ("Learning",)

_SHOWN: Final = 200  # bytes, to be told of where the rest does not come


class Learning:
    """Follows what the assembler makes of each segment of a connection."""

    __slots__ = ("_decision", "_more", "segment")

    def __init__(self) -> None:
        self.segment: bytes = b""
        """The one that is being taken in, or the first bytes of one that ended within a request."""
        self._decision: tuple[Decision, Site[Any]] | None = None
        self._more = False

    def begin(self, segment: bytes) -> None:
        """Begin with a segment."""
        self.segment = segment
        self._decision = None
        self._more = False

    def more(self) -> None:
        """Take notice of something else than a decision, or than the first one."""
        self._more = True

    def decided(self, decision: Decision, site: Site[Any]) -> None:
        """Take notice of a decision, and whose it is."""
        self._more = self._more or self._decision is not None
        self._decision = decision, site

    def end(self, site: Site[Any], *, whole: bool, goes_on: bool) -> None:
        """Remember the decision, if the segment was whole requests and nothing but that one.

        `goes_on` tells that a request was begun, and is still to end.
        """
        if whole and self._decision is not None and not self._more:
            decision, decided_by = self._decision
            if decision.pure and decided_by is site.site_of_segment(self.segment):
                decided_by.remember(self.segment, decision)
        self._decision = None  # an idle connection has nothing of what it has served
        self.segment = self.segment[:_SHOWN] if goes_on else b""
