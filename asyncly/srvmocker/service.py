"""Starting a mock server.

Invariant: everything that can be wrong with the routes is told before the server listens.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection, Iterable
from contextlib import asynccontextmanager
from ssl import SSLContext
from typing import TYPE_CHECKING, Final

from yarl import URL

from asyncly.srvmocker.exceptions import leaves_out_frames
from asyncly.srvmocker.models import MockRoute, MockService
from asyncly.srvmocker.strictness import StrictCheck
from asyncly.srvmocker.typing import NameT

if TYPE_CHECKING:
    from asyncly.srvmocker.retention import Keep

__all__ = ("start_service",)

__tracebackhide__ = leaves_out_frames

_MEBIBYTE: Final = 1024**2


@asynccontextmanager
async def start_service(
    routes: Iterable[MockRoute[NameT]],
    *,
    ssl_context: SSLContext | None = None,
    client_max_size: int = _MEBIBYTE,
    max_line_size: int = 8190,
    max_field_size: int = 8190,
    max_headers: int = 128,
    head_timeout: float | None = None,
    body_timeout: float | None = None,
    keep: Keep | None = None,
    strict: bool | Collection[StrictCheck] = False,
) -> AsyncGenerator[MockService[NameT]]:
    """Start a mock server on a free loopback port; leaving the context closes it.

    Routes are grouped by method and path. Among the patterns that match a path, the one that
    aiohttp's router would take is taken; within its group, the first route whose match holds. No
    route for the path is a 404, a path that knows other methods a 405 (RFC 9110 section 15.5.6),
    no match in the group a 404; none of these is recorded.

    Args:
        routes: What the server answers to.
        ssl_context: Serves HTTPS where given.
        client_max_size: The largest request body in bytes; a larger one gets a 413, 0 is no limit.
        max_line_size: The longest request target in bytes; a longer one gets a 414.
        max_field_size: The longest header field in bytes; a longer one gets a 431.
        max_headers: The greatest number of header fields; more get a 431.
        head_timeout: Seconds from the first byte of a request's head to its last; then a 408.
        body_timeout: Seconds from the end of the head to the end of the body; then a 408.
        keep: What is kept of the calls of each handler; `None` keeps everything.
        strict: What must not have happened when the context is left: `"unmatched"` requests that no
            route answered, `"errors"` in responses or a missing response, `"undeclared"` handlers
            that a response was registered for (or that an assertion names, which is told at once),
            and `"uncalled"` handlers. `True` is the first three. A route's `lenient` names those
            that may happen on it. What is wrong is raised as one `CallAssertionError`; an exception
            that leaves the context already is raised together with it, in an `ExceptionGroup`; one
            that is no `Exception`, such as that of `pytest.fail`, has it as a note.

    Yields:
        The running service.

    Raises:
        ValueError: A path or method is malformed, a limit is negative, a check of `strict` unknown,
            or two routes of one handler keep different things.
        TypeError: `ssl_context`, a limit, `keep` or `strict` is not of its kind.
        CallAssertionError: When a strict service is left: what has happened.

    Warns:
        UnreachableRouteWarning: A route can never be selected, because another one takes all of its
            requests, or because no path of a request matches its own.

    Example:
        >>> from asyncly.srvmocker import JsonResponse, MockRoute, start_service
        >>> async with start_service([MockRoute("GET", "/items/{id}", "item")]) as service:
        ...     service.register("item", JsonResponse({"name": "lamp"}))
        ...     async with aiohttp.ClientSession(service.url) as client:
        ...         response = await client.get("/items/7")
        ...         await response.json()
        {'name': 'lamp'}
    """
    # The server's half of the package is imported by the first service, not with the package.
    from asyncly.srvmocker._building import Building  # noqa: PLC0415 - see above
    from asyncly.srvmocker._door.aio.requests import Origin  # noqa: PLC0415 - see above
    from asyncly.srvmocker._door.reading.limits import Limits  # noqa: PLC0415 - see above
    from asyncly.srvmocker._door.server import serve_site  # noqa: PLC0415 - see above

    if not isinstance(ssl_context, (SSLContext, type(None))):  # pyright: ignore[reportUnnecessaryIsInstance] - a user may
        raise TypeError(f"ssl_context={ssl_context!r} is not an ssl.SSLContext")
    limits = Limits(
        client_max_size=client_max_size,
        max_line_size=max_line_size,
        max_field_size=max_field_size,
        max_headers=max_headers,
        head_timeout=head_timeout,
        body_timeout=body_timeout,
    )
    origin = Origin(asyncio.get_running_loop(), ssl_context, client_max_size)
    building = Building(routes, origin, limits, keep=keep, strict=strict)
    building.warn(stacklevel=4)
    failure: BaseException | None = None
    async with serve_site(building.site, ssl_context=ssl_context) as (host, port):
        origin.address = (host, port)
        building.site.is_open = True
        url = URL.build(scheme="https" if ssl_context else "http", host=host, port=port)
        try:
            yield building.open(url)
        except BaseException as error:
            if not building.strict:
                raise
            failure = error
    building.check(failure)
