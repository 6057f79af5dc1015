"""`TomlSerializer`."""

import tomllib
from types import MappingProxyType

import pytest

from asyncly.srvmocker.serialization.toml import TomlSerializer


def test_it_writes_toml() -> None:
    assert TomlSerializer.content_type == "application/toml"
    assert TomlSerializer.dumps({"ok": True}) == "ok = true\n"
    body = {"a": {"b": [1, 2.5, "é"]}, "mixed": [1, "x", {"c": False}]}
    content = TomlSerializer.dumps(body)
    assert isinstance(content, str)
    assert tomllib.loads(content) == body


def test_it_takes_any_mapping() -> None:
    assert TomlSerializer.dumps(MappingProxyType({"a": 1})) == "a = 1\n"


@pytest.mark.parametrize("body", [[1], "a = 1", None])
def test_a_document_is_a_table(body: object) -> None:
    text = f"^a TOML document is a table: give a mapping, not {type(body).__name__}$"
    with pytest.raises(TypeError, match=text):
        TomlSerializer.dumps(body)


def test_it_refuses_what_toml_cannot_hold() -> None:
    with pytest.raises(TypeError, match="NoneType"):
        TomlSerializer.dumps({"a": None})
