"""A request whose answer is due: what can go wrong with it, and what is kept of that."""

import gc
from collections.abc import Callable
from functools import partial

import pytest
from aiohttp import web

from asyncly.srvmocker import (
    BaseMockResponse,
    ChunkedResponse,
    DisconnectResponse,
    FunctionResponse,
    Keep,
    LatencyResponse,
    Match,
    MissingResponseError,
    MockRoute,
    MockService,
    RawResponse,
    RequestHistory,
    SequenceExhausted,
    SequenceResponse,
    start_service,
)
from asyncly.srvmocker._core.request import RequestView
from asyncly.srvmocker._door import exchange as exchange_module
from asyncly.srvmocker._door.aio.calls import LiveView
from asyncly.srvmocker._door.answers.plans import Computed, Pause, Plan, Responder
from asyncly.srvmocker._door.answers.scripts import Script
from asyncly.srvmocker._door.decisions import Decision
from asyncly.srvmocker._door.exchange import Exchange
from tests.rawhttp import ask, raw_client
from tests.scripted import OK
from tests.streams.played import stage

ROUTES = [MockRoute("*", "/a/{id}", "a")]
GET = b"GET /a/1 HTTP/1.1\r\nHost: x\r\n\r\n"


class Raises(BaseMockResponse):
    def __init__(self, error: Exception) -> None:
        self.error = error

    async def response(self, request: web.Request) -> web.StreamResponse:
        raise self.error


class Bytes(BaseMockResponse):
    async def response(self, request: web.Request) -> web.StreamResponse:
        return web.Response(body=b"x" * 50)


class Connected:
    """A connection that nobody reports to."""

    def rested(self, exchange: Exchange, then: Responder) -> None: ...

    def turn_over(self, response: web.StreamResponse) -> None: ...

    def upgraded(self) -> None: ...


class Plain:
    """Has no plan, as a class that is only shaped like a response."""

    async def response(self, request: web.Request) -> web.StreamResponse:
        return web.Response(text=request.match_info["id"])


async def status(service: MockService[str]) -> int:
    answer = await ask(service.url, GET)
    return answer.status


def failure(service: MockService[str]) -> tuple[str, BaseException]:
    [kept] = service.errors
    assert kept.call is not None
    assert kept.call == service.history[0]
    return kept.handler_name, kept.exception


async def test_no_response_is_registered() -> None:
    async with start_service(ROUTES) as service:
        assert await status(service) == 500
    name, error = failure(service)
    assert (name, type(error)) == ("a", MissingResponseError)


async def test_a_sequence_is_exhausted_before_or_behind_a_pause() -> None:
    for delay in (False, True):
        async with start_service(ROUTES) as service:
            sequence = SequenceResponse([RawResponse()], on_exhausted="raise")
            service.register("a", LatencyResponse(sequence, 0) if delay else sequence)
            assert await status(service) == 200
            assert await status(service) == 500
        [kept] = service.errors
        assert isinstance(kept.exception, SequenceExhausted)
        assert kept.call == service.history[1]


async def test_a_response_raises() -> None:
    error = LookupError("nothing there")
    async with start_service(ROUTES) as service:
        service.register("a", Raises(error))
        assert await status(service) == 500
    assert failure(service) == ("a", error)


async def test_aiohttp_s_own_exceptions_are_answers() -> None:
    async with start_service(ROUTES) as service:
        service.register("a", Raises(web.HTTPConflict()))
        assert await status(service) == 409
    assert not service.errors


async def test_to_return_one_of_them_is_deprecated_as_in_aiohttp() -> None:
    class Returns(BaseMockResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            return web.HTTPGone()

    async with start_service(ROUTES) as service:
        service.register("a", Returns())
        with pytest.warns(DeprecationWarning, match=r"^Returns\.response returned .*; raise it"):
            assert await status(service) == 410
    assert not service.errors


async def test_a_response_returns_something_else() -> None:
    class Wrong(BaseMockResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            return {"ok": True}  # type: ignore[return-value]  # pyright: ignore[reportReturnType]

    async with start_service(ROUTES) as service:
        service.register("a", Wrong())
        assert await status(service) == 500
    _, error = failure(service)
    assert isinstance(error, TypeError)
    assert str(error) == "Wrong.response returned {'ok': True}, not an aiohttp response"


@pytest.mark.parametrize("raised", [False, True])
async def test_a_response_returns_an_answer_that_was_sent_before(raised: bool) -> None:
    """aiohttp writes nothing then, and the client would take the next answer for this one."""

    class Again(BaseMockResponse):
        answer = web.HTTPGone() if raised else web.Response(status=410)

        async def response(self, request: web.Request) -> web.StreamResponse:
            if isinstance(self.answer, web.HTTPException):
                raise self.answer
            return self.answer

    routes = [*ROUTES, MockRoute("GET", "/ready", "ready")]
    async with start_service(routes) as service, raw_client(service.url) as client:
        service.register("a", Again())
        service.register("ready", RawResponse(b"ready"))
        client.write(GET + GET + GET.replace(b"/a/1", b"/ready"))
        answers = [await client.answer() for _ in range(3)]
        assert [answer.status for answer in answers] == [410, 500, 200]
        assert answers[2].body == b"ready"
        assert service.counts("a").by_status == {410: 1, 500: 1}
        assert service.counts("a").handler_errors == 1
    [kept] = service.errors
    assert kept.call == service.history[1]
    assert isinstance(kept.exception, RuntimeError)
    assert str(kept.exception) == (
        "handler 'a' was given an answer that was sent before: make a new one for each request"
    )


async def test_an_answer_that_is_nothing_is_none_that_was_sent_before() -> None:
    async def leave(call: RequestHistory) -> DisconnectResponse:
        return DisconnectResponse()

    async with start_service(ROUTES) as service, raw_client(service.url) as client:
        service.register("a", FunctionResponse(leave))
        client.write(GET)
        assert await client.closed()
    assert not service.errors


async def test_a_user_s_own_match_raises() -> None:
    class Fails(Match):
        def matches(self, request: web.BaseRequest, body: bytes) -> bool:
            raise LookupError("nothing there")

    async with start_service([MockRoute("GET", "/a/{id}", "a", Fails())]) as service:
        assert await status(service) == 404
        assert not service.history, "no route was selected"
    [kept] = service.errors
    assert (kept.handler_name, str(kept.exception)) == ("a", "nothing there")
    assert kept.call.path == "/a/1"


async def test_what_has_no_plan_is_asked_by_aiohttp() -> None:
    async with start_service(ROUTES) as service:
        service.handlers["a"] = Plain()  # type: ignore[assignment]  # pyright: ignore[reportArgumentType]
        assert (await ask(service.url, GET)).body == b"1"
        assert service.account.answered_by_aiohttp == 1


async def test_the_mock_s_own_time_is_without_the_delays_it_was_told_to_make(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with stage() as on_stage:
        site = on_stage.site
        view = LiveView(b"GET /ready HTTP/1.1", b"Host: a", b"")
        decision = Decision(view, 0, route=site.dispatcher.routes[0])
        clock = iter((10.0, 20.0, 10.5, 100.0, 100.25, 200.0, 201.0, 21.0))
        monkeypatch.setattr(exchange_module, "monotonic", lambda: next(clock))
        delayed, at_once = Exchange(Connected()), Exchange(Connected())
        for each in (delayed, at_once):
            each.begin(site, decision, 1)
        for _ in range(2):
            delayed.rest()
            delayed.go_on()
        delayed.over(200, 5)
        at_once.over(200, 5)
        traffic = on_stage.service.calls().traffic()
        assert (traffic.overhead.total, traffic.overhead.max) == (2.75, 1.75)


async def test_bytes_of_every_kind_of_answer_are_counted() -> None:
    async with start_service(ROUTES) as service:
        sizes: list[int] = []
        for resp in (RawResponse(b"x" * 100), LatencyResponse(RawResponse(b"x" * 100), 0), Bytes()):
            service.register("a", resp)
            answer = await ask(service.url, GET)
            sizes.append(len(answer.head) + len(answer.body))
        out = service.calls("a").traffic().bytes_out
        assert out.total == sum(sizes)


class Depends(BaseMockResponse):
    """Depends on the request, as often as it was told."""

    def __init__(self, make: Callable[[RequestHistory], Plan], deep: int = 1) -> None:
        self.make = make
        self.deep = deep

    async def response(self, request: web.Request) -> web.StreamResponse:
        raise AssertionError("nobody asks")

    def __plan__(self) -> Plan:
        plan: Plan = Computed(self.make)
        for _ in range(self.deep - 1):
            plan = Computed(partial(_first, plan))
        return plan


def _first(plan: Plan, call: object) -> Plan:
    return plan


@pytest.mark.parametrize("deep", [1, 3])
async def test_a_computed_plan_is_given_the_recorded_request(deep: int) -> None:
    def make(call: RequestHistory) -> Plan:
        seen.append(call)
        return RawResponse(call.body + call.path_params["id"].encode()).__plan__()

    seen: list[RequestHistory] = []
    async with start_service(ROUTES) as service:
        service.register("a", Depends(make, deep))
        answer = await ask(
            service.url, b"GET /a/7 HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\n\r\nb"
        )
        assert answer.body == b"b7"
        assert service.account.answered_ready == 1
        assert seen == [service.last_call("a")]


async def test_a_computed_plan_may_be_anything_else() -> None:
    plans: list[Plan] = [
        Script(201, lambda kind: iter((OK,))),
        Pause(0, RawResponse(b"x")),
        Bytes(),
    ]
    async with start_service(ROUTES) as service:
        service.register("a", Depends(lambda call: plans.pop(0)))
        sizes = [len((await ask(service.url, GET)).body) for _ in range(3)]
        assert sizes == [2, 1, 50]
        account = service.account
        assert account.answered_ready == 1
        assert (account.answered_step_by_step, account.answered_by_aiohttp) == (1, 1)


async def test_what_a_computed_plan_raises_is_a_500() -> None:
    def make(call: RequestHistory) -> Plan:
        raise LookupError(call.path)

    async with start_service(ROUTES) as service:
        service.register("a", Depends(make))
        assert await status(service) == 500
        [failure] = service.errors
        assert repr(failure.exception) == "LookupError('/a/1')"


@pytest.mark.parametrize(
    "response",
    [
        RawResponse(b"done"),
        LatencyResponse(RawResponse(b"done"), 0.001),
        FunctionResponse(lambda _: b"done"),
        ChunkedResponse([b"do", b"ne"]),
        Bytes(),
    ],
    ids=lambda response: type(response).__name__,
)
async def test_a_connection_that_idles_has_nothing_of_what_it_has_served(
    response: BaseMockResponse,
) -> None:
    body = b"x" * 300_000
    wire = b"GET /a/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 300000\r\n\r\n" + body
    routes = [MockRoute("*", "/a/{id}", "a", keep=Keep(last=0))]
    async with start_service(routes) as service:
        service.register("a", response)
        async with raw_client(service.url) as client:
            assert (await client.ask(wire)).status == 200
            gc.collect()
            found = [each for each in gc.get_objects() if isinstance(each, RequestView)]
            assert not [view for view in found if view.body == body]
