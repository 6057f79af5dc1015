"""Basic credentials for a proxy: what is expected, and whether a header field holds it.

Invariants: the comparison takes the same time however much of the credentials is right; what is
expected is checked when the proxy starts, not when a client comes.
"""

from base64 import b64encode
from collections.abc import Sequence
from hmac import compare_digest

from aiohttp import BasicAuth

__all__ = ("Credentials", "basic_credentials")


class Credentials:
    """The encoded forms of one login and password."""

    def __init__(self, forms: Sequence[bytes]) -> None:
        self._forms = [b64encode(form) for form in forms]

    def match(self, field: str | None) -> bool:
        """Whether the value of a Proxy-Authorization field holds them (RFC 7617 section 2)."""
        scheme, _, given = (field or "").partition(" ")
        token = given.strip(" ").encode("utf-8", "surrogateescape")
        # Every form is compared, so that the time does not tell which one was right.
        equal = [compare_digest(token, form) for form in self._forms]
        return scheme.lower() == "basic" and any(equal)


def basic_credentials(auth: object) -> Credentials:
    """Check and encode credentials.

    RFC 7617 leaves the encoding open: a pair is accepted in UTF-8 and in Latin-1, a `BasicAuth` in
    the encoding that it names.

    Raises:
        TypeError: Not a `BasicAuth` or a pair of strings.
        ValueError: A colon in the login, a control character, or not encodable.
    """
    match auth:
        case BasicAuth(
            login=str() as login, password=str() as password, encoding=str() as encoding
        ):
            encodings = [encoding]
        case (str() as login, str() as password):
            encodings = ["utf-8", "latin-1"]
        case _:
            raise TypeError(
                "auth must be a (login, password) pair of strings or an aiohttp.BasicAuth, "
                f"not {type(auth).__name__}"
            )
    if ":" in login:
        raise ValueError(f"auth: the login {login!r} has a colon, which ends it (RFC 7617)")
    text = f"{login}:{password}"
    if any(ord(character) < 32 or ord(character) == 127 for character in text):
        raise ValueError("auth: control characters are not allowed (RFC 7617)")
    forms: list[bytes] = []
    for encoding in encodings:
        try:
            forms.append(text.encode(encoding))
        except (UnicodeEncodeError, LookupError):
            continue
    if not forms:
        raise ValueError(f"auth: cannot be encoded as {encodings[0]}")
    return Credentials(forms)
