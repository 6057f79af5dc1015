"""Assertions over recorded requests, shared by the service and the proxy.

Invariants: the number of calls costs nothing to know; criteria are compiled once per assertion; the
texts begin with the words that the contract promises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import NoneType

from asyncly.srvmocker._core.matching.criteria import compile_criteria, conjunction
from asyncly.srvmocker._core.matching.given import Compiled
from asyncly.srvmocker._core.record.question import ANYTHING, Question
from asyncly.srvmocker._core.record.sequences import CallSequence
from asyncly.srvmocker.exceptions import CallAssertionError, NotKeptError, leaves_out_frames
from asyncly.srvmocker.recorded import RequestHistory, view_of_call
from asyncly.srvmocker.typing import Expected, Value

__all__ = ("call_matches", "check_called", "check_not_called")

__tracebackhide__ = leaves_out_frames


def call_matches(
    call: RequestHistory,
    *,
    json: Value = None,
    body: Expected = None,
    headers: Mapping[str, Expected] | None = None,
    query: Mapping[str, Expected] | None = None,
) -> bool:
    """Whether a recorded request satisfies all criteria that are given.

    Args:
        call: The recorded request.
        json: Its parsed JSON body equals this, as `==` has it.
        body: The bytes of its body equal these.
        headers: These header fields are present; the first value of each equals.
        query: These query parameters are present; the first decoded value of each equals.

    Example:
        >>> from asyncly.srvmocker import JsonResponse, MockRoute, start_service
        >>> from asyncly.srvmocker.assertions import call_matches
        >>> async with start_service([MockRoute("POST", "/items", "create")]) as service:
        ...     service.register("create", JsonResponse({}))
        ...     async with aiohttp.ClientSession(service.url) as client:
        ...         response = await client.post("/items", json={"name": "lamp"})
        ...     call_matches(service.last_call("create"), json={"name": "lamp"})
        True
    """
    compiled = compile_criteria(json=json, body=body, headers=headers, query=query)
    return compiled.holds(view_of_call(call))


def check_called(
    subject: str,
    calls: Sequence[RequestHistory],
    *,
    times: int | None = None,
    json: Value = None,
    body: Expected = None,
    headers: Mapping[str, Expected] | None = None,
    query: Mapping[str, Expected] | None = None,
    also: Compiled | None = None,
    question: Question[RequestHistory] | None = None,
) -> None:
    """Raise `CallAssertionError` unless `calls` are as told; `subject` opens the text.

    Raises `TypeError` where `times` is no number, which no count could equal.

    `also` is a further question, of the caller's own. `question` is where the calls come from, so
    that the text can tell of those of other handlers too. Raises `NotKeptError` where calls that
    were not kept would have to be known.

    Example:
        >>> from asyncly.srvmocker.assertions import check_called
        >>> check_called("proxy", [], times=1)
        Traceback (most recent call last):
        asyncly.srvmocker.exceptions.CallAssertionError: proxy: expected 1 call(s), got 0
    """
    _check_times(times)
    unkept = calls.unkept if isinstance(calls, CallSequence) else 0
    count = len(calls) + unkept
    compiled = compile_criteria(json=json, body=body, headers=headers, query=query)
    if also is not None:
        compiled = conjunction(also, compiled)
    given = not all(criterion is None for criterion in (json, body, headers, query, also))
    if times is not None and count != times:
        words = f"expected {times} call(s), got {count}"
    elif times is not None and not given:
        return
    elif not count:
        words = "expected at least one call, got 0"
    elif not given or _find(calls, compiled):
        return
    elif unkept:
        raise NotKeptError(
            f"{subject}: none of the {len(calls)} call(s) that were kept matched the given "
            f"criteria, and {unkept} were not kept; keep them with a wider Keep"
        )
    else:
        words = f"none of {count} call(s) matched the given criteria"
    raise _failed(f"{subject}: {words}", subject, calls, compiled, question)


def _check_times(times: object) -> None:
    if not isinstance(times, (int, float, NoneType)):
        raise TypeError(f"times={times!r} is not a whole number")


def _find(calls: Sequence[RequestHistory], compiled: Compiled) -> bool:
    if isinstance(calls, CallSequence):
        return calls.find(compiled) is not None
    return any(compiled.holds(view_of_call(call)) for call in calls)


def _failed(
    headline: str,
    subject: str,
    calls: Sequence[RequestHistory],
    compiled: Compiled,
    question: Question[RequestHistory] | None,
) -> CallAssertionError:
    from asyncly.srvmocker._core.explain.calls import (  # noqa: PLC0415 - on failure
        question_failed,
        sequence_failed,
    )

    if question is None:
        return sequence_failed(headline, subject, calls, view_of_call, compiled)
    return question_failed(headline, subject, question.narrowed(compiled))


def check_not_called(
    subject: str,
    calls: Sequence[RequestHistory],
    question: Question[RequestHistory] | None = None,
) -> None:
    """Raise `CallAssertionError` if there are any calls; `subject` opens the text.

    `question` is as in `check_called`.

    Example:
        >>> from asyncly.srvmocker.assertions import check_not_called
        >>> check_not_called("proxy", [])
    """
    count = len(calls) + (calls.unkept if isinstance(calls, CallSequence) else 0)
    if count:
        headline = f"{subject}: expected no calls, got {count}"
        raise _failed(headline, subject, calls, ANYTHING, question)
