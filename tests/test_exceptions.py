"""The tree of exceptions, and what each says."""

import copy
import pickle
from collections.abc import Callable

import pytest

from asyncly.srvmocker import (
    CallAssertionError,
    CallTimeoutError,
    ConversationError,
    MissingResponseError,
    PayloadError,
    SequenceExhausted,
    SrvMockerError,
    UnknownHandlerError,
    UnreachableRouteWarning,
)
from asyncly.srvmocker.diagnosis import Candidate, Diagnosis, Difference
from asyncly.srvmocker.exceptions import leaves_out_frames


def test_one_base_for_all_errors() -> None:
    assert SrvMockerError.__bases__ == (Exception,)
    for error in (
        ConversationError,
        SequenceExhausted,
        UnknownHandlerError,
        MissingResponseError,
    ):
        assert error.__bases__ == (SrvMockerError,)
        assert not issubclass(error, LookupError)


def test_a_payload_that_does_not_fit_fails_as_an_assertion_does() -> None:
    assert PayloadError.__bases__ == (SrvMockerError, AssertionError)
    assert not issubclass(PayloadError, ValueError), "which code under test may catch"
    error = PayloadError("handler 'a'", "list[Order]", ["$[0]: one"])
    assert str(error) == "handler 'a': the body does not fit list[Order]: $[0]: one"
    error = PayloadError("", "Order", (f"$.{n}" for n in range(11)))
    assert str(error) == "\n  ".join(
        ["the body does not fit Order:", *(f"$.{n}" for n in range(10)), "and 1 more"]
    )
    assert len(error.problems) == 11
    assert str(PayloadError("a", "b", ["c" * 301])) == f"a: the body does not fit b: {'c' * 300}…"


def test_a_warning_is_no_error() -> None:
    assert issubclass(UnreachableRouteWarning, UserWarning)
    assert not issubclass(UnreachableRouteWarning, SrvMockerError)


def test_a_missing_response_names_the_handler_and_the_remedy() -> None:
    error = MissingResponseError("it's")
    assert error.handler_name == "it's"
    assert str(error) == (
        """handler "it's" has no response: call service.register("it's", ...) before the request"""
    )
    with pytest.raises(SrvMockerError):
        raise error


DIAGNOSIS = Diagnosis(
    wanted=("json: 1",),
    nearest=(Candidate(0, "POST /", (Difference("different", "$", "1", "2"),), 1),),
    calls=1,
    last=1,
)


def test_a_failed_assertion_is_an_assertion_error_and_nothing_that_code_under_test_catches() -> (
    None
):
    assert CallAssertionError.__bases__ == (AssertionError,)
    assert CallTimeoutError.__bases__ == (CallAssertionError,)
    assert not issubclass(CallTimeoutError, OSError | SrvMockerError)


def test_a_failed_assertion_has_its_parts() -> None:
    error = CallAssertionError("a\n  b", subject="proxy", diagnosis=DIAGNOSIS)
    assert str(error) == "a\n  b"
    assert (error.subject, error.diagnosis, error.detail()) == ("proxy", DIAGNOSIS, "")
    bare = CallTimeoutError("a")
    assert (bare.subject, bare.diagnosis, bare.timeout) == ("", None, 0.0)


def test_the_longer_text_is_made_once_when_it_is_asked_for() -> None:
    made: list[str] = []

    def detail() -> str:
        made.append("once")
        return "more"

    error = CallAssertionError("a", detail=detail)
    assert made == []
    assert error.detail() == error.detail() == "more"
    assert made == ["once"]


def pickled(error: CallTimeoutError) -> CallTimeoutError:
    again = pickle.loads(pickle.dumps(error))
    assert isinstance(again, CallTimeoutError)
    return again


def copied(error: CallTimeoutError) -> CallTimeoutError:
    return copy.copy(error)


@pytest.mark.parametrize("duplicate", [pickled, copied])
def test_a_failed_assertion_can_be_pickled_and_copied(
    duplicate: Callable[[CallTimeoutError], CallTimeoutError],
) -> None:
    error = CallTimeoutError(
        "a", timeout=0.5, subject="s", diagnosis=DIAGNOSIS, detail=lambda: "more"
    )
    error.add_note("a note")
    again = duplicate(error)
    assert type(again) is CallTimeoutError
    assert (str(again), again.timeout, again.subject) == ("a", 0.5, "s")
    assert (again.diagnosis, again.detail(), again.__notes__) == (DIAGNOSIS, "more", ["a note"])


@pytest.mark.parametrize(
    ("error", "left_out"),
    [(AssertionError(), True), (SequenceExhausted(1), True), (ValueError(), False)],
)
def test_frames_are_left_out_of_what_a_test_has_asked_for(error: Exception, left_out: bool) -> None:
    """So an error of the package's own is shown with the lines that have raised it."""
    with pytest.raises(type(error)) as caught:
        raise error
    assert leaves_out_frames(caught) is left_out
    assert not leaves_out_frames(None)
