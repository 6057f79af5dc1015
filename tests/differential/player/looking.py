"""What a recorded request says of itself, and what a call raises."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, cast

from aiohttp import web

from asyncly.srvmocker.constants import SERVICE_KEY

from .values import Wire

if TYPE_CHECKING:
    from asyncly.srvmocker import RequestHistory


LOOKS: dict[str, Callable[[web.Request], object]] = {
    "method": lambda request: request.method,
    "version": lambda request: [request.version.major, request.version.minor],
    "url": lambda request: str(request.url),
    "rel_url": lambda request: str(request.rel_url),
    "path": lambda request: request.path,
    "raw_path": lambda request: request.raw_path,
    "path_qs": lambda request: request.path_qs,
    "query_string": lambda request: request.query_string,
    "query": lambda request: [list(pair) for pair in request.query.items()],
    "headers": lambda request: [list(pair) for pair in request.headers.items()],
    "raw_headers": lambda request: [
        [name.decode("latin-1"), content.decode("latin-1")] for name, content in request.raw_headers
    ],
    "cookies": lambda request: dict(request.cookies),
    "match_info": lambda request: dict(request.match_info),
    "host": lambda request: request.host,
    "scheme": lambda request: request.scheme,
    "secure": lambda request: request.secure,
    "remote": lambda request: request.remote,
    "content_type": lambda request: request.content_type,
    "charset": lambda request: request.charset,
    "content_length": lambda request: request.content_length,
    "keep_alive": lambda request: request.keep_alive,
    "body_exists": lambda request: request.body_exists,
    "can_read_body": lambda request: request.can_read_body,
    "if_modified_since": lambda request: str(request.if_modified_since),
    "if_none_match": lambda request: str(request.if_none_match),
    "http_range": lambda request: str(request.http_range),
    "forwarded": lambda request: [dict(each) for each in request.forwarded],
    "canonical": lambda request: getattr(request.match_info.route.resource, "canonical", None),
    "route_method": lambda request: request.match_info.route.method,
    "app_service": lambda request: type(request.app[SERVICE_KEY]).__name__,
    "transport": lambda request: type(request.transport).__name__,
    "task": lambda request: type(request.task).__name__,
    "protocol": lambda request: type(request.protocol).__name__,
    "eof": lambda request: request.content.at_eof(),
    "items": len,
    "repr": repr,
    "type": lambda request: type(request).__name__,
}
USUAL = (
    "method",
    "version",
    "url",
    "rel_url",
    "path",
    "raw_path",
    "path_qs",
    "query_string",
    "query",
    "headers",
    "cookies",
    "match_info",
    "host",
    "scheme",
    "content_type",
    "charset",
    "content_length",
    "keep_alive",
)


def look(call: RequestHistory, names: Iterable[str]) -> dict[str, Wire]:
    """What one recorded request says of itself."""
    request = cast(web.Request, call.request)
    seen: dict[str, Wire] = {}
    for name in names:
        try:
            seen[name] = cast(Wire, LOOKS[name](request))
        except Exception as error:  # noqa: BLE001  # whatever is raised is what is observed
            seen[name] = {"raised": type(error).__name__, "text": str(error)}
    seen["body"] = call.body.decode("latin-1")
    return seen


async def read_again(call: RequestHistory) -> dict[str, Wire]:
    """What the methods of a recorded request give that read its body."""
    request = cast(web.Request, call.request)
    return {
        "read": (await request.read()).decode("latin-1"),
        "text": await outcome_async(request.text),
        "json": await outcome_async(request.json),
        "post": await outcome_async(
            lambda: _form(request),
        ),
    }


async def _form(request: web.Request) -> list[list[str]]:
    return [[name, str(each)] for name, each in (await request.post()).items()]


def raised(error: BaseException) -> dict[str, Wire]:
    return {"raised": type(error).__name__, "text": str(error)}


def outcome(act: Callable[[], object]) -> Wire:
    """What a call gives, or what it raises."""
    try:
        return cast(Wire, act())
    except Exception as error:  # noqa: BLE001  # whatever is raised is what is observed
        return raised(error)


async def outcome_async(act: Callable[[], object]) -> Wire:
    """What an awaited call gives, or what it raises."""
    try:
        return cast(Wire, await act())  # type: ignore[misc]  # each of the callers gives an awaitable
    except Exception as error:  # noqa: BLE001  # whatever is raised is what is observed
        return raised(error)
