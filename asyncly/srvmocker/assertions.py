"""Assertions over recorded requests, shared by the service and the proxy.

Invariants: the number of calls costs nothing to know; criteria are compiled once per assertion; the
texts begin with the words that the contract promises.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from asyncly.srvmocker._core.criteria import Compiled, compile_criteria, conjunction
from asyncly.srvmocker._core.sequences import CallSequence
from asyncly.srvmocker.exceptions import NotKeptError
from asyncly.srvmocker.recorded import RequestHistory, view_of_call
from asyncly.srvmocker.typing import Value

__all__ = ("call_matches", "check_called", "check_not_called")


def call_matches(
    call: RequestHistory,
    *,
    json: Value = None,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
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
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    also: Compiled | None = None,
) -> None:
    """Raise `AssertionError` unless `calls` are as told; `subject` opens the text.

    `also` is a further question, of the caller's own.

    Example:
        >>> from asyncly.srvmocker.assertions import check_called
        >>> check_called("proxy", [], times=1)
        Traceback (most recent call last):
        AssertionError: proxy: expected 1 call(s), got 0
    """
    unkept = calls.unkept if isinstance(calls, CallSequence) else 0
    count = len(calls) + unkept
    if times is not None and count != times:
        raise AssertionError(f"{subject}: expected {times} call(s), got {count}")
    compiled = compile_criteria(json=json, body=body, headers=headers, query=query)
    given = not all(criterion is None for criterion in (json, body, headers, query, also))
    if times is not None and not given:
        return
    if not count:
        raise AssertionError(f"{subject}: expected at least one call, got 0")
    if not given:
        return
    if also is not None:
        compiled = conjunction(also, compiled)
    if isinstance(calls, CallSequence):
        found = calls.find(compiled) is not None
    else:
        found = any(compiled.holds(view_of_call(call)) for call in calls)
    if not found and unkept:
        raise NotKeptError(
            f"{subject}: none of the {len(calls)} call(s) that were kept matched the given "
            f"criteria, and {unkept} were not kept; keep them with a wider Keep"
        )
    if not found:
        raise AssertionError(f"{subject}: none of {count} call(s) matched the given criteria")


def check_not_called(subject: str, calls: Sequence[RequestHistory]) -> None:
    """Raise `AssertionError` if there are any calls; `subject` opens the text.

    Example:
        >>> from asyncly.srvmocker.assertions import check_not_called
        >>> check_not_called("proxy", [])
    """
    count = len(calls) + (calls.unkept if isinstance(calls, CallSequence) else 0)
    if count:
        raise AssertionError(f"{subject}: expected no calls, got {count}")
