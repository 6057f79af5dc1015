"""The proxy: credentials as a pair or as aiohttp's own type, assertions on absolute URLs."""

from collections.abc import MutableSequence
from typing import assert_type

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from asyncly.srvmocker import MockProxyService, RequestHistory, start_proxy


async def with_credentials() -> None:
    async with start_proxy() as proxy:
        assert_type(proxy, MockProxyService)
    async with start_proxy(auth=None) as proxy:
        assert_type(proxy.url, URL)
    async with start_proxy(auth=("login", "password")) as proxy:
        assert_type(proxy.history, MutableSequence[RequestHistory])
    async with start_proxy(auth=aiohttp.BasicAuth("login", "password")) as proxy:
        assert_type(proxy.get_calls(), list[RequestHistory])
    start_proxy(auth="login:password")  # error: mypy[arg-type] pyright[reportArgumentType]
    start_proxy(auth=("login",))  # error: mypy[arg-type] pyright[reportArgumentType]
    start_proxy(("login", "password"))  # error: mypy[call-arg] pyright[reportCallIssue]


def assertions(proxy: MockProxyService, headers: CIMultiDict[str]) -> None:
    proxy.assert_called()
    proxy.assert_called(json=[1, {"tags": []}])
    proxy.assert_called(times=1, target="http://example.com/", method="GET")
    proxy.assert_called(target=URL("http://example.com/"), headers=headers, json={"a": [1]})
    proxy.assert_not_called()
    assert_type(proxy.last_call(), RequestHistory)
    proxy.assert_called("http://example.com/")  # error: mypy[call-arg, arg-type] pyright[reportCallIssue]
    proxy.assert_called(target=b"http://example.com/")  # error: mypy[arg-type] pyright[reportArgumentType]
    proxy.get_calls("name")  # error: mypy[call-arg] pyright[reportCallIssue]
