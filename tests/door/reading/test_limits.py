"""What a limit may be."""

import re
from typing import cast

import pytest

from asyncly.srvmocker._door.reading.limits import Limits


def test_the_defaults_are_those_of_aiohttp() -> None:
    assert Limits() == Limits(
        client_max_size=1 << 20,
        max_line_size=8190,
        max_field_size=8190,
        max_headers=128,
        head_timeout=None,
        body_timeout=None,
    )


@pytest.mark.parametrize(
    "name", ["client_max_size", "max_line_size", "max_field_size", "max_headers"]
)
def test_a_size_may_be_zero_but_not_negative(name: str) -> None:
    assert getattr(Limits(**{name: 0}), name) == 0
    with pytest.raises(ValueError, match=f"^{name}=-1 is negative$"):
        Limits(**{name: -1})


def test_what_is_no_number_is_told() -> None:
    for wrong in ("1", True, 1.5, None):
        with pytest.raises(TypeError, match=f"^max_headers={wrong!r} is not a whole number$"):
            Limits(max_headers=cast(int, wrong))
    for wrong in ("1", True):
        text = f"body_timeout={wrong!r} is not a time in seconds: give a number"
        with pytest.raises(TypeError, match=f"^{text}$"):
            Limits(body_timeout=cast(float, wrong))


@pytest.mark.parametrize("name", ["head_timeout", "body_timeout"])
@pytest.mark.parametrize("seconds", [0, -0.5, float("nan")])
def test_a_timeout_is_more_than_nothing(name: str, seconds: float) -> None:
    text = f"{name}={seconds!r} is not a time in seconds: give more than 0"
    with pytest.raises(ValueError, match=f"^{re.escape(text)}$"):
        _ = Limits(head_timeout=seconds) if name == "head_timeout" else Limits(body_timeout=seconds)


def test_a_timeout_may_be_any_time() -> None:
    limits = Limits(head_timeout=0.001, body_timeout=float("inf"))
    assert (limits.head_timeout, limits.body_timeout) == (0.001, float("inf"))
