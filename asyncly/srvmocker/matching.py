"""What a route asks of a request beyond its method and path.

Invariant: a `Match` is a description. It is compiled once, by the service that it is given to or
when `matches` is first called; a later change to a dict or list that was given to it has no effect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import KW_ONLY, dataclass, fields
from functools import cached_property
from inspect import iscoroutine, iscoroutinefunction, signature
from types import FunctionType
from typing import ClassVar, Final, Protocol, TypeAlias, cast

from asyncly.srvmocker._core.jsonbody import snapshot
from asyncly.srvmocker._core.matching.criteria import (
    compile_all,
    compile_criteria,
    conjunction,
    disjunction,
    negation,
    opaque,
)
from asyncly.srvmocker._core.matching.given import (
    Compiled,
    Criteria,
    check_body,
    check_json,
    check_parts,
    check_text,
    check_texts,
)
from asyncly.srvmocker._core.request import RequestView
from asyncly.srvmocker._door.aio import aioweb as web
from asyncly.srvmocker._door.aio.calls import LiveView, ViewedCall, view_of
from asyncly.srvmocker.recorded import RecordedRequest, from_source
from asyncly.srvmocker.typing import Expected, Value

__all__ = ("Match", "check_match", "compile_match")

_DEEPEST: Final = 50  # levels; each takes some of the interpreter's stack wherever it is looked at
_CHANGEABLE: Final = (dict, list)
_MAPPINGS: Final = ("headers", "query", "cookies", "path_params", "form")


class Recall(Protocol):
    """Makes the aiohttp request of a call that has been recorded."""

    def __call__(self, view: RequestView, /) -> web.BaseRequest:
        """Make it."""
        ...


Params: TypeAlias = Callable[[RequestView], Mapping[str, str]]


@dataclass(frozen=True)
class Match:
    """Criteria that a request must satisfy, all of them; `None` means that one is not given.

    A text is expected as a `str`, as a `re.Pattern[str]` (it is searched for, so anchors are the
    pattern's own), or as any object with an `__eq__` of its own, such as those of dirty-equals. The
    values of a name are expected as one of these, which the first value must satisfy; as a list or
    tuple of them: all values of that name, in order; or as `ABSENT`. Further names do not matter,
    unless the mapping is an `Exactly`.

    Args:
        json: The parsed JSON body equals this value, as Python's `==` has it between what the
            standard `json` module parses and this: `1 == 1.0 == True`, integers are exact, a NaN
            never equals. Objects with an `__eq__` of their own may stand anywhere in it: `Partial`,
            `AtPath`, `ValidJson`, `NULL`, and others. A body that cannot be decoded never equals.
        body: The bytes of the body equal these; or a `re.Pattern[bytes]` is found in them; or an
            object equals them.
        headers: The values of header fields, by names in any case (RFC 9110 5.1).
        query: The decoded values of the query.
        text: The body, decoded by the charset of its Content-Type or else as UTF-8. One that cannot
            be decoded never equals.
        cookies: The values of cookies (RFC 6265).
        path_params: The decoded values of the variables in the route's path.
        form: The decoded values of an `application/x-www-form-urlencoded` body.
        multipart: The parts of a `multipart/form-data` body by the names of their fields, each a
            `Part`, or what its `content` takes. Needs the extra `multipart`.
        predicate: A function of the recorded request that returns whether it matches. One that
            raises an exception does not match; the exception is kept in `service.errors`.

    Matches can be combined: `a & b`, `a | b`, `~a`. Chains of one of them may be of any length.

    Raises:
        TypeError: A value can never be equal, or `predicate` takes something else than a call.
        ValueError: `&`, `|` and `~` are nested more than 50 deep; a chain counts once.

    Example:
        >>> import re
        >>> from asyncly.srvmocker import Match, MockRoute, Partial
        >>> routes = [
        ...     MockRoute("POST", "/pay", "declined", Match(json=Partial({"card": "4000-0002"}))),
        ...     MockRoute("POST", "/pay", "traced", Match(headers={"X-Trace": re.compile("^on")})),
        ...     MockRoute("POST", "/pay", "accepted"),
        ... ]
    """

    __no_value__: ClassVar[str] = "Match"

    json: Value = None
    body: Expected = None
    headers: Mapping[str, Expected] | None = None
    query: Mapping[str, Expected] | None = None
    _: KW_ONLY
    text: Expected = None
    cookies: Mapping[str, Expected] | None = None
    path_params: Mapping[str, Expected] | None = None
    form: Mapping[str, Expected] | None = None
    multipart: Mapping[str, Expected] | None = None
    predicate: Callable[[RecordedRequest], object] | None = None

    def __post_init__(self) -> None:
        if self.json is not None:
            check_json("json", self.json, plain=True)
            if type(self.json) in _CHANGEABLE:
                with suppress(RecursionError):  # of a circle there is no copy
                    object.__setattr__(self, "json", snapshot(self.json))
        if self.body is not None:
            check_body(self.body)
            if type(self.body) is bytearray:
                object.__setattr__(self, "body", bytes(self.body))
        check_text("text", self.text)
        for name in _MAPPINGS:
            given: Mapping[str, Expected] | None = getattr(self, name)
            if given is not None:
                check_texts(name, given)
                self._copy(name, given)
        if self.multipart is not None:
            check_parts(self.multipart)
            self._copy("multipart", self.multipart)
        if self.predicate is not None:
            _check_predicate(self.predicate)

    def _copy(self, name: str, given: Mapping[str, Expected]) -> None:
        """Keep a mapping of one's own; an `Exactly` is one already."""
        if not getattr(given, "__exact__", False):
            copied = {
                key: list(cast("list[object]", each)) if type(each) is list else each
                for key, each in given.items()
            }
            object.__setattr__(self, name, copied)

    def __repr__(self) -> str:
        told = ((each.name, getattr(self, each.name)) for each in fields(self))
        given = (f"{name}={value!r}" for name, value in told if value is not None)
        return f"{type(self).__qualname__}({', '.join(given)})"

    def __and__(self, other: Match) -> Match:
        return Every(self, other) if _is_match(other) else NotImplemented

    def __or__(self, other: Match) -> Match:
        return Either(self, other) if _is_match(other) else NotImplemented

    def __invert__(self) -> Match:
        return Contrary(self)

    @cached_property
    def _compiled(self) -> Compiled:
        return self._compile(None, None)

    def _compile(self, recall: Recall | None, params: Params | None) -> Compiled:
        compiled = compile_all(
            Criteria(
                json=self.json,
                body=self.body,
                headers=self.headers,
                query=self.query,
                text=self.text,
                cookies=self.cookies,
                path_params=self.path_params,
                form=self.form,
                multipart=self.multipart,
                params=params,
            )
        )
        if self.predicate is None:
            return compiled
        asked = _ask(self.predicate, recall, params)
        return conjunction(compiled, opaque(asked, _name_of(self.predicate)))

    def compiled(self, recall: Recall | None = None, params: Params | None = None) -> Compiled:
        """Return the criteria as the dispatcher asks them; compiled at most once, where it can be.

        `recall` makes the aiohttp request of a recorded call, `params` tells the path parameters.
        """
        if self.path_params is None and self.predicate is None:
            return self._compiled
        return self._compile(recall, params)

    def matches(self, request: web.BaseRequest, body: bytes) -> bool:
        """Whether a request with this body satisfies all criteria.

        A subclass may override it; the service then asks it about every request of the group.

        Args:
            request: The request.
            body: The bytes of its body.

        Example:
            >>> from aiohttp.test_utils import make_mocked_request
            >>> from asyncly.srvmocker import Match
            >>> Match(query={"page": "2"}).matches(make_mocked_request("GET", "/?page=2"), b"")
            True
        """
        return self.compiled().holds(view_of(request, body))

    def __getstate__(self) -> dict[str, object]:
        return {name: value for name, value in self.__dict__.items() if name != "_compiled"}


class _Combined(Match):
    """A match that is made of others.

    One of a kind that `chains` has the parts of those that it was made of, if they are of its kind:
    so a chain is one level, however long it is.
    """

    chains: ClassVar[bool] = True
    parts: tuple[Match, ...]
    depth: int

    def __init__(self, *given: Match) -> None:
        super().__init__()
        parts: tuple[Match, ...] = ()
        depth = 1
        for each in given:
            joins = self.chains and type(each) is type(self)
            if isinstance(each, _Combined):
                depth = max(depth, each.depth + (not joins))
                parts += each.parts if joins else (each,)
            else:
                parts += (each,)
        if depth > _DEEPEST:
            raise ValueError(
                f"&, | and ~ are nested {_DEEPEST} deep at most (a chain of one of them, such as "
                "a & b & c, counts once): give a predicate that asks the same"
            )
        object.__setattr__(self, "parts", parts)
        object.__setattr__(self, "depth", depth)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _Combined):
            return NotImplemented
        return (type(self), self.parts) == (type(other), other.parts)

    def __hash__(self) -> int:
        return hash((type(self), self.parts))

    _combine: ClassVar[Callable[..., Compiled]]
    """Puts the questions of the parts together."""

    def compiled(self, recall: Recall | None = None, params: Params | None = None) -> Compiled:
        """Return the question that is put together."""
        return self._combine(*[compile_match(part, recall, params) for part in self.parts])


class Every(_Combined):
    """`one & other`: all of them hold; none is asked behind one that does not."""

    _combine = staticmethod(conjunction)

    def __repr__(self) -> str:
        return f"({' & '.join(map(repr, self.parts))})"


class Either(_Combined):
    """`one | other`: at least one holds; none is asked behind one that does."""

    _combine = staticmethod(disjunction)

    def __repr__(self) -> str:
        return f"({' | '.join(map(repr, self.parts))})"


class Contrary(_Combined):
    """`~one`: it does not hold."""

    chains = False
    _combine = staticmethod(negation)

    def __invert__(self) -> Match:
        return self.parts[0]

    def __repr__(self) -> str:
        return f"~{self.parts[0]!r}"


def _check_predicate(predicate: object) -> None:
    """Raise `TypeError` for what cannot be asked about a call."""
    if not callable(predicate):
        kind = type(predicate).__name__
        raise TypeError(f"predicate={predicate!r}: give a function, not {kind}")
    asked = _name_of(predicate)
    if iscoroutinefunction(predicate) or iscoroutinefunction(type(predicate).__call__):
        raise TypeError(f"{asked}: give a function that is not asynchronous")
    try:
        signature(predicate).bind(None)
    except ValueError:
        return  # nobody knows what it takes
    except TypeError as error:
        raise TypeError(f"{asked}: it is given the call alone: {error}") from None


def _is_match(value: object) -> bool:
    return isinstance(value, Match)


def _ask(
    predicate: Callable[[RecordedRequest], object], recall: Recall | None, params: Params | None
) -> Callable[[RequestView], bool]:
    def params_of(view: RequestView) -> Mapping[str, str]:
        if view.params is not None:
            return view.params()
        return {} if params is None else params(view)

    def holds(view: RequestView) -> bool:
        answer = predicate(from_source(ViewedCall(view, recall, params_of)))
        if iscoroutine(answer):
            answer.close()
            raise TypeError("the predicate returned a coroutine: give one that is not asynchronous")
        return bool(answer)

    return holds


def _name_of(predicate: object) -> str:
    code = getattr(predicate, "__code__", None)
    name = getattr(predicate, "__qualname__", type(predicate).__qualname__)
    if code is None or not name.endswith("<lambda>"):
        return f"predicate {name.rpartition('<locals>.')[2]}"
    file = code.co_filename.replace("\\", "/").rpartition("/")[2]
    return f"predicate of {file}:{code.co_firstlineno}"


def check_match(match: object) -> None:
    """Raise `TypeError` for what is no match; whatever answers as one does may be one.

    Example:
        >>> from asyncly.srvmocker.matching import check_match
        >>> check_match({"json": 1})
        Traceback (most recent call last):
        TypeError: match={'json': 1} is no Match: give Match(...)
    """
    if not hasattr(type(match), "matches"):
        remedy = "Match(predicate=...)" if isinstance(match, FunctionType) else "Match(...)"
        raise TypeError(f"match={match!r} is no Match: give {remedy}")


_ANYTHING: Final = compile_criteria()


def compile_match(
    match: Match | None, recall: Recall | None = None, params: Params | None = None
) -> Compiled:
    """Compile a match; one with a `matches` of its own is asked each time.

    `recall` makes the aiohttp request of a call that has been recorded, `params` tells the path
    parameters of a view that does not know them.

    Example:
        >>> from asyncly.srvmocker.matching import compile_match
        >>> compile_match(None).test is None
        True
    """
    if match is None:
        return _ANYTHING
    check_match(match)
    if type(match).matches is Match.matches:
        return match.compiled(recall, params)

    def matches(view: RequestView) -> bool:
        if isinstance(view, LiveView):
            request = view.request
        else:
            assert recall is not None, "only requests in progress are matched against routes"
            request = recall(view)
        return bool(match.matches(request, view.body))

    return opaque(matches, f"{type(match).__qualname__}.matches")
