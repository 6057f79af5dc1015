"""`Serializer`, and what a missing extra says."""

from dataclasses import FrozenInstanceError, is_dataclass

import pytest

from asyncly.srvmocker.serialization.base import Serializer, missing_extra


def as_text(body: object) -> str:
    return str(body)


def test_a_serializer_is_a_frozen_dataclass() -> None:
    serializer = Serializer(as_text, "text/x")
    assert is_dataclass(serializer)
    assert serializer == Serializer(dumps=as_text, content_type="text/x")
    assert serializer.dumps([1]) == "[1]"
    with pytest.raises(FrozenInstanceError):
        serializer.content_type = "x"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def test_a_missing_extra_says_what_to_install() -> None:
    error = missing_extra("tomli-w", "toml", ImportError("No module", name="tomli_w"))
    assert type(error) is ImportError
    assert str(error) == "tomli-w is not installed: pip install 'asyncly[toml]'"
    assert error.name == "tomli_w"
