"""Plain requests, recognised without the parser.

Most requests come whole in one segment, with a body that Content-Length announces and header lines
that were seen before. Those are taken apart here, at a third of what the parser's callbacks cost.

Invariants: what is recognised is a strict subset of what the `Assembler` delivers, with the same
outcome (a property test compares the two); anything else, valid or not, is left to the assembler.
"""

import re
import sys
from typing import Final, NamedTuple

from asyncly.srvmocker._door.reading.limits import Limits

__all__ = ("ALIKE", "PlainReader", "PlainRequest")

_METHODS: Final = {
    name.encode(): name for name in ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")
}
_VERSION: Final = b"HTTP/1.1"


def _blanks(plain: bytes) -> bytes:
    """Return a table that makes blanks of plain bytes, and stars of others.

    To see whether all are blanks takes a tenth of what a regular expression does.
    """
    return bytes(0x20 if byte in plain else 0x2A for byte in range(256))


_TARGET: Final = _blanks(
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@/%?"
)
ALIKE: Final = bytes(0x30 if 0x30 <= byte <= 0x39 else byte for byte in range(256))
"""Makes one of fields that differ in digits alone."""
_LINE: Final = re.compile(
    rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([!-~](?:[ -~\t]*[!-~])?)?[ \t]*"
).fullmatch
_HOST: Final = re.compile(rb"(?:[A-Za-z0-9\-._~]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?").fullmatch
_LENGTH_LINE: Final = re.compile(rb"(?i)\r\ncontent-length:[ \t]*([0-9]+)").search
_LENGTH: Final = re.compile(rb"[0-9]{1,15}").fullmatch

_ORDINARY: Final = 0
_HOST_NAME: Final = 1
_LENGTH_NAME: Final = 2
_CONNECTION_NAME: Final = 3
_NOT_PLAIN: Final = 4
_KINDS: Final[dict[bytes, int]] = {
    b"host": _HOST_NAME,
    b"content-length": _LENGTH_NAME,
    b"connection": _CONNECTION_NAME,
    b"transfer-encoding": _NOT_PLAIN,
    b"content-encoding": _NOT_PLAIN,
    b"expect": _NOT_PLAIN,
    b"upgrade": _NOT_PLAIN,
    b"trailer": _NOT_PLAIN,
    b"te": _NOT_PLAIN,
    b"proxy-connection": _NOT_PLAIN,  # llhttp takes it for Connection, as clients mean it
}
_LINES_KEPT: Final = 1024
_PLACES_KEPT: Final = 256
_PATIENCE: Final = 4 * _PLACES_KEPT
"""How many fields are passed by once there is no room, before all are forgotten: where none come
again, to put each in and to throw it out again would cost more than to read it."""


def _place_of_length(fields: bytes) -> tuple[int, int]:
    """Return where the digits of a Content-Length are in plain fields; nowhere where it is none."""
    found = _LENGTH_LINE(b"\r\n" + fields)
    return (0, 0) if found is None else (found.start(1) - 2, found.end(1) - 2)


class PlainRequest(NamedTuple):
    """A whole request of HTTP/1.1 on a connection that stays open."""

    method: str
    target: str
    start: bytes
    fields: bytes
    body: bytes


class PlainReader:
    """Recognises the start lines and header fields of plain requests.

    `places` tells where the digits of a Content-Length are in fields seen before, by what `ALIKE`
    makes of those; nowhere where there is none. Which digits fields have changes nothing but that
    length, which must not be over `max_body`. Look there first, `read_fields` the others.
    """

    __slots__ = (
        "_lines",
        "_max_headers",
        "_max_line",
        "_names",
        "_passed",
        "max_body",
        "places",
    )

    def __init__(self, limits: Limits) -> None:
        self._max_line = min(limits.max_line_size, limits.max_field_size)
        self._max_headers = limits.max_headers
        self.max_body: int = limits.client_max_size or sys.maxsize
        self.places: dict[bytes, tuple[int, int]] = {}
        self._passed = 0
        # A line's meaning: 0, -1 for the Host, or 1 + the Content-Length. Once it is full, a line
        # that is not there is looked at each time, by its name.
        self._lines: dict[bytes, int] = {}
        self._names: dict[bytes, int] = {}

    def read_start(self, start: bytes) -> tuple[str, str] | None:
        """Return the method and the target of a start line, or `None` if it is not plain."""
        parts = start.split(b" ")
        if len(parts) != 3 or parts[2] != _VERSION or len(start) > self._max_line:
            return None
        name, target, _ = parts
        method = _METHODS.get(name)
        if method is None or target[:1] != b"/" or not target.translate(_TARGET).isspace():
            return None
        return method, target.decode("ascii")

    def read_fields(self, fields: bytes) -> int | None:
        """Return the length of the body that fields announce, or `None` if they are not plain."""
        shape = fields.translate(ALIKE)
        place = self.places.get(shape)
        if place is not None:
            begin, end = place
            size = int(fields[begin:end]) if end else 0
            return size if size <= self.max_body else None
        told = self._read_lines(fields)
        if told is not None:
            if len(self.places) < _PLACES_KEPT:
                self.places[shape] = _place_of_length(fields)
            else:
                self._passed += 1
                if self._passed >= _PATIENCE:
                    self.places.clear()
                    self._passed = 0
        return told

    def _read_lines(self, fields: bytes) -> int | None:
        if len(fields) > self._max_line:
            return None
        lines = fields.split(b"\r\n")
        if len(lines) > self._max_headers:
            return None
        hosts = length = 0
        meanings = self._lines
        for line in lines:
            meaning = meanings.get(line)
            if meaning is None:
                meaning = self._learn(line)
                if meaning is None:
                    return None
            if meaning:
                if meaning > 0:
                    if length:
                        return None
                    length = meaning
                else:
                    hosts += 1
        size = length - 1 if length else 0
        return size if hosts == 1 and size <= self.max_body else None

    def read(self, data: bytes) -> PlainRequest | None:
        """Return the request that `data` is, or `None` if it is not, or not plainly, one."""
        line_end = data.find(b"\r\n")
        head_end = data.find(b"\r\n\r\n", line_end)
        if line_end == head_end:  # no field, or no end
            return None
        start, fields, body = data[:line_end], data[line_end + 2 : head_end], data[head_end + 4 :]
        if self.read_fields(fields) != len(body):
            return None
        told = self.read_start(start)
        return None if told is None else PlainRequest(*told, start, fields, body)

    def _learn(self, line: bytes) -> int | None:
        """Return what a header line means, or `None` where the assembler has to look at it."""
        found = _LINE(line)
        if found is None:
            return None
        name, value = found.groups(b"")
        kind = self._names.get(name)
        if kind is None:
            kind = _KINDS.get(name.lower(), _ORDINARY)
            if len(self._names) < _LINES_KEPT:
                self._names[name] = kind
        if kind == _ORDINARY:
            meaning = 0
        elif kind == _HOST_NAME:
            if not _HOST(value):
                return None
            meaning = -1
        elif kind == _LENGTH_NAME:
            if not _LENGTH(value):
                return None
            meaning = 1 + int(value)
        elif kind == _CONNECTION_NAME and value.lower() == b"keep-alive":
            meaning = 0
        else:
            return None
        if len(self._lines) < _LINES_KEPT:
            self._lines[line] = meaning
        return meaning
