"""What is injected into the calls of one service, in the door's eyes.

Invariants: whether a call is meant is decided once, when it has arrived, by every rule that is on,
so that each counts the same calls whatever the others do; of those that mean it, the first answers.
What was injected is noted when the answer begins. While no rule is on, nothing of this is asked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol
from weakref import WeakSet

from asyncly.srvmocker._core.raised import kept
from asyncly.srvmocker._door.answers.plans import Responder
from asyncly.srvmocker._door.lane import make_lane
from asyncly.srvmocker._door.site import Site

__all__ = ("Injections", "Rule", "injections_of")


class Rule(Protocol):
    """One injection."""

    @property
    def place(self) -> int:
        """Where it stands among the others."""
        ...

    @property
    def name(self) -> str:
        """What is noted of the calls into which it is injected."""
        ...

    def means(self, handler: str, now: float) -> bool:
        """Whether it means a call of this handler that comes now; asked once for each call."""
        ...

    def respond(self, registered: Responder | None) -> Responder | None:
        """Return what answers; `None` where that needs a registered response and there is none."""
        ...

    def done(self) -> None:
        """Count a call into which it was injected."""
        ...

    def rewind(self) -> None:
        """Begin anew."""
        ...


class _Failed:
    """Raises what a rule has raised, when it is the request's turn."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def __call__(self, registered: Responder | None, when: float) -> Responder | None:
        raise self._error


class _Meant:
    """Injects what a rule says, when it is the request's turn."""

    def __init__(self, injections: Injections, rule: Rule, handler: str) -> None:
        self._injections = injections
        self._rule = rule
        self._handler = handler

    def __call__(self, registered: Responder | None, when: float) -> Responder | None:
        responder = self._rule.respond(registered)
        if responder is not None:
            self._injections.note(self._rule, self._handler, when)
        return responder


class Injections:
    """The injections of one service."""

    def __init__(self, site: Site[Any]) -> None:
        self._site = site
        self._numbers: dict[str, int] = {}
        self._made = 0
        self._all: WeakSet[Rule] = WeakSet()
        self._on: tuple[Rule, ...] = ()
        self._saved: tuple[Rule, ...] = ()
        self.counts: dict[str, dict[str, int]] = {}
        """For the name of each injection that was on, how many calls of which handler it answered;
        exact, whatever the history keeps."""
        # All requests come as with a response that is not ready, so each can be asked about.
        self._lanes = (site.lane, make_lane(site, {}))

    def add(self, rule: Rule) -> int:
        """Take in a rule, which is off; return its place, behind all others."""
        self._all.add(rule)
        self._made += 1
        return self._made

    def is_on(self, rule: Rule) -> bool:
        """Whether a rule is asked."""
        return rule in self._on

    def switch(self, *rules: Rule) -> None:
        """Let these rules be on, and no others."""
        self._on = tuple(sorted(rules, key=lambda rule: rule.place))
        self._site.choose = self._choose if rules else None
        self._site.lane = self._lanes[bool(rules)]
        for rule in rules:
            self.counts.setdefault(rule.name, {})

    def switch_on(self, rule: Rule) -> None:
        """Ask a rule from now on."""
        self.switch(*self._on, rule)

    def switch_off(self, rule: Rule) -> None:
        """Ask a rule no more."""
        self.switch(*(each for each in self._on if each is not rule))

    def _choose(
        self, handler: str, now: float
    ) -> Callable[[Responder | None, float], Responder | None] | None:
        """Ask all rules about a call that has arrived; return what injects."""
        chosen: _Meant | _Failed | None = None
        for rule in self._on:
            try:
                if rule.means(handler, now) and chosen is None:
                    chosen = _Meant(self, rule, handler)
            except BaseException as error:  # noqa: BLE001 - whatever a user's own schedule raises
                chosen = chosen or _Failed(kept(error))
        return chosen

    def note(self, rule: Rule, handler: str, when: float) -> None:
        """Note what is injected into the call of a handler that arrived at `when`."""
        number = self._numbers.get(rule.name)
        if number is None:
            names = self._site.injected_names
            number = self._numbers[rule.name] = len(names)
            names.append(rule.name)
        rule.done()
        counts = self.counts.setdefault(rule.name, {})
        counts[handler] = counts.get(handler, 0) + 1
        self._site.history.journal.injected(when, number)

    def save(self) -> None:
        """Remember which are on."""
        self._saved = self._on

    def rewind(self, *, restore: bool) -> None:
        """Let all begin anew; where asked for, let those be on that were on when it was saved."""
        if restore:
            self.switch(*self._saved)
        self.counts = {rule.name: {} for rule in self._on}
        for rule in list(self._all):
            rule.rewind()


def injections_of(site: Site[Any]) -> Injections:
    """Return the injections of a service, made when they are first asked for."""
    found = site.injections
    if not isinstance(found, Injections):
        found = site.injections = Injections(site)
    return found
