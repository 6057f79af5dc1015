"""Content codings, undone for the proxy's record: what is forwarded stays as it came.

Invariant: a body that cannot be decoded is recorded as it came, whole.
"""

from collections.abc import Sequence

from asyncly.srvmocker._door.reading.inflate import CODINGS, UndecodableError, inflate

__all__ = ("decode_content",)


def decode_content(body: bytes, content_encodings: Sequence[str]) -> bytes:
    """Undo the codings that the Content-Encoding fields list (RFC 9110 section 8.4)."""
    named = [coding.strip() for field in content_encodings for coding in field.split(",")]
    codings = [coding.lower().removeprefix("x-").encode("utf-8", "replace") for coding in named]
    decoded = body
    for coding in reversed(codings):
        if coding == b"identity":
            continue
        if coding not in CODINGS:
            return body
        try:
            decoded = inflate(decoded, coding, 0)
        except UndecodableError:
            return body
    return decoded
