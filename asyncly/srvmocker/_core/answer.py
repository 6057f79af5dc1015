"""What a response may look like, checked when it is made rather than when a client asks.

Invariant: status and header fields that pass here can be written to the wire as they are.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, cast

from multidict import CIMultiDict

from asyncly.srvmocker.typing import Headers

__all__ = ("check_headers", "check_status", "is_token")

_TOKEN: Final = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
# Tab is the one control character that a field value may hold (RFC 9110 section 5.5).
_FORBIDDEN: Final = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


def check_status(status: object) -> int:
    """Return the status as a plain integer.

    Raises `ValueError` unless it has three digits (RFC 9110 section 15), `TypeError` for anything
    but an integer.
    """
    if not isinstance(status, int) or isinstance(status, bool):
        raise TypeError(f"status {status!r} is not an integer")
    if not 100 <= status <= 999:
        raise ValueError(f"status {status} is not a three-digit HTTP status code")
    return int(status)


def check_headers(headers: Headers | None) -> CIMultiDict[str]:
    """Copy header fields, several values of one name included.

    Raises `ValueError` for a name that is no token or a value with a control character (RFC 9110
    sections 5.1 and 5.5) or a lone surrogate, `TypeError` for anything but strings.
    """
    fields: CIMultiDict[str] = CIMultiDict()
    for name, value in _pairs(headers):
        if not isinstance(name, str) or not isinstance(value, str):
            raise TypeError(f"header {name!r}: {value!r}: names and values are strings")
        if not is_token(name):
            raise ValueError(f"header name {name!r} is not a token (RFC 9110 section 5.1)")
        if _FORBIDDEN.search(value):
            raise ValueError(
                f"header {name!r} has a line break or another control character "
                f"in its value {value!r}"
            )
        try:
            value.encode()
        except UnicodeEncodeError:
            raise ValueError(f"header {name!r}: {value!r} cannot be encoded in UTF-8") from None
        fields.add(name, value)
    return fields


def is_token(text: str) -> bool:
    """Whether it is a token (RFC 9110 section 5.6.2)."""
    return _TOKEN.fullmatch(text) is not None


def _pairs(headers: object) -> Iterator[tuple[object, object]]:
    if headers is None:
        return
    if isinstance(headers, Mapping):
        yield from cast(Mapping[object, object], headers).items()
        return
    if not isinstance(headers, Iterable) or isinstance(headers, (str, bytes)):
        raise TypeError(f"headers={headers!r}: give a mapping, or (name, value) pairs")
    for pair in cast(Iterable[object], headers):
        if not isinstance(pair, (tuple, list)) or len(cast("tuple[object, ...]", pair)) != 2:
            raise TypeError(f"headers: {pair!r} is not a (name, value) pair")
        name, value = cast("tuple[object, object]", pair)
        yield name, value
