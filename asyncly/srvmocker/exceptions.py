"""Every exception and warning of the package.

    Exception
    └── SrvMockerError
        ├── SequenceExhausted      a SequenceResponse ran out of responses
        ├── UnknownHandlerError    a handler name that no route declares
        ├── MissingResponseError   a selected handler has no registered response
        └── NotKeptError           a question about calls that the history does not keep
    UserWarning
    └── UnreachableRouteWarning    a route that another route always shadows

The assertion helpers raise plain `AssertionError`, so that pytest shows them as failures.
"""

__all__ = (
    "MissingResponseError",
    "NotKeptError",
    "SequenceExhausted",
    "SrvMockerError",
    "UnknownHandlerError",
    "UnreachableRouteWarning",
)


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


class NotKeptError(SrvMockerError):
    """Something was asked of calls, or of bodies, that the history was told not to keep.

    It is no `AssertionError`: whether the assertion holds cannot be known.

    Example:
        >>> from asyncly.srvmocker import NotKeptError, SrvMockerError
        >>> issubclass(NotKeptError, SrvMockerError), issubclass(NotKeptError, AssertionError)
        (True, False)
    """


class UnreachableRouteWarning(UserWarning):
    """Two routes claim the same requests, so the later one can never be selected.

    Emitted by `start_service`; the text names both routes.

    Example:
        >>> from asyncly.srvmocker import UnreachableRouteWarning
        >>> issubclass(UnreachableRouteWarning, UserWarning)
        True
    """
