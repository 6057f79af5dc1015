"""One scenario while it is played: every kind of step."""

from __future__ import annotations

import asyncio
import ssl
import warnings
from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, cast

from asyncly.srvmocker import JsonResponse, Match, MockProxyService, MockService
from asyncly.srvmocker.assertions import call_matches

from .looking import USUAL, look, outcome, raised, read_again
from .making import answer_of, route_of
from .probing import PROBES
from .talking import Talk, Upstream
from .values import Wire, items, keywords, table, text, value

if TYPE_CHECKING:
    from aiohttp import web

    from asyncly.srvmocker import RequestHistory


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
        except Exception as error:  # noqa: BLE001  # whatever is raised is what is observed
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

    def mutate(self, step: dict[str, Wire]) -> Wire:
        """Change a body after its response was made of it."""
        body: list[object] = [1]
        self.service.register(text(step["name"]), JsonResponse(body))
        body.append(2)
        return None

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
            elif isinstance(piece, bool):
                await talk.pause(end=not piece)
            else:
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
                return [look(call, USUAL) for call in cast("list[RequestHistory]", result)]
            return look(cast("RequestHistory", result), USUAL)

        return outcome(act)

    def match(self, step: dict[str, Wire]) -> Wire:
        """Ask a `Match` and the helper of the assertions about each recorded call."""
        criteria = keywords(step["criteria"])

        def act(call: RequestHistory) -> Wire:
            request = cast("web.Request", call.request)
            made = Match(**criteria)  # type: ignore[arg-type]  # wrong ones too
            return [made.matches(request, call.body), call_matches(call, **criteria)]  # type: ignore[arg-type]  # as above

        return [outcome(partial(act, call)) for call in self.calls(text(step["on"]))]

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
            "clear": target.clear,
            "clear_map": service.history_map.clear,
            "drop": lambda: len(service.history_map.pop(on)),
            "delete": lambda: target.__delitem__(at),
            "delete_slice": lambda: target.__delitem__(slice(at, None)),
            "pop": lambda: look(target.pop(at), USUAL),
            "append": lambda: target.append(other[at]),
            "extend": lambda: target.extend([other[at], other[at]]),
            "insert": lambda: target.insert(0, other[at]),
            "reverse": target.reverse,
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
            "result": outcome(acts[operation]),
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
            "names": sorted(self.service._handler_names),  # pyright: ignore[reportPrivateUsage]  # users know it
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
            seen.append({"line": line, "headers": sorted(headers), "body": body})
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
            "match": self.match,
            "mutate": self.mutate,
            "probe": lambda step: outcome(PROBES[text(step["name"])]),
            "about": self.about,
            "upstream": self.upstream_seen,
        }
        return plain[kind](step)
