"""The accounting: every request sent is answered once and recorded once, under its own handler.

Pure: it compares what the client says it sent with what the server says it recorded, by the
unique number that each request carries.  Nothing is sampled and nothing is rounded.  The service's
own account (``service.account``) must come to the same sums.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

SHOWN = 5


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of every request, as the service itself counts."""

    received: int
    ready: int
    by_aiohttp: int
    refused: int = 0
    gone: int = 0
    in_progress: int = 0

    def __str__(self) -> str:
        return (
            f"received {self.received:,} = answered {self.ready + self.by_aiohttp:,} "
            f"({self.ready:,} ready, {self.by_aiohttp:,} by aiohttp) + refused {self.refused:,} "
            f"+ client gone {self.gone:,} + in progress {self.in_progress:,}"
        )

    def faults(self, sent: int, answered: int) -> list[str]:
        """Where this differs from what the client knows."""
        own_sum = self.ready + self.by_aiohttp + self.refused + self.gone + self.in_progress
        differences = (
            ("received and what became of it", self.received, own_sum),
            ("received and sent", self.received, sent),
            ("answered by the service and answers read", self.ready + self.by_aiohttp, answered),
            ("refused", self.refused, 0),
            ("client gone", self.gone, 0),
            ("in progress after the end", self.in_progress, 0),
        )
        return [
            f"service.account: {what}: {found:,}, not {wanted:,}"
            for what, found, wanted in differences
            if found != wanted
        ]


@dataclass(frozen=True, slots=True)
class Account:
    """The outcome; each tuple of request numbers is empty when all is well."""

    sent: int
    answered: int
    recorded: int
    in_history: int
    unanswered: tuple[int, ...]
    mistaken: tuple[int, ...]
    lost: tuple[int, ...]
    doubled: tuple[int, ...]
    strayed: tuple[int, ...]
    unknown: tuple[int, ...]
    service: Counts

    def faults(self) -> list[str]:
        """One line for each kind of fault, with the first few request numbers."""
        kinds = (
            ("without an answer", self.unanswered),
            ("answered with what belongs to another request", self.mistaken),
            ("lost: sent but not recorded", self.lost),
            ("counted twice: recorded more than once", self.doubled),
            ("recorded under another handler than expected", self.strayed),
            ("recorded but never sent", self.unknown),
        )
        lines = [_line(what, ids) for what, ids in kinds if ids]
        if self.in_history != self.recorded:
            lines.append(
                f"service.history holds {self.in_history} records, "
                f"its handlers together {self.recorded}"
            )
        return lines + self.service.faults(self.sent, self.answered)

    @property
    def balanced(self) -> bool:
        """True if no request was lost, doubled, misplaced or answered wrongly."""
        return not self.faults()


def balance(
    *,
    sent: Mapping[int, str],
    answered: Iterable[int],
    mistaken: Iterable[int],
    recorded: Mapping[str, Sequence[int]],
    in_history: int,
    service: Counts,
) -> Account:
    """Compare the client's book with the server's.

    ``sent`` maps each request's number to the handler that must catch it, ``answered`` holds the
    numbers whose answer arrived and was right, ``mistaken`` those whose answer was wrong,
    ``recorded`` maps each handler to the numbers that the server recorded under it,
    ``in_history`` is the length of the service's whole history, and ``service`` its own account.
    """
    wrong = set(mistaken)
    right = set(answered) - wrong
    times: dict[int, int] = {}
    strayed: set[int] = set()
    for handler, ids in recorded.items():
        for number in ids:
            times[number] = times.get(number, 0) + 1
            if sent.get(number, handler) != handler:
                strayed.add(number)
    return Account(
        sent=len(sent),
        answered=len(right | wrong),
        recorded=sum(times.values()),
        in_history=in_history,
        unanswered=tuple(n for n in sent if n not in right and n not in wrong),
        mistaken=tuple(sorted(wrong)),
        lost=tuple(n for n in sent if n not in times),
        doubled=tuple(n for n, count in times.items() if count > 1),
        strayed=tuple(sorted(strayed)),
        unknown=tuple(n for n in times if n not in sent),
        service=service,
    )


def _line(what: str, ids: Sequence[int]) -> str:
    numbers = ", ".join(str(number) for number in ids[:SHOWN])
    more = ", …" if len(ids) > SHOWN else ""
    return f"{len(ids)} request(s) {what} (number {numbers}{more})"
