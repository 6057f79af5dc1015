"""Starting a forwarding mock proxy, and what a user holds of it.

Invariants: every complete request is recorded, also those that are refused; what the client and the
target see of each other is what they would see without the proxy, but for the header fields that
belong to a single connection.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, MutableSequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import BasicAuth
from yarl import URL

from asyncly.srvmocker._core.matching.given import Compiled
from asyncly.srvmocker._core.record.journal import IN_PROGRESS, Journal, StoredCall
from asyncly.srvmocker._core.record.sequences import CallSequence
from asyncly.srvmocker._core.request import RequestView, encode_fields, encode_start
from asyncly.srvmocker._door.aio import aioweb as web
from asyncly.srvmocker._door.aio.calls import StoredSource, Surroundings
from asyncly.srvmocker.assertions import check_called, check_not_called
from asyncly.srvmocker.exceptions import leaves_out_frames
from asyncly.srvmocker.recorded import RequestHistory, from_source, view_of_call
from asyncly.srvmocker.typing import Expected, Value

__all__ = ("MockProxyService", "start_proxy")

__tracebackhide__ = leaves_out_frames


@dataclass(frozen=True)
class MockProxyService:
    """A running mock proxy, as `start_proxy` yields it.

    Attributes:
        url: What a client is configured with, such as `proxy=proxy.url` of an aiohttp client.
        history: Every request that the proxy received, oldest first; also those that it refused.

    Example:
        >>> from asyncly.srvmocker import MockRoute, RawResponse, start_proxy, start_service
        >>> async with (
        ...     start_service([MockRoute("GET", "/a", "a")]) as target,
        ...     start_proxy() as proxy,
        ... ):
        ...     target.register("a", RawResponse(b"hello"))
        ...     async with aiohttp.ClientSession() as client:
        ...         response = await client.get(target.url / "a", proxy=proxy.url)
        ...         await response.read()
        ...     proxy.assert_called(times=1, method="GET", target=target.url / "a")
        b'hello'
    """

    url: URL
    history: MutableSequence[RequestHistory] = field(default_factory=list[RequestHistory])

    def get_calls(self) -> list[RequestHistory]:
        """Return the recorded requests, oldest first, as a list of its own.

        Example:
            >>> from asyncly.srvmocker import start_proxy
            >>> async with start_proxy() as proxy:
            ...     proxy.get_calls()
            []
        """
        return list(self.history)

    def last_call(self) -> RequestHistory:
        """Return the latest recorded request.

        Raises:
            AssertionError: There is none.

        Example:
            >>> from asyncly.srvmocker import start_proxy
            >>> async with start_proxy() as proxy:
            ...     proxy.last_call()
            Traceback (most recent call last):
            AssertionError: no requests recorded by proxy
        """
        if not self.history:
            raise AssertionError("no requests recorded by proxy")
        return self.history[-1]

    def assert_called(
        self,
        *,
        times: int | None = None,
        target: URL | str | None = None,
        method: str | None = None,
        json: Value = None,
        body: Expected = None,
        headers: Mapping[str, Expected] | None = None,
        query: Mapping[str, Expected] | None = None,
    ) -> None:
        """Assert that requests came, and that at least one of them looks as given.

        Args:
            times: The number of all recorded requests, whatever they look like.
            target: The whole absolute URL that at least one request asked for, with its query.
            method: Its method, such as `GET`.
            json: Its parsed JSON body equals this, as `==` has it.
            body: The bytes of its body, decompressed, equal these.
            headers: These header fields are present; the first value of each equals. What is meant
                for the proxy itself (`Proxy-Authorization`) is among them.
            query: These query parameters are present; the first decoded value of each equals.

        Raises:
            CallAssertionError: It is not so; the text tells what came nearest.

        Example:
            >>> from asyncly.srvmocker import start_proxy
            >>> async with start_proxy() as proxy:
            ...     proxy.assert_called(target="http://example.com/")
            Traceback (most recent call last):
            asyncly.srvmocker.exceptions.CallAssertionError: proxy: expected at least \
one call, got 0
        """
        check_called(
            "proxy",
            self.history,
            times=times,
            json=json,
            body=body,
            headers=headers,
            query=query,
            also=_compile(target, method),
        )

    def assert_not_called(self) -> None:
        """Assert that no request came.

        Raises:
            CallAssertionError: One came.

        Example:
            >>> from asyncly.srvmocker import start_proxy
            >>> async with start_proxy() as proxy:
            ...     proxy.assert_not_called()
        """
        check_not_called("proxy", self.history)


def _compile(target: URL | str | None, method: str | None) -> Compiled | None:
    if target is None and method is None:
        return None
    # As it was written, or as yarl writes it: `%2f` is asked for by both `%2f` and `%2F`.
    wanted = None if target is None else {str(target), str(URL(target))}

    def asked_for(view: RequestView) -> bool:
        if method is not None and view.method != method:
            return False
        return wanted is None or view.target in wanted or str(_absolute_url(view)) in wanted

    return Compiled(asked_for, reads_head=True)


def _absolute_url(view: RequestView) -> URL:
    """Return the URL that was asked for; a target in origin form is one of the proxy itself."""
    url = view.url
    if url.absolute:
        return url
    return URL.build(scheme="http", authority=view.headers.get("Host", "")).join(url)


@asynccontextmanager
async def start_proxy(
    *, auth: BasicAuth | tuple[str, str] | None = None
) -> AsyncGenerator[MockProxyService]:
    """Start a forwarding proxy on a free loopback port; leaving the context closes it.

    It records every request, sends it to the absolute `http://` URL that the client asked for
    (RFC 9112 section 3.2.2) and relays the answer: what one side wrote is what the other side
    reads, but for the hop-by-hop header fields (RFC 9110 section 7.6.1). What cannot be forwarded
    is recorded too, and answered with the reason as text: 502 for a target that cannot be reached
    or does not speak HTTP, 400 for a request that is not meant for another host, 501 for `CONNECT`
    and for schemes other than `http`. Redirects are the client's own business.

    Args:
        auth: What `Proxy-Authorization` must hold (RFC 7617); a login and a password. Other
            requests get a 407 and are not forwarded.

    Yields:
        The running proxy.

    Raises:
        TypeError: `auth` is neither a pair of strings nor an `aiohttp.BasicAuth`.
        ValueError: The login has a colon, or there is a control character.

    Example:
        >>> from asyncly.srvmocker import JsonResponse, MockRoute, start_proxy, start_service
        >>> async with (
        ...     start_service([MockRoute("GET", "/a", "a")]) as target,
        ...     start_proxy() as proxy,
        ... ):
        ...     target.register("a", JsonResponse({"id": 7}))
        ...     async with aiohttp.ClientSession(proxy=proxy.url) as client:
        ...         response = await client.get(target.url / "a")
        ...         await response.json()
        ...     proxy.last_call().url == target.url / "a"
        {'id': 7}
        True
    """
    # The server's half of the package is imported by the first proxy, not with the package.
    from asyncly.srvmocker._door.aio.requests import Origin  # noqa: PLC0415 - see above
    from asyncly.srvmocker._door.proxy.credentials import basic_credentials  # noqa: PLC0415 - see above
    from asyncly.srvmocker._door.proxy.forwarder import Forwarder  # noqa: PLC0415 - see above
    from asyncly.srvmocker._door.server import listen  # noqa: PLC0415 - see above

    credentials = None if auth is None else basic_credentials(auth)
    loop = asyncio.get_running_loop()
    origin = Origin(loop, None, 0)

    surroundings = Surroundings(origin)

    def make_call(stored: StoredCall) -> RequestHistory:
        return from_source(StoredSource(stored, surroundings))

    journal = Journal(make_call, view_of_call)
    history = CallSequence(journal)

    def record(request: web.BaseRequest, body: bytes) -> None:
        version = (request.version.major, request.version.minor)
        number = journal.request(
            encode_start(request.method, request.raw_path, version),
            encode_fields(request.raw_headers),
            body,
        )
        history.rows.append(journal.enter(number, loop.time(), 0, 0, IN_PROGRESS, 0.0))

    forwarder = Forwarder(record, credentials)
    try:
        async with listen(forwarder.server()) as address:
            origin.address = forwarder.address = address
            host, port = address
            try:
                yield MockProxyService(URL.build(scheme="http", host=host, port=port), history)
            finally:
                forwarder.stop()
    finally:
        await forwarder.settle()
