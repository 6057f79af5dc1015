"""The mock service as it would be if it remembered nothing for verification: what "off" is.

It is the same server, with the statements of the lane cut out that count an answer or tell the
history of the connection, the answer and the mock's own time; and with a history that keeps of a
call its request, its time and its route, and asks neither whether to keep it nor who waits for it.
So a call is recorded, under its handler too, as before there was anything to verify but that.

The lane is cut by its syntax tree. Where it no longer looks as it is cut here, making it fails: the
figure would be a wrong one.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable
from itertools import repeat
from math import nextafter
from typing import Any, Final, cast

from asyncly.srvmocker import MockService
from asyncly.srvmocker._core.record.history import History
from asyncly.srvmocker._core.record.journal import Journal, Place
from asyncly.srvmocker._core.record.sequences import CallSequence
from asyncly.srvmocker._door import lane
from asyncly.srvmocker._door.decisions import Lane
from asyncly.srvmocker._door.site import Site
from asyncly.srvmocker.recorded import RequestHistory
from benchmarks.errors import BenchmarkError

_COUNTS: Final = "ledger"
_TOLD: Final = frozenset(("connection", "ledger", "monotonic"))
_PARAMETERS: Final = ("start", "fields", "body", "now", "route.number", "route.handler_name")


class _Cut(ast.NodeTransformer):
    """Takes out of the lane what is there for verification."""

    def __init__(self) -> None:
        self.statements = 0
        self.arguments = 0

    def generic_visit(self, node: ast.AST) -> ast.AST:
        if isinstance(node, ast.FunctionDef) and node.name == "take":
            kept = [each for each in node.body if not self._counts(each)]
            self.statements += len(node.body) - len(kept)
            node.body = kept
        return super().generic_visit(node)

    def _counts(self, node: ast.stmt) -> bool:
        names = _names(node)
        return _COUNTS in names and "record" not in names

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and node.func.id == "record":
            kept = [each for each in node.args if not _TOLD & _names(each)]
            self.arguments += len(node.args) - len(kept)
            told = tuple(map(ast.unparse, kept))
            if told != (*_PARAMETERS, "place"):
                raise BenchmarkError(f"the lane records {told}: cut it anew")
            node.args = kept
        return self.generic_visit(node)


def _names(node: ast.AST) -> set[str]:
    return {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}


def cut_lane(site: Site[Any], record: Callable[..., None]) -> Lane:
    """Make the lane of a service, without what is there for verification.

    Raises:
        BenchmarkError: the lane does not look as it is cut here.
    """
    tree = ast.parse(inspect.getsource(lane))
    cut = _Cut()
    tree = ast.fix_missing_locations(cut.visit(tree))
    # ledger = ...; if ledger.last ...; ledger.ready += 1; and connection, answer, own time.
    if (cut.statements, cut.arguments) != (3, 3):
        raise BenchmarkError(
            f"the lane has {cut.statements} statements and {cut.arguments} arguments "
            "for verification, not 3 and 3: cut it anew"
        )
    space: dict[str, Any] = dict(vars(lane))
    exec(compile(tree, "<the lane, cut>", "exec"), space)
    whole = site.history
    site.history = cast("History[Any]", _Shown(record, whole))
    try:
        return cast("Lane", space["make_lane"](site))
    finally:
        site.history = whole


class _Shown:
    """The history as the lane sees it."""

    def __init__(self, record: Callable[..., None], history: History[Any]) -> None:
        self.record = record
        self._history = history

    def __getattr__(self, name: str) -> object:
        return getattr(self._history, name)


def recorder(history: History[RequestHistory]) -> Callable[..., None]:
    """Return what records a call's request, time and route, and nothing else."""
    journal: Journal[RequestHistory] = history.journal
    every = history.calls
    by_handler = history.by_handler

    def record(  # noqa: PLR0917 - by position, as it is called for every request
        start: bytes,
        fields: bytes,
        body: bytes,
        when: float,
        route: int,
        handler: str,
        place: Place | None,
    ) -> None:
        if journal.untidy:
            journal.tidy()
        calls = by_handler[handler]
        table = journal.table
        if place is None:
            request = table.add(start, fields, body)
        elif place.era is table:
            request = place.request
        else:
            request = journal.request_at(place, start, fields, body)
        if when <= journal.last:
            when = nextafter(journal.last, float("inf"))
        journal.last = when
        times = journal.times
        row = len(times)
        times.append(when)
        journal.request_ids.append(request)
        journal.routes.append(route)
        every.rows.append(row)
        if isinstance(calls, CallSequence) and calls.journal is journal:
            calls.rows.append(row)

    return record


def turn_off(service: MockService) -> None:
    """Let a service, which has no connections yet, remember nothing for verification."""
    site = service._site  # pyright: ignore[reportPrivateUsage]  # a user needs none
    assert site is not None
    site.lane = cut_lane(site, recorder(site.history))


def forget(service: MockService) -> None:
    """Drop the record of a service that was turned off."""
    journal = cast("CallSequence[RequestHistory]", service.history).journal
    for column in (journal.connections, journal.answers, journal.own_times):
        # The journal moves its columns together, so those that were left out have to be there.
        column.extend(repeat(0, len(journal) - len(column)))
    service.history.clear()
    service.history_map.clear()
