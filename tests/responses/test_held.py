"""`HeldResponse`: requests that wait until the test lets go of them."""

import asyncio
import re
from typing import Any, cast

import aiohttp
import pytest
from aiohttp import web

from asyncly.srvmocker import (
    BaseMockResponse,
    FunctionResponse,
    HeldResponse,
    JsonResponse,
    LatencyResponse,
    MockRoute,
    MockService,
    RawResponse,
    RecordedRequest,
    SequenceResponse,
    start_service,
)
from tests.rawhttp import raw_client
from tests.streams.played import Connection, stage

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
ROUTES = [MockRoute("GET", "/", "it"), MockRoute("GET", "/other", "other")]


class Super(HeldResponse):
    """Answers by way of aiohttp."""

    async def response(self, request: web.Request) -> web.StreamResponse:
        return await super().response(request)


@pytest.fixture(params=[HeldResponse, Super])
def kind(request: pytest.FixtureRequest) -> type[HeldResponse]:
    return cast("type[HeldResponse]", request.param)


async def until_waiting(held: HeldResponse, count: int) -> None:
    async with asyncio.timeout(5):
        while held.waiting != count:  # noqa: ASYNC110 - a look at each turn of the loop
            await asyncio.sleep(0)


async def until_done(service: MockService) -> None:
    async with asyncio.timeout(5):
        while service.account.in_progress:  # noqa: ASYNC110 - a look at each turn of the loop
            await asyncio.sleep(0)


async def test_a_request_is_held_until_it_is_released(
    client: aiohttp.ClientSession, kind: type[HeldResponse]
) -> None:
    async with start_service(ROUTES) as service:
        service.register("it", held := kind())
        poll = asyncio.ensure_future(client.get(service.url))
        await service.calls("it").wait()
        await until_waiting(held, 1)
        assert not poll.done()
        assert held.release(JsonResponse(["news"])) == 1
        async with await poll as answer:
            assert await answer.json() == ["news"]
        assert (held.waiting, held.released_ahead) == (0, 0)
        poll = asyncio.ensure_future(client.get(service.url))
        await until_waiting(held, 1)
        held.release(RawResponse(b"again", status=201))
        async with await poll as answer:
            assert (answer.status, await answer.read()) == (201, b"again")
    assert not service.errors


async def test_those_that_came_first_are_released_first(kind: type[HeldResponse]) -> None:
    async with start_service(ROUTES) as service:
        service.register("it", held := kind())
        clients = [aiohttp.ClientSession() for _ in range(4)]
        polls: list[asyncio.Task[aiohttp.ClientResponse]] = []
        for number, each in enumerate(clients, 1):
            polls.append(asyncio.ensure_future(each.get(service.url)))
            await until_waiting(held, number)
        assert held.release(RawResponse(b"1"), count=0) == 0
        assert held.release(RawResponse(b"1"), count=1) == 1
        assert held.release(RawResponse(b"2"), count=2) == 2
        assert held.release(RawResponse(b"3"), count=9) == 1
        assert [await (await poll).read() for poll in polls] == [b"1", b"2", b"2", b"3"]
        assert held.released_ahead == 8
        for each in clients:
            await each.close()


async def test_a_request_that_was_held_too_long_gets_the_answer_to_that(
    client: aiohttp.ClientSession, kind: type[HeldResponse]
) -> None:
    async with start_service(ROUTES) as service:
        service.register("it", kind(0.02))
        async with client.get(service.url) as answer:
            assert answer.status == 204
        turns = SequenceResponse([RawResponse(b"1"), RawResponse(b"2")])
        service.register("it", held := kind(timeout=0, on_timeout=turns))
        for body in (b"1", b"2"):
            async with client.get(service.url) as answer:
                assert await answer.read() == body
        service.reset()
        async with client.get(service.url) as answer:
            assert await answer.read() == b"1"
        assert held.waiting == 0


async def test_release_comes_before_the_time_is_over(
    client: aiohttp.ClientSession, kind: type[HeldResponse]
) -> None:
    async with start_service(ROUTES) as service:
        service.register("it", held := kind(60))
        poll = asyncio.ensure_future(client.get(service.url))
        await until_waiting(held, 1)
        held.release(RawResponse(b"news"))
        assert await (await poll).read() == b"news"


async def test_a_release_may_come_before_the_request(
    client: aiohttp.ClientSession, kind: type[HeldResponse]
) -> None:
    async with start_service(ROUTES) as service:
        service.register("it", held := kind())
        assert held.release(RawResponse(b"first")) == 0
        assert held.release(SequenceResponse([RawResponse(b"2"), RawResponse(b"3")]), count=2) == 0
        assert held.release(RawResponse(b"none"), count=0) == 0
        assert held.released_ahead == 3
        for body in (b"first", b"2", b"3"):
            async with client.get(service.url) as answer:
                assert await answer.read() == body
        assert held.released_ahead == 0
        poll = asyncio.ensure_future(client.get(service.url))
        await until_waiting(held, 1)
        assert held.release(RawResponse(b"now"), count=2) == 1
        async with await poll as answer:
            assert await answer.read() == b"now"
        assert (held.waiting, held.released_ahead) == (0, 1)
        async with client.get(service.url) as answer:
            assert await answer.read() == b"now"
        assert held.released_ahead == 0


async def test_what_was_released_ahead_is_dropped_by_a_reset(kind: type[HeldResponse]) -> None:
    async with start_service(ROUTES) as service:
        service.register("it", held := kind())
        held.release(RawResponse(b"stale"), count=3)
        service.reset()
        assert held.released_ahead == 0
        async with raw_client(service.url) as client:
            client.write(GET)
            await until_waiting(held, 1)
            service.reset()
            assert held.release(RawResponse(b"fresh")) == 1
            assert (await client.answer()).body == b"fresh"


@pytest.mark.parametrize(("count", "left"), [(2, 0), (3, 1)])
async def test_a_release_reaches_the_next_request_of_the_same_connection(
    count: int, left: int
) -> None:
    async with start_service(ROUTES) as service:
        service.register("it", held := HeldResponse())
        async with raw_client(service.url) as client:
            client.write(GET + GET)
            await service.calls("it").wait(2)
            assert held.release(RawResponse(b"both"), count) == 1
            assert [(await client.answer()).body for _ in "12"] == [b"both", b"both"]
            assert (held.waiting, held.released_ahead) == (0, left)


async def test_what_stands_behind_it_is_answered_in_order() -> None:
    async with start_service(ROUTES) as service:
        service.register("it", held := HeldResponse())
        service.register("other", RawResponse(b"other"))
        async with raw_client(service.url) as client:
            client.write(GET + GET.replace(b"/ ", b"/other ") + GET)
            await service.calls("it").wait(2)
            assert (held.waiting, service.account.answered) == (1, 0)
            held.release(RawResponse(b"first"))
            assert (await client.answer()).body == b"first"
            assert (await client.answer()).body == b"other"
            await until_waiting(held, 1)
            held.release(LatencyResponse(RawResponse(b"last"), 0))
            assert (await client.answer()).body == b"last"


async def test_it_may_be_released_into_being_held() -> None:
    async with start_service(ROUTES) as service:
        service.register("it", LatencyResponse(held := HeldResponse(), 0))
        async with raw_client(service.url) as client:
            client.write(GET)
            await until_waiting(held, 1)
            assert held.release(held) == 1
            assert held.waiting == 1
            held.release(other := HeldResponse())
            assert (held.waiting, other.waiting) == (0, 1)
            other.release(RawResponse(b"at last"))
            assert (await client.answer()).body == b"at last"


@pytest.mark.parametrize("leave", ["close", "reset"])
async def test_a_client_that_leaves_is_forgotten(leave: str) -> None:
    async with start_service(ROUTES) as service:
        service.register("it", held := HeldResponse(60))
        async with raw_client(service.url) as stays, raw_client(service.url) as client:
            client.write(GET + GET)
            stays.write(GET)
            await service.calls("it").wait(3)
            await until_waiting(held, 2)
            if leave == "close":
                client.writer.close()
            else:
                client.writer.transport.abort()
            await until_waiting(held, 1)
            assert held.release(RawResponse(b"stayed")) == 1
            assert (await stays.answer()).body == b"stayed"
        await until_done(service)
        assert (service.account.client_gone, service.account.answered) == (2, 1)


@pytest.mark.parametrize("ahead", [b"", GET.replace(b"/ ", b"/other ")], ids=["alone", "behind"])
async def test_a_client_that_has_left_before_it_is_held_is_forgotten(ahead: bytes) -> None:
    async with start_service(ROUTES) as service:
        service.register("it", LatencyResponse(held := HeldResponse(), 0.05))
        service.register("other", LatencyResponse(RawResponse(), 0.05))
        async with raw_client(service.url) as client:
            client.write(ahead + GET)
            await service.calls("it").wait()
            client.writer.write_eof()  # whatever it does then, nothing more tells of it
            await until_done(service)
        assert (held.waiting, service.account.client_gone) == (0, 1)
        assert held.release(RawResponse(b"for the next one")) == 0


async def test_one_may_be_released_in_the_moment_in_which_its_client_leaves(
    kind: type[HeldResponse],
) -> None:
    async with stage() as on_stage:
        on_stage.service.register("own", held := kind())
        connection = Connection(on_stage)
        connection._door.data_received(b"GET /own/1 HTTP/1.1\r\nHost: a\r\n\r\n")
        await until_waiting(held, 1)
        connection.wire._lose()
        assert held.release(RawResponse(b"too late")) <= 1
        await until_waiting(held, 0)
        account = on_stage.service.account
        assert (account.client_gone, account.in_progress) == (1, 0)
        assert not on_stage.service.errors


async def test_one_release_may_come_in_the_middle_of_another(kind: type[HeldResponse]) -> None:
    held = kind()
    released: list[int] = []

    def answer(request: RecordedRequest) -> str:
        released.append(held.release(RawResponse(b"inner")))
        return "outer"

    async with start_service(ROUTES) as service:
        service.register("it", held)
        async with raw_client(service.url) as one, raw_client(service.url) as two:
            for number, client in enumerate((one, two), 1):
                client.write(GET)
                await until_waiting(held, number)
            held.release(FunctionResponse(answer))
            bodies = {(await client.answer("GET")).body for client in (one, two)}
            assert bodies <= {b"outer", b"inner"}
            for client in (one, two):  # nothing is left over from before
                service.register("it", RawResponse(b"next"))
                assert (await client.ask(GET)).body == b"next"
        assert service.account.answered == service.counts("it").calls == 4
        assert not service.errors


@pytest.mark.parametrize("behind", [0, 1], ids=["kept", "for who came meanwhile"])
async def test_none_of_so_many_releases_is_lost_to_one_in_the_middle(behind: int) -> None:
    def answer(request: RecordedRequest) -> str:
        if held.waiting == 1:
            held.release(RawResponse(b"inner"))
        return "outer"

    async with start_service(ROUTES) as service:
        service.register("it", held := HeldResponse())
        async with raw_client(service.url) as one, raw_client(service.url) as two:
            two.write(GET)
            await until_waiting(held, 1)
            one.write(GET)
            await until_waiting(held, 2)
            two.write(GET * behind)
            await service.calls("it").wait(2 + behind)
            assert held.release(FunctionResponse(answer), 2) == 1 + behind
            assert (held.waiting, held.released_ahead) == (0, 1 - behind)
            assert (await two.answer()).body == b"outer"
            assert (await one.answer()).body == b"inner"
            if not behind:
                two.write(GET)
            assert (await two.answer()).body == b"outer"
        assert not service.errors


async def test_the_end_of_the_service_ends_it(kind: type[HeldResponse]) -> None:
    async with start_service(ROUTES) as service:
        service.register("it", held := kind(60))
        clients = [await asyncio.open_connection(service.url.host, service.url.port) for _ in "123"]
        for _, writer in clients:
            writer.write(GET)
        await until_waiting(held, 3)
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < 5
    assert held.waiting == 0
    assert (service.account.client_gone, service.account.in_progress) == (3, 0)
    for _, writer in clients:
        writer.close()


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (
            lambda: HeldResponse(-1),
            ValueError,
            "timeout=-1 is not a time in seconds: give 0 or more",
        ),
        (
            lambda: HeldResponse(float("inf")),
            ValueError,
            "timeout=inf is not a time in seconds: give 0 or more",
        ),
        (
            lambda: HeldResponse(cast(float, "3")),
            TypeError,
            "timeout='3' is not a time in seconds: give a number",
        ),
        (
            lambda: HeldResponse(on_timeout=RawResponse()),
            ValueError,
            "on_timeout without a timeout is never used: give timeout, in seconds",
        ),
        (
            lambda: HeldResponse(1, cast(BaseMockResponse, 7)),
            TypeError,
            "7 is not a BaseMockResponse, such as JsonResponse(...)",
        ),
        (
            lambda: HeldResponse().release(cast(BaseMockResponse, 7)),
            TypeError,
            "7 is not a BaseMockResponse, such as JsonResponse(...)",
        ),
        (
            lambda: HeldResponse().release(RawResponse(), -1),
            ValueError,
            "count=-1 is negative: give how many to release",
        ),
        (
            lambda: HeldResponse().release(RawResponse(), cast(int, 1.5)),
            TypeError,
            "count=1.5 is no number of requests: give an integer",
        ),
        (
            lambda: HeldResponse().release(RawResponse(), True),
            TypeError,
            "count=True is no number of requests: give an integer",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(make: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=f"^{re.escape(text)}$"):
        make()


def test_it_tells_how_many_wait() -> None:
    held = HeldResponse()
    assert repr(held) == "<HeldResponse, 0 waiting>"
    held.release(RawResponse(), 2)
    assert repr(held) == "<HeldResponse, 0 waiting, 2 released ahead>"
