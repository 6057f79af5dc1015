"""Compressed request bodies, decompressed as aiohttp does, and never beyond a limit.

Invariants: little more than `limit` bytes are ever produced, so that a bomb costs no memory; a body
that cannot be decoded raises `UndecodableError` and is never delivered in part.
"""

import zlib
from typing import Final

from aiohttp import compression_utils

from asyncly.srvmocker._door.reading.assembly import Message

__all__ = ("CODINGS", "UndecodableError", "inflate", "inflate_body")

CODINGS: Final = frozenset((b"gzip", b"deflate", b"br", b"zstd"))
"""The content codings that aiohttp undoes; a body with any other is left as it is."""


class UndecodableError(Exception):
    """The body is not what its Content-Encoding says, or nobody here can decode it."""


def inflate(body: bytes, coding: bytes, limit: int) -> bytes:
    """Decode a body; the result is longer than `limit` (0: no limit) exactly if it is too large."""
    try:
        if coding in (b"gzip", b"deflate"):
            return _inflate(body, coding, limit)
        return _by_library(body, coding, limit)
    except Exception as error:
        raise UndecodableError(f"Can not decode content-encoding: {coding.decode()}") from error


def _inflate(body: bytes, coding: bytes, limit: int) -> bytes:
    if coding == b"gzip":
        bits = 16 + zlib.MAX_WBITS
    else:  # clients send bare deflate data as well as the zlib format that is meant
        bits = zlib.MAX_WBITS if body[:1] and body[0] & 0x0F == zlib.DEFLATED else -zlib.MAX_WBITS
    decoder = zlib.decompressobj(bits)
    decoded = decoder.decompress(body, limit + 1 if limit else 0)
    while coding == b"gzip" and decoder.unused_data:  # RFC 1952 section 2.2: several members
        rest, decoder = decoder.unused_data, zlib.decompressobj(bits)
        decoded += decoder.decompress(rest, limit + 1 - len(decoded) if limit else 0)
        if limit and len(decoded) > limit:
            break
    if coding == b"deflate" and not decoder.eof and not (limit and len(decoded) > limit):
        raise zlib.error("incomplete deflate data")
    return decoded


def _by_library(body: bytes, coding: bytes, limit: int) -> bytes:
    decoder = (
        compression_utils.BrotliDecompressor()
        if coding == b"br"
        else compression_utils.ZSTDDecompressor()
    )
    decoded = bytearray()
    rest = body
    while True:
        room = limit + 1 - len(decoded) if limit else 0
        try:
            piece = decoder.decompress_sync(rest, room)
        except EOFError:  # pragma: no cover - zstd behind its last frame, before aiohttp 3.14
            break
        decoded += piece
        if not piece or (limit and len(decoded) > limit):
            break
        rest = b""
    if limit and len(decoded) > limit:
        return bytes(decoded[: limit + 1])  # brotli's own limit is a rough one
    return bytes(decoded + decoder.flush())


def inflate_body(message: Message, limit: int) -> bool:
    """Undo the content coding of a message; `False` if the body is larger than the limit then.

    Raises `UndecodableError`.
    """
    coding = message.content_encoding.lower()
    if coding not in CODINGS or not message.body:
        return True
    message.body = inflate(message.body, coding, limit)
    return not limit or len(message.body) <= limit
