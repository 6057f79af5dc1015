"""What a client put into cookies, texts and forms, decoded when somebody asks for it.

Invariants: every function is pure; what cannot be decoded is told as such, never guessed. A view
asks each of them at most once. `multipart` is an extra and imported with the first such body.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from multidict import CIMultiDict, CIMultiDictProxy, MultiDict, MultiDictProxy

from asyncly.srvmocker.exceptions import PayloadError

if TYPE_CHECKING:
    from multipart import MultipartSegment

__all__ = (
    "FORM",
    "MULTIPART",
    "MediaType",
    "Multipart",
    "ReceivedPart",
    "media_type",
    "multipart_of",
    "need_multipart",
    "read_cookies",
    "read_form",
    "read_text",
)

FORM: Final = "application/x-www-form-urlencoded"
MULTIPART: Final = "multipart/form-data"

_UNLIMITED: Final = 1 << 62  # the service has limited the body already
_PARAMETER: Final = re.compile(r';\s*([^\s=;]+)\s*=\s*("(?:[^"\\]|\\.)*"|[^;\s]*)')
# A quoted value may hold semicolons. White space around is stripped elsewhere: here it would have
# to be tried in all ways, which takes seconds for a long run of it.
_COOKIE: Final = re.compile(r'([^=;]*)(?:=\s*("(?:[^"\\]|\\.)*"(?=\s*(?:;|$))|[^;]*))?\s*(?:;|$)')
_ESCAPED: Final = re.compile(r"\\(.)")
_OCTAL: Final = re.compile(r"\\([0-3][0-7]{2}|.)")


class MediaType:
    """A `Content-Type` (RFC 9110 section 8.3): its name in lower case, and its parameters."""

    __slots__ = ("name", "parameters")

    def __init__(self, name: str, parameters: Mapping[str, str]) -> None:
        self.name: str = name
        self.parameters: Mapping[str, str] = parameters

    @property
    def charset(self) -> str:
        """The charset that is named, or else UTF-8."""
        return self.parameters.get("charset", "") or "utf-8"


def media_type(value: str) -> MediaType:
    """Read the value of a `Content-Type` field."""
    parameters: dict[str, str] = {}
    for name, text in _PARAMETER.findall(value):
        plain = _ESCAPED.sub(r"\1", text[1:-1]) if text.startswith('"') else text
        parameters.setdefault(name.lower(), plain)
    return MediaType(value.partition(";")[0].strip().lower(), parameters)


def read_cookies(fields: CIMultiDictProxy[str]) -> MultiDictProxy[str]:
    """Read the `Cookie` fields of a request (RFC 6265 section 4.2.1), in the order sent."""
    found: MultiDict[str] = MultiDict()
    for line in fields.getall("Cookie", ()):
        for name, value in _COOKIE.findall(line):
            if name := name.strip():
                found.add(name, _unquoted(value.strip()))
    return MultiDictProxy(found)


def _unquoted(value: str) -> str:
    """Return what a value in quotes stands for, as `http.cookies` has it.

    The standard library's own takes the square of the length in some of the releases of Python.
    """
    if len(value) < 2 or not (value[0] == value[-1] == '"'):
        return value
    return _OCTAL.sub(_escaped, value[1:-1])


def _escaped(found: re.Match[str]) -> str:
    escaped = found[1]
    return chr(int(escaped, 8)) if len(escaped) > 1 else escaped


def read_text(body: bytes, charset: str) -> str | None:
    """Decode a body; `None` where it is no text in this charset, or nobody knows the charset."""
    try:
        return body.decode(charset)
    except (LookupError, ValueError):
        return None


def read_form(body: bytes, kind: MediaType) -> MultiDictProxy[str]:
    """Read an urlencoded form, as the URL Standard has it; a body of another type has no fields."""
    if kind.name != FORM:
        return MultiDictProxy(MultiDict())
    try:
        found = _fields(body, kind.charset)
    except (LookupError, ValueError):  # nobody knows the charset
        found = _fields(body, "utf-8")
    return MultiDictProxy(MultiDict(found))


def _fields(body: bytes, charset: str) -> list[tuple[str, str]]:
    text = body.decode(charset, "replace").rstrip("\r\n")
    return parse_qsl(text, keep_blank_values=True, encoding=charset)


@dataclass(frozen=True, slots=True)
class ReceivedPart:
    """A part of a `multipart/form-data` body (RFC 7578), as `RecordedRequest.parts` has them.

    Attributes:
        name: The name of the field.
        filename: The name of the file; `None` where none was sent.
        content_type: The media type in lower case, without parameters; `text/plain` where the
            client sent none (RFC 7578 section 4.4).
        headers: The header fields of the part.
        content: Its bytes.

    Example:
        >>> from asyncly.srvmocker import MockRoute, RawResponse, start_service
        >>> async with start_service([MockRoute("POST", "/files", "upload")]) as service:
        ...     service.register("upload", RawResponse())
        ...     form = aiohttp.FormData({"title": "notes"})
        ...     form.add_field("file", b"...", filename="notes.md", content_type="text/markdown")
        ...     async with aiohttp.ClientSession(service.url) as client:
        ...         response = await client.post("/files", data=form)
        ...     title, file = service.last_call("upload").parts
        >>> title.name, title.text, file.filename, file.content_type, file.content
        ('title', 'notes', 'notes.md', 'text/markdown', b'...')
    """

    name: str
    filename: str | None
    content_type: str
    headers: CIMultiDictProxy[str]
    content: bytes

    @property
    def text(self) -> str:
        """The bytes, decoded by the charset of its Content-Type, or else as UTF-8.

        Raises:
            PayloadError: They are no such text.
        """
        text = self.text_or_none
        if text is None:
            problem = f"it is no {self._charset} text"
            raise PayloadError(f"part {self.name!r}", "str", [problem])
        return text

    @property
    def text_or_none(self) -> str | None:
        """The same, or `None` where they are no such text."""
        return read_text(self.content, self._charset)

    @property
    def _charset(self) -> str:
        return media_type(self.headers.get("Content-Type", "")).charset


class Multipart:
    """The parts of a body in order, or why they cannot be read."""

    __slots__ = ("parts", "trouble")

    def __init__(self, parts: tuple[ReceivedPart, ...], trouble: str = "") -> None:
        self.parts: tuple[ReceivedPart, ...] = parts
        self.trouble: str = trouble

    def named(self, name: str) -> list[ReceivedPart]:
        """Return the parts of one field."""
        return [part for part in self.parts if part.name == name]


def need_multipart() -> None:
    """Raise `ImportError`, with the remedy, where the extra is not installed."""
    try:
        import_module("multipart")
    except ImportError as error:
        raise ImportError(
            "multipart is not installed: pip install 'asyncly[multipart]'", name=error.name
        ) from error


def multipart_of(body: bytes, kind: MediaType) -> Multipart:
    """Read the parts of a `multipart/form-data` body; a body of another type has none."""
    if kind.name != MULTIPART:
        return Multipart(())
    boundary = kind.parameters.get("boundary", "")
    if not boundary:
        return Multipart((), "its Content-Type names no boundary")
    need_multipart()
    from multipart import MultipartError, PushMultipartParser  # noqa: PLC0415 - an extra

    parts: list[ReceivedPart] = []
    content = bytearray()
    segment: MultipartSegment | None = None
    try:
        with PushMultipartParser(
            boundary, max_header_size=_UNLIMITED, max_header_count=_UNLIMITED
        ) as parser:
            for event in parser.parse(body):
                if isinstance(event, (bytes, bytearray)):
                    content += event
                elif event is not None:
                    segment, content = event, bytearray()
                else:
                    assert segment is not None, "what ends has begun"
                    parts.append(_received(segment, bytes(content)))
    except MultipartError as error:
        return Multipart((), f"it is no multipart body: {error}")
    return Multipart(tuple(parts))


def _received(segment: MultipartSegment, content: bytes) -> ReceivedPart:
    headers = CIMultiDictProxy(CIMultiDict(segment.headerlist))
    kind = segment.content_type or "text/plain"
    return ReceivedPart(segment.name or "", segment.filename, kind, headers, content)
