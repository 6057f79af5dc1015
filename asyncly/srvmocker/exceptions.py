"""Every exception and warning of the package.

    Exception
    └── SrvMockerError
        ├── SequenceExhausted      a SequenceResponse ran out of responses
        ├── ScenarioError          a scenario is in a state that a response does not know
        ├── UnknownHandlerError    a handler name that no route declares
        ├── MissingResponseError   a selected handler has no registered response
        ├── ConversationError      a WebSocket's client did not follow the script
        ├── NotKeptError           a question about calls that the history does not keep
        ├── RoutesError            routes from data are wrong; a ValueError, too
        └── PayloadError           a recorded body does not fit the type that was asked for
    AssertionError
    └── CallAssertionError         the calls are not as asserted
        └── CallTimeoutError       they were not in time
    UserWarning
    └── UnreachableRouteWarning    a route that no request can select

`CallTimeoutError` is no `TimeoutError`: that is an `OSError`, which code under test and its retries
catch, and a failed assertion must not end there. `PayloadError` is an `AssertionError` too: a test
that decodes a call says what the client must have sent. It is no `ValueError`, which code under
test may catch for reasons of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from asyncly.srvmocker.diagnosis import Diagnosis

    class _Caught(Protocol):
        @property
        def value(self) -> BaseException: ...


__all__ = (
    "CallAssertionError",
    "CallTimeoutError",
    "ConversationError",
    "MissingResponseError",
    "NotKeptError",
    "PayloadError",
    "RoutesError",
    "ScenarioError",
    "SequenceExhausted",
    "SrvMockerError",
    "UnknownHandlerError",
    "UnreachableRouteWarning",
)


_PROBLEMS: Final = 10  # how many are told
_PROBLEM: Final = 300  # characters of each


def leaves_out_frames(caught: _Caught | None) -> bool:
    """Answer pytest, as the `__tracebackhide__` of a module, whether to leave its frames out.

    So a failed assertion is shown where the test has asked, and not with this package's source.
    """
    return caught is not None and isinstance(caught.value, (AssertionError, SrvMockerError))


class SrvMockerError(Exception):
    """Base of the errors that this package raises on purpose.

    Example:
        >>> from asyncly.srvmocker import SequenceExhausted, SrvMockerError
        >>> issubclass(SequenceExhausted, SrvMockerError)
        True
    """


class ScenarioError(SrvMockerError):
    """A response was asked in a state of its scenario for which it has no answer.

    The client sees a 500; the exception is kept in `MockService.errors`.

    Example:
        >>> from asyncly.srvmocker import ScenarioError, SrvMockerError
        >>> issubclass(ScenarioError, SrvMockerError)
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


class RoutesError(SrvMockerError, ValueError):
    """Routes that were read from data are wrong.

    Args:
        file: The file; empty where the data was given as such.
        key: The key, such as `routes[2].response.status`, or the argument; empty where it is the
            whole.
        reason: What was expected.

    Example:
        >>> from asyncly.srvmocker import RoutesError
        >>> print(RoutesError("shop.yaml", "routes[2].response.status", "expected int, got str"))
        shop.yaml: routes[2].response.status: expected int, got str
    """

    def __init__(self, file: str, key: str, reason: str) -> None:
        self.file: str = file
        self.key: str = key
        self.reason: str = reason
        super().__init__(file, key, reason)

    def __str__(self) -> str:
        return ": ".join(part for part in (self.file, self.key, self.reason) if part)


class CallAssertionError(AssertionError):
    """The calls that came are not as asserted; its text says what was wanted and what came nearest.

    It can be pickled, whatever was compared.

    Args:
        text: All that is said, beginning with one line that sums it up.
        subject: What the assertion is about, such as `handler 'create'`.
        diagnosis: What the text says, as data; `None` where there is nothing to compare.
        detail: Makes the text of `detail()`, when it is asked for.

    Example:
        >>> from asyncly.srvmocker import CallAssertionError
        >>> from asyncly.srvmocker.diagnosis import Diagnosis
        >>> error = CallAssertionError(
        ...     "handler 'create': expected 2 call(s), got 0",
        ...     subject="handler 'create'",
        ...     diagnosis=Diagnosis(calls=0),
        ... )
        >>> error.subject, error.diagnosis.calls
        ("handler 'create'", 0)
    """

    def __init__(
        self,
        text: str,
        *,
        subject: str = "",
        diagnosis: Diagnosis | None = None,
        detail: Callable[[], str] | None = None,
    ) -> None:
        super().__init__(text)
        self.subject: str = subject
        self.diagnosis: Diagnosis | None = diagnosis
        self._detail: Callable[[], str] | str | None = detail

    def detail(self) -> str:
        """Return a longer comparison than the text has: more differences, and JSON line by line.

        It is made when it is first asked for; empty where there is no more to say.
        """
        detail = self._detail
        if detail is None:
            return ""
        if not isinstance(detail, str):
            detail = self._detail = detail()
        return detail

    def __reduce__(self) -> tuple[type[CallAssertionError], tuple[object, ...], dict[str, object]]:
        # What is compared may be anything, also what cannot be pickled; its text can.
        return type(self), self.args, {**self.__dict__, "_detail": self.detail()}


class CallTimeoutError(CallAssertionError):
    """The calls that were waited for did not come in time.

    Args:
        text: All that is said, beginning with one line that sums it up.
        timeout: How long was waited, in seconds.
        subject: As in `CallAssertionError`.
        diagnosis: As in `CallAssertionError`.
        detail: As in `CallAssertionError`.

    Example:
        >>> from asyncly.srvmocker import CallTimeoutError
        >>> raise CallTimeoutError("handler 'x': expected 3 call(s) in 1.0 s, got 2", timeout=1.0)
        Traceback (most recent call last):
        asyncly.srvmocker.exceptions.CallTimeoutError: handler 'x': expected 3 call(s) in 1.0 s, \
got 2
    """

    def __init__(
        self,
        text: str,
        *,
        timeout: float = 0.0,
        subject: str = "",
        diagnosis: Diagnosis | None = None,
        detail: Callable[[], str] | None = None,
    ) -> None:
        super().__init__(text, subject=subject, diagnosis=diagnosis, detail=detail)
        self.timeout: float = timeout


class ConversationError(SrvMockerError):
    """The client of a WebSocket did something else than the script expects.

    It is kept in `MockService.errors`; the client sees a close frame with code 1008 that says why.

    Example:
        >>> from asyncly.srvmocker import ConversationError
        >>> raise ConversationError("expected 'ping', the client sent 'pong'")
        Traceback (most recent call last):
        asyncly.srvmocker.exceptions.ConversationError: expected 'ping', the client sent 'pong'
    """


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
