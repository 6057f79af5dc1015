"""Data -> responses, and the scenarios that they share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from msgspec import UNSET, Struct
from multidict import CIMultiDict

from asyncly.srvmocker._routes.schema import (
    FAULTS,
    AnswerData,
    DoubleData,
    FaultData,
    GarbageData,
    RoutesData,
    ScenarioData,
    StateData,
    checked,
    kind_of,
    meant,
)
from asyncly.srvmocker._routes.teller import Teller
from asyncly.srvmocker.responses.base import BaseMockResponse
from asyncly.srvmocker.responses.file import FileResponse
from asyncly.srvmocker.responses.json import JsonResponse
from asyncly.srvmocker.responses.raw import RawResponse
from asyncly.srvmocker.responses.sequence import SequenceResponse
from asyncly.srvmocker.responses.timeout import LatencyResponse
from asyncly.srvmocker.scenario import Scenario

__all__ = ("Answers",)

_BODIES: Final = ("json", "text", "base64", "body", "file")
_OF_ONE: Final = ("status", "headers")
_OF_SEQUENCES: Final = ("on_exhausted", "then")
_OF_SCENARIOS: Final = ("answers", "otherwise")


class Answers:
    """Makes responses of data; paths of files begin at `folder`."""

    def __init__(self, teller: Teller, folder: Path) -> None:
        self._teller = teller
        self._folder = folder
        self._scenarios: dict[str, tuple[ScenarioData, Scenario]] = {}

    def begin_scenarios(self, given: RoutesData) -> None:
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
            with self._teller.at(f"scenarios.{name}"):
                states = named[name] if scenario.states is UNSET else scenario.states
                made = Scenario(
                    scenario.initial, states=states, entered=scenario.entered, name=name
                )
            self._scenarios[name] = scenario, made

    def check_scenarios(self) -> None:
        """Refuse a scenario with a state that nothing reaches, when all responses are made."""
        for name, (_, scenario) in self._scenarios.items():
            with self._teller.at(f"scenarios.{name}"):
                scenario.check()

    def response(self, key: str, given: AnswerData) -> BaseMockResponse:
        """Make a response."""
        self._teller.alone(key, given, ("sequence", "scenario"))
        response: BaseMockResponse | None
        if given.sequence is not UNSET:
            self._teller.refuse(key, given, (*_BODIES, *_OF_ONE), "a sequence has none of its own")
            self._teller.refuse(key, given, _OF_SCENARIOS, "only a scenario has it")
            response = self._sequence(key, given)
        elif given.scenario is not UNSET:
            self._teller.refuse(key, given, (*_BODIES, *_OF_ONE), "a scenario has none of its own")
            self._teller.refuse(key, given, _OF_SEQUENCES, "only a sequence has it")
            response = self._scenario(key, given.scenario, given)
        else:
            self._teller.refuse(key, given, _OF_SEQUENCES, "only a sequence has it")
            self._teller.refuse(key, given, _OF_SCENARIOS, "only a scenario has it")
            self._teller.alone(key, given, _BODIES)
            says_nothing = all(getattr(given, name) is UNSET for name in (*_BODIES, *_OF_ONE))
            spoilt = given.fault is not UNSET and says_nothing
            response = None if spoilt else self._one(key, given)
        if given.fault is not UNSET:
            response = self._fault(f"{key}.fault", given.fault, response)
        assert response is not None, "what says nothing is spoilt"
        if given.latency is not UNSET:
            with self._teller.at(f"{key}.latency"):
                response = LatencyResponse(response, given.latency)
        return response

    def _sequence(self, key: str, given: AnswerData) -> SequenceResponse:
        assert given.sequence is not UNSET, "asked for before"
        items = [
            (self.response(f"{key}.sequence[{number}]", item), item.times)
            for number, item in enumerate(given.sequence)
        ]
        then = None if given.then is UNSET else self.response(f"{key}.then", given.then)
        with self._teller.at(key):
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
            raise self._teller.error(f"{key}.scenario", f"there is no scenario {name!r}; {known}")
        if given.answers is UNSET:
            raise self._teller.error(f"{key}.answers", "it is missing")
        declared, scenario = self._scenarios[name]

        def answer(here: str, one: StateData) -> BaseMockResponse | tuple[BaseMockResponse, str]:
            response = self.response(here, one)
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
            raise self._teller.error(
                key,
                f"{state!r} is no state of the scenario; {meant(state, scenario.states)}",
            )

    def _fault(
        self, key: str, given: str | FaultData, response: BaseMockResponse | None
    ) -> BaseMockResponse:
        """Make a fault, which spoils the response where there is one."""
        if isinstance(given, str):
            if given not in FAULTS:
                raise self._teller.error(
                    key, f"there is no fault {given!r}; {meant(given, FAULTS)}"
                )
            options: Struct = checked(
                {}, FAULTS[given], file=self._teller.file, at=f"{key}.{given}"
            )
            key = f"{key}.{given}"
        else:
            used = [each for each in FAULTS if getattr(given, each) is not UNSET]
            if len(used) != 1:
                got = " and ".join(map(repr, used)) or "none"
                raise self._teller.error(key, f"expected one fault, got {got}")
            options = getattr(given, used[0])
            key = f"{key}.{used[0]}"
        from asyncly.srvmocker._routes.faults import (  # noqa: PLC0415 - few files have faults
            fault_of,
        )

        data = self._garbage(key, options) if isinstance(options, GarbageData) else None
        second = None
        if isinstance(options, DoubleData) and options.second is not None:
            second = self.response(f"{key}.second", options.second)
        with self._teller.at(key):
            return fault_of(options, response, data=data, second=second)

    def _garbage(self, key: str, given: GarbageData) -> bytes | None:
        self._teller.alone(key, given, ("text", "base64"))
        if given.base64 is not UNSET:
            return self._teller.decoded(f"{key}.base64", given.base64)
        if given.text is UNSET:
            return None
        with self._teller.at(f"{key}.text"):
            return given.text.encode()

    def _one(self, key: str, given: AnswerData) -> BaseMockResponse:
        headers: CIMultiDict[str] = CIMultiDict()
        for name, value in ({} if given.headers is UNSET else given.headers).items():
            for each in [value] if isinstance(value, str) else value:
                headers.add(name, each)
        status = 200 if given.status is UNSET else given.status
        with self._teller.at(f"{key}.status"):
            RawResponse(status=status)
        with self._teller.at(f"{key}.headers"):
            RawResponse(headers=headers)
        if given.json is not UNSET:
            with self._teller.at(f"{key}.json"):
                return JsonResponse(given.json, status, headers)
        if isinstance(given.file, str):
            with self._teller.at(f"{key}.file"):
                return FileResponse(self._folder / given.file, status=status, headers=headers)
        body = self._body(key, given)
        with self._teller.at(f"{key}.text"):  # which may have half of a character, as "\\ud800"
            return RawResponse(body, status, headers)

    def _body(self, key: str, given: AnswerData) -> str | bytes:
        if given.text is not UNSET:
            return given.text
        if given.base64 is not UNSET:
            return self._teller.decoded(f"{key}.base64", given.base64)
        if given.body is UNSET:
            return b""
        if not isinstance(given.body, bytes):
            raise self._teller.error(
                f"{key}.body",
                f"expected bytes, got {kind_of(given.body)}: write it as text, json or base64",
            )
        return given.body


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
