"""YAML 1.1, written by PyYAML (the `yaml` extra)."""

from typing import Final

from asyncly.srvmocker.serialization.base import Serializer, missing_extra

try:
    import yaml
except ImportError as _error:
    raise missing_extra("PyYAML", "yaml", _error) from _error

__all__ = ("YamlSerializer",)


def _dumps(body: object) -> str:
    text: str = yaml.safe_dump(body)
    return text


YamlSerializer: Final = Serializer(dumps=_dumps, content_type="application/yaml")
"""YAML, of plain data only: an object that YAML would have to name a Python class for is refused.

Example:
    >>> from asyncly.srvmocker.serialization.yaml import YamlSerializer
    >>> YamlSerializer.dumps({"ok": True})
    'ok: true\\n'
"""
