"""MessagePack, written by msgspec (the `msgpack` extra)."""

from typing import Final

from asyncly.srvmocker.serialization.base import Serializer, missing_extra

try:
    import msgspec
except ImportError as _error:
    raise missing_extra("msgspec", "msgpack", _error) from _error

__all__ = ("MsgpackSerializer",)


def _dumps(body: object) -> bytes:
    return msgspec.msgpack.encode(body)


MsgpackSerializer: Final = Serializer(dumps=_dumps, content_type="application/msgpack")
"""MessagePack.

Example:
    >>> from asyncly.srvmocker.serialization.msgpack import MsgpackSerializer
    >>> MsgpackSerializer.dumps({"ok": True})
    b'\\x81\\xa2ok\\xc3'
"""
