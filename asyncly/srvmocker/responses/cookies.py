"""Cookies that a response sets.

Invariants: a cookie that can be made can be sent. The standard library writes it, as it does for
aiohttp, so a value with other characters than a cookie may have (RFC 6265 section 4.1.1) is quoted
as clients in Python expect it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from http.cookies import CookieError, SimpleCookie
from typing import Final, Literal, TypeAlias, cast, get_args

__all__ = ("Cookie", "Cookies", "SameSite", "set_cookie_fields")

SameSite: TypeAlias = Literal["Strict", "Lax", "None"]
"""When a browser sends the cookie along with requests from other sites."""

# Control characters, and what UTF-8 cannot encode; an attribute ends at a semicolon.
_NO_TEXT: Final = r"\x00-\x1f\x7f\ud800-\udfff"
_UNSENDABLE: Final = {
    "value": re.compile(f"[{_NO_TEXT}]"),
    "path": re.compile(f"[{_NO_TEXT};]"),
    "domain": re.compile(f"[{_NO_TEXT};]"),
}
_SAME_SITE: Final[tuple[str, ...]] = get_args(SameSite)


@dataclass(frozen=True, slots=True)
class Cookie:
    """A cookie with its attributes, for the `cookies` of a response (RFC 6265).

    Args:
        name: The name, a token.
        value: The value.
        path: The `Path`; `None` for none.
        domain: The `Domain`, if any.
        max_age: The `Max-Age` in seconds, if any; 0 or less removes the cookie.
        expires: When it `Expires`, with a time zone, if ever.
        secure: Whether it is for HTTPS only.
        http_only: Whether scripts must not see it.
        same_site: When a browser sends it along with requests from other sites.

    Raises:
        ValueError: A part cannot be sent, or `expires` has no time zone.
        TypeError: A part has another type.

    Example:
        >>> from asyncly.srvmocker import Cookie
        >>> print(Cookie("session", "abc", max_age=60, http_only=True, same_site="Lax"))
        session=abc; HttpOnly; Max-Age=60; Path=/; SameSite=Lax
    """

    name: str
    value: str
    _: KW_ONLY
    path: str | None = "/"
    domain: str | None = None
    max_age: int | None = None
    expires: datetime | None = None
    secure: bool = False
    http_only: bool = False
    same_site: SameSite | None = None

    def __post_init__(self) -> None:
        """Refuse what cannot be sent."""
        for part in ("name", "value"):
            self._check(part, str)
        for part in ("path", "domain"):
            self._check(part, (str, type(None)))
        self._check("max_age", (int, type(None)))
        self._check("expires", (datetime, type(None)))
        if self.expires is not None and self.expires.tzinfo is None:
            raise ValueError(
                f"expires={self.expires!r} has no time zone: give one, such as datetime.UTC"
            )
        if self.same_site not in (None, *_SAME_SITE):
            raise ValueError(f"same_site={self.same_site!r} is none of {', '.join(_SAME_SITE)}")
        for part in ("value", "path", "domain"):
            given = cast("str | None", getattr(self, part))
            if given is not None and _UNSENDABLE[part].search(given):
                raise ValueError(f"cookie {self.name!r}: {part}={given!r} cannot be sent")
        str(self)

    def _check(self, part: str, kinds: type | tuple[type, ...]) -> None:
        given = cast(object, getattr(self, part))
        if not isinstance(given, kinds) or isinstance(given, bool):
            raise TypeError(f"cookie {self.name!r}: {part}={given!r} has the wrong type")

    def __str__(self) -> str:
        """Return the value of a `Set-Cookie` field."""
        jar: SimpleCookie = SimpleCookie()
        try:
            jar[self.name] = self.value
        except CookieError as error:
            raise ValueError(f"cookie name {self.name!r} cannot be sent: {error}") from None
        morsel = jar[self.name]
        expires = self.expires
        for attribute, given in {
            "path": self.path,
            "domain": self.domain,
            "max-age": None if self.max_age is None else str(self.max_age),
            "expires": None
            if expires is None
            else format_datetime(expires.astimezone(UTC), usegmt=True),
            "secure": self.secure or None,
            "httponly": self.http_only or None,
            "samesite": self.same_site,
        }.items():
            if given is not None:
                morsel[attribute] = given
        return morsel.OutputString()


Cookies: TypeAlias = Mapping[str, str] | Iterable[Cookie]
"""Cookies to set: names and values, or cookies with attributes."""


def set_cookie_fields(cookies: Cookies) -> list[str]:
    """Return the values of the `Set-Cookie` fields for some cookies.

    Raises:
        ValueError: A cookie cannot be sent.
        TypeError: It is neither a mapping of strings nor an iterable of `Cookie`.

    Example:
        >>> from asyncly.srvmocker import Cookie
        >>> from asyncly.srvmocker.responses.cookies import set_cookie_fields
        >>> set_cookie_fields({"a": "1"})
        ['a=1; Path=/']
        >>> set_cookie_fields([Cookie("a", "1", path=None), Cookie("a", "2", path="/b")])
        ['a=1', 'a=2; Path=/b']
    """
    asked: object = cookies
    if isinstance(asked, Mapping):
        pairs = cast("Mapping[str, str]", asked).items()
        return [str(Cookie(name, value)) for name, value in pairs]
    try:
        given = tuple[object, ...](cookies)
    except TypeError:
        raise TypeError(
            f"cookies={cookies!r}: give a mapping of names to values, or Cookie objects"
        ) from None
    for cookie in given:
        if not isinstance(cookie, Cookie):
            raise TypeError(f"cookies: {cookie!r} is not a Cookie, such as Cookie('a', '1')")
    return [str(cookie) for cookie in given]
