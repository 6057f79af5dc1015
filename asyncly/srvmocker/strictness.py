"""What a strict service does not let pass when it is left.

Invariants: all that is wrong is told at once; an exception that is on its way out already is joined
by it, not hidden.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Literal, Protocol, TypeAlias, cast, get_args

from asyncly.srvmocker.exceptions import CallAssertionError

if TYPE_CHECKING:
    from asyncly.srvmocker.counts import Counts
    from asyncly.srvmocker.unmatched import UnmatchedRequest

__all__ = ("StrictCheck",)

StrictCheck: TypeAlias = Literal["unmatched", "errors", "undeclared", "uncalled"]
"""What a strict service looks at: requests that no route answers, responses that failed or were
missing, responses that were registered for a name that no route declares, routes that had no call.
"""

_CHECKS: Final[tuple[StrictCheck, ...]] = get_args(StrictCheck)
_ALWAYS: Final[frozenset[StrictCheck]] = frozenset(("unmatched", "errors", "undeclared"))
_TOLD: Final = 5
_NAMED: Final = 20
_ERROR: Final = 300  # characters of what is told of an exception
_TOTAL: Final = 1 << 13  # bytes of the text


def check_strict(argument: str, given: object) -> frozenset[StrictCheck]:
    """Return the checks that were given; `ValueError` or `TypeError` for what is none."""
    if isinstance(given, str) or not isinstance(given, Collection):
        raise TypeError(f"{argument}={given!r}: give some of {', '.join(map(repr, _CHECKS))}")
    named = cast("Collection[object]", given)
    for each in named:
        if each not in _CHECKS:
            raise ValueError(f"{argument}: {each!r} is none of {', '.join(map(repr, _CHECKS))}")
    chosen: list[StrictCheck] = [check for check in _CHECKS if check in named]
    return frozenset(chosen)


def strict_checks(strict: bool | Collection[StrictCheck]) -> frozenset[StrictCheck]:
    """Return what `start_service(strict=...)` asks for; `True` is all but `uncalled`."""
    if isinstance(strict, bool):
        return _ALWAYS if strict else frozenset()
    return check_strict("strict", strict)


class _Route(Protocol):
    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def handler_name(self) -> str: ...
    @property
    def lenient(self) -> Collection[StrictCheck]: ...


class _Failure(Protocol):
    @property
    def handler_name(self) -> str: ...
    @property
    def exception(self) -> BaseException: ...


class _Service(Protocol):
    @property
    def unmatched(self) -> Sequence[UnmatchedRequest]: ...
    @property
    def errors(self) -> Sequence[_Failure]: ...
    @property
    def handlers(self) -> Mapping[str, object]: ...
    def counts(self, *names: str) -> Counts: ...


class Strictness:
    """The checks of one service."""

    def __init__(self, checks: frozenset[StrictCheck], routes: Iterable[_Route]) -> None:
        self._checks = checks
        self._routes = tuple(routes)
        self._any_lenient = any(route.lenient for route in self._routes)

    def lenient(self, check: StrictCheck) -> frozenset[str]:
        """Return the handlers on which a check lets everything pass."""
        if not self._any_lenient:
            return frozenset()
        return frozenset(route.handler_name for route in self._routes if check in route.lenient)

    def error(
        self, service: _Service, *, unmatched: int, undecided: int
    ) -> CallAssertionError | None:
        """Return what is wrong with the service when it is left, if something is.

        `unmatched` is the number of unmatched requests that no route lets pass, `undecided` how
        often the criteria of a route raised an exception; the service has the last of them.
        """
        problems = list(self._problems(service, unmatched, undecided))
        if not problems:
            return None
        from asyncly.srvmocker._core.explain.render import bounded  # noqa: PLC0415 - on failure

        text = bounded(["the service is strict:", *problems], _TOTAL)
        return CallAssertionError(text, subject="the service")

    def _problems(self, service: _Service, unmatched: int, undecided: int) -> Iterator[str]:
        if "unmatched" in self._checks and unmatched:
            lenient = self.lenient("unmatched")
            missed = [each for each in service.unmatched if lenient.isdisjoint(each.handlers)]
            yield f"{unmatched} unmatched request(s)"
            yield from _indented(each.explanation for each in missed[-_TOLD:])
        if "errors" in self._checks:
            lenient = self.lenient("errors")
            failed = [each for each in service.errors if each.handler_name not in lenient]
            names = {route.handler_name for route in self._routes} - lenient
            counts = [service.counts(name) for name in names]
            number = sum(each.handler_errors + each.unregistered for each in counts)
            number += undecided
            if number:
                yield f"{number} handler error(s)"
                yield from _indented(map(_failure, failed[-_TOLD:]))
        if "undeclared" in self._checks:
            known = {route.handler_name for route in self._routes}
            unknown = sorted(str.__str__(name) for name in service.handlers if name not in known)
            if unknown:
                yield f"response(s) for handlers that no route declares: {_listed(unknown)}"
        if "uncalled" in self._checks:
            lenient = self.lenient("uncalled")
            declared = dict.fromkeys(route.handler_name for route in self._routes)
            uncalled = [
                str.__str__(name)
                for name in declared
                if name not in lenient and not service.counts(name).calls
            ]
            if uncalled:
                yield f"handler(s) that had no call: {_listed(uncalled)}"


def _failure(failed: _Failure) -> str:
    from asyncly.srvmocker._core.explain.shown import failure  # noqa: PLC0415 - on failure

    return f"{str.__str__(failed.handler_name)!r} {failure(failed.exception, _ERROR)}"


def _listed(names: list[str]) -> str:
    left = len(names) - _NAMED
    return f"{names[:_NAMED]}{f' and {left} more' if left > 0 else ''}"


def _indented(texts: Iterable[str]) -> Iterator[str]:
    for text in texts:
        yield from (f"  {line}" for line in text.splitlines())
