"""Who wants to be told of calls as they come.

Invariants: whoever watches is told once of each call, kept or not, after it was recorded, and of
the end at once. One who only counts, and is alone, is not told before the last of the calls that
it waits for: until then somebody counts for it, which costs half as much.
"""

from collections.abc import Iterable
from typing import Protocol

from asyncly.srvmocker._core.request import RequestView

__all__ = ("Watcher", "Watchers")


class Watcher(Protocol):
    """Who wants to be told of calls as they come."""

    missing: int
    """How many more calls it waits for, where it does not look at them; others may count down."""

    @property
    def looks(self) -> bool:
        """Whether it looks at the calls that it is told of; otherwise it gets no view of them."""
        ...

    def notice(self, view: RequestView | None) -> None:
        """Take notice of a call that was recorded."""
        ...

    def forget(self) -> None:
        """Take notice that all calls were forgotten."""
        ...

    def end(self, error: Exception) -> None:
        """Take notice that there will be no more calls, and why."""
        ...


class Watchers:
    """Who watches the calls of one history."""

    __slots__ = ("alone", "by_handler", "ended")

    def __init__(self) -> None:
        self.ended: Exception | None = None
        """Why there will be no more calls, once that is so."""
        self.by_handler: dict[str | None, dict[Watcher, None]] = {}
        """Who watches the calls of each handler; `None` stands for all of them."""
        self.alone: dict[str, Watcher] = {}
        """Who only counts the calls of a handler, where nobody else watches those."""

    def came(self, handler: str, start: bytes, fields: bytes, body: bytes) -> None:
        """Take notice of a call: count it for one that is alone, or tell of it."""
        alone = self.alone.get(handler)
        if alone is not None and alone.missing > 1:
            alone.missing -= 1
        else:
            self.tell(handler, start, fields, body)

    def tell(self, handler: str, start: bytes, fields: bytes, body: bytes) -> None:
        """Tell of a call."""
        view: RequestView | None = None
        for name in (handler, None):
            # Copied, as who has seen enough watches no longer.
            for watcher in tuple(self.by_handler.get(name, ())):
                if view is None and watcher.looks:
                    view = RequestView(start, fields, body)
                watcher.notice(view if watcher.looks else None)

    def add(self, handlers: Iterable[str | None], watcher: Watcher) -> None:
        """Tell a watcher of the calls of these handlers from now on."""
        if self.ended is not None:
            watcher.end(self.ended)
        for handler in handlers:
            self.by_handler.setdefault(handler, {})[watcher] = None
            self._changed(handler)

    def discard(self, handlers: Iterable[str | None], watcher: Watcher) -> None:
        """Tell it no more."""
        for handler in handlers:
            watching = self.by_handler[handler]
            del watching[watcher]
            if not watching:
                del self.by_handler[handler]
            self._changed(handler)

    def _changed(self, handler: str | None) -> None:
        for each in self.by_handler if handler is None else (handler,):
            if each is None:
                continue
            watching = self.by_handler.get(each, {})
            counting = [watcher for watcher in watching if not watcher.looks]
            if None not in self.by_handler and len(watching) == len(counting) == 1:
                self.alone[each] = counting[0]
            else:
                self.alone.pop(each, None)

    def end(self, error: Exception) -> None:
        """Tell whoever watches, now or later, that there will be no more calls, and why."""
        self.ended = error
        for watching in list(self.by_handler.values()):
            for watcher in tuple(watching):
                watcher.end(error)

    def forget(self) -> None:
        """Tell that all calls were forgotten."""
        for watching in self.by_handler.values():
            for watcher in watching:
                watcher.forget()
