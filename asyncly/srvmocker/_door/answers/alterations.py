"""What faults do to the steps of an answer: cut, slow down, misframe, spoil.

Each takes steps and the kind of the request, and yields other steps; a reset or a hang that is in
the steps already stays where it is. The bytes are taken apart only into a head, up to its empty
line (RFC 9112 section 2.1), and a body.

Invariants: nothing is collected but a head, or a body whose length its head has told. An answer
that is a head alone (to HEAD, a 204, a 304) stays one; what its head tells may be wrong.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from asyncly.srvmocker._door.answers.ready import bodiless
from asyncly.srvmocker._door.answers.scripts import Ending, Step

__all__ = (
    "MALFORMED",
    "cut",
    "cut_gzip",
    "doubled",
    "ended",
    "misframed",
    "mismeasured",
    "paced",
    "slowed",
)

_END_OF_HEAD: Final = b"\r\n\r\n"
_TICK: Final = 0.01  # seconds that a piece takes, where more than a byte goes into them
_LENGTH: Final = re.compile(rb"\r\nContent-Length:[ \t]*(\d+)[ \t]*(?=\r\n)", re.IGNORECASE)
_CODING: Final = re.compile(rb"\r\nContent-Encoding:[^\r\n]*(?=\r\n)", re.IGNORECASE)
_CHUNKED: Final = re.compile(rb"\r\nTransfer-Encoding:[ \t]*chunked[ \t]*(?=\r\n)", re.IGNORECASE)
_STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3})")
_BODILESS: Final = (204, 304)
_LASTING: Final = (Ending.RESET, Ending.HANG)

MALFORMED: Final = {
    "size": b"zz\r\nhello\r\n0\r\n\r\n",
    "ending": b"5\r\nhello, world\r\n0\r\n\r\n",
    "missing": b"",
}
"""What stands where the next chunk is due: a size that is none, data without its end, nothing."""


class Piece(NamedTuple):
    """Bytes of the head or of the body; `last` is the last piece of the head."""

    data: bytes
    body: bool
    last: bool = False


def pieces(steps: Iterator[Step]) -> Iterator[Piece | float | Ending]:
    """Tell head and body apart; an ending is the last."""
    tail = b""
    in_head = True
    for step in steps:
        if not isinstance(step, bytes):
            yield step
            if isinstance(step, Ending):
                return
            continue
        rest = step
        if in_head:
            end = (tail + step).find(_END_OF_HEAD)
            if end < 0:
                tail = (tail + step)[-3:]
                yield Piece(step, body=False)
                continue
            at = end + len(_END_OF_HEAD) - len(tail)
            in_head = False
            yield Piece(step[:at], body=False, last=True)
            rest = step[at:]
        if rest:
            yield Piece(rest, body=True)
    yield Ending.KEEP


def _with_whole_head(steps: Iterator[Step]) -> Iterator[Piece | float | Ending]:
    """The same, with the head in one piece; one without an end is handed on as it is."""
    head = b""
    for piece in pieces(steps):
        if isinstance(piece, Piece) and not piece.body:
            head += piece.data
            if piece.last:
                yield Piece(head, body=False, last=True)
                head = b""
            continue
        if isinstance(piece, Ending) and head:
            yield Piece(head, body=False)
        yield piece


def cut(steps: Iterator[Step], after: int | None, ending: Ending) -> Iterator[Step]:
    """End after so many bytes of the body; `None`: before the head."""
    if after is not None:
        left = after
        for piece in pieces(steps):  # pragma: no branch - an ending is the last
            if isinstance(piece, Ending):
                ending = piece if piece in _LASTING else ending
                break
            if not isinstance(piece, Piece):
                yield piece
            elif not piece.body:
                yield piece.data
                if piece.last and not left:
                    break
            else:
                yield piece.data[:left]
                left -= len(piece.data)
                if left <= 0:
                    break
    yield ending


def ended(steps: Iterator[Step], ending: Ending) -> Iterator[Step]:
    """End behind everything in another way."""
    for step in steps:
        if isinstance(step, Ending):
            ending = step if step in _LASTING else ending
            break
        yield step
    yield ending


def mismeasured(
    steps: Iterator[Step], kind: int, declared: int, *, relative: bool
) -> Iterator[Step]:
    """Tell another Content-Length, at least 0; a `relative` one is so much more than there is.

    Where there is no body and no length is told of it, that is 0.

    Raises `TypeError` where a relative one cannot be told, `ValueError` where it would be right.
    """
    for piece in _with_whole_head(steps):
        if not isinstance(piece, Piece):
            yield piece
        elif not piece.last:
            yield piece.data
        else:
            length = declared
            if relative:
                right = _length(piece.data, 0 if _alone(piece.data, kind) else None)
                length = max(0, right + declared)
                if length == right:
                    raise ValueError(f"by={declared} leaves the Content-Length {right} as it is")
            yield _with_field(piece.data, _LENGTH, b"Content-Length: %d" % length)


def misframed(steps: Iterator[Step], kind: int, malformed: bytes) -> Iterator[Step]:
    """Send the body in chunks, of which one is malformed, and close.

    A body that is in chunks already begins with the malformed one.
    """
    alone = False
    for piece in _with_whole_head(steps):  # pragma: no branch - as above
        if isinstance(piece, Ending):
            if piece in _LASTING or alone:
                yield piece
                return
            break
        if not isinstance(piece, Piece):
            yield piece
        elif piece.body:
            yield b"%x\r\n%b\r\n" % (len(piece.data), piece.data)
        elif not piece.last:
            yield piece.data
        else:
            alone = _alone(piece.data, kind)
            if not _CHUNKED.search(piece.data):
                yield _with_field(piece.data, _LENGTH, b"Transfer-Encoding: chunked")
                continue
            yield piece.data
            if not alone:
                break
    yield malformed
    yield Ending.CLOSE


def cut_gzip(steps: Iterator[Step], kind: int, missing: int) -> Iterator[Step]:
    """Compress the body and leave out its last bytes; the Content-Length is that of the rest.

    Raises `TypeError` for a body whose length the head does not tell.
    """
    head = b""
    body = bytearray()
    for piece in _with_whole_head(steps):
        if isinstance(piece, Piece):
            if piece.body:
                body += piece.data
            elif not piece.last or _alone(piece.data, kind):
                yield piece.data
            else:
                head = piece.data
                _length(head)
        elif isinstance(piece, Ending):
            if head:
                packed = bytes(body) if _CODING.search(head) else _gzip(bytes(body))
                packed = packed[: max(0, len(packed) - missing)]
                head = _with_field(head, _CODING, b"Content-Encoding: gzip")
                yield _with_field(head, _LENGTH, b"Content-Length: %d" % len(packed)) + packed
            yield piece
        else:
            yield piece


def _gzip(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def doubled(steps: Iterator[Step], second: Iterable[Step]) -> Iterator[Step]:
    """Write something behind it that nobody has asked for; the ending is the second's."""
    for step in steps:
        if isinstance(step, Ending):
            if step in _LASTING:
                yield step
                return
            break
        yield step
    yield from second


def slowed(
    steps: Iterator[Step], head_rate: float | None, body_rate: float | None
) -> Iterator[Step]:
    """Write head and body at so many bytes a second; `None`: at once."""
    for piece in pieces(steps):
        if not isinstance(piece, Piece):
            yield piece
            continue
        rate = body_rate if piece.body else head_rate
        if rate is None:
            yield piece.data
        else:
            yield from paced(piece.data, rate)


def paced(data: bytes, rate: float) -> Iterator[Step]:
    """Write at so many bytes a second: each piece comes when its last byte would."""
    size = max(1, int(rate * _TICK))
    for at in range(0, len(data), size):
        piece = data[at : at + size]
        yield len(piece) / rate
        yield piece


def _alone(head: bytes, kind: int) -> bool:
    """Whether an answer has no body, whatever its head tells (RFC 9112 section 6.3)."""
    found = _STATUS.match(head)
    status = 200 if found is None else int(found[1])
    return status in _BODILESS or bodiless(kind, status)


def _length(head: bytes, otherwise: int | None = None) -> int:
    """Return the Content-Length; `otherwise` where none is told and the body is not in chunks."""
    found = _LENGTH.search(head)
    chunked = _CHUNKED.search(head)
    if found is None and not chunked and otherwise is not None:
        return otherwise
    if found is None or chunked:
        line = head.partition(b"\r\n")[0].decode("latin-1")
        raise TypeError(f"the answer {line!r} tells no Content-Length, which this fault needs")
    return int(found[1])


def _with_field(head: bytes, field: re.Pattern[bytes], line: bytes) -> bytes:
    """Put a line in the place of a field, or behind all of them."""
    if field.search(head):
        return field.sub(b"\r\n" + line, head, count=1)
    return b"%b\r\n%b%b" % (head[: -len(_END_OF_HEAD)], line, _END_OF_HEAD)
