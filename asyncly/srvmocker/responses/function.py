"""Answers that a function makes of the request.

Invariants: what a function returns is answered as the response of its kind would answer
(`JsonResponse`, `RawResponse`), byte for byte. A function that is not asynchronous costs no task.
What it returns is judged for each request, since nobody can know it before.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from inspect import isawaitable, iscoroutinefunction, signature
from typing import Final, TypeAlias, Union, cast

from aiohttp import hdrs

from asyncly.srvmocker._core.answer import check_status
from asyncly.srvmocker._door.aio import aioweb as web
from asyncly.srvmocker._door.answers.forms import FilledForm
from asyncly.srvmocker._door.answers.plans import Computed, Plan, Raising
from asyncly.srvmocker.recorded import RecordedRequest
from asyncly.srvmocker.responses.base import BaseMockResponse
from asyncly.srvmocker.responses.content import ContentResponse

__all__ = ("FunctionBody", "FunctionResponse", "FunctionResult", "ResponseFunction")

FunctionBody: TypeAlias = Mapping[str, object] | Sequence[object] | float | str | bytes | None
"""A body that a function may return: JSON (mappings, sequences, numbers, booleans, `None`), text or
bytes. A tuple is a pair and no body."""

FunctionResult: TypeAlias = Union[  # | takes no name of what is not imported yet
    FunctionBody, tuple[int, FunctionBody], BaseMockResponse, "web.StreamResponse"
]
"""What a function may return: a body, a `(status, body)` pair, or a response."""

ResponseFunction: TypeAlias = Callable[
    [RecordedRequest], FunctionResult | Awaitable[FunctionResult]
]
"""A function of the request, synchronous or asynchronous."""

_TOLD: Final = 200  # characters of what was returned, in an error
_TEXT: Final = "text/plain; charset=utf-8"
_JSON: Final = "application/json"
_ALLOWED: Final = (
    "return a BaseMockResponse, an aiohttp response, JSON (a dict, a list, a number, a bool, "
    "None), a str, bytes, or a (status, body) pair of these bodies"
)


class FunctionResponse(BaseMockResponse):
    """Answers with what a function of the request returns.

    Args:
        function: Takes the `RecordedRequest`. A synchronous one is called where the request
            arrives and should not wait for anything; an asynchronous one may. It returns

            - a dict, a list, a number, a bool or `None`: answered as by `JsonResponse`;
            - a `str`: sent as `text/plain; charset=utf-8`;
            - `bytes`: answered as by `RawResponse`;
            - a `(status, body)` pair of one of these bodies;
            - a response: a `BaseMockResponse`, or one of aiohttp's.

            It may raise `aiohttp.web.HTTPException`. Any other exception, or anything else that is
            returned, gives the client a 500 and is kept in `MockService.errors`.

    Raises:
        TypeError: `function` cannot be called with a request alone.

    Example:
        >>> from asyncly.srvmocker import FunctionResponse, MockRoute, start_service
        >>> def item(request):
        ...     number = int(request.path_params["id"])
        ...     return {"id": number} if number < 100 else (404, {"error": "no such item"})
        >>> async with start_service([MockRoute("GET", "/items/{id}", "item")]) as service:
        ...     service.register("item", FunctionResponse(item))
        ...     async with aiohttp.ClientSession(service.url) as client:
        ...         print(await (await client.get("/items/7")).json())
        ...         print((await client.get("/items/700")).status)
        {'id': 7}
        404
    """

    def __init__(self, function: ResponseFunction) -> None:
        if not callable(function):
            raise TypeError(f"function={function!r} cannot be called: give a function of a request")
        _check_takes_a_request(function)
        self._function: ResponseFunction = function
        self._computed: Computed = Computed(
            self._begin if iscoroutinefunction(function) else self._make
        )

    @property
    def function(self) -> ResponseFunction:
        """The function."""
        return self._function

    async def response(self, request: web.Request) -> web.StreamResponse:
        """Return the answer that the function makes of the request."""
        recorded = RecordedRequest(request, await request.read())
        return await _Turn(self._function, recorded).response(request)

    def __plan__(self) -> Plan:
        """Ask the function when the request is there."""
        if type(self).response is not FunctionResponse.response:
            return self
        return self._computed

    def _begin(self, request: RecordedRequest) -> Plan:
        return _Turn(self._function, request)

    def _make(self, request: RecordedRequest) -> Plan:
        function = self._function
        try:
            answer = _judged(function, function(request))
        except Exception as error:
            if isinstance(error, web.HTTPException):
                return Raising(error)  # an answer like any other
            raise
        if isinstance(answer, FilledForm):
            return answer
        if isinstance(answer, BaseMockResponse):
            plan = _form_of(answer) or answer.__plan__()
            # Followed here and not by whoever asks: a function that returns itself is to fail.
            return plan.make(request) if isinstance(plan, Computed) else plan
        return _Turn(function, request, answer)

    def __repr__(self) -> str:
        return f"<FunctionResponse {_name(self._function)}>"


_Answer: TypeAlias = "FilledForm | BaseMockResponse | web.StreamResponse | Awaitable[object]"


class _Turn:
    """Asks a function, or waits for what it has returned, in a turn of aiohttp's."""

    def __init__(
        self, function: ResponseFunction, recorded: RecordedRequest, answer: _Answer | None = None
    ) -> None:
        self._function = function
        self._recorded = recorded
        self._answer = answer

    async def response(self, request: web.Request) -> web.StreamResponse:
        """Return the answer."""
        function, answer = self._function, self._answer
        if answer is None:
            answer = _judged(function, function(self._recorded))
        while isawaitable(answer):
            answer = _judged(function, await answer)
        if isinstance(answer, FilledForm):
            return answer.response()
        if isinstance(answer, BaseMockResponse):
            return await answer.response(request)
        if isinstance(answer, web.HTTPException):
            raise answer  # aiohttp asks for it
        return answer

    def __plan__(self) -> Plan:
        """Take a turn."""
        return self


def _check_takes_a_request(function: ResponseFunction) -> None:
    try:
        signature(function).bind(None)
    except ValueError:
        return  # nobody knows what it takes
    except TypeError as error:
        raise TypeError(
            f"function={_name(function)}: it is given the request alone: {error}"
        ) from None


def _form_of(response: BaseMockResponse) -> FilledForm | None:
    """Return a response as a form, if it has no header fields of its own.

    Most functions that return one have made it for this request, and it would be rendered for it.
    """
    if not isinstance(response, ContentResponse) or response.__ready__ is None:
        return None
    headers, content = response.headers, response.serialize()
    content_type = headers.get(hdrs.CONTENT_TYPE)
    if list(headers) != ([] if content_type is None else [hdrs.CONTENT_TYPE]):
        return None
    assert isinstance(content, (bytes, type(None))), "it is ready"
    return FilledForm(response.status, content_type, content or b"")


def _judged(function: ResponseFunction, returned: object) -> _Answer:
    """Say how to answer with what a function has returned; `TypeError` if nobody can."""
    if isinstance(returned, tuple):
        return _pair(function, cast("tuple[object, ...]", returned))
    filled = _filled(function, 200, returned)
    if filled is not None:
        return filled
    if isinstance(returned, (BaseMockResponse, web.StreamResponse)) or isawaitable(returned):
        return returned
    raise _nonsense(function, returned)


def _pair(function: ResponseFunction, returned: tuple[object, ...]) -> FilledForm:
    try:
        status, body = returned
        status = check_status(status)
    except (TypeError, ValueError) as error:
        raise _nonsense(function, returned) from error
    filled = _filled(function, status, body)
    if filled is None:
        raise _nonsense(function, returned)
    return filled


def _filled(function: ResponseFunction, status: int, body: object) -> FilledForm | None:
    """Return the answer with a body; `None` for what is no body."""
    content_type: str | None = _JSON
    if body is None or isinstance(body, (dict, list, int, float)):
        content = _json(function, cast(object, body))
    elif isinstance(body, str):
        content, content_type = body.encode(), _TEXT
    elif isinstance(body, (bytes, bytearray, memoryview)):
        content, content_type = bytes(cast("bytes | bytearray | memoryview[int]", body)), None
    elif isinstance(body, (web.StreamResponse, web.BaseRequest)):
        return None  # they are mappings, too
    elif isinstance(body, (Mapping, Sequence)):
        content = _json(function, cast(object, body))
    else:
        return None
    return FilledForm(status, content_type, content)


def _json(function: ResponseFunction, body: object) -> bytes:
    try:
        return _ENCODER.encode(body).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise _nonsense(function, body) from error


def _plain(value: object) -> object:
    kind = type(value)
    if issubclass(kind, Mapping):
        return dict(cast("Mapping[object, object]", value))
    if issubclass(kind, Sequence) and not issubclass(kind, (bytes, bytearray, memoryview)):
        return list(cast("Sequence[object]", value))
    raise TypeError(f"Object of type {kind.__name__} is not JSON serializable")


_ENCODER: Final = json.JSONEncoder(default=_plain)


def _nonsense(function: ResponseFunction, returned: object) -> TypeError:
    told = repr(returned)
    if len(told) > _TOLD:
        told = f"{told[:_TOLD]}..."
    return TypeError(f"the function {_name(function)} returned {told}; {_ALLOWED}")


def _name(function: object) -> str:
    name: object = getattr(function, "__qualname__", None)
    return name if isinstance(name, str) else repr(function)
