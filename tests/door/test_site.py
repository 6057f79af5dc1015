"""What the connections of a service share: decisions, what is remembered of them, how it closes."""

import pytest
from aiohttp import web

from asyncly.srvmocker import Match, MockRoute, RawResponse, start_service
from asyncly.srvmocker._core.request import path_safe
from asyncly.srvmocker._door.decisions import Decision
from asyncly.srvmocker._door.reading.assembly import Message, Refusal
from tests.rawhttp import raw_client
from tests.streams.played import Connection, Stage, stage

READY = b"GET /any/1 HTTP/1.1\r\nHost: a\r\n\r\n"


def decided(on_stage: Stage, method: str, target: str) -> Decision:
    return on_stage.site.decide(message_of(method, target), 0)


def message_of(method: str, target: str, *, oversized: bool = False) -> Message:
    return Message(
        start=f"{method} {target} HTTP/1.1".encode(),
        fields=b"",
        body=b"",
        method=method,
        target=target,
        version="1.1",
        keep_alive=True,
        upgrade=False,
        content_encoding=b"",
        oversized=oversized,
    )


def answer(decision: Decision) -> bytes:
    assert decision.miss is not None
    return decision.miss.render(decision.kind, 0).current


async def test_what_a_user_s_own_match_decides_is_asked_each_time() -> None:
    class Alternating(Match):
        def matches(self, request: web.BaseRequest, body: bytes) -> bool:
            asked.append(request.match_info["id"] if isinstance(request, web.Request) else "")
            return len(asked) % 2 == 1

    asked: list[str] = []
    routes = [MockRoute("GET", "/any/{id}", "any", Alternating())]
    async with start_service(routes) as service, raw_client(service.url) as raw:
        service.register("any", RawResponse())
        assert [(await raw.ask(READY)).status for _ in range(4)] == [200, 404, 200, 404]
        assert len(service.history) == 2
    assert asked == ["1"] * 4


async def test_what_no_route_is_there_for_is_answered_with_the_reason() -> None:
    async with stage() as on_stage:
        not_found = answer(decided(on_stage, "GET", "/nowhere"))
        assert not_found.startswith(b"HTTP/1.1 404 Not Found\r\n")
        assert b"\r\n\r\nno route for GET /nowhere" in not_found
        other = answer(decided(on_stage, "GET", "/turns"))
        assert other.startswith(b"HTTP/1.1 405 Method Not Allowed\r\n")
        assert b"\r\nAllow: PUT\r\n" in other
        assert b"\r\n\r\nno route for GET /turns: the path is known for PUT" in other
        unmatched = answer(decided(on_stage, "POST", "/pick"))
        assert unmatched.startswith(b"HTTP/1.1 404 No MockRoute matched the request\r\n")
        assert b"\r\n\r\nNo MockRoute matched the request: POST /pick" in unmatched


async def test_the_first_hundred_are_told_the_reason() -> None:
    async with stage() as on_stage:
        for number in range(100):
            told = answer(decided(on_stage, "GET", f"/nowhere/{number}"))
            assert b"\r\n\r\nno route for GET /nowhere/" in told
        plain = decided(on_stage, "GET", "/nowhere")
        assert answer(plain).endswith(b"\r\n\r\n404: Not Found")
        assert decided(on_stage, "PUT", "/nowhere").miss is plain.miss
        other = decided(on_stage, "GET", "/turns")
        assert answer(other).endswith(b"\r\n\r\n405: Method Not Allowed")
        assert decided(on_stage, "GET", "/turns").miss is other.miss


@pytest.mark.parametrize(
    ("target", "status"), [("/any/1", b"413"), ("/turns", b"405"), ("/nowhere", b"404")]
)
async def test_too_large_a_body_is_told_so_where_a_route_is_there(
    target: str, status: bytes
) -> None:
    async with stage() as on_stage:
        message = message_of("POST", target, oversized=True)
        decision = on_stage.site.oversized(message)
        assert answer(decision).split(b" ")[1] == status
        assert decision.route is None
        assert not decision.pure


async def test_a_refusal_says_why_and_closes() -> None:
    async with stage() as on_stage:
        told = on_stage.site.refusal(Refusal(400, "no Host header"))
        assert told.startswith(b"HTTP/1.1 400 Bad Request\r\n")
        assert b"\r\nConnection: close\r\n" in told
        assert told.endswith(b"\r\n\r\nno Host header")
        told = on_stage.site.refusal(Refusal(400, "no Host header", head=True))
        assert told.endswith(b"\r\n\r\n"), "an answer to HEAD has no body"


async def test_a_failure_is_kept_with_its_call() -> None:
    async with stage() as on_stage:
        decision = decided(on_stage, "GET", "/any/1")
        assert decision.route is not None
        when = on_stage.site.history.record(b"", b"", b"", 1.0, decision.route.number, "any")
        error = LookupError("nothing there")
        on_stage.site.failed(decision, when, error)
        [kept] = on_stage.service.errors
        assert (kept.handler_name, kept.exception) == ("any", error)
        assert kept.call == on_stage.service.history[0], "the one with this time"


async def test_a_service_waits_until_each_connection_is_gone() -> None:
    async with stage() as on_stage:
        connections = [Connection(on_stage) for _ in range(3)]
        connections[0]._door.data_received(READY)
        assert len(on_stage.site.doors) == 3
        await on_stage.site.close(0.1)
        assert all(connection.wire.gone for connection in connections)
        assert not on_stage.site.doors


@pytest.mark.parametrize(
    ("method", "target", "path"),
    [
        ("GET", "/a", "/a"),
        ("GET", "/a?b=/c", "/a"),
        ("GET", "/a#b?c", "/a"),
        ("GET", "/a%2Fb/%C3%A4?c", "/a%2Fb/ä"),
        ("GET", "http://a:1/b?c", "/b"),
        ("GET", "http://a", "/"),
        ("OPTIONS", "*", "*"),
    ],
)
def test_the_path_is_the_one_that_the_router_compares(method: str, target: str, path: str) -> None:
    assert path_safe(method, target) == path


@pytest.mark.parametrize(
    ("method", "target", "reason"),
    [
        ("GET", "*", r"^only OPTIONS may have the target \*$"),
        ("GET", "http:///a", r"^an absolute target names no host$"),
        ("GET", "http://a:99999/", r"[Pp]ort"),
    ],
)
def test_what_is_no_target_is_an_error(method: str, target: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        path_safe(method, target)
