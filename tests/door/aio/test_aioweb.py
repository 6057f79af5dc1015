"""What stands for `aiohttp.web`: the same objects, found when they are first asked for."""

import aiohttp.web
import pytest

from asyncly.srvmocker._door.aio import aioweb


@pytest.mark.parametrize("name", aioweb.__all__)
def test_each_name_is_what_aiohttp_web_calls_so(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(vars(aioweb), name, raising=False)  # as nobody had asked yet
    found: object = getattr(aioweb, name)
    assert found is getattr(aiohttp.web, name)
    assert vars(aioweb)[name] is found, "asked for once"


def test_what_aiohttp_does_not_have_is_not_here_either() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'Teapot'"):
        getattr(aioweb, "Teapot")  # noqa: B009 - a checker knows that it is not there
