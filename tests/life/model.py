"""What a service must have counted, kept and answered, in the plainest words.

Lists and dicts that are gone through anew at each question; nothing of the package is used but the
objects that a user hands to it.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from asyncly.srvmocker import BaseMockResponse, Keep

PENDING: Final = None
"""The outcome of a call that has none yet."""
GONE: Final = "gone"
"""The outcome of a call whose client has left."""


class Step(NamedTuple):
    """How one request is answered: by whom, with which status, and what comes of it."""

    how: str
    """`ready`, `aiohttp`, `script`; `held` and `waits` for ones that somebody has to release;
    `hangs` for ones that nobody can."""
    status: int = 200
    closes: bool = False
    fails: bool = False
    unregistered: bool = False
    silent: bool = False
    """Whether no status line is written."""


@dataclass(eq=False)
class Response:
    """A registered response: what the service is given, and what it is to do."""

    given: BaseMockResponse
    step: Callable[[], Step]
    rewind: Callable[[], None] = lambda: None
    held: list[Call] = field(default_factory=list["Call"])
    """The calls that it holds, oldest first."""
    ahead: int = 0
    """How many to come are released."""
    release: Callable[[], None] = lambda: None
    label: str = ""

    def begin_anew(self) -> None:
        self.ahead = 0
        self.rewind()


@dataclass(eq=False)
class Rule:
    """An injection."""

    name: str
    handler: str | None
    numbers: frozenset[int] | None
    """Which of its calls are meant; `None`: all."""
    response: Response | None
    """What answers; `None` is the registered response, which is passed on."""
    on: bool = True
    calls: int = 0
    count: int = 0

    def means(self, handler: str) -> bool:
        if self.handler is not None and self.handler != handler:
            return False
        self.calls += 1
        return self.numbers is None or self.calls in self.numbers

    def begin(self) -> None:
        self.calls = 0

    def begin_anew(self) -> None:
        self.calls = self.count = 0
        if self.response is not None:
            self.response.begin_anew()


@dataclass(eq=False)
class Call:
    """One request that was taken in."""

    scope: Scope
    handler: str
    """Empty where no route answers it: then `missed` is the status."""
    method: str
    path: str
    body: bytes
    missed: int = 0
    rule: Rule | None = None
    injected: str | None = None
    outcome: int | str | None = PENDING
    kept: bool = True
    has_body: bool = True
    step: Step | None = None
    holder: Response | None = None
    connection: int = 0


class Looks(NamedTuple):
    """Which calls somebody waits for, or asks about."""

    what: str
    """`all`, `json`, `post`."""

    def fit(self, call: Call) -> bool:
        if self.what == "json":
            return parsed(call.body) == {"n": 1}
        return self.what == "all" or call.method == "POST"

    @property
    def reads_body(self) -> bool:
        return self.what == "json"


@dataclass(eq=False)
class Wait:
    """Somebody who waits for calls."""

    scope: Scope
    names: tuple[str, ...]
    looks: Looks
    times: int
    missing: int
    over: str = ""
    """`fulfilled`, `ended`, or nothing."""

    def tell(self, call: Call) -> None:
        if not self.over and (not self.names or call.handler in self.names):
            self.missing -= self.looks.fit(call)
            if self.missing <= 0:
                self.over = "fulfilled"


def parsed(body: bytes) -> object:
    try:
        return json.loads(body)
    except ValueError:
        return None


LARGEST: Final = 600
"""Bytes of the largest body that is taken in."""
TOO_LARGE: Final = 413
METHODS: Final = {"/pick": ("POST",), "/get": ("GET",), "/guard": ("POST",)}
HANDLERS: Final = ("any", "one", "two", "get", "guard")


@dataclass(eq=False)
class Scope:
    """A service or a namespace."""

    prefix: str
    keeps: dict[str, Keep | None]
    handlers: dict[str, Response] = field(default_factory=dict[str, Response])
    saved: dict[str, Response] = field(default_factory=dict[str, Response])
    rules: list[Rule] = field(default_factory=list[Rule])
    saved_rules: list[Rule] = field(default_factory=list[Rule])
    waits: list[Wait] = field(default_factory=list[Wait])
    calls: list[Call] = field(default_factory=list[Call])
    """Those since the last reset, and before them those that had no answer then."""
    forgotten: set[int] = field(default_factory=set[int])
    """The ids of those that a reset has taken out of the history."""
    cleared: set[int] = field(default_factory=set[int])
    """The ids of those that a user has taken out of it, and not from their handlers."""
    refused: int = 0
    failed: Counter[str] = field(default_factory=Counter[str])
    unregistered: Counter[str] = field(default_factory=Counter[str])
    errors: int = 0
    missed: int = 0

    # --- what happens

    def take_in(self, method: str, path: str, body: bytes) -> Call:
        """A whole request has arrived; `path` is without the prefix and may have a query."""
        handler, missed = self._decide(method, path.partition("?")[0], body)
        call = Call(self, handler, method, f"{self.prefix}{path}", body, missed)
        self.calls.append(call)
        if missed:
            self.missed += missed != TOO_LARGE
            return call
        keep = self.keeps[handler]
        if keep is not None:
            seen = [each for each in self._since_reset() if each.handler == handler]
            call.kept = keep.last != 0 and (len(seen) - 1) % keep.every == 0
            call.has_body = keep.bodies is None or len(body) <= keep.bodies
        for wait in self.waits:
            wait.tell(call)
        for rule in self.rules:
            if rule.on and rule.means(handler) and call.rule is None:
                call.rule = rule
        return call

    def _decide(self, method: str, path: str, body: bytes) -> tuple[str, int]:
        everyone = path.startswith("/any/")
        if not everyone and path not in METHODS:
            return "", 404
        if not everyone and method not in METHODS[path]:
            return "", 405
        if len(body) > LARGEST:
            return "", TOO_LARGE
        if everyone:
            return "any", 0
        value = parsed(body)
        if path == "/pick":
            name = "one" if value == {"n": 1} else "two" if value == {"n": 2} else ""
        elif path == "/guard":
            if not body:
                self.errors += 1  # its predicate raises
            name = "guard" if body == b"let me in" else ""
        else:
            name = "get"
        return name, 0 if name else 404

    def plan(self, call: Call) -> tuple[Step, Response | None]:
        """It is the turn of a call."""
        if call.missed:
            return Step("ready", call.missed), None
        response = self.handlers.get(call.handler)
        rule = call.rule
        if rule is not None and (rule.response is not None or response is not None):
            call.injected = rule.name
            rule.count += 1
            response = rule.response or response
        if response is None:
            return Step("aiohttp", 500, unregistered=True), None
        return response.step(), response

    def fail(self, call: Call, step: Step) -> None:
        if step.unregistered:
            self.unregistered[call.handler] += 1
        if step.fails:
            self.failed[call.handler] += 1
        self.errors += step.unregistered + step.fails

    def reset(self, *, restore: bool) -> None:
        if restore:
            self.handlers = dict(self.saved)
            for rule in self.rules:
                rule.on = rule in self.saved_rules
        for response in self.handlers.values():
            response.begin_anew()
        for rule in self.rules:
            rule.begin_anew()
        self.calls = [call for call in self.calls if call.outcome is PENDING]
        self.forgotten = set(map(id, self.calls))
        self.cleared = set()
        for wait in self.waits:
            if not wait.over:
                wait.missing = wait.times
        self.refused = self.errors = self.missed = 0
        self.failed.clear()
        self.unregistered.clear()

    def save(self) -> None:
        self.saved = dict(self.handlers)
        self.saved_rules = [rule for rule in self.rules if rule.on]

    # --- what must be seen

    def _since_reset(self) -> list[Call]:
        return [call for call in self.calls if id(call) not in self.forgotten and call.handler]

    def history(self, names: Iterable[str] = ()) -> list[Call]:
        """What is kept."""
        chosen = tuple(names) or HANDLERS
        calls = [call for call in self._since_reset() if call.kept and call.handler in chosen]
        for handler in chosen:
            keep = self.keeps[handler]
            if keep is not None and keep.last is not None:
                mine = [call for call in calls if call.handler == handler]
                gone = mine[: max(0, len(mine) - keep.last)]
                calls = [call for call in calls if call not in gone]
        return [call for call in calls if names or id(call) not in self.cleared]

    def unkept(self, names: Iterable[str] = ()) -> int:
        chosen = tuple(names) or HANDLERS
        came = [call for call in self._since_reset() if call.handler in chosen]
        came = [call for call in came if names or id(call) not in self.cleared]
        return len(came) - len(self.history(names))

    def count(self, names: tuple[str, ...], looks: Looks) -> tuple[int, int] | None:
        """How many calls look so, at least and at most; `None` where a body is missing."""
        kept = self.history(names)
        if looks.reads_body and not all(call.has_body for call in kept):
            return None
        fit = sum(map(looks.fit, kept))
        unkept = self.unkept(names)
        if looks.what == "all":
            return fit + unkept, fit + unkept
        return fit, fit + unkept
