"""The frames that the server of a WebSocket sends (RFC 6455 section 5.2): whole, and not masked."""

from __future__ import annotations

from typing import Final

__all__ = ("BINARY", "TEXT", "encode_frame")

TEXT: Final = 0x1
BINARY: Final = 0x2

_FINAL: Final = 0x80


def encode_frame(opcode: int, payload: bytes) -> bytes:
    """Return the frame of a whole message."""
    size = len(payload)
    if size < 126:
        return bytes((_FINAL | opcode, size)) + payload
    if size < 1 << 16:
        return bytes((_FINAL | opcode, 126)) + size.to_bytes(2, "big") + payload
    return bytes((_FINAL | opcode, 127)) + size.to_bytes(8, "big") + payload
