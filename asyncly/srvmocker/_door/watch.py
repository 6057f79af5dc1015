"""How long the head or the body of a request may take on one connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from asyncly.srvmocker._door.reading.assembly import Assembler

if TYPE_CHECKING:
    from asyncly.srvmocker._door.site import Site

__all__ = ("Watch",)

_NOTHING: Final = ("", 0)


class Watch:
    """Calls `late` with `head` or `body` when one has taken longer than the limits allow."""

    __slots__ = ("_late", "_site", "_timer", "_watched")

    def __init__(self, site: Site[Any], late: Callable[[str], None]) -> None:
        self._site = site
        self._late = late
        self._timer: asyncio.TimerHandle | None = None
        self._watched = _NOTHING  # what of which request

    def look(self, assembler: Assembler) -> None:
        """See what is being read, and bound it if it is something new."""
        limits = self._site.limits
        phase = "head" if assembler.in_head else "body" if assembler.in_body else ""
        watched = phase, assembler.begun
        if watched == self._watched:
            return
        self.cancel()
        self._watched = watched
        seconds = limits.head_timeout if phase == "head" else limits.body_timeout
        if phase and seconds is not None:
            self._timer = self._site.loop.call_later(seconds, self._late, phase)

    def begin_anew(self) -> None:
        """Let the time begin anew with the next look."""
        self._watched = _NOTHING

    def cancel(self) -> None:
        """Call nobody."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
