"""How data becomes routes; what it looks like is told in `_routes_schema`.

What only the objects know that are made of it (whether a path is well formed, or a body can be
written as JSON) is told by the same keys as what the schema finds. Imported by the first
`load_routes`.

Invariant: where an error is raised, nothing was made that somebody else could see.
"""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import NoneType
from typing import Final, cast

from msgspec import UNSET, Struct
from multidict import CIMultiDict

from asyncly.srvmocker._routes_schema import (
    FAULTS,
    AnswerData,
    DoubleData,
    FaultData,
    GarbageData,
    MatchData,
    Named,
    PartData,
    RouteData,
    RoutesData,
    ScenarioData,
    StateData,
    checked,
    kind_of,
    meant,
)
from asyncly.srvmocker.exceptions import RoutesError
from asyncly.srvmocker.expected import ABSENT, NULL, AtPath, Exactly, Part, Partial, ValidJson
from asyncly.srvmocker.handlers import compile_routes
from asyncly.srvmocker.matching import Match
from asyncly.srvmocker.responses.base import BaseMockResponse
from asyncly.srvmocker.responses.file import FileResponse
from asyncly.srvmocker.responses.json import JsonResponse
from asyncly.srvmocker.responses.raw import RawResponse
from asyncly.srvmocker.responses.sequence import SequenceResponse
from asyncly.srvmocker.responses.timeout import LatencyResponse
from asyncly.srvmocker.retention import Keep
from asyncly.srvmocker.routes import MockRoute, route_responses
from asyncly.srvmocker.scenario import Scenario

_BODIES: Final = ("json", "text", "base64", "body", "file")
_OF_ONE: Final = ("status", "headers")
_OF_SEQUENCES: Final = ("on_exhausted", "then")
_OF_SCENARIOS: Final = ("answers", "otherwise")

_TEXT: Final = "str or a mapping with 'regex' alone"
_PART: Final = f"{_TEXT}, or one with {', '.join(PartData.__struct_fields__)}"


def routes_of(data: object, file: str, folder: Path) -> list[MockRoute]:
    """Make the routes; `file` is what errors call the data, paths in it begin at `folder`."""
    if isinstance(data, Mapping):
        everything = dict(cast("Mapping[object, object]", data))
    elif isinstance(data, (list, tuple)):
        everything = {"routes": list(cast("Sequence[object]", data))}
    else:
        raise RoutesError(
            file,
            "",
            f"expected a list of routes, or a mapping with one under 'routes', got {kind_of(data)}",
        )
    return _Builder(file, folder).routes(checked(everything, RoutesData, file=file))


class _Builder:
    """Makes routes of data, and errors that name file and key."""

    def __init__(self, file: str, folder: Path) -> None:
        self._file = file
        self._folder = folder
        self._made: dict[str, tuple[AnswerData, BaseMockResponse]] = {}
        self._scenarios: dict[str, tuple[ScenarioData, Scenario]] = {}

    def routes(self, given: RoutesData) -> list[MockRoute]:
        """Make the routes."""
        self._begin_scenarios(given)
        made: list[MockRoute] = []
        answering: dict[str, MockRoute] = {}
        for number, entry in enumerate(given.routes):
            key = f"routes[{number}]"
            route = self._route(key, entry)
            with self._at(key):
                compile_routes([route])
            made.append(route)
            if route.response is not None:
                first = answering.setdefault(route.handler_name, route)
                with self._at(f"{key}.response"):
                    route_responses((first, route))
        for name, (_, scenario) in self._scenarios.items():
            with self._at(f"scenarios.{name}"):
                scenario.check()
        return made

    def _begin_scenarios(self, given: RoutesData) -> None:
        """Make the scenarios; where its states are not listed, one has all that are named."""
        named: dict[str, set[str]] = {
            name: {scenario.initial, *scenario.entered}
            for name, scenario in given.scenarios.items()
        }
        for entry in given.routes:
            for answer in _with_all_inside(entry.response):
                if answer.scenario is not UNSET and answer.scenario in named:
                    named[answer.scenario].update(_states_of(answer))
        for name, scenario in given.scenarios.items():
            with self._at(f"scenarios.{name}"):
                states = named[name] if scenario.states is UNSET else scenario.states
                made = Scenario(
                    scenario.initial, states=states, entered=scenario.entered, name=name
                )
            self._scenarios[name] = scenario, made

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
        # Their texts too, since 1 == True == 1.0, and a client can tell them apart.
        if known is not None and known[0] == given and repr(known[0]) == repr(given):
            return known[1]
        response = self._response(key, given)
        self._made.setdefault(handler, (given, response))
        return response

    def _match(self, key: str, given: MatchData) -> Match:
        body = None
        for number, name in enumerate(given.exactly):
            if getattr(given, name) is None:
                raise RoutesError(
                    self._file,
                    f"{key}.exactly[{number}]",
                    f"expected {name!r} beside it; an empty one says that there are none",
                )
        if given.base64 is not UNSET:
            self._alone(key, given, ("text", "base64"))
            body = self._bytes(f"{key}.base64", given.base64)
        with self._at(key):
            match = Match(
                body=body,
                text=None if given.text is UNSET else self._text(f"{key}.text", given.text),
                headers=self._named(key, given, "headers"),
                query=self._named(key, given, "query"),
                cookies=self._named(key, given, "cookies"),
                path_params=self._named(key, given, "path_params"),
                form=self._named(key, given, "form"),
                multipart=self._named(key, given, "multipart"),
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

    def _named(self, key: str, given: MatchData, kind: Named) -> Mapping[str, object] | None:
        """Make what names and values are to equal, and perhaps all of them."""
        names: dict[str, object] | None = getattr(given, kind)
        if names is None:
            return None
        here = f"{key}.{kind}"
        made = self._parts(here, names) if kind == "multipart" else self._texts(here, names)
        return Exactly(made) if kind in given.exactly else made

    def _texts(self, key: str, given: Mapping[str, object]) -> dict[str, object]:
        """Make what the values of names are to equal."""
        return {name: self._values(f"{key}.{name}", value) for name, value in given.items()}

    def _parts(self, key: str, given: Mapping[str, object]) -> dict[str, object]:
        """Make what the parts of a multipart body are to look like."""
        made: dict[str, object] = {}
        for name, value in given.items():
            here = f"{key}.{name}"
            if isinstance(value, list):
                items = cast("list[object]", value)
                made[name] = [self._part(f"{here}[{n}]", item) for n, item in enumerate(items)]
            else:
                made[name] = ABSENT if value is None else self._part(here, value)
        return made

    def _part(self, key: str, given: object) -> object:
        if not isinstance(given, dict):
            return given if isinstance(given, bytes) else self._text(key, given, _PART)
        members = cast("dict[object, object]", given)
        if set(members) == {"regex"}:
            return self._text(key, members)
        wanted = checked(members, PartData, file=self._file, at=key)
        self._alone(key, wanted, ("text", "base64"))
        content: object = None
        if wanted.text is not UNSET:
            content = self._text(f"{key}.text", wanted.text)
        if wanted.base64 is not UNSET:
            content = self._bytes(f"{key}.base64", wanted.base64)
        filename, kind = wanted.filename, wanted.content_type
        with self._at(key):
            return Part(
                content,
                None if filename is UNSET else self._text_or_absent(f"{key}.filename", filename),
                None if kind is UNSET else self._text(f"{key}.content_type", kind),
            )

    def _text_or_absent(self, key: str, given: object) -> object:
        return ABSENT if given is None else self._text(key, given)

    def _values(self, key: str, given: object) -> object:
        if isinstance(given, list):
            items = cast("list[object]", given)
            return [self._text(f"{key}[{number}]", item) for number, item in enumerate(items)]
        return self._text_or_absent(key, given)

    def _text(self, key: str, given: object, wanted: str = _TEXT) -> object:
        """Make what a text is to equal; in a test's own data any object may say so."""
        told = kind_of(given)
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
        raise RoutesError(self._file, key, f"expected {wanted}, got {told}")

    def _response(self, key: str, given: AnswerData) -> BaseMockResponse:
        self._alone(key, given, ("sequence", "scenario"))
        response: BaseMockResponse | None
        if given.sequence is not UNSET:
            self._refuse(key, given, (*_BODIES, *_OF_ONE), "a sequence has none of its own")
            self._refuse(key, given, _OF_SCENARIOS, "only a scenario has it")
            response = self._sequence(key, given)
        elif given.scenario is not UNSET:
            self._refuse(key, given, (*_BODIES, *_OF_ONE), "a scenario has none of its own")
            self._refuse(key, given, _OF_SEQUENCES, "only a sequence has it")
            response = self._scenario(key, given.scenario, given)
        else:
            self._refuse(key, given, _OF_SEQUENCES, "only a sequence has it")
            self._refuse(key, given, _OF_SCENARIOS, "only a scenario has it")
            self._alone(key, given, _BODIES)
            says_nothing = all(getattr(given, name) is UNSET for name in (*_BODIES, *_OF_ONE))
            spoilt = given.fault is not UNSET and says_nothing
            response = None if spoilt else self._one(key, given)
        if given.fault is not UNSET:
            response = self._fault(f"{key}.fault", given.fault, response)
        assert response is not None, "what says nothing is spoilt"
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

    def _scenario(self, key: str, name: str, given: AnswerData) -> BaseMockResponse:
        if name not in self._scenarios:
            known = (
                f"the key 'scenarios' beside 'routes' has {', '.join(self._scenarios)}"
                if self._scenarios
                else "name it under the key 'scenarios' beside 'routes'"
            )
            raise RoutesError(
                self._file, f"{key}.scenario", f"there is no scenario {name!r}; {known}"
            )
        if given.answers is UNSET:
            raise RoutesError(self._file, f"{key}.answers", "it is missing")
        declared, scenario = self._scenarios[name]

        def answer(here: str, one: StateData) -> BaseMockResponse | tuple[BaseMockResponse, str]:
            response = self._response(here, one)
            if one.next is UNSET:
                return response
            self._check_state(f"{here}.next", one.next, declared)
            return response, one.next

        for state in given.answers:
            self._check_state(f"{key}.answers.{state}", state, declared)
        answers = {
            state: answer(f"{key}.answers.{state}", one) for state, one in given.answers.items()
        }
        otherwise = given.otherwise
        return scenario.response(
            answers,
            otherwise=None if otherwise is UNSET else answer(f"{key}.otherwise", otherwise),
        )

    def _check_state(self, key: str, state: str, scenario: ScenarioData) -> None:
        if scenario.states is not UNSET and state not in scenario.states:
            raise RoutesError(
                self._file,
                key,
                f"{state!r} is no state of the scenario; {meant(state, scenario.states)}",
            )

    def _fault(
        self, key: str, given: str | FaultData, response: BaseMockResponse | None
    ) -> BaseMockResponse:
        """Make a fault, which spoils the response where there is one."""
        if isinstance(given, str):
            if given not in FAULTS:
                raise RoutesError(
                    self._file, key, f"there is no fault {given!r}; {meant(given, FAULTS)}"
                )
            options: Struct = checked({}, FAULTS[given], file=self._file, at=f"{key}.{given}")
            key = f"{key}.{given}"
        else:
            used = [each for each in FAULTS if getattr(given, each) is not UNSET]
            if len(used) != 1:
                got = " and ".join(map(repr, used)) or "none"
                raise RoutesError(self._file, key, f"expected one fault, got {got}")
            options = getattr(given, used[0])
            key = f"{key}.{used[0]}"
        from asyncly.srvmocker._routes_faults import (  # noqa: PLC0415 - few files have faults
            fault_of,
        )

        data = self._garbage(key, options) if isinstance(options, GarbageData) else None
        second = None
        if isinstance(options, DoubleData) and options.second is not None:
            second = self._response(f"{key}.second", options.second)
        with self._at(key):
            return fault_of(options, response, data=data, second=second)

    def _garbage(self, key: str, given: GarbageData) -> bytes | None:
        self._alone(key, given, ("text", "base64"))
        if given.base64 is not UNSET:
            return self._bytes(f"{key}.base64", given.base64)
        if given.text is UNSET:
            return None
        with self._at(f"{key}.text"):
            return given.text.encode()

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
        body = self._body(key, given)
        with self._at(f"{key}.text"):  # which may have half of a character, as "\\ud800"
            return RawResponse(body, status, headers)

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
                f"expected bytes, got {kind_of(given.body)}: write it as text, json or base64",
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


def _with_all_inside(given: AnswerData | None) -> Iterator[AnswerData]:
    """Yield a response and those that it is made of."""
    pending = [] if given is None else [given]
    while pending:
        answer = pending.pop()
        yield answer
        if answer.sequence is not UNSET:
            pending += answer.sequence
        if answer.answers is not UNSET:
            pending += answer.answers.values()
        pending += [each for each in (answer.then, answer.otherwise) if each is not UNSET]
        fault = answer.fault
        if isinstance(fault, FaultData) and fault.double is not UNSET and fault.double.second:
            pending.append(fault.double.second)


def _states_of(given: AnswerData) -> Iterator[str]:
    """Yield the states that the response of a scenario names."""
    answers = {} if given.answers is UNSET else given.answers
    yield from answers
    for answer in (*answers.values(), given.otherwise):
        if answer is not UNSET and answer.next is not UNSET:
            yield answer.next
