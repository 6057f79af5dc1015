"""Header fields that are meant for one connection only, and what is forwarded of the others.

Names, values, their order, their case and their duplicates stay as they came. Host and
Content-Length are never dropped because a Connection header names them: the first tells the target
where it is, the second where the message ends.
"""

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

__all__ = ("RawHeaders", "end_to_end", "request_head", "response_head")

RawHeaders: TypeAlias = Sequence[tuple[bytes, bytes]]
"""Names and values in the order of the message."""

_HOP_BY_HOP: Final = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
"""RFC 9110 section 7.6.1, and the fields that are meant for the proxy itself."""

_KEPT: Final = frozenset({b"content-length", b"host"})


def end_to_end(headers: RawHeaders) -> list[tuple[bytes, bytes]]:
    """Return the fields that go on to the next hop (RFC 9110 section 7.6.1)."""
    named = {
        option.strip(b" \t").lower()
        for name, value in headers
        if name.lower() == b"connection"
        for option in value.split(b",")
    }
    dropped = _HOP_BY_HOP | (named - _KEPT)
    return [(name, value) for name, value in headers if name.lower() not in dropped]


def request_head(
    method: str, target: bytes, authority: bytes, headers: RawHeaders, body_length: int
) -> bytes:
    """Return the head of the request that goes upstream.

    The Host becomes the authority of the target (RFC 9112 section 3.2.2), where the client put its
    own. A body that came in chunks goes on with a Content-Length, since it is known by now.
    """
    lines: list[tuple[bytes, bytes]] = []
    chunked = any(name.lower() == b"transfer-encoding" for name, _ in headers)
    host_sent = False
    for name, value in end_to_end(headers):
        lowered = name.lower()
        if lowered == b"host":
            if host_sent:
                continue
            host_sent = True
            lines.append((name, authority))
        elif lowered != b"content-length" or not chunked:
            lines.append((name, value.strip(b" \t")))  # older releases of aiohttp leave some
    if not host_sent:
        lines.insert(0, (b"Host", authority))
    if chunked:
        lines.append((b"Content-Length", b"%d" % body_length))
    return _head(b"%b %b HTTP/1.1" % (method.encode("ascii"), target), lines)


def response_head(version: bytes, status: int, reason: bytes, headers: RawHeaders) -> bytes:
    """Return the head of the response that goes to the client."""
    return _head(b"HTTP/%b %d %b" % (version, status, reason), headers)


def _head(start_line: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    return b"\r\n".join([start_line, *[b"%b: %b" % field for field in headers], b"", b""])
