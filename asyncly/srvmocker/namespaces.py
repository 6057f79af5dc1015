"""Several tests on one server, each with routes, responses and a record of its own.

Invariant: a request belongs to one namespace, told by the first segment of its path, or to the
service; none of them sees what belongs to another.
"""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator, Collection, Iterable
from contextlib import asynccontextmanager
from typing import Final

from asyncly.srvmocker.exceptions import leaves_out_frames
from asyncly.srvmocker.models import MockRoute, MockService
from asyncly.srvmocker.retention import Keep
from asyncly.srvmocker.strictness import StrictCheck
from asyncly.srvmocker.typing import NameT

__all__ = ("start_namespace",)

__tracebackhide__ = leaves_out_frames

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._~-]*")


@asynccontextmanager
async def start_namespace(
    service: MockService[str],
    routes: Iterable[MockRoute[NameT]],
    *,
    name: str | None = None,
    keep: Keep | None = None,
    strict: bool | Collection[StrictCheck] = False,
) -> AsyncGenerator[MockService[NameT]]:
    """Serve more routes on a running service, in a namespace of their own.

    What it yields is a service like any other: its history, counts, responses, errors and unmatched
    requests are its own, and a `reset()` is too. Its `url` is that of the service with the name
    behind it, and only requests below that belong to it. Paths of routes are relative to that URL;
    recorded paths are whole. Refused streams, and connections, are the server's.

    Args:
        service: A running service, as `start_service` yields it.
        routes: What the namespace answers to.
        name: The first segment of its paths: letters, digits and `.`, `_`, `~`, `-`. Not given: one
            that is free.
        keep: As for `start_service`.
        strict: As for `start_service`.

    Yields:
        The namespace.

    Raises:
        TypeError: The service is none, or the routes are no list of routes.
        ValueError: The service is none that runs, the name is in use or malformed, or the routes
            are, as for `start_service`.
        CallAssertionError: When a strict namespace is left: what has happened.

    Warns:
        UnreachableRouteWarning: A route can never be selected.

    Example:
        >>> from asyncly.srvmocker import MockRoute, RawResponse, start_namespace, start_service
        >>> routes = [MockRoute("GET", "/items", "list")]
        >>> async with (
        ...     start_service([]) as server,
        ...     start_namespace(server, routes) as mine,
        ...     start_namespace(server, routes) as yours,
        ... ):
        ...     mine.register("list", RawResponse(b"mine"))
        ...     async with aiohttp.ClientSession() as client:
        ...         await (await client.get(mine.url / "items")).read()
        ...     mine.counts("list").calls, yours.counts("list").calls
        b'mine'
        (1, 0)
    """
    from asyncly.srvmocker._building import Building  # noqa: PLC0415 - with the first service

    if not isinstance(service, MockService):  # pyright: ignore[reportUnnecessaryIsInstance] - a user may
        raise TypeError(f"service={service!r}: give a running service, as start_service yields it")
    root = service._site  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # of this package
    if root is None or not root.is_open:
        raise ValueError("give a running service, as start_service yields it")
    if name is None:
        name = root.free_name()
    if not _NAME.fullmatch(name):
        raise ValueError(
            f"name={name!r}: begin with a letter or digit, go on with these, '.', '_', '~', '-'"
        )
    if name in root.namespaces:
        raise ValueError(f"name={name!r} is in use on this server")
    building = Building(
        routes, root.origin, root.limits, keep=keep, strict=strict, prefix=f"/{name}"
    )
    building.warn(stacklevel=4)
    failure: BaseException | None = None
    root.namespaces[name] = building.site
    root.memo.clear()  # of what has come before, some would be the namespace's now
    try:
        yield building.open(service.url / name)
    except BaseException as error:
        if not building.strict:
            raise
        failure = error
    finally:
        root.close_namespace(name)
    building.check(failure)
