"""A read-only view of one request: its head and body as bytes, everything else decoded on demand.

Invariants: a view never changes what it says; whatever is decoded is decoded at most once per view.
The start line is `METHOD SP target SP HTTP/x.y`, the fields are `name: value` lines joined by CRLF;
white space around a value does not count. Text is decoded as aiohttp decodes it (UTF-8 with
surrogateescape), and targets become URLs as aiohttp's parser makes them, so that both ways of
answering see one request.

What is not decoded yet stands in class attributes: a view is made for each request that arrives,
and setting three attributes costs a third of setting ten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from multidict import CIMultiDict, CIMultiDictProxy, MultiDictProxy
from yarl import URL

from asyncly.srvmocker._core.jsonbody import Document, parse
from asyncly.srvmocker.exceptions import NotKeptError

if TYPE_CHECKING:
    from asyncly.srvmocker._core.content import MediaType, Multipart

__all__ = ("PartialView", "RequestView", "encode_fields", "encode_start", "path_safe", "target_url")


def encode_start(method: str, target: str, version: tuple[int, int]) -> bytes:
    """Join the parts of a start line."""
    return f"{method} {target} HTTP/{version[0]}.{version[1]}".encode("utf-8", "surrogateescape")


def encode_fields(headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Join header fields."""
    return b"\r\n".join([b"%b: %b" % pair for pair in headers])


def target_url(method: str, target: str) -> URL:
    """Return the URL of a request target (RFC 9112 section 3.2), percent-encoding untouched."""
    if method == "CONNECT":
        return URL.build(authority=target, encoded=True)
    if not target.startswith("/"):
        return URL(target, encoded=True)
    # No client sends a fragment; where one does, `?` is looked for first, as aiohttp's parser does.
    path, asked, query = target.partition("?")
    if asked:
        query, _, fragment = query.partition("#")
    else:
        path, _, fragment = path.partition("#")
    return URL.build(path=path, query_string=query, fragment=fragment, encoded=True)


def path_safe(method: str, target: str) -> str:
    """Return the path of a target as the router compares it; `ValueError` if it is no URL."""
    if "%" in target or not target.startswith("/") or method == "CONNECT":
        if target == "*" and method != "OPTIONS":  # RFC 9112 section 3.2.4
            raise ValueError("only OPTIONS may have the target *")
        url = target_url(method, target)
        url.port  # noqa: B018 - yarl looks at an authority only when asked, and may refuse it
        if target[:1] not in "/*" and not url.raw_host:  # RFC 9110 section 4.2.1
            raise ValueError("an absolute target names no host")
        return url.path_safe
    end = target.find("?")
    path = target if end < 0 else target[:end]
    end = path.find("#")
    return path if end < 0 else path[:end]


class RequestView:
    """One request as the matchers and the history see it."""

    _method: str | None = None
    _target = ""
    _headers: CIMultiDictProxy[str] | None = None
    _raw_headers: tuple[tuple[bytes, bytes], ...] | None = None
    _url: URL | None = None
    _rel_url: URL | None = None
    _document: Document | None = None
    _cookies: MultiDictProxy[str] | None = None
    _media_type: MediaType | None = None
    _text: str | None = None
    _text_known = False
    _form: MultiDictProxy[str] | None = None
    _multipart: Multipart | None = None
    raised: tuple[tuple[int, BaseException], ...] = ()
    """What the criteria of routes have raised, each with the number of its route."""
    params: Callable[[], Mapping[str, str]] | None = None
    """Tells the path parameters, where somebody knows them already."""

    def __init__(self, start: bytes, fields: bytes, body: bytes) -> None:
        self.start: bytes = start
        self.fields: bytes = fields
        self.body: bytes = body

    def told(
        self, *, method: str, target: str, headers: CIMultiDictProxy[str], rel_url: URL
    ) -> None:
        """Take over what somebody has decoded already."""
        self._method = method
        self._target = target
        self._headers = headers
        self._rel_url = rel_url

    @property
    def head(self) -> bytes:
        """The start line and the fields, joined by CRLF, without the empty line."""
        return b"%b\r\n%b" % (self.start, self.fields) if self.fields else self.start

    def _start_line(self) -> str:
        method, _, rest = self.start.decode("utf-8", "surrogateescape").partition(" ")
        self._target = rest.rpartition(" ")[0]
        self._method = method
        return method

    @property
    def method(self) -> str:
        """The method, as sent (RFC 9110 section 9.1: case-sensitive)."""
        return self._start_line() if self._method is None else self._method

    @property
    def target(self) -> str:
        """The request target, as sent."""
        if self._method is None:
            self._start_line()
        return self._target

    @property
    def version(self) -> tuple[int, int]:
        """The HTTP version as (major, minor)."""
        major, _, minor = self.start.rpartition(b"/")[2].partition(b".")
        return int(major), int(minor)

    @property
    def raw_headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """Names and values as sent, in order."""
        if self._raw_headers is None:
            pairs: list[tuple[bytes, bytes]] = []
            for line in self.fields.split(b"\r\n") if self.fields else ():
                name, _, value = line.partition(b":")
                pairs.append((name, value.strip(b" \t")))
            self._raw_headers = tuple(pairs)
        return self._raw_headers

    @property
    def headers(self) -> CIMultiDictProxy[str]:
        """The header fields, names in any case, several values of one name in order."""
        if self._headers is None:
            fields: CIMultiDict[str] = CIMultiDict()
            for name, value in self.raw_headers:
                fields.add(
                    name.decode("utf-8", "surrogateescape"),
                    value.decode("utf-8", "surrogateescape"),
                )
            self._headers = CIMultiDictProxy(fields)
        return self._headers

    @property
    def url(self) -> URL:
        """The URL of the target: relative for the origin form, absolute for the absolute form."""
        if self._url is None:
            self._url = target_url(self.method, self.target)
        return self._url

    @property
    def rel_url(self) -> URL:
        """The path and query as a relative URL, whatever the form of the target."""
        if self._rel_url is None:
            url = self.url
            self._rel_url = url.relative() if url.absolute else url
        return self._rel_url

    @property
    def query(self) -> MultiDictProxy[str]:
        """The decoded query parameters."""
        return self.rel_url.query

    @property
    def document(self) -> Document:
        """The body parsed as JSON."""
        if self._document is None:
            self._document = parse(self.body)
        return self._document

    # What follows is asked for less often, and what decodes it is imported then.

    @property
    def cookies(self) -> MultiDictProxy[str]:
        """The cookies, several of one name in order."""
        if self._cookies is None:
            from asyncly.srvmocker._core.content import read_cookies  # noqa: PLC0415 - see above

            self._cookies = read_cookies(self.headers)
        return self._cookies

    @property
    def media_type(self) -> MediaType:
        """The `Content-Type`, with its parameters."""
        if self._media_type is None:
            from asyncly.srvmocker._core.content import media_type  # noqa: PLC0415 - see above

            self._media_type = media_type(self.headers.get("Content-Type", ""))
        return self._media_type

    @property
    def text(self) -> str | None:
        """The body decoded by the charset that its type names (else UTF-8), where that can be."""
        if not self._text_known:
            from asyncly.srvmocker._core.content import read_text  # noqa: PLC0415 - see above

            self._text = read_text(self.body, self.media_type.charset)
            self._text_known = True
        return self._text

    @property
    def form(self) -> MultiDictProxy[str]:
        """The fields of an urlencoded form."""
        if self._form is None:
            from asyncly.srvmocker._core.content import read_form  # noqa: PLC0415 - see above

            self._form = read_form(self.body, self.media_type)
        return self._form

    @property
    def multipart(self) -> Multipart:
        """The parts of a multipart body."""
        if self._multipart is None:
            from asyncly.srvmocker._core.content import multipart_of  # noqa: PLC0415 - see above

            self._multipart = multipart_of(self.body, self.media_type)
        return self._multipart


class PartialView(RequestView):
    """A request whose body was not kept."""

    def __init__(self, start: bytes, fields: bytes) -> None:
        self.start = start
        self.fields = fields

    @property
    def body(self) -> bytes:  # type: ignore[override]  # nobody can set what is not there
        """Raises `NotKeptError`."""
        raise NotKeptError(
            "the body of this call was not kept: keep bodies with a Keep(bodies=...) that is large "
            "enough, for the service or the route"
        )
