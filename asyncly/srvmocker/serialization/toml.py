"""TOML 1.0, written by tomli-w (the `toml` extra)."""

from collections.abc import Mapping
from typing import Final, cast

from asyncly.srvmocker.serialization.base import Serializer, missing_extra

try:
    import tomli_w
except ImportError as _error:
    raise missing_extra("tomli-w", "toml", _error) from _error

__all__ = ("TomlSerializer",)


def _dumps(body: object) -> str:
    if not isinstance(body, Mapping):
        raise TypeError(f"a TOML document is a table: give a mapping, not {type(body).__name__}")
    return tomli_w.dumps(cast(Mapping[str, object], body))


TomlSerializer: Final = Serializer(dumps=_dumps, content_type="application/toml")
"""TOML; the body must be a mapping, `TypeError` otherwise.

Example:
    >>> from asyncly.srvmocker.serialization.toml import TomlSerializer
    >>> TomlSerializer.dumps({"ok": True})
    'ok = true\\n'
"""
