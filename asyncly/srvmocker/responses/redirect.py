"""Redirects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from aiohttp import hdrs
from yarl import URL

from asyncly.srvmocker._core.answer import check_headers, check_status
from asyncly.srvmocker.responses.content import ContentResponse
from asyncly.srvmocker.typing import Headers

if TYPE_CHECKING:
    from asyncly.srvmocker.responses.cookies import Cookies

__all__ = ("RedirectResponse",)

_STATUSES: Final = (301, 302, 303, 307, 308)


class RedirectResponse(ContentResponse):
    """Sends the client to another URL (RFC 9110 section 15.4).

    Args:
        location: Where to, absolute or relative to the request's URL. A `str` is sent as it is.
        status: 301, 302, 303, 307 or 308.
        headers: Other header fields.
        cookies: Cookies to set: a mapping, or an iterable of `Cookie`.

    Raises:
        ValueError: The status is none of these, or the location or a header cannot be sent.
        TypeError: The location is neither a `str` nor a `URL`.

    Example:
        >>> from asyncly.srvmocker import RedirectResponse
        >>> RedirectResponse("/items/7", status=303)
        <RedirectResponse 303 to '/items/7'>
    """

    def __init__(
        self,
        location: str | URL,
        status: int = 302,
        headers: Headers | None = None,
        *,
        cookies: Cookies | None = None,
    ) -> None:
        if check_status(status) not in _STATUSES:
            raise ValueError(f"status={status!r} is no redirect: give one of {_STATUSES}")
        self._location: str = _text(location)
        fields = check_headers(headers)
        if hdrs.LOCATION in fields:
            raise ValueError("headers name a Location, too: give it as location alone")
        fields[hdrs.LOCATION] = self._location
        super().__init__(None, status, fields, cookies=cookies)

    @property
    def location(self) -> str:
        """Where it sends the client."""
        return self._location

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.status} to {self._location!r}>"


def _text(location: object) -> str:
    if not isinstance(location, (str, URL)):
        raise TypeError(f"location={location!r} is neither a str nor a yarl.URL")
    return str(location)
