"""Injections, as clients meet them, and what is on record of them."""

import asyncio
import gc
from collections.abc import Sequence
from typing import cast

import aiohttp
import pytest
from aiohttp import web

from asyncly.srvmocker import (
    BaseMockResponse,
    Between,
    ByCall,
    CallNumbers,
    Delay,
    EveryNth,
    Injection,
    JsonResponse,
    Keep,
    LatencyResponse,
    MissingResponseError,
    MockRoute,
    MockService,
    Probability,
    RawResponse,
    RecordedRequest,
    SequenceResponse,
    SrvMockerError,
    UnknownHandlerError,
    start_namespace,
    start_proxy,
    start_service,
)
from asyncly.srvmocker.injection import Wrapper
from asyncly.srvmocker.schedules import Decide
from tests.rawhttp import ask

OK = RawResponse(b"ok")
DOWN = RawResponse(b"down", status=503)
ROUTES = [MockRoute("GET", "/", "home"), MockRoute("GET", "/save", "save")]
PLAIN = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"


async def statuses(client: aiohttp.ClientSession, service: MockService, *paths: str) -> list[int]:
    found: list[int] = []
    for path in paths:
        async with client.get(f"{str(service.url).rstrip('/')}{path}") as answer:
            await answer.read()
            found.append(answer.status)
    return found


def injected(service: MockService) -> Sequence[str | None]:
    return [call.injected for call in service.history]


async def test_some_calls_have_another_answer_and_the_record_tells_which(
    client: aiohttp.ClientSession,
) -> None:
    async with start_service(ROUTES) as service:
        service.register("home", OK)
        assert await statuses(client, service, "/", "/") == [200, 200]
        down = service.inject(DOWN, when=CallNumbers(3), name="down")
        assert await statuses(client, service, "/", "/", "/", "/") == [200, 200, 503, 200]
        assert injected(service) == [None, None, None, None, "down", None]
        third, fourth = service.calls("home")[-2:]
        assert (third.injected, fourth.injected) == ("down", None)
        assert service.last_call("home").injected is None
        assert (down.name, down.count, down.is_on) == ("down", 1, True)
        assert repr(down) == "<Injection 'down', on, 1 so far>"
        assert service.counts().by_status == {200: 5, 503: 1}
        assert service.account.received == 6


async def test_a_request_in_parts_is_answered_the_same(client: aiohttp.ClientSession) -> None:
    async with start_service(ROUTES) as service:
        service.register("home", OK)
        service.inject(DOWN, when=EveryNth(2))
        wire = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
        assert [(await ask(service.url, wire)).status for _ in range(4)] == [200, 503, 200, 503]
        assert injected(service) == [None, "RawResponse"] * 2


async def test_it_is_switched_off_and_on(client: aiohttp.ClientSession) -> None:
    async with start_service(ROUTES) as service:
        service.register("home", OK)
        down = service.inject(DOWN, when=CallNumbers(2))
        assert await statuses(client, service, "/") == [200]
        down.on()  # it is on: nothing begins anew
        assert await statuses(client, service, "/") == [503]
        down.off()
        down.off()
        assert await statuses(client, service, "/") == [200]
        assert repr(down) == "<Injection 'RawResponse', off, 1 so far>"
        down.on()
        assert await statuses(client, service, "/", "/") == [200, 503]
        assert down.count == 2


async def test_it_is_off_when_its_block_is_left(client: aiohttp.ClientSession) -> None:
    async with start_service(ROUTES) as service:
        service.register("home", OK)
        with service.inject(DOWN) as down:
            assert isinstance(down, Injection)
            assert await statuses(client, service, "/") == [503]
        assert await statuses(client, service, "/") == [200]
        with pytest.raises(LookupError), service.inject(DOWN) as other:
            raise LookupError
        assert not other.is_on


async def test_some_handlers_or_all(client: aiohttp.ClientSession) -> None:
    async with start_service(ROUTES) as service:
        for name in ("home", "save"):
            service.register(name, OK)
        with service.inject(DOWN, handlers=("save",), when=CallNumbers(1)):
            assert await statuses(client, service, "/", "/save", "/save") == [200, 503, 200]
        with service.inject(DOWN, handlers="save"):
            assert await statuses(client, service, "/", "/save") == [200, 503]
        with service.inject(DOWN):
            assert await statuses(client, service, "/", "/save", "/none") == [503, 503, 404]


async def test_of_several_the_first_one_answers_and_all_count_all_calls(
    client: aiohttp.ClientSession,
) -> None:
    async with start_service(ROUTES) as service:
        service.register("home", OK)
        first = service.inject(RawResponse(status=501), when=EveryNth(2), name="first")
        second = service.inject(RawResponse(status=502), when=EveryNth(3), name="second")
        paths = ["/"] * 6
        assert await statuses(client, service, *paths) == [200, 501, 502, 501, 200, 501]
        assert (first.count, second.count) == (3, 1)
        first.off()
        first.on()  # it stays the first
        assert await statuses(client, service, *paths) == [200, 501, 502, 501, 200, 501]
        assert injected(service)[6:] == [None, "first", "second", "first", None, "first"]


async def test_what_is_registered_can_be_wrapped(client: aiohttp.ClientSession) -> None:
    class Own(BaseMockResponse):
        async def response(self, request: web.Request) -> web.StreamResponse:
            return web.Response(text=f"own {request.path}")

    def twice(registered: BaseMockResponse) -> BaseMockResponse:
        return SequenceResponse([LatencyResponse(registered, 0.0)])

    async with start_service(ROUTES) as service:
        service.register("home", OK)
        service.register("save", Own())
        clock = asyncio.get_running_loop().time
        delay = Delay(ByCall([0.0, 0.05]))
        with service.inject(delay, when=CallNumbers(1, 3)):
            before = clock()
            assert await statuses(client, service, "/", "/save", "/") == [200, 200, 200]
            assert clock() - before > 0.04
        assert injected(service) == ["Delay", None, "Delay"]
        with service.inject(twice):
            async with client.get(service.url / "save") as answer:
                assert await answer.text() == "own /save"
        assert service.last_call("save").injected == "twice"
        assert not service.errors
    assert repr(delay) == "<Delay ByCall(first=(0.0, 0.05), then=0.05)>"
    assert Delay(0.5).latency == 0.5


async def test_without_a_registered_response(client: aiohttp.ClientSession) -> None:
    async with start_service(ROUTES) as service:
        with service.inject(DOWN):
            assert await statuses(client, service, "/") == [503]
        with service.inject(Delay(0)) as delay:
            assert await statuses(client, service, "/") == [500]
        assert isinstance(service.errors[0].exception, MissingResponseError)
        assert delay.count == 0
        assert injected(service) == ["RawResponse", None]


async def test_what_fails_is_a_500_and_kept(client: aiohttp.ClientSession) -> None:
    def broken(call: int, seconds: float) -> bool:
        raise LookupError("my schedule")

    def nonsense(registered: BaseMockResponse) -> BaseMockResponse:
        return cast(BaseMockResponse, "nonsense")

    async with start_service(ROUTES) as service:
        service.register("home", OK)
        with service.inject(DOWN, when=broken), service.inject(DOWN):
            assert await statuses(client, service, "/") == [500]
        with service.inject(nonsense):
            assert await statuses(client, service, "/") == [500]
        with service.inject(SequenceResponse([DOWN])):
            assert await statuses(client, service, "/", "/") == [503, 500]
        assert [str(each.exception) for each in service.errors] == [
            "my schedule",
            "'nonsense' is not a BaseMockResponse, such as JsonResponse(...)",
            "all 1 responses of the sequence were used",
        ]
        assert service.errors[0].call.injected is None
        assert service.errors[2].call.injected == "SequenceResponse"


async def test_a_failing_schedule_behind_one_that_means_the_call_does_not_matter(
    client: aiohttp.ClientSession,
) -> None:
    def broken(call: int, seconds: float) -> bool:
        raise LookupError

    async with start_service(ROUTES) as service:
        with service.inject(DOWN), service.inject(DOWN, when=broken):
            assert await statuses(client, service, "/") == [503]
        assert not service.errors


async def test_a_schedule_may_be_a_function_of_the_number_and_the_time(
    client: aiohttp.ClientSession,
) -> None:
    asked: list[tuple[int, float]] = []

    def decide(call: int, seconds: float) -> bool:
        asked.append((call, seconds))
        return call == 2

    async with start_service(ROUTES) as service:
        service.register("home", OK)
        service.inject(DOWN, when=decide)
        assert await statuses(client, service, "/", "/", "/") == [200, 503, 200]
    assert [call for call, _ in asked] == [1, 2, 3]
    times = [seconds for _, seconds in asked]
    assert 0 <= times[0] < times[1] < times[2] < 30


async def test_calls_are_asked_about_in_order_of_arrival() -> None:
    """Also those that wait, on their connection, for the answer before them."""
    async with start_service(ROUTES) as service:
        service.register("home", LatencyResponse(OK, 0.02))
        service.inject(DOWN, when=CallNumbers(2, 3))
        reader, writer = await asyncio.open_connection("127.0.0.1", service.url.port)
        writer.write(PLAIN * 4)
        heads = [await reader.readuntil(b"\r\n") for _ in range(1)]
        rest = b""
        while rest.count(b"HTTP/1.1") < 3:
            rest += await reader.read(4096)
        writer.close()
        assert heads == [b"HTTP/1.1 200 OK\r\n"]
        assert rest.count(b"HTTP/1.1 503") == 2
        assert injected(service) == [None, "RawResponse", "RawResponse", None]


async def test_a_call_that_never_had_its_turn_had_nothing_injected() -> None:
    async with start_service(ROUTES) as service:
        service.register("home", LatencyResponse(OK, 60))
        down = service.inject(DOWN, when=CallNumbers(2))
        _, writer = await asyncio.open_connection("127.0.0.1", service.url.port)
        writer.write(PLAIN * 2)
        await service.wait_for_calls("home", times=2)
        writer.close()
        await writer.wait_closed()
    assert service.account.client_gone == 2  # at the latest when the service is closed
    assert down.count == 0
    assert injected(service) == [None, None]


async def test_the_same_seed_gives_the_same_run(client: aiohttp.ClientSession) -> None:
    async with start_service(ROUTES) as service:
        service.register("home", OK)
        paths = ["/"] * 20
        runs: list[list[int]] = []
        for seed in (1, 1, 2):
            with service.inject(DOWN, when=Probability(0.5, seed=seed)):
                runs.append(await statuses(client, service, *paths))
        with service.inject(DOWN, when=Probability(0.5, seed=1)):
            service.reset()
            runs.append(await statuses(client, service, *paths))
            service.reset()
            runs.append(await statuses(client, service, *paths))
    assert runs[0] == runs[1] == runs[3] == runs[4] != runs[2]
    assert set(runs[0]) == {200, 503}


async def test_a_reset_begins_everything_anew(client: aiohttp.ClientSession) -> None:
    async with start_service(ROUTES) as service:
        service.register("home", OK)
        both = SequenceResponse([RawResponse(status=501), RawResponse(status=502)])
        first = service.inject(both, when=CallNumbers(1, 2))
        second = service.inject(Delay(ByCall([0.0], then=60)), when=CallNumbers(3))
        gone = service.inject(lambda registered: registered, when=CallNumbers(1))
        gone.off()
        for _ in range(2):
            assert await statuses(client, service, "/", "/", "/", "/") == [501, 502, 200, 200]
            assert (first.count, second.count, gone.count) == (2, 1, 0)
            service.reset()
            assert (first.count, second.count, first.is_on, gone.is_on) == (0, 0, True, False)
        assert gone.name == "<lambda>"


async def test_a_restore_brings_back_those_that_were_on(client: aiohttp.ClientSession) -> None:
    async with start_service(ROUTES) as service:
        service.register("home", OK)
        service.save_responses()
        with service.inject(DOWN) as extra:
            service.reset(restore=True)
            assert not extra.is_on
            assert await statuses(client, service, "/") == [200]
        kept = service.inject(DOWN, when=CallNumbers(1))
        service.save_responses()
        kept.off()
        more = service.inject(RawResponse(status=501))
        service.reset(restore=True)
        assert (kept.is_on, more.is_on) == (True, False)
        assert await statuses(client, service, "/", "/") == [503, 200]


async def test_namespaces_have_their_own(client: aiohttp.ClientSession) -> None:
    async with (
        start_service(ROUTES) as server,
        start_namespace(server, ROUTES) as one,
        start_namespace(server, ROUTES) as two,
    ):
        for service in (server, one, two):
            service.register("home", OK)
        with one.inject(DOWN, name="mine"):
            for service, status in ((server, 200), (one, 503), (two, 200)):
                assert await statuses(client, service, "/", "/") == [status] * 2
        with server.inject(DOWN, name="its"):
            for service, status in ((server, 503), (one, 200), (two, 200)):
                assert await statuses(client, service, "/", "/") == [status] * 2
        assert injected(one) == ["mine", "mine", None, None]
        assert injected(server) == [None, None, "its", "its"]


async def test_what_is_kept_of_many_calls_tells_the_same(client: aiohttp.ClientSession) -> None:
    async with start_service([MockRoute("GET", "/", "home")], keep=Keep(last=5)) as service:
        service.register("home", OK)
        service.inject(DOWN, when=EveryNth(3), name="third")
        answers = await statuses(client, service, *["/"] * 20)
        assert injected(service) == ["third" if status == 503 else None for status in answers[-5:]]
    async with start_service([MockRoute("GET", "/", "home")], keep=Keep(last=0)) as service:
        down = service.inject(DOWN)
        assert await statuses(client, service, "/", "/") == [503, 503]
        assert (down.count, len(service.history)) == (2, 0)


async def test_an_injection_that_nobody_holds_goes_on(client: aiohttp.ClientSession) -> None:
    async with start_service(ROUTES) as service:
        service.inject(DOWN)
        gc.collect()
        assert await statuses(client, service, "/") == [503]
        service.reset()
        assert await statuses(client, service, "/") == [503]


async def _later(*args: object) -> bool:
    raise AssertionError(f"nobody waits for it: {args}")


async def test_a_schedule_that_returns_a_coroutine_is_a_failure_and_means_nothing() -> None:
    class Later:
        async def __call__(self, call: int, seconds: float) -> bool:
            return False

    async with start_service(ROUTES) as service, aiohttp.ClientSession() as client:
        service.register("home", OK)
        injection = service.inject(DOWN, when=cast(Decide, Later()))
        assert await statuses(client, service, "/") == [500]
        assert injection.count == 0
    assert str(service.errors[0].exception) == (
        "when returned a coroutine: give a function that is not asynchronous"
    )


async def test_bad_input_is_told_at_once() -> None:
    async with start_service(ROUTES) as service:
        with pytest.raises(TypeError, match=r"^injected=7 is neither a response nor a function of"):
            service.inject(cast(BaseMockResponse, 7))
        with pytest.raises(TypeError, match=r"^when=7 is neither a schedule, as EveryNth\(3\) is,"):
            service.inject(DOWN, when=cast(Between, 7))
        with pytest.raises(TypeError, match=r"^when=<class '.*Between'> is neither a schedule, as"):
            service.inject(DOWN, when=cast(Between, Between))
        with pytest.raises(
            TypeError, match=r"^when=<function _later at .*> is asynchronous: give a"
        ):
            service.inject(DOWN, when=cast(Between, _later))
        with pytest.raises(
            TypeError, match=r"^injected=<function _later at .*> is asynchronous: g"
        ):
            service.inject(cast(BaseMockResponse, _later))
        for wrapper in (lambda: DOWN, LatencyResponse):
            with pytest.raises(TypeError, match=r"^injected=.*: it is given the registered respon"):
                service.inject(cast(Wrapper, wrapper))
        service.inject(cast(Wrapper, type)).off()  # nobody knows what it takes
        with pytest.raises(TypeError, match=r"^when=<function .*: it is given the call's number "):
            service.inject(DOWN, when=cast(Decide, lambda: True))
        with pytest.raises(TypeError, match=r"^name=7 is no str$"):
            service.inject(DOWN, name=cast(str, 7))
        with pytest.raises(TypeError, match=r"^handlers=7: give a name, or a list of them$"):
            service.inject(DOWN, handlers=cast("list[str]", 7))
        with pytest.raises(UnknownHandlerError, match=r"^no route declares the handler 'hom'; did"):
            service.inject(DOWN, handlers=["hom"])
        with pytest.raises(ValueError, match=r"^handlers is empty: name some, or leave it out for"):
            service.inject(DOWN, handlers=())
        with pytest.raises(ValueError, match=r"^name is empty: calls could not tell what was inj"):
            service.inject(DOWN, name="")
        with pytest.raises(ValueError, match=r"^latency=-1 is not a time in seconds: give 0 or"):
            Delay(-1)
    alone = MockService[str]([], {}, service.url, {})
    with pytest.raises(SrvMockerError, match=r"^only a service that start_service started answers"):
        alone.inject(DOWN)


async def test_others_tell_of_none(client: aiohttp.ClientSession) -> None:
    async with start_service(ROUTES) as service, start_proxy() as proxy:
        service.register("home", JsonResponse({}))
        async with client.get(service.url, proxy=proxy.url) as answer:
            assert answer.status == 200
        assert proxy.last_call().injected is None
        call = service.last_call("home")
        assert RecordedRequest(call.request, b"").injected is None
