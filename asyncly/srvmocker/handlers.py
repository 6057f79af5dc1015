"""Routes compiled into dispatchers: for a service, or for an aiohttp application of one's own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Final

from asyncly.srvmocker._core.matching.dispatch import NO_MATCH, Dispatcher, Group
from asyncly.srvmocker._core.matching.routing import params_of
from asyncly.srvmocker._door.aio import aioweb as web
from asyncly.srvmocker._door.aio.calls import view_of
from asyncly.srvmocker._door.aio.inner import kept_of_turn
from asyncly.srvmocker.constants import SERVICE_KEY
from asyncly.srvmocker.exceptions import MissingResponseError
from asyncly.srvmocker.matching import compile_match
from asyncly.srvmocker.models import HandlerFailure, MockRoute
from asyncly.srvmocker.recorded import RequestHistory
from asyncly.srvmocker.responses.base import BaseMockResponse
from asyncly.srvmocker.routes import route_responses
from asyncly.srvmocker.typing import NameT

# `dispatcher_of` is for the package's own modules, and no part of its interface.
__all__ = ("build_dispatcher", "compile_routes")

_RECENT: Final = 8
_recent: dict[tuple[int, ...], tuple[object, Dispatcher]] = {}


def compile_routes(routes: Iterable[MockRoute[NameT]]) -> Dispatcher:
    """Compile routes; `ValueError` or `TypeError` for one that is malformed.

    Example:
        >>> from asyncly.srvmocker import MockRoute
        >>> from asyncly.srvmocker.handlers import compile_routes
        >>> compile_routes([MockRoute("GET", "/{id", "item")])
        Traceback (most recent call last):
        ValueError: path '/{id' has a malformed variable near '/{id': write {name} or {name:regex}
    """
    return Dispatcher(
        (
            _text(route, "method", route.method),
            _text(route, "path", route.path),
            str.__str__(_text(route, "handler_name", route.handler_name)),
            compile_match(route.match, params=params_of(route.path)),
        )
        for route in routes
        if _is_route(route)
    )


def dispatcher_of(routes: Sequence[MockRoute[NameT]]) -> Dispatcher:
    """Compile routes, or return what these very routes were compiled to lately.

    Tests start one service after the other with the routes of their module. Routes are frozen and a
    dispatcher keeps nothing of a service, so these may share it.
    """
    key = tuple(map(id, routes))
    found = _recent.get(key)
    if found is not None:
        return found[1]
    dispatcher = compile_routes(routes)
    if len(_recent) >= _RECENT:
        _recent.pop(next(iter(_recent), ()), None)
    _recent[key] = (tuple(routes), dispatcher)  # kept, so that no other route can get their ids
    return dispatcher


def _is_route(given: object) -> bool:
    if not isinstance(given, MockRoute):
        raise TypeError(f"{given!r} is not a MockRoute, such as MockRoute('GET', '/', 'home')")
    return True


def _text(route: object, name: str, value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{route!r}: {name} is a string, not {type(value).__name__}")
    return value


def _registered(
    handlers: Mapping[str, BaseMockResponse], given: Mapping[str, BaseMockResponse], name: str
) -> BaseMockResponse:
    response = handlers.get(name) or given.get(name)
    if response is None:
        raise MissingResponseError(name)
    return response


def build_dispatcher(
    routes: Sequence[MockRoute[NameT]],
) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """Make an aiohttp handler that selects among routes of one method and path.

    The application must hold a `MockService` under `SERVICE_KEY`; calls are recorded there, and
    the response registered there answers, or else that of the route. The methods and paths of the
    routes are not looked at: the application's router has done that.

    Args:
        routes: The routes, in the order in which they are tried.

    Example:
        >>> from aiohttp import web
        >>> from asyncly.srvmocker import MockRoute
        >>> from asyncly.srvmocker.handlers import build_dispatcher
        >>> app = web.Application()
        >>> route = app.router.add_get("/", build_dispatcher([MockRoute("GET", "/", "home")]))
    """
    given = route_responses(routes)
    group = Group(compile_routes(routes).routes)

    async def dispatch(request: web.Request) -> web.StreamResponse:
        service = request.app[SERVICE_KEY]
        body = await request.read()
        view = view_of(request, body)
        route = group.select(view)
        for number, raised in view.raised:
            asked = group.routes[number].handler_name
            service.errors.append(HandlerFailure(asked, raised, RequestHistory(request, body)))
        if route is None:
            raise web.HTTPNotFound(reason=NO_MATCH)
        name = route.handler_name
        call = RequestHistory(request, body)
        service.history.append(call)
        service.history_map.setdefault(name, []).append(call)
        try:
            return await _registered(service.handlers, given, name).response(request)
        except web.HTTPException:
            raise  # an answer like any other
        except BaseException as error:
            service.errors.append(HandlerFailure(name, kept_of_turn(error), call))
            if isinstance(error, Exception):
                raise
            # To aiohttp it would be no failure of a handler, and no answer.
            raise RuntimeError(f"handler {name!r} raised {error!r}") from error

    return dispatch
