"""`Calls`: counting, narrowing, order, waiting and looking through what came."""

import asyncio
import gc
import inspect
from collections.abc import Callable
from dataclasses import fields
from datetime import date
from typing import Any, cast

import pytest
from aiohttp import ClientSession, FormData, web
from aiohttp.test_utils import make_mocked_request
from yarl import URL

from asyncly.srvmocker import (
    CallAssertionError,
    CallTimeoutError,
    Keep,
    Match,
    MockRoute,
    MockService,
    NotKeptError,
    RawResponse,
    RecordedRequest,
    RequestHistory,
    SrvMockerError,
    UnknownHandlerError,
    start_service,
)
from asyncly.srvmocker.calls import Calls
from tests.calling import Calling, calling, text_of
from tests.rawhttp import raw_client


def watched(service: MockService[str]) -> dict[Any, Any]:
    history = service.calls()._question.record.history
    assert history is not None
    return history.watchers.by_handler


class Odd(Match):
    """Holds for bodies of an odd number, as aiohttp's request tells them."""

    def matches(self, request: web.BaseRequest, body: bytes) -> bool:
        assert request.method == "POST"
        return int(body) % 2 == 1


# --- a view --------------------------------------------------------------------------------------


async def test_it_is_a_live_sequence_in_order_of_arrival() -> None:
    async with calling() as call:
        service = call.service
        both, everyone = service.calls("a", "b"), service.calls()
        assert not both
        for name, body in (("b", b"1"), ("a", b"2"), ("c", b"3"), ("a", b"4")):
            await call(name, body=body)
        assert [each.body for each in both] == [b"1", b"2", b"4"]
        assert [each.body for each in everyone] == [b"1", b"2", b"3", b"4"]
        assert [each.body for each in reversed(both)] == [b"4", b"2", b"1"]
        assert both[-1] == service.last_call("a")
        assert both[1:] == service.get_calls("a")
        assert service.last_call("b") in both
        assert service.last_call("c") not in both
        assert (len(both), len(everyone), both.names, everyone.names) == (3, 4, ("a", "b"), ())
        assert service.calls("a", "a").names == ("a",)
        service.history.clear()
        assert (len(both), len(everyone)) == (3, 0)


async def test_it_tells_of_itself_in_a_few_words() -> None:
    async with calling(keep=Keep(last=1, bodies=0)) as call:
        await call("a", "a", "b")
        assert repr(call.service.calls("a")) == "<Calls of handler 'a': 2>"
        assert repr(call.service.calls("a", "b")) == "<Calls of handlers 'a', 'b': 3>"
        matching = call.service.calls("a").matching(query={"x": "y"})
        assert repr(matching) == "<Calls of handler 'a': 0 to 1>"
        await call("c", body=b"unkept")
        assert repr(call.service.calls("c").matching(body=b"x")) == "<Calls of handler 'c'>"
        assert repr(call.service.calls()) == "<Calls of all handlers: 4>"


async def test_unknown_names_are_refused_with_the_nearest() -> None:
    async with start_service([MockRoute("GET", "/", "create")]) as service:
        for ask in (service.calls, service.counts, service.assert_order):
            with pytest.raises(UnknownHandlerError) as caught:
                ask("craete")
            assert str(caught.value) == (
                "no route declares the handler 'craete'; did you mean 'create'?"
            )
        with pytest.raises(
            TypeError, match=r"^\['create'\] is not the name of a handler: give str"
        ):
            service.calls(cast("str", ["create"]))
        with pytest.raises(UnknownHandlerError, match=r"'zzz'; declared: \['create'\]$"):
            await service.wait_for_calls("zzz")


# --- narrowing -----------------------------------------------------------------------------------


async def test_criteria_narrow_and_add_up() -> None:
    async with calling() as call:
        for body in (b"1", b"2", b"1"):
            await call("a", body=body, headers={"X": "y"})
        await call("a", body=b"1")
        ones = call.service.calls("a").matching(json=1)
        assert len(ones) == 3
        assert len(ones.matching(headers={"x": "y"})) == 2
        assert len(ones.matching(body=b"2")) == 0
        assert len(ones.matching(Match(headers={"x": "y"}), body=b"1")) == 2
        assert len(ones.matching(Match(headers={"x": "y"}), body=b"2")) == 0
        assert len(call.service.calls().matching(Match(json=2))) == 1
        with pytest.raises(ValueError, match=r"^nothing to match: give a Match, or criteria"):
            ones.matching()


async def test_it_may_be_narrowed_as_often_as_a_loop_does() -> None:
    async with calling("a") as call:
        await call("a", headers={"X-A": "7"})
        found = call.service.calls("a")
        for _ in range(1000):
            found = found.matching(headers={"X-A": "7"})
        found.assert_count(1)
        with pytest.raises(CallAssertionError, match=r"^handler 'a': expected 1 call\(s\), got 0"):
            found.matching(body=b"other").assert_count(1)


async def test_it_narrows_by_every_criterion_of_a_match() -> None:
    named = inspect.signature(Calls.matching).parameters
    assert [name for name in named if name not in ("self", "match")] == [
        field.name for field in fields(Match) if field.name != "_"
    ]
    routes = [MockRoute("POST", "/{id}", "save", response=RawResponse())]
    async with (
        start_service(routes) as service,
        ClientSession(service.url, cookies={"sid": "s"}) as client,
    ):
        await client.post("/1", data={"name": "Ada"})
        await client.post("/2", data=b"plain")
        file = FormData()
        file.add_field("file", b"# May", filename="may.md")
        await client.post("/3", data=file)
    saved = service.calls("save")

    def is_large(call: RecordedRequest) -> bool:
        return len(call.body) > 20

    saved.matching(text="plain").assert_count(1)
    saved.matching(cookies={"sid": "s"}).assert_count(3)
    saved.matching(path_params={"id": "2"}).assert_count(1)
    saved.matching(form={"name": "Ada"}).assert_count(1)
    saved.matching(multipart={"file": "# May"}).assert_count(1)
    saved.matching(predicate=is_large).assert_count(1)
    saved.matching(Match(query={"a": "b"}), predicate=is_large).assert_count(0)
    saved.matching(Match(text="plain"), body=b"plain", path_params={"id": "2"}).assert_count(1)
    with pytest.raises(TypeError, match=r"^predicate=7: give a function, not int$"):
        saved.matching(predicate=cast("Callable[[RecordedRequest], object]", 7))
    # Nothing would ever be found, so that there were none of these would be said of any calls.
    for never in (b'{"name": "Ada"}', int, {"when": date(2024, 1, 2)}, {1: 2}):
        with pytest.raises(TypeError, match=r"^json: no JSON (value equals|object has the key) "):
            saved.matching(json=never)


async def test_a_match_of_a_user_s_own_is_asked_of_recorded_calls() -> None:
    async with calling() as call:
        for number in range(5):
            await call("a", body=b"%d" % number)
        odd = call.service.calls("a").matching(Odd())
        assert [each.body for each in odd] == [b"1", b"3"]
        odd.assert_count(2)
        call.service.calls("a").matching(Odd(), json=3).assert_count(1)
        waiting = asyncio.ensure_future(odd.wait(3, timeout=None))
        await asyncio.sleep(0)
        await call("a", body=b"6")
        assert not waiting.done()
        await call("a", body=b"7")
        assert len(await waiting) == 3
        with pytest.raises(CallAssertionError, match=r"^handler 'a': expected 9 call\(s\), got 3"):
            odd.assert_count(9)


async def test_a_match_of_a_user_s_own_needs_the_body() -> None:
    async with calling(keep=Keep(bodies=0)) as call:
        await call("a", body=b"1")
        with pytest.raises(NotKeptError, match="the body of this call was not kept"):
            call.service.calls("a").matching(Odd()).assert_count(1)


# --- counting ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bounds", "said"),
    [
        ({"exactly": 2}, ""),
        ({"exactly": 0}, "expected 0 call(s), got 2"),
        ({"exactly": 3}, "expected 3 call(s), got 2"),
        ({"at_least": 2}, ""),
        ({"at_least": 3}, "expected at least 3 call(s), got 2"),
        ({"at_most": 2}, ""),
        ({"at_most": 1}, "expected at most 1 call(s), got 2"),
        ({"at_least": 1, "at_most": 3}, ""),
        ({"at_least": 3, "at_most": 4}, "expected at least 3 and at most 4 call(s), got 2"),
        ({"at_least": 0, "at_most": 1}, "expected at least 0 and at most 1 call(s), got 2"),
    ],
)
async def test_counts_are_asserted(bounds: dict[str, int], said: str) -> None:
    async with calling() as call:
        await call("a", "b", "c", body=b"x")
        await call("a", body=b"y")
        for calls, subject in (
            (call.service.calls("a"), "handler 'a'"),
            (call.service.calls("a", "b").matching(body=b"x"), "handlers 'a', 'b'"),
        ):
            if not said:
                calls.assert_count(**bounds)
                continue
            with pytest.raises(CallAssertionError) as caught:
                calls.assert_count(**bounds)
            assert text_of(caught.value) == f"{subject}: {said}"
            assert caught.value.subject == subject


async def test_bounds_that_make_no_sense_are_refused() -> None:
    async with calling() as call:
        calls = call.service.calls("a")
        with pytest.raises(
            ValueError, match=r"^nothing to assert: give exactly=, at_least= or at_most="
        ):
            calls.assert_count()
        with pytest.raises(ValueError, match=r"^at_least=2 is more than at_most=1$"):
            calls.assert_count(at_least=2, at_most=1)
        with pytest.raises(ValueError, match=r"^exactly=-1 is negative$"):
            calls.assert_count(-1)
        with pytest.raises(ValueError, match="at_most= says nothing beside exactly="):
            calls.assert_count(1, at_most=2)


# --- order ---------------------------------------------------------------------------------------


async def ordered(call: Calling) -> None:
    for name, body in (("a", b"1"), ("b", b"2"), ("a", b"3"), ("c", b"4")):
        await call(name, body=body)


async def test_calls_of_several_handlers_came_in_an_order() -> None:
    async with calling() as call:
        await ordered(call)
        service = call.service
        for steps in ("abac", "aac", "bc", "a", "ba"):
            service.assert_order(*steps)
        service.assert_order("a", "b", "a", exactly=True)
        service.assert_order(*"abac", exactly=True)
        a = service.calls("a")
        service.assert_order(a.matching(body=b"1"), "b", a.matching(body=b"3"), "c", exactly=True)
        service.assert_order(service.calls().matching(json=2), "c")
        for steps, said in (
            ("ca", "handler 'a': step 2 of 2: expected a call behind that of step 1, got none"),
            ("bb", "handler 'b': step 2 of 2: expected a call behind that of step 1, got none"),
            ("aaa", "handler 'a': step 3 of 3: expected a call behind that of step 2, got none"),
        ):
            with pytest.raises(CallAssertionError) as caught:
                service.assert_order(*steps)
            assert text_of(caught.value).startswith(said)
        with pytest.raises(CallAssertionError, match="step 1 of 1: expected a call, got none\n"):
            service.assert_order(a.matching(body=b"9"))


async def test_the_order_in_which_calls_came_is_told() -> None:
    async with calling() as call:
        await ordered(call)
        service = call.service
        told = "expected a call behind that of step 1, got none, only 1 before it"
        with pytest.raises(CallAssertionError) as caught:
            service.assert_order("c", "b")
        assert str(caught.value).startswith(
            f"handler 'b': step 2 of 2: {told}\n  they came in this order: 'b', 'c'\n"
        )
        await call(*"b" * 28)
        with pytest.raises(CallAssertionError, match="order: 2 more, 'a', 'c', 'b' 28 times\n"):
            service.assert_order(*"cba")
        with pytest.raises(CallAssertionError, match=r"got 32\n  they came in this order: "):
            service.assert_order("a", "c", "a", "b", exactly=True)
        with pytest.raises(CallAssertionError) as caught:
            service.assert_order("a", "a", "a")
        assert "in this order" not in str(caught.value), "there is nothing to tell"


async def test_a_call_that_is_not_there() -> None:
    async with calling() as call:
        await call("a", "a")
        with pytest.raises(IndexError, match=r"^handler 'a': there is no call 2 of 2$"):
            call.service.calls("a")[2]


async def test_where_a_request_went_instead_also_if_it_was_nowhere() -> None:
    async with calling() as call:
        await call("a", "d", body=b"1")
        service = call.service
        for question in (service.calls("b"), service.calls().matching(json=2)):
            with pytest.raises(CallAssertionError) as caught:
                question.assert_count(1)
            assert "POST /d went to no route (404)" in str(caught.value) or question.names == ()
        with pytest.raises(CallAssertionError) as caught:
            service.assert_called("b", json=1)
        assert "  POST /d, which matches, went to no route (404)\n" in str(caught.value)
        assert "  POST /a, which matches, went to 'a'" in str(caught.value)


async def test_an_order_that_is_exact_allows_no_other_calls() -> None:
    async with calling() as call:
        await ordered(call)
        service = call.service
        with pytest.raises(CallAssertionError) as caught:
            service.assert_order("a", "b", exactly=True)
        assert text_of(caught.value) == (
            "handlers 'a', 'b': expected exactly 2 call(s) in this order, got 3"
        )
        with pytest.raises(CallAssertionError) as caught:
            service.assert_order("a", "a", "b", exactly=True)
        assert text_of(caught.value) == "handlers 'a', 'b': call 2 of 3 is not as expected"
        with pytest.raises(CallAssertionError, match="expected exactly 1 call"):
            service.assert_order(service.calls().matching(body=b"1"), exactly=True)


async def test_calls_of_one_handler_came_in_a_sequence_of_predicates() -> None:
    async with calling() as call:
        for body in (b"1", b"2", b"3"):
            await call("a", body=body)
        calls = call.service.calls("a")
        matches = [Match(json=number) for number in (1, 2, 3)]
        calls.assert_order(*matches, exactly=True)
        calls.assert_order(matches[0], matches[2])
        with pytest.raises(CallAssertionError, match=r"only 1 before it") as caught:
            calls.assert_order(matches[2], matches[1])
        with pytest.raises(CallAssertionError) as caught:
            calls.assert_order(matches[0], matches[2], matches[2], exactly=True)
        assert text_of(caught.value) == "handler 'a': call 2 of 3 is not as expected"
        assert "$: wanted 3, got 2" in str(caught.value)


async def test_an_order_without_steps_or_of_another_service_is_refused() -> None:
    async with calling() as call, calling() as other:
        await call("a")
        await other("a")
        for assert_order in (call.service.assert_order, call.service.calls("a").assert_order):
            with pytest.raises(ValueError, match=r"^no order to assert: give at least one step$"):
                assert_order()
            with pytest.raises(ValueError, match=r"^a step has the calls of another service"):
                assert_order(other.service.calls("a"))


# --- waiting -------------------------------------------------------------------------------------


async def test_what_is_there_already_need_not_be_waited_for() -> None:
    async with calling() as call:
        await call("a", "a")
        calls = await call.service.wait_for_calls("a", times=2, timeout=0)
        assert [each.handler_name for each in calls] == ["a", "a"]
        view = call.service.calls("a", "b")
        assert await view.wait(timeout=None) is view


async def test_it_wakes_at_the_request_that_fulfils_it() -> None:
    async with calling() as call:
        await call("a", body=b"1")
        awaited = call.service.calls("a", "b").matching(body=b"1")
        waiting = asyncio.ensure_future(awaited.wait(3, timeout=None))
        everyone = asyncio.ensure_future(call.service.calls().wait(4, timeout=60))
        for name, body in (("a", b"2"), ("c", b"1"), ("b", b"1")):
            await call(name, body=body)
            assert not waiting.done()
        assert len(await everyone) == 4
        await call("a", body=b"1")
        assert len(await waiting) == 3
        assert not watched(call.service)


async def test_more_calls_may_come_at_once_than_are_waited_for() -> None:
    async with calling() as call, raw_client(call.service.url) as raw:
        waiting = asyncio.ensure_future(call.service.wait_for_calls("a", timeout=None))
        await asyncio.sleep(0)
        raw.write(b"GET /a HTTP/1.1\r\nHost: a\r\n\r\n" * 3)
        assert len(await waiting) >= 1
        for _ in range(3):
            await raw.answer()
        call.service.assert_called("a", times=3)


async def test_thousands_may_wait_and_leave_nothing_behind() -> None:
    async with calling() as call:
        calls = call.service.calls("a")
        waiting = [asyncio.ensure_future(calls.wait(2, timeout=60)) for _ in range(2000)]
        others = [asyncio.ensure_future(calls.wait(3, timeout=None)) for _ in range(2000)]
        await call("a", "a")
        assert all(await asyncio.gather(*waiting))
        for each in others:
            each.cancel()
        await asyncio.wait(others)
        assert all(each.cancelled() for each in others)
        assert not watched(call.service)


async def test_a_time_out_says_what_did_come() -> None:
    async with calling() as call:
        await call("a", "b", body=b"1")
        with pytest.raises(CallTimeoutError) as caught:
            await call.service.calls("a").matching(json=2).wait(3, timeout=0.001)
        assert text_of(caught.value) == "handler 'a': expected 3 call(s) within 0.001 s, got 0"
        assert "$: wanted 2, got 1" in str(caught.value)
        assert (caught.value.timeout, caught.value.subject) == (0.001, "handler 'a'")
        with pytest.raises(
            CallTimeoutError, match=r"^handler 'c': expected 1 .* within 0 s, got 0"
        ):
            await call.service.wait_for_calls("c", timeout=0)
        assert not watched(call.service)


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"times": 0}, ValueError("times=0: give 1 or more; for none, assert_count(0) afterwards")),
        ({"times": 1.0}, TypeError("times=1.0 is not a whole number")),
        ({"times": True}, TypeError("times=True is not a whole number")),
        ({"timeout": -1}, ValueError("timeout=-1: give a number of seconds, or None to wait")),
        ({"timeout": float("nan")}, ValueError("timeout=nan: give a number of seconds")),
        ({"timeout": "1"}, TypeError("timeout='1' is not a number of seconds")),
        ({"timeout": True}, TypeError("timeout=True is not a number of seconds")),
    ],
)
async def test_waits_that_make_no_sense_are_refused(given: Any, error: Exception) -> None:
    async with calling() as call:
        with pytest.raises(type(error)) as caught:
            await call.service.wait_for_calls("a", **given)
        assert str(caught.value).startswith(str(error))


async def test_a_service_that_closes_ends_the_waiting() -> None:
    async with calling() as call:
        calls = call.service.calls("a")
        waiting = asyncio.ensure_future(calls.wait(timeout=None))
        await asyncio.sleep(0)
    with pytest.raises(
        SrvMockerError, match=r"^the service was closed while its calls were waited"
    ):
        await waiting
    with pytest.raises(SrvMockerError, match=r"^the service was closed"):
        await calls.wait(timeout=None)
    with pytest.raises(SrvMockerError, match=r"^the service was closed"):
        await call.service.calls().wait(timeout=None)


async def test_who_is_cancelled_as_the_service_closes_complains_to_nobody() -> None:
    complaints: list[dict[str, Any]] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: complaints.append(context))
    async with calling() as call:
        waiting = asyncio.ensure_future(call.service.calls("a").wait(timeout=None))
        await asyncio.sleep(0)
        (countdown,) = watched(call.service)["a"]
        countdown.end(SrvMockerError("over"))
        waiting.cancel()
        await asyncio.wait((waiting,))
        assert waiting.cancelled()
    gc.collect()
    assert not complaints


async def test_what_a_predicate_raises_is_for_whoever_waits() -> None:
    async with calling() as call:
        waiting = asyncio.ensure_future(
            call.service.calls("a").matching(Odd()).wait(timeout=None),
        )
        await asyncio.sleep(0)
        assert await call("a", "a", body=b"no number") == [200, 200]
        with pytest.raises(ValueError, match="no number"):
            await waiting
        assert not watched(call.service)


async def test_who_waits_goes_on_behind_a_reset() -> None:
    async with calling() as call:
        await call("a")
        waiting = asyncio.ensure_future(call.service.wait_for_calls("a", times=3, timeout=None))
        await call("a")
        call.service.reset()
        await call("a", "a")
        assert not waiting.done()
        await call("a")
        assert len(await waiting) == 3


# --- calls that no service recorded --------------------------------------------------------------


def made(body: bytes) -> RequestHistory:
    return RequestHistory(make_mocked_request("POST", "/x"), body)


async def test_calls_of_a_service_made_by_hand() -> None:
    service: MockService[str] = MockService([made(b"1")], {}, URL("http://h"), {})
    service.history_map["a"] = [made(b"1"), made(b"2")]
    calls = service.calls("a")
    assert [each.body for each in calls.matching(Odd())] == [b"1"]
    assert (len(calls), len(calls.matching(json=2)), len(service.calls())) == (2, 1, 1)
    with pytest.raises(CallAssertionError) as caught:
        calls.matching(json=3).assert_count(1)
    assert "call 2 of 2, POST /x" in str(caught.value)
    no_order = r"^of calls that the service did not record, their order is not known$"
    asked: list[Callable[[], object]] = [calls.traffic, lambda: service.assert_order("a")]
    for ask in asked:
        with pytest.raises(SrvMockerError, match="of calls that the service did not record, their"):
            ask()
    with pytest.raises(SrvMockerError, match=no_order):
        service.assert_order("a")
    with pytest.raises(SrvMockerError, match=r"^only a service that start_service started can be"):
        await calls.wait()


async def test_a_list_that_a_user_put_in_the_history_is_counted() -> None:
    async with calling() as call:
        mine: list[RequestHistory] = []
        call.service.history_map["a"] = mine
        await call("a", "a")
        mine.append(made(b"mine"))
        call.service.calls("a").assert_count(3)
        call.service.calls("a").matching(body=b"mine").assert_count(1)
        with pytest.raises(SrvMockerError, match="their order is not known"):
            call.service.assert_order("a", "a")


async def test_traffic_needs_the_service() -> None:
    async with calling() as call:
        await call("a", "a")
        traffic = call.service.calls("a").traffic()
        assert (traffic.calls, traffic.connections, traffic.subject) == (2, 1, "handler 'a'")
        without = Calls(cast(Any, call.service.calls("a"))._question)
        with pytest.raises(SrvMockerError, match=r"knows of its traffic$"):
            without.traffic()


async def test_it_equals_what_a_list_of_its_calls_equals() -> None:
    async with calling() as call:
        service = call.service
        assert service.calls("a") == []
        await call("a", "b", "a")
        calls = service.calls("a")
        assert calls == list(calls) == service.get_calls("a")
        assert calls == service.calls("a").matching(predicate=lambda each: True)
        assert service.history == service.calls()
        assert calls != service.calls()
        assert calls != []
        assert calls != (None, None)
        with pytest.raises(TypeError, match="unhashable"):
            hash(calls)
