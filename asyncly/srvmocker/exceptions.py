"""Every exception and warning of the package.

    Exception
    └── SrvMockerError
        ├── SequenceExhausted      a SequenceResponse ran out of responses
        ├── UnknownHandlerError    a handler name that no route declares
        ├── MissingResponseError   a selected handler has no registered response
        └── PayloadError           a recorded body does not fit the type that was asked for
    UserWarning
    └── UnreachableRouteWarning    a route that no request can select

The assertion helpers raise plain `AssertionError`, so that pytest shows them as failures.
`PayloadError` is an `AssertionError` too: a test that decodes a call says what the client must have
sent. It is no `ValueError`, which code under test may catch for reasons of its own.
"""

from collections.abc import Iterable
from typing import Final

__all__ = (
    "MissingResponseError",
    "PayloadError",
    "SequenceExhausted",
    "SrvMockerError",
    "UnknownHandlerError",
    "UnreachableRouteWarning",
)


_PROBLEMS: Final = 10  # how many are told
_PROBLEM: Final = 300  # characters of each


class SrvMockerError(Exception):
    """Base of the errors that this package raises on purpose.

    Example:
        >>> from asyncly.srvmocker import SequenceExhausted, SrvMockerError
        >>> issubclass(SequenceExhausted, SrvMockerError)
        True
    """


class SequenceExhausted(SrvMockerError):  # noqa: N818 - the name is the contract's
    """A `SequenceResponse` with `on_exhausted="raise"` was asked once too often.

    The client sees a 500; the exception is kept in `MockService.errors`.

    Example:
        >>> from asyncly.srvmocker import SequenceExhausted
        >>> raise SequenceExhausted("all 2 responses were used")
        Traceback (most recent call last):
        asyncly.srvmocker.exceptions.SequenceExhausted: all 2 responses were used
    """


class UnknownHandlerError(SrvMockerError):
    """A handler name was used that no route declares.

    Example:
        >>> from asyncly.srvmocker import UnknownHandlerError
        >>> raise UnknownHandlerError("no route declares 'ok'")
        Traceback (most recent call last):
        asyncly.srvmocker.exceptions.UnknownHandlerError: no route declares 'ok'
    """


class MissingResponseError(SrvMockerError):
    """A request selected a handler for which no response is registered.

    The client sees a 500; the exception names the handler and the remedy and is kept in
    `MockService.errors`.

    Example:
        >>> from asyncly.srvmocker.exceptions import MissingResponseError
        >>> print(MissingResponseError("ok"))
        handler 'ok' has no response: call service.register('ok', ...) before the request
    """

    def __init__(self, handler_name: str) -> None:
        self.handler_name = handler_name
        super().__init__(
            f"handler {handler_name!r} has no response: "
            f"call service.register({handler_name!r}, ...) before the request"
        )


class PayloadError(SrvMockerError, AssertionError):
    """A body is not JSON, or does not fit the type that it was to be decoded into.

    Args:
        of: Whose body it is, such as `handler 'create'`; may be empty.
        wanted: The name of the type.
        problems: What does not fit, each with its JSON path (`$` is the body). The text tells the
            first few.

    Example:
        >>> from asyncly.srvmocker import PayloadError
        >>> raise PayloadError("handler 'create'", "Order", ["$.price: expected float, got str"])
        Traceback (most recent call last):
        asyncly.srvmocker.exceptions.PayloadError: handler 'create': the body does not fit Order:
            $.price: expected float, got str
    """

    def __init__(self, of: str, wanted: str, problems: Iterable[str]) -> None:
        self.of = of
        self.wanted = wanted
        self.problems: tuple[str, ...] = tuple(problems)
        super().__init__(of, wanted, self.problems)

    def __str__(self) -> str:
        told = [_shortened(problem) for problem in self.problems[:_PROBLEMS]]
        if left := len(self.problems) - len(told):
            told.append(f"and {left} more")
        whose = f"{_shortened(self.of)}: " if self.of else ""
        between = " " if len(told) == 1 else "\n  "
        fits = f"{whose}the body does not fit {_shortened(self.wanted)}:"
        return between.join([fits, *told])


def _shortened(text: str) -> str:
    return text if len(text) <= _PROBLEM else f"{text[:_PROBLEM]}…"


class UnreachableRouteWarning(UserWarning):
    """A route can never be selected.

    Another one takes all of its requests, or its path holds what no path of a request does. Emitted
    by `start_service`; the text names the route, and the other one or the remedy.

    Example:
        >>> from asyncly.srvmocker import UnreachableRouteWarning
        >>> issubclass(UnreachableRouteWarning, UserWarning)
        True
    """
