"""What the tests of routes from data share."""

from collections.abc import Mapping, Sequence
from typing import cast

import pytest

from asyncly.srvmocker import RoutesError, load_routes

BASE: dict[str, object] = {"method": "GET", "path": "/", "handler": "home"}


def route(**more: object) -> dict[str, object]:
    """An entry with what every route has, and more."""
    return {**BASE, **more}


def wrong(data: object) -> str:
    """What is told of data that is wrong."""
    with pytest.raises(RoutesError) as caught:
        load_routes(cast("Sequence[Mapping[str, object]]", data))
    return str(caught.value)
