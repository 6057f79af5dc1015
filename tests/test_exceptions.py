"""The tree of exceptions, and what each says."""

import pytest

from asyncly.srvmocker import (
    MissingResponseError,
    PayloadError,
    SequenceExhausted,
    SrvMockerError,
    UnknownHandlerError,
    UnreachableRouteWarning,
)


def test_one_base_for_all_errors() -> None:
    assert SrvMockerError.__bases__ == (Exception,)
    for error in (SequenceExhausted, UnknownHandlerError, MissingResponseError):
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
