"""Injections: something else answers some of the calls, and which is on record.

Invariants: while an injection is on, it is asked about each call of its handlers once, in order of
arrival, whatever other injections do; its numbers and seconds begin when it is switched on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from inspect import iscoroutinefunction, signature
from time import monotonic
from typing import TYPE_CHECKING, Protocol, TypeAlias, cast

from asyncly.srvmocker._core.delays import Delays, Latency
from asyncly.srvmocker._door.answers.plans import Responder
from asyncly.srvmocker.responses._choosing import awaited_by_nobody
from asyncly.srvmocker.responses.base import BaseMockResponse, check_response
from asyncly.srvmocker.responses.timeout import LatencyResponse
from asyncly.srvmocker.schedules import Decide, Schedule
from asyncly.srvmocker.typing import NameT

if TYPE_CHECKING:
    from typing import Self

# `make_injection` is for the package's own modules, and no part of its interface.
__all__ = ("Delay", "Injection", "Wrapper")

Wrapper: TypeAlias = Callable[[BaseMockResponse], BaseMockResponse]
"""Makes the response to a call of the one that is registered."""


def _always(call: int, seconds: float) -> bool:
    return True


class Delay:
    """Puts a delay in front of whatever is registered.

    Args:
        latency: Seconds, or a distribution of `asyncly.srvmocker.latency`, which is asked once for
            each call that it delays. It has one run, which begins anew with `service.reset()`.

    Raises:
        ValueError: `latency` is negative, infinite or not a number.
        TypeError: It is neither seconds nor a distribution.

    Example:
        >>> from asyncly.srvmocker import Delay, LogNormal, MockRoute, Probability, start_service
        >>> async with start_service([MockRoute("GET", "/", "home")]) as service:
        ...     service.inject(Delay(LogNormal(0.02, p99=0.3)), when=Probability(0.1))
        <Injection 'Delay', on, 0 so far>
    """

    def __init__(self, latency: float | Latency) -> None:
        self._delays: Delays = Delays(latency)

    @property
    def latency(self) -> float | Latency:
        """How long it lasts: seconds, or a distribution."""
        return self._delays.latency

    def __call__(self, registered: BaseMockResponse) -> BaseMockResponse:
        """Return a response that waits, and then answers as the registered one does."""
        return LatencyResponse(registered, self._delays.next())

    def __rewind__(self) -> None:
        """Begin the delays anew."""
        self._delays.rewind()

    def __repr__(self) -> str:
        return f"<Delay {self._delays}>"


class _Rule:
    """An injection as the service asks it; `place` is behind those that were made before."""

    def __init__(
        self,
        injected: BaseMockResponse | Wrapper,
        when: Schedule | Decide,
        handlers: frozenset[str] | None,
        name: str,
    ) -> None:
        self._injected = injected
        self._when = when
        self._handlers = handlers
        self.name: str = name
        self.count: int = 0
        self.place: int = 0
        self.begin()

    def begin(self) -> None:
        """Begin the schedule anew."""
        when = self._when
        self._calls = 0
        self._since = monotonic()
        self._decide: Decide = when if callable(when) else when.begin()

    def means(self, handler: str, now: float) -> bool:
        """Whether it means a call; asked once for each."""
        if self._handlers is not None and handler not in self._handlers:
            return False
        self._calls += 1
        return awaited_by_nobody("when", self._decide(self._calls, now - self._since))

    def respond(self, registered: Responder | None) -> Responder | None:
        """Return what answers a call that it means."""
        injected = self._injected
        if isinstance(injected, BaseMockResponse):
            return injected
        return None if registered is None else check_response(injected(check_response(registered)))

    def done(self) -> None:
        """Count a call into which it was injected."""
        self.count += 1

    def rewind(self) -> None:
        """Begin anew."""
        self.count = 0
        rewind = getattr(self._injected, "__rewind__", None)
        if rewind is not None:
            rewind()
        self.begin()


class _Switches(Protocol):
    def add(self, rule: _Rule) -> int: ...
    def is_on(self, rule: _Rule) -> bool: ...
    def switch_on(self, rule: _Rule) -> None: ...
    def switch_off(self, rule: _Rule) -> None: ...


class Injection:
    """Something that answers some of the calls; made by `MockService.inject`, and on from then.

    Leaving a `with` block of it switches it off. It can be switched on again: then its schedule
    begins anew, with call 1 and second 0, and it goes on counting what it has answered.

    Example:
        >>> from asyncly.srvmocker import MockRoute, RawResponse, start_service
        >>> async with start_service([MockRoute("GET", "/", "home")]) as service:
        ...     service.register("home", RawResponse(b"hello"))
        ...     async with aiohttp.ClientSession(service.url) as client:
        ...         with service.inject(RawResponse(status=503)) as down:
        ...             failed = await client.get("/")
        ...         worked = await client.get("/")
        >>> failed.status, worked.status, down.count, down.is_on
        (503, 200, 1, False)
    """

    def __init__(self, injections: _Switches, rule: _Rule) -> None:
        self._injections: _Switches = injections
        self._rule: _Rule = rule

    @property
    def name(self) -> str:
        """What `RecordedRequest.injected` tells of the calls that it has answered."""
        return self._rule.name

    @property
    def count(self) -> int:
        """How many calls it has answered since it was made, or since the service was reset."""
        return self._rule.count

    @property
    def is_on(self) -> bool:
        """Whether it is switched on."""
        return self._injections.is_on(self._rule)

    def on(self) -> None:
        """Switch it on, where it is off; its schedule begins anew.

        Example:
            >>> from asyncly.srvmocker import MockRoute, RawResponse, start_service
            >>> async with start_service([MockRoute("GET", "/", "home")]) as service:
            ...     down = service.inject(RawResponse(status=503))
            ...     down.off()
            ...     down.on()
            ...     down.is_on
            True
        """
        if not self.is_on:
            self._rule.begin()
            self._injections.switch_on(self._rule)

    def off(self) -> None:
        """Switch it off, where it is on; it still answers calls that had arrived before."""
        self._injections.switch_off(self._rule)

    def __enter__(self) -> Self:
        """Return it, as it is."""
        return self

    def __exit__(self, *_: object) -> None:
        """Switch it off."""
        self.off()

    def __repr__(self) -> str:
        state = "on" if self.is_on else "off"
        return f"<Injection {self.name!r}, {state}, {self.count} so far>"


def make_injection(  # noqa: PLR0917 - what `MockService.inject` was given
    injections: _Switches,
    check: Callable[[NameT], object],
    injected: BaseMockResponse | Wrapper,
    when: Schedule | Decide | None,
    handlers: Iterable[NameT] | None,
    name: str | None,
) -> Injection:
    """Make an injection and switch it on; `check` raises for a handler that is not declared."""
    if not isinstance(injected, BaseMockResponse) and not callable(injected):
        raise TypeError(f"injected={injected!r} is neither a response nor a function of one")
    _check_not_async("injected", injected)
    _check_not_async("when", when)
    if isinstance(when, type) or not (when is None or callable(when) or hasattr(when, "begin")):
        raise TypeError(
            f"when={when!r} is neither a schedule, as EveryNth(3) is, nor a function of the call's "
            "number and the seconds"
        )
    if not isinstance(injected, BaseMockResponse):
        _check_takes("injected", injected, "the registered response", None)
    if callable(when):
        _check_takes("when", when, "the call's number and the seconds", 1, 0.0)
    chosen: frozenset[str] | None = None
    if handlers is not None:
        given = [cast(NameT, handlers)] if isinstance(handlers, str) else _listed(handlers)
        if not given:
            raise ValueError("handlers is empty: name some, or leave it out for all")
        for handler in given:
            check(handler)
        chosen = frozenset(map(str.__str__, given))
    if name is None:
        name = getattr(injected, "__name__", type(injected).__name__)
    if not isinstance(cast(object, name), str):
        raise TypeError(f"name={name!r} is no str")
    if not name:
        raise ValueError("name is empty: calls could not tell what was injected")
    rule = _Rule(injected, when or _always, chosen, name)
    rule.place = injections.add(rule)
    injection = Injection(injections, rule)
    injection.on()
    return injection


def _listed(handlers: Iterable[NameT]) -> list[NameT]:
    try:
        return list(handlers)
    except TypeError:
        raise TypeError(f"handlers={handlers!r}: give a name, or a list of them") from None


def _check_not_async(argument: str, given: object) -> None:
    if iscoroutinefunction(given):  # what it returns would be true for every call
        raise TypeError(f"{argument}={given!r} is asynchronous: give a function that is not")


def _check_takes(argument: str, given: Callable[..., object], words: str, *values: object) -> None:
    try:
        signature(given).bind(*values)
    except ValueError:
        return  # nobody knows what it takes
    except TypeError as error:
        raise TypeError(f"{argument}={given!r}: it is given {words}: {error}") from None
