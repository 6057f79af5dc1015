"""Bytes as they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from asyncly.srvmocker.responses.content import ContentResponse
from asyncly.srvmocker.typing import Headers

if TYPE_CHECKING:
    from asyncly.srvmocker.responses.cookies import Cookies

__all__ = ("RawResponse",)


class RawResponse(ContentResponse):
    """Answers with bytes as given: malformed data, unexpected types, an empty body.

    Args:
        body: The bytes of the body; a `str` is sent as UTF-8 text.
        status: The status code.
        headers: Header fields. Without a `Content-Type`, aiohttp's default is sent.
        cookies: Cookies to set: a mapping, or an iterable of `Cookie`.

    Raises:
        TypeError: The body is neither bytes nor str.
        ValueError: The status or a header cannot be sent.

    Example:
        >>> from asyncly.srvmocker import RawResponse
        >>> RawResponse(b"{broken", headers={"Content-Type": "application/json"})
        <RawResponse 200 application/json, 7 bytes>
    """

    def __init__(
        self,
        body: bytes | bytearray | memoryview | str = b"",
        status: int = 200,
        headers: Headers | None = None,
        *,
        cookies: Cookies | None = None,
    ) -> None:
        _check(body)
        super().__init__(body, status, headers, cookies=cookies)


def _check(body: object) -> None:
    if not isinstance(body, (bytes, bytearray, memoryview, str)):
        raise TypeError(f"a raw body is bytes, not {type(body).__name__}")
