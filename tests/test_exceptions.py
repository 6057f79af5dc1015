"""The tree of exceptions, and what each says."""

import pytest

from asyncly.srvmocker import (
    MissingResponseError,
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
