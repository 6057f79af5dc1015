"""Plays scenarios against whichever `asyncly` the interpreter that runs it has.

The same file is executed by two interpreters, so it knows nothing of who is under test: it
imports only names that the published package has, reads scenarios as JSON lines from standard
input and writes one JSON line of observations for each to standard output. What differs from run
to run by nature (ports, dates) is replaced by a fixed word; nothing else is smoothed over, that
is for the reader to judge.

Bytes travel as latin-1 text, so that a scenario and an answer stay readable when a test fails.
Values that JSON has no word for are objects with a `"$"` key (see `value`).
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import ssl
import sys
import traceback
import warnings
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, closing
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias, cast

from aiohttp import BasicAuth, web

from asyncly.srvmocker import (
    BaseMockResponse,
    ContentResponse,
    JsonResponse,
    Match,
    MockProxyService,
    MockRoute,
    MockService,
    RawResponse,
    SequenceResponse,
    start_proxy,
    start_service,
)
from asyncly.srvmocker.constants import SERVICE_KEY
from asyncly.srvmocker.responses.msgpack import MsgpackResponse
from asyncly.srvmocker.responses.timeout import LatencyResponse
from asyncly.srvmocker.responses.toml import TomlResponse
from asyncly.srvmocker.responses.yaml import YamlResponse
from asyncly.srvmocker.serialization.base import Serializer
from asyncly.srvmocker.serialization.json import JsonSerializer

if TYPE_CHECKING:
    from asyncly.srvmocker import RequestHistory

Wire: TypeAlias = "None | bool | int | float | str | list[Wire] | dict[str, Wire]"

PATIENCE = 3.0  # seconds without a byte before an answer is given up
PROBE = b"GET /.probe HTTP/1.1\r\nHost: probe.test\r\n\r\n"


# --- reading a scenario ---------------------------------------------------------------------------


def text(wire: Wire) -> str:
    """The same value, known to be text."""
    assert isinstance(wire, str), wire
    return wire


def table(wire: Wire) -> dict[str, Wire]:
    """The same value, known to be an object."""
    assert isinstance(wire, dict), wire
    return wire


def items(wire: Wire) -> list[Wire]:
    """The same value, known to be a list."""
    assert isinstance(wire, list), wire
    return wire


class Anything:
    """Equal to everything."""

    def __eq__(self, other: object) -> bool:
        return True

    def __hash__(self) -> int:
        return 0


class Nothing:
    """Equal to nothing, not even to itself."""

    def __eq__(self, other: object) -> bool:
        return False

    def __hash__(self) -> int:
        return 0


class Between:
    """Equal to each number from `low` to `high`."""

    def __init__(self, low: float, high: float) -> None:
        self.low, self.high = low, high

    def __eq__(self, other: object) -> bool:
        return isinstance(other, int | float) and self.low <= other <= self.high

    def __hash__(self) -> int:
        return 0


class Grumpy:
    """Cannot be compared."""

    def __eq__(self, other: object) -> bool:
        raise LookupError("not comparable")

    def __hash__(self) -> int:
        return 0


class Text(str):
    """Text of a subclass that compares without regard to case."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and self.lower() == other.lower()

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self.lower())


def deep(levels: int) -> object:
    """A list in a list in a list."""
    made: object = []
    for _ in range(levels):
        made = [made]
    return made


def value(wire: Wire) -> object:
    """The Python value that a scenario's JSON stands for."""
    if isinstance(wire, list):
        return [value(each) for each in wire]
    if not isinstance(wire, dict):
        return wire
    if "$" not in wire:
        return {key: value(each) for key, each in wire.items()}
    kind, raw = text(wire["$"]), wire.get("v")
    special: dict[str, Callable[[], object]] = {
        "bytes": lambda: text(raw).encode("latin-1"),
        "bytearray": lambda: bytearray(text(raw).encode("latin-1")),
        "tuple": lambda: tuple(value(each) for each in items(raw)),
        "set": lambda: {value(each) for each in items(raw)},
        "pairs": lambda: {value(items(pair)[0]): value(items(pair)[1]) for pair in items(raw)},
        "decimal": lambda: Decimal(text(raw)),
        "date": lambda: date.fromisoformat(text(raw)),
        "datetime": lambda: datetime.fromisoformat(text(raw)).replace(tzinfo=timezone.utc),
        "complex": lambda: complex(text(raw)),
        "power": lambda: 10 ** int(text(raw)),
        "deep": lambda: deep(int(text(raw))),
        "times": lambda: text(items(raw)[0]) * int(text(items(raw)[1])),
        "anything": Anything,
        "nothing": Nothing,
        "grumpy": Grumpy,
        "between": lambda: Between(float(text(items(raw)[0])), float(text(items(raw)[1]))),
        "text": lambda: Text(text(raw)),
        "object": object,
    }
    return special[kind]()


def keywords(wire: Wire) -> dict[str, object]:
    """Keyword arguments."""
    return {key: value(each) for key, each in table(wire).items()}


# --- responses of a user's own --------------------------------------------------------------------


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
                "service": isinstance(request.app[SERVICE_KEY], MockService),
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


USERS: dict[str, Callable[[], BaseMockResponse]] = {
    "broken": Broken,
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


def upper(body: object) -> str:
    return str(body).upper()


def backwards(body: object) -> bytes:
    return str(body).encode()[::-1]


SERIALIZERS: dict[str, Serializer] = {
    "json": JsonSerializer,
    "upper": Serializer(dumps=upper, content_type="text/upper"),
    "backwards": Serializer(dumps=backwards, content_type="application/x-backwards"),
    "charset": Serializer(dumps=upper, content_type="text/plain; charset=utf-8"),
    "latin": Serializer(dumps=upper, content_type="text/plain; charset=latin-1"),
}


def answer_of(wire: Wire) -> BaseMockResponse:
    """The response that a scenario describes."""
    spec = dict(table(wire))
    kind = text(spec.pop("kind"))
    if kind == "user":
        return USERS[text(spec["name"])]()
    if kind == "sequence":
        made = [answer_of(each) for each in items(spec.pop("responses"))]
        return SequenceResponse(made, **keywords(spec))  # type: ignore[arg-type]  # wrong ones too
    if kind == "latency":
        return LatencyResponse(answer_of(spec["wrapped"]), cast(float, value(spec["latency"])))
    if kind == "content":
        named = spec.pop("serializer", None)
        serializer = None if named is None else SERIALIZERS[text(named)]
        return ContentResponse(**keywords(spec), serializer=serializer)  # type: ignore[arg-type]  # wrong ones too
    kinds: dict[str, Callable[..., BaseMockResponse]] = {
        "json": JsonResponse,
        "raw": RawResponse,
        "msgpack": MsgpackResponse,
        "toml": TomlResponse,
        "yaml": YamlResponse,
    }
    return kinds[kind](**keywords(spec))


def route_of(wire: Wire) -> MockRoute:
    """The route that a scenario describes."""
    spec = table(wire)
    match = spec.get("match")
    return MockRoute(
        text(spec["method"]),
        text(spec["path"]),
        text(spec["name"]),
        None if match is None else Match(**keywords(match)),  # type: ignore[arg-type]  # wrong ones too
    )


# --- talking over raw sockets ---------------------------------------------------------------------


class Talk:
    """One connection, and the answers that came over it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.ended = False

    async def _line(self) -> bytes:
        return await asyncio.wait_for(self.reader.readuntil(b"\r\n"), PATIENCE)

    async def answer(self, method: str) -> dict[str, Wire]:
        """The next answer, interim ones too; an object with one key where there is none."""
        try:
            return await self._answer(method)
        except asyncio.IncompleteReadError as error:
            self.ended = True
            return {"eof": error.partial.decode("latin-1")}
        except (ConnectionError, BrokenPipeError):
            self.ended = True
            return {"eof": ""}
        except TimeoutError:
            return {"timeout": True}
        except (ValueError, asyncio.LimitOverrunError):
            self.ended = True  # whatever comes now, nobody can read it
            return {"garbled": True}

    async def _answer(self, method: str) -> dict[str, Wire]:
        version, _, rest = (await self._line()).decode("latin-1").rstrip("\r\n").partition(" ")
        status, _, reason = rest.partition(" ")
        headers: list[tuple[str, str]] = []
        while line := (await self._line()).decode("latin-1").rstrip("\r\n"):
            name, _, content = line.partition(":")
            headers.append((name, content.strip()))
        known = {name.lower(): content for name, content in headers}
        body = await self._body(method, int(status), known)
        if status == "500" and b"\nTraceback " in body:  # it names files, lines and ports
            body = b"<traceback>"
            headers = [each for each in headers if each[0] != "Content-Length"]
        return {
            "version": version,
            "status": int(status),
            "reason": reason,
            "headers": [
                [name, "<date>" if name.lower() == "date" else content]
                for name, content in sorted(headers)
            ],
            "body": body.decode("latin-1"),
        }

    async def _body(self, method: str, status: int, headers: Mapping[str, str]) -> bytes:
        if method == "HEAD" or status < 200 or status in (204, 304):
            return b""
        if "chunked" in headers.get("transfer-encoding", ""):
            body = b""
            while size := int((await self._line()).split(b";")[0], 16):
                body += (await self._exactly(size + 2))[:-2]
            while await self._line() != b"\r\n":
                pass
            return body
        if "content-length" in headers:
            return await self._exactly(int(headers["content-length"]))
        self.ended = True
        return await asyncio.wait_for(self.reader.read(), PATIENCE)

    async def _exactly(self, size: int) -> bytes:
        return await asyncio.wait_for(self.reader.readexactly(size), PATIENCE)

    async def rest(self) -> dict[str, Wire]:
        """Everything until the other side closes."""
        try:
            left = await asyncio.wait_for(self.reader.read(), PATIENCE)
        except ConnectionError:
            left = b""
        except TimeoutError:
            return {"timeout": True}
        self.ended = True
        return {"eof": re.sub(r"\r\nDate: [^\r]*", "\r\nDate: <date>", left.decode("latin-1"))}

    async def send(self, data: bytes) -> None:
        try:
            self.writer.write(data)
            await self.writer.drain()
        except ConnectionError:
            pass  # what was answered before is still to be read

    async def probe(self) -> Wire:
        """Whether the connection still takes a request, and answers that one next."""
        if self.ended:
            return "closed"
        await self.send(PROBE)
        answer = await self.answer("GET")
        return answer.get("status", "closed" if "eof" in answer else "silent")

    async def close(self) -> None:
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except (ConnectionError, ssl.SSLError):
            pass


class Upstream:
    """A server of literal bytes: each request that arrives whole gets the next answer."""

    def __init__(self, answers: Iterable[Wire]) -> None:
        self.answers = [text(each).encode("latin-1") for each in answers]
        self.seen: list[str] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
                body = await reader.readexactly(int(length[1])) if length else b""
                if re.search(rb"(?i)\r\ntransfer-encoding: *chunked", head):
                    body = await reader.readuntil(b"0\r\n\r\n")
                self.seen.append((head + body).decode("latin-1"))
                answer = self.answers.pop(0) if self.answers else b""
                writer.write(answer)
                await writer.drain()
                if not answer or b"Connection: close" in answer:
                    break
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


# --- looking at what was recorded -----------------------------------------------------------------

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
    "app_service": lambda request: isinstance(request.app[SERVICE_KEY], MockService),
    "transport": lambda request: type(request.transport).__name__,
    "task": lambda request: type(request.task).__name__,
    "protocol": lambda request: type(request.protocol).__name__,
    "eof": lambda request: request.content.at_eof(),
    "items": lambda request: len(request),
    "repr": lambda request: repr(request),
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
        except Exception as error:
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
    except Exception as error:
        return raised(error)


async def outcome_async(act: Callable[[], object]) -> Wire:
    """What an awaited call gives, or what it raises."""
    try:
        return cast(Wire, await act())  # type: ignore[misc]  # each of the callers gives an awaitable
    except Exception as error:
        return raised(error)


# --- playing --------------------------------------------------------------------------------------


class Stage:
    """One scenario while it is played."""

    def __init__(self, service: MockService, proxy: MockProxyService | None) -> None:
        self.service = service
        self.proxy = proxy
        self.ports: dict[str, int] = {}
        self.tls: ssl.SSLContext | None = None
        self.talks: list[Talk] = []
        self.upstream: Upstream | None = None

    def fill(self, template: str) -> bytes:
        """Text of a scenario with the ports of this run in it."""
        for name, port in self.ports.items():
            template = template.replace(f"@{name}@", f"127.0.0.1:{port}")
        return template.encode("latin-1")

    def clean(self, seen: Wire) -> Wire:
        """What was seen, with this run's ports taken out."""
        if isinstance(seen, str):
            for name, port in self.ports.items():
                seen = seen.replace(f"127.0.0.1:{port}", f"@{name}@")
            return seen
        if isinstance(seen, list | tuple):
            return [self.clean(each) for each in seen]
        if isinstance(seen, dict):
            return {key: self.clean(each) for key, each in seen.items()}
        return seen

    def history_map(self, names: Iterable[str] = USUAL) -> dict[str, Wire]:
        return {
            name: [look(call, names) for call in calls]
            for name, calls in sorted(self.service.history_map.items())
            if calls
        }

    def calls(self, on: str) -> list[RequestHistory]:
        """The recorded calls of a handler, of all handlers, or of the proxy."""
        if on == "@all":
            return list(self.service.history)
        if on == "@proxy":
            assert self.proxy is not None
            return self.proxy.get_calls()
        return self.service.get_calls(on)

    # each of these plays one step

    def register(self, step: dict[str, Wire]) -> Wire:
        try:
            made = answer_of(step["response"])
        except Exception as error:
            return {"built": raised(error)}
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            result = outcome(lambda: self.service.register(text(step["name"]), made))
        return {
            "registered": result,
            "warned": [
                [type(each.message).__name__, str(each.message), each.filename == __file__]
                if issubclass(each.category, DeprecationWarning)
                else type(each.message).__name__
                for each in caught
            ],
        }

    def write_handlers(self, step: dict[str, Wire]) -> Wire:
        name = text(step["name"])
        if step.get("response") is None:
            return outcome(lambda: self.service.handlers.__delitem__(name))
        made = answer_of(step["response"])
        return outcome(lambda: self.service.handlers.__setitem__(name, made))

    def build(self, step: dict[str, Wire]) -> Wire:
        """Only make a thing, to see whether it can be made."""
        what = table(step["what"])

        def act() -> None:
            if "kind" in what:
                answer_of(what)
            elif "path" in what:
                route_of(what)
            else:
                Match(**keywords(what))  # type: ignore[arg-type]  # wrong ones too

        return outcome(act)

    async def send(self, step: dict[str, Wire]) -> Wire:
        on = text(step.get("to") or ("proxy" if self.proxy is not None else "service"))
        number = step.get("again")
        if isinstance(number, int):
            talk = self.talks[number]
        else:
            talk = Talk(*await asyncio.open_connection("127.0.0.1", self.ports[on], ssl=self.tls))
            self.talks.append(talk)
        seen: list[Wire] = []
        for piece in items(step["data"]):
            if piece is None:  # wait for an interim answer
                seen.append(await talk.answer("GET"))
                continue
            if isinstance(piece, bool):  # let the other side see what came so far
                for _ in range(10):
                    await asyncio.sleep(0)
                continue
            await talk.send(self.fill(text(piece)))
        for method in items(step["answers"]):
            answer = await talk.answer(text(method))
            while answer.get("status") in (100, 102, 103):
                seen.append(answer)
                answer = await talk.answer(text(method))
            seen.append(answer)
            if "status" not in answer:
                break
        if step.get("then") == "eof":
            seen.append(await talk.rest())
        elif step.get("then") == "leave":
            self.talks.remove(talk)
            await talk.close()
            for _ in range(10):
                await asyncio.sleep(0)
        return seen

    def check(self, step: dict[str, Wire]) -> Wire:
        target: object = self.proxy if step.get("on") == "proxy" else self.service
        method = cast("Callable[..., object]", getattr(target, text(step["call"])))
        arguments = [value(each) for each in items(step.get("args") or [])]
        named = keywords(step.get("kwargs") or {})
        if isinstance(named.get("target"), str):
            named["target"] = self.fill(cast(str, named["target"])).decode("latin-1")

        def act() -> Wire:
            result = method(*arguments, **named)
            if result is None:
                return "ok"
            if isinstance(result, list):
                return [look(cast("RequestHistory", call), USUAL) for call in result]
            return look(cast("RequestHistory", result), USUAL)

        return outcome(act)

    def change(self, step: dict[str, Wire]) -> Wire:
        """Edit the history as a user may, and say what is left."""
        on = text(step["on"])
        service = self.service
        target = service.history if on == "@all" else service.history_map[on]
        operation = text(step["op"])
        at = cast(int, step.get("at", 0))
        other = (
            service.history if step.get("from") is None else service.history_map[text(step["from"])]
        )
        acts: dict[str, Callable[[], object]] = {
            "clear": lambda: target.clear(),
            "clear_map": lambda: service.history_map.clear(),
            "drop": lambda: len(service.history_map.pop(on)),
            "delete": lambda: target.__delitem__(at),
            "delete_slice": lambda: target.__delitem__(slice(at, None)),
            "pop": lambda: look(target.pop(at), USUAL),
            "append": lambda: target.append(other[at]),
            "extend": lambda: target.extend([other[at], other[at]]),
            "insert": lambda: target.insert(0, other[at]),
            "reverse": lambda: target.reverse(),
            "replace": lambda: target.__setitem__(at, other[-1]),
            "remove": lambda: target.remove(target[at]),
            "index": lambda: target.index(target[at]),
            "count": lambda: target.count(target[at]),
            "contains": lambda: target[at] in target,
            "get": lambda: look(target[at], USUAL),
            "slice": lambda: [look(call, USUAL) for call in target[at:]],
            "backwards": lambda: [call.request.path for call in reversed(target)],
            "names": lambda: sorted(service.history_map),
            "length": lambda: [len(target), len(service.history), len(service.history_map)],
            "truth": lambda: [bool(target), bool(service.history), bool(service.history_map)],
            "known": lambda: [on in service.history_map, "no such" in service.history_map],
        }
        return {
            "result": outcome(lambda: acts[operation]()),
            "all": [call.request.path for call in service.history],
            "map": {
                name: [call.request.path for call in calls]
                for name, calls in sorted(service.history_map.items())
                if calls
            },
        }

    async def inspect(self, step: dict[str, Wire]) -> Wire:
        calls = self.calls(text(step["on"]))
        names = [text(each) for each in items(step.get("names") or [])]
        seen: list[Wire] = []
        for call in calls:
            seen.append(look(call, names))
            if step.get("read"):
                seen.append(await read_again(call))
        return seen

    def about(self, step: dict[str, Wire]) -> Wire:
        url = self.service.url
        return {
            "url": str(url).replace(str(url.port), "<port>"),
            "names": sorted(self.service._handler_names),
            "handlers": sorted(self.service.handlers),
            "service": type(self.service).__name__,
            "equal": self.service.url == self.service.url,
        }

    def upstream_seen(self, step: dict[str, Wire]) -> Wire:
        assert self.upstream is not None
        seen: list[Wire] = []
        for each in self.upstream.seen:
            head, _, body = each.partition("\r\n\r\n")
            line, *headers = head.split("\r\n")
            seen.append(
                {"line": line, "headers": sorted(cast("list[Wire]", headers)), "body": body}
            )
        return seen

    async def play(self, step: dict[str, Wire]) -> Wire:
        kind = text(step["do"])
        if kind == "send":
            return await self.send(step)
        if kind == "inspect":
            return await self.inspect(step)
        plain: dict[str, Callable[[dict[str, Wire]], Wire]] = {
            "register": self.register,
            "handlers": self.write_handlers,
            "build": self.build,
            "assert": self.check,
            "change": self.change,
            "about": self.about,
            "upstream": self.upstream_seen,
        }
        return plain[kind](step)


@asynccontextmanager
async def listening(upstream: Upstream) -> AsyncIterator[int]:
    """A port on which literal bytes are answered."""
    server = await asyncio.start_server(upstream, "127.0.0.1", 0)
    try:
        yield cast(int, server.sockets[0].getsockname()[1])
    finally:
        server.close()


async def play(scenario: dict[str, Wire]) -> dict[str, Wire]:
    """All that can be seen of one scenario."""
    seen: dict[str, Wire] = {}
    async with AsyncExitStack() as stack:
        server_tls, client_tls = tls_contexts(scenario)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                routes = [route_of(each) for each in items(scenario["routes"])]
                service = await stack.enter_async_context(
                    start_service(routes, ssl_context=server_tls)
                )
            except Exception as error:
                seen["start"] = raised(error)
                return seen
            proxy = None
            if scenario["kind"] == "proxy":
                login = scenario.get("auth")
                auth = BasicAuth(*(text(each) for each in items(login))) if login else None
                proxy = await stack.enter_async_context(start_proxy(auth=auth))
        seen["start"] = "ok"
        seen["start_warnings"] = [type(each.message).__name__ for each in caught]
        stage = Stage(service, proxy)
        stage.tls = client_tls
        stage.ports["service"] = cast(int, service.url.port)
        if proxy is not None:
            stage.ports["proxy"] = cast(int, proxy.url.port)
            stage.upstream = Upstream(items(scenario.get("upstream") or []))
            stage.ports["upstream"] = await stack.enter_async_context(listening(stage.upstream))
            with closing(await asyncio.start_server(stage.upstream, "127.0.0.1", 0)) as gone:
                stage.ports["dead"] = cast(int, gone.sockets[0].getsockname()[1])
        try:
            steps: list[Wire] = [await stage.play(table(step)) for step in items(scenario["steps"])]
            seen["steps"] = stage.clean(steps)
            seen["history"] = stage.clean([look(call, USUAL) for call in service.history])
            seen["history_map"] = stage.clean(cast(Wire, stage.history_map()))
            if proxy is not None:
                seen["proxy_history"] = stage.clean([look(call, USUAL) for call in proxy.history])
            if proxy is None:  # a proxy would ask for the probe's host
                seen["open"] = [await talk.probe() for talk in stage.talks]
        finally:
            for talk in stage.talks:
                await talk.close()
    return seen


def tls_contexts(
    scenario: dict[str, Wire],
) -> tuple[ssl.SSLContext, ssl.SSLContext] | tuple[None, None]:
    """The server's and the client's side of TLS, where the scenario wants it.

    The first argument of this program names the file of a certificate and its key.
    """
    if not scenario.get("tls"):
        return None, None
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(sys.argv[1])
    client = ssl.create_default_context()
    client.check_hostname = False
    client.verify_mode = ssl.CERT_NONE
    return server, client


async def main() -> None:
    # A recursion limit of the interpreter's own default, whoever starts this file.
    sys.setrecursionlimit(1000)
    for line in sys.stdin:
        scenario = table(cast(Wire, json.loads(line)))
        try:
            seen = await asyncio.wait_for(play(scenario), 30)
        except Exception:
            seen = {"crash": traceback.format_exc()}
        seen["id"] = scenario["id"]
        print(json.dumps(seen), flush=True)


if __name__ == "__main__":
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    asyncio.run(main())
