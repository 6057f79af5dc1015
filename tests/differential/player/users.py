"""Responses of a user's own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

from aiohttp import web

from asyncly.srvmocker import BaseMockResponse, JsonResponse
from asyncly.srvmocker.constants import SERVICE_KEY


class Conflict(BaseMockResponse):
    async def response(self, request: web.Request) -> web.Response:
        raise web.HTTPConflict(text="taken", headers={"X-Why": "taken"})


class Redirect(BaseMockResponse):
    async def response(self, request: web.Request) -> web.Response:
        raise web.HTTPFound("/elsewhere?a=b")


class Broken(BaseMockResponse):
    async def response(self, request: web.Request) -> web.Response:
        raise ValueError("no answer today")


class WrongType(BaseMockResponse):
    async def response(self, request: web.Request) -> web.Response:
        return cast(web.Response, "not a response")


class Echo(BaseMockResponse):
    async def response(self, request: web.Request) -> web.Response:
        body = await request.read()
        return web.json_response(
            {
                "method": request.method,
                "path": request.path,
                "rel_url": str(request.rel_url),
                "match_info": dict(request.match_info),
                "query": list(request.query.items()),
                "cookies": dict(request.cookies),
                "headers": sorted([name.lower(), each] for name, each in request.headers.items()),
                "body": body.decode("latin-1"),
                "service": type(request.app[SERVICE_KEY]).__name__,
            }
        )


class ReadsBody(BaseMockResponse):
    async def response(self, request: web.Request) -> web.Response:
        seen = [
            (await request.read()).decode("latin-1"),
            await request.text(),
            request.can_read_body,
            request.body_exists,
            request.content_type,
        ]
        return web.json_response(seen)


class ReadsForm(BaseMockResponse):
    async def response(self, request: web.Request) -> web.Response:
        form = await request.post()
        return web.json_response([[name, str(each)] for name, each in form.items()])


class Streams(BaseMockResponse):
    async def response(self, request: web.Request) -> web.StreamResponse:  # type: ignore[override,unused-ignore]  # the published package names the narrower class
        answer = web.StreamResponse(headers={"X-Stream": "yes"})
        await answer.prepare(request)
        for piece in (b"one ", b"two ", b"three"):
            await answer.write(piece)
        await answer.write_eof()
        return answer


class StreamsLength(BaseMockResponse):
    async def response(self, request: web.Request) -> web.StreamResponse:  # type: ignore[override,unused-ignore]  # as above
        answer = web.StreamResponse()
        answer.content_length = 6
        await answer.prepare(request)
        await answer.write(b"abc")
        await answer.write(b"def")
        return answer


class Cookies(BaseMockResponse):
    async def response(self, request: web.Request) -> web.Response:
        answer = web.Response(text="with cookies")
        answer.set_cookie("a", "1", path="/a")
        answer.set_cookie("b", "2", httponly=True)
        answer.headers.add("X-Twice", "1")
        answer.headers.add("X-Twice", "2")
        return answer


class Squeezed(BaseMockResponse):
    async def response(self, request: web.Request) -> web.Response:
        answer = web.Response(text="squeezed " * 50)
        answer.enable_compression()
        return answer


class Reason(BaseMockResponse):
    async def response(self, request: web.Request) -> web.Response:
        return web.Response(status=299, reason="Quite Fine", text="fine")


class HangsUp(BaseMockResponse):
    async def response(self, request: web.Request) -> web.Response:
        answer = web.Response(text="bye")
        answer.force_close()
        return answer


class Counts(BaseMockResponse):
    def __init__(self) -> None:
        self.count = 0

    async def response(self, request: web.Request) -> web.Response:
        self.count += 1
        return web.Response(text=str(self.count))


class Socket(BaseMockResponse):
    async def response(self, request: web.Request) -> web.StreamResponse:  # type: ignore[override,unused-ignore]  # as above
        answer = web.WebSocketResponse()
        await answer.prepare(request)
        async for message in answer:
            await answer.send_str(str(message.data).upper())
            await answer.close(code=1000)
        return answer


class Wraps(BaseMockResponse):
    """Asks one of the package's own responses, and changes what it gets."""

    def __init__(self) -> None:
        self.inner = JsonResponse({"inner": True}, headers={"X-Inner": "1"})

    async def response(self, request: web.Request) -> web.Response:
        answer = cast(web.Response, await self.inner.response(request))
        answer.headers["X-Wrapped"] = "1"
        answer.set_status(202)
        return answer


class Facts(BaseMockResponse):
    """What a live request says of itself."""

    async def response(self, request: web.Request) -> web.Response:
        request["mine"] = "kept"
        clone = request.clone(method="PUT")
        info = request.match_info
        resource = info.route.resource
        peer = cast("tuple[str, int]", request.get_extra_info("peername"))
        return web.json_response(
            {
                "is": web.Request in type(request).__mro__,
                "remote": request.remote,
                "peer": peer[0],
                "transport": request.transport is not None,
                "loop": request.loop is asyncio.get_running_loop(),
                "mine": request["mine"],
                "clone": [clone.method, clone.path, dict(clone.match_info)],
                "max_size": request.client_max_size,
                "keep_alive": request.keep_alive,
                "body_exists": request.body_exists,
                "can_read_body": request.can_read_body,
                "route": [info.route.method, info.route.name, str(info.http_exception)],
                "resource": [resource.canonical, resource.name] if resource is not None else None,
                "info": sorted(info.get_info()),
                "apps": [each is request.app for each in info.apps],
                "current_app": info.current_app is request.app,
                "config": SERVICE_KEY in request.config_dict,
                "service": request.config_dict[SERVICE_KEY] is request.app[SERVICE_KEY],
                "frozen": request.app.frozen,
                "resources": sorted(each.canonical for each in request.app.router.resources()),
                "query_string": request.query_string,
                "url": str(request.url),
                "host": request.host,
                "secure": request.secure,
                "raw_headers": [
                    [name.decode(), content.decode("latin-1")]
                    for name, content in request.raw_headers
                ],
                "url_for": str(resource.url_for(**dict(info))) if resource is not None else None,
            }
        )


class Duck:
    """Answers like a response, and is none by class."""

    async def response(self, request: web.Request) -> web.Response:
        return web.Response(text="quack")


class Plain(BaseMockResponse):
    """Its `response` is no coroutine function, but gives something to await."""

    def response(  # type: ignore[override,unused-ignore]  # a user may leave async out
        self, request: web.Request
    ) -> Awaitable[web.Response]:
        answer: asyncio.Future[web.Response] = asyncio.get_running_loop().create_future()
        answer.set_result(web.Response(text="plain"))
        return answer


class Cancelled(BaseMockResponse):
    async def response(self, request: web.Request) -> web.Response:
        raise asyncio.CancelledError


class NotFound(BaseMockResponse):
    async def response(self, request: web.Request) -> web.Response:
        raise web.HTTPNotFound


class Returned(BaseMockResponse):
    """Returns the exception instead of raising it."""

    async def response(self, request: web.Request) -> web.Response:
        return web.HTTPGone(text="gone")


class Same(BaseMockResponse):
    """Gives one and the same answer object again."""

    def __init__(self) -> None:
        self.answer = web.Response(text="same")

    async def response(self, request: web.Request) -> web.Response:
        return self.answer


class Task(BaseMockResponse):
    """Whether the task of a request is the one that answers it."""

    async def response(self, request: web.Request) -> web.Response:
        ours = request.task is asyncio.current_task()
        return web.Response(text=f"{not request.task.done()} {ours}")


class Timeout(BaseMockResponse):
    async def response(self, request: web.Request) -> web.Response:
        raise TimeoutError("too late")


USERS: dict[str, Callable[[], BaseMockResponse]] = {
    "broken": Broken,
    "cancelled": Cancelled,
    "duck": lambda: cast(BaseMockResponse, Duck()),
    "facts": Facts,
    "not_found": NotFound,
    "plain": Plain,
    "returned": Returned,
    "same": Same,
    "task": Task,
    "timeout": Timeout,
    "conflict": Conflict,
    "cookies": Cookies,
    "counts": Counts,
    "echo": Echo,
    "hangs_up": HangsUp,
    "reads_body": ReadsBody,
    "reads_form": ReadsForm,
    "reason": Reason,
    "redirect": Redirect,
    "socket": Socket,
    "squeezed": Squeezed,
    "streams": Streams,
    "streams_length": StreamsLength,
    "wraps": Wraps,
    "wrong_type": WrongType,
}
