"""What became of every request that reached the server.

Invariant, at any time: received = answered + refused + client gone + in progress.
"""

from collections import deque
from typing import Final, NamedTuple

__all__ = ("Account", "Refused")

_REFUSED_KEPT: Final = 100
_FIRST_BYTES: Final = 200


class Refused(NamedTuple):
    """A stream that was refused: the status it got, why, and the first bytes of the segment.

    Example:
        >>> from asyncly.srvmocker.account import Refused
        >>> Refused(400, "no Host header", b"GET / HTTP/1.1").status
        400
    """

    status: int
    reason: str
    first_bytes: bytes


class Account:
    """Counts the requests of one service; every number is exact at any time.

    Attributes:
        received: Whole requests that were taken in, and streams that were refused.
        answered_ready: Answered with finished bytes.
        answered_by_aiohttp: Answered through aiohttp.
        answered_step_by_step: Answered by a stream or a fault, which writes what it is told to.
        refused: Not HTTP that this server takes: answered with an error and closed.
        decided: Requests that were parsed and matched; all others were recognised by their bytes.
        unmatched: Answered with a 404 or a 405 because no route answers them.
        client_gone: Taken in (and recorded, where a route was selected), but the client had left
            before the answer could be written.
        last_refused: The last refusals, oldest first.

    Example:
        >>> from asyncly.srvmocker import MockRoute, RawResponse, start_service
        >>> async with start_service([MockRoute("GET", "/", "home")]) as service:
        ...     service.register("home", RawResponse(b"hello"))
        ...     async with aiohttp.ClientSession(service.url) as client:
        ...         body = await (await client.get("/")).read()
        ...     service.account
        <Account 1 received = 1 answered (1 ready, 0 by aiohttp, 0 step by step) + 0 refused \
+ 0 client gone + 0 in progress>
    """

    __slots__ = (
        "answered_by_aiohttp",
        "answered_ready",
        "answered_step_by_step",
        "client_gone",
        "decided",
        "last_refused",
        "received",
        "refused",
        "unmatched",
    )

    def __init__(self) -> None:
        self.received: int = 0
        self.answered_ready: int = 0
        self.answered_by_aiohttp: int = 0
        self.answered_step_by_step: int = 0
        self.refused: int = 0
        self.client_gone: int = 0
        self.decided: int = 0
        self.unmatched: int = 0
        self.last_refused: deque[Refused] = deque(maxlen=_REFUSED_KEPT)

    @property
    def answered(self) -> int:
        """Requests whose answer was written."""
        return self.answered_ready + self.answered_by_aiohttp + self.answered_step_by_step

    @property
    def in_progress(self) -> int:
        """Requests that are still waiting for their answer."""
        return self.received - self.answered - self.refused - self.client_gone

    @property
    def hit_rate(self) -> float:
        """The part of the requests, 0 to 1, that needed no parsing, as the same bytes came before.

        Example:
            >>> from asyncly.srvmocker.account import Account
            >>> account = Account()
            >>> account.received, account.decided = 4, 1
            >>> account.hit_rate
            0.75
        """
        requests = self.received - self.refused
        return 1 - self.decided / requests if requests else 0.0

    def refuse(self, status: int, reason: str, data: bytes) -> None:
        """Count a refused stream."""
        self.received += 1
        self.refused += 1
        self.last_refused.append(Refused(status, reason, data[:_FIRST_BYTES]))

    def clear(self) -> None:
        """Begin anew, with the requests that are still waiting for their answer."""
        waiting = self.in_progress
        self.answered_ready = self.answered_by_aiohttp = self.answered_step_by_step = 0
        self.refused = self.client_gone = self.decided = self.unmatched = 0
        self.received = waiting
        self.last_refused.clear()

    def __repr__(self) -> str:
        return (
            f"<Account {self.received} received = {self.answered} answered "
            f"({self.answered_ready} ready, {self.answered_by_aiohttp} by aiohttp, "
            f"{self.answered_step_by_step} step by step) "
            f"+ {self.refused} refused + {self.client_gone} client gone "
            f"+ {self.in_progress} in progress>"
        )
