"""What routes from data look like, and how they become routes.

msgspec holds the data to the structs below; what it finds is told by keys such as
`routes[2].response.status`. What only the objects know that are made of it (whether a path is well
formed, or a body can be written as JSON) is told by the same keys. Imported by the first
`load_routes`: msgspec is an extra.

Invariant: where an error is raised, nothing was made that somebody else could see.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from types import NoneType
from typing import Annotated, Any, Final, cast

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, convert
from multidict import CIMultiDict

from asyncly.srvmocker._core.jsonpath import find_keys
from asyncly.srvmocker.exceptions import RoutesError
from asyncly.srvmocker.expected import ABSENT, NULL, AtPath, Partial, ValidJson
from asyncly.srvmocker.handlers import compile_routes
from asyncly.srvmocker.matching import Match
from asyncly.srvmocker.responses.base import BaseMockResponse
from asyncly.srvmocker.responses.file import FileResponse
from asyncly.srvmocker.responses.json import JsonResponse
from asyncly.srvmocker.responses.raw import RawResponse
from asyncly.srvmocker.responses.sequence import OnExhausted, SequenceResponse
from asyncly.srvmocker.responses.timeout import LatencyResponse
from asyncly.srvmocker.retention import Keep
from asyncly.srvmocker.routes import MockRoute, route_responses
from asyncly.srvmocker.strictness import StrictCheck


class MatchData(Struct, forbid_unknown_fields=True, kw_only=True):
    """What a request must look like."""

    json: Any = UNSET
    json_partial: Any = UNSET
    json_schema: dict[str, Any] | bool | UnsetType = UNSET
    jsonpath: dict[str, Any] | UnsetType = UNSET
    text: Any = UNSET
    base64: str | UnsetType = UNSET
    headers: dict[str, Any] | None = None
    query: dict[str, Any] | None = None
    cookies: dict[str, Any] | None = None
    path_params: dict[str, Any] | None = None
    form: dict[str, Any] | None = None


class AnswerData(Struct, forbid_unknown_fields=True, kw_only=True):
    """A response, or a sequence of them."""

    json: Any = UNSET
    text: str | UnsetType = UNSET
    base64: str | UnsetType = UNSET
    body: Any = UNSET
    file: str | UnsetType = UNSET
    status: int | UnsetType = UNSET
    headers: dict[str, str | list[str]] | UnsetType = UNSET
    latency: Annotated[float, Meta(ge=0)] | UnsetType = UNSET
    sequence: Annotated[list[ItemData], Meta(min_length=1)] | UnsetType = UNSET
    on_exhausted: OnExhausted | UnsetType = UNSET
    then: AnswerData | UnsetType = UNSET


class ItemData(AnswerData, forbid_unknown_fields=True, kw_only=True):
    """A response within a sequence."""

    times: Annotated[int, Meta(ge=1)] = 1


class KeepData(Struct, forbid_unknown_fields=True, kw_only=True):
    """What is kept of the calls."""

    last: int | None = None
    every: int = 1
    bodies: int | None = None


class RouteData(Struct, forbid_unknown_fields=True, kw_only=True):
    """A route with its response."""

    method: str
    path: str
    handler: str
    match: MatchData | None = None
    response: AnswerData | None = None
    keep: KeepData | None = None
    lenient: list[StrictCheck] = []


_BODIES: Final = ("json", "text", "base64", "body", "file")
_OF_ONE: Final = ("status", "headers")
_OF_SEVERAL: Final = ("on_exhausted", "then")

# What msgspec says.
_FOUND: Final = re.compile(
    r"(?P<reason>.*?)(?: - at `(?P<member>key` in `)?(?P<path>\$.*)`)?", re.DOTALL
)
_UNKNOWN: Final = re.compile(r"Object contains unknown field `(?P<key>.*)`", re.DOTALL)
_MISSING: Final = re.compile(r"Object missing required field `(?P<key>.*)`", re.DOTALL)
_CHOICE: Final = re.compile(r"Invalid enum value (?P<value>.*)", re.DOTALL)
# How data is called by people who write YAML as well as JSON.
_WORDS: Final = {"object": "a mapping", "array": "a list", "null": "nothing"}
_CHOICES: Final[Mapping[str, tuple[str, ...]]] = {
    "on_exhausted": ("raise", "cycle", "last"),
    "lenient": ("unmatched", "errors", "undeclared", "uncalled"),
}
_STRUCTS: Final[Mapping[str, type[Struct]]] = {
    "routes": RouteData,
    "match": MatchData,
    "response": AnswerData,
    "then": AnswerData,
    "sequence": ItemData,
    "keep": KeepData,
}


def routes_of(data: object, file: str, folder: Path) -> list[MockRoute]:
    """Make the routes; `file` is what errors call the data, paths in it begin at `folder`."""
    entries = data
    if isinstance(data, Mapping):
        members = cast("Mapping[object, object]", data)
        if set(members) == {"routes"}:
            entries = members["routes"]
    if not isinstance(entries, (list, tuple)):
        raise RoutesError(
            file,
            "",
            f"expected a list of routes, or one under the key 'routes' alone, got {_kind(entries)}",
        )
    builder = _Builder(file, folder)
    checked = builder.checked(list(cast("Sequence[object]", entries)))
    return builder.routes(checked)


class _Builder:
    """Makes routes of data, and errors that name file and key."""

    def __init__(self, file: str, folder: Path) -> None:
        self._file = file
        self._folder = folder
        self._made: dict[str, tuple[AnswerData, BaseMockResponse]] = {}

    def checked(self, data: list[object]) -> list[RouteData]:
        """Hold the data to the structs."""
        try:
            return convert(data, list[RouteData])
        except msgspec.ValidationError as error:
            found = str(error)
        except RecursionError:
            raise RoutesError(self._file, "", "it is nested too deeply") from None
        raise self._translated(found, data)

    def _translated(self, found: str, data: list[object]) -> RoutesError:
        told = _FOUND.fullmatch(found)
        assert told is not None, "it takes any text"
        reason, path = told["reason"], told["path"] or "$"

        def fails() -> bool:
            try:
                convert(data, list[RouteData])
            except msgspec.ValidationError as error:
                return str(error) == found
            return False

        if "[...]" in path:
            path = find_keys(path, data, fails)
        key = f"routes{path[1:]}"
        level = re.findall(r"[a-z_]+", re.sub(r"\[[^]]*\]", "", key))[-1]
        if told["member"]:
            return RoutesError(self._file, key, "expected only strings as keys: put them in quotes")
        if unknown := _UNKNOWN.fullmatch(reason):
            known = _STRUCTS[level].__struct_fields__
            near = get_close_matches(unknown["key"], known, n=1)
            told_keys = f"did you mean {near[0]!r}?" if near else f"there are {', '.join(known)}"
            return RoutesError(self._file, f"{key}.{unknown['key']}", f"unknown key; {told_keys}")
        if missing := _MISSING.fullmatch(reason):
            return RoutesError(self._file, f"{key}.{missing['key']}", "it is missing")
        if choice := _CHOICE.fullmatch(reason):
            choices = ", ".join(_CHOICES[level])
            return RoutesError(self._file, key, f"expected one of {choices}, got {choice['value']}")
        return RoutesError(self._file, key, _plain(reason))

    def routes(self, checked: Sequence[RouteData]) -> list[MockRoute]:
        """Make the routes."""
        made: list[MockRoute] = []
        for number, given in enumerate(checked):
            key = f"routes[{number}]"
            route = self._route(key, given)
            with self._at(key):
                compile_routes([route])
            made.append(route)
            with self._at(f"{key}.response"):
                route_responses(made)
        return made

    def _route(self, key: str, given: RouteData) -> MockRoute:
        keep = None
        if given.keep is not None:
            with self._at(f"{key}.keep"):
                keep = Keep(given.keep.last, given.keep.every, given.keep.bodies)
        return MockRoute(
            given.method,
            given.path,
            given.handler,
            None if given.match is None else self._match(f"{key}.match", given.match),
            keep=keep,
            lenient=given.lenient,
            response=(
                None
                if given.response is None
                else self._response_of(given.handler, f"{key}.response", given.response)
            ),
        )

    def _response_of(self, handler: str, key: str, given: AnswerData) -> BaseMockResponse:
        """Make the response of a handler, once for all routes that say the same."""
        known = self._made.get(handler)
        if known is not None and known[0] == given:
            return known[1]
        response = self._response(key, given)
        self._made.setdefault(handler, (given, response))
        return response

    def _match(self, key: str, given: MatchData) -> Match:
        body = None
        if given.base64 is not UNSET:
            self._alone(key, given, ("text", "base64"))
            body = self._bytes(f"{key}.base64", given.base64)
        with self._at(key):
            match = Match(
                body=body,
                text=None if given.text is UNSET else self._text(f"{key}.text", given.text),
                headers=self._texts(f"{key}.headers", given.headers),
                query=self._texts(f"{key}.query", given.query),
                cookies=self._texts(f"{key}.cookies", given.cookies),
                path_params=self._texts(f"{key}.path_params", given.path_params),
                form=self._texts(f"{key}.form", given.form),
            )
        documents = list(self._documents(key, given))
        if documents:
            match = replace(match, json=documents[0])
        for document in documents[1:]:
            match &= Match(json=document)
        return match

    def _documents(self, key: str, given: MatchData) -> Iterator[object]:
        """Make everything that a JSON body is to equal."""
        if given.json is not UNSET:
            yield NULL if given.json is None else given.json
        if given.json_partial is not UNSET:
            yield Partial(given.json_partial)
        if given.json_schema is not UNSET:
            with self._at(f"{key}.json_schema"):
                yield ValidJson(given.json_schema)
        for path, expected in ({} if given.jsonpath is UNSET else given.jsonpath).items():
            with self._at(f"{key}.jsonpath"):
                yield AtPath(path, NULL if expected is None else expected)

    def _texts(self, key: str, given: Mapping[str, object] | None) -> dict[str, object] | None:
        """Make what the values of names are to equal."""
        if given is None:
            return None
        return {name: self._values(f"{key}.{name}", value) for name, value in given.items()}

    def _values(self, key: str, given: object) -> object:
        if given is None:
            return ABSENT
        if isinstance(given, list):
            items = cast("list[object]", given)
            return [self._text(f"{key}[{number}]", item) for number, item in enumerate(items)]
        return self._text(key, given)

    def _text(self, key: str, given: object) -> object:
        """Make what a text is to equal; in a test's own data any object may say so."""
        told = _kind(given)
        if isinstance(given, str):
            return given
        if isinstance(given, dict):
            members = cast("dict[object, object]", given)
            pattern = members.get("regex")
            if isinstance(pattern, str) and len(members) == 1:
                with self._at(f"{key}.regex"):
                    return re.compile(pattern)
        elif not (self._file or isinstance(given, (int, float, bytes, NoneType))):
            return given
        raise RoutesError(
            self._file, key, f"expected str or a mapping with 'regex' alone, got {told}"
        )

    def _response(self, key: str, given: AnswerData) -> BaseMockResponse:
        several = given.sequence is not UNSET
        if several:
            self._refuse(key, given, (*_BODIES, *_OF_ONE), "a sequence has none of its own")
            response: BaseMockResponse = self._sequence(key, given)
        else:
            self._refuse(key, given, _OF_SEVERAL, "only a sequence has it")
            self._alone(key, given, _BODIES)
            response = self._one(key, given)
        if given.latency is not UNSET:
            with self._at(f"{key}.latency"):
                response = LatencyResponse(response, given.latency)
        return response

    def _sequence(self, key: str, given: AnswerData) -> SequenceResponse:
        assert given.sequence is not UNSET, "asked for before"
        items = [
            (self._response(f"{key}.sequence[{number}]", item), item.times)
            for number, item in enumerate(given.sequence)
        ]
        then = None if given.then is UNSET else self._response(f"{key}.then", given.then)
        with self._at(key):
            if given.on_exhausted is UNSET:
                return SequenceResponse(items, then=then)
            return SequenceResponse(items, given.on_exhausted, then=then)

    def _one(self, key: str, given: AnswerData) -> BaseMockResponse:
        headers: CIMultiDict[str] = CIMultiDict()
        for name, value in ({} if given.headers is UNSET else given.headers).items():
            for each in [value] if isinstance(value, str) else value:
                headers.add(name, each)
        status = 200 if given.status is UNSET else given.status
        with self._at(f"{key}.status"):
            RawResponse(status=status)
        with self._at(f"{key}.headers"):
            RawResponse(headers=headers)
        if given.json is not UNSET:
            with self._at(f"{key}.json"):
                return JsonResponse(given.json, status, headers)
        if isinstance(given.file, str):
            with self._at(f"{key}.file"):
                return FileResponse(self._folder / given.file, status=status, headers=headers)
        return RawResponse(self._body(key, given), status, headers)

    def _body(self, key: str, given: AnswerData) -> str | bytes:
        if given.text is not UNSET:
            return given.text
        if given.base64 is not UNSET:
            return self._bytes(f"{key}.base64", given.base64)
        if given.body is UNSET:
            return b""
        if not isinstance(given.body, bytes):
            raise RoutesError(
                self._file,
                f"{key}.body",
                f"expected bytes, got {_kind(given.body)}: write it as text, json or base64",
            )
        return given.body

    def _bytes(self, key: str, text: str) -> bytes:
        with self._at(key):
            return b64decode("".join(text.split()), validate=True)

    def _alone(self, key: str, given: Struct, names: Sequence[str]) -> None:
        """Refuse two keys that say the same."""
        used = [name for name in names if getattr(given, name) is not UNSET]
        if len(used) > 1:
            raise RoutesError(
                self._file, f"{key}.{used[1]}", f"expected it or {used[0]!r}, got both"
            )

    def _refuse(self, key: str, given: Struct, names: Sequence[str], reason: str) -> None:
        for name in names:
            if getattr(given, name) is not UNSET:
                raise RoutesError(self._file, f"{key}.{name}", reason)

    @contextmanager
    def _at(self, key: str) -> Generator[None]:
        """Tell the key of what fails."""
        try:
            yield
        except RoutesError:
            raise
        except re.error as error:
            raise RoutesError(self._file, key, f"it is no regular expression: {error}") from error
        except (TypeError, ValueError) as error:
            raise RoutesError(self._file, key, str(error)) from error


def _plain(reason: str) -> str:
    """Say in plain words what msgspec says."""

    def words(found: re.Match[str]) -> str:
        return " or ".join(_WORDS.get(word, word) for word in found[1].split(" | "))

    reason = re.sub(r"`([^`]*)`", words, reason)
    return f"{reason[:1].lower()}{reason[1:]}"


def _kind(value: object) -> str:
    if value is None:
        return "nothing"
    kind = type(value)
    return "a mapping" if issubclass(kind, Mapping) else kind.__name__
