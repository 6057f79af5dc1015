"""Responses from data: scenarios that several routes share; the rest is tested with the files."""

from collections.abc import Mapping
from pathlib import Path

import aiohttp
import pytest

from asyncly.srvmocker import (
    MockRoute,
    load_routes,
    start_service,
)
from tests.routes_data.support import wrong

NOTHING: dict[str, object] = {}

CART = """
scenarios:
  cart: {initial: empty}
routes:
  - method: GET
    path: /cart
    handler: show
    response:
      scenario: cart
      answers:
        empty: {json: []}
        full: {json: [tea]}
      otherwise: {status: 410}
  - method: POST
    path: /cart
    handler: add
    response:
      scenario: cart
      answers:
        empty: {status: 201, next: full}
        full: {sequence: [{status: 409}], then: {status: 429}, next: closed}
"""
CART_TOML = """
[scenarios.cart]
initial = "empty"
states = ["empty", "full", "closed"]

[[routes]]
method = "GET"
path = "/cart"
handler = "show"
[routes.response]
scenario = "cart"
answers.empty = { json = [] }
answers.full = { json = ["tea"] }
otherwise = { status = 410 }

[[routes]]
method = "POST"
path = "/cart"
handler = "add"
[routes.response]
scenario = "cart"
[routes.response.answers]
empty = { status = 201, next = "full" }
full = { sequence = [{ status = 409 }], then = { status = 429 }, next = "closed" }
"""


@pytest.mark.parametrize("name", ["cart.yaml", "cart.toml"])
async def test_routes_share_a_scenario(
    client: aiohttp.ClientSession, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_text(CART if name.endswith("yaml") else CART_TOML, "utf-8")

    async def asked(method: str) -> tuple[int, str]:
        async with client.request(method, service.url / "cart") as answer:
            return answer.status, await answer.text()

    async with start_service(load_routes(tmp_path / name)) as service:
        for _ in range(2):
            assert await asked("GET") == (200, "[]")
            assert await asked("POST") == (201, "")
            assert await asked("GET") == (200, '["tea"]')
            assert await asked("POST") == (409, "")
            assert await asked("GET") == (410, "")
            assert (await asked("POST"))[0] == 500
            assert "has no answer here, only in 'empty', 'full'" in str(service.errors[-1])
            service.reset()


async def test_a_scenario_may_stand_within_a_sequence_and_be_spoilt(
    client: aiohttp.ClientSession,
) -> None:
    blinks = {
        "scenario": "light",
        "answers": {"on": {"text": "1", "next": "off"}, "off": {"text": "0", "next": "on"}},
        "fault": {"slow": {"body": 100_000}},
    }
    data = {
        "scenarios": {"light": {"initial": "on"}},
        "routes": [
            {
                "method": "GET",
                "path": "/",
                "handler": "light",
                "response": {"sequence": [{"text": "?"}], "then": blinks},
            }
        ],
    }
    async with start_service(load_routes(data)) as service:
        told: list[str] = []
        for _ in range(3):
            async with client.get(service.url) as answer:
                told.append(await answer.text())
    assert told == ["?", "1", "0"]


def scenario(
    answers: object = None, more: Mapping[str, object] | None = None, **told: object
) -> Mapping[str, object]:
    """A file with one scenario `s`, and one route that answers so."""
    response: dict[str, object] = {"scenario": "s", **(more or {})}
    if answers is not None:
        response["answers"] = answers
    route = {"method": "GET", "path": "/", "handler": "h", "response": response}
    return {"scenarios": {"s": {"initial": "a", **told}}, "routes": [route]}


def alone(**response: object) -> Mapping[str, object]:
    """A file with one route that answers so, and no scenario."""
    return {"routes": [{"method": "GET", "path": "/", "handler": "h", "response": response}]}


UNKNOWN = "routes[0].response.scenario: there is no scenario 'x'; the key 'scenarios' beside 'rout"


def test_states_may_be_named_in_any_order_and_entered_by_the_test() -> None:
    first, second, third = (
        load_routes(scenario({"b": {}, "a": {"next": "b"}})),
        load_routes(scenario({"a": {}, "c": {}}, entered=["c"])),
        load_routes(scenario({"a": {"next": "b"}}, states=["a", "b"])),
    )
    assert [len(routes) for routes in (first, second, third)] == [1, 1, 1]
    inside = {"fault": {"double": {"second": {"text": "x"}}}}
    assert load_routes(scenario({"a": inside}))[0].response is not None
    assert load_routes({"routes": [], "scenarios": {"unused": {"initial": "a"}}}) == []
    alone = {"method": "GET", "path": "/", "handler": "h"}
    assert load_routes({"routes": [alone]}) == [MockRoute("GET", "/", "h")]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ({"routes": [], "scenarios": 3}, "scenarios: expected a mapping, got int"),
        ({"routes": [], "scenarios": {"s": {}}}, "scenarios.s.initial: it is missing"),
        ({"routes": [], "scenarios": {"s": {"initial": 3}}}, "scenarios.s.initial: expected str, "),
        (
            {"routes": [], "scenarios": {"s": {"initial": "a", "state": []}}},
            "scenarios.s.state: unknown key; did you mean 'states'?",
        ),
        (
            {"routes": [], "scenario": {}},
            "scenario: unknown key; did you mean 'scenarios'?",
        ),
        (
            scenario({"a": {}}, initial="b", states=["a"]),
            "scenarios.s: initial: state 'b' of the scenario 's' is none of its states; there are ",
        ),
        (
            scenario({"a": {}}, entered=["c"], states=["a"]),
            "scenarios.s: entered: state 'c' of the scenario 's' is none of its states; there are ",
        ),
        (
            scenario({"a": {}, "full": {}}),
            "scenarios.s: states: nothing leads to state 'full' of the scenario 's'; there are 'a'",
        ),
        (
            scenario({"a": {}, "ful": {}}, states=["a", "full"]),
            "routes[0].response.answers.ful: 'ful' is no state of the scenario; did you mean 'full",
        ),
        (
            scenario({"a": {"next": "ful"}}, states=["a", "full"]),
            "routes[0].response.answers.a.next: 'ful' is no state of the scenario; did you mean 'f",
        ),
        (
            scenario({"a": {}}, {"otherwise": {"next": "x"}}, states=["a"]),
            "routes[0].response.otherwise.next: 'x' is no state of the scenario; there are a",
        ),
        (scenario(), "routes[0].response.answers: it is missing"),
        (scenario({}), "routes[0].response.answers: expected a mapping of length >= 1"),
        (scenario({"a": 3}), "routes[0].response.answers.a: expected a mapping, got int"),
        (scenario({"a": {"nxt": 3}}), "routes[0].response.answers.a.nxt: unknown key; did you mea"),
        (scenario({"a": {"status": 3}}), "routes[0].response.answers.a.status: status 3 is not a "),
        (
            scenario({"a": {}, "b": {"status": "x"}}),
            "routes[0].response.answers.b.status: expected int, got str",
        ),
        (
            scenario({"a": {}}, {"otherwise": {"stats": 1}}),
            "routes[0].response.otherwise.stats: unknown key; did you mean 'status'?",
        ),
        (scenario({"a": {}}, {"scenario": "x"}), UNKNOWN),
        (scenario({"a": {}}, {"text": "x"}), "routes[0].response.text: a scenario has none of its"),
        (scenario({"a": {}}, {"then": {}}), "routes[0].response.then: only a sequence has it"),
        (
            scenario({"a": {}}, {"sequence": [NOTHING]}),
            "routes[0].response.scenario: expected it or 'sequence', got both",
        ),
        (
            alone(scenario="s"),
            "routes[0].response.scenario: there is no scenario 's'; name it under the key 'scenari",
        ),
        (
            alone(answers={"a": {}}),
            "routes[0].response.answers: only a scenario has it",
        ),
        (
            alone(sequence=[NOTHING], otherwise={}),
            "routes[0].response.otherwise: only a scenario has it",
        ),
        (
            alone(next="a"),
            "routes[0].response.next: unknown key; did you mean 'text'?",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_scenario_is_told_by_its_key(
    data: Mapping[str, object], told: str
) -> None:
    assert wrong(data).startswith(told)
