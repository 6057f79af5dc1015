"""What a load generator sends: the plan, as a file that wrk's script and our own client both read.

A request is a template in which every `@@@@@@@@` is replaced by a number of eight digits, so that
its length, and with it its Content-Length, never changes. Request `n` of a plan is a pure function
of `n`: both clients send the same bytes, and a later run goes on where the last one ended.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

PLACEHOLDER: Final = b"@@@@@@@@"
BASE: Final = 10_000_000
"""The number of the first request; from here to the end all numbers have eight digits."""

_STEP: Final = 7_919
_SPAN: Final = 90_000_000


@dataclass(frozen=True, slots=True)
class LoadPlan:
    """How many requests are sent, which, and over how many connections.

    Attributes:
        templates: The raw requests.
        count: How many requests are sent in all.
        start: The `n` of the first request.
        cycle: 0: the numbers never repeat. Otherwise the numbers run, scattered, through `cycle`
            values, and each time they are through, the next template is taken.
        connections: Keep-alive connections in use.
        pipeline: Requests written at once on a connection before their answers are read.
        per_connection: After so many requests a connection is closed and another one opened;
            0: never. Only our own client does it.
    """

    templates: tuple[bytes, ...]
    count: int
    start: int = 0
    cycle: int = 0
    connections: int = 32
    pipeline: int = 1
    per_connection: int = 0

    def __post_init__(self) -> None:
        if not self.templates:
            raise ValueError("a plan needs at least one template")
        if self.count < 1 or self.count % self.pipeline:
            raise ValueError(
                f"count {self.count} must be positive and a multiple of pipeline {self.pipeline}"
            )
        if self.per_connection % self.pipeline:
            raise ValueError(
                f"per_connection {self.per_connection} must be a multiple of "
                f"pipeline {self.pipeline}"
            )
        if any(b"\n\n" in template for template in self.templates):
            raise ValueError("a template has a bare line feed")

    def request(self, n: int) -> bytes:
        """The bytes of request `n`."""
        if self.cycle:
            number = n * _STEP % self.cycle
            template = self.templates[n // self.cycle % len(self.templates)]
        else:
            number = n % _SPAN
            template = self.templates[n % len(self.templates)]
        return template.replace(PLACEHOLDER, b"%d" % (BASE + number))

    def encode(self) -> bytes:
        """The plan as a file: a line of numbers, then each template after a line with its size."""
        numbers = (
            self.count,
            self.start,
            self.cycle,
            self.connections,
            self.pipeline,
            BASE,
            _STEP,
            _SPAN,
            len(self.templates),
            self.per_connection,
        )
        head = " ".join(map(str, numbers)).encode()
        return head + b"\n" + b"".join(b"%d\n%b" % (len(t), t) for t in self.templates)

    @classmethod
    def decode(cls, data: bytes) -> LoadPlan:
        """Read what `encode` wrote."""
        head, _, rest = data.partition(b"\n")
        numbers = list(map(int, head.split()))
        count, start, cycle, connections, pipeline, _, _, _, how_many, per_connection = numbers
        templates: list[bytes] = []
        at = 0
        for _ in range(how_many):
            end = rest.index(b"\n", at) + 1
            size = int(rest[at:end])
            templates.append(rest[end : end + size])
            at = end + size
        return cls(tuple(templates), count, start, cycle, connections, pipeline, per_connection)

    def next(self, count: int, *, pipeline: int = 1) -> LoadPlan:
        """The plan that goes on where this one ends, with `count` requests."""
        return replace(self, start=self.start + self.count, count=count, pipeline=pipeline)
