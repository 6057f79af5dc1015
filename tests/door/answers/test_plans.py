"""What stands for an exception: a responder that raises it where a handler would have."""

from types import SimpleNamespace
from typing import cast

import pytest
from aiohttp import web

from asyncly.srvmocker import LatencyResponse, RawResponse
from asyncly.srvmocker._door.answers.plans import Pause, Raising, Responder
from asyncly.srvmocker._door.answers.ready import ReadyAnswer


async def test_a_failure_is_left_to_aiohttp_which_asks_and_gets_the_exception() -> None:
    error = LookupError("nothing there")
    failure = Raising(error)
    assert failure.__plan__() is failure
    with pytest.raises(LookupError, match=r"^nothing there$") as raised:
        await failure.response(cast("web.Request", SimpleNamespace()))
    assert raised.value is error


def test_a_failure_and_each_response_are_responders() -> None:
    for responder in (Raising(ValueError()), RawResponse(), LatencyResponse(RawResponse(), 1)):
        assert isinstance(responder, Responder)
    assert not isinstance(object(), Responder)


def test_a_latency_is_a_pause_and_then_what_it_delays() -> None:
    delayed = RawResponse(b"late")
    plan = LatencyResponse(delayed, 1.5).__plan__()
    assert isinstance(plan, Pause)
    assert (plan.seconds, plan.then) == (1.5, delayed)
    assert isinstance(delayed.__plan__(), ReadyAnswer)
