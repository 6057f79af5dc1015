"""Whatever happens to a service, in whatever order: it counts, keeps and wakes as the model does.

For a longer, random search set HYPOTHESIS_EXAMPLES to the number of runs.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from unittest.mock import patch

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from asyncly.srvmocker import (
    CallNumbers,
    Calls,
    Keep,
    MockRoute,
    MockService,
    NotKeptError,
    RecordedRequest,
    SrvMockerError,
    start_namespace,
    start_service,
)
from asyncly.srvmocker._core.record import history as history_module
from asyncly.srvmocker._core.record import journal as journal_module
from asyncly.srvmocker._door import server as server_module
from asyncly.srvmocker._door.door import Door
from asyncly.srvmocker._door.site import Site
from tests.core.support import examples
from tests.life.model import (
    GONE,
    HANDLERS,
    LARGEST,
    PENDING,
    Call,
    Looks,
    Response,
    Rule,
    Scope,
    Step,
    Wait,
)
from tests.life.stage import ROUTES, SIMPLE, responses
from tests.streams.played import Wire

KEEPS: Final = (
    *(None, Keep(), Keep(last=0), Keep(last=1), Keep(last=2), Keep(every=2)),
    *(Keep(bodies=0), Keep(bodies=7), Keep(last=2, every=3), Keep(last=3, bodies=0)),
)
PATHS: Final = ("/any/1", "/any/2?a=1", "/pick", "/get", "/guard", "/nothing")
BODIES: Final = (
    b"",
    b"x" * (LARGEST + 1),
    b'{"n":1}',
    b'{"n": 1}',
    b'{"n": 2}',
    b"let me in",
    b"nothing",
)
LOOKS: Final = (Looks("all"), Looks("json"), Looks("post"))
REFUSAL: Final = "refusal"
GARBAGE: Final = b"no request\r\n\r\n"
_PATIENCE: Final = 3000

_STATUS = re.compile(rb"HTTP/1\.1 (\d\d\d) ")


@dataclass(frozen=True)
class Said:
    """A request, or garbage where there is no method."""

    scope: int
    method: str
    path: str
    body: bytes
    chunked: bool = False
    upgrade: bool = False

    @property
    def asks_for_more(self) -> bool:
        """Whether it asks for a WebSocket, so that what is behind it waits until it is denied."""
        return self.upgrade and self.method == "GET" and not self.body

    def wire(self, prefix: str) -> bytes:
        if not self.method:
            return GARBAGE
        head = f"{self.method} {prefix}{self.path} HTTP/1.1\r\nHost: a\r\n".encode()
        if self.asks_for_more:
            head += b"Connection: upgrade\r\nUpgrade: websocket\r\n"
        if self.chunked and self.body:
            size = b"%x" % len(self.body)
            return (
                head
                + b"Transfer-Encoding: chunked\r\n\r\n"
                + size
                + b"\r\n"
                + self.body
                + b"\r\n0\r\n\r\n"
            )
        if not self.body:
            return head + b"\r\n"
        return head + b"Content-Length: %d\r\n\r\n" % len(self.body) + self.body


SAID: Final = st.builds(
    Said,
    st.integers(0, 2),
    st.sampled_from(("GET", "POST", "POST", "POST", "HEAD", "PUT", "")),
    st.sampled_from(PATHS),
    st.sampled_from(BODIES),
    st.booleans(),
    st.booleans(),
)

PLAIN: Final = st.builds(
    Said,
    st.integers(0, 2),
    st.just("POST"),
    st.sampled_from(("/any/1", "/any/2", "/pick")),
    st.sampled_from((b"", b'{"n":1}', b'{"n": 2}')),
)
"""Such as take the short way."""


@dataclass(eq=False)
class Link:
    """A connection."""

    door: Door
    wire: Wire
    queue: list[Call | str] = field(default_factory=list[Call | str])
    statuses: list[int] = field(default_factory=list[int])
    rest: bytes = b""
    """What is still to come of a request that was begun."""
    said: tuple[Real, Said] | None = None
    asking: Call | None = None
    """The last that has asked for a WebSocket."""
    withheld: list[tuple[Real, Said]] = field(default_factory=list["tuple[Real, Said]"])
    """What came behind it."""
    refused: bool = False
    eof: bool = False
    over: bool = False


@dataclass(eq=False)
class Real:
    """A service beside its model."""

    service: MockService[str]
    scope: Scope
    stack: AsyncExitStack
    injections: list[tuple[Rule, Any]] = field(default_factory=list[tuple[Rule, Any]])
    waits: list[tuple[Wait, asyncio.Task[Calls]]] = field(
        default_factory=list[tuple[Wait, "asyncio.Task[Calls]"]]
    )
    is_open: bool = True


def is_post(call: RecordedRequest) -> bool:
    return call.method == "POST"


def narrowed(calls: Calls, looks: Looks) -> Calls:
    if looks.what == "json":
        return calls.matching(json={"n": 1})
    return calls.matching(predicate=is_post) if looks.what == "post" else calls


def cut(wires: list[bytes], at: int) -> list[bytes]:
    """One segment, or two where it is cut within."""
    for end, wire in zip(accumulate(map(len, wires)), wires, strict=True):
        if wire == GARBAGE and end - len(wire) < at < end:
            at = end  # where in it that is seen does not matter
    whole = b"".join(wires)
    return [segment for segment in (whole[:at], whole[at:]) if segment]


class Life(RuleBasedStateMachine):
    """A service, its namespaces, its clients and its tests."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.reals: list[Real] = []
        self.links: list[Link] = []
        self.left: list[Link] = []
        self.responses: list[Response] = []
        self.sites: list[Site[Any]] = []
        self.names = 0
        self.patches = ExitStack()

    def run(self, what: Any) -> Any:
        return self.loop.run_until_complete(what)

    # --- a service and its namespaces

    @initialize(keeps=st.lists(st.sampled_from(KEEPS), min_size=5, max_size=5), tidy=st.booleans())
    def start(self, keeps: list[Keep | None], tidy: bool) -> None:
        if tidy:  # what is kept no longer goes at once, and what is kept moves up
            self.patches.enter_context(patch.object(history_module, "_SETTLE_AFTER", 2))
            self.patches.enter_context(patch.object(journal_module, "_COMPACT_FROM", 1))

        @asynccontextmanager
        async def serve(site: Site[Any], *, ssl_context: object) -> AsyncGenerator[tuple[str, int]]:
            self.sites.append(site)
            try:
                yield "127.0.0.1", 80
            finally:
                await site.close(0.1)

        with patch.object(server_module, "serve_site", serve):
            self.open("", keeps, partial(start_service, client_max_size=LARGEST))
        for _ in range(2):
            self.connect()
        for handler in HANDLERS:
            self.register(0, handler, SIMPLE["ready"]())

    def open(self, prefix: str, keeps: list[Keep | None], begin: Any) -> None:
        keep_of: dict[str, Keep | None] = dict(zip(HANDLERS, keeps, strict=True))
        routes = [
            MockRoute(each.method, each.path, each.handler_name, each.match, keep=keep)
            for each, keep in zip(ROUTES, keeps, strict=True)
        ]
        stack = AsyncExitStack()
        service = self.run(stack.enter_async_context(begin(routes)))
        self.reals.append(Real(service, Scope(prefix, keep_of), stack))

    @precondition(lambda self: len([each for each in self.reals if each.is_open]) < 3)
    @rule(keeps=st.lists(st.sampled_from(KEEPS), min_size=5, max_size=5))
    def open_namespace(self, keeps: list[Keep | None]) -> None:
        self.names += 1
        name = f"n{self.names}"
        root = self.reals[0].service
        self.open(f"/{name}", keeps, partial(start_namespace, root, name=name))

    @precondition(lambda self: len([each for each in self.reals if each.is_open]) > 1)
    @rule()
    def close_namespace(self) -> None:
        real = next(each for each in self.reals[1:] if each.is_open)
        real.is_open = False
        for wait, _ in real.waits:
            wait.over = wait.over or "ended"
        self.run(real.stack.aclose())

    def real(self, number: int) -> Real:
        return self.reals[number % len(self.reals)]

    # --- what a test does

    @rule(number=st.integers(0, 3), handler=st.sampled_from(HANDLERS), response=responses())
    def register(self, number: int, handler: str, response: Response) -> None:
        real = self.real(number)
        self.responses.append(response)
        real.scope.handlers[handler] = response
        real.service.register(handler, response.given)

    @rule(number=st.integers(0, 3), response=responses())
    def register_everywhere(self, number: int, response: Response) -> None:
        for handler in HANDLERS:
            self.register(number, handler, response)

    @rule(number=st.integers(0, 3), kind=st.sampled_from(("held", "waits", "hangs")))
    def hold_all(self, number: int, kind: str) -> None:
        response = SIMPLE[kind]()
        response.label = kind
        self.register_everywhere(number, response)

    @rule(number=st.integers(0, 3), handler=st.sampled_from(HANDLERS))
    def take_away(self, number: int, handler: str) -> None:
        real = self.real(number)
        real.scope.handlers.pop(handler, None)
        real.service.handlers.pop(handler, None)

    @precondition(lambda self: self.responses)
    @rule(number=st.integers(0, 100))
    def release(self, number: int) -> None:
        waiting = [each for each in self.responses if each.held]
        held = [each for each in self.responses if each.label == "held"]
        chosen = waiting or held
        if not chosen:
            return
        response = chosen[number % len(chosen)]

        async def do() -> None:
            response.release()

        self.run(do())
        if not response.held:
            response.ahead += 1
            return
        call = response.held.pop(0)
        link = next(each for each in self.links if call in each.queue)
        how = "ready" if response.label == "held" else "aiohttp"
        status = 200 if response.label == "held" else 201
        self.finish(link, call, Step(how, status))
        self.go_on(link)

    @rule(number=st.integers(0, 3), restore=st.booleans())
    def reset(self, number: int, restore: bool) -> None:
        real = self.real(number)
        real.service.reset(restore=restore)
        real.scope.reset(restore=restore)

    @rule(number=st.integers(0, 3))
    def clear_history(self, number: int) -> None:
        real = self.real(number)
        real.service.history.clear()
        real.scope.cleared = set(map(id, real.scope.calls))

    @rule(number=st.integers(0, 3))
    def save(self, number: int) -> None:
        real = self.real(number)
        real.service.save_responses()
        real.scope.save()

    @rule(
        number=st.integers(0, 3),
        handler=st.sampled_from((None, *HANDLERS)),
        numbers=st.sampled_from((None, frozenset({1}), frozenset({2, 3}))),
        response=st.none() | responses(),
    )
    def inject(
        self,
        number: int,
        handler: str | None,
        numbers: frozenset[int] | None,
        response: Response | None,
    ) -> None:
        real = self.real(number)
        scope = real.scope
        made = Rule(f"r{len(scope.rules)}", handler, numbers, response)
        if response is not None:
            self.responses.append(response)
        injection = real.service.inject(
            (lambda registered: registered) if response is None else response.given,
            when=None if numbers is None else CallNumbers(*numbers),
            handlers=None if handler is None else [handler],
            name=made.name,
        )
        scope.rules.append(made)
        real.injections.append((made, injection))

    @rule(number=st.integers(0, 3), which=st.integers(0, 9), on=st.booleans())
    def switch(self, number: int, which: int, on: bool) -> None:
        real = self.real(number)
        if not real.injections:
            return
        made, injection = real.injections[which % len(real.injections)]
        if on:
            injection.on()
            if not made.on:
                made.begin()
        else:
            injection.off()
        made.on = on

    @rule(
        number=st.integers(0, 3),
        names=st.sets(st.sampled_from(HANDLERS), max_size=2),
        looks=st.sampled_from(LOOKS),
        times=st.integers(1, 4),
    )
    def wait(self, number: int, names: set[str], looks: Looks, times: int) -> None:
        real = self.real(number)
        chosen = tuple(sorted(names))
        calls = narrowed(real.service.calls(*chosen), looks)
        task = self.loop.create_task(calls.wait(times, timeout=None))
        self.run(asyncio.sleep(0))
        count = real.scope.count(chosen, looks)
        if count is None or (count[0] < times and count[0] != count[1]):
            assert isinstance(task.exception(), NotKeptError)
            return
        waiting = Wait(real.scope, chosen, looks, times, times - count[0])
        if waiting.missing <= 0:
            waiting.over = "fulfilled"
        elif not real.is_open:
            waiting.over = "ended"
        real.scope.waits.append(waiting)
        real.waits.append((waiting, task))

    @rule(number=st.integers(0, 3))
    def give_up_waiting(self, number: int) -> None:
        real = self.real(number)
        for waiting, task in real.waits[:1]:
            task.cancel()
            self.run(asyncio.wait([task]))
            real.scope.waits.remove(waiting)
        del real.waits[:1]

    # --- what clients do

    @precondition(lambda self: len(self.links) < 4)
    @rule()
    def connect(self) -> None:
        wire = Wire(self.loop, shy=False)
        door = Door(self.sites[0])
        wire.set_protocol(door)

        async def do() -> None:
            door.connection_made(wire)

        self.run(do())
        self.links.append(Link(door, wire))

    def link(self, number: int) -> Link | None:
        ready = [
            each
            for each in self.links
            if not (each.eof or each.over or each.refused) and len(each.queue) < 16
        ]
        return ready[number % len(ready)] if ready else None

    @precondition(lambda self: self.links)
    @rule(number=st.integers(0, 3), said=st.lists(SAID, min_size=1, max_size=4), data=st.data())
    def send(self, number: int, said: list[Said], data: st.DataObject) -> None:
        link = self.link(number)
        if link is None:
            return
        meant = [(self.real(each.scope), each) for each in said]
        wires = [each.wire(real.scope.prefix) for real, each in meant]
        if link.said is not None:
            wires.insert(0, link.rest)
            meant.insert(0, link.said)
            link.rest, link.said = b"", None
        whole = b"".join(wires)
        how = data.draw(st.sampled_from(("whole", "each", "cut")), "how")
        at = data.draw(st.integers(1, len(whole) - 1), "at") if how == "cut" else 0
        segments = wires if how == "each" else cut(wires, at)

        async def do() -> None:
            for segment in segments:
                link.door.data_received(segment)

        self.run(do())
        ends = list(accumulate(map(len, wires)))
        begin = 0
        for end in accumulate(map(len, segments)):
            if link.over or link.refused:
                break  # what comes behind the end of a connection is not looked at
            for (real, each), its_end in zip(meant, ends, strict=True):
                if begin < its_end <= end:
                    self.arrived(link, real, each)
            begin = end

    @precondition(lambda self: self.links)
    @rule(number=st.integers(0, 3), said=st.lists(PLAIN, min_size=1, max_size=4))
    def send_plainly(self, number: int, said: list[Said]) -> None:
        link = self.link(number)
        if link is None or link.said is not None:
            return
        for each in said:
            if link.over:
                break
            real = self.real(each.scope)
            wire = each.wire(real.scope.prefix)

            async def do(wire: bytes = wire) -> None:
                link.door.data_received(wire)

            self.run(do())
            self.arrived(link, real, each)
            self.all_is_well()

    @precondition(lambda self: self.links)
    @rule(
        number=st.integers(0, 3),
        said=SAID.filter(lambda said: said.method and len(said.body) <= LARGEST),
        data=st.data(),
    )
    def begin_a_request(self, number: int, said: Said, data: st.DataObject) -> None:
        link = self.link(number)
        if link is None or link.said is not None:
            return
        real = self.real(said.scope)
        wire = said.wire(real.scope.prefix)
        at = data.draw(st.integers(1, len(wire) - 1), "at")
        link.said, link.rest = (real, said), wire[at:]

        async def do() -> None:
            link.door.data_received(wire[:at])

        self.run(do())

    @precondition(lambda self: self.links)
    @rule(number=st.integers(0, 3), half=st.booleans())
    def leave(self, number: int, half: bool) -> None:
        link = self.links[number % len(self.links)]
        if link.eof:
            half = False

        async def do() -> None:
            if half:
                if not link.wire.closing and not link.door.eof_received():
                    link.wire.close()
            else:
                link.wire.close()

        self.run(do())
        if half:
            link.eof = True
            head = link.queue[0] if link.queue else None
            if head is None or (
                isinstance(head, Call) and head.step and head.step.how in {"held", "hangs"}
            ):
                self.lose(link)
        else:
            self.lose(link)
            self.links.remove(link)
            self.left.append(link)  # so that no other has its identity
            self.settle()
            self.look_at(link)

    # --- the model of a connection

    def arrived(self, link: Link, real: Real, said: Said) -> None:
        if link.refused or (link.over and link.asking):
            return
        if link.asking in link.queue:
            link.withheld.append((real, said))
            return
        if not said.method:
            self.reals[0].scope.refused += 1
            link.refused = True
            link.queue.append(REFUSAL)
            self.go_on(link)
            return
        path, scope = said.path, real.scope
        if scope.prefix and not real.is_open:
            path, scope = f"{scope.prefix}{path}", self.reals[0].scope
        call = scope.take_in(said.method, path, said.body)
        call.connection = id(link)
        link.asking = call if said.asks_for_more else None
        link.queue.append(call)
        if link.over:
            self.lose(link)  # it is recorded, and not answered
        else:
            self.go_on(link)

    def go_on(self, link: Link) -> None:
        while link.queue and not link.over:
            call = link.queue[0]
            if isinstance(call, str):
                link.statuses.append(400)
                link.over = True
                link.queue.clear()
                return
            if call.step is not None:
                return  # somebody waits
            step, response = call.scope.plan(call)
            if step.how == "held" and response and response.ahead:
                response.ahead -= 1
                step = Step("ready")
            if step.how in {"held", "waits", "hangs"}:
                call.step = step
                if response is not None and step.how != "hangs":
                    response.held.append(call)
                    call.holder = response
                if link.eof and step.how != "waits":
                    self.lose(link)
                return
            self.finish(link, call, step)
        while link.withheld and not (link.over or link.refused) and link.asking not in link.queue:
            self.arrived(link, *link.withheld.pop(0))
        if link.eof and not link.queue:
            link.over = True

    def finish(self, link: Link, call: Call, step: Step) -> None:
        assert link.queue.pop(0) is call
        call.step = step
        call.outcome = step.status
        call.scope.fail(call, step)
        if not step.silent:
            link.statuses.append(step.status)
        if step.closes:
            self.lose(link)

    def lose(self, link: Link) -> None:
        for call in link.queue:
            if isinstance(call, Call):
                call.outcome = GONE
                if call.holder is not None and call in call.holder.held:
                    call.holder.held.remove(call)
        link.queue.clear()
        link.withheld.clear()
        link.over = True

    # --- what must be so

    def settle(self) -> None:
        pending = {
            id(real): sum(call.outcome is PENDING for call in real.scope.calls)
            for real in self.reals
        }

        async def until() -> None:
            for turn in range(_PATIENCE):
                await asyncio.sleep(0 if turn < 100 else 0.001)
                if turn > 8 and all(
                    real.service.account.in_progress == pending[id(real)] for real in self.reals
                ):
                    return

        self.run(until())

    def look_at(self, link: Link) -> None:
        statuses = [int(status) for status in _STATUS.findall(bytes(link.wire.written))]
        assert statuses == link.statuses, (statuses, link.statuses)
        assert not link.wire.protests

    @invariant()
    def all_is_well(self) -> None:
        self.settle()
        for link in self.links:
            self.look_at(link)
        for real in self.reals:
            self.look_into(real)

    def look_into(self, real: Real) -> None:
        service, scope = real.service, real.scope
        account = service.account
        hows = Counter(
            call.step.how for call in scope.calls if isinstance(call.outcome, int) and call.step
        )
        assert (
            account.received,
            account.answered_ready,
            account.answered_by_aiohttp,
            account.answered_step_by_step,
            account.refused,
            account.client_gone,
            account.in_progress,
            account.unmatched,
        ) == (
            len(scope.calls) + scope.refused,
            hows["ready"],
            hows["aiohttp"],
            hows["script"],
            scope.refused,
            sum(call.outcome == GONE for call in scope.calls),
            sum(call.outcome is PENDING for call in scope.calls),
            scope.missed,
        )
        for name in HANDLERS:
            mine = [call for call in scope.calls if call.handler == name]
            counts = service.counts(name)
            statuses = Counter(call.outcome for call in mine if isinstance(call.outcome, int))
            assert counts.calls == len(mine)
            assert dict(counts.by_status) == dict(statuses), (counts, statuses)
            assert counts.client_gone == sum(call.outcome == GONE for call in mine)
            assert counts.handler_errors == scope.failed[name]
            assert counts.unregistered == scope.unregistered[name]
            assert [told(call) for call in service.get_calls(name)] == [
                kept(call) for call in scope.history([name])
            ]
            service.calls(name).assert_count(len(scope.history([name])) + scope.unkept([name]))
        assert [told(call) for call in service.history] == [kept(call) for call in scope.history()]
        assert len(service.errors) == scope.errors, service.errors
        assert len(service.unmatched) == scope.missed
        for made, injection in real.injections:
            assert (injection.count, injection.is_on) == (made.count, made.on)
        if not scope.unkept():
            came, traffic = scope.history(), service.calls().traffic()
            assert (traffic.calls, traffic.unanswered, traffic.connections) == (
                len(came),
                sum(call.outcome is PENDING for call in came),
                len({call.connection for call in came}),
            )
        for looks in LOOKS:
            count = scope.count((), looks)
            calls = narrowed(service.calls(), looks)
            if count is None:
                continue
            assert calls._question.count() == count
        for waiting, task in real.waits:
            assert task.done() == bool(waiting.over), waiting
            if waiting.over == "fulfilled":
                assert task.exception() is None
            elif waiting.over == "ended":
                assert isinstance(task.exception(), SrvMockerError)

    def read_report(self, real: Real, path: Path) -> None:
        """What is written of a service is what the model says of it, too."""
        scope = real.scope
        real.service.report(path)
        told = json.loads(path.read_text("utf-8"))
        came = [call for call in scope.calls if call.handler]
        statuses = Counter(call.outcome or "none" for call in came if isinstance(call.outcome, int))
        assert (told["calls"], told["kept"]) == (len(came), len(scope.history()))
        assert told["statuses"] == {str(status): count for status, count in statuses.items()}
        assert [told[what]["total"] for what in ("unmatched", "failures", "refused")] == [
            scope.missed,
            scope.errors,
            scope.refused,
        ]
        assert [each["injected"] for each in told["last"]] == [
            call.injected for call in scope.history()[-len(told["last"]) :] if told["last"]
        ]
        injected = Counter(rule.name for rule in scope.rules for _ in range(rule.count))
        assert {each["name"]: each["calls"] for each in told["injections"] if each["calls"]} == (
            injected
        )

    def teardown(self) -> None:
        with self.patches:
            for link in self.links:
                link.wire.close()
                self.lose(link)
            if self.reals:
                self.all_is_well()
            with TemporaryDirectory() as folder:
                for real in self.reals:
                    self.read_report(real, Path(folder, "report.json"))
            for real in reversed(self.reals):
                if real.is_open:
                    self.run(real.stack.aclose())
                for _, task in real.waits:
                    task.cancel()
            self.run(asyncio.sleep(0))
            self.loop.close()


def told(call: RecordedRequest) -> tuple[object, ...]:
    try:
        body: bytes | None = call.body
    except NotKeptError:
        body = None
    return call.handler_name, call.method, str(call.url.raw_path_qs), body, call.injected


def kept(call: Call) -> tuple[object, ...]:
    body = call.body if call.has_body else None
    return call.handler, call.method, call.path, body, call.injected


Life.TestCase.settings = settings(examples(100), stateful_step_count=40)
TestLife = Life.TestCase
