"""`start_service(..., strict=...)`: what must not have happened when the service is left."""

import asyncio
from collections.abc import Callable
from enum import StrEnum
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from asyncly.srvmocker import (
    BaseMockResponse,
    CallAssertionError,
    Match,
    MockRoute,
    MockService,
    RawResponse,
    UnknownHandlerError,
    start_service,
)
from asyncly.srvmocker.strictness import StrictCheck
from tests.calling import OK, calling, routes_of


class Failing(BaseMockResponse):
    def __init__(self, error: Exception) -> None:
        self.error = error

    async def response(self, request: web.Request) -> web.StreamResponse:
        raise self.error


class Broken(Match):
    def matches(self, request: web.BaseRequest, body: bytes) -> bool:
        raise RuntimeError("no decision")


async def left(*names: str, strict: Any = True, routes: Any = (), **given: Any) -> str:
    """What leaving a service says for which these handlers were called."""
    with pytest.raises(CallAssertionError) as caught:
        async with calling(strict=strict, routes=routes, **given) as call:
            await call(*names)
    assert caught.value.subject == "the service"
    return str(caught.value)


@pytest.mark.parametrize("strict", [True, False, (), ["uncalled"], {"unmatched", "errors"}])
async def test_a_service_without_fault_is_left_in_peace(strict: Any) -> None:
    async with calling("a", strict=strict) as call:
        await call("a")


async def test_unmatched_requests() -> None:
    text = await left("a", "nowhere")
    assert text == (
        "the service is strict:\n1 unmatched request(s)\n  no route for POST /nowhere: "
        "no path is like it\n    the service has * /a, * /b, * /c"
    )
    assert "1 unmatched" in await left("nowhere", strict=["unmatched"])
    async with calling(strict=["errors", "undeclared"]) as call:
        await call("nowhere")


async def test_handler_errors() -> None:
    with pytest.raises(CallAssertionError) as caught:
        async with calling(strict=True) as call:
            call.service.register("a", Failing(RuntimeError("no answer")))
            del call.service.handlers["b"]
            await call("a", "b", "b")
    assert str(caught.value) == (
        "the service is strict:\n3 handler error(s)\n  'a' raised RuntimeError: no answer\n"
        "  'b' raised MissingResponseError: handler 'b' has no response: "
        "call service.register('b', ...) before the request\n"
        "  'b' raised MissingResponseError: handler 'b' has no response: "
        "call service.register('b', ...) before the request"
    )


async def test_errors_of_predicates_are_not_forgotten() -> None:
    routes = [MockRoute("POST", "/x", "x", Broken()), MockRoute("POST", "/x", "other")]
    with pytest.raises(CallAssertionError) as caught:
        async with calling("", strict=True, routes=routes) as call:
            await call("x")
            call.service.errors.clear()  # as a thousand others would
    assert str(caught.value) == "the service is strict:\n1 handler error(s)"
    assert "'x' raised RuntimeError: no decision" in await left("x", routes=routes)


async def test_the_text_is_bounded_and_survives_what_an_error_says() -> None:
    class UnspeakableError(Exception):
        def __str__(self) -> str:
            raise KeyError("nothing to say")

    names = [f"handler-{number}" for number in range(1000)]
    with pytest.raises(CallAssertionError) as caught:
        async with calling("ab", strict=["errors", "uncalled"], routes=routes_of(names)) as call:
            call.service.register("a", Failing(RuntimeError("x" * 1_000_000)))
            call.service.register("b", Failing(UnspeakableError()))
            await call("a", "b")
    text = str(caught.value)
    assert len(text) < 10_000
    assert "'b' raised UnspeakableError\n" in text
    assert "'handler-19'] and 980 more" in text


async def test_undeclared_handlers() -> None:
    class Name(StrEnum):
        TYPO = "typo"

    with pytest.raises(CallAssertionError) as caught:
        async with calling(strict=True) as call:
            with pytest.raises(UnknownHandlerError, match="no route declares the handler 'd'"):
                call.service.register("d", OK)
            assert "d" not in call.service.handlers
            call.service.handlers[Name.TYPO] = OK
    assert str(caught.value) == (
        "the service is strict:\nresponse(s) for handlers that no route declares: ['typo']"
    )
    async with calling(strict=["errors"]) as call:
        with pytest.warns(DeprecationWarning, match="no route declares"):
            call.service.register("d", OK)


async def test_of_an_undeclared_handler_nothing_is_said_that_would_pass_by_accident() -> None:
    async with calling(strict=True) as call:
        asked: list[Callable[[], object]] = [
            lambda: call.service.assert_not_called("aa"),
            lambda: call.service.assert_called("aa", times=0),
            lambda: call.service.get_calls("aa"),
        ]
        for ask in asked:
            with pytest.raises(UnknownHandlerError, match=r"the handler 'aa'; did you mean 'a'\?$"):
                ask()
        call.service.assert_not_called("a")
    async with calling() as call:  # as in the published package
        call.service.assert_not_called("aa")
        assert call.service.get_calls("aa") == []


async def test_uncalled_handlers_are_told_if_asked() -> None:
    text = await left("b", strict=["uncalled"])
    assert text == "the service is strict:\nhandler(s) that had no call: ['a', 'c']"


async def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(CallAssertionError) as caught:
        async with calling(strict=["unmatched", "errors", "undeclared", "uncalled"]) as call:
            call.service.handlers["d"] = OK
            del call.service.handlers["a"]
            await call("a", "nowhere")
    lines = [line for line in str(caught.value).splitlines() if not line.startswith(" ")]
    assert lines == [
        "the service is strict:",
        "1 unmatched request(s)",
        "1 handler error(s)",
        "response(s) for handlers that no route declares: ['d']",
        "handler(s) that had no call: ['b', 'c']",
    ]


# --- routes that opt out -------------------------------------------------------------------------


async def test_a_route_opts_out_of_each_check() -> None:
    lenient: tuple[StrictCheck, ...] = ("unmatched", "errors", "uncalled")
    routes = [
        *routes_of("xy", lenient=lenient),
        MockRoute("POST", "/z", "z", Match(body=b"never"), lenient=lenient),
    ]
    async with calling("a", routes=routes, strict=["unmatched", "errors", "uncalled"]) as call:
        call.service.register("x", Failing(RuntimeError("tolerated")))
        await call("x", "a", "z")
    assert "1 unmatched" in await left("z", "nowhere", routes=routes)
    text = await left("a", "b", "c", strict=["uncalled"], routes=routes_of("d"))
    assert text.endswith(": ['d']")


async def test_a_method_that_a_lenient_path_does_not_know_is_let_pass() -> None:
    routes = [MockRoute("GET", "/x", "x", lenient=["unmatched"]), MockRoute("GET", "/y", "y")]
    async with calling("", routes=routes, strict=True) as call:
        assert await call("x") == [405]
        call.service.reset()
    assert "POST /y" in (text := await left("x", "y", routes=routes))
    assert "1 unmatched" in text
    assert "/x:" not in text


def test_a_lenient_route_is_a_value_as_others_are() -> None:
    listed = MockRoute("GET", "/", "a", lenient=["errors", "unmatched"])
    other = MockRoute("GET", "/", "a", lenient={"unmatched", "errors"})
    assert listed == other
    assert hash(listed) == hash(other)


@pytest.mark.parametrize(
    ("make", "error", "said"),
    [
        (
            lambda: MockRoute("GET", "/", "a", lenient="errors"),  # type: ignore[arg-type]  # so tested
            TypeError,
            "^lenient='errors': give some of 'unmatched', 'errors', 'undeclared', 'uncalled'$",
        ),
        (
            lambda: MockRoute("GET", "/", "a", lenient=["error"]),  # type: ignore[list-item]  # so tested
            ValueError,
            "^lenient: 'error' is none of 'unmatched', 'errors'",
        ),
    ],
)
def test_checks_that_there_are_none_of(
    make: Callable[[], object], error: type[Exception], said: str
) -> None:
    with pytest.raises(error, match=said):
        make()


@pytest.mark.parametrize("strict", ["errors", 1, None])
async def test_what_is_no_collection_of_checks(strict: Any) -> None:
    with pytest.raises(TypeError, match=f"^strict={strict!r}: give some of"):
        async with start_service([], strict=strict):
            pass


# --- an exception that is on its way out ---------------------------------------------------------


async def test_an_exception_is_joined() -> None:
    failure = KeyError("of the test")
    with pytest.raises(ExceptionGroup) as caught:
        async with calling(strict=True) as call:
            await call("nowhere")
            raise failure
    own, joined = caught.value.exceptions
    assert own is failure
    assert isinstance(joined, CallAssertionError)
    assert caught.value.message == "the test failed, and the service is strict"


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("error", [KeyError("of the test"), StopAsyncIteration("rare")])
async def test_an_exception_alone_leaves_as_it_is(strict: bool, error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        async with start_service([], strict=strict):
            raise error
    assert caught.value is error


class Outcome(BaseException):
    """As those of pytest are."""


@pytest.mark.parametrize("kind", [Outcome, asyncio.CancelledError, KeyboardInterrupt])
async def test_what_is_no_exception_stays_what_it_is_with_a_note(
    kind: type[BaseException],
) -> None:
    error = kind()
    with pytest.raises(kind) as caught:
        async with calling(strict=True) as call:
            await call("nowhere")
            raise error
    assert caught.value is error
    (note,) = error.__notes__
    assert note.startswith("the service is strict:\n1 unmatched request(s)\n")
    alone = Outcome()
    with pytest.raises(Outcome):
        async with calling(strict=True):
            raise alone
    assert not hasattr(alone, "__notes__")


async def test_what_was_forgotten_is_not_held_against_anybody() -> None:
    async with calling(strict=True) as call:
        del call.service.handlers["a"]
        await call("a", "nowhere")
        call.service.reset()


async def test_a_lenient_service_can_be_asked(client: aiohttp.ClientSession) -> None:
    async with start_service([MockRoute("GET", "/a", "a")]) as service:
        running: MockService[str] = service
        running.assert_no_unmatched()
        running.register("a", RawResponse())
        async with client.get(running.url / "b"):
            pass
        with pytest.raises(CallAssertionError, match=r"^expected no unmatched requests, got 1\n"):
            running.assert_no_unmatched()
