"""How many calls there were, and what became of them.

Invariants: the numbers are those of the moment at which they were asked for, exact whatever the
history keeps, and cost the same after ten million calls as after ten.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from asyncly.srvmocker._core.record.ledger import Ledger

__all__ = ("Counts",)


@dataclass(frozen=True, slots=True)
class Counts:
    r"""The counts of one handler, or of several together.

    calls = answered + client gone + in progress.

    Attributes:
        calls: The calls that were recorded.
        by_status: How many were answered with each status.
        answered: How many were answered.
        client_gone: How many were not, because the client had left.
        in_progress: How many are still waiting for their answer.
        handler_errors: How many were answered with a 500 because the response failed.
        unregistered: How many were answered with a 500 because no response was registered.

    Example:
        >>> from asyncly.srvmocker import MockRoute, RawResponse, start_service
        >>> async with start_service([MockRoute("GET", "/", "home")]) as service:
        ...     async with aiohttp.ClientSession(service.url) as client:
        ...         await (await client.get("/")).read()
        ...         service.register("home", RawResponse(b"hello"))
        ...         await (await client.get("/")).read()
        ...     counts = service.counts("home")
        b'500 Internal Server Error\n\nServer got itself in trouble'
        b'hello'
        >>> counts.calls, dict(counts.by_status), counts.unregistered
        (2, {500: 1, 200: 1}, 1)
    """

    calls: int = 0
    by_status: Mapping[int, int] = field(default_factory=dict[int, int])
    client_gone: int = 0
    handler_errors: int = 0
    unregistered: int = 0

    @property
    def answered(self) -> int:
        """How many were answered."""
        return sum(self.by_status.values())

    @property
    def in_progress(self) -> int:
        """How many are still waiting for their answer."""
        return self.calls - self.answered - self.client_gone


def count(ledgers: Iterable[Ledger]) -> Counts:
    """Return the counts of several handlers together."""
    calls = client_gone = failed = unregistered = 0
    by_status: dict[int, int] = {}
    for ledger in ledgers:
        calls += ledger.calls
        client_gone += ledger.client_gone
        failed += ledger.failed
        unregistered += ledger.unregistered
        for status, number in ledger.by_status.items():
            by_status[status] = by_status.get(status, 0) + number
    return Counts(calls, by_status, client_gone, failed, unregistered)
