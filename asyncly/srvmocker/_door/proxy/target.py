"""Where a proxied request goes: the request target, cut as the client wrote it.

Invariants: nothing is decoded and encoded again. What goes upstream is a slice of the bytes that
came in (percent-encoding, a bare `?` and bytes outside ASCII survive), and the Host is the
authority without its userinfo (RFC 9112 section 3.2.2). Only the name to connect to is decoded.
"""

import re
from typing import Final, NamedTuple
from urllib.parse import unquote_to_bytes

__all__ = ("RefusalError", "Target", "parse_target")

_ABSOLUTE: Final = re.compile(rb"([A-Za-z][A-Za-z0-9+.\-]*)://([^/?#]*)(.*)", re.DOTALL)
_HOST_AND_PORT: Final = re.compile(rb"(\[[^\[\]]*\]|[^:\[\]]*)(?::([0-9]{0,9}))?")
_DEFAULT_PORT: Final = 80
_MAX_PORT: Final = 65535


class RefusalError(Exception):
    """Why a request is not forwarded, and the status that says so."""

    def __init__(self, status: int, reason: str) -> None:
        self.status = status
        self.reason = reason
        super().__init__(reason)


class Target(NamedTuple):
    """Where to connect to, and what to ask for there."""

    host: str
    """The name or address to connect to, without brackets."""
    port: int
    authority: bytes
    """The value of the Host header."""
    origin_form: bytes
    """The path and query for the request line."""

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def parse_target(method: str, target: bytes) -> Target:
    """Cut the target of a request to a proxy; raise `RefusalError` when it cannot be forwarded."""
    if method == "CONNECT":
        raise RefusalError(501, "CONNECT is not implemented: this proxy does not tunnel")
    absolute = _ABSOLUTE.fullmatch(target)
    if absolute is None:
        raise RefusalError(
            400,
            "the target is not an absolute URL: a proxy is asked for "
            "http://host/path, and this one serves nothing of its own",
        )
    scheme, netloc, origin_form = absolute.groups()
    if scheme.lower() != b"http":
        raise RefusalError(
            501, f"scheme {scheme.decode()!r} is not implemented: this proxy forwards http:// only"
        )
    authority = netloc.rpartition(b"@")[2]
    host, port = _split_authority(authority)
    if not origin_form.startswith(b"/"):
        # Also for OPTIONS, where RFC 9112 section 3.2.4 has `*` for an empty path: aiohttp's client
        # writes the URL of a root without its slash, and asks for `/` where there is no proxy.
        origin_form = b"/" + origin_form
    return Target(host, port, authority, origin_form)


def _split_authority(authority: bytes) -> tuple[str, int]:
    match = _HOST_AND_PORT.fullmatch(authority)
    if match is not None:
        name, port = match.groups()
        try:
            host = unquote_to_bytes(name.strip(b"[]")).decode()
        except UnicodeDecodeError:
            host = ""
        number = int(port or _DEFAULT_PORT)
        if host and number <= _MAX_PORT:
            return host, number
    shown = authority.decode("utf-8", "backslashreplace")
    raise RefusalError(400, f"the target names no host and port to connect to: {shown!r}")
