"""The short way of a request: one segment that is one whole plain request with a ready answer.

    segment -> memo, or start line and fields seen before -> route -> finished bytes -> record

Invariants: what is done here is what the long way (`Assembler`, `Site.decide`, `Door`) would do, in
fewer steps; tests play the same streams with both. Whatever is not plain, not ready, or closes the
connection is left to the long way, before anything of it was recorded or written.

It is one function over local variables because a call and an attribute more are what it is made to
save: most requests of a load test pass here.
"""

import asyncio
from collections.abc import Mapping
from math import inf, nextafter
from time import monotonic
from typing import Any, Final

from asyncly.srvmocker._core.matching.routing import Miss
from asyncly.srvmocker._core.record.journal import Place
from asyncly.srvmocker._core.request import path_safe
from asyncly.srvmocker._door.aio.calls import LiveView
from asyncly.srvmocker._door.answers.plans import Responder
from asyncly.srvmocker._door.answers.ready import PLAIN_KINDS, ReadyAnswer
from asyncly.srvmocker._door.decisions import Decision, Lane, Standing, StartLine
from asyncly.srvmocker._door.reading.plain import ALIKE
from asyncly.srvmocker._door.site import Site

__all__ = ("make_lane",)

_STARTS_KEPT: Final = 512
_PATIENCE: Final = 4 * _STARTS_KEPT  # start lines that are passed by before all are forgotten


def make_lane(  # noqa: C901, PLR0915 - see the module's docstring
    site: Site[Any], responders: Mapping[str, Responder] | None = None
) -> Lane:
    """Make the short way of a service.

    With `responders`, those are looked at instead of the service's: what has none there goes the
    long way to its answer.
    """
    memo = site.memo
    young, old = memo.young, memo.old
    reader = site.plain
    places, max_body = reader.places, reader.max_body
    alike = site.dispatcher.router.alike
    known_starts: dict[bytes, StartLine] = {}
    standings: dict[str, Standing] = {}
    if responders is None:
        responders = site.responders
    account = site.account
    ledgers = site.ledgers
    history = site.history
    record = history.record
    by_handler = history.by_handler
    watchers = history.watchers
    # The columns never change places; what is in them may be numbered anew, in another era.
    journal = history.journal
    times = journal.times
    add_time = times.append
    add_request = journal.request_ids.append
    add_route = journal.routes.append
    add_connection = journal.connections.append
    add_answer = journal.answers.append
    add_own = journal.own_times.append
    add_row = history.calls.rows.append
    recall = site.recall
    find = site.find
    passed = 0

    def take(  # noqa: C901, PLR0912, PLR0915 - see the module's docstring
        data: bytes, transport: asyncio.Transport, connection: int
    ) -> Decision | bool:
        nonlocal passed
        now = monotonic()
        decision = young.get(data)
        if decision is None and old:
            decision = memo.get(data)
        if decision is not None:
            route = decision.route
            if route is None:
                return decision
            kind, place, view = decision.kind, decision.place, decision.view
            name = route.handler_name
            standing = standings.get(name)
            if (
                standing is not None
                and standing.kind == kind
                and standing.rendered.until > now
                and responders.get(name) is standing.responder
                and place is not None
                and place.era is journal.era
                and (calls := standing.calls()) is not None
                and by_handler.get(name) is calls
                and not transport.is_closing()
            ):
                rendered = standing.rendered
                transport.write(rendered.current)
                ledger = standing.ledger
                if ledger.last is not rendered:
                    site.turn_to(ledger, rendered)
                ledger.ready += 1
                account.received += 1
                account.answered_ready += 1
                # As `History.record`, for a request that it has met: the call alone would take
                # longer than this.
                when = now if now > journal.last else nextafter(journal.last, inf)
                journal.last = when
                row = len(times)
                add_time(when)
                add_request(place.request)
                add_route(route.number)
                add_connection(connection)
                add_answer(ledger.answer)
                add_row(row)
                calls.rows.append(row)
                add_own(monotonic() - now)
                if row >= history.settle_at:
                    history.settle()
                if watchers.by_handler:
                    watchers.came(name, view.start, view.fields, view.body)
                return True
            start, fields, body = view.start, view.fields, view.body
        else:
            # The start line, the fields, the body. Of the first two it is told by what they look
            # like but for their digits what they mean, so as to read few.
            version = data.find(b" HTTP/1.1\r\n")
            head_end = data.find(b"\r\n\r\n", version)
            if head_end <= version + 9:
                return False
            fields = data[version + 11 : head_end]
            place_of_length = places.get(fields.translate(ALIKE))
            if place_of_length is None:
                size = reader.read_fields(fields)
                if size is None:
                    return False
            else:
                begin, end = place_of_length
                size = int(fields[begin:end]) if end else 0
                if size > max_body:
                    return False
            if len(data) != head_end + 4 + size:
                return False
            start = data[: version + 9]
            shape = start.translate(alike)
            line = known_starts.get(shape)
            if line is None:
                told = reader.read_start(start)
                if told is None:
                    return False
                try:
                    method, target = told
                    path = path_safe(method, target) if "%" in target else target.partition("?")[0]
                    line = method, PLAIN_KINDS.get(method, 0), find(method, path)
                except ValueError:  # pragma: no cover - no plain target is known to be no URL
                    return False
                if "%" in target:
                    pass  # of what is encoded the digits matter
                elif len(known_starts) < _STARTS_KEPT:
                    known_starts[shape] = line
                else:
                    passed += 1
                    if passed >= _PATIENCE:
                        known_starts.clear()
                        passed = 0
            body = data[head_end + 4 :] if size else b""
            account.decided += 1
            method, kind, group = line
            if isinstance(group, Miss) or not group.pure:
                view = LiveView(start, fields, body)
                view.make_request = recall
                decision = site.select(view, kind, method, group, upgrade=False)
                if decision.pure:
                    site.remember(data, decision)
                return decision
            route = group.only
            if route is None:
                choose = group.choose
                route = choose(body) if choose else group.select(LiveView(start, fields, body))
            place = None
            if route is None:
                decision = site.no_match(LiveView(start, fields, body), kind)
                site.remember(data, decision)
                return decision
            if memo.wants(data):
                decision = Decision(LiveView(start, fields, body), kind, route=route)
                place = decision.place = Place()
                memo.put(data, decision)
        responder = responders.get(route.handler_name)
        answer: ReadyAnswer | None = getattr(responder, "__ready__", None)
        if responder is None or answer is None or transport.is_closing():
            return decision or Decision(LiveView(start, fields, body), kind, route=route)
        ready = answer.by_kind[kind]
        rendered = answer.render(kind, now) if ready is None or ready.until <= now else ready
        if rendered.closes:
            return decision or Decision(LiveView(start, fields, body), kind, route=route)
        transport.write(rendered.current)
        ledger = ledgers[route.number]
        if ledger.last is not rendered:
            site.turn_to(ledger, rendered)
        ledger.ready += 1
        account.received += 1
        account.answered_ready += 1
        record(
            start,
            fields,
            body,
            now,
            route.number,
            route.handler_name,
            connection,
            ledger.answer,
            monotonic() - now,
            place,
        )
        if place is not None and not history.sifts:
            mine = by_handler[route.handler_name]
            if history.owns(mine):
                standings[route.handler_name] = Standing(
                    kind, responder=responder, rendered=rendered, ledger=ledger, calls=mine
                )
        return True

    return take
