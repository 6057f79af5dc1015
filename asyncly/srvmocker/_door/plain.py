"""Plain requests, recognised without the parser.

Most requests come whole in one segment, with a body that Content-Length announces and header lines
that were seen before. Those are taken apart here, at a third of what the parser's callbacks cost.

Invariants: what is recognised is a strict subset of what the `Assembler` delivers, with the same
outcome (a property test compares the two); anything else, valid or not, is left to the assembler.
"""

import re
from typing import Final, NamedTuple

from asyncly.srvmocker._door.limits import Limits

__all__ = ("PlainReader", "PlainRequest")

_START: Final = re.compile(
    rb"(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) (/[A-Za-z0-9\-._~!$&'()*+,;=:@/%?]*) HTTP/1\.1"
).fullmatch
_LINE: Final = re.compile(
    rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*([!-~](?:[ -~\t]*[!-~])?)?[ \t]*"
).fullmatch
_HOST: Final = re.compile(rb"(?:[A-Za-z0-9\-._~]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]*)?").fullmatch
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


class PlainRequest(NamedTuple):
    """A whole request of HTTP/1.1 on a connection that stays open."""

    method: str
    target: str
    head: bytes
    body: bytes


class PlainReader:
    """Recognises plain requests; remembers the header lines it has seen."""

    __slots__ = ("_lines", "_max_body", "_max_headers", "_max_line", "_names")

    def __init__(self, limits: Limits) -> None:
        self._max_line = min(limits.max_line_size, limits.max_field_size)
        self._max_headers = limits.max_headers
        self._max_body = limits.client_max_size
        # A line's meaning: 0, -1 for the Host, or 1 + the Content-Length. Once it is full, a line
        # that is not there is looked at each time, by its name.
        self._lines: dict[bytes, int] = {}
        self._names: dict[bytes, int] = {}

    def read(self, data: bytes) -> PlainRequest | None:
        """Return the request that `data` is, or `None` if it is not, or not plainly, one."""
        end = data.find(b"\r\n\r\n")
        if end < 0 or end > self._max_line:
            return None
        head = data[:end]
        lines = head.split(b"\r\n")
        if len(lines) > self._max_headers + 1:
            return None
        hosts = length = 0
        meanings = self._lines
        rest = iter(lines)
        start = next(rest)
        for line in rest:
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
        body_at = end + 4
        size = length - 1 if length else 0
        if hosts != 1 or len(data) != body_at + size or (self._max_body and size > self._max_body):
            return None
        found = _START(start)
        if found is None:
            return None
        method, target = found.groups()
        return PlainRequest(method.decode("ascii"), target.decode("ascii"), head, data[body_at:])

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
