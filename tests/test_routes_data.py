"""Routes from data: parts of multipart bodies, and scenarios that several routes share."""

import re
from collections.abc import Mapping
from pathlib import Path

import aiohttp
import pytest
from dirty_equals import IsStr

from asyncly.srvmocker import (
    ABSENT,
    Match,
    MockRoute,
    Part,
    RoutesError,
    load_routes,
    start_service,
)
from asyncly.srvmocker.matching import compile_match
from tests.core.support import view_of


def wrong(data: Mapping[str, object]) -> str:
    with pytest.raises(RoutesError) as caught:
        load_routes(data)
    return str(caught.value)


NOTHING: dict[str, object] = {}

# Multipart bodies.


def match_of(**multipart: object) -> Match:
    entry = {"method": "POST", "path": "/", "handler": "up", "match": {"multipart": multipart}}
    match = load_routes([entry])[0].match
    assert match is not None
    return match


def parts_of(**multipart: object) -> str:
    """The parts that are expected, as they say what they are."""
    return repr(match_of(**multipart).multipart)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("notes", "notes"),
        (None, ABSENT),
        ({"regex": "^a"}, re.compile("^a")),
        (["a", {"regex": "b"}], ["a", re.compile("b")]),
        ([], []),
        (b"\xff", b"\xff"),
        ({}, Part()),
        ({"text": "a"}, Part("a")),
        ({"text": {"regex": "a"}, "content_type": "a/b"}, Part(re.compile("a"), None, "a/b")),
        ({"base64": "AP8=", "filename": "a.bin"}, Part(b"\x00\xff", "a.bin")),
        ({"filename": {"regex": "md$"}}, Part(None, re.compile("md$"))),
        ({"filename": None}, Part(None, ABSENT)),
        ({"content_type": {"regex": "^text/"}}, Part(None, None, re.compile("^text/"))),
        (["a", {"filename": "b"}, {"base64": ""}], ["a", Part(None, "b"), Part(b"")]),
    ],
)  # fmt: skip
def test_a_part_is_made_of(given: object, expected: object) -> None:
    assert parts_of(field=given) == repr({"field": expected})


def test_a_test_s_own_data_may_hold_what_compares() -> None:
    own = IsStr()
    assert match_of(field=own).multipart == {"field": own}
    assert parts_of(field={"filename": own}) == repr({"field": Part(filename=own)})


def test_all_parts_must_hold() -> None:
    match = match_of(title="notes", file={"filename": {"regex": "md$"}}, other=None)
    holds = compile_match(match).holds
    title = b"--b\r\nContent-Disposition: form-data; name=title\r\n\r\nnotes\r\n"
    file = b'--b\r\nContent-Disposition: form-data; name=file; filename="a.md"\r\n\r\n\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    assert holds(view_of(title + file + b"--b--", headers=headers))
    assert not holds(view_of(title + b"--b--", headers=headers))
    assert not holds(view_of(title + file + b"--b--"))


TEXT = "expected str or a mapping with 'regex' alone"
PART = f"{TEXT}, or one with text, base64, filename, content_type"


@pytest.mark.parametrize(
    ("multipart", "told"),
    [
        (3, ": expected a mapping or nothing, got int"),
        ({1: "a"}, ": expected only strings as keys: put them in quotes"),
        ({"a": 3}, f".a: {PART}, got int"),
        ({"a": ["b", 3]}, f".a[1]: {PART}, got int"),
        ({"a": ["b", None]}, f".a[1]: {PART}, got nothing"),
        ({"a": {"regex": "("}}, ".a.regex: it is no regular expression: missing )"),
        ({"a": {"regex": "b", "text": "c"}}, ".a.regex: unknown key; there are text, base64, file"),
        ({"a": {"filname": "b"}}, ".a.filname: unknown key; did you mean 'filename'?"),
        ({"a": {3: "b"}}, ".a: expected only strings as keys: put them in quotes"),
        ({"a": {"text": 3}}, f".a.text: {TEXT}, got int"),
        ({"a": {"text": None}}, f".a.text: {TEXT}, got nothing"),
        ({"a": {"text": "b", "base64": ""}}, ".a.base64: expected it or 'text', got both"),
        ({"a": {"base64": 3}}, ".a.base64: expected str, got int"),
        ({"a": [{"base64": "@"}]}, ".a[0].base64: Only base64 data is allowed"),
        ({"a": {"filename": {"regex": "b", "x": 1}}}, f".a.filename: {TEXT}, got a mapping"),
        ({"a": {"content_type": None}}, f".a.content_type: {TEXT}, got nothing"),
    ],
)
def test_what_is_wrong_with_a_part_is_told_by_its_key(multipart: object, told: str) -> None:
    entry = {"method": "POST", "path": "/", "handler": "up", "match": {"multipart": multipart}}
    assert wrong({"routes": [entry]}).startswith(f"routes[0].match.multipart{told}")


# Scenarios.

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
