"""What an assembler makes of bytes: every event in order, and why it refused the rest."""

from collections.abc import Iterable
from typing import NamedTuple

from asyncly.srvmocker._door.reading.assembly import Assembler, Message, Refusal
from asyncly.srvmocker._door.reading.limits import Limits

CONTINUE = "100"


class Heard(NamedTuple):
    """`events` are messages, and `CONTINUE` where a client waits to be asked for its body."""

    events: list[Message | str]
    refusal: tuple[int, str, bool] | None
    at_boundary: bool
    behind_upgrade: bytes

    @property
    def requests(self) -> list[tuple[str, str, bytes]]:
        """Method, target and body of each request, with those that were too large."""
        messages = [event for event in self.events if isinstance(event, Message)]
        return [(message.method, message.target, message.body) for message in messages]

    @property
    def only(self) -> Message:
        """The one message there is."""
        (message,) = self.events
        assert isinstance(message, Message)
        assert self.refusal is None
        return message


def hear(*segments: bytes, limits: Limits | None = None) -> Heard:
    """Feed segments to an assembler of their own."""
    events: list[Message | str] = []
    assembler = Assembler(
        Limits() if limits is None else limits,
        deliver=events.append,
        on_continue=lambda: events.append(CONTINUE),
        on_oversized=events.append,
    )
    refused = None
    for segment in segments:
        try:
            assembler.feed(segment)
        except Refusal as refusal:
            refused = int(refusal.status), refusal.reason, refusal.head
    return Heard(events, refused, assembler.at_boundary, assembler.behind_upgrade)


def bytewise(data: bytes) -> Iterable[bytes]:
    """The worst of all segmentations."""
    return (data[at : at + 1] for at in range(len(data)))
