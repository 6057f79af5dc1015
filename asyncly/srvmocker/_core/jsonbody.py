"""JSON bodies: parsed as the standard `json` module would, compared as Python's `==` would.

Invariants:
- `loads` is a pure function of the bytes. Its answer is that of `json.loads(body)`: duplicate keys
  keep the last, integers are exact, UTF-8, UTF-16 and UTF-32 are detected (RFC 8259 section 8.1
  allows less), lone surrogates are kept. orjson does the work only where it cannot differ.
- What `json.loads` refuses, in whatever way (bytes that do not decode, nesting that is too deep,
  integers over the interpreter's digit limit), is an invalid document: it equals nothing.
- A NaN is a new object each time, so that not even the identity shortcut of list and dict
  comparison makes two of them equal.
- Two plain values have the same `freeze` key exactly when they are `==`: 1, 1.0 and True share one.

Rejected: canonical text (sorted, compact) as the key, because 1 and 1.0 are equal and differ there.
"""

import json
import math
from collections.abc import Callable, Hashable
from contextlib import suppress
from typing import Any, Final, cast

import orjson

__all__ = (
    "INVALID",
    "Document",
    "NotPlainError",
    "encodings",
    "freeze",
    "holds_nan",
    "loads",
    "parse",
    "snapshot",
)

# orjson turns an integer beyond 64 bits into a float, so long runs of digits go the slow way.
_LONG: Final = 19
_LONG_NUMBER: Final = b"0" * _LONG
_DIGITS: Final = bytes(0x30 if 0x30 <= byte <= 0x39 else 0x20 for byte in range(256))

_type_of: Callable[[object], object] = type  # a checker knows nothing of type(Any)

_SCALARS: Final[frozenset[object]] = frozenset((str, int, float, bool, type(None)))


def _constant(name: str) -> float:
    return float(name)


_read: Final[Callable[[bytes], object]] = orjson.loads
_decode: Final[Callable[[str], object]] = json.JSONDecoder(parse_constant=_constant).decode


class NotPlainError(TypeError):
    """The value holds something that no JSON text parses to, so only `==` can compare it."""


class Document:
    """A parsed body; the value of an invalid one means nothing."""

    __slots__ = ("valid", "value")

    def __init__(self, value: object, valid: bool) -> None:
        self.value: object = value
        self.valid: bool = valid


INVALID: Final = object()
"""Stands for the value of a body that is no JSON."""

_INVALID_DOCUMENT: Final = Document(None, False)


def loads(body: bytes) -> object:
    """Return the value of a body; `INVALID` where the standard `json` module would refuse it."""
    digits = body.translate(_DIGITS)
    # To count them takes a quarter of what it takes to look for a run of them.
    if digits.count(b"0") < _LONG or _LONG_NUMBER not in digits:
        try:
            return _read(body)
        except orjson.JSONDecodeError:
            pass  # not JSON, or JSON that only the standard module reads
    try:
        text = body.decode(json.detect_encoding(body), "surrogatepass")
        return _decode(text)
    except (ValueError, RecursionError):
        return INVALID


def parse(body: bytes) -> Document:
    """Parse a body; an invalid document where the standard `json` module would refuse it."""
    value = loads(body)
    return _INVALID_DOCUMENT if value is INVALID else Document(value, True)


def freeze(value: Any) -> Hashable:
    """Return a hashable key that two plain values share exactly when they are `==`.

    Raises `NotPlainError` for anything that is not exactly a dict with `str` keys, list, str, int,
    float, bool or None. A subclass may define its own `__eq__`, so it is not plain either.
    """
    kind = _type_of(value)
    if kind in _SCALARS:
        return cast(Hashable, value)
    if kind is list:
        return tuple([v if type(v) in _SCALARS else freeze(v) for v in value])
    if kind is dict:
        for key in value:
            if type(key) is not str:
                raise NotPlainError(f"an object key of type {type(key).__name__}")
        return frozenset([(k, v if type(v) in _SCALARS else freeze(v)) for k, v in value.items()])
    raise NotPlainError(f"a value of type {type(value).__name__}")


def snapshot(value: Any) -> object:
    """Copy a plain value, so that a later change by its owner does not move a compiled matcher."""
    kind = _type_of(value)
    if kind is dict:
        return {key: snapshot(item) for key, item in value.items()}
    if kind is list:
        return [snapshot(item) for item in value]
    return cast(object, value)


def holds_nan(value: Any) -> bool:
    """Whether a plain value contains a NaN anywhere: then it equals nothing, not even itself."""
    kind = _type_of(value)
    if kind is float:
        return math.isnan(value)
    if kind is dict:
        return any(holds_nan(item) for item in value.values())
    if kind is list:
        return any(holds_nan(item) for item in value)
    return False


def encodings(value: object, key: Hashable) -> frozenset[bytes]:
    """Return the bytes that common clients send for a plain value, each proved to parse to it.

    aiohttp and requests send what `json.dumps` gives, httpx and most other languages the compact
    form. Bytes that are not in the set are not unequal: they have to be parsed.
    """
    texts: set[bytes] = set()
    with suppress(ValueError):  # an integer over the interpreter's digit limit
        texts.add(json.dumps(value).encode())
    with suppress(orjson.JSONEncodeError):  # an integer beyond 64 bits, a lone surrogate
        texts.add(orjson.dumps(value))
    return frozenset(text for text in texts if _equals(parse(text), key))


def _equals(document: Document, key: Hashable) -> bool:
    return document.valid and freeze(document.value) == key
