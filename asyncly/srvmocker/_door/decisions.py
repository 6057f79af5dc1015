"""What is decided for a request before it is recorded and answered, and what a handler gave last.

Invariant: a decision is made of the bytes of the request and the routes alone, so one that is
`pure` holds for the same bytes whenever they come again. A standing answer holds while all that it
names is what it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias
from weakref import ref

from asyncly.srvmocker._core.matching.dispatch import Group, Route
from asyncly.srvmocker._core.matching.routing import Miss
from asyncly.srvmocker._core.record.journal import Place
from asyncly.srvmocker._core.record.ledger import Ledger
from asyncly.srvmocker._core.request import RequestView
from asyncly.srvmocker._door.aio.requests import Blueprint
from asyncly.srvmocker._door.answers.plans import Responder
from asyncly.srvmocker._door.answers.ready import ReadyAnswer, Rendered

if TYPE_CHECKING:
    from asyncly.srvmocker._core.explain.unmatched import Advice
    from asyncly.srvmocker._core.record.sequences import CallSequence

__all__ = ("Decision", "Lane", "Standing", "StartLine")


StartLine: TypeAlias = tuple[str, int, Group | Miss]
"""What a start line alone decides: the method, the kind of the answer, and the group."""


class Standing:
    """The ready answer that a handler gave last, with what it depends on but the time.

    The response and the bytes of the answer are those of one request of a handler, however many
    decisions are remembered; and the sequence of the handler's calls is not kept alive.
    """

    __slots__ = ("calls", "kind", "ledger", "rendered", "responder")

    def __init__(
        self,
        kind: int,
        *,
        responder: Responder,
        rendered: Rendered,
        ledger: Ledger,
        calls: CallSequence[Any],
    ) -> None:
        self.kind: int = kind
        self.responder: Responder = responder
        self.rendered: Rendered = rendered
        self.ledger: Ledger = ledger
        self.calls: ref[CallSequence[Any]] = ref(calls)


class Decision:
    """What was decided for the bytes of a request: a route, or an answer of the server's own."""

    __slots__ = (
        "advice",
        "blueprint",
        "kind",
        "miss",
        "place",
        "pure",
        "route",
        "upgrade",
        "view",
    )

    def __init__(
        self,
        view: RequestView,
        kind: int,
        *,
        route: Route | None = None,
        miss: ReadyAnswer | None = None,
        advice: Advice | None = None,
        upgrade: bool = False,
        pure: bool = True,
    ) -> None:
        self.view = view
        self.kind = kind
        self.route = route
        self.miss = miss
        self.advice = advice  # what the miss tells, where it does
        self.upgrade = upgrade
        self.pure = pure
        self.place: Place | None = None  # given to decisions that come again
        self.blueprint: Blueprint | None = None  # once aiohttp has been asked


Lane: TypeAlias = Callable[[bytes, asyncio.Transport, int], Decision | bool]
"""Takes a segment, the transport and the number of the connection. `True`: recorded and answered.
`False`: not a plain request. Otherwise what was decided, for the long way to follow."""
