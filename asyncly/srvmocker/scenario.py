"""Several handlers whose answers depend on, and change, one state.

Invariants: a state is entered when the answer to a request is chosen, at once, and not when the
answer was written; requests are taken one by one, so two of them never leave the same state twice.
No name of a state is taken on trust: one that nothing leads to is refused, when a response is made
or, where the states were told beforehand, by the first request.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Final, NamedTuple, TypeAlias, cast

from asyncly.srvmocker.exceptions import ScenarioError
from asyncly.srvmocker.responses._choosing import ChoosingResponse
from asyncly.srvmocker.responses.base import BaseMockResponse, check_response

__all__ = ("Scenario", "ScenarioAnswer", "ScenarioResponse")

ScenarioAnswer: TypeAlias = BaseMockResponse | tuple[BaseMockResponse, str]
"""What is answered in a state: a response, or a `(response, next state)` pair."""

_REMEMBERED: Final = 1000


class Scenario:
    """A state that the responses of several handlers share.

    `response` makes a response out of what to answer in each state, and which state to enter with
    it. A state that a response names must be the initial one, or one that a response leads to, this
    one or one made before. Where no order of making them is such, name all states beforehand.

    Args:
        initial: The state to begin with.
        states: All states; any other name is refused. Whether each is led to is then looked at by
            the first request, or by `check`.
        entered: States that no answer leads to, since the test enters them itself, with `enter`.
        name: What errors call the scenario.

    Raises:
        ValueError: The initial state, or one of `entered`, is none of `states`.
        TypeError: A state is not a string.

    Example:
        >>> from asyncly.srvmocker import JsonResponse, MockRoute, RawResponse, Scenario
        >>> from asyncly.srvmocker import start_service
        >>> cart = Scenario("empty")
        >>> add = cart.response({"empty": (RawResponse(), "full"), "full": RawResponse(status=409)})
        >>> show = cart.response({"empty": JsonResponse([]), "full": JsonResponse(["tea"])})
        >>> routes = [MockRoute("POST", "/cart", "add"), MockRoute("GET", "/cart", "show")]
        >>> async with start_service(routes) as service:
        ...     service.register("add", add)
        ...     service.register("show", show)
        ...     async with aiohttp.ClientSession(service.url) as client:
        ...         print(await (await client.get("/cart")).json())
        ...         print((await client.post("/cart")).status)
        ...         print(await (await client.get("/cart")).json())
        []
        200
        ['tea']
        >>> cart.state, cart.history
        ('full', ['empty', 'full'])
    """

    def __init__(
        self,
        initial: str,
        *,
        states: Iterable[str] | None = None,
        entered: Iterable[str] = (),
        name: str = "",
    ) -> None:
        self._initial: str = _state("initial", initial)
        self._states: frozenset[str] | None = None if states is None else _states("states", states)
        outside = _states("entered", entered)
        self._roots: frozenset[str] = outside | {self._initial}
        self._name: str = f"the scenario {name!r}" if name else "the scenario"
        self._moves: list[_Moves] = []
        self._reached: set[str] = set(self._roots)
        self._checked: bool = False
        self._history: deque[str] = deque([self._initial], _REMEMBERED)
        self._check_declared("initial", self._initial)
        for state in sorted(outside):
            self._check_declared("entered", state)

    @property
    def state(self) -> str:
        """The state that the next request meets."""
        return self._history[-1]

    @property
    def history(self) -> Sequence[str]:
        """The states that were entered, oldest first, from the initial one on; the last 1000."""
        return list(self._history)

    def response(
        self,
        answers: Mapping[str, ScenarioAnswer],
        *,
        otherwise: ScenarioAnswer | None = None,
    ) -> ScenarioResponse:
        """Make a response whose answers depend on the state.

        Args:
            answers: What to answer in each state: a response, or a `(response, next state)` pair.
            otherwise: What to answer in a state that `answers` does not have. Not given: a request
                in such a state gets a 500, and a `ScenarioError` is kept in `MockService.errors`.

        Raises:
            ValueError: There are no answers; nothing leads to a state that is named; a state is
                none of those that were told beforehand.
            TypeError: A state is not a string, or an answer not of its kind.

        Example:
            >>> from asyncly.srvmocker import RawResponse, Scenario
            >>> door = Scenario("shut")
            >>> door.response({"opne": (RawResponse(), "shut"), "shut": (RawResponse(), "open")})
            Traceback (most recent call last):
            ValueError: answers: nothing leads to state 'opne' of the scenario; did you mean \
'open'? Make the response that leads to it first, ...
        """
        if not isinstance(answers, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance] - a user may
            raise TypeError(f"answers={answers!r}: give a mapping of states to what they answer")
        given: dict[str, tuple[BaseMockResponse, str | None]] = {
            _state("answers", state): _answer(answer) for state, answer in answers.items()
        }
        if not given:
            raise ValueError("answers are empty: give what to answer in one state at least")
        default = None if otherwise is None else _answer(otherwise)
        moves = _Moves(
            {state: target for state, (_, target) in given.items()},
            None if default is None else default[1],
        )
        for state in moves.named():
            self._check_declared("answers", state)
        reached = _reached(self._roots, [*self._moves, moves])
        if self._states is None:
            for state in given:
                if state not in reached:
                    raise ValueError(self._nothing_leads_to("answers", state, reached))
        self._moves.append(moves)
        self._reached = reached
        self._checked = False
        return ScenarioResponse(self, given, default)

    def enter(self, state: str) -> None:
        """Enter a state from outside, such as to begin a test in the middle.

        Raises:
            ValueError: It is none of the scenario's states.

        Example:
            >>> from asyncly.srvmocker import Scenario
            >>> health = Scenario("up", entered=["down"])
            >>> health.enter("down")
            >>> health.state
            'down'
        """
        known = self._reached if self._states is None else self._states
        if _state("state", state) not in known:
            raise ValueError(f"state={state!r} is no state of {self._name}{_told(state, known)}")
        self._enter(state)

    def reset(self) -> None:
        """Begin again in the initial state; `MockService.reset` does it too."""
        self._history.clear()
        self._enter(self._initial)

    def check(self) -> None:
        """Look whether every state that was told beforehand is led to.

        The first request does it too; where the states were not told, each response did it.

        Raises:
            ValueError: Nothing leads to a state.

        Example:
            >>> from asyncly.srvmocker import RawResponse, Scenario
            >>> order = Scenario("new", states=["new", "paid", "sent"])
            >>> pay = order.response({"new": (RawResponse(), "paid")})
            >>> order.check()
            Traceback (most recent call last):
            ValueError: states: nothing leads to state 'sent' of the scenario...
        """
        if self._checked:
            return
        for state in sorted(self._states or ()):
            if state not in self._reached:
                raise ValueError(self._nothing_leads_to("states", state, self._reached))
        self._checked = True

    def _check_declared(self, argument: str, state: str) -> None:
        known = self._states
        if known is not None and state not in known:
            raise ValueError(
                f"{argument}: state {state!r} of {self._name} is none of its states"
                f"{_told(state, known)}"
            )

    def _nothing_leads_to(self, argument: str, state: str, reached: Iterable[str]) -> str:
        remedy = (
            "Make the response that leads to it first, or name all states: Scenario(..., "
            "states=[...]); name those that the test enters: entered=[...]"
            if self._states is None
            else "Let an answer lead to it, or name it in entered=[...]"
        )
        told = _told(state, reached)
        stop = "" if told.endswith("?") else "."
        return f"{argument}: nothing leads to state {state!r} of {self._name}{told}{stop} {remedy}"

    def _enter(self, state: str) -> None:
        self._history.append(state)

    def __repr__(self) -> str:
        return f"<Scenario in {self.state!r} of {', '.join(map(repr, sorted(self._reached)))}>"

    def __str__(self) -> str:
        return f"{self._name} in state {self.state!r}"


class ScenarioResponse(ChoosingResponse):
    """Answers as the state of a scenario says; `Scenario.response` makes them.

    Example:
        >>> from asyncly.srvmocker import RawResponse, Scenario
        >>> Scenario("shut").response({"shut": (RawResponse(), "open"), "open": RawResponse()})
        <ScenarioResponse in 'shut': 'shut' -> 'open', 'open'>
    """

    def __init__(
        self,
        scenario: Scenario,
        answers: Mapping[str, tuple[BaseMockResponse, str | None]],
        otherwise: tuple[BaseMockResponse, str | None] | None,
    ) -> None:
        self._scenario: Scenario = scenario
        self._answers: dict[str, tuple[BaseMockResponse, str | None]] = dict(answers)
        self._otherwise: tuple[BaseMockResponse, str | None] | None = otherwise

    @property
    def scenario(self) -> Scenario:
        """Whose state it depends on."""
        return self._scenario

    def _choose(self) -> BaseMockResponse:
        scenario = self._scenario
        scenario.check()
        found = self._answers.get(scenario.state, self._otherwise)
        if found is None:
            raise ScenarioError(
                f"{scenario} has no answer here, only in {', '.join(map(repr, self._answers))}: "
                "add one for this state, or give otherwise=..."
            )
        response, target = found
        if target is not None:
            scenario.enter(target)
        return response

    def _choices(self) -> Iterable[BaseMockResponse]:
        found = list(self._answers.values())
        if self._otherwise is not None:
            found.append(self._otherwise)
        return [response for response, _ in found]

    def __rewind__(self) -> None:
        """Let the scenario begin again, and with it the responses of this one."""
        self._scenario.reset()
        super().__rewind__()

    def __repr__(self) -> str:
        told = [
            repr(state) if target is None else f"{state!r} -> {target!r}"
            for state, (_, target) in self._answers.items()
        ]
        return f"<ScenarioResponse in {self._scenario.state!r}: {', '.join(told)}>"


def _state(argument: str, state: object) -> str:
    if not isinstance(state, str):
        raise TypeError(f"{argument}: {state!r} is not the name of a state: give a string")
    return str.__str__(state)


def _states(argument: str, states: Iterable[str]) -> frozenset[str]:
    if isinstance(states, str):
        raise TypeError(f"{argument}={states!r} is one string: give a list of states")
    return frozenset(_state(argument, state) for state in states)


def _answer(given: object) -> tuple[BaseMockResponse, str | None]:
    if not isinstance(given, tuple):
        return check_response(given), None
    pair = cast("tuple[object, ...]", given)
    if len(pair) != 2:
        raise TypeError(f"{pair!r} is no (response, next state) pair")
    return check_response(pair[0]), _state("answers", pair[1])


class _Moves(NamedTuple):
    """From which states the answers of one response lead where."""

    targets: Mapping[str, str | None]
    otherwise: str | None

    def named(self) -> Iterator[str]:
        """Return every state that is named."""
        yield from self.targets
        yield from (target for target in self.targets.values() if target is not None)
        if self.otherwise is not None:
            yield self.otherwise

    def of(self, state: str) -> str | None:
        """Return the state that is entered from this one."""
        return self.targets.get(state, self.otherwise)


def _reached(roots: Iterable[str], moves: Sequence[_Moves]) -> set[str]:
    """Return the states that can be entered, from these on."""
    reached: set[str] = set()
    left = list(roots)
    while left:
        state = left.pop()
        if state not in reached:
            reached.add(state)
            targets = (each.of(state) for each in moves)
            left.extend(target for target in targets if target is not None)
    return reached


def _told(state: str, known: Iterable[str]) -> str:
    """Tell which name was meant, or all of them."""
    names = sorted(known)
    near = get_close_matches(state, names, n=3)
    if near:
        return f"; did you mean {' or '.join(map(repr, near))}?"
    return f"; there are {', '.join(map(repr, names))}"
