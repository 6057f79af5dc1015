"""JSON (RFC 8259), written by the standard library so that the bytes are those clients know."""

import json
from typing import Final

from asyncly.srvmocker.serialization.base import Serializer

__all__ = ("JsonSerializer",)


def _dumps(body: object) -> str:
    return json.dumps(body)


JsonSerializer: Final = Serializer(dumps=_dumps, content_type="application/json")
"""JSON in ASCII, as `json.dumps` writes it.

Example:
    >>> from asyncly.srvmocker.serialization.json import JsonSerializer
    >>> JsonSerializer.dumps({"ok": True})
    '{"ok": true}'
"""
