"""The key under which a service is found."""

from aiohttp import web
from yarl import URL

from asyncly.srvmocker import MockService
from asyncly.srvmocker.constants import SERVICE_KEY


def test_the_key_is_an_app_key_for_a_service() -> None:
    assert isinstance(SERVICE_KEY, web.AppKey)
    app = web.Application()
    service = MockService([], {}, URL("http://h"), {})
    app[SERVICE_KEY] = service
    assert app[SERVICE_KEY] is service
