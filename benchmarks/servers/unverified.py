"""The mock service as it would be if it remembered nothing for verification: what "off" is.

It is the same server, with the statements of the lane cut out that count an answer, tell the
history of the connection, the answer and the mock's own time, or ask whether to keep a call and who
waits for it; and with a history that keeps of a call its request, its time and its route alone.
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

_COUNTS: Final = frozenset(
    ("ledger", "add_connection", "add_answer", "add_own", "settle_at", "watchers")
)
_TOLD: Final = frozenset(("connection", "ledger", "monotonic"))
_NEEDED: Final = frozenset(("record", "Standing"))
_STATEMENTS: Final = 3 + 3 + 3 + 2
_ARGUMENTS: Final = 3
_PARAMETERS: Final = ("start", "fields", "body", "now", "route.number", "route.handler_name")


class _Cut(ast.NodeTransformer):
    """Takes out of the lane what is there for verification."""

    def __init__(self) -> None:
        self.statements = 0
        self.arguments = 0

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if node.name == "take":
            self._thin(node)
        return self.generic_visit(node)

    def _thin(self, block: ast.FunctionDef | ast.If) -> None:
        """Take out the statements that count, here and in the branches of those that do more."""
        kept: list[ast.stmt] = []
        for each in block.body:
            if isinstance(each, ast.If) and not _COUNTS & _names(each.test):
                self._thin(each)
                kept.append(each)
            elif _COUNTS & _names(each) and not _NEEDED & _names(each):
                self.statements += 1
            else:
                kept.append(each)
        block.body = kept

    def visit_Call(self, node: ast.Call) -> ast.AST:
        if isinstance(node.func, ast.Name) and node.func.id == "record":
            kept = [each for each in node.args if not _TOLD & _names(each)]
            self.arguments += len(node.args) - len(kept)
            told = tuple(map(ast.unparse, kept))
            if told != (*_PARAMETERS, "place"):
                raise BenchmarkError(f"the lane records {told}: cut it anew")
            node.args = kept
        elif isinstance(node.func, ast.Name) and node.func.id == "Standing":
            for each in node.keywords:
                if _COUNTS & _names(each.value):
                    each.value = ast.Constant(None)
        return self.generic_visit(node)


def _names(node: ast.AST) -> set[str]:
    names = {each.id for each in ast.walk(node) if isinstance(each, ast.Name)}
    return names | {each.attr for each in ast.walk(node) if isinstance(each, ast.Attribute)}


def cut_lane(site: Site[Any], record: Callable[..., None]) -> Lane:
    """Make the lane of a service, without what is there for verification.

    Raises:
        BenchmarkError: the lane does not look as it is cut here.
    """
    tree = ast.parse(inspect.getsource(lane))
    cut = _Cut()
    tree = ast.fix_missing_locations(cut.visit(tree))
    # Twice: ledger = ...; if ledger.last ...; ledger.ready += 1; and connection, answer, own time,
    # as statements or as arguments; and once whether it is time to settle, and who watches.
    if (cut.statements, cut.arguments) != (_STATEMENTS, _ARGUMENTS):
        raise BenchmarkError(
            f"the lane has {cut.statements} statements and {cut.arguments} arguments for "
            f"verification, not {_STATEMENTS} and {_ARGUMENTS}: cut it anew"
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
        if place is None:
            request = journal.table.add(start, fields, body)
        elif place.era is journal.era:
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
