"""What a service saw, gathered for its report.

Invariants: it works while the service runs and after it was closed; what is long is cut here, so
that neither the page nor the JSON grows with the bodies that were sent.
"""

from __future__ import annotations

import time
import traceback
from array import array
from collections.abc import Iterator, MutableSequence, Sequence
from itertools import islice
from math import inf, isnan, nan
from operator import sub
from typing import Final, Protocol

from yarl import URL

from asyncly import __version__
from asyncly.srvmocker._core.record.sequences import CallSequence
from asyncly.srvmocker._core.traffic.columns import columns_of
from asyncly.srvmocker._door.injections import injections_of
from asyncly.srvmocker._door.site import Site
from asyncly.srvmocker._report.data import (
    CallDetail,
    Failure,
    HandlerCounts,
    Injected,
    Refused,
    ReportData,
    Traffic,
    Unmatched,
)
from asyncly.srvmocker.counts import Counts, count
from asyncly.srvmocker.exceptions import NotKeptError
from asyncly.srvmocker.recorded import RequestHistory
from asyncly.srvmocker.traffic import Traffic as TrafficFigures
from asyncly.srvmocker.unmatched import UnmatchedRequest

_LAST: Final = 40
_BODY: Final = 2048
_VALUE: Final = 512
_FIELDS: Final = 40
_TRACE: Final = 4000


class _Failed(Protocol):
    @property
    def handler_name(self) -> str: ...
    @property
    def exception(self) -> BaseException: ...
    @property
    def call(self) -> RequestHistory: ...


class _Service(Protocol):
    @property
    def url(self) -> URL: ...
    @property
    def history(self) -> MutableSequence[RequestHistory]: ...
    @property
    def unmatched(self) -> Sequence[UnmatchedRequest]: ...
    @property
    def errors(self) -> Sequence[_Failed]: ...


def gather(service: _Service, site: Site[RequestHistory], title: str) -> ReportData:
    """Return what the report of a service is made of."""
    clock = time.monotonic()
    journal = site.history.journal
    every = journal.recorded(_rows(service))
    columns = columns_of(journal, every, site.answers.sizes.__getitem__)
    places = {name: place for place, name in enumerate(site.by_handler)}
    place_of = [places[route.handler_name] for route in site.dispatcher.routes]
    statuses = site.answers.statuses
    # What was answered at once took the time that the mock itself took.
    durations = array("d", map(max, map(sub, columns.ends, columns.starts), columns.own_times))
    if inf in durations:
        durations = array("d", [nan if each == inf else each for each in durations])
    answers = [journal.answers[row] for row in every]
    account = site.account
    failures = sum(ledger.failed + ledger.unregistered for ledger in site.by_handler.values())
    return ReportData(
        service=str(service.url),
        title=title,
        generator=f"asyncly {__version__}",
        epoch=time.time() - clock,
        made=clock,
        handlers=[_counts(name, count([ledger])) for name, ledger in site.by_handler.items()],
        times=array("d", columns.starts),
        handler_of=array("I", [place_of[journal.routes[row]] for row in every]),
        statuses=array("I", map(statuses.__getitem__, answers)),
        durations=durations,
        own_times=array("d", columns.own_times),
        unmatched=list(_unmatched(service, site)),
        unmatched_total=account.unmatched,
        refused=[
            Refused(at=None, status=each.status, reason=each.reason, start=each.first_bytes)
            for each in list(account.last_refused)[-_LAST:]
        ],
        refused_total=account.refused,
        failures=[_failure(each) for each in islice(reversed(service.errors), _LAST)][::-1],
        failures_total=max(failures, len(service.errors)),
        last=list(_last(site, every, durations)),
        account={
            "received": account.received,
            "answered ready": account.answered_ready,
            "answered by aiohttp": account.answered_by_aiohttp,
            "answered step by step": account.answered_step_by_step,
            "refused": account.refused,
            "client gone": account.client_gone,
            "in progress": account.in_progress,
        },
        traffic=_traffic(TrafficFigures(columns)),
        injections=list(_injections(site)),
    )


def _rows(service: _Service) -> array[int]:
    history = service.history
    return history.settled() if isinstance(history, CallSequence) else array("I")


def _counts(name: str, counts: Counts) -> HandlerCounts:
    outcomes = {
        "answered": counts.answered,
        "client gone": counts.client_gone,
        "in progress": counts.in_progress,
        "handler error": counts.handler_errors,
        "no response registered": counts.unregistered,
    }
    return HandlerCounts(
        name=name,
        calls=counts.calls,
        statuses=counts.by_status,
        outcomes={outcome: number for outcome, number in outcomes.items() if number},
    )


def _injections(site: Site[RequestHistory]) -> Iterator[Injected]:
    if site.injections is not None:
        for name, handlers in injections_of(site).counts.items():
            yield Injected(name=name[:_VALUE], handlers=dict(handlers))


def _unmatched(service: _Service, site: Site[RequestHistory]) -> Iterator[Unmatched]:
    shown = zip(service.unmatched, site.unmatched, strict=True)
    for each, missed in list(shown)[-_LAST:]:
        yield Unmatched(
            at=missed.when,
            method=each.method,
            target=each.target[:_VALUE],
            status=each.status,
            reason=each.explanation,
        )


def _failure(failure: _Failed) -> Failure:
    error = failure.exception
    lines = traceback.format_exception(error)
    return Failure(
        at=None,
        handler=failure.handler_name,
        method=failure.call.method,
        target=failure.call.request.raw_path[:_VALUE],
        error=type(error).__name__,
        text=str(error)[:_VALUE],
        trace="".join(lines)[-_TRACE:],
    )


def _last(
    site: Site[RequestHistory], rows: array[int], durations: array[float]
) -> Iterator[CallDetail]:
    journal = site.history.journal
    first = max(0, len(rows) - _LAST)
    for place in range(first, len(rows)):
        row = rows[place]
        view = journal.view(row)
        try:
            body: bytes | None = view.body
        except NotKeptError:
            body = None
        duration = durations[place]
        injected = journal.injected_at(journal.times[row])
        fields = islice(view.headers.items(), _FIELDS)
        yield CallDetail(
            at=journal.times[row],
            handler=site.dispatcher.routes[journal.routes[row]].handler_name,
            method=view.method,
            target=view.target[:_VALUE],
            status=site.answers.statuses[journal.answers[row]],
            duration=None if isnan(duration) else duration,
            headers=[(name, value[:_VALUE]) for name, value in fields],
            body=None if body is None else body[:_BODY],
            body_size=None if body is None else len(body),
            injected=site.injected_names[injected][:_VALUE] if injected else None,
        )


def _traffic(figures: TrafficFigures) -> Traffic:
    if not figures.calls:
        return Traffic()
    return Traffic(
        connections=figures.connections,
        most_on_one=figures.calls_per_connection.max,
        most_in_flight=figures.in_flight.max,
        peak_rate=figures.rates().max,
        bytes_in=figures.bytes_in.total,
        bytes_out=figures.bytes_out.total,
    )
