"""What must hold for any bytes whatever, of the assembler and of the whole door.

A check returns quietly or fails; the fuzzers call them with bytes of their own making, the tests
with the seeds that are kept in `corpus/`.
"""

import asyncio
import random
import zlib
from typing import Final, NamedTuple

from asyncly.srvmocker._door.reading.assembly import Assembler, Message, Refusal
from asyncly.srvmocker._door.reading.limits import Limits
from asyncly.srvmocker._door.reading.plain import PlainReader
from tests.streams.played import Seen, play
from tests.streams.words import bytewise

LARGEST: Final = 4000
"""Inputs are no longer than that: what is said here holds below the limits for a whole head."""
_LIMITS: Final = (
    Limits(),
    Limits(client_max_size=40, max_line_size=64, max_field_size=64, max_headers=63),
)
_EITHER: Final = {400, 414, 431}
"""A head with two flaws gets the status of one or the other, as the segments fall."""


class _Outcome(NamedTuple):
    events: list[tuple[str, tuple[object, ...]]]
    refused: int
    at_boundary: bool


def _facts(message: Message) -> tuple[object, ...]:
    return (
        b"%b\r\n%b" % (message.start, message.fields),
        message.body,
        message.method,
        message.target,
        message.version,
        message.keep_alive,
        message.upgrade,
        message.content_encoding,
    )


def _assembled(limits: Limits, segments: list[bytes]) -> _Outcome:
    events: list[tuple[str, tuple[object, ...]]] = []
    held: list[bytes] = []

    def deliver(message: Message) -> None:
        events.append(("request", _facts(message)))
        if message.upgrade:
            held.append(b"")

    assembler = Assembler(
        limits,
        deliver=deliver,
        on_continue=lambda: events.append(("continue", ())),
        on_oversized=lambda message: events.append(("too large", _facts(message))),
    )
    refused = 0
    for segment in segments:
        if held:  # the bytes belong to whoever the connection is upgraded to
            break
        before = len(events)
        status = 0
        try:
            assembler.feed(segment)
        except Refusal as refusal:
            status = int(refusal.status)
        assert not refused or (status == refused and len(events) == before), "it went on"
        refused = status
    return _Outcome(
        events, 400 if refused in _EITHER else refused, bool(refused) or assembler.at_boundary
    )


def some_cut(data: bytes) -> list[bytes]:
    """Cut in places that depend on nothing but the bytes."""
    chance = random.Random(zlib.crc32(data))
    places = sorted(chance.sample(range(len(data) + 1), min(len(data), 3)))
    return [data[a:b] for a, b in zip([0, *places], [*places, len(data)], strict=True) if a < b]


def _again(facts: tuple[object, ...]) -> bytes:
    """Write a delivered request anew, framed by its length."""
    head, body, *_ = facts
    assert isinstance(head, bytes)
    assert isinstance(body, bytes)
    framing = (b"transfer-encoding:", b"content-length:", b"expect:")
    start, *lines = head.split(b"\r\n")
    kept = [line for line in lines if not line.lower().startswith(framing)]
    return b"\r\n".join((start, *kept, b"Content-Length: %d" % len(body), b"", body))


def check_assembly(data: bytes) -> None:
    """The assembler's verdict is one, whatever the cuts, and what it delivers is what it says."""
    for limits in _LIMITS:
        whole = _assembled(limits, [data])
        for segments in (some_cut(data), bytewise(data)):
            assert _assembled(limits, segments) == whole
        requests = [facts for name, facts in whole.events if name == "request"]
        for facts in requests:
            again = _assembled(limits, [_again(facts)])
            (name, found), *more = again.events
            assert name == "request", again
            assert not more, again
            assert found[1:] == facts[1:], (found, facts)
        _check_plain(limits, data, whole)


def _check_plain(limits: Limits, data: bytes, whole: _Outcome) -> None:
    plain = PlainReader(limits).read(data)
    if plain is None:
        return
    assert not whole.refused, "taken for plain"
    ((name, facts),) = whole.events
    head, body, method, target, version, keep_alive, upgrade, coding = facts
    assert (name, body, method, target) == ("request", plain.body, plain.method, plain.target)
    assert (version, keep_alive, upgrade, coding) == ("1.1", True, False, b"")
    assert isinstance(head, bytes)
    assert _fields(head) == _fields(b"%b\r\n%b" % (plain.start, plain.fields))
    assert whole.at_boundary


def _fields(head: bytes) -> list[tuple[bytes, bytes]]:
    pairs = [line.partition(b":") for line in head.split(b"\r\n")[1:]]
    return [(name, value.strip(b" \t")) for name, _, value in pairs]


_EITHER_TEXT: Final = (b"400 Bad", b"414 Request-URI", b"431 Request Header")


def _told(seen: Seen) -> tuple[list[bytes], object]:
    """What is to be compared: all but the Date, and of a refusal only that it came."""
    written = seen.written
    if seen.refused:
        places = [written.rfind(b"HTTP/1.1 " + text) for text in _EITHER_TEXT]
        written = written[: max(places)] if max(places) >= 0 else written
    lines = [line for line in written.split(b"\r\n") if not line.startswith(b"Date: ")]
    return lines, seen[1:]


def check_door(loop: asyncio.AbstractEventLoop, data: bytes) -> None:
    """A connection's outcome is one, whatever the cuts, and its account balances."""
    whole = _told(loop.run_until_complete(play([data])))
    for segments, calm in ((some_cut(data), False), (bytewise(data), True)):
        found = loop.run_until_complete(play(segments, calm=calm))
        assert _told(found) == whole, (found, whole)
