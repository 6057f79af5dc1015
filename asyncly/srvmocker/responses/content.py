"""A body with a status, header fields and, if wanted, a serializer.

Invariant: what can be known when the response is made is checked and rendered then, once; a later
change to the body or headers that were given does not reach clients.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar, Never, cast

from aiohttp import hdrs

from asyncly.srvmocker._core.answer import check_headers, check_status
from asyncly.srvmocker._door.aio import aioweb as web
from asyncly.srvmocker._door.answers.plans import Plan
from asyncly.srvmocker._door.answers.ready import ReadyAnswer
from asyncly.srvmocker.responses.base import BaseMockResponse
from asyncly.srvmocker.serialization.base import Serializer
from asyncly.srvmocker.typing import Headers, Value

if TYPE_CHECKING:
    from asyncly.srvmocker.responses.cookies import Cookies

# `FormatResponse` is for the package's own modules, and no part of its interface.
__all__ = ("ContentResponse",)


class ContentResponse(BaseMockResponse):
    r"""Answers with a body that is serialized once, when the response is made.

    Args:
        body: With a serializer, what it takes. Without one, `bytes`, `str` (sent as UTF-8 text),
            `None` (no body), or anything else that aiohttp can send, such as an open file.
        status: The status code.
        headers: Header fields; a multidict or an iterable of pairs may hold several values of one
            name. A `Content-Type` given here wins over the serializer's.
        serializer: How the body becomes bytes.
        cookies: Cookies to set: a mapping, or an iterable of `Cookie`.

    Raises:
        TypeError: The body cannot be serialized or sent, or a header is not a string.
        ValueError: The status or a header cannot be sent, or the serializer refuses the body.

    Example:
        >>> from asyncly.srvmocker import ContentResponse
        >>> from asyncly.srvmocker.serialization.base import Serializer
        >>> csv = Serializer(lambda rows: "\n".join(map(str, rows)), "text/csv")
        >>> ContentResponse([1, 2], serializer=csv)
        <ContentResponse 200 text/csv, 3 bytes>
    """

    def __init__(
        self,
        body: Value = None,
        status: int = 200,
        headers: Headers | None = None,
        serializer: Serializer[Never] | None = None,
        *,
        cookies: Cookies | None = None,
    ) -> None:
        self._body = body
        self._status = check_status(status)
        self._headers = check_headers(headers)
        if cookies is not None:
            self._set_cookies(cookies)
        if serializer is not None and not hasattr(serializer, "content_type"):
            raise TypeError(
                f"serializer={serializer!r} is no Serializer: give Serializer(dumps, content_type)"
            )
        self._serializer = serializer
        content = body if serializer is None else self._serialize(serializer, body)
        content_type = None if serializer is None else serializer.content_type
        if isinstance(content, str):
            content = content.encode()
            content_type = content_type or "text/plain; charset=utf-8"
        elif isinstance(content, (bytearray, memoryview)):
            content = bytes(cast("bytearray | memoryview[int]", content))
        if content_type is not None:
            self._headers.setdefault(hdrs.CONTENT_TYPE, content_type)
        self._content = content
        self.__ready__ = None
        if isinstance(content, (bytes, type(None))):
            if type(self).response is ContentResponse.response:
                self.__ready__ = ReadyAnswer(self._status, self._make)
        else:
            try:
                web.Response(body=content)
            except ValueError:
                raise TypeError(
                    f"a body of type {type(content).__name__} cannot be sent: "
                    "give bytes or str, or a serializer"
                ) from None

    def _set_cookies(self, cookies: Cookies) -> None:
        from asyncly.srvmocker.responses.cookies import (  # noqa: PLC0415 - few responses set any
            set_cookie_fields,
        )

        for field in set_cookie_fields(cookies):
            self._headers.add(hdrs.SET_COOKIE, field)

    @staticmethod
    def _serialize(serializer: Serializer[Never], body: object) -> str | bytes:
        try:
            return cast(Serializer, serializer).dumps(body)  # what it does not take, it refuses
        except Exception as error:
            error.add_note(f"while serializing a response body as {serializer.content_type}")
            raise

    @property
    def body(self) -> object:
        """The body as it was given."""
        return self._body

    @property
    def status(self) -> int:
        """The status code."""
        return self._status

    @property
    def headers(self) -> Mapping[str, str]:
        """A copy of the header fields, with the `Content-Type` that will be sent."""
        return self._headers.copy()

    @property
    def serializer(self) -> Serializer[Never] | None:
        """The serializer, if any."""
        return self._serializer

    def serialize(self) -> object:
        """Return the body as it is sent: `bytes` for all but what only aiohttp can send."""
        return self._content

    def _make(self) -> web.Response:
        return web.Response(body=self._content, status=self._status, headers=self._headers)

    async def response(self, request: web.Request) -> web.StreamResponse:
        """Return the rendered answer."""
        return self._make()

    def __plan__(self) -> Plan:
        """Answer with finished bytes, unless a subclass answers in a way of its own."""
        return self.__ready__ or self

    def __repr__(self) -> str:
        size = f"{len(self._content)} bytes" if isinstance(self._content, bytes) else "no bytes"
        content_type = self._headers.get(hdrs.CONTENT_TYPE, "application/octet-stream")
        return f"<{type(self).__name__} {self._status} {content_type}, {size}>"


class FormatResponse(ContentResponse):
    """Answers with a body in the format of the class."""

    __format_serializer__: ClassVar[Serializer]

    def __init__(
        self,
        body: Value,
        status: int = 200,
        headers: Headers | None = None,
        *,
        cookies: Cookies | None = None,
    ) -> None:
        super().__init__(body, status, headers, self.__format_serializer__, cookies=cookies)
