"""Scenarios: one state behind the answers of several handlers."""

import re
from enum import StrEnum
from typing import cast

import aiohttp
import pytest
from aiohttp import web

from asyncly.srvmocker import (
    BaseMockResponse,
    LatencyResponse,
    MockRoute,
    MockService,
    RawResponse,
    Scenario,
    ScenarioError,
    SequenceResponse,
    start_service,
)
from asyncly.srvmocker.scenario import ScenarioAnswer

A, B, C = RawResponse(b"a"), RawResponse(b"b"), RawResponse(b"c")
ROUTES = [MockRoute("GET", f"/{name}", name) for name in ("one", "two")]


async def ask(client: aiohttp.ClientSession, service: MockService, names: str) -> str:
    told = ""
    for name in names.split():
        async with client.get(service.url / name) as answer:
            told += "x" if answer.status == 500 else await answer.text()
    return told


async def test_handlers_share_a_state(client: aiohttp.ClientSession) -> None:
    it = Scenario("off")
    async with start_service(ROUTES, strict=True) as service:
        service.register("one", it.response({"off": (A, "on"), "on": (B, "off")}))
        service.register("two", it.response({"off": A, "on": B}))
        assert it.state == "off"
        assert await ask(client, service, "two one two two one two") == "aabbba"
        assert (it.state, it.history) == ("off", ["off", "on", "off"])
        assert await ask(client, service, "one") == "a"
        service.reset()
        assert await ask(client, service, "two") == "a"


async def test_a_reset_begins_again(client: aiohttp.ClientSession) -> None:
    it = Scenario("new")
    async with start_service(ROUTES, strict=True) as service:
        many = SequenceResponse([A, B])
        service.register("one", it.response({"new": (many, "old"), "old": C}, otherwise=many))
        assert await ask(client, service, "one one") == "ac"
        service.reset()
        assert (it.state, it.history) == ("new", ["new"])
        assert await ask(client, service, "one one") == "ac"
        it.reset()
        assert await ask(client, service, "one one") == "bc"


async def test_a_state_without_an_answer_is_a_500(client: aiohttp.ClientSession) -> None:
    it = Scenario("new", name="order 7")
    async with start_service(ROUTES) as service:
        service.register("one", it.response({"new": (A, "paid")}))
        assert await ask(client, service, "one one") == "ax"
        (failure,) = service.errors
    assert isinstance(failure.exception, ScenarioError)
    assert str(failure.exception) == (
        "the scenario 'order 7' in state 'paid' has no answer here, only in 'new': "
        "add one for this state, or give otherwise=..."
    )


async def test_or_what_is_answered_otherwise(client: aiohttp.ClientSession) -> None:
    it = Scenario("new")
    async with start_service(ROUTES, strict=True) as service:
        service.register("one", it.response({"new": (A, "old")}, otherwise=(B, "lost")))
        service.register("two", it.response({"lost": C}, otherwise=A))
        assert await ask(client, service, "two one two one two") == "aaabc"
        assert it.history == ["new", "old", "lost"]


async def test_a_state_is_entered_before_a_delayed_answer_is_given(
    client: aiohttp.ClientSession,
) -> None:
    class Own(BaseMockResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            return web.Response(text=f"<{it.state}>")

    it = Scenario("new")
    async with start_service(ROUTES, strict=True) as service:
        service.register("one", it.response({"new": (LatencyResponse(Own(), 0.001), "old")}))
        assert await ask(client, service, "one") == "<old>"


async def test_the_test_may_enter_a_state(client: aiohttp.ClientSession) -> None:
    it = Scenario("up", entered=["down"])
    async with start_service(ROUTES, strict=True) as service:
        service.register("one", it.response({"up": A, "down": B}))
        assert await ask(client, service, "one") == "a"
        it.enter("down")
        assert await ask(client, service, "one") == "b"
        text = "^state='donw' is no state of the scenario; did you mean 'down'\\?$"
        with pytest.raises(ValueError, match=text):
            it.enter("donw")
        assert it.state == "down"


def test_the_history_keeps_the_last_thousand() -> None:
    it = Scenario("0", entered=map(str, range(1, 2000)))
    for number in range(1, 2000):
        it.enter(str(number))
    assert it.history == [str(number) for number in range(1000, 2000)]


class Light(StrEnum):
    RED = "red"
    GREEN = "green"


async def test_states_may_be_members_of_an_enumeration(client: aiohttp.ClientSession) -> None:
    it = Scenario(Light.RED, states=Light)
    async with start_service(ROUTES, strict=True) as service:
        service.register("one", it.response({Light.RED: (A, Light.GREEN), "green": B}))
        assert await ask(client, service, "one one") == "ab"
        assert it.state == Light.GREEN


# A state that nothing leads to.


def test_a_state_that_nothing_leads_to_is_a_value_error() -> None:
    it = Scenario("empty", name="cart")
    it.response({"empty": (A, "full")})
    with pytest.raises(ValueError) as caught:
        it.response({"fulll": A})
    assert str(caught.value) == (
        "answers: nothing leads to state 'fulll' of the scenario 'cart'; did you mean 'full'? "
        "Make the response that leads to it first, or name all states: Scenario(..., "
        "states=[...]); name those that the test enters: entered=[...]"
    )
    with pytest.raises(
        ValueError, match="state 'paid' of the scenario 'cart'; there are 'empty', "
    ):
        it.response({"paid": A, "full": B})
    # What was refused is no part of the scenario.
    assert repr(it) == "<Scenario in 'empty' of 'empty', 'full'>"


def test_a_circle_of_states_beside_the_initial_one_is_not_reached() -> None:
    with pytest.raises(ValueError, match=r"^answers: nothing leads to state 'b' of the scenario"):
        Scenario("a").response({"a": A, "b": (A, "c"), "c": (A, "b")})


def test_an_answer_that_is_never_given_leads_nowhere() -> None:
    it = Scenario("a")
    with pytest.raises(ValueError, match=r"nothing leads to state 'b'"):
        it.response({"a": A, "b": B}, otherwise=(C, "b"))


async def test_states_told_beforehand_may_be_led_to_in_any_order(
    client: aiohttp.ClientSession,
) -> None:
    it = Scenario("a", states=["a", "b", "c"])
    second = it.response({"b": (B, "c"), "c": C})
    first = it.response({"a": (A, "b"), "c": C})
    async with start_service(ROUTES, strict=True) as service:
        service.register("one", first)
        service.register("two", second)
        assert await ask(client, service, "one two two one") == "abcc"
    it.check()


async def test_one_that_nothing_leads_to_is_told_by_the_first_request(
    client: aiohttp.ClientSession,
) -> None:
    it = Scenario("a", states=["a", "b", "c"])
    async with start_service(ROUTES) as service:
        service.register("one", it.response({"a": (A, "c"), "b": B}))
        assert await ask(client, service, "one") == "x"
        text = (
            "states: nothing leads to state 'b' of the scenario; there are 'a', 'c'. "
            "Let an answer lead to it, or name it in entered=[...]"
        )
        (failure,) = service.errors
        assert (type(failure.exception), str(failure.exception)) == (ValueError, text)
        with pytest.raises(ValueError, match=re.escape(text)):
            it.check()
        # Another response may still lead there.
        service.register("two", it.response({"a": (A, "b")}))
        assert await ask(client, service, "two one") == "ab"


@pytest.mark.parametrize(
    "answers", [{"a": A, "x": A}, {"a": (A, "x")}], ids=["as a state", "as the next one"]
)
def test_another_name_than_those_told_is_a_value_error(
    answers: dict[str, ScenarioAnswer],
) -> None:
    text = "answers: state 'x' of the scenario is none of its states; there are 'a', 'bbb'"
    with pytest.raises(ValueError, match=f"^{text}$"):
        Scenario("a", states=["a", "bbb"]).response(answers)
    with pytest.raises(ValueError, match=f"^{text}$"):
        Scenario("a", states=["a", "bbb"]).response({"a": A}, otherwise=(B, "x"))


def test_what_is_told_beforehand_fits_together() -> None:
    with pytest.raises(ValueError, match=r"^initial: state 'c' of the scenario is none of its"):
        Scenario("c", states=["a", "b"])
    with pytest.raises(ValueError, match=r"^entered: state 'c' of the scenario is none of its"):
        Scenario("a", states=["a", "b"], entered=iter("bc"))
    it = Scenario("a", states=["a", "b"])
    with pytest.raises(ValueError, match="is no state of the scenario; there are 'a', 'b'"):
        it.enter("c")
    it.enter("b")
    assert it.state == "b"


@pytest.mark.parametrize(
    ("answers", "kind", "text"),
    [
        ([("a", A)], TypeError, "answers=[('a', <RawResponse"),
        ({}, ValueError, "answers are empty: give what to answer in one state at least"),
        ({"a": b"a"}, TypeError, "b'a' is not a BaseMockResponse"),
        ({"a": (A,)}, TypeError, "is no (response, next state) pair"),
        ({"a": (A, 1)}, TypeError, "answers: 1 is not the name of a state: give a string"),
        ({1: A}, TypeError, "answers: 1 is not the name of a state: give a string"),
    ],
)
def test_answers_that_are_none_are_refused(
    answers: dict[str, ScenarioAnswer], kind: type[Exception], text: str
) -> None:
    with pytest.raises(kind, match=re.escape(text)):
        Scenario("a").response(answers)


def test_states_that_are_none_are_refused() -> None:
    with pytest.raises(TypeError, match=r"^initial: None is not the name of a state"):
        Scenario(cast(str, None))
    with pytest.raises(TypeError, match=r"^states='ab' is one string: give a list of states$"):
        Scenario("a", states="ab")
    with pytest.raises(TypeError, match=r"^entered: 1 is not the name of a state"):
        Scenario("a", entered=[cast(str, 1)])


def test_they_tell_what_they_are() -> None:
    it = Scenario("a", name="it")
    response = it.response({"a": (A, "b"), "b": B})
    assert response.scenario is it
    assert repr(response) == "<ScenarioResponse in 'a': 'a' -> 'b', 'b'>"
    assert (repr(it), str(it)) == (
        "<Scenario in 'a' of 'a', 'b'>",
        "the scenario 'it' in state 'a'",
    )
