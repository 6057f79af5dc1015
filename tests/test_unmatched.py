"""`service.unmatched`: what no route answered, and why."""

import pytest

from asyncly.srvmocker import CallAssertionError, Match, MockRoute, NotKeptError
from tests.calling import Calling, calling
from tests.rawhttp import raw_client

ROUTES = [
    MockRoute("GET", "/read", "read"),
    MockRoute("POST", "/pick", "one", Match(json={"n": 1})),
    MockRoute("POST", "/pick", "two", Match(json={"n": 2})),
]
MANY = [MockRoute("POST", "/many", f"m{n}", Match(json={"n": n})) for n in range(300)]


async def told(call: Calling, path: str, body: bytes = b"") -> str:
    """The body of the answer to a request that no route takes."""
    async with call.client.post(call.service.url / path, data=body) as answer:
        assert answer.status in (404, 405)
        return await answer.text()


async def test_each_kind_is_kept_with_its_reason() -> None:
    async with calling(routes=ROUTES) as call:
        texts = [
            await told(call, "nowhere"),
            await told(call, "read", b"body"),
            await told(call, "pick", b'{"n": 3}'),
        ]
        nowhere, read, pick = call.service.unmatched
        assert [each.status for each in (nowhere, read, pick)] == [404, 405, 404]
        assert [each.explanation for each in (nowhere, read, pick)] == texts
        assert nowhere.reason == "no route for POST /nowhere: no path is like it"
        assert read.reason == "no route for POST /read: the path is known for GET"
        assert pick.reason == (
            "No MockRoute matched the request: POST /pick: "
            "none of 2 routes of this method and path matches"
        )
        assert [near.name for near in pick.nearest] == [
            "POST /pick -> 'two'",
            "POST /pick -> 'one'",
        ]
        assert (read.method, read.target, read.body) == ("POST", "/read", b"body")
        assert pick.headers["content-length"] == "8"
        assert [each.handlers for each in (nowhere, read, pick)] == [
            frozenset(),
            {"read"},
            {"one", "two"},
        ]
        assert repr(read) == "<UnmatchedRequest POST /read -> 405>"
        assert call.service.account.unmatched == 3
        assert not call.service.history
        assert call.service.counts().calls == 0


async def test_they_are_bounded_and_all_counted() -> None:
    async with calling("a") as call, raw_client(call.service.url) as raw:
        first = last = b""
        for number in range(1005):
            answer = await raw.ask(b"GET /x%d HTTP/1.1\r\nHost: a\r\n\r\n" % number)
            first, last = first or answer.body, answer.body
        assert first.startswith(b"no route for GET /x0")
        assert last == b"404: Not Found"  # the first hundred are told
        unmatched = call.service.unmatched
        assert len(unmatched) == 1000
        assert [unmatched[0].target, unmatched[-1].target] == ["/x5", "/x1004"]
        assert unmatched[-1].reason.startswith("no route for GET /x1004")
        with pytest.raises(CallAssertionError) as caught:
            call.service.assert_no_unmatched()
        text = str(caught.value)
        assert text.startswith("expected no unmatched requests, got 1005\n")
        assert [f"/x{number}" in text for number in (999, 1000, 1004)] == [False, True, True]


@pytest.mark.parametrize("routes", [ROUTES, MANY])
async def test_large_bodies_are_not_kept_but_what_was_said_is(routes: list[MockRoute]) -> None:
    path = routes[-1].path[1:]
    body = b'{"n": "%s"}' % (b"x" * (1 << 16))
    async with calling(routes=routes) as call:
        text = await told(call, path, body)
        assert "$.n: wanted" in text
        (missed,) = call.service.unmatched
        assert missed.explanation == text
        with pytest.raises(
            NotKeptError, match=r"^the body of this request was not kept: .* up to 64 KiB"
        ):
            missed.body  # noqa: B018 - it raises
        for number in range(100):
            await told(call, f"x{number}")
        plain = await told(call, path, body.replace(b"x", b"y"))
        assert plain == "404: No MockRoute matched the request"
        last = call.service.unmatched[-1]
        assert last.reason == missed.reason
        assert "body: was not kept" in last.explanation


async def test_bodies_that_are_too_large_for_the_server() -> None:
    async with calling(routes=ROUTES, client_max_size=10) as call:
        texts = [await told(call, path, b"x" * 11) for path in ("nowhere", "read")]
        assert [each.explanation for each in call.service.unmatched] == texts
        with pytest.raises(NotKeptError):
            call.service.unmatched[0].body  # noqa: B018 - it raises
        assert await call("pick", body=b"x" * 11) == [413]
        assert len(call.service.unmatched) == 2


async def test_what_comes_again_is_told_again() -> None:
    async with calling(routes=ROUTES) as call:
        texts = {await told(call, "pick", b"[]") for _ in range(5)}
        assert {each.explanation for each in call.service.unmatched} == texts
        assert len(call.service.unmatched) == 5
        call.service.reset()
        assert not call.service.unmatched
        assert await told(call, "pick", b"[]") in texts
        assert len(call.service.unmatched) == 1
