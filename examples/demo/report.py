"""What a person sees: one moving line while the demonstration runs, then the table."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from examples.demo.ledger import Account

WIDTH = 30


class Progress:
    """A bar on a terminal; on anything else one plain line a second.

    It writes to the stream that it is given (stderr, so that stdout holds only the table).
    """

    def __init__(self, stream: TextIO, seconds: float) -> None:
        self._stream = stream
        self._seconds = seconds
        self._terminal = stream.isatty()
        self._written = 0.0

    def show(self, elapsed: float, requests: int) -> None:
        """Tell how far the run is; ``elapsed`` in seconds."""
        share = min(elapsed / self._seconds, 1.0)
        rate = requests / elapsed if elapsed > 0 else 0.0
        if self._terminal:
            done = round(share * WIDTH)
            bar = "#" * done + "." * (WIDTH - done)
            self._write(f"\r[{bar}] {share:4.0%}  {requests:,} requests, {rate:,.0f}/s ")
        elif elapsed - self._written >= 1.0 or share == 1.0 > self._written / self._seconds:
            self._written = elapsed
            self._write(f"{share:4.0%}  {requests:,} requests, {rate:,.0f}/s\n")

    def close(self) -> None:
        """Leave the line."""
        if self._terminal:
            self._write("\n")

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured between the end of the warm-up and the end of the run."""

    requests: int
    seconds: float
    server_cpu: float
    memory: int

    def lines(self) -> list[tuple[str, str]]:
        """The figures as rows of two columns."""
        if self.requests == 0:
            return [("requests/s", "0")]
        cpu = self.server_cpu / self.requests * 1e6
        kept = max(self.memory, 0) / self.requests
        return [
            ("requests/s (one aiohttp client)", f"{self.requests / self.seconds:,.0f}"),
            ("server CPU per request", f"{cpu:,.1f} µs"),
            ("memory per recorded request", f"{kept:,.0f} bytes"),
        ]


@dataclass(frozen=True, slots=True)
class Family:
    """One line of the table: the handlers whose names begin with the same word."""

    name: str
    handlers: int
    sent: int
    answered: int
    recorded: int


def families(
    handlers: Mapping[str, str],
    sent: Mapping[int, str],
    answered: Iterable[int],
    recorded: Mapping[str, Sequence[int]],
) -> list[Family]:
    """Add up by family; ``handlers`` maps each handler's name to its family."""
    names = list(dict.fromkeys(handlers.values()))
    sums = {name: [0, 0, 0, 0] for name in names}
    for family in handlers.values():
        sums[family][0] += 1
    for handler in sent.values():
        sums[handlers[handler]][1] += 1
    for number in answered:
        sums[handlers[sent[number]]][2] += 1
    for handler, ids in recorded.items():
        sums[handlers[handler]][3] += len(ids)
    return [Family(name, *sums[name]) for name in names]


def table(rows: Sequence[Family], account: Account, figures: Figures) -> str:
    """The whole report as text, ending with the verdict."""
    total = Family(
        "total",
        sum(row.handlers for row in rows),
        account.sent,
        account.answered,
        account.recorded,
    )
    head = f"{'routes':<12}{'handlers':>10}{'sent':>12}{'answered':>12}{'recorded':>12}"
    rule = "-" * len(head)
    lines = ["", head, rule, *map(_row, rows), rule, _row(total), ""]
    lines += [f"{label:<36}{value:>22}" for label, value in figures.lines()]
    lines += ["", f"service.account: {account.service}", ""]
    faults = account.faults()
    if faults:
        lines += ["THE ACCOUNT DOES NOT BALANCE:", *(f"  {fault}" for fault in faults)]
    else:
        lines.append("Balanced: each request was answered, and recorded once, by its own handler.")
    return "\n".join(lines)


def _row(row: Family) -> str:
    counts = f"{row.sent:>12,}{row.answered:>12,}{row.recorded:>12,}"
    return f"{row.name:<12}{row.handlers:>10,}{counts}"
