"""The names of types: they are there, and mean what they say."""

from typing import get_args

from asyncly.srvmocker import typing as names


def test_everything_exported_exists() -> None:
    for name in names.__all__:
        assert hasattr(names, name)


def test_handler_names_default_to_str() -> None:
    assert names.NameT.__bound__ is str
    default: object = getattr(names.NameT, "__default__", None)  # mypy knows it from 3.13 on
    assert default is str


def test_a_json_value_is_what_json_parses_to() -> None:
    assert set(get_args(names.JsonScalar)) == {bool, int, float, str, type(None)}
    document: names.JsonValue = {"a": [1, 2.5, None, {"b": True}], "c": "d"}
    assert document
