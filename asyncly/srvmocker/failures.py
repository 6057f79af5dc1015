"""What kept a handler from answering.

Invariant: a failure says the same for ever; it holds nothing of the connection.
"""

from __future__ import annotations

from typing import Final

from asyncly.srvmocker.recorded import RequestHistory

__all__ = ("HandlerFailure",)

FAILURES_KEPT: Final = 1000


class HandlerFailure:
    """An exception of a user's own code, in a response or in what a route asks of a request.

    One in a response kept the handler from answering, and the client saw a 500. One in a predicate,
    a `matches` or an `__eq__` of a route counted as no match. It need not be an `Exception`: an
    outcome of pytest's (`pytest.fail`) and a cancellation are kept, too. What ends the process
    (`KeyboardInterrupt`, `SystemExit`) is not.

    Args:
        handler_name: The handler whose response failed.
        exception: What was raised; a `MissingResponseError` where no response is registered.
        call: The request that was to be answered.

    Example:
        >>> from asyncly.srvmocker import MockRoute, start_service
        >>> async with start_service([MockRoute("GET", "/", "home")]) as service:
        ...     async with aiohttp.ClientSession(service.url) as client:
        ...         response = await client.get("/")
        >>> response.status, service.errors[0].handler_name
        (500, 'home')
        >>> service.errors[0].exception
        MissingResponseError("handler 'home' has no response: call service.register('home', ...) \
before the request")
    """

    __slots__ = ("_call", "_exception", "_handler_name")

    def __init__(self, handler_name: str, exception: BaseException, call: RequestHistory) -> None:
        self._handler_name = handler_name
        self._exception = exception
        self._call = call

    @property
    def handler_name(self) -> str:
        """The handler whose response failed, or whose route could not be asked."""
        return self._handler_name

    @property
    def exception(self) -> BaseException:
        """What was raised."""
        return self._exception

    @property
    def call(self) -> RequestHistory:
        """The request that was to be answered."""
        return self._call

    def __repr__(self) -> str:
        return f"<HandlerFailure of {self._handler_name!r}: {self._exception!r}>"
