"""Content codings, undone for the record: what is forwarded stays compressed.

Invariants: a body that cannot be decoded is returned as it came, whole; nothing is decoded halfway.
Brotli and zstd need a library, the same ones that aiohttp uses.
"""

import gzip
import zlib
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import Final, TypeAlias, cast

__all__ = ("decode_content",)

_Decoder: TypeAlias = Callable[[bytes], bytes]

_LIBRARIES: Final = {
    "br": ("brotlicffi", "brotli"),
    "zstd": ("compression.zstd", "backports.zstd"),
}
"""Modules with a `decompress` function, the first importable one is taken."""


class _UnknownCodingError(Exception):
    """Nobody knows this coding."""


def decode_content(body: bytes, content_encodings: Sequence[str]) -> bytes:
    """Undo the codings that the Content-Encoding fields list (RFC 9110 section 8.4)."""
    codings = [coding.strip().lower() for field in content_encodings for coding in field.split(",")]
    decoded = body
    try:
        for coding in reversed(codings):
            decoded = _decoder(coding)(decoded)
    except Exception:  # noqa: BLE001 - each library has errors of its own; all mean the same
        return body
    return decoded


def _decoder(coding: str) -> _Decoder:
    if coding in ("gzip", "x-gzip"):
        return gzip.decompress
    if coding == "deflate":
        return _inflate
    if coding == "identity":
        return bytes
    for name in _LIBRARIES.get(coding, ()):
        try:
            return cast(_Decoder, import_module(name).decompress)
        except ImportError:
            continue
    raise _UnknownCodingError(coding)


def _inflate(body: bytes) -> bytes:
    """Undo `deflate`: the zlib format, or, as many clients send it, bare deflate data."""
    zlib_header = body[:1] and body[0] & 0x0F == zlib.DEFLATED
    return zlib.decompress(body, zlib.MAX_WBITS if zlib_header else -zlib.MAX_WBITS)
