"""A read-only view of one request: its head and body as bytes, everything else decoded on demand.

Invariants: a view never changes what it says; whatever is decoded is decoded at most once per view.
The head is `METHOD SP target SP HTTP/x.y`, then `name: value` lines, joined by CRLF, without the
empty line; white space around a value does not count. Text is decoded as aiohttp decodes it (UTF-8
with surrogateescape), and targets become URLs as aiohttp's parser makes them, so that both ways of
answering see one request.
"""

from collections.abc import Iterable
from typing import Self

from multidict import CIMultiDict, CIMultiDictProxy, MultiDictProxy
from yarl import URL

from asyncly.srvmocker._core.jsonbody import Document, parse, parse_memo

__all__ = ("RequestView", "encode_head", "target_url")


def encode_head(
    method: str, target: str, version: tuple[int, int], headers: Iterable[tuple[bytes, bytes]]
) -> bytes:
    """Join the parts of a request head into its canonical bytes."""
    start = f"{method} {target} HTTP/{version[0]}.{version[1]}".encode("utf-8", "surrogateescape")
    return b"\r\n".join([start, *[b"%b: %b" % pair for pair in headers]])


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


class RequestView:
    """One request as the matchers and the history see it."""

    __slots__ = (
        "_document",
        "_headers",
        "_method",
        "_raw_headers",
        "_rel_url",
        "_target",
        "_url",
        "body",
        "head",
    )

    def __init__(self, head: bytes, body: bytes) -> None:
        self.head: bytes = head
        self.body: bytes = body
        self._method: str | None = None
        self._target = ""
        self._headers: CIMultiDictProxy[str] | None = None
        self._raw_headers: tuple[tuple[bytes, bytes], ...] | None = None
        self._url: URL | None = None
        self._rel_url: URL | None = None
        self._document: Document | None = None

    @classmethod
    def of(
        cls,
        head: bytes,
        body: bytes,
        *,
        method: str,
        target: str,
        headers: CIMultiDictProxy[str],
        rel_url: URL,
    ) -> Self:
        """Make a view of a request that somebody has parsed already."""
        view = cls(head, body)
        view._method = method
        view._target = target
        view._headers = headers
        view._rel_url = rel_url
        return view

    @classmethod
    def arrived(cls, head: bytes, body: bytes, method: str, target: str) -> Self:
        """Make a view of a request whose start line has been read."""
        view = cls(head, body)
        view._method = method
        view._target = target
        return view

    def _start_line(self) -> str:
        start = self.head.partition(b"\r\n")[0].decode("utf-8", "surrogateescape")
        method, _, rest = start.partition(" ")
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
        major, _, minor = self.head.partition(b"\r\n")[0].rpartition(b"/")[2].partition(b".")
        return int(major), int(minor)

    @property
    def raw_headers(self) -> tuple[tuple[bytes, bytes], ...]:
        """Names and values as sent, in order."""
        if self._raw_headers is None:
            pairs: list[tuple[bytes, bytes]] = []
            for line in self.head.split(b"\r\n")[1:]:
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
            self._document = parse_memo(self.body)
        return self._document

    @property
    def own_document(self) -> Document:
        """The body parsed for this view alone: an `__eq__` of a user's may keep what it sees."""
        document = self._document
        if document is None or (document.shared and document.valid):
            document = self._document = parse(self.body)
        return document
