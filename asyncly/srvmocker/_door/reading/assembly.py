"""Bytes in, whole requests out: the parser at the door.

httptools (llhttp) does the tokens and the framing; this module checks what it leaves to its user
(RFC 9112: the version, exactly one Host, the transfer coding, limits), keeps trailers apart from
header fields, and hands over a request only when all of it is there and valid.

Invariants: no sockets, no event loop. What is delivered, and whether the stream is refused, depends
on the bytes alone and not on how they were cut into segments. After a refusal nothing more is
delivered. The body that is delivered has its transfer coding removed and its content coding kept.
"""

import re
from collections.abc import Callable
from http import HTTPStatus
from sys import maxsize
from typing import Final, NoReturn

import httptools

from asyncly.srvmocker._door.reading.limits import Limits

__all__ = ("Assembler", "Message", "Refusal")

_HOST: Final = 1
_TRANSFER_ENCODING: Final = 2
_EXPECT: Final = 3
_CONTENT_ENCODING: Final = 4
_UPGRADE: Final = 5
_CONTENT_LENGTH: Final = 6
_SPECIAL: Final = {
    b"host": _HOST,
    b"transfer-encoding": _TRANSFER_ENCODING,
    b"expect": _EXPECT,
    b"content-encoding": _CONTENT_ENCODING,
    b"upgrade": _UPGRADE,
    b"content-length": _CONTENT_LENGTH,
}

# RFC 3986 section 3.2: uri-host, which may be empty, and a port.
is_host_value: Final = re.compile(
    rb"(?:\[[0-9A-Za-z\-._~!$&'()*+,;=:]+\]|(?:[0-9A-Za-z\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})*)"
    rb"(?::[0-9]*)?"
).fullmatch
_STALLED_MAX: Final = 1 << 16
"""White space that a field may have beside its name and value, in an unfinished head."""


# What llhttp says of a request line with a version that is not spoken here.
_OTHER_VERSION: Final = frozenset(("Invalid HTTP version", "Pause on PRI/Upgrade"))


class Refusal(Exception):  # noqa: N818 - a verdict on the client, not an error of ours
    """The stream is not HTTP that this server takes: the status to answer with, and why."""

    def __init__(self, status: int, reason: str, *, head: bool = False) -> None:
        self.status = status
        self.reason = reason
        self.head = head  # an answer to HEAD, which has no body
        super().__init__(f"{status} {reason}")


class _EndedError(Exception):
    """Stops the parser in the middle of a body that nobody waits for."""


class Message:
    """One whole request: a canonical head, the body, and what the connection has to know."""

    __slots__ = (
        "body",
        "content_encoding",
        "fields",
        "keep_alive",
        "method",
        "oversized",
        "start",
        "target",
        "upgrade",
        "version",
    )

    def __init__(
        self,
        *,
        start: bytes,
        fields: bytes,
        body: bytes,
        method: str,
        target: str,
        version: str,
        keep_alive: bool,
        upgrade: bool,
        content_encoding: bytes,
        oversized: bool,
    ) -> None:
        self.start = start
        self.fields = fields
        self.body = body
        self.method = method
        self.target = target
        self.version = version
        self.keep_alive = keep_alive
        self.upgrade = upgrade
        self.content_encoding = content_encoding
        self.oversized = oversized


class Assembler:
    """Takes the bytes of one connection.

    `deliver` is called with each whole request; where it asks for a WebSocket, what came behind it
    is kept in `behind_upgrade`, for whoever the bytes belong to then. `on_continue` is called when
    a client waits to be asked for its body, `on_oversized` as soon as a body is known to be too
    large (the rest of it is then read and dropped, and the request is not delivered).
    """

    def __init__(
        self,
        limits: Limits,
        *,
        deliver: Callable[[Message], None],
        on_continue: Callable[[], None],
        on_oversized: Callable[[Message], None],
    ) -> None:
        self._max_body = limits.client_max_size or maxsize
        self._max_line = limits.max_line_size or maxsize
        self._max_field = limits.max_field_size or maxsize
        self._max_headers = limits.max_headers or maxsize
        self._deliver = deliver
        self._continue = on_continue
        self._oversize = on_oversized
        self._parser = httptools.HttpRequestParser(self)
        self._refusal: Refusal | None = None
        self._good_host = b""
        self._special_names: dict[bytes, int] = {}
        self._upgrading = False
        self._ended = False  # the client wants no other answer: what comes behind is nothing
        self.begun = 0
        """How many requests have begun."""
        self.in_head = False
        self.in_body = False
        self.behind_upgrade = b""
        self._begin()

    def _begin(self) -> None:
        self._url = b""
        self._fields: list[bytes] = []
        self._hosts = 0
        self._count = 0
        self._expect = b""
        self._transfer_encoding = b""
        self._content_encoding = b""
        self._upgrade = b""
        self._body: list[bytes] = []
        self._size = 0
        self._progress = -1
        self._stalled = 0
        self._has_body = False
        self._oversized: Message | None = None

    @property
    def at_boundary(self) -> bool:
        """Whether no request is half read."""
        return not (self.in_head or self.in_body)

    def feed(self, data: bytes) -> None:
        """Take in a segment; raises `Refusal`."""
        if self._refusal is not None:
            raise self._refusal
        if self._ended:
            return
        rest: bytes | memoryview = data
        while rest:
            rest = self._parse(rest)
        if self.in_head:
            self._check_stalled(len(data))

    def _parse(self, data: bytes | memoryview) -> bytes | memoryview:
        """Let the parser read; return what is left for a fresh one."""
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            return self._after_upgrade(memoryview(data)[upgrade.args[0] :])
        except httptools.HttpParserCallbackError:
            if self._refusal is not None:
                raise self._refusal from None
            if not self._ended:
                raise
        except httptools.HttpParserError as error:
            if not self._ended:
                self._refuse_for(str(error))
        return b""

    def _refuse_for(self, reason: str) -> NoReturn:
        if reason in _OTHER_VERSION:
            self.refuse(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, reason)
        self.refuse(HTTPStatus.BAD_REQUEST, reason)

    def _check_stalled(self, size: int) -> None:
        """Bound what the parser keeps of a field that does not end."""
        progress = self._count + len(self._url)
        if progress != self._progress:
            self._progress, self._stalled = progress, 0
            return
        self._stalled += size
        if self._stalled > self._max_field + _STALLED_MAX:
            self.refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "header field too large")

    @property
    def for_head(self) -> bool:
        """Whether what is being read is a HEAD request."""
        return bool(self._url) and self._parser.get_method() == b"HEAD"

    def refuse(self, status: int, reason: str, *, head: bool = False) -> NoReturn:
        """Refuse the stream, from within a callback too."""
        self._refusal = Refusal(status, reason, head=head or self.for_head)
        raise self._refusal from None

    # What follows is called by httptools, in this order.

    def on_message_begin(self) -> None:
        """Note that a request line has begun."""
        self.in_head = True
        self.begun += 1

    def on_url(self, url: bytes) -> None:
        """Take a piece of the request target."""
        self._url = self._url + url if self._url else url
        if len(self._url) > self._max_line:
            self.refuse(HTTPStatus.REQUEST_URI_TOO_LONG, "request target too long")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header field, or a trailer field, which counts towards the limits only."""
        self._count += 1
        if self._count > self._max_headers:
            self.refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "too many header fields")
        if len(name) + len(value) > self._max_field:
            self.refuse(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "header field too large")
        if self.in_body:
            return
        self._fields += (name, b": ", value, b"\r\n")
        special = self._special_names.get(name)
        if special is None:
            special = _SPECIAL.get(name.lower(), 0)
            if len(self._special_names) < 64:
                self._special_names[name] = special
        if special:
            self._note(special, value)

    def _note(self, special: int, value: bytes) -> None:
        value = value.rstrip(b" \t")  # llhttp leaves the white space that is behind
        if special == _HOST:
            self._hosts += 1
            if value != self._good_host:
                if not is_host_value(value):
                    self.refuse(HTTPStatus.BAD_REQUEST, "invalid Host header")
                self._good_host = value
        elif special == _TRANSFER_ENCODING:
            if self._transfer_encoding:
                self.refuse(HTTPStatus.BAD_REQUEST, "more than one Transfer-Encoding header")
            if not value:  # which httptools 0.8 lets pass
                self.refuse(HTTPStatus.BAD_REQUEST, "empty Transfer-Encoding header")
            self._transfer_encoding = value
            self._has_body = True
        elif special == _CONTENT_LENGTH:
            self._size_announced(int(value))
        elif special == _EXPECT:
            self._expect = value
        elif special == _CONTENT_ENCODING:
            self._content_encoding = value
        else:
            self._upgrade = value

    def _size_announced(self, size: int) -> None:
        self._has_body = size > 0
        self._size = size

    def on_headers_complete(self) -> None:
        """Check the head as a whole."""
        if self._has_body and self._parser.should_upgrade():
            if self._parser.get_method() == b"CONNECT":  # RFC 9110 section 9.3.6
                self.refuse(HTTPStatus.BAD_REQUEST, "a CONNECT request has no body")
            return  # the body follows behind llhttp's stop: see _after_upgrade
        version = self._parser.get_http_version()
        if version not in ("1.1", "1.0"):
            self.refuse(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, f"HTTP/{version} is not spoken")
        if self._hosts != 1 and (self._hosts or version == "1.1"):
            self.refuse(
                HTTPStatus.BAD_REQUEST,
                "more than one Host header" if self._hosts else "no Host header",
            )
        coding = self._transfer_encoding
        if coding:
            if version == "1.0":
                self.refuse(HTTPStatus.BAD_REQUEST, "Transfer-Encoding in an HTTP/1.0 request")
            if coding.lower() != b"chunked":
                self.refuse(HTTPStatus.NOT_IMPLEMENTED, "transfer coding other than chunked")
        announced, self._size = self._size, 0
        self.in_head, self.in_body = False, True
        if self._expect and version == "1.1":
            if self._expect.lower() != b"100-continue":
                self.refuse(HTTPStatus.EXPECTATION_FAILED, "unknown expectation")
            if self._has_body and announced <= self._max_body:
                self._continue()
        self._check_size(announced)

    def _check_size(self, size: int) -> None:
        if size > self._max_body and self._oversized is None:
            self._body.clear()
            self._oversized = self._message(b"", oversized=True)
            if self._expect:  # who waited to be asked may not send the body any more
                self._oversized.keep_alive = False
            self._oversize(self._oversized)
            if not self._oversized.keep_alive:
                self._ended = True
                raise _EndedError

    def on_body(self, data: bytes) -> None:
        """Take a piece of the body."""
        if self._oversized is None:
            self._size += len(data)
            self._body.append(data)
            self._check_size(self._size)

    def on_message_complete(self) -> None:
        """Hand over the request, unless its answer was given when it became too large."""
        if self.in_head:
            return
        self.in_body = False
        if self._oversized is None:
            body = self._body
            whole = b"" if not body else body[0] if len(body) == 1 else b"".join(body)
            message = self._message(whole, oversized=False)
            self._begin()
            self._upgrading = message.upgrade
            self._deliver(message)
            self._ended = not message.keep_alive
        else:
            self._begin()

    def _message(self, body: bytes, *, oversized: bool) -> Message:
        parser = self._parser
        method = parser.get_method().decode("ascii")
        target = self._url.decode("ascii")
        version = parser.get_http_version()
        return Message(
            start=f"{method} {target} HTTP/{version}".encode("ascii"),
            fields=b"".join(self._fields[:-1]),
            body=body,
            method=method,
            target=target,
            version=version,
            keep_alive=parser.should_keep_alive(),
            upgrade=(
                self._upgrade.lower() == b"websocket"
                and version == "1.1"  # RFC 9110 section 7.8: in HTTP/1.0 it is ignored
                and parser.should_upgrade()
            ),
            content_encoding=self._content_encoding,
            oversized=oversized,
        )

    def _after_upgrade(self, rest: memoryview) -> bytes | memoryview:
        """Go on behind a request that asks for another protocol; return what is to be read.

        llhttp takes every Upgrade for accepted. A server may ignore the wish (RFC 9110 section
        7.8), so a fresh parser reads on; where a body follows, it is told the head again, without
        the Upgrade field.
        """
        old = self._parser
        self._parser = httptools.HttpRequestParser(self)
        if self._upgrading:
            self._upgrading = False
            self.behind_upgrade = bytes(rest)
            return b""
        if self._ended:
            return b""
        if self.in_head:
            url, fields = self._url, self._fields
            self._begin()
            lines = [
                b"".join(fields[start : start + 4])
                for start in range(0, len(fields), 4)
                if fields[start].lower() != b"upgrade"
            ]
            version = old.get_http_version().encode("ascii")
            start_line = b"%b %b HTTP/%b\r\n" % (old.get_method(), url, version)
            self._parse(b"%b%b\r\n" % (start_line, b"".join(lines)))
            self._fields = fields
        return rest
