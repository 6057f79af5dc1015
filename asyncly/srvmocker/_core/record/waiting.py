"""Counts calls down until there are enough of them.

Invariant: it is told of each call once, when that is recorded; it never looks again. Of one that
does not look, others may count `missing` down, but for the last.
"""

from collections.abc import Callable

from asyncly.srvmocker._core.matching.given import Compiled
from asyncly.srvmocker._core.raised import kept
from asyncly.srvmocker._core.request import RequestView

__all__ = ("Countdown",)


class Countdown:
    """Calls `done` when enough calls satisfy the criteria, or with an error when they never will.

    `there` of the `wanted` calls have come before.
    """

    __slots__ = ("_done", "_test", "_wanted", "looks", "missing")

    def __init__(
        self,
        compiled: Compiled,
        *,
        wanted: int,
        there: int,
        done: Callable[[BaseException | None], None],
    ) -> None:
        self._test = compiled.test
        self.looks: bool = self._test is not None
        """Whether it looks at the calls that it is told of."""
        self._wanted = wanted
        self.missing: int = wanted - there
        """How many more calls there have to be."""
        self._done = done

    def notice(self, view: RequestView | None) -> None:
        """Take notice of a call; whatever a predicate raises is for whoever waits."""
        test = self._test
        if test is None or view is None:
            self.missing -= 1
        else:
            try:
                self.missing -= bool(test(view))
            except BaseException as error:  # noqa: BLE001 - a user's own code
                self._done(kept(error))
                return
        if self.missing <= 0:
            self._done(None)

    def forget(self) -> None:
        """Begin anew: the calls so far were forgotten."""
        self.missing = self._wanted

    def end(self, error: Exception) -> None:
        """Give up."""
        self._done(error)
